"""Promises of a whole night: same result in any order and on both engines, nothing twice, nobody stopped by a bad file."""

from __future__ import annotations

import os
import shutil
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from catalog.periods import Period
from connectors.workbooks import guard
from flows.command import waited_for
from flows.intake.collect import Wanted, collect, read_and_load
from flows.intake.rehearse import look
from flows.new_office import create_office
from flows.office import Office
from tests.flows.intake.sheets import page, village_rows
from tests.night.offices import AS_OF, HALF, everything, outputs, rows, run_night

F19 = ("F19", "月报")
VILLAGES = """code,name,kind,households,population,aliases,valid_from,valid_to,merged_into
980113105201,东山村,村委会,100,300,东山;东山村委会,,,
980113105202,西坡村,村委会,120,320,,2020-03-01,,
980113105203,老坡村,村委会,60,160,,,2020-02-29,980113105202
980113105204,小坡村,村委会,160,400,,,2020-02-29,980113105202
"""
TOWN = "town_name: 清溪\ncity_name: 远州\ndistrict_name: 平川\ndraft_date: '2020-07-03'\npark_reopen_date: '2020-03-21'\n"


@pytest.fixture
def town(tmp_path):
    """Another town: town.yml and villages.csv replaced, nothing else."""
    office = create_office(tmp_path / "office")
    (office.folder / "catalog" / "town.yml").write_text(TOWN, "utf-8")
    (office.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    return office


def hand_in(office, month: int, patrols: dict[str, int | str | None], name: str = "", when: datetime | None = None, **more) -> Path:
    """F19 of one month in its folder."""
    body = village_rows(office.catalogue, *F19, {"巡违控违（户）": list(patrols.values())}, names=tuple(patrols))
    path = office.inbox / f"2020年/{month:02d}月/控违办/{name or f'拆违控违情况（2020年{month}月）.xlsx'}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(page(office.catalogue, *F19, body, month=month, **more))
    moment = (when or datetime(2020, month, 28, 9)).timestamp()
    os.utime(path, (moment, moment))
    return path


def figure(office, period: str, indicator: str = "illegal_build_patrol_hh") -> dict:
    return next(r for r in rows(office, "out_indicator_period") if (r["indicator"], r["period"]) == (indicator, period))


def half_year(office, june=None):
    for month in (1, 2):
        hand_in(office, month, {"东山村": month, "老坡村": 10, "小坡村": 100})
    for month in (3, 4, 5):
        hand_in(office, month, {"东山村": month, "西坡村": 110})
    hand_in(office, 6, june or {"东山村": 6, "西坡村": 110})


def test_another_town_needs_no_code_and_merged_villages_add_up(town):
    half_year(town)
    run_night(town)
    assert figure(town, "2020-H1")["value"] == str(21 + 6 * 110)
    assert {r["unit_name"] for r in rows(town, "out_observation") if r["period"] == "2020-01"} == {"东山村", "老坡村", "小坡村"}
    with zipfile.ZipFile(outputs(town)["工作总结初稿.docx"]) as package:
        written = package.read("word/document.xml").decode("utf-8")
    assert "清溪" in written and "禾麓" not in written
    from docx import Document

    title = Document(str(outputs(town)["工作总结初稿.docx"])).paragraphs[0].text.replace("\n", "")
    assert title.endswith("2020年上半年工作总结和下半年工作安排") and "禾麓" not in title


def test_a_village_that_is_missing_makes_the_town_missing_and_says_so(town):
    half_year(town, june={"东山村": 6})
    run_night(town)
    june = figure(town, "2020-06")
    assert (june["value"], june["status"], june["reported_units"], june["expected_units"]) == (None, "missing", 1, 2)
    assert figure(town, "2020-H1")["status"] == "missing"
    assert figure(town, "2020-05")["value"] == "115"


@pytest.mark.parametrize(("june", "says"), [
    ({"东山村": 6}, "缺西坡村的数。"), ({"东山村": 6, "西坡村": "待统计"}, "缺西坡村的数。"), ({"东山村": 6, "西坡村": 110}, ""),
])  # fmt: skip
def test_who_asks_for_the_status_is_told_of_the_village_that_a_form_came_without(town, capsys, june, says):
    """The form is in; whoever read no more than that would not know why the town's figure is an X."""
    half_year(town, june=june)
    run_night(town)
    waited_for.status(town.folder, "2020-06")
    told = "".join(line.split("│")[-2].strip() for line in capsys.readouterr().out.splitlines() if "│" in line)
    assert (says in told) if says else "缺" not in told


def test_zero_is_not_missing(town):
    half_year(town, june={"东山村": 0, "西坡村": "无"})
    run_night(town)
    assert (figure(town, "2020-06")["value"], figure(town, "2020-06")["status"]) == ("0", "zero")


def test_a_second_run_of_the_same_night_changes_nothing_and_says_so(town):
    half_year(town)
    assert run_night(town).changed
    before = everything(town)
    first = {name: path.read_bytes() for name, path in outputs(town).items()}
    assert not run_night(town).changed
    assert everything(town) == before
    assert {name: path.read_bytes() for name, path in outputs(town).items()} == first


def test_the_order_of_files_does_not_matter(town, tmp_path):
    half_year(town)
    hand_in(town, 5, {"东山村": 5, "西坡村": 111}, "拆违控违5月终稿.xlsx", datetime(2020, 6, 2))
    run_night(town)
    other = create_office(tmp_path / "other")
    for name in ("town.yml", "villages.csv"):
        shutil.copyfile(town.folder / "catalog" / name, other.folder / "catalog" / name)
    files = sorted((p for p in town.inbox.rglob("*.xlsx")), reverse=True)
    for number, path in enumerate(files):
        target = other.inbox / path.relative_to(town.inbox)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
        if number % 2:
            run_night(other)
    run_night(other)
    timeless = {view: _without_clock(found) for view, found in everything(town).items() if view != "out_issue"}
    assert timeless == {view: _without_clock(found) for view, found in everything(other).items() if view != "out_issue"}


def _without_clock(found):
    return sorted((tuple(value for value in row if not str(value).startswith("2020-07-19T18")) for row in found), key=repr)


def test_m01_the_later_version_wins_and_every_changed_cell_is_named(town):
    half_year(town)
    hand_in(town, 6, {"东山村": 6, "西坡村": 112}, "拆违控违6月修改版.xlsx", datetime(2020, 6, 27))
    run_night(town)
    assert figure(town, "2020-06")["value"] == "118"
    states = {Path(r["file"]).name: (r["state"], r["revision"]) for r in rows(town, "out_submission") if r["file"] and r["period"] == "2020-06"}
    assert states == {"拆违控违情况（2020年6月）.xlsx": ("superseded", 2), "拆违控违6月修改版.xlsx": ("accepted_with_warnings", 1)}
    changed = [(r["cell"], r["found"], r["expected"]) for r in rows(town, "out_issue") if r["code"] == "M01" and r["cell"]]
    assert changed == [("C6", "112", "110")]


def test_m01_every_earlier_version_that_said_otherwise_is_named(town):
    half_year(town)
    for day, (name, patrols) in enumerate((("6月修改版", 112), ("6月终稿", 115), ("6月终稿2", 112), ("6月更正", 118)), 1):
        hand_in(town, 6, {"东山村": 6, "西坡村": patrols}, f"拆违控违{name}.xlsx", datetime(2020, 7, day))
    run_night(town)
    said = [(r["cell"], r["found"], r["expected"], r["message"]) for r in rows(town, "out_issue") if r["code"] == "M01" and r["cell"]]
    assert said == [("C6", "118", "110、112、115", "月报!C6 本次为118，以前的版本为110、112、115，以本次为准，请核实。")]


def test_m01_the_same_file_again_is_a_duplicate_and_counts_once(town):
    half_year(town)
    path = town.inbox / "2020年/06月/控违办/拆违控违情况（2020年6月）.xlsx"
    shutil.copy2(path, path.with_name(f"副本 {path.name}"))
    run_night(town)
    assert sorted(r["state"] for r in rows(town, "out_submission") if r["period"] == "2020-06" and r["form"] == "F19") == ["accepted", "duplicate"]


def test_m01_an_old_version_sent_again_after_its_correction_does_not_pass_without_a_word(town):
    """Taken back, or sent by mistake: only a person knows."""
    half_year(town)
    old = town.inbox / "2020年/06月/控违办/拆违控违情况（2020年6月）.xlsx"
    hand_in(town, 6, {"东山村": 6, "西坡村": 112}, "拆违控违6月修改版.xlsx", datetime(2020, 6, 27))
    again = Path(shutil.copy2(old, old.with_name("再报.xlsx")))
    os.utime(again, (datetime(2020, 7, 2).timestamp(),) * 2)
    run_night(town)
    assert figure(town, "2020-06")["value"] == "118"
    (said,) = [r["message"] for r in rows(town, "out_issue") if r["code"] == "M01" and "再报.xlsx" in r["message"] and "仍以" in r["message"]]
    assert "拆违控违6月修改版.xlsx" in said and "请核实" in said
    states = {Path(r["file"]).name: r["state"] for r in rows(town, "out_submission") if r["file"] and r["period"] == "2020-06"}
    assert states["拆违控违6月修改版.xlsx"] == "accepted_with_warnings" and states["再报.xlsx"] == "duplicate"


def test_one_bad_file_never_stops_the_others(town):
    half_year(town)
    for name, content in (("坏.xlsx", b"PK\x03\x04 broken"), ("扫描.pdf", b"%PDF-1.4"), ("空.xlsx", b""), ("怪.xls", b"\xd0\xcf\x11\xe0" + b"x" * 600)):
        (town.inbox / name).write_bytes(content)
        os.utime(town.inbox / name, (1593400000, 1593400000))
    run_night(town)
    assert figure(town, "2020-06")["value"] == "116"
    refused = {r["file"] for r in rows(town, "out_submission") if r["state"] == "refused"}
    assert refused == {"坏.xlsx", "扫描.pdf", "空.xlsx", "怪.xls"}


def test_what_lies_after_as_of_is_not_seen(town):
    half_year(town)
    run_night(town, as_of=datetime.fromisoformat("2020-06-01T02:00:00+08:00"), period=Period.parse("2020-05"))
    assert {r["period"] for r in rows(town, "out_submission") if r["file"]} == {f"2020-0{m}" for m in range(1, 6)}


def test_what_is_due_and_has_not_come_is_missing_by_name(town):
    half_year(town)
    (town.inbox / "2020年/04月/控违办/拆违控违情况（2020年4月）.xlsx").unlink()
    run_night(town)
    gone = [(r["form"], r["period"], r["days_late"]) for r in rows(town, "out_submission") if r["state"] == "missing" and r["form"] == "F19"]
    assert gone == [("F19", "2020-04", 76)]


def test_m28_a_cumulative_in_the_month_s_column_is_held_and_the_month_comes_from_the_cumulative(town):
    office = town
    for month, done, total in ((3, 5, 5), (4, 7, 12), (5, 20, 20)):
        body = village_rows(office.catalogue, "F18", "进度表", {
            "三格式化粪池（座） > 本月完成": [done, done], "三格式化粪池（座） > 累计完成": [total, total],
        }, names=("东山村", "西坡村"))  # fmt: skip
        path = office.inbox / f"2020年/{month:02d}月/厕所革命（2020年{month}月）.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(page(office.catalogue, "F18", "进度表", body, month=month))
        os.utime(path, (datetime(2020, month, 28).timestamp(),) * 2)
    run_night(office)
    assert figure(office, "2020-05", "toilet_tank_refit_cnt")["value"] == "16"
    held = [r for r in rows(office, "out_observation") if r["indicator"] == "toilet_tank_refit_cnt" and r["period"] == "2020-05"]
    assert {(r["value"], r["status"]) for r in held} == {(None, "refused")}
    assert {r["code"] for r in rows(office, "out_issue") if r["action"] == "refuse_cell"} == {"M28"}


def test_a_twenty_first_form_is_one_yaml_file_and_no_code(town):
    (town.folder / "catalog" / "forms" / "F21.yml").write_text("""
id: F21
title: 村集体经济收入月报表
department: 农办
due: {day: 5, after: 1}
sheets:
  - name: 月报
    shape: matrix
    rows: village
    unit_line: 万元
    columns:
      - {path: 序号, type: serial, optional: true}
      - {path: 村（社区）, type: village}
      - {path: 经营收入 > 本月, id: collective_income, type: amount, role: flow_month, unit: 万元, total: true}
      - {path: 经营收入 > 累计, id: collective_income_ytd, type: amount, role: flow_ytd, unit: 万元, total: true}
""", "utf-8")
    (town.folder / "catalog" / "indicators" / "F21.yml").write_text("""
- id: collective_income
  title: 村集体经营收入
  section: 一.7
  kind: flow
  unit: 元
  display: wan2
  department: 农办
  from: {source: column, form: F21, sheet: 月报, measure: collective_income, cumulative: collective_income_ytd}
""", "utf-8")
    office = type(town)(town.folder)
    for month, total in ((5, 3), (6, 5)):
        body = village_rows(office.catalogue, "F21", "月报", {"经营收入 > 本月": [1.5, 0.5], "经营收入 > 累计": [total - 0.5, 0.5 + total - 3]},
                            names=("东山村", "西坡村"))  # fmt: skip
        path = office.inbox / f"2020年/{month:02d}月/村集体经济（2020年{month}月）.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(page(office.catalogue, "F21", "月报", body, month=month))
        os.utime(path, (datetime(2020, month, 28).timestamp(),) * 2)
    run_night(office)
    assert figure(office, "2020-06", "collective_income")["value"] == "20000"
    assert any("村集体经营收入" in r["title"] for r in rows(office, "out_indicator_period"))


@pytest.mark.postgres
def test_both_engines_show_the_same_rows(town, postgres_url, tmp_path):
    half_year(town)
    hand_in(town, 6, {"东山村": "约6", "西坡村": 112}, "拆违控违6月修改版.xlsx", datetime(2020, 6, 27))
    run_night(town)
    embedded = everything(town)
    run_night(town, postgres_url)
    assert everything(town) == embedded


def test_a_known_file_is_not_opened_again(town):
    half_year(town)
    run_night(town)
    for path in town.inbox.rglob("*.xlsx"):
        path.chmod(0)
    with town.open_warehouse() as warehouse:
        again = collect(town, warehouse, AS_OF + timedelta(days=1))
    assert again.new == () and again.deferred == () and again.seen == 6


def test_a_file_that_costs_too_much_is_refused_by_name_in_a_rehearsal_as_in_a_night(town, monkeypatch):
    half_year(town)
    monkeypatch.setattr(guard, "_idle", [guard.Guard(seconds=0.001)])
    with town.open_warehouse() as warehouse:
        seen = look(town, warehouse, AS_OF)
    assert len(seen.refused) == 6 and {why for _, why in seen.refused} == {"文件读取时间过长，已停止读取，请删去多余的内容、另存为 .xlsx 后重报。"}
    run_night(town)
    assert [(r["state"], r["department"]) for r in rows(town, "out_submission")] == [("refused", "控违办")] * 6


def test_the_child_that_reads_uses_the_key_of_who_asks(town, monkeypatch):
    half_year(town)
    run_night(town)
    monkeypatch.setenv("HUIZONG_PRIVACY__KEY", "another")  # the child of the night before is still there, with the key it was born with
    now = Office(town.folder)
    run_night(now)
    with now.open_warehouse() as warehouse:
        assert collect(now, warehouse, AS_OF + timedelta(days=1)).new == ()


def test_a_person_s_edit_of_the_draft_is_never_overwritten(town):
    half_year(town)
    run_night(town)
    draft = outputs(town)["工作总结初稿.docx"]
    from docx import Document

    document = Document(str(draft))
    document.paragraphs[2].add_run("领导改过的话。")
    document.save(str(draft))
    edited = draft.read_bytes()
    written = outputs(town, HALF)
    assert draft.read_bytes() == edited, "no figure has changed, so nothing has"
    assert "工作总结初稿（新）.docx" not in written and "初稿刷新说明.txt" in written


def test_m28_a_month_that_does_not_add_up_is_said_and_not_altered(town):
    for month, done, total in ((1, 5, 5), (2, 7, 13)):
        body = village_rows(town.catalogue, "F18", "进度表", {
            "三格式化粪池（座） > 本月完成": [done, 0, 0], "三格式化粪池（座） > 累计完成": [total, 0, 0],
        }, names=("东山村", "老坡村", "小坡村"))  # fmt: skip
        path = town.inbox / f"2020年/{month:02d}月/厕所革命（2020年{month}月）.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(page(town.catalogue, "F18", "进度表", body, month=month))
        os.utime(path, (datetime(2020, month, 28).timestamp(),) * 2)
    run_night(town)
    assert figure(town, "2020-02", "toilet_tank_refit_cnt")["value"] == "7"
    assert [(r["cell"], r["found"], r["expected"]) for r in rows(town, "out_issue") if r["code"] == "M28"] == [("D5", "7", "8")]


def test_a_rehearsal_keeps_nothing_and_one_form_alone_can_be_read(town):
    half_year(town)
    (town.inbox / "扫描.pdf").write_bytes(b"%PDF-1.4")
    os.utime(town.inbox / "扫描.pdf", (1593400000, 1593400000))
    with town.open_warehouse() as warehouse:
        seen = look(town, warehouse, AS_OF)
        assert len(seen.files) == 7 and [path for path, _ in seen.refused] == ["扫描.pdf"]
        assert warehouse.submissions() == [] and not any(p.is_file() for p in (town.folder / "archive").rglob("*"))
        collected = collect(town, warehouse, AS_OF)
        assert read_and_load(town, warehouse, collected.new, AS_OF, Wanted(form="F20"))[0] == 0
        assert read_and_load(town, warehouse, collected.new, AS_OF, Wanted(department="控违办"))[0] == 6
        assert [path for path, _ in look(town, warehouse, AS_OF).files] == ["扫描.pdf"]
    villages = town.folder / "catalog" / "villages.csv"
    with villages.open("a", encoding="utf-8") as file:
        file.write(villages.read_text("utf-8").splitlines()[1][:9] + "999,新设村,村委会,100,300,新设,,,\n")
    later = Office(town.folder)
    with later.open_warehouse() as warehouse:
        assert len(look(later, warehouse, AS_OF).files) == 7, "under another catalogue a night reads every file anew, and a rehearsal says so"
