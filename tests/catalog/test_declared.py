"""What YAML, TOML and the environment give, read into frozen data: what does not fit names its place."""

from __future__ import annotations

import pytest

from catalog.declared import Secret, Unfit, read
from catalog.forms import Due, Form
from catalog.indicators import FromRatio, Indicator

FORM = {"id": "X1", "title": "某表", "department": "某办", "due": {"day": "5"}, "sheets": [{"name": "表", "shape": "matrix", "columns": [{"path": "甲", "total": "true"}]}]}


def changed(**parts):
    return {**FORM, **parts}


def test_texts_become_numbers_and_lists_become_tuples_where_declared():
    form = read(Form, changed(not_due_in=["1", "12"]))
    assert (form.due.day, form.not_due_in, form.sheets[0].columns[0].total) == (5, (1, 12), True)
    assert read(Form, changed(due={"day": "last"})).due == Due(day="last")


def test_a_source_is_told_by_its_name():
    indicator = read(Indicator, {"id": "a", "title": "甲", "kind": "ratio", "from": {"source": "ratio", "part": "b", "whole": "c"}})
    assert indicator.from_ == FromRatio(part="b", whole="c") and indicator.from_.source == "ratio"


@pytest.mark.parametrize(("data", "place", "why"), [
    (changed(due={"day": "fifth"}), "due.day", "fifth"),
    (changed(due={"day": "5", "after": "soon"}), "due.after", "Expected `int`"),
    (changed(colour="red"), "", "unknown field `colour`"),
    ({k: v for k, v in FORM.items() if k != "title"}, "", "missing required field `title`"),
    (changed(title=None), "title", "got `null`"),
    (changed(sheets="表"), "sheets", "Expected `array`"),
    (changed(sheets=[{"name": "表", "shape": "round", "columns": []}]), "sheets[0].shape", "Invalid enum value 'round'"),
    (changed(sheets=[{"name": "表", "shape": "matrix", "columns": [{"path": "甲"}, {"path": "甲"}]}]), "sheets[0]", "stands twice"),
])  # fmt: skip
def test_what_does_not_fit_names_its_place(data, place, why):
    with pytest.raises(Unfit, match=why) as caught:
        read(Form, data)
    assert caught.value.place == place


def test_a_secret_is_not_printed():
    assert "geheim" not in f"{Secret('geheim')} {Secret('geheim')!r}" and Secret("geheim").reveal() == "geheim"
