"""Questions that only the month before can raise, told in the night: each file is in itself as it should be."""

from __future__ import annotations

import os
from datetime import datetime

import pytest

from tests.flows.intake.sheets import page
from tests.night.offices import rows, run_night
from tests.night.towns import figure, town_in

FIRST = [{"申报单位": f"东山村第{n}党小组", "类别": "星级党小组", "村（社区）": "东山村", "调研验收日期": datetime(2020, 5, day)} for n, day in (("一", 9), ("二", 10))]
NEW = [{"申报单位": "西坡村第一党小组", "类别": "星级党小组", "村（社区）": "西坡村", "调研验收日期": datetime(2020, 6, 9)}]
SITES = "party_star_sites_inspected_cnt"


@pytest.fixture
def office(tmp_path):
    return town_in(tmp_path / "office")


def hand_in(office, form, sheet, month, records, name=""):
    columns = [c.path for c in office.catalogue.forms[form].sheet(sheet).columns]
    path = office.inbox / f"2020年/{month:02d}月/{form}/{form}{name}.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(page(office.catalogue, form, sheet, [[{"序号": n, **row}.get(path) for path in columns] for n, row in enumerate(records, 1)], month=month))
    moment = datetime(2020, month, 28, 9 + len(name)).timestamp()
    os.utime(path, (moment, moment))


def asked(office, code):
    return [(r["message"].split("，")[0], r["closed_at"] is None) for r in rows(office, "out_issue") if r["code"] == code]


@pytest.mark.parametrize("nights", [1, 2])
def test_m02_a_list_of_the_year_that_holds_the_new_records_alone_is_asked_about(office, nights):
    """The half-year was counted from June's list: 1 where it was 3."""
    hand_in(office, "F02", "台账", 5, FIRST)
    if nights == 2:
        run_night(office)
    hand_in(office, "F02", "台账", 6, NEW)
    run_night(office)
    assert asked(office, "M02") == [("台账 上月列有的记录有2条本月没有了", True)] and figure(office, "2020-H1", SITES)["value"] == "1"
    hand_in(office, "F02", "台账", 6, [*FIRST, *NEW], "更正")
    run_night(office)
    assert [open_ for _, open_ in asked(office, "M02") if open_] == [] and figure(office, "2020-H1", SITES)["value"] == "3"


def test_m02_one_that_has_been_merged_or_taken_out_is_not_asked_about(office):
    hand_in(office, "F02", "台账", 5, FIRST)
    hand_in(office, "F02", "台账", 6, [FIRST[0], *NEW])
    run_night(office)
    assert asked(office, "M02") == []


def moved(number, day):
    return {"批次": "一", "村": "东山村", "身份证号": number, "有房/无房": "有房", "签约日期": datetime(2019, 5, 6), "倒房日期": day}


def test_m02_households_moved_this_month_alone_are_asked_about_though_they_are_as_many(office):
    """What was done to date does not fall then: three each month were three in all."""
    numbers = ("980112195803071015", "980112195803071023", "980112195803071031", "98011219580307104X")
    hand_in(office, "F08", "台账", 5, [moved(number, datetime(2020, 5, 9)) for number in numbers[:2]])
    hand_in(office, "F08", "台账", 6, [moved(number, datetime(2020, 6, 9)) for number in numbers[2:]])
    run_night(office)
    assert asked(office, "M02") == [("台账 上月列有的记录有2条本月没有了", True)]


def test_m28_another_target_than_last_month_s_is_told_in_the_night(office):
    for month, target in ((5, 9000), (6, 4500)):
        hand_in(office, "F03", "月报", month, [{"指标名称": "税收入库", "计量单位": "万元", "年度目标任务": target, "完成情况 > 本年累计（1—本月）": 500 * month}])
    run_night(office)
    assert asked(office, "M28") == [("月报!D5 全年的任务或计划填4500", True)]
