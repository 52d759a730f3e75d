"""The PostgreSQL of the distribution: it brings pg_trgm, which Prefect's own database needs and the bundled one has not."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path | None:
    """Where initdb and pg_ctl are; Debian keeps them out of PATH."""
    found = shutil.which("initdb") or max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]), default=None)
    return Path(found).resolve().parent if found else None


@contextmanager
def postgres() -> Iterator[str]:
    """A server on loopback, ``user@host:port``, no password. It never runs as root: root lends it to ``postgres``, who must be able to reach its folder."""
    at = programs()
    assert at is not None
    owner = "postgres" if os.geteuid() == 0 else None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="huizong-postgres-") as temporary:
        folder = Path(temporary)
        data = folder / "data"
        if owner:
            shutil.chown(folder, owner)

        def call(*words: str | Path) -> None:
            # its output goes to a file: pg_ctl hands a pipe on to the server, which never closes it
            with (folder / "call.log").open("ab") as out:
                subprocess.run([at / words[0], *words[1:]], check=True, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=120, user=owner, cwd="/")

        call("initdb", "--pgdata", data, "--username", "huizong", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300"
        call("pg_ctl", "--pgdata", data, "--wait", "--log", folder / "server.log", "--options", options, "start")
        try:
            yield f"huizong@127.0.0.1:{port}"
        finally:
            call("pg_ctl", "--pgdata", data, "--wait", "--mode", "immediate", "stop")
