"""Rows that sum others up under a name of their own are no records, and the total keeps its checks whatever it is called."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from openpyxl import load_workbook
from openpyxl.styles import Font

from catalog.issues import Action
from catalog.observations import Status
from tests.flows.intake.sheets import head, loud, merges, page, read, reading, records, small_town, values, village_rows, xlsx

CHECK = {"日期": datetime(2020, 6, 1), "地点（路段）": "国道", "检查车辆数": 5, "所属公司": "甲", "违法行为": "无"}
LATER = {**CHECK, "日期": datetime(2020, 6, 2), "检查车辆数": 6}
LAST = {**CHECK, "日期": datetime(2020, 6, 9), "检查车辆数": 7}
RELIEF = {"救助类别": "精神病药物救助", "村（社区）": "岚峰村", "身份证号": "980112195803071015", "发放日期": datetime(2020, 6, 9), "救助金额（元）": 500, "人次": 1}


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def said(submission):
    return [(i.code, i.cell) for i in loud(submission)]


def refused(submission):
    return [i.cell for i in loud(submission) if i.action is Action.REFUSE_CELL]


@pytest.mark.parametrize("word", ["小结", "本周", "本周小计", "本周小结", "上旬", "第一周", "小计：", "其中：夜间", "其中：夜间检查"])
def test_m16_a_dated_sum_in_the_place_of_a_record_is_left_out_and_told(town, word):
    rows = [CHECK, LATER, {**LATER, "地点（路段）": word, "检查车辆数": 11, "所属公司": None, "违法行为": None}, LAST]
    submission = records(town, "F20", "台账", *rows)
    assert reading(submission, "muck_truck_checked_cnt", "禾麓镇").value == "18" and said(submission) == [("M16", "C6")]


@pytest.mark.parametrize("span", ["上旬", "第一周", "本月"])
def test_m30_a_record_whose_day_is_a_span_of_days_is_refused_and_not_left_out_as_their_sum(town, span):
    submission = records(town, "F20", "台账", CHECK, {**LATER, "日期": span}, LAST)
    assert reading(submission, "muck_truck_checked_cnt", "禾麓镇").status is Status.REFUSED and said(submission) == [("M30", "B5")]
    sum_ = {"日期": span, "检查车辆数": 11}
    assert reading(records(town, "F20", "台账", CHECK, LATER, sum_, LAST), "muck_truck_checked_cnt", "禾麓镇").value == "18"


@pytest.mark.parametrize("where", ["序号", "地点（路段）"])
def test_m16_a_sum_without_a_day_is_left_out(town, where):
    submission = records(town, "F20", "台账", CHECK, LATER, {where: "小结", "检查车辆数": 11}, {where: "其中：夜间", "检查车辆数": 4}, LAST)
    assert reading(submission, "muck_truck_checked_cnt", "禾麓镇").value == "18" and said(submission) == []


def test_m16_a_merge_carries_the_word_of_which_down(town):
    rows = head(town, "F20", "台账", 2020, 6)
    columns = [c.path for c in town.forms["F20"].sheet("台账").columns]
    rows += [[{"序号": n, **row}.get(path) for path in columns] for n, row in enumerate([CHECK, LATER, {**CHECK, "序号": "其中：夜间"}, {**LATER, "序号": None}, LAST], 1)]
    submission = read(xlsx({"台账": rows}, {"台账": [*merges(town, "F20", "台账", 3), (6, 1, 7, 1)]}), town)
    assert reading(submission, "muck_truck_checked_cnt", "禾麓镇").value == "18"


@pytest.mark.parametrize("word", ["小计", "合计", "本村小计", "小结（2人）"])
@pytest.mark.parametrize("day", [datetime(2020, 6, 30), None])
def test_m16_a_sum_in_the_name_s_column_is_no_case(town, word, day):
    """With a day nobody can tell whether it is a record; without one it is none."""
    sum_ = {**RELIEF, "姓名": word, "身份证号": None, "发放日期": day, "人次": 2, "救助金额（元）": 1000}
    submission = records(town, "F14", "台账", RELIEF, {**RELIEF, "身份证号": "980112195803071023"}, sum_, {**RELIEF, "身份证号": "980112195803071031"})
    times = reading(submission, "psy_drug_aid_times", "禾麓镇")
    assert (times.status, refused(submission)) == (Status.REFUSED, ["D6"]) if day else (times.value, refused(submission)) == ("3", [])


@pytest.mark.parametrize("row", [{"地点（路段）": "合计桥"}, {"所属公司": "小计运输公司"}, {"违法行为": "其中一台超载"}, {"处罚依据": "累计三次"}])
def test_m16_a_record_that_only_has_such_a_word_in_it_counts(town, row):
    submission = records(town, "F20", "台账", CHECK, {**LATER, **row}, LAST)
    assert reading(submission, "muck_truck_checked_cnt", "禾麓镇").value == "18" and said(submission) == []


@pytest.mark.parametrize(("where", "word", "code"), [("联系人", "合计", "M33"), ("联系电话", "小计", "M33"), ("序号", "其中", "M16")])
def test_m16_a_firm_with_its_code_is_not_left_out_unsaid_for_a_word(town, where, word, code):
    firm = {"统一社会信用代码": "91430000MA4L16JQ9B", "单位名称": "甲厂", "行业类别": "工业", "1—本月（千元） > 工业总产值": 5000, "是否退库": "否"}
    other = {**firm, "统一社会信用代码": "91430000MA4L16JQ8D", "单位名称": "乙厂", where: word, "1—本月（千元） > 工业总产值": 7000}
    assert [c for c, _ in said(records(town, "F04", "台账", firm, other, {**firm, "统一社会信用代码": "91430000MA4L16JQ7E", "单位名称": "丙厂"}))] == [code]
    sum_ = {"统一社会信用代码": "小计", "1—本月（千元） > 工业总产值": 5000}
    assert said(records(town, "F04", "台账", firm, sum_, {**firm, "统一社会信用代码": "91430000MA4L16JQ7E", "单位名称": "丙厂"})) == []


# --- what a total is called --------------------------------------------------------------------------------


def patrol(town, *totals, above=False, score=95):
    body = village_rows(town, "F19", "月报", {"巡违控违（户）": (4, 5, 6)})
    columns = [c.path for c in town.forms["F19"].sheet("月报").columns]
    rows = [[{"村（社区）": name, "巡违控违（户）": figure, "区考核得分": s}.get(path) for path in columns] for name, figure, s in totals]
    return read(page(town, "F19", "月报", rows + body if above else body + rows), town)


@pytest.mark.parametrize("above", [False, True])
@pytest.mark.parametrize("word", ["本月合计", "本期合计", "总合计", "3个村合计", "17个村（社区）合计", "各村合计", "全镇总计", "小计", "合计（3村）", "禾麓镇控违办合计"])
def test_m44_a_total_by_any_name_is_compared_and_keeps_the_town_s_score(town, word, above):
    submission = patrol(town, (word, 16, 95), above=above)
    assert reading(submission, "urban_mgmt_score", "禾麓镇").value == "95" and [code for code, _ in said(submission)].count("M44") == 1


def test_a_total_of_the_month_and_one_since_january_that_disagree_give_no_score(town):
    submission = patrol(town, ("本月合计", 15, 95), ("累计合计", 90, 93.2))
    assert reading(submission, "urban_mgmt_score", "禾麓镇").status is Status.REFUSED


@pytest.mark.parametrize("totals", [[("东片小计", 9, None), ("西片小计", 6, 95)], [("合计", 15, None), ("本年小计", 90, 95)]])
def test_a_town_s_score_in_another_row_than_the_total_is_refused_and_does_not_vanish(town, totals):
    submission = patrol(town, *totals)
    assert reading(submission, "urban_mgmt_score", "禾麓镇").status is Status.REFUSED and refused(submission) == ["J9"]


def spots(town, *rows):
    columns = town.forms["F09"].sheet("月报").columns
    return read(page(town, "F09", "月报", [[n, name, *figures, *[0] * (len(columns) - 2 - len(figures))] for n, (name, *figures) in enumerate(rows, 1)]), town)


@pytest.mark.parametrize("name", ["森林公园（小计）", "森林公园（合计）", "岚峰森林公园"])
def test_m16_the_park_itself_is_no_spot_of_it_though_its_figures_differ_a_little(town, name):
    submission = spots(town, ("漂流", 1000, 5000, 900, 4000), ("栈道", 500, 2500, 450, 2000), ("露营", 210, 900, 180, 800), (name, 1710, 8400, 1531, 6800))
    assert refused(submission) == ["B8"] and sum(v is None for v in values(submission, "park_visitors").values()) == 1


def test_m16_a_spot_as_large_as_the_others_in_one_column_is_a_spot(town):
    submission = spots(town, ("漂流", 1000, 5000, 900, 4000), ("栈道", 500, 2500, 450, 2000), ("露营", 1500, 1900, 180, 800))
    assert refused(submission) == [] and values(submission, "park_visitors")["露营"] == "1500"


# --- a sheet of some villages, a row of no figures ---------------------------------------------------------


def test_m20_a_supplement_of_one_village_never_stands_for_the_town_s_form(town):
    """Were it taken, it would replace the whole form that came before."""
    submission = read(page(town, "F19", "月报", village_rows(town, "F19", "月报", {}, names=["石湾村"])), town)
    assert submission.refused and said(submission) == [("M20", "B5")]
    two = read(page(town, "F19", "月报", village_rows(town, "F19", "月报", {}, names=["石湾村", "麓溪村"])), town)
    assert not two.refused and said(two) == [("M20", "")]


def test_a_village_without_a_single_figure_is_told_like_one_whose_row_is_missing(town):
    body = village_rows(town, "F19", "月报", {})
    body[1] = [2, "麓溪村"]
    submission = read(page(town, "F19", "月报", body), town)
    assert said(submission) == [("E-BLANK", "A6")] and reading(submission, "illegal_build_patrol_hh", "麓溪村").status is Status.MISSING


def test_m10_another_month_s_table_on_the_same_sheet_is_named_by_its_cell(town):
    rows = head(town, "F19", "月报", 2020, 6) + village_rows(town, "F19", "月报", {})
    other = head(town, "F19", "月报", 2020, 5) + village_rows(town, "F19", "月报", {})
    submission = read(xlsx({"月报": [*rows, [], *other]}, {"月报": [*merges(town, "F19", "月报", 3), *merges(town, "F19", "月报", 11)]}), town)
    assert [(i.code, i.cell) for i in submission.issues if i.code == "M10"] == [("M10", "A9")]


@pytest.mark.parametrize(("colour", "told"), [("FF808080", True), ("FFA6A6A6", True), ("FF000000", False), ("FFFF0000", False), ("FF333333", False)])
def test_m38_a_record_in_grey_letters_is_asked_about(town, colour, told):
    columns = [c.path for c in town.forms["F20"].sheet("台账").columns]
    book = load_workbook(io.BytesIO(page(town, "F20", "台账", [[row.get(path) for path in columns] for row in (CHECK, LATER, LAST)])))
    for cell in book["台账"][5]:
        cell.font = Font(color=colour)
    out = io.BytesIO()
    book.save(out)
    assert said(read(out.getvalue(), town)) == ([("M38", "A5")] if told else [])


F19, PATROL, MEASURE = ("F19", "月报"), "巡违控违（户）", "illegal_build_patrol_hh"


def areas(town, first, second, names=("岚峰片", "石湾片区")):
    rows = village_rows(town, *F19, {PATROL: (4, 5, 6), "拆除违建 > 处数": (1, 0, 2)})
    whole = [[*rows[0][:1], name, figure, 0, spots, *rows[0][5:]] for name, figure, spots in ((names[0], first, 1), (names[1], second, 3))]
    return read(page(town, *F19, [*rows[:2], whole[0], *rows[2:], ["合计", None, 15, 0, 3]]), town), read(page(town, *F19, [whole[0], *rows[:2], whole[1], rows[2]]), town)


def test_m16_an_area_with_the_sums_of_its_villages_is_a_subtotal(town):
    below, _ = areas(town, 9, 6)
    assert loud(below) == [] and values(below, MEASURE) == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}


def test_m16_an_area_that_adds_nothing_up_is_refused_and_told_how_to_be_called(town):
    below, _ = areas(town, 8, 6)
    told = [i.message for i in loud(below) if i.cell == "B7"]
    assert len(told) == 1 and "是小计请写“岚峰片小计”" in told[0] and "是否即" not in told[0]
    assert None in values(below, MEASURE).values()


def test_a_line_without_a_village_and_without_a_figure_is_let_be(town):
    rows = village_rows(town, *F19, {PATROL: (4, 5, 6)})
    assert loud(read(page(town, *F19, [*rows[:2], ["（续）"], rows[2], ["合计", None, 15]]), town)) == []


@pytest.mark.parametrize("label", ["上年同期", "比上年同期增减", "比上月增减", "同比增长（%）", "全年计划", "完成率（%）", "1—6月累计", "累计"])
def test_m17_what_a_total_is_held_against_stands_below_it_and_is_no_record(town, label):
    column = "巡违控违（户）"
    rows = village_rows(town, "F19", "月报", {column: (5, 6, 7)})
    total, other = ([name if c.type == "serial" else value if c.path == column else None for c in town.forms["F19"].sheet("月报").columns] for name, value in (("合计", 18), (label, 99)))
    submission = read(page(town, "F19", "月报", [*rows, total, other]), town)
    assert not submission.refused and loud(submission) == [] and values(submission, "illegal_build_patrol_hh") == {"岚峰村": "5", "麓溪村": "6", "石湾村": "7"}


def test_m16_a_village_below_the_total_is_still_refused(town):
    rows = village_rows(town, "F19", "月报", {"巡违控违（户）": (5, 6, 7)})
    total = ["合计", None, *[None] * (len(rows[0]) - 2)]
    assert read(page(town, "F19", "月报", [*rows[:2], total, rows[2]]), town).refused
