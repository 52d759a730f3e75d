"""Months in a row that contradict each other: each file is in itself as it should be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.issues import Action
from flows.intake.history import unreconciled
from flows.intake.of_the_year import unlike_before
from tests.flows.intake.sheets import page, read, small_town

MONTH, TO_DATE, LAST_YEAR = "完成情况 > 本月完成", "完成情况 > 本年累计（1—本月）", "完成情况 > 上年同期累计"


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def months(town, form: str, body: Callable[[int, int], list[dict]], *when: tuple[int, int]):
    """period → what its file says, of these (year, month)."""
    columns = [c.path for c in town.forms[form].sheet("月报").columns]
    return {
        f"{year}-{month:02d}": read(page(town, form, "月报", [[row.get(path) for path in columns] for row in body(year, month)], year, month), town,
                                    f"{year}年/{month:02d}月/{form}（{year}年{month}月）.xlsx").readings for year, month in when
    }  # fmt: skip


def asked(found):
    return [(period, issue.cell) for period, issue in found if (issue.code, issue.action) == ("M28", Action.WARN)]


def taxes(**of_month):
    """税收入库 of May and June; what is not said is honest."""
    honest = {"年度目标任务": (9000, 9000), MONTH: (500, 700), TO_DATE: (2500, 3200), LAST_YEAR: (2400, 3000)}

    def body(_, month):
        figures = {path: of_month.get(path.split(" > ")[-1][:4], both)[month - 5] for path, both in honest.items()}
        return [{"指标名称": "税收入库", "计量单位": "万元", **figures}]
    return body


@pytest.mark.parametrize(("of_month", "cells"), [
    ({}, []), ({"上年同期": (2400, 2400)}, ["G5"]), ({"上年同期": (2400, 600)}, ["G5"]), ({"上年同期": (0, 0)}, []), ({"上年同期": (2400, None)}, []),
    ({"年度目标": (9000, 4500)}, ["D5"]), ({"年度目标": (None, 4500)}, []),
])  # fmt: skip
def test_m28_last_year_s_sum_that_does_not_grow_and_another_target_are_asked_about(town, of_month, cells):
    """上年同期 was last month's still, and 29.7% was printed where 6.9% was true: the rate beside it was reckoned from it."""
    history = months(town, "F03", taxes(**of_month), (2020, 5), (2020, 6))
    assert asked(unlike_before(town.forms["F03"], history)) == [("2020-06", cell) for cell in cells]


@pytest.mark.parametrize(("to_date", "did", "cells"), [((2500, 700), (500, None), ["F5"]), ((2500, 2500), (500, None), [])])
def test_m28_a_sum_since_january_that_falls_though_no_month_stands_beside_it_is_asked_about(town, to_date, did, cells):
    history = months(town, "F03", taxes(本年累计=to_date, 本月完成=did), (2020, 5), (2020, 6))
    assert asked(unreconciled(town.forms["F03"], town, history)) == [("2020-06", cell) for cell in cells]


def spots(*of_months):
    """主峰 of the months in turn: tickets, last year's tickets, invested this month and since the project began."""
    told = iter(of_months)

    def body(_, __):
        tickets, last_year, invested, to_date = next(told)
        return [{"景点（项目）": "主峰", "门票收入（元） > 本月": tickets, "门票收入（元） > 上年同期": last_year,
                 "设施投入（万元） > 本月": invested, "设施投入（万元） > 自项目启动累计": to_date}]  # fmt: skip
    return body


@pytest.mark.parametrize(("before", "now", "cells"), [((2, 50), (3, 53), []), ((2, 50), (3, 3), ["J5"]), ((2, 2), (2, 2), ["J5"]), ((2, 50), (3, None), [])])
def test_m28_what_was_invested_since_the_project_began_runs_on_over_the_new_year(town, before, now, cells):
    history = months(town, "F09", spots((0, 0, *before), (0, 0, *now)), (2019, 12), (2020, 1))
    assert asked(unreconciled(town.forms["F09"], town, history)) == [("2020-01", cell) for cell in cells]


@pytest.mark.parametrize(("last_year", "cells"), [(31000, []), (62000, ["H5"]), (None, [])])
def test_m28_the_month_of_last_year_is_what_it_said_then(town, last_year, cells):
    """The park's tickets since January under 上年同期: a fall of 80.8% was printed where it was 18.6%."""
    history = months(town, "F09", spots((31000, 0, 0, 0), (29000, last_year, 0, 0)), (2019, 6), (2020, 6))
    assert asked(unlike_before(town.forms["F09"], history)) == [("2020-06", cell) for cell in cells]


def test_m28_a_plan_that_only_moves_between_branches_is_the_town_s_still(town):
    def plans(*both):
        def body(_, month):
            return [{"支部名称": f"{name}支部", "村（社区）": name, "本年计划发展数": plan} for name, plan in zip(("岚峰村", "麓溪村"), both[month - 5], strict=True)]
        return asked(unlike_before(town.forms["F01"], months(town, "F01", body, (2020, 5), (2020, 6))))

    assert plans((3, 2), (2, 3)) == [] and plans((3, 2), (2, 1)) == [("2020-06", "J5")]
