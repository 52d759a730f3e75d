"""What any table is made of, without a declaration: title, heading, labels, data, totals, notes. It abstains when unsure.

Nothing is published from an outline: it draws the picture of a sheet and drafts declarations for a person to finish.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from catalog.grids import CellValue, Grid, Position, Range
from flows.intake.headings import covering_merges, heading_path
from flows.intake.values import names_a_number

SEARCH = 30
_TOTALS = frozenset(["合计", "总计", "共计", "合計", "總計", "共計", "全镇合计", "全区合计", "全市合计", "累计合计"])
_SUBTOTAL = re.compile(r".*(小计|小計)$")
_NOTE = re.compile(r"^(注|备注|说明|附注|註|備註|說明|数据来源|資料來源|来源|填表说明)[:：]?")
FOOT = re.compile(r"(填表人|制表人|填报人|审核人|分管领导|联系电话|负责人|经办人)[:：]")
_HEAD = re.compile(r"(填报单位|填报时间|填报日期|统计时间|统计日期|統計日期|单位|單位|表号|数据库|时间)[:：]|^20\d\d年\d{1,2}月.+|.*20\d\d年.*(表|台账|册|情况)$|.+(报表|台账|统计表|花名册|一览表|汇总表)$")
_YEARS = range(1900, 2101)
_NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?%?")


class Part(StrEnum):
    """What a row is."""

    TITLE = "title"
    HEADING = "heading"
    DATA = "data"
    TOTAL = "total"
    SUBTOTAL = "subtotal"
    SECTION = "section"
    NOTE = "note"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Outline:
    """A table understood; rows and columns counted from 0."""

    rows: dict[int, Part]
    columns: dict[int, tuple[str, ...]]
    """column → heading words from the top down."""
    labels: tuple[int, ...]
    """Columns that say what a row is about."""
    top: int
    first: int
    """First heading row, first row of the body."""
    fill: dict[Position, Position]
    """Inside of vertical merges of the body → the cell that fills it."""

    def of(self, part: Part) -> list[int]:
        return [row for row, kind in self.rows.items() if kind is part]

    def label(self, grid: Grid, row: int) -> str:
        """The row's name: its label cells, vertical merges filled."""
        words = [grid.at(*self.fill.get((row, column), (row, column))) for column in self.labels]
        return "/".join("".join(word.split()) for word in words if isinstance(word, str) and word.strip())


@dataclass(frozen=True, slots=True)
class Abstained:
    """No outline, and why."""

    reason: str


def outline(grid: Grid) -> Outline | Abstained:
    """The parts of the one table of a sheet."""
    first = _first_data(grid)
    if first is None:
        return Abstained("no row of data below a heading")
    top, main = _heading(grid, first)
    if main is None:
        return Abstained("no heading above the data")
    if any(_of_a_record(value) for value in grid.rows[main]):
        return Abstained("the rows begin without a heading")
    covering = covering_merges(grid)
    depth = first - top
    headed = {}
    for column in range(max(len(row) for row in grid.rows)):
        path = heading_path(grid, top, depth, column, covering)
        if path and _own_row(grid, top, first, column, covering):
            headed[column] = tuple("".join(part.split()) for part in path)
    if len(headed) < 2:
        return Abstained("fewer than two columns have a heading")
    fill = _vertical_fill(grid, first)
    rows = {row: Part.TITLE if any(_text(v) for v in grid.rows[row]) else Part.BLANK for row in range(top)}
    rows |= dict.fromkeys(range(top, first), Part.HEADING)
    rows |= _body(grid, first, headed)
    data = [row for row, kind in rows.items() if kind is Part.DATA]
    if not data:
        return Abstained("no row of data below the heading")
    stray = sum(_is_number(v) for row in data for c, v in enumerate(grid.rows[row]) if c not in headed)
    inside = sum(_is_number(v) for row in data for c, v in enumerate(grid.rows[row]) if c in headed)
    if stray * 2 > inside:
        return Abstained("too many figures stand in columns without a heading")
    again = [row for row in data if _like_heading(grid, row, main)]
    if again:
        return Abstained(f"the heading stands again in row {again[0] + 1}: more than one table")
    return Outline(rows, headed, _label_columns(grid, data, headed, fill), top, first, fill)


def _text(value: CellValue) -> str:
    return "".join(unicodedata.normalize("NFKC", value).split()) if isinstance(value, str) else "" if value is None else str(value)


def _is_number(value: CellValue) -> bool:
    if isinstance(value, bool) or value is None:
        return False
    return isinstance(value, int | float) or (isinstance(value, str) and bool(_NUMBER.fullmatch(_text(value))))


def _of_a_record(value: CellValue) -> bool:
    """What stands in a row of data and in no heading, where a year may: a day, a figure, the number of a person."""
    year = isinstance(value, int) and value in _YEARS
    return isinstance(value, date) or (isinstance(value, int | float) and not year) or (isinstance(value, str) and names_a_number(value))


def _filled(grid: Grid, row: int) -> list[int]:
    return [c for c, v in enumerate(grid.rows[row]) if _text(v)]


def _first_data(grid: Grid) -> int | None:
    """The first row with a figure or a date below a row of at least two words."""
    heads = False
    for row in range(min(SEARCH + 5, len(grid.rows))):
        values = [v for v in grid.rows[row] if _text(v)]
        words = [v for v in values if isinstance(v, str) and not _is_number(v)]
        if heads and len(values) >= 2 and len(words) < len(values):
            return row
        heads = heads or (len(words) >= 2 and not _is_title(grid, row))
    return None


def _is_title(grid: Grid, row: int) -> bool:
    texts = [_text(v) for v in grid.rows[row] if _text(v)]
    return not texts or any(_HEAD.match(text) for text in texts) or (len(texts) == 1 and _wide(grid, row))


def _wide(grid: Grid, row: int) -> bool:
    return any(area.top <= row <= area.bottom and area.right - area.left >= 2 for area in grid.merged) or len(_filled(grid, row)) == 1


def _heading(grid: Grid, first: int) -> tuple[int, int | None]:
    """(first heading row, the row with most words): the rows above the data that hold it together."""
    above = [row for row in range(max(0, first - SEARCH), first) if len(_headings_in(grid, row, first)) >= 2 and not _is_title(grid, row)]
    if not above:
        return 0, None
    main = max(above, key=lambda row: (len(_headings_in(grid, row, first)), row))
    top = main
    while top - 1 in above and main - top < 3:
        top -= 1
    return top, main


def _headings_in(grid: Grid, row: int, first: int) -> list[int]:
    """Words of a row that can be headings: none that a merge carries down into the data."""
    down = {area.left for area in grid.merged if area.top <= row <= area.bottom and area.bottom >= first}
    return [c for c in _filled(grid, row) if c not in down and not _is_number(grid.rows[row][c])]


def _own_row(grid: Grid, top: int, first: int, column: int, covering: Mapping[Position, Range]) -> bool:
    """The column's heading is not only the remark of a section that runs down into the data."""
    return any((area := covering.get((row, column))) is None or area.bottom < first
               for row in range(top, first) if _text(grid.at(row, column)) or covering.get((row, column)))  # fmt: skip


def _body(grid: Grid, first: int, headed: dict[int, tuple[str, ...]]) -> dict[int, Part]:
    enough = max(2.0, 0.4 * len(headed))
    rows: dict[int, Part] = {}
    with_figures = [r for r in range(first, len(grid.rows)) if any(_is_number(v) for v in grid.rows[r])]
    last = max(with_figures, default=first)
    for row in range(first, len(grid.rows)):
        filled = _filled(grid, row)
        texts = [_text(grid.rows[row][c]) for c in filled if isinstance(grid.rows[row][c], str)]
        inside = [c for c in filled if c in headed]
        if not filled:
            rows[row] = Part.BLANK
        elif any(text in _TOTALS for text in texts[:3]):
            rows[row] = Part.TOTAL
        elif any(_SUBTOTAL.fullmatch(text) for text in texts[:3]):
            rows[row] = Part.SUBTOTAL
        elif any(FOOT.search(text) for text in texts) or (texts and _NOTE.match(texts[0]) and len(inside) < enough):
            rows[row] = Part.NOTE
        elif not any(_is_number(grid.rows[row][c]) for c in filled) and len(inside) < enough:
            rows[row] = Part.NOTE if row > last else Part.SECTION
        elif not inside:
            rows[row] = Part.NOTE
        else:
            rows[row] = Part.DATA
    return rows


def _like_heading(grid: Grid, row: int, main: int) -> bool:
    words = [_text(grid.rows[main][c]) for c in _filled(grid, main)]
    here = [_text(v) for v in grid.rows[row] if _text(v)]
    return len(words) >= 3 and here == words


def _vertical_fill(grid: Grid, first: int) -> dict[Position, Position]:
    """A merged cell fills the inside of its range and never beyond it (forms.md M18)."""
    return {
        (row, area.left): (area.top, area.left)
        for area in grid.merged if area.top >= first and area.left == area.right for row in range(area.top + 1, area.bottom + 1)
    }  # fmt: skip


def _label_columns(
    grid: Grid, data: list[int], headed: dict[int, tuple[str, ...]], fill: dict[Position, Position]
) -> tuple[int, ...]:
    """The columns of words left of the first column of figures; a column that only numbers the rows is none."""
    labels: list[int] = []
    for column in sorted(headed):
        values = [v for row in data if _text(v := grid.at(*fill.get((row, column), (row, column))))]
        figures = sum(_is_number(v) for v in values)
        if headed[column] in {("序号",), ("编号",), ("序號",)}:
            continue
        if values and figures * 2 > len(values):
            if labels:
                break
            continue
        if values:
            labels.append(column)
    return tuple(labels[:4])
