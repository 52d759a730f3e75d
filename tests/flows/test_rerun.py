"""What is done again: only what failed, never behind a later night; every period of a range, oldest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from catalog.periods import UnknownPeriod
from connectors.warehouse import RunRow
from flows.rerun import Again, NoSuchRun, periods_between, what_failed

BEGAN = datetime(2020, 7, 20, tzinfo=UTC)


def run(number: int, state: str = "completed", **more) -> RunRow:
    day = BEGAN + timedelta(days=number)
    return replace(RunRow(number, day, None, state, day, "2020-H1", "", "", 0, 0), **more)


def test_nothing_failed_nothing_is_done_again():
    assert what_failed([run(1, "failed"), run(2)]) is None


def test_a_form_that_is_named_is_not_narrowed_to_the_department_of_that_run():
    again = Again(1, None, "2020-06", "F12", "农办")
    assert again.only("F05", "") == ("F05", "")
    assert again.only("", "民政所") == ("", "民政所")
    assert again.only("", "") == ("F12", "农办")


@pytest.mark.parametrize("state", ["failed", "crashed", "running"])
def test_what_failed_is_asked_for_in_the_same_words(state):
    failed = run(2, state, period="2020-06", form="F12", department="农办")
    assert what_failed([run(1), failed]) == Again(2, failed.as_of, "2020-06", "F12", "农办")


def test_a_later_night_that_was_completed_has_done_it_already():
    assert what_failed([run(1, "failed"), run(2)], 1) is None
    assert what_failed([run(1, "failed"), run(2, form="F12")], 1) is not None


def test_a_rerun_never_goes_back_behind_a_later_night():
    again = what_failed([run(1, "failed"), run(2, period="2020-06")], 1)
    assert again is not None and (again.as_of, again.period) == (run(2).as_of, "2020-H1")


def test_files_put_off_are_looked_at_as_they_are_now():
    again = what_failed([run(1, deferred=2)])
    assert again is not None and again.as_of is None


def test_what_the_operator_names_is_done_again_failed_or_not():
    assert what_failed([run(1)], anyway=True) == Again(1, None, "2020-H1", "", "")


def test_no_run_is_said_in_one_line():
    with pytest.raises(NoSuchRun, match="huizong run"):
        what_failed([])
    with pytest.raises(NoSuchRun, match="the last one is 1"):
        what_failed([run(1)], 7)


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        ("2019-11", "2020-02", ["2019-11", "2019-12", "2020-01", "2020-02"]),
        ("2019-Q3", "2020-Q2", ["2019-Q3", "2019-Q4", "2020-Q1", "2020-Q2"]),
        ("2019-H1", "2020-H1", ["2019-H1", "2019-H2", "2020-H1"]),
        ("2018", "2019", ["2018", "2019"]),
        ("2020-06", "2020-06", ["2020-06"]),
    ],
)
def test_every_period_of_the_range_oldest_first(first, last, names):
    assert [p.name for p in periods_between(first, last, date(2020, 7, 20))] == names


@pytest.mark.parametrize(("first", "last", "says"), [("2020-01", "2020-Q2", "different kinds"), ("2020-06", "2020-01", "older one first"), ("2020-01", "2020-07", "not ended")])
def test_a_range_that_is_none_says_what_to_write(first, last, says):
    with pytest.raises(UnknownPeriod, match=says):
        periods_between(first, last, date(2020, 7, 20))
