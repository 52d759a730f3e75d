"""A questionable cell is held until the office vouches for it; two forms that disagree are both shown."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from catalog.periods import Period
from flows.draft.outputs import write_outputs
from flows.new_office import create_office
from flows.words.confirm import NothingHeld, confirm_cells
from tests.flows.intake.sheets import page, village_rows
from tests.night.offices import AS_OF, outputs, rows, run_night

ROOT = Path(__file__).resolve().parents[2]
F16 = ("F16", "月报")
CERTIFIED = "持证残疾人（人） > 总数"


@pytest.fixture
def town(tmp_path):
    office = create_office(tmp_path / "office")
    (office.folder / "catalog" / "town.yml").write_text("town_name: 清溪\ndraft_date: '2020-07-03'\npark_reopen_date: '2020-03-21'\n", "utf-8")
    (office.folder / "catalog" / "villages.csv").write_text("code,name,kind\n980113105201,东山村,村委会\n980113105202,西坡村,村委会\n", "utf-8")
    return office


def hand_in(office, month, certified, form=F16, path=CERTIFIED, name="残疾人服务情况月报表", day=28):
    body = village_rows(office.catalogue, *form, {path: certified}, names=("东山村", "西坡村"))
    file = office.inbox / f"2020年/{month:02d}月/残联/{name}（2020年{month}月）.xlsx"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(page(office.catalogue, *form, body, month=month))
    moment = datetime(2020, month, day, 9).timestamp()
    os.utime(file, (moment, moment))
    return file.relative_to(office.inbox).as_posix()


def cell(office, month, unit="东山村", indicator="disabled_cert_persons"):
    return next(r for r in rows(office, "out_observation") if (r["indicator"], r["period"], r["unit_name"]) == (indicator, f"2020-{month:02d}", unit))


def questions(office, month):
    name = f"2020年{month}月"
    files = {r["submission_id"]: r["file"] for r in rows(office, "out_submission")}
    return [r for r in rows(office, "out_issue") if name in (files[r["submission_id"]] or "") and r["action"] == "refuse_cell" and r["closed_at"] is None]


@pytest.mark.parametrize(("figure", "status"), [(7, "refused"), (0, "reported")])
def test_m20_the_figures_of_a_row_nobody_knows_leave_no_total(town, figure, status):
    body = village_rows(town.catalogue, *F16, {CERTIFIED: (121, 310, figure)}, names=("东山村", "西坡村", "机关"))
    path = town.inbox / hand_in(town, 6, (121, 310))
    path.write_bytes(page(town.catalogue, *F16, body, month=6))
    moment = datetime(2020, 6, 28, 9).timestamp()
    os.utime(path, (moment, moment))
    run_night(town)
    total = next(r for r in rows(town, "out_indicator_period") if (r["indicator"], r["period"]) == ("disabled_cert_persons", "2020-06"))
    assert (total["value"], total["status"]) == ("431" if status == "reported" else None, status)
    assert cell(town, 6)["value"] == "121"


@pytest.mark.parametrize(("slip", "words"), [(1210, "少写一位"), (12, "少写一位"), (121_000, "一千倍"), (1_210_000, "一万倍"), (12_100, "相差过大")])
def test_m27_a_slip_against_the_unit_s_own_months_is_held(town, slip, words):
    for month in range(1, 6):
        hand_in(town, month, (120 + month, 310))
    hand_in(town, 6, (slip, 310))
    run_night(town)
    assert (cell(town, 6)["value"], cell(town, 6)["status"]) == (None, "refused") and cell(town, 6)["raw"] == str(slip)
    [question] = questions(town, 6)
    assert question["code"] == "M27" and words in question["message"] and question["cell"] == cell(town, 6)["cell"]
    assert cell(town, 6, "西坡村")["value"] == "310"


def test_who_is_to_confirm_what_is_asked_with_words_to_paste(town):
    """The village has reported: it is not asked for its figure, but whether the figure is right."""
    for month in range(1, 6):
        hand_in(town, month, (121, 310))
    path = hand_in(town, 6, (1210, 310))
    run_night(town)
    with town.open_warehouse() as warehouse:
        write_outputs(town, warehouse, AS_OF, Period.parse("2020-H1"))
    book = openpyxl.load_workbook(town.outputs / "2020-H1" / "催报清单.xlsx")
    [asked] = [row for row in book["待核对"].iter_rows(values_only=True) if row[1] == "F16"]
    assert asked[0] == "残联" and asked[4] == "月报!C5" and "疑多写或少写一位" in asked[5] and asked[6:] == ("持证残疾人数", path)
    [text] = [row[1] for row in book["群发文本"].iter_rows(values_only=True) if row[0] == "残联"]
    assert "月报!C5的数待核对" in text and "属实的请回复确认" in text and "请补报" not in text and "1210" not in text


def test_a_questioned_figure_is_nowhere_called_sent_back(town):
    """It came and nobody refused it: every list says that it waits for a word."""
    for month in range(1, 6):
        hand_in(town, month, (121, 310))
    hand_in(town, 6, (1210, 310))
    run_night(town)
    with town.open_warehouse() as warehouse:
        write_outputs(town, warehouse, AS_OF, Period.parse("2020-H1"))
    folder = town.outputs / "2020-H1"
    for name, sheet in (("缺口清单", "缺口清单"), ("汇总表", "一.6 本期"), ("数据来源表", "数据来源表"), ("催报清单", "催报清单")):
        [row] = [row for row in openpyxl.load_workbook(folder / f"{name}.xlsx")[sheet].iter_rows(values_only=True) if "持证残疾人数" in str(row)]
        assert "待核对" in row and "东山村待核对" in str(row) and "退回" not in str(row), (name, row)
    assert "退回" not in (folder / "看板.html").read_text("utf-8").split("持证残疾人数")[1][:900]


def test_an_unsteady_series_questions_nothing(town):
    for month, count in enumerate((1, 12, 3, 0, 7, 100), 1):
        hand_in(town, month, (count, 310))
    run_night(town)
    assert cell(town, 6)["value"] == "100" and questions(town, 6) == []


def test_a_confirmed_figure_is_published_and_lapses_when_it_changes(town):
    for month in range(1, 6):
        hand_in(town, month, (121, 310))
    path = hand_in(town, 6, (1210, 310))
    run_night(town)
    place = f"{path}!月报!{cell(town, 6)['cell']}"
    assert confirm_cells(town, place, "王科长", "六月起含智力残疾", AS_OF) == [cell(town, 6)["cell"]]
    assert cell(town, 6)["value"] is None, "nothing changes before the next night"
    run_night(town)
    assert cell(town, 6)["value"] == "1210" and questions(town, 6) == []
    with pytest.raises(NothingHeld, match="nothing in"):
        confirm_cells(town, place, "王科长", "再来一次")
    hand_in(town, 6, (1250, 310), day=29)
    run_night(town)
    assert cell(town, 6)["value"] is None
    said = [r["message"] for r in rows(town, "out_issue") if r["code"] == "E-LAPSED"]
    assert len(said) == 1 and "1250" in said[0] and "1210" in said[0] and "王科长" in said[0]


def test_households_above_persons_wait_for_both_cells_to_be_confirmed(town):
    paths = {"农村低保 > 户数": (40, 5), "农村低保 > 人数": (30, 9)}
    body = village_rows(town.catalogue, "F12", "月报", paths, names=("东山村", "西坡村"))
    file = town.inbox / "2020年/06月/社会事务办/社会救助和福利资金发放情况月报表（2020年6月）.xlsx"
    file.parent.mkdir(parents=True)
    file.write_bytes(page(town.catalogue, "F12", "月报", body))
    moment = datetime(2020, 6, 28, 9).timestamp()
    os.utime(file, (moment, moment))
    run_night(town)
    held = [r for r in rows(town, "out_observation") if r["status"] == "refused"]
    assert {(r["indicator"], r["raw"]) for r in held} == {("dibao_hh", "40"), ("dibao_persons", "30")}
    where = f"{file.relative_to(town.inbox).as_posix()}!月报!{held[0]['cell']}:{held[1]['cell']}"
    assert len(confirm_cells(town, where, "李主任", "户口未迁", AS_OF)) == 2
    run_night(town)
    assert {r["value"] for r in rows(town, "out_observation") if r["indicator"] in ("dibao_hh", "dibao_persons") and r["unit_name"] == "东山村"} == {"40", "30"}


@pytest.mark.parametrize("place", ["nothing", "a.xlsx!月报!C5", "2020年/06月/残联/残疾人服务情况月报表（2020年6月）.xlsx!月报!第五格"])
def test_a_place_that_is_none_is_said_in_one_line(town, place):
    hand_in(town, 6, (121, 310))
    run_night(town)
    with pytest.raises(NothingHeld):
        confirm_cells(town, place, "某", "某")


def test_two_forms_that_disagree_are_both_shown(town):
    low = {"农村低保 > 户数": (20, 5), "农村低保 > 人数": (30, 9)}
    folder = town.inbox / "2020年/06月/社会事务办"
    folder.mkdir(parents=True)
    columns = [c.path for c in town.catalogue.forms["F13"].sheet("花名册").columns]

    def person(number):
        row = {"序号": number, "村（社区）": "东山村", "身份证号": f"98011219580307{number:04d}", "低保证号": f"低保{number:03d}", "保障类别": "A"}
        return [row.get(path) for path in columns]

    files = {
        "社会救助和福利资金发放情况月报表（2020年6月）.xlsx": page(town.catalogue, "F12", "月报", village_rows(town.catalogue, "F12", "月报", low, names=("东山村", "西坡村"))),
        "低保（特困）对象花名册（2020年6月）.xlsx": page(town.catalogue, "F13", "花名册", [person(n) for n in range(1, 4)]),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
        moment = datetime(2020, 6, 28, 9).timestamp()
        os.utime(folder / name, (moment, moment))
    run_night(town)
    told = {(r["indicator"], r["period"]): (r["value"], r["other_value"]) for r in rows(town, "out_contradiction")}
    assert told["dibao_hh_ledger", "2020-06"] == ("3", "25")
    figures = {r["indicator"]: r["value"] for r in rows(town, "out_indicator_period") if r["period"] == "2020-06"}
    assert (figures["dibao_hh"], figures["dibao_hh_ledger"]) == ("25", "3")
    said = [r for r in rows(town, "out_issue") if r["code"] == "E-CROSS"]
    assert {r["submission_id"] for r in said} == {r["submission_id"] for r in rows(town, "out_submission") if r["file"]}
    side_by_side = list(openpyxl.load_workbook(outputs(town)["汇总表.xlsx"])["口径矛盾"].iter_rows(values_only=True))
    beside = {row[4]: row[-1] for row in side_by_side if row[1] == "2020-06"}
    assert len(beside) >= 2 and all("2020年/06月/社会事务办/" in str(source) for source in beside.values())


def huizong(*arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", "flows.cli", *arguments], capture_output=True, text=True, env=environment, check=False)


def test_check_says_what_would_happen_and_keeps_nothing(town):
    path = town.inbox / hand_in(town, 6, ("近百", 310))
    before = sorted(p for p in town.folder.rglob("*"))
    done = huizong("check", str(path), "--office", str(town.folder))
    assert done.returncode == 0 and "F16" in done.stdout and "C5 填“近百”" in done.stdout
    assert sorted(p for p in town.folder.rglob("*")) == before
    listed = huizong("check", str(path), "--office", str(town.folder), "--cells")
    assert "月报!C5 退回" in listed.stdout and "月报!C6 采用" in listed.stdout and "月报!A1 标题" in listed.stdout
    (town.folder / "扫描.pdf").write_bytes(b"%PDF-1.4")
    refused = huizong("check", str(town.folder / "扫描.pdf"), "--office", str(town.folder))
    assert refused.returncode == 1 and "请报电子表" in refused.stdout


def test_check_sees_the_other_months(town):
    for month in range(1, 6):
        hand_in(town, month, (121, 310))
    run_night(town)
    path = town.inbox / hand_in(town, 6, (1210, 310))
    done = huizong("check", str(path), "--office", str(town.folder))
    assert "少写一位" in done.stdout and done.returncode == 0


def test_a_ledger_that_runs_on_from_january_counts_each_row_once_and_a_late_one_too(town):
    columns = [c.path for c in town.catalogue.forms["F20"].sheet("台账").columns]

    def check(month, day, cars):
        row = {"序号": 1, "日期": datetime(2020, month, day), "地点（路段）": "国道", "检查车辆数": cars}
        return [row.get(path) for path in columns]

    for month in range(1, 7):
        body = [check(m, 5, 10) for m in range(1, month + 1)] + ([check(5, 9, 3)] if month == 6 else [])
        file = town.inbox / f"2020年/{month:02d}月/执法队/渣土车（2020年{month}月）.xlsx"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(page(town.catalogue, "F20", "台账", body, month=month))
        moment = datetime(2020, month, 28, 9).timestamp()
        os.utime(file, (moment, moment))
    run_night(town)
    told = {r["period"]: r["value"] for r in rows(town, "out_indicator_period") if r["indicator"] == "muck_truck_checked_cnt"}
    assert (told["2020-06"], told["2020-H1"]) == ("10", "63")


PATROL, SURVEY = "巡违控违（户）", "个人建房上户踏勘（户）"


NAMES = ("东山村", "西坡村", "南岭村", "北冲村")


def patrols(office, month, patrolled, surveyed, names=NAMES[:2]):
    body = village_rows(office.catalogue, "F19", "月报", {PATROL: patrolled, SURVEY: surveyed}, names=names)
    file = office.inbox / f"2020年/{month:02d}月/控违办/控违拆违月报（2020年{month}月）.xlsx"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(page(office.catalogue, "F19", "月报", body, month=month))
    moment = datetime(2020, month, 28, 9).timestamp()
    os.utime(file, (moment, moment))
    return file.relative_to(office.inbox).as_posix()


def test_m02_last_month_s_file_under_a_new_title_is_held_until_somebody_vouches_for_it(town):
    patrols(town, 4, (112, 96), (38, 27))
    patrols(town, 5, (112, 97), (38, 27))
    path = patrols(town, 6, (112, 97), (38, 27))
    run_night(town)
    june = [cell(town, 6, unit, i) for unit in ("东山村", "西坡村") for i in ("illegal_build_patrol_hh", "house_permit_survey_hh")]
    assert {(r["value"], r["status"]) for r in june} == {(None, "refused")}
    assert cell(town, 5, indicator="illegal_build_patrol_hh")["value"] == "112" and questions(town, 5) == []
    assert {q["code"] for q in questions(town, 6)} == {"M02"} and all("与2020年5月所报完全相同" in q["message"] for q in questions(town, 6))
    confirm_cells(town, f"{path}!月报!C5:K6", "王科长", "两月相同属实", AS_OF)
    run_night(town)
    assert cell(town, 6, indicator="illegal_build_patrol_hh")["value"] == "112" and questions(town, 6) == []


def test_m02_a_few_small_figures_may_well_come_again(town):
    for month in (4, 5, 6):
        patrols(town, month, (2, 0), (1, 1))
    run_night(town)
    assert cell(town, 6, indicator="illegal_build_patrol_hh")["value"] == "2" and questions(town, 6) == []


def test_m02_a_column_that_the_office_has_vouched_for_is_not_asked_about_again(town):
    (town.folder / "catalog" / "villages.csv").write_text("code,name,kind\n" + "".join(f"98011310520{n},{name},村委会\n" for n, name in enumerate(NAMES)), "utf-8")
    for month, surveyed in ((4, 31), (5, 38), (6, 38)):
        path = patrols(town, month, (112, 97, 141, 86), (surveyed, 27, 0, 5), NAMES)
    run_night(town)
    asked = [r["message"] for r in rows(town, "out_issue") if r["action"] == "warn"]
    assert len(asked) == 1 and "起的巡违控违户数各行与上月完全相同" in asked[0], "May; June is held whole"
    confirm_cells(town, f"{path}!月报!C5:K8", "王科长", "两月相同属实", AS_OF)
    run_night(town)
    assert [r["message"] for r in rows(town, "out_issue") if r["closed_at"] is None] == asked and cell(town, 6, indicator="illegal_build_patrol_hh")["value"] == "112"
