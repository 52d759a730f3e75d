"""What a figure is compared with: the bureau's rate, else this file's own last-year column, else the warehouse (rules.md §1.1)."""

from dataclasses import replace

import pytest

from catalog.observations import Status
from catalog.periods import Month, Period
from flows.draft.phrases import Fact, phrase
from flows.summary.facts import Facts, hand_in
from flows.summary.figures import Figures
from flows.summary.shown import growth_of
from tests.flows.draft.half_year import H1, catalogue, draft, figures
from tests.flows.intake.sheets import page, read, small_town

AMOUNT, RATE = "fai_completed", "fai_completed_yoy_pct"


def row(last_year, rate, so_far=4618.6):
    return [1, "固定资产投资", "万元", 8600, 937.6, so_far, last_year, rate]


def june(town, year, told):
    submission = read(page(town, "F03", "月报", [told], year=year), town, f"{year}年/06月/乡镇情况（{year}年6月）.xlsx")
    return hand_in(year, submission.readings, submission.entries, {(r.sheet, r.cell) for r in submission.readings if r.held})


@pytest.fixture
def grown(tmp_path):
    """The amount of a half-year and its rate, as this year's and last year's files tell them."""
    town = small_town(tmp_path)

    def compute(told, before=None):
        files = {2020: told} | ({2019: before} if before else {})
        engine = Figures(town, Facts({("F03", Month(year, 6)): june(town, year, each) for year, each in files.items()}))
        return [engine.figure(town.indicators[name], Period.parse("2020-H1")) for name in (AMOUNT, RATE)]

    return compute


def of_one_mind(amount, rate):
    assert amount.growth_pct == rate.value, "the table and the sentence of the report say the same"
    return rate.value


def test_the_bureau_s_own_rate_wins(grown):
    assert of_one_mind(*grown(row(4385, 5.4), row(4000, 5.3, 4200))) == "5.4"


def test_without_it_this_year_s_file_says_what_last_year_was_whatever_last_year_s_file_said(grown):
    """4385 of the same list of enterprises, not the 4200 of last year's."""
    amount, rate = grown(row(4385, None), row(4000, 5.3, 4200))
    assert of_one_mind(amount, rate) == "5.327252" and amount.growth_source == "file_base"
    assert of_one_mind(*grown(row(4385, None))) == "5.327252"


@pytest.mark.parametrize("dash", ["—", "无", "/"])
def test_a_dash_for_a_rate_is_no_word_about_last_year(grown, dash):
    """The report said 上年同期无此项 beside a table that compared with it."""
    assert of_one_mind(*grown(row(4385, dash), row(4000, 5.3, 4200))) == "5.327252"


def test_where_this_year_s_file_is_silent_the_warehouse_is_asked(grown):
    amount, rate = grown(row(None, None), row(4000, 5.3, 4200))
    assert of_one_mind(amount, rate) == "9.966667" and amount.growth_source == "warehouse"


def test_a_last_year_of_nothing_is_this_file_s_word_too(grown):
    amount, rate = grown(row(0, None), row(4000, 5.3, 4200))
    assert of_one_mind(amount, rate) is None and (rate.status, rate.reason) == (Status.NOT_APPLICABLE, "上年同期为零，不作比较")
    *_, rate = grown(row(None, None))
    assert (rate.status, rate.reason) == (Status.NOT_APPLICABLE, "上年同期无此项")


def test_for_a_rate_that_is_held_none_of_lower_authority_speaks(grown):
    amount, rate = grown(row(4385, 0.053), row(4000, 5.3, 4200))
    assert of_one_mind(amount, rate) is None and rate.status is Status.REFUSED and "待核对" in rate.reason


def test_of_an_amount_whose_rate_is_held_nobody_says_that_there_was_no_last_year(grown):
    """Neither the report nor the office's own form, where the amount itself is asked for its clause."""
    amount, _ = grown(row(4385, 0.053), row(4000, 5.3, 4200))
    indicator = catalogue().indicators[AMOUNT]
    [said] = phrase(Fact(indicator, amount), "yoy", H1)
    made = draft({AMOUNT: amount}, "# 甲\n{{fai_completed|yi2}}亿元，{{fai_completed|yoy}}。")
    assert [(gap.indicator, gap.state) for gap in made.gaps] == [(AMOUNT, "待核对")], "the amount is not 未报"
    assert (said.before, said.text, said.after, said.lacking) == ("同比", "X", "%", True)
    [said] = phrase(Fact(indicator, replace(amount, last_year=None)), "yoy", H1)
    assert said.text == "上年同期无此项"


def test_a_last_year_that_was_refused_leaves_the_rate_open(grown):
    amount, rate = grown(row("见附表", None), row(4000, 5.3, 4200))
    assert of_one_mind(amount, rate) is None and rate.status is Status.REFUSED and "被退回" in rate.reason


@pytest.mark.parametrize("last_year", ["0", "-5", "20000"])
def test_a_rate_against_the_file_s_last_year_is_told_whatever_the_warehouse_s_was(last_year):
    """The warehouse's stands beside it; what is said of it is no word about this rate."""
    figure = replace(figures()["svc_revenue"], last_year=last_year, growth_pct="-6.55", growth_source="file_base")
    indicator = catalogue().indicators["svc_revenue"]
    assert "".join(f"{w.before}{w.text}{w.after}" for w in phrase(Fact(indicator, figure), "yoy", H1)) == "同比下降6.6%"
    assert growth_of(replace(figure, growth_pct="1200"), indicator) == ("1200.0%", "up")
