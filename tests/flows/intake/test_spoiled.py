"""Hand-ins as clerks spoil them: a correction beside the figure, a period said twice, a list that goes on elsewhere, words for a number."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from openpyxl import load_workbook

from catalog.issues import Action
from catalog.observations import Reading, Status
from flows.intake.history import against_history, standing_still
from tests.flows.intake.sheets import head, held, loud, merges, page, read, reading, records, small_town, values, village_rows, xlsx

F19 = ("F19", "月报")
PATROL, MEASURE = "巡违控违（户）", "illegal_build_patrol_hh"
ID = "980112195803071015"


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def said(submission):
    return [(i.code, i.cell) for i in loud(submission)]


def spoiled(town, change, form="F19", figures=None):
    """A form of villages of June whose sheet somebody has written into."""
    figures = figures or {PATROL: (4, 5, 6)}
    book = load_workbook(io.BytesIO(page(town, form, "月报", village_rows(town, form, "月报", figures))))
    change(book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return read(out.getvalue(), town)


def put(cell, text):
    return lambda sheet: sheet.__setitem__(cell, text)


# --- a correction beside the figure ------------------------------------------------------------------------


@pytest.mark.parametrize(("cell", "text"), [
    ("L5", "巡违控违应为6户"), ("L5", "数据有误，以系统为准"), ("L5", "本月未发，下月补发"), ("L5", "初步数"), ("L5", "另有1起未列入"), ("L5", "快报数，待区局核定"),
    ("N5", "更正后6"), ("N6", "此村数据待重报"), ("A8", "说明：石湾村数据未核实"), ("A8", "更正：岚峰村应为6户"), ("A8", "填表人：某  说明：由4改为6"),
    ("L5", "此数为5—6月合计"), ("L5", "两个月合并填报"), ("A8", "注：数据统计至6月20日"),
])  # fmt: skip
def test_m37_a_correction_written_beside_below_or_in_the_remarks_is_pointed_to(town, cell, text):
    submission = spoiled(town, put(cell, text))
    assert said(submission) == [("M37", cell)] and text not in loud(submission)[0].message


@pytest.mark.parametrize(("cell", "text"), [("L5", "已核实"), ("L5", "复验"), ("N5", "核对无误"), ("A8", "注：户数以月底在册为标准，各村应于28日前报送。"), ("N5", 6), ("N5", "与上月相同")])
def test_words_that_correct_nothing_are_let_be(town, cell, text):
    assert said(spoiled(town, put(cell, text))) == []


def test_m27_a_unit_in_the_remark_of_a_row_with_its_own_unit_holds_the_row(town):
    """F03: 单位：千元 beside a row of 万元 was read as 万元 without a word."""
    columns = [c.path for c in town.forms["F03"].sheet("月报").columns]

    def handed_in(remark):
        row = {"序号": 1, "指标名称": "税收入库", "计量单位": "万元", "完成情况 > 本月完成": 937, "完成情况 > 本年累计（1—本月）": 4618, "完成情况 > 上年同期累计": 4385, "备注": remark}
        return read(page(town, "F03", "月报", [[row.get(path) for path in columns]]), town)

    assert held(handed_in("单位：千元")) == ["E5", "F5", "G5"]
    assert held(handed_in("单位：万元")) == []


@pytest.mark.parametrize(("note", "asked"), [("注：门票收入单位：万元", True), ("注：门票收入以元计", False), ("注：设施投入含上年结转。", False)])
def test_m27_a_note_that_gives_one_column_another_s_unit_is_pointed_to(town, note, asked):
    """F09 has a column in 万元, so that a note about 万元 was believed to speak of that one."""
    columns = town.forms["F09"].sheet("月报").columns
    submission = read(page(town, "F09", "月报", [[1, "漂流", *[9] * (len(columns) - 3), None], [note]]), town)
    assert [(i.code, i.cell) for i in loud(submission) if i.code in ("M27", "M37")] == [("M37", "A6")] * asked


def test_m20_a_row_of_two_villages_is_told_to_be_two_rows(town):
    def both(sheet):
        sheet["B5"], sheet["C5"], sheet["C6"] = "岚峰村、麓溪村", 9, None
    assert any("每村一行" in i.message and i.cell == "B5" for i in loud(spoiled(town, both)))


def test_m20_m37_a_remark_that_speaks_of_another_village_is_pointed_to(town):
    def both(sheet):
        sheet["C5"], sheet["C6"], sheet["L5"] = 9, 0, "含麓溪村"
    assert said(spoiled(town, both)) == [("M37", "L5")]
    assert said(spoiled(town, put("L5", "岚峰村新增1户"))) == []


# --- a period said twice -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["填报单位：控违办  报告期：2020年5月", "所属期：2020.5", "统计月份：5月", "报告期：2019年6月", "统计时间：2020年5月21日至6月20日"])
def test_m12_another_month_than_the_title_s_in_the_head_is_told(town, text):
    assert said(spoiled(town, put("A2", text))) == [("M12", "A2")]


@pytest.mark.parametrize("text", ["报告期：2020年6月", "所属期：6月", "报告期：2020年6月1日至6月30日", "统计月份：2020.06", "统计时间：2020年6月1日至6月30日", "统计时间：2020年7月2日"])
def test_the_title_s_own_month_said_again_is_let_be(town, text):
    assert said(spoiled(town, put("A2", text))) == []


def test_m12_a_day_of_signing_before_the_month_is_told(town):
    assert said(spoiled(town, put("A8", "制表人：某  制表日期：2020.5.28"))) == [("M12", "A8")]
    assert said(spoiled(town, put("A8", "制表人：某  制表日期：2020.6.28"))) == []


def test_m10_a_sheet_named_after_another_month_is_told(town):
    named = lambda name: spoiled(town, lambda sheet: setattr(sheet, "title", name))  # noqa: E731
    assert [i.code for i in loud(named("5月"))] == ["M10"]
    assert said(named("6月")) == said(named("2020年6月份")) == said(named("1-6月")) == []


# --- a list that goes on elsewhere -------------------------------------------------------------------------


def check(day, **more):
    return {"日期": datetime(2020, 6, day), "地点（路段）": "国道", "检查车辆数": 5, "办案人": "某", **more}


@pytest.mark.parametrize(("name", "first", "refused"), [("续表", 1, True), ("Sheet2", 3, True), ("Sheet2", 1, False)])
def test_m10_records_that_go_on_in_a_sheet_without_headings_are_refused(town, name, first, refused):
    columns = [c.path for c in town.forms["F20"].sheet("台账").columns]
    rows = [[{"序号": n, **check(n)}.get(path) for path in columns] for n in (1, 2)]
    more = [[{"序号": first + n, **check(9 + n)}.get(path) for path in columns] for n in range(3)]
    submission = read(xlsx({"台账": [*head(town, "F20", "台账", 2020, 6), *rows], name: more}), town)
    assert submission.refused is refused and loud(submission)[-1].code == "M10"


# --- words for a number ------------------------------------------------------------------------------------


def person(**more):
    return {"村（社区）": "岚峰村", "身份证号": ID, "低保证号": "低保001", "保障类别": "A", **more}


def test_m26_words_for_the_number_of_a_household_are_refused(town):
    submission = records(town, "F13", "花名册", person(), person(身份证号="980112199012310022", 低保证号="同户主"))
    assert [(i.code, i.cell) for i in loud(submission)] == [("E-WORD", "J5")]
    assert reading(submission, "dibao_hh_ledger", "禾麓镇").status is Status.REFUSED


@pytest.mark.parametrize("remark", ["该户已迁走", "本月起停止享受", "不再享受低保", "已取消低保资格", "已退出", "未纳入低保", "户主，非保障对象"])
def test_m40_other_words_for_a_person_who_has_left_are_asked_about(town, remark):
    assert [i.code for i in loud(records(town, "F13", "花名册", person(备注=remark)))] == ["M40"]


def test_an_opinion_about_something_given_up_is_no_record_to_be_given_up(town):
    assert loud(records(town, "F10", "台账", {"收集日期": datetime(2020, 6, 9), "村（社区）": "岚峰村", "意见建议内容": "公交线路已取消，请恢复；水费重复收取"})) == []


def test_m40_a_death_in_the_brackets_of_a_kind_is_asked_about(town):
    paid = {"对象类别": "优抚（已故）", "身份证号": ID, "月（季）标准（元）": 800, "实发金额（元）": 800, "发放月份": "2020.06"}
    assert [(i.code, i.cell) for i in loud(records(town, "F15", "发放表", paid))] == [("M40", "B4")]
    assert loud(records(town, "F15", "发放表", {**paid, "对象类别": "优抚（烈属）"})) == []


def test_m24_two_branches_in_one_row_are_not_counted_as_one(town):
    visit = {"申报单位": "岚峰村党支部、麓溪村党支部", "村（社区）": "岚峰村", "调研验收日期": datetime(2020, 6, 9)}
    assert [(i.code, i.cell) for i in loud(records(town, "F02", "台账", visit))] == [("M24", "B4")]
    again = [{**visit, "申报单位": "岚峰村党支部"}, {**visit, "申报单位": "岚峰村党支部", "调研验收日期": datetime(2020, 6, 19), "备注": "复验"}, {**visit, "申报单位": "机关、学校联合党支部"}]
    assert loud(records(town, "F02", "台账", *again)) == []


@pytest.mark.parametrize("words", ["无意见", "暂无意见建议", "没有意见", "群众均无意见"])
def test_m24_nothing_said_in_more_words_is_no_opinion(town, words):
    heard = {"收集日期": datetime(2020, 6, 9), "村（社区）": "岚峰村", "意见建议内容": words}
    assert [(i.code, i.cell) for i in loud(records(town, "F10", "台账", heard))] == [("E-BLANK", "G4")]
    assert loud(records(town, "F10", "台账", {**heard, "意见建议内容": "对修路无意见，对电价有意见"})) == []


def test_m26_nothing_paid_this_month_declares_that_there_is_nothing_to_list(town):
    submission = records(town, "F14", "台账", {"救助类别": "本月未发放"})
    assert loud(submission) == [] and reading(submission, "serious_illness_aid_amt", "禾麓镇").status is Status.ZERO
    assert [(i.code, i.cell) for i in loud(records(town, "F15", "发放表", {"对象类别": "统战", "身份证号": ID, "实发金额（元）": 800, "发放月份": "未发放"}))] == [("M30", "J4")]


def test_m44_a_total_over_blank_rows_is_told(town):
    blanks = village_rows(town, *F19, {PATROL: (None, None, None)})
    total = ["合计", None, 15, *[None] * (len(blanks[0]) - 3)]
    submission = read(xlsx({"月报": [*head(town, *F19, 2020, 6), *blanks, total]}, {"月报": merges(town, *F19, 3)}), town)
    assert said(submission) == [("M44", "C8")] and set(values(submission, MEASURE).values()) == {None}


def test_a_name_that_slipped_into_a_table_of_figures_is_repeated_nowhere(town):
    def slip(sheet):
        sheet["C5"], sheet["B6"] = "许生子", "袁嘉雨"
    submission = spoiled(town, slip)
    assert {("M24", "C5"), ("M20", "B6")} <= set(said(submission))
    assert "许生子" not in repr(submission) and "袁嘉雨" not in repr(submission)
    assert "疑似岚峰" not in repr(submission) and "岚风村" in repr(spoiled(town, put("B5", "岚风村")).issues)


# --- beside the other months -------------------------------------------------------------------------------


def month(measure, number, figures, role="flow_month", unit="人"):
    return [
        Reading(measure, str(code), str(code), f"2020-{number:02d}", str(value), Status.REPORTED if value else Status.ZERO, "月报", f"H{code}", str(value), role, unit)
        for code, value in enumerate(figures, 5)
    ]  # fmt: skip


@pytest.mark.parametrize(("june", "wrong"), [((30, 19, 24, 6), True), ((30, 3, 4, 1), False), ((10, 6, 8, 2), False), ((0, 0, 0, 0), False), ((30, 14, 24, 6), False)])
def test_m28_a_month_that_holds_all_the_months_before_is_held_where_there_is_no_cumulative_beside_it(town, june, wrong):
    """F16 has no 累计 of new certificates: January to June under 本月 was published as June."""
    history = {f"2020-{n:02d}": month("disabled_cert_new_persons", n, (5, 3, 4, 1)) for n in range(1, 6)} | {"2020-06": month("disabled_cert_new_persons", 6, june)}
    assert {(period, issue.code) for period, issue, _ in against_history(town.forms["F16"], town, history)} == ({("2020-06", "M28")} if wrong else set())
    del history["2020-03"]
    assert against_history(town.forms["F16"], town, history) == []


def test_a_park_that_opens_again_has_not_written_its_year_into_one_month(town):
    """April 2020 of the sample: as much as January to March together, of which two months were nearly nothing."""
    history = {f"2020-{n:02d}": month("disabled_cert_new_persons", n, figures) for n, figures in enumerate(((40, 30, 20), (0, 0, 0), (10, 8, 5), (60, 45, 30)), 1)}
    assert against_history(town.forms["F16"], town, history) == []


@pytest.mark.parametrize(("june", "wrong"), [(104, True), (40, True), (13, False), (1, False)])
def test_m27_a_figure_far_from_its_steady_months_is_held_whatever_the_slip(town, june, wrong):
    """4 typed 104: more than a digit too many, less than any unit too small."""
    history = {f"2020-{n:02d}": month(MEASURE, n, (figure,), unit="户") for n, figure in enumerate((4, 5, 4, 4, 5, june), 1)}
    assert {period for period, *_ in against_history(town.forms["F19"], town, history)} == ({"2020-06"} if wrong else set())


@pytest.mark.parametrize(("june", "wrong"), [(20, False), (35, True)])
def test_a_campaign_may_do_twenty_where_one_was_done(town, june, wrong):
    history = {f"2020-{n:02d}": month(MEASURE, n, (figure,), unit="户") for n, figure in enumerate((1, 1, 2, 1, 1, june), 1)}
    assert {period for period, *_ in against_history(town.forms["F19"], town, history)} == ({"2020-06"} if wrong else set())


@pytest.mark.parametrize(("idle", "wrong"), [(1, True), (3, False)])
def test_m27_a_month_of_nothing_does_not_make_a_series_unsteady(town, idle, wrong):
    figures = (*[0] * idle, *[4] * (8 - idle), 104)
    history = {f"2020-{n:02d}": month(MEASURE, n, (figure,), unit="户") for n, figure in enumerate(figures, 1)}
    assert [period for period, *_ in against_history(town.forms["F19"], town, history)] == ["2020-09"] * wrong


def test_m02_a_running_sum_of_a_ledger_that_stands_still_is_asked_about(town):
    def sums(*values):
        return {f"2020-{n:02d}": [Reading("fai_completed_projects", "1", "镇", f"2020-{n:02d}", v, Status.REPORTED, "进度表", "4:25（22行）", "", "ledger", "元")] for n, v in enumerate(values, 5)}

    assert [(period, issue.code, issue.action) for period, issue in standing_still(town, sums("901900000", "901900000"))] == [("2020-06", "M02", Action.WARN)]
    assert standing_still(town, sums("901900000", "1246800000")) == standing_still(town, sums("0", "0")) == []
