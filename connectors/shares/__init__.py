"""Shared folders: what is there, is it settled, take a copy; and the archive that keeps every byte."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Protocol

from connectors.shares.archive import Archive, Damaged
from connectors.shares.folder import (
    Ignored,
    Listing,
    LocalShare,
    NoShare,
    NotReturned,
    SharedFile,
    Unsettled,
    list_files,
    readable,
    take_copy,
)
from connectors.shares.whole import InUse, NotWritten, clear_parts, write_whole

__all__ = [
    "Archive", "Damaged", "Ignored", "InUse", "Listing", "LocalShare", "NoShare", "NotReturned", "NotWritten", "Share", "SharedFile", "Unsettled", "clear_parts", "list_files",
    "open_share", "readable", "take_copy", "write_whole",
]  # fmt: skip


class Share(Protocol):
    """A shared folder, wherever it lies. It is only read."""

    def reach(self) -> None:
        """Raises NoShare, in one line that says what to check, when the folder cannot be listed."""

    def listing(self, as_of: datetime | None = None) -> Listing:
        """Everything below with a modification time not after ``as_of``; raises NoShare."""

    def take(self, file: SharedFile, now: datetime | None = None) -> bytes:
        """A settled copy; raises Unsettled for what is wrong with this file, NoShare when the whole folder has gone."""

    def has(self, path: str) -> bool:
        """Whether the file is still there; raises NoShare when nobody can tell."""


def open_share(setting: str, base: Path, username: str = "", password: str = "") -> Share:
    """The shared folder that ``paths.inbox`` names: an address with ``://``, else a path, from ``base`` on where it is relative."""
    if "://" not in setting:
        return LocalShare(base / setting)
    from connectors.shares.remote import open_remote  # half a second that a path need not pay

    return open_remote(setting, username, password)
