"""The chained log: every receipt, load, word of the office and publication, each link a hash over the one before it.

What stands in more than one row has links of its own (connectors.warehouse.witness).
A row altered by hand no longer has the hash its link was made from; a link altered, left out or put in breaks the chain
there. The end could be cut off unseen: so the last link is written down outside the warehouse too (flows.office), and
:func:`end_missing` asks whether the chain still has it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, select

from catalog.observations import Figure, LineageRow, Status
from connectors.warehouse import tables as t
from connectors.warehouse.engine import bulk_insert

_LOG = ["office", "seq", "at", "kind", "subject", "digest", "link"]
_LOAD = ("submission", "load", "load_key", "content", "form", "department", "period", "refused", "warned", "rank", "data_hash", "cells_read",
         "cells_used", "cells_ignored", "cells_refused")  # fmt: skip
_VOUCHED: Mapping[str, tuple[Table, str, tuple[str, ...]]] = {
    "receipt": (t.submission, "submission", ("submission", "path", "sha256", "size", "modified", "recorded_at")),
    "load": (t.load, "load", _LOAD),
    "word": (t.adjustment, "adjustment", ("adjustment", "kind", "form", "period", "sheet", "cell", "expects", "by", "why", "at", "binds",
                                          "indicator", "value", "submission")),
    "publication": (t.publication, "publication", ("publication", "state", "inputs", "known_from", "as_of", "wanted", "catalogue", "content")),
}  # fmt: skip
"""kind → the table it vouches for, its number, and the columns of a row that never change."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first link that does not hold."""

    seq: int
    """0: something stands in the warehouse that the log does not know."""
    kind: str
    subject: int
    what: str
    """Chinese, as the office reads it."""


def append(connection: Connection, office: int, at: str, acts: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Add (kind, row) to the office's chain, in the caller's transaction and under its lock."""
    extend(connection, office, at, [
        (kind, row[_VOUCHED[kind][1]], _digest([row[name] for name in _VOUCHED[kind][2]])) for kind, row in acts
    ])  # fmt: skip


def extend(connection: Connection, office: int, at: str, acts: Sequence[tuple[str, int, str]]) -> None:
    """Add (kind, subject, digest) to the office's chain, in the caller's transaction and under its lock."""
    if not acts:
        return
    seq, link = last_link(connection, office)
    rows = []
    for kind, subject, digest in acts:
        seq += 1
        link = _digest([link, seq, at, kind, subject, digest])
        rows.append((office, seq, at, kind, subject, digest, link))
    bulk_insert(connection, t.log, _LOG, rows)


def last_link(connection: Connection, office: int) -> tuple[int, str]:
    """(links, the last one): what to write down elsewhere."""
    log = t.log.c
    found = connection.execute(select(log.seq, log.link).where(log.office == office).order_by(log.seq.desc()).limit(1)).first()
    return (found.seq, found.link) if found else (0, "")


def end_missing(connection: Connection, office: int, seq: int, link: str) -> bool:
    """Whether the chain has lost a link that was written down as its last; it may have grown since."""
    log = t.log.c
    return connection.execute(select(log.link).where(log.office == office, log.seq == seq)).scalar() != link


def chain_broken(connection: Connection, office: int) -> Broken | None:
    """The first link that does not follow from the one before it, or whose row is not what it was."""
    now = {kind: dict(_rows(connection, office, kind)) for kind in _VOUCHED}
    link = ""
    for expected, row in enumerate(connection.execute(select(t.log).where(t.log.c.office == office).order_by(t.log.c.seq)), 1):
        if row.seq != expected:
            return Broken(expected, row.kind, row.subject, "这一环不见了")
        link = _digest([link, row.seq, row.at, row.kind, row.subject, row.digest])
        if link != row.link:
            return Broken(row.seq, row.kind, row.subject, "这一环或前一环被改动")
        if row.kind not in now:  # over more than one row: connectors.warehouse.witness
            continue
        found = now[row.kind].pop(row.subject, None)
        if found is None:
            return Broken(row.seq, row.kind, row.subject, "它所证明的记录不见了")
        if found != row.digest:
            return Broken(row.seq, row.kind, row.subject, "它所证明的记录被改动")
    for kind, left in now.items():
        for subject in sorted(left):
            return Broken(0, kind, subject, "日志里没有它")
    return None


def receipts_astray(connection: Connection, office: int) -> Broken | None:
    """The first hand-in whose reading is another hand-in's."""
    s, f = t.submission.c, t.load.c
    its_own = select(f.load).where(f.office == s.office, f.load == s.load, f.submission == s.submission).exists()
    found = connection.execute(select(func.min(s.submission)).where(s.office == office, ~its_own)).scalar()
    return None if found is None else Broken(place_of(connection, office, "receipt", found), "receipt", found, "它指向的读入不是它自己的")


def place_of(connection: Connection, office: int, kind: str, subject: int) -> int:
    """The link that vouches for a row."""
    log = t.log.c
    return connection.execute(select(func.min(log.seq)).where(log.office == office, log.kind == kind, log.subject == subject)).scalar() or 0


def publications_broken(connection: Connection, office: int) -> Broken | None:
    """The first publication whose standings or figures are not what was shown then, or what speaks from a time at which nothing was shown."""
    opened = _opened(connection, office)
    spoiled = set(_spoiled_figures(connection, office))
    p = t.publication.c
    shown = set(connection.execute(select(p.known_from).where(p.office == office)).scalars())
    if strays := sorted((set(opened) | spoiled) - shown):
        return Broken(0, "publication", 0, f"有报送状态或汇总数自 {strays[0] or '（无）'} 起算，那时没有发布过")
    for row in connection.execute(select(t.publication).where(p.office == office).order_by(p.publication)):
        if not row.content:
            continue
        if row.known_from in spoiled:
            return Broken(place_of(connection, office, "publication", row.publication), "publication", row.publication, "其中有汇总数被改动")
        if content(opened.get(row.known_from, ())) != row.content:
            return Broken(place_of(connection, office, "publication", row.publication), "publication", row.publication,
                          "其中有报送状态或汇总数被改动、添加或删除")  # fmt: skip
    return None


def content(lines: Iterable[str]) -> str:
    """One hash over what a publication opened and closed, in any order."""
    digest = hashlib.sha256()
    for number, one in enumerate(sorted(lines)):  # one after another: all together would be held three times over
        digest.update((f"\n{one}" if number else one).encode())
    return digest.hexdigest()


def line(kind: str, values: Iterable[Any]) -> str:
    return "\0".join([kind, *map(_written, values)])


def _written(value: Any) -> str:
    """A text that holds the mark between two parts, as none does that this program writes, must not pass for several."""
    if value is None:
        return "\1"
    text = str(value)
    return text if "\0" not in text and text != "\1" else f"\1{hashlib.sha256(text.encode()).hexdigest()}"


def figure_digest(figure: Figure) -> str:
    """Over everything a figure says and rests on."""
    return hashlib.sha256(repr((figure, figure.lineage)).encode()).hexdigest()[:32]


FIGURE = ("indicator", "period", "title", "section", "kind", "unit", "digest")
STANDING = ("submission", "load", "form", "department", "period", "state", "revision", "current", "due_at", "days_late")
HOLD = ("submission", "sheet", "cell", "held", "adjusted")


def _opened(connection: Connection, office: int) -> dict[str, list[str]]:
    """known_from → the lines of what was opened and closed then."""
    result: dict[str, list[str]] = defaultdict(list)
    for table in (t.figure, t.figure_past):
        for row in connection.execute(select(table).where(table.c.office == office)).mappings():
            result[row["known_from"]].append(line("figure", (row[name] for name in FIGURE)))
            if "known_to" in row:
                result[row["known_to"]].append(line("figure gone", (row["indicator"], row["period"])))
    for row in connection.execute(select(t.standing).where(t.standing.c.office == office)).mappings():
        result[row["known_from"]].append(line("standing", (row[name] for name in STANDING)))
        if row["known_to"] is not None:
            result[row["known_to"]].append(line("standing gone", (row["submission"],)))
    for row in connection.execute(select(t.hold).where(t.hold.c.office == office)).mappings():
        result[row["known_from"]].append(line("hold", (row[name] for name in HOLD)))
    return result


def _spoiled_figures(connection: Connection, office: int) -> Iterator[str]:
    """known_from of every figure that no longer says what its digest says, '' for cells of none; one period in memory at a time."""
    for figures, lineage in ((t.figure, t.lineage), (t.figure_past, t.lineage_past)):
        f, rests = figures.c, lineage.c
        periods = select(f.period).where(f.office == office).union(select(rests.period).where(rests.office == office))
        for period in sorted(connection.execute(periods).scalars()):
            known = [rests.known_from, rests.known_to] if figures is t.figure_past else []
            order = [rests.indicator, *known, rests.seq]
            on: dict[tuple[str, str, str], list[LineageRow]] = defaultdict(list)
            for r in connection.execute(select(lineage).where(rests.office == office, rests.period == period).order_by(*order)).mappings():
                on[r["indicator"], r.get("known_from", ""), r.get("known_to", "")].append(lineage_row(r))
            for r in connection.execute(select(figures).where(f.office == office, f.period == period)).mappings():
                key = (r["indicator"], r["known_from"] if known else "", r.get("known_to", ""))
                rows = tuple(on.pop(key, ()))
                if r["status"] not in _STATUS or figure_digest(figure_row(r, rows)) != r["digest"]:
                    yield r["known_from"]
            yield from (since for _, since, _ in on)  # cells of a figure that there is not


_STATUS = frozenset(status.value for status in Status)


def lineage_row(r: Any) -> LineageRow:
    return LineageRow(r["indicator"], r["period"], r["unit_code"], r["source_period"], r["value"], r["submission"], r["sheet"], r["cells"], r["part"])


def figure_row(r: Any, lineage: tuple[LineageRow, ...]) -> Figure:
    return Figure(r["indicator"], r["period"], r["value"], Status(r["status"]), r["reported_units"], r["expected_units"], r["year_to_date"],
                  r["last_year"], r["growth_pct"], r["growth_source"], r["target"], r["progress_pct"], r["reason"], lineage)  # fmt: skip


def _rows(connection: Connection, office: int, kind: str) -> Iterator[tuple[int, str]]:
    table, number, names = _VOUCHED[kind]
    for row in connection.execute(select(table).where(table.c.office == office)).mappings():
        yield row[number], _digest([row[name] for name in names])


def _digest(values: Iterable[Any]) -> str:
    return hashlib.sha256("\0".join(map(_written, values)).encode()).hexdigest()
