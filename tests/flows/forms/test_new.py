"""A declaration drafted from a filled-in workbook has the headings and types; the meaning is left to a person."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "intake"))
from sheets import page, small_town, village_rows

from catalog.catalogue import read_yaml
from catalog.forms import Form
from catalog.issues import Refused
from connectors.workbooks import read_workbook
from flows.forms.new import draft_declaration


def test_the_official_form_is_drafted_heading_by_heading(tmp_path):
    town = small_town(tmp_path)
    data = page(town, "F12", "月报", village_rows(town, "F12", "月报", {}))
    drafted = Form.model_validate(read_yaml(draft_declaration(read_workbook(data), "X01"), "X01.yml"))
    official = town.forms["F12"]
    assert drafted.title == official.title
    assert [c.path for c in drafted.sheets[0].columns] == [c.path for c in official.sheet("月报").columns]
    assert [c.type for c in drafted.sheets[0].columns[:4]] == ["serial", "village", "integer", "integer"]


def test_a_workbook_without_a_table_is_refused():
    with pytest.raises(Refused, match="找不到表头"):
        draft_declaration(read_workbook("甲,乙\n丙,丁\n".encode()), "X01")
