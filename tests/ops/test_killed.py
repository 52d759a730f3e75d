"""kill -9 of flow, worker, server and of everything: marked crashed within two minutes, and the next night goes on, without a person."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import psutil
import pytest

from flows.office import Office
from flows.serve import api
from flows.serve.machine import marked
from tests.ops.serving import HALF_YEAR, Served, flow_of, role, until


def loaded(office) -> int:
    with Office(office).open_warehouse() as warehouse:
        return len(warehouse.submissions())


ENDS = ("Completed", "Failed", "Crashed")


def honest(served: Served, run: str, flow: psutil.Process) -> float:
    """Seconds until the server, started again by itself, says what is true: that the run has ended, or that it goes on while its process does."""
    began = time.monotonic()

    def true() -> bool:
        alive = flow.is_running() and flow.status() != psutil.STATUS_ZOMBIE
        state = served.state(run)
        return state in ENDS or (state == "Running" and alive)

    until(true, 120, "the server answers with the truth")
    return time.monotonic() - began


def test_whatever_is_killed_the_next_night_goes_on(office):
    with Served(office) as served:
        # the flow
        first = served.run("nightly", **HALF_YEAR)
        served.under_way(first).kill()
        assert served.ends(first, "Crashed", 120) < 120
        kept = loaded(office)
        assert kept > 20
        # the worker with its flow left behind
        second = served.run("nightly", **HALF_YEAR)
        until(lambda: served.state(second) == "Running" and loaded(office) > kept, 240, "the second night goes on")
        orphan = flow_of(office)
        role(office, "worker").kill()
        assert served.ends(second, "Crashed", 120) < 120
        assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
        # the server
        third = served.run("nightly", **HALF_YEAR)
        until(lambda: served.state(third) == "Running", 240, "the third night has begun")
        survivor = flow_of(office)
        role(office, "server").kill()
        assert honest(served, third, survivor) < 120
        until(lambda: served.state(third) in ENDS, 120, "the third night has ended")
        went_on = served.state(third) == "Completed"  # the server was back before the flow had asked it for anything
        last = served.run("nightly", **HALF_YEAR)
        served.ends(last, "Completed", 300)
    runs = Office(office).runs()
    states = [run.state for run in runs]
    assert states[0] == "crashed" and states[1] in ("crashed", "failed") and states[-1] == "completed"
    assert set(states[2:-1]) <= ({"completed"} if went_on else {"crashed", "failed"})
    assert sum(run.files_new or 0 for run in runs) < loaded(office)  # what a killed night had loaded was not read again


def test_a_power_cut_in_the_middle_of_the_night(office):
    with Served(office) as served:
        cut = served.run("nightly", **HALF_YEAR)
        served.under_way(cut)
        served.process.kill()
        for process in marked(office):
            process.kill()
        time.sleep(1)
        began = time.monotonic()
        served.start()
        served.ends(cut, "Crashed", 120)
        assert time.monotonic() - began < 120
        served.ends(served.run("rerun"), "Completed", 300)
    runs = Office(office).runs()
    assert [(run.state, run.period) for run in runs] == [("crashed", "2020-H1"), ("completed", "2020-H1")]
    assert (office / "outputs" / "2020-H1" / "工作总结初稿.docx").is_file()


def test_a_run_killed_before_its_first_sign_of_life_is_marked_crashed_too(office, prefect):
    environment, _ = prefect
    subprocess.run([sys.executable, "-m", "flows.cli", "serve", "--register", "--office", str(office)], env=environment, check=True, capture_output=True, timeout=300)
    url, name = environment["PREFECT_API_URL"], Office(office).settings.general.id
    (nightly,) = [d for d in api.deployments_of(url, name) if d["name"] == f"{name}-nightly"]
    run = api.ask(url, "POST", f"/deployments/{nightly['id']}/create_flow_run", {"state": {"type": "SCHEDULED"}})["id"]
    for state in ("PENDING", "RUNNING"):
        api.ask(url, "POST", f"/flow_runs/{run}/set_state", {"state": {"type": state}, "force": True})
    until(lambda: api.ask(url, "GET", f"/flow_runs/{run}")["state_name"] == "Crashed", 120, "the silent run is marked")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_no_process_and_no_half_state(office, sign):
    with Served(office) as served:
        night = served.run("nightly", **HALF_YEAR)
        served.under_way(night)
        served.process.send_signal(sign)
        served.process.wait(90)
        assert marked(office) == [] and not (office / ".prefect" / "serve.json").exists()
        assert [run.state for run in Office(office).runs()] in (["failed"], ["running"])
        served.start()
        assert served.state(night) == "Crashed"
