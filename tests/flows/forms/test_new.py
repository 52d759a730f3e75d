"""A declaration drafted from a filled-in workbook has the headings and types; the meaning is left to a person."""

from __future__ import annotations

import pytest

from catalog import declared
from catalog.catalogue import BadCatalogue, read_yaml
from catalog.forms import Form
from catalog.issues import Refused
from connectors.workbooks import read_workbook
from flows.forms.new import draft_declaration
from flows.forms.verbs import new_form
from flows.new_office import create_office
from tests.flows.intake.sheets import page, small_town, village_rows, xlsx


def test_the_official_form_is_drafted_heading_by_heading(tmp_path):
    town = small_town(tmp_path)
    data = page(town, "F12", "月报", village_rows(town, "F12", "月报", {}))
    drafted = declared.read(Form, read_yaml(draft_declaration(read_workbook(data), "X01"), "X01.yml"))
    official = town.forms["F12"]
    assert drafted.title == official.title
    assert [c.path for c in drafted.sheets[0].columns] == [c.path for c in official.sheet("月报").columns]
    assert [c.type for c in drafted.sheets[0].columns[:4]] == ["serial", "village", "integer", "integer"]


def test_a_workbook_without_a_table_is_refused():
    with pytest.raises(Refused, match="找不到表头"):
        draft_declaration(read_workbook("甲,乙\n丙,丁\n".encode()), "X01")


def test_no_record_of_a_list_without_a_heading_is_drafted_as_one():
    listed = [[n, name, "岚峰村", f"98011219580307101{n}", 600] for n, name in enumerate(("某甲某", "某乙某", "某丙某"), 1)]
    drafted = draft_declaration(read_workbook(xlsx({"表": [["村", "户数", "申请人"], ["甲村", 3, "某丁某"], ["乙村", 4, "某戊某"]], "名单": listed})), "X01")
    assert "名单" not in drafted and "某" not in drafted and '{path: "申请人", drop: true}' in drafted


@pytest.mark.parametrize("form_id", ["../evil", "", "X 1: a", "/tmp/x"])
def test_an_id_that_is_no_name_of_a_file_is_refused(tmp_path, form_id):
    office = create_office(tmp_path / "office")
    file = tmp_path / "t.xlsx"
    file.write_bytes(xlsx({"表": [["甲"], ["序号", "村", "户数"], [1, "岚峰村", 3]]}))
    with pytest.raises(BadCatalogue):
        new_form(office, file, form_id)
    assert list(tmp_path.rglob("*.draft")) == []
