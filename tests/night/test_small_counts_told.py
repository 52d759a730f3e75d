"""No small count of a village is told by what people read beside the tables: sentences about cells, and notes of a refresh."""

from __future__ import annotations

import os
from datetime import datetime

import pytest
from msgspec.structs import force_setattr
from openpyxl import load_workbook

from catalog.periods import Period
from flows.new_office import create_office
from tests.flows.intake.sheets import page, village_rows
from tests.night.offices import outputs, run_night

NAMES = ("东山村", "西坡村", "南湾村", "北沟村")
JUNE = Period.parse("2020-06")
CERTIFIED, PAID = "持证残疾人（人） > 总数", "困难残疾人生活补贴 > 人数"


@pytest.fixture
def town(tmp_path):
    office = create_office(tmp_path / "office")
    (office.folder / "catalog" / "town.yml").write_text("town_name: 清溪\ndraft_date: '2020-07-03'\npark_reopen_date: '2020-03-21'\n", "utf-8")
    lines = "".join(f"98011310520{n},{name},村委会\n" for n, name in enumerate(NAMES, 1))
    (office.folder / "catalog" / "villages.csv").write_text("code,name,kind\n" + lines, "utf-8")
    return office


def hand_in(office, month, columns, moment=None):
    file = office.inbox / f"2020年/{month:02d}月/残联/残疾人服务情况月报表（2020年{month}月）.xlsx"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(page(office.catalogue, "F16", "月报", village_rows(office.catalogue, "F16", "月报", columns, names=NAMES), month=month))
    os.utime(file, ((moment or datetime(2020, month, 28, 9)).timestamp(),) * 2)


def printed(office, name):
    made = outputs(office)[name]
    if name.endswith(".html"):
        return made.read_text("utf-8")
    return "\n".join(str(cell.value) for sheet in load_workbook(made).worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None)


def test_why_a_cell_was_handed_back_does_not_tell_its_neighbours_small_count(town):
    """The 2 that the table hides stood in the sentence about the allowance beside it."""
    hand_in(town, 6, {CERTIFIED: (2, 31, 52, 20), PAID: (20, 9, 9, 9)})
    run_night(town)
    for name in ("看板.html", "催报清单.xlsx"):
        said = printed(town, name)
        assert "的2，请核实" not in said and "填20" not in said, name
    assert "数字不在此列出" in printed(town, "看板.html")
    force_setattr(town.settings.privacy, "hide_small_counts", False)
    assert "的2，请核实" in printed(town, "看板.html")


def test_why_a_cell_was_handed_back_is_told_where_no_count_is_small(town):
    hand_in(town, 6, {CERTIFIED: (60, 31, 52, 20), PAID: (70, 9, 9, 9)})
    run_night(town)
    said = printed(town, "看板.html")
    assert "填70，大于" in said and "数字不在此列出" not in said


@pytest.mark.parametrize("hidden_in", [1, 3, 5])
def test_a_village_hidden_in_any_other_month_is_not_told(town, hidden_in):
    """Of six months one hides it, and it is not the one that is handed back."""
    for month in (1, 2, 3, 4, 5):
        hand_in(town, month, {CERTIFIED: (12, 2, 52, 20) if month == hidden_in else (60, 31, 52, 20), PAID: (9, 0, 9, 9)})  # 12: beside the 2
    hand_in(town, 6, {CERTIFIED: (60, 31, 52, 20), PAID: (70, 9, 9, 9)})
    run_night(town)
    said = printed(town, "看板.html")
    assert "填70" not in said and "数字不在此列出" in said


def test_a_village_hidden_once_is_hidden_in_the_table_after_a_correction_too(town):
    """First 1, 7, 8, 90 with 7 hidden beside the 1; with 9 for 7 the 8 would be hidden instead, and both tables tell the 1."""

    def villages():
        sheets = load_workbook(outputs(town, JUNE)["汇总表.xlsx"])
        rows = next([list(r) for r in sheet.iter_rows(values_only=True)] for sheet in sheets if "分村" in sheet.title and any("持证残疾人" in str(c.value) for row in sheet for c in row))
        first, at = next((place, n) for place, row in enumerate(rows) for n, cell in enumerate(row) if str(cell).startswith("持证残疾人"))
        return [next(row[at] for row in rows[first:] if row[0] == name) for name in NAMES]

    hand_in(town, 6, {CERTIFIED: (1, 7, 8, 90)})
    run_night(town)
    assert villages() == ["<5", "*", 8, 90]
    hand_in(town, 6, {CERTIFIED: (1, 9, 8, 90)}, datetime(2020, 7, 2, 9))
    run_night(town)
    assert villages() == ["<5", "*", 8, 90]
    hand_in(town, 6, {CERTIFIED: (60, 9, 8, 90)}, datetime(2020, 7, 3, 9))
    run_night(town)
    assert villages() == ["*", "*", 8, 90]
