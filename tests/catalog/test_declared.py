"""What YAML, TOML and the environment give, read into frozen data: what does not fit names its place."""

from __future__ import annotations

import pytest

from catalog.catalogue import BadCatalogue, read_yaml
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
    assert indicator.from_ == FromRatio(source="ratio", part="b", whole="c")


@pytest.mark.parametrize(("data", "place", "why"), [
    (changed(due={"day": "fifth"}), "due.day", "fifth"),
    (changed(due={"day": "5", "after": "soon"}), "due.after", "whole number"),
    (changed(colour="red"), "colour", "no such key; write one of id, title"),
    ({k: v for k, v in FORM.items() if k != "title"}, "title", "missing"),
    (changed(title=None), "title", "nothing"),
    (changed(sheets="表"), "sheets", "a list"),
    (changed(sheets=[{"name": "表", "shape": "round", "columns": []}]), "sheets.0.shape", "matrix, ledger"),
    (changed(sheets=[{"name": "表", "shape": "matrix", "columns": [{"path": "甲"}, {"path": "甲"}]}]), "sheets.0", "stands twice"),
])  # fmt: skip
def test_what_does_not_fit_names_its_place(data, place, why):
    with pytest.raises(Unfit, match=why) as caught:
        read(Form, data)
    assert ".".join(caught.value.place) == place


def test_a_secret_is_not_printed():
    assert "geheim" not in f"{Secret('geheim')} {Secret('geheim')!r}" and Secret("geheim").reveal() == "geheim"


def test_an_anchor_stands_for_what_it_names_and_a_quoted_null_is_a_word():
    assert read_yaml('a: &one [x, 06]\nb: *one\nc: ~\nd: "null"\ne:\n', "x.yml") == {"a": ["x", "06"], "b": ["x", "06"], "c": None, "d": "null", "e": None}
    assert read_yaml("# nothing\n", "x.yml") is None


@pytest.mark.parametrize(("text", "says"), [("a: *b\n", "stands for nothing"), ("a: !!int 5\n", "is not read here"), ("a: 1\n---\nb: 2\n", "two documents"),
                                            ("? [a]\n: b\n", "no key"), ("a: [1\n", "not YAML")])  # fmt: skip
def test_yaml_that_cannot_be_read_is_one_line(text, says):
    with pytest.raises(BadCatalogue, match=rf"x\.yml: .*{says}") as caught:
        read_yaml(text, "x.yml")
    assert "\n" not in str(caught.value)
