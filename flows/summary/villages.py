"""Figures by village: which indicators have them, and their values on the villages of today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from catalog.catalogue import Catalogue
from catalog.indicators import FromColumn, Indicator
from catalog.observations import Reading, Status
from catalog.periods import Period


def village_measures(catalogue: Catalogue) -> dict[str, Indicator]:
    """measure → indicator, for everything reported village by village."""
    result = {}
    for indicator in catalogue.indicators.values():
        source = indicator.from_
        if isinstance(source, FromColumn) and indicator.kind in ("flow", "stock"):
            sheet = catalogue.forms[source.form].sheet(source.sheet)
            if sheet.shape == "matrix" and sheet.rows == "village" and not any(c.only_in_total for c in sheet.columns if c.id == source.measure):
                result[source.measure] = indicator
    return result


def village_values(catalogue: Catalogue, period: Period, readings: Sequence[Reading]) -> dict[str, dict[str, Decimal | None]]:
    """indicator → code of today's village → its figure for the period; None when any part is missing.

    History is re-based on the villages that exist at the period's end (rules.md §1.6).
    """
    month_names = [month.name for month in period.months]
    result: dict[str, dict[str, Decimal | None]] = {}
    for measure, indicator in village_measures(catalogue).items():
        wanted = month_names if indicator.kind == "flow" else month_names[-1:]
        cells: dict[str, dict[str, list[Reading]]] = defaultdict(lambda: defaultdict(list))
        for reading in readings:
            if reading.measure == measure and reading.period in wanted and reading.role not in ("part", "total", "ledger"):
                cells[village_on(catalogue, reading.unit_code, period)][reading.period].append(reading)
        values: dict[str, Decimal | None] = {}
        for unit in (u for u in catalogue.units.all if u.code in cells or (u.is_village and u.exists_on(period.end))):
            mine = cells.get(unit.code, {})
            complete = all(mine.get(month) and all(_usable(r) for r in mine[month]) for month in wanted)
            values[unit.code] = sum((Decimal(r.value or 0) for m in wanted for r in mine.get(m, ())), Decimal(0)) if complete else None
        result[indicator.id] = values
    return result


def _usable(reading: Reading) -> bool:
    return reading.status.has_value or reading.status is Status.NOT_APPLICABLE


def village_on(catalogue: Catalogue, code: str, period: Period) -> str:
    """Code of the village that a unit belongs to at the period's end: what was merged counts for what it became."""
    unit = catalogue.units.by_code.get(code)
    while unit is not None and unit.merged_into and unit.valid_to is not None and unit.valid_to < period.end:
        unit = catalogue.units.by_code.get(unit.merged_into)
    return unit.code if unit else code
