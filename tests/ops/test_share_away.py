"""A night in whose middle the server of the shared folder is killed: asked again with growing pauses, then a night that did what it could and says so.
And what Prefect keeps of good and failed nights names no password, no robot and no key.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from connectors.shares.remote import WAITS
from flows.office import Office
from flows.serve import api
from tests.night.offices import rows
from tests.night.test_shares import hand_in_all, office_over
from tests.ops import serving
from tests.ops.serving import HALF_YEAR, Served, until
from tests.samba import PASSWORD, USER, Samba

ROBOT, KEY = "4f7d1c9e-geheim-token-0123456789ab", "ein Schlüssel-9f8e7d"
FILES = 300
"""So many that the server dies while they are copied."""


@contextmanager
def mute(port: int) -> Iterator[list[float]]:
    """Somebody on the dead server's port who hangs up on every caller; when they called."""
    calls: list[float] = []
    listener = socket.create_server(("127.0.0.1", port))

    def hang_up() -> None:
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return
            calls.append(time.monotonic())

    thread = threading.Thread(target=hang_up, daemon=True)
    thread.start()
    try:
        yield calls
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


@pytest.mark.samba
def test_a_share_that_goes_away_in_mid_night_and_what_prefect_keeps_of_it(samba: Samba, tmp_path, monkeypatch):
    secrets = {"HUIZONG_PATHS__USERNAME": USER, "HUIZONG_PATHS__PASSWORD": PASSWORD, "HUIZONG_PRIVACY__KEY": KEY,
               "HUIZONG_NOTIFY__URLS": f"json://127.0.0.1:1/{ROBOT}"}  # fmt: skip
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setitem(serving.ENVIRONMENT, name, value)
    office = office_over(tmp_path / "office", samba.address())
    office.upgrade_warehouse()
    names = hand_in_all(office, samba.share)
    for number in range(FILES):
        file = samba.share / f"2020年/00月/{number:03}.pdf"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"%PDF-1.4 " + str(number).encode())
        os.utime(file, (datetime(2020, 6, 28).timestamp(),) * 2)

    def copied() -> int:
        return sum(p.is_file() for p in (office.folder / "archive").rglob("*"))

    with Served(office.folder) as served:
        night = served.run("nightly", **HALF_YEAR)
        until(lambda: copied() > 20, 240, "files are copied", every=0.02)
        samba.kill()
        with mute(samba.port) as calls:
            served.ends(night, "Completed", 240)
        (run,) = office.runs()
        assert run.state == "completed" and 20 <= (run.files_new or 0) < FILES
        assert run.deferred == FILES + len(names) + 1 - (run.files_new or 0) + 1, "every file that was not copied, and that the share has gone"
        pauses = [later - earlier for earlier, later in pairwise(calls) if later - earlier > 1]
        rounds = [pauses[n : n + len(WAITS)] for n in range(len(pauses) - len(WAITS) + 1)]
        assert any(all(wait <= pause < wait + 3 for wait, pause in zip(WAITS, one, strict=True)) for one in rounds), f"growing pauses: {pauses}"
        assert sum(pause > WAITS[-1] for pause in pauses) <= 2, f"asked so once for the files and once for the slips, not for each of them: {pauses}"
        assert (office.outputs / "2020-H1" / "工作总结初稿.docx").is_file(), "the night did what it could"
        assert _huizong(office, "doctor").count(f"{run.deferred} 个文件推迟") == 1
        dead = served.run("nightly", **HALF_YEAR)
        served.ends(dead, "Failed", 240)
        samba.start()
        again = served.run("rerun", run=run.number)
        served.ends(again, "Completed", 240)
        straight = office_over(tmp_path / "path", str(samba.share))
        _huizong(straight, "run", "--as-of", HALF_YEAR["as_of"], "--period", "2020-H1")
        told = api.ask(served.url, "POST", "/logs/filter", {"logs": {"flow_run_id": {"any_": [night, dead]}}, "limit": 200})
        assert told, "Prefect keeps logs"
        time.sleep(5)  # its events are written in batches
    assert {run.state for run in office.runs()} == {"completed", "failed"}
    assert figures(straight) and figures(straight).items() <= figures(office).items(), "the next one had the rest, and the same figures came of it"
    kept = everything_kept(office.folder / ".prefect")
    assert "does not answer" in kept and "prefect.flow-run.Failed" in kept, "the failure and its events are in there"
    assert [name for name, value in secrets.items() if value != USER and value in kept] == [] and ROBOT not in kept


def figures(office: Office) -> dict[tuple[str, str], str]:
    return {(row["indicator"], row["period"]): row["value"] for row in rows(office, "out_indicator_period") if row["value"] is not None}


def everything_kept(home: Path) -> str:
    """Prefect's database, its logs and whatever else lies in its home."""
    parts = []
    for path in home.rglob("*"):
        if path.suffix == ".db":
            with closing(sqlite3.connect(path)) as connection:
                parts.append("\n".join(connection.iterdump()))
        elif path.is_file():
            parts.append(path.read_text("utf-8", "replace"))
    return "\n".join(parts)


def _huizong(office: Office, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "flows.cli", *arguments, "--office", str(office.folder)], env=serving.ENVIRONMENT, cwd=office.folder.parent,
                          capture_output=True, text=True, check=False, timeout=300)  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr, done.stderr[-2000:]
    return done.stdout
