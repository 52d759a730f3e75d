"""Two projects in one village: its name stands over two rows, its figures once (forms.md F18, “villages + project rows”)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from catalog.issues import Action, Issue, Refused
from catalog.units import OrgUnit
from flows.intake.rows import Kind, Row
from flows.intake.table import Table


def tell_further_rows(table: Table) -> None:
    """Rows right beside the one with their village's figures, which say words of their own and no figure, become ``Kind.MORE``.

    Raises :class:`Refused` (M20, refuse_sheet) where several of them have figures: nobody can tell what the village has.
    Rows that say nothing but the village's name again are left to whoever names rows.
    """
    further: set[int] = set()
    for rows in _of_one_village(table):
        with_figures = [row for row in rows if _has_figures(table, row)]
        own = (with_figures or rows[:1])[0]
        others = [row for row in rows if row is not own]
        if not all(_says_something(table, row) for row in others):
            continue
        if len(with_figures) > 1:
            index = next(m.index for m in table.layout.columns.values() if m.column.type == "village")
            second = with_figures[1].index
            raise Refused(Issue("M20", Action.REFUSE_SHEET, f"{table.place(second, index)} “{own.label}”有{len(with_figures)}行填了数，分不清全村是多少，请把全村的数填在一行，其余各行只填名称等栏、数留空后重报。",
                                table.found.grid.name, table.cell(second, index), own.label, "每村一行数"))  # fmt: skip
        further.update(row.index for row in others)
    table.body.rows = [Row(row.index, Kind.MORE, row.label) if row.index in further else row for row in table.body.rows]


def _of_one_village(table: Table) -> Iterator[list[Row]]:
    """Rows next to each other with one village's name, where there are several."""
    day, units = table.month.last_day, table.catalogue.units
    rows = list(table.body.of(Kind.DATA))
    named: list[OrgUnit | None] = [units.find(row.label, day) if row.label else None for row in rows]
    group = rows[:1]
    for (before, unit), (row, other) in pairwise(zip(rows, named, strict=True)):
        if other is not None and other == unit and row.index == before.index + 1:
            group.append(row)
            continue
        if len(group) > 1:
            yield group
        group = [row]
    if len(group) > 1:
        yield group


def _has_figures(table: Table, row: Row) -> bool:
    grid = table.found.grid
    places = [(row.index, m.index) for m in table.layout.columns.values() if m.column.numeric]
    return any(at in grid.uncached or ((value := grid.at(*at)) is not None and str(value).strip()) for at in places)


def _says_something(table: Table, row: Row) -> bool:
    """A word of its own in a column that names a project."""
    grid = table.found.grid
    columns = [m for m in table.layout.columns.values() if not m.column.numeric and not m.column.drop and m.column.type not in ("serial", "village")]
    return any(isinstance(value := grid.at(row.index, m.index), str) and value.strip() for m in columns)
