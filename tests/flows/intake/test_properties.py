"""What a department types for a known figure is that figure or refused; other text is never a figure."""

from __future__ import annotations

import contextlib
import re
import string
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import declared
from catalog.catalogue import built_in, read_yaml
from catalog.forms import Column, Form
from catalog.numbers import plain
from catalog.observations import Status
from catalog.periods import Month, Period, UnknownPeriod
from flows.intake.days import day
from flows.intake.heading_words import declared_paths, heading
from flows.intake.identities import identity
from flows.intake.names import hints
from flows.intake.numerals import factor, number
from flows.intake.rows import _SUMMED, _telling, summed

PEOPLE = Column(path="人数", type="integer", unit="人", role="stock")
MONEY = Column(path="金额", type="amount", unit="元", role="flow_month", negative=True)
TEN_THOUSANDS = Column(path="金额（万元）", type="amount", unit="万元", role="flow_month")
RATE = Column(path="同比（%）", type="percent", unit="%", role="ratio", negative=True)
FORMS = [declared.read(Form, read_yaml(p.read_text("utf-8"), p.name)) for p in sorted((built_in() / "forms").glob("*.yml"))]

whole = st.integers(0, 99_999_999)
exact = st.decimals(0, 10**9, places=4, allow_nan=False)
WIDE = str.maketrans("0123456789.,", "０１２３４５６７８９．，")


def grouped(text: str) -> str:
    head, dot, tail = text.partition(".")
    return f"{int(head):,}{dot}{tail}"


def in_chinese(value: int) -> str:
    """An own writer of numerals below 100 000 000, to hold the reader against."""
    digits, units = "零一二三四五六七八九", ("", "十", "百", "千")

    def four(n: int) -> str:
        out, zero = "", False
        for power in (3, 2, 1, 0):
            d = n // 10**power % 10
            if d:
                out += ("零" if zero and out else "") + digits[d] + units[power]
                zero = False
            else:
                zero = True
        return out

    high, low = divmod(value, 10_000)
    text = (four(high) + "万" if high else "") + ("零" if high and 0 < low < 1000 else "") + four(low)
    return text[1:] if text.startswith("一十") else text


SPELLINGS = {
    "plain": lambda t: t, "wide": lambda t: t.translate(WIDE), "grouped": grouped, "wide commas": lambda t: grouped(t).replace(",", "，"),
    "blanks around": lambda t: f" \u00a0{t}\u3000", "unit": lambda t: f"{t}人", "zeros before": lambda t: t,
}  # fmt: skip


@given(whole, st.sampled_from(sorted(SPELLINGS)))
def test_a_whole_number_in_any_spelling_is_that_number(value, spelling):
    clean = number(SPELLINGS[spelling](str(value)), PEOPLE, stored="人")
    assert clean.number == value and clean.status is (Status.REPORTED if value else Status.ZERO)


@given(exact, st.sampled_from(["plain", "wide", "grouped", "blanks around"]))
def test_exact_decimals_survive(value, spelling):
    text = format(value, "f")
    assert number(SPELLINGS[spelling](text), MONEY, stored="元").number == value


@given(exact, st.sampled_from(["元", "万元", "亿元", "万", "亿"]))
def test_a_written_unit_multiplies_exactly(value, unit):
    clean = number(f"{value}{unit}", MONEY, stored="元")
    times = {"元": 1, "万元": 10**4, "亿元": 10**8, "万": 10**4, "亿": 10**8}[unit]
    assert clean.number == (value * times).quantize(Decimal("0.000001"), ROUND_HALF_UP)


@given(st.integers(1, 99_999_999))
def test_numerals_of_characters(value):
    assert number(in_chinese(value), PEOPLE, stored="人").number == value


@given(whole, st.sampled_from(["约{}", "{}余", "{}多", "{}左右", "近{}", "大约{}", "超{}", "{}以上"]))
def test_an_approximate_figure_is_never_reported_as_exact(value, spelling):
    clean = number(spelling.format(value), PEOPLE, stored="人")
    assert clean.status in (Status.PROVISIONAL, Status.REFUSED)


@given(st.integers(1, 9999), st.integers(1, 9999), st.sampled_from(["{}-{}", "{}～{}", "{}/{}", "{}户{}人", "{}+{}", "{}到{}", "{}、{}", "{}:{}", "{};{}", "{}({})", "{}或{}"]))
def test_two_figures_are_never_one(first, second, between):
    assert number(between.format(first, second), PEOPLE, stored="人").number is None


@given(whole, st.text(string.ascii_letters.replace("O", "").replace("o", "").replace("l", "").replace("I", "") + "第号#＃楼组岁年月日@*&^$!~`|<>{}[]=_", min_size=1, max_size=4))
def test_a_figure_with_foreign_words_is_no_figure(value, words):
    for text in (f"{value}{words}", f"{words}{value}"):
        if not any(text.endswith(unit) for unit in ("岁", "年", "月", "日", "组")):
            assert number(text, PEOPLE, stored="人").number is None


@given(st.text(max_size=12))
def test_text_without_any_digit_or_numeral_is_never_a_positive_figure(text):
    clean = number(text, MONEY, stored="元")
    if clean.number and not re.search(r"[\d一二两三四五六七八九十百千万亿]", text):
        import unicodedata

        assert any(unicodedata.normalize("NFKC", c).isdigit() for c in text)


@pytest.mark.parametrize("text", ["½", "1½", "②②", "1e5", "1E5", "0x1F", "１／２", "1'000", "1.2.3", "1..2", "..5", "5.", "+-3", "--5", "1,23", "12,3456", "1 2", "١٢", "3°", "²", "12²", "No.5", "∞", "NaN", "inf", "-"])
def test_what_only_looks_like_a_figure(text):
    clean = number(text, PEOPLE, stored="人")
    assert clean.number in (None, 0)


@given(st.decimals(-500, 500, places=2, allow_nan=False), st.sampled_from(["{}", "{}%", "同比增长{}%"]))
def test_rates_keep_their_sign(value, spelling):
    if value < 0 and "增长" in spelling:
        return
    assert number(spelling.format(value), RATE).number == value


@given(st.decimals("0.01", 500, places=2, allow_nan=False), st.sampled_from(["↓{}", "下降{}%", "▲{}", "（{}）", "({}%)", "降{}", "减少{}%", "-{}"]))
def test_a_fall_is_negative(value, spelling):
    assert number(spelling.format(value), RATE).number == -value


@given(st.dates(min_value=__import__("datetime").date(2000, 1, 1), max_value=__import__("datetime").date(2029, 12, 31)))
def test_a_day_in_any_hand_is_that_day(date):
    month = Month(date.year, date.month)
    for text in (f"{date:%Y-%m-%d}", f"{date:%Y/%m/%d}", f"{date.year}.{date.month}.{date.day}", f"{date.year}年{date.month}月{date.day}日", f"{date:%Y%m%d}",
                 f"{date.month}月{date.day}日", f"{date.month}.{date.day}"):  # fmt: skip
        assert day(text, month).day == date


@given(st.text("0123456789Xx ", min_size=14, max_size=20))
def test_an_identity_is_hashed_only_when_it_is_one(text):
    number_, why = identity(text)
    assert (number_ is None) == bool(why) and (number_ is None or len(number_) in (15, 18))


@given(st.floats(1e14, 1e18))
def test_an_identity_in_a_numeric_cell_is_never_used(value):
    assert identity(value)[0] is None


@given(st.text("村户数人（社区）()元万本月累计1-—～ \n#“”其中:0-9%㎡", max_size=20))
def test_a_heading_read_twice_is_the_same(text):
    once, _ = heading(text)
    assert heading(once)[0] == once or heading(once)[1]


@given(st.sampled_from([c.path for f in FORMS for s in f.sheets for c in s.columns]), st.randoms())
def test_line_breaks_spaces_and_widths_do_not_change_a_heading(path, rng):
    part = path.split(" > ")[-1]
    broken = "".join(c + rng.choice(["", "", "\n", " ", "\u3000"]) for c in part).replace("（", rng.choice("（(")).replace("）", rng.choice("）)"))
    assert heading(broken) == heading(part)


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.id)
def test_no_two_declared_headings_of_a_sheet_are_one(form):
    for sheet in form.sheets:
        named = declared_paths(sheet, form)
        assert {c.path for c in named.values()} == {c.path for c in sheet.columns}


@given(st.integers(2000, 2040), st.integers(1, 12))
def test_periods_are_read_as_they_are_written(year, month):
    for name in (f"{year}-{month:02d}", f"{year}-Q{(month + 2) // 3}", f"{year}-H{(month + 5) // 6}", f"{year}-9M", f"{year}", f"{year}-01..02"):
        assert Period.parse(name).name == name


@given(st.text("0123456789-QHM.年月", max_size=10))
def test_any_other_name_of_a_period_is_refused(text):
    with contextlib.suppress(UnknownPeriod):
        assert Period.parse(text).name == text


@given(st.integers(2015, 2035), st.integers(1, 12), st.sampled_from(["{y}年{m}月报表.xlsx", "F12 {y}.{m:02d} 报表.xls", "报表（{y}年{m}月）.et", "{y}{m:02d}报表.xlsx", "{y}年1-{m}月报表.xlsx"]))
def test_a_file_name_hints_at_its_month(year, month, name):
    found = hints(f"x/{name.format(y=year, m=month)}", ["社会事务办"])
    assert (found.year, found.month) == (year, month)


@given(st.lists(exact, min_size=1, max_size=30), st.randoms())
def test_a_total_does_not_depend_on_the_order(values, rng):
    shuffled = list(values)
    rng.shuffle(shuffled)
    assert plain(sum(values, Decimal(0))) == plain(sum(shuffled, Decimal(0)))


@given(exact)
def test_ten_thousands_and_yuan_say_the_same(value):
    times = factor("万元", "元")
    clean = number(str(value), TEN_THOUSANDS, stored="元")
    assert times is not None and clean.number * times == value * 10_000


@given(st.from_regex(_SUMMED, fullmatch=True))
def test_a_row_is_looked_at_for_sums_whatever_the_sum_is_called(text):
    """Only rows with a telling word are looked at closely: no word of a sum may be none of these."""
    assert summed(text) and _telling("甲").search(text)
