"""The operator's words from the command line and from the Prefect page do the same: one department, one form, one period, force, dry run.

The page's button is what it sends: a new run of the deployment with these parameters, held by the server against the form it shows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from flows.office import Office
from flows.serve import api
from tests.flows.intake.sheets import page, village_rows
from tests.night.test_the_night import hand_in
from tests.ops.serving import ENVIRONMENT, HALF_YEAR, Served
from tests.ops.test_runbooks import town


def huizong(office: Office, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "flows.cli", *arguments, "--office", str(office.folder)], env=ENVIRONMENT, cwd=office.folder.parent,
                          capture_output=True, text=True, check=False, timeout=300)  # fmt: skip
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
    return done.stdout


def another_department(office: Office) -> Path:
    """F12 of June, of 社会事务办."""
    body = village_rows(office.catalogue, "F12", "月报", {"农村低保 > 户数": [3, 4], "农村低保 > 人数": [5, 6]}, names=("东山村", "西坡村"))
    file = office.inbox / "2020年/06月/社会事务办/F12.xlsx"
    file.parent.mkdir(parents=True)
    file.write_bytes(page(office.catalogue, "F12", "月报", body))
    os.utime(file, (datetime(2020, 7, 3).timestamp(),) * 2)
    return file


def rehearsed(served: Served, run: str) -> list[str]:
    """The files in the table that a dry run leaves on the page."""
    body = {"artifacts": {"flow_run_id": {"any_": [run]}, "key": {"any_": ["rehearsal"]}}}
    (artifact,) = api.ask(served.url, "POST", "/artifacts/filter", body)
    return sorted(row["文件"] for row in json.loads(artifact["data"]) if row["结果"])


def facts(office: Office) -> tuple[Any, ...]:
    run = office.runs()[-1]
    return run.state, run.period, run.form, run.department, run.files_new


WORDS: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    ({"department": "社会事务办", "force": True}, ("completed", "2020-H1", "", "社会事务办", 1)),
    ({"form": "F19", "force": True}, ("completed", "2020-H1", "F19", "", 6)),
    ({"period": "2020-06"}, ("completed", "2020-06", "", "", 0)),
    ({"force": True}, ("completed", "2020-H1", "", "", 7)),
]
"""What is asked of a rerun of the second run, a whole night, and the night that has to come of it."""


def as_options(words: dict[str, Any]) -> list[str]:
    return [part for name, value in words.items() for part in ([f"--{name.replace('_', '-')}"] if value is True else [f"--{name}", value])]


def test_command_line_and_page_do_the_same_with_the_same_words(tmp_path):
    office = town(tmp_path / "office")
    another_department(office)
    with Served(office.folder) as served:
        served.ends(served.run("nightly", **HALF_YEAR, department="控违办"), "Completed", 300)
        assert facts(office) == ("completed", "2020-H1", "", "控违办", 6)
        served.ends(served.run("nightly", **HALF_YEAR), "Completed", 300)
        assert facts(office)[-1] == 1
        for words, night in WORDS:
            huizong(office, "rerun", "2", *as_options(words))
            assert facts(office) == night, f"command line: {words}"
            served.ends(served.run("rerun", run=2, **words), "Completed", 300)
            assert facts(office) == night, f"page: {words}"

        # dry run: the same files are named by both, and nothing is kept
        hand_in(office, 6, {"东山村": 7, "西坡村": 112}, "更正.xlsx", datetime(2020, 7, 10))
        before, known = len(office.runs()), submissions(office)
        for job, verb, which in (("nightly", ["run"], {}), ("rerun", ["rerun", "2"], {"run": 2})):
            for words, files in (({}, 1), ({"form": "F19"}, 1), ({"department": "社会事务办"}, 0)):
                anyway = {"period": "2020-06"} if job == "rerun" and not words else {}
                said = huizong(office, *verb, "--dry-run", *as_options({**words, **anyway}))
                assert f"新文件 {files} 个" in said and "没有保存任何内容" in said
                run = served.run(job, dry_run=True, **which, **words, **anyway)
                served.ends(run, "Completed", 300)
                assert len(rehearsed(served, run)) == files
        assert (len(office.runs()), submissions(office)) == (before, known)

        # a word that is none is refused by both
        with pytest.raises(api.NoServer, match="409"):
            served.run("rerun", department="民政办")
        done = subprocess.run([sys.executable, "-m", "flows.cli", "rerun", "--department", "民政办", "--office", str(office.folder)], env=ENVIRONMENT,
                              capture_output=True, text=True, check=False, timeout=60)  # fmt: skip
        assert done.returncode != 0 and "社会事务办" in done.stdout + done.stderr


def submissions(office: Office) -> int:
    with office.open_warehouse() as warehouse:
        return len(warehouse.submissions())


def test_backfill_pressed_twice_at_once_is_done_once_and_the_other_buttons_do_what_their_words_do(tmp_path):
    office = town(tmp_path / "office")
    with Served(office.folder) as served:
        served.ends(served.run("nightly", **HALF_YEAR), "Completed", 300)

        # backfill: twice within a moment
        both = [served.run("backfill", from_period="2020-04", to_period="2020-06") for _ in range(2)]
        for run in both:
            served.ends(run, "Completed", 400)
        told = [row["结果"] for run in both for row in artifact(served, run, "backfill")]
        assert sorted(told) == ["已出稿"] * 3 + ["已是最新，跳过"] * 3
        assert "出稿 0 期，已是最新而跳过 3 期" in huizong(office, "backfill", "--from", "2020-04", "--to", "2020-06")

        # pause in the page (its switch sets this), resume by the command line
        nightly = served.deployments()["nightly"]
        api.ask(served.url, "PATCH", f"/deployments/{nightly['id']}", {"paused": True})
        assert "已暂停：nightly" in doctor(office).replace(f"{office.settings.general.id}-", "")
        huizong(office, "resume")
        assert not served.deployments()["nightly"]["paused"] and "下一次" in doctor(office)

        # keep and notify, as their schedules start them
        rehearsal = served.run("keep", dry_run=True)
        served.ends(rehearsal, "Completed", 120)
        (found,) = api.ask(served.url, "POST", "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [rehearsal]}}})
        assert huizong(office, "keep", "--dry-run").splitlines()[0] in found["data"]
        served.ends(served.run("notify"), "Completed", 120)


def artifact(served: Served, run: str, key: str) -> list[dict[str, str]]:
    (found,) = api.ask(served.url, "POST", "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run]}, "key": {"any_": [key]}}})
    return list(json.loads(found["data"]))


def doctor(office: Office) -> str:
    return subprocess.run([sys.executable, "-m", "flows.cli", "doctor", "--office", str(office.folder)], env=ENVIRONMENT, capture_output=True, text=True,
                          check=False, timeout=60).stdout  # fmt: skip
