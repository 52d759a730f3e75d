"""Rows that sum others up under a name of their own: 小结, 本周, 其中：夜间, 本月合计, 17个村合计 (forms.md M16)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import takewhile

from catalog.issues import Action, Issue
from flows.intake.fate import Fates
from flows.intake.feet import squeezed
from flows.intake.numerals import plain_figure
from flows.intake.rows import Kind, Row, says_who, summed, worded
from flows.intake.table import Report, Table
from flows.intake.values import shown, without_persons


def tell_dated_sums(table: Table, report: Report) -> None:
    """A row of a ledger that is left out for a word and yet has a day, an identity or a code of its own: left out, and told."""
    grid = table.found.grid
    for row in table.body.of(Kind.SUBTOTAL, Kind.PART):
        if not says_who(table.layout.columns, grid.rows[row.index]):
            continue
        column, said = _word(table, row)
        kind = "小计" if row.kind is Kind.SUBTOTAL else "其中项"
        report(Issue("M16", Action.WARN, f"{table.place(row.index, column)} 写“{said}”，本行按{kind}不另计入，如是一条记录请改写本格。",
                     grid.name, table.cell(row.index, column), said, "一条记录"))  # fmt: skip


AREA = re.compile(r"(?:片区?|组团|战区|网格|联片)$")
"""How a part of a town is called that has several villages."""


def tell_area_sums(table: Table, report: Report) -> None:
    """岚峰片 below its villages, with the sums of what stands right above or below it in every column: a subtotal (forms.md M16)."""
    rows, units, day = table.body.of(Kind.DATA), table.catalogue.units, table.month.last_day
    areas = {n for n, row in enumerate(rows) if AREA.search(row.label) and units.find(row.label, day) is None}
    columns = [m.index for m in table.layout.columns.values() if m.column.numeric and m.column.total] if areas else []
    figures = [[Decimal(plain_figure(table.found.grid.at(row.index, c), whole=False, negative=True) or 0) for c in columns] for row in rows] if areas else []
    found: set[int] = set()
    for n in sorted(areas):
        for beside in (range(n - 1, -1, -1), range(n + 1, len(rows))):
            group = list(takewhile(lambda other: other not in areas, beside))
            if len(group) > 1 and any(figures[n]) and figures[n] == [sum((figures[g][c] for g in group), Decimal(0)) for c in range(len(columns))]:
                found.add(rows[n].index)
                break
    for row in rows:
        if row.index in found:
            where = table.cell(row.index, table.layout.left)
            report(Issue("M16", Action.FIX, f"{table.found.grid.name}!{where} “{row.label}”等于所列各村之和，按小计不另计入。", table.found.grid.name, where, row.label, "小计"))
    table.body.rows = [Row(row.index, Kind.SUBTOTAL, row.label) if row.index in found else row for row in table.body.rows]


def _word(table: Table, row: Row) -> tuple[int, str]:
    """(column, text) of the word that makes the row a sum; the row's first cell where a merge above says it."""
    texts = [(c, squeezed(v)) for c, v in enumerate(table.found.grid.rows[row.index]) if isinstance(v, str) and v.strip()]
    column, said = next(((c, t) for c, t in texts if summed(t)), texts[0] if texts else (table.layout.left, ""))
    return column, without_persons(said)


def sums_among_records(table: Table, rows: Sequence[Row], fates: Fates, report: Report) -> frozenset[int]:
    """Records with a day of their own that call themselves a sum in some later column: refused, nobody can tell which they are."""
    grid, found = table.found.grid, set()
    columns = worded(table.layout.columns)
    for row in rows:
        if row.index not in table.body.telling:
            continue
        at = next((c for c in columns if isinstance(v := grid.at(row.index, c), str) and summed(squeezed(v))), None)
        if at is None:
            continue
        found.add(row.index)
        for column in fates.filled(row.index):
            fates.refuse((row.index, column))
        said = without_persons(shown(grid.at(row.index, at)).strip())
        report(Issue("M33", Action.REFUSE_CELL, f"{table.place(row.index, at)} 写“{said}”，分不清本行是小计还是一条记录，小计请写在本行首格并删去日期，记录请改写本格。",
                     grid.name, table.cell(row.index, at), said, "小计或一条记录"))  # fmt: skip
    return frozenset(found)
