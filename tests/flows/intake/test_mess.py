"""The rest of the mess catalogue (forms.md §9), one story each: the figure right or absent, and the cell said."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from catalog.issues import Action
from catalog.observations import Status
from flows.intake.names import hints
from tests.flows.intake.sheets import codes, head, loud, merges, page, read, reading, small_town, values, village_rows, xlsx

F19 = ("F19", "月报")
F13 = ("F13", "花名册")
PATROL = "巡违控违（户）"
MEASURE = "illegal_build_patrol_hh"


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def f19(town, patrols=(4, 5, 6), **more):
    return village_rows(town, *F19, {PATROL: patrols}, **more)


def changed(data: bytes, sheet: str, change) -> bytes:
    book = load_workbook(io.BytesIO(data))
    change(book[sheet])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def said(submission, code):
    return [i for i in submission.issues if i.code == code]


def people(town, rows):
    columns = [c.path for c in town.forms["F13"].sheet("花名册").columns]
    body = []
    for number, row in enumerate(rows, 1):
        full = {"序号": number, "村（社区）": "岚峰村", "低保证号": f"低保{number:03d}", "保障类别": "A", **row}
        body.append([full.get(path) for path in columns])
    return page(town, *F13, body)


FIRST, SECOND = "980112195803071015", "980112196001011017"


def test_m01_the_words_of_a_file_s_name_rank_it():
    names = ("6月终稿.xlsx", "6月更正.xlsx", "最终版(不改了).xlsx", "6月修改版.xlsx", "6月.xlsx", "6月(1).xlsx", "副本 6月.xlsx")
    assert [hints(f"控违办/{name}", ["控违办"]).rank for name in names] == [2, 2, 2, 1, 0, 0, -1]


@pytest.mark.parametrize("folder", ["社会事务办（民政）", "社会事务办(民政)", "社会事务办（民政)"])
def test_a_department_with_brackets_in_its_name_has_its_folder(folder):
    assert hints(f"2020年/06月/{folder}/月报.xlsx", ["社会事务办（民政）", "残联"]).department == "社会事务办（民政）"


def test_m04_a_lying_extension_is_read_by_content(town):
    submission = read(page(town, *F19, f19(town)), town, "2020年/06月/控违办/拆违控违（2020年6月）.xls")
    assert values(submission, MEASURE)["石湾村"] == "6" and [i.action for i in said(submission, "M04")] == [Action.FIX]


def test_m06_a_protected_sheet_is_read_without_a_word(town):
    def protect(sheet):
        sheet.protection.sheet = True

    submission = read(changed(page(town, *F19, f19(town)), "月报", protect), town)
    assert values(submission, MEASURE)["石湾村"] == "6" and loud(submission) == []


@pytest.mark.parametrize("declared", ["<meta charset=gb2312>", ""])
def test_m07_a_system_export_in_gbk_is_read(town, declared):
    rows = head(town, *F19, 2020, 6)
    columns = [c.path.replace(" > ", "") for c in town.forms["F19"].sheet("月报").columns]
    top = "".join(f"<td rowspan=2>{v}</td>" if not rows[3][i] else f"<td>{v or rows[2][i - 1] or rows[2][i - 2]}</td>" for i, v in enumerate(rows[2]))
    low = "".join(f"<td>{v}</td>" for v in rows[3] if v)
    body = "".join("<tr>" + "".join(f"<td>{'' if v is None else v}</td>" for v in row) + "</tr>" for row in f19(town))
    html = f"<html>{declared}<table><tr><td colspan={len(columns)}>{rows[0][0]}</td></tr><tr>{top}</tr><tr>{low}</tr>{body}</table></html>"
    submission = read(html.encode("gb18030"), town, "2020年/06月/控违办/拆违控违（2020年6月）.xls")
    assert values(submission, MEASURE) == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"} and "M07" in codes(submission)


def test_m09_another_department_s_folder_and_a_nameless_file_are_said(town):
    submission = read(page(town, *F19, f19(town)), town, "2020年/06月/残联/新建 Microsoft Excel 工作表.xlsx")
    assert submission.department == "控违办" and len(said(submission, "M09")) == 2


def test_m10_a_sheet_per_month_is_chosen_by_the_path_and_other_sheets_are_left(town):
    june, may = head(town, *F19, 2020, 6) + f19(town), head(town, *F19, 2020, 5) + f19(town, patrols=(1, 1, 1))
    areas = merges(town, *F19, 3)
    data = xlsx({"5月": may, "6月": june, "草稿": [["随手记", 3]]}, {"5月": areas, "6月": areas})
    submission = read(data, town)
    assert values(submission, MEASURE)["石湾村"] == "6" and submission.period == "2020-06"
    assert {i.sheet for i in said(submission, "M10")} == {"5月", "草稿"}
    assert submission.cells_read == submission.cells_used + submission.cells_ignored


def test_m10_a_hidden_sheet_is_read_and_said(town):
    def hide(book_sheet):
        book_sheet.parent.create_sheet("空")
        book_sheet.sheet_state = "hidden"

    submission = read(changed(page(town, *F19, f19(town)), "月报", hide), town)
    assert values(submission, MEASURE)["石湾村"] == "6" and any("隐藏" in i.message for i in said(submission, "M10"))


def test_m10_a_hidden_old_copy_beside_the_sheet_is_left(town):
    old, rows = head(town, *F19, 2020, 6) + f19(town, patrols=(1, 1, 1)), head(town, *F19, 2020, 6) + f19(town)
    areas = merges(town, *F19, 3)
    data = changed(xlsx({"旧": old, "月报": rows}, {"旧": areas, "月报": areas}), "旧", lambda sheet: setattr(sheet, "sheet_state", "hidden"))
    submission = read(data, town)
    assert values(submission, MEASURE)["石湾村"] == "6" and [i.sheet for i in said(submission, "M10")] == ["旧"]
    both = read(xlsx({"旧": old, "月报": rows}, {"旧": areas, "月报": areas}), town)
    assert both.refused and [i.message for i in said(both, "M10")] == ["工作表旧、月报都像《控违拆违及卫片整改月报表》，请只保留一张。"]


def test_m11_a_day_or_a_word_that_is_a_formula_without_a_value_is_no_blank(town):
    columns = [c.path for c in town.forms["F14"].sheet("台账").columns]
    row = {"救助类别": "临时救助", "村（社区）": "岚峰村", "身份证号": FIRST, "发放日期": "=B1", "救助金额（元）": 500, "人次": 1}
    submission = read(page(town, "F14", "台账", [[row.get(path) for path in columns]]), town)
    assert reading(submission, "temp_relief_amt", "禾麓镇").status is Status.REFUSED and [i.cell for i in said(submission, "M11")] == ["I4"]


@pytest.mark.parametrize(("form", "sheet", "depth"), [("F14", "台账", 1), ("F19", "月报", 2), ("F12", "月报", 3)])
def test_m13_a_heading_has_one_row_or_several(town, form, sheet, depth):
    rows = head(town, form, sheet, 2020, 6)
    submission = read(xlsx({sheet: rows}, {sheet: merges(town, form, sheet, 3)}), town)
    assert len(rows) == 2 + depth and not submission.refused and submission.form == form


def test_m15_a_hidden_column_is_read_and_said(town):
    def hide(sheet):
        sheet.column_dimensions["C"].hidden = True

    submission = read(changed(page(town, *F19, f19(town)), "月报", hide), town)
    assert values(submission, MEASURE)["石湾村"] == "6" and ["隐藏列" in i.message for i in said(submission, "M15")] == [True]


def test_m18_a_merged_cell_fills_its_own_range_and_never_beyond(town):
    columns = [c.path for c in town.forms["F14"].sheet("台账").columns]

    def payment(number, village, amount):
        row = {"序号": number, "救助类别": "临时救助", "村": village, "身份证号": f"98011219580307{number:04d}", "发放日期": datetime(2020, 6, number),
               "救助金额（元）": amount, "人次": 1}  # fmt: skip
        return [row.get(p, row.get(p.split("（")[0])) for p in columns]

    rows = [*head(town, "F14", "台账", 2020, 6), payment(1, "岚峰村", 100), payment(2, None, 200), payment(3, None, 300)]
    at = next(i for i, c in enumerate(town.forms["F14"].sheet("台账").columns, 1) if c.type == "village")
    submission = read(xlsx({"台账": rows}, {"台账": [(4, at, 5, at)]}), town)
    units = [e.unit_code for e in submission.entries if e.indicator == "temp_relief_amt"]
    assert units == ["980112104200", "980112104200", ""]


def test_m23_a_value_merged_over_two_villages_is_not_given_to_both(town):
    submission = read(changed(page(town, *F19, f19(town)), "月报", lambda s: s.merge_cells("C5:C6")), town)
    assert values(submission, MEASURE)["麓溪村"] is None


def test_m32_a_card_number_in_a_numeric_cell_is_said_and_not_shown(town):
    submission = read(people(town, [{"身份证号": FIRST, "银行账号": 6217001234567890}]), town)
    assert [(i.found, i.action) for i in said(submission, "M32")] == [("（不显示）", Action.WARN)]


def test_m34_a_number_stored_as_text_is_a_number(town):
    submission = read(page(town, *F19, f19(town, patrols=("4", "5", "6"))), town)
    assert values(submission, MEASURE) == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"} and loud(submission) == []


def test_m33_a_total_that_is_an_error_or_stops_short_is_said_and_the_rows_count(town):
    def total(formula, value, kind="n"):
        from xlsxwriter import Workbook

        out = io.BytesIO()
        rows = head(town, *F19, 2020, 6) + f19(town)
        with Workbook(out, {"in_memory": True}) as book:
            sheet = book.add_worksheet("月报")
            for r, row in enumerate(rows):
                sheet.write_row(r, 0, row)
            for top, left, bottom, right in merges(town, *F19, 3):
                sheet.merge_range(top - 1, left - 1, bottom - 1, right - 1, rows[top - 1][left - 1])
            sheet.write("B8", "合计")
            sheet.write_formula("C8", formula, None, value)
        return read(out.getvalue(), town)

    broken, short, whole = total("=1/0", "#DIV/0!"), total("=SUM(C5:C6)", 9), total("=SUM(C5:C7)", 15)
    assert [(i.code, i.cell, i.found, i.action) for i in loud(broken)] == [("M33", "C8", "#DIV/0!", Action.WARN)]
    assert [(i.code, i.cell, i.expected, i.action) for i in loud(short)] == [("M33", "C8", "=SUM(C5:C7)", Action.WARN)]
    assert loud(whole) == [] and values(broken, MEASURE) == values(short, MEASURE) == values(whole, MEASURE) == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}


def test_m35_a_negative_figure_in_a_table_is_refused(town):
    submission = read(page(town, *F19, f19(town, patrols=(4, -5, 6))), town)
    assert reading(submission, MEASURE, "麓溪村").status is Status.REFUSED and [(i.code, i.cell) for i in loud(submission)] == [("M35", "C6")]


def test_m26_the_same_as_above_is_no_code(town):
    columns = [c.path for c in town.forms["F05"].sheet("进度表").columns]
    project = {"项目代码": "A1", "项目名称": "甲", "计划总投资（万元）": 600, "入统状态": "已入库", "入库日期": datetime(2020, 6, 9)}
    body = [[row.get(path) for path in columns] for row in (project, {**project, "项目代码": "同上", "项目名称": "乙"})]
    submission = read(page(town, "F05", "进度表", body), town)
    assert reading(submission, "fai_new_project_cnt", "禾麓镇").status is Status.REFUSED
    assert [(i.code, i.cell, i.action) for i in loud(submission)] == [("M26", "B5", Action.REFUSE_CELL)]


def test_m36_the_noise_of_binary_fractions_is_rounded_off(town):
    submission = read(page(town, "F12", "月报", village_rows(town, "F12", "月报", {"农村低保 > 发放金额 > 本月": (63.360000000000007, 1, 2)})), town)
    assert values(submission, "dibao_amt")["岚峰村"] == "63.36"


def test_m37_a_comment_that_may_qualify_a_figure_is_said(town):
    def comment(sheet):
        sheet["C5"].comment = Comment("此数未含双江口村", "某")

    submission = read(changed(page(town, *F19, f19(town)), "月报", comment), town)
    assert [(i.code, i.cell, i.found) for i in loud(submission)] == [("M37", "C5", "4")]
    assert "双江口" not in repr(submission)


def test_m38_a_row_struck_through_has_left(town):
    def strike(sheet):
        for cell in sheet[5]:
            cell.font = Font(strike=True)

    data = people(town, [{"身份证号": FIRST}, {"身份证号": SECOND}])
    assert values(read(data, town), "dibao_persons_ledger") == {"禾麓镇": "2"}
    submission = read(changed(data, "花名册", strike), town)
    assert values(submission, "dibao_persons_ledger") == {"禾麓镇": "1"}
    assert [(i.code, i.cell, i.found) for i in loud(submission)] == [("M38", "A5", "第5行")]


def test_m38_a_colour_alone_is_asked_about_and_changes_nothing(town):
    def paint(sheet):
        for cell in sheet[5]:
            cell.fill = PatternFill("solid", fgColor="FFBFBFBF")

    data = people(town, [{"身份证号": FIRST}, {"身份证号": SECOND}, {"身份证号": "98011219700101101X"}])
    submission = read(changed(data, "花名册", paint), town)
    assert values(submission, "dibao_persons_ledger") == {"禾麓镇": "3"}
    assert [(i.code, i.cell) for i in loud(submission) if i.code == "M38"] == [("M38", "A5")]


def test_m38_a_figure_of_which_a_part_is_struck_is_refused(town):
    from xlsxwriter import Workbook

    rows = head(town, *F19, 2020, 6) + f19(town)
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("月报")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is not None:
                    sheet.write(r, c, value)
        for top, left, bottom, right in merges(town, *F19, 3):
            sheet.merge_range(top - 1, left - 1, bottom - 1, right - 1, rows[top - 1][left - 1])
        sheet.write_rich_string("C5", book.add_format({"font_strikeout": True}), "1", "4")
    submission = read(out.getvalue(), town)
    assert reading(submission, MEASURE, "岚峰村").status is Status.REFUSED and [i.cell for i in said(submission, "M38")] == ["C5"]


def test_m39_one_person_twice_is_counted_once_and_the_rows_are_named(town):
    submission = read(people(town, [{"身份证号": FIRST}, {"身份证号": SECOND}, {"身份证号": FIRST}]), town)
    assert values(submission, "dibao_persons_ledger") == {"禾麓镇": "2"}
    assert [(i.cell, i.found) for i in said(submission, "M39")] == [("G6", "第4、6行")] and FIRST not in repr(submission)


@pytest.mark.parametrize("word", ["已死亡", "停发", "迁出到外地"])
def test_m40_a_status_in_the_remarks_is_said_and_removes_nobody(town, word):
    submission = read(people(town, [{"身份证号": FIRST, "备注": word}]), town)
    assert values(submission, "dibao_persons_ledger") == {"禾麓镇": "1"} and len(said(submission, "M40")) == 1


def test_m41_line_breaks_spaces_and_brackets_in_headings_do_not_matter(town):
    rows = head(town, *F19, 2020, 6)
    rows[2][1], rows[2][2], rows[2][0] = "村\n( 社 区 )", " 巡违\r\n控违 (户)", "序　号"
    submission = read(xlsx({"月报": rows + f19(town)}, {"月报": merges(town, *F19, 3)}), town)
    assert values(submission, MEASURE) == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"} and loud(submission) == []


def test_m43_the_rounding_of_ten_thousands_is_no_difference(town):
    rows = head(town, "F12", "月报", 2020, 6)
    at = [c.path for c in town.forms["F12"].sheet("月报").columns].index("特困供养 > 供养金额 > 本月")
    rows[3][at] = "供养金额（万元）"
    body = village_rows(town, "F12", "月报", {"特困供养 > 供养金额 > 本月": (0.64, 0.84, 1.24)})
    total = [None] * len(body[0])
    total[0], total[at] = "合计", 2.7
    data = xlsx({"月报": [*rows, *body, total]}, {"月报": merges(town, "F12", "月报", 3)})
    assert said(read(data, town), "M44") == []
    total[at] = 3.9
    assert [i.expected for i in said(read(xlsx({"月报": [*rows, *body, total]}, {"月报": merges(town, "F12", "月报", 3)}), town), "M44")] == ["2.72"]


def test_m44_a_typed_total_that_differs_is_said_and_the_rows_win(town):
    submission = read(page(town, *F19, [*f19(town), ["合计", None, 99]]), town)
    assert values(submission, MEASURE) == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}
    assert [(i.cell, i.found, i.expected, i.action) for i in said(submission, "M44")] == [("C8", "99", "15", Action.WARN)]


def test_sixty_five_columns_and_columns_in_another_order(town):
    rows = [list(row) for row in head(town, *F19, 2020, 6) + f19(town)]
    for row in rows[2:]:
        row.insert(2, row.pop(10) if len(row) > 10 else None)
        row.extend([None] * 53)
    rows[3] = rows[3][:65]
    for index in range(13, 65):
        rows[2][index] = f"其他{index}"
    submission = read(xlsx({"月报": rows}, {"月报": [(a, b + (2 < b <= 10), c, d + (2 < d <= 10)) for a, b, c, d in merges(town, *F19, 3)]}), town)
    assert values(submission, MEASURE)["石湾村"] == "6" and not submission.refused
    assert len(said(submission, "M14")) >= 50


def test_m25_a_pair_that_contradicts_the_column_beside_it_is_refused(town):
    submission = read(page(town, "F12", "月报", village_rows(town, "F12", "月报", {"农村低保 > 户数": ["12户/35人", 20, 30], "农村低保 > 人数": [41, 40, 60]})), town)
    assert reading(submission, "dibao_hh", "岚峰村").status is Status.REFUSED
    assert values(submission, "dibao_persons")["岚峰村"] == "41"


def test_m27_a_row_without_its_unit_is_refused(town):
    body = [[1, "税收入库", None, 8600, 937.6, 4618.6, 4385, 5.3], [2, "一般公共预算收入", "万元", None, 571.9, 2817.3, 2674.8, 5.3]]
    submission = read(page(town, "F03", "月报", body), town)
    assert reading(submission, "tax_collected", "禾麓镇").status is Status.REFUSED
    assert {i.cell for i in said(submission, "M27")} == {"D5", "E5", "F5", "G5"}
    assert values(submission, "tax_collected_yoy_pct") == {"禾麓镇": "5.3"}


TAXES = [[1, "税收入库", "万元", 8600, 937.6, 4618.6, 4385, 5.3], [2, "#增值税", "万元", None, 431.3, 2124.6, 2017.1, 5.3],
         [3, "一般公共预算收入", "万元", None, 571.9, 2817.3, 2674.8, 5.3]]  # fmt: skip
LOCAL = [4, "#增值税", "万元", None, 300, 1500, 1400, 7.1]


def tax_rows(town, *rows):
    return read(page(town, "F03", "月报", [list(row) for row in rows]), town)


@pytest.mark.parametrize("local", [LOCAL, [4, "其中：增值税", *LOCAL[2:]], [4, "增值税", *LOCAL[2:]]])
def test_m20_a_part_below_another_whole_is_another_figure(town, local):
    submission = tax_rows(town, TAXES[0], TAXES[2], local)
    assert values(submission, "tax_vat") == {"禾麓镇": None}
    assert [(i.cell, i.action) for i in loud(submission) if "增值税" in i.message] == [("B7", Action.REFUSE_CELL)]
    both = tax_rows(town, *TAXES, local)
    assert values(both, "tax_vat") == {"禾麓镇": "4313000"} and not both.refused
    assert [(i.cell, i.action) for i in loud(both) if "增值税" in i.message] == [("B8", Action.WARN)]


@pytest.mark.parametrize(("rate", "held"), [(0.042, True), (0.0419, True), (0.04, True), ("0.042", True), (0.3, False), (-0.4, False), (4.4, False), ("0.04%", False), (0, False)])
def test_m29_a_rate_that_nothing_checks_is_held_when_it_looks_like_a_fraction(town, rate, held):
    submission = tax_rows(town, *TAXES, [4, "规模工业增加值增速", "%", None, None, None, None, rate])
    (told,) = [r for r in submission.readings if r.measure == "ind_added_value_yoy_pct"]
    assert told.held is held and [i.cell for i in loud(submission) if i.action is Action.REFUSE_CELL] == ["H8"] * held


def test_m29_a_rate_shown_as_percent_says_what_it_is(town):
    rows = head(town, "F03", "月报", 2020, 6) + [list(row) for row in TAXES] + [[4, "规模工业增加值增速", "%", None, None, None, None, 0.00042]]
    book = load_workbook(io.BytesIO(xlsx({"月报": rows}, {"月报": merges(town, "F03", "月报", 3)})))
    book["月报"]["H8"].number_format = "0.000%"
    out = io.BytesIO()
    book.save(out)
    assert not any(r.held for r in read(out.getvalue(), town).readings)


def test_m18_a_unit_merged_down_the_rows_is_the_unit_of_each(town):
    rows = head(town, "F03", "月报", 2020, 6) + [[*row[:2], row[2] if n == 0 else None, *row[3:]] for n, row in enumerate(TAXES)]
    submission = read(xlsx({"月报": rows}, {"月报": [*merges(town, "F03", "月报", 3), (5, 3, 7, 3)]}), town)
    assert values(submission, "budget_revenue") == {"禾麓镇": "5719000"} and not said(submission, "M27")


def test_a_note_that_the_table_ends_with_its_own_month_asks_for_nothing(tmp_path: Path) -> None:
    catalogue = small_town(tmp_path)
    body = village_rows(catalogue, "F19", "月报", {})
    for note, asked in (("注：本表数据截至6月30日", False), ("注：数据截至2020年6月底。", False), ("注：本表数据截至6月20日", True), ("注：本表数据截至5月31日", True)):
        submission = read(page(catalogue, "F19", "月报", [*body, [note]]), catalogue)
        assert ("M37" in codes(submission)) is asked, note
