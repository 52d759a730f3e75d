"""What is told the quick way is what the slow way tells, for anything a cell may hold."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from catalog.counting import combine, in_window
from catalog.grids import Grid
from catalog.numbers import decimal_of, plain
from catalog.observations import Entry, Reading, Status, Submission
from catalog.packed import Packed
from catalog.units import fold
from flows.intake import checks, feet, guarded, numerals, read, titles
from flows.intake.cells import NOTHING_WORDS, Cell, person, word
from flows.intake.fate import Fates, one_fate
from flows.intake.identities import _check_digit

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
WORDS = st.text(st.sampled_from("填制报表审核人注说明：: \u3000（）20年月份日-./二〇六镇某\n7"), max_size=12)
DAYS = st.none() | st.dates(date(2020, 5, 28), date(2020, 7, 3))


@given(st.text("0123456789", min_size=17, max_size=17))
def test_the_last_place_of_an_identity_is_the_weighted_sum(number):
    assert _check_digit(number) == "10X98765432"[sum(int(d) * w for d, w in zip(number, WEIGHTS, strict=True)) % 11]


@given(st.lists(WORDS | st.none() | st.integers(), max_size=4))
def test_a_foot_is_found_in_a_row_as_in_each_of_its_texts(row):
    texts = [fold(v) for v in row if isinstance(v, str) and v.strip()]
    assert feet.is_foot(row) == (any(feet._FOOTER.match(text) for text in texts) or bool(texts and feet.NOTE.match(texts[0])))


@given(WORDS.map(fold))
def test_a_text_without_a_year_or_month_fits_no_title(text):
    told = titles._with_digits(text)
    fits = any(pattern.fullmatch(told) for pattern in (titles._TITLE, titles._DOTTED, titles._NO_YEAR))
    assert not fits or "20" in told or "月" in told
    assert not titles._MONTH_ALONE.fullmatch(told) or "20" in told


@given(st.integers(0, 3 * numerals.PLAIN_BELOW), st.booleans())
def test_whole_figures_are_plain_below_a_limit(value, whole):
    assert numerals.plain_figure(value, whole=whole, negative=False) == (str(value) if value < numerals.PLAIN_BELOW else None)


@given(st.decimals(min_value=0, max_value=10**14, places=3, allow_nan=False))
def test_what_has_few_signs_is_below_what_no_town_has(value):
    assert len(plain(value)) >= checks._DIGITS or value < min(checks._MOST_VISITS, checks._MOST_MONEY)


@given(st.text())
def test_no_text_is_longer_than_what_stands_for_it(text):
    assert len(repr([text]).encode("utf-8", "surrogatepass")) > len(text)
    assert read.LONGEST_TEXT < 10_000


@given(st.text(), st.text())
def test_a_cell_is_made_of_all_its_members(written, text):
    assert word(written, text) == Cell(text=text, key=fold(text), written=written, filled=text not in NOTHING_WORDS)
    assert person(text) == Cell(text=text, key=text, filled=True) and type(person(text)) is Cell


@given(st.lists(st.tuples(DAYS, DAYS, st.booleans()), max_size=8), st.sampled_from(["", "登记日期"]), st.booleans(), st.sampled_from(["rows", "first_date"]))
def test_a_window_is_told_for_all_entries_as_for_each(rows, dated, until, count):
    source = SimpleNamespace(date=dated, count=count, where=[SimpleNamespace(not_after_end=True)] if until else [], order_by="", pick="all")
    start, end = date(2020, 6, 1), date(2020, 6, 30)
    entries = [Entry("X", "表", n, day, last, refused=refused) for n, (day, last, refused) in enumerate(rows)]
    told = [(entry, in_window(entry, source, start, end)) for entry in entries]
    refused = [entry for entry, inside in told if inside is None or (inside and entry.refused)]
    fitting = [entry for entry, inside in told if inside and not entry.refused]
    if count == "first_date" and not refused and not any(entry.day for entry in fitting):
        return  # a first day of none: entries without a day are none of such an indicator's
    outcome = combine(source, [entries], start, end)
    assert [entry for _, entry in outcome.refused] == refused
    assert outcome.status is Status.NOT_APPLICABLE or [entry for _, entry in outcome.entries] == fitting


@given(st.lists(st.lists(st.sampled_from([None, "", 0, 0.0, False, "无", 7]), min_size=3, max_size=3), max_size=5))
def test_a_cell_is_any_that_is_not_none(rows):
    grid = Grid("表", 0, rows)
    assert Fates(grid).all() == {(r, c): "unaccounted" for r, row in enumerate(rows) for c, value in enumerate(row) if value is not None}
    assert one_fate(grid, "title").counts().total() == sum(value is not None for row in rows for value in row)


@given(st.integers(0, 3), st.integers(0, 3), st.booleans())
def test_what_the_child_read_arrives_as_it_was(readings, entries, packed):
    made = [Entry("X", "台账", n, date(2020, 6, 1 + n), None, f"row:{n}", "1", None, "980112104301", n == 1) for n in range(entries)]
    submission = Submission(
        "甲.xlsx", "0" * 64, 1, datetime(2020, 7, 1, tzinfo=UTC), "key", readings=tuple(
            Reading("m", "980112104301", "甲村", "2020-06", str(n) if n else None, Status.REPORTED if n else Status.MISSING, "表", f"B{n}", "", held=n == 2)
            for n in range(readings)
        ), entries=Packed(made) if packed else tuple(made),
    )  # fmt: skip
    there = pickle.loads(pickle.dumps(guarded.in_columns(submission)))
    back = guarded.whole(*there)
    assert back == submission
    assert [type(one) for one in (*back.readings, *back.entries)] == [Reading] * readings + [Entry] * entries
    assert all(one.status is Status(str(one.status)) for one in back.readings)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_remembered_number_is_the_number(value):
    assert decimal_of(plain(value)) == decimal_of(plain(value)) == Decimal(plain(value))
