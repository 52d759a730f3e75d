"""Somebody else who reads the views while a night is at work: through the driver alone, knowing nothing of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.killing.night import VIEWS, digest
from tests.killing.trials import Place

Cursor = Any
Seen = tuple[str, dict[str, str], str]
"""The state named before, view → hash of its rows, the state named after."""


@contextmanager
def cursor_of(place: Place) -> Iterator[Cursor]:
    if place.url:
        with psycopg.connect(place.url, autocommit=True) as connection:
            yield connection.cursor()
    else:
        file = (place.folder / "office" / "warehouse.db").resolve()
        reader = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            yield reader.cursor()
        finally:
            reader.close()


def state(cursor: Cursor) -> str:
    row = cursor.execute("SELECT state, computed_at FROM out_meta").fetchone()
    return " ".join(row) if row else ""


def look(cursor: Cursor) -> Seen:
    """Every view, each in a statement of its own."""
    before = state(cursor)
    rows = {name: cursor.execute(f"SELECT * FROM {name}").fetchall() for name in VIEWS}
    return before, {name: digest(sorted(map(tuple, found), key=repr)) if found else "empty" for name, found in rows.items()}, state(cursor)


def look_at_once(cursor: Cursor, server: bool) -> Seen:
    """Every view, all in one transaction."""
    cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ" if server else "BEGIN")
    try:
        return look(cursor)
    finally:
        cursor.execute("COMMIT")


def look_until(place: Place, stop: Path) -> tuple[list[Seen], list[Seen], int]:
    """What was seen at once, what was seen one after the other, each once; how often it was looked."""
    at_once: list[Seen] = []
    singly: list[Seen] = []
    times = 0
    while not stop.exists():
        with cursor_of(place) as cursor:
            for _ in range(20):
                times += 2
                for seen, kept in ((look_at_once(cursor, bool(place.url)), at_once), (look(cursor), singly)):
                    if seen not in kept:
                        kept.append(seen)
    return at_once, singly, times
