"""A figure back to its cells and a cell forward to its figures, by look-ups of an index each; nothing is scanned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, case, func, or_, select

from catalog.observations import Figure, LineageRow, Reading, Status
from catalog.places import covers
from connectors.warehouse import tables as t
from connectors.warehouse.rows import STATUS, drivers_own
from connectors.warehouse.store import Warehouse

_IN_CHUNK = 400


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A hand-in as a trace names it."""

    id: int
    path: str
    sha256: str
    modified: datetime
    """The sender's file time, in UTC."""
    form: str
    department: str
    period: str
    state: str
    """Empty: not yet published."""
    current: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """What the warehouse holds of one cell of one hand-in."""

    readings: tuple[Reading, ...]
    held: bool
    said: tuple[tuple[str, str, bool], ...]
    """(action, message, open) of every issue with this cell."""
    rests: tuple[tuple[LineageRow, Figure], ...]
    """Lineage that names the cell, with the figure that rests on it."""


def figure_of(warehouse: Warehouse, indicator: str, period: str) -> Figure | None:
    """The published figure with its lineage, in the order it was computed."""
    f, line = t.figure.c, t.lineage.c
    with warehouse.reading() as connection:
        row = connection.execute(select(t.figure).where(f.office == warehouse.office, f.indicator == indicator, f.period == period)).first()
        if row is None:
            return None
        found = connection.execute(
            select(*_LINEAGE).where(line.office == warehouse.office, line.indicator == indicator, line.period == period).order_by(line.seq)
        )
        return _figure(row, tuple(LineageRow(*r) for r in found))


def periods_known(warehouse: Warehouse, indicator: str) -> list[str]:
    """Every period for which this indicator has a figure."""
    f = t.figure.c
    with warehouse.reading() as connection:
        rows = connection.execute(select(f.period).where(f.office == warehouse.office, f.indicator == indicator))
        return sorted(period for (period,) in rows)


def owed_in(warehouse: Warehouse, periods: Iterable[str]) -> dict[str, frozenset[str]]:
    """period → the indicators whose published figure somebody owes: missing or refused, not 'no such thing'."""
    wanted, lost = list(periods), [Status.MISSING.value, Status.REFUSED.value]
    result: dict[str, set[str]] = {period: set() for period in wanted}
    with warehouse.reading() as connection:
        for table, when in _shown(warehouse):
            f = table.c
            query = select(f.period, f.indicator).where(f.office == warehouse.office, f.period.in_(wanted), f.status.in_(lost), *when)
            for period, indicator in connection.execute(query):
                result[period].add(indicator)
    return {period: frozenset(names) for period, names in result.items()}


def figures_alone(warehouse: Warehouse, periods: Iterable[str]) -> dict[str, dict[str, Figure]]:
    """period → indicator → the published figure, without what it rests on."""
    result: dict[str, dict[str, Figure]] = {period: {} for period in periods}
    with warehouse.reading() as connection:
        for table, when in _shown(warehouse):
            query = select(*(table.c[name] for name in _FIGURE)).where(table.c.office == warehouse.office, table.c.period.in_(list(result)), *when)
            for indicator, period, value, status, *rest in drivers_own(connection, query):
                result[period][indicator] = Figure(indicator, period, value, STATUS[status], *rest)
    return result


def _shown(warehouse: Warehouse) -> list[tuple[Table, list[ColumnElement[bool]]]]:
    """Where the figures stand that are, or were, shown; and which of them."""
    now, past, known_at = t.figure.c, t.figure_past.c, warehouse.known_at
    if known_at is None:
        return [(t.figure, [])]
    return [(t.figure, [now.known_from <= known_at]), (t.figure_past, [past.known_from <= known_at, past.known_to > known_at])]


def files_of(warehouse: Warehouse, ids: Iterable[int]) -> dict[int, SourceFile]:
    """submission → the file."""
    wanted, found = sorted(set(ids)), {}
    with warehouse.reading() as connection:
        for start in range(0, len(wanted), _IN_CHUNK):
            query = _FILE.where(_s.office == warehouse.office, _s.submission.in_(wanted[start : start + _IN_CHUNK]))
            found.update({row[0]: _file(row) for row in connection.execute(query)})
    return found


def raw_of(warehouse: Warehouse, places: Iterable[tuple[int, str]]) -> dict[tuple[int, str, str], Reading]:
    """(submission, sheet, cell) → its reading, for every cell of these (submission, sheet)."""
    wanted = set(places)
    found = {}
    for number, rows in warehouse.readings({number for number, _ in wanted}).items():
        for reading in rows:
            if (number, reading.sheet) in wanted and reading.role != "ledger":
                found[number, reading.sheet, reading.cell] = reading
    return found


def hand_ins_at(warehouse: Warehouse, path: str) -> list[SourceFile]:
    """Everything ever received under this path, the one in force first, then the latest."""
    with warehouse.reading() as connection:
        rows = connection.execute(_FILE.where(_s.office == warehouse.office, _s.path == path)).all()
    return sorted((_file(row) for row in rows), key=lambda f: (not f.current, -f.modified.timestamp(), f.id))


def paths_known(warehouse: Warehouse) -> list[str]:
    """Every path ever received: for suggestions, when one is not found."""
    with warehouse.reading() as connection:
        rows = connection.execute(select(_s.path).where(_s.office == warehouse.office).distinct())
        return sorted(path for (path,) in rows)


def standing_instead(warehouse: Warehouse, form: str, period: str) -> SourceFile | None:
    """The hand-in in force for a form and month."""
    query = _FILE.where(_s.office == warehouse.office, _stands.form == form, _stands.period == period, _stands.current == 1)
    with warehouse.reading() as connection:
        row = connection.execute(query).first()
    return _file(row) if row is not None else None


def spot(warehouse: Warehouse, submission: int, sheet: str, cell: str) -> Spot:
    """What was read in a cell, what was said about it, and what rests on it."""
    h, i, line = t.hold.c, t.issue.c, t.lineage.c
    readings = tuple(r for r in warehouse.readings([submission]).get(submission, ()) if r.sheet == sheet and r.role != "ledger" and r.cell == cell)
    with warehouse.reading() as connection:
        held = connection.execute(
            select(func.count()).select_from(t.hold)
            .join(t.standing, and_(_stands.office == h.office, _stands.submission == h.submission, _stands.known_from == h.known_from))
            .where(h.office == warehouse.office, h.submission == submission, h.sheet == sheet, h.cell == cell, h.held == 1, _stands.known_to.is_(None))
        ).scalar()
        said = connection.execute(
            select(i.action, i.message, i.closed_at)
            .join_from(t.issue, t.submission, and_(_s.office == i.office, _s.submission == i.submission))
            .where(i.office == warehouse.office, i.submission == submission, i.sheet == sheet, i.cell == cell)
            .where(i.gone_at.is_(None), or_(i.load == 0, i.load == _s.load)).order_by(case((i.load == 0, 1), else_=0), i.seq)
        ).all()  # fmt: skip
        # sorted here: asked for this order, SQLite walks the whole table along its key
        rows = connection.execute(select(*_LINEAGE).where(line.office == warehouse.office, line.submission == submission, line.sheet == sheet))
        lineage = sorted((LineageRow(*row) for row in rows if covers(row.cells, cell)), key=lambda row: (row.indicator, row.period, row.part, row.cells))
        figures = _figures(connection, warehouse.office, lineage)
    rests = tuple((row, figures[row.indicator, row.period]) for row in lineage)
    return Spot(readings, bool(held), tuple((a, m, closed is None) for a, m, closed in said), rests)


def _figures(connection: Connection, office: int, lineage: Sequence[LineageRow]) -> dict[tuple[str, str], Figure]:
    f = t.figure.c
    periods: dict[str, set[str]] = {}
    for row in lineage:
        periods.setdefault(row.indicator, set()).add(row.period)
    found = {}
    for indicator, wanted in periods.items():
        query = select(t.figure).where(and_(f.office == office, f.indicator == indicator, f.period.in_(sorted(wanted))))
        found.update({(row.indicator, row.period): _figure(row, ()) for row in connection.execute(query)})
    return found


def _figure(row: Any, lineage: tuple[LineageRow, ...]) -> Figure:
    return Figure(
        row.indicator, row.period, row.value, STATUS[row.status], row.reported_units, row.expected_units, row.year_to_date, row.last_year,
        row.growth_pct, row.growth_source, row.target, row.progress_pct, row.reason, lineage,
    )  # fmt: skip


_FIGURE = ("indicator", "period", "value", "status", "reported_units", "expected_units", "year_to_date", "last_year", "growth_pct", "growth_source",
           "target", "progress_pct", "reason")  # fmt: skip
"""The columns of a Figure, without what it rests on."""
_s, _load, _stands = t.submission.c, t.load.c, t.standing.c
_FILE = (
    select(_s.submission, _s.path, _s.sha256, _s.modified, _load.form, _load.department, _load.period, _stands.state, _stands.current)
    .join_from(t.submission, t.load, and_(_load.office == _s.office, _load.load == _s.load))
    .outerjoin(t.standing, and_(_stands.office == _s.office, _stands.submission == _s.submission, _stands.known_to.is_(None)))
)
_l = t.lineage.c
_LINEAGE = (_l.indicator, _l.period, _l.unit_code, _l.source_period, _l.value, _l.submission, _l.sheet, _l.cells, _l.part)


def _file(row: Any) -> SourceFile:
    number, path, sha256, modified, form, department, period, state, current = row
    return SourceFile(number, path, sha256, datetime.fromisoformat(modified), form, department, period, state or "", bool(current))
