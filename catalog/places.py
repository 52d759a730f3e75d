"""Where a cell stands: ``FILE!SHEET!CELL``, and the short texts in which lineage names many cells or rows at once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from catalog.grids import column_letters

_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_SPAN = re.compile(r"([A-Z]{0,3})(\d+)(?::([A-Z]{0,3})(\d+))?")


class Place(NamedTuple):
    """One cell of one sheet of one file; the file as it lies in the inbox."""

    file: str
    sheet: str
    cell: str

    def __str__(self) -> str:
        return "!".join(self)


def parse_place(text: str) -> Place | None:
    """``民政/F12.xlsx!月报!H6``; None when it is no such thing. ``$`` and small letters are forgiven."""
    parts = text.rsplit("!", 2)
    cell = parts[-1].upper().replace("$", "").strip()
    if len(parts) != 3 or not all(part.strip() for part in parts) or _CELL.fullmatch(cell) is None:
        return None
    return Place(parts[0].strip(), parts[1], cell)


def column_number(letters: str) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def cell_ranges(cells: Iterable[str]) -> str:
    """Addresses as few ranges, column by column: H6, H7, H8, J6 → ``H6:H8,J6``. What is no address is kept as it stands."""
    columns: dict[int, set[int]] = defaultdict(set)
    others = []
    for cell in cells:
        match = _CELL.fullmatch(cell)
        if match is None:
            others.append(cell)
        else:
            columns[column_number(match[1])].add(int(match[2]))
    parts = []
    for column, rows in sorted(columns.items()):
        letters = column_letters(column)
        begin = before = 0
        for row in [*sorted(rows), 0]:
            if row != before + 1 or not before:
                if before:
                    parts.append(f"{letters}{begin}" if begin == before else f"{letters}{begin}:{letters}{before}")
                begin = row
            before = row
    return ",".join(parts + sorted(dict.fromkeys(others)))


def covers(cells: str, cell: str) -> bool:
    """Whether ``cells`` of a lineage row (``H6``, ``H6:H8,J6``, or a ledger's rows ``4:51,53（49行）``) hold this cell.

    A ledger's rows hold every cell of the row: which of its columns counts is not kept.
    """
    if cells == cell:
        return True
    match = _CELL.fullmatch(cell)
    if match is None:
        return False
    column, row = column_number(match[1]), int(match[2])
    return any(
        top <= row <= bottom and (left is None or left <= column <= right) for top, left, bottom, right in _spans(cells)
    )


@lru_cache(maxsize=4_096)
def _spans(cells: str) -> tuple[tuple[int, int | None, int, int], ...]:
    """(top, left, bottom, right); left None = whole rows."""
    spans = []
    for part in re.sub("（[^）]*）", "", cells).split(","):
        match = _SPAN.fullmatch(part.strip())
        if match is not None:
            first, top, last, bottom = match.groups()
            left = column_number(first) if first else None
            spans.append((int(top), left, int(bottom or top), column_number(last) if last else (left or 0)))
    return tuple(spans)
