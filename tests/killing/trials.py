"""One trial: a copy of the office, a night that ends before its time, the night again, and what is left beside what should be."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg

from flows.office import Office
from tests.killing import town
from tests.killing.forks import in_a_child, said
from tests.killing.night import left, night
from tests.killing.points import ON_DISK, POINTS, disk_full, install, killed


@dataclass(frozen=True, slots=True)
class Place:
    """An office and its warehouse: embedded, or a database of a server."""

    folder: Path
    url: str = ""

    @property
    def office(self) -> Office:
        return Office(self.folder / "office")

    def run(self, at: datetime, arm: Callable[[], None] | None = None) -> None:
        """A night, its key in a folder of its own."""
        with self.surroundings():
            if arm:
                install()
                arm()
            night(self.office, at)

    def left(self, *, times: bool = True) -> dict[str, str]:
        with self.surroundings():
            return left(self.office, times=times)

    @contextlib.contextmanager
    def surroundings(self) -> Iterator[None]:
        before = dict(os.environ)
        os.environ.pop("HUIZONG_PRIVACY__KEY", None)
        os.environ["XDG_CONFIG_HOME"] = str(self.folder / "config")
        if self.url:
            os.environ["HUIZONG_WAREHOUSE__URL"] = self.url
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    @contextlib.contextmanager
    def copied(self, to: Path) -> Iterator[Place]:
        shutil.copytree(self.folder, to, copy_function=shutil.copy2)
        url = _copy_database(self.url, f"k{os.getpid()}_{to.name}".replace(" ", "_").replace("-", "_")) if self.url else ""
        try:
            yield Place(to, url)
        finally:
            shutil.rmtree(to)
            if url:
                _on_server(url, f'DROP DATABASE "{_name(url)}" WITH (FORCE)')

    def cut(self, _path: object = None) -> None:
        """Every connection to the warehouse breaks."""
        _on_server(self.url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{_name(self.url)}'")


def _name(url: str) -> str:
    return url.rpartition("/")[2].partition("?")[0] if "?host=" not in url else url.partition("?")[0].rpartition("/")[2]


def _on_server(url: str, statement: str) -> None:
    with psycopg.connect(url.replace(f"/{_name(url)}?", "/postgres?"), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def _copy_database(url: str, name: str) -> str:
    _on_server(url, f'CREATE DATABASE "{name}" TEMPLATE "{_name(url)}"')
    return url.replace(f"/{_name(url)}?", f"/{name}?")


@dataclass(frozen=True, slots=True)
class Stage:
    """An office before one of its nights, and all that the undisturbed night leaves."""

    name: str
    place: Place
    at: datetime
    expected: dict[str, str]
    kinds: Counter[str]
    seconds: float

    @property
    def points(self) -> int:
        return sum(self.kinds.values())

    @property
    def disk(self) -> int:
        """Points at which a disk can be full."""
        return sum(count for kind, count in self.kinds.items() if kind in ON_DISK)


def stages(folder: Path, url: str = "") -> list[Stage]:
    """A first night that has to make its warehouse, and a later one with everything that can lie between two.

    ``url``: an empty database of a server; it holds the later stage, ``<its name>_first`` the first.
    """
    place = Place(folder / "later night", url)
    office = town.town(place.folder / "office")
    town.write(office, town.first_files(office))
    for file in office.folder.glob("warehouse.db*"):
        file.unlink()
    empty = _copy_database(url, f"{_name(url)}_first") if url else ""
    shutil.copytree(place.folder, folder / "first night", copy_function=shutil.copy2)
    first = _stage("first night", Place(folder / "first night", empty), town.JUNE, folder)
    place.run(town.JUNE)
    with place.surroundings():
        town.between(place.office)
    return [first, _stage("later night", place, town.JULY, folder)]


def _stage(name: str, place: Place, at: datetime, folder: Path) -> Stage:
    with place.copied(folder / f"{name} to warm up") as copy:
        copy.run(at)  # what is imported and counted on is inherited by every fork
    with place.copied(folder / f"{name} undisturbed") as copy:

        def undisturbed() -> tuple[float, dict[str, int], dict[str, str]]:
            began = time.monotonic()
            copy.run(at, lambda: POINTS.arm(copy.folder))
            POINTS.counting = False
            return time.monotonic() - began, dict(POINTS.kinds), copy.left()

        answer, _ = in_a_child(undisturbed)
    if isinstance(answer, dict):
        raise RuntimeError(answer["error"])
    seconds, kinds, expected = answer
    return Stage(name, place, at, expected, Counter(kinds), seconds)


@dataclass(frozen=True, slots=True)
class Trial:
    """Which stage's night ends before its time, and how."""

    stage: int
    point: int = -1
    after: float | None = None
    how: str = "killed"
    """``killed``, ``disk full`` or ``cut off`` from the server."""

    @property
    def name(self) -> str:
        return f"{self.how} {f'at point {self.point}' if self.after is None else f'after {self.after:.4f} s'}"


@dataclass
class Found:
    """What the trials showed."""

    trials: int = 0
    disturbed: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Found) -> None:
        self.trials, self.disturbed = self.trials + other.trials, self.disturbed + other.disturbed
        self.wrong += other.wrong


def run(trial: Trial, stage: Stage, folder: Path) -> Found:
    """Disturb, start again, compare."""
    found, name = Found(1), f"{stage.name}, {trial.name}"
    with stage.place.copied(folder) as copy:
        act = {"killed": killed, "disk full": disk_full, "cut off": copy.cut}[trial.how]

        def disturbed() -> str:
            copy.run(stage.at, lambda: POINTS.arm(copy.folder, trial.point, act, ON_DISK if trial.how == "disk full" else None))
            return "ended"

        answer, by = in_a_child(disturbed, trial.after)
        found.disturbed = int(by == signal.SIGKILL or bool(said(answer)))
        if not found.disturbed and (answer != "ended" or (trial.after is None and trial.how != "cut off")):
            found.wrong.append(f"{name}: {answer}")

        def again() -> dict[str, str]:
            copy.run(stage.at)
            return copy.left()

        result, by = in_a_child(again)
        if not isinstance(result, dict) or "error" in result or by:
            found.wrong.append(f"{name}: the night after it did not end well: {result} {by}")
        else:
            found.wrong += [f"{name}: {what}" for what in differences(stage.expected, result)]
    return found


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    return sorted(f"{name}: {found.get(name, 'gone')} and not {expected.get(name, 'there')}"
                  for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))  # fmt: skip


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
                    stream.write(json.dumps([found.trials, found.disturbed, found.wrong]) + "\n")
                    stream.flush()
            os._exit(0)
        children.append(child)
    os.close(into)
    with os.fdopen(out) as stream:
        for line in stream:
            yield Found(*json.loads(line))
    for child in children:
        os.waitpid(child, 0)


def every_point(made: Sequence[Stage], step: int = 1, how: str = "killed") -> list[Trial]:
    return [Trial(n, point, how=how) for n, stage in enumerate(made) for point in range(0, stage.disk if how == "disk full" else stage.points, step)]


def any_instant(made: Sequence[Stage], count: int, seed: int) -> list[Trial]:
    chance = random.Random(seed)
    return [Trial(n, after=chance.random() * made[n].seconds) for n in (k % len(made) for k in range(count))]
