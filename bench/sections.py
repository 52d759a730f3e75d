"""What is measured, section by section; the data of a run is made when a section first needs it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench import data
from bench.data import Size
from bench.measure import Measured
from bench.rows import (
    again,
    district,
    everything,
    first_night,
    known,
    loading,
    many,
    orchestrated,
    profile,
    reading,
    starting,
    summary,
    trace,
)
from bench.servers import postgresql
from catalog.catalogue import Catalogue
from flows.demo.inbox import HandIn
from flows.intake.read import Received, read_submission
from flows.tokens import Tokens


@dataclass(frozen=True)
class Made:
    """A folder, how much is wanted, and the two towns: the demonstration's, and the one grown bigger."""

    folder: Path
    size: Size

    @cached_property
    def town(self) -> Catalogue:
        return data.town(self.folder / "town")

    @cached_property
    def big_town(self) -> Catalogue:
        return data.town(self.folder / "big", big=True)

    @cached_property
    def workbooks(self) -> Sequence[HandIn]:
        return data.small_workbooks(self.big_town, self.size.workbooks)


def measure_reading(made: Made) -> Sequence[Measured]:
    ledgers = [data.ledger(made.big_town, made.size.ledger_rows, n).content for n in range(made.size.ledgers)]
    small = [content for content in first_night.readable(made.workbooks) if content.startswith(b"PK")]
    return reading.measure(small, ledgers, made.size.turns)


def measure_loading(made: Made) -> Sequence[Measured]:
    submissions = [
        read_submission(Received(f.path, hashlib.sha256(f.content).hexdigest(), len(f.content), f.modified), f.content, made.big_town, Tokens(b"bench"))
        for f in made.workbooks
    ]  # fmt: skip
    rows = loading.measure(made.folder, submissions, made.size.turns)
    with postgresql(made.folder / "postgresql") as (server, pid):
        return [*rows, loading.measure_postgresql(server, pid, submissions, made.size.turns)]


def measure_first_night(made: Made) -> Sequence[Measured]:
    _ = made.big_town
    with postgresql(made.folder / "first-night-server") as (server, pid):
        return first_night.measure(made.folder, made.folder / "big", made.workbooks, server, pid, made.size.turns)


def measure_again(made: Made) -> Sequence[Measured]:
    with postgresql(made.folder / "again-server") as (server, pid):
        return again.measure(made.folder, made.folder / "big", made.big_town, made.workbooks, server, pid, made.size.turns)


def measure_orchestrated(made: Made) -> Sequence[Measured]:
    _ = made.big_town
    with postgresql(made.folder / "orchestrated-server") as (server, _):
        return orchestrated.measure(made.folder, made.folder / "big", made.workbooks, server, made.size.turns)


def measure_summary(made: Made) -> Sequence[Measured]:
    return summary.measure(made.town, made.size.workbooks, made.size.turns)


def measure_trace(made: Made) -> Sequence[Measured]:
    return trace.measure_on(made.folder, ("SQLite", "PostgreSQL"), made.size.facts, made.size.traces)


def measure_everything(made: Made) -> Sequence[Measured]:
    clean = data.clean_workbooks(made.big_town, made.size.clean)
    return everything.measure(made.folder, made.folder / "big", clean, made.size.turns)


def measure_many(made: Made) -> Sequence[Measured]:
    files = data.small_workbooks(made.town, max(made.size.many))
    return many.measure(made.folder, made.folder / "town", files, made.size.many, made.size.turns)


def measure_long_ledger(made: Made) -> Sequence[Measured]:
    return many.measure_long_ledger(made.folder, made.folder / "town", made.town, made.size.long_ledger, made.size.turns)


def measure_known(made: Made) -> Sequence[Measured]:
    _ = made.town
    return known.measure(made.folder, made.folder / "town", made.size.known, made.size.turns)


def measure_starting(made: Made) -> Sequence[Measured]:
    files = data.small_workbooks(made.town, min(made.size.workbooks, 350))
    return starting.measure(made.folder, made.folder / "town", files, 5 if made.size.turns > 1 else 1)


def measure_district(made: Made) -> Sequence[Measured]:
    offices, months = made.size.district
    year = [f for f in data.clean_workbooks(made.town, 240 if months >= 12 else made.size.clean) if f.month >= data.MONTHS[-12]]
    return district.measure(made.folder, made.folder / "town", made.town, year, offices, months)


def measure_profile(made: Made) -> Sequence[Measured]:
    _ = made.big_town
    return profile.measure(made.folder, made.folder / "big", made.workbooks)


SECTIONS: dict[str, Callable[[Made], Sequence[Measured]]] = {
    "reading": measure_reading, "loading": measure_loading, "first_night": measure_first_night, "again": measure_again,
    "orchestrated": measure_orchestrated, "summary": measure_summary, "trace": measure_trace, "everything": measure_everything,
    "many": measure_many, "long_ledger": measure_long_ledger, "known": measure_known, "starting": measure_starting, "district": measure_district,
    "profile": measure_profile,
}  # fmt: skip
