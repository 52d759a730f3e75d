"""Prefect on this machine: silent to the outside, patient at its start, one database. Set before Prefect is imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from flows.serve.api import HOME, server_of

SETTINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "15552000",  # 180 days of runs and their logs (privacy.md §4)
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_CLI_PROMPT": "false",
}
"""For the server, the worker and whoever runs a flow beside them; deployments/ says the same to systemd and to containers."""
_ALONE = {"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180", "PREFECT_LOGGING_LEVEL": "CRITICAL"}


def near_by(environment: Mapping[str, str]) -> dict[str, str]:
    """This machine is not asked through a proxy, whatever the environment says for the rest of the world."""
    here = "127.0.0.1,localhost"
    return {name: f"{environment[name]},{here}" if environment.get(name) else here for name in ("NO_PROXY", "no_proxy")}


def hush(folder: Path) -> None:
    """Defaults only: what the operator set stays. The night goes to the office's server when one is up, else to its database.

    Prefect's own tracebacks are not for the terminal; the verb says the one line.
    """
    for name, value in {**SETTINGS, **_ALONE, "PREFECT_HOME": str(folder / HOME)}.items():
        os.environ.setdefault(name, value)
    os.environ.update(near_by(os.environ))
    if url := server_of(folder):
        os.environ.setdefault("PREFECT_API_URL", url)
        os.environ["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] = "false"
