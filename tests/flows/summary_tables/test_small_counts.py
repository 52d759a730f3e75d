"""No hidden count can be worked out from what is printed: not from totals, not from whole numbers, not from other periods."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import flows.demo
from catalog.catalogue import load_catalogue
from catalog.observations import Reading, Status
from catalog.periods import Month, Period, periods_ending_in
from flows.summary.small_counts import HIDDEN, Column, hide, shown_by_village

CATALOGUE = load_catalogue(Path(str(flows.demo.__file__)).parent)
H1 = Period.parse("2020-H1")
MONTHS = [Month(2020, m) for m in range(1, 7)]
VILLAGES = [u.code for u in CATALOGUE.units.expected_on(H1.end)]


def column(counts, threshold):
    return Column({str(n): None if c is None else Decimal(c) for n, c in enumerate(counts)}, threshold)


def test_the_next_smallest_goes_too_and_more_when_only_one_number_would_fit():
    counts = column([1, 7, 9, 0], 5)
    assert [hide([counts]).show(counts, c) for c in "0123"] == ["<5", HIDDEN, 9, 0]
    tight = column([1, 5, 9, 0], 5)  # together 6: only 1 and 5 fit
    assert [hide([tight]).show(tight, c) for c in "0123"] == ["<5", HIDDEN, HIDDEN, 0]
    both = column([1, 1, 9], 3)  # two cells "<3" that make 2 are 1 and 1
    assert [hide([both]).show(both, c) for c in "012"] == ["<3", "<3", HIDDEN]


def test_money_and_persons_of_a_hidden_household_are_hidden_with_it():
    households, persons, money = column([1, 20, 30], 3), column([6, 50, 70], 5), column([700, 9000, 8000], 0)
    hidden = hide([households, persons, money])
    assert [[hidden.show(c, v) for v in "012"] for c in (households, persons, money)] == [["<3", HIDDEN, 30], [HIDDEN, HIDDEN, 70], [HIDDEN, HIDDEN, 8000]]


def test_a_single_person_in_the_whole_town_leaves_no_trace_of_the_village():
    one = column([0, 1, 0], 3)
    assert [hide([one]).show(one, v) for v in "012"] == [HIDDEN] * 3


def possible(said, threshold, total):
    """Every assignment of whole numbers that fits what is printed."""
    alone = not any(s == f"<{threshold}" for s in said)
    choices = [
        range(1, threshold) if s == f"<{threshold}" else (range(total + 1) if alone else [0, *range(threshold, total + 1)]) if s == HIDDEN else [int(s)]
        for s in said
    ]  # fmt: skip
    return [values for values in product(*choices) if sum(values) == total]


@given(st.lists(st.integers(0, 9), min_size=2, max_size=4), st.sampled_from([3, 5]))
def test_a_small_count_may_always_be_another_number(counts, threshold):
    one = column(counts, threshold)
    said = [hide([one]).show(one, str(n)) for n in range(len(counts))]
    fitting = possible(said, threshold, sum(counts))
    assert tuple(counts) in fitting
    for n, count in enumerate(counts):
        assert not (0 < count < threshold) or len({values[n] for values in fitting}) > 1


GROUPS = {"one heading": ("tekun_hh", "tekun_persons", "tekun_amt"), "a flow": ("disabled_home_refit_hh",)}
small = st.integers(0, 4) | st.sampled_from([0, 0, 6, 30])


@settings(max_examples=6, phases=[Phase.explicit, Phase.generate])
@given(st.data())
@pytest.mark.parametrize("measures", GROUPS.values(), ids=GROUPS)
def test_the_printed_tables_of_all_periods_determine_no_hidden_cell(measures, data):
    """Every month, quarter and the half-year side by side with their totals, solved as one linear system."""
    busy = VILLAGES[:5]
    values = {(m, v, t): data.draw(small) if v in busy else 0 for m in measures for v in VILLAGES for t in MONTHS}
    readings = [
        Reading(m, v, v, t.name, str(value), Status.REPORTED if value else Status.ZERO, "月报", "C5", str(value), "stock")
        for (m, v, t), value in values.items()
    ]  # fmt: skip
    periods = [p for t in MONTHS for p in periods_ending_in(t) if p.year == 2020 and p.last <= 6]
    printed = {p: shown_by_village(CATALOGUE, p, [r for r in readings if Month(*map(int, r.period.split("-"))) in p.months], True) for p in periods}
    for measure in measures:
        flow = CATALOGUE.indicators[measure].kind == "flow"
        place = {(v, t): n for n, (v, t) in enumerate(product(VILLAGES, MONTHS))}
        known, hidden = [], []
        for p in periods:
            spoken = p.months if flow else p.months[-1:]
            lines = [np.bincount([place[v, t] for t in spoken], minlength=len(place)) for v in VILLAGES]
            known.append(sum(lines))
            for v, line in zip(VILLAGES, lines, strict=True):
                said = printed[p][measure][v]
                if not isinstance(said, str):
                    known.append(line)
                elif flow or p.is_month:  # a stock of a longer period is its last month's, and may stand in that month's table
                    hidden.append(line)
                assert isinstance(said, str) or said == sum(values[measure, v, t] for t in spoken)
        _, sizes, rows = np.linalg.svd(np.array(known, float))
        free = rows[int((sizes > 1e-9).sum()) :]
        assert all(np.abs(free @ line).max(initial=0) > 1e-7 for line in hidden)
        if measure != "tekun_amt":
            threshold = 3 if measure.endswith("_hh") else 5
            assert all(isinstance(printed[Period.of_month(t)][measure][v], str) for (m, v, t), value in values.items() if m == measure and 0 < value < threshold)


def test_the_switch_shows_everything():
    readings = [Reading("tekun_hh", v, v, "2020-06", "1", Status.REPORTED, "月报", "C5", "1", "stock") for v in VILLAGES]
    june = Period.parse("2020-06")
    assert set(shown_by_village(CATALOGUE, june, readings, False)["tekun_hh"].values()) == {Decimal(1)}
    assert set(shown_by_village(CATALOGUE, june, readings, True)["tekun_hh"].values()) == {HIDDEN}


def test_one_who_is_ill_in_a_village_is_hidden_too():
    """确诊病例 are counted in 例, and each of them is a person."""
    readings = [Reading("covid_case_cnt", v, v, "2020-02", "1" if v == VILLAGES[0] else "0", Status.REPORTED, "月报", "C5", "1", "flow_month") for v in VILLAGES]
    february = shown_by_village(CATALOGUE, Period.parse("2020-02"), readings, True)["covid_case_cnt"]
    assert all(isinstance(said, str) for said in february.values())
