"""`huizong db restore`: a backup (flows.keeping.backup) made an office again, on any machine and engine.

It is put together in a folder beside its place and moved there last: what is refused, or killed, leaves no half office.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import stat
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path

from connectors.shares import readable
from connectors.warehouse import OfficeBusy, OfficeLock, WarehouseUnreachable, upgrade
from connectors.warehouse.copies import bring_up, came_in, copy_in, copy_out
from flows.keeping.backup import KEY, LIST, NAME, PARTS, WAREHOUSE, NoBackup, part_folder
from flows.office import Office
from flows.serve.api import HOME
from flows.settings import key_place

_BEGUN, _COPYING = ".restore-begun", ".restore-copying"
"""In a folder that is being put together: all of this backup is there; its warehouse is on its way to the server."""


def restore(file: Path, folder: Path, instead_of: Path | None = None) -> tuple[Office, bool]:
    """Make the office anew in ``folder``; the office, and whether its key came along.

    Of a folder of backups the newest. Refuses to overwrite anything: the folder must be new or empty, and a server's
    warehouse must not know the office, unless ``instead_of`` names a new SQLite file in which that is kept first. Killed, it
    is finished when it is asked for again.
    """
    file = _newest(file) if file.is_dir() else file
    folder.parent.mkdir(parents=True, exist_ok=True)
    alone = folder.with_name(f".{folder.name}.restoring")
    lock = OfficeLock(alone, "", "")
    try:
        lock.take(0)
    except OfficeBusy:
        raise NoBackup(f"another restore into {folder} is at work; wait for it to end") from None
    try:
        came_with_key = _put_together(file, folder, instead_of)
    finally:
        lock.release()
        with suppress(OSError):  # Windows: who waits for it has it open
            alone.unlink()
    restored = Office(folder)
    restored.note_log_end()
    return restored, came_with_key


def _put_together(file: Path, folder: Path, instead_of: Path | None) -> bool:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NoBackup(f"{folder} is not empty; restore into a new folder")
    space, unsure = _begun(file, folder), False
    try:
        if not (space / _BEGUN).is_file():
            _unpack(file, space)
            shutil.rmtree(space / HOME, ignore_errors=True)  # older backups hold it
            (space / _BEGUN).write_text(_told_of(file), "utf-8")
        office = Office(space)
        _put_key(office, space / KEY)
        _put_parts_outside(office, only_look=True)
        if (space / WAREHOUSE).is_file():
            bring_up(space / WAREHOUSE)
            if url := office.settings.warehouse.url:
                with office.alone(0):  # no night of another folder, that of the office before it was spoilt
                    _copy_in(space, url, office.settings.general.id, instead_of)
        _put_parts_outside(office)  # last: a warehouse that is refused leaves nothing behind
        came_with_key = (space / KEY).exists()
        for name in (KEY, _BEGUN, _COPYING):
            (space / name).unlink(missing_ok=True)
        if folder.exists():
            folder.rmdir()
        space.chmod(0o700 | stat.S_IMODE(folder.parent.stat().st_mode) & 0o2775)  # who may look in there may look into the office; not everybody may write
        space.replace(folder)
    except WarehouseUnreachable:
        unsure = (space / _COPYING).exists()  # the server may have it and did not come to say so: the next try asks
        raise
    finally:
        if not unsure:
            shutil.rmtree(space, ignore_errors=True)
    return came_with_key


def _begun(file: Path, folder: Path) -> Path:
    """Where the office is put together: what a restore of this very backup that was killed has left, else a new folder."""
    prefix = f".{folder.name}.restoring-"
    for left in sorted(folder.parent.glob(f"{glob.escape(prefix)}*")):
        if (left / _BEGUN).is_file() and (left / _BEGUN).read_text("utf-8") == _told_of(file):
            return left
        shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=folder.parent, prefix=prefix))


def _told_of(file: Path) -> str:
    try:
        found = file.stat()
    except FileNotFoundError:
        return ""
    return f"{file.resolve()}\n{found.st_size}\n{found.st_mtime_ns}"


def _copy_in(space: Path, url: str, office: str, instead_of: Path | None) -> None:
    """The warehouse goes to the server; killed after that had it and before this folder knew, it is not brought twice."""
    source = f"sqlite:///{space / WAREHOUSE}"
    if instead_of is not None:  # brought again, it replaces itself
        upgrade(url)
        part = instead_of.with_name(instead_of.name + ".part")
        part.unlink(missing_ok=True)
        copy_out(url, office, part)
        part.chmod(0o600)
        part.replace(instead_of)
        copy_in(source, url, office, instead=True)
    elif not ((space / _COPYING).exists() and came_in(source, url, office)):
        (space / _COPYING).touch()
        copy_in(source, url, office)
    for left in space.glob(f"{WAREHOUSE}*"):
        left.unlink()


def _newest(folder: Path) -> Path:
    """The backup made last, as their names say; those of one office only, for nobody could say which was meant."""
    found = sorted((named[2], named[1], file) for file in folder.iterdir() if (named := NAME.fullmatch(file.name)))
    offices = sorted({office for _, office, _ in found})
    if not found:
        raise NoBackup(f"{folder} holds no backup (huizong-*.tar); name the file")
    if len(offices) > 1:
        raise NoBackup(f"{folder} holds backups of {', '.join(offices)}; name the file")
    return found[-1][2]


def _unpack(file: Path, folder: Path) -> None:
    """Every file with the hash it had, or NoBackup."""
    try:
        with tarfile.open(file) as tar:
            for member in tar:
                _put_out(tar, member, folder)
            listed = json.loads((folder / LIST).read_text("utf-8", "surrogateescape"))
            for member in tar.getmembers() if listed.get("modes") else ():  # when all is in them: one that may not be written to would take nothing
                if member.isdir():
                    (folder / member.name).chmod(member.mode & 0o2777 | 0o700)
        told = listed["files"]
    except (tarfile.TarError, FileNotFoundError, ValueError, KeyError, EOFError) as error:
        raise NoBackup(f"{file} is no whole backup ({type(error).__name__}); take another one") from None
    (folder / LIST).unlink()
    for name, digest in told.items():
        path = folder / name
        if not path.is_file() or _digest(path) != digest:
            raise NoBackup(f"{file}: {readable(name)} is damaged; take another backup")


def _put_out(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """One file, or an empty folder, to where it was in the office, and nowhere else. The filters of tarfile came with Python 3.11.4; Debian 12 has 3.11.2."""
    data = tar.extractfile(member) if member.isreg() else None
    path = folder / member.name
    if not path.resolve().is_relative_to(folder.resolve()) or not (data or member.isdir()):
        raise tarfile.TarError
    if data is None:
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with data, path.open("wb") as out:
        shutil.copyfileobj(data, out)
    path.chmod(member.mode & 0o777 | 0o600)
    os.utime(path, (member.mtime, member.mtime))


def _digest(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _put_key(office: Office, key: Path) -> None:
    """The key goes where the office looks for it; another one there is not overwritten."""
    if not key.exists():
        return
    place = key_place(office.settings)
    if place.exists():
        if place.read_bytes().strip() != key.read_bytes().strip():
            raise NoBackup(f"{place} holds another key; move it away first")
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(key.read_bytes())


def _put_parts_outside(office: Office, only_look: bool = False) -> None:
    """Folders that lay outside the office go back to where the settings say, if nothing lies there."""
    for part in PARTS:
        came = office.folder / f"@{part}"
        root = part_folder(office, part)
        if came.is_dir():
            if root.exists() and any(root.iterdir()):
                raise NoBackup(f"{root} is not empty; change paths.{part} or move it away")
            if only_look:
                continue
            root.parent.mkdir(parents=True, exist_ok=True)
            if root.exists():
                root.rmdir()
            shutil.move(came, root)
