"""The office's words stand beside what was reported: who, when, why; they lapse when the figure changes under them."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from catalog.catalogue import built_in
from catalog.observations import Adjustment, Reading, Status
from connectors.warehouse.villages import in_force
from flows.draft.outputs import write_outputs
from flows.office import Office
from flows.words.adjust import accept_partial, correct_cell, in_stored_unit, use_figure, withdraw
from flows.words.binding import Unsaid
from flows.words.revoke import revoke
from tests.flows.draft.person import all_text
from tests.night.offices import AS_OF, HALF, outputs, rows, run_night
from tests.night.towns import PATROLS, figure, half_year, hand_in, page, town_in, village_rows


@pytest.fixture
def town(tmp_path):
    office = town_in(tmp_path / "office")
    half_year(office)
    return office


def place_of(office, unit: str, period: str) -> str:
    row = next(r for r in rows(office, "out_observation") if (r["indicator"], r["unit_name"], r["period"]) == (PATROLS, unit, period))
    return f"{row['file']}!{row['sheet']}!{row['cell']}"


def reported(office, unit: str, period: str):
    return next(r["value"] for r in rows(office, "out_observation") if (r["indicator"], r["unit_name"], r["period"]) == (PATROLS, unit, period))


def in_sources(office) -> str:
    """Everything 数据来源表 says the office has said."""
    sheet = load_workbook(outputs(office)["数据来源表.xlsx"]).worksheets[0]
    column = next(cell.column for row in sheet.iter_rows(max_row=3) for cell in row if cell.value == "办公室核定")
    return "\n".join(str(cell.value) for (cell,) in sheet.iter_rows(min_col=column, max_col=column) if cell.value)


def notices(office) -> list[str]:
    return [r["message"] for r in rows(office, "out_issue") if r["code"] == "E-LAPSED"]


def test_a_correction_does_not_slide_to_another_village_that_comes_to_stand_in_its_place(town):
    hand_in(town, 3, {"东山村": 3, "西坡村": 30})  # no steady months: 6 is no slip
    run_night(town)
    correct_cell(town, place_of(town, "东山村", "2020-06"), "16", "王主任", "电话核实", AS_OF)
    run_night(town)
    assert figure(town, "2020-06")["value"] == "126"
    hand_in(town, 6, {"西坡村": 6, "东山村": 110}, when=datetime(2020, 7, 1))  # the rows the other way round
    run_night(town)
    assert figure(town, "2020-06")["value"] == "116", "nobody ever corrected 西坡村"
    [message] = notices(town)
    assert "现为别的村或别的指标，填6" in message and rows(town, "out_adjustment")[0]["state"] == "lapsed"


def test_a_correction_lapses_when_the_same_figure_comes_in_another_unit(town):
    columns = [c.path for c in town.catalogue.forms["F03"].sheet("月报").columns]
    path = town.inbox / "2020年/06月/经发/经济指标（2020年6月）.xlsx"
    path.parent.mkdir(parents=True)

    def economy(unit: str, day: int) -> None:
        row = {"指标名称": "固定资产投资", "计量单位": unit, "完成情况 > 本月完成": 571.9}
        path.write_bytes(page(town.catalogue, "F03", "月报", [[row.get(name) for name in columns]], month=6))
        os.utime(path, (moment := datetime(2020, 7, day, 9).timestamp(), moment))

    economy("万元", 1)
    run_night(town)
    place = next(r for r in rows(town, "out_observation") if r["indicator"] == "fai_completed" and r["raw"] == "571.9")
    correct_cell(town, f"{place['file']}!{place['sheet']}!{place['cell']}", "600万元", "王主任", "电话核实", AS_OF)
    run_night(town)
    assert rows(town, "out_adjustment")[0]["state"] == "in_force"
    economy("亿元", 2)
    run_night(town)
    [message] = notices(town)
    assert "按57190000000元计，原来按5719000元计" in message and rows(town, "out_adjustment")[0]["state"] == "lapsed"
    assert figure(town, "2020-06", "fai_completed")["value"] != "6000000"


def test_a_correction_lapses_when_the_catalogue_comes_to_read_its_cell_in_another_unit(tmp_path):
    """No file is handed in anew: only what the number means has changed."""
    town = town_in(tmp_path / "office")

    def declare(unit: str) -> Office:
        for folder in ("forms", "indicators"):
            column, first = f"巡违控违, type: integer, id: {PATROLS}, role: flow_month, unit: {unit}", f"unit: {unit}"
            text = (built_in() / folder / "F19.yml").read_text("utf-8")
            text = text.replace(f'"巡违控违（户）", type: integer, id: {PATROLS}, role: flow_month, unit: 户', column).replace("unit: 户", first, folder == "indicators")
            (town.folder / "catalog" / folder).mkdir(exist_ok=True)
            (town.folder / "catalog" / folder / "F19.yml").write_text(text, "utf-8")
        return Office(town.folder)

    office = declare("户")
    body = village_rows(office.catalogue, "F19", "月报", {"巡违控违": [6, 110]}, names=("东山村", "西坡村"))
    path = office.inbox / "2020年/06月/控违办/拆违控违.xlsx"
    path.parent.mkdir(parents=True)
    path.write_bytes(page(office.catalogue, "F19", "月报", body, month=6))
    os.utime(path, (moment := datetime(2020, 6, 28, 9).timestamp(), moment))
    run_night(office)
    correct_cell(office, place_of(office, "东山村", "2020-06"), "16", "王主任", "电话核实", AS_OF)
    run_night(office)
    assert figure(office, "2020-06")["value"] == "126"

    office = declare("次")
    run_night(office, as_of=AS_OF + timedelta(days=1))
    assert (figure(office, "2020-06")["value"], figure(office, "2020-06")["unit"]) == ("116", "次")
    [message] = notices(office)
    assert "按6次计，原来按6户计" in message and rows(office, "out_adjustment")[0]["state"] == "lapsed"
    correct_cell(office, place_of(office, "东山村", "2020-06"), "16", "王主任", "按次核实", AS_OF + timedelta(days=1))
    run_night(office, as_of=AS_OF + timedelta(days=2))
    assert figure(office, "2020-06")["value"] == "126" and notices(office) == []


def test_a_word_of_an_early_version_names_no_file_and_does_not_slide_either(town):
    hand_in(town, 3, {"东山村": 3, "西坡村": 30})
    run_night(town)
    cell = place_of(town, "东山村", "2020-06").split("!")
    with town.open_warehouse() as warehouse:
        warehouse.adjust(Adjustment("correct", "F19", "2020-06", cell[1], cell[2], "6", "王主任", "电话核实", AS_OF, value="16"))
    run_night(town)
    assert figure(town, "2020-06")["value"] == "126"
    hand_in(town, 6, {"西坡村": 6, "东山村": 110}, when=datetime(2020, 7, 20, 3))
    run_night(town, as_of=AS_OF + timedelta(days=1))
    assert figure(town, "2020-06")["value"] == "116" and "现为别的村" in notices(town)[0]


def test_of_a_correction_of_a_file_taken_back_no_other_file_is_told(town):
    first = hand_in(town, 6, {"东山村": 6, "西坡村": 60}, when=datetime(2020, 7, 1))
    second = hand_in(town, 6, {"东山村": 6, "西坡村": 70}, name="拆违控违情况（2020年6月）更正.xlsx", when=datetime(2020, 7, 2))
    run_night(town)
    correct_cell(town, place_of(town, "西坡村", "2020-06"), "75", "王主任", "电话核实", AS_OF)
    run_night(town)
    revoke(town, second, "王主任", "误报", AS_OF)
    run_night(town)
    states = {r["file"]: r["state"] for r in rows(town, "out_submission")}
    assert (states[first], notices(town)) == ("accepted", []) and rows(town, "out_adjustment")[0]["state"] == "lapsed"


def test_a_corrected_figure_counts_and_the_reported_one_stands_beside_it(town):
    run_night(town)
    place = place_of(town, "东山村", "2020-06")
    reading, value = correct_cell(town, place, "16", "王主任", "电话核实", AS_OF)
    assert (reading.raw, value) == ("6", "16") and figure(town, "2020-06")["value"] == "116", "nothing changes before the next night"
    run_night(town)
    assert (figure(town, "2020-06")["value"], figure(town, "2020-H1")["value"]) == ("126", "691")
    assert reported(town, "东山村", "2020-06") == "6"
    [word] = rows(town, "out_adjustment")
    assert {k: word[k] for k in ("kind", "state", "reported_value", "adjusted_value", "said_by", "why")} == {
        "kind": "correct", "state": "in_force", "reported_value": "6", "adjusted_value": "16", "said_by": "王主任", "why": "电话核实"}  # fmt: skip
    beside = {r["period"]: (r["reported_value"], r["adjusted_value"]) for r in rows(town, "out_adjusted_period") if r["indicator"] == PATROLS}
    assert beside["2020-06"] == ("116", "126") and beside["2020-H1"] == ("681", "691")
    lines = {r["unit_code"]: r["value"] for r in rows(town, "out_lineage") if (r["indicator"], r["period"], r["part"]) == (PATROLS, "2020-06", "value")}
    assert sorted(lines.values()) == ["110", "16"], "lineage adds up to the figure"
    assert "原报6，按16户计（王主任：电话核实）" in in_sources(town)

    withdraw(town, word["adjustment_id"], "王主任", "原数无误", AS_OF)
    run_night(town)
    assert figure(town, "2020-06")["value"] == "116" and rows(town, "out_adjusted_period") == []
    assert [r["state"] for r in rows(town, "out_adjustment")] == ["withdrawn", "waiting"]


def test_a_correction_lapses_with_a_notice_when_the_department_reports_something_else(town):
    run_night(town)
    correct_cell(town, place_of(town, "东山村", "2020-06"), "16", "王主任", "电话核实", AS_OF)
    hand_in(town, 6, {"东山村": 8, "西坡村": 110}, when=datetime(2020, 7, 1))
    run_night(town)
    assert figure(town, "2020-06")["value"] == "118"
    [said] = notices(town)
    assert "现填8" in said and "更正时为6" in said and "王主任" in said
    assert [r["state"] for r in rows(town, "out_adjustment")] == ["lapsed"]
    correct_cell(town, place_of(town, "东山村", "2020-06"), "18", "王主任", "再次核实", AS_OF)
    run_night(town)
    assert figure(town, "2020-06")["value"] == "128" and notices(town) == [], "a later word that holds silences the notice"


@pytest.mark.parametrize(("by", "why"), [("王主任", "户主电话13800138000核实"), ("王主任 138-0013-8000", "核实"), ("王主任", "身份证９８０１１２１９５８０３０７１０１５重复")])
def test_no_number_of_a_person_is_kept_with_a_word(town, by, why):
    run_night(town)
    file = rows(town, "out_observation")[0]["file"]
    for say in (lambda: correct_cell(town, place_of(town, "东山村", "2020-06"), "16", by, why, AS_OF), lambda: revoke(town, file, by, why, AS_OF)):
        with pytest.raises(Unsaid, match="without telephone"):
            say()
    assert rows(town, "out_adjustment") == []


def test_a_refused_or_missing_cell_can_be_given_its_value(town):
    hand_in(town, 6, {"东山村": "近百", "西坡村": None}, when=datetime(2020, 7, 1))
    run_night(town)
    assert figure(town, "2020-06")["value"] is None
    correct_cell(town, place_of(town, "东山村", "2020-06"), "97户", "王主任", "电话核实", AS_OF)
    correct_cell(town, place_of(town, "西坡村", "2020-06"), "0", "王主任", "没有", AS_OF)
    run_night(town)
    assert (figure(town, "2020-06")["value"], figure(town, "2020-06")["status"]) == ("97", "reported")
    assert [r for r in rows(town, "out_issue") if r["action"] == "refuse_cell" and r["closed_at"] is None] == []


def test_a_partial_sum_the_office_accepts_says_what_is_not_in_it(town):
    hand_in(town, 6, {"东山村": 6}, when=datetime(2020, 7, 1))
    run_night(town)
    assert figure(town, "2020-H1")["status"] == "missing"
    assert accept_partial(town, PATROLS, "2020-06", "王主任", "西坡村七月补报", AS_OF) == "6，未含西坡村"
    run_night(town)
    june, half = figure(town, "2020-06"), figure(town, "2020-H1")
    assert (june["value"], june["status"], june["reported_units"], june["expected_units"]) == ("6", "reported", 1, 2)
    assert (half["value"], half["reported_units"] < half["expected_units"]) == ("571", True)
    lost = [r for r in rows(town, "out_lineage") if (r["indicator"], r["period"], r["value"], r["part"]) == (PATROLS, "2020-06", None, "value")]
    assert [(r["unit_code"], r["cells"]) for r in lost] == [("980113105202", "未报")]
    with town.open_warehouse() as warehouse:
        assert warehouse.figures("2020-06")[PATROLS].reason == "未含西坡村"
    assert "按已报汇总，未含西坡村" in in_sources(town)
    assert "巡查违建571户（未含西坡村）" in all_text(outputs(town)["工作总结初稿.docx"].read_bytes())

    hand_in(town, 6, {"东山村": 7}, when=datetime(2020, 7, 2))
    run_night(town)
    assert figure(town, "2020-06")["status"] == "missing"
    [said] = notices(town)
    assert "按已报汇总" in said and "6，未含西坡村" in said


def test_another_day_s_stock_stands_in_by_a_word_and_only_for_a_stock(town):
    with pytest.raises(Unsaid, match="huizong run"):
        use_figure(town, PATROLS, "2020-06", "house_permit_survey_hh", "2020-06", "王", "因")
    run_night(town)
    for arguments, words in (
        ((PATROLS, "2020-06", PATROLS, "2020-05"), "no stock"), ((PATROLS, "2020-06", PATROLS, "2020-06"), "itself"),
        ((PATROLS, "2020-06", "dibao_persons", "2020-06"), "户 and"), ((PATROLS, "2020-06", "nothing", "2020-06"), "no indicator"),
    ):  # fmt: skip
        with pytest.raises(Unsaid, match=words):
            use_figure(town, *arguments, "王主任", "试")
    for month, count in ((5, 121), (6, 100)):
        certified(town, month, count)
    run_night(town)
    stock = "disabled_cert_persons"
    assert figure(town, "2020-Q2", stock)["value"] == "410"
    assert use_figure(town, stock, "2020-Q2", stock, "2020-05", "王主任", "以5月31日在册数为准", AS_OF) == "410→431"
    run_night(town)
    assert figure(town, "2020-Q2", stock)["value"] == "431" and figure(town, "2020-06", stock)["value"] == "410"
    [beside] = [r for r in rows(town, "out_adjusted_period") if r["indicator"] == stock]
    assert (beside["period"], beside["reported_value"], beside["adjusted_value"]) == ("2020-Q2", "410", "431")
    certified(town, 6, 101, day=29)
    run_night(town)
    assert figure(town, "2020-Q2", stock)["value"] == "411" and len(notices(town)) == 1


def certified(office, month, count, day=28):
    import os

    from tests.flows.intake.sheets import page, village_rows

    body = village_rows(office.catalogue, "F16", "月报", {"持证残疾人（人） > 总数": (count, 310)}, names=("东山村", "西坡村"))
    file = office.inbox / f"2020年/{month:02d}月/残联/残疾人服务情况月报表（2020年{month}月）.xlsx"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(page(office.catalogue, "F16", "月报", body, month=month))
    os.utime(file, (datetime(2020, month, day, 9).timestamp(),) * 2)


@pytest.mark.parametrize(
    ("written", "unit", "stored"),
    [("12.5万元", "元", "125000"), ("125000元", "元", "125000"), ("1.2亿元", "元", "120000000"), ("-3", "户", "-3"), ("3户", "户", "3"),
     ("12.5", "元", None), ("12.5万", "元", None), ("3万元", "户", None), ("1,250", "户", None), ("", "户", None)],
)  # fmt: skip
def test_money_is_written_with_its_unit_so_that_no_power_of_ten_is_lost(written, unit, stored):
    reading = Reading("m", "", "", "2020-06", "1", Status.REPORTED, "月报", "C5", "1", unit=unit)
    if stored is not None:
        assert in_stored_unit(written, reading) == stored
        return
    with pytest.raises(Unsaid, match="cannot be taken"):
        in_stored_unit(written, reading)


def test_as_of_an_earlier_time_no_word_binds(town):
    run_night(town)
    correct_cell(town, place_of(town, "东山村", "2020-06"), "16", "王主任", "电话核实", AS_OF + timedelta(days=5))
    run_night(town, as_of=AS_OF + timedelta(days=1))
    assert figure(town, "2020-06")["value"] == "116" and [r["state"] for r in rows(town, "out_adjustment")] == ["waiting"]
    run_night(town, as_of=AS_OF + timedelta(days=6))
    assert figure(town, "2020-06")["value"] == "126"
    with town.open_warehouse() as warehouse:
        then = warehouse.as_known(AS_OF + timedelta(days=2))
        assert then.figures("2020-06")[PATROLS].value == "116"
        assert {r.value for r in in_force(then, [PATROLS], ["2020-06"])} == {"6", "110"}
        assert {r.value for r in in_force(warehouse, [PATROLS], ["2020-06"])} == {"16", "110"}
        write_outputs(town, warehouse, AS_OF, HALF)


def test_the_verbs_say_what_they_did_and_refuse_in_one_line(town):
    run_night(town)
    place = place_of(town, "东山村", "2020-06")

    def huizong(*arguments):
        return subprocess.run([sys.executable, "-m", "flows.cli", *arguments, "--by", "王主任", "--why", "核实", "--office", str(town.folder)],
                              capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[2])  # fmt: skip

    done = huizong("adjust", "cell", place, "16")
    assert done.returncode == 0 and "原报“6”，按 16 户 计" in done.stdout, done.stdout
    for arguments, words in (
        (("adjust", "cell", place, "十六"), "write a number in 户"), (("adjust", "cell", "nowhere", "1"), "is no place"),
        (("adjust", "partial", PATROLS, "2020-06"), "no sum that lacks units"), (("adjust", "withdraw", "9"), "no word 9"),
        (("adjust", "use", PATROLS, "2020-06", PATROLS, "2020-05"), "no stock"),
    ):  # fmt: skip
        done = huizong(*arguments)
        assert done.returncode == 1 and words in done.stdout and "Traceback" not in done.stderr, (arguments, done.stdout)
    run_night(town, as_of=AS_OF + timedelta(days=1))
    assert figure(town, "2020-06")["value"] == "126", "said now, it binds from the state it speaks about"


def test_the_list_of_changes_names_the_corrected_cell_who_and_why(town):
    def causes() -> list[str]:
        sheet = load_workbook(outputs(town)["变化清单.xlsx"])["数字变化"]
        return [str(row[10]) for row in sheet.iter_rows(values_only=True, min_row=4) if row[2] and str(row[2]).startswith("巡违")]

    run_night(town)
    assert causes() == []
    place = place_of(town, "东山村", "2020-06")
    correct_cell(town, place, "16", "王主任", "电话核实", AS_OF)
    run_night(town)
    (cause,) = causes()
    assert cause.startswith(f"办公室核定：{place} 原报") and "按16户计（王主任：电话核实）" in cause and "参数" not in cause
    withdraw(town, rows(town, "out_adjustment")[0]["adjustment_id"], "王主任", "报错了", AS_OF)
    run_night(town)
    (cause,) = causes()
    assert cause == f"办公室核定：{place} 的核定已撤回（王主任：报错了）"
