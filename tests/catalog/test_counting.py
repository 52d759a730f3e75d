"""Counting over many files: persons once, rows and sums as they are, a refused row refuses the whole."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from catalog.counting import combine
from catalog.indicators import FromLedger
from catalog.observations import Entry, Status

PERSONS = FromLedger(form="F14", sheet="台账", count="distinct", of="身份证号", date="发放日期")
MONEY = FromLedger(form="F14", sheet="台账", count="sum", of="救助金额（元）", date="发放日期")
START, END = date(2020, 1, 1), date(2020, 6, 30)


def entry(row: int, token: str = "", value: str | None = None, day: date | None = START, refused: bool = False) -> Entry:
    return Entry("x", "台账", row, day, None, token, value, None, "", refused)


def test_a_person_helped_twice_is_one_person_and_two_payments():
    files = [[entry(4, "a", "100")], [entry(4, "a", "200"), entry(5, "b", "50")]]
    assert combine(PERSONS, files, START, END).value == "2"
    assert combine(MONEY, files, START, END).value == "350"


def test_a_row_outside_the_window_does_not_count():
    assert combine(PERSONS, [[entry(4, "a", day=END + timedelta(days=1))]], START, END).status is Status.ZERO


def test_a_refused_row_that_may_belong_refuses_the_figure():
    outcome = combine(MONEY, [[entry(4, value="100"), entry(5, refused=True, day=None)]], START, END)
    assert (outcome.value, outcome.status, len(outcome.refused)) == (None, Status.REFUSED, 1)


def test_a_spoiled_identity_counts_as_one_of_its_own_and_over_several_files_only_provisionally():
    one = [[entry(4, "row:4"), entry(5, "row:5")]]
    assert (combine(PERSONS, one, START, END).value, combine(PERSONS, one, START, END).status) == ("2", Status.REPORTED)
    two = [*one, [entry(4, "row:4")]]
    assert (combine(PERSONS, two, START, END).value, combine(PERSONS, two, START, END).status) == ("3", Status.PROVISIONAL)


rows = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-999, 999)), max_size=12)


@given(st.lists(rows, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_neither_the_order_of_files_nor_that_of_rows_matters(files, random):
    made = [[entry(n, token, str(value)) for n, (token, value) in enumerate(file, 4)] for file in files]
    shuffled = [random.sample(file, len(file)) for file in random.sample(made, len(made))]
    for source in (PERSONS, MONEY):
        assert combine(source, made, START, END).value == combine(source, shuffled, START, END).value
