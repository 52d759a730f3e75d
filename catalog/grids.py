"""What a workbook looks like once its container is forgotten: sheets of cells with addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """A cell that shows an error instead of a value, e.g. ``#REF!``."""

    code: str

    def __str__(self) -> str:
        return self.code


CellValue = None | str | bool | int | float | datetime | date | time | timedelta | ErrorValue
Position = tuple[int, int]
"""(row, column), both counted from 0; A1 is (0, 0)."""


class Range(NamedTuple):
    """A rectangle of cells, all four borders included, counted from 0."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet. ``rows`` begin at A1 and are all of one length; an empty cell is None.

    Text is as the sheet holds it (not stripped, not folded); a blank string counts as empty only
    for the reader's users, not here. The sparse members tell what a plain value cannot.
    """

    name: str
    index: int
    rows: list[list[CellValue]]
    visible: bool = True
    merged: tuple[Range, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    filtered: bool = False
    comments: Mapping[Position, str] = field(default_factory=dict)
    formulas: Mapping[Position, str] = field(default_factory=dict)
    uncached: frozenset[Position] = frozenset()
    """Formula cells without a stored value: they read as None, and that is not a blank."""
    percent: frozenset[Position] = frozenset()
    """Numbers shown as percent: 0.106 reads as 0.106 and means 10.6 %."""
    struck: frozenset[Position] = frozenset()

    def at(self, row: int, column: int) -> CellValue:
        """The value at a position; None beyond the used area."""
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return None


@dataclass(frozen=True, slots=True)
class Workbook:
    """Every sheet of a file, and what was remarkable about its container."""

    container: str
    """``xlsx``, ``xlsb``, ``xls``, ``ods``, ``html``, ``csv``: by content, never by suffix."""
    grids: tuple[Grid, ...]


def column_letters(column: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """(11, 1) → B12."""
    return f"{column_letters(column)}{row + 1}"


def row_ranges(rows: list[int]) -> str:
    """Row numbers (from 0) as a person writes them: ``5:7,9`` (for lineage of ledgers, rows from 1)."""
    parts: list[list[int]] = []
    for row in sorted(set(rows)):
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    return ",".join(f"{a + 1}" if a == b else f"{a + 1}:{b + 1}" for a, b in parts)
