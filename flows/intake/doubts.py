"""What a record of a ledger says against itself, or nearly says: refused, so that it neither counts nor silently does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from catalog.indicators import FromLedger, Indicator
from catalog.issues import Action, Issue
from catalog.units import fold
from flows.intake.cells import UNUSABLE
from flows.intake.columns import CellList, Columns
from flows.intake.values import HIDDEN


def look_for_the_greater(columns: Columns, cells: dict[str, CellList]) -> None:
    """A month's work above all that was ever done on the project: one of the two is wrong, both are refused."""
    table = columns.table
    for smaller, larger in table.found.sheet.not_above if table.found.sheet.shape == "ledger" else ():
        one, other = table.layout.columns.get(smaller), table.layout.columns.get(larger)
        if one is None or other is None:
            continue
        beside = cells.get(larger) or columns.read(other)
        for n, (row, a, b) in enumerate(zip(columns.rows, cells.get(smaller) or columns.read(one), beside, strict=True)):
            if a.number is None or b.number is None or Decimal(a.number) <= Decimal(b.number):
                continue
            for path, mapped in ((smaller, one), (larger, other)):
                columns.fates.refuse((row, mapped.index))
                if path in cells:
                    cells[path][n] = UNUSABLE
            columns.said.append((row, Issue("E-ABOVE", Action.REFUSE_CELL, f"{table.place(row, one.index)} {one.column.parts[-1]}填{a.number}，大于{table.cell(row, other.index)}{other.column.parts[-1]}的{b.number}，请核实这两个数。",
                                            table.found.grid.name, table.cell(row, one.index), a.number, f"不大于{b.number}")))  # fmt: skip


def look_for_near_words(columns: Columns, cells: Mapping[str, CellList], indicators: Sequence[Indicator]) -> None:
    """积极份子 where 积极分子 is counted: one sign off is the same word to a reader, and would silently not count. It is refused."""
    wanted: dict[str, set[str]] = {}
    for indicator in indicators:
        for condition in indicator.from_.where if isinstance(indicator.from_, FromLedger) else ():
            if condition.contains:
                wanted.setdefault(condition.column, set()).add(condition.contains)
    for path, words in wanted.items():
        mapped = columns.table.layout.columns.get(path)
        near = {key: word for key in {cell.key for cell in cells.get(path, ()) if not cell.refused} if (word := _one_sign_off(key, words))}
        for n, cell in enumerate(cells[path] if mapped and near else ()):
            if mapped and cell.key in near and not cell.refused:
                cells[path][n] = UNUSABLE
                own = (columns.rows[n], mapped.index)
                columns.fates.refuse(own)
                columns.said.append((own[0], Issue("E-WORD", Action.REFUSE_CELL, f"{columns.table.place(*own)} {mapped.column.parts[-1]}是否即“{near[cell.key]}”，分不清应否计入，请改正。",
                                                   columns.table.found.grid.name, columns.table.cell(*own), HIDDEN, near[cell.key])))  # fmt: skip


def _one_sign_off(key: str, words: Iterable[str]) -> str:
    """The word of which all signs but one stand in ``key``, in their order and side by side; none where any stands there whole."""
    folded = {fold(word): word for word in words}
    if any(word in key for word in folded):
        return ""
    for word, written in sorted(folded.items()):
        size = len(word)
        parts = (key[start : start + size] for start in range(len(key) - size + 1))
        if size > 2 and any(sum(a != b for a, b in zip(part, word, strict=True)) == 1 for part in parts):
            return written
    return ""
