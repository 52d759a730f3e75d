"""Shared folders: what is there, is it settled, take a copy; and the archive that keeps every byte."""

from __future__ import annotations

from pathlib import Path

from connectors.shares.archive import Archive, Damaged
from connectors.shares.folder import Ignored, Listing, LocalShare, NoShare, SharedFile, Unsettled, list_files, take_copy
from connectors.shares.remote import RemoteShare, open_remote
from connectors.shares.whole import write_whole

__all__ = [
    "Archive", "Damaged", "Ignored", "Listing", "LocalShare", "NoShare", "RemoteShare", "Share", "SharedFile", "Unsettled", "list_files",
    "open_share", "take_copy", "write_whole",
]  # fmt: skip

Share = LocalShare | RemoteShare


def open_share(setting: str, base: Path, username: str = "", password: str = "") -> Share:
    """The shared folder that ``paths.inbox`` names: an address with ``://``, else a path, from ``base`` on where it is relative."""
    if "://" in setting:
        return open_remote(setting, username, password)
    return LocalShare(base / setting)
