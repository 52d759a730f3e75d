"""Reference periods: the six kinds of CONTRACT §3, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.periods import Month, Period, UnknownPeriod, months_between, periods_ending_in

NAMES = ["2020-06", "2020-01..02", "2020-Q2", "2020-H1", "2020-9M", "2020"]


@pytest.mark.parametrize("name", NAMES)
def test_a_period_prints_the_name_it_was_read_from(name):
    assert Period.parse(name).name == name


@pytest.mark.parametrize("name", ["2020-13", "2020-1", "2020-Q5", "2020-06-01", "上半年", "", "2020-", "2020-02..03"])
def test_every_other_name_is_refused(name):
    with pytest.raises(UnknownPeriod, match="not a reference period"):
        Period.parse(name)


def test_a_month_is_read_from_its_name_and_nothing_longer_is_one():
    assert Month.parse("2020-06") == Month(2020, 6)
    with pytest.raises(UnknownPeriod, match="not a month"):
        Month.parse("2020-Q2")
    with pytest.raises(UnknownPeriod, match="not a reference period"):
        Month.parse("2020-6")


def test_growth_compares_equal_windows():
    assert Period.parse("2020-01..02").last_year == Period.parse("2019-01..02")


def test_december_ends_a_month_a_quarter_a_half_and_the_year():
    names = [p.name for p in periods_ending_in(Month(2019, 12))]
    assert names == ["2019-12", "2019-Q4", "2019-H2", "2019"]


def test_the_words_of_a_period():
    half = Period.parse("2020-H1")
    assert (half.span_text, half.chinese) == ("1—6月", "上半年")


@given(st.integers(2000, 2100), st.integers(1, 12), st.integers(-500, 500))
def test_shifting_a_month_there_and_back_changes_nothing(year, month, by):
    there = Month(year, month).shift(by)
    assert there.shift(-by) == Month(year, month)
    assert len(list(months_between(min(there, Month(year, month)), max(there, Month(year, month))))) == abs(by) + 1
