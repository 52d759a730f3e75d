"""What a row says twice and says differently, or says half of: asked about, never settled by the reader."""

from __future__ import annotations

from datetime import datetime

import pytest
from openpyxl.utils import get_column_letter

from catalog.issues import Action
from catalog.observations import Status
from tests.flows.intake.sheets import handed, held, loud, page, read, records, small_town, village_rows


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def refused(submission):
    return [(i.code, i.cell) for i in loud(submission) if i.action is Action.REFUSE_CELL]


def figure(submission, indicator):
    found = next(r for r in submission.readings if r.measure == indicator)
    return found.value, found.status


@pytest.mark.parametrize(("form", "one", "other"), [
    ("F11", "安全事故 > 死亡人数", "安全事故 > 起数"), ("F17", "外出务工交通补贴 > 金额（元）", "外出务工交通补贴 > 人数"),
])  # fmt: skip
def test_a_figure_that_cannot_be_beside_a_zero_is_held_and_the_zero_too(town, form, one, other):
    assert len(held(handed(town, form, "月报", {one: (3, 2, 0), other: (0, 1, 0)}))) == 2
    assert held(handed(town, form, "月报", {one: (3, 2, 0), other: (1, 1, 0)})) == []


@pytest.mark.parametrize(("form", "money", "persons", "cells"), [
    ("F12", "农村低保 > 发放金额 > 本月", "农村低保 > 人数", ["D6", "I6"]), ("F12", "事实无人抚养儿童 > 发放金额 > 本月", "事实无人抚养儿童 > 人数", ["AA6", "Z6"]),
    ("F16", "困难残疾人生活补贴 > 金额（元）", "困难残疾人生活补贴 > 人数", ["K5", "L5"]),
])  # fmt: skip
def test_an_allowance_that_nobody_gets_is_held(town, form, money, persons, cells):
    assert held(handed(town, form, "月报", {money: (3200, 0, 0), persons: (0, 0, 0)})) == cells


def test_f16_more_who_are_paid_than_have_a_certificate_are_held(town):
    certified = {f"持证残疾人（人） > {name}": (20, 20, 20) if name in ("总数", "一级") else (0, 0, 0) for name in ("总数", "一级", "二级", "三级", "四级")}
    assert held(handed(town, "F16", "月报", {**certified, "困难残疾人生活补贴 > 人数": (21, 20, 0)})) == ["C5", "K5"]


def test_f18_more_tanks_accepted_than_were_ever_done_are_held(town):
    figures = {"三格式化粪池（座） > 累计完成": (9, 9, 0), "三格式化粪池（座） > 验收数": (9, 10, 4)}
    assert held(handed(town, "F18", "进度表", figures)) == ["E6", "F6"]


def trained(course):
    return {"姓名": "某某", "身份证号": "980112195803071015", "所在支部": "岚峰村党支部", "培训班次": course, "培训日期": datetime(2020, 6, 9)}


@pytest.mark.parametrize("course", [None, "入党积极份子培训班", "发展对像培训班（第一期）"])
def test_f01_a_course_that_is_blank_or_one_sign_off_is_refused_and_does_not_vanish(town, course):
    submission = records(town, "F01", "花名册", trained(course), trained("入党积极分子培训班"))
    assert [cell for _, cell in refused(submission)] == ["K4"]
    assert figure(submission, "party_activist_trained_cnt") == (None, Status.REFUSED)


def test_f01_a_course_of_another_kind_is_another_course(town):
    submission = records(town, "F01", "花名册", trained("预备党员培训班"), trained("入党积极分子培训班"))
    assert refused(submission) == [] and figure(submission, "party_activist_trained_cnt")[0] == "1"


def project(**more):
    return {"项目类别": "化粪池", "项目名称": "甲", "建设地点（村/组）": "岚峰村", "铺排年度": 2020, "当前状态": "在建", **more}


def test_f07_an_accepted_project_without_its_day_is_refused(town):
    submission = records(town, "F07", "进度表", project(), project(项目名称="乙", 当前状态="已验收"))
    assert refused(submission) == [("E-BLANK", "Q6")] and figure(submission, "proj_accepted_cnt") == (None, Status.REFUSED)
    assert "填“已验收”" in loud(submission)[-1].message
    assert refused(records(town, "F07", "进度表", project(), project(项目名称="乙", 当前状态="已验收", 竣工验收日期=datetime(2020, 6, 9)))) == []


@pytest.mark.parametrize(("state", "day", "cells"), [("在建", datetime(2020, 6, 9), ["Q5"]), ("前期", "2020-05-09", ["Q5"]), ("在建", datetime(2020, 7, 20), []), ("完工", datetime(2020, 6, 9), [])])
def test_f07_a_day_of_acceptance_beside_a_project_under_way_is_refused(town, state, day, cells):
    submission = records(town, "F07", "进度表", project(当前状态=state, 竣工验收日期=day))
    assert [cell for _, cell in refused(submission)] == cells
    assert not cells or figure(submission, "proj_accepted_cnt") == (None, Status.REFUSED)


@pytest.mark.parametrize(("said", "flag"), [
    ("塔基浇筑全部完成，正在组塔", "是"), ("塔基浇筑已全部完成", "是"), ("塔基浇筑（41基）已全部完成待验收", "是"), ("塔基施工", "否"), ("塔基浇筑未全部完成", "否"), ("前期工作", "否"), ("塔基浇筑完成27基，组塔8基", "否"),
    ("塔基浇筑完成60%", "否"), ("塔基浇筑预计7月全部完成", "否"), ("预计7月塔基浇筑全部完成", None), ("预计7月底，塔基浇筑全部完成", None), ("力争塔基浇筑全部完成", None), ("塔基浇筑全部完成后组塔", None), ("塔基全部浇筑完成", None), ("塔基浇筑已完成", None),
])  # fmt: skip
def test_f07_a_sentence_of_progress_says_done_only_where_it_says_so(town, said, flag):
    submission = records(town, "F07", "进度表", project(项目类别="电力", 形象进度=said, **{"工程量 > 计量单位": "基", "工程量 > 计划量": 41, "工程量 > 累计完成量": 27}), project(项目名称="乙", 形象进度="预计7月塔基浇筑全部完成"))
    assert figure(submission, "powerline_foundation") == ((flag, Status.REPORTED) if flag else (None, Status.REFUSED))
    assert refused(submission) == ([] if flag else [("E-WORD", "N5")])


def test_f07_the_same_project_in_two_rows_is_named(town):
    assert [i.code for i in loud(records(town, "F07", "进度表", project(), project(序号=2)))] == ["M39"]


def test_f18_a_homestead_of_no_kind_is_refused(town):
    figures = {"示范屋场（美丽屋场） > 名称": ("上屋场", "下屋场", None), "示范屋场（美丽屋场） > 创建类型": ("美丽屋场", None, None)}
    submission = handed(town, "F18", "进度表", figures)
    assert refused(submission) == [("E-BLANK", "J6")] and figure(submission, "beautiful_wuchang_villages") == (None, Status.REFUSED)


def test_f05_a_contradiction_is_told_in_the_figures_that_were_written(town):
    row = {"项目代码": "2020-98-01", "项目名称": "甲", "所在村": "岚峰村", "入库日期": datetime(2020, 3, 1), "入统状态": "已入库", "自开始建设累计完成投资（万元）": 6112, "本年累计完成投资（万元）": 4352, "本月完成（万元）": 79600}
    told = [i.message for i in loud(records(town, "F05", "进度表", row)) if i.code == "E-ABOVE"]
    assert len(told) == 1 and "填79600，大于L4本年累计完成投资（万元）的4352，" in told[0]


# --- days on which nothing can have happened ---------------------------------------------------------------


def entered(**more):
    return {"项目代码": "A1", "项目名称": "甲", "计划总投资（万元）": 8000, "入库日期": datetime(2020, 6, 9), "入统状态": "已入库", **more}


@pytest.mark.parametrize(("more", "cells"), [({"入统状态": "待审"}, ["I5"]), ({"入统状态": "待审", "入库日期": None}, []), ({"计划总投资（万元）": 1.2}, ["G5"]), ({"计划总投资（万元）": 600}, [])])
def test_f05_a_project_that_has_a_day_and_waits_or_is_in_another_unit_does_not_vanish(town, more, cells):
    """待审 was forgotten beside the day, 1.2 was in 亿元: each time one new project fewer was printed."""
    submission = records(town, "F05", "进度表", entered(), entered(项目代码="A2", 项目名称="乙", **more), entered(项目代码="A3", 项目名称="丙"))
    assert [cell for _, cell in refused(submission)] == cells


def visited(name, village):
    return {"申报单位": name, "村（社区）": village, "调研验收日期": datetime(2020, 6, 9)}


@pytest.mark.parametrize(("other", "asked"), [("麓溪村", ["B5"]), ("岚峰村", []), ("岚峰", []), (None, [])])
def test_m39_one_name_in_two_villages_is_asked_about(town, other, asked):
    """第一党小组 of two villages was one; a second visit of the same is one indeed."""
    submission = records(town, "F02", "台账", visited("第一党小组", "岚峰村"), visited("第一党小组", other), visited("第二党小组", "麓溪村"))
    assert [i.cell for i in loud(submission) if "村却不同" in i.message] == asked and figure(submission, "party_star_sites_inspected_cnt")[0] == "2"


def household(**more):
    return {"批次": "二", "村": "岚峰村", "身份证号": "980112195803071015", "有房/无房": "有房", "启动日期": datetime(2020, 5, 18), **more}


def test_f08_a_house_pulled_down_without_a_contract_is_refused(town):
    submission = records(town, "F08", "台账", household(倒房日期=datetime(2020, 6, 9)))
    assert refused(submission) == [("E-BLANK", "M4")]
    assert refused(records(town, "F08", "台账", household(), household(身份证号="980112199212237309", 签约日期=datetime(2020, 6, 1), 倒房日期=datetime(2020, 6, 9)))) == []


@pytest.mark.parametrize("day", [datetime(2022, 6, 1), "2021-06-09", datetime(1900, 5, 18)])
def test_m30_a_house_pulled_down_in_the_future_or_before_the_records_begin_is_refused(town, day):
    submission = records(town, "F08", "台账", household(签约日期=datetime(2020, 6, 1), 倒房日期=day))
    assert refused(submission) == [("M30", "O4")] and figure(submission, "reloc_remaining_hh") == (None, Status.REFUSED)


def test_m30_a_day_after_the_month_and_a_planned_one_are_honest(town):
    assert refused(records(town, "F08", "台账", household(签约日期=datetime(2020, 6, 1), 倒房日期=datetime(2020, 7, 3)))) == []
    assert refused(records(town, "F07", "进度表", project(竣工验收日期=datetime(2020, 12, 30)))) == []


# --- what a message claims is so ---------------------------------------------------------------------------


def named(town, label):
    rows = village_rows(town, "F19", "月报", {"巡违控违（户）": (4, 5, 6)}, names=("岚峰村", "麓溪村", label))
    return next(i.message for i in read(page(town, "F19", "月报", rows), town).issues if i.code == "M20")


@pytest.mark.parametrize(("label", "near"), [("石湾小区", "石湾村"), ("石湾村(12组)", "石湾村"), ("镇级", ""), (None, "")])
def test_m20_only_a_name_that_is_near_is_asked_about(town, label, near):
    message = named(town, label)
    assert (f"是否即“{near}”" in message) if near else "是否即" not in message
    assert ("没有写村名" in message) is (label is None)


def test_m14_an_unknown_indicator_is_told_with_the_nearest_name(town):
    columns = [c.path for c in town.forms["F03"].sheet("月报").columns]
    body = [[{"指标名称": name, "计量单位": "万元", "完成情况 > 本月完成": 3}.get(path) for path in columns] for name in ("规模以上工业总产值", "粮食产量")]
    told = [i.message for i in read(page(town, "F03", "月报", body), town).issues if "未登记" in i.message]
    assert "如即“规模工业总产值”" in told[0] and "如即" not in told[1]


@pytest.mark.parametrize(("path", "cell"), [("完成情况 > 本年累计（1—本月）", "F5"), ("完成进度（%）", "I5"), ("同比增长（%）", ""), ("全区排名", "")])
def test_m14_a_figure_in_a_column_where_its_indicator_has_none_is_asked_about(town, path, cell):
    columns = [c.path for c in town.forms["F03"].sheet("月报").columns]
    body = [[{"指标名称": "规模工业增加值增速", "计量单位": "%", path: 4.4 if path != "全区排名" else 4}.get(path_) for path_ in columns]]
    told = [i for i in read(page(town, "F03", "月报", body), town).issues if "填错了栏" in i.message]
    assert [i.cell for i in told] == ([cell] if cell else []) and all("H5同比增长（%）却空白" in i.message for i in told)


def test_m25_a_pair_that_contradicts_its_neighbour_is_said_once(town):
    submission = handed(town, "F12", "月报", {"农村低保 > 户数": ("12户/35人", 2, 3), "农村低保 > 人数": (30, 4, 6)})
    assert [i.cell for i in submission.issues if i.code == "M25"] == ["C6"]


@pytest.mark.parametrize(("path", "said"), [("残联/F16 6月.xlsx", "没有写明表名，"), ("6月/残疾人情况.xlsx", "没有写明月份，"), ("6月/1.xlsx", "没有写明表名和月份，"), ("新建.xlsx", "")])
def test_m09_what_a_file_s_name_lacks_is_named(town, path, said):
    messages = [i.message for i in read(page(town, "F16", "月报", village_rows(town, "F16", "月报", {})), town, f"2020年/06月/{path}").issues if i.code == "M09"]
    assert any(said in message for message in messages)


def firm(code, **more):
    return {"项目（企业）名称": "甲有限公司", "统一社会信用代码": code, "是否“四上”": "是", "注册日期": datetime(2020, 6, 8), **more}


@pytest.mark.parametrize(("codes", "count", "said"), [(("办理中", "办理中"), "2", []), (("91980112MA—1", "91980112MA-1"), "1", ["M39"]), (("91980112MA-1", "91980112MA-2"), "2", [])])
def test_m39_a_firm_is_known_by_its_code_and_words_are_none(town, codes, count, said):
    submission = records(town, "F06", "台账", firm(codes[0]), firm(codes[1], **{"项目（企业）名称": "乙\n有限公司"}))
    assert figure(submission, "invest_four_above_cnt")[0] == count and [i.code for i in loud(submission)] == said
    assert "\n" not in figure(submission, "invest_four_above_names")[0]


@pytest.mark.parametrize(("more", "asked"), [({}, []), ({"落地日期": datetime(2020, 6, 20)}, ["I4"]), ({"落地日期": datetime(2020, 6, 20), "是否“四上”": "否"}, [])])
def test_f06_a_firm_that_has_landed_and_was_never_registered_is_asked_about(town, more, asked):
    submission = records(town, "F06", "台账", {**firm("91980112MA1"), "注册日期": None, **more})
    assert [i.cell for i in loud(submission)] == asked and refused(submission) == []


def test_f07_a_month_above_all_that_was_done_is_refused(town):
    dredged = {"项目类别": "清淤", "工程量 > 计量单位": "口", "工程量 > 计划量": 12}
    rows = [project(**dredged, **{"工程量 > 累计完成量": 9, "工程量 > 本月完成量": 50}), project(项目名称="乙", **dredged, **{"工程量 > 累计完成量": 9, "工程量 > 本月完成量": 1})]
    submission = records(town, "F07", "进度表", *rows)
    assert refused(submission) == [("E-ABOVE", "J5")] and figure(submission, "proj_pond_dredged_cnt") == (None, Status.REFUSED)
    assert figure(records(town, "F07", "进度表", rows[1]), "proj_pond_dredged_cnt")[0] == "1"


def test_m16_the_greatest_spot_is_no_sum_where_the_total_row_adds_it_up_by_formula(town):
    columns = town.forms["F09"].sheet("月报").columns
    figures = [c.numeric for c in columns]
    body = [[n, name, *((value if c < 11 else n + 4) if number else None for c, number in enumerate(figures[2:], 3))]
            for n, (name, value) in enumerate((("主峰", 30), ("漂流", 20), ("营地", 10)), 1)]  # fmt: skip
    total = ["合计", None, *(f"=SUM({get_column_letter(c)}5:{get_column_letter(c)}7)" if number else None for c, number in enumerate(figures[2:], 3))]
    assert refused(read(page(town, "F09", "月报", [*body, total]), town)) == []
    assert refused(read(page(town, "F09", "月报", body), town)) == [("M20", "B5")]


# --- half of a record --------------------------------------------------------------------------------------


def lorry(**more):
    return {"日期": datetime(2020, 6, 2), "车牌号": "湘A·12345", "处罚决定书号": "（2020）渣罚字第06001号", "罚款金额（元）": 6500, **more}


@pytest.mark.parametrize(("more", "cell", "indicator"), [({"罚款金额（元）": None}, "K5", "muck_truck_fine_amt"), ({"处罚决定书号": "口头警告", "罚款金额（元）": 0}, "J5", "muck_truck_punished_cnt")])
def test_f20_a_decision_without_its_fine_and_words_in_the_place_of_its_number_are_refused(town, more, cell, indicator):
    submission = records(town, "F20", "台账", lorry(), lorry(**{"处罚决定书号": "（2020）渣罚字第06002号", **more}))
    assert [c for _, c in refused(submission)] == [cell] and figure(submission, indicator) == (None, Status.REFUSED)


def test_f20_a_check_a_fine_of_nothing_and_a_lorry_without_a_plate_are_honest(town):
    rows = [{"日期": datetime(2020, 6, 2), "地点（路段）": "金洲大道", "检查车辆数": 11}, lorry(**{"罚款金额（元）": 0}), lorry(处罚决定书号="（2020）渣罚字第06002号", 车牌号="无牌")]
    assert refused(records(town, "F20", "台账", *rows)) == []


@pytest.mark.parametrize("content", [None, "无", "  "])
def test_f10_a_meeting_at_which_nothing_was_said_is_no_opinion(town, content):
    opinion = {"收集日期": datetime(2020, 6, 2), "村（社区）": "岚峰村", "意见建议内容": "山塘漏水", "类别": "基础设施"}
    submission = records(town, "F10", "台账", opinion, {**opinion, "意见建议内容": content})
    assert refused(submission) == [("E-BLANK", "G5")] and figure(submission, "opinion_collected_cnt") == (None, Status.REFUSED)


def paid(paid_out, *, more=0, kind="优抚"):
    return {"对象类别": kind, "身份证号": "980112195803071015", "村（社区）": "岚峰村", "月（季）标准（元）": 814, "补发/扣减（元）": more, "实发金额（元）": paid_out, "发放月份": "2020.06"}


def test_f15_what_was_paid_is_the_standard_and_the_arrears(town):
    honest = [paid(814), paid(914, more=100), paid(714, more=-100), paid(814, more=None), paid(814)]
    assert refused(records(town, "F15", "发放表", *honest)) == []
    submission = records(town, "F15", "发放表", *honest, paid(2442))
    assert refused(submission) == [("M44", "I9")] and figure(submission, "youfu_amt") == (None, Status.REFUSED)
    assert "相加为814" in loud(submission)[-1].message


def test_f15_what_is_wrong_with_a_cell_is_said_once(town):
    assert [i.cell for i in loud(records(town, "F15", "发放表", paid(814), {**paid(814), "月（季）标准（元）": "若干"}))] == ["G5"]


def test_f15_a_list_that_reckons_in_a_way_of_its_own_is_asked_once(town):
    submission = records(town, "F15", "发放表", *(paid(800) for _ in range(4)))
    assert refused(submission) == [] and [i.cell for i in loud(submission) if "相加" in i.message] == ["I4"] and figure(submission, "youfu_amt")[0] == "3200"


@pytest.mark.parametrize("remark", ["2020年5月去世", "病故", "已故", "与第5行重复", "放弃"])
def test_m40_a_death_in_any_words_is_asked_about(town, remark):
    assert [i.code for i in loud(records(town, "F15", "发放表", {**paid(814), "备注": remark}))] == ["M40"]


# --- units that only the neighbours contradict -------------------------------------------------------------


def output(town, **more):
    columns = [c.path for c in town.forms["F03"].sheet("月报").columns]
    row = {"指标名称": "规模工业总产值", "计量单位": "万元", "完成情况 > 本月完成": 35950, "完成情况 > 本年累计（1—本月）": 168350, "完成情况 > 上年同期累计": 162890, "同比增长（%）": 3.4, **more}
    return read(page(town, "F03", "月报", [[row.get(path) for path in columns]]), town)


@pytest.mark.parametrize(("more", "cells"), [
    ({}, []), ({"完成情况 > 上年同期累计": 1628900}, ["F5", "G5"]), ({"完成情况 > 本年累计（1—本月）": 1683500}, ["F5", "G5"]), ({"同比增长（%）": 30}, []), ({"同比增长（%）": -60}, []),
    ({"同比增长（%）": -100}, []), ({"计量单位": "亿元"}, ["E5", "F5", "G5"]),
])  # fmt: skip
def test_m27_a_base_or_a_sum_in_another_unit_is_held(town, more, cells):
    assert held(output(town, **more)) == cells


@pytest.mark.parametrize(("month", "did", "said"), [(2, 168350, (None, Status.NOT_APPLICABLE)), (2, 90000, ("900000000", Status.REPORTED)), (3, 168350, ("1683500000", Status.REPORTED))])
def test_m28_the_two_months_in_the_column_of_february_are_no_february(town, month, did, said):
    """2月填1—2月累计: whoever fills both columns is right, and got the file back."""
    columns = [c.path for c in town.forms["F03"].sheet("月报").columns]
    row = {"指标名称": "规模工业总产值", "计量单位": "万元", "完成情况 > 本月完成": did, "完成情况 > 本年累计（1—本月）": 168350}
    submission = read(page(town, "F03", "月报", [[row.get(path) for path in columns]], month=month), town, f"2020年/{month:02d}月/F03.xlsx")
    assert figure(submission, "ind_output") == said and figure(submission, "ind_output_ytd")[0] == "1683500000"
    assert ["1—2月累计" in i.message for i in submission.issues if (i.code, i.action) == ("M28", Action.FIX)] == [True] * (said[0] is None)


@pytest.mark.parametrize(("target", "progress", "cells"), [
    (330000, 51, []), (330000, None, []), (33, None, ["D5", "F5"]), (33, 510151.5, ["D5", "F5"]), (3300000000, 0.0051, ["D5", "F5"]), (120000, 140.3, []),
])  # fmt: skip
def test_m27_a_target_in_another_unit_is_held_though_the_progress_is_reckoned_from_it(town, target, progress, cells):
    """558000% of the year's taxes were printed: the formula beside them said so too."""
    assert held(output(town, **{"年度目标任务": target, "完成进度（%）": progress})) == cells


@pytest.mark.parametrize(("more", "cells"), [
    ({}, ["D5", "E5", "F5", "G5"]), ({"计量单位": "亿元"}, []), ({"完成情况 > 本年累计（1—本月）": 0, "完成情况 > 本月完成": 0, "同比增长（%）": -100}, []),
    ({"指标名称": "#产业投资"}, []),
])  # fmt: skip
def test_m27_less_than_any_town_makes_is_in_another_unit_and_its_row_is_held(town, more, cells):
    figures = {"年度目标任务": 3.3, "完成情况 > 本月完成": 0.3595, "完成情况 > 本年累计（1—本月）": 1.6835, "完成情况 > 上年同期累计": 1.6289, "同比增长（%）": 3.4}
    assert held(output(town, **{**figures, **more})) == cells


@pytest.mark.parametrize(("last_year", "rate", "asked"), [
    (162890, 3.4, False), (34100, 393.7, True), (34100, None, True), (34100, 5.4, True), (80000, 110.4, False), (9000, 1770.6, False),
])  # fmt: skip
def test_m28_one_month_of_last_year_under_its_sum_is_asked_about(town, last_year, rate, asked):
    """Growth of 507% was printed: reckoned from that month, the rate agreed with it."""
    submission = output(town, **{"完成情况 > 上年同期累计": last_year, "同比增长（%）": rate})
    assert [i.cell for i in submission.issues if i.code == "M28"] == ["G5"] * asked


@pytest.mark.parametrize(("did", "rate", "cells"), [(168350, 3.4, ["E5"]), (35950, 3.4, []), (168350, None, []), (168350, 9.1, [])])
def test_m28_the_sum_under_the_month_with_no_sum_beside_it_is_held_where_the_rate_says_that_it_is_one(town, did, rate, cells):
    assert held(output(town, **{"完成情况 > 本月完成": did, "完成情况 > 本年累计（1—本月）": None, "同比增长（%）": rate})) == cells


def test_m27_a_figure_no_township_has_is_told_in_words(town):
    assert "按所写的单位是168350亿元，疑单位填错" in "".join(i.message for i in output(town, 计量单位="亿元").issues)


@pytest.mark.parametrize(("typed", "value"), [("6.6↓", "-6.6"), ("6.6%↓", "-6.6"), ("3.4↑", "3.4")])
def test_m29_an_arrow_behind_the_rate_is_its_direction(town, typed, value):
    columns = [c.path for c in town.forms["F03"].sheet("月报").columns]
    body = [[{"指标名称": "规模工业增加值增速", "计量单位": "%", "同比增长（%）": typed}.get(path) for path in columns]]
    assert next(r.value for r in read(page(town, "F03", "月报", body), town).readings if r.measure == "ind_added_value_yoy_pct") == value
