"""Figures that cannot be, or contradict each other, within one file: held or asked about, whatever the other months say."""

from __future__ import annotations

from datetime import datetime

import pytest

from catalog.issues import Action
from catalog.observations import Reading, Status
from flows.intake.history import against_history
from tests.flows.intake.sheets import handed, head, held, loud, merges, page, read, reading, records, small_town, values, village_rows, xlsx


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def said(submission):
    return [(i.code, i.cell) for i in loud(submission)]


@pytest.mark.parametrize(("rates", "cells"), [((0.85, 0.9, 1), ["H5", "H6", "H7"]), ((0.85, 90, 95), ["H5"]), ((120, 90, 95), ["H5"]), (("85%", 0, 100), [])])
def test_m29_a_share_written_as_a_fraction_or_above_the_whole_is_held(town, rates, cells):
    submission = handed(town, "F18", "进度表", {"垃圾分类 > 四分类覆盖率（%）": rates})
    assert held(submission) == cells and [i.code for i in loud(submission) if i.action is Action.REFUSE_CELL] == ["M29"] * len(cells)


def test_more_households_or_persons_than_the_village_has_are_held(town):
    submission = handed(town, "F12", "月报", {"农村低保 > 户数": (619, 20, 30), "农村低保 > 人数": (2237, 40, 60)})
    assert held(submission) == ["C6", "D6"] and [code for code, _ in said(submission)] == ["E-ABOVE"] * 2
    assert held(handed(town, "F12", "月报", {"农村低保 > 户数": (618, 20, 30), "农村低保 > 人数": (2236, 40, 60)})) == []


def test_m27_less_than_a_yuan_for_each_person_is_another_unit(town):
    figures = {"农村低保 > 户数": (10, 20, 30), "农村低保 > 人数": (20, 40, 60), "农村低保 > 发放金额 > 本月": (0.5, 12000, 19)}
    submission = handed(town, "F12", "月报", figures)
    assert held(submission) == ["I6", "I8"] and [code for code, _ in said(submission)] == ["M27"] * 2


def test_m27_more_than_an_allowance_for_each_person_or_a_cumulative_in_another_unit_is_held(town):
    figures = {"农村低保 > 户数": (10, 20, 30), "农村低保 > 人数": (20, 40, 60), "农村低保 > 发放金额 > 本月": (80_000_000, 0, 19000), "农村低保 > 发放金额 > 1—本月累计": (0, 9.84, 95000)}
    submission = handed(town, "F12", "月报", figures)
    assert held(submission) == ["I6", "J7"] and {code for code, _ in said(submission)} >= {"M27"}


def test_m44_parts_that_do_not_add_up_to_their_whole_are_asked_about(town):
    grades = {f"持证残疾人（人） > {name}": (v, v, v) for name, v in (("总数", 20), ("一级", 5), ("二级", 5), ("三级", 5), ("四级", 5))}
    assert said(handed(town, "F16", "月报", grades)) == []
    submission = handed(town, "F16", "月报", {**grades, "持证残疾人（人） > 四级": (5, 6, 5)})
    assert said(submission) == [("M44", "C6")] and values(submission, "disabled_cert_persons")["麓溪村"] == "20"


def test_a_part_above_its_whole_is_held(town):
    submission = handed(town, "F16", "月报", {"本月新办证（人）": (1, 2, 3), "#集中办证（人）": (5, 1, 1)})
    assert len(held(submission)) == 2 and [code for code, _ in said(submission)] == ["E-ABOVE"]


def spots(town, *rows):
    columns = town.forms["F09"].sheet("月报").columns
    return read(page(town, "F09", "月报", [[n, name, *([figure] * (len(columns) - 3)), None] for n, (name, figure) in enumerate(rows, 1)]), town)


@pytest.mark.parametrize("name", ["免票人数", "上旬", "6月1—10日"])
def test_m16_a_part_of_the_month_or_of_the_visitors_is_no_spot(town, name):
    assert values(spots(town, ("漂流", 100), ("栈道", 50), (name, 80)), "park_visitors") == {"漂流": "100", "栈道": "50", "第7行": None}


def test_m16_a_row_with_a_number_sign_is_a_part_and_never_added(town):
    assert values(spots(town, ("漂流", 100), ("#漂流夜场", 80), ("栈道", 50)), "park_visitors") == {"漂流": "100", "栈道": "50"}


@pytest.mark.parametrize("order", [(("山上", 150), ("漂流", 100), ("栈道", 50), ("营地", 7)), (("营地", 7), ("漂流", 100), ("栈道", 50), ("山上", 150))])
def test_m16_a_row_that_adds_up_its_neighbours_is_asked_about(town, order):
    submission = spots(town, *order)
    assert {name: v for name, v in values(submission, "park_visitors").items() if v} == {"漂流": "100", "栈道": "50", "营地": "7"}


def test_m27_money_in_percent_is_refused(town):
    row = {"指标名称": "固定资产投资", "计量单位": "%", "完成情况 > 本月完成": 100}
    columns = [c.path for c in town.forms["F03"].sheet("月报").columns]
    submission = read(page(town, "F03", "月报", [[row.get(path) for path in columns]]), town)
    assert reading_or_none(submission) in (None, Status.REFUSED) and ("M27", "E5") in said(submission)


@pytest.mark.parametrize(("target", "progress", "cells"), [
    (260000, 47.9, []), (26000, 47.9, ["D5", "F5"]), (260000, 479, ["D5", "F5"]), (260000, 0.479, []), (260000, 52, []), (260000, None, []), (260000, "—", []),
])  # fmt: skip
def test_m27_a_target_that_the_progress_beside_it_contradicts_is_held(town, target, progress, cells):
    row = {"指标名称": "固定资产投资", "计量单位": "万元", "年度目标任务": target, "完成情况 > 本月完成": 20000, "完成情况 > 本年累计（1—本月）": 124540, "完成进度（%）": progress}
    columns = [c.path for c in town.forms["F03"].sheet("月报").columns]
    assert held(read(page(town, "F03", "月报", [[row.get(path) for path in columns]]), town)) == cells


def reading_or_none(submission):
    found = [r for r in submission.readings if r.measure == "fai_completed"]
    return reading(submission, "fai_completed", "禾麓镇").status if found else None


def test_m27_a_table_without_its_column_of_units_is_refused(town):
    columns = [c.path for c in town.forms["F03"].sheet("月报").columns]
    rows = head(town, "F03", "月报", 2020, 6)
    rows[2][2] = None
    row = {"指标名称": "固定资产投资", "计量单位": "万元", "完成情况 > 本月完成": 100}
    submission = read(xlsx({"月报": [*rows, [row.get(path) for path in columns]]}, {"月报": merges(town, "F03", "月报", 3)}), town)
    assert submission.refused and [i.code for i in loud(submission)] == ["M14"] and "计量单位" in submission.issues[-1].message


@pytest.mark.parametrize(("form", "sheet", "month", "year", "cells"), [
    ("F17", "月报", "新增城镇就业（人） > 本月", "新增城镇就业（人） > 累计", ["C5", "D5"]),
    ("F18", "进度表", "三格式化粪池（座） > 本月完成", "三格式化粪池（座） > 累计完成", ["D5", "E5"]),
])  # fmt: skip
def test_m28_a_month_above_the_year_so_far_is_held_in_every_form(town, form, sheet, month, year, cells):
    assert held(handed(town, form, sheet, {month: (50, 4, 2), year: (3, 9, 10)})) == cells
    assert held(handed(town, form, sheet, {month: (3, 4, 2), year: (3, 9, 10)})) == []


def visits(town, visitors, heading=None):
    columns = town.forms["F09"].sheet("月报").columns
    rows = head(town, "F09", "月报", 2020, 6)
    rows[2] = [heading if heading and cell == "接待人次（人次）" else cell for cell in rows[2]]
    rows += [[{"景点（项目）": name, "接待人次（人次） > 本月": n, "接待人次（人次） > 累计": n + 5}.get(c.path, 0 if c.numeric else None) for c in columns]
             for name, n in visitors]  # fmt: skip
    return read(xlsx({"月报": rows}, {"月报": merges(town, "F09", "月报", 3)}), town)


def test_m27_persons_under_a_heading_of_ten_thousand_visits_are_held(town):
    visitors = [("主峰", 21400), ("漂流", 8560), ("营地", 7)]
    assert held(visits(town, visitors, "接待人次（万人次）")) == ["C5", "C6", "D5", "D6"]
    assert held(visits(town, visitors)) == []


def test_m27_visits_far_from_those_of_the_other_months_are_held(town):
    def month(period, value):
        return [Reading("park_visitors", "9", "主峰", period, value, Status.REPORTED, "月报", "C5", value, "flow_month", "人次")]

    history = {f"2020-0{n}": month(f"2020-0{n}", value) for n, value in enumerate(("900", "7000", "21000", "2140000"), 3)}
    assert [(period, issue.code) for period, issue, _ in against_history(town.forms["F09"], town, history)] == [("2020-06", "M27")]
    assert "万人次" in against_history(town.forms["F09"], town, history)[0][1].message


@pytest.mark.parametrize(("persons", "cells"), [((12, 13, 14, 15, 16, 17, 3), ["H10", "H5", "H6", "H7", "H8", "H9"]), ((12, 13, 14, 15, 17, 18, 19), []), ((0,) * 7, [])])
def test_a_figure_drawn_down_as_a_series_is_held(tmp_path, persons, cells):
    names = [f"{place}村" for place in ("东山", "西坡", "南塘", "北岭", "上湾", "前铺", "后园")]
    town = small_town(tmp_path, villages="code,name,kind\n" + "".join(f"98011210420{n},{name},村委会\n" for n, name in enumerate(names)))
    rows = village_rows(town, "F16", "月报", {"本月新办证（人）": persons, "持证残疾人（人） > 总数": (60, 90, 71, 80, 66, 99, 41), "持证残疾人（人） > 四级": (60, 90, 71, 80, 66, 99, 41)}, names)
    submission = read(page(town, "F16", "月报", rows), town)
    assert held(submission) == cells and said(submission) == [("E-SERIES", "H5")] * bool(cells)


def test_payments_drawn_down_as_a_series_are_refused_in_one_sentence(town):
    paid = [{"救助类别": "临时救助", "村（社区）": "岚峰村", "身份证号": f"9801121958030710{n}", "发放日期": datetime(2020, 6, 9), "救助金额（元）": 500 + n, "人次": 1} for n in range(8)]
    submission = records(town, "F14", "台账", *paid)
    assert [(i.code, i.cell) for i in loud(submission) if i.action is Action.REFUSE_CELL] == [("E-SERIES", "J4")]
    assert reading(submission, "temp_relief_amt", "禾麓镇").status is Status.REFUSED


RELIEF = {"救助类别": "临时救助", "村（社区）": "岚峰村", "身份证号": "980112195803071015", "发放日期": datetime(2020, 6, 9), "人次": 1}


def relief(town, heading, *amounts):
    paid = [{**RELIEF, "身份证号": f"98011219580307{1001 + n}", "救助金额（元）": amount} for n, amount in enumerate(amounts)]
    columns = [c.path for c in town.forms["F14"].sheet("台账").columns]
    rows = head(town, "F14", "台账", 2020, 6)
    rows[2] = [heading if cell == "救助金额（元）" else cell for cell in rows[2]]
    rows += [[{"序号": n, **one}.get(path) for path in columns] for n, one in enumerate(paid, 1)]
    return read(xlsx({"台账": rows}), town)


@pytest.mark.parametrize(("heading", "amounts", "said_of", "paid"), [
    ("救助金额（万元）", (800, 500, 3000), ["J4"], None), ("救助金额（元）", (0.08, 0.05, 0.3), ["J4"], None),
    ("救助金额（元）", (800, 500, 0.3), ["J6"], None), ("救助金额（元）", (800, 500, 30000000), ["J6"], None),
    ("救助金额（万元）", (0.08, 0.05, 0.3), [], "4300"), ("救助金额（元）", (800, 500, 30000), [], "31300"), ("救助金额（元）", (800, 500, -500), [], "800"),
])  # fmt: skip
def test_m27_payments_of_a_ledger_in_another_unit_than_its_heading_are_refused(town, heading, amounts, said_of, paid):
    submission = relief(town, heading, *amounts)
    assert [i.cell for i in loud(submission) if i.code == "M27" and i.action is Action.REFUSE_CELL] == said_of
    assert reading(submission, "temp_relief_amt", "禾麓镇").value == paid


@pytest.mark.parametrize(("score", "fine"), [(93.5, True), (100, True), (101.5, True), (0, False), (9.35, False), (0.93, False), (935, False)])
def test_m27_a_score_that_no_town_gets_is_held(town, score, fine):
    """0 for a score that is not out yet was the least of the half-year."""
    columns = [c.path for c in town.forms["F19"].sheet("月报").columns]
    total = [{"村（社区）": "合计", "区考核得分": score}.get(path) for path in columns]
    submission = read(page(town, "F19", "月报", [*village_rows(town, "F19", "月报", {}), total]), town)
    assert held(submission) == ([] if fine else ["J8"]) and said(submission) == ([] if fine else [("M27", "J8")])


def test_m27_an_area_that_no_village_clears_is_in_another_unit(town):
    """亩 below a heading of ㎡: 0.35 of them is no square metre."""
    submission = handed(town, "F19", "月报", {"拆除违建 > 处数": (3, 1, 2), "拆除违建 > 面积（㎡）": (0.35, 0, 260.5)})
    assert held(submission) == ["F5"] and said(submission) == [("M27", "F5")]
