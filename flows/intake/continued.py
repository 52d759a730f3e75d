"""A table that goes on in another sheet: 续表, or a second half without a title (forms.md M10)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from catalog.forms import Form
from catalog.grids import Grid
from catalog.units import Units
from flows.intake.headings import signature
from flows.intake.titles import squeeze

if TYPE_CHECKING:
    from flows.intake.recognise import Found

_RECORD = 4
"""So many cells make a record; a line of a note, or a number in an empty form, has fewer."""
_CONTINUED = re.compile(r"续|接上|接前|[(（]?[2-9二三四五六][)）]?$")
_SAYS_SO = re.compile("续|接上|接前")
_GOES_ON = re.compile(r"^续|续[表页]|[(（]续[)）]|接上|接前")
_SUM = re.compile(r"[计計]$|^(?:全镇|本镇|汇总)")


def continued(grid: Grid, title: str, found: Iterable[Found], form: Form, units: Units, day: date) -> Found | None:
    """The table that goes on in this sheet: all its headings stand there below no title of its own, and other records.

    A sheet that is hidden or has a title goes on with another only where its name or title says so: else it is an old copy.
    One without headings goes on where its name says so, or its first number follows the last one.
    """
    said = _SAYS_SO.search(grid.name) is not None
    if not said and (not grid.visible or (title and not _CONTINUED.search(title))):
        return None
    for of in found:
        if grid is of.grid:
            continue
        if signature(grid, of.sheet, form) < signature(of.grid, of.sheet, form) and not _GOES_ON.search(grid.name) and not _counts_on(of.grid, grid):
            continue
        if of.sheet.shape == "matrix":
            by_village = of.sheet.rows == "village"
            if _names_in(grid, units, day, by_village=by_village) - _names_in(of.grid, units, day, by_village=by_village):
                return of
            continue
        known = {tuple(v for v in row if v is not None)[1:] for row in of.grid.rows}
        rows = [tuple(v for v in row if v is not None) for row in grid.rows]
        if any(len(row) >= _RECORD and row[1:] not in known for row in rows):
            return of
    return None


def _counts_on(grid: Grid, spare: Grid) -> bool:
    """Whether the first record of another sheet has the number after the last one's, in the same column."""
    first = next((row for row in spare.rows if any(v is not None for v in row)), ())
    at = next((column for column, value in enumerate(first) if value is not None), None)
    if at is None or sum(v is not None for v in first) < _RECORD:
        return False
    numbers = [row[at] for row in grid.rows if len(row) > at and sum(v is not None for v in row) >= _RECORD]
    number, last = first[at], next((n for n in reversed(numbers) if isinstance(n, int | float)), None)
    return isinstance(number, int | float) and last is not None and number == last + 1


def _names_in(grid: Grid, units: Units, day: date, *, by_village: bool) -> set[str]:
    """What the rows of a table are called: villages by their codes, else whatever stands first in a row with figures."""
    names: set[str] = set()
    for row in grid.rows:
        if sum(v is not None for v in row) < _RECORD:
            continue
        texts = [v for v in row if isinstance(v, str) and v.strip()]
        if by_village:
            names.update(unit.code for text in texts[:4] if (unit := units.find(text, day)) is not None)
        elif texts and any(isinstance(v, int | float) for v in row) and not _SUM.search(name := squeeze(texts[0])):
            names.add(name)
    return names
