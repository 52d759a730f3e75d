"""Which rows of a ledger are records: not the struck ones, not the one that is there twice, not a sum nobody named."""

from __future__ import annotations

from operator import itemgetter

from catalog.grids import Position, row_ranges
from catalog.issues import Action, Issue
from flows.intake.fate import Fates
from flows.intake.matrix import Report, Table
from flows.intake.rows import Row


def still_there(table: Table, rows: list[Row], fates: Fates, report: Report) -> list[Row]:
    """Rows struck through have left and are not counted; rows that only have a colour are asked about (M38)."""
    grid = table.found.grid
    inside = {m.index for m in table.layout.columns.values()}

    def share(row: Row, marked: frozenset[Position]) -> float:
        filled = [c for c in fates.filled(row.index) if c in inside]
        return sum((row.index, c) in marked for c in filled) / max(1, len(filled))

    struck = [row for row in rows if grid.struck and share(row, grid.struck) >= 0.5]
    if struck:
        for row in struck:
            fates.ignore_row(row.index, "struck out")
        where = table.cell(struck[0].index, min(inside))
        report(Issue("M38", Action.WARN, f"{grid.name}!{where} 等{len(struck)}行带删除线，按已退出不计入，请在变动情况栏注明。",
                     grid.name, where, f"第{row_ranges([r.index for r in struck])}行", "无删除线"))  # fmt: skip
    coloured = [row for row in rows if grid.coloured and share(row, grid.coloured) >= 0.5]
    if coloured and len(coloured) * 3 <= len(rows):
        where = table.cell(coloured[0].index, min(inside))
        report(Issue("M38", Action.WARN, f"{grid.name}!{where} 等{len(coloured)}行填了底色，仍按在册计算，如表示退出请在变动情况栏注明。",
                     grid.name, where, f"第{row_ranges([r.index for r in coloured])}行", "不用颜色表示"))  # fmt: skip
    gone = {row.index for row in struck}
    return [row for row in rows if row.index not in gone]


def look_for_twice(table: Table, rows: list[Row], report: Report) -> None:
    """One person in two rows is counted once, and the rows are named; the number is not (M39)."""
    mapped = table.layout.columns.get(table.found.sheet.unique)
    if mapped is None:
        return
    cells, index = table.found.grid.rows, mapped.index
    numbers = [table.identity(cells[row.index][index])[0] for row in rows]
    if len(set(numbers)) == len(numbers):
        return
    seen: dict[str, list[int]] = {}
    for row, number in zip(rows, numbers, strict=True):
        if number:
            seen.setdefault(number, []).append(row.index)
    for same in seen.values():
        if len(same) > 1:
            where = table.cell(same[1], mapped.index)
            others = "、".join(str(table.found.grid.source(r, 0)[0] + 1) for r in same)
            report(Issue("M39", Action.WARN, f"{table.found.grid.name}!{where} 第{others}行是同一个{mapped.column.parts[-1]}，人数只计一次，请核实。",
                         table.found.grid.name, where, f"第{others}行", "每人一行"))  # fmt: skip


def nameless_rows(table: Table, rows: list[Row], fates: Fates, report: Report) -> frozenset[int]:
    """Rows of figures with one word at most, where the others say who, where and when: sums or records, nobody can tell (M33).

    They are refused cell by cell; what adds them up says so.
    """
    grid = table.found.grid
    naming = [m.index for m in table.layout.columns.values() if not m.column.numeric and m.column.type != "serial"]
    figures = [m.index for m in table.layout.columns.values() if m.column.numeric]

    merged = {row for row, column in table.body.fill if column in naming}
    name_cells = itemgetter(*naming) if len(naming) > 1 else None

    def filled(row: Row, columns: list[int]) -> int:
        return sum((value := grid.at(*table.body.fill.get((row.index, c), (row.index, c)))) is not None and value != "" for c in columns)

    def words(row: Row) -> int:
        if name_cells is None or row.index in merged:
            return filled(row, naming)
        cells = name_cells(grid.rows[row.index])
        return len(cells) - cells.count(None) - cells.count("")

    said = {row.index: words(row) for row in rows}
    if max(said.values(), default=0) < 3:
        return frozenset()
    nameless = [row for row in rows if said[row.index] <= 1 and filled(row, figures)]
    for row in nameless:
        first = fates.filled(row.index)[0]
        where = grid.address(row.index, first)
        for column in fates.filled(row.index):
            fates.refuse((row.index, column))
        report(Issue("M33", Action.REFUSE_CELL, f"{grid.name}!{where} 所在行只有数字，分不清是合计还是一条记录，请写明“合计”或补全本行。",
                     grid.name, where, "只有数字的一行", "“合计”或完整的一行"))  # fmt: skip
    return frozenset(row.index for row in nameless)
