"""Figures that go up by one from row to row: a cell was filled down as a series, where the same figure or no figure was meant.

Excel and WPS make 12, 13, 14, … of a 12 that is drawn down with its handle. No village or payment of a township goes up so
for long; what does is held, and may be confirmed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from catalog.forms import Column
from catalog.issues import Action, Issue
from catalog.numbers import decimal_of
from catalog.observations import Reading
from flows.intake.cells import UNUSABLE
from flows.intake.columns import CellList, Columns
from flows.intake.table import Report, Table

LEAST = 6
"""Rows that go up by one each; of so many no chance makes such a row in a year of forms."""


def series(figures: Sequence[Decimal | None]) -> Iterator[range]:
    """The longest stretches of which each figure is the one above and one more."""
    start = 0
    for n in range(1, len(figures) + 1):
        a, b = figures[n - 1], figures[n] if n < len(figures) else None
        if a is None or b is None or b - a != 1:
            if n - start >= LEAST:
                yield range(start, n)
            start = n


def look_for_series(table: Table, readings: Sequence[Reading], report: Report) -> set[tuple[str, str]]:
    """Of a table of villages: returns the cells to be held."""
    held: set[tuple[str, str]] = set()
    by_measure: dict[str, list[Reading]] = {}
    factors = {m.column.id: m.factor for m in table.layout.columns.values() if _of_chance(m.column)}
    for reading in readings:
        if reading.measure in factors and reading.role not in ("part", "total", "ledger"):
            by_measure.setdefault(reading.measure, []).append(reading)
    for measure, column in by_measure.items():
        factor = factors[measure]
        for run in series([None if r.value is None else decimal_of(r.value) if factor == 1 else decimal_of(r.value) / factor for r in column]):
            first, last = column[run[0]], column[run[-1]]
            held |= {(column[n].sheet, column[n].cell) for n in run}
            report(_issue(first.sheet, first.cell, last.cell, first.raw, last.raw))
    return held


def refuse_series(columns: Columns, cells: dict[str, CellList]) -> None:
    """Of a ledger: the figures that go up so are of no use."""
    table = columns.table
    for path, of_column in cells.items() if table.found.sheet.shape == "ledger" else ():
        mapped = table.layout.columns.get(path)
        if mapped is None or not mapped.column.numeric or not _of_chance(mapped.column):
            continue
        for run in series([None if cell.number is None else decimal_of(cell.number) if mapped.factor == 1 else decimal_of(cell.number) / mapped.factor for cell in of_column]):
            numbers = [of_column[n].number for n in run]
            for n in run:
                of_column[n] = UNUSABLE
                columns.fates.refuse((columns.rows[n], mapped.index))
            rows = columns.rows[run[0]], columns.rows[run[-1]]
            columns.said.append((rows[0], _issue(table.found.grid.name, table.cell(rows[0], mapped.index), table.cell(rows[1], mapped.index), str(numbers[0]), str(numbers[-1]))))


def _of_chance(column: Column) -> bool:
    """People, households and money come as they come; what is planned, shares and rounds of inspection are handed out by rule."""
    return column.unit.endswith(("元", "人", "户", "名", "人次")) and column.role != "plan" and not any(word in column.path for word in ("计划", "任务", "标准"))


def _issue(sheet: str, first: str, last: str, lowest: str, highest: str) -> Issue:
    return Issue("E-SERIES", Action.REFUSE_CELL, f"{sheet}!{first}至{last} 从{lowest}逐行加1到{highest}，疑为下拉填充成了序列，请核实各行的数。", sheet, first, lowest, "各行实际的数")
