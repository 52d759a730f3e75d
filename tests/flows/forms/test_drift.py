"""A workbook beside its declaration: what fits, what does not; a person's decision becomes an alias, a likeness never does."""

from __future__ import annotations

import pytest

from catalog.catalogue import BadCatalogue, load_catalogue
from connectors.workbooks import read_workbook
from flows.forms.drift import accept, drift, render
from tests.flows.intake.sheets import head, merges, read, small_town, village_rows, xlsx

F19 = ("F19", "月报")


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def renamed(town, old: str, new: str) -> bytes:
    rows = head(town, *F19, 2020, 6)
    rows[2:] = [[new if v == old else v for v in row] for row in rows[2:]]
    return xlsx({"月报": rows + village_rows(town, *F19, {})}, {"月报": merges(town, *F19, 3)})


def test_a_renamed_column_is_suggested_and_not_taken(town):
    data = renamed(town, "巡违控违（户）", "巡控违建（户）")
    [found] = drift(read_workbook(data), town)
    assert found.unmapped == (("C", "巡控违建（户）", ("巡违控违（户）",)),) and found.missing == ("巡违控违（户）",)
    assert "请核对后再认定" in render((found,)) and read(data, town).refused


def test_an_accepted_name_is_written_down_and_read_from_then_on(town, tmp_path):
    data = renamed(town, "巡违控违（户）", "巡控违建（户）")
    said = accept(tmp_path, drift(read_workbook(data), town), "巡控违建（户）=巡违控违（户）")
    assert "也叫" in said
    text = (tmp_path / "forms" / "F19.yml").read_text("utf-8")
    assert 'also: ["巡控违建（户）"]' in text and text.startswith("#"), "comments stay"
    again = load_catalogue(tmp_path)
    assert not read(data, again).refused
    assert not read(renamed(town, "x", "x"), again).refused, "the old name still holds"


@pytest.mark.parametrize("decision", ["没有这栏=巡违控违（户）", "巡控违建（户）=个人建房上户踏勘（户）", "巡控违建（户）", "=巡违控违（户）"])
def test_a_decision_that_fits_nothing_changes_nothing(town, tmp_path, decision):
    data = renamed(town, "巡违控违（户）", "巡控违建（户）")
    with pytest.raises(BadCatalogue):
        accept(tmp_path, drift(read_workbook(data), town), decision)
    assert not (tmp_path / "forms" / "F19.yml").exists()


def test_households_and_persons_are_not_equated(town, tmp_path):
    rows = head(town, "F12", "月报", 2020, 6)
    rows[3:] = [["人数量" if v == "户数" else v for v in row] for row in rows[3:]]
    data = xlsx({"月报": rows + village_rows(town, "F12", "月报", {})}, {"月报": merges(town, "F12", "月报", 3)})
    submission = read(data, town)
    assert submission.refused and not submission.readings
    [found] = drift(read_workbook(data), town)
    with pytest.raises(BadCatalogue):
        accept(tmp_path, (found,), "人数量=农村低保 > 人数")


def test_what_looks_like_no_form_says_so(town):
    assert "form new" in render(drift(read_workbook("甲,乙\n1,2\n".encode()), town))


def test_a_second_name_is_accepted_beside_one_with_brackets_and_strokes(town, tmp_path):
    for name in ('巡控违建[户]"含\\镇级"', "巡控户数", "巡查户"):
        accept(tmp_path, drift(read_workbook(renamed(town, "巡违控违（户）", name)), town), f"{name}=巡违控违（户）")
        assert not read(renamed(town, "巡违控违（户）", name), load_catalogue(tmp_path)).refused


def group_renamed(town, form: str, old: str, new: str) -> bytes:
    rows = head(town, form, "月报", 2020, 6)
    rows[2:] = [[new if v == old else v for v in row] for row in rows[2:]]
    return xlsx({"月报": rows + village_rows(town, form, "月报", {})}, {"月报": merges(town, form, "月报", 3)})


@pytest.mark.parametrize(("form", "old", "new"), [("F12", "农村低保", "农村最低生活保障"), ("F12", "高龄补贴", "高龄老人津贴"), ("F17", "外出务工交通补贴", "务工交通补助")])
def test_a_group_of_columns_by_another_name_is_offered_and_accepted_whole(town, tmp_path, form, old, new):
    data = group_renamed(town, form, old, new)
    found = drift(read_workbook(data), town)
    assert f"--accept '{new}={old}'" in render(found)
    assert f"“{old}”一组也叫“{new}”" in accept(tmp_path, found, f"{new}={old}")
    again = load_catalogue(tmp_path)
    assert not read(data, again).refused and not read(group_renamed(town, form, "x", "x"), again).refused


def test_a_group_that_lacks_a_column_is_not_accepted_whole(town, tmp_path):
    data = group_renamed(town, "F12", "户数", "家数")
    assert "一组各栏" not in render(drift(read_workbook(data), town))
    with pytest.raises(BadCatalogue):
        accept(tmp_path, drift(read_workbook(data), town), "特困供养=农村低保")
    assert not (tmp_path / "forms" / "F12.yml").exists()
