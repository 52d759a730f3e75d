"""What clerks do to a form without meaning harm, and what once became a wrong figure nobody was told of."""

from __future__ import annotations

import io
import time
from datetime import datetime
from decimal import Decimal

import pytest
import xlsxwriter
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font

from catalog.forms import Column
from catalog.issues import Action
from catalog.observations import Status
from catalog.periods import Month
from flows.intake.days import day
from flows.intake.numerals import number
from tests.flows.intake.sheets import codes, head, loud, merges, read, reading, small_town, values, village_rows, xlsx

MONTH = "农村低保 > 发放金额 > 本月"


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def form(town, form_id, sheet, body, tail=(), change=None):
    rows = head(town, form_id, sheet, 2020, 6) + body + list(tail)
    if change:
        change(rows)
    return xlsx({sheet: rows}, {sheet: merges(town, form_id, sheet, 3)})


def relief(town, line, tail=()):
    """F12 with this second row."""
    return form(town, "F12", "月报", village_rows(town, "F12", "月报", {MONTH: (1, 2, 3)}), tail, lambda rows: rows.__setitem__(1, line))


def ledger(town, form_id, sheet, rows, tail=(), change=None):
    columns = [c.path for c in town.forms[form_id].sheet(sheet).columns]
    return form(town, form_id, sheet, [[{"序号": n, **row}.get(p) for p in columns] for n, row in enumerate(rows, 1)], tail, change)


# --- units -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [
    "单位：户、人、万元", "单位：户、人、万元  表号：民统02表", "单位：户、人、万元（保留两位小数）", "单位：户、人；金额：万元", "单位：人民币万元",
])  # fmt: skip
def test_m27_a_unit_line_in_one_cell_with_the_reporting_unit_counts(town, said):
    submission = read(relief(town, [f"填报单位：社会事务办（公章）  填报时间：2020年6月28日  {said}"]), town)
    assert values(submission, "dibao_amt") == {"岚峰村": "10000", "麓溪村": "20000", "石湾村": "30000"}


def test_m27_the_measuring_unit_is_found_beside_a_department_that_calls_itself_unit(town):
    submission = read(relief(town, ["单位：社会事务办", None, "填报时间：2020年6月28日", None, "单位：户、人、万元"]), town)
    assert values(submission, "dibao_amt")["石湾村"] == "30000"


@pytest.mark.parametrize(("line", "tail"), [
    (["填报单位：社会事务办  单位：元、万元"], ()), (["填报单位：社会事务办  单位：户、人、萬元"], ()), (["填报单位：社会事务办", "单位：", "万元"], ()),
    (["填报单位：社会事务办", "以万元为单位"], ()), (["填报单位：社会事务办"], [["注：金额单位为万元。"]]),
])  # fmt: skip
def test_m27_a_unit_said_in_another_way_refuses_the_sheet(town, line, tail):
    submission = read(relief(town, line, tail), town)
    assert submission.refused and [i.code for i in loud(submission)] == ["M27"]


def demolished(town, *, line="户、处、平方米、个", heading="面积（㎡）", foot=""):
    def change(rows):
        rows[1] = [f"填报单位：控违办  填报时间：2020年6月28日  单位：{line}"]
        rows[3] = [heading if word == "面积（㎡）" else word for word in rows[3]]

    return read(form(town, "F19", "月报", village_rows(town, "F19", "月报", {"拆除违建 > 面积（㎡）": (1, 2, 3)}), [[foot]], change), town)


@pytest.mark.parametrize("said", [
    {"heading": "面积", "foot": "注：拆除面积以亩计。"}, {"heading": "面积", "foot": "注：拆除面积单位为亩。"}, {"foot": "注：拆除面积以亩计。"}, {"foot": "拆除面积单位：公顷"},
    {"line": "户、处、亩、个"}, {"line": "户、处、万亩、个", "heading": "面积"}, {"foot": "注：户数以百户计"}, {"foot": "注：以上户数单位为百户。"}, {"foot": "说明：户数单位为千户，面积单位为平方米"},
])  # fmt: skip
def test_m27_a_unit_of_another_size_in_a_note_or_beside_the_heading_s_own_refuses_the_sheet(town, said):
    submission = demolished(town, **said)
    assert submission.refused and [i.code for i in loud(submission)] == ["M27"]


@pytest.mark.parametrize(("said", "first"), [
    ({"heading": "面积（亩）"}, "666.67"), ({"heading": "面积", "line": "户、处、公顷、个"}, "10000"), ({"heading": "面积（公顷）", "foot": "注：面积以公顷计"}, "10000"),
    ({"foot": "注：面积以㎡计，涉及耕地3亩。"}, "1"), ({"foot": "注：处数按宗统计"}, "1"), ({"line": "户、处、㎡、个"}, "1"), ({"line": ""}, "1"),
])  # fmt: skip
def test_m27_one_unit_said_anywhere_is_the_unit(town, said, first):
    submission = demolished(town, **said)
    assert values(submission, "illegal_build_demolished_area")["岚峰村"] == first and loud(submission) == []


@pytest.mark.parametrize(("line", "heading"), [("万人、元、万元", "接待人次"), ("万人、元、万元", "接待人次（人次）"), ("千人次、元、万元", "接待人次")])
def test_m27_visitors_in_ten_thousands_of_persons_are_not_read_as_persons(town, line, heading):
    def change(rows):
        rows[1] = [f"填报单位：文旅办  单位：{line}"]
        rows[2] = [heading if word == "接待人次（人次）" else word for word in rows[2]]

    columns = town.forms["F09"].sheet("月报").columns
    submission = read(form(town, "F09", "月报", [[1, "漂流", 2, *[0] * (len(columns) - 4), ""]], (), change), town)
    assert submission.refused and [i.code for i in loud(submission)] == ["M27"]


def test_m27_an_amount_in_a_note_is_no_unit(town):
    submission = read(relief(town, ["填报单位：社会事务办  单位：户、人、元"], [["注：含春节慰问金2.5万元、临时补贴10余万元。"]]), town)
    assert values(submission, "dibao_amt")["石湾村"] == "3"


# --- rows --------------------------------------------------------------------------------------------------

CHECKED = "检查车辆数"


def checks(town, *rows, tail=(), change=None):
    body = [{"日期": datetime(2020, 6, n), "地点（路段）": "国道", CHECKED: 5, "所属公司": "甲公司", "违法行为": "无", **row} for n, row in enumerate(rows, 1)]
    return ledger(town, "F20", "台账", body, tail, change)


def checked(submission):
    return reading(submission, "muck_truck_checked_cnt", "禾麓镇")


@pytest.mark.parametrize("row", [{"地点（路段）": "全镇"}, {"办案人": "经办人：某"}, {"地点（路段）": "本镇", "所属公司": None, "违法行为": None}])
def test_m16_a_record_in_the_whole_town_or_with_an_officer_is_no_total_and_no_footer(town, row):
    submission = read(checks(town, {}, {}, row), town)
    assert checked(submission).value == "15" and loud(submission) == []


@pytest.mark.parametrize("row", [{"日期": None}, {"日期": "无"}, {"日期": "—", "地点（路段）": None, "所属公司": None, "违法行为": None}])
def test_a_record_without_its_day_is_refused_and_does_not_vanish(town, row):
    submission = read(checks(town, {}, {}, row), town)
    assert checked(submission).status is Status.REFUSED
    assert [i.cell[1:] for i in loud(submission)] == ["6"]


def test_a_member_of_a_household_without_the_kind_is_refused_and_does_not_vanish(town):
    row = {"村（社区）": "岚峰村", "低保证号": "低保1", "月保障金额（元）": 300}
    submission = read(ledger(town, "F13", "花名册", [{**row, "保障类别": "A"}, row, {"村（社区）": "岚峰村"}]), town)
    assert reading(submission, "dibao_persons_ledger", "禾麓镇").status is Status.REFUSED
    assert [i.cell for i in loud(submission) if i.code == "E-BLANK"] == ["L5"]


def test_m17_a_record_below_the_total_refuses_the_sheet_be_it_ever_so_short(town):
    submission = read(checks(town, {}, {}, tail=[["合计", None, None, 10], [None, datetime(2020, 6, 9), None, 7]]), town)
    assert submission.refused and codes(submission) == {"M16"}


def spots(town, remark="", between=None, tail=()):
    columns = town.forms["F09"].sheet("月报").columns
    rows = [[n, name, visitors, *[0] * (len(columns) - 4), said] for n, name, visitors, said in ((1, "漂流", 100, ""), (2, "栈道", 50, remark))]
    return form(town, "F09", "月报", rows, tail, lambda rows: between and rows.insert(4, between))


@pytest.mark.parametrize("remark", ["含二次消费合计", "全镇", "上月小计", "转下页", "联系电话：见附件"])
def test_m16_a_remark_makes_no_total_of_a_row(town, remark):
    assert values(read(spots(town, remark), town), "park_visitors") == {"漂流": "100", "栈道": "50"}


@pytest.mark.parametrize("numbers", [["甲", "乙", *range(1, 14)], ["栏次", "—", *range(1, 14)], [*map(str, range(1, 16))], ["A", "B", *(f"({n})" for n in range(1, 14))]])
def test_the_numbers_of_the_columns_are_no_figures(town, numbers):
    submission = read(spots(town, between=numbers), town)
    assert values(submission, "park_visitors") == {"漂流": "100", "栈道": "50"} and loud(submission) == []


@pytest.mark.parametrize("word", ["汇总", "计", "Total"])
def test_m16_other_words_for_a_total(town, word):
    assert values(read(spots(town, tail=[[None, word, 150]]), town), "park_visitors") == {"漂流": "100", "栈道": "50"}


# --- figures -----------------------------------------------------------------------------------------------


def figure(text, unit="元", kind="amount", **more):
    return number(text, Column(path="x", unit=unit, type=kind, role="flow_month", **more))


@pytest.mark.parametrize(("text", "unit", "value"), [("5万", "万元", "5"), ("1.2亿", "万元", "12000"), ("3.2亿", "亿元", "3.2"), ("1.2万", "万人次", "1.2"), ("1.2万", "元", "12000")])
def test_m24_a_scale_word_in_a_column_of_scaled_figures_is_not_applied_twice(text, unit, value):
    assert figure(text, unit).number == Decimal(value)


@pytest.mark.parametrize("text", ["5万", "50000元"])
def test_m24_a_smaller_unit_than_the_column_s_is_refused(text):
    assert figure(text, "亿元").status is Status.REFUSED


@pytest.mark.parametrize("text", ["↓-6.6", "下降-6.6%", "（-6.6）"])
def test_m29_a_fall_with_a_minus_is_refused(text):
    assert figure(text, "%", "percent", negative=True).status is Status.REFUSED


@pytest.mark.parametrize("value", [1e300, 10**40, 10**18, float("nan"), "1" + "0" * 29, "9" * 23])
def test_a_number_beyond_all_counting_is_refused_and_breaks_nothing(value):
    assert figure(value).status is Status.REFUSED
    assert day(value, Month(2020, 6)).status is Status.REFUSED


# --- letters that do not belong to a figure ----------------------------------------------------------------


@pytest.mark.parametrize("rich", [
    CellRichText("4", TextBlock(InlineFont(vertAlign="superscript"), "1")), CellRichText(TextBlock(InlineFont(strike=True), "1"), "4"),
])  # fmt: skip
def test_m38_a_raised_mark_beside_a_figure_is_not_read_into_it(town, rich):
    submission = read(form(town, "F19", "月报", village_rows(town, "F19", "月报", {"巡违控违（户）": (rich, 5, 6)})), town)
    assert reading(submission, "illegal_build_patrol_hh", "岚峰村").status is Status.REFUSED
    assert [(i.code, i.cell) for i in loud(submission)] == [("M38", "C5")]


def test_m38_a_struck_figure_in_a_record_that_stands_is_refused(town):
    book = load_workbook(io.BytesIO(checks(town, {}, {})))
    book["台账"]["D5"].font = Font(strike=True)
    out = io.BytesIO()
    book.save(out)
    submission = read(out.getvalue(), town)
    assert checked(submission).status is Status.REFUSED and [i.cell for i in loud(submission)] == ["D5"]


# --- persons -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [{"C5": "某甲１３８１２３４５６７８"}, {"C5": "某甲980112195803071015"}, {"B8": "某甲13812345678"}, {"M3": "联系人13812345678"}, {"B8": "制表：某甲", "E8": "审核：某甲"}])
def test_a_person_s_number_in_a_table_of_figures_is_repeated_nowhere(town, place):
    book = load_workbook(io.BytesIO(form(town, "F19", "月报", village_rows(town, "F19", "月报", {"巡违控违（户）": (4, 5, 6)}))))
    for cell, words in place.items():
        book["月报"][cell] = words
    out = io.BytesIO()
    book.save(out)
    told = repr(read(out.getvalue(), town))
    assert not any(part in told for part in ("某甲", "13812345678", "１３８１２３４５６７８", "980112195803071015"))


def test_a_name_under_a_heading_nobody_declared_is_not_repeated_with_a_comment(town):
    def guardian(rows):
        rows[2].append("监护人")
        rows[3].append("某甲")

    book = load_workbook(io.BytesIO(ledger(town, "F13", "花名册", [{"村（社区）": "岚峰村", "低保证号": "低保1", "保障类别": "A"}], change=guardian)))
    book["花名册"]["U4"].comment = Comment("已变更", "某")
    out = io.BytesIO()
    book.save(out)
    submission = read(out.getvalue(), town)
    assert "M37" in codes(submission) and "某甲" not in repr(submission)


# --- what a cell shows and what it holds -------------------------------------------------------------------


def patrol(town, change):
    book = load_workbook(io.BytesIO(form(town, "F19", "月报", village_rows(town, "F19", "月报", {"巡违控违（户）": (4, 5, 6)}))))
    change(book["月报"]["C5"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("shape", ['0!.0,"万"', "0.00,", "#,##0,", '0"万户"', 'General"千元"', '0"."0'])
def test_m27_a_number_shown_as_another_one_is_refused(town, shape):
    submission = read(patrol(town, lambda cell: setattr(cell, "number_format", shape)), town)
    assert reading(submission, "illegal_build_patrol_hh", "岚峰村").status is Status.REFUSED
    assert [(i.code, i.cell) for i in loud(submission)] == [("M27", "C5")]


@pytest.mark.parametrize("shape", ["#,##0", "#,##0.00_ ", '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', '0"户"', "¥#,##0;[Red]-¥#,##0", "[DBNum1]0"])
def test_a_number_shown_with_its_unit_or_its_commas_is_read(town, shape):
    submission = read(patrol(town, lambda cell: setattr(cell, "number_format", shape)), town)
    assert values(submission, "illegal_build_patrol_hh")["岚峰村"] == "4" and loud(submission) == []


def test_m11_a_figure_from_another_file_is_said(town):
    out = io.BytesIO()
    rows = head(town, "F19", "月报", 2020, 6) + village_rows(town, "F19", "月报", {"巡违控违（户）": (4, 5, 6)})
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("月报")
        for top, left, bottom, right in merges(town, "F19", "月报", 3):
            sheet.merge_range(top - 1, left - 1, bottom - 1, right - 1, rows[top - 1][left - 1])
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is not None:
                    sheet.write(r, c, value)
        sheet.write_formula("C5", "='[5月.xlsx]月报'!C5", None, 4)
    submission = read(out.getvalue(), town)
    assert values(submission, "illegal_build_patrol_hh")["岚峰村"] == "4"
    assert [(i.code, i.cell) for i in loud(submission)] == [("M11", "C5")]


# --- periods -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", ["上旬", "5日", "1—10日", "第二周"])
def test_m09_ten_days_are_no_month(town, days):
    def title(rows):
        rows[0] = [rows[0][0].replace("6月", f"6月{days}")]

    submission = read(form(town, "F19", "月报", village_rows(town, "F19", "月报", {}), change=title), town)
    assert submission.refused and codes(submission) == {"M09"}


def test_m09_a_heading_of_another_month_s_cumulative_is_said(town):
    def heading(rows):
        rows[4] = ["1—5月累计" if v == "1—本月累计" and n == 9 else v for n, v in enumerate(rows[4])]

    submission = read(form(town, "F12", "月报", village_rows(town, "F12", "月报", {"农村低保 > 人数": (1, 1, 1), MONTH: (1, 2, 3)}), change=heading), town)
    assert [(i.code, i.cell) for i in loud(submission)] == [("M09", "J5")]


# --- figures that contradict each other --------------------------------------------------------------------


def economy(town, *cells, label="固定资产投资", unit="万元"):
    columns = town.forms["F03"].sheet("月报").columns
    row = [1, label, unit, 1000, *cells]
    return read(form(town, "F03", "月报", [row + [None] * (len(columns) - len(row))]), town)


def refused(submission):
    return [(i.code, i.cell) for i in loud(submission) if i.action is Action.REFUSE_CELL]


def test_m24_a_scale_word_counts_against_the_unit_of_its_row(town):
    assert reading(economy(town, "0.05亿", 600), "fai_completed", "禾麓镇").value == "5000000"


def test_m27_a_label_and_a_unit_column_that_differ_are_refused(town):
    submission = economy(town, 5, 600, label="固定资产投资（亿元）")
    assert refused(submission) == [("M27", "D5"), ("M27", "E5"), ("M27", "F5")] and submission.cells_refused == 3


@pytest.mark.parametrize(("rate", "how"), [(0.2, "小数形式"), (1.2, "与上年之比"), (120, "以上年为100的指数"), (2, "少写一位"), (200, "多写一位"), (-20, "正负号写反")])
def test_m29_a_rate_that_is_the_computed_one_otherwise_written_is_held(town, rate, how):
    submission = economy(town, 100, 600, 500, rate)
    assert refused(submission) == [("M29", "H5")] and reading(submission, "fai_completed_yoy_pct", "禾麓镇").held
    assert [f"疑为{how}，按本表计算应填20.0" in issue.message for issue in loud(submission) if issue.cell == "H5"] == [True]


@pytest.mark.parametrize("rate", [19.95, 24, 12, -3, 0])
def test_m29_a_rate_of_the_bureau_s_own_list_counts_and_the_difference_is_shown(town, rate):
    submission = economy(town, 100, 600, 500, rate)
    assert refused(submission) == [] and not reading(submission, "fai_completed_yoy_pct", "禾麓镇").held
    assert [issue.code for issue in loud(submission) if issue.cell == "H5"] == ["M29"] * (abs(rate - 20) > 0.1)


def test_m28_a_month_above_the_year_so_far_is_held(town):
    submission = economy(town, 700, 600)
    assert refused(submission) == [("E-ABOVE", "E5")] and reading(submission, "fai_completed", "禾麓镇").held


@pytest.mark.parametrize("area", [(5, 3, 6, 3), (5, 3, 5, 4)])
def test_m18_a_figure_merged_over_rows_or_headings_is_held(town, area):
    rows = head(town, "F19", "月报", 2020, 6) + village_rows(town, "F19", "月报", {"巡违控违（户）": (4, 5, 6)})
    submission = read(xlsx({"月报": rows}, {"月报": [*merges(town, "F19", "月报", 3), area]}), town)
    assert refused(submission) == [("M18", "C5")] and reading(submission, "illegal_build_patrol_hh", "岚峰村").held


# --- cells without end -------------------------------------------------------------------------------------


@pytest.mark.parametrize("endless", ["-", "1", "１", "1 ", "（1", "一、"])
def test_a_cell_of_a_whole_book_costs_nothing_and_is_named(town, endless):
    began = time.process_time()
    submission = read(checks(town, {}, {"日期": endless * (32_000 // len(endless))}), town)
    assert submission.refused and [(i.code, i.cell) for i in loud(submission)] == [("E-LONG", "B5")] and time.process_time() - began < 3


@pytest.mark.parametrize("endless", ["-", "1", "１", "1 ", "，1", "①"])
def test_a_long_cell_costs_little_wherever_it_stands(town, endless):
    columns = town.forms["F20"].sheet("台账").columns
    began = time.process_time()
    submission = read(form(town, "F20", "台账", [[1, *[endless * (4_900 // len(endless))] * (len(columns) - 1)] for _ in range(3)]), town)
    assert checked(submission).status is Status.REFUSED and time.process_time() - began < 5
