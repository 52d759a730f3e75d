"""One trial: a copy of the office, a night that dies at a point, the night again, and what is left beside what should be."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import flows.office
from catalog.catalogue import Catalogue, load_catalogue
from flows.office import Office
from tests.killing import town
from tests.killing.night import left, night, read_here
from tests.killing.points import POINTS, install


@dataclass(frozen=True, slots=True)
class Stage:
    """An office before one of its nights, and all that the undisturbed night leaves."""

    name: str
    folder: Path
    at: datetime
    expected: dict[str, str]
    points: int
    kinds: Counter[str]
    seconds: float


@dataclass
class Found:
    """What the trials showed."""

    trials: int = 0
    killed: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Found) -> None:
        self.trials, self.killed = self.trials + other.trials, self.killed + other.killed
        self.wrong += other.wrong


def in_a_child(work: Callable[[], Any], after: float | None = None) -> tuple[Any, int]:
    """What ``work`` returned in a fork, and the signal that ended it; ``after`` so many seconds it is killed."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        code = 0
        try:
            answer = work()
        except BaseException:
            answer, code = {"error": traceback.format_exc()}, 1
        with os.fdopen(into, "w") as stream, contextlib.suppress(BrokenPipeError):
            json.dump(answer, stream)
        os._exit(code)
    os.close(into)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(out) as stream:
        told = stream.read()
    _, status = os.waitpid(child, 0)
    return (json.loads(told) if told else None), os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


@contextlib.contextmanager
def warm() -> Iterator[None]:
    """Everything is imported and counted on, declarations are read once, files are read in this process."""
    install()
    own = flows.office.load_catalogue
    catalogues: dict[tuple[bytes, ...], Catalogue] = {}

    def cached(folder: Path) -> Catalogue:
        texts = tuple((folder / name).read_bytes() for name in ("town.yml", "villages.csv"))
        if texts not in catalogues:
            catalogues[texts] = load_catalogue(folder)
        return catalogues[texts]

    flows.office.load_catalogue = cached
    try:
        with read_here():
            yield
    finally:
        flows.office.load_catalogue = own


def stages(folder: Path) -> list[Stage]:
    """A first night that has to make its warehouse, and a later one with everything that can lie between two."""
    office = town.town(folder / "made")
    town.write(office, town.first_files(office))
    for file in office.folder.glob("warehouse.db*"):
        file.unlink()
    first = _stage("first night", office.folder, town.JUNE, folder)
    _night(office.folder, town.JUNE)
    town.between(Office(office.folder))
    return [first, _stage("later night", office.folder, town.JULY, folder)]


def _stage(name: str, made: Path, at: datetime, folder: Path) -> Stage:
    base = folder / name
    shutil.copytree(made, base / "office", copy_function=shutil.copy2)
    with _copy(base, folder / f"{name} undisturbed") as place:
        for _ in range(2):  # once to warm up what a fork inherits
            shutil.rmtree(place)
            shutil.copytree(base, place, copy_function=shutil.copy2)
            began = time.monotonic()
            _night(place / "office", at, POINTS.arm)
            seconds = time.monotonic() - began
        POINTS.counting = False
        expected = left(Office(place / "office"))
        return Stage(name, base, at, expected, POINTS.seen, Counter(POINTS.kinds), seconds)


def _night(folder: Path, at: datetime, arm: Callable[[Path], None] | None = None) -> None:
    os.environ["XDG_CONFIG_HOME"] = str(folder.parent / "config")
    if arm:
        arm(folder.parent)
    night(Office(folder), at)


@contextlib.contextmanager
def _copy(base: Path, to: Path) -> Iterator[Path]:
    shutil.copytree(base, to, copy_function=shutil.copy2)
    try:
        yield to
    finally:
        shutil.rmtree(to)


def _again(folder: Path, at: datetime) -> dict[str, str]:
    _night(folder, at)
    return left(Office(folder))


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    return sorted(f"{name}: {found.get(name, 'gone')} and not {expected.get(name, 'there')}"
                  for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """Where the night ends: at a point, or after a time; ``full``: by a full disk."""

    stage: int
    point: int = -1
    after: float | None = None
    full: bool = False

    @property
    def name(self) -> str:
        return f"{'disk full' if self.full else 'killed'} {f'at point {self.point}' if self.after is None else f'after {self.after:.4f} s'}"


def run(trial: Trial, stage: Stage, folder: Path) -> Found:
    """Kill, start again, compare."""
    found = Found(1)
    with _copy(stage.folder, folder) as place:
        office = place / "office"

        def disturbed() -> str:
            _night(office, stage.at, lambda root: POINTS.arm(root, trial.point, full=trial.full))
            return "ended"

        answer, ended = in_a_child(disturbed, trial.after)
        found.killed = int(ended == signal.SIGKILL or (trial.full and answer != "ended"))
        name = f"{stage.name}, {trial.name}"
        if trial.after is None and not found.killed:
            found.wrong.append(f"{name}: it ended by itself: {answer}")
        result, ended = in_a_child(lambda: _again(office, stage.at))
        if not isinstance(result, dict) or "error" in result or ended:
            found.wrong.append(f"{name}: the night after it did not end well: {result} {ended}")
        else:
            found.wrong += [f"{name}: {what}" for what in differences(stage.expected, result)]
    return found


def run_all(trials: Sequence[Trial], made: Sequence[Stage], folder: Path, workers: int) -> Iterator[Found]:
    """The trials over some processes, each result as it comes."""
    out, into = os.pipe()
    children = []
    for worker in range(workers):
        child = os.fork()
        if child == 0:
            os.close(out)
            with os.fdopen(into, "w", buffering=1) as stream:
                for number, trial in enumerate(trials[worker::workers]):
                    found = run(trial, made[trial.stage], folder / f"{worker}-{number}")
                    stream.write(json.dumps([found.trials, found.killed, found.wrong]) + "\n")
                    stream.flush()
            os._exit(0)
        children.append(child)
    os.close(into)
    with os.fdopen(out) as stream:
        for line in stream:
            yield Found(*json.loads(line))
    for child in children:
        os.waitpid(child, 0)


def every_point(made: Sequence[Stage], step: int = 1, *, full: bool = False) -> list[Trial]:
    return [Trial(n, point, full=full) for n, stage in enumerate(made) for point in range(0, stage.points, step)]


def any_instant(made: Sequence[Stage], count: int, seed: int) -> list[Trial]:
    chance = random.Random(seed)
    return [Trial(n, after=chance.random() * made[n].seconds) for n in (k % len(made) for k in range(count))]
