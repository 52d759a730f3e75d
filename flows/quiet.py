"""Prefect on one machine: silent to the outside, patient at its start. Set before Prefect is imported."""

from __future__ import annotations

import os

_SETTINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
}


def hush() -> None:
    """Defaults only: what the operator set stays. Prefect's own tracebacks are not for the terminal; the verb says the one line."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
