"""`huizong confirm`: the office vouches for a figure that was held; kept with a name and a reason, never overwritten."""

from __future__ import annotations

import re
from datetime import datetime

from catalog.grids import Position, address
from catalog.observations import Adjustment
from flows.office import Office

_PLACE = re.compile(r"([A-Z]{1,3})(\d+)(?::([A-Z]{1,3})(\d+))?")


class NothingHeld(ValueError):
    """The place names no cell that waits for a word."""


def confirm_cells(office: Office, place: str, by: str, why: str, at: datetime | None = None) -> list[str]:
    """Confirm every held cell of ``FILE!SHEET!CELLS``; returns their addresses. ``at``: when it was said.

    Raises :class:`NothingHeld` with one line when the place is no place, or nothing there is held.
    """
    parts = place.rsplit("!", 2)
    match = _PLACE.fullmatch(parts[-1].upper().replace("$", "")) if len(parts) == 3 else None
    if match is None:
        raise NothingHeld(f"{place!r} is no place; write FILE!SHEET!CELL, e.g. '2020年/06月/民政/F12.xlsx!月报!H6:H22'")
    if not by.strip() or not why.strip():
        raise NothingHeld("write who vouches for it (--by) and the reason (--why)")
    file, sheet, _ = parts
    top, left = _position(match[1], match[2])
    bottom, right = _position(match[3], match[4]) if match[3] else (top, left)
    wanted = {address(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)}
    with office.open_warehouse() as warehouse:
        row = next((s for s in reversed(warehouse.submissions()) if s.path == file and not s.refused), None)
        if row is None:
            raise NothingHeld(f"no hand-in {file} was read; see huizong status for its name")
        held = {cell for name, cell in warehouse.held(row.id) if name == sheet and cell in wanted}
        raw = {r.cell: r.raw for r in warehouse.readings([row.id]).get(row.id, ()) if r.sheet == sheet and r.cell in held}
        if not raw:
            raise NothingHeld(f"nothing in {place} waits for confirmation; a refused cell has to be corrected by the department")
        for cell in sorted(raw):
            warehouse.adjust(Adjustment("confirm", row.form, row.period, sheet, cell, raw[cell], by.strip(), why.strip(), at or office.now()))
    return sorted(raw)


def _position(letters: str, row: str) -> Position:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(row) - 1, column - 1
