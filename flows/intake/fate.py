"""The cell ledger: every non-empty cell of a sheet is used, ignored by a rule that has a name, or refused (DESIGN §2.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from catalog.grids import Grid, Position

USED, REFUSED, UNACCOUNTED = "used", "refused", "unaccounted"

WORDS = {
    USED: "采用", REFUSED: "退回", UNACCOUNTED: "未归类", "title": "标题", "heading": "表头", "row number": "序号", "declared drop": "不入库（个人信息或说明）",
    "total checked": "合计（核对用）", "subtotal": "小计", "sub-item": "其中项", "section": "分组标题", "note": "注释", "footer": "落款", "scribble": "表外字迹",
    "undeclared column": "未登记的栏", "unknown row": "未登记的行", "not needed": "登记而不统计", "blank text": "空格", "other sheet": "其他工作表",
    "return note": "退回说明", "refused file": "整份退回", "struck out": "删除线",
}  # fmt: skip
"""Every fate, as an office reads it."""


class Fates:
    """What became of each cell of one table. A cell's first fate stands, unless it is refused later.

    Positions given are the table's; kept are those of the sheet as handed in. ``left_out``: cells of the sheet that the
    table laid out anew does not hold → their rule.
    """

    def __init__(self, sheet: Grid, table: Grid | None = None, left_out: Mapping[Position, str] | None = None) -> None:
        self.sheet = sheet
        self.grid = table or sheet
        self._moved = self.grid.moved
        self._of: dict[Position, str] = dict(left_out or {})

    def use(self, position: Position) -> None:
        self._of.setdefault(self._moved.get(position, position) if self._moved else position, USED)

    def ignore(self, position: Position, rule: str) -> None:
        self._of.setdefault(self._moved.get(position, position) if self._moved else position, rule)

    def refuse(self, position: Position) -> None:
        self._of[self._moved.get(position, position) if self._moved else position] = REFUSED

    def ignore_row(self, row: int, rule: str) -> None:
        for column in self.filled(row):
            self.ignore((row, column), rule)

    def ignore_rest(self, rows: Iterable[int], rule: str) -> None:
        for row in rows:
            self.ignore_row(row, rule)

    def filled(self, row: int) -> list[int]:
        """Columns of a row that hold something."""
        return list(_filled(self.grid, row))

    def of(self, position: Position) -> str | None:
        return self._of.get(self._moved.get(position, position) if self._moved else position)

    def all(self) -> dict[Position, str]:
        """Every non-empty cell of the sheet → its fate."""
        of = self._of
        if not self.sheet.moved and not self.sheet.uncached:
            return {
                (r, c): of.get((r, c), UNACCOUNTED) for r, row in enumerate(self.sheet.rows) for c, value in enumerate(row) if value is not None
            }
        return {
            (at := self.sheet.source(row, column)): of.get(at, UNACCOUNTED)
            for row in range(len(self.sheet.rows)) for column in _filled(self.sheet, row)
        }  # fmt: skip

    def counts(self) -> Counter[str]:
        """fate → cells, over the non-empty cells of the sheet."""
        return Counter(self.all().values())


def one_fate(sheet: Grid, fate: str) -> dict[Position, str]:
    """A sheet all of whose cells share one fate."""
    return {sheet.source(row, column): fate for row in range(len(sheet.rows)) for column in _filled(sheet, row)}


def _filled(grid: Grid, row: int) -> Iterator[int]:
    uncached = grid.uncached
    for column, value in enumerate(grid.rows[row]):
        if value is not None or (uncached and (row, column) in uncached):
            yield column
