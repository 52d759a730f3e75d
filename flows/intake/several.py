"""A record that says several things where the form asks for one: 1.…2.…, 共收集18条, 等3辆, 第06010—06012号, two firms, 36人 (forms.md F06, F10, F14, F20).

One row would be counted for all of them; how many they are is for the department to write, a row each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from catalog.forms import SEPARATOR
from catalog.grids import CellValue
from catalog.issues import Action, Issue
from catalog.units import fold, fold_anew
from flows.intake.cells import NOTHING_WORDS
from flows.intake.fate import Fates
from flows.intake.rows import Row
from flows.intake.table import Report, Table
from flows.intake.values import HIDDEN, shown

_N = r"(?:(?<!\d)0{0,4}(?:[2-9]|[1-9]\d{1,5})(?!\d)|[二两三四五六七八九]|[一二三四五六七八九]?十[一二三四五六七八九几]?|[几数]十?)"
"""More than one."""
_TOLD = re.compile(
    rf"(?:共|合计|收集|征集|梳理|提出|反映|另附|另有)[到了有]?(?:意见|建议|问题|诉求)?{_N}[多余]?[条项件](?![路沟河渠街线])|{_N}[多余]?[条项件个](?:群众|村民)?(?:意见|建议|问题|诉求)"
    rf"|[A-Z][A-Z0-9·.]{{5,8}}等共?{_N}[多余]?[辆台部]"
)
_MARKS = (
    (re.compile(r"(?<![\d.])(\d{1,2})[.、):](?!\d)"), ("1", "2")),
    (re.compile(r"([一二三四五六七八九十])(?:、|是|\)|[.:])"), ("一", "二")),
    (re.compile(r"([①-⑳])"), ("①", "②")),
)
"""How a list numbers what it lists, and the first two of them; the last before folding makes plain figures of them."""
_PLATE = re.compile(r"[\u4e00-\u9fff][A-Z][·.]?[A-Z0-9]{5,6}(?![A-Z0-9])")
_FIRMS = re.compile(r"(?:公司|合作社|厂)(?:[（(][^()（）]*[)）])?\s*[、，,;；/\n].{2,40}(?:公司|合作社|厂|集团)(?:[（(][^()（）]*[)）])?$")
"""Two firms; who works with whom (甲公司与乙公司合作项目) is one project."""
_PERSONS = re.compile(rf"等共?{_N}[多余]?[人名户位]|(?<!\d)(?:[2-9]|[1-9]\d+)[多余]?[人名户位]次?$|^[\u4e00-\u9fff]{{2,4}}(?:[、,;/和及与\n]+[\u4e00-\u9fff]{{2,4}})+等?$")
"""Names one after another, or how many there are; 张 三 is one, and so is 阿里·买买提."""
_BRANCHES = re.compile(r"(?:支部|党小组|总支|党委)(?:[（(][^()（）]*[)）])?\s*[、，,;；/\n].{2,40}(?:支部|党小组|总支|党委)(?:[（(][^()（）]*[)）])?$")
_SILENT = re.compile(r"(?:群众|村民|大家|与会人员)?[暂均都皆]?(?:无|没有|未提出?)(?:任何|其他)?(?:意见|建议|问题|诉求|反映|[和与、及或])+")
"""Nothing was said, in more words than 无."""
_LISTED = re.compile(r"(?<!\d)\d{3,20}号?[、,;/和及与]+[^\d、,;]{0,12}(?:\(\d{4}\)[^\d、,;]{0,8})?\d{2,}|号.{0,20}\d.{0,8}号")
_RANGE = re.compile(r"(?<!\d)(\d{3,20})号?([-—–~～至]+)第?(\d{2,20})(?!\d)")


def lists_several(text: str, *, numbers: bool = False) -> bool:
    """Whether a text speaks of more than one. ``numbers``: it should be the number of a document."""
    said = fold_anew(text[:_LOOKED_AT])
    found = [(pattern, firsts, text[:_LOOKED_AT] if "①" in firsts else said) for pattern, firsts in _MARKS]
    if any(set(firsts) <= set(pattern.findall(where)) for pattern, firsts, where in found) or _TOLD.search(said) or _FIRMS.search(text.strip()) or _BRANCHES.search(text.strip()) or len(set(_PLATE.findall(said))) > 1:
        return True
    return numbers and (_LISTED.search(said) is not None or any(_spans(match) for match in _RANGE.finditer(said)))


_KNOWN = 50_000
"""Different values that are remembered at once."""
_LOOKED_AT = 4000
"""Characters of a text; who writes more has listed something before."""


def _spans(match: re.Match[str]) -> bool:
    """06010—06012 is three numbers; 2020-0601 is one, of a year."""
    first, dash, last = match.groups()
    if re.fullmatch(r"20\d\d", first) and "至" not in dash:
        return False
    if len(first) == len(last):
        return first < last
    return "-" not in dash and len(last) < len(first) and first[-len(last):] < last


def rows_of_several(table: Table, rows: Sequence[Row], fates: Fates, report: Report) -> frozenset[int]:
    """Rows that may stand for more than one record: what counts rows cannot count them (M24). Nothing of the text is repeated."""
    found: set[int] = set()
    for path, mapped in table.layout.columns.items():
        if not mapped.column.single and not mapped.column.one_person:
            continue
        name, numbers, document = path.rpartition(SEPARATOR)[2], path.endswith("号"), path.endswith("书号")
        known: dict[CellValue, tuple[str, str, str] | None] = {}
        for row in rows:
            value = table.found.grid.at(*table.body.fill.get((row.index, mapped.index), (row.index, mapped.index)))
            if value not in known:
                if len(known) > _KNOWN:
                    known.clear()
                known[value] = _no_one_person(value) if mapped.column.one_person else _no_single_one(value, numbers=numbers, document=document)
            if (why := known[value]) is None or row.index in found:
                continue
            found.add(row.index)
            if table.found.grid.at(row.index, mapped.index) is not None:
                fates.refuse((row.index, mapped.index))
            code, said, want = why
            report(Issue(code, Action.REFUSE_CELL, f"{table.place(row.index, mapped.index)} {name}{said}。",
                         table.found.grid.name, table.cell(row.index, mapped.index), "空白" if value is None else HIDDEN, want))  # fmt: skip
    return frozenset(found)


def _no_one_person(value: CellValue) -> tuple[str, str, str] | None:
    """As below, of a name."""
    said = "\n".join(filter(None, (re.sub(r"\([^()]*\)", "", fold_anew(line)) for line in shown(value)[:_LOOKED_AT].splitlines())))
    return ("M24", "一格写了几个人，分不清应计几人，请每人填一行后重报", "每行一人") if _PERSONS.search(said) else None


def _no_single_one(value: CellValue, *, numbers: bool, document: bool) -> tuple[str, str, str] | None:
    """(code, what is wrong, what was wanted) of a cell that should speak of one. ``numbers``: it is a number, and a blank is honest; ``document``: of a document, so that words alone are none."""
    text = fold(shown(value))
    if text in NOTHING_WORDS or _SILENT.fullmatch(text):
        return None if numbers else ("E-BLANK", "空白或填“无”，分不清本行是否一条记录，请补填，没有的请删去本行", "每行一项")
    if lists_several(shown(value), numbers=numbers):
        return "M24", "一格写了几项，分不清应计几项，请每项填一行后重报", "每行一项"
    if document and not any(sign.isdigit() or sign in "一二三四五六七八九十〇" for sign in text):
        return "E-WORD", "没有号码，分不清是否已经处罚，已处罚请填文号，没有的请留空", "文号"
    return None
