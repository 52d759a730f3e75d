"""How long `check`, `status` and `trace` take to answer in an office of its usual size, each in a process of its own; wall seconds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.measure import WALL, Limit
from bench.nights import night, office_with
from flows.demo.inbox import HandIn

AT_MOST = 0.5
LIBRARIES = "from flows.command.later import later; later(); import rich.console, msgspec, sqlalchemy"
"""What the verbs stand on, as they import it."""


def measure(folder: Path, town: Path, files: Sequence[HandIn], turns: int) -> list[Limit]:
    office = office_with(folder / "starting", town, files)
    night(office)
    smallest = min(files, key=lambda file: len(file.content)).path
    verbs = {
        "check": ["check", str(office.inbox / smallest)], "status": ["status", "--period", "2020-H1"], "trace": ["trace", "dibao_hh", "2020-06"],
    }  # fmt: skip
    start = "from flows.command.start import main; main()"
    taken = [Limit(f"`huizong {verb}` from start to end, {len(files)} files known", AT_MOST,
                   _seconds([start, *words, "--office", str(office.folder)], turns), WALL) for verb, words in verbs.items()]  # fmt: skip
    return [*taken, Limit(f"of that, the libraries alone: `{LIBRARIES}`", None, _seconds([LIBRARIES], turns), WALL)]


def _seconds(program: Sequence[str], turns: int) -> tuple[float, ...]:
    command = [sys.executable, "-c", *program]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    taken = []
    for turn in range(0 if turns > 1 else 1, turns + 1):
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if turn:  # the one before warms the disk's cache and compiles
            taken.append(time.perf_counter() - began)
        if done.returncode not in (0, 1) or "Traceback" in done.stderr:
            raise RuntimeError(done.stdout + done.stderr)
    return tuple(taken)
