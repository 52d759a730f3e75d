"""The SQL objects of this folder, one a file."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text


def statements(folder: str) -> dict[str, str]:
    """file name without ending → its SQL, sorted by name."""
    found = sorted((Path(__file__).parent / folder).glob("*.sql"))
    return {item.stem: item.read_text("utf-8") for item in found}


_TELLING = frozenset([
    "value", "other_value", "reported_value", "adjusted_value", "refers_to", "status", "reported_status", "adjusted_status", "state", "year_to_date",
    "last_year", "growth_pct", "growth_source", "target", "progress_pct", "raw", "found", "expected", "message", "cells", "file", "sha256", "said_by", "why",
])  # fmt: skip
"""Columns that tell something of a row whose key could be guessed."""


def defined(connection: Connection, body: str) -> str:
    """A view's SELECT as this engine has it.

    The comparisons of PostgreSQL are leakproof and go before the rows' policies, so that EXPLAIN ANALYZE tells whether a
    hidden row holds the value asked for; a concatenation is not, and makes them wait.
    """
    if connection.dialect.name != "postgresql":
        return body
    found = connection.exec_driver_sql(f"SELECT * FROM ({body}) v LIMIT 0").keys()
    listed = ", ".join(f"CAST(v.{name} || '' AS TEXT) AS {name}" if name in _TELLING else f"v.{name}" for name in found)
    return f"SELECT {listed} FROM (\n{body}\n) v"


def drop_views(connection: Connection) -> None:
    """So that the tables beneath them can change."""
    for name in statements("views"):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")


def create_views(connection: Connection) -> None:
    """Make every view anew; the SQL is the same on both engines, but for :func:`defined`."""
    drop_views(connection)
    for name, body in statements("views").items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS\n{defined(connection, body)}")
    if connection.dialect.name == "postgresql" and connection.dialect.has_table(connection, "grantee"):
        bind_grants(connection)


def make_grantees(connection: Connection) -> None:
    """The tables of who may see what; PostgreSQL."""
    _as_it_stands(connection, statements("grants")["1_grantee"])


def bind_grants(connection: Connection) -> None:
    """Roles, rows and views as the table of grantees says; again after the views were made anew. PostgreSQL."""
    for name, body in statements("grants").items():
        if name != "1_grantee":
            _as_it_stands(connection, body)


def _as_it_stands(connection: Connection, body: str) -> None:
    """The driver looks for no placeholders in it."""
    connection.exec_driver_sql(body, execution_options={"no_parameters": True})


def run_checks(connection: Connection) -> dict[str, int]:
    """check → how many rows offend; a sound warehouse has none."""
    return {name: len(connection.execute(text(body)).all()) for name, body in statements("checks").items()}
