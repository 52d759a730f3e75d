"""The shared folder as the departments see it: one listing, no opens; copies that did not change while they were read."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path

from catalog.said import Said

_CLUTTER = {
    "thumbs.db": "system file", "desktop.ini": "system file", ".ds_store": "system file",
}  # fmt: skip
_NO_REPORT_FOLDERS = frozenset(["$recycle.bin", "#recycle", "@eadir", "system volume information", "lost+found"])
"""Folders a server keeps for itself; what a department deleted lies in them and must not come back as a hand-in."""
SYSTEM_FOLDER = "system folder"
_NO_REPORT = (".txt", ".db", ".ini", ".lnk", ".url", ".tmp", ".bak", ".log", ".crdownload", ".part")
NO_TEXT, NO_DATE = "cannot be named (its name is not UTF-8)", "cannot be dated (its time is no date)"
"""Rules of what nothing can be kept of under its name, or its time."""
OWNER_IS_LIVE = timedelta(hours=12)
"""An owner file ``~$…`` older than this beside its workbook is a leftover and does not hold it back (M03)."""


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file of the inbox: path relative to it with ``/``, size in bytes, modification time in UTC to the second."""

    path: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that lies about and is no report, with the name of the rule."""

    path: str
    rule: str

    @property
    def unseen(self) -> bool:
        """Nobody could look: there may be reports in it."""
        return self.rule.startswith("cannot be ")

    @property
    def told(self) -> str:
        """Of what is unseen: why it waits and what to do, in Chinese."""
        if self.rule == NO_TEXT:
            return f"“{self.path}”的名称不是 UTF-8 编码，读不了；请在共享文件夹里改名，下次再收。"
        if self.rule == NO_DATE:
            return f"“{self.path}”的修改时间不是有效的日期，没有收；请打开后重新保存，下次再收。"
        return f"“{self.path}”看不了（没有读取权限或已移走），里面的文件下次再收，请检查权限。"


@dataclass(frozen=True, slots=True)
class Listing:
    """One look at the folder, sorted by path."""

    files: tuple[SharedFile, ...]
    ignored: tuple[Ignored, ...]
    later: tuple[SharedFile, ...] = ()
    """Changed after the moment that was asked about."""


class Unsettled(Exception):
    """A file that is being written, locked or gone; Chinese, says that it is taken next time."""


class NotReturned(Exception):
    """A slip that could not be put into the departments' folder; Chinese, says that it is tried again."""


class NoShare(Said):
    """The shared folder cannot be listed, or has gone away since."""


@dataclass(frozen=True, slots=True)
class LocalShare:
    """A shared folder that is a path of this machine."""

    root: Path

    def reach(self) -> None:
        """Raises :class:`NoShare` when the folder is not there, or the server it is mounted from does not answer."""
        try:
            there = self.root.is_dir()
        except OSError as error:  # a mounted share whose server has died: no route, not connected, stale
            raise NoShare(f"the shared folder {self.root} does not answer ({error.strerror}); check the server and paths.inbox") from None
        if not there:
            raise NoShare(f"the shared folder {self.root} is not there; check paths.inbox in huizong.toml")

    def listing(self, as_of: datetime | None = None) -> Listing:
        return list_files(self.root, as_of)

    def take(self, file: SharedFile, now: datetime | None = None) -> bytes:
        """A settled copy; raises :class:`Unsettled` for this file, :class:`NoShare` when the whole folder has gone."""
        try:
            return take_copy(self.root, file, now)
        except Unsettled:
            self.reach()  # a server that is down is not a file that is open
            raise

    def has(self, path: str) -> bool:
        """Whether the file is still there; raises :class:`NoShare` when nobody can tell."""
        try:
            if (self.root / path).exists():
                return True
        except PermissionError:
            return True  # what nobody may look at is not known to be gone
        except OSError as error:
            raise NoShare(f"the shared folder {self.root} does not answer ({error.strerror}); check the server and paths.inbox") from None
        self.reach()
        return False


def list_files(root: Path, as_of: datetime | None = None) -> Listing:
    """Everything below ``root`` with a modification time not after ``as_of``. Raises :class:`NoShare` when it is away."""
    files: list[SharedFile] = []
    ignored: list[Ignored] = []
    later: list[SharedFile] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(root / folder), key=lambda e: e.name)
        except OSError as error:
            if folder:
                ignored.append(Ignored(folder, f"cannot be listed ({error.strerror})"))
                continue
            raise NoShare(f"the shared folder {root} cannot be read ({error.strerror}); check paths.inbox") from None
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if not is_text(entry.name):
                ignored.append(Ignored(readable(path), file_rule(entry.name) or NO_TEXT))
                continue
            try:
                if entry.is_symlink():
                    ignored.append(Ignored(path, "link"))
                elif entry.is_dir():
                    if rule := folder_rule(entry.name):
                        ignored.append(Ignored(path, rule))
                    else:
                        pending.append(path)
                elif rule := file_rule(entry.name):
                    ignored.append(Ignored(path, rule))
                else:
                    stat = entry.stat()
                    if (modified := moment(stat.st_mtime)) is None:
                        ignored.append(Ignored(path, NO_DATE))
                    else:
                        (files if as_of is None or modified <= as_of else later).append(SharedFile(path, stat.st_size, modified))
            except OSError as error:  # renamed away between the listing and the look: the others still come in
                ignored.append(Ignored(path, f"cannot be looked at ({error.strerror})"))
    return sorted_listing(files, ignored, later)


def sorted_listing(files: Iterable[SharedFile], ignored: Iterable[Ignored], later: Iterable[SharedFile]) -> Listing:
    """In the order of the paths, whatever order the folder told them in."""
    by_path = attrgetter("path")
    return Listing(tuple(sorted(files, key=by_path)), tuple(sorted(ignored, key=by_path)), tuple(sorted(later, key=by_path)))


def is_text(name: str) -> bool:
    """Whether a name can be written down; one in GBK on a server that knows UTF-8 cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def readable(name: str) -> str:
    """A name to be shown: what is no text in it becomes a replacement character."""
    return re.sub("[\ud800-\udfff]", "\ufffd", name)


def moment(seconds: float) -> datetime | None:
    """A modification time in UTC to the second; None for one that is no date in every time zone."""
    try:
        found = datetime.fromtimestamp(int(seconds), UTC)
    except (OSError, ValueError, OverflowError):
        return None
    return found if MINYEAR < found.year < MAXYEAR else None


def file_rule(name: str) -> str:
    """Why a file of this name is no report; empty for one that may be."""
    lowered = name.lower()
    if lowered in _CLUTTER:
        return _CLUTTER[lowered]
    if name.startswith(("~$", ".~")):
        return "owner file"
    if name.startswith("."):
        return "hidden file"
    return "no report" if lowered.endswith(_NO_REPORT) else ""


def folder_rule(name: str) -> str:
    """Why nothing in a folder of this name is a report; empty for one to be looked into."""
    if name.lower() in _NO_REPORT_FOLDERS:
        return SYSTEM_FOLDER
    return "hidden folder" if name.startswith(".") else ""


def take_copy(root: Path, file: SharedFile, now: datetime | None = None) -> bytes:
    """The file's bytes, if they stayed the same while they were read; raises :class:`Unsettled` otherwise."""
    path = root / file.path
    try:
        if now is not None and _is_open(path, now):
            raise Unsettled(f"“{file.path}”正被打开，下次再收。")
        before = path.stat()
        data = path.read_bytes()
        after = path.stat()
    except FileNotFoundError:
        raise Unsettled(f"“{file.path}”已不在原处，下次再收。") from None
    except OSError:
        raise Unsettled(f"“{file.path}”被占用或没有读取权限，下次再收。") from None
    listed = (file.size, file.modified) == (after.st_size, moment(after.st_mtime))
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size or not listed:
        raise Unsettled(f"“{file.path}”正在保存，下次再收。")
    return data


def _is_open(path: Path, now: datetime) -> bool:
    for name in owner_files(path.name):
        try:
            opened = moment(path.with_name(name).stat().st_mtime)
        except OSError as error:  # there is none; of the longest names there can be none
            if error.errno not in (errno.ENOENT, errno.ENAMETOOLONG):
                raise
            continue
        if opened is not None and is_live(opened, now):
            return True
    return False


def owner_files(name: str) -> tuple[str, str]:
    """Names of the owner files of a workbook: Excel and WPS put ``~$`` before its name, Word over its first two letters."""
    return ("~$" + name, "~$" + name[2:])


def is_live(opened: datetime, now: datetime) -> bool:
    """A young owner file means that somebody has the workbook open."""
    return timedelta(0) <= now - opened < OWNER_IS_LIVE
