"""A file that is there whole or not at all, whatever happens in between."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_PART = ".part-"


class NotWritten(OSError):
    """A file could not be written: no space, no right. One line that says what to do; what stood there stands."""


class InUse(NotWritten):
    """What stands there cannot be replaced: on Windows another program holds it open. What stood there stands."""


def write_whole(path: Path, data: bytes, mode: int | None = None, parts: Path | None = None) -> None:
    """Write beside and rename; the bytes, the name and new folders are on the disk when this returns.

    ``parts``: folder of the same disk for what is not whole yet, else that of ``path``. Raises :class:`NotWritten`, :class:`InUse`.
    """
    try:
        _make_folder(path.parent)
        _write(path, data, mode, parts or path.parent)
    except InUse:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotWritten(f"{path} cannot be written ({reason}); free some space or give this account the right to write there, then run again") from None


def clear_parts(folder: Path, *, deep: bool = True) -> None:
    """Remove what a process that was killed left unfinished below ``folder``, or only in it. Only while nobody writes there."""
    for part in sorted(folder.rglob(f"{_PART}*") if deep else folder.glob(f"{_PART}*")):
        part.unlink(missing_ok=True)


def _write(path: Path, data: bytes, mode: int | None, parts: Path) -> None:
    handle, name = tempfile.mkstemp(dir=parts, prefix=_PART)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(mode if mode is not None else 0o666 & ~_umask())
        _replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _replace(temporary: Path, path: Path) -> None:
    try:
        temporary.replace(path)
    except PermissionError:
        if not path.exists():
            raise
        raise InUse(f"{path} cannot be replaced; close the program that has it open, then run again") from None


def _make_folder(folder: Path) -> None:
    """A folder whose own name could still be lost keeps nothing safe."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder, and NTFS journals the rename itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current
