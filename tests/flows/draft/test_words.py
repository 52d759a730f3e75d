"""Numbers into words: units, half-up, 余 and 多 cut down, a fall without a sign (rules.md §1, §3)."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.draft.words import by_display, chinese_count, growth, pinned, progress, wan_duo, wan_yu, yu

MONEY = st.decimals(0, 10**11, places=2, allow_nan=False)
COUNT = st.integers(0, 10**7)
RATE = st.decimals(-100, 1000, places=4, allow_nan=False)


def said(words) -> str:
    return "".join(f"{w.before}{w.text}{w.after}" for w in (words if isinstance(words, list) else [words]))


@pytest.mark.parametrize(("display", "value", "text"), [
    ("yi2", "1246800000", "12.47"), ("yi2", "1683500000", "16.84"), ("wan0", "92144999", "9214"), ("wan0", "92145000", "9215"),
    ("wan1", "435000", "43.5"), ("wan2", "633600", "63.36"), ("yuan0", "46520", "46520"), ("wan_yu", "1623600", "162万余"),
    ("wan_yu", "1620000", "162万"), ("wan_yu", "8550", "8550"), ("wan_duo", "12864000", "1200多万"), ("wan_duo", "12000000", "1200万"),
    ("wan_duo", "8500", "8500"), ("wan_duo", "9999", "9999"), ("wan_duo", "155000", "15.5万"), ("wan_duo", "999999", "100万"), ("wan_duo", "1010000", "100多万"),
    ("yu10", "486", "480余"), ("yu10", "480", "480"), ("yu10", "1163", "1160余"), ("yu100", "1163", "1100余"), ("yu100", "486", "480余"),
    ("yu100", "87", "87"), ("pct1", "91.25", "91.3"), ("pct1", "10", "10.0"), ("dec_trim", "5832.50", "5832.5"), ("floor_int", "93.99", "93"),
    ("cn", "4", "四"), ("cn", "12", "十二"), ("cn", "20", "二十"), ("cn", "683", "683"), ("wan_cn", "10000", "1万"), ("wan_cn", "9500", "9500"),
    ("int", "2.5", "3"),
])  # fmt: skip
def test_a_figure_in_its_display(display, value, text):
    assert said(by_display(display, Decimal(value))) == text


@pytest.mark.parametrize(("display", "value", "unit", "text"), [
    ("yi2", "1246800000", "亿元", "12.47亿元"), ("yi2", "100", "亿元", "100元"), ("yi2", "1440000", "亿元", "144万元"), ("yi2", "0", "亿元", "0亿元"),
    ("yi2", "46000000", "亿元", "0.46亿元"), ("wan0", "92144999", "万元", "9214万元"), ("wan0", "6000", "万元", "6000元"), ("wan0", "14000", "万元", "1.4万元"),
    ("wan1", "435000", "万元", "43.5万元"), ("wan1", "1", "万元", "1元"), ("wan2", "186400", "万人次", "18.64万人次"), ("wan2", "37", "万人次", "37人次"),
    ("wan2", "1005000000", "万人次", "10.05亿人次"), ("wan2", "99994999", "万人次", "9999.5万人次"), ("wan2", "99999999", "万人次", "1亿人次"), ("wan0", "1005000000", "万元", "100500万元"),
])  # fmt: skip
def test_a_figure_too_small_for_its_pinned_unit_has_the_one_that_fits(display, value, unit, text):
    assert said(pinned(display, Decimal(value), unit)) == text


@pytest.mark.parametrize(("yuan", "text"), [("100490000", "1亿"), ("134560000", "1.35亿"), ("99990001", "9999万余"), ("99990000", "9999万")])
def test_yu_above_one_yi_is_said_in_yi(yuan, text):
    """10049万余元 is nothing anybody writes."""
    assert said(wan_yu(Decimal(yuan))) == text


@pytest.mark.parametrize(("rate", "text"), [
    ("10.6", "同比增长10.6%"), ("-6.6", "同比下降6.6%"), ("0", "与上年同期持平"), ("-0.04", "与上年同期基本持平"), ("0.05", "同比增长0.1%"),
    ("-0.05", "同比下降0.1%"), ("10.05", "同比增长10.1%"), ("-15.75", "同比下降15.8%"),
])  # fmt: skip
def test_a_rate_in_words(rate, text):
    assert said(growth(Decimal(rate))) == text


@pytest.mark.parametrize(("rate", "calendar", "text"), [
    ("53.709", "50", "完成年度任务的53.7%，超序时进度3.7个百分点"), ("46.4", "50", "完成年度任务的46.4%，落后序时进度3.6个百分点"),
    ("50.04", "50", "完成年度任务的50.0%，与序时进度持平"),
])  # fmt: skip
def test_progress_against_the_calendar(rate, calendar, text):
    assert said(progress(Decimal(rate), Decimal(calendar))) == text


def test_the_lead_is_rounded_once():
    """20.04 − 16.6667 is 3.4, not the 3.3 of two rounded figures."""
    assert "超序时进度3.4个百分点" in said(progress(Decimal("20.04"), Decimal(200) / 12))


@given(RATE)
def test_no_rate_is_printed_with_a_sign(rate):
    text = said(growth(rate))
    assert re.fullmatch(r"同比(增长|下降)\d+\.\d%|同比增长\d+(\.\d)?倍|与上年同期(基本)?持平", text)
    assert ("下降" in text) == (rate <= Decimal("-0.05"))


@given(MONEY)
def test_yu_is_cut_down_and_never_claims_more_than_there_is(yuan):
    words = wan_yu(yuan)
    if yuan >= 100_000_000:
        assert words.after == "亿" and abs(Decimal(words.text) * 100_000_000 - yuan) <= 500_000
    elif words.after:
        floor = Decimal(words.text) * 10_000
        assert floor <= yuan < floor + 10_000
        assert words.after == ("万" if floor == yuan else "万余")


@given(MONEY)
def test_duo_is_cut_down(yuan):
    words = wan_duo(yuan)
    told = Decimal(words.text) * (10_000 if "万" in words.after else 1)
    if yuan >= 100_000_000:
        assert words.after == "亿" and abs(Decimal(words.text) * 100_000_000 - yuan) <= 500_000
    elif yuan >= 1_000_000:
        assert told <= yuan and words.after.startswith("多") == (told != yuan)
    else:
        assert abs(told - yuan) <= 50 and "多" not in words.after, "what is small is printed exact"


@given(COUNT, st.sampled_from([10, 100]))
def test_yu_of_a_count(count, step):
    words = yu(Decimal(count), step)
    floor = int(words.text)
    assert floor <= count < floor + step
    assert (words.after == "余") == (floor != count)


@given(MONEY, st.sampled_from(["yi2", "wan0", "wan1", "wan2", "yuan0", "pct1", "dec_trim", "floor_int", "int"]))
def test_a_figure_is_digits_without_sign_group_or_exponent(yuan, display):
    assert re.fullmatch(r"\d+(\.\d+)?", by_display(display, yuan).text)


@given(MONEY, st.integers(0, 2))
def test_rounding_is_off_by_half_a_step_at_most(yuan, places):
    printed = Decimal(by_display(f"wan{places}", yuan).text) * 10_000
    assert abs(printed - yuan) <= Decimal(10_000).scaleb(-places) / 2


@given(st.integers(0, 99))
def test_chinese_counts_are_all_different(count):
    assert [n for n in range(100) if chinese_count(n) == chinese_count(count)] == [count]
