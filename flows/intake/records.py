"""Which rows of a ledger are records: not the struck ones, not the one that is there twice, not a sum nobody named."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter

from catalog import packed
from catalog.grids import CellValue, Position, row_ranges
from catalog.issues import Action, Issue
from catalog.packed import PackedRows
from catalog.units import fold
from flows.intake.cells import NOTHING_WORDS, code, document
from flows.intake.fate import Fates
from flows.intake.identities import identity
from flows.intake.rows import Row
from flows.intake.table import Report, Table
from flows.intake.values import shown

_ADDS = re.compile("[合总小累]计|共|汇总|全部|总数")
_SAME_ALL_OVER = 4
"""Cells that two rows must have alike to be one record written twice."""


def still_there(table: Table, rows: Sequence[Row], fates: Fates, report: Report) -> Sequence[Row]:
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
    told = {m.index for m in table.layout.columns.values() if m.column.drop or (m.column.type == "text" and not m.column.values)}
    gone = {row.index for row in struck}
    half = sorted({r for r, c in grid.struck if c in told and r not in gone} - {r for r, c in grid.struck if c in inside - told})
    half = [r for r in half if r in {row.index for row in rows}]
    if half:
        where = table.cell(half[0], min(inside))
        report(Issue("M38", Action.WARN, f"{grid.name}!{where} 等{len(half)}行有删除线，仍按在册计算，如已退出请在变动情况栏注明。",
                     grid.name, where, f"第{row_ranges(half)}行", "无删除线"))  # fmt: skip
    coloured = [row for row in rows if grid.coloured and share(row, grid.coloured) >= 0.5]
    if coloured and len(coloured) * 3 <= len(rows):
        where = table.cell(coloured[0].index, min(inside))
        report(Issue("M38", Action.WARN, f"{grid.name}!{where} 等{len(coloured)}行填了底色或用灰色字，仍按在册计算，如表示退出请在变动情况栏注明。",
                     grid.name, where, f"第{row_ranges([r.index for r in coloured])}行", "不用颜色表示"))  # fmt: skip
    return [row for row in rows if row.index not in gone] if gone else rows


def says_something(table: Table, rows: Sequence[Row]) -> bool:
    """Whether any row of a ledger has more than its number and its village, as rows made ready for the next month have not."""
    columns = [m.index for m in table.layout.columns.values() if m.column.type not in ("serial", "village")]
    cells = table.found.grid.rows
    return any((value := cells[row.index][column]) is not None and value != "" for row in rows for column in columns)


def look_for_twice(table: Table, rows: Sequence[Row], fates: Fates, report: Report) -> frozenset[int]:
    """One person in two rows is counted once, and the rows are named; the number is not (M39). So are rows alike all over.

    What is one for each record (``single``) cannot stand twice: rows that repeat one are refused, and returned.
    """
    mapped = table.layout.columns.get(table.found.sheet.unique)
    of_person = mapped is not None and mapped.column.type == "identity"
    of_code = mapped is not None and mapped.column.path.endswith("代码")
    of_document = mapped is not None and mapped.column.path.endswith("书号")
    sheet = table.found.grid.rows
    if mapped is not None and of_person and len(rows) < packed.MANY:
        numbers = [identity(sheet[row.index][mapped.index])[0] for row in rows]
        often = Counter(numbers)
        if None not in often and len(often) == len(numbers):
            return frozenset()
        rows = [row for row, number in zip(rows, numbers, strict=True) if number is None or often[number] > 1]
    serial = next((m.index for m in table.layout.columns.values() if m.column.type == "serial"), None)
    left, right = table.layout.left + (serial == table.layout.left), table.layout.right + 1

    def told(row: int) -> str | tuple[CellValue, ...] | None:
        """What no other record should have: its key, or where it has none all that it says, if that is enough."""
        cells = sheet[row]
        key: str | None = ""
        if mapped is not None:
            key = identity(cells[mapped.index])[0] if of_person else fold(shown(cells[mapped.index]))
        if of_code and key:
            key = code(key)
        elif of_document and key:
            key = document(key)
        if key and (of_person or key not in NOTHING_WORDS):
            return key
        whole = tuple(cells[left:right])
        return whole if (right - left) - whole.count(None) >= _SAME_ALL_OVER else None

    keyed: dict[str, list[int]] = {}
    alike: dict[tuple[CellValue, ...], list[int]] = {}
    for index in _suspect(told, rows):
        if isinstance(what := told(index), str):
            keyed.setdefault(what, []).append(index)
        elif what is not None:
            alike.setdefault(what, []).append(index)
    refused: frozenset[int] = frozenset()
    if mapped is not None and mapped.column.single:
        refused = _refuse_twice(table, mapped.index, keyed.values(), mapped.column.parts[-1], fates, report)
    elif mapped is not None:
        said = f"是同一个{mapped.column.parts[-1]}，{'人数只计一次，请核实' if of_person else '请核实是否重复填报'}"
        _tell_twice(table, mapped.index, keyed.values(), said, "每人一行" if of_person else "每条记录一行", report)
    _tell_twice(table, left, alike.values(), "内容完全相同，请核实是否重复填报", "每条记录一行", report)
    return refused


def _suspect(told: Callable[[int], object], rows: Sequence[Row]) -> Iterable[int]:
    """The records that may say what another one says: of very many those alone whose hash is another's too."""
    if len(rows) < packed.MANY:
        return [row.index for row in rows]
    places, hashes = array("i"), array("q")
    for row in rows:
        if (what := told(row.index)) is not None:
            places.append(row.index)
            hashes.append(hash(what))
    twice: set[int] = set()
    for part in range(_PARTS):  # a set of all would be as large as what is saved
        seen: set[int] = set()
        for one in hashes:
            if one % _PARTS == part:
                (twice if one in seen else seen).add(one)
    return [place for place, one in zip(places, hashes, strict=True) if one in twice]


_PARTS = 8


def _refuse_twice(table: Table, column: int, found: Iterable[list[int]], name: str, fates: Fates, report: Report) -> frozenset[int]:
    grid, refused = table.found.grid, set()
    for same in found:
        for row in same[1:]:
            refused.add(row)
            fates.refuse((row, column))
            first, where = table.cell(same[0], column), table.cell(row, column)
            report(Issue("M39", Action.REFUSE_CELL, f"{grid.name}!{where} {name}与{first}相同，重复填报请删去一行，不是请改正{name}。", grid.name, where, f"同{first}", "每条记录一行"))
    return frozenset(refused)


def _tell_twice(table: Table, column: int, found: Iterable[list[int]], said: str, expected: str, report: Report) -> None:
    grid = table.found.grid
    for same in found:
        if len(same) > 1:
            where = table.cell(same[1], column)
            others = "、".join(str(grid.source(r, 0)[0] + 1) for r in same)
            report(Issue("M39", Action.WARN, f"{grid.name}!{where} 第{others}行{said}。", grid.name, where, f"第{others}行", expected))


def nameless_rows(table: Table, rows: Sequence[Row], fates: Fates, report: Report) -> frozenset[int]:
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

    if name_cells is None or merged:
        said = [words(row) for row in rows]
    else:  # the same for all rows at once
        said = [len(naming) - cells.count(None) - cells.count("") for cells in map(name_cells, (grid.rows[row.index] for row in rows))]
    sums = _look_for_sum(table, rows, fates, report)
    if max(said, default=0) < 3:
        return sums
    nameless = [row for row, words_in_it in zip(rows, said, strict=True) if words_in_it <= 1 and row.index not in sums and filled(row, figures)]
    for row in nameless:
        first = fates.filled(row.index)[0]
        where = grid.address(row.index, first)
        for column in fates.filled(row.index):
            fates.refuse((row.index, column))
        report(Issue("M33", Action.REFUSE_CELL, f"{grid.name}!{where} 所在行只有数字，分不清是合计还是一条记录，请写明“合计”或补全本行。",
                     grid.name, where, "只有数字的一行", "“合计”或完整的一行"))  # fmt: skip
    return sums | {row.index for row in nameless}


def _look_for_sum(table: Table, rows: Sequence[Row], fates: Fates, report: Report) -> frozenset[int]:
    """The last record, or the first, when each of its figures is the sum of that column's others: a total nobody called so.

    Where only one column says so and no word does, it is asked about and counts.
    """
    cells, grid = table.found.grid.rows, table.found.grid
    columns = [m.index for m in table.layout.columns.values() if m.column.numeric and m.column.total]
    if len(rows) < 3:
        return frozenset()
    indexes = [row.index for row in rows] if len(rows) < packed.MANY else array("i", (row.index for row in rows))
    sums = {column: sum(map(_figure, cells.column(column, indexes) if isinstance(cells, PackedRows) else (cells[index][column] for index in indexes))) for column in columns}
    for at in (rows[-1].index, rows[0].index):
        own = [column for column in columns if cells[at][column] is not None and sums[column]]
        if not own or any(abs(2 * _figure(cells[at][column]) - sums[column]) >= 0.005 for column in own):
            continue
        added = min(sum(cells[index][column] is not None for index in indexes) for column in own) - 1
        sure = len(own) > 1 or any(isinstance(v, str) and _ADDS.search(v) for v in cells[at])
        if added < 2 or (not sure and added == 2):
            continue  # one is another, two and two are four by chance
        where = table.cell(at, own[0])
        report(Issue("M33", Action.REFUSE_CELL if sure else Action.WARN, f"{grid.name}!{where} 所在行的数等于其余各行之和，是合计请写明“合计”，不是请核实。",
                     grid.name, where, "等于其余各行之和", "“合计”或一条记录"))  # fmt: skip
        for column in fates.filled(at) if sure else ():
            fates.refuse((at, column))
        return frozenset([at] if sure else [])
    return frozenset()


def _figure(value: CellValue) -> float:
    return float(value) if type(value) is int or type(value) is float else 0.0
