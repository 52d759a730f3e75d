"""A hand-in with some rows of the form beside one with all of them: nobody's figures vanish, and no doubted one counts."""

from __future__ import annotations

import os
from datetime import datetime

import pytest
from rich.console import Console

from flows.check import check_file
from flows.slips.owed import owed_slips
from tests.night.offices import rows, run_night
from tests.night.towns import PATROLS, figure, hand_in, town_in

LATER = datetime(2020, 7, 2)
THIRD = "980113105203,南岭村,村委会\n"


@pytest.fixture
def town(tmp_path):
    return town_in(tmp_path / "office")


def observed(office):
    return {r["unit_name"]: (r["value"], r["status"]) for r in rows(office, "out_observation") if (r["indicator"], r["period"]) == (PATROLS, "2020-06")}


def asked(office):
    with office.open_warehouse() as warehouse:
        return [issue.message for _, issues in owed_slips(office, warehouse) for issue in issues]


@pytest.mark.parametrize("name", ["东山村补报.xlsx", "控违月报改.xlsx", "控违月报终稿.xlsx"])
def test_some_villages_after_all_of_them_take_no_village_away(town, name):
    hand_in(town, 6, {"东山村": 6, "西坡村": 110})
    path = hand_in(town, 6, {"东山村": 7}, name, LATER)
    run_night(town)
    assert observed(town) == {"东山村": (None, "refused"), "西坡村": ("110", "reported")}
    assert figure(town, "2020-06")["value"] is None
    assert {r["file"]: r["state"] for r in rows(town, "out_submission") if r["period"] == "2020-06" and r["form"] == "F19"}[path] == "superseded"
    said = asked(town)
    assert sum(name in m and "行不全" in m and "填进一张全表" in m for m in said if not m.startswith("月报!")) == 1
    assert [m for m in said if m.startswith("月报!C5 为6") and "为7" in m]


def test_a_supplement_that_says_the_same_holds_nothing_and_the_whole_form_later_counts(town):
    hand_in(town, 6, {"东山村": 6, "西坡村": 110})
    hand_in(town, 6, {"东山村": 6}, "补报.xlsx", LATER)
    run_night(town)
    assert figure(town, "2020-06")["value"] == "116"
    hand_in(town, 6, {"东山村": 7, "西坡村": 110}, "控违月报补报.xlsx", datetime(2020, 7, 3))
    run_night(town)
    assert figure(town, "2020-06")["value"] == "117", "all villages are there, whatever its name says"


def test_a_supplement_too_small_to_be_read_is_said_on_the_slip_of_the_form_in_force(town):
    (town.folder / "catalog" / "villages.csv").write_text("code,name,kind\n980113105201,东山村,村委会\n980113105202,西坡村,村委会\n" + THIRD, "utf-8")
    hand_in(town, 6, {"东山村": 6, "西坡村": 110, "南岭村": 5})
    hand_in(town, 6, {"南岭村": 8}, "南岭村补报.xlsx", LATER)
    run_night(town)
    assert figure(town, "2020-06")["value"] == "121"
    assert [m for m in asked(town) if "南岭村补报.xlsx" in m and "填进一张全表" in m]


def test_two_forms_that_each_want_a_village_say_whose_figures_are_gone(town):
    (town.folder / "catalog" / "villages.csv").write_text("code,name,kind\n980113105201,东山村,村委会\n980113105202,西坡村,村委会\n" + THIRD, "utf-8")
    first = hand_in(town, 6, {"东山村": 6, "西坡村": 110})
    hand_in(town, 6, {"西坡村": 110, "南岭村": 5}, "控违月报改.xlsx", LATER)
    run_night(town)
    assert figure(town, "2020-06")["value"] is None
    assert [m for m in asked(town) if first in m and "东山村" in m and "全表" in m]


def test_a_ledger_that_calls_itself_a_supplement_replaces_no_ledger(town):
    from tests.flows.intake.sheets import page

    columns = [c.path for c in town.catalogue.forms["F20"].sheet("台账").columns]

    def put(name, day, *lorries):
        body = [[{"日期": f"2020-06-0{n}", "地点（路段）": "国道", "检查车辆数": many}.get(path) for path in columns] for n, many in enumerate(lorries, 1)]
        path = town.inbox / f"2020年/06月/执法队/{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(page(town.catalogue, "F20", "台账", body))
        os.utime(path, (datetime(2020, 7, day).timestamp(),) * 2)
        return path

    put("渣土执法台账（2020年6月）.xlsx", 1, 10, 5)
    later = put("渣土执法台账（2020年6月）补报.xlsx", 2, 3)
    run_night(town)
    assert figure(town, "2020-06", "muck_truck_checked_cnt")["value"] == "15"
    assert [m for m in asked(town) if "补报.xlsx" in m and "未采用" in m]
    with (town.folder / "said.txt").open("w") as file:
        assert check_file(Console(file=file, width=400), town, later)
    assert "不能代替全表" in (town.folder / "said.txt").read_text()
