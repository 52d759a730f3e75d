"""Engines and migrations: SQLite in WAL mode, or PostgreSQL through psycopg 3."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, Table, create_engine, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InternalError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)

from catalog.said import Said
from connectors.warehouse.tables import SCHEMA_VERSION, metadata
from sql.objects import create_views, drop_views

BUSY_SECONDS = 60


class WarehouseUnreachable(Said):
    """The database does not answer; one line, without the password."""


class WarehouseBroken(WarehouseUnreachable):
    """The database stopped working under us; nothing half was kept. One line that says what to do."""


class WarehouseNotReady(Said):
    """The schema is older or newer than the code."""


def make_engine(url: str) -> Engine:
    """An engine that is safe beside readers: WAL and full syncs on SQLite, immediate write transactions."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # not repeated: it may hold a password
        raise WarehouseUnreachable("warehouse.url is not the address of a database; write sqlite:///… or postgresql+psycopg://…") from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if not parsed.drivername.startswith(("sqlite", "postgresql")):
        raise WarehouseUnreachable(f"warehouse.url {parsed.drivername} is not supported; write sqlite:///… or postgresql+psycopg://…")
    engine = create_engine(parsed)
    event.listen(engine, "handle_error", _in_one_line)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _in_one_line(context: ExceptionContext) -> WarehouseUnreachable | None:
    """What a person can do something about; a wrong statement is ours and stays what it is."""
    error = context.sqlalchemy_exception
    if context.engine is None or not isinstance(error, _TROUBLE) or isinstance(error, _OURS):
        return None
    if context.connection is None and context.engine.dialect.name != "sqlite":
        return WarehouseUnreachable(_unreachable(context.engine, error))
    return broken(context.engine, context.original_exception)


def broken(engine: Engine, error: BaseException) -> WarehouseBroken:
    """The sentence for an error of the driver."""
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if type(error).__name__ == "DependentObjectsStillExist":
        reason = "; ".join((getattr(getattr(error, "diag", None), "message_detail", None) or reason).splitlines())
    said = f"{type(error).__name__} {reason}".lower()
    what = next((told for words, told in _SENTENCES if any(word in said for word in words)), "does not work; look whether its disk is full or damaged, then run again")
    return WarehouseBroken(f"the warehouse {engine.url.render_as_string(hide_password=True)} {what} ({reason})")


@contextmanager
def one_line(url: str) -> Iterator[None]:
    """What the driver of an SQLite file that is being written says, as one line; where SQLAlchemy is not between."""
    try:
        yield
    except sqlite3.Error as error:
        raise broken(make_engine(url), error) from None


_TROUBLE = (OperationalError, InternalError, DatabaseError)
_OURS = (IntegrityError, ProgrammingError, DataError)
_SENTENCES = (
    (("dependentobjects",), "has views that somebody built on the views of huizong, which must be made anew; keep their SQL, drop them, run again, make them again"),
    (("locked", "busy", "locknotavailable"), f"was held by another program for more than {BUSY_SECONDS} seconds; close that program, then run again"),
    (("is full", "diskfull", "no space"), "has no space left; free some, then run again"),
    (("readonly", "read-only", "read only"), "may not be written; give this account the right to write it and its folder, then run again"),
    (("unable to open",), "cannot be opened; check warehouse.url and the rights on its folder, then run again"),
    (("malformed", "not a database"), "is damaged; restore it from the backup, then run again"),
    (("shutdown", "closed", "connection", "server", "terminat"), "broke the connection; nothing half was kept: run again when it answers"),
)  # fmt: skip


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """A reader that later wants to write must not find the snapshot gone: writers queue at the beginning."""
    readonly = connection.get_execution_options().get("readonly", False)
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


def upgrade(url: str, alone: Callable[[], AbstractContextManager[None]] = nullcontext) -> str:
    """Bring the schema to this version; an SQLite file of an earlier version is copied beside itself first.

    Of two at once one does it: the version is looked at again, and the file copied, when nobody else can write. ``alone`` is
    entered only where there is something to do.
    Returns what was done, in one line. Raises :class:`WarehouseUnreachable`, and :class:`WarehouseNotReady` when it is newer.
    """
    engine = make_engine(url)
    try:
        if is_ready(engine):
            return _READY
        from importlib.resources import files

        from alembic import command  # a quarter of a second, once in a version
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(files("sql") / "migrations"))
        with alone(), engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'"))  # any account may take such a lock, or read on and on
                connection.execute(text("SELECT pg_advisory_xact_lock(7240)"))
            found = _version(connection)
            if found == SCHEMA_VERSION:
                return _READY
            if found is not None:
                _copy_beside(engine, found)
            config.attributes["connection"] = connection
            drop_views(connection)
            command.upgrade(config, "head")
            create_views(connection)
        return f"warehouse brought from version {found or 'none'} to {SCHEMA_VERSION}"
    except OperationalError as error:
        raise WarehouseUnreachable(_unreachable(engine, error)) from None
    finally:
        engine.dispose()


_READY = f"warehouse is at version {SCHEMA_VERSION} already"


def is_ready(engine: Engine) -> bool:
    """Whether the schema is of this version; an empty or earlier one is not. Raises :class:`WarehouseNotReady` when it is newer."""
    found = schema_version(engine)
    if found is not None and found > SCHEMA_VERSION:
        raise WarehouseNotReady(f"the warehouse is at version {found}, newer than this program ({SCHEMA_VERSION}); update huizong")
    return found == SCHEMA_VERSION


def _copy_beside(engine: Engine, version: str) -> None:
    """A whole copy, what is still in the write-ahead log included; a copy cut short leaves none."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        file = Path(engine.url.database)
        part = file.with_name(f"{file.name}.before-{version}.part")
        part.unlink(missing_ok=True)
        try:
            with one_line(f"sqlite:///{part}"), closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
            part.replace(file.with_name(f"{file.name}.before-{version}"))
        finally:
            for left in part.parent.glob(f"{part.name}*"):
                left.unlink()


def schema_version(engine: Engine) -> str | None:
    """The version the database is at; None when it is empty. Raises :class:`WarehouseUnreachable`."""
    try:
        with engine.connect().execution_options(readonly=True) as connection:
            return _version(connection)
    except (OperationalError, DBAPIError) as error:
        raise WarehouseUnreachable(_unreachable(engine, error)) from None


def _version(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else None


def require_schema(engine: Engine) -> None:
    if is_ready(engine):
        return
    found = schema_version(engine)
    if found is None:
        raise WarehouseNotReady("the warehouse has no tables yet; run `huizong db upgrade`")
    raise WarehouseNotReady(f"the warehouse is at version {found}, this program needs {SCHEMA_VERSION}; run `huizong db upgrade`")


def _unreachable(engine: Engine, error: SQLAlchemyError) -> str:
    reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
    return f"the warehouse {engine.url.render_as_string(hide_password=True)} does not answer ({reason}); check warehouse.url"


def count_rows(engine: Engine, office: int) -> None:
    """PostgreSQL plans by what it has counted, and counts minutes after a first night, in a district of many offices days after: until
    then it takes the many rows of a new office for a few, and went through all issues for each hand-in. After a first night they are counted;
    a table that somebody else counts just now is not waited for.
    """
    if engine.dialect.name != "postgresql":
        return
    uncounted = "SELECT relname FROM pg_class WHERE reltuples < 0 AND relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        never = set(connection.execute(text(uncounted)).scalars())
        for table in metadata.sorted_tables:
            if table.name in never or ("office" in table.c and _taken_for_few(connection, table, office)):
                connection.exec_driver_sql(f'ANALYZE (SKIP_LOCKED) "{table.name}"')


def _taken_for_few(connection: Connection, table: Table, office: int) -> bool:
    mine = f'SELECT 1 FROM "{table.name}" WHERE office = {office:d}'
    if connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {mine}").scalar_one()[0]["Plan"]["Plan Rows"] >= _MANY / 10:
        return False
    return bool(connection.exec_driver_sql(f"SELECT count(*) = {_MANY} FROM ({mine} LIMIT {_MANY}) AS of_it").scalar_one())


_MANY = 1_000
"""Rows of one office in one table."""


def bulk_insert(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Many rows at the engine's own speed: COPY on PostgreSQL, executemany on SQLite."""
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        try:
            with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
        except connection.dialect.loaded_dbapi.OperationalError as error:
            raise broken(connection.engine, error) from None
        return
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', list(rows))
