"""Lists of records as they go from month to month, and records that say one thing in two ways or nothing where a figure is taken from them."""

from __future__ import annotations

from datetime import datetime

import pytest

from catalog.issues import Action
from catalog.observations import Reading, Status
from catalog.periods import Month
from flows.intake.history import not_as_to_date, standing_still
from flows.summary.facts import Facts, hand_in
from flows.summary.ledgers import from_ledger
from tests.flows.intake.sheets import head, loud, merges, page, read, reading, records, small_town, village_rows, xlsx

FIRST, SECOND, THIRD, FOURTH = "980112195803071015", "980112199012310022", "98011219700101101X", "980112196003071017"


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def said(submission):
    return [(i.code, i.action is Action.REFUSE_CELL, i.cell) for i in loud(submission)]


def value(submission, measure):
    return reading(submission, measure, "禾麓镇").value


# --- a list handed on from month to month --------------------------------------------------------------------


def paid(number, month, day, yuan=500, **more):
    return {"救助类别": "临时救助", "村（社区）": "岚峰村", "身份证号": number, "发放日期": datetime(2020, month, day), "救助金额（元）": yuan, "人次": 1, **more}


MAY = [paid(FIRST, 5, 9), paid(SECOND, 5, 12, 700), paid(THIRD, 5, 12, 900)]
JUNE = paid(FOURTH, 6, 3, 300)


def of_two_months(town, indicator, may, june):
    """The figure of both months together, and of June alone."""
    columns = [c.path for c in town.forms["F14"].sheet("台账").columns]
    read_ = [read(page(town, "F14", "台账", [[row.get(path) for path in columns] for row in rows], 2020, month), town, f"2020年/{month:02d}月/台账.xlsx") for month, rows in ((5, may), (6, june))]
    facts = Facts({("F14", Month(2020, n)): hand_in(n, s.readings, s.entries, ()) for n, s in enumerate(read_, 5)})
    return [from_ledger(town, facts, town.indicators[indicator], town.indicators[indicator].from_, 2020, first, 6) for first in (5, 6)]


@pytest.mark.parametrize(("handed_on", "both"), [
    (MAY, "2400"), ([*MAY, paid(FOURTH, 5, 20, 100)], "2500"), ([], "2400"), ([MAY[0]], "2400"),
    ([*MAY[:2], paid(THIRD, 5, 12, 600)], None), (MAY[:2], None), ([*MAY[:2], paid(THIRD, 5, 12, 900, 救助类别="大病救助")], None),
])  # fmt: skip
def test_m39_a_list_handed_on_that_tells_an_earlier_month_otherwise_is_not_added_to_it(town, handed_on, both):
    """The amount corrected in June's list stood beside the one of May, and both were summed."""
    together, june = of_two_months(town, "temp_relief_amt", MAY, [*handed_on, JUNE])
    assert (together.text, june.text) == (both, "300")
    assert ("又列了5月的记录" in together.reason and together.status is Status.REFUSED) is (both is None)


PROJECT = {"项目代码": "A1", "项目名称": "甲", "计划总投资（万元）": 600, "入统状态": "已入库", "入库日期": datetime(2020, 5, 9), "本年累计完成投资（万元）": 100}
ROSTER = {"村（社区）": "岚峰村", "身份证号": FIRST, "低保证号": "D1", "保障类别": "A"}


@pytest.mark.parametrize("words", ["本月无", "本月无新增", "本月未新增"])
def test_m02_none_of_the_month_in_place_of_a_whole_list_is_no_nought(town, words):
    """June's running list said that nothing was new, and the half-year's new projects were 0."""
    submission = records(town, "F05", "进度表", {"项目代码": words})
    assert said(submission) == [("M02", True, "B4")] and value(submission, "fai_new_project_cnt") is None
    assert said(records(town, "F05", "进度表", {"项目代码": "无"})) == [] and value(records(town, "F05", "进度表", {"项目代码": "无"}), "fai_new_project_cnt") == "0"
    persons = records(town, "F13", "花名册", {"村（社区）": "本月无新增"})
    assert said(persons) == [("M02", True, "B4")] and value(persons, "dibao_persons_ledger") is None
    assert said(records(town, "F05", "进度表", PROJECT, {"序号": None, "项目代码": words})) == []


@pytest.mark.parametrize("row", [{"救助类别": "本月没有发放"}, {"救助类别": "本月无发放对象"}, {"序号": "无"}])
def test_m26_nothing_to_list_in_other_words_or_where_the_number_stands(town, row):
    submission = records(town, "F14", "台账", row)
    assert said(submission) == [] and value(submission, "temp_relief_amt") == "0"


@pytest.mark.parametrize("row", [{"村（社区）": "本月无变动"}, {"村（社区）": "岚峰村"}, {}])
def test_m26_a_row_without_a_record_declares_nothing(town, row):
    """Villages and numbers made ready for the next month were a declared zero."""
    submission = records(town, "F13", "花名册", row, row)
    assert ("E-BLANK", False, "A3") in said(submission) and submission.readings == ()


def test_m26_a_ledger_without_a_row_is_told_how_to_say_that_there_is_none(town):
    submission = records(town, "F14", "台账")
    assert said(submission) == [("E-BLANK", False, "A3")] and submission.readings == ()


def test_m28_work_done_that_becomes_less_is_asked_about(town):
    def list_of(measure, *values):
        return {f"2020-{n:02d}": [Reading(measure, "1", "镇", f"2020-{n:02d}", v, Status.REPORTED, "台账", "4:9（6行）", "", "ledger", "户")] for n, v in enumerate(values, 5)}

    for measure in ("reloc_b1_done_hh", "proj_accepted_cnt", "powerline_tower_erected_cnt", "fai_completed_projects"):
        assert [(period, issue.code, issue.action) for period, issue in standing_still(town, list_of(measure, "16", "14"))] == [("2020-06", "M28", Action.WARN)]
        assert standing_still(town, list_of(measure, "14", "16")) == []
    assert standing_still(town, list_of("reloc_b1_done_hh", "14", "14")) == standing_still(town, list_of("reloc_remaining_hh", "16", "14")) == []


@pytest.mark.parametrize(("may", "june", "says"), [
    (("5", "5"), ("5", "5"), "只比上月多0"), (("5", "5"), ("9", "9"), "只比上月多4"), (("5", "5"), ("1", "3"), "比上月少2"),
    (("5", "5"), ("4", "9"), ""), (("5", "5"), ("0", "5"), ""), (("5", "5"), ("0", "3"), ""), ((None, "5"), ("9", "9"), "只比上月多4"), (("5", None), ("9", "9"), ""),
    (("5", "5"), ("5", "17"), "比上月多12，本月栏疑未更新"), (("5", "5"), ("0", "9"), "比上月多4，本月栏疑未更新"),
])  # fmt: skip
def test_m28_a_month_of_a_ledger_that_did_other_than_was_done_since_the_last_one_is_asked_about(town, may, june, says):
    """Ponds dredged to date in the month's column: twelve files of 1000 were 12000, without a word."""
    measures = ("proj_pond_dredged_cnt", "proj_pond_dredged_to_date_cnt")
    history = {f"2020-{n:02d}": [Reading(m, "1", "镇", f"2020-{n:02d}", v, Status.REPORTED, "进度表", "", "", "ledger", "口") for m, v in zip(measures, of, strict=True)]
               for n, of in ((5, may), (6, june))}  # fmt: skip
    found = not_as_to_date(town, history)
    assert [(period, issue.code, issue.action) for period, issue in found] == ([("2020-06", "M28", Action.WARN)] if says else [])
    assert all(says in issue.message for _, issue in found)


def test_m02_a_roster_that_is_empty_after_a_full_month_is_asked_about(town):
    def roster(*persons):
        kinds = ("youfu_persons", "jingding_persons")
        return {f"2020-{n:02d}": [Reading(m, "1", "镇", f"2020-{n:02d}", v, Status.REPORTED, "发放表", "", "", "ledger", "人") for m, v in zip(kinds, of, strict=True)] for n, of in enumerate(persons, 5)}

    assert [(period, issue.code, issue.action) for period, issue in standing_still(town, roster(("9", "2"), ("0", "0")))] == [("2020-06", "M02", Action.WARN)]
    assert standing_still(town, roster(("9", "2"), ("9", "0"))) == standing_still(town, roster(("0", "0"), ("0", "0"))) == standing_still(town, roster(("9", "2"), (None, "0"))) == []


def test_m02_nothing_paid_this_month_is_no_money_but_says_nothing_of_the_persons(town):
    """Paid by the quarter: the half-year's persons, those of June, were 0 beside what they had got."""
    submission = records(town, "F15", "发放表", {"对象类别": "本月未发放"})
    assert said(submission) == [("M02", True, "B4")]
    assert (value(submission, "youfu_amt"), value(submission, "youfu_persons")) == ("0", None)


# --- days that cannot follow each other ----------------------------------------------------------------------

SITE = {"申报单位": "岚峰村党支部", "村（社区）": "岚峰村", "申报日期": datetime(2020, 3, 2), "调研验收日期": datetime(2020, 6, 9)}


@pytest.mark.parametrize(("applied", "seen", "asked"), [
    (datetime(2020, 3, 2), datetime(2019, 6, 9), True), ("2020.5.20", "2020.3.6", True), (datetime(2020, 3, 2), datetime(2020, 3, 2), False), (None, datetime(2019, 6, 9), False),
    ("三月", datetime(2019, 6, 9), False),
])  # fmt: skip
def test_m30_a_visit_before_its_application_is_asked_about(town, applied, seen, asked):
    """2019 for 2020 in a running list: the visit counted in no half-year of anybody's."""
    submission = records(town, "F02", "台账", SITE, {**SITE, "申报单位": "麓溪村党支部", "申报日期": applied, "调研验收日期": seen})
    assert said(submission) == [("M30", False, "G5")] * asked


FIRM = {"项目（企业）名称": "岚科装备有限公司", "统一社会信用代码": "91430000MA4L16JQ9B", "签约日期": datetime(2020, 2, 3), "注册日期": datetime(2020, 6, 3), "落地日期": datetime(2020, 6, 8), "是否“四上”": "是"}


def test_m30_a_firm_that_settled_before_its_contract_is_asked_about(town):
    other = {**FIRM, "统一社会信用代码": "91430000MA4L16JQ8C", "项目（企业）名称": "禾麓装备有限公司"}
    assert said(records(town, "F06", "台账", FIRM, {**other, "落地日期": datetime(2019, 6, 8)})) == [("M30", False, "J5")]


def moved(number, began, **more):
    return {"批次": "二", "村": "岚峰村", "身份证号": number, "有房/无房": "有房", "启动日期": began, **more}


def test_m30_a_first_day_that_one_household_has_long_before_all_others_is_asked_about(town):
    began = datetime(2020, 5, 6)
    submission = records(town, "F08", "台账", moved(FIRST, began), moved(SECOND, datetime(2019, 5, 6)), moved(THIRD, began))
    assert said(submission) == [("M30", False, "L5")]
    assert said(records(town, "F08", "台账", moved(FIRST, began), moved(SECOND, datetime(2020, 4, 6)), moved(THIRD, began))) == []


@pytest.mark.parametrize(("day", "result", "told"), [
    (None, "通过", ("E-BLANK", True, "G5")), (None, "整改", ("E-BLANK", True, "G5")), (datetime(2020, 6, 9), "未验收", ("E-ABOVE", True, "G5")), (None, "未验收", None), (None, None, None),
])  # fmt: skip
def test_m30_a_visit_whose_result_contradicts_its_day_is_refused(town, day, result, told):
    submission = records(town, "F02", "台账", {**SITE, "结果": "通过"}, {**SITE, "申报单位": "麓溪村党支部", "调研验收日期": day, "结果": result})
    assert said(submission) == [told] * (told is not None)
    assert value(submission, "party_star_sites_inspected_cnt") == (None if told else "1")


@pytest.mark.parametrize(("how", "counted"), [("未参加", None), ("缺席", None), ("合格", "1"), (None, "1")])
def test_m30_who_was_not_there_was_not_trained_on_that_day(town, how, counted):
    submission = records(town, "F01", "花名册", {"身份证号": FIRST, "培训班次": "积极分子班", "培训日期": datetime(2020, 6, 9), "结业情况": how})
    assert value(submission, "party_activist_trained_cnt") == counted and (("E-ABOVE", True, "L4") in said(submission)) is (counted is None)


def test_m35_a_payment_that_came_back_helps_nobody(town):
    """The form: 人次 0; a returned payment with 人次 1 was one person more."""
    ill = paid(FIRST, 6, 9, 救助类别="大病救助")
    back = {**ill, "救助金额（元）": -500, "人次": 0}
    assert value(records(town, "F14", "台账", ill, back), "serious_illness_aid_times") == "1"
    submission = records(town, "F14", "台账", ill, {**back, "人次": 1})
    assert said(submission) == [("M35", True, "K5")] and value(submission, "serious_illness_aid_times") is None
    assert value(submission, "serious_illness_aid_amt") == "0"


# --- what a record is known by -------------------------------------------------------------------------------


def test_m39_a_firm_without_its_code_is_one_of_its_own_and_asked_about(town):
    more = [{**FIRM, "项目（企业）名称": f"{n}厂", "统一社会信用代码": code, "是否“四上”": four} for n, (code, four) in enumerate(((None, "是"), ("办理中", "是"), (None, "否")))]
    submission = records(town, "F06", "台账", FIRM, *more)
    assert value(submission, "invest_four_above_cnt") == "3" and said(submission) == [("M39", False, "C5"), ("M39", False, "C6")]
    sewers = {"项目类别": "污水管网", "铺排年度": 2019, "当前状态": "在建"}
    assert said(records(town, "F07", "进度表", {**sewers, "项目名称": "甲"}, {**sewers, "建设地点（村/组）": "岚峰村"})) == [("M39", False, "C6")]


@pytest.mark.parametrize(("code", "name", "asked"), [("9143OOOOMA4L16JQ9B", "岚科装备 有限公司", True), (FIRM["统一社会信用代码"], "岚科装备有限公司", False), ("91430000MA4L16JQ8C", "禾麓装备有限公司", False)])
def test_m39_one_firm_under_two_codes_is_asked_about(town, code, name, asked):
    """引进“四上”企业2家：, and one name."""
    submission = records(town, "F06", "台账", FIRM, {**FIRM, "统一社会信用代码": code, "项目（企业）名称": name})
    assert (("M39", False, "B5") in said(submission)) is asked


def test_m39_a_code_in_small_letters_is_the_same_code(town):
    submission = records(town, "F06", "台账", FIRM, {**FIRM, "统一社会信用代码": "91430000ma4l16jq9b"})
    assert value(submission, "invest_four_above_cnt") == "1" and said(submission) == [("M39", False, "C5")]


FINE = {"日期": datetime(2020, 6, 3), "地点（路段）": "国道", "所属公司": "甲", "违法行为": "超载", "处罚决定书号": "渣罚〔2020〕1号", "罚款金额（元）": 500}


@pytest.mark.parametrize(("number", "same"), [("渣罚[2020]1号", True), ("渣罚（2020）1号", True), ("渣罚〔2020〕第01号", True), ("渣罚〔2020〕10号", False), ("渣罚〔2019〕1号", False)])
def test_m39_a_decision_in_other_brackets_is_not_fined_twice(town, number, same):
    submission = records(town, "F20", "台账", FINE, {**FINE, "日期": datetime(2020, 6, 4), "处罚决定书号": number})
    assert said(submission) == [("M39", True, "J5")] * same
    assert value(submission, "muck_truck_punished_cnt") == (None if same else "2")


# --- rows that are no record, and texts in which nothing is found ---------------------------------------------


@pytest.mark.parametrize("words", ["12户/35人", "12户35人", "12户、35人"])
def test_m16_so_many_households_and_persons_are_a_sum_and_no_household(town, words):
    began = datetime(2020, 5, 6)
    submission = records(town, "F08", "台账", moved(FIRST, began), {"序号": None, "村": "岚峰村", "组": words, "家庭人口": 35}, moved(SECOND, began))
    assert said(submission) == [] and value(submission, "reloc_remaining_hh") == "2"


@pytest.mark.parametrize(("words", "counted"), [("本年累计", "1200"), ("1—6月累计", "1200"), ("前页累计", "1200"), ("累计救助", None)])
def test_m16_the_sum_of_the_year_below_that_of_the_month_is_no_record(town, words, counted):
    """本月合计, then 本年累计, as a book is kept: the second was a row of figures that nobody named, and all went back."""
    columns = [c.path for c in town.forms["F14"].sheet("台账").columns]
    rows = [paid(FIRST, 6, 9), paid(SECOND, 6, 9, 700), {"序号": "本月合计", "救助金额（元）": 1200, "人次": 2}, {"序号": words, "救助金额（元）": 9000, "人次": 18}]
    assert value(read(page(town, "F14", "台账", [[row.get(path) for path in columns] for row in rows]), town), "temp_relief_amt") == counted


@pytest.mark.parametrize(("beside", "refused"), [
    ([2, "临时救助", "岚峰村", "某", SECOND, 500], True), ([datetime(2020, 6, 9), 500, 1, "某"], True), ([SECOND], False), (["核对", 500, 1, "某"], False),
])  # fmt: skip
def test_m17_a_record_to_the_right_of_a_ledger_is_no_scribble(town, beside, refused):
    """Two persons in a line, one heading: half of the persons were left out without a word."""
    columns = [c.path for c in town.forms["F14"].sheet("台账").columns]
    submission = read(page(town, "F14", "台账", [[paid(FIRST, 6, 9).get(path) for path in columns], [*(paid(THIRD, 6, 9).get(path) for path in columns), *beside]]), town)
    assert submission.refused is refused and [i.cell for i in loud(submission)] == ["N5"] * refused
    assert SECOND not in repr(submission.issues)


def test_m33_one_fine_like_the_only_other_one_is_no_sum(town):
    check = {"日期": datetime(2020, 6, 1), "地点（路段）": "国道", "检查车辆数": 5, "所属公司": "乙", "违法行为": "无"}
    submission = records(town, "F20", "台账", FINE, check, {**check, "日期": datetime(2020, 6, 2), "检查车辆数": 6}, {**FINE, "处罚决定书号": "渣罚〔2020〕2号"})
    assert said(submission) == [] and value(submission, "muck_truck_fine_amt") == "1000"


LINE = {"项目类别": "电力", "项目名称": "岚峰—石湾500千伏线路（禾麓段）", "当前状态": "在建", "形象进度": "塔基浇筑全部完成", "工程量 > 计量单位": "基", "工程量 > 计划量": 30, "工程量 > 累计完成量": 12}


def test_a_line_of_500_kv_is_one_of_500千伏(town):
    submission = records(town, "F07", "进度表", {**LINE, "项目名称": "岚峰—石湾500kV线路（禾麓段）"})
    assert (value(submission, "powerline_voltage_kv"), value(submission, "powerline_name_tail")) == ("500", "石湾") and said(submission) == []


@pytest.mark.parametrize(("row", "cell"), [
    ({**LINE, "项目名称": "岚峰到石湾高压线"}, "C5"), ({"项目类别": "人工湿地", "项目名称": "湿地", "当前状态": "在建", "建设地点（村/组）": "大屋组"}, "D5"),
])  # fmt: skip
def test_m24_a_name_in_which_nothing_is_found_for_the_report_is_asked_about(town, row, cell):
    """The clause of the wetland was left out, and nobody was told why."""
    assert said(records(town, "F07", "进度表", row)) == [("M24", False, cell)]
    assert said(records(town, "F07", "进度表", LINE, {**LINE, "项目名称": "变电站扩建", "工程量 > 计量单位": "处"})) == []


PAID_TO = [None, FIRST, "岚峰村", "是", "东莞", "普工", 100, 100, datetime(2020, 6, 5), None]


def transport(town, listed, persons):
    """F17 with this roster of who was paid, beside so many in the villages."""
    paid_to = {"外出务工交通补贴 > 人数": persons, "外出务工交通补贴 > 金额（元）": [n and n * 100 for n in persons]}
    pages = {"月报": head(town, "F17", "月报", 2020, 6) + village_rows(town, "F17", "月报", paid_to)}
    pages |= {name: head(town, "F17", name, 2020, 6) + [[1, *row] for row in rows] for name, rows in (("交通补贴花名册", listed), ("培训花名册", [["无"]]))}
    return read(xlsx(pages, {name: merges(town, "F17", name, 3) for name in pages}), town)


@pytest.mark.parametrize(("listed", "persons", "held"), [([["无"]], (3, 2, 0), True), ([["无"]], (0, 0, 0), False), ([PAID_TO], (1, 0, 0), False)])
def test_m02_a_roster_of_none_beside_villages_that_paid_some_is_no_nought(town, listed, persons, held):
    submission = transport(town, listed, persons)
    assert (reading(submission, "migrant_transport_allow_persons", "禾麓镇").status is Status.REFUSED) is held
    assert [i.code for i in loud(submission)] == (["M02"] if held else [])


@pytest.mark.parametrize(("persons", "asked"), [((2, 0, 0), False), ((2, 1, 0), False), ((1, 0, 0), True), ((3, 1, 0), True), ((None, 1, 0), False)])
def test_a_roster_that_has_fewer_or_more_than_the_villages_paid_is_asked_about(town, persons, asked):
    """Two persons in three rows: the villages may say either; three of fifteen stood in the report."""
    submission = transport(town, [PAID_TO, [*PAID_TO[:6], 60, 60, *PAID_TO[8:]], [None, SECOND, *PAID_TO[2:]]], persons)
    assert ("E-CROSS" in [i.code for i in loud(submission)]) is asked and value(submission, "migrant_transport_allow_persons") == "2"
