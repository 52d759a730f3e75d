"""What was reported of the villages: what holds, what was ever said, and what stands in a few cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, exists, or_, select

from catalog.observations import Reading, Status
from connectors.warehouse import tables as t
from connectors.warehouse.rows import STATUS, drivers_own
from connectors.warehouse.store import Warehouse

NO_VILLAGE = ("part", "total", "ledger")
"""Roles of readings that are no village's own."""
_IN_CHUNK, _AT_ONCE = 400, 5_000
_s, _r, _stands = t.submission.c, t.reading.c, t.standing.c
_SAID = (_r.measure, _r.unit_code, _r.period, _r.value, _r.status, _r.role)
_STOOD = and_(_stands.office == _r.office, _stands.load == _r.submission)


def in_force(warehouse: Warehouse, measures: Iterable[str], periods: Iterable[str]) -> list[Reading]:
    """Readings in force for these measures and months, without their places and in no order; held ones come refused and without
    value, corrected ones corrected.
    """
    h = t.hold.c
    kept = and_(h.office == _r.office, h.submission == _stands.submission, h.known_from == _stands.known_from, h.sheet == _r.sheet, h.cell == _r.cell)
    query = (
        select(*_SAID, h.held, h.adjusted).join(t.standing, _STOOD).outerjoin(t.hold, kept)
        .where(_r.office == warehouse.office, _stands.current == 1, warehouse.shown_then(_stands.known_from, _stands.known_to))
        .where(_r.measure.in_(list(measures)), _r.period.in_(list(periods)))
    )  # fmt: skip
    found = []
    with warehouse.reading() as connection:
        for *said, held, adjusted in drivers_own(connection, query):
            reading = _reading(*said)
            if adjusted is not None:
                reading = reading.corrected(adjusted)
            elif held:
                reading = reading._replace(value=None, status=Status.REFUSED)
            found.append(reading)
    return found


def ever_reported(warehouse: Warehouse, measures: Iterable[str], periods: Iterable[str]) -> list[list[Reading]]:
    """What each hand-in that was taken said of these measures and months, as it said it but without its places, the earlier first;
    repeats once.
    """
    query = (
        select(_stands.submission, *_SAID).join(t.standing, _STOOD)
        .where(_r.office == warehouse.office, _stands.state.not_in(("refused", "duplicate")), warehouse.shown_then(_stands.known_from, _stands.known_to))
        .where(_r.measure.in_(list(measures)), _r.period.in_(list(periods)))
    )  # fmt: skip
    found: dict[int, list[Reading]] = defaultdict(list)
    with warehouse.reading() as connection:
        for number, *said in drivers_own(connection, query):
            found[number].append(_reading(*said))
        came = dict[int, tuple[str, str, int]]()
        for start in range(0, len(numbers := sorted(found)), _IN_CHUNK):
            part = numbers[start : start + _IN_CHUNK]
            asked = select(_s.modified, _s.path, _s.submission).where(_s.office == warehouse.office, _s.submission.in_(part))
            came |= {row[-1]: tuple(row) for row in drivers_own(connection, asked)}
    return [found[number] for number in sorted(found, key=came.__getitem__)]


def cells_of(warehouse: Warehouse, cells: Mapping[int, Collection[str]]) -> dict[int, list[Reading]]:
    """What each of these hand-ins says in its own cells, whatever their sheet; ``cells``: by the hand-in's number."""
    found: dict[int, list[Reading]] = defaultdict(list)
    wanted, addresses = sorted(cells), sorted({cell for of in cells.values() for cell in of})
    with warehouse.reading() as connection:
        for ids in (wanted[n : n + _IN_CHUNK] for n in range(0, len(wanted), _IN_CHUNK)):
            query = _of(warehouse, ids, *_SAID, _r.unit_name, _r.sheet, _r.cell, _r.raw)
            for some in (addresses[n : n + _AT_ONCE] for n in range(0, len(addresses), _AT_ONCE)):
                for number, *said, name, sheet, cell, raw in drivers_own(connection, query.where(_r.cell.in_(some))):
                    if cell in cells[number]:
                        found[number].append(_reading(*said)._replace(unit_name=name, sheet=sheet, cell=cell, raw=raw))
    return dict(found)


def observations_of(warehouse: Warehouse, ids: Sequence[int], measures: Sequence[str], small: int) -> dict[int, list[dict[str, Any]]]:
    """What each of a few hand-ins says of the villages in these columns, as it was read: indicator, period, unit_code, unit, value.
    Only of those in which any such number lies between nought and ``small``.
    """
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    other = t.reading.alias().c
    few = or_(other.value.in_([str(n) for n in range(1, small)]), other.value.like("_.%"))  # a number is written in one way: see catalog.numbers.plain
    said = exists().where(other.office == _s.office, other.submission == _s.load, other.measure.in_(measures), few)
    query = _of(warehouse, ids, _r.measure, _r.period, _r.unit_code, _r.unit, _r.value).where(_r.measure.in_(measures), _r.role.not_in(NO_VILLAGE), said)
    with warehouse.reading() as connection:
        for number, measure, period, code, unit, value in drivers_own(connection, query):
            found[number].append({"indicator": measure, "period": period, "unit_code": code, "unit": unit, "value": value})
    return found


def _of(warehouse: Warehouse, ids: Sequence[int], *columns: Any) -> Select[Any]:
    return (
        select(_s.submission, *columns).join_from(t.submission, t.reading, and_(_r.office == _s.office, _r.submission == _s.load))
        .where(_s.office == warehouse.office, _s.submission.in_(ids)).order_by(_s.submission, _r.seq)
    )  # fmt: skip


def _reading(measure: str, code: str, period: str, value: str | None, status: str, role: str) -> Reading:
    return _row(Reading, (measure, code, "", period, value, STATUS[status], "", "", "", role, "", False))


_row = tuple.__new__
"""A named row of so many values, without a call of Python's a row."""
