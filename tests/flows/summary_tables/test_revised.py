"""The bureau's 累计 column: it says what the year has come to, whatever the months said before they were revised (forms/README §6)."""

import pytest

from catalog.observations import Status
from catalog.periods import Month, Period
from flows.summary.facts import Facts, hand_in
from flows.summary.figures import Figures
from tests.flows.intake.sheets import page, read, small_town, village_rows

TOLD = {1: (None, None, 800, 800), 2: (None, 18200, 500, 1300), 3: (19350, 37550, 700, 2000), 4: (24180, 61730, 800, 2800), 5: (28460, 90190, 900, 3700), 6: (34490, 124000, 1000, 4650)}
"""Month → investment of the month and since January, tax of the month and since January; June's 累计 takes 680 and 50 of what was told before back."""


def hand_ins(town, told=TOLD):
    for month, (fai, fai_ytd, tax, tax_ytd) in told.items():
        rows = [[1, "固定资产投资", "万元", 260000, fai, fai_ytd, 112735, None], [2, "税收入库", "万元", 8600, tax, tax_ytd, 4385, None]]
        submission = read(page(town, "F03", "月报", rows, month=month), town, f"2020年/{month:02d}月/乡镇情况（2020年{month}月）.xlsx")
        yield ("F03", Month(2020, month)), hand_in(month, submission.readings, submission.entries, {(r.sheet, r.cell) for r in submission.readings if r.held})


@pytest.fixture
def figure(tmp_path):
    town = small_town(tmp_path)

    def of(name, period, told=TOLD):
        return Figures(town, Facts(dict(hand_ins(town, told)))).figure(town.indicators[name], Period.parse(period))

    return of


def test_the_half_year_is_the_cumulative_of_its_last_month_and_not_the_sum_of_months_revised_since(figure):
    fai, tax = figure("fai_completed", "2020-H1"), figure("tax_collected", "2020-H1")
    assert (fai.value, tax.value) == ("1240000000", "46500000")
    assert (fai.growth_source, fai.growth_pct) == ("file_base", "9.99246"), "it is what the last-year column stands beside"
    assert figure("tax_progress_pct", "2020-H1").value == tax.progress_pct == "54.069767"
    assert [(line.source_period, line.cells) for line in tax.lineage if line.of_value] == [("2020-06", "F6")]


def test_a_quarter_is_what_the_year_has_come_to_less_what_it_had_before(figure):
    assert figure("fai_completed", "2020-Q1").value == "375500000" and figure("fai_completed", "2020-Q2").value == "864500000"


def test_a_month_is_its_own_and_what_it_has_come_to_is_told_beside_it(figure):
    june = figure("tax_collected", "2020-06")
    assert (june.value, june.year_to_date) == ("10000000", "46500000")
    assert figure("fai_completed", "2020-06").value == "344900000" and figure("fai_completed", "2020-02").status is Status.NOT_APPLICABLE


def test_without_the_cumulative_the_months_are_added(figure):
    silent = TOLD | {6: (34490, None, 1000, None)}
    assert figure("fai_completed", "2020-H1", silent).value == "1246800000" and figure("tax_collected", "2020-H1", silent).value == "47000000"


@pytest.mark.parametrize(("so_far", "half"), [((5, 12, 20, 27, 30, 36), "108"), ((0, 0, 0, 0, 0, 0), None), ((None, None, None, None, None, 36), "108"), ((5, 5, 7, 7, 3, 6), None)])
def test_m28_a_cumulative_below_its_own_months_stands_for_no_month_that_is_lost(tmp_path, so_far, half):
    """累计 that nobody kept was 0 of the half-year of which one month had not come."""
    town = small_town(tmp_path)
    facts = {}
    for month, total in enumerate(so_far, 1):
        if month == 3:
            continue
        body = village_rows(town, "F18", "进度表", {"三格式化粪池（座） > 本月完成": (5, 5, 5), "三格式化粪池（座） > 累计完成": (total, total, total)})
        submission = read(page(town, "F18", "进度表", body, month=month), town, f"2020年/{month:02d}月/厕所革命（2020年{month}月）.xlsx")
        facts["F18", Month(2020, month)] = hand_in(month, [r._replace(held=False) for r in submission.readings], submission.entries, ())
    assert Figures(town, Facts(facts)).figure(town.indicators["toilet_tank_refit_cnt"], Period.parse("2020-H1")).value == half
