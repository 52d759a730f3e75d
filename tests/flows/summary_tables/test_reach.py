"""What a figure is said to rest on, beside what it looks at when it is computed: it may say too much, never too little."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from catalog.indicators import FromColumn, FromLedger
from catalog.observations import Entry, Reading, Status
from catalog.periods import Month, Period, months_between
from flows.summary.facts import Facts, hand_in
from flows.summary.figures import Figures
from flows.summary.reach import Reach
from tests.flows.intake.sheets import small_town

MONTHS = tuple(months_between(Month(2017, 1), Month(2020, 12)))
HALF = Period.parse("2020-H1")
PERIODS = [Period.parse(f"2020{span}") for span in ("-01", "-02", "-06", "-01..02", "-Q1", "-Q3", "-H1", "-H2", "-9M", "")]


def told(town, form, month, without=()):
    """Every column of every village, and one row of every ledger."""
    known = town.forms[form]
    readings = [
        Reading(column.id, unit.code, unit.name, month.name, "7", Status.REPORTED, sheet.name, "B5", "7", column.role)
        for sheet in known.sheets for column in sheet.columns if column.id and column.id not in without for unit in town.units.expected_on(month.last_day)
    ]  # fmt: skip
    rows = []
    for indicator in town.indicators_of(form):
        if isinstance(indicator.from_, FromLedger):
            readings.append(Reading(indicator.id, "", "", month.name, None, Status.REPORTED, indicator.from_.sheet, "", "", "ledger"))
            rows.append(Entry(indicator.id, indicator.from_.sheet, 5, date(month.year, month.month, 9), token="t", value="3", text="是"))
    return hand_in(7, readings, rows, ())


class Watched:
    """Facts that remember what they were asked."""

    def __init__(self, facts):
        self.facts, self.kept, self.taken_back, self.gathered, self.asked = facts, facts.kept, facts.taken_back, None, set()

    def of(self, form, month):
        self.asked.add((form, month))
        return self.facts.of(form, month)


@pytest.mark.parametrize("reported", ["all", "nothing", "only what runs since January", "nothing of this year"])
def test_no_figure_looks_at_a_hand_in_that_it_is_not_said_to_rest_on(tmp_path, reported):
    town = small_town(tmp_path)
    months = {"nothing": [], "nothing of this year": [m for m in MONTHS if m.year < 2020]}.get(reported, MONTHS)
    flows = {i.from_.measure for i in town.indicators.values() if isinstance(i.from_, FromColumn) and i.from_.cumulative}
    facts = Facts({(form, month): told(town, form, month, flows if reported.startswith("only") else ()) for form in town.forms for month in months})
    reach = Reach(town)
    reached_from = cache(lambda one: reach.reached([one], PERIODS))
    looked = set()
    for indicator in town.indicators.values():
        for period in PERIODS:
            watched = Watched(facts)
            Figures(town, watched).figure(indicator, period)
            key = (indicator.id, period.name)
            assert watched.asked <= reach.needed([key]), key
            assert {form for form, _ in watched.asked} <= reach.forms(indicator.id)
            for one in watched.asked:
                assert key in reached_from(one), (key, one)
            looked |= watched.asked
    assert {form for form, _ in looked} == {i.form for i in town.indicators.values() if i.form}


def test_what_a_hand_in_cannot_reach_is_left_alone(tmp_path):
    reach = Reach(small_town(tmp_path))
    keys = reach.reached([("F19", Month(2020, 5))], PERIODS)
    assert ("illegal_build_patrol_hh", "2020-06") in keys, "its year so far"
    assert not {period for _, period in keys} & {"2020-01", "2020-02", "2020-Q1", "2020-01..02"}
    assert {form for name, _ in keys for form in reach.forms(name)} == {"F19"}


def test_two_figures_that_must_agree_are_computed_together(tmp_path):
    reach = Reach(small_town(tmp_path))
    assert reach.compared([("dibao_hh_ledger", "2020-H1")], [], PERIODS) == {("dibao_hh_ledger", "2020-H1"), ("dibao_hh", "2020-H1")}
    assert ("dibao_hh", "2020-01") in reach.compared([], ["F13"], PERIODS), "a monthly contradiction is said again to every month's hand-in"
    assert reach.beside(["F13"]) == {"F12", "F13"}


def test_a_slice_that_was_not_gathered_is_none_that_was_not_reported(tmp_path):
    town = small_town(tmp_path)
    patrols = town.indicators["illegal_build_patrol_hh"]
    facts = Facts({}, gathered={("F19", Month(2020, 6))})
    assert facts.of("F19", Month(2020, 6)) is None
    with pytest.raises(LookupError, match="F19 2020-01 was not gathered"):
        Figures(town, facts).figure(patrols, HALF)
    assert Figures(town, replace(facts, gathered=None)).figure(patrols, HALF).status is Status.MISSING
