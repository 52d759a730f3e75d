"""`form new`: a first declaration of a form from a filled-in workbook; what a column means is left to a person.

Roles are written only where the heading's own words say them; every other place to fill in is marked 请.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from catalog.grids import CellValue, Grid, Workbook, column_letters
from catalog.issues import Action, Issue, Refused
from flows.forms.outline import Outline, Part, outline
from flows.intake.heading_words import heading
from flows.intake.numerals import number_like

_TITLE = re.compile(r"20\d{2}年.*?\d{1,2}月份?(.+)$")
_UNIT_LINE = re.compile(r"(?<!填报)单位:(\S+)$")
PERSONAL = re.compile(r"姓名|户主|电话|手机|联系人|联系方式|账号|开户|银行|住址|住所|地址|备注|驾驶人|车牌|办案人|反映人|反映内容|责任人|责任领导|负责人|经办人|申请人|领取人|证件号|卡号")
_VILLAGE = re.compile(r"^(所在|落地)?村(（社区）|\(社区\)|社区|名称?|（居）|\(居\))?$")
_ROLES = (
    (re.compile(r"上年同期|去年同期"), "last_year"), (re.compile(r"累计"), "flow_ytd"), (re.compile(r"本月|当月|本期"), "flow_month"),
    (re.compile(r"年度(目标|任务)|目标任务"), "target"), (re.compile(r"计划"), "plan"), (re.compile(r"率|%|比例"), "ratio"),
)  # fmt: skip


def draft_declaration(workbook: Workbook, form_id: str) -> str:
    """YAML of one form. Raises :class:`Refused` when no sheet has rows below a heading."""
    sheets = [_sheet(grid, made, form_id) for grid in workbook.grids if isinstance(made := outline(grid), Outline)]
    if not sheets:
        raise Refused(Issue("M13", Action.REFUSE_FILE, "找不到表头和数据，请用填好的表来起草。", expected="填好的表"))
    title = next((t for grid in workbook.grids if (t := _title(grid))), "请填表名")
    return "\n".join([
        "# 由填好的表起草；请补全标有“请”的地方：科室、应报时间、各栏的 id 和 role，并在 indicators 里写指标。",
        f"id: {form_id}", f"title: {_quoted(title)}", "department: 请填科室", "due: {day: 5, after: 1}   # 请核对应报日：次月5日",
        "sheets:", *sheets,
    ]) + "\n"  # fmt: skip


def _title(grid: Grid) -> str:
    for row in grid.rows[:15]:
        for value in row:
            if isinstance(value, str) and (match := _TITLE.search("".join(unicodedata.normalize("NFKC", value).split()))):
                return match[1]
    return ""


def _unit_line(grid: Grid, top: int) -> str:
    for row in grid.rows[:top]:
        for value in row:
            if isinstance(value, str) and (match := _UNIT_LINE.search("".join(unicodedata.normalize("NFKC", value).split()))):
                return match[1]
    return ""


def _sheet(grid: Grid, made: Outline, form_id: str) -> str:
    totals = _summed(grid, made)
    data = made.of(Part.DATA)
    types = {column: _type(path, [grid.rows[r][column] for r in data if column < len(grid.rows[r])]) for column, path in made.columns.items()}
    figures = sum(kind in ("integer", "decimal", "amount", "percent") for kind in types.values())
    village = next((c for c in sorted(types) if types[c] == "village"), None)
    ledger = any(kind in ("identity", "date") for kind in types.values()) or figures == 0
    lines = [f"  - name: {_quoted(grid.name)}"]
    if ledger:
        lines += ["    shape: ledger", "    mode: month   # 请选：month 只列本月，snapshot 列到月末为止的全部"]
    elif village is not None:
        lines += ["    shape: matrix", "    rows: village"]
    else:
        label = made.labels[-1] if made.labels else min(made.columns)
        lines += ["    shape: matrix", "    rows: entity", f"    label: {_quoted(_path(made, label))}"]
        before = [_quoted(_path(made, c)) for c in made.labels[:-1]]
        if before:
            lines.append(f"    within: [{', '.join(before)}]   # 请核对：这些栏和上一栏合起来才说明是哪一行")
    if unit := _unit_line(grid, made.top):
        lines.append(f"    unit_line: {unit}")
    lines.append("    columns:")
    seen: set[str] = set()
    for column in sorted(made.columns):
        path = _path(made, column)
        if path in seen:
            lines.append(f"      # {column_letters(column)} 栏与前面的栏同名：{path}，请改表头")
            continue
        seen.add(path)
        lines.append("      - {" + ", ".join(_fields(path, types[column], column, column in totals, ledger, form_id)) + "}" + _asked(path, types[column], ledger))
    return "\n".join(lines)


def _path(made: Outline, column: int) -> str:
    return " > ".join(made.columns[column])


def _fields(path: str, kind: str, column: int, total: bool, ledger: bool, form_id: str) -> list[str]:
    fields = [f"path: {_quoted(path)}"] + ([f"type: {kind}"] if kind != "text" else [])
    unit = heading(path.split(" > ")[-1])[1] or heading(path.split(" > ")[0])[1]
    if kind == "serial":
        return [*fields, "optional: true"]
    if kind in ("integer", "decimal", "amount", "percent"):
        if not ledger:
            fields.append(f"id: {form_id.lower()}_{column_letters(column).lower()}")
            fields += [f"role: {role}"] if (role := _role(path)) else []
        if unit:
            fields.append(f"unit: {_quoted(unit)}")
        if total:
            fields.append("total: true")
    elif kind == "text" and PERSONAL.search(path):
        fields.append("drop: true")
    return fields


def _asked(path: str, kind: str, ledger: bool) -> str:
    if kind in ("integer", "decimal", "amount", "percent") and not ledger and not _role(path):
        return "   # 请填 role"
    return ""


def _role(path: str) -> str:
    """What the last words say, else what the whole heading says; nothing else."""
    for words in (path.split(" > ")[-1], path):
        for pattern, role in _ROLES:
            if pattern.search(words):
                return role
    return ""


def _type(path: tuple[str, ...], values: list[CellValue]) -> str:
    words = "".join(unicodedata.normalize("NFKC", path[-1]).split())
    there = [v for v in values if v is not None and str(v).strip()]
    if words in ("序号", "编号", "序號"):
        return "serial"
    if _VILLAGE.match(path[-1]) and len(path) == 1:
        return "village"
    if "身份证" in words:
        return "identity"
    if PERSONAL.search(" ".join(path)):
        return "text"
    days = sum(isinstance(v, datetime | date) for v in there)
    if (there and days * 2 > len(there)) or (words.endswith(("日期", "时间")) and not any(isinstance(v, float) for v in there)):
        return "date"
    figures = [v for v in there if (isinstance(v, int | float) and not isinstance(v, bool)) or (isinstance(v, str) and number_like(v))]
    if not there or len(figures) * 2 <= len(there):
        return "text"
    if re.search(r"率|%|增长|比例", words):
        return "percent"
    if heading(path[-1])[1] in ("元", "千元", "万元", "亿元") or "金额" in words:
        return "amount"
    return "decimal" if any((isinstance(v, float) and not v.is_integer()) or (isinstance(v, str) and "." in v) for v in figures) else "integer"


def _summed(grid: Grid, made: Outline) -> set[int]:
    rows = made.of(Part.TOTAL)
    return {
        c for row in rows for c, v in enumerate(grid.rows[row])
        if (isinstance(v, int | float) and not isinstance(v, bool)) or "SUM(" in grid.formulas.get((row, c), "").upper()
    }  # fmt: skip


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
