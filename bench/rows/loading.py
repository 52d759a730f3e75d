"""Loading facts, some files in one transaction, against the bare driver writing the same rows in a single one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench.measure import Row, in_turns, with_server
from catalog.observations import Submission
from connectors.warehouse import open_warehouse, upgrade
from flows.intake.collect import FILES_AT_ONCE

AT = datetime(2020, 7, 20, tzinfo=UTC)
_PRAGMAS = ("busy_timeout=60000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def load_all(url: str, submissions: Sequence[Submission]) -> None:
    with open_warehouse(url, "bench") as warehouse:
        for start in range(0, len(submissions), FILES_AT_ONCE):
            warehouse.load_all(submissions[start : start + FILES_AT_ONCE], AT)


def recorded(url: str, name: str = "bench") -> tuple[dict[str, str], dict[str, list[list[tuple[object, ...]]]]]:
    """(table → its insert, table → rows of each submission), read back from a loaded warehouse."""
    with open_warehouse(url, name) as warehouse, warehouse.reading() as connection:
        tables = ("submission", "load", "reading", "entry", "issue")
        inserts, rows = {}, {}
        for table in tables:
            result = connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY submission")
            names = list(result.keys())
            at = names.index("submission")
            inserts[table] = f'INSERT INTO {table} ({", ".join(chr(34) + n + chr(34) for n in names)}) VALUES ({", ".join("?" * len(names))})'
            grouped: dict[object, list[tuple[object, ...]]] = {}
            for row in result:
                grouped.setdefault(row[at], []).append(tuple(row))
            rows[table] = list(grouped.values())
    return inserts, rows


def bare_insert(file: Path, inserts: dict[str, str], rows: dict[str, list[list[tuple[object, ...]]]], schema: Sequence[str]) -> None:
    file.unlink(missing_ok=True)
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    for statement in schema:
        connection.execute(statement)
    connection.execute("BEGIN IMMEDIATE")
    by_submission: dict[object, list[tuple[str, list[tuple[object, ...]]]]] = {}
    for table, groups in rows.items():
        for group in groups:
            by_submission.setdefault(group[0][1], []).append((table, group))
    for parts in by_submission.values():
        for table, group in parts:
            connection.executemany(inserts[table], group)
    connection.execute("COMMIT")
    connection.close()


def bare_copy(url: str, inserts: dict[str, str], rows: dict[str, list[list[tuple[object, ...]]]]) -> None:
    """One COPY a table and one commit, into tables that are there."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
        for table, groups in rows.items():
            names = inserts[table].partition("(")[2].partition(")")[0]
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for group in groups:
                    for row in group:
                        copy.write_row(row)


def schema_of(file: Path) -> list[str]:
    with sqlite3.connect(file) as connection:
        found = connection.execute("SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC")
        return [sql for (sql,) in found if "sqlite_" not in sql]


def measure(folder: Path, submissions: Sequence[Submission], turns: int) -> list[Row]:
    """SQLite: the same rows, tables, indexes and pragmas on both sides; the bound commits once."""
    first = folder / "first.db"
    empty = folder / "empty.db"
    upgrade(f"sqlite:///{empty}")
    shutil.copyfile(empty, first)
    load_all(f"sqlite:///{first}", submissions)
    inserts, rows = recorded(f"sqlite:///{first}")
    schema = schema_of(first)
    target = folder / "load.db"

    def product() -> None:
        for file in folder.glob("load.db*"):
            file.unlink()
        shutil.copyfile(empty, target)
        load_all(f"sqlite:///{target}", submissions)

    count = sum(len(group) for groups in rows.values() for group in groups)
    return [in_turns(
        f"loading {count} rows of {len(submissions)} files (SQLite)", "bare executemany", 1.3,
        product, lambda: bare_insert(folder / "bare.db", inserts, rows, schema), turns,
    )]  # fmt: skip


def measure_postgresql(server: str, pid: int, submissions: Sequence[Submission], turns: int) -> Row:
    """PostgreSQL: the same rows into the same tables and indexes; the bound is :func:`bare_copy`."""
    fresh = Databases(server)
    loaded = fresh.one()
    load_all(loaded, submissions)
    inserts, rows = recorded(loaded)

    waiting = {which: [fresh.one() for _ in range(turns + 1)] for which in ("product", "bound")}
    count = sum(len(group) for groups in rows.values() for group in groups)
    return in_turns(
        f"loading {count} rows of {len(submissions)} files (PostgreSQL)", "bare COPY", 1.3,
        lambda: load_all(waiting["product"].pop(), submissions), lambda: bare_copy(waiting["bound"].pop(), inserts, rows), turns,
        with_server(pid),
    )  # fmt: skip


class Databases:
    """Fresh databases with the schema in them, made before anything is measured."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.made = 0

    def one(self) -> str:
        self.made += 1
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE bench{self.made}")
        url = self.server.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/bench{self.made}?")
        upgrade(url)
        with open_warehouse(url, "bench"):
            return url
