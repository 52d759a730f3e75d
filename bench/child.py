"""A step in a fresh process of its own, with what it took: nothing of this process weighs upon it."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Spent:
    """What a step took: CPU of its whole process tree, start of the interpreter and imports included."""

    cpu: float
    wall: float
    peak_mb: float
    """Largest resident set of the process, and of the largest of its children on top: never less than the two held at once. Of a child
    that waits for work it is its own; the kernel's word on one that has ended is at least what we held when it was started."""
    answer: Any


def in_child(step: str, *arguments: str | int | Sequence[str], environment: Mapping[str, str] | None = None) -> Spent:
    """Run ``package.module:function`` with texts and numbers; it answers with what JSON can hold."""
    command = [sys.executable, "-m", "bench.child", step, json.dumps(arguments)]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, env={**os.environ, **(environment or {})})
    wall = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{step} failed:\n{done.stderr[-3000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Spent(told["cpu"], wall, told["peak_mb"], told["answer"])


def _status(process: str) -> dict[str, str]:
    """The kernel's word on a process; empty where it has ended meanwhile."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return dict(line.split(":", 1) for line in lines)


def _peak_kb(status: Mapping[str, str]) -> int:
    """Of a process since it began its program; what it was before (a copy of whoever started it) is not counted."""
    return int(status.get("VmHWM", "0 kB").split()[0])


def _waiting_kb() -> int:
    """The largest of the children that are still there. Every process is asked for its parent: a list of children is one of each thread,
    and a thread may end while they are gone through."""
    there = (_status(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return max((_peak_kb(status) for status in there if int(status.get("PPid", 0)) == os.getpid()), default=0)


def main() -> None:
    step, arguments = sys.argv[1], json.loads(sys.argv[2])
    module, _, name = step.partition(":")
    answer = getattr(import_module(module), name)(*arguments)
    children_kb = max(_waiting_kb(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)  # before they end
    guard = sys.modules.get("connectors.workbooks.guard")
    if guard is not None:
        guard.let_all_go()  # so that what the readers' process took is counted
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    print("\n" + json.dumps({"cpu": cpu, "peak_mb": (_peak_kb(_status("self")) + children_kb) / 1024, "answer": answer}))


if __name__ == "__main__":
    main()
