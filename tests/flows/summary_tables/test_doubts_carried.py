"""A doubt about one of the cells that a figure rests on is a doubt about the figure (rules.md §3, §7)."""

import pytest

from catalog.observations import Status
from catalog.periods import Month, Period
from flows.summary.facts import Facts, hand_in
from flows.summary.figures import Figures
from tests.flows.intake.sheets import page, read, small_town, village_rows

TOWN = "town_name: 禾麓\npark_reopen_date: 2020-03-21\n"


def park(town, tickets):
    """March of the park, which opened again on the 21st."""
    body = [[1, "主峰", 10, 20, 30, 3.4, 15.5, 12.3], [None, "其中：下旬（21—31日）", 4, None, 5, tickets, None, 9.5]]
    told = read(page(town, "F09", "月报", [[*row, *[0] * (15 - len(row))] for row in body], month=3), town, "2020年/03月/森林公园（2020年3月）.xlsx")
    held = {(r.sheet, r.cell) for r in told.readings if r.held}
    return Facts({("F09", Month(2020, 3)): hand_in(3, told.readings, told.entries, held)})


@pytest.mark.parametrize(("tickets", "status", "reason"), [
    (2.1, Status.REPORTED, ""), ("约2.1", Status.PROVISIONAL, ""), ("见附表", Status.REFUSED, "F09 2020-03 恢复开放以来的旬数被退回"),
    (None, Status.MISSING, "F09 2020-03缺3月21日恢复开放以来的旬数"),
])  # fmt: skip
def test_ten_days_that_are_guessed_or_sent_back_are_so_in_the_figure(tmp_path, tickets, status, reason):
    town = small_town(tmp_path, town=TOWN)
    figure = Figures(town, park(town, tickets)).figure(town.indicators["park_ticket_reopen_amt"], Period.parse("2020-03"))
    assert (figure.status, figure.reason) == (status, reason)
    assert (figure.value is None) == (status in (Status.REFUSED, Status.MISSING))


@pytest.mark.parametrize(("day", "value"), [("2020-03-21", "2.1"), ("2020-03-11", None), ("2020-03-20", None), ("2020-03-25", None), ("2020-04-01", None)])
def test_days_since_the_opening_of_which_no_row_tells_are_missing(tmp_path, day, value):
    """The last ten days alone are not what came in since the 11th."""
    town = small_town(tmp_path, town=TOWN.replace("2020-03-21", day))
    assert Figures(town, park(town, 2.1)).figure(town.indicators["park_ticket_reopen_amt"], Period.parse("2020-03")).value == value


def test_ten_days_that_february_has_not_are_no_days(tmp_path):
    town = small_town(tmp_path)
    body = [[1, "主峰", 10, 20, 30, 3.4, 15.5, 12.3, *[0] * 7], [None, "其中：下旬（30—31日）", 4, None, 5, 2, None, 9.5, *[0] * 7]]
    told = read(page(town, "F09", "月报", body, month=2), town, "2020年/02月/森林公园（2020年2月）.xlsx")
    assert not told.refused and [r for r in told.readings if r.role == "part"] == []


@pytest.mark.parametrize(("scores", "status"), [((95, 93, 96), Status.REPORTED), ((95, "约93", 96), Status.PROVISIONAL), (("约95", 93, 96), Status.PROVISIONAL)])
def test_the_least_of_months_of_which_one_is_a_guess_is_one(tmp_path, scores, status):
    town = small_town(tmp_path)
    engine = Figures(town, Facts({("F19", Month(2020, month)): patrol(town, month, score) for month, score in enumerate(scores, 1)}))
    figure = engine.figure(town.indicators["urban_mgmt_score_min"], Period.parse("2020-Q1"))
    assert (figure.value, figure.status) == ("93", status)


def patrol(town, month, score):
    total = [{"村（社区）": "合计", "巡违控违（户）": 15, "区考核得分": score}.get(column.path) for column in town.forms["F19"].sheet("月报").columns]
    body = [*village_rows(town, "F19", "月报", {"巡违控违（户）": (4, 5, 6)}), total]
    told = read(page(town, "F19", "月报", body, month=month), town, f"2020年/{month:02d}月/控违办（2020年{month}月）.xlsx")
    return hand_in(month, told.readings, told.entries, ())
