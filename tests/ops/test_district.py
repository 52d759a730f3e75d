"""A district: three offices in one PostgreSQL warehouse, four workers on one pool, one of them killed half-way."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
import pytest

from flows.office import Office
from flows.serve import api
from tests.ops.serving import ENVIRONMENT, HALF_YEAR, free_port, until
from tests.postgres import postgres, programs
from tests.prefect_server import prefect_server

ENDS = {"Completed", "Failed", "Crashed", "Cancelled"}
BUSY = 300
"""Four nights on the cores of one test machine: the server answers late. When it marked the run is asked of what it wrote down."""


@pytest.fixture
def database() -> Iterator[str]:
    """One PostgreSQL for the warehouse and for the Prefect server, as in deployments/compose.yaml: an SQLite of Prefect's is locked for minutes by four workers."""
    if programs() is None:
        pytest.skip("no PostgreSQL of the distribution here; apt-get install --no-install-recommends postgresql")
    with postgres() as server:
        for name in ("huizong", "prefect"):
            with psycopg.connect(f"postgresql://{server}/postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
        yield server


@pytest.fixture
def home(tmp_path) -> Path:
    (tmp_path / "prefect-home").mkdir()
    return tmp_path / "prefect-home"


def over(database: str) -> dict[str, str]:
    return {"PREFECT_API_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://{database}/prefect"}


@pytest.fixture
def prefect(database, home) -> Iterator[tuple[dict[str, str], Path]]:
    """As the shared one, over PostgreSQL."""
    with prefect_server(home, **over(database)) as environment:
        yield environment, home


@pytest.fixture
def postgres_url(database) -> str:
    return f"postgresql://{database}/huizong"


@pytest.fixture
def district(demo_office, tmp_path, postgres_url, monkeypatch) -> list[Office]:
    """Three offices with the same hand-ins: whoever loads them, all three must come to the same figures."""
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", postgres_url)
    offices = []
    for name in ("dong", "xi", "nan"):
        folder = Path(shutil.copytree(demo_office, tmp_path / name))
        settings = (folder / "huizong.toml").read_text("utf-8").splitlines()
        (folder / "huizong.toml").write_text("\n".join(f'id = "{name}"' if line.startswith("id = ") else line for line in settings), "utf-8")
        offices.append(Office(folder))
    return offices


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    me = psutil.Process(process.pid)
    return [me, *me.children(recursive=True)]


def test_three_offices_four_workers_one_killed(district, prefect, postgres_url, tmp_path):
    shared, home = prefect
    environment = {**ENVIRONMENT, **shared, "HUIZONG_WAREHOUSE__URL": postgres_url}
    url = environment["PREFECT_API_URL"]
    for office in district:
        subprocess.run([sys.executable, "-m", "flows.cli", "serve", "--register", "--office", str(office.folder)], env=environment, check=True,
                       cwd=tmp_path, capture_output=True, timeout=300)  # fmt: skip
    names = [office.settings.general.id for office in district]
    known = {d["name"]: d for name in names for d in api.deployments_of(url, name)}

    def press(job: str, name: str, **parameters: str) -> str:
        deployment = known[f"{name}-{job}"]
        body = {"parameters": {**deployment["parameters"], **parameters}, "state": {"type": "SCHEDULED"}}
        return str(api.ask(url, "POST", f"/deployments/{deployment['id']}/create_flow_run", body, BUSY)["id"])

    def states(runs: list[str]) -> list[str]:
        found = api.ask(url, "POST", "/flow_runs/filter", {"flow_runs": {"id": {"any_": runs}}}, BUSY)
        return [str(run["state_name"]) for run in found]

    def crashed_at(runs: list[str]) -> datetime:
        found = api.ask(url, "POST", "/flow_runs/filter", {"flow_runs": {"id": {"any_": runs}}}, BUSY)
        return next(datetime.fromisoformat(run["state"]["timestamp"]) for run in found if run["state_name"] == "Crashed")

    workers = []
    try:
        for number in range(4):
            command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "huizong", "--limit", "1", "--name", f"w{number}"]
            with (home / f"w{number}.log").open("wb") as out:
                workers.append(subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=out, stderr=subprocess.STDOUT))
        first = {name: press("nightly", name, **HALF_YEAR) for name in names}
        second = {name: press("monthly", name, as_of=HALF_YEAR["as_of"]) for name in names}  # the same offices again, at once
        with psycopg.connect(postgres_url, autocommit=True) as database:
            until(lambda: _count(database, "submission") > 60, 400, "the offices are being loaded")
            victim = next(w for w in workers if any("prefect.engine" in " ".join(p.cmdline()) for p in family(w)))
            for process in family(victim):
                process.kill()
            killed_at = datetime.now(UTC)
            runs = [*first.values(), *second.values()]
            until(lambda: "Crashed" in states(runs), BUSY, "the killed run is marked crashed by its silence", 3)
            assert (crashed_at(runs) - killed_at).total_seconds() < 120
            until(lambda: set(states(runs)) <= ENDS, 900, "every run has ended", 3)
            assert sorted(states(runs)) == ["Completed"] * 5 + ["Crashed"]
            again = [press("rerun", name) for name in names]
            until(lambda: states(again) == ["Completed"] * 3, 600, "what failed is done again", 3)

            # each slice once: nothing that was loaded was ever loaded again
            until(lambda: _statistics(database, "reading")[0] > 0, 30, "the server counts")
            time.sleep(2)
            assert _statistics(database, "reading")[1] == 0, "a row that was loaded was replaced"
            files = {office.settings.general.id: sum(p.is_file() for p in office.inbox.rglob("*")) for office in district}
            rows = database.execute("SELECT office, count(*), count(DISTINCT file) FROM out_district_submission WHERE file IS NOT NULL GROUP BY office").fetchall()
            assert {name for name, *_ in rows} == set(names) and all(0 < count <= files[name] for name, count, _ in rows)
            assert len({(count, distinct) for _, count, distinct in rows}) == 1

            # the district's view over all offices: the same hand-ins, the same figures
            figures = database.execute("SELECT indicator, period, count(*), count(DISTINCT value) FROM out_district_indicator GROUP BY 1, 2").fetchall()
            assert len(figures) > 500 and all(count == 3 and distinct <= 1 for *_, count, distinct in figures)
            overlapping = database.execute(
                "SELECT count(*) FROM out_district_run a JOIN out_district_run b ON a.office = b.office AND a.run_id < b.run_id "
                "WHERE a.finished_at > b.started_at"
            ).fetchone()
            assert overlapping == (0,), "two nights at once on one office"
    finally:
        for worker in workers:
            if worker.poll() is None:
                for process in family(worker):
                    process.kill()
            worker.wait(30)


def test_what_was_under_way_when_the_power_went_is_marked_and_the_next_night_goes_on(district, database, home, tmp_path):
    """The server and every worker are gone at once; one run was taken by a worker in the very last moment, which the server forgets."""
    office, port = district[0], free_port()
    name, under_way = office.settings.general.id, []
    with prefect_server(home, port, **over(database)) as environment:
        url = environment["PREFECT_API_URL"]
        subprocess.run([sys.executable, "-m", "flows.cli", "serve", "--register", "--office", str(office.folder)], env=environment, check=True,
                       capture_output=True, timeout=300)  # fmt: skip
        (nightly,) = [d for d in api.deployments_of(url, name) if d["name"] == f"{name}-nightly"]
        for states, before in ((("PENDING", "RUNNING"), 4), (("PENDING", "RUNNING"), 0), (("PENDING",), 0)):
            run = api.ask(url, "POST", f"/deployments/{nightly['id']}/create_flow_run", {"state": {"type": "SCHEDULED"}})["id"]
            for state in states:
                api.ask(url, "POST", f"/flow_runs/{run}/set_state", {"state": {"type": state}, "force": True})
            under_way.append(run)
            time.sleep(before)
        for process in psutil.Process().children(recursive=True):
            if str(port) in process.cmdline():
                process.kill()
    with prefect_server(home, port, **over(database)) as environment:
        began = time.monotonic()
        call = f"{sys.executable} -m flows.serve.roll_call"
        command = f"{call}; (sleep 50; {call}) & exec {sys.executable} -m prefect worker start --pool huizong --limit 1"  # as unit and compose.yaml have it, and another worker a little later
        with (home / "worker.log").open("wb") as out:
            worker = subprocess.Popen(["sh", "-c", command], env={**ENVIRONMENT, **environment}, cwd=tmp_path, stdout=out, stderr=subprocess.STDOUT)
        try:
            for run in under_way:
                until(lambda run=run: api.ask(url, "GET", f"/flow_runs/{run}")["state_name"] == "Crashed", 125 - (time.monotonic() - began), "marked in two minutes")
            body = {"parameters": {**nightly["parameters"], **HALF_YEAR}, "state": {"type": "SCHEDULED"}}
            night = api.ask(url, "POST", f"/deployments/{nightly['id']}/create_flow_run", body)["id"]
            until(lambda: api.ask(url, "GET", f"/flow_runs/{night}")["state_name"] == "Completed", 300, "the next night", 2)
        finally:
            for process in family(worker):
                process.kill()
            worker.wait(30)


def _count(database: psycopg.Connection, table: str) -> int:
    try:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except psycopg.errors.UndefinedTable:
        return 0


def _statistics(database: psycopg.Connection, table: str) -> tuple[int, int]:
    """(rows inserted, rows deleted) since the table was made."""
    found = database.execute("SELECT n_tup_ins, n_tup_del FROM pg_stat_user_tables WHERE relname = %s", [table]).fetchone()
    return (int(found[0]), int(found[1])) if found else (0, 0)
