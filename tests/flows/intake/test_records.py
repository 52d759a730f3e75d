"""Which rows of a ledger are records: not the one written twice, not the sum nobody named, not the one that says nothing."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from openpyxl import load_workbook
from openpyxl.styles import Font

from catalog.issues import Action
from catalog.observations import Status
from flows.intake.identities import identity
from tests.flows.intake.sheets import head, loud, merges, page, read, reading, records, small_town, xlsx

CHECK = {"日期": datetime(2020, 6, 1), "检查车辆数": 5, "地点（路段）": "国道", "所属公司": "甲", "违法行为": "无"}
LATER = {**CHECK, "日期": datetime(2020, 6, 2)}
CASE = {"日期": datetime(2020, 6, 3), "地点（路段）": "国道", "所属公司": "甲", "违法行为": "超载", "处罚决定书号": "K1", "罚款金额（元）": 500}
RELIEF = {"救助类别": "临时救助", "村（社区）": "岚峰村", "身份证号": "980112195803071015", "发放日期": datetime(2020, 6, 9), "救助金额（元）": 500, "人次": 1}
PROJECT = {"项目代码": "A1", "项目名称": "甲", "计划总投资（万元）": 600, "入统状态": "已入库", "入库日期": datetime(2020, 6, 9), "本年累计完成投资（万元）": 100}


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def said(submission):
    return [(i.code, i.cell) for i in loud(submission)]


def checked(submission, measure="muck_truck_checked_cnt"):
    return reading(submission, measure, "禾麓镇")


@pytest.mark.parametrize(("typed", "issues"), [(10, []), (5, [("M44", "D7")])])
def test_m44_a_ledger_s_total_is_held_against_records_of_which_some_are_blank(town, typed, issues):
    """A case row counts no vehicles; the total still has to be that of the rows that do."""
    assert said(records(town, "F20", "台账", CHECK, LATER, CASE, {"序号": "合计", "检查车辆数": typed})) == issues


def test_m39_a_record_written_twice_is_asked_about(town):
    assert said(records(town, "F20", "台账", CHECK, LATER)) == []
    assert said(records(town, "F20", "台账", CHECK, CHECK)) == [("M39", "B5")]
    assert said(records(town, "F20", "台账", CASE, {**CASE, "日期": datetime(2020, 6, 4)})) == [("M39", "J5")]
    assert said(records(town, "F05", "进度表", PROJECT, {**PROJECT, "项目名称": "甲二期"})) == [("M39", "B5")]


@pytest.mark.parametrize("words", [{"违法行为": "合计"}, {"地点（路段）": "本月共检查"}, {"地点（路段）": "共计检查2次"}])
def test_m16_a_sum_with_a_day_of_its_own_is_refused_and_not_added(town, words):
    submission = records(town, "F20", "台账", CHECK, LATER, {**CHECK, "日期": datetime(2020, 6, 30), "检查车辆数": 10, **words})
    assert checked(submission).status is Status.REFUSED and [i.cell for i in submission.issues if i.action is Action.REFUSE_CELL] == ["D6"]


def test_m16_a_row_that_is_the_sum_in_every_column_is_refused_whatever_it_is_called(town):
    rows = [RELIEF, {**RELIEF, "发放日期": datetime(2020, 6, 10)}, {**RELIEF, "发放日期": datetime(2020, 6, 30), "救助金额（元）": 1000, "人次": 2}]
    assert checked(records(town, "F14", "台账", *rows), "temp_relief_amt").status is Status.REFUSED
    one = [CHECK, LATER, {**CHECK, "日期": datetime(2020, 6, 3)}, {**CHECK, "日期": datetime(2020, 6, 4), "检查车辆数": 15}]
    submission = records(town, "F20", "台账", *one)
    assert checked(submission).value == "30" and said(submission) == [("M33", "D7")]
    assert said(records(town, "F20", "台账", CHECK, LATER, {**CHECK, "日期": datetime(2020, 6, 3), "检查车辆数": 10})) == []


def test_m16_figures_that_nobody_named_among_records_are_refused_though_they_are_not_the_sum_of_all(town):
    rows = [PROJECT, {**PROJECT, "项目代码": "A2"}, {"序号": None, "本年累计完成投资（万元）": 200}, {**PROJECT, "项目代码": "A3", "本年累计完成投资（万元）": 50}]
    submission = records(town, "F05", "进度表", *rows)
    assert checked(submission, "fai_completed_projects").status is Status.REFUSED
    assert [i.code for i in loud(submission) if i.action is Action.REFUSE_CELL] == ["M33"]


def test_a_record_that_says_nothing_that_counts_is_asked_about(town):
    submission = records(town, "F20", "台账", CHECK, {**LATER, "检查车辆数": None}, CASE)
    assert checked(submission).value == "5" and said(submission) == [("E-BLANK", "A5")]


@pytest.mark.parametrize("nothing", ["无", "0", "—"])
def test_a_word_for_nothing_is_no_decision(town, nothing):
    decisions = reading(records(town, "F20", "台账", CASE, {**LATER, "处罚决定书号": nothing}), "muck_truck_punished_cnt", "禾麓镇")
    assert decisions.value == "1"


@pytest.mark.parametrize("key", ["同上", "〃", 1.234567890123456e17])
def test_a_code_that_is_none_is_refused(town, key):
    submission = records(town, "F05", "进度表", PROJECT, {**PROJECT, "项目代码": key, "项目名称": "乙"})
    assert checked(submission, "fai_new_project_cnt").status is Status.REFUSED and [i.cell for i in loud(submission)] == ["B5"]


def test_a_firm_s_code_of_digits_alone_is_a_code(town):
    firm = {"项目（企业）名称": "甲", "统一社会信用代码": "914301117632871234", "是否“四上”": "是", "注册日期": datetime(2020, 6, 9)}
    submission = records(town, "F06", "台账", firm)
    assert checked(submission, "invest_four_above_cnt").value == "1" and "914301117632871234" not in repr(submission.issues)


def test_m27_a_payment_of_less_than_a_fen_is_in_another_unit(town):
    for amount in (0.0525, 300.1234):  # one that no payment comes to, and one that any might
        submission = records(town, "F14", "台账", RELIEF, {**RELIEF, "救助金额（元）": amount})
        assert checked(submission, "temp_relief_amt").status is Status.REFUSED and said(submission) == [("M27", "J5")]


def test_the_old_and_the_new_number_of_one_person_are_one_person(town):
    assert identity("980112580307101") == identity("980112195803071015") == ("980112195803071015", "")
    assert checked(records(town, "F14", "台账", RELIEF, {**RELIEF, "身份证号": "980112580307101"}), "temp_relief_persons").value == "1"


@pytest.mark.parametrize("other", ["大病", "重特大疾病 救助"])
def test_another_word_for_a_kind_of_relief_counts_as_the_form_s_own_and_one_that_may_mean_several_is_refused(town, other):
    assert checked(records(town, "F14", "台账", {**RELIEF, "救助类别": other}), "serious_illness_aid_times").value == "1"
    assert checked(records(town, "F14", "台账", {**RELIEF, "救助类别": "医疗救助"}), "serious_illness_aid_times").status is Status.REFUSED


def struck(town, *cells):
    columns = [c.path for c in town.forms["F20"].sheet("台账").columns]
    book = load_workbook(io.BytesIO(page(town, "F20", "台账", [[row.get(path) for path in columns] for row in (CHECK, {**LATER, "驾驶人": "某"})])))
    for cell in cells:
        book["台账"][cell].font = Font(strike=True)
    out = io.BytesIO()
    book.save(out)
    return read(out.getvalue(), town)


def test_m38_a_day_or_a_name_struck_out_in_a_record_that_stands_is_told(town):
    assert checked(struck(town, "B5")).status is Status.REFUSED and said(struck(town, "B5")) == [("M38", "B5")]
    assert checked(struck(town, "F5")).value == "10" and said(struck(town, "F5")) == [("M38", "A5")]


def test_m18_a_figure_merged_over_two_records_is_refused(town):
    columns = [c.path for c in town.forms["F20"].sheet("台账").columns]
    rows = head(town, "F20", "台账", 2020, 6) + [[row.get(path) for path in columns] for row in (CHECK, {**LATER, "检查车辆数": None})]
    submission = read(xlsx({"台账": rows}, {"台账": [(4, 4, 5, 4)]}), town)
    assert checked(submission).status is Status.REFUSED and said(submission) == [("M18", "D4")]


OPINION = {"收集日期": datetime(2020, 6, 3), "村（社区）": "岚峰村", "意见建议内容": "山塘漏水", "类别": "水利", "交办单位": "甲"}


@pytest.mark.parametrize("words", [
    "1.山塘漏水；2.路灯损坏；3.自来水水压不足", "共收集18条意见，另附", "①山塘漏水②路灯损坏", "一是山塘漏水，二是路灯损坏", "（一）山塘漏水（二）路灯损坏", "群众提出十几条", "收集意见5条",
    "1、漏水\n2、停电", "反映3个问题",
])  # fmt: skip
def test_m24_several_opinions_in_one_row_are_not_counted_as_one(town, words):
    submission = records(town, "F10", "台账", OPINION, {**OPINION, "意见建议内容": words})
    assert checked(submission, "opinion_collected_cnt").status is Status.REFUSED
    assert [(i.code, i.action, i.cell) for i in loud(submission)] == [("M24", Action.REFUSE_CELL, "G5")]


@pytest.mark.parametrize("words", [
    "组级公路硬化缺口约300米，请求支持", "离1、2组公路1.5公里", "一、二组路灯损坏", "1.山塘漏水", "反映三条路积水", "共有1个问题未答复", "2019年6月3日起停水", "五组等5户停电请求维修", "第2条水渠淤塞",
])  # fmt: skip
def test_one_opinion_with_figures_in_it_is_one(town, words):
    submission = records(town, "F10", "台账", OPINION, {**OPINION, "意见建议内容": words})
    assert checked(submission, "opinion_collected_cnt").value == "2" and loud(submission) == []


FIRM = {"项目（企业）名称": "湖南岚科智能装备有限公司", "统一社会信用代码": "91430000MA4L16JQ9B", "注册日期": datetime(2020, 6, 3), "落地日期": datetime(2020, 6, 8), "是否“四上”": "是"}


@pytest.mark.parametrize(("words", "counted"), [
    ("湖南岚科智能装备有限公司、禾麓供应链管理有限公司", False), ("湖南岚科智能装备有限公司（二期）\n禾麓供应链公司", False),
    ("湖南岚科智能装备有限公司与禾麓供应链有限公司合作项目", True), ("岚科、禾麓智能装备产业园", True),
])  # fmt: skip
def test_m24_two_firms_in_one_row_are_not_counted_as_one(town, words, counted):
    submission = records(town, "F06", "台账", FIRM | {"项目（企业）名称": words})
    assert (checked(submission, "invest_four_above_cnt").value == "1") is counted
    assert [i.code for i in loud(submission)] == ([] if counted else ["M24"])


@pytest.mark.parametrize("name", ["周某等36人", "36人", "疫情困难群众 36 人次", "周某、石某", "周某\n石某", "周某和石某", "周某等2户"])
def test_m24_persons_that_one_row_speaks_of_together_are_not_counted_as_one(town, name):
    submission = records(town, "F14", "台账", RELIEF, {**RELIEF, "身份证号": None, "姓名": name, "救助金额（元）": 7200, "人次": 36})
    assert checked(submission, "temp_relief_persons").status is Status.REFUSED and checked(submission, "temp_relief_amt").value == "7700"
    assert [(i.action, i.cell) for i in loud(submission) if i.code == "M24"] == [(Action.REFUSE_CELL, "D5")]
    assert not any("某" in f"{i.message}{i.found}" for i in loud(submission)), "a name is told to nobody"


@pytest.mark.parametrize("name", ["周某", "周　某", "司马 相如", "阿里·买买提", "周某（石某代领）", "李和平", "陈及第", "王五名", "1人", None])
def test_a_person_s_name_however_written_is_one_person(town, name):
    submission = records(town, "F14", "台账", RELIEF, {**RELIEF, "身份证号": None, "姓名": name})
    assert checked(submission, "temp_relief_persons").value == "2" and "M24" not in {i.code for i in loud(submission)}


@pytest.mark.parametrize(("cell", "words"), [
    ("E5", {"车牌号": "湘A·12345等3辆"}), ("E5", {"车牌号": "湘A·12345、湘A·54321"}), ("J5", {"处罚决定书号": "（2020）渣罚字第06010—06012号"}), ("J5", {"处罚决定书号": "（2020）渣罚字第06010-12号、06014号"}),
    ("J5", {"处罚决定书号": "（2020）渣罚字第06010号、（2020）渣罚字第06011号"}), ("J5", {"处罚决定书号": "渣罚〔2020〕06010、06011、06012"}), ("J5", {"处罚决定书号": None}),
])  # fmt: skip
def test_m24_lorries_that_one_row_fines_together_are_not_counted_as_one(town, cell, words):
    submission = records(town, "F20", "台账", CASE, {**CASE, "处罚决定书号": "K2", **words})
    assert checked(submission, "muck_truck_punished_cnt").status is Status.REFUSED and checked(submission, "muck_truck_fine_amt").value == "1000"
    assert [(i.action, i.cell) for i in loud(submission)] == [(Action.REFUSE_CELL, cell)]


@pytest.mark.parametrize("number", ["（2020）渣罚字第06002号", "渣罚〔2020〕06-010号", "渣罚2020-0601", "渣罚〔2020〕第6号（补）", "2020-06-010", "K 2/1"])
def test_the_number_of_one_decision_is_one(town, number):
    submission = records(town, "F20", "台账", CASE, {**CASE, "处罚决定书号": number, "车牌号": "湘A·12345"})
    assert checked(submission, "muck_truck_punished_cnt").value == "2" and loud(submission) == []


def test_m39_a_decision_that_stands_twice_is_not_fined_twice(town):
    submission = records(town, "F20", "台账", CHECK, CASE, {**CASE, "序号": 3})
    assert checked(submission, "muck_truck_fine_amt").status is Status.REFUSED and checked(submission).value == "5"
    assert [(i.code, i.action, i.cell) for i in loud(submission)] == [("M39", Action.REFUSE_CELL, "J6")]


def test_m39_a_firm_that_stands_twice_is_asked_about(town):
    firm = {"统一社会信用代码": "91430000MA4L16JQ9B", "单位名称": "甲厂", "行业类别": "工业", "1—本月（千元） > 工业总产值": 5000, "是否退库": "否"}
    other = {**firm, "统一社会信用代码": "91430000MA4L16JQ8D", "单位名称": "乙厂", "1—本月（千元） > 工业总产值": 7000}
    assert said(records(town, "F04", "台账", firm, other, {**firm, "1—本月（千元） > 工业总产值": 6000})) == [("M39", "B7")]


def test_m26_a_record_whose_figure_is_blank_is_refused_by_its_cell_and_a_column_that_nobody_filled_is_missing(town):
    other = {**PROJECT, "项目代码": "A2", "项目名称": "乙", "计划总投资（万元）": 700}
    submission = records(town, "F05", "进度表", PROJECT, {**other, "本年累计完成投资（万元）": None}, {**other, "项目代码": "A3", "项目名称": "丙", "计划总投资（万元）": None, "本年累计完成投资（万元）": 130})
    assert said(submission) == [("E-BLANK", "G6"), ("E-BLANK", "L5")]
    assert checked(submission, "fai_new_project_cnt").status is Status.REFUSED
    assert said(records(town, "F05", "进度表", *({**one, "本年累计完成投资（万元）": None} for one in (PROJECT, other)))) == []


def test_m30_a_record_without_day_and_figure_that_would_count_is_asked_about(town):
    submission = records(town, "F05", "进度表", PROJECT, {**PROJECT, "项目代码": "A2", "项目名称": "乙", "入库日期": None, "计划总投资（万元）": None})
    assert said(submission) == [("M30", "I5")]


@pytest.mark.parametrize(("column", "word", "persons"), [
    ("保障类别", "A类", 2), ("保障类别", "特困供养", 1), ("变动情况", "已退出", 1), ("变动情况", "退保", 1), ("变动情况", "正常", 2), ("变动情况", "无变动", 2),
    ("变动情况", "拟退出", None), ("保障类别", "甲类", None),
])  # fmt: skip
def test_words_of_a_list_of_persons_that_mean_one_thing_are_taken_for_it(town, column, word, persons):
    one = {"村（社区）": "岚峰村", "身份证号": "980112195803071015", "低保证号": "D1", "保障类别": "A", "保障人口": 1, "月保障金额（元）": 400}
    submission = records(town, "F13", "花名册", one, {**one, "身份证号": "980112196003071017", "低保证号": "D2", column: word})
    found = checked(submission, "dibao_persons_ledger")
    assert (found.value, found.status) == ((str(persons), Status.REPORTED) if persons else (None, Status.REFUSED))
    assert ("E-WORD" in {i.code for i in loud(submission)}) is (persons is None)


def test_m02_last_month_s_records_under_this_month_s_title_are_refused_and_not_nought(town):
    may = [{**RELIEF, "发放日期": datetime(2020, 5, day)} for day in (9, 12)]
    submission = records(town, "F14", "台账", *may)
    assert ("M02", "I4") in said(submission) and checked(submission, "temp_relief_amt").status is Status.REFUSED
    submission = records(town, "F14", "台账", *may, RELIEF)
    assert "M02" not in {i.code for i in loud(submission)} and checked(submission, "temp_relief_amt").value == "500"


SITE = {"申报单位": "岚峰村党支部", "类别": "星级支部", "村（社区）": "岚峰村", "申报星级": "五星", "申报日期": datetime(2020, 3, 2), "调研验收日期": datetime(2020, 5, 9)}


def test_m02_a_running_list_without_a_day_of_the_month_is_an_older_one_unless_it_says_that_there_was_none(town):
    submission = records(town, "F02", "台账", SITE, {**SITE, "申报单位": "麓溪村党支部", "调研验收日期": None})
    assert said(submission) == [("M02", "G4")] and checked(submission, "party_star_sites_inspected_cnt").status is Status.REFUSED
    none = page(town, "F02", "台账", [[1, *(SITE.get(c.path) for c in town.forms["F02"].sheet("台账").columns[1:])], ["注：本月无调研验收。"]])
    for honest in (read(none, town), records(town, "F02", "台账", SITE | {"调研验收日期": None})):
        assert said(honest) == [] and checked(honest, "party_star_sites_inspected_cnt").value == "0"
    assert checked(records(town, "F02", "台账", SITE, SITE | {"调研验收日期": datetime(2020, 6, 5)}), "party_star_sites_inspected_cnt").value == "1"


@pytest.mark.parametrize(("figure", "day", "value"), [(2, 5, None), (0, 5, "0"), (2, 6, "1"), (0, None, "0"), (2, None, None)])
def test_m02_a_roster_without_a_training_of_the_month_is_no_nought_where_the_form_s_own_table_counts_some(town, figure, day, value):
    branches = [*head(town, "F01", "月报", 2020, 6), [1, "岚峰村党支部", "岚峰村", 5, figure, 4, 3, 0, 0, 1, 0, None]]
    person = ["某人", "男", "汉", "980112195803071015", "高中", "岚峰村党支部", None, None, None, "积极分子班", day and datetime(2020, day, 9), None, None]
    roster = [*head(town, "F01", "花名册", 2020, 6), [1, *person]]
    submission = read(xlsx({"月报": branches, "花名册": roster}, {"月报": merges(town, "F01", "月报", 3)}), town)
    found = checked(submission, "party_activist_trained_cnt")
    assert (found.value, found.status is Status.REFUSED) == (value, value is None)
    assert ("M02" in {i.code for i in loud(submission)}) is (value is None) and checked(submission, "party_devobj_trained_cnt").value == "0"


@pytest.mark.parametrize(("year", "counted"), [(2019, "1"), ("2019年", "1"), ("二〇一九", "1"), (19, None), ("19", None), ("19年", None), (2109, None), ("2109", None), (0, None), ("无", None)])
def test_m24_a_year_that_is_none_is_refused_and_the_project_does_not_vanish(town, year, counted):
    project = {"项目类别": "污水管网", "项目名称": "甲", "建设地点（村/组）": "岚峰村", "铺排年度": year, "当前状态": "在建"}
    submission = records(town, "F07", "进度表", project)
    assert checked(submission, "proj_sewage_planned_cnt").value == counted
    assert said(submission) == ([] if counted and year != "二〇一九" else [("M24", "E5")])
