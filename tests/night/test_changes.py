"""From night to night in a real office: the list of changes, the page, and the office's own form follow the hand-ins."""

from __future__ import annotations

from datetime import datetime

import openpyxl
import pytest
import xlsxwriter

from flows.new_office import create_office
from tests.night.offices import outputs, run_night
from tests.night.test_the_night import TOWN, VILLAGES, half_year, hand_in


@pytest.fixture
def town(tmp_path):
    office = create_office(tmp_path / "office")
    (office.folder / "catalog" / "town.yml").write_text(TOWN, "utf-8")
    (office.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    with xlsxwriter.Workbook(office.folder / "catalog" / "report" / "上报表.xlsx") as book:
        page = book.add_worksheet("表")
        page.write_string("A1", "{{illegal_build_patrol_hh}}")
        page.write_string("A2", "{{illegal_build_patrol_hh@西坡村}}")
    return office


def night(office):
    run_night(office)
    return outputs(office)


def rows_of(files, name="数字变化"):
    return [list(row) for row in openpyxl.load_workbook(files["变化清单.xlsx"])[name].iter_rows(values_only=True, min_row=4)]


def patrols(files):
    return [(row[4], row[5], row[10]) for row in rows_of(files) if row[2] and row[2].startswith("巡违")]


def test_what_a_late_village_changes_is_told_until_something_else_does(town):
    half_year(town, june={"东山村": 6})
    first = night(town)
    assert patrols(first) == [] and "第一稿" in openpyxl.load_workbook(first["变化清单.xlsx"])["数字变化"]["K2"].value
    assert openpyxl.load_workbook(first["上报表.xlsx"])["表"]["A1"].value == "X"
    hand_in(town, 6, {"东山村": 6, "西坡村": 110}, "拆违控违6月终稿.xlsx", datetime(2020, 7, 3, 10))
    second = night(town)
    ((old, new, cause),) = patrols(second)
    assert (old, new) == ("X", "681") and cause.startswith("2020年/06月/控违办/拆违控违6月终稿.xlsx（07月03日")
    assert {row[0] for row in rows_of(second, "缺口变化")} == {"补齐"}
    page = openpyxl.load_workbook(second["上报表.xlsx"])["表"]
    assert (page["A1"].value, page["A2"].value) == (681, 660)
    before = {name: path.read_bytes() for name, path in second.items()}
    assert {name: path.read_bytes() for name, path in night(town).items()} == before
    assert "拆违控违6月终稿.xlsx" in second["看板.html"].read_text("utf-8")


def test_a_night_killed_before_it_was_done_tells_everything_the_next_time(town, monkeypatch):
    import flows.draft.outputs

    half_year(town, june={"东山村": 6})
    night(town)
    hand_in(town, 6, {"东山村": 6, "西坡村": 110}, "拆违控违6月终稿.xlsx", datetime(2020, 7, 3, 10))
    with monkeypatch.context() as killed:
        killed.setattr(flows.draft.outputs, "keep_edition", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            night(town)
    hand_in(town, 5, {"东山村": 5, "西坡村": 111}, "拆违控违5月终稿.xlsx", datetime(2020, 7, 4, 10))
    ((old, new, cause),) = patrols(night(town))
    assert (old, new) == ("X", "682") and "5月终稿" in cause and "6月终稿" in cause
