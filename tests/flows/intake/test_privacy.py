"""A slipped column puts names and numbers into any cell of a ledger; none of them gets past the reader (privacy.md)."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
import xlsxwriter

from tests.flows.intake.sheets import NAMES, head, merges, page, read, small_town, village_rows, xlsx

NAME, IDENTITY, PHONE, ACCOUNT = "欧阳试验", "98011219500101001X", "13800138000", "6217001234567890123"
GROUPED = ("138-0013-8000", "138.0013.8000", "0731-83216543", "6217-0012-3456-7890-123", "980112-19501010-101X")
SLIPPED = (NAME, IDENTITY, PHONE, int(PHONE), ACCOUNT, f"{NAME}（{PHONE}）", *GROUPED)
LEDGERS = ["F01 花名册", "F02 台账", "F04 台账", "F05 进度表", "F07 进度表", "F08 台账", "F10 台账", "F13 花名册", "F14 台账", "F15 发放表",
           "F17 交通补贴花名册", "F17 培训花名册", "F20 台账"]  # fmt: skip
"""Not F06: its names of enterprises are printed in the report."""


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return small_town(tmp_path_factory.mktemp("town"))


def record(sheet, number):
    words = {"serial": number + 1, "village": NAMES[number], "date": datetime(2020, 6, 5), "month": "2020-05", "identity": IDENTITY}
    return [
        words[c.type] if c.type in words else 2 if c.numeric else c.values[0].rstrip("*") if c.values else NAME + IDENTITY if c.drop else "某某公司"
        for c in sheet.columns
    ]  # fmt: skip


@pytest.mark.parametrize("ledger", LEDGERS)
def test_nobody_is_named_by_what_slipped_into_another_column(town, ledger):
    form, name = ledger.split()
    sheet = town.forms[form].sheet(name)
    top, areas = head(town, form, name, 2020, 6), merges(town, form, name, 3)
    for column in range(len(sheet.columns)):
        for value in SLIPPED:
            body = [record(sheet, number) for number in range(3)]
            body[1][column] = value
            said = repr(read(xlsx({name: top + body}, {name: areas}), town))
            assert not [person for person in (NAME, IDENTITY, PHONE, ACCOUNT, *GROUPED) if person in said], (sheet.columns[column].path, value)


@pytest.mark.parametrize("slipped", [*GROUPED, "覃莉莎", "12（黄建国）", "高志远家因病住院", f"联系人覃莉莎{PHONE}", "麓溪村黄家湾3组15号"])
@pytest.mark.parametrize("column", ["农村低保 > 户数", "农村低保 > 本月退出 > 户"])
def test_a_person_in_the_place_of_a_figure_is_not_repeated(town, slipped, column):
    submission = read(page(town, "F12", "月报", village_rows(town, "F12", "月报", {column: [1, slipped, 3]})), town)
    assert [(i.code, i.found) for i in submission.issues if i.cell and i.code == "M24"] == [("M24", "（不显示）")] and slipped not in repr(submission)


@pytest.mark.parametrize("written", ["约5", "无数", "见附件", "十二户左右", "12.5.6", "480余条", "任务数30", "金额12万", "高血压3人"])
def test_words_that_name_nobody_are_repeated(town, written):
    submission = read(page(town, "F12", "月报", village_rows(town, "F12", "月报", {"农村低保 > 户数": [1, written, 3]})), town)
    assert written in [i.found for i in submission.issues]


@pytest.mark.parametrize("number", [PHONE, IDENTITY, "138-0013-8000"])
@pytest.mark.parametrize(("form", "sheet"), [("F01", "月报"), ("F03", "月报"), ("F09", "月报")])
def test_no_number_of_a_person_stands_in_a_title_a_label_or_a_unit(town, form, sheet, number):
    declared = town.forms[form].sheet(sheet)
    labels = [m.label for m in declared.row_measures] or ["甲处", "乙处", "丙处"]
    for place in ("title", *(c.path for c in declared.columns if not c.numeric and c.type != "serial")):
        top = head(town, form, sheet, 2020, 6)
        body = [[label if c.path == declared.label else "万元" if c.path == declared.unit_column else n if c.type == "serial" else 7 if c.numeric else None for c in declared.columns]
                for n, label in enumerate(labels, 1)]  # fmt: skip
        if place == "title":
            top[0][0] += number
        else:
            at = [c.path for c in declared.columns].index(place)
            body[0][at] = f"{body[0][at] or ''}{number}"
        assert number not in repr(read(xlsx({sheet: top + body}, {sheet: merges(town, form, sheet, 3)}), town)), place


@pytest.mark.parametrize("slipped", ["黄建国", f"联系{PHONE}"])
def test_what_slipped_beside_the_figures_of_a_row_is_not_repeated(town, slipped):
    sheet = town.forms["F03"].sheet("月报")
    at = {c.role: n for n, c in enumerate(sheet.columns) if c.role}
    row = [None if c.numeric else "规模工业增加值增速" if c.path == sheet.label else "%" if c.path == sheet.unit_column else None for c in sheet.columns]
    row[at["flow_month"]] = slipped
    submission = read(page(town, "F03", "月报", [row]), town)
    assert [i.found for i in submission.issues if i.code == "M14" and i.cell] == ["（不显示）"] and slipped not in repr(submission)


def test_what_is_partly_struck_or_comes_from_another_file_is_not_repeated(town):
    rows = head(town, "F16", "月报", 2020, 6) + village_rows(town, "F16", "月报", {})
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, struck = book.add_worksheet("月报"), book.add_format({"font_strikeout": True})
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is not None:
                    sheet.write(r, c, value)
        for top, left, bottom, right in merges(town, "F16", "月报", 3):
            sheet.merge_range(top - 1, left - 1, bottom - 1, right - 1, rows[top - 1][left - 1])
        sheet.write_rich_string("C5", struck, "黄", "建国")
        sheet.write_formula("D6", "='[民政.xlsx]名单'!B2", None, "高建国")
    submission = read(out.getvalue(), town)
    assert {(i.code, i.cell) for i in submission.issues if i.found == "（不显示）"} >= {("M38", "C5"), ("M11", "D6")} and "建国" not in repr(submission)
