"""What was known then can be asked now: a report of July is printed again in December to the last digit."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import force_setattr

import catalog
from catalog.observations import Adjustment
from connectors.warehouse import open_warehouse
from flows.office import Office
from flows.summary import publish
from flows.words.adjust import withdraw
from flows.words.binding import Unsaid
from flows.words.confirm import confirm_cells
from flows.words.reprint import reprint
from flows.words.revoke import revoke
from tests.night.offices import AS_OF, HALF, outputs, rows, run_night
from tests.night.towns import figure, half_year, hand_in, town_in

KEPT = ("out_observation", "out_indicator_period", "out_lineage", "out_issue")
REPORT = {"工作总结初稿.docx", "汇总表.xlsx", "数据来源表.xlsx", "缺口清单.xlsx"}


@pytest.fixture
def town(tmp_path, warehouse_url):
    office = town_in(tmp_path / "office")
    force_setattr(office.settings.warehouse, "url", warehouse_url)
    return office


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T02:00:00+08:00")


def known(office, view, moment=None):
    """A view as it is, or as it was known; without the clocks."""
    with office.open_warehouse() as warehouse:
        columns, found = warehouse.rows(view, moment)
    keep = [n for n, name in enumerate(columns) if name not in ("known_from", "known_to", "adjusted_value")]
    return sorted((tuple(row[n] for n in keep) for row in found), key=repr)


def again(office: Office) -> Office:
    """The office as the next night opens it, its catalogue read anew."""
    opened = Office(office.folder)
    force_setattr(opened.settings.warehouse, "url", office.warehouse_url)
    return opened


def test_a_report_of_july_is_printed_again_in_december_to_the_last_digit(town, tmp_path):
    paths = half_year(town)
    run_night(town, as_of=AS_OF)
    july = {view: known(town, view) for view in KEPT}
    printed = {name: path.read_bytes() for name, path in outputs(town).items() if name in REPORT}

    hand_in(town, 6, {"东山村": 7, "西坡村": 111}, "拆违控违6月终稿.xlsx", datetime(2020, 9, 1))
    run_night(town, as_of=at("2020-09-20"))
    september = {view: known(town, view) for view in KEPT}
    assert september["out_indicator_period"] != july["out_indicator_period"]

    catalog = town.folder / "catalog"
    (catalog / "town.yml").write_text((catalog / "town.yml").read_text("utf-8").replace("远州", "近州"), "utf-8")
    (catalog / "villages.csv").write_text((catalog / "villages.csv").read_text("utf-8") + "980113105203,新村,村委会\n", "utf-8")
    (catalog / "indicators" / "F19.yml").write_text("""
- id: illegal_build_patrol_hh
  title: 改了名的指标
  section: 一.8
  kind: flow
  unit: 户
  display: int
  department: 控违办
  from: {source: column, form: F19, sheet: 月报, measure: illegal_build_patrol_hh}
""", "utf-8")
    town = again(town)
    run_night(town, as_of=at("2020-10-20"))
    assert figure(town, "2020-06")["status"] == "missing", "the new village has not reported"
    revoke(town, paths[4], "王主任", "交错了", at=at("2020-11-05"))
    run_night(town, as_of=at("2020-12-20"))

    for moment in (AS_OF, AS_OF + timedelta(days=30)):
        assert {view: known(town, view, moment) for view in KEPT} == july
    assert {view: known(town, view, at("2020-09-21")) for view in KEPT} == september
    assert {view: known(town, view, at("2020-12-31")) for view in KEPT} == {view: known(town, view) for view in KEPT}
    assert [known(town, view, at("2020-07-01")) for view in KEPT] == [[], [], [], []]

    written = reprint(town, HALF, AS_OF + timedelta(days=30), tmp_path / "again")
    assert {path.name: path.read_bytes() for path in written} == printed
    with pytest.raises(Unsaid, match="not empty"):
        reprint(town, HALF, AS_OF, tmp_path / "again")
    with pytest.raises(Unsaid, match="nothing had been published"):
        reprint(town, HALF, at("2020-07-01"), tmp_path / "before")


def test_what_two_forms_told_differently_is_printed_again_as_it_was(town, tmp_path):
    """口径矛盾 is a sheet of the report; a year later the departments agree."""
    own = Path(str(catalog.__file__)).parent / "township" / "indicators" / "F19.yml"
    told = own.read_text("utf-8").replace("- id: house_permit_survey_hh\n", "- id: house_permit_survey_hh\n  agrees_with: {indicator: illegal_build_patrol_hh}\n")
    (town.folder / "catalog" / "indicators" / "F19.yml").write_text(told, "utf-8")
    town = again(town)
    half_year(town)
    run_night(town)
    printed = {name: path.read_bytes() for name, path in outputs(town).items() if name in REPORT}
    assert len(rows(town, "out_contradiction")) > 6
    for month in range(1, 7):
        hand_in(town, month, {"东山村": 0, "西坡村": 0}, f"拆违控违{month}月终稿.xlsx", datetime(2020, 8, 1))
    run_night(town, as_of=at("2020-08-20"))
    assert rows(town, "out_contradiction") == []
    written = reprint(town, HALF, AS_OF, tmp_path / "again")
    assert {path.name for path in written if path.read_bytes() != printed[path.name]} == set()


def test_a_night_with_nothing_new_writes_no_row(town):
    half_year(town)
    run_night(town)
    counts = sizes(town)
    assert not run_night(town).changed
    assert not run_night(again(town)).changed
    assert sizes(town) == counts


def test_what_is_missing_grows_later_without_another_state(tmp_path):
    town = town_in(tmp_path / "office")
    half_year(town)[5]
    (town.inbox / "2020年/06月/控违办/拆违控违情况（2020年6月）.xlsx").unlink()
    for days, late in ((0, 15), (2, 17)):
        changed = run_night(town, as_of=AS_OF + timedelta(days=days)).changed
        assert [r["days_late"] for r in rows(town, "out_submission") if (r["form"], r["period"], r["state"]) == ("F19", "2020-06", "missing")] == [late]
    assert not changed


def test_only_what_changed_moves_to_the_past(town):
    half_year(town)
    run_night(town, as_of=AS_OF)
    before = sizes(town)
    hand_in(town, 6, {"东山村": 7, "西坡村": 110}, "拆违控违6月终稿.xlsx", datetime(2020, 7, 21))
    run_night(town, as_of=AS_OF + timedelta(days=2))
    after = sizes(town)
    assert after["figure"] == before["figure"] and after["standing"] == before["standing"] + 2
    assert 0 < after["figure_past"] <= 40 < before["figure"]


def test_a_catalogue_that_reads_the_files_as_before_loads_nothing_again(town):
    half_year(town)
    run_night(town)
    before = sizes(town)
    text = (town.folder / "catalog" / "town.yml").read_text("utf-8")
    (town.folder / "catalog" / "town.yml").write_text(f"{text}leader_name: 某\n", "utf-8")
    assert run_night(again(town)).changed
    after = sizes(town)
    assert {name: after[name] for name in ("submission", "load", "reading", "standing", "issue", "figure_past")} == {
        name: before[name] for name in ("submission", "load", "reading", "standing", "issue", "figure_past")
    }


def test_what_was_said_then_can_be_asked_now(town):
    """Held, confirmed, withdrawn, superseded, revoked, given back: what was said after each is what the past tells of it."""
    paths = half_year(town)
    bad = hand_in(town, 6, {"东山村": "约6", "西坡村": 1100}, "拆违控违6月终稿.xlsx", datetime(2020, 7, 2))
    place = f"{bad}!月报!"
    said = []

    def remember() -> None:
        with town.open_warehouse() as warehouse:
            said.append((warehouse.publication().known_from, known(town, "out_issue")))

    def cell() -> str:
        return next(r["cell"] for r in rows(town, "out_issue") if r["action"] == "refuse_cell" and r["closed_at"] is None)

    run_night(town)
    remember()
    held = cell()
    confirm_cells(town, place + held, "王", "属实", at=AS_OF + timedelta(days=1))
    run_night(town, as_of=AS_OF + timedelta(days=1))
    remember()
    withdraw(town, 1, "王", "看错了", at=AS_OF + timedelta(days=2))
    run_night(town, as_of=AS_OF + timedelta(days=2))
    remember()
    assert cell() == held
    for days, undo in ((3, False), (4, True)):
        revoke(town, bad, "王", "错", at=AS_OF + timedelta(days=days), undo=undo)
        remember()
    hand_in(town, 6, {"东山村": 6, "西坡村": 110}, "拆违控违6月更正.xlsx", datetime(2020, 7, 25))
    run_night(town, as_of=AS_OF + timedelta(days=6))
    remember()
    revoke(town, paths[0], "王", "错", at=AS_OF + timedelta(days=7))
    remember()
    assert said[0][1] != said[1][1] and len({repr(what) for _, what in said}) >= 4
    for moment, what in said:
        assert known(town, "out_issue", moment) == what


def test_knowledge_goes_forward_whatever_the_clock_says(town):
    half_year(town)
    run_night(town, as_of=AS_OF)
    run_night(town, as_of=at("2020-06-01"))
    with town.open_warehouse() as warehouse:
        latest, first = warehouse.publication(), warehouse.as_known(AS_OF).publication()
    assert latest.as_of == at("2020-06-01") and latest.known_from > AS_OF
    assert first.as_of == AS_OF, "what was shown at that time is what was known"


def test_a_word_said_while_a_state_is_computed_is_in_it(tmp_path, monkeypatch):
    town = town_in(tmp_path / "office")
    path = half_year(town)[5]
    run_night(town)
    hand_in(town, 6, {"东山村": 7, "西坡村": 110}, "拆违控违6月终稿.xlsx", datetime(2020, 7, 2))
    looked, computed = publish.gather, []

    def meanwhile(*arguments, **more):
        if not computed:
            computed.append(True)
            with town.open_warehouse() as warehouse:
                number = next(row.id for row in warehouse.submissions() if row.path == path)
                warehouse.adjust(Adjustment("revoke", "F19", "2020-06", "", "", "", "王主任", "交错了", AS_OF, submission=number))
        return looked(*arguments, **more)

    monkeypatch.setattr(publish, "gather", meanwhile)
    run_night(town)
    assert {r["state"] for r in rows(town, "out_submission") if r["file"] == path} == {"revoked"}


def sizes(office) -> dict[str, int]:
    with open_warehouse(office.warehouse_url, office.settings.general.id) as warehouse, warehouse.reading() as connection:
        names = ("submission", "load", "reading", "entry", "issue", "standing", "hold", "figure", "figure_past", "lineage_past", "publication", "log")
        return {name: connection.exec_driver_sql(f"SELECT COUNT(*) FROM {name}").scalar() for name in names}


def test_the_verbs_show_and_print_what_was_known(tmp_path):
    town = town_in(tmp_path / "office")
    half_year(town)
    run_night(town)

    def huizong(*arguments):
        return subprocess.run([sys.executable, "-m", "flows.cli", *arguments, "--office", str(town.folder)], capture_output=True, text=True,
                              check=False, cwd=Path(__file__).resolve().parents[2])  # fmt: skip

    done = huizong("db", "show", "out_indicator_period", "--as-of", "2020-07-21T00:00:00")
    shown = {(r["indicator"], r["period"]): r["value"] for r in csv.DictReader(done.stdout.splitlines())}
    assert shown["illegal_build_patrol_hh", "2020-06"] == "116" and done.returncode == 0
    assert huizong("db", "show", "out_indicator_period", "--as-of", "2020-07-01").stdout.count("\n") == 1
    assert "keeps no past" in huizong("db", "show", "out_run", "--as-of", "2020-07-21").stdout
    assert "is no view" in huizong("db", "show", "figure").stdout
    assert "工作总结初稿.docx" in huizong("reprint", "2020-H1", "--as-of", "2020-07-21").stdout
    assert (town.folder / "outputs" / "2020-H1" / "截至2020-07-21 000000" / "汇总表.xlsx").is_file()
    assert huizong("db", "verify").returncode == 0
