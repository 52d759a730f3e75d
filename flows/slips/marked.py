"""The department's own workbook, marked, with 退回说明 before its first sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath

from openpyxl.utils import column_index_from_string

from catalog.grids import Workbook
from catalog.issues import Action, Issue, Refused
from catalog.observations import State
from connectors.documents import CellMark, Cover, CoverRow, holds_more, mark_workbook
from connectors.warehouse import StandingRow, Warehouse
from connectors.workbooks import read_workbook
from connectors.workbooks.guard import TooDear, guarded
from flows.intake.guarded import of_one_form
from flows.intake.names import department_of
from flows.intake.values import shown
from flows.office import Office
from flows.slips.owed import REFUSALS
from flows.slips.places import WITH_MACROS, place_of

_CELL = re.compile(r"([A-Z]+)(\d+)")


def slip(office: Office, warehouse: Warehouse, row: StandingRow, issues: Sequence[Issue], at: datetime) -> bytes:
    """The workbook that goes back."""
    sha256 = warehouse.sha256_of(row.id)
    data = office.archive.get(sha256)
    workbook, others = _read(data), 0
    if row.department and row.department != department_of(row.path, {form.department for form in office.catalogue.forms.values()}):
        data, workbook, others = _their_own(office, row, sha256, data, workbook)
    said = [i for i in issues if i.action in REFUSALS or i.action is Action.WARN]
    marks = [CellMark(i.sheet, i.cell, i.action, i.message + _column_total(workbook, i)) for i in said if i.cell and i.sheet]
    return mark_workbook(data, workbook, marks, _cover(office, row, said, at, others), macros=place_of(row).endswith(WITH_MACROS))


def _column_total(workbook: Workbook, issue: Issue) -> str:
    """What the 合计 row says below a figure that cannot be used: a hint of what it should be."""
    match = _CELL.fullmatch(issue.cell)
    if match is None or issue.code not in ("M24", "M26", "M33"):
        return ""
    column = column_index_from_string(match[1]) - 1
    for grid in workbook.grids:
        for row in grid.rows if grid.name == issue.sheet else ():
            lead = ["".join(v.split()) for v in row[:3] if isinstance(v, str)]
            if "合计" in lead and column < len(row) and isinstance(row[column], int | float) and row is not grid.rows[int(match[2]) - 1]:
                return f"本列合计为{shown(row[column])}。"
    return ""


def _read(data: bytes) -> Workbook:
    """The cells of a file that is no .xlsx; none where nobody can open it."""
    try:
        with guarded() as guard:
            return guard.call(read_workbook, data)
    except (Refused, TooDear):
        return Workbook("none", ())


def _their_own(office: Office, row: StandingRow, sha256: str, data: bytes, workbook: Workbook) -> tuple[bytes, Workbook, int]:
    """What may go to a department in whose folder the file did not lie: sheets of its form, and how many others stay here.

    With them stay the parts of the package in which their cells are repeated; what is left is put together anew.
    """
    try:
        with guarded() as guard:
            mine, others = guard.call(of_one_form, str(office.folder), office.catalogue.version, sha256, row.form)
    except (Refused, TooDear):
        return b"", Workbook("none", ()), 0
    if not others and not holds_more(data):
        return data, workbook, 0
    return b"", replace(mine, container="none"), others


def _cover(office: Office, row: StandingRow, issues: Sequence[Issue], at: datetime, others: int) -> Cover:
    form = office.catalogue.forms.get(row.form)
    refused = row.state == State.REFUSED
    told = {action: sum(i.action is action for i in issues) for action in (Action.REFUSE_SHEET, Action.REFUSE_CELL, Action.WARN)}
    counted = zip(("张表退回", "格退回", "处请核实"), told.values(), strict=True)
    within = "、".join(f"{number}{what}" for what, number in counted if number)
    left_out = "；退回的未计入汇总" if told[Action.REFUSE_SHEET] or told[Action.REFUSE_CELL] else ""
    zone = office.settings.zone
    due = datetime.fromisoformat(row.due_at).astimezone(zone) if row.due_at else None
    came = datetime.fromisoformat(row.modified).astimezone(zone)
    late = due is not None and due < at
    deadline = "请尽快重报" if due is None else f"{due:%Y年%m月%d日}{'（已过期，请尽快重报）' if late else '前'}"
    facts = (
        ("文件", PurePosixPath(row.path).name),
        ("表名", f"{row.form}《{form.title}》" if form else "未能认出"),
        ("月份", f"{row.period[:4]}年{int(row.period[5:7])}月" if len(row.period) == 7 else row.period or "未能认出"),
        ("收到时间", f"{came:%Y年%m月%d日 %H:%M}"),
        ("情况", "整份退回，本文件的数据没有采用" if refused else f"已收下，其中{within}{left_out}"),
        ("重报期限", deadline),
        *([("未附内容", f"另有{others}张工作表不是本表的内容，文件也不在{row.department}的文件夹，没有随单退回")] if others else []),
    )
    steps = (
        "按下面的清单逐条改正：红色的格必须改，黄色的格请核实；点“单元格”一栏可跳到该格，格上的批注写有说明。",
        "改好后另存为 .xlsx，文件名写明表名和月份，放回共享文件夹原来的位置。本说明页和批注不必删除。",
        "数字确实无误的，请告知党政办确认，不要改动原数。",
    )
    order = {action: n for n, action in enumerate((*REFUSALS[::-1], Action.WARN))}
    listed = sorted(issues, key=lambda i: order[i.action])
    rows = tuple(CoverRow(i.action, i.sheet, i.cell, i.found, i.expected, i.message) for i in listed)
    return Cover("退 回 说 明", facts, steps, rows)
