"""What passes between the rooms: frozen rows with the field's names (submission, reading, entry, figure, lineage)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import chain, islice
from typing import NamedTuple

from catalog.issues import Issue


class Status(StrEnum):
    """Status of a value (CONTRACT §4). A zero is declared, never assumed."""

    REPORTED = "reported"
    ZERO = "zero"
    MISSING = "missing"
    REFUSED = "refused"
    PROVISIONAL = "provisional"
    NOT_APPLICABLE = "not_applicable"

    @property
    def has_value(self) -> bool:
        return self._value_ in _WITH_VALUE


_WITH_VALUE = ("reported", "zero", "provisional")


class State(StrEnum):
    """State of a submission (CONTRACT §4)."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_WARNINGS = "accepted_with_warnings"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    MISSING = "missing"
    REVOKED = "revoked"


class Reading(NamedTuple):
    """One figure as one cell (or the rows of one ledger) gives it.

    ``value`` is the exact decimal as text in the stored unit, None unless the status has a value;
    ``raw`` is what the cell held. ``period`` is the name of the reference period it speaks of.
    """

    measure: str
    unit_code: str
    unit_name: str
    period: str
    value: str | None
    status: Status
    sheet: str
    cell: str
    raw: str
    role: str = "stock"
    """Role of the column: flow_month, flow_ytd, stock, plan, target, last_year, ratio, part (a row that is never
    added), total (the 合计 row, a check), ledger (derived from the ledger's own rows)."""
    unit: str = ""
    held: bool = False
    """Questionable beside its neighbours: not published until the office confirms it; the value is kept."""

    def corrected(self, value: str) -> Reading:
        """As it counts when the office puts another value in its place; ``raw`` says what was reported."""
        return self._replace(value=value, status=Status.REPORTED if value.strip("-0.") else Status.ZERO)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A word of the office: who, when, why, and what it expects to find. It never alters what was reported."""

    kind: str
    """``confirm``: the held figure is right as it stands. ``correct``: the cell is taken to hold ``value``.
    ``partial``: a month's town figure without the units in ``expects`` counts (按已报汇总). ``use``: a period figure is
    that of another indicator or day (以某日在册数为准). ``revoke``, ``restore``: a file's whole effect is taken back, or
    the taking back. ``withdraw``: the word with number ``value`` no longer counts."""
    form: str
    period: str
    sheet: str
    cell: str
    expects: str
    """What was reported when the word was given (``raw`` of a cell); something else lapses it."""
    by: str
    why: str
    at: datetime
    binds: datetime | None = None
    """Nights as of an earlier time do not know it; None = ``at``. A word about the shown state binds from that state on."""
    indicator: str = ""
    value: str = ""
    """Exact decimal in the stored unit; for ``use`` ``INDICATOR PERIOD``."""
    submission: int | None = None
    """The hand-in it was said about: a word about a cell speaks of the unit and figure that stood there, not of whatever comes to stand there."""
    number: int = 0
    """In the order they were said; given by the warehouse."""
    then: Reading | None = field(default=None, repr=False, compare=False)
    """What its cell held as the file was read when the word was said; None = not known. Given by the warehouse."""

    @property
    def bound_from(self) -> datetime:
        return self.binds or self.at


class Entry(NamedTuple):
    """One ledger row as one indicator needs it: no names, no numbers of persons, only what is counted.

    ``token`` is the keyed, purpose-separated HMAC of what is made distinct (16 bytes as hex), or ``row:…`` for an
    identity that cannot be trusted and counts as one of its own. ``day`` decides the window; None when the
    indicator has no date or the row's is empty. ``refused`` marks a row whose needed cell was refused.
    """

    indicator: str
    sheet: str
    row: int
    day: date | None = None
    until: date | None = None
    """The date that must lie not after the period's end, where the indicator asks for it."""
    token: str = ""
    value: str | None = None
    text: str | None = None
    unit_code: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """One file as received, read and checked on its own; what it is worth beside the others is settled later."""

    path: str
    """Relative to the inbox, with ``/``."""
    sha256: str
    size: int
    modified: datetime
    load_key: str
    """Hash of what went into the load: content, catalogue, code (DESIGN §3, idempotence)."""
    form: str = ""
    department: str = ""
    period: str = ""
    refused: bool = False
    rank: int = 0
    """From the file's name: 更正/终稿/定稿 2, 修改版 1, plain 0, a copy -1 (forms.md M01); less :data:`PARTIAL` where rows of the
    form are wanting."""
    data_hash: str = ""
    """Hash over the used cells: two files with the same one are the same hand-in."""
    content: str = ""
    """:func:`content_of` its readings and entries; empty = not worked out yet."""
    cells_read: int = 0
    cells_used: int = 0
    cells_ignored: int = 0
    cells_refused: int = 0
    issues: Sequence[Issue] = ()
    readings: tuple[Reading, ...] = ()
    entries: Sequence[Entry] = ()


PARTIAL = 10
"""By so much the rank of a supplement is less: it never takes the place of a whole form."""


def is_partial(rank: int) -> bool:
    """Whether a hand-in of this rank has some of the form's rows only."""
    return rank < -PARTIAL // 2


def rank_by_name(rank: int) -> int:
    """The rank that the name alone gives."""
    return rank + PARTIAL if is_partial(rank) else rank


class LineageRow(NamedTuple):
    """Which cells of one file a figure rests on; for a ledger its row numbers and their count.

    What the value rests on stands cell by cell with its unit; what stands beside the value (last year, growth …) as ranges.
    """

    indicator: str
    period: str
    unit_code: str
    source_period: str
    value: str | None
    submission_id: int
    sheet: str
    cells: str
    part: str = "value"
    """What of the figure's row rests on them: ``value``; of a ratio ``part`` and ``whole``; of a growth ``value`` and
    ``base``; beside the value ``year_to_date``, ``last_year``, ``growth``, ``target``."""

    @property
    def of_value(self) -> bool:
        return self.part in VALUE_PARTS


VALUE_PARTS = ("value", "part", "whole", "base")
"""The parts of lineage that make up the value itself."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator and one period, for the town (the row of out_indicator_period). Numbers are exact decimal text."""

    indicator: str
    period: str
    value: str | None
    status: Status
    reported_units: int = 0
    expected_units: int = 0
    year_to_date: str | None = None
    last_year: str | None = None
    growth_pct: str | None = None
    growth_source: str | None = None
    """reported | file_base | warehouse."""
    target: str | None = None
    progress_pct: str | None = None
    reason: str = ""
    """Chinese: why there is no value, e.g. ``F18 2020-06 荷塘坡村未报``."""
    lineage: tuple[LineageRow, ...] = field(default=(), repr=False)


class Kept(NamedTuple):
    """A ledger's figure for one window, written down before the rows it rests on were let go (privacy.md §4)."""

    value: str | None
    status: Status
    reported_units: int
    expected_units: int
    reason: str
    lineage: tuple[LineageRow, ...]
    submissions: frozenset[int]
    """The hand-ins it was computed from; a later one is not in it."""


Window = tuple[str, int, int, int]
"""indicator, year, first and last month."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two forms tell one thing differently in one period; exact decimals as text."""

    indicator: str
    other: str
    period: str
    value: str
    other_value: str


@dataclass(frozen=True, slots=True)
class Due:
    """A hand-in that is owed: one form, one month."""

    form: str
    department: str
    period: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What a submission is worth beside the others (settled): its state, its place in the row of revisions."""

    submission_id: int
    state: State
    revision: int
    current: bool
    """Its readings are the ones in force for its slice."""
    due_at: datetime | None
    days_late: int
    issues: tuple[Issue, ...] = ()
    """Issues that need more than the one file: repeated, superseded, held against history."""
    held: tuple[tuple[str, str], ...] = ()
    """(sheet, cell) of readings not published until someone confirms them."""
    corrected: tuple[tuple[str, str, str], ...] = ()
    """(sheet, cell, value) that the office has put in the place of what was reported there."""
    vouched: tuple[tuple[str, str, datetime], ...] = ()
    """(sheet, cell, since) of those, and of what the office has confirmed: what was refused there is closed since then."""
    answered: datetime | None = None
    """Since when it is taken back, or another hand-in stands in its place: all that was said about it is closed since then.
    Both times follow from what was received and said, not from when it was published: so a file taken back leaves none behind."""


@dataclass(frozen=True, slots=True)
class Published:
    """One finished state of the warehouse, written in one transaction."""

    state: str
    """Hash over everything the state was computed from."""
    standings: tuple[Standing, ...]
    missing: tuple[Due, ...]
    figures: tuple[Figure, ...]
    contradictions: tuple[Contradiction, ...] = ()
    inputs: str = ""
    """Hash that tells whether there is anything to publish; empty = ``state``. It also knows the files taken back."""
    reported: tuple[Figure, ...] = ()
    """What figures changed by a word of the office would be without it."""
    words: tuple[tuple[int, str], ...] = ()
    """(number of an adjustment, ``in_force`` | ``lapsed`` | ``withdrawn``)."""
    wanted: str = ""
    catalogue: str = ""
    """Hash under which the catalogue lies in the archive."""
    basis: str = ""
    """What it was computed by, beside what was handed in."""
    forms: frozenset[str] | None = None
    """Only of the hand-ins of these forms anything is said here, those of all others stand as they are shown; None = of all."""
    standing_figures: frozenset[tuple[str, str]] = frozenset()
    """(indicator, period) of figures that are none of ``figures`` and stand as they are shown."""


def content_of(readings: Sequence[Reading], entries: Iterable[Entry]) -> str:
    """One hash over everything a load holds, the same when it is read back from either engine."""
    digest = hashlib.sha256()
    total, wide = 0, []
    for lines in chain([_lines_of(readings)], _lines_of_parts(entries)):
        wide += [f"\1{n}" for n, one in enumerate(lines, total) if "\n" in one and one.count("\x1f") > _MARKS]  # a text would pass for further rows
        if lines:
            digest.update((("\n" if total else "") + "\n".join(lines)).replace("\0", "").encode())
        total += len(lines)
    if wide:
        digest.update(("\n" + "\n".join(wide)).encode())
    return digest.hexdigest()


def _lines_of(readings: Sequence[Reading]) -> list[str]:
    return [
        "\x1f".join((measure, code, name, period, "\1" if value is None else value, status, sheet, cell, raw, role, unit, "1" if held else ""))
        for measure, code, name, period, value, status, sheet, cell, raw, role, unit, held in readings
    ]


def _lines_of_parts(entries: Iterable[Entry]) -> Iterator[list[str]]:
    """Some thousand at a time: a long ledger has a million."""
    rest = iter(entries)
    while part := list(islice(rest, _AT_ONCE)):
        yield [
            "\x1f".join((
                indicator, sheet, str(row), day.isoformat() if day else "", until.isoformat() if until else "", token, "\1" if value is None else value,
                "\1" if text is None else text, code, "1" if refused else "",
            ))
            for indicator, sheet, row, day, until, token, value, text, code, refused in part
        ]  # fmt: skip


_MARKS = len(Reading._fields) - 1
"""Between the parts of a row; an entry has fewer."""
_AT_ONCE = 10_000
