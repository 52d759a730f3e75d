"""The few questions asked of a Prefect server without importing Prefect, which takes seconds."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil

from flows.command.terminal import Unusable

HOME = ".prefect"
"""Where Prefect's own database and logs lie, in the office folder."""
_ADDRESS = "serve.json"
_OPEN_STATES = ["RUNNING", "PENDING", "CANCELLING"]
HEARTBEAT, ROLL_CALL = "prefect.flow-run.heartbeat", "huizong.roll-call"
"""The events by which a run says that it lives, and by which it is asked whether it does."""


class NoServer(Unusable):
    """No Prefect server answers; one line that says how to start one."""


def server_of(folder: Path) -> str | None:
    """API address of the server that works for this office now, or None. PREFECT_API_URL goes before what `serve` wrote down."""
    url = os.environ.get("PREFECT_API_URL", "")
    if not url:
        try:
            url = json.loads((folder / HOME / _ADDRESS).read_text("utf-8"))["url"]
        except (OSError, ValueError, KeyError):
            return None
    return url if healthy(url) else None


def write_address(folder: Path, url: str) -> None:
    me = psutil.Process()
    (folder / HOME / _ADDRESS).write_text(json.dumps({"url": url, "pid": me.pid, "since": me.create_time()}), "utf-8")


def serving(folder: Path) -> bool:
    """A `huizong serve` of this office is alive on this machine."""
    try:
        told = json.loads((folder / HOME / _ADDRESS).read_text("utf-8"))
        return bool(psutil.Process(told["pid"]).create_time() == told["since"])
    except (OSError, ValueError, KeyError, psutil.Error):
        return False


def forget_address(folder: Path) -> None:
    (folder / HOME / _ADDRESS).unlink(missing_ok=True)


def healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=3, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def ask(url: str, method: str, path: str, body: Any = None, patience: float = 60) -> Any:
    """One request; a server that is busy or just starting is asked again until ``patience`` seconds are over. Raises :class:`NoServer`."""
    until = time.monotonic() + patience
    while True:
        try:
            answer = httpx.request(method, f"{url}{path}", json=body, timeout=30, trust_env=False)
            if answer.status_code not in (429, 502, 503):
                if answer.is_error:
                    raise NoServer(f"the Prefect server at {url} refuses {path} ({answer.status_code}); look into its log, and whether PREFECT_API_URL is right")
                return answer.json() if answer.content else None
        except httpx.TransportError:
            pass
        if time.monotonic() > until:
            raise NoServer(f"the Prefect server at {url} does not answer; start it with `huizong serve`")
        time.sleep(0.5)


def runs_of(url: str, pool: str, states: Iterable[str], patience: float = 60) -> list[dict[str, Any]]:
    """Flow runs of a work pool in these types of state."""
    body = {"work_pools": {"name": {"any_": [pool]}}, "flow_runs": {"state": {"type": {"any_": list(states)}}}, "limit": 200}
    return list(ask(url, "POST", "/flow_runs/filter", body, patience))


def crash_leftovers(url: str, pool: str) -> list[str]:
    """Marks every run of the pool that is under way as crashed; their names. Only where no worker of the pool is alive."""
    left = runs_of(url, pool, _OPEN_STATES)
    for run in left:
        state = {"type": "CRASHED", "name": "Crashed", "message": "The machine or the worker stopped while this run was under way."}
        ask(url, "POST", f"/flow_runs/{run['id']}/set_state", {"state": state, "force": True})
    return [str(run["name"]) for run in left]


def call_the_roll(url: str, pool: str, patience: float = 120) -> list[str]:
    """Every run of the pool that is under way has to give a sign of life from now on, or the server marks it crashed; their names.

    A server that loses its power forgets what happened in its last second: a run that was taken by a worker just then would be
    waited for without end, and no other run of its office would ever begin. A call is no sign of life, however often it comes.
    """
    left = runs_of(url, pool, _OPEN_STATES, patience)
    now = datetime.now(UTC).isoformat()
    signs = [{"id": str(uuid4()), "occurred": now, "event": ROLL_CALL, "resource": {"prefect.resource.id": f"prefect.flow-run.{run['id']}"}} for run in left]
    if signs:
        ask(url, "POST", "/events", signs)
    return [str(run["name"]) for run in left]


def deployments_of(url: str, tag: str) -> list[dict[str, Any]]:
    """Deployments of one office."""
    return list(ask(url, "POST", "/deployments/filter", {"deployments": {"tags": {"all_": [tag]}}, "limit": 200}))


def set_paused(url: str, tag: str, paused: bool) -> list[str]:
    """Names of the office's deployments that are now paused, or go on; a run that is under way is not stopped."""
    names = []
    for deployment in deployments_of(url, tag):
        ask(url, "PATCH", f"/deployments/{deployment['id']}", {"paused": paused})
        names.append(str(deployment["name"]))
    return sorted(names)


def next_run(url: str, tag: str) -> datetime | None:
    """When the office's next run is due."""
    states = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}, "tags": {"all_": [tag]}}, "sort": "NEXT_SCHEDULED_START_TIME_ASC", "limit": 1}
    found = ask(url, "POST", "/flow_runs/filter", states)
    return datetime.fromisoformat(found[0]["next_scheduled_start_time"]) if found else None
