"""退回单: every refused or questioned hand-in goes back to its department, marked, until a good one closes it.

``slips/<department>/`` is a function of the published state. A slip that a person has edited since is left alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import chain
from pathlib import PurePosixPath

from openpyxl.utils import column_index_from_string

from catalog.grids import Workbook
from catalog.issues import Action, Issue, Refused
from catalog.observations import State
from connectors.documents import CellMark, Cover, CoverRow, holds_more, mark_workbook
from connectors.shares import InUse, NoShare, Share, write_whole
from connectors.warehouse import StandingRow, Warehouse
from connectors.workbooks import read_workbook
from connectors.workbooks.guard import TooDear, guarded
from flows.intake.days import DAY_WANTED
from flows.intake.guarded import of_one_form
from flows.intake.names import department_of
from flows.intake.values import shown
from flows.office import Office
from flows.slip_places import DONE, WITH_MACROS, kept_slips, place_of, write_state

ASKING = frozenset(["M14", "M16", "M20", "M24", "M26", "M28", "M44", "E-BLANK", "E-LAPSED"])
"""Warnings that ask the department for another figure, or for what a row lacks to count; the others are said in the tables and in status."""
_OF_WRITING = {"M29": "百分数", "M30": DAY_WANTED, "M39": "每人一行"}
"""Of these codes a warning that expects this asks for another way of writing (a person counts once however often); any other asks for the figure, the day or the record."""
_REFUSALS = (Action.REFUSE_CELL, Action.REFUSE_SHEET, Action.REFUSE_FILE)
_MADE = "own sheets"
"""Changes when the same hand-in gives another slip: one that stands is written again."""
_CELL = re.compile(r"([A-Z]+)(\d+)")


@dataclass(frozen=True, slots=True)
class Slips:
    """What became of the slips tonight; paths relative to the office folder."""

    written: tuple[str, ...]
    closed: tuple[str, ...]
    edited: tuple[str, ...]
    """Left alone: a person has changed them."""
    waiting: tuple[str, ...] = ()
    """What could not be written or brought to the departments' own folder tonight, in sentences."""


def write_slips(office: Office, warehouse: Warehouse, at: datetime) -> Slips:
    """Bring ``slips/`` to the published state; a slip that is right already is not written again."""
    kept = kept_slips(office)
    wanted: dict[str, tuple[StandingRow, tuple[Issue, ...]]] = {}
    for row, issues in owed_slips(office, warehouse):
        wanted[_free(place_of(row), wanted)] = (row, issues)
    written, closed, edited, waiting = [], [], [], []
    for place, (row, issues) in sorted(wanted.items()):
        key = _key(row, issues, at)
        before = kept.get(place)
        file = office.slips / place
        try:
            there = file.read_bytes() if file.is_file() else b""
            if before and there:
                if not _is_ours(there, before):
                    edited.append(place)
                    continue
                if before["key"] == key:
                    continue
            data = slip(office, warehouse, row, issues, at)
            # said before it is done: a slip that a killed night has just written must not look like one that a person has changed
            kept[place] = {"key": "", "sha256": _digest(data), "before": _digest(there)}
            write_state(office, kept)
            write_whole(file, data)
        except (InUse, PermissionError):  # open in Excel or WPS on Windows
            waiting.append(_held(place))
            continue
        kept[place] = {"key": key, "sha256": _digest(data)}
        written.append(place)
    for place in sorted(set(kept) - set(wanted)):
        file = office.slips / place
        try:
            if file.is_file() and not _is_ours(file.read_bytes(), kept[place]):
                edited.append(place)
                continue
            if file.is_file():
                done = file.parent / DONE / file.name
                done.parent.mkdir(exist_ok=True)
                file.replace(done)
        except PermissionError:
            waiting.append(_held(place))
            continue
        del kept[place]
        closed.append(place)
    if written or closed:
        write_state(office, kept)
    return Slips(tuple(written), tuple(closed), tuple(edited), tuple(waiting))


def _held(place: str) -> str:
    return f"“{place}”正被打开或没有权限，没有更新；请关闭它，下次再写。"


def owed_slips(office: Office, warehouse: Warehouse) -> list[tuple[StandingRow, tuple[Issue, ...]]]:
    """The hand-ins that go back, each with what is open about it."""
    rows = warehouse.standing()
    issues = warehouse.open_issues()
    answered = {(row.form, row.period) for row in rows if row.state in (State.ACCEPTED, State.ACCEPTED_WITH_WARNINGS)}
    latest: dict[str, StandingRow] = {}
    for row in rows:
        if row.path not in latest or row.modified >= latest[row.path].modified:
            latest[row.path] = row
    still_there = _still_there(office.share)
    result = []
    for row in rows:
        mine = tuple(issues.get(row.id, ()))
        if row.state == State.REFUSED:
            gone = latest[row.path].id != row.id or not still_there(row.path)
            if (row.form, row.period) not in answered and not gone:
                result.append((row, mine))
        elif row.state in (State.ACCEPTED, State.ACCEPTED_WITH_WARNINGS) and any(map(_asks, mine)):
            result.append((row, mine))
    return result


def _asks(issue: Issue) -> bool:
    """Whether the department must be asked: what is refused, what is questioned, a row that counts in no period."""
    if issue.action is Action.WARN and issue.code in _OF_WRITING:
        return not issue.expected.startswith(_OF_WRITING[issue.code])
    return issue.action in _REFUSALS or issue.code in ASKING


def _still_there(share: Share) -> Callable[[str], bool]:
    """Whether a file still lies in the shared folder. While nobody can look, every file does: a server that is down closes no slip.
    So it is where nothing lies at all: a share that is not mounted is an empty folder.
    """
    away = False

    @cache
    def empty() -> bool:
        return not share.listing().files

    def look(path: str) -> bool:
        nonlocal away
        try:
            if away or share.has(path):
                return True
            away = empty()
        except NoShare:
            away = True
        return away

    return look


def slip(office: Office, warehouse: Warehouse, row: StandingRow, issues: Sequence[Issue], at: datetime) -> bytes:
    """The workbook that goes back."""
    sha256 = warehouse.sha256_of(row.id)
    data = office.archive.get(sha256)
    workbook, others = _read(data), 0
    if row.department and row.department != department_of(row.path, {form.department for form in office.catalogue.forms.values()}):
        data, workbook, others = _their_own(office, row, sha256, data, workbook)
    said = [i for i in issues if i.action in _REFUSALS or i.action is Action.WARN]
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
    order = {action: n for n, action in enumerate((*_REFUSALS[::-1], Action.WARN))}
    listed = sorted(issues, key=lambda i: order[i.action])
    rows = tuple(CoverRow(i.action, i.sheet, i.cell, i.found, i.expected, i.message) for i in listed)
    return Cover("退 回 说 明", facts, steps, rows)


def _free(place: str, taken: Iterable[str]) -> str:
    """Two files of one name in two folders are two slips."""
    stem, dot, suffix = place.rpartition(".")
    return next(name for name in chain((place,), (f"{stem}{n}{dot}{suffix}" for n in range(2, 1000))) if name not in taken)


def _key(row: StandingRow, issues: Iterable[Issue], at: datetime) -> str:
    late = bool(row.due_at and datetime.fromisoformat(row.due_at) < at)
    text = "\0".join([_MADE, str(row.id), row.state, str(late), *(f"{i.code}{i.action}{i.sheet}{i.cell}{i.message}" for i in issues)])
    return _digest(text.encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_ours(data: bytes, kept: dict[str, str]) -> bool:
    """Nobody has changed it: it is what was written, or what stood there before a night that did not get to writing it."""
    return _digest(data) in (kept["sha256"], kept.get("before", ""))
