"""A table laid out otherwise than declared: turned, side by side, month and cumulative in alternate rows (M22, M23).

Each is laid out anew as the form declares it, its cells keeping their addresses; a layout that does not fit without a
guess is refused for what it looks like as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from catalog.forms import Form, Sheet
from catalog.grids import Grid, Position, rearranged
from catalog.issues import Action, Issue, Refused
from flows.intake.feet import is_foot
from flows.intake.heading_words import declared_paths, heading
from flows.intake.headings import Layout, canonical_path, covering_merges, find_layout, locate, needed_paths, width_of_heading
from flows.intake.recognise import Found

_MONTH = re.compile(r"(本月|当月|本期|当期)(数|值|完成|完成数)?")
_CUMULATIVE = re.compile(r"(1-本月|本年|年初至今)?累计(数|值|完成|完成数)?")


@dataclass(frozen=True, slots=True)
class Straight:
    """A table as the form declares it."""

    found: Found
    layout: Layout
    left_out: Mapping[Position, str] = field(default_factory=dict)
    """Cells of the sheet that are not part of the table laid out anew → the rule that ignores them."""


def straighten(found: Found, form: Form, used: frozenset[str]) -> Straight:
    """The table of a sheet with its layout. Raises :class:`Refused` as :func:`find_layout` does."""
    sheet, grid = found.sheet, found.grid
    try:
        layout = find_layout(grid, sheet, form, used, found.unit_line)
    except Refused as refusal:
        for lay_out in (_unstacked, _turned, _widened):
            if (straight := lay_out(found, form, used)) is not None:
                return straight
        raise refusal from None
    return Straight(found, layout)


def _fits(found: Found, grid: Grid, form: Form, used: frozenset[str], said: str) -> Straight | None:
    try:
        layout = find_layout(grid, found.sheet, form, used, found.unit_line)
    except Refused:
        return None
    here = set(grid.moved.values())
    left_out = {at: _rule(found, at[0]) for at in _filled(found.grid) if at not in here}
    place = next(iter(layout.columns.values())).index
    issue = Issue("M22", Action.WARN, f"{grid.name}!{grid.address(layout.top, place)} {said}，已按规定表式读取，请按规定表式填报。",
                  grid.name, grid.address(layout.top, place), said, "规定表式")  # fmt: skip
    return Straight(replace(found, grid=grid), replace(layout, issues=(issue, *layout.issues)), left_out)


def _filled(grid: Grid) -> list[Position]:
    return [grid.source(r, c) for r, row in enumerate(grid.rows) for c, v in enumerate(row) if v is not None or (r, c) in grid.uncached]


def _rule(found: Found, row: int) -> str:
    if row in found.head_rows:
        return "title"
    return "footer" if row < len(found.grid.rows) and is_foot(found.grid.rows[row]) else "heading"


# --- the same table in blocks side by side -----------------------------------------------------------------


def _unstacked(found: Found, form: Form, used: frozenset[str]) -> Straight | None:
    """Blocks with one heading each, side by side: the second goes below the first, heading and all."""
    grid = found.grid
    located = locate(grid, found.sheet, form)
    if located is None:
        return None
    top, _depth, columns = located
    starts: list[int] = []
    seen: dict[str, int] = {}
    offsets: list[dict[str, int]] = []
    for index, column in sorted(columns.items()):
        if not starts or column.path in seen:
            starts.append(index)
            offsets.append({})
            seen = {}
        seen[column.path] = index
        offsets[-1][column.path] = index - starts[-1]
    needed = needed_paths(found.sheet, used)
    if len(starts) < 2 or any(block != offsets[0] for block in offsets[1:]) or not needed <= offsets[0].keys():
        return None
    places = {(r, c): (r, c) for r, row in enumerate(grid.rows) for c in range(min(starts[1], len(row)))}
    below = _last_filled(grid, 0, starts[1]) + 1
    for start, end in zip(starts[1:], [*starts[2:], max(len(row) for row in grid.rows)], strict=True):
        last = _last_filled(grid, start, end)
        for r in range(top, last + 1):
            for c in range(start, end):
                places[below + r - top, c - start + starts[0]] = (r, c)
        below += last - top + 1
    return _fits(found, rearranged(grid, places), form, used, "同一张表分成左右几块")


def _last_filled(grid: Grid, start: int, end: int) -> int:
    return max((r for r, row in enumerate(grid.rows) if any(v is not None for v in row[start:end])), default=0)


# --- rows for columns --------------------------------------------------------------------------------------


def _turned(found: Found, form: Form, used: frozenset[str]) -> Straight | None:
    """Villages across, items down: rows become columns; title and foot are left out."""
    grid = found.grid
    kept = [r for r, row in enumerate(grid.rows) if r not in found.head_rows and not is_foot(row) and any(v is not None for v in row)]
    places = {(c, new): (r, c) for new, r in enumerate(kept) for c in range(len(grid.rows[r]))}
    return _fits(found, rearranged(grid, places), form, used, "表格横竖颠倒") if places else None


# --- 本月 and 累计 in rows of their own --------------------------------------------------------------------


def _widened(found: Found, form: Form, used: frozenset[str]) -> Straight | None:
    """Two rows for one village, 本月 and 累计 told by a column: the second row's figures go beside the first's."""
    grid = found.grid
    told = _kind_column(grid)
    if told is None:
        return None
    column, pairs = told
    first = pairs[0][0]
    width = max(len(row) for row in grid.rows)
    doubled = _doubled_columns(found.sheet, form, grid, first, column)
    later = dict(pairs)
    if not doubled or any(grid.at(r, c) not in (None, grid.at(m, c)) for m, r in pairs for c in range(width) if c not in (column, *doubled)):
        return None
    beside = {c: width + n for n, c in enumerate(doubled)}
    places = {(r, c): (r, c) for r in range(first) for c in range(width) if c != column}
    places |= {(r, new): (r, c) for c, new in beside.items() for r in range(first)}
    places |= {(first, c): (first, column) for c in doubled} | {(first, new): (later[first], column) for new in beside.values()}
    kept = [r for r in range(first, len(grid.rows)) if r not in later.values()]
    for new_row, r in enumerate(kept, first + 1):
        places |= {(new_row, c): (r, c) for c in range(width) if c != column}
        places |= {(new_row, new): (later[r], c) for c, new in beside.items() if r in later}
    return _fits(found, rearranged(grid, places), form, used, "本月、累计分两行填列")


def _kind_column(grid: Grid) -> tuple[int, list[tuple[int, int]]] | None:
    """(the column whose cells say 本月 or 累计, its (row of the month, row of the cumulative) pairs)."""
    for column in range(max((len(row) for row in grid.rows), default=0)):
        words = [(r, heading(v)[0]) for r, row in enumerate(grid.rows) if column < len(row) and isinstance(v := row[column], str)]
        said = [(r, bool(_MONTH.fullmatch(w))) for r, w in words if _MONTH.fullmatch(w) or _CUMULATIVE.fullmatch(w)]
        if len(said) >= 4 and [month for _, month in said] == [True, False] * (len(said) // 2):
            pairs = [(said[i][0], said[i + 1][0]) for i in range(0, len(said), 2)]
            if all(b == a + 1 for a, b in pairs):
                return column, pairs
    return None


def _doubled_columns(sheet: Sheet, form: Form, grid: Grid, first: int, kinds: int) -> list[int]:
    """Columns whose heading is declared with 本月 below it: they hold two figures for each village."""
    groups = {path[:-1] for path in declared_paths(sheet, form) if _MONTH.fullmatch(path[-1])}
    covering = covering_merges(grid)
    for top in range(first):
        found = [c for c in range(width_of_heading(grid)) if c != kinds and canonical_path(grid, top, first - top, c, covering, form) in groups]
        if found:
            return found
    return []
