"""Who owes what: the warehouse, the lists, the screen and the page say the same of it, night after night."""

from __future__ import annotations

import io
import os
import re
import shutil
from datetime import datetime

import pytest
from openpyxl import load_workbook
from rich.console import Console

from catalog.catalogue import built_in
from catalog.periods import Period
from connectors.documents import build_template
from flows.office import TEMPLATE, Office
from flows.slips.write import write_slips
from flows.status import render_status
from flows.words.revoke import revoke
from tests.flows.intake.sheets import page, village_rows
from tests.killing.night import read_here
from tests.night.offices import outputs, rows, run_night
from tests.night.towns import hand_in, town_in

JUNE = Period.parse("2020-06")


@pytest.fixture
def town(tmp_path):
    office = town_in(tmp_path / "office")
    (office.folder / "catalog" / "report" / TEMPLATE).write_bytes(build_template("巡违控违{{illegal_build_patrol_hh}}户"))
    with read_here():
        yield office


def night(office, at, period=JUNE):
    moment = datetime.fromisoformat(f"{at}T02:00:00+08:00")
    run_night(office, as_of=moment, period=period)
    return outputs(office, period, moment)


def listed(folder, form, sheet="催报清单"):
    """Month, days late and state of what is listed of a form."""
    return [row[3:7] for row in load_workbook(folder["催报清单.xlsx"])[sheet].iter_rows(values_only=True) if row[1] == form]


def texts(folder):
    return {row[0]: row[1] for row in load_workbook(folder["催报清单.xlsx"])["群发文本"].iter_rows(values_only=True)}


def screen(office):
    out = io.StringIO()
    with office.open_warehouse() as warehouse:
        render_status(Console(file=out, width=200), office, warehouse, None)
    return out.getvalue()


def missing(office, form="F19"):
    return {r["period"]: r["days_late"] for r in rows(office, "out_submission") if (r["state"], r["form"]) == ("missing", form)}


def test_on_the_day_after_the_deadline_what_came_and_what_did_not_are_a_day_late(town):
    hand_in(town, 5, {"东山村": 5, "西坡村": 110}, when=datetime.fromisoformat("2020-06-06T01:00:00+08:00"))
    night(town, "2020-07-05")
    assert missing(town) == {}
    folder = night(town, "2020-07-06")
    assert [r["days_late"] for r in rows(town, "out_submission") if r["file"]] == [1]
    assert missing(town) == {"2020-06": 1} and listed(folder, "F19") == [("2020-06", "2020-07-05", "1", "未报")]
    (line,) = [line for line in screen(town).splitlines() if "F19" in line]
    assert "未报" in line and "1天" in line


def test_what_the_draft_waits_for_is_asked_of_nobody_before_its_day(town):
    hand_in(town, 5, {"东山村": 5, "西坡村": 110})
    folder = night(town, "2020-07-02")
    assert listed(folder, "F19") == [("2020-06", "2020-07-05", "0", "未到期")] and "控违办" not in texts(folder)
    folder = night(town, "2020-07-05")
    assert listed(folder, "F19") == [("2020-06", "2020-07-05", "0", "未报")] and "请补报" in texts(folder)["控违办"]


def test_before_anything_is_due_nobody_is_said_to_have_handed_in_everything(town):
    (town.folder / "catalog" / "report" / TEMPLATE).write_bytes(build_template("[[手写：本月工作]]"))
    hand_in(town, 5, {"东山村": 5, "西坡村": 110})
    folder = night(town, "2020-06-24")
    said = [cell for row in load_workbook(folder["催报清单.xlsx"])["催报清单"].iter_rows(values_only=True) for cell in row if cell]
    assert "本期到期的报表，各科室都已报齐。" in said and "本期到期的报表，各科室都已报齐。" in folder["看板.html"].read_text("utf-8")


def test_a_file_taken_back_does_not_hide_that_another_was_sent_back(town):
    good = hand_in(town, 5, {"东山村": 5, "西坡村": 110})
    twice = town.inbox / hand_in(town, 5, {"东山村": 5, "西坡村": 110}, "拆违控违5月终稿.xlsx")
    twice.write_bytes(page(town.catalogue, "F19", "月报", village_rows(town.catalogue, "F19", "月报", {}, names=("东山村", "东山村")), month=5))
    os.utime(twice, (datetime(2020, 5, 29).timestamp(),) * 2)
    run_night(town, as_of=datetime.fromisoformat("2020-06-08T02:00:00+08:00"), period=Period.parse("2020-05"))
    revoke(town, good, "王科长", "交错了")
    folder = night(town, "2020-07-20", Period.parse("2020-05"))
    assert listed(folder, "F19") == [("2020-05", "2020-06-05", "45", "已退回")]
    assert "已退回，请改正后重报" in texts(folder)["控违办"]


def test_a_form_given_to_another_department_is_owed_by_that_one_in_every_list(town):
    hand_in(town, 5, {"东山村": 5, "西坡村": 110})
    declared = (built_in() / "forms" / "F19.yml").read_text("utf-8").replace("department: 控违办", "department: 城管办")
    (town.folder / "catalog" / "forms" / "F19.yml").write_text(declared, "utf-8")
    folder = night(Office(town.folder), "2020-07-20")
    (gap,) = load_workbook(folder["缺口清单.xlsx"])["缺口清单"].iter_rows(min_row=3, values_only=True)
    assert gap[4:8] == ("城管办", "F19", "未报", "F19 2020-06未报") and "城管办" in texts(folder) and "控违办" not in texts(folder)
    assert "城管办" in next(line for line in screen(Office(town.folder)).splitlines() if "F19" in line)
    where = [*folder["看板.html"].read_text("utf-8").split("<td>"), *(str(v) for s in load_workbook(folder["数据来源表.xlsx"]) for r in s.values for v in r)]
    assert any(said.startswith("城管办") for said in where) and not any(said.startswith("控违办") for said in where)


def test_the_screen_shows_the_month_that_has_begun_whatever_came_for_a_later_one(town):
    hand_in(town, 5, {"东山村": 5, "西坡村": 110})
    hand_in(town, 12, {"东山村": 5, "西坡村": 110}, when=datetime(2020, 6, 3))
    night(town, "2020-07-20")
    assert "2020-06 报送情况" in screen(town)


def test_the_screen_of_an_office_that_has_received_one_unknown_file_is_no_traceback(town):
    (town.inbox / "扫描.pdf").write_bytes(b"%PDF-1.4")
    run_night(town, as_of=datetime.fromisoformat("2099-07-20T02:00:00+08:00"))
    assert "2099-07 报送情况" in screen(town)


def test_what_was_sent_back_and_belongs_to_no_line_of_the_screen_is_named_until_it_is_gone(town):
    """A scan, and 2021 for 2020: the form they were meant for is only said to be missing."""

    def named(day):
        night(town, day)
        with town.open_warehouse() as warehouse:
            write_slips(town, warehouse, datetime.fromisoformat(f"{day}T02:00:00+08:00"))
        return re.findall(r"退回后还没有重报，不算在哪张表里：slips/(.*)（退回）\.xlsx", screen(town))

    hand_in(town, 5, {"东山村": 5, "西坡村": 110})
    (town.inbox / "控违办").mkdir()
    for name in ("扫描.pdf", "控违办/扫描.pdf"):
        (town.inbox / name).write_bytes(b"%PDF-1.4")
        os.utime(town.inbox / name, (datetime(2020, 7, 2).timestamp(),) * 2)
    early = hand_in(town, 12, {"东山村": 5, "西坡村": 110}, when=datetime(2020, 7, 2))
    older = town.inbox / "2020年/04月/控违办/新建工作表.pdf"
    older.parent.mkdir(parents=True)
    shutil.copy2(town.inbox / "扫描.pdf", older)
    assert named("2020-07-20") == ["控违办/2020-12 拆违控违情况（2020年12月）", "控违办/月份不明 扫描", "未认领/月份不明 扫描"]
    assert "保存文件时该月还没有到" in screen(town) and "其他月份还有 1 份退回后没有重报" in screen(town)
    (town.inbox / early).unlink()
    (town.inbox / "扫描.pdf").unlink()
    assert named("2020-07-21") == ["控违办/月份不明 扫描"]
