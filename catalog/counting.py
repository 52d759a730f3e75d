"""Entries of one or many ledgers → one figure: the arithmetic of counting rows, persons, sums, texts and dates."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import repeat

from catalog.indicators import FromLedger
from catalog.numbers import plain
from catalog.observations import Entry, Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value with its status, and the entries it rests on."""

    value: str | None
    status: Status
    entries: tuple[tuple[int, Entry], ...] = ()
    """(number of the file, entry)."""
    note: str = ""
    """Chinese: what a reader of the value should know."""
    refused: tuple[tuple[int, Entry], ...] = ()


def in_window(entry: Entry, source: FromLedger, start: date, end: date) -> bool | None:
    """Whether the row's dates put it inside; None when a refused date could."""
    if source.date:
        if entry.day is None:
            return None if entry.refused else False
        if not start <= entry.day <= end:
            return False
    if source.count == "first_date" and entry.day is not None and entry.day > end:
        return False
    if any(c.not_after_end for c in source.where):
        if entry.until is None:
            return None if entry.refused else False
        if entry.until > end:
            return False
    return True


def combine(source: FromLedger, files: Sequence[Sequence[Entry]], start: date, end: date) -> Outcome:
    """The figure over all these files' entries for the window [start, end]; both days included.

    One refused row that may belong makes the whole refused: a count without it would be silently short.
    """
    fitting: list[tuple[int, Entry]] = []
    refused: list[tuple[int, Entry]] = []
    by_more = source.count == "first_date" or any(c.not_after_end for c in source.where)
    undated, by_day = not source.date and not by_more, bool(source.date) and not by_more
    for number, entries in enumerate(files):
        possible = entries
        if by_day:  # as in_window says too
            possible = [e for e in entries if (start <= e.day <= end if e.day is not None else e.refused)]
        elif not undated:
            possible = [e for e in entries if in_window(e, source, start, end) is not False]
        if spoiled := [entry for entry in possible if entry.refused]:
            refused += zip(repeat(number), spoiled)
            possible = [entry for entry in possible if not entry.refused]
        fitting += zip(repeat(number), possible)
    if refused:
        return Outcome(None, Status.REFUSED, tuple(fitting), refused=tuple(refused))
    return _value(source, tuple(fitting))


def _value(source: FromLedger, held: tuple[tuple[int, Entry], ...]) -> Outcome:
    entries = [entry for _, entry in held]
    if source.count == "rows":
        return _number(Decimal(len(entries)), held)
    if source.count == "distinct":
        tokens = {entry.token for entry in entries}
        # an identity that cannot be trusted is one of its own, in every file anew (forms/README §3.19)
        spoiled = {token for token in tokens if token.startswith("row:")}
        apart = {(number, entry.token) for number, entry in held if entry.token in spoiled} if spoiled else ()
        several = len({number for number, _ in held}) > 1 if spoiled else False
        return _number(Decimal(len(tokens) - len(spoiled) + len(apart)), held, doubtful=several)
    if source.count == "sum":
        return _number(sum((Decimal(entry.value or 0) for entry in entries), Decimal(0)), held)
    if not entries:
        return Outcome(None, Status.NOT_APPLICABLE)
    if source.count == "first_date":
        return Outcome(min(e.day for e in entries if e.day).isoformat(), Status.REPORTED, held)
    if source.order_by or source.pick == "last":
        held = tuple(sorted(held, key=lambda pair: (pair[1].day or date.min, pair[0], pair[1].row)))
    if source.pick == "last":
        held = held[-1:]
    entries = [entry for _, entry in held]
    texts = list(dict.fromkeys(entry.text or "" for entry in entries))
    if source.count == "sentences":
        return Outcome("".join(texts), Status.REPORTED, held)
    note = ""
    if source.drop_suffix:
        if source.drop_from == "last" and not texts[-1].endswith(source.drop_suffix):
            note = f"末一个名称不以“{source.drop_suffix}”结尾"
        first = len(texts) - 1 if source.drop_from == "last" else 0
        texts = texts[:first] + [text.removesuffix(source.drop_suffix) for text in texts[first:]]
    return Outcome("、".join(texts), Status.REPORTED, held, note)


@dataclass(slots=True)
class Tally:
    """The figure of one file's entries as :func:`combine` makes it, told one by one and not kept: rows, distinct ones and sums alone."""

    source: FromLedger
    start: date
    end: date
    rows: array[int] = field(default_factory=lambda: array("i"))
    """Rows that the figure rests on, as the entries have them."""
    _refused: bool = False
    _sum: Decimal = Decimal(0)
    _tokens: dict[str, bytearray] = field(default_factory=dict)
    """First sign → tokens that begin with it, as bytes."""
    _others: set[str] = field(default_factory=set)

    def add(self, entry: Entry) -> None:
        inside = in_window(entry, self.source, self.start, self.end)
        if inside is None or (inside and entry.refused):
            self._refused = True
        elif inside:
            self.rows.append(entry.row)
            if self.source.count == "sum":
                self._sum += Decimal(entry.value or 0)
            elif self.source.count == "distinct":
                self._keep(entry.token)

    def _keep(self, token: str) -> None:
        if len(token) == 2 * _TOKEN and not token.startswith("row:"):
            self._tokens.setdefault(token[0], bytearray()).extend(bytes.fromhex(token))
        else:
            self._others.add(token)

    @property
    def outcome(self) -> Outcome:
        if self._refused:
            return Outcome(None, Status.REFUSED)
        if self.source.count == "sum":
            return _number(self._sum, ())
        if self.source.count == "rows":
            return _number(Decimal(len(self.rows)), ())
        different = sum(len({bytes(some[at : at + _TOKEN]) for at in range(0, len(some), _TOKEN)}) for some in self._tokens.values())
        return _number(Decimal(different + len(self._others)), ())


_TOKEN = 16
"""Bytes of a token."""


def _number(value: Decimal, held: tuple[tuple[int, Entry], ...], *, doubtful: bool = False) -> Outcome:
    """``doubtful``: a spoiled identity over several files may be somebody who is counted already."""
    return Outcome(plain(value), Status.PROVISIONAL if doubtful else Status.REPORTED if value else Status.ZERO, held)
