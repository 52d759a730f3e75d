"""Tables whose rows are villages, branches, spots or indicators: one reading per cell."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial

from catalog.grids import column_letters
from catalog.issues import Action, Issue
from catalog.observations import Reading, Status
from flows.intake import numerals, values
from flows.intake.column_units import Mapped
from flows.intake.fate import USED, Fates, stretches_of
from flows.intake.indicator_rows import read_indicator_rows
from flows.intake.named_rows import name_rows
from flows.intake.rows import Kind
from flows.intake.table import NAMELESS, Report, Table, figure_issue, marked_rows, read_figure, reading_of, replace_unit, use_labels

_DEKAD = re.compile(r"(\d{1,2})[-—–－~～至](\d{1,2})日")


def read_matrix(table: Table, fates: Fates, report: Report) -> tuple[list[Reading], dict[int, str]]:
    """Every figure of the table as a reading, blanks as readings with status missing; and row → name of its unit."""
    sheet = table.found.sheet
    if sheet.rows == "indicator":
        return read_indicator_rows(table, fates, report), {}
    named = name_rows(table, report)
    readings: list[Reading] = []
    by_index = table.layout.by_index()
    figures = [m for m in by_index.values() if m.column.numeric and m.column.id and not m.column.only_in_total]
    use_labels(table, list(named), by_index, fates)
    quick = [(mapped, quick_reading(table, mapped)) for mapped in figures]
    pairs = dict(sheet.pairs)
    for row, (code, name) in named.items():
        taken: dict[str, values.Clean] = {}
        for mapped, read in quick:
            if not name:
                fates.refuse((row, mapped.index))
                nobody = f"第{table.found.grid.source(row, 0)[0] + 1}行"
                readings.append(reading_of(table, row, mapped, NAMELESS, mapped.column.id, code, nobody, table.month.name, mapped.column.role or "stock"))
            elif mapped.column.path not in taken and (reading := read(row, code, name)) is not None:
                readings.append(reading)
            else:
                readings.append(_by_hand(table, row, mapped, code, name, taken, pairs, fates, report))
    for mapped in figures:
        fates.settle_column(stretches_of(list(named)), mapped.index, USED)
    _tell_empty(table, {row: name for row, (_, name) in named.items() if name}, figures, report)
    readings += _part_rows(table, figures, fates, report)
    readings += _total_row(table, fates, report)
    names = {row: name for row, (_, name) in named.items()}
    further = {row.index: unit.name for row in table.body.of(Kind.MORE) if (unit := table.catalogue.units.find(row.label, table.month.last_day))}
    use_labels(table, list(further), by_index, fates)
    return readings, dict(sorted((names | further).items()))


def _tell_empty(table: Table, names: Mapping[int, str], figures: list[Mapped], report: Report) -> None:
    """A row without a single figure, among rows with some: as little is reported as if the row were missing (M20)."""
    grid = table.found.grid
    empty = [row for row in names if all((value := grid.at(row, m.index)) is None or value == "" for m in figures) and not any((row, m.index) in grid.uncached for m in figures)]
    for row in empty if len(empty) < len(names) else ():
        where = table.cell(row, table.layout.left)
        report(Issue("E-BLANK", Action.WARN, f"{grid.name}!{where} {names[row]}一行没有填数，按未报计，没有发生请填0，有数请补报。",
                     grid.name, where, "整行空白", "各栏的数，没有的填0"))  # fmt: skip


def quick_reading(table: Table, mapped: Mapped) -> Callable[[int, str, str], Reading | None]:
    """For one column: (row, unit code, unit name) → the reading of a cell of which nothing has to be said, else None."""
    grid, column = table.found.grid, mapped.column
    rows, index, sheet, letters = grid.rows, mapped.index, grid.name, column_letters(mapped.index)
    missing, zero, reported = Status.MISSING, Status.ZERO, Status.REPORTED
    marked = marked_rows(table).get(index, set())
    whole, negative, measure, role, period, stored = column.type == "integer", column.negative, column.id, column.role or "stock", table.month.name, mapped.stored
    factor = None if mapped.factor == 1 else mapped.factor
    made: Callable[[tuple[object, ...]], Reading] = partial(tuple.__new__, Reading)  # half of what Reading() costs, for each cell

    def read(row: int, code: str, name: str) -> Reading | None:
        if row in marked:
            return None
        value = rows[row][index]
        if value is None:
            cell = grid.address(row, index) if grid.moved else f"{letters}{row + 1}"
            return made((measure, code, name, period, None, missing, sheet, cell, "", role, stored, False))
        raw = numerals.plain_figure(value, whole=whole, negative=negative)
        if raw is None:
            return None
        exact = raw if factor is None else numerals.in_stored_unit(Decimal(raw), factor)
        status = zero if raw == "0" else reported
        cell = grid.address(row, index) if grid.moved else f"{letters}{row + 1}"
        return made((measure, code, name, period, exact, status, sheet, cell, raw, role, stored, False))

    return read


def _by_hand(
    table: Table, row: int, mapped: Mapped, code: str, name: str, taken: dict[str, values.Clean], pairs: Mapping[str, str], fates: Fates, report: Report,
) -> Reading:  # fmt: skip
    """``taken``: path → what its partner's cell said for it (``12户/35人``, M25)."""
    path = mapped.column.path
    said: list[Issue] = []
    clean = taken.pop(path, None) or read_figure(table, row, mapped, said.append, fates, pair=path in pairs)
    if clean.other is not None and (partner := table.layout.columns.get(pairs[path])):
        beside = table.found.grid.at(row, partner.index)
        own = numerals.number(beside, replace_unit(partner.column, partner.unit), stored=partner.stored)
        if beside is None:
            taken[partner.column.path] = values.Clean(values.Status.REPORTED, clean.other, found=clean.found)
        elif own.number != clean.other:
            clean = replace(clean, status=Status.REFUSED, number=None, action=Action.REFUSE_CELL,
                            advice=f"与{table.cell(row, partner.index)}的{values.repeated(beside)}不一致，请分两栏填写")  # fmt: skip
            fates.refuse((row, mapped.index))
            said = [figure_issue(table, row, mapped.index, clean)]
    for issue in said:
        report(issue)
    return reading_of(table, row, mapped, clean, mapped.column.id, code, name, table.month.name, mapped.column.role or "stock")


def _part_rows(table: Table, figures: list[Mapped], fates: Fates, report: Report) -> list[Reading]:
    """``其中：下旬（21—31日）``: never added; kept as readings of those days for windows inside a month."""
    result = []
    for row in table.body.of(Kind.PART):
        match = _DEKAD.search(row.label)
        days = calendar.monthrange(table.month.year, table.month.month)[1]
        if not match or not 1 <= int(match[1]) <= min(int(match[2]), days) or int(match[2]) > 31:
            fates.ignore_row(row.index, "sub-item")
            continue
        period = f"{table.month.name}-{int(match[1]):02d}..{min(int(match[2]), days):02d}"
        for mapped in figures:
            if table.found.grid.at(row.index, mapped.index) is None:
                continue
            clean = read_figure(table, row.index, mapped, report, fates)
            result.append(reading_of(table, row.index, mapped, clean, mapped.column.id, table.catalogue.town_code, row.label, period, "part"))
        fates.ignore_row(row.index, "sub-item")
    return result


def _total_row(table: Table, fates: Fates, report: Report) -> list[Reading]:
    """Figures that are one for the town and stand in the 合计 row only."""
    result = []
    lonely = [m for m in table.layout.columns.values() if m.column.only_in_total and m.column.id]
    for mapped in lonely:
        totals = [row.index for row in table.body.of(Kind.TOTAL)]
        filled = [row for row in totals if table.found.grid.at(row, mapped.index) is not None]
        if not filled and (elsewhere := _beside_the_total(table, mapped, fates, report)):
            result.append(elsewhere)
            continue
        if not totals:
            continue
        filled = filled or totals[-1:]
        row = filled[-1]
        clean = read_figure(table, row, mapped, report, fates)
        said = {one: read_figure(table, one, mapped, lambda _: None, fates, pair=True).number for one in filled[:-1]}
        if clean.number is not None and (other := next((one for one, number in said.items() if number != clean.number), None)) is not None:
            clean = values.refuse("M20", values.repeated(table.found.grid.at(row, mapped.index)), "一个合计",
                                  f"与{table.cell(other, mapped.index)}填的{values.repeated(table.found.grid.at(other, mapped.index))}不同，两个合计行请只留一个")  # fmt: skip
            fates.refuse((row, mapped.index))
            report(figure_issue(table, row, mapped.index, clean))
        result.append(reading_of(table, row, mapped, clean, mapped.column.id, table.catalogue.town_code,
                               table.catalogue.town_name + "镇", table.month.name, mapped.column.role or "stock"))  # fmt: skip
    return result


def _beside_the_total(table: Table, mapped: Mapped, fates: Fates, report: Report) -> Reading | None:
    """The town's one figure, written in a village's row or a subtotal: not read from there, and told."""
    grid = table.found.grid
    rows = [r.index for r in table.body.rows if r.kind in (Kind.DATA, Kind.SUBTOTAL) and grid.at(r.index, mapped.index) is not None]
    if not rows:
        return None
    clean = values.refuse("M16", values.repeated(grid.at(rows[0], mapped.index)), "合计行里的数", f"{mapped.column.parts[-1]}是全镇一个数，没有填在合计行，未采用")
    fates.refuse((rows[0], mapped.index))
    report(figure_issue(table, rows[0], mapped.index, clean))
    return reading_of(table, rows[0], mapped, clean, mapped.column.id, table.catalogue.town_code, table.catalogue.town_name + "镇", table.month.name, mapped.column.role or "stock")
