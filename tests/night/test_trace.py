"""A figure back to its cells, a cell forward to the figures, table cells and sentences that rest on it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from catalog.periods import Period, UnknownPeriod
from connectors.documents import Column, TableSheet, write_tables
from connectors.printed import Table
from flows.command.screen import Misused
from flows.command.trace_verb import trace_lines
from flows.new_office import create_office
from flows.tracing.trace import NothingToTrace
from tests.flows.intake.sheets import page, village_rows
from tests.night.offices import outputs, rows, run_night

ROOT = Path(__file__).resolve().parents[2]
VILLAGES = """code,name,kind,households,population,aliases,valid_from,valid_to,merged_into
980113105201,东山村,村委会,100,300,,,,
980113105202,西坡村,村委会,120,320,,,,
"""
TOWN = "town_name: 清溪\ncity_name: 远州\ndistrict_name: 平川\ndraft_date: '2020-07-03'\npark_reopen_date: '2020-03-21'\n"
PATROL = "巡违控违（户）"


def hand_in(office, month, patrols, year=2020, name="拆违控违情况", day=28):
    body = village_rows(office.catalogue, "F19", "月报", {PATROL: patrols}, names=("东山村", "西坡村"))
    path = office.inbox / f"{year}年/{month:02d}月/控违办/{name}（{year}年{month}月）.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(page(office.catalogue, "F19", "月报", body, month=month, year=year))
    moment = datetime(year, month, day, 9).timestamp()
    os.utime(path, (moment, moment))
    return path.relative_to(office.inbox).as_posix()


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    office = create_office(tmp_path_factory.mktemp("town") / "office")
    (office.folder / "catalog" / "town.yml").write_text(TOWN, "utf-8")
    (office.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    hand_in(office, 6, (20, 31), year=2019)
    for month in range(1, 7):
        hand_in(office, month, (20 + month, 30))
    hand_in(office, 5, (25, 33), name="拆违控违情况（更正）", day=29)
    hand_in(office, 4, ("二十几", 30))
    run_night(office)
    outputs(office)
    return office


def traced(office, *arguments):
    return "\n".join(trace_lines(office.folder, *arguments))


def place(office, month, unit="东山村", year=2020):
    found = next(r for r in rows(office, "out_observation") if (r["indicator"], r["period"], r["unit_name"]) == ("illegal_build_patrol_hh", f"{year}-{month:02d}", unit))
    return f"{found['file']}!{found['sheet']}!{found['cell']}"


def test_a_figure_leads_to_month_file_cell_text_and_time(town):
    said = traced(town, "巡违控违户数", "2020-Q1")
    assert "巡违控违户数（illegal_build_patrol_hh） 2020-Q1：156户（已报，2/2）" in said and "算法：各月各行相加" in said
    assert "2020-03 2020年/03月/控违办/拆违控违情况（2020年3月）.xlsx!月报 文件时间 2020-03-28" in said
    assert f"东山村 23户 ← {place(town, 3).rsplit('!', 1)[1]} “23”" in said


def test_last_year_and_growth_lead_to_last_year_s_cells(town):
    said = traced(town, "illegal_build_patrol_hh", "2020-06")
    assert "上年同期 51" in said and "同比（%） 9.803922（与本库上年同期比）" in said and "2019-06 2019年/06月/控违办/" in said
    back = traced(town, place(town, 6, year=2019))
    assert "illegal_build_patrol_hh） 2020-06：上年同期、同比（%）" in back


def test_a_missing_figure_says_why(town):
    said = traced(town, "illegal_build_patrol_hh", "2020-H1")
    assert "：X（退回" in said and "没有数的原因：F19 2020-04 东山村被退回" in said


def test_a_cell_leads_to_figures_table_cells_and_sentences(town):
    (town.outputs / "2020-06").mkdir(exist_ok=True)
    from catalog.periods import Period

    outputs(town, Period.parse("2020-06"))
    said = traced(town, place(town, 6))
    assert f"读作 {PATROL}（illegal_build_patrol_hh） 东山村 2020-06：26户，原文“26”" in said
    assert "illegal_build_patrol_hh） 2020-06：本期、同比（%）" in said and "illegal_build_patrol_hh） 2020-Q2" not in said
    assert "outputs/2020-06/汇总表.xlsx!一.8 本期!" in said and "= 26" in said and "= 56" in said
    assert "这一格若有误，下列1句话要改：" in said and "X100：巡查违建56户" in said


@pytest.mark.parametrize(("cell", "why"), [
    ("A1", "没有数依据这一格：此格按规则忽略（标题）"), ("ZZ9", "没有数依据这一格：此格是空的"),
])  # fmt: skip
def test_an_ignored_or_empty_cell_says_so(town, cell, why):
    file = place(town, 6).rsplit("!", 1)[0]
    assert why in traced(town, f"{file}!{cell}")


def test_a_refused_cell_and_one_of_a_month_with_a_gap(town):
    said = traced(town, place(town, 4))
    assert "退回此格：" in said and "没有数依据这一格：此格已退回" in said
    assert "已读入，但全镇数缺：F19 2020-04 东山村被退回" in traced(town, place(town, 4, "西坡村"))


def test_a_replaced_file_names_the_one_in_force(town):
    cell = place(town, 5).rsplit("!", 1)[1]
    said = traced(town, f"2020年/05月/控违办/拆违控违情况（2020年5月）.xlsx!月报!{cell}")
    assert "没有数依据这一格：这份文件已被后来的文件取代，在用的是 2020年/05月/控违办/拆违控违情况（更正）（2020年5月）.xlsx" in said


def test_a_held_cell_waits_for_a_word(tmp_path):
    office = create_office(tmp_path / "office")
    (office.folder / "catalog" / "town.yml").write_text(TOWN, "utf-8")
    (office.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    for month, count in enumerate((120, 121, 122, 123, 1240), 1):
        hand_in(office, month, (count, 310))
    run_night(office)
    assert "此格存疑，已扣住" in traced(office, place(office, 5))


@pytest.mark.parametrize(("arguments", "error", "says"), [
    (("巡违控违", "2020-06"), NothingToTrace, "illegal_build_patrol_hh"), (("illegal_build_patrol_hh", "2020-13"), UnknownPeriod, "2020-H1"),
    (("illegal_build_patrol_hh", "2031"), NothingToTrace, "has no figure"), (("illegal_build_patrol_hh", ""), Misused, "write the period"),
    (("无.xlsx!月报!C5", ""), NothingToTrace, "no file '无.xlsx'"), (("拆违控违情况（2020年3月）.xlsx!附表!C5", ""), NothingToTrace, "it has 月报"),
    (("无.xlsx!C5", ""), NothingToTrace, "FILE!SHEET!CELL"),
])  # fmt: skip
def test_what_does_not_exist_is_one_line_with_the_nearest_names(town, arguments, error, says):
    with pytest.raises(error) as caught:
        trace_lines(town.folder, *arguments)
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_a_trace_needs_neither_prefect_nor_frames_nor_writers():
    code = "import sys, flows.command.trace_verb; print({'prefect', 'pandas', 'openpyxl', 'docx', 'alembic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    assert done.stdout.strip() == "set()"


def test_a_target_and_a_contradiction_lead_to_every_cell_that_prints_them(tmp_path):
    office = create_office(tmp_path / "office")
    (office.folder / "catalog" / "town.yml").write_text(TOWN, "utf-8")
    (office.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    columns = [c.path for c in office.catalogue.forms["F03"].sheet("月报").columns]
    row = {"指标名称": "固定资产投资", "计量单位": "万元", "年度目标": 1000, "完成情况 > 本月完成": 100, "完成情况 > 本年累计": 600}
    path = office.inbox / "2020年/06月/经发/经济指标（2020年6月）.xlsx"
    path.parent.mkdir(parents=True)
    path.write_bytes(page(office.catalogue, "F03", "月报", [[next((v for k, v in row.items() if name.startswith(k)), None) for name in columns]], month=6))
    os.utime(path, (moment := datetime(2020, 6, 28, 9).timestamp(), moment))
    run_night(office, period=Period.parse("2020-06"))
    outputs(office, Period.parse("2020-06"))
    with office.open_warehouse() as warehouse:
        [figure] = [f for f in warehouse.figures("2020-06").values() if f.progress_pct]
    target = next(line for line in figure.lineage if line.part == "target")
    said = traced(office, f"{path.relative_to(office.inbox).as_posix()}!月报!{target.cells}")
    printed = Table(office.outputs / "2020-06" / "汇总表.xlsx").find("一.2", office.catalogue.indicators[figure.indicator].title, "比序时进度（百分点）")
    assert printed and all(f"汇总表.xlsx!{sheet}!{cell}" in said for sheet, cell, _ in printed), (printed, said)


def test_a_pair_that_does_not_agree_is_found_with_its_difference(tmp_path):
    columns = ("所属期", "指标", "数", "相差")
    data = write_tables([TableSheet("口径矛盾", "口径矛盾", tuple(Column(name, 9) for name in columns), [["2020-06", "甲", "5", "2"], ["2020-06", "乙", "3", ""]], "", (), 2)], datetime(2020, 7, 3))
    (file := tmp_path / "汇总表.xlsx").write_bytes(data)
    found = Table(file).find_pairs("口径矛盾", columns[:2], {("2020-06", "乙")}, columns[2:])
    assert [text for _, text in found] == ["3", "2"] and int(found[0][0][1:]) == int(found[1][0][1:]) + 1
