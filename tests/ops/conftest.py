"""Proofs that take minutes: killed flows, workers and servers, districts, machines without a network. `make proof-ops`."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

if not os.environ.get("HUIZONG_PROOF_OPS"):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def demo_office(tmp_path_factory) -> Path:
    """Eighteen months of the demo township, handed in and not yet read."""
    from flows.demo import make_demo_office
    from flows.new_office import create_office

    folder = tmp_path_factory.mktemp("demo") / "office"
    create_office(folder)
    make_demo_office(folder)
    return folder


@pytest.fixture
def office(demo_office, tmp_path) -> Path:
    return Path(shutil.copytree(demo_office, tmp_path / "office"))


@pytest.fixture
def robot() -> Iterator[tuple[str, list[str]]]:
    """(address of a channel on loopback, what it was told)"""
    told: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(json.dumps(json.loads(self.rfile.read(int(self.headers["Content-Length"]))), ensure_ascii=False))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}", told
    server.shutdown()
