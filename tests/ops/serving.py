"""A served office in a test: started as a person starts it, asked through the API, killed without a word."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil

from flows.serve import api
from flows.serve.machine import marked

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "HUIZONG_PRIVACY__KEY": "a key for tests only"}
HALF_YEAR = {"as_of": "2020-07-20T02:00:00+08:00", "period": "2020-H1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], Any], seconds: float, what: str, every: float = 0.5) -> Any:
    """The first true answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := true():
            return answer
        time.sleep(every)
    raise AssertionError(f"not within {seconds} seconds: {what}")


class Served:
    """`huizong serve` of one office, as a process of its own."""

    def __init__(self, office: Path) -> None:
        self.office, self.port = office, free_port()
        self.url = f"http://127.0.0.1:{self.port}/api"
        self.log = office.parent / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Served:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(90)
        for process in marked(self.office):
            process.kill()

    def start(self) -> None:
        environment = {**ENVIRONMENT, "HUIZONG_SERVE__PORT": str(self.port)}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen([sys.executable, "-m", "flows.cli", "serve", "--office", str(self.office)], env=environment,
                                            cwd=self.office.parent, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip
        until(lambda: self.process.poll() is not None or (api.server_of(self.office) and self.deployments()), 240, "the office is served")
        assert self.process.poll() is None, self.log.read_text()

    def deployments(self) -> dict[str, dict[str, Any]]:
        found = httpx.post(f"{self.url}/deployments/filter", json={}, timeout=60, trust_env=False).json()
        names = {d["name"].split("-", 1)[1]: d for d in found}
        return names if "backfill" in names else {}

    def run(self, job: str, **parameters: Any) -> str:
        """A new run of one deployment, as the button in the page makes it; its id. A server that lets go of half a year answers late."""
        deployment = self.deployments()[job]
        body = {"parameters": {**deployment["parameters"], **parameters}, "state": {"type": "SCHEDULED"}}
        return str(api.ask(self.url, "POST", f"/deployments/{deployment['id']}/create_flow_run", body, patience=240)["id"])

    def state(self, run: str) -> str:
        try:
            return str(api.ask(self.url, "GET", f"/flow_runs/{run}", patience=5)["state_name"])
        except api.NoServer:
            return "?"

    def under_way(self, run: str) -> psutil.Process:
        """The flow's process, when it has begun to load files."""
        from flows.office import Office

        office = Office(self.office)

        def loading() -> bool:
            if self.state(run) != "Running":
                return False
            with office.open_warehouse() as warehouse:
                return len(warehouse.submissions()) > 20

        until(loading, 240, "the night loads files")
        return flow_of(self.office)

    def ends(self, run: str, state: str, seconds: float = 240) -> float:
        """Seconds until the run is in this state."""
        began = time.monotonic()
        until(lambda: self.state(run) == state, seconds, f"{run} is {state}, not {self.state(run)}")
        return time.monotonic() - began


def role(office: Path, name: str) -> psutil.Process:
    """The server or the worker itself."""
    words = {"server": "server", "worker": "flows.serve.worker"}[name]
    return next(p for p in marked(office, name) if any(words in part for part in p.cmdline()))


def flow_of(office: Path) -> psutil.Process:
    return next(p for p in marked(office, "worker") if any("engine" in part for part in p.cmdline()))
