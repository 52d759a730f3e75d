"""``slips/`` brought to the published state: written, closed, or left alone where a person has changed them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from catalog.issues import Issue
from connectors.shares import InUse, write_whole
from connectors.warehouse import StandingRow, Warehouse
from flows.office import Office
from flows.slips.marked import slip
from flows.slips.owed import owed_slips
from flows.slips.places import DONE, kept_slips, place_of, write_state

_MADE = "own sheets"
"""Changes when the same hand-in gives another slip: one that stands is written again."""


@dataclass(frozen=True, slots=True)
class Slips:
    """What became of the slips tonight; paths relative to the office folder."""

    written: tuple[str, ...]
    closed: tuple[str, ...]
    edited: tuple[str, ...]
    """Left alone: a person has changed them."""
    waiting: tuple[str, ...] = ()
    """What could not be written or brought to the departments' own folder tonight, in sentences."""


def write_slips(office: Office, warehouse: Warehouse, at: datetime) -> Slips:
    """Bring ``slips/`` to the published state; a slip that is right already is not written again."""
    kept = kept_slips(office)
    wanted: dict[str, tuple[StandingRow, tuple[Issue, ...]]] = {}
    for row, issues in owed_slips(office, warehouse):
        wanted[_free(place_of(row), wanted)] = (row, issues)
    written, closed, edited, waiting = [], [], [], []
    for place, (row, issues) in sorted(wanted.items()):
        key = _key(row, issues, at)
        before = kept.get(place)
        file = office.slips / place
        try:
            there = file.read_bytes() if file.is_file() else b""
            if before and there:
                if not _is_ours(there, before):
                    edited.append(place)
                    continue
                if before["key"] == key:
                    continue
            data = slip(office, warehouse, row, issues, at)
            # said before it is done: a slip that a killed night has just written must not look like one that a person has changed
            kept[place] = {"key": "", "sha256": _digest(data), "before": _digest(there)}
            write_state(office, kept)
            write_whole(file, data)
        except (InUse, PermissionError):  # open in Excel or WPS on Windows
            waiting.append(_held(place))
            continue
        kept[place] = {"key": key, "sha256": _digest(data)}
        written.append(place)
    for place in sorted(set(kept) - set(wanted)):
        file = office.slips / place
        try:
            if file.is_file() and not _is_ours(file.read_bytes(), kept[place]):
                edited.append(place)
                continue
            if file.is_file():
                done = file.parent / DONE / file.name
                done.parent.mkdir(exist_ok=True)
                file.replace(done)
        except PermissionError:
            waiting.append(_held(place))
            continue
        del kept[place]
        closed.append(place)
    if written or closed:
        write_state(office, kept)
    return Slips(tuple(written), tuple(closed), tuple(edited), tuple(waiting))


def _held(place: str) -> str:
    return f"“{place}”正被打开或没有权限，没有更新；请关闭它，下次再写。"


def _free(place: str, taken: Iterable[str]) -> str:
    """Two files of one name in two folders are two slips."""
    stem, dot, suffix = place.rpartition(".")
    return next(name for name in chain((place,), (f"{stem}{n}{dot}{suffix}" for n in range(2, 1000))) if name not in taken)


def _key(row: StandingRow, issues: Iterable[Issue], at: datetime) -> str:
    late = bool(row.due_at and datetime.fromisoformat(row.due_at) < at)
    text = "\0".join([_MADE, str(row.id), row.state, str(late), *(f"{i.code}{i.action}{i.sheet}{i.cell}{i.message}" for i in issues)])
    return _digest(text.encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_ours(data: bytes, kept: dict[str, str]) -> bool:
    """Nobody has changed it: it is what was written, or what stood there before a night that did not get to writing it."""
    return _digest(data) in (kept["sha256"], kept.get("before", ""))
