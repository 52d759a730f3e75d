"""`huizong confirm`: the office vouches for a figure that was held; kept with a name and a reason, never overwritten."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from catalog.grids import Position, address
from catalog.observations import Adjustment, Reading
from connectors.warehouse import SubmissionRow, Warehouse
from flows.office import Office
from flows.words.binding import Unsaid, say

_PLACE = re.compile(r"([A-Z]{1,3})(\d+)(?::([A-Z]{1,3})(\d+))?")


class NothingHeld(Unsaid):
    """The place names no cell that waits for a word."""


@dataclass(frozen=True, slots=True)
class Cells:
    """``FILE!SHEET!CELLS`` as read."""

    file: str
    sheet: str
    cells: frozenset[str]

    def reported_in(self, warehouse: Warehouse) -> tuple[SubmissionRow, dict[str, Reading]]:
        """The hand-in in force at this place, else the latest that was read; and its readings there, by address."""
        found = [s for s in warehouse.submissions() if s.path == self.file and not s.refused]
        if not found:
            raise NothingHeld(f"no hand-in {self.file} was read; see huizong status for its name")
        in_force = {s.id for s in warehouse.standing() if s.state.startswith("accepted")}
        row = max(found, key=lambda s: (s.id in in_force, s.modified, s.sha256))
        return row, {r.cell: r for r in warehouse.readings([row.id]).get(row.id, ()) if r.sheet == self.sheet and r.cell in self.cells}


def cells_at(place: str) -> Cells:
    """Raises :class:`NothingHeld` with one line when the place is no place."""
    parts = place.rsplit("!", 2)
    match = _PLACE.fullmatch(parts[-1].upper().replace("$", "")) if len(parts) == 3 else None
    if match is None:
        raise NothingHeld(f"{place!r} is no place; write FILE!SHEET!CELL, e.g. '2020年/06月/民政/F12.xlsx!月报!H6:H22'")
    top, left = _position(match[1], match[2])
    bottom, right = _position(match[3], match[4]) if match[3] else (top, left)
    return Cells(parts[0], parts[1], frozenset(address(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)))


def confirm_cells(office: Office, place: str, by: str, why: str, at: datetime | None = None) -> list[str]:
    """Confirm every held cell of ``FILE!SHEET!CELLS``; returns their addresses. ``at``: when it was said.

    Raises :class:`NothingHeld` with one line when the place is no place, or nothing there is held; :class:`Unsaid` when
    nobody answers for it.
    """
    cells = cells_at(place)
    with office.alone(), office.open_warehouse() as warehouse:
        row, readings = cells.reported_in(warehouse)
        held = {cell for name, cell in warehouse.held(row.id) if name == cells.sheet}
        raw = {cell: reading.raw for cell, reading in readings.items() if cell in held}
        if not raw:
            raise NothingHeld(f"nothing in {place} waits for confirmation; a refused cell has to be corrected by the department")
        for cell in sorted(raw):
            say(warehouse, Adjustment("confirm", row.form, row.period, cells.sheet, cell, raw[cell], by, why, office.now(), submission=row.id), office.now(), at)
    return sorted(raw)


def _position(letters: str, row: str) -> Position:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(row) - 1, column - 1
