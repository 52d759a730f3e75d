"""Headings: which column of a sheet is which column of the form. Exact words and declared aliases decide, nothing else.

A likeness is only ever mentioned to a person (rapidfuzz equates 户数 with 人数 at 83).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from catalog.forms import Column, Form, Sheet
from catalog.grids import Grid, Position, Range
from catalog.issues import Action, Issue, Refused
from flows.intake.column_units import Mapped, other_unit, said_aside, with_unit
from flows.intake.groups import words_beside
from flows.intake.heading_words import Aliases, aliases_of, canonical, declared_paths, heading
from flows.intake.numerals import factor
from flows.intake.values import shown, without_numbers

MAX_DEPTH = 4
SEARCH_ROWS = 25

_DIAGONAL = re.compile(r"[\s\\/＼／|]+")
_ACROSS = frozenset(["项目", "指标", "内容", "栏目", "类别"])
"""What the other half of a diagonal heading says."""
_BESIDE = re.compile(r"(?:备注|说明|附注|核对|复核|核实|审核|校对|签字|签名|签收)(?:情况|意见|人|结果|栏)?\d?")
"""A column a department adds for itself; one that holds figures is asked about."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table of a sheet stands."""

    top: int
    bottom: int
    """First and last row of the heading."""
    left: int
    right: int
    """First and last column with a heading."""
    columns: dict[str, Mapped]
    """path → where it stands."""
    unmapped: dict[int, str] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    repeats: frozenset[int] = frozenset()
    """Rows below that hold the heading again."""

    def by_index(self) -> dict[int, Mapped]:
        return {mapped.index: mapped for mapped in self.columns.values()}


def needed_paths(sheet: Sheet, used: frozenset[str]) -> frozenset[str]:
    """Columns without which the sheet says nothing: those with a measure, those an indicator reads, the row's name and unit."""
    named = {c.path for c in sheet.columns if c.type == "village" and sheet.shape == "matrix" and sheet.rows == "village"}
    return frozenset(
        {c.path for c in sheet.columns if c.id and c.role in ("flow_month", "stock") and not c.only_in_total} | used | named
        | {path for path in (sheet.label, sheet.unit_column) if path} | set(sheet.within)
    ) - {c.path for c in sheet.columns if c.optional}  # fmt: skip


def find_layout(grid: Grid, sheet: Sheet, form: Form, used: frozenset[str], unit_line: str = "") -> Layout:
    """Find the heading rows and map every column.

    Raises :class:`Refused` (M14, refuse_sheet) when a needed column is not there; the message names the nearest
    heading as a suggestion.
    """
    located = locate(grid, sheet, form)
    needed = needed_paths(sheet, used)
    if located is None:
        raise Refused(_no_header(grid, sheet))
    top, depth, found = located
    covering, _ = _covering(grid, top, depth, sheet, form)
    bottom = top + depth - 1
    paths = {index: heading_path(grid, top, depth, index, covering) for index in range(width_of_heading(grid))}
    columns: dict[str, Mapped] = {}
    issues: list[Issue] = []
    aside = said_aside(grid, top, unit_line)
    for index, column in sorted(found.items()):
        if column.path in columns:
            raise Refused(_twice(grid, top, index, column))
        columns[column.path] = with_unit(index, column, paths[index], unit_line)
        if wrong := other_unit(columns[column.path], paths[index], unit_line, aside, sheet):
            raise Refused(Issue("M27", Action.REFUSE_SHEET, f"{grid.name}!{grid.address(bottom, index)} “{columns[column.path].heading}”以{wrong}计，应以{column.unit}计，请核实后重报。",
                                grid.name, grid.address(bottom, index), wrong, column.unit))  # fmt: skip
    unmapped = {i: without_numbers(" > ".join(p)) for i, p in paths.items() if p and i not in found}
    absent = sorted(needed - columns.keys())
    if absent:
        raise Refused(_missing_column(grid, sheet, form, absent, unmapped, top))
    for index, words_ in unmapped.items():
        beside = _BESIDE.fullmatch(words_) and not any(isinstance(row[index], int | float) for row in grid.rows[bottom + 1 :] if index < len(row))
        issues.append(
            Issue("M14", Action.FIX if beside else Action.WARN, f"{grid.name}!{grid.address(bottom, index)} 有未登记的栏“{words_}”，已略过；如需统计请先登记。",
                  grid.name, grid.address(bottom, index), words_, "登记的栏目")
        )  # fmt: skip
    for column in sheet.columns:
        if column.path not in columns and column.path not in needed and (column.id or column.total):
            issues.append(
                Issue("M14", Action.WARN, f"{grid.name} 缺少“{column.path}”栏，请按规定表式补上。", grid.name,
                      grid.address(top, 0), "", column.path)
            )  # fmt: skip
    for mapped in columns.values():
        words_ = heading(paths[mapped.index][-1])[0]
        official = heading(mapped.column.parts[-1])[0]
        if words_ != official:
            issues.append(
                Issue("M14", Action.FIX, f"{grid.name}!{grid.address(bottom, mapped.index)} 栏目“{mapped.heading}”按“{mapped.column.path}”计。",
                      grid.name, grid.address(bottom, mapped.index), paths[mapped.index][-1], mapped.column.parts[-1])
            )  # fmt: skip
        if mapped.column.unit and mapped.factor != factor(mapped.column.unit, mapped.stored):
            issues.append(
                Issue("M27", Action.FIX, f"{grid.name}!{grid.address(top, mapped.index)} 本栏单位为{mapped.unit}，已换算为{mapped.stored}。",
                      grid.name, grid.address(top, mapped.index), mapped.unit, mapped.column.unit)
            )  # fmt: skip
    headed = [i for i, p in paths.items() if p]
    repeats = _repeats(grid, top, depth)
    return Layout(top, bottom, min(headed), max(headed), columns, unmapped, tuple(issues), repeats)


def _repeats(grid: Grid, top: int, depth: int) -> frozenset[int]:
    """Rows where the whole heading stands again: a table continued below, page by page (M23)."""
    words = [(c, v) for c, v in enumerate(grid.rows[top]) if isinstance(v, str) and v.strip()]
    index, first = words[0]
    again = [
        row for row in range(top + depth, len(grid.rows))
        if grid.rows[row][index] == first and all(grid.at(row, c) == v for c, v in words)
    ]  # fmt: skip
    return frozenset(row + level for row in again for level in range(depth))


def locate(grid: Grid, sheet: Sheet, form: Form) -> tuple[int, int, dict[int, Column]] | None:
    """(first heading row, number of heading rows, column index → declared column): the rows that map most columns."""
    aliases = aliases_of(form)
    declared = declared_paths(sheet, form)
    best: tuple[int, int, dict[int, Column]] | None = None
    firsts = {parts[0] for parts in declared}
    for top in range(min(SEARCH_ROWS, len(grid.rows))):
        words = {canonical(heading(shown(v))[0], aliases) for v in grid.rows[top] if v is not None}
        if len(words & firsts) < min(3, max(2, len(firsts) // 3)):
            continue
        for depth in range(1, MAX_DEPTH + 1):
            _, found = _covering(grid, top, depth, sheet, form)
            if best is None or len(found) > len(best[2]):
                best = (top, depth, found)
            if len({column.path for column in found.values()}) >= len(sheet.columns):
                return best
        if best is not None and len(best[2]) >= len(declared) * 0.9:
            break
    return best


def signature(grid: Grid, sheet: Sheet, form: Form) -> float:
    """Share of the form's heading parts that stand anywhere in the first rows: how much a sheet looks like this form."""
    aliases = aliases_of(form)
    declared = {part for parts in declared_paths(sheet, form) for part in parts}
    seen = {
        canonical(heading(shown(value))[0], aliases)
        for row in grid.rows[: SEARCH_ROWS + MAX_DEPTH] for value in row if isinstance(value, str)
    }  # fmt: skip
    return len(declared & seen) / len(declared)


def covering_merges(grid: Grid) -> dict[Position, Range]:
    """Position → merged range, for the rows where a heading may stand."""
    result = {}
    for area in (*grid.merged, *grid.centred):
        if area.top < SEARCH_ROWS + MAX_DEPTH:
            for row in range(area.top, min(area.bottom, SEARCH_ROWS + MAX_DEPTH) + 1):
                for column in range(area.left, area.right + 1):
                    result[row, column] = area
    return result


def _covering(grid: Grid, top: int, depth: int, sheet: Sheet, form: Form) -> tuple[dict[Position, Range], dict[int, Column]]:
    """The merges, and where they leave columns wanting, the blanks beside a group heading that can only belong to it; and what is found so."""
    merges, declared, aliases = covering_merges(grid), declared_paths(sheet, form), aliases_of(form)
    found = _map(grid, top, depth, declared, merges, aliases)
    if len(found) >= len(sheet.columns):
        return merges, found
    beside = words_beside(grid, top, depth, width_of_heading(grid), merges, declared, lambda text: canonical(heading(text)[0], aliases))
    return (merges | beside, _map(grid, top, depth, declared, merges | beside, aliases)) if beside else (merges, found)


def width_of_heading(grid: Grid) -> int:
    return max((len(row) for row in grid.rows[: SEARCH_ROWS + MAX_DEPTH]), default=0)


def heading_path(grid: Grid, top: int, depth: int, column: int, covering: dict[Position, Range]) -> list[str]:
    """The heading words above a column. A merged cell fills its own range and never beyond it."""
    path: list[str] = []
    seen: set[tuple[int, int]] = set()
    for row in range(top, top + depth):
        area = covering.get((row, column))
        origin = (area.top, area.left) if area else (row, column)
        if origin in seen or (area and area.top < top):
            continue
        seen.add(origin)
        value = grid.at(*origin)
        if isinstance(value, str) and value.strip():
            path.append(value)
        elif value is not None and not isinstance(value, str):
            path.append(shown(value))
    return path


def canonical_path(grid: Grid, top: int, depth: int, column: int, covering: dict[Position, Range], form: Form) -> tuple[str, ...]:
    """The heading above a column in the form's official words."""
    aliases = aliases_of(form)
    return tuple(canonical(heading(part)[0], aliases) for part in heading_path(grid, top, depth, column, covering))


def _map(
    grid: Grid, top: int, depth: int, declared: dict[tuple[str, ...], Column], covering: dict[Position, Range], aliases: Aliases
) -> dict[int, Column]:
    found = {}
    for index in range(width_of_heading(grid)):
        if not (written := heading_path(grid, top, depth, index, covering)):
            continue
        path = tuple([canonical(heading(part)[0], aliases) for part in written])
        if path in declared:
            found[index] = declared[path]
        elif column := _diagonal(written, declared, aliases):
            found[index] = column
    return found


def _diagonal(path: list[str], declared: dict[tuple[str, ...], Column], aliases: Aliases) -> Column | None:
    """斜线表头: one cell (or two above each other) that names rows and columns at once; the rows' name is the column's."""
    if len(path) > 2 or (len(path) == 2 and heading(path[0])[0] not in _ACROSS):
        return None
    words = [word for part in path for word in _DIAGONAL.split(part) if word.strip()]
    named = [c for word in words if (c := declared.get((canonical(heading(word)[0], aliases),))) is not None and not c.numeric]
    return named[0] if len(named) == 1 and len(words) > 1 else None


def _no_header(grid: Grid, sheet: Sheet) -> Issue:
    want = "、".join(column.path for column in sheet.columns[:4])
    return Issue("M13", Action.REFUSE_SHEET, f"工作表“{grid.name}”找不到表头，表头应有“{want}”等栏，请按规定表式填报。",
                 grid.name, "", "", want)  # fmt: skip


def _twice(grid: Grid, top: int, index: int, column: Column) -> Issue:
    return Issue("M14", Action.REFUSE_SHEET, f"{grid.name}!{grid.address(top, index)} “{column.path}”栏出现两次，请只保留一栏。",
                 grid.name, grid.address(top, index), column.path, "只出现一次")  # fmt: skip


def _missing_column(grid: Grid, sheet: Sheet, form: Form, absent: list[str], unmapped: dict[int, str], top: int) -> Issue:
    from rapidfuzz import fuzz, process  # only for who is told

    path = absent[0]
    near = process.extract(path, list(unmapped.values()), scorer=fuzz.ratio, limit=2, score_cutoff=50)
    hint = f"，是否即“{'”或“'.join(name for name, *_ in near)}”" if near else ""
    others = f"等{len(absent)}栏" if len(absent) > 1 else ""
    return Issue("M14", Action.REFUSE_SHEET, f"工作表“{grid.name}”缺少“{path}”{others}{hint}，请按《{form.title_of(sheet)}》规定表式填报。",
                 grid.name, grid.address(top, 0), "、".join(unmapped.values())[:80], "、".join(absent))  # fmt: skip
