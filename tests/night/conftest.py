"""One real Prefect server for all tests of the night: it takes twenty seconds to start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.quiet import SETTINGS
from flows.serve import api

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def prefect(tmp_path_factory) -> Iterator[tuple[dict[str, str], Path]]:
    """(environment of a running server, its home); the server is stopped afterwards."""
    home = tmp_path_factory.mktemp("prefect-home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    environment = {
        **os.environ, **SETTINGS, "PREFECT_HOME": str(home), "PREFECT_API_URL": url, "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "HUIZONG_PRIVACY__KEY": "a key for tests only", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    log = (home / "server.log").open("wb")
    server = subprocess.Popen([sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
                              env=environment, cwd=home, stdout=log, stderr=subprocess.STDOUT)  # fmt: skip
    try:
        until = time.monotonic() + 180
        while not api.healthy(url):
            assert server.poll() is None and time.monotonic() < until, (home / "server.log").read_text()[-3000:]
            time.sleep(0.5)
        yield environment, home
    finally:
        server.terminate()
        server.wait(timeout=30)
