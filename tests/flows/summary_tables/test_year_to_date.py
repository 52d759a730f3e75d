"""What the year has come to by a period's end, beside the period's own figure."""

from catalog.observations import Reading, Status
from catalog.periods import Month, Period
from flows.summary.facts import Facts, hand_in
from flows.summary.figures import Figures
from tests.flows.draft.half_year import catalogue

SCORES = {1: "94.2", 2: "93.5", 3: "94.6", 4: "95.1", 5: "95.4", 6: "95"}


def scored(period, scores=SCORES):
    town = catalogue()
    facts = {
        ("F19", Month(2020, m)): hand_in(m, [Reading("urban_mgmt_score", town.town_code, "禾麓镇", f"2020-{m:02d}", score, Status.REPORTED, "月报", "J22", score)], (), ())
        for m, score in scores.items()
    }
    return Figures(town, Facts(facts)).figure(town.indicators["urban_mgmt_score_min"], Period.parse(period))


def test_the_lowest_score_of_the_year_is_that_of_all_its_months_so_far():
    june, half, quarter = scored("2020-06"), scored("2020-H1"), scored("2020-Q2")
    assert [(f.value, f.year_to_date) for f in (june, quarter, half)] == [("95", "93.5"), ("95", "93.5"), ("93.5", "93.5")]


def test_a_year_with_a_month_nobody_scored_has_no_lowest_yet():
    june = scored("2020-06", {m: s for m, s in SCORES.items() if m != 2})
    assert (june.value, june.year_to_date) == ("95", None)
