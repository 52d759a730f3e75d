"""One night at a time: a lock that the kernel, or the server, lets go of when its holder dies. There is no stale lock.

The lock of the office's folder guards its files and an embedded warehouse; on PostgreSQL one more guards the office
there, for nights on two machines. The file says nothing and stays: it is the open handle that is the lock.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from catalog.said import Said
from connectors.warehouse.engine import make_engine

_NIGHTS = 7242
"""First half of the keys of our locks on the server."""
_EVERY = 0.2
_STRANGER = """
SELECT a.usename, a.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid::BIGINT = :nights AND l.objid::INTEGER = :office
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND to_regclass('office') IS NOT NULL AND NOT has_table_privilege(a.usesysid, to_regclass('office'), 'INSERT')
"""
"""Who holds the lock of the nights and may write nothing: every account of the server may take it."""


class OfficeBusy(Said):
    """Another night of the office is at work; one line that says what to do."""


class OfficeLock:
    """The right to work in one office, held until :meth:`release` or the end of the process. Not for two threads at once."""

    def __init__(self, file: Path, url: str, office: str) -> None:
        self._file = file
        self._url = url
        self._office = office
        self._handle: int | None = None
        self._connection: Connection | None = None

    def take(self, wait: float) -> None:
        """Raises :class:`OfficeBusy` when it is not free within ``wait`` seconds, OSError when the folder cannot be written."""
        until = time.monotonic() + wait
        try:
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            folder = self._file.parent
            raise OSError(f"{folder} cannot be written ({error.strerror}); give this account the right to write there, then run again") from None
        try:
            self._until(until, lambda: _locked(handle))
            if self._url.startswith("postgres"):
                self._take_on_server(until)
        except BaseException:
            os.close(handle)
            raise
        self._handle = handle

    def _take_on_server(self, until: float) -> None:
        engine = make_engine(self._url).execution_options(isolation_level="AUTOCOMMIT")
        connection = engine.connect()
        try:
            keys = {"nights": _NIGHTS, "office": zlib.crc32(self._office.encode()) - 2**31}
            try:
                self._until(until, lambda: connection.execute(text("SELECT pg_try_advisory_lock(:nights, :office)"), keys).scalar())
            except OfficeBusy:
                stranger = connection.execute(text(_STRANGER), keys).first()
                if stranger is None:
                    raise
                raise OfficeBusy(
                    f"数据库账号“{stranger.usename}”（连接号 {stranger.pid}）占着本办公室的夜间锁，而它无权写入，不是夜间运行；"
                    f"没有做任何改动。请让数据库管理员断开它（SELECT pg_terminate_backend({stranger.pid})）后再试。"
                ) from None
        except BaseException:
            connection.close()
            engine.dispose()
            raise
        self._connection = connection

    def _until(self, until: float, free: Callable[[], Any]) -> None:
        while not free():
            if time.monotonic() >= until:
                raise OfficeBusy("本办公室正有夜间运行或别的改动在进行，没有做任何改动；请等它结束后再试。")
            time.sleep(_EVERY)

    def release(self) -> None:
        """Let go of it; what is not held is no error."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()  # closes it: the server lets go of what it held
            connection.close()
            connection.engine.dispose()
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


if os.name == "nt":

    def _locked(handle: int) -> bool:
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True

else:

    def _locked(handle: int) -> bool:
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
