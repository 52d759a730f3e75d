"""The cell ledger: every non-empty cell of a sheet is used, ignored by a rule that has a name, or refused (DESIGN §2.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from operator import is_

from catalog.grids import Grid, Position

USED, REFUSED, UNACCOUNTED = "used", "refused", "unaccounted"

WORDS = {
    UNACCOUNTED: "未归类", USED: "采用", REFUSED: "退回", "title": "标题", "heading": "表头", "row number": "序号", "declared drop": "不入库（个人信息或说明）",
    "total checked": "合计（核对用）", "subtotal": "小计", "sub-item": "其中项", "comparison": "对比行", "section": "分组标题", "note": "注释", "footer": "落款", "scribble": "表外字迹",
    "undeclared column": "未登记的栏", "unknown row": "未登记的行", "not needed": "登记而不统计", "blank text": "空格", "other sheet": "其他工作表",
    "return note": "退回说明", "refused file": "整份退回", "struck out": "删除线",
}  # fmt: skip
"""Every fate, as an office reads it."""

_NAMES = tuple(WORDS)
_CODES = {name: code for code, name in enumerate(_NAMES)}
_EMPTY = 255
"""Fates are kept as one byte a cell; this one is no cell."""
_BLANK = bytes([0, _EMPTY, *range(2, 256)])
"""Whether a cell is None (1) or not (0) → its first byte."""
_FIRST = {name: bytes(code if n == 0 else n for n in range(256)) for name, code in _CODES.items()}
"""fate → what makes it of a byte: a cell's first fate stands."""


class Fates:
    """What became of each cell of one table. A cell's first fate stands, unless it is refused later.

    Positions given are the table's; kept are those of the sheet as handed in. ``left_out``: cells of the sheet that the
    table laid out anew does not hold → their rule.
    """

    def __init__(self, sheet: Grid, table: Grid | None = None, left_out: Mapping[Position, str] | None = None) -> None:
        self.sheet = sheet
        self.grid = table or sheet
        self._moved = self.grid.moved
        self._width = (max((c for _, c in sheet.moved.values()), default=-1) + 1) if sheet.moved else len(sheet.rows[0]) if sheet.rows else 0
        self._bytes = _unaccounted(sheet, self._width)
        for position, rule in (left_out or {}).items():
            self._give(position, rule)

    def use(self, position: Position) -> None:
        self._settle(position, USED)

    def ignore(self, position: Position, rule: str) -> None:
        self._settle(position, rule)

    def refuse(self, position: Position) -> None:
        at = self._source(position)
        if at is not None and self._bytes[at] != _EMPTY:
            self._bytes[at] = _CODES[REFUSED]

    def settle_column(self, stretches: Iterable[range], column: int, fate: str) -> None:
        """One fate for a column of many rows, where a cell has none yet."""
        if self._moved:
            for stretch in stretches:
                for row in stretch:
                    self._settle((row, column), fate)
            return
        for stretch in stretches:
            self._give_slice(slice(stretch.start * self._width + column, (stretch.stop - 1) * self._width + column + 1, self._width), fate)

    def ignore_row(self, row: int, rule: str) -> None:
        if self._moved:
            for column in self.filled(row):
                self._settle((row, column), rule)
        else:
            self._give_slice(slice(row * self._width, (row + 1) * self._width), rule)

    def ignore_rest(self, rows: Iterable[int], rule: str) -> None:
        for row in rows:
            self.ignore_row(row, rule)

    def filled(self, row: int) -> list[int]:
        """Columns of a row that hold something."""
        return list(_filled(self.grid, row))

    def open_columns(self, row: int) -> list[int]:
        """Columns of a row that hold something nobody has accounted for."""
        if self._moved:
            return [column for column in _filled(self.grid, row) if (at := self._source((row, column))) is not None and self._bytes[at] == 0]
        cells = self._bytes[row * self._width : (row + 1) * self._width]
        return [column for column, code in enumerate(cells) if code == 0] if 0 in cells else []

    def add(self, other: Fates) -> None:
        """Take over what became of the cells of a part of this sheet."""
        for position, fate in other.all().items():
            self._bytes[position[0] * self._width + position[1]] = _CODES[fate]

    def all(self) -> dict[Position, str]:
        """Every non-empty cell of the sheet as handed in → its fate."""
        return {divmod(at, self._width): _NAMES[code] for at, code in enumerate(self._bytes) if code != _EMPTY}

    def counts(self) -> Counter[str]:
        """fate → cells, over the non-empty cells of the sheet."""
        return Counter({_NAMES[code]: self._bytes.count(code) for code in set(self._bytes) - {_EMPTY}})

    def _source(self, position: Position) -> int | None:
        if self._moved:
            there = self._moved.get(position)
            return None if there is None else there[0] * self._width + there[1]
        return position[0] * self._width + position[1]

    def _settle(self, position: Position, fate: str) -> None:
        at = self._source(position)
        if at is not None and self._bytes[at] == 0:
            self._bytes[at] = _CODES[fate]

    def _give(self, source: Position, fate: str) -> None:
        at = source[0] * self._width + source[1]
        if self._bytes[at] == 0:
            self._bytes[at] = _CODES[fate]

    def _give_slice(self, cells: slice, fate: str) -> None:
        self._bytes[cells] = self._bytes[cells].translate(_FIRST[fate])


def one_fate(sheet: Grid, fate: str) -> Fates:
    """A sheet all of whose cells share one fate."""
    fates = Fates(sheet)
    fates.ignore_rest(range(len(sheet.rows)), fate)
    return fates


def stretches_of(rows: Sequence[int]) -> list[range]:
    """Ascending row numbers as ranges without a gap."""
    result: list[range] = []
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end] != rows[end - 1] + 1:
            result.append(range(rows[start], rows[end - 1] + 1))
            start = end
    return result


def _unaccounted(sheet: Grid, width: int) -> bytearray:
    """A byte for each place of the sheet as handed in: 0 where it holds something, else empty."""
    if not sheet.moved:
        found = bytearray(map(is_, chain.from_iterable(sheet.rows), repeat(None))).translate(_BLANK)
        for row, column in sheet.uncached:
            found[row * width + column] = 0
        return found
    found = bytearray([_EMPTY]) * ((max(r for r, _ in sheet.moved.values()) + 1) * width)
    for row in range(len(sheet.rows)):
        for column in _filled(sheet, row):
            r, c = sheet.source(row, column)
            found[r * width + c] = 0
    return found


def _filled(grid: Grid, row: int) -> Iterator[int]:
    uncached = grid.uncached
    for column, value in enumerate(grid.rows[row]):
        if value is not None or (uncached and (row, column) in uncached):
            yield column
