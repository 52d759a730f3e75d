"""Amounts of records that no such record has: a heading of 万元 over figures of 元, or the other way about (forms.md M27).

The months before say nothing of a ledger's cells, so the form says what one record usually comes to. The middle record decides
about the column, wide bounds about a single one.
"""

from __future__ import annotations

from array import array
from decimal import Decimal
from statistics import median

from catalog.issues import Action, Issue
from catalog.numbers import from_cell, plain
from flows.intake.cells import UNUSABLE
from flows.intake.column_units import Mapped
from flows.intake.columns import CellList, Columns
from flows.intake.values import shown

_SINGLE = 10
"""A single record may lie so many times further out than the middle one."""


def refuse_other_units(columns: Columns, cells: dict[str, CellList]) -> None:
    """``usual`` of a column: the least and the greatest that its middle record comes to, in the stored unit."""
    for path, mapped in columns.table.layout.columns.items():
        if not mapped.column.usual or path not in cells or columns.table.found.sheet.shape != "ledger":
            continue
        least, most = (float(bound) for bound in mapped.column.usual)
        amounts = array("d", (abs(float(c.number)) for c in cells[path] if c.number is not None and c.number != "0"))
        middle = median(amounts) if amounts else least
        if not least <= middle <= most:
            _refuse(columns, cells[path], mapped, [n for n, c in enumerate(cells[path]) if c.number is not None], Decimal(str(middle)))
            continue
        for n, cell in enumerate(cells[path]):
            if cell.number is not None and cell.number != "0" and not least / _SINGLE <= abs(float(cell.number)) <= most * _SINGLE:
                _refuse(columns, cells[path], mapped, [n], Decimal(cell.number))


def _refuse(columns: Columns, of_column: CellList, mapped: Mapped, places: list[int], amount: Decimal) -> None:
    table = columns.table
    for n in places:
        of_column[n] = UNUSABLE
        columns.fates.refuse((columns.rows[n], mapped.index))
    own = columns.rows[places[0]], mapped.index
    said = shown(table.found.grid.at(*own)).strip()
    what = f"填{said}" if len(places) == 1 else f"等{len(places)}行填{said}等数"
    columns.said.append((own[0], Issue("M27", Action.REFUSE_CELL, f"{table.place(*own)} {what}，按“{mapped.column.parts[-1]}”栏的单位{mapped.unit}计，一笔合{plain(from_cell(amount))}{mapped.stored}，疑单位填错，请核对表头的单位和所填的数。",
                                       table.found.grid.name, table.cell(*own), said, f"以{mapped.column.unit}计的数")))  # fmt: skip
