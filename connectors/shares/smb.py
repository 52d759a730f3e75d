"""SMB through fsspec, with listings that open nothing."""

from __future__ import annotations

from typing import Any

import smbclient
from fsspec.implementations.smb import SMBFileSystem
from smbprotocol.file_info import FileAttributes


class Smb(SMBFileSystem):
    """fsspec's own asks the server about every entry of a listing once more; the listing has told it all already.

    Copies are opened with ``share_access="rd"``: while one is read nobody can write into it, and an editor can still put
    a new file in its place. A file that somebody has open for writing is a sharing violation.
    """

    def _connect(self) -> None:
        """One try, and a session of its own: the process-wide pool would serve a second account with the session of the first."""
        self._pool: dict[str, Any] = {}
        smbclient.register_session(
            self.host, username=self.username, password=self.password, port=self._port, connection_timeout=self.timeout, connection_cache=self._pool
        )

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        return dict(super().info(path, connection_cache=self._pool, **options))

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        if mode != "rb":
            raise PermissionError(f"{path} is only read")
        return super()._open(path, mode, connection_cache=self._pool, block_size=-1, share_access=self.share_access)

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        folder = path.rstrip("/")
        with smbclient.scandir(self._unc(folder), port=self._port, connection_cache=self._pool) as entries:
            found = [_entry(folder, entry) for entry in entries]
        return found if detail else [entry["name"] for entry in found]

    def _unc(self, path: str) -> str:
        return "\\\\" + self.host + path.rstrip("/").replace("/", "\\")


class SmbReturn(Smb):
    """The one that writes: whole files, under another name first. Only :mod:`connectors.shares.returning` opens it."""

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        smbclient.makedirs(self._unc(path), exist_ok=exist_ok, port=self._port, connection_cache=self._pool)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **_: Any) -> None:
        with smbclient.open_file(self._unc(path), "wb", port=self._port, connection_cache=self._pool) as out:
            out.write(value)

    def mv(self, path1: str, path2: str, recursive: bool | None = None, maxdepth: int | None = None, **_: Any) -> None:
        smbclient.replace(self._unc(path1), self._unc(path2), port=self._port, connection_cache=self._pool)

    def rm_file(self, path: str) -> None:
        smbclient.remove(self._unc(path), port=self._port, connection_cache=self._pool)


_LINKS = frozenset([0xA000000C, 0xA0000003])
"""Tags of symbolic links and junctions; a deduplicated or tiered file has another tag and is a file."""


def _entry(folder: str, entry: smbclient.SMBDirEntry) -> dict[str, Any]:
    told = entry.smb_info
    if told.file_attributes & FileAttributes.FILE_ATTRIBUTE_REPARSE_POINT and told.ea_size in _LINKS:  # MS-FSCC 2.4.17: the tag stands there
        kind = "link"
    else:
        kind = "directory" if told.file_attributes & FileAttributes.FILE_ATTRIBUTE_DIRECTORY else "file"
    return {"name": f"{folder}/{entry.name}", "type": kind, "size": told.end_of_file, "mtime": told.last_write_time}
