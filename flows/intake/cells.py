"""One cell of a ledger's row, looked at by hand: a figure, a day, a word, a village, an identity; what it says is reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import NamedTuple

from catalog.forms import Column
from catalog.grids import CellValue, Position
from catalog.issues import Action, Issue
from catalog.observations import Status
from catalog.units import fold
from flows.intake import days, values
from flows.intake.column_units import Mapped
from flows.intake.fate import Fates
from flows.intake.identities import identity
from flows.intake.table import Report, Table, read_figure, stored_value

STATUS_WORDS = re.compile("已死亡|死亡|去世|病故|亡故|身故|已故|过世|离世|停发|迁出|注销|服刑|失踪|放弃|作废|重复"
                          "|迁走|搬走|停止(?:享受|发放|保障)|不再(?:享受|保障|符合)|(?:已|被)(?:取消|退出|终止|撤销)|取消(?:低保|资格|待遇|保障|享受)|应退出|未(?:纳入|享受)|不享受|非(?:保障|低保|救助|补贴)对象")
"""What a remark says of a person who should not be counted any more (forms.md M40)."""
NOTHING_WORDS = frozenset(["", "0", *values.ZERO_WORDS, *values.MISSING_WORDS])
"""What says in a column of words that there is nothing to say."""


class Cell(NamedTuple):
    """A row's value under one column: a figure in the stored unit, a day, a word, or unusable."""

    number: str | None = None
    """Exact decimal text."""
    day: date | None = None
    text: str = ""
    """Folded, for comparing."""
    key: str = ""
    """Folded without any white space."""
    written: str = ""
    """As the sheet has it, for printing."""
    filled: bool = False
    refused: bool = False
    trusted: bool = True
    """For identities: it may be hashed."""
    among: frozenset[str] = frozenset()
    """Keys of the only words that a refused cell can mean; empty where it can mean anything."""


_made: Callable[[tuple[object, ...]], Cell] = partial(tuple.__new__, Cell)
"""A cell of all its members: a quarter of what Cell() costs, and each different word of a ledger is one."""
_ANYTHING = frozenset[str]()
EMPTY = Cell()
UNUSABLE = Cell(filled=True, refused=True)


def names_somebody(text: str, column: Column) -> bool:
    """A telephone, identity or account number where words should stand; a code of a firm or a project is made of digits."""
    return len(text) >= 11 and not column.path.endswith(("代码", "证号", "书号")) and values.names_a_number(text)


def is_spoiled_key(value: CellValue) -> bool:
    """A number of more places than a numeric cell keeps, where words should stand: two of them may look like one."""
    return isinstance(value, float | int) and not isinstance(value, bool) and abs(value) >= 1e15


def word(written: str, text: str) -> Cell:
    """A cell that says something in words."""
    return _made((None, None, text, fold(text), written, text not in NOTHING_WORDS, False, True, _ANYTHING))


def person(number: str) -> Cell:
    """A number of a person that can be trusted."""
    return _made((None, None, number, number, "", True, False, True, _ANYTHING))


def without_number(text: str, column: Column) -> bool:
    """同户主, 办理中 where each household has its certificate's number: a key of its own it is not."""
    return column.required and column.path.endswith("证号") and text not in NOTHING_WORDS and not any(sign.isdigit() for sign in text)


def has_left(text: str, column: Column) -> re.Match[str] | None:
    """优抚（已故）: a kind that says of its person what a remark would say (M40)."""
    return STATUS_WORDS.search(text) if any(w.endswith("*") for w in column.values) else None


_DASHES = re.compile("[‐‑‒–—―−－~～]+")


def code(key: str) -> str:
    """The code of a firm or project for comparing, whatever dash and letters it is written with; words such as 办理中 are no code."""
    return _DASHES.sub("-", key).upper() if any(sign.isdigit() for sign in key) else ""


_BRACKETS = str.maketrans("〔〕[]【】〖〗{}", "()()()()()")


def document(key: str) -> str:
    """The number of a document for comparing: 渣罚〔2020〕第01号 is 渣罚(2020)1号."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", key.translate(_BRACKETS).replace("第", ""))


def meant(text: str, column: Column) -> str:
    """The allowed word for which the form says that this is another one; else the text itself."""
    for pair in column.same:
        other, _, known = pair.partition("=")
        if fold(text) == fold(other):
            return known
    return text


def allowed(text: str, column: Column) -> bool:
    """One of the words the form allows; an ending ``*`` allows more after it. Where a blank is honest, so is 无."""
    compact = fold(text)
    if not column.required and compact in values.ZERO_WORDS:
        return True
    return any(compact.startswith(fold(w[:-1])) if w.endswith("*") else compact == fold(w) for w in column.values)


def outside(day: date, table: Table, mapped: Mapped, deciding: frozenset[str]) -> bool:
    """A date that decides the period and does not lie in the month of a monthly ledger."""
    inside = table.month.first_day <= day <= table.month.last_day
    return not inside and mapped.column.path in deciding and table.found.sheet.mode == "month"


FIRST_YEAR = 1990
"""No record of a township goes further back; a small number shown as a day does."""


def impossible(day: date, table: Table, mapped: Mapped) -> str:
    """Why nothing can have happened on this day, as far as a hand-in of this month can know; empty where it can."""
    if day.year < FIRST_YEAR:
        return "年份不对（可能是数字套用了日期格式），请填实际的日期"
    late = day > table.month.shift(1).last_day and not mapped.column.planned
    return f"在{table.month.year}年{table.month.month}月之后，还没有发生，请核实年份和月份" if late else ""


def read_cell(table: Table, row: int, mapped: Mapped, fates: Fates, report: Report, deciding: frozenset[str]) -> Cell:
    """``deciding``: the date columns that put a row into a period."""
    grid, column = table.found.grid, mapped.column
    own = (row, mapped.index)
    at = table.body.fill.get(own, own)
    value = grid.at(*at)
    if at in grid.uncached and not column.numeric:
        fates.refuse(own)
        report(Issue("M11", Action.REFUSE_CELL, f"{table.place(*own)} 公式没有保存结果，请打开文件重新计算并保存。",
                     grid.name, grid.address(*own), "公式没有结果", column.path))  # fmt: skip
        return UNUSABLE
    if column.numeric and at != own:  # a figure merged over several records belongs to none of them alone
        if own[0] == at[0] + 1:
            report(Issue("M18", Action.REFUSE_CELL, f"{table.place(*at)} 合并了几行，分不清各是多少，请取消合并后分别填写。",
                         grid.name, grid.address(*at), values.without_persons(values.shown(value)), "每格一个数"))  # fmt: skip
        return UNUSABLE
    if not column.numeric and (at in grid.struck or at in grid.partly_struck):
        fates.refuse(own)
        report(Issue("M38", Action.REFUSE_CELL, f"{table.place(*own)} {column.parts[-1]}带删除线、上下标或不显示，分不清是否有效，请改正。",
                     grid.name, grid.address(*own), values.HIDDEN, "无删除线"))  # fmt: skip
        return UNUSABLE
    if column.numeric:
        clean = read_figure(table, row, mapped, report, fates)
        if clean.status is Status.REFUSED:
            return UNUSABLE
        return Cell(number=stored_value(clean, mapped.factor), filled=value is not None and not (isinstance(value, str) and not fold(value)))
    if column.type == "date":
        return _date(table, mapped, own, at, fates, report, deciding)
    if grid.at(*own) is not None:
        fates.use(own)
    if column.type == "identity":
        return _identity(table, row, mapped, value, report)
    written = value.strip() if type(value) is str else values.shown(value).strip()
    if (code := written.upper()) in values.ERROR_CODES:
        fates.refuse(own)
        report(Issue("M33", Action.REFUSE_CELL, f"{table.place(*own)} 填“{code}”，是公式错误，请改正。",
                     grid.name, grid.address(*own), code, column.path))  # fmt: skip
        return UNUSABLE
    text = values.folded(written)
    if text in values.SAME_AS_ABOVE or is_spoiled_key(value):
        fates.refuse(own)
        said, found = ("不能填“同上”，请写明", text) if text in values.SAME_AS_ABOVE else ("以数字格式存放，后几位已丢失，请改为文本格式重新填写", "（不显示）")
        report(Issue("M26" if text in values.SAME_AS_ABOVE else "M31", Action.REFUSE_CELL, f"{table.place(*own)} {column.parts[-1]}{said}。",
                     grid.name, grid.address(*own), found, "文本"))  # fmt: skip
        return UNUSABLE
    if names_somebody(text, column):
        fates.refuse(own)
        report(Issue("E-WORD", Action.REFUSE_CELL, f"{table.place(*own)} 含有电话、证件或账号号码，请删去后重报。",
                     grid.name, grid.address(*own), values.HIDDEN, column.path))  # fmt: skip
        return UNUSABLE
    if without_number(text, column):
        fates.refuse(own)
        report(Issue("E-WORD", Action.REFUSE_CELL, f"{table.place(*own)} {column.parts[-1]}没有号码，分不清是哪一户，请填号码。",
                     grid.name, grid.address(*own), values.HIDDEN, column.path))  # fmt: skip
        return UNUSABLE
    text = meant(text, column)
    if left := has_left(text, column):
        report(_status(table, own, left[0]))
    if text and column.values and not allowed(text, column):
        fates.refuse(own)
        words = "、".join(w.rstrip("*") for w in column.values)
        found = values.without_persons(text) if table.of_persons else values.without_names(text)
        report(Issue("E-WORD", Action.REFUSE_CELL, f"{table.place(*own)} 填“{found}”，应填{words}之一，请改正。",
                     grid.name, grid.address(*own), found, words))  # fmt: skip
        return Cell(text=text, key=fold(text), filled=True, refused=True)
    return word(written, text)


def _date(table: Table, mapped: Mapped, own: Position, at: Position, fates: Fates, report: Report, deciding: frozenset[str]) -> Cell:
    grid = table.found.grid
    clean = days.day(grid.at(*at), table.month)
    if clean.day is not None and (why := impossible(clean.day, table, mapped)):
        clean = values.refuse("M30", values.shown(grid.at(*at)).strip(), "发生的日期，如2020-06-05", why)
    if clean.action is not None and at == own:
        found = values.without_persons(clean.found) if table.of_persons else clean.found
        want = f"，应填{clean.expected}" if clean.action is Action.REFUSE_CELL else ""
        report(Issue(clean.code, clean.action, f"{table.place(*own)} 填“{found}”，{clean.advice}{want}。",
                     grid.name, grid.address(*own), found, clean.expected))  # fmt: skip
    refused = clean.status is Status.REFUSED
    if clean.day is not None and at == own and outside(clean.day, table, mapped, deciding):
        report(Issue("M30", Action.WARN, f"{table.place(*own)} 日期{clean.day}不在{table.month.month}月，不计入本月，请核实或报入该月。",
                     grid.name, grid.address(*own), str(clean.day), f"{table.month.month}月内的日期"))  # fmt: skip
    if grid.at(*own) is not None:
        (fates.refuse if refused else fates.use)(own)
    return Cell(day=clean.day, filled=clean.day is not None, refused=refused)


def read_village(table: Table, row: int, mapped: Mapped, names: Mapping[int, str]) -> Cell:
    """A village by its official name; one that is in no list is refused and never printed as it stands."""
    own = (row, mapped.index)
    value = table.found.grid.at(*table.body.fill.get(own, own))
    unit = table.catalogue.units.find(value, table.month.last_day) if isinstance(value, str) else None
    return village(names.get(row) or (unit.name if unit else ""))


def nowhere(table: Table, row: int, mapped: Mapped, fates: Fates, report: Report) -> None:
    """A record whose village is in no list, or blank: its cell is named, its words are not repeated."""
    grid, own = table.found.grid, (row, mapped.index)
    blank = grid.at(*table.body.fill.get(own, own)) is None
    fates.refuse(own)
    said = f"{mapped.column.parts[-1]}空白" if blank else "村名不在名单中"
    report(Issue("E-VILLAGE", Action.REFUSE_CELL, f"{table.place(*own)} {said}，本行归不到村，请填名单中的村（社区）。",
                 grid.name, table.cell(*own), "空白" if blank else values.HIDDEN, "名单中的村（社区）"))  # fmt: skip


def village(name: str) -> Cell:
    key = fold(name)
    return Cell(text=key, key=key, written=name, filled=bool(name), refused=not name)


def _identity(table: Table, row: int, mapped: Mapped, value: CellValue, report: Report) -> Cell:
    number, why = identity(value)
    if number is not None:
        return person(number)
    where = table.cell(row, mapped.index)
    if not why.startswith("空白"):
        code = "M31" if "丢失" in why else "E-ID"
        report(Issue(code, Action.WARN, f"{table.found.grid.name}!{where} {mapped.column.parts[-1]}{why}，本行单独计数，请按文本格式重新填写。",
                     table.found.grid.name, where, "（不显示）", "18位文本"))  # fmt: skip
        return Cell(filled=True, trusted=False)
    report(Issue("E-ID", Action.WARN, f"{table.found.grid.name}!{where} {mapped.column.parts[-1]}空白，本行单独计数，请补填。",
                 table.found.grid.name, where, "空白", "18位文本"))  # fmt: skip
    return Cell(filled=False, trusted=False)


def look_at_dropped(table: Table, at: Position, mapped: Mapped, report: Report) -> None:
    """Personal columns are looked at for their type and for status words only (M32, M40); nothing of them is kept."""
    grid, name = table.found.grid, mapped.column.parts[-1]
    value = grid.at(*at)
    if is_long_number(value):
        where = table.cell(*at)
        report(Issue("M32", Action.WARN, f"{grid.name}!{where} {name}以数字格式存放，可能已丢位，请改为文本格式。",
                     grid.name, where, "（不显示）", "文本"))  # fmt: skip
    elif isinstance(value, str) and not mapped.column.single and (found := STATUS_WORDS.search(value)):
        report(_status(table, at, found[0]))


def _status(table: Table, at: Position, said: str) -> Issue:
    return Issue("M40", Action.WARN, f"{table.place(*at)} 备注“{said}”，本行仍按在册计算，请核实是否应退出。",
                 table.found.grid.name, table.cell(*at), said, "与在册状态一致")  # fmt: skip


def is_long_number(value: CellValue) -> bool:
    """A number of so many places that a numeric cell may have spoiled it."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 1e11
