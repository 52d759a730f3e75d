"""Every operation that changes something, counted; at the wanted one the process is killed, or the disk is full."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

_FILES = frozenset(["open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.utime", "os.truncate", "os.link", "sqlite3.connect"])
STEPS = 4_000
"""Steps of SQLite's machine between two points within a statement."""
ON_DISK = frozenset(["open", "os.mkdir", "os.fsync", "before a write", "within a write", "after a write", "os.rename", "os.link"])
"""Points at which a disk can be full."""
_ABOUT = frozenset(["INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "BEGIN", "SELECT", "PRAGMA", "COMMIT"])


def killed(_path: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def disk_full(path: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path) if path is not None else None)


class Points:
    """Counts; :meth:`arm` says what happens at the n-th point."""

    def __init__(self) -> None:
        self.seen = 0
        self.kinds: Counter[str] = Counter()
        self.counting = False
        self.root = ""
        self._target = -1
        self._act: Callable[[object], None] = killed
        self._only: frozenset[str] | None = None

    def arm(self, root: Path, target: int = -1, act: Callable[[object], None] = killed, only: frozenset[str] | None = None) -> None:
        """Count what happens below ``root`` and in the database; ``only``: points of these kinds."""
        self.root, self._target, self._act, self._only, self.seen, self.counting = str(root), target, act, only, 0, True
        self.kinds.clear()

    def at(self, kind: str, path: object = None) -> None:
        if not self.counting or (self._only is not None and kind not in self._only):
            return
        number, self.seen = self.seen, self.seen + 1
        self.kinds[kind] += 1
        if number == self._target:
            self.counting = self._act is disk_full  # what it does is not counted; a full disk stays full for the next, too
            self._act(path)


POINTS = Points()
_installed = False


def install() -> None:
    """Once a process: an audit hook cannot be taken out again."""
    global _installed
    if _installed:
        return
    _installed = True
    sys.addaudithook(_audited)
    for name in ("fsync", "fdatasync"):
        setattr(os, name, _before(f"os.{name}", getattr(os, name)))
    os.fdopen = _halved(os.fdopen)  # type: ignore[assignment]
    event.listen(Engine, "connect", _within_statements)
    event.listen(Engine, "before_cursor_execute", lambda *a: POINTS.at(_statement(a[2])))
    event.listen(Engine, "after_cursor_execute", lambda *a: POINTS.at("after a statement") if a[5] else None)
    event.listen(Engine, "commit", lambda *a: POINTS.at("before a commit"))
    DefaultDialect.do_commit = _after("after a commit", DefaultDialect.do_commit)  # type: ignore[method-assign]
    psycopg.Copy.write_row = _before("a row of COPY", psycopg.Copy.write_row)  # type: ignore[method-assign]


def _audited(name: str, arguments: tuple[Any, ...]) -> None:
    if not POINTS.counting or name not in _FILES:
        return
    path = arguments[0] if arguments else None
    if isinstance(path, int) or not isinstance(path, str | os.PathLike) or not os.fspath(path).startswith(POINTS.root):
        return
    if name != "open" or (isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")) or (isinstance(arguments[2], int) and arguments[2] & 3):
        POINTS.at(name)


def _within_statements(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.set_progress_handler(lambda: POINTS.at("within a statement"), STEPS)


def _statement(sql: str) -> str:
    word = sql.lstrip().split(None, 1)[0].upper()
    return word if word in _ABOUT else "statement"


def _before(kind: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*arguments: Any, **more: Any) -> Any:
        POINTS.at(kind, arguments[0] if arguments and not isinstance(arguments[0], int) else None)
        return function(*arguments, **more)

    return counted


def _after(kind: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*arguments: Any, **more: Any) -> Any:
        result = function(*arguments, **more)
        POINTS.at(kind)
        return result

    return counted


def _halved(fdopen: Callable[..., Any]) -> Callable[..., Any]:
    """A file whose bytes reach the disk in two halves, with a point before, between and behind them."""

    def opened(*arguments: Any, **more: Any) -> Any:
        stream = fdopen(*arguments, **more)
        if not POINTS.counting or not stream.writable():
            return stream
        write = stream.write

        class Halved:
            def __enter__(self) -> Halved:
                return self

            def __exit__(self, *_: object) -> None:
                stream.close()

            def __getattr__(self, name: str) -> Any:
                return getattr(stream, name)

            def write(self, data: bytes) -> int:
                POINTS.at("before a write")
                write(data[: len(data) // 2])
                stream.flush()
                POINTS.at("within a write")
                write(data[len(data) // 2 :])
                stream.flush()
                POINTS.at("after a write")
                return len(data)

        return Halved()

    return opened
