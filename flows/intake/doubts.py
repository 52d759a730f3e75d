"""What a record of a ledger says against itself, or nearly says: refused, so that it neither counts nor silently does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from catalog.indicators import FromLedger, Indicator
from catalog.issues import Action, Issue
from catalog.units import fold
from flows.intake.cells import UNUSABLE
from flows.intake.columns import CellList, Columns
from flows.intake.values import HIDDEN, shown


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
            said, whole = (shown(table.found.grid.at(row, m.index)).strip() for m in (one, other))
            for path, mapped in ((smaller, one), (larger, other)):
                columns.fates.refuse((row, mapped.index))
                if path in cells:
                    cells[path][n] = UNUSABLE
            columns.said.append((row, Issue("E-ABOVE", Action.REFUSE_CELL, f"{table.place(row, one.index)} {one.column.parts[-1]}填{said}，大于{table.cell(row, other.index)}{other.column.parts[-1]}的{whole}，请核实这两个数。",
                                            table.found.grid.name, table.cell(row, one.index), said, f"不大于{whole}")))  # fmt: skip


_FEW = 5
"""Of so many records one may contradict itself; where more do, an office reckons in a way of its own."""


def look_for_wrong_sums(columns: Columns, cells: dict[str, CellList]) -> None:
    """实发 that is not 标准 + 补发 of its own record: one of the three is wrong, and what was paid is refused; what is blank adds nothing."""
    table = columns.table
    for whole, parts in table.found.sheet.adds_up if table.found.sheet.shape == "ledger" else ():
        mapped = [table.layout.columns.get(path) for path in (whole, *parts)]
        if whole not in cells or any(m is None for m in mapped):
            continue
        own, beside = mapped[0], [(m, cells.get(m.column.path) or columns.read(m)) for m in mapped[1:] if m is not None]
        wrong = []
        for n, cell in enumerate(cells[whole]):
            figures = [of_column[n] for _, of_column in beside]
            if cell.number is None or any(f.refused for f in figures) or not figures[0].filled:
                continue
            together = sum((Decimal(f.number) for f in figures if f.number is not None), Decimal(0))
            if together != Decimal(cell.number):
                wrong.append((n, together))
        few = len(wrong) * _FEW <= len(cells[whole])
        for n, together in wrong if few else wrong[:1]:
            assert own is not None
            row, told = columns.rows[n], "、".join(f"{table.cell(columns.rows[n], m.index)}{m.column.parts[-1]}" for m, _ in beside if m is not None)
            what = f"{table.place(row, own.index)} {own.column.parts[-1]}填{shown(table.found.grid.at(row, own.index)).strip()}，{told}相加为{together}"
            if few:
                cells[whole][n] = UNUSABLE
                columns.fates.refuse((row, own.index))
            columns.said.append((row, Issue("M44", Action.REFUSE_CELL if few else Action.WARN, f"{what}，请核实这几个数。" if few else f"{what}，等{len(wrong)}行不等，以填报数为准，请核实。",
                                            table.found.grid.name, table.cell(row, own.index), HIDDEN, str(together))))  # fmt: skip


def look_for_returns(columns: Columns, cells: dict[str, CellList]) -> None:
    """Money that came back, and somebody counted as helped by it: one of the two is wrong, and the count is refused (forms/README §3.14)."""
    table = columns.table
    for amount, count in table.found.sheet.returned:
        paid, counted = table.layout.columns.get(amount), table.layout.columns.get(count)
        if paid is None or counted is None or count not in cells:
            continue
        for n, (row, a, b) in enumerate(zip(columns.rows, cells.get(amount) or columns.read(paid), cells[count], strict=True)):
            if a.number is None or b.number is None or Decimal(a.number) >= 0 or b.number == "0":
                continue
            cells[count][n] = UNUSABLE
            columns.fates.refuse((row, counted.index))
            columns.said.append((row, Issue("M35", Action.REFUSE_CELL, f"{table.place(row, counted.index)} {counted.column.parts[-1]}填{b.number}，{table.cell(row, paid.index)}{paid.column.parts[-1]}却是负数，退回的款项{counted.column.parts[-1]}应填0，请核实这两个数。",
                                            table.found.grid.name, table.cell(row, counted.index), b.number, "0")))  # fmt: skip


def look_for_early_days(columns: Columns, cells: dict[str, CellList]) -> None:
    """A day of acceptance that has come, on a project that is 在建: one of the two is wrong, and the day decides what counts. It is refused."""
    table = columns.table
    for path, mapped in table.layout.columns.items():
        other, _, words = mapped.column.not_with.partition("=")
        beside = table.layout.columns.get(other)
        if path not in cells or beside is None:
            continue
        early = {fold(word) for word in words.split("、")}
        said = cells.get(other) or columns.read(beside)
        for n, (row, cell, state) in enumerate(zip(columns.rows, cells[path], said, strict=True)):
            if cell.refused or state.refused or cell.day is None or cell.day > table.month.last_day or state.key not in early:
                continue
            cells[path][n] = UNUSABLE
            columns.fates.refuse((row, mapped.index))
            columns.said.append((row, Issue("E-ABOVE", Action.REFUSE_CELL, f"{table.place(row, mapped.index)} {mapped.column.parts[-1]}填{cell.day}，{table.cell(row, beside.index)}{beside.column.parts[-1]}却填“{state.text}”，两者矛盾，请改正其中一处。",
                                            table.found.grid.name, table.cell(row, mapped.index), str(cell.day), f"与{beside.column.parts[-1]}相符")))  # fmt: skip


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
