"""What stops a night before it begins is one line, said at once, without a server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.new_office import create_office
from flows.office import TEMPLATE

ROOT = Path(__file__).resolve().parents[2]


def huizong(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", "flows.cli", *arguments], capture_output=True, text=True, env=environment, check=False)


@pytest.fixture
def office(tmp_path):
    return create_office(tmp_path / "office")


@pytest.mark.parametrize(
    ("spoil", "arguments", "says"),
    [
        (lambda f: (f / "catalog" / "report" / TEMPLATE).unlink(), [], "is missing"),
        (lambda f: (f / "inbox").rmdir(), [], "paths.inbox"),
        (lambda f: (f / "catalog" / "villages.csv").write_text("code,name,kind\nx,y,z\n"), [], "villages.csv line 2"),
        (lambda f: (f / "huizong.toml").write_text("[general]\ntimezone = 'Mars'\n"), [], "Asia/Shanghai"),
        (lambda f: None, ["--form", "F99"], "no form F99"),
        (lambda f: None, ["--department", "民政办"], "社会事务办"),
    ],
)
def test_a_night_that_cannot_begin_says_why_in_one_line(office, spoil, arguments, says):
    spoil(office.folder)
    began = time.monotonic()
    done = huizong("run", "--office", str(office.folder), *arguments)
    assert done.returncode == 1 and says in done.stdout
    assert "Traceback" not in done.stdout + done.stderr and len(done.stdout.strip().splitlines()) <= 2
    assert time.monotonic() - began < 10


def test_a_rehearsal_needs_no_server(office):
    (office.inbox / "扫描.pdf").write_bytes(b"%PDF-1.4")
    done = huizong("run", "--office", str(office.folder), "--dry-run")
    assert done.returncode == 0 and "会退回 1 个" in done.stdout and "请报电子表" in done.stdout
    assert not any(path.is_file() for path in (office.folder / "archive").rglob("*"))


@pytest.mark.parametrize("already", ["", "intern.example"])
def test_this_machine_is_never_asked_through_a_proxy(already):
    from flows.quiet import near_by

    told = near_by({"NO_PROXY": already} if already else {})
    assert told["NO_PROXY"].split(",")[-2:] == ["127.0.0.1", "localhost"] and told["NO_PROXY"].startswith(already or "127")
    assert told["no_proxy"] == "127.0.0.1,localhost"
