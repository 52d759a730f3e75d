"""The operator's verbs beside the Prefect page, with the same words: register, choose, pause, rerun, backfill."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import yaml

from connectors.warehouse import OfficeLock
from connectors.warehouse.outbox import waiting
from flows.command.quiet import SETTINGS
from flows.new_office import create_office
from flows.office import Office
from flows.serve import api, machine
from flows.serve.schedules import JOBS, POOL, TITLES
from tests.night.test_the_night import TOWN, VILLAGES, half_year

ROOT = Path(__file__).resolve().parents[2]
SECRET = "geheim-0123456789"


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Office:
    office = create_office(tmp_path_factory.mktemp("town") / "office")
    (office.folder / "catalog" / "town.yml").write_text(TOWN, "utf-8")
    (office.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    half_year(office)
    return office


def huizong(town: Office, environment: dict[str, str], verb: str, *arguments: str, code: int = 0) -> str:
    done = subprocess.run([sys.executable, "-m", "flows.cli", verb, *arguments, "--office", str(town.folder)], env=environment, cwd=town.folder,
                          capture_output=True, text=True, check=False, timeout=300)  # fmt: skip
    assert done.returncode == code and "Traceback" not in done.stdout + done.stderr, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def deployments(environment: dict[str, str], town: Office) -> dict[str, dict]:
    found = httpx.post(f"{environment['PREFECT_API_URL']}/deployments/filter", json={}, timeout=60).json()
    mine = f"{town.settings.general.id}-"
    return {d["name"].removeprefix(mine): d for d in found if d["name"].startswith(mine)}


@pytest.mark.prefect
def test_the_page_s_form_has_chinese_words_and_the_office_s_own_choices(prefect, town):
    environment, _ = prefect
    url = environment["PREFECT_API_URL"]
    assert "已登记 nightly" in huizong(town, environment, "serve", "--register")
    known = deployments(environment, town)
    assert set(known) == {job.name for job in JOBS}
    form = known["nightly"]["parameter_openapi_schema"]["properties"]
    assert {field["title"] for field in form.values()} <= set(TITLES.values())
    assert "控违办" in form["department"]["enum"] and "F19" in form["form"]["enum"] and "F19 " in form["form"]["description"]
    assert form["dry_run"]["description"].startswith("试运行")
    wrong = {"parameters": {**known["nightly"]["parameters"], "department": "民政办"}}
    assert httpx.post(f"{url}/deployments/{known['nightly']['id']}/create_flow_run", json=wrong, timeout=60).status_code == 409

    # what is paused stays paused, and a second registration changes nothing
    assert "已暂停" in huizong(town, environment, "pause")
    assert "没有变化" in huizong(town, environment, "serve", "--register")
    assert all(d["paused"] for d in deployments(environment, town).values())
    huizong(town, environment, "resume")
    until = time.monotonic() + 90
    while not (coming := _scheduled(url, known["nightly"]["id"])) and time.monotonic() < until:
        time.sleep(1)
    assert len(coming) >= 3, "nights begin by themselves only when the server's scheduler makes runs"
    queue = httpx.get(f"{url}/work_pools/{POOL}/queues/{town.settings.general.id}", timeout=60).json()
    assert queue["concurrency_limit"] == 1


def _scheduled(url: str, deployment: str) -> list[dict]:
    body = {"flow_runs": {"deployment_id": {"any_": [deployment]}, "state": {"type": {"any_": ["SCHEDULED"]}}}}
    return list(httpx.post(f"{url}/flow_runs/filter", json=body, timeout=60).json())


@pytest.mark.prefect
def test_rerun_does_what_failed_and_a_backfill_pressed_twice_is_done_once(prefect, town):
    environment, _ = prefect
    town.outputs.rmdir()
    town.outputs.write_text("no folder")  # the last step of the night cannot be done
    huizong(town, environment, "run", "--as-of", "2020-07-20T02:00:00", "--period", "2020-H1", code=1)
    assert [(run.state, run.period, run.files_new) for run in town.runs()] == [("failed", "2020-H1", 6)]
    town.outputs.unlink()
    nobody_listens = f"json://127.0.0.1:1/{SECRET}"
    said = huizong(town, {**environment, "HUIZONG_NOTIFY__URLS": nobody_listens}, "rerun")  # exit 0: the figures are done, the message waits
    with town.open_warehouse() as warehouse:
        (message,) = waiting(warehouse, datetime.now(UTC))
    assert "新收 6 份" in message.body and message.tries == 1 and SECRET not in said + message.body
    assert "新读入 0 个" in said and "没有变化" in said and (town.outputs / "2020-H1" / "工作总结初稿.docx").is_file()
    assert [(run.state, run.period, run.as_of) for run in town.runs()][1:] == [("completed", "2020-H1", town.runs()[0].as_of)]
    assert "没有要补做的" in huizong(town, environment, "rerun", "1")

    said = huizong(town, environment, "backfill", "--from", "2020-04", "--to", "2020-06")
    assert "出稿 3 期" in said
    written = {path: path.stat().st_mtime_ns for path in town.outputs.rglob("*.*")}
    assert "出稿 0 期，已是最新而跳过 3 期" in huizong(town, environment, "backfill", "--from", "2020-04", "--to", "2020-06")
    assert {path: path.stat().st_mtime_ns for path in town.outputs.rglob("*.*")} == written


def test_two_nights_at_once_the_second_says_so_in_one_line(town):
    town.upgrade_warehouse()
    begun = town.begin_run(None)
    try:
        assert "正有夜间运行" in huizong(town, dict(os.environ), "run", code=1)
    finally:
        town.end_run(begun, "completed", 0, 0, 0, 0.0)


def test_without_a_server_pause_says_what_to_do(tmp_path):
    office = create_office(tmp_path / "office")
    assert "huizong serve" in huizong(office, {k: v for k, v in os.environ.items() if k != "PREFECT_API_URL"}, "pause", code=1)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["rerun"], 1, "huizong run"),
        (["rerun", "7"], 1, "huizong run"),
        (["rerun", "--department", "民政办"], 1, "社会事务办"),
        (["backfill", "--from", "2020-01", "--to", "2020-Q2"], 2, "different kinds"),
        (["rerun", "--period", "monat"], 2, "2020-06"),
        (["rerun", "--period", "month"], 1, "huizong run"),
    ],
)
def test_what_cannot_be_done_again_is_said_before_prefect_is_started(tmp_path, arguments, code, says):
    office = create_office(tmp_path / "office")
    began = time.monotonic()
    assert says in huizong(office, dict(os.environ), *arguments, code=code)
    assert time.monotonic() - began < 20


def test_a_server_that_lives_and_answers_nothing_is_ended_and_started_again(tmp_path, monkeypatch):
    said: list[str] = []
    with socket.socket() as deaf:  # it takes the call and says nothing
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        served = machine.Machine(tmp_path, deaf.getsockname()[1], said.append)
        child = machine._Child("server", [])
        environment = {**os.environ, machine.MARK: f"{tmp_path}|server"}
        child.process = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"], env=environment)
        monkeypatch.setattr(machine, "_ASK_EVERY", 0.0)
        monkeypatch.setattr(machine, "_SILENT", 2)
        served._end_if_hung(child)
        assert child.process.poll() is None, "once is no more than busy"
        served._end_if_hung(child)
        assert child.process.poll() is not None and said == ["server 没有应答，结束后重新启动。"]
    begun: list[str] = []
    served._look_after(child, lambda: begun.append("again"))
    assert begun == ["again"]


def test_of_two_serves_started_in_one_second_the_second_leaves_the_first_its_processes(tmp_path):
    """Neither server answers yet: it is the lock that tells them apart."""
    (tmp_path / api.HOME).mkdir()
    first = OfficeLock(tmp_path / api.HOME / "serve.lock", "", "")
    first.take(0)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], env={**os.environ, machine.MARK: f"{tmp_path}|server"})
    try:
        with pytest.raises(machine.CannotServe, match="served already"):
            machine.Machine(tmp_path, 1, print).serve()
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()
        first.release()


@pytest.mark.prefect
def test_offices_may_be_registered_and_workers_start_in_one_moment(prefect, tmp_path):
    environment, _ = prefect
    code = f"""
import asyncio
from prefect.client.orchestration import get_client
from flows.serve import register
register.POOL = "pool-{tmp_path.name}"

async def all_at_once():
    async with get_client() as client:
        await asyncio.gather(*(register._pool(client, f"office-{{n}}") for n in range(6)))
        await asyncio.gather(*(register._watch(client) for _ in range(3)))
        await register._watch(client)
        for wanted in register.watches():
            print(len(await client.read_automations_by_name(wanted.name)))

asyncio.run(all_at_once())
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0 and set(done.stdout.split()) == {"1"}, done.stdout + done.stderr[-1500:]


def test_prefect_yaml_says_what_serve_registers():
    told = yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text("utf-8"))["deployments"]
    assert [(d["name"].partition("}}-")[2], d["entrypoint"].rpartition(":")[2], (d["schedules"] or [{}])[0].get("cron", ""), d["description"],
             d["parameters"].get("period", "")) for d in told] == [(j.name, j.flow, j.cron, j.description, j.period) for j in JOBS]  # fmt: skip
    lines = (ROOT / "deployments" / "prefect.env").read_text("utf-8").splitlines()
    declared = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert SETTINGS.items() <= declared.items()


def test_automations_yaml_says_what_serve_watches_for(tmp_path):
    """Also where there is no office: `prefect automation create` reads it, in a process of its own."""
    code = "import yaml, sys; from prefect.events.schemas.automations import AutomationCore as A; from flows.serve.register import watches\n" \
        "told = yaml.safe_load(open('deployments/automations.yaml', encoding='utf-8'))['automations']\n" \
        "print(tuple(A.model_validate(one) for one in told) == watches())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_the_words_of_the_parameters_are_all_said_in_chinese():
    code = "import inspect, json; from flows.serve.register import _FLOWS; print(json.dumps([list(inspect.signature(f.fn).parameters) for f in _FLOWS.values()]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {name for names in json.loads(done.stdout) for name in names} == set(TITLES)
