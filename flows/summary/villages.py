"""Figures of the villages: what each of today's villages had in the period, its history re-based (rules.md §1.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.catalogue import Catalogue
from catalog.indicators import FromColumn, Indicator
from catalog.numbers import decimal_of
from catalog.observations import Reading, Status
from catalog.periods import Month, Period
from catalog.units import OrgUnit

ByVillage = Mapping[str, Mapping[str, Decimal | None]]
"""indicator → code of the village → figure, None when any part is missing."""


def measures_needed(catalogue: Catalogue) -> list[str]:
    """The columns the villages' figures are computed from, cumulative ones included."""
    cumulative = [i.from_.cumulative for i in catalogue.by_village.values() if isinstance(i.from_, FromColumn) and i.from_.cumulative]
    return [*catalogue.by_village, *cumulative]


Cells = Mapping[str, Mapping[str, Mapping[str, Decimal | None]]]
"""measure → village as it is at a period's end → month → what was read there in all; None when any part is missing."""


def village_values(catalogue: Catalogue, period: Period, readings: Iterable[Reading]) -> dict[str, dict[str, Decimal | None]]:
    """indicator → code of the village as it is at the period's end → its figure for the period; None when any part is missing.

    A village whose months are not all there has the cumulative of the last one, where the form gives it.
    """
    return _values(catalogue, period, _cells(readings, _today(catalogue, period)))


def values_by_month(
    catalogue: Catalogue, period: Period, readings: Sequence[Reading], *, spoken: bool = False
) -> dict[str, dict[str, dict[str, Decimal | None]]]:
    """:func:`village_values` of each month of the period; the readings are gone through anew only where villages were merged meanwhile.
    ``spoken``: only the months and indicators that the readings speak of at all.
    """
    there = {reading.period for reading in readings}
    result = {}
    cells: Cells = {}
    before: dict[str, str] | None = None
    for month in period.months:
        if spoken and month.name not in there:
            continue
        one = Period.of_month(month)
        if (today := _today(catalogue, one)) != before:
            cells, before = _cells(readings, today), today
        result[month.name] = _values(catalogue, one, cells, spoken)
    return result


def _today(catalogue: Catalogue, period: Period) -> dict[str, str]:
    """What was ever merged → the village it belongs to at the period's end."""
    return {unit.code: village_on(catalogue, unit.code, period) for unit in catalogue.units.all if unit.merged_into}


def _cells(readings: Iterable[Reading], today: Mapping[str, str]) -> Cells:
    cells: dict[str, dict[str, dict[str, Decimal | None]]] = defaultdict(lambda: defaultdict(dict))
    for measure, code, _, month, value, status, _, _, _, role, _, _ in readings:
        if role not in ("part", "total", "ledger"):
            there = cells[measure][today.get(code, code)]
            before = there.get(month, _NOUGHT)
            there[month] = before + decimal_of(value or "0") if before is not None and status in _USABLE else None
    return cells


def _values(catalogue: Catalogue, period: Period, cells: Cells, spoken: bool = False) -> dict[str, dict[str, Decimal | None]]:
    months = [month.name for month in period.months]
    result: dict[str, dict[str, Decimal | None]] = {}
    end = period.end
    standing = {unit.code for unit in catalogue.units.all if unit.is_village and unit.exists_on(end)}
    nothing = {unit.code: None for unit in catalogue.units.all if unit.code in standing}
    for measure, indicator in catalogue.by_village.items():
        mine = cells.get(measure, {})
        wanted = months if indicator.kind == "flow" else months[-1:]
        to_date = cells.get(indicator.from_.cumulative, {}) if isinstance(indicator.from_, FromColumn) and period.from_january else {}
        if not mine and not to_date:
            if not spoken:
                result[indicator.id] = dict(nothing)
            continue
        result[indicator.id] = {
            unit.code: value if (value := _sum(mine.get(unit.code, {}), wanted)) is not None else _sum(to_date.get(unit.code, {}), months[-1:])
            for unit in catalogue.units.all if unit.code in mine or unit.code in standing
        }  # fmt: skip
    return result


def _sum(by_month: Mapping[str, Decimal | None], months: Sequence[str]) -> Decimal | None:
    total = _NOUGHT
    for month in months:
        if (there := by_month.get(month)) is None:
            return None
        total += there
    return total


_NOUGHT = Decimal(0)
_USABLE = tuple(status for status in Status if status.has_value or status is Status.NOT_APPLICABLE)


def _usable(reading: Reading) -> bool:
    return reading.status in _USABLE


def village_on(catalogue: Catalogue, code: str, period: Period) -> str:
    """Code of the village that a unit belongs to at the period's end: what was merged counts for what it became."""
    unit = catalogue.units.by_code.get(code)
    while unit is not None and unit.merged_into and unit.valid_to is not None and unit.valid_to < period.end:
        unit = catalogue.units.by_code.get(unit.merged_into)
    return unit.code if unit else code


@dataclass(frozen=True, slots=True)
class VillagesLacking:
    """A form that has come, without the figures of some villages."""

    form: str
    month: Month
    names: tuple[str, ...]


def villages_lacking(catalogue: Catalogue, period: Period, readings: Sequence[Reading]) -> list[VillagesLacking]:
    """By month and form, the villages that did not report, or whose figure was refused; a column that is not there at all is not
    theirs, and a month that the form's cumulative column tells lacks nothing.
    """
    there: dict[tuple[str, str], set[str]] = defaultdict(set)
    come: set[tuple[str, str]] = set()
    for reading in readings:
        if reading.role not in ("part", "total", "ledger"):
            come.add((reading.measure, reading.period))
            if _usable(reading):
                there[reading.measure, reading.period].add(reading.unit_code)
    absent: dict[tuple[Month, str], set[str]] = defaultdict(set)
    for measure, indicator in catalogue.by_village.items():
        to_date = indicator.from_.cumulative if isinstance(indicator.from_, FromColumn) else ""
        for month in period.months:
            if (measure, month.name) in come:
                told = there[measure, month.name] | (there[to_date, month.name] if to_date else set())
                absent[month, indicator.form] |= {u.code for u in catalogue.units.expected_on(month.last_day)} - told
    return [
        VillagesLacking(form, month, tuple(catalogue.units.by_code[code].name for code in sorted(codes)))
        for (month, form), codes in sorted(absent.items()) if codes
    ]  # fmt: skip


def units_of(catalogue: Catalogue, indicators: Sequence[Indicator], by_village: ByVillage) -> list[OrgUnit]:
    """The villages a table of these indicators has rows for, and other units that stand in a row of their own."""
    return [unit for unit in catalogue.units.all if any(unit.code in by_village.get(i.id, {}) for i in indicators)]
