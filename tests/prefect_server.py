"""A real Prefect server on loopback, as a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def prefect_server(home: Path, port: int = 0, **more: str) -> Iterator[dict[str, str]]:
    """The environment of whoever asks it; the server itself has ``more``. What it says is in ``home/server.log``."""
    from flows.command.quiet import SETTINGS
    from flows.serve import api

    if not port:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    environment = {
        **os.environ, **SETTINGS, "PREFECT_HOME": str(home), "PREFECT_API_URL": url, "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "HUIZONG_PRIVACY__KEY": "a key for tests only", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
                                  env={**environment, **more}, cwd=home, stdout=log, stderr=subprocess.STDOUT)  # fmt: skip
    try:
        until = time.monotonic() + 180
        while not api.healthy(url):
            assert server.poll() is None and time.monotonic() < until, (home / "server.log").read_text()[-3000:]
            time.sleep(0.5)
        yield environment
    finally:
        server.terminate()
        server.wait(timeout=30)
