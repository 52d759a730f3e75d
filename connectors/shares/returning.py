"""The folder on a server into which slips go back: the only place of a share that is ever written to.

What is written is there whole or not at all: under a hidden name of its own first, then renamed over what stood there. A
write that was cut off leaves that hidden file, which the next try of the same file replaces.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass

from fsspec import AbstractFileSystem

from connectors.shares.folder import NotReturned
from connectors.shares.remote import RemoteShare, open_remote
from connectors.shares.troubles import Busy, Gone


@dataclass(frozen=True, slots=True)
class ReturnFolder:
    """Every answer raises NoShare when the server is away, and :class:`NotReturned` for what is wrong with one file."""

    share: RemoteShare

    def read(self, path: str) -> bytes | None:
        """What lies there; None for nothing."""
        try:
            return self.share.ask(lambda files, root: bytes(files.cat_file(f"{root}/{path}")))
        except Gone:
            return None
        except Busy:
            raise NotReturned(f"“{path}”正被打开或没有权限，下次再送。") from None

    def put(self, path: str, data: bytes) -> None:
        try:
            self.share.ask(lambda files, root: _put(files, f"{root}/{path}", data))
        except (Gone, Busy):
            raise NotReturned(f"“{path}”正被打开、没有写入权限或文件名不合该服务器的规定，下次再送。") from None

    def move(self, path: str, to: str) -> None:
        """Into a folder below, over what stands there; what has gone meanwhile needs no moving."""
        try:
            self.share.ask(lambda files, root: _move(files, f"{root}/{path}", f"{root}/{to}"))
        except Gone:
            return
        except Busy:
            raise NotReturned(f"“{path}”正被打开或没有权限，下次再移。") from None

    def probe(self) -> None:
        """Raises what a slip would meet there."""
        try:
            self.share.ask(_probe)
        except (Gone, Busy):
            raise NotReturned(f"{self.share.address} 不可写入") from None


def open_return(address: str, username: str = "", password: str = "") -> ReturnFolder:
    """The folder that ``paths.slips_to`` names; nothing is connected before it is asked. Raises NoShare for an unknown kind of address."""
    return ReturnFolder(open_remote(address, username, password, "paths.slips_to", "SmbReturn"))


def _put(files: AbstractFileSystem, path: str, data: bytes) -> None:
    folder = path.rpartition("/")[0]
    part = f"{folder}/.part-{hashlib.sha256(path.encode()).hexdigest()[:16]}"
    files.makedirs(folder, exist_ok=True)
    try:
        files.pipe_file(part, data)
        _rename(files, part, path)
    except BaseException:
        with contextlib.suppress(Exception):
            files.rm_file(part)
        raise


def _move(files: AbstractFileSystem, path: str, to: str) -> None:
    files.makedirs(to.rpartition("/")[0], exist_ok=True)
    _rename(files, path, to)


def _rename(files: AbstractFileSystem, path: str, to: str) -> None:
    try:
        files.mv(path, to)
    except Exception as error:
        if not isinstance(error, FileExistsError) and type(error).__name__ != "ResourceAlreadyExists":
            raise
        files.rm_file(to)  # WebDAV and some FTP servers do not rename over a file: for a moment there is none, never half of one
        files.mv(path, to)


def _probe(files: AbstractFileSystem, root: str) -> None:
    files.makedirs(root, exist_ok=True)
    files.pipe_file(f"{root}/.part-probe", b"")
    files.rm_file(f"{root}/.part-probe")
