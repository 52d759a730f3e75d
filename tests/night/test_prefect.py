"""A real Prefect server on loopback: the deployments of deployments/prefect.yaml are registered and the night runs."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

from catalog.grids import Grid
from connectors.workbooks import Refused, read_workbook
from flows.demo import make_demo_office
from flows.new_office import create_office
from flows.serve.schedules import JOBS
from tests.night.offices import standing_in

ROOT = Path(__file__).resolve().parents[2]
PREFECT = str(Path(sys.executable).with_name("prefect"))
PERSONAL = ("姓名", "户主姓名", "家庭成员姓名", "反映人", "驾驶人", "车牌号", "联系电话", "银行账号", "身份证号", "经办人", "办案人", "责任人")

pytestmark = pytest.mark.prefect


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("prefect") / "office"
    os.environ["HUIZONG_PRIVACY__KEY"] = "a key for tests only"
    create_office(folder)
    make_demo_office(folder)
    return folder


def call(environment: dict[str, str], *arguments: str, timeout: int = 240) -> str:
    done = subprocess.run([PREFECT, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_nightly_deployment_runs_to_completed_and_lets_nobody_s_data_out(prefect, office, tmp_path):
    shared, home = prefect
    environment = {**shared, "HUIZONG_OFFICE": str(office), "HUIZONG_GENERAL__ID": "helu"}
    call(environment, "work-pool", "create", "--type", "process", "--overwrite", "huizong")
    call(environment, "work-queue", "create", "helu", "--pool", "huizong", "--limit", "1")
    said = call(environment, "--no-prompt", "deploy", "--all", "--prefect-file", "deployments/prefect.yaml")
    assert all(f"helu-{job.name}" in said for job in JOBS)
    assert "huizong: no heartbeat" in call(environment, "automation", "create", "--from-file", "deployments/automations.yaml")
    call(environment, "deployment", "run", "nightly/helu-nightly", "--param", "as_of=2020-07-20T02:00:00+08:00", "--param", "period=2020-H1")
    worker = call(environment, "worker", "start", "--pool", "huizong", "--run-once", "--limit", "1", timeout=900)
    (home / "worker.log").write_text(worker, "utf-8")
    _wait_completed(environment)
    artifacts = call(environment, "artifact", "ls")
    assert "nightly" in artifacts
    written = sorted(p.name for p in (office / "outputs" / "2020-H1").iterdir())
    assert written == sorted(["工作总结初稿.docx", "汇总表.xlsx", "数据来源表.xlsx", "缺口清单.xlsx", "催报清单.xlsx", "变化清单.xlsx", "看板.html"])

    secrets = canaries(office / "inbox")
    assert len(secrets) > 3000
    left = everything_left_behind(office, home)
    assert standing_in(secrets, left, tmp_path) == set()


def _wait_completed(environment: dict[str, str], seconds: int = 120) -> None:
    until = time.monotonic() + seconds
    state = ""
    while time.monotonic() < until:
        request = urllib.request.Request(f"{environment['PREFECT_API_URL']}/flow_runs/filter", b"{}", {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            states = {run["name"]: run["state_name"] for run in json.load(answer) if run["deployment_id"] and not run["auto_scheduled"]}
        state = ", ".join(states.values())
        if state == "Completed":
            return
        assert "Failed" not in state and "Crashed" not in state, states
        time.sleep(2)
    pytest.fail(f"the night did not complete: {state}")


def canaries(inbox: Path) -> set[str]:
    """Every name, number, phone, account and plate that stands in the inbox."""
    found: set[str] = set()
    for path in sorted(inbox.rglob("*")):
        if path.is_file():
            try:
                grids = read_workbook(path.read_bytes()).grids
            except Refused:
                continue
            for grid in grids:
                found |= _personal_cells(grid)
    return {word for word in found if len(word) >= 3 and word not in ("（空）", "未填写")}


def _personal_cells(grid: Grid) -> set[str]:
    for row, cells in enumerate(grid.rows[:12]):
        columns = [c for c, v in enumerate(cells) if isinstance(v, str) and "".join(v.split()) in PERSONAL]
        if columns:
            return {
                value.strip() for below in grid.rows[row + 1 :] for c in columns
                if isinstance(value := below[c], str) and not re.search(r"[：:]", value)
            }  # fmt: skip
    return set()


def everything_left_behind(office: Path, home: Path) -> str:
    """The warehouse, the outputs, the slips, and all that Prefect wrote: its database, logs and storage."""
    parts = []
    for database in [office / "warehouse.db", *home.rglob("*.db")]:
        with sqlite3.connect(database) as connection:
            parts.append("\n".join(connection.iterdump()))
    for path in (office / "outputs").rglob("*"):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as package:
                parts += [package.read(name).decode("utf-8", "replace") for name in package.namelist()]
        elif path.is_file():
            parts.append(path.read_text("utf-8", "replace"))
    parts += [path.read_text("utf-8", "replace") for path in home.rglob("*") if path.is_file() and path.suffix not in (".db", ".db-wal", ".db-shm")]
    return "\n".join(parts)
