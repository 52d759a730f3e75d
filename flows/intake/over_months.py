"""What a column or a ledger's sum of a month says over several months, where no 累计 stands beside it to say otherwise (M02, M28).

Nothing is held: it is asked about, once for each column and month.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from catalog.catalogue import Catalogue
from catalog.forms import Form
from catalog.indicators import FromColumn, FromLedger
from catalog.issues import Action, Issue
from catalog.numbers import decimal_of, plain
from catalog.observations import Reading
from catalog.periods import Month
from flows.intake.history import STEADY, tells_enough

_MONTHS, _TIMES, _ENOUGH = 5, 3, Decimal(20)
"""So many months of a year, so many times what the first had, and so much in all: single months that rise so are rare."""

_Months = Mapping[str, Sequence[Reading]]
"""period → the readings of one measure."""


def over_months(form: Form, catalogue: Catalogue, history: Mapping[str, Sequence[Reading]]) -> list[tuple[str, Issue]]:
    """Everything that is asked about: (period, issue). ``history``: period → the sound readings of the hand-in in force."""
    columns = {c.id: c for sheet in form.sheets for c in sheet.columns if c.id}
    there = {measure for measure, column in columns.items() if column.role == "stock"}
    paid = {amount for sheet in form.sheets for amount, persons in sheet.needs if persons in there}
    told: dict[str, dict[str, list[Reading]]] = {}
    for period, readings in sorted(history.items()):
        for reading in readings:
            if reading.value is not None and reading.role not in ("part", "total"):
                told.setdefault(reading.measure, {}).setdefault(period, []).append(reading)
    found: list[tuple[str, Issue]] = []
    for column in columns.values():
        if column.grows:
            found += _less(told.get(column.id, {}), "".join(column.parts))
    for indicator in catalogue.indicators_of(form.id):
        match indicator.from_:
            case FromColumn(measure=measure, cumulative="") if indicator.kind == "flow":
                found += _only_rising(told.get(measure, {}), indicator.title)
                if measure not in paid:  # who stays gets the same again
                    found += _once_more(told.get(measure, {}), indicator.title)
            case FromLedger(count="sum", months="each"):
                found += _only_rising(told.get(indicator.id, {}), indicator.title)
    return found


def _less(months: _Months, name: str) -> Iterator[tuple[str, Issue]]:
    """A stock counted since January that is less than the month before's: the month's own number stands in its place."""
    for period, readings in months.items():
        before = _figures(months.get(_before(period), ()))
        now = {unit: number for unit, number in _figures(readings).items() if unit in before}
        whole, had = (sum((of[unit] for unit in now), Decimal(0)) for of in (now, before))
        if whole < had:
            message = f"的{name}合计{plain(whole)}，比上月的{plain(had)}少，本栏应填1—{int(period[5:7])}月累计，疑只填了本月数，请核实，确有核减的请告知党政办。"
            yield period, _ask("M28", readings[0], message, plain(whole), f"不少于{plain(had)}")


def _only_rising(months: _Months, name: str) -> Iterator[tuple[str, Issue]]:
    """Each month as January to this month would be: no unit has less than the month before, and the town more, by about as much each time."""
    run: list[dict[tuple[str, str], Decimal]] = []
    for period, readings in months.items():
        now = _figures(readings)
        goes_on = bool(run) and _before(period) in months and run[-1].keys() == now.keys() and all(number >= run[-1][unit] for unit, number in now.items())
        run = [*run, now] if goes_on else [now]
        sums = [sum(of.values(), Decimal(0)) for of in run]
        steps = [after - before for before, after in pairwise(sums)]
        if len(run) >= _MONTHS and sums[-1] >= max(_ENOUGH, _TIMES * sums[0]) and max(steps) <= STEADY * STEADY * min(steps):
            month = int(period[5:7])
            message = f"的{name}{month - len(run) + 1}—{month}月逐月增加，每月多出的差不多，疑把累计数填作本月数，请核实，确是各月当月数的请告知党政办。"
            yield period, _ask("M28", readings[0], message, plain(sums[-1]), "本月数")


def _once_more(months: _Months, name: str) -> Iterator[tuple[str, Issue]]:
    """A whole column as the month before had it, where others are new: it was not filled in anew."""
    for period, readings in months.items():
        if tells_enough(readings) and _figures(readings) == _figures(months.get(Month.parse(period).shift(-1).name, ())):
            message = f"的{name}各行与上月完全相同，疑沿用上月的数或填了累计数，请核实，属实的请告知党政办。"
            yield period, _ask("M02", readings[0], message, "同上月", "本月数")


def _figures(readings: Sequence[Reading]) -> dict[tuple[str, str], Decimal]:
    return {(r.unit_code, r.unit_name): decimal_of(r.value or 0) for r in readings}


def _before(period: str) -> str:
    """The month before in the same year; of January none."""
    return "" if period.endswith("-01") else Month.parse(period).shift(-1).name


def _ask(code: str, reading: Reading, message: str, found: str, expected: str) -> Issue:
    cell = "" if reading.role == "ledger" else reading.cell
    place = f"{reading.sheet}!{cell} 起" if cell else f"{reading.sheet} "
    return Issue(code, Action.WARN, place + message, reading.sheet, cell, found, expected)
