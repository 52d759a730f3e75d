"""Whole files: recognised by their content, headings mapped, rows told apart, cells made exact or refused."""

from __future__ import annotations

from datetime import datetime

import pytest

from catalog.issues import Action
from catalog.observations import Status
from tests.flows.intake.sheets import codes, head, loud, merges, page, read, reading, small_town, values, village_rows, xlsx

F19 = ("F19", "月报")
PATROL = "巡违控违（户）"


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def f19(town, **more):
    return village_rows(town, *F19, {PATROL: [4, 5, 6]}, **more)


def test_a_plain_file_is_read_without_a_word(town):
    submission = read(page(town, *F19, f19(town)), town)
    assert (submission.form, submission.department, submission.period) == ("F19", "控违办", "2020-06")
    assert values(submission, "illegal_build_patrol_hh") == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}
    assert loud(submission) == []
    assert submission.cells_read == submission.cells_used + submission.cells_ignored + submission.cells_refused


def test_the_form_is_known_by_its_headings_when_the_title_says_nothing(town):
    rows = head(town, *F19, 2020, 6)
    rows[0] = ["禾麓镇2020年6月报表"]
    data = xlsx({"Sheet1": rows + f19(town)}, {"Sheet1": merges(town, *F19, 3)})
    assert read(data, town).form == "F19"


def test_what_is_no_known_form_is_refused(town):
    submission = read(xlsx({"Sheet1": [["禾麓镇2020年6月食堂菜谱"], ["菜", "价"], ["豆腐", 3]]}), town)
    assert submission.refused and "认不出" in submission.issues[-1].message


def test_another_town_s_form_is_refused(town):
    rows = head(town, *F19, 2020, 6)
    rows[0] = [rows[0][0].replace("禾麓", "别处")]
    assert read(xlsx({"月报": rows + f19(town)}, {"月报": merges(town, *F19, 3)}), town).refused


def test_m02_last_month_s_file_under_this_month_s_name_is_refused(town):
    submission = read(page(town, *F19, f19(town), month=5), town)
    assert submission.refused and codes(submission) == {"M02"}
    assert (submission.form, submission.period) == ("F19", "2020-06")


def test_m12_a_wrong_year_in_the_title_needs_two_against_one(town):
    rows = head(town, *F19, 2020, 6)
    rows[0] = [rows[0][0].replace("2020年", "2019年")]
    data = xlsx({"月报": rows + f19(town)}, {"月报": merges(town, *F19, 3)})
    assert read(data, town).period == "2020-06" and not read(data, town).refused
    rows[1] = ["填报单位：控违办  填报时间：2018年6月28日"]
    assert read(xlsx({"月报": rows + f19(town)}, {"月报": merges(town, *F19, 3)}), town).refused


def test_m13_rows_above_the_title_do_not_matter(town):
    rows = [[], [None, "表号：民统19表"], [], *head(town, *F19, 2020, 6), *f19(town)]
    submission = read(xlsx({"月报": rows}, {"月报": merges(town, *F19, 6)}), town)
    assert values(submission, "illegal_build_patrol_hh")["石湾村"] == "6"


def test_m14_a_heading_by_its_alias_and_a_column_put_in(town):
    rows = head(town, *F19, 2020, 6) + f19(town)
    for row in rows[2:]:
        row.insert(2, None)
    rows[2][2], rows[4][2] = "上报方式", "电话"
    rows[2][3] = "巡查控违（户）"
    moved = [(t, left + (left > 2), b, r + (r > 2)) for t, left, b, r in merges(town, *F19, 3)]
    submission = read(xlsx({"月报": rows}, {"月报": moved}), town)
    assert values(submission, "illegal_build_patrol_hh")["岚峰村"] == "4"
    told = {(i.cell, i.action) for i in submission.issues if i.code == "M14"}
    assert told == {("D4", Action.FIX), ("C4", Action.WARN)}


def test_m14_a_needed_column_that_is_away_refuses_the_sheet_and_names_the_nearest(town):
    rows = head(town, *F19, 2020, 6) + f19(town)
    rows[2][2] = "巡违控违人数"
    submission = read(xlsx({"月报": rows}, {"月报": merges(town, *F19, 3)}), town)
    assert submission.refused
    assert "是否即“巡违控违人数”" in submission.issues[-1].message


def test_m16_totals_and_subtotals_are_checked_and_never_added(town):
    body = f19(town)
    body.insert(2, [None, "北片小计", 9])
    body.append(["合  计", None, 16])
    submission = read(page(town, *F19, body), town)
    assert values(submission, "illegal_build_patrol_hh") == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}
    wrong = [i for i in submission.issues if i.code == "M44"]
    assert [(i.cell, i.found, i.expected) for i in wrong] == [("C9", "16", "15")]


def test_m17_scribbles_and_footers_are_ignored_by_name(town):
    body = [*f19(town), ["合计", None, 15], ["注：区考核得分为全镇得分。"], ["填表人：某某", None, None, "审核人：某某"], [None] * 14 + ["核"]]
    submission = read(page(town, *F19, body), town)
    assert loud(submission) == [] and submission.cells_ignored > 0
    for foot in (["填表人：某某", None, None, "审核人：某某"], ["注：区考核得分为全镇得分。"], ["注：区考核得分", "由区里评定"], [None] * 14 + ["核"]):
        without_total = read(page(town, *F19, [*f19(town), foot]), town)
        assert without_total.issues == () and len(values(without_total, "illegal_build_patrol_hh")) == 3


def test_m19_an_alias_is_understood_and_a_unit_outside_the_list_is_refused(town):
    submission = read(page(town, *F19, f19(town, names=("岚峰", "麓溪村", "敬老所"))), town)
    assert values(submission, "illegal_build_patrol_hh") == {"岚峰村": "4", "麓溪村": "5"}
    assert {i.action for i in submission.issues if i.code == "M20"} == {Action.REFUSE_CELL, Action.WARN}


def test_m19_a_slip_of_one_character_counts_only_when_the_whole_list_decides(town):
    submission = read(page(town, *F19, f19(town, names=("岚峰村", "鹿溪村", "石湾村"))), town)
    assert values(submission, "illegal_build_patrol_hh")["麓溪村"] == "5"
    assert ("M19", Action.WARN) in {(i.code, i.action) for i in submission.issues}
    twice = read(page(town, *F19, f19(town, names=("兰峰村", "鹿溪村", "石湾村"))), town)
    assert values(twice, "illegal_build_patrol_hh") == {"石湾村": "6"}


def test_m19_a_merged_village_is_known_only_in_its_time(town):
    before = village_rows(town, *F19, {PATROL: [1, 2, 3]}, names=("岚峰村", "麓溪村", "石塘村"))
    read_2019 = read(page(town, *F19, before, year=2019), town, "2019年/06月/乡镇情况（2019年6月）.xlsx")
    assert values(read_2019, "illegal_build_patrol_hh")["石塘村"] == "3"
    later = read(page(town, *F19, before), town)
    assert values(later, "illegal_build_patrol_hh") == {"岚峰村": "1", "麓溪村": "2"}
    assert {i.action for i in later.issues if i.code == "M20"} == {Action.REFUSE_CELL, Action.WARN}


def test_m20_a_village_that_has_been_merged_is_told_where_it_belongs(town):
    rows = village_rows(town, *F19, {PATROL: [1, 2, 3]}, names=("岚峰村", "麓溪村", "石湾村"))
    rows.append(village_rows(town, *F19, {PATROL: [4]}, names=("石塘村",))[0])
    (said,) = [i.message for i in read(page(town, *F19, rows), town).issues if i.code == "M20"]
    assert said.endswith("村名“石塘村”不在名单中：已并入石湾村，请并入石湾村一行后重报。")


def test_m20_a_village_twice_refuses_the_sheet_and_a_missing_one_is_said(town):
    assert read(page(town, *F19, f19(town, names=("岚峰村", "岚峰村", "石湾村"))), town).refused
    two = village_rows(town, *F19, {PATROL: [4, 5]}, names=("岚峰村", "麓溪村"))
    assert [i.expected for i in loud(read(page(town, *F19, two), town))] == ["石湾村"]


def test_m21_other_units_stay_in_the_total(town):
    body = village_rows(town, *F19, {PATROL: [4, 5, 6, 7]}, names=("岚峰村", "麓溪村", "石湾村", "敬老院"))
    assert values(read(page(town, *F19, body), town), "illegal_build_patrol_hh")["敬老院"] == "7"


def test_m25_two_figures_in_one_cell_are_split_where_the_form_says_so(town):
    body = village_rows(town, "F12", "月报", {"农村低保 > 户数": ["12户/35人", 20, 30], "农村低保 > 人数": [None, 40, 60]})
    submission = read(page(town, "F12", "月报", body), town)
    assert values(submission, "dibao_hh")["岚峰村"] == "12"
    assert values(submission, "dibao_persons")["岚峰村"] == "35"


def test_m27_the_unit_in_the_heading_decides_the_factor(town):
    rows = head(town, "F12", "月报", 2020, 6)
    at = [c.path for c in town.forms["F12"].sheet("月报").columns].index("特困供养 > 供养金额 > 本月")
    rows[3][at] = "供养金额（万元）"
    rows[3][at + 1] = None
    body = village_rows(town, "F12", "月报", {"特困供养 > 供养金额 > 本月": [0.64, 0.8, 1.2]})
    submission = read(xlsx({"月报": rows + body}, {"月报": merges(town, "F12", "月报", 3)}), town)
    assert values(submission, "tekun_amt") == {"岚峰村": "6400", "麓溪村": "8000", "石湾村": "12000"}


def test_m27_a_fraction_of_a_fen_holds_the_whole_column(town):
    body = village_rows(town, "F12", "月报", {"农村低保 > 人数": [1, 1, 1], "农村低保 > 发放金额 > 本月": [1.5695, 1.02, 2.4]})
    submission = read(page(town, "F12", "月报", body), town)
    assert {r.held for r in submission.readings if r.measure == "dibao_amt"} == {True}
    assert {i.code for i in loud(submission)} == {"M27"}


def test_m33_an_error_cell_is_refused_with_its_address(town):
    import io

    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(page(town, *F19, f19(town))))
    book["月报"]["C6"] = "#REF!"
    book["月报"]["C6"].data_type = "e"
    out = io.BytesIO()
    book.save(out)
    submission = read(out.getvalue(), town)
    assert reading(submission, "illegal_build_patrol_hh", "麓溪村").status is Status.REFUSED
    assert [(i.code, i.cell, i.found) for i in loud(submission)] == [("M33", "C6", "#REF!")]


def test_m11_a_formula_without_a_stored_value_is_no_blank(town):
    body = f19(town)
    body[0][2] = "=1+3"
    submission = read(page(town, *F19, body), town)
    assert [(i.code, i.cell) for i in loud(submission)] == [("M11", "C5")]


def test_one_figure_for_the_town_stands_in_the_total_row(town):
    columns = [c.path for c in town.forms["F19"].sheet("月报").columns]
    total = ["合计"] + [None] * (len(columns) - 1)
    total[columns.index("区考核得分")] = 93.5
    submission = read(page(town, *F19, [*f19(town), total]), town)
    assert values(submission, "urban_mgmt_score") == {"禾麓镇": "93.5"}


@pytest.mark.parametrize(("second", "value", "said"), [(93.2, None, ["M20"]), (93.5, "93.5", []), (None, "93.5", [])])
def test_two_total_rows_that_disagree_give_no_figure_for_the_town(town, second, value, said):
    columns = [c.path for c in town.forms["F19"].sheet("月报").columns]
    at = columns.index("区考核得分")
    totals = [[label] + [None] * (len(columns) - 1) for label in ("合计", "累计合计")]
    totals[0][at], totals[1][at] = 93.5, second
    submission = read(page(town, *F19, [*f19(town), *totals]), town)
    assert values(submission, "urban_mgmt_score") == {"禾麓镇": value} and [issue.code for issue in loud(submission)] == said


def test_january_statistics_are_not_missing_but_not_asked_for(town):
    body = [[1, "固定资产投资", "万元", 260000], [2, "税收入库", "万元", 8600, 806.4, 806.4, 771.6, 4.5]]
    submission = read(page(town, "F03", "月报", body, month=1), town, "2020年/01月/F03（2020年1月）.xlsx")
    assert reading(submission, "fai_completed", "禾麓镇").status is Status.NOT_APPLICABLE
    assert reading(submission, "tax_collected", "禾麓镇").value == "8064000"


def test_m27_a_part_above_its_whole_holds_the_row(town):
    body = [[1, "税收入库", "万元", 8600, 0.08064, 0.08064, 0.07716, 4.5], [2, "#增值税", "万元", None, 370.9, 370.9, 354.9, 4.5]]
    submission = read(page(town, "F03", "月报", body, month=1), town, "2020年/01月/F03（2020年1月）.xlsx")
    assert reading(submission, "tax_collected", "禾麓镇").held


def test_a_person_stays_at_the_reader(town):
    person = ["F13 张三", "980112195803071015", "10000000001", "0000005417442325245"]
    row = [1, "岚峰村", "一组", person[0], person[0], "户主", person[1], "男", 60, "低保001", 1, "A", "因病", 400, "银行", person[3], person[2], "2018.05", None, "停发"]
    submission = read(page(town, "F13", "花名册", [row]), town)
    assert {e.indicator for e in submission.entries} == {"dibao_persons_ledger", "dibao_hh_ledger"}
    left = repr(submission)
    assert not [secret for secret in person if secret in left]
    assert [(i.code, i.found) for i in loud(submission)] == [("M40", "停发")]


def test_m31_a_spoiled_identity_is_counted_as_one_of_its_own(town):
    rows = [[n, "岚峰村", "一组", "甲", "甲", "户主", number, "男", 60, f"低保{n}", 1, "A", "因病", 400, "银行", "无", "无", "2018.05", None, None]
            for n, number in enumerate((9.80112195803071e17, 9.80112195803071e17, "980112195803071015", "980112195803071015"), 1)]  # fmt: skip
    submission = read(page(town, "F13", "花名册", rows), town)
    assert values(submission, "dibao_persons_ledger") == {"禾麓镇": "3"}
    assert [i.cell for i in loud(submission) if i.code == "M31"] == ["G4", "G5"]


def test_a_ledger_with_nothing_to_list_declares_zero_and_an_empty_one_is_missing(town):
    declared = read(page(town, "F20", "台账", [[1, "无"]]), town)
    assert values(declared, "muck_truck_punished_cnt") == {"禾麓镇": "0"}
    assert values(read(page(town, "F20", "台账", []), town), "muck_truck_punished_cnt") == {}


def test_a_word_outside_the_list_is_refused_not_left_uncounted(town):
    row = [1, "慈善救助", "岚峰村", "甲", "980112195803071015", "病", None, None, datetime(2020, 6, 5), 2000, 1, "无", "乙"]
    submission = read(page(town, "F14", "台账", [row]), town)
    assert ("E-WORD", "B4") in {(i.code, i.cell) for i in submission.issues}
    assert all(e.refused for e in submission.entries) and submission.entries


def test_m30_an_impossible_date_makes_its_count_refused(town):
    row = [1, "临时救助", "岚峰村", "甲", "980112195803071015", "病", None, None, "2020年6月31日", 2000, 1, "无", "乙"]
    submission = read(page(town, "F14", "台账", [row]), town)
    assert reading(submission, "temp_relief_persons", "禾麓镇").status is Status.REFUSED
    assert reading(submission, "uremia_aid_persons", "禾麓镇").status is Status.ZERO


def test_m15_hidden_rows_are_read_and_said(town):
    import io

    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(page(town, *F19, f19(town))))
    book["月报"].row_dimensions[6].hidden = True
    out = io.BytesIO()
    book.save(out)
    submission = read(out.getvalue(), town)
    assert values(submission, "illegal_build_patrol_hh")["麓溪村"] == "5"
    assert [(i.code, i.cell) for i in loud(submission)] == [("M15", "A6")]


def test_m08_an_unreadable_file_still_belongs_to_somebody(town):
    submission = read(b"%PDF-1.4 scan", town, "2020年/06月/控违办/F19 拆违控违月报（2020年6月）.xlsx")
    assert submission.refused and (submission.form, submission.period) == ("F19", "2020-06")
    assert codes(submission) == {"M08"}


def test_m29_a_reported_rate_is_compared_with_the_one_computed(town):
    body = [[1, "税收入库", "万元", 8600, 937.6, 4618.6, 4385, 9.9], [2, "一般公共预算收入", "万元", None, 571.9, 2817.3, 2674.8, 5.3]]
    submission = read(page(town, "F03", "月报", body), town)
    assert [(i.code, i.cell, i.expected) for i in loud(submission) if i.code == "M29"] == [("M29", "H5", "5.3%")]
    assert values(submission, "tax_collected_yoy_pct") == {"禾麓镇": "9.9"}


def test_a_fine_that_is_yet_to_be_told_is_not_a_row_without_a_fine(town):
    rows = [[1, datetime(2020, 6, 2), "路口", 11], [2, datetime(2020, 6, 3), "路口", None, "楚A·1", "甲", "公司", "超载", "规定", "（2020）1号", "待统计", "否"]]
    submission = read(page(town, "F20", "台账", rows), town)
    assert reading(submission, "muck_truck_fine_amt", "禾麓镇").status is Status.REFUSED
    assert values(submission, "muck_truck_checked_cnt") == {"禾麓镇": "11"}


def test_m27_the_ten_day_rows_are_held_with_their_column(town):
    body = [[1, "主峰", 10, 20, 30, 3.4, 15.555, 12.3], [None, "其中：下旬（21—31日）", 4, None, 5, 6.8, None, 9.5]]
    rows = [[*row, *[0] * (15 - len(row))] for row in body]
    rows[0][5], rows[0][7] = 3.405, 12.345
    submission = read(page(town, "F09", "月报", rows, month=3), town, "2020年/03月/森林公园（2020年3月）.xlsx")
    parts = [r for r in submission.readings if r.role == "part" and r.measure == "park_ticket_amt"]
    assert [(r.period, r.held) for r in parts] == [("2020-03-21..31", True)]


def test_data_below_the_total_sends_the_sheet_back(town):
    body = f19(town)
    body.insert(2, ["合计", None, 9])
    submission = read(page(town, *F19, body), town)
    assert submission.refused and submission.issues[-1].cell == "A8"


def test_a_percentage_in_a_column_of_numbers_is_refused(town):
    import io

    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(page(town, *F19, f19(town))))
    book["月报"]["C6"] = 5
    book["月报"]["C6"].number_format = "0%"
    out = io.BytesIO()
    book.save(out)
    assert reading(read(out.getvalue(), town), "illegal_build_patrol_hh", "麓溪村").status is Status.REFUSED


def test_a_payment_of_another_month_is_said_and_not_counted_in_this_one(town):
    row = [1, "临时救助", "岚峰村", "甲", "980112195803071015", "病", None, None, datetime(2020, 5, 5), 2000, 1, "无", "乙"]
    of_june = [2, *row[1:8], datetime(2020, 6, 5), 300, *row[10:]]
    submission = read(page(town, "F14", "台账", [row, of_june]), town)
    assert values(submission, "temp_relief_amt") == {"禾麓镇": "300"}
    assert [(i.code, i.cell, i.found) for i in loud(submission)] == [("M30", "I4", "2020-05-05")]
