"""A first declaration of a form from a filled-in workbook: headings and types as they stand, the rest for a person.

What a column means (role, unit, what it feeds, when the form is due) is never guessed; the draft says where to write it.
"""

from __future__ import annotations

import re
import unicodedata

from catalog.grids import Grid, Workbook
from catalog.issues import Action, Issue, Refused
from flows.intake.headings import SEARCH_ROWS, covering_merges, heading_path, width_of_heading

_TITLE = re.compile(r"20\d{2}年.*?\d{1,2}月份?(.+)$")


def draft_form(workbook: Workbook, form_id: str) -> str:
    """YAML of one form. Raises :class:`Refused` when no sheet has a heading above a row numbered 1."""
    sheets = [text for grid in workbook.grids if (text := _draft_sheet(grid))]
    if not sheets:
        raise Refused(Issue("M13", Action.REFUSE_FILE, "找不到表头：数据第一行的序号应为1，请用填好的表来起草。", expected="填好的表"))
    title = next((t for grid in workbook.grids if (t := _title(grid))), "（请填表名）")
    lines = [
        f"# 由填好的表起草；请补：department、due、各栏的 id、role、unit，并在 indicators 里写指标。\nid: {form_id}",
        f"title: {_quoted(title)}", "department: 请填科室", "due: {day: 5, after: 1}", "sheets:", *sheets,
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _title(grid: Grid) -> str:
    for row in grid.rows[:SEARCH_ROWS]:
        for value in row:
            if isinstance(value, str) and (match := _TITLE.search("".join(unicodedata.normalize("NFKC", value).split()))):
                return match[1]
    return ""


def _draft_sheet(grid: Grid) -> str:
    first = next((r for r, row in enumerate(grid.rows[: SEARCH_ROWS + 6]) if row and row[0] in (1, "1")), None)
    if first is None:
        return ""
    covering = covering_merges(grid)
    top = first
    while top > 0 and sum(v is not None for v in grid.rows[top - 1]) > 0 and not _is_above_heading(grid, top - 1):
        top -= 1
    columns = []
    village = False
    for index in range(width_of_heading(grid)):
        path = ["".join(part.split()) for part in heading_path(grid, top, first - top, index, covering)]
        if path:
            kind = _type(path, grid.at(first, index))
            village = village or kind == "village"
            columns.append(f"      - {{path: {_quoted(' > '.join(path))}, type: {kind}{', optional: true' if kind == 'serial' else ''}}}")
    if not columns:
        return ""
    shape = "    shape: matrix\n    rows: village" if village else "    shape: ledger\n    mode: month"
    return f"  - name: {_quoted(grid.name)}\n{shape}\n    columns:\n" + "\n".join(columns)


def _is_above_heading(grid: Grid, row: int) -> bool:
    """Title and unit line: they say 年…月, 填报单位 or 单位：."""
    text = "".join(str(v) for v in grid.rows[row] if isinstance(v, str))
    return bool(re.search(r"20\d{2}年|填报|单位[:：]", text))


def _type(path: list[str], value: object) -> str:
    if path == ["序号"]:
        return "serial"
    if path[-1].startswith(("村（", "村(", "村名", "村社区")) or path == ["村"]:
        return "village"
    if "身份证" in path[-1]:
        return "identity"
    if "日期" in path[-1] or hasattr(value, "year"):
        return "date"
    return "integer" if isinstance(value, int) else "decimal" if isinstance(value, float) else "text"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
