"""The cell ledger: every non-empty cell of a sheet is used, ignored by a rule that has a name, or refused (DESIGN §2.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from catalog.grids import Grid, Position

USED, REFUSED = "used", "refused"


class Fates:
    """What became of each cell of one sheet. A cell's first fate stands, unless it is refused later."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._of: dict[Position, str] = {}

    def use(self, position: Position) -> None:
        self._of.setdefault(position, USED)

    def ignore(self, position: Position, rule: str) -> None:
        self._of.setdefault(position, rule)

    def refuse(self, position: Position) -> None:
        self._of[position] = REFUSED

    def ignore_row(self, row: int, rule: str) -> None:
        for column, value in enumerate(self.grid.rows[row]):
            if value is not None:
                self.ignore((row, column), rule)

    def ignore_rest(self, rows: Iterable[int], rule: str) -> None:
        for row in rows:
            self.ignore_row(row, rule)

    def of(self, position: Position) -> str | None:
        return self._of.get(position)

    def counts(self) -> Counter[str]:
        """rule → cells, over the non-empty cells of the sheet."""
        return Counter(
            self._of.get((r, c), "unaccounted")
            for r, row in enumerate(self.grid.rows) for c, value in enumerate(row) if value is not None
        )  # fmt: skip
