"""Rows and sheets that were lost, added or taken for another month's without a word."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from catalog.issues import Action
from catalog.observations import Reading, Status
from flows.intake.history import against_history, carried_over, rows_gone
from tests.flows.intake.sheets import NAMES, codes, head, loud, merges, read, small_town, village_rows, xlsx


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def ledger(town, form_id, sheet, rows, more=None):
    columns = [c.path for c in town.forms[form_id].sheet(sheet).columns]
    body = [[{"序号": n, **row}.get(p) for p in columns] for n, row in enumerate(rows, 1)]
    return xlsx({sheet: head(town, form_id, sheet, 2020, 6) + body, **(more or {})}, {sheet: merges(town, form_id, sheet, 3)})


def said(submission, indicator):
    found = next(r for r in submission.readings if r.measure == indicator)
    return found.value, found.status


def project(kind, unit, done):
    return {"项目类别": kind, "项目名称": "某项目", "建设地点（村/组）": "岚峰村", "铺排年度": 2020, "工程量 > 计量单位": unit,
            "工程量 > 计划量": done, "工程量 > 累计完成量": done, "工程量 > 本月完成量": done, "当前状态": "在建"}  # fmt: skip


@pytest.mark.parametrize(("kind", "unit", "indicator"), [
    ("清淤", "个", "proj_pond_dredged_cnt"), ("清淤", "口（座）", "proj_pond_dredged_cnt"), ("电力", "座", "powerline_tower_erected_cnt"),
    ("电力", None, "powerline_tower_planned_cnt"),
])  # fmt: skip
def test_f07_a_unit_the_category_does_not_know_is_refused_and_not_left_out(town, kind, unit, indicator):
    good = project(kind, "口" if kind == "清淤" else "基", 3)
    submission = read(ledger(town, "F07", "进度表", [good, project(kind, unit, 2)]), town)
    assert said(submission, indicator) == (None, Status.REFUSED)
    assert any(i.code == "E-WORD" and i.cell == "G6" for i in loud(submission))


def test_f07_a_doubtful_tower_takes_no_pond_away_and_a_doubtful_pond_no_tower(town):
    rows = [project("清淤", "口", 5), project("电力", "基", 27), project("电力", "座", 3)]
    submission = read(ledger(town, "F07", "进度表", rows), town)
    assert said(submission, "proj_pond_dredged_cnt")[0] == "5" and said(submission, "powerline_tower_erected_cnt") == (None, Status.REFUSED)
    submission = read(ledger(town, "F07", "进度表", [*rows[:2], project("清淤", "个", 3)]), town)
    assert said(submission, "proj_pond_dredged_cnt") == (None, Status.REFUSED) and said(submission, "powerline_tower_erected_cnt")[0] == "27"


def test_f07_kilometres_of_a_river_are_no_ponds(town):
    submission = read(ledger(town, "F07", "进度表", [project("清淤", "口", 3), project("清淤", "公里", 2)]), town)
    assert said(submission, "proj_pond_dredged_cnt")[0] == "3" and "E-WORD" not in codes(submission)


def pay(month, number):
    return {"对象类别": "优抚", "姓名": "某某", "身份证号": f"98011219500101{number:04d}", "村（社区）": "岚峰村", "月（季）标准（元）": 100,
            "补发/扣减（元）": 0, "实发金额（元）": 100, "发放月份": month}  # fmt: skip


@pytest.mark.parametrize("month", ["2020.05", "2020.04-06", "二季度", "4-6月", 2020.05])
def test_f15_a_payment_of_another_month_is_not_added_to_this_one(town, month):
    submission = read(ledger(town, "F15", "发放表", [pay("2020.06", 11), pay(month, 29)]), town)
    assert said(submission, "youfu_amt") == (None, Status.REFUSED)
    assert any(i.code == "M30" and i.action is Action.REFUSE_CELL and i.cell == "J5" for i in loud(submission))


@pytest.mark.parametrize("month", ["2020.06", 202006, 2020.06, "6月", "2020年6月", "六月", None])
def test_f15_this_month_may_be_written_in_many_ways(town, month):
    submission = read(ledger(town, "F15", "发放表", [pay("2020.06", 11), pay(month, 29)]), town)
    assert said(submission, "youfu_amt")[0] == "200"


def check(day, place, lorries):
    return {"日期": day, "地点（路段）": place, "检查车辆数": lorries}


@pytest.mark.parametrize("name", ["小结", "本周", "本周小计", "小计", "其中：夜间"])
def test_f20_a_dated_subtotal_is_no_check(town, name):
    rows = [check("2020-06-02", "金洲大道", 12), check("2020-06-05", "集镇", 8), check("2020-06-08", name, 20), check("2020-06-09", "本周路口", 5)]
    assert said(read(ledger(town, "F20", "台账", rows), town), "muck_truck_checked_cnt")[0] == "25"


@pytest.mark.parametrize("label", ["本月合计", "本期合计", "总合计", "3个村合计", "三个村合计"])
def test_f19_a_total_by_another_name_is_the_total(town, label):
    columns = town.forms["F19"].sheet("月报").columns
    total = [{"村（社区）": label, "区考核得分": 95}.get(c.parts[-1], 0 if c.numeric else None) for c in columns]
    page = xlsx({"月报": head(town, "F19", "月报", 2020, 6) + village_rows(town, "F19", "月报", {}) + [total]}, {"月报": merges(town, "F19", "月报", 3)})
    assert said(read(page, town), "urban_mgmt_score")[0] == "95"


@pytest.mark.parametrize("title", [None, "续表"])
def test_m10_a_ledger_that_goes_on_in_a_second_sheet_is_refused(town, title):
    rows = head(town, "F20", "台账", 2020, 6)
    more = [[title], *rows[2:], [2, "2020-06-09", "集镇", 30]]
    submission = read(ledger(town, "F20", "台账", [check("2020-06-02", "金洲大道", 12)], {"续表": more}), town)
    assert submission.refused and "续表" in submission.issues[-1].message and submission.form == "F20"


def test_m10_a_copy_of_the_same_records_is_only_told(town):
    rows = head(town, "F20", "台账", 2020, 6)
    more = [[None], *rows[2:], [1, "2020-06-02", "金洲大道", 12]]
    assert not read(ledger(town, "F20", "台账", [check("2020-06-02", "金洲大道", 12)], {"Sheet2": more}), town).refused


def continued(town, names, rest, *, sheet="Sheet2", title=None, hidden=False):
    """F19 whose last villages stand on a second sheet below the heading again."""
    rows = head(town, "F19", "月报", 2020, 6)
    second = [*([[title]] if title else []), *rows[2:], *village_rows(town, "F19", "月报", {}, names=rest), ["合计", None, 0, 0]]
    data = xlsx({"月报": [*rows, *village_rows(town, "F19", "月报", {}, names=names)], sheet: second}, {"月报": merges(town, "F19", "月报", 3), sheet: merges(town, "F19", "月报", 1 + bool(title))})
    if not hidden:
        return read(data, town)
    book = load_workbook(io.BytesIO(data))
    book[sheet].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return read(out.getvalue(), town)


@pytest.mark.parametrize("how", [{}, {"title": "控违月报（续表）"}, {"sheet": "续表"}, {"sheet": "续表", "hidden": True}, {"sheet": "月报续", "title": "禾麓镇2020年6月控违拆违及卫片整改月报表", "hidden": True}])
def test_m10_a_table_of_villages_that_goes_on_in_a_second_sheet_is_refused(town, how):
    submission = continued(town, NAMES[:2], NAMES[2:], **how)
    assert submission.refused and submission.issues[-1].code == "M10" and how.get("sheet", "Sheet2") in submission.issues[-1].message and submission.form == "F19"


@pytest.mark.parametrize(("names", "rest", "how"), [(NAMES, NAMES, {}), (NAMES, NAMES[:1], {"sheet": "续表"}), (NAMES[:2], NAMES, {"hidden": True})])
def test_m10_a_second_sheet_without_a_village_of_its_own_or_an_old_hidden_one_is_only_told(town, names, rest, how):
    submission = continued(town, names, rest, **how)
    assert not submission.refused and any(i.code == "M10" for i in loud(submission))


def test_m10_a_hidden_sheet_with_more_records_of_a_ledger_is_refused_where_it_says_so(town):
    rows = head(town, "F20", "台账", 2020, 6)
    book = load_workbook(io.BytesIO(ledger(town, "F20", "台账", [check("2020-06-02", "金洲大道", 12)], {"续表": [*rows[2:], [2, "2020-06-09", "集镇", 30]]})))
    book["续表"].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue(), town).refused


def test_m10_a_table_of_indicators_that_goes_on_in_a_second_sheet_is_refused(town):
    rows = head(town, "F03", "月报", 2020, 6)
    columns = town.forms["F03"].sheet("月报").columns
    body = [[{"指标名称": m.label, "计量单位": "万元"}.get(c.parts[-1], 5 if c.numeric else None) for c in columns] for m in town.forms["F03"].sheet("月报").row_measures]
    areas = merges(town, "F03", "月报", 3)
    data = xlsx({"月报": [*rows, *body[:4]], "Sheet2": [*rows[2:], *body[4:]]}, {"月报": areas, "Sheet2": merges(town, "F03", "月报", 1)})
    assert read(data, town).refused
    assert not read(xlsx({"月报": [*rows, *body], "Sheet2": [*rows[2:], *body[4:]]}, {"月报": areas, "Sheet2": merges(town, "F03", "月报", 1)}), town).refused


def month_of(town, period, figures, role="flow_month"):
    return [Reading("illegal_build_patrol_hh", f"{n}", f"村{n}", period, str(v), Status.REPORTED, "月报", f"C{n}", str(v), role, "户") for n, v in enumerate(figures)]


def repeated(town, figures):
    history = {period: month_of(town, period, figures) for period in ("2020-05", "2020-06")}
    return [cell for period, _, cell in carried_over(history) if period == "2020-06"]


def test_m02_last_months_figures_under_a_new_title_are_held(town):
    assert len(repeated(town, range(1, 18))) == 17


def test_m27_a_column_of_money_far_from_its_other_months_is_held(town):
    def month(number, amounts):
        return [Reading("dibao_amt", f"{n}", f"村{n}", f"2020-{number:02d}", str(v), Status.REPORTED, "月报", f"I{n}", str(v), "flow_month", "元") for n, v in enumerate(amounts)]

    history = {f"2020-{number:02d}": month(number, (9000 + number, 8000)) for number in (3, 4, 5)} | {"2020-06": month(6, (1, 1))}
    found = against_history(town.forms["F12"], town, history)
    assert [(period, issue.code, cell) for period, issue, cell in found] == [("2020-06", "M27", ("月报", "I0")), ("2020-06", "M27", ("月报", "I1"))]


@pytest.mark.parametrize("figures", [[0] * 17, [1] * 17, [3, 4, 5, 6, 0, 0, 0, 0, 0]])
def test_m02_zeros_and_a_few_small_figures_may_come_again(town, figures):
    assert not repeated(town, figures)


def park(period, *names):
    return [Reading(measure, "9", name, period, "5", Status.REPORTED, "月报", f"{column}{n}", "5", "flow_month", "人次")
            for n, name in enumerate(names, 5) for column, measure in (("C", "park_visitors"), ("L", "park_patrol_times"))]  # fmt: skip


def test_a_spot_whose_row_is_gone_is_no_zero(town):
    form = town.forms["F09"]
    history = {"2020-04": park("2020-04", "主峰", "漂流"), "2020-06": park("2020-06", "主峰")}
    (period, issue, cell), *more = rows_gone(form, town, history)
    assert (period, issue.code, cell, len(more)) == ("2020-06", "M20", ("月报", "C5"), 1) and "“漂流”" in issue.message
    assert rows_gone(form, town, history | {"2020-06": park("2020-06", "主峰", "峡谷漂流")}) == []  # another name
    assert rows_gone(form, town, history | {"2020-06": park("2020-06", "主峰", "漂流", "营地")}) == []
    assert rows_gone(town.forms["F11"], town, history) == []
    merged = {"2020-04": park("2020-04", "主峰", "石塘村栈道"), "2020-06": park("2020-06", "主峰")}
    assert rows_gone(form, town, merged) == []
