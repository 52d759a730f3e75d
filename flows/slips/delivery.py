"""Slips brought to where the departments read them: ``paths.slips_to``, a folder on a server, beside the office's own ``slips/``.

The folder there follows the one here: a slip that was written is put there, one that is settled moves to 已办结 there too.
What a department has changed there is left alone. What cannot be brought tonight is named and brought the next night; a
slip that was brought is not brought again, whenever a night is killed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from connectors.shares import NoShare, NotReturned, write_whole
from flows.office import Office
from flows.slips.places import DONE, UNCLAIMED, kept_slips

if TYPE_CHECKING:
    from connectors.shares.returning import ReturnFolder

_STATE = ".returned.json"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the slips there; places below the folder."""

    brought: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    """Left alone: a department has changed them."""
    waiting: tuple[str, ...] = ()
    """One sentence for each that could not be brought."""


def deliver_slips(office: Office) -> Delivery:
    """Bring the folder there to what lies here; asks the server nothing when nothing has changed. Never raises for the server."""
    folder = office.return_folder
    if folder is None:
        return Delivery()
    sent = _read_state(office)
    here = {place: office.slips / place for place in kept_slips(office) if not place.startswith(f"{UNCLAIMED}/")}
    wanted = {place: file.read_bytes() for place, file in sorted(here.items()) if file.is_file()}
    brought, settled, edited, waiting = [], [], [], []
    todo = [place for place in sorted({*wanted, *sent}) if place not in wanted or sent.get(place, {}).get("sha256") != _digest(wanted[place]) or "before" in sent[place]]
    for number, place in enumerate(todo):
        try:
            if not _is_ours(folder, place, sent, wanted.get(place)):
                edited.append(place)
                if place not in wanted:
                    del sent[place]
            elif place in wanted:
                _bring(office, folder, place, wanted[place], sent)
                brought.append(place)
            else:
                name = PurePosixPath(place)
                folder.move(place, f"{name.parent}/{DONE}/{name.name}")
                del sent[place]
                settled.append(place)
        except NotReturned as error:
            waiting.append(str(error))
        except NoShare as error:
            waiting.append(f"“{place}”下次再送，退回文件夹连接不上（{error}）。")
            waiting += [f"“{left}”下次再送。" for left in todo[number + 1 :]]
            break
    if settled or edited:
        _write_state(office, sent)
    return Delivery(tuple(brought), tuple(settled), tuple(edited), tuple(waiting))


def _bring(office: Office, folder: ReturnFolder, place: str, data: bytes, sent: dict[str, dict[str, str]]) -> None:
    """Said before it is done: a slip that a killed night has just put there must not look like one that a department has changed."""
    sent[place] = {"sha256": _digest(data), "before": sent.get(place, {}).get("sha256", "")}
    _write_state(office, sent)
    folder.put(place, data)
    del sent[place]["before"]
    _write_state(office, sent)


def _is_ours(folder: ReturnFolder, place: str, sent: dict[str, dict[str, str]], wanted: bytes | None) -> bool:
    """Nothing stands there, or what was put there, or what would be put there now."""
    there = folder.read(place)
    return there is None or there == wanted or _digest(there) in sent.get(place, {}).values()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write_state(office: Office, sent: dict[str, dict[str, str]]) -> None:
    write_whole(office.slips / _STATE, json.dumps(sent, ensure_ascii=False, indent=0, sort_keys=True).encode())


def _read_state(office: Office) -> dict[str, dict[str, str]]:
    try:
        return dict(json.loads((office.slips / _STATE).read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        return {}
