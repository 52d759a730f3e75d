"""Figures of a window that begins on a day of its own: a park's takings since it opened again (forms/README §1.11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from catalog.catalogue import Catalogue
from catalog.indicators import FromSince
from catalog.observations import LineageRow, Reading, Status
from catalog.periods import Month
from flows.summary.facts import Facts
from flows.summary.value import HELD, NOT_APPLICABLE, Value, added, first_gap, missing, number

Column = Callable[[str, str, Month], Value]
"""(form, measure, month) → what the town's column says of the whole month."""


def since(catalogue: Catalogue, facts: Facts, column: Column, source: FromSince, year: int, first: int, last: int) -> Value:
    """Whole months after that day, and of the month it lies in the rows of its days."""
    told = catalogue.parameter(source.since, Month(year, last).last_day) or ""
    try:
        day = date.fromisoformat(told)
    except ValueError:
        return missing(f"town.yml 的 {source.since} 不是日期")
    months = [Month(year, m) for m in range(first, last + 1) if Month(year, m).last_day >= day]
    if not months:
        return NOT_APPLICABLE
    values = [column(source.form, source.measure, month) if month.first_day >= day else _rest_of(facts, source, month, day) for month in months]
    return added(values) if all(v.known for v in values) else first_gap(values)


def _rest_of(facts: Facts, source: FromSince, month: Month, day: date) -> Value:
    """From that day to the month's end: the rows of its days, none of which may be lacking."""
    found = facts.of(source.form, month)
    if found is None:
        return missing(f"{source.form} {month}未报")
    parts = [r for r in found.readings.get(source.measure, ()) if r.role == "part" and _days(r)[0] >= day]
    if refused := [r for r in parts if r.status is Status.REFUSED]:
        return missing(f"{source.form} {month} 恢复开放以来的旬数{HELD if all(r.held for r in refused) else '被退回'}", status=Status.REFUSED)
    if any(not r.status.has_value for r in parts) or not _reach_from(day, month.last_day, parts):
        return missing(f"{source.form} {month}缺{day.month}月{day.day}日恢复开放以来的旬数")
    lineage = [LineageRow("", "", r.unit_code, month.name, r.value, found.submission_id, r.sheet, r.cell) for r in parts]
    return number(sum((Decimal(r.value or 0) for r in parts), Decimal(0)), lineage, provisional=any(r.status is Status.PROVISIONAL for r in parts))


def _reach_from(day: date, last: date, parts: list[Reading]) -> bool:
    """Whether every day up to the last lies in one of these rows."""
    for begins, ends in sorted(set(map(_days, parts))):
        if begins > day:
            return False
        day = max(day, ends + timedelta(days=1))
    return day > last


def _days(reading: Reading) -> tuple[date, date]:
    """``2020-03-21..31`` → 21 and 31 March."""
    month, _, last = reading.period.partition("..")
    begins = date.fromisoformat(month)
    return begins, begins.replace(day=int(last))
