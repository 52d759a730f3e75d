"""What a village's figures can be asked about themselves: parts and whole, rates, and how many live there (forms.md M27, M29).

Nothing here alters a figure; what cannot be is held.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from catalog.issues import Action, Issue
from catalog.numbers import decimal_of, plain
from catalog.observations import Reading
from flows.intake.table import Report, Table

_MOST = 50_000
"""元 for one person and month; ten times what any allowance pays."""
_HUNDRED = Decimal(100)
_COUNTED = frozenset(["户", "人", "名"])
"""Units of what a village has only so many of."""


def check_plausible(table: Table, readings: Iterable[Reading], report: Report) -> set[tuple[str, str]]:
    """Returns the cells to be held."""
    held: set[tuple[str, str]] = set()
    rates = {m.column.id for m in table.layout.columns.values() if m.column.role == "ratio" and not m.column.negative}
    by_unit: dict[str, dict[str, Reading]] = {}
    pairs = _paid_to(table)
    compared = {measure for whole, parts in table.found.sheet.adds_up for measure in (whole, *parts)}.union(*pairs)
    between = {m.column.id: m.column.usual for m in table.layout.columns.values() if m.column.usual}
    for reading in readings:
        if reading.value is None or reading.role in ("part", "total", "ledger"):
            continue
        if reading.measure in between and (reading.role != "flow_month" or decimal_of(reading.value)) and not _within(reading.value, between[reading.measure]):
            held.add((reading.sheet, reading.cell))
            least, most = between[reading.measure]
            report(Issue("M27", Action.REFUSE_CELL, f"{reading.sheet}!{reading.cell} 填{reading.raw}，一般在{least}至{most}{reading.unit}之间，疑单位填错或还没有数，请核实。",
                         reading.sheet, reading.cell, reading.raw, f"{least}至{most}"))  # fmt: skip
        if reading.measure in compared:
            by_unit.setdefault(reading.unit_code + reading.unit_name, {})[reading.measure] = reading
        if reading.unit not in _COUNTED and reading.measure not in rates:
            continue
        number = decimal_of(reading.value)
        why = _of_a_rate(number) if reading.measure in rates else _of_a_village(table, reading, number)
        if why:
            held.add((reading.sheet, reading.cell))
            report(Issue("M29" if reading.measure in rates else "E-ABOVE", Action.REFUSE_CELL, f"{reading.sheet}!{reading.cell} 填{reading.raw}，{why}，请核实。",
                         reading.sheet, reading.cell, reading.raw, why))  # fmt: skip
    for of_unit in by_unit.values():
        _check_parts(table, of_unit, report)
        for amount, persons in pairs:
            paid, of = of_unit.get(amount), of_unit.get(persons)
            if paid and of and 0 < decimal_of(paid.value or 0) < decimal_of(of.value or 0):
                held.add((paid.sheet, paid.cell))
                report(Issue("M27", Action.REFUSE_CELL, f"{paid.sheet}!{paid.cell} 填{paid.raw}，{of.cell}为{of.value}人，每人不到1元，疑单位填错，请核实。",
                             paid.sheet, paid.cell, paid.raw, "以元计的金额"))  # fmt: skip
            if paid and of and decimal_of(of.value or 0) > 0 and decimal_of(paid.value or 0) > _MOST * decimal_of(of.value or 0) * (table.month.month if paid.role == "flow_ytd" else 1):
                held.add((paid.sheet, paid.cell))
                report(Issue("M27", Action.REFUSE_CELL, f"{paid.sheet}!{paid.cell} 填{paid.raw}，{of.cell}为{of.value}人，平均每人每月超过{_MOST}元，疑单位填错，请核实。",
                             paid.sheet, paid.cell, paid.raw, "以元计的金额"))  # fmt: skip
    return held


def _paid_to(table: Table) -> list[tuple[str, str]]:
    """(measure of a month's money or of the money since January, measure of those who get it): the money and the persons of one group of columns."""
    persons: dict[str, str] = {}
    for mapped in table.layout.columns.values():
        column = mapped.column
        if column.role == "stock" and column.unit == "人" and column.parts[-1].startswith(("人数", "小计")):
            persons[column.parts[0]] = column.id
    money = [m.column for m in table.layout.columns.values() if m.stored == "元" and m.column.role in ("flow_month", "flow_ytd") and m.column.id]
    return [(column.id, persons[column.parts[0]]) for column in money if column.parts[0] in persons]


def _within(value: str, bounds: tuple[str, ...]) -> bool:
    least, most = map(Decimal, bounds)
    return least <= decimal_of(value) <= most


def _of_a_rate(number: Decimal) -> str:
    """A share of 0.85 is 85 % written as a fraction, or next to nothing: nobody can tell."""
    if number > _HUNDRED:
        return "超过100%"
    return "疑为小数形式，应填百分数（如85）" if 0 < number <= 1 else ""


def _of_a_village(table: Table, reading: Reading, number: Decimal) -> str:
    """More households, or more persons at one time, than the list of villages has there."""
    unit = table.catalogue.units.by_code.get(reading.unit_code)
    if unit is None or reading.role in ("flow_ytd", "last_year"):
        return ""
    if reading.unit == "户" and unit.households and number > unit.households:
        return f"大于本村总户数{unit.households}"
    if reading.unit in ("人", "名") and reading.role == "stock" and unit.population and number > unit.population:
        return f"大于本村总人数{unit.population}"
    return ""


def _check_parts(table: Table, of_unit: dict[str, Reading], report: Report) -> None:
    for whole_, parts_ in table.found.sheet.adds_up:
        whole, parts = of_unit.get(whole_), [of_unit[p] for p in parts_ if p in of_unit]
        if whole is None or len(parts) < len(parts_):
            continue
        together = sum((decimal_of(p.value or 0) for p in parts), Decimal(0))
        if together != decimal_of(whole.value or 0):
            message = f"{whole.sheet}!{whole.cell} 填{whole.raw}，{parts[0].cell}等{len(parts)}项相加为{plain(together)}，以填报数为准，请核实。"
            report(Issue("M44", Action.WARN, message, whole.sheet, whole.cell, whole.raw, plain(together)))
