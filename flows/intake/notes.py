"""What is written above and below a table and may change what its figures mean: it is pointed to, never understood (M17, M37)."""

from __future__ import annotations

import re

from catalog.issues import Action, Issue
from catalog.units import fold
from flows.intake.matrix import Report, Table
from flows.intake.rows import Kind

_QUALIFIES = re.compile(
    r"[不未](?:含|包含|包括|计入|统计|完整)|[少多漏错补]报|待核|预[计报测]|估[计算]|暂[缺未估按]|约\d|尚未|截[至止]|(?:上月|累计|全年|预计|计划)数"
    r"|单位[为是][十百千万亿]"
)
_AROUND = (Kind.NOTE, Kind.FOOTER, Kind.AFTER)


def look_for_notes(table: Table, report: Report) -> None:
    """A note of the department's own; those of the form itself say nothing new, and the words are not repeated."""
    grid, form_s_own = table.found.grid, fold(table.found.sheet.note)
    around = [row.index for row in table.body.rows if row.kind in _AROUND]
    for row in [*range(table.layout.top), *around]:
        for column, value in enumerate(grid.rows[row]):
            if isinstance(value, str) and value.strip() != table.found.title and (said := fold(value)) != form_s_own and _QUALIFIES.search(said):
                report(Issue("M37", Action.WARN, f"{table.place(row, column)} 有说明，可能影响所填的数，请核实；如影响请把数填准确。",
                             grid.name, table.cell(row, column), "说明", "不影响所填的数"))  # fmt: skip
