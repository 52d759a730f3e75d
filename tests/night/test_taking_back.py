"""One file's effect is taken back, given back, and never comes back by itself; on both engines."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import force_setattr

from catalog.observations import Adjustment
from flows.slips.write import write_slips
from flows.verify import verify
from flows.words.adjust import correct_cell
from flows.words.binding import Unsaid
from flows.words.revoke import revoke
from tests.night.offices import AS_OF, everything, rows, run_night
from tests.night.towns import figure, half_year, hand_in, state_without, town_in

BAD = "拆违控违6月终稿.xlsx"


@pytest.fixture
def town(tmp_path, warehouse_url):
    office = town_in(tmp_path / "office")
    force_setattr(office.settings.warehouse, "url", warehouse_url)
    return office


def test_a_revoked_file_leaves_the_state_as_if_it_had_never_come(town):
    half_year(town)
    run_night(town)
    before = everything(town)
    path = hand_in(town, 6, {"东山村": 60, "西坡村": "约100"}, BAD, datetime(2020, 7, 2))
    run_night(town)
    with_it = everything(town)
    assert figure(town, "2020-06")["status"] == "provisional"
    states = {r["state"] for r in rows(town, "out_submission") if r["period"] == "2020-06" and r["form"] == "F19"}
    assert states == {"superseded", "accepted_with_warnings"}

    done = revoke(town, path, "王主任", "交错了文件")
    assert done.now.endswith("拆违控违情况（2020年6月）.xlsx")
    assert state_without(town, path) == before
    own = next(r for r in rows(town, "out_submission") if r["file"] == path)
    assert own["state"] == "revoked" and (town.folder / "archive" / own["sha256"][:2] / own["sha256"]).is_file()
    with pytest.raises(Unsaid, match="revoked already"):
        revoke(town, path, "王主任", "再来")

    assert not run_night(town).changed, "the file still lies in the inbox"
    run_night(town, as_of=AS_OF + timedelta(days=1))
    assert next(r for r in rows(town, "out_submission") if r["file"] == path)["state"] == "revoked"
    assert figure(town, "2020-06")["value"] == "116"

    revoke(town, str(own["submission_id"]), "王主任", "没有交错", undo=True)
    run_night(town, as_of=AS_OF + timedelta(days=1))
    assert come(everything(town)) == come(with_it)
    said = [(r["kind"], r["state"], r["said_by"], r["why"]) for r in rows(town, "out_adjustment")]
    assert said == [("revoke", "withdrawn", "王主任", "交错了文件"), ("restore", "waiting", "王主任", "没有交错")]
    assert verify(town).broken == ""


def test_a_file_taken_back_takes_no_correction(town):
    """It would count for nothing today, and for something when the file is given back."""
    path = half_year(town)[5]
    run_night(town)
    place = next(f"{r['file']}!{r['sheet']}!{r['cell']}" for r in rows(town, "out_observation") if r["file"] == path and r["value"] == "6")
    revoke(town, path, "王主任", "交错了文件", at=AS_OF)
    with pytest.raises(Unsaid, match="has been revoked, nothing in it counts"):
        correct_cell(town, place, "16", "王主任", "电话核实", AS_OF)
    revoke(town, path, "王主任", "没有交错", at=AS_OF, undo=True)
    correct_cell(town, place, "16", "王主任", "电话核实", AS_OF)


def test_what_was_said_about_a_file_goes_with_it_and_comes_back_with_it(town):
    """Also where the file it replaced holds the same: nobody looked at that one."""
    half_year(town)
    run_night(town)
    before = everything(town)
    path = hand_in(town, 6, {"东山村": 6, "西坡村": 120}, BAD, datetime(2020, 7, 2))
    run_night(town)
    place = next(f"{r['file']}!{r['sheet']}!{r['cell']}" for r in rows(town, "out_observation") if r["file"] == path and r["value"] == "6")
    correct_cell(town, place, "16", "王主任", "电话核实", AS_OF)
    run_night(town)
    assert figure(town, "2020-06")["value"] == "136"
    assert revoke(town, path, "王主任", "交错了文件", at=AS_OF).words == 1
    assert state_without(town, path) == before, "the name of the state, too"
    assert [r["state"] for r in rows(town, "out_adjustment")] == ["lapsed", "in_force"]
    revoke(town, path, "王主任", "没有交错", at=AS_OF, undo=True)
    assert figure(town, "2020-06")["value"] == "136" and rows(town, "out_adjustment")[0]["state"] == "in_force"


def test_what_was_answered_by_a_file_taken_back_is_answered_when_the_next_one_came(town):
    """Also when it was closed is as if the file had never come; and given back, as if it had never been taken back."""
    first = hand_in(town, 6, {"东山村": "约6", "西坡村": 110})
    run_night(town, as_of=AS_OF)
    second = hand_in(town, 6, {"东山村": 60, "西坡村": 110}, BAD, datetime(2020, 7, 20, 3))
    run_night(town, as_of=AS_OF + timedelta(days=1))
    hand_in(town, 6, {"东山村": 6, "西坡村": 110}, "更正.xlsx", datetime(2020, 7, 21, 3))
    run_night(town, as_of=AS_OF + timedelta(days=3))

    def closed():
        number = next(r["submission_id"] for r in rows(town, "out_submission") if r["file"] == first)
        return {r["closed_at"] for r in rows(town, "out_issue") if r["submission_id"] == number}

    assert closed() == {"2020-07-20T18:00:00+00:00"}
    revoke(town, second, "王主任", "交错了文件")
    assert closed() == {"2020-07-22T18:00:00+00:00"}, "the file that stands in its place now came in that night"
    revoke(town, second, "王主任", "没有交错", undo=True)
    assert closed() == {"2020-07-20T18:00:00+00:00"}
    assert verify(town).broken == ""


def test_a_word_that_was_kept_and_never_shown_is_shown_when_it_is_said_again(town):
    path = half_year(town)[5]
    run_night(town)
    first = everything(town)
    with town.open_warehouse() as warehouse:
        number = next(row.id for row in warehouse.submissions() if row.path == path)
        warehouse.adjust(Adjustment("revoke", "F19", "2020-06", "", "", "", "王主任", "交错了", AS_OF, submission=number))  # and killed
    revoke(town, path, "王主任", "交错了")
    assert {r["state"] for r in rows(town, "out_submission") if r["file"] == path} == {"revoked"}
    with town.open_warehouse() as warehouse:
        warehouse.adjust(Adjustment("restore", "F19", "2020-06", "", "", "", "王主任", "没有交错", AS_OF, submission=number))  # and killed
    revoke(town, path, "王主任", "没有交错", undo=True)
    assert come(everything(town)) == come(first) and [r["kind"] for r in rows(town, "out_adjustment")] == ["revoke", "restore"]
    with pytest.raises(Unsaid, match="has not been revoked"):
        revoke(town, path, "王主任", "再来", undo=True)


def come(views):
    """All but the day: what has not come is a day later by then."""
    return {v: [row for row in found if row[4] != "missing"] if v == "out_submission" else found for v, found in views.items() if v != "out_meta"}


def test_the_only_file_of_a_month_taken_back_is_owed_again(tmp_path):
    town = town_in(tmp_path / "office")
    path = half_year(town)[3]
    run_night(town)
    done = revoke(town, path, "王主任", "是去年的表")
    assert done.now == "" and figure(town, "2020-H1")["status"] == "missing"
    assert ("F19", "2020-04") in {(r["form"], r["period"]) for r in rows(town, "out_submission") if r["state"] == "missing"}
    with town.open_warehouse() as warehouse:
        assert not any("4月" in place for place in write_slips(town, warehouse, AS_OF).written)
    hand_in(town, 4, {"东山村": 5, "西坡村": 111}, when=datetime(2020, 7, 10))
    run_night(town)
    assert figure(town, "2020-04")["value"] == "116", "another file at the same path is another hand-in"


def test_the_period_that_was_asked_for_is_shown_though_the_only_file_is_taken_back(tmp_path):
    """Without a file no period has anything to show by itself; the night before the file came showed this one."""
    town = town_in(tmp_path / "office")
    run_night(town)
    before = everything(town)
    path = hand_in(town, 1, {"东山村": 1, "西坡村": 110})
    run_night(town)
    revoke(town, path, "王主任", "是去年的表", at=AS_OF)
    assert state_without(town, path) == before


def test_a_path_that_may_mean_two_files_is_asked_about(tmp_path):
    town = town_in(tmp_path / "office")
    path = hand_in(town, 6, {"东山村": "约1", "西坡村": 110})
    run_night(town)
    hand_in(town, 6, {"东山村": 1, "西坡村": 110}, when=datetime(2020, 7, 1))
    run_night(town)
    assert revoke(town, path, "王", "错").path == path, "the one in force is meant"
    assert figure(town, "2020-06")["status"] == "provisional", "and the first one is in force again"
    revoke(town, path, "王", "也错")
    for file, words in ((path, "2 times"), ("没有.xlsx", "no file"), ("12345", "no file")):
        with pytest.raises(Unsaid, match=words):
            revoke(town, file, "王", "错")


def test_a_night_as_of_an_earlier_time_does_not_know_a_later_word(tmp_path):
    town = town_in(tmp_path / "office")
    path = half_year(town)[5]
    run_night(town)
    revoke(town, path, "王", "错", at=AS_OF + timedelta(days=3))
    assert figure(town, "2020-06")["status"] == "missing"
    run_night(town)
    assert figure(town, "2020-06")["value"] == "116"
    run_night(town, as_of=AS_OF + timedelta(days=4))
    assert figure(town, "2020-06")["status"] == "missing"


def test_the_verb_says_what_is_in_force_now(tmp_path):
    town = town_in(tmp_path / "office")
    path = half_year(town)[0]
    run_night(town)
    done = subprocess.run([sys.executable, "-m", "flows.cli", "revoke", path, "--why", "重复", "--office", str(town.folder)],
                          capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[2])  # fmt: skip
    assert done.returncode == 0 and "F19 2020-01 现以未报计" in done.stdout, done.stdout + done.stderr
