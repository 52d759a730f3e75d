"""情况说明: what a department writes about its work, screened before it leaves the reader (privacy.md §4).

Only words about the work pass: a cell that names a person, or holds a telephone, identity or account number, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from catalog.issues import Action, Issue
from flows.intake.cells import UNUSABLE
from flows.intake.columns import CellList, Columns
from flows.intake.values import HIDDEN, SURNAMES, names_a_number

_NAME = f"(?:欧阳|司马|上官|诸葛|司徒|皇甫|令狐|夏侯|(?!高[度龄标新质效]|金[额融]|严[格重密])[{SURNAMES}])[\u4e00-\u9fff]{{1,2}}"
_PERSON = re.compile(
    rf"(?:户主|姓名|联系人|责任人|负责人|经办人|当事人|受害人|患者|伤者|死者|村民|居民|业主|老人|群众代表|低保户|贫困户|特困户|残疾人|党员|领导|项目经理|司机|驾驶员)[：:“]?{_NAME}(?=[等因家，。；、（）(\s”\d同]|反映|患|住|死|去世|$)"
    rf"|{_NAME}(?:同志|夫妇|先生|女士)|[{SURNAMES}]某"
)
_NUMBER = re.compile(r"(?:\d[\s-]?){11,}[Xx]?|(?:电话|手机|微信|联系)\D{0,6}(?:\d[\s-]?){7,}|[〇零一二三四五六七八九幺]{7,}")
_ADDRESS = re.compile(r"\d组\d+号|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z]·?[A-Z0-9]{5,6}(?![A-Z0-9])")
"""Where somebody lives, or what somebody drives."""
_NAMING = ("姓名", "户主", "联系人", "经办人", "负责人", "司机", "当事人")
_SHORTEST = 5
"""Characters; a word alone under this heading may be a name that slipped from another column."""
_OPENERS = "=+-@\t\r"
"""What a spreadsheet would take for the beginning of a formula."""


def screened(columns: Columns, cells: Mapping[str, CellList], paths: Iterable[str]) -> None:
    """Refuse the cells under these columns that tell of persons, in place; what is refused is told to the department."""
    told = sorted(set(paths) & set(cells))
    people = _named_in(columns) if told else frozenset[str]()
    for path in told:
        mapped = columns.table.layout.columns[path]
        for n, (row, cell) in enumerate(zip(columns.rows, cells[path], strict=True)):
            if cell.refused or not cell.filled or not (why := _personal(cell.written, people)):
                continue
            cells[path][n] = UNUSABLE
            own = (row, mapped.index)
            columns.fates.refuse(own)
            columns.said.append((row, Issue("E-WORD", Action.REFUSE_CELL, f"{columns.table.place(*own)} 情况说明里有{why}，请删去后重报，只写工作情况。",
                                            columns.table.found.grid.name, columns.table.cell(*own), HIDDEN, "不含个人信息的文字")))  # fmt: skip


def _named_in(columns: Columns) -> frozenset[str]:
    """Names of persons that stand in the sheet's own columns for them."""
    found = set()
    for mapped in columns.table.layout.columns.values():
        if mapped.column.type != "text" or not any(word in mapped.column.parts[-1] for word in _NAMING):
            continue
        found |= {value.strip() for value in columns.values(mapped.index) if isinstance(value, str) and 2 <= len(value.strip()) <= 4}
    return frozenset(found)


def _personal(text: str, people: Iterable[str]) -> str:
    if len("".join(text.split())) < _SHORTEST and sentence(text) is not None:
        return "不成句的字词（可能是姓名）"
    if _NUMBER.search(text) or names_a_number(text):
        return "电话、证件或账号号码"
    if _ADDRESS.search(text):
        return "门牌或车牌号码"
    if _PERSON.search(text) or any(name in text for name in people):
        return "个人姓名"
    return ""


def sentence(written: str) -> str | None:
    """One line that ends as a sentence, without what a template, a form or a spreadsheet would take for its own signs."""
    text = re.sub(r"[\x00-\x1f\x7f\ue000-\uf8ff]+", " ", written)
    text = re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", text.lstrip(_OPENERS + " ")).strip()
    text = text.translate(_SIGNS)
    if not text or text in ("无", "—", "/"):
        return None
    return text if text[-1] in "。！？" else text.rstrip("；，、;,.") + "。"


_SIGNS = str.maketrans({"[": "〔", "]": "〕", "{": "（", "}": "）", ",": "，", ";": "；", "?": "？", "!": "！"})
