"""A shared folder on a server, reached through fsspec: ``smb://host/share/folder``, ``sftp://``, ``webdav://``, ``s3://`` …

Nothing here opens anything for writing (:mod:`connectors.shares.returning` does, in a folder of its own). Listing costs a listing of every folder and no opens; a server that goes away is asked
again with growing pauses, and then is away.
"""

from __future__ import annotations

import importlib
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import fsspec
from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs

from connectors.shares.folder import (
    NO_DATE,
    NO_TEXT,
    Ignored,
    Listing,
    NoShare,
    SharedFile,
    Unsettled,
    file_rule,
    folder_rule,
    is_live,
    is_text,
    moment,
    owner_files,
    readable,
    sorted_listing,
)
from connectors.shares.troubles import Busy, Gone, meaning, refuses, unauthorized

WAITS = (2.0, 10.0, 30.0)
"""Seconds between two tries at a server that does not answer."""
PATIENCE = 120.0
"""Seconds one answer may take, a file of some ten megabytes over a slow line included."""
_TIMES = ("mtime", "modified", "modify", "last_modified", "LastModified", "created")
"""Where the file systems of fsspec tell a modification time."""
T = TypeVar("T")


@dataclass
class RemoteShare:
    """A folder that fsspec reaches; ``address`` carries no password and may be said aloud."""

    address: str
    connect: Callable[[], tuple[AbstractFileSystem, str]]
    """A new connection, and the folder's path on it."""
    waits: Sequence[float] = field(default_factory=lambda: WAITS)
    patience: float = PATIENCE
    setting: str = "paths.inbox"
    """Where the address stands."""
    _connected: tuple[AbstractFileSystem, str] | None = None
    _owners: dict[str, datetime] = field(default_factory=dict)

    def reach(self) -> None:
        """Raises :class:`NoShare` when the server or the folder cannot be reached, in one line that says what to check."""
        self._root()

    def _root(self) -> list[dict[str, Any]]:
        try:
            return self.ask(lambda files, root: _asked_anew(files).ls(root, detail=True))
        except Gone:
            raise NoShare(f"the shared folder {self.address} is not there; check {self.setting}") from None
        except Busy:
            raise NoShare(f"the shared folder {self.address} may not be read with this account; ask for read permission") from None

    def listing(self, as_of: datetime | None = None) -> Listing:
        """Everything below with a modification time not after ``as_of``; raises :class:`NoShare`."""
        files: list[SharedFile] = []
        ignored: list[Ignored] = []
        later: list[SharedFile] = []
        self._owners = {}
        pending = [("", self._root())]
        while pending:
            folder, entries = pending.pop()
            for entry in entries:
                name = str(entry["name"]).rstrip("/").rpartition("/")[2]
                path = f"{folder}/{name}" if folder else name
                kind = entry["type"]
                if not is_text(name):
                    ignored.append(Ignored(readable(path), file_rule(name) or NO_TEXT))
                elif kind == "directory":
                    if rule := folder_rule(name):
                        ignored.append(Ignored(path, rule))
                    else:
                        self._look_into(path, pending, ignored)
                elif str(entry["name"]).endswith("/"):
                    ignored.append(Ignored(path, "folder mark"))  # how an S3 server remembers a folder
                elif kind != "file":
                    ignored.append(Ignored(path, "link"))
                elif rule := file_rule(name):
                    ignored.append(Ignored(path, rule))
                    if rule == "owner file" and (opened := _modified(entry)):
                        self._owners[path] = opened
                elif (modified := _modified(entry)) is None:
                    ignored.append(Ignored(path, NO_DATE))
                else:
                    modified = modified.replace(microsecond=0)
                    (files if as_of is None or modified <= as_of else later).append(SharedFile(path, int(entry["size"]), modified))
        return sorted_listing(files, ignored, later)

    def _look_into(self, path: str, pending: list[tuple[str, list[dict[str, Any]]]], ignored: list[Ignored]) -> None:
        try:
            pending.append((path, self.ask(lambda files, root: files.ls(f"{root}/{path}", detail=True))))
        except Gone:  # renamed away since its parent was listed
            ignored.append(Ignored(path, "cannot be listed (gone)"))
        except Busy:
            ignored.append(Ignored(path, "cannot be listed (no permission)"))

    def take(self, file: SharedFile, now: datetime | None = None) -> bytes:
        """The file's bytes, if they stayed the same while they were read.

        Raises :class:`Unsettled` when this file is open, changing or gone, :class:`NoShare` when the server is.
        """
        if now is not None and self._is_open(file.path, now):
            raise Unsettled(f"“{file.path}”正被打开，下次再收。")
        try:
            before, data, after = self.ask(lambda files, root: _copy(files, f"{root}/{file.path}"))
        except Gone:
            raise Unsettled(f"“{file.path}”已不在原处，下次再收。") from None
        except Busy:
            raise Unsettled(f"“{file.path}”被占用或没有读取权限，下次再收。") from None
        size, modified = after
        listed = modified is not None and (file.size, file.modified) == (size, modified.replace(microsecond=0))
        if before != after or len(data) != size or not listed:
            raise Unsettled(f"“{file.path}”正在保存，下次再收。")
        return data

    def has(self, path: str) -> bool:
        """Whether the file is still there; raises :class:`NoShare` when nobody can tell."""
        try:
            self.ask(lambda files, root: _asked_anew(files).info(f"{root}/{path}"))
        except Gone:
            return False
        except Busy:
            return True
        return True

    def _is_open(self, path: str, now: datetime) -> bool:
        folder, slash, name = path.rpartition("/")
        opened = [self._owners.get(f"{folder}{slash}{owner}") for owner in owner_files(name)]
        return any(when is not None and is_live(when, now) for when in opened)

    def ask(self, question: Callable[[AbstractFileSystem, str], T]) -> T:
        """The answer; raises :class:`Gone`, :class:`Busy`, or after the last try :class:`NoShare`."""
        for wait in (*self.waits, None):
            try:
                return _within(self.patience, lambda: self._answer(question))
            except (Gone, Busy, NoShare):
                raise
            except Exception as error:  # noqa: BLE001 - every file system has errors of its own; what is not about one file is about the server
                self._connected = None
                if wait is None:
                    raise NoShare(f"the shared folder {self.address} does not answer ({type(error).__name__}); check the server and {self.setting}") from None
                time.sleep(wait)
        raise AssertionError("unreachable")

    def _answer(self, question: Callable[[AbstractFileSystem, str], T]) -> T:
        if self._connected is None:
            self._connected = self._connect()
        try:
            return question(*self._connected)
        except Exception as error:  # noqa: BLE001 - raised again by its meaning
            if unauthorized(error):
                raise NoShare(self._refused()) from None
            raise meaning(error) from None

    def _connect(self) -> tuple[AbstractFileSystem, str]:
        try:
            return self.connect()
        except ImportError as error:
            raise NoShare(f"{self.address} needs a library that is not installed: {error}") from None
        except Exception as error:
            if refuses(error):
                raise NoShare(self._refused()) from None
            raise

    def _refused(self) -> str:
        return f"{self.address} refuses the user or the password; check HUIZONG_PATHS__USERNAME and HUIZONG_PATHS__PASSWORD (or __PASSWORD_FILE)"


def _copy(files: AbstractFileSystem, path: str) -> tuple[tuple[int, datetime | None], bytes, tuple[int, datetime | None]]:
    before = _state(files, path)
    data = files.cat_file(path)
    return before, bytes(data), _state(files, path)


def _asked_anew(files: AbstractFileSystem) -> AbstractFileSystem:
    """Some kinds remember their listings."""
    files.invalidate_cache()
    return files


def _state(files: AbstractFileSystem, path: str) -> tuple[int, datetime | None]:
    entry = _asked_anew(files).info(path)
    return int(entry["size"]), _modified(entry)


def _modified(entry: dict[str, Any]) -> datetime | None:
    """The modification time in UTC, None for one that is no date; raises :class:`NoShare` for a server that tells none, because nothing would ever be new."""
    told = next((entry[key] for key in _TIMES if entry.get(key) is not None), None)
    try:
        if isinstance(told, str) and re.fullmatch(r"\d{14}(\.\d+)?", told):  # FTP (RFC 3659 §2.3)
            told = datetime.strptime(told[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        elif isinstance(told, str):
            try:
                told = datetime.fromisoformat(told)
            except ValueError:
                told = None
        if isinstance(told, int | float):
            told = datetime.fromtimestamp(told, UTC)
        if isinstance(told, datetime):
            told = told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
            return told if moment(told.timestamp()) else None
    except (ValueError, OverflowError, OSError):
        return None
    raise NoShare("this kind of server tells no modification times; mount it as a folder and name that in paths.inbox")


def _within(seconds: float, call: Callable[[], T]) -> T:
    """The call's answer, or TimeoutError: a server that hangs must not hang the night."""
    answer: list[T] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            answer.append(call())
        except BaseException as error:  # noqa: BLE001 - handed over to the caller's thread below
            failure.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if failure:
        raise failure[0]
    if not answer:
        raise TimeoutError(f"no answer within {seconds:g} s")
    return answer[0]


def open_remote(address: str, username: str = "", password: str = "", setting: str = "paths.inbox", kind: str = "Smb") -> RemoteShare:
    """A share by its address, e.g. ``smb://host/share/folder``; nothing is connected before it is asked.

    ``kind``: the class of :mod:`connectors.shares.smb` that speaks to an SMB server. Raises :class:`NoShare` for an
    address that fsspec does not know.
    """
    scheme = address.partition("://")[0]
    if scheme not in fsspec.available_protocols():
        raise NoShare(f"{setting} {address}: {scheme}:// is not known; write smb://host/share/folder, or sftp://, webdav://, s3://, ftp://")
    if scheme == "smb":
        return RemoteShare(address, lambda: _smb(address, username, password, setting, kind), setting=setting)
    return RemoteShare(address, lambda: _plain(address, _login(scheme, username, password)), setting=setting)


def _login(scheme: str, username: str, password: str) -> dict[str, Any]:
    """User and password in the words of this kind of file system; further options are fsspec's own, ``FSSPEC_S3_ENDPOINT_URL`` say."""
    if scheme in ("webdav", "dav"):
        return {"auth": (username, password)} if username else {}
    names = ("key", "secret") if scheme in ("s3", "s3a") else ("username", "password")
    return {name: value for name, value in zip(names, (username, password), strict=True) if value}


def _plain(address: str, given: dict[str, Any]) -> tuple[AbstractFileSystem, str]:
    files, root = url_to_fs(address, skip_instance_cache=True, **given)
    return files, str(root).rstrip("/")


def _smb(address: str, username: str, password: str, setting: str, kind: str) -> tuple[AbstractFileSystem, str]:
    parts = urlsplit(address)
    if parts.hostname is None or not parts.path.strip("/"):
        raise NoShare(f"{setting} {address}: write smb://host/share/folder")
    module = importlib.import_module("connectors.shares.smb")  # only who uses it pays for it
    files = getattr(module, kind)(
        parts.hostname, port=parts.port, username=username or None, password=password or None, timeout=15, share_access="rd",
        skip_instance_cache=True,
    )  # fmt: skip
    return files, "/" + address.split("/", 3)[3].rstrip("/")
