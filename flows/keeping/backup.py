"""`huizong db backup`: office folder and warehouse in one file, to be brought back on any machine and engine (flows.keeping.restore).

The file is a tar: the office folder as it is, the warehouse as one consistent SQLite file whatever engine it lives on, and
a list of every file's hash. What Prefect keeps of itself (`.prefect`) is not in it: its database is written to all the time,
and `huizong serve` makes it anew and registers the schedules. The key of the person tokens stays outside unless asked for: whoever has both could count
people by name.
"""

from __future__ import annotations

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
from connectors.shares.folder import SYSTEM_FOLDER, folder_rule
from connectors.warehouse.copies import copy_out
from flows.office import LOG_END, Office
from flows.serve.api import HOME
from flows.settings import secret_places, token_key
from flows.slips.places import STATE as SLIPS_STATE

WAREHOUSE, KEY, LIST = "warehouse.db", "token.key", "MANIFEST.json"
NAME = re.compile(r"huizong-(.+)-(\d{8}T\d{6})\.tar")
"""A backup's name: its office, and when it was made."""
_ARCHIVED = re.compile(r"(?:^|/)[0-9a-f]{2}/[0-9a-f]{64}$")
"""An archived file bears the hash of what was received."""
_TRIES = 60
"""Seconds to wait for a moment at which no slip is being written."""
PARTS = ("archive", "slips", "outputs")
"""Folders that the settings may have put outside the office folder."""


class NoBackup(Said):
    """A backup or a restore that cannot be made; one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written."""

    path: Path
    files: int
    left_out: tuple[str, ...] = ()
    """What of the inbox nobody may read and is not in it; a folder has a / at its end."""
    changed: tuple[str, ...] = ()
    """Archived files that are no longer what was received; they are in it as they are."""


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
            copy = Path(space) / WAREHOUSE
            copy_out(office.warehouse_url, office.settings.general.id, copy)  # first: every file it speaks of is in the archive by then
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out, tarfile.open(fileobj=out, mode="w", dereference=True) as tar:  # a second name of a file is a file
                unread: list[Path] = []
                everything = [*_files(office, unread), *_slips(office, Path(space) / "slips"), (WAREHOUSE, copy)]
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
                    hashes[KEY] = _add_bytes(tar, KEY, key)
                for name, mode in _folders(office):
                    info = tarfile.TarInfo(name)
                    info.type, info.mode = tarfile.DIRTYPE, mode
                    tar.addfile(info)
                told_of = {"office": office.settings.general.id, "made_at": now.isoformat(timespec="seconds"), "files": hashes, "modes": True}  # of folders; older backups say 700 of each
                _add_bytes(tar, LIST, json.dumps(told_of, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogateescape"))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Backup(target, len(hashes), tuple(left_out), tuple(name for name, digest in hashes.items() if _ARCHIVED.search(name) and not name.endswith(digest)))


def _files(office: Office, unread: list[Path]) -> Iterator[tuple[str, Path]]:
    """name in the backup → file: everything of the office but the live warehouse, what is noted of it, Prefect's own, slips, secrets, owner files and files half written."""
    secrets = {place.resolve() for place in secret_places(office.settings)}
    for file in _regular(office.folder, unread, (office.folder / HOME, office.slips)):
        name = file.relative_to(office.folder).as_posix()
        if not (name.startswith(WAREHOUSE) or name == LOG_END or file.name.startswith((".part-", "~$", ".~")) or file.resolve() in secrets):
            yield name, file
    for part, root in _outside(office):
        if part != "slips":
            yield from ((f"@{part}/{file.relative_to(root).as_posix()}", file) for file in _regular(root, unread))


def _outside(office: Office) -> list[tuple[str, Path]]:
    """The parts that lie outside the office folder."""
    parts = ((part, part_folder(office, part)) for part in PARTS)
    return [(part, root) for part, root in parts if not root.resolve().is_relative_to(office.folder.resolve())]


def part_folder(office: Office, part: str) -> Path:
    """Where a part of :data:`PARTS` lies."""
    return {"archive": office.archive.root, "slips": office.slips, "outputs": office.outputs}[part]


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
    for name, root in (("", office.folder), *((f"@{part}", root) for part, root in _outside(office))):
        for folder, inner, _ in os.walk(root):
            here = Path(folder)
            if here == office.folder:
                inner[:] = [name for name in inner if name != HOME]
            else:
                with suppress(FileNotFoundError):
                    found.append((Path(name, here.relative_to(root)).as_posix(), stat.S_IMODE(here.stat().st_mode)))
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


