"""`form preview`: a picture of a workbook as it was read; one HTML page that needs neither network nor script."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping, Sequence

from catalog.grids import Grid, Position, Workbook, column_letters
from catalog.issues import Action, Issue
from flows.forms.new import PERSONAL
from flows.forms.outline import FOOT, Abstained, Outline, Part, outline
from flows.intake.fate import REFUSED, USED, WORDS
from flows.intake.values import names_a_number, shown

MAX_ROWS = 400
_COLOURS = {
    USED: "#d9f2d9", REFUSED: "#ffc7ce", "title": "#e8e8f8", "heading": "#cfe2f3", "row label": "#eaf5ea", "row number": "#f2f2f2", "total checked": "#fce8b2",
    "subtotal": "#fdf2d0", "section": "#ead9f5", "sub-item": "#e6efe0", "comparison": "#e6efe0", "note": "#f5f5f5", "footer": "#eeeeee", "scribble": "#e0d5c8",
    "undeclared column": "#f6d5b8", "unknown row": "#f6d5b8", "not needed": "#f7f7ee", "declared drop": "#dddddd", "other sheet": "#eeeeee",
    "refused file": "#ffe3e6", "blank text": "#ffffff", "return note": "#eeeeee", "unaccounted": "#ff00ff", "struck out": "#d8d8d8",
}  # fmt: skip
_OF_PART = {
    Part.TITLE: "title", Part.HEADING: "heading", Part.DATA: USED, Part.TOTAL: "total checked", Part.SUBTOTAL: "subtotal", Part.SECTION: "section",
    Part.NOTE: "note", Part.BLANK: "blank text",
}  # fmt: skip
_STYLE = """body{font:14px/1.5 "Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:1.5em;color:#222}
h1{font-size:1.4em}h2{font-size:1.1em;margin:1.6em 0 .4em}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:2px 6px;
max-width:22em;overflow:hidden;text-overflow:ellipsis;white-space:pre-wrap;vertical-align:middle}th{background:#f0f0f0;color:#888;font-weight:normal}
.hidden td{background-image:repeating-linear-gradient(45deg,#0001 0 4px,#0000 4px 8px)}.legend span{display:inline-block;border:1px solid #bbb;
padding:0 .6em;margin:0 .4em .4em 0}.issues{margin:.5em 0 1em;padding-left:1.4em}.refuse_cell,.refuse_sheet,.refuse_file{color:#b00020}.warn{color:#8a6d00}
.fix{color:#666}.scroll{overflow:auto;max-height:80vh;border:1px solid #ddd}td.r{outline:2px solid #b00020}"""


def preview(workbook: Workbook, fates: Mapping[str, Mapping[Position, str]], issues: Sequence[Issue], heading: str = "") -> str:
    """The page. ``fates``: sheet → position → fate of its cells, where a declaration read them; a sheet without any is
    coloured by its outline. Personal columns are shown as ■■■.
    """
    body = "".join(_sheet(grid, fates.get(grid.name) or {}, [i for i in issues if i.sheet == grid.name]) for grid in workbook.grids)
    whole = _listed([i for i in issues if i.sheet not in {g.name for g in workbook.grids}])
    return (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>读表预览</title>'
        f"<style>{_STYLE}</style><h1>读表预览{'：' + html.escape(heading) if heading else ''}</h1>{whole}{body}</html>\n"
    )


def _sheet(grid: Grid, fates: Mapping[Position, str], issues: Sequence[Issue]) -> str:
    how = ""
    if not fates:
        made = outline(grid)
        fates = _outlined(grid, made) if isinstance(made, Outline) else {}
        how = "（未登记的表，按一般表格识别）" if fates else f"（认不清：{made.reason if isinstance(made, Abstained) else ''}）"
    said = {i.cell: i for i in sorted(issues, key=lambda i: list(Action).index(i.action))}
    return (
        f"<h2>{html.escape(grid.name)}{'（隐藏的工作表）' if not grid.visible else ''}{how}</h2>"
        f"{_legend(fates)}{_listed(issues)}<div class=scroll>{_table(grid, fates, said)}</div>"
    )


def _outlined(grid: Grid, made: Outline) -> dict[Position, str]:
    result = {}
    for row, part in made.rows.items():
        for column, value in enumerate(grid.rows[row]):
            if value is not None:
                fate = _OF_PART[part]
                if part is Part.DATA:
                    fate = "row label" if column in made.labels else "scribble" if column not in made.columns else USED
                result[row, column] = fate
    return result


def _legend(fates: Mapping[Position, str]) -> str:
    counts = Counter(fates.values())
    words = {**WORDS, "row label": "行名"}
    return "<p class=legend>" + "".join(
        f'<span style="background:{_COLOURS.get(fate, "#fff")}">{words.get(fate, fate)} {count}</span>' for fate, count in sorted(counts.items(), key=lambda p: -p[1])
    ) + "</p>"  # fmt: skip


def _listed(issues: Sequence[Issue]) -> str:
    if not issues:
        return ""
    return "<ul class=issues>" + "".join(f'<li class="{i.action.value}">{html.escape(i.message)}</li>' for i in issues) + "</ul>"


def _table(grid: Grid, fates: Mapping[Position, str], said: Mapping[str, Issue]) -> str:
    width = max((len(row) for row in grid.rows), default=0)
    origin = {(a.top, a.left): a for a in grid.merged}
    covered = {(r, c) for a in grid.merged for r in range(a.top, a.bottom + 1) for c in range(a.left, a.right + 1)} - set(origin)
    personal = _personal_columns(grid)
    lines = ["<table><tr><th></th>" + "".join(f"<th>{column_letters(c)}</th>" for c in range(width)) + "</tr>"]
    for r, row in enumerate(grid.rows[:MAX_ROWS]):
        cells = [f"<th>{r + 1}</th>"]
        signed = any(isinstance(v, str) and FOOT.search(v) for v in row)
        for c in range(width):
            if (r, c) in covered:
                continue
            area = origin.get((r, c))
            span = f' rowspan="{min(area.bottom, MAX_ROWS - 1) - r + 1}" colspan="{area.right - c + 1}"' if area else ""
            fate = fates.get((r, c), "")
            issue = said.get(grid.address(r, c))
            title = f' title="{html.escape(issue.message if issue else WORDS.get(fate, fate))}"' if issue or fate else ""
            mark = ' class="r"' if issue and issue.action is not Action.FIX else ""
            value = row[c] if c < len(row) else None
            hidden = signed or fate in ("declared drop", "footer") or (c in personal and fate not in ("title", "heading")) or names_a_number(shown(value))
            text = "■■■" if hidden and value is not None else html.escape(shown(value))
            colour = f' style="background:{_COLOURS.get(fate, "#fff")}"' if fate else ""
            cells.append(f"<td{span}{mark}{colour}{title}>{text}</td>")
        lines.append(f'<tr{" class=hidden" if r in grid.hidden_rows else ""}>{"".join(cells)}</tr>')
    more = f"<p>另有 {len(grid.rows) - MAX_ROWS} 行未画出。</p>" if len(grid.rows) > MAX_ROWS else ""
    return "".join(lines) + "</table>" + more


def _personal_columns(grid: Grid) -> frozenset[int]:
    """Columns whose heading names something of a person, declared or not."""
    spans = {(a.top, a.left): a.right for a in grid.merged}
    return frozenset(
        column for r, row in enumerate(grid.rows[:14]) for c, v in enumerate(row)
        if isinstance(v, str) and len(v) <= 14 and (PERSONAL.search(v) or "身份证" in v) for column in range(c, spans.get((r, c), c) + 1)
    )  # fmt: skip
