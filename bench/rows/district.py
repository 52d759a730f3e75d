"""A district on one PostgreSQL: offices with all forms of many months, loaded and published by ever more worker processes.

The hand-ins are a year of the demonstration's town, clean, read once; earlier years are the same a year before. A worker
does for one office after the other what a night does once files are read: load them, settle, compute, publish.
"""

from __future__ import annotations

import hashlib
import pickle
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import psycopg

from bench.child import Spent, in_child
from bench.measure import Limit, server_seconds
from bench.nights import AS_OF, office_with
from bench.servers import postgresql
from catalog.catalogue import Catalogue
from catalog.numbers import plain
from catalog.observations import Submission
from connectors.warehouse import upgrade
from flows.demo.inbox import HandIn
from flows.intake.collect import FILES_AT_ONCE
from flows.intake.read import Received, read_submission
from flows.office import Office
from flows.summary.publish import settle_and_publish
from flows.tokens import Tokens

WORKERS = (1, 2, 4)
FILES, ROWS, BYTES, LOG = "files of an office and month", "rows of a file, all tables", "bytes of a file, indexes included", "write-ahead log of a file"
WORK, SERVER = "CPU of a worker for a file, read already", "CPU of the server for a file"
READING = "CPU for reading a file"
Day = TypeVar("Day", date, datetime)


def earlier(day: Day, years: int) -> Day:
    return day.replace(year=day.year - years, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - years)


def years_before(one: Submission, years: int) -> Submission:
    """The same hand-in so many years earlier, its figures a hundredth more for each: as they were they would be last year's sent again, and held."""

    def period(name: str) -> str:
        return f"{int(name[:4]) - years}{name[4:]}"

    return replace(
        one, path=f"-{years}/{one.path}", sha256=hashlib.sha256(f"{years} {one.sha256}".encode()).hexdigest(), period=period(one.period), content="",
        modified=earlier(one.modified, years), data_hash=f"{years}{one.data_hash}"[:64],
        readings=tuple(r._replace(period=period(r.period), value=_grown(r.value, years)) for r in one.readings),
        entries=tuple(e._replace(day=earlier(e.day, years) if e.day else None, until=earlier(e.until, years) if e.until else None) for e in one.entries),
    )  # fmt: skip


def _grown(value: str | None, years: int) -> str | None:
    return plain(Decimal(value) * (100 + years) / 100) if value and value.lstrip("-").replace(".", "", 1).isdecimal() else value


def work(folders: Sequence[str], submissions: str) -> list[int]:
    """One worker: (files, readings and entries) of its offices."""
    hand_ins: list[Submission] = pickle.loads(Path(submissions).read_bytes())
    rows = 0
    for folder in folders:
        office = Office(Path(folder))
        with office.open_warehouse() as warehouse:
            for start in range(0, len(hand_ins), FILES_AT_ONCE):
                warehouse.load_all(hand_ins[start : start + FILES_AT_ONCE], AS_OF)
            settle_and_publish(office, warehouse, AS_OF)
        rows += sum(len(one.readings) + len(one.entries) for one in hand_ins)
    return [len(hand_ins) * len(folders), rows]


@contextmanager
def waits(url: str) -> Iterator[Counter[str]]:
    """What the server's sessions were at, twenty times a second: running, or the kind of thing they waited for; and how many looks."""
    seen: Counter[str] = Counter()
    done = threading.Event()

    def look() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not done.wait(0.05):
                query = "SELECT coalesce(wait_event_type, 'running') FROM pg_stat_activity WHERE state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()"
                seen.update(["looks", *(kind for (kind,) in connection.execute(query))])

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def measure(folder: Path, town: Path, catalogue: Catalogue, year: Sequence[HandIn], offices: int, months: int) -> list[Limit]:
    began = time.process_time()
    read = [read_submission(Received(f.path, hashlib.sha256(f.content).hexdigest(), len(f.content), f.modified), f.content, catalogue, Tokens(b"bench")) for f in year]
    reading = (time.process_time() - began) / len(read)
    hand_ins = [years_before(one, years) if years else one for years in range(max(1, months // 12)) for one in read]
    kept = folder / "hand_ins.pickle"
    kept.write_bytes(pickle.dumps(hand_ins))
    template = office_with(folder / "district", town, [])
    files, rows = len(hand_ins) * offices, sum(len(one.readings) + len(one.entries) for one in hand_ins) * offices
    told: list[Limit] = []
    seconds: dict[int, float] = {}
    with postgresql(folder / "district-server") as (server, pid):
        for workers in (n for n in WORKERS if n <= max(2, offices)):
            url = _database(server, f"district{workers}")
            places = [_office(template, folder / f"district{workers}" / str(n), url) for n in range(offices)]
            shares = [share for n in range(workers) if (share := places[n::workers])]
            before, log, began = server_seconds(pid), _log(url), time.perf_counter()
            with waits(url) as seen, ThreadPoolExecutor(workers) as pool:
                spent: list[Spent] = list(pool.map(lambda share: in_child("bench.rows.district:work", share, str(kept)), shares))
            seconds[workers] = time.perf_counter() - began
            looks, who = max(1, seen.pop("looks")), f"{workers} worker{'s' if workers > 1 else ''}"
            active = sum(seen.values())
            told += [
                Limit(f"{who}: readings and ledger rows loaded and published in a second", None, (rows / seconds[workers],), "rows"),
                Limit(f"{who}: as fast as one", None, (seconds[WORKERS[0]] / seconds[workers],), "times"),
                Limit(f"{who}: sessions at work in the server, on average", None, (active / looks,), "sessions"),
                *(Limit(f"{who}: of their time, {what}", None, (100 * seen[kind] / (active or 1),), "%")
                  for kind, what in (("Lock", "waiting for a lock"), ("LWLock", "waiting for a lock within the server"), ("IO", "waiting for the disk"))),
            ]  # fmt: skip
            if workers == WORKERS[0]:
                cpu, served, logged = sum(one.cpu for one in spent) / files, (server_seconds(pid) - before) / files, (_log(url) - log) / files
                held, size = _held(url)
    return [
        Limit(FILES, None, (len(year) / len({file.month for file in year}),), "files"), Limit(ROWS, None, (held / files,), "rows"), Limit(BYTES, None, (size / files,), "bytes"),
        Limit(LOG, None, (logged,), "bytes"), Limit(READING, None, (reading,), "s"), Limit(WORK, None, (cpu,), "s"),
        Limit(SERVER, None, (served,), "s"), *told,
    ]  # fmt: skip


def _database(server: str, name: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = server.replace("/postgres?", f"/{name}?")
    upgrade(url)
    return url


def _office(template: Office, folder: Path, url: str) -> str:
    shutil.copytree(template.folder, folder)
    for file in folder.glob("warehouse.db*"):
        file.unlink()
    settings = (folder / "huizong.toml").read_text("utf-8").replace(template.settings.general.id, f"office{folder.name}")
    (folder / "huizong.toml").write_text(settings.replace("[warehouse]\n", f'[warehouse]\nurl = "{url}"\n'), "utf-8")
    return str(folder)


def _log(url: str) -> int:
    with psycopg.connect(url) as connection:
        return int(connection.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn").fetchone()[0])  # type: ignore[index]


def _held(url: str) -> tuple[int, int]:
    """(rows, bytes with indexes) of all tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
        tables = "FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        rows, size = connection.execute(f"SELECT sum(greatest(reltuples, 0)), sum(pg_total_relation_size(oid)) {tables}").fetchone()  # type: ignore[misc]
        return int(rows), int(size)
