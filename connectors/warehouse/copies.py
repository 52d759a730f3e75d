"""One office's part of a warehouse, row for row: out into an SQLite file, and into another warehouse, of either engine."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, text

from connectors.warehouse import log
from connectors.warehouse import tables as t
from connectors.warehouse.engine import (
    WarehouseNotReady,
    broken,
    bulk_insert,
    make_engine,
    one_line,
    require_schema,
    schema_version,
    upgrade,
)

_AT_ONCE = 20_000
_TABLES = tuple(table for table in t.metadata.sorted_tables if table is not t.office)


def copy_out(url: str, office: str, target: Path) -> None:
    """Write one office's rows as they stand at one moment into a new SQLite file; a night may go on meanwhile.

    Raises WarehouseBroken for a warehouse that is damaged: what nobody can read again is no copy.
    """
    engine = make_engine(url)
    try:
        require_schema(engine)
        if engine.dialect.name == "sqlite":
            with one_line(f"sqlite:///{target}"), closing(sqlite3.connect(engine.url.database or "")) as source, closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
                found = str(copy.execute("PRAGMA quick_check(1)").fetchone()[0])
            if found != "ok":  # page for page, damage and all
                raise broken(engine, sqlite3.DatabaseError(f"malformed: {found.splitlines()[-1]}"))
            return
        upgrade(f"sqlite:///{target}")
        empty = make_engine(f"sqlite:///{target}")
        try:
            with _moment(engine) as source, empty.begin() as copy:
                number = source.execute(select(t.office.c.office).where(t.office.c.name == office)).scalar()
                if number is not None:
                    copy.execute(insert(t.office).values(office=number, name=office))
                    _copy_rows(source, copy, int(number), int(number))
        finally:
            empty.dispose()
        with one_line(f"sqlite:///{target}"), closing(sqlite3.connect(target)) as done:
            done.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            done.execute("PRAGMA journal_mode=DELETE")
    finally:
        engine.dispose()


def copy_in(source: str, url: str, office: str, *, instead: bool = False) -> int:
    """Bring one office's rows from the warehouse at ``source`` into that at ``url``, in one transaction; how many. The source stays as it is.

    ``instead``: what that office has there goes, in the same transaction; else that raises :class:`WarehouseNotReady`, as a
    warehouse of another version does.
    """
    upgrade(url)
    old, new = make_engine(source), make_engine(url)
    try:
        require_schema(old)
        with _moment(old) as copy, new.begin() as target:
            number = copy.execute(select(t.office.c.office).where(t.office.c.name == office)).scalar()
            if instead:
                _forget(target, office)
            mine = _number(target, office)
            return _copy_rows(copy, target, int(number), mine) if number is not None else 0
    finally:
        old.dispose()
        new.dispose()


def came_in(source: str, url: str, office: str) -> bool:
    """Whether :func:`copy_in` has done its work already: the warehouse at ``url`` ends its log of the office where that at ``source`` does."""
    ends = []
    for place in (source, url):
        engine = make_engine(place)
        try:
            if schema_version(engine) is None:
                return False
            with _moment(engine) as connection:
                number = connection.execute(select(t.office.c.office).where(t.office.c.name == office)).scalar()
                ends.append((0, "") if number is None else log.last_link(connection, int(number)))
        finally:
            engine.dispose()
    return ends[0] == ends[1] != (0, "")


def _moment(engine: Engine) -> Connection:
    """A connection that sees one moment, and writes nothing."""
    if engine.dialect.name == "sqlite":
        return engine.connect().execution_options(readonly=True)
    return engine.connect().execution_options(isolation_level="REPEATABLE READ")


def _number(target: Connection, office: str) -> int:
    """The office's number in a warehouse where it has nothing yet; somebody may have looked there before (`huizong doctor`)."""
    if target.dialect.name == "postgresql":  # two offices that come at once get two numbers; nights write on
        target.execute(text("LOCK TABLE office IN SHARE ROW EXCLUSIVE MODE"))
    found = target.execute(select(t.office.c.office).where(t.office.c.name == office)).scalar()
    if found is None:
        found = int(target.execute(select(func.max(t.office.c.office))).scalar() or 0) + 1
        target.execute(insert(t.office).values(office=found, name=office))
        return found
    for table in _TABLES:
        if target.execute(select(table.c.office).where(table.c.office == found).limit(1)).first() is not None:
            raise WarehouseNotReady(f"the warehouse has the office {office} already; nothing was overwritten. Name an empty warehouse, or restore with --instead")
    return int(found)


def _forget(target: Connection, office: str) -> None:
    number = target.execute(select(t.office.c.office).where(t.office.c.name == office)).scalar()
    for table in reversed(_TABLES):
        target.execute(delete(table).where(table.c.office == number))


def bring_up(copy: Path) -> None:
    """A copy made by an earlier version is brought to this one; raises WarehouseNotReady for one made by a later."""
    url = f"sqlite:///{copy}"
    engine = make_engine(url)
    try:
        if schema_version(engine) != t.SCHEMA_VERSION:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
            engine.dispose()
            upgrade(url)
        require_schema(engine)
    finally:
        engine.dispose()


def _copy_rows(source: Connection, target: Connection, number: int, as_number: int) -> int:
    """How many rows."""
    copied = 0
    for table in _TABLES:
        columns = [column.name for column in table.columns if column.name != "office"]
        query = select(*(table.c[name] for name in columns)).where(table.c.office == number)
        found: Any = source.execution_options(yield_per=_AT_ONCE).execute(query)
        for rows in found.partitions(_AT_ONCE):
            bulk_insert(target, table, ["office", *columns], [(as_number, *row) for row in rows])
            copied += len(rows)
    return copied
