"""Records that say of which month they are: only those of the form's month are this month's."""

from __future__ import annotations

from datetime import datetime

import pytest

from catalog.issues import Action
from catalog.observations import Status
from tests.flows.intake.sheets import loud, page, read, reading, small_town

PAID = {"对象类别": "优抚·烈属", "身份证号": "980112195803071015", "村（社区）": "岚峰村", "月（季）标准（元）": 700, "实发金额（元）": 700}


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def paid(town, *months, month=6):
    columns = [c.path for c in town.forms["F15"].sheet("发放表").columns]
    rows = [{**PAID, "身份证号": f"98011219580307{n:04d}", "发放月份": said} for n, said in enumerate(months, 1)]
    submission = read(page(town, "F15", "发放表", [[row.get(path) for path in columns] for row in rows], month=month), town, f"2020年/{month:02d}月/优抚.xlsx")
    return submission, [i.cell for i in loud(submission) if i.action is Action.REFUSE_CELL]


@pytest.mark.parametrize("other", [
    "2020.05", "2020.04-06", "2020年4—6月", "4、5、6月", "二季度", "2019.06", "5月", "五月", "202005", 202005, 2020.05, 5, datetime(2020, 5, 1), 43952, "2020.06补5月",
    "2020.5", "20年5月",
])  # fmt: skip
def test_m30_money_of_another_month_or_of_several_is_not_this_month_s(town, other):
    submission, refused = paid(town, "2020.06", other)
    assert reading(submission, "youfu_amt", "禾麓镇").status is Status.REFUSED and refused == ["J5"]
    assert submission.cells_refused == 1


@pytest.mark.parametrize("this", [
    "2020.06", "2020.6", "2020-06", "2020/6", "202006", 202006, 2020.06, "2020年6月", "2020年6月份", "20年6月", "6月", "6月份", 6, "六月", "二〇二〇年六月", "本月",
    datetime(2020, 6, 1), 43983, "2020.6.15", "20200615", None, "同上", "２０２０．０６",
])  # fmt: skip
def test_f15_the_month_may_be_written_in_many_ways(town, this):
    submission, refused = paid(town, "2020.06", this)
    assert reading(submission, "youfu_amt", "禾麓镇").value == "1400" and refused == []


def test_f15_october_as_a_number_shows_no_nought(town):
    assert paid(town, "2020.10", 2020.1, month=10)[1] == [] and paid(town, "2020.10", 2020.1, month=9)[1] == ["J4", "J5"]


def test_f15_same_as_above_is_the_month_above(town):
    assert paid(town, "2020.05", "同上")[1] == ["J4", "J5"]
