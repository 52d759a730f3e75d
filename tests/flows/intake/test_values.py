"""Single cells: what departments type, and what becomes of it (forms.md M24–M36)."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from catalog.forms import Column
from catalog.grids import ErrorValue
from catalog.issues import Action
from catalog.observations import Status
from catalog.periods import Month
from flows.intake.days import day
from flows.intake.identities import identity
from flows.intake.numerals import factor, number

PEOPLE = Column(path="人数", type="integer", unit="人", role="stock")
MONEY = Column(path="金额", type="amount", unit="元", role="flow_month")
RATE = Column(path="同比增长（%）", type="percent", unit="%", role="ratio", negative=True)


@pytest.mark.parametrize(
    ("typed", "value", "action"),
    [
        ("120", 120, Action.FIX), ("１２０", 120, Action.FIX), ("1,234", 1234, Action.FIX), ("1，234", 1234, Action.FIX),
        ("120人", 120, Action.FIX), (" 12 ", 12, Action.FIX), ("\xa012\xa0", 12, Action.FIX), ("十二", 12, Action.WARN),
        ("约120", 120, Action.WARN), ("1020余", 1020, Action.WARN), ("1O2", 102, Action.WARN), ("1.2万", 12_000, Action.WARN), (120, 120, None), (120.0, 120, None),
    ],
)  # fmt: skip
def test_m24_a_number_in_other_clothes(typed, value, action):
    clean = number(typed, PEOPLE, stored="人")
    assert (clean.number, clean.action) == (value, action)


@pytest.mark.parametrize("typed", ["若干", "近百", "上百", "8000-10000", "十几", "12户", "3.5", "第3", "1 2", "TRUE", True, datetime(2020, 6, 5)])
def test_m24_what_is_no_exact_number_is_refused(typed):
    clean = number(typed, PEOPLE, stored="人")
    assert clean.status is Status.REFUSED and clean.number is None


@pytest.mark.parametrize(("typed", "column"), [("225.500", MONEY), ("1.500元", MONEY), ("-1.500", replace(MONEY, negative=True)), ("22.000", PEOPLE)])
def test_m24_three_digits_behind_a_point_may_be_thousands_and_are_refused(typed, column):
    assert number(typed, column, stored=column.unit).status is Status.REFUSED
    assert number("0.500", MONEY, stored="元").number == Decimal("0.5") and number("12.500万", MONEY, stored="元").number == 125_000


def test_m24_an_approximate_number_stays_marked():
    assert number("约76", PEOPLE, stored="人").status is Status.PROVISIONAL


def test_m24_twenty_million_is_not_zero():
    clean = number("2000万", MONEY, stored="元")
    assert (clean.number, clean.action) == (20_000_000, Action.WARN)


@pytest.mark.parametrize("typed", ["无", "—", "/", "未发生", "未开展", "本月未发生"])
def test_m26_a_declared_zero_is_zero_for_a_flow_and_nothing_for_a_stock(typed):
    assert number(typed, MONEY, stored="元").status is Status.ZERO
    assert number(typed, PEOPLE, stored="人").status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("typed", ["待统计", "暂缺", "未反馈", "?", None, "  "])
def test_m26_missing_is_never_zero(typed):
    assert number(typed, MONEY, stored="元").status is Status.MISSING


def test_m26_same_as_above_is_refused_in_a_number_column():
    clean = number("同上", MONEY, stored="元")
    assert (clean.status, clean.code) == (Status.REFUSED, "M26")


@pytest.mark.parametrize(
    ("typed", "value"), [("↓6.6", "-6.6"), ("下降6.6%", "-6.6"), ("▲6.6", "-6.6"), ("（6.6）", "-6.6"), ("增长10.6", "10.6"), ("9.2%", "9.2"), (-6.55, "-6.55")]
)
def test_m29_signs_of_growth(typed, value):
    assert number(typed, RATE, stored="%").number == Decimal(value)


def test_m29_the_format_decides_between_0106_and_106():
    assert number(0.106, RATE, percent=True, stored="%").number == Decimal("10.6")
    assert number(0.106, RATE, percent=False, stored="%").number == Decimal("0.106")


def test_m33_an_error_cell_is_refused():
    assert number(ErrorValue("#REF!"), MONEY, stored="元").code == "M33"


def test_m35_a_negative_number_needs_a_licence():
    assert number(-5, MONEY, stored="元").status is Status.REFUSED
    assert number(-5, replace(MONEY, negative=True), stored="元").number == -5


def test_m25_a_pair_is_split_only_where_the_form_allows_it():
    households = Column(path="户数", type="integer", unit="户", role="stock")
    split = number("12户/35人", households, stored="户", pair=True)
    assert (split.number, split.other) == (12, 35)
    assert number("12户/35人", households, stored="户").status is Status.REFUSED


@pytest.mark.parametrize(
    ("typed", "made"),
    [("2020.6.5", "2020-06-05"), ("2020/6/5", "2020-06-05"), ("20200605", "2020-06-05"), ("6月5日", "2020-06-05"), (43987, "2020-06-05"),
     ("二〇二〇年六月五日", "2020-06-05"), ("6.5-6.8", "2020-06-05"), ("２０２０.６.５", "2020-06-05"), (datetime(2020, 6, 5), "2020-06-05")],
)  # fmt: skip
def test_m30_dates_in_every_hand(typed, made):
    assert day(typed, Month(2020, 6)).day == date.fromisoformat(made)


@pytest.mark.parametrize("typed", ["2020年6月31日", "已验收", "2020年4月底", "2020.6", "拟7月", "12"])
def test_m30_an_impossible_or_half_date_is_refused(typed):
    assert day(typed, Month(2020, 6)).status is Status.REFUSED


def test_m31_a_spoiled_identity_is_never_repaired():
    assert identity("980112195803071015") == ("980112195803071015", "")
    assert identity(9.80112195803071e17)[0] is None
    for shown in ("9.80112E+17", "980112195803071000"):
        assert identity(shown) == (None, "以数字格式存放，后三位已丢失")
    assert "校验码" in identity("980112195803071016")[1]


def test_m27_units_of_money_and_land():
    assert factor("万元", "元") == 10_000
    assert factor("亩", "平方米") == Decimal("666.67")
    assert factor("户", "人") is None


@given(st.integers(0, 10**9))
def test_every_way_of_writing_a_whole_number_means_the_same(n):
    written = {number(text, PEOPLE, stored="人").number for text in (str(n), f"{n:,}", f"{n}人", f" {n} ", f"{n:,}".replace(",", "，"))}
    assert written == {n}


@given(st.text(max_size=12))
def test_no_text_ever_breaks_the_reader_or_becomes_a_number_without_digits(text):
    clean = number(text, PEOPLE, stored="人")
    if clean.number is not None and clean.number != 0:
        assert any(c.isdigit() or c in "〇零一二两三四五六七八九十百千万亿" for c in text)
    day(text, Month(2020, 6))
    identity(text)


def test_a_unit_in_the_cell_below_that_of_the_column_is_a_contradiction():
    column = replace(MONEY, unit="万元")
    assert number("9.945元", column, stored="元").status is Status.REFUSED
    assert number("3亿元", column, stored="元").number == 30_000


@pytest.mark.parametrize("text", ["两三", "五六户", "十五六", "三四十", "两三百户"])
def test_two_digits_side_by_side_in_chinese_are_about_and_not_a_number(text):
    assert number(text, PEOPLE).number is None


@pytest.mark.parametrize(("text", "meant"), [("二〇", 20), ("一二三", 123), ("一百二十三", 123), ("十五", 15), ("两百零三", 203)])
def test_chinese_numbers_place_by_place_or_with_their_tens(text, meant):
    assert number(text, PEOPLE).number == meant


@pytest.mark.parametrize("value", [6.1, 6.3, "7.3", "12月3日"])
def test_m30_a_short_date_that_may_be_two_days_or_lies_after_the_period_is_refused(value):
    assert day(value, Month(2020, 6)).status is Status.REFUSED


def test_m30_a_short_date_takes_the_year_of_the_period():
    assert [day(value, Month(2020, 6)).day for value in (6.5, "6.1", "5月31日")] == [date(2020, 6, 5), date(2020, 6, 1), date(2020, 5, 31)]


@pytest.mark.parametrize(("text", "meant"), [("一万二千元", 12_000), ("十二万三千元", 123_000), ("五千元", 5_000), ("一百二十万元", 1_200_000), ("一万二千五百元", 12_500)])
def test_m24_the_thousand_of_a_chinese_number_is_no_unit(text, meant):
    assert number(text, MONEY, stored="元").number == meant


@pytest.mark.parametrize("text", ["一万二千", "三万五"])
def test_m27_a_chinese_number_of_yuan_in_a_column_of_ten_thousands_is_refused(text):
    column = Column(path="投资（万元）", type="decimal", unit="万元", role="flow_month")
    assert number(text, column, stored="元").status is Status.REFUSED
