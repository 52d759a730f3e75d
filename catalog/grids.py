"""What a workbook looks like once its container is forgotten: sheets of cells with addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from operator import lt
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
    rows: Sequence[list[CellValue]]
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
    partly_struck: frozenset[Position] = frozenset()
    """Texts of which some letters are struck through: what is meant cannot be told from what is read."""
    coloured: frozenset[Position] = frozenset()
    """Filled with a colour: somebody may mean something by it."""
    moved: Mapping[Position, Position] = field(default_factory=dict)
    """Where a cell stands in the sheet, when this is a table laid out anew (turned, unstacked): position here → there."""
    rescaled: frozenset[Position] = frozenset()
    """Numbers that a format shows as other ones: 123456 as 12.3, as 123456万 or as nothing."""
    worded: Mapping[Position, str] = field(default_factory=dict)
    """Numbers behind which a format shows a word of its own: 76 as 76户."""
    centred: tuple[Range, ...] = ()
    """Words centred over the blank cells beside them (跨列居中), which look merged and are not."""

    def source(self, row: int, column: int) -> Position:
        """Where in the sheet as handed in a position stands."""
        return self.moved.get((row, column), (row, column)) if self.moved else (row, column)

    def address(self, row: int, column: int) -> str:
        """A1 address in the sheet as handed in."""
        return address(*self.source(row, column))

    def at(self, row: int, column: int) -> CellValue:
        """The value at a position; None beyond the used area."""
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return None


def spread_over(rows: Sequence[Sequence[CellValue]], centred: Iterable[Position]) -> tuple[Range, ...]:
    """Words and the blank cells beside them, of cells that are all to be centred across several; a blank one takes no words of a figure."""
    cells = set(centred)
    found = []
    for row, column in sorted(cells):
        here = rows[row] if row < len(rows) else ()
        if column < len(here) and isinstance(text := here[column], str) and text.strip():
            end = column
            while (row, end + 1) in cells and (end + 1 >= len(here) or here[end + 1] is None):
                end += 1
            if end > column:
                found.append(Range(row, column, row, end))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Workbook:
    """Every sheet of a file, and what was remarkable about its container."""

    container: str
    """``xlsx``, ``xlsb``, ``xls``, ``ods``, ``html``, ``csv``: by content, never by suffix."""
    grids: tuple[Grid, ...]
    counted: tuple[int, ...] = ()
    """Non-empty cells of each grid, counted from the bytes by another way than the one that read them."""


_RESCALES = re.compile(
    r"""[0#?],+(?![0#?,])|[0#?](?:[!\\]\.|"\.")[0#?]|[万亿千十折‰]|百(?!分)|(?<!完)成|[约余多近超预]|不足|左右|以[上下内]"""
)
_WORDS = re.compile(r"""\[[^\]]*\]|"[^"]*"|[!\\_*].""")
_OWN_FIGURES = re.compile(r"(?<![a-z])\d|[<>＜＞≤≥±≈~～]", re.IGNORECASE)
_MINUS = re.compile(r"""(?:[^0#?@"\\]|\\[^-]|"[^"-]*")*(?:-|\\-|"[^"]*-[^"]*")[^@]*?[0#?]""")
_PADDING = re.compile(r"[_*].|\[[^\]]*\]")
_DIGIT = re.compile(r"[0#?]")
_PLACE = re.compile(r"[0#?@ymdhsebaG]", re.IGNORECASE)


_BRACKETED = re.compile(r"""(?:[^0#?"\\(（<>=]|\\[^(（]|"[^"(（]*")*(?:\\?[(（]|"[^"]*[(（]")[^0#?]*[0#?][0#?,.]*%?(?:\\?[)）]|"[)）][^"]*")""")
_WORD_BEHIND = re.compile(r'(?:[0#?]|General) *((?:"[^"]*"|\\.|[^\x00-\x7f])+) *', re.IGNORECASE)


def rescales(number_format: str) -> bool:
    """A format that shows another number than the one that is there: divided by thousands, with a point or digits of its own,
    with 万, 千, 约 or a minus of its own beside it, or in brackets, as accounts write what is less than nothing; or that shows none at all.
    """
    if _RESCALES.search(number_format) is not None:
        return True
    if "[<" not in (first := number_format.partition(";")[0]) and _BRACKETED.match(_PADDING.sub("", first)):
        return True
    own = any(_OWN_FIGURES.search(word) for word in _WORDS.findall(number_format) if word[0] in '"!\\')
    if "-" in first and not re.search(r"[ymdhs@]", first, re.IGNORECASE) and _MINUS.match(_PADDING.sub("", first)):
        return True
    hundredfold = {"%" in section for section in _WORDS.sub("", number_format).split(";") if _DIGIT.search(section)}
    return own or len(hundredfold) > 1 or (number_format != "" and _PLACE.search(_WORDS.sub("", first)) is None)


def shows_percent(number_format: str) -> bool:
    """A format that shows a hundred times the number, with %; a % in quotes or behind a backslash is a letter like any other and
    leaves the number as it stands (ECMA-376 §18.8.31).
    """
    return "%" in number_format and "%" in _WORDS.sub("", number_format)


def shown_word(number_format: str) -> str:
    """The word that a format shows behind a number: 户 of 0"户"; empty where it shows none."""
    match = _WORD_BEHIND.search(first := _PADDING.sub("", number_format.partition(";")[0]))
    return re.sub(r'["\\]', "", match[1]).strip(" ()（）") if match and match.end() == len(first) else ""


def filled_cells(grid: Grid) -> int:
    """Cells that hold something: a value, or a formula whose value was not stored."""
    held = sum(len(row) - row.count(None) for row in grid.rows)
    return held + sum(grid.at(*at) is None for at in grid.uncached)


def rearranged(grid: Grid, places: Mapping[Position, Position]) -> Grid:
    """The same cells laid out anew. ``places``: new position → position in ``grid``; what is not named is left out.

    A merged range goes along when its corners stay corners of a rectangle; hidden rows and columns hide their cells'
    new rows.
    """
    back = {there: here for here, there in places.items()}
    height = max((row for row, _ in places), default=-1) + 1
    width = max((column for _, column in places), default=-1) + 1
    rows: list[list[CellValue]] = [[None] * width for _ in range(height)]
    hidden: set[int] = set()
    for (row, column), (r, c) in places.items():
        rows[row][column] = grid.at(r, c)
        if r in grid.hidden_rows or c in grid.hidden_columns:
            hidden.add(row)

    def follow(positions: Iterable[Position]) -> frozenset[Position]:
        return frozenset(back[p] for p in positions if p in back)

    def areas(ranges: Iterable[Range]) -> tuple[Range, ...]:
        found = []
        for area in ranges:
            first, last = back.get((area.top, area.left)), back.get((area.bottom, area.right))
            if first and last:
                (a, b), (c, d) = first, last
                found.append(Range(min(a, c), min(b, d), max(a, c), max(b, d)))
        return tuple(found)

    return Grid(
        grid.name, grid.index, rows, grid.visible, areas(grid.merged), frozenset(hidden), filtered=grid.filtered,
        comments={back[p]: text for p, text in grid.comments.items() if p in back},
        uncached=follow(grid.uncached), percent=follow(grid.percent), rescaled=follow(grid.rescaled), struck=follow(grid.struck), partly_struck=follow(grid.partly_struck),
        worded={back[p]: word for p, word in grid.worded.items() if p in back}, coloured=follow(grid.coloured), centred=areas(grid.centred),
        moved={here: grid.source(*there) for here, there in places.items()},
    )  # fmt: skip


@lru_cache(maxsize=20_000)
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


def row_ranges(rows: Sequence[int]) -> str:
    """Row numbers (from 0) as a person writes them: ``5:7,9`` (for lineage of ledgers, rows from 1)."""
    parts: list[list[int]] = []
    ascending = all(map(lt, rows, islice(rows, 1, None)))
    for row in rows if ascending else sorted(set(rows)):
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    return ",".join(f"{a + 1}" if a == b else f"{a + 1}:{b + 1}" for a, b in parts)
