"""Exact numbers: no binary dust, half-up once, cut down for 余 and 多."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.numbers import cut_down, from_cell, half_up, plain, quotient

decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6)


def test_binary_dust_is_gone():
    assert plain(from_cell(63.360000000000007)) == "63.36"
    assert plain(from_cell(3.000000000000001)) == "3"


@pytest.mark.parametrize(("value", "places", "text"), [("0.125", 2, "0.13"), ("2.5", 0, "3"), ("-2.5", 0, "-3"), ("53.65", 1, "53.7")])
def test_half_goes_up(value, places, text):
    assert str(half_up(Decimal(value), places)) == text


def test_cutting_down_never_rounds_up():
    assert cut_down(Decimal("1286.4"), Decimal(100)) == 1200
    assert cut_down(Decimal(486), Decimal(10)) == 480


@given(decimals)
def test_plain_text_reads_back_as_the_same_number(value):
    text = plain(value)
    assert Decimal(text) == value
    assert "E" not in text and text != "-0"


@given(st.lists(decimals, max_size=30), st.randoms(use_true_random=False))
def test_a_sum_does_not_depend_on_the_order(values, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    assert sum(values, Decimal(0)) == sum(shuffled, Decimal(0))


def test_a_rate_is_exact_to_six_places():
    assert plain(quotient(Decimal(31) * 100, Decimal(34))) == "91.176471"
