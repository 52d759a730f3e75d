"""Spoiled workbooks, the same ones every time: a minute of what ``python -m tests.fuzzing`` does for an hour."""

from __future__ import annotations

from catalog.catalogue import load_catalogue
from flows.demo import make_demo_office
from tests.fuzzing import run


def test_a_spoiled_workbook_is_refused_or_accounted_for_and_never_silently_wrong(tmp_path):
    make_demo_office(tmp_path)
    assert run(load_catalogue(tmp_path / "catalog"), 1, range(800)) == []
