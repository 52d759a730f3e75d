"""`huizong db backup` and `db restore`: office folder and warehouse in one file, and back on any machine and engine.

The file is a tar: the office folder as it is, the warehouse as one consistent SQLite file whatever engine it lives on, and
a list of every file's hash. What Prefect keeps of itself (`.prefect`) is not in it: its database is written to all the time,
and `huizong serve` makes it anew and registers the schedules. The key of the person tokens stays outside unless asked for: whoever has both could count
people by name.
"""

from __future__ import annotations

import glob
import hashlib
import io
import json
import os
import re
import shutil
import stat
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from catalog.said import Said
from connectors.shares import readable
from connectors.shares.folder import SYSTEM_FOLDER, folder_rule
from connectors.warehouse import WarehouseUnreachable, upgrade
from connectors.warehouse.copies import bring_up, came_in, copy_in, copy_out
from flows.office import LOG_END, Office
from flows.serve.api import HOME
from flows.settings import key_place, secret_places, token_key
from flows.slips import STATE as SLIPS_STATE

_WAREHOUSE, _KEY, _LIST = "warehouse.db", "token.key", "MANIFEST.json"
_BEGUN, _COPYING = ".restore-begun", ".restore-copying"
"""In a folder that is being put together: all of this backup is there; its warehouse is on its way to the server."""
_NAMED = re.compile(r"huizong-(.+)-(\d{8}T\d{6})\.tar")
"""A backup's name: its office, and when it was made."""
_TRIES = 60
"""Seconds to wait for a moment at which no slip is being written."""
_PARTS = ("archive", "slips", "outputs")
"""Folders that the settings may have put outside the office folder."""


class NoBackup(Said):
    """A backup or a restore that cannot be made; one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written, the number of files in it, and what of the inbox nobody may read and is not in it; a folder has a / at its end."""

    path: Path
    files: int
    left_out: tuple[str, ...] = ()


def back_up(office: Office, target: Path, now: datetime, with_key: bool = False) -> Backup:
    """Write one file. Whole or not at all; never over another file. Raises :class:`NoBackup`."""
    target = target.resolve()
    if target.is_relative_to(office.folder.resolve()):
        raise NoBackup(f"{target} lies in the office itself; name a place outside it, best on another disk")
    if target.is_dir():
        target = target / f"huizong-{office.settings.general.id}-{now:%Y%m%dT%H%M%S}.tar"
    if target.exists():
        raise NoBackup(f"{target} is there already; name another file")
    if not target.parent.is_dir():
        raise NoBackup(f"the folder {target.parent} is not there; make it, or name another")
    for folder in (office.outputs, office.archive.root, office.slips):
        if target.is_relative_to(folder.resolve()):
            raise NoBackup(f"{target} lies in {folder}, which is a part of the office; name a place outside it, best on another disk")
    part = target.with_name(target.name + ".part")
    hashes: dict[str, str] = {}
    left_out: list[str] = []
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as space:
            copy = Path(space) / _WAREHOUSE
            copy_out(office.warehouse_url, office.settings.general.id, copy)  # first: every file it speaks of is in the archive by then
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out, tarfile.open(fileobj=out, mode="w", dereference=True) as tar:  # a second name of a file is a file
                unread: list[Path] = []
                everything = [*_files(office, unread), *_slips(office, Path(space) / "slips"), (_WAREHOUSE, copy)]
                for folder in unread:
                    if not folder.is_relative_to(office.inbox):
                        raise NoBackup(f"{folder} cannot be read; give this account the right, or move it away")
                    left_out.append(f"{folder.relative_to(office.folder).as_posix()}/")
                for name, file in everything:
                    try:
                        opened = file.open("rb")
                    except FileNotFoundError:  # it went away since it was listed
                        continue
                    except OSError as error:
                        if not file.is_relative_to(office.inbox):
                            raise NoBackup(f"{file} cannot be read ({error.strerror}); give this account the right, or move it away") from None
                        left_out.append(name)  # a department's own, which the night defers
                        continue
                    with opened:
                        hashes[name] = _add(tar, name, opened, in_pieces=file == copy)
                if with_key:
                    key = token_key(office.settings)
                    hashes[_KEY] = _add_bytes(tar, _KEY, key)
                for name, mode in _folders(office):
                    info = tarfile.TarInfo(name)
                    info.type, info.mode = tarfile.DIRTYPE, mode
                    tar.addfile(info)
                told_of = {"office": office.settings.general.id, "made_at": now.isoformat(timespec="seconds"), "files": hashes, "modes": True}  # of folders; older backups say 700 of each
                _add_bytes(tar, _LIST, json.dumps(told_of, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogateescape"))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Backup(target, len(hashes), tuple(left_out))


def restore(file: Path, folder: Path, instead_of: Path | None = None) -> tuple[Office, bool]:
    """Make the office anew in ``folder``; the office, and whether its key came along.

    Of a folder of backups the newest. Refuses to overwrite anything: the folder must be new or empty, and a server's
    warehouse must not know the office, unless ``instead_of`` names a new SQLite file in which that is kept first. Killed, it
    is finished when it is asked for again.
    """
    file = _newest(file) if file.is_dir() else file
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NoBackup(f"{folder} is not empty; restore into a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    space, unsure = _begun(file, folder), False
    try:
        if not (space / _BEGUN).is_file():
            _unpack(file, space)
            shutil.rmtree(space / HOME, ignore_errors=True)  # older backups hold it
            (space / _BEGUN).write_text(_told_of(file), "utf-8")
        office = Office(space)
        _put_key(office, space / _KEY)
        _put_parts_outside(office, only_look=True)
        if (space / _WAREHOUSE).is_file():
            bring_up(space / _WAREHOUSE)
            if url := office.settings.warehouse.url:
                with office.alone(0):  # no night of another folder, that of the office before it was spoilt
                    _copy_in(space, url, office.settings.general.id, instead_of)
        _put_parts_outside(office)  # last: a warehouse that is refused leaves nothing behind
        came_with_key = (space / _KEY).exists()
        for name in (_KEY, _BEGUN, _COPYING):
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
    restored = Office(folder)
    restored.note_log_end()
    return restored, came_with_key


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
    source = f"sqlite:///{space / _WAREHOUSE}"
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
    for left in space.glob(f"{_WAREHOUSE}*"):
        left.unlink()


def _newest(folder: Path) -> Path:
    """The backup made last, as their names say; those of one office only, for nobody could say which was meant."""
    found = sorted((named[2], named[1], file) for file in folder.iterdir() if (named := _NAMED.fullmatch(file.name)))
    offices = sorted({office for _, office, _ in found})
    if not found:
        raise NoBackup(f"{folder} holds no backup (huizong-*.tar); name the file")
    if len(offices) > 1:
        raise NoBackup(f"{folder} holds backups of {', '.join(offices)}; name the file")
    return found[-1][2]


def _files(office: Office, unread: list[Path]) -> Iterator[tuple[str, Path]]:
    """name in the backup → file: everything of the office but the live warehouse, what is noted of it, Prefect's own, slips, secrets, owner files and files half written."""
    secrets = {place.resolve() for place in secret_places(office.settings)}
    for file in _regular(office.folder, unread, (office.folder / HOME, office.slips)):
        name = file.relative_to(office.folder).as_posix()
        if not (name.startswith(_WAREHOUSE) or name == LOG_END or file.name.startswith((".part-", "~$", ".~")) or file.resolve() in secrets):
            yield name, file
    for part in ("archive", "outputs"):
        root: Path = getattr(office, part) if part != "archive" else office.archive.root
        if not root.resolve().is_relative_to(office.folder.resolve()):
            yield from ((f"@{part}/{file.relative_to(root).as_posix()}", file) for file in _regular(root, unread))


def _regular(root: Path, unread: list[Path], without: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Files below ``root``, links aside; what nobody may look into is added to ``unread``: it would be missed without a word."""

    def shut(error: OSError) -> None:
        folder = Path(error.filename)
        if not isinstance(error, FileNotFoundError) and folder_rule(folder.name) != SYSTEM_FOLDER:  # the disk's own is only the administrator's
            unread.append(folder)

    found: list[Path] = []
    for here, inner, names in os.walk(root, onerror=shut):
        inner[:] = [name for name in inner if Path(here, name) not in without]
        found += (Path(here, name) for name in names)
    for file in sorted(found):
        try:
            if not stat.S_ISREG(file.lstat().st_mode):
                continue
        except FileNotFoundError:
            continue
        except OSError:
            pass  # opened, it says why
        yield file


def _folders(office: Office) -> list[tuple[str, int]]:
    """The office's folders with their modes, empty ones too: where a department's next file goes, and whether it may put it there."""
    found = []
    for folder, inner, _ in os.walk(office.folder):
        here = Path(folder)
        if here == office.folder:
            inner[:] = [name for name in inner if name != HOME]
        else:
            with suppress(FileNotFoundError):
                found.append((here.relative_to(office.folder).as_posix(), stat.S_IMODE(here.stat().st_mode)))
    return sorted(found)


def _slips(office: Office, space: Path) -> Iterator[tuple[str, Path]]:
    """The slips and what is remembered of them, of one moment: else one that a night writes meanwhile would look edited by a person."""
    if not office.slips.is_dir():
        return
    inside = office.slips.resolve().is_relative_to(office.folder.resolve())
    prefix = office.slips.relative_to(office.folder).as_posix() if inside else "@slips"
    memory = office.slips / SLIPS_STATE
    unread = ""
    for _ in range(_TRIES):
        try:
            before = memory.read_bytes() if memory.is_file() else b""
            shutil.copytree(office.slips, space, ignore=shutil.ignore_patterns(".part-*", "~$*", ".~*"), ignore_dangling_symlinks=True, dirs_exist_ok=True)
            if (memory.read_bytes() if memory.is_file() else b"") == before:
                break
        except shutil.Error as error:  # a slip was settled meanwhile
            unread = str(error.args[0][0][0])
        except OSError as error:
            unread = str(error.filename)
        else:
            unread = ""
        shutil.rmtree(space, ignore_errors=True)
        time.sleep(1)
    else:
        raise NoBackup(f"{unread} cannot be read; give this account the right, or move it away" if unread else "a night is writing slips; back up when it has ended")
    yield from ((f"{prefix}/{file.relative_to(space).as_posix()}", file) for file in sorted(space.rglob("*")) if file.is_file())


def _add(tar: tarfile.TarFile, name: str, file: io.BufferedReader, in_pieces: bool) -> str:
    """The hash of what was put in. A log or a workbook may grow shorter meanwhile: unless it stands still (``in_pieces``), it is read before."""
    info = tar.gettarinfo(arcname=name, fileobj=file)
    if in_pieces:
        reader = _Hashing(file)
    else:
        data = file.read()
        info.size, reader = len(data), _Hashing(io.BytesIO(data))
    tar.addfile(info, reader)  # type: ignore[arg-type]
    return reader.digest.hexdigest()


class _Hashing:
    """A file that hashes what is read of it."""

    def __init__(self, file: io.BufferedReader | io.BytesIO) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        return data


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> str:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    tar.addfile(info, io.BytesIO(data))
    return hashlib.sha256(data).hexdigest()


def _unpack(file: Path, folder: Path) -> None:
    """Every file with the hash it had, or NoBackup."""
    try:
        with tarfile.open(file) as tar:
            for member in tar:
                _put_out(tar, member, folder)
            listed = json.loads((folder / _LIST).read_text("utf-8", "surrogateescape"))
            for member in tar.getmembers() if listed.get("modes") else ():  # when all is in them: one that may not be written to would take nothing
                if member.isdir():
                    (folder / member.name).chmod(member.mode & 0o2777 | 0o700)
        told = listed["files"]
    except (tarfile.TarError, FileNotFoundError, ValueError, KeyError, EOFError) as error:
        raise NoBackup(f"{file} is no whole backup ({type(error).__name__}); take another one") from None
    (folder / _LIST).unlink()
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
    for part in _PARTS:
        came = office.folder / f"@{part}"
        root: Path = getattr(office, part) if part != "archive" else office.archive.root
        if came.is_dir():
            if root.exists() and any(root.iterdir()):
                raise NoBackup(f"{root} is not empty; change paths.{part} or move it away")
            if only_look:
                continue
            root.parent.mkdir(parents=True, exist_ok=True)
            if root.exists():
                root.rmdir()
            shutil.move(came, root)
