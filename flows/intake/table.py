"""A sheet understood: its heading, its rows, and how one of its cells is read as a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec.structs import replace

from catalog.catalogue import Catalogue
from catalog.forms import Column
from catalog.grids import Position
from catalog.issues import Action, Issue
from catalog.numbers import from_cell, plain
from catalog.observations import Reading, Status
from catalog.periods import Month
from flows.intake import numerals, values
from flows.intake.column_units import Mapped
from flows.intake.fate import USED, Fates, stretches_of
from flows.intake.headings import Layout
from flows.intake.recognise import Found
from flows.intake.rows import Body

Report = Callable[[Issue], None]
NAMELESS = values.Clean(Status.REFUSED)


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet with its heading understood and its rows told apart."""

    found: Found
    layout: Layout
    body: Body
    month: Month
    catalogue: Catalogue
    figures: dict[Position, values.Clean] = field(default_factory=dict)
    """Every figure that was read by hand, by its place."""

    @property
    def of_persons(self) -> bool:
        """A list of persons: what a refused cell held is repeated only when it can be nobody's."""
        return self.found.sheet.shape == "ledger"

    def place(self, row: int, column: int) -> str:
        return f"{self.found.grid.name}!{self.cell(row, column)}"

    def cell(self, row: int, column: int) -> str:
        return self.found.grid.address(row, column)


def read_figure(
    table: Table, row: int, mapped: Mapped, report: Report, fates: Fates | None = None, *, column: Column | None = None, pair: bool = False
) -> values.Clean:
    """One cell read as a figure; its issue reported, its fate noted. Vertical merges do not fill figures."""
    grid, at = table.found.grid, (row, mapped.index)
    column = column or replace_unit(mapped.column, mapped.unit)
    value = grid.at(*at)
    if at in grid.uncached:
        clean = values.Clean(Status.REFUSED, code="M11", action=Action.REFUSE_CELL, found="公式没有结果", expected="数字",
                             advice="公式没有保存结果，请打开文件重新计算并保存")  # fmt: skip
    elif at in grid.partly_struck or (at in grid.struck and table.of_persons):  # a struck row is no record; a struck figure in one is a doubt
        clean = values.Clean(Status.REFUSED, code="M38", action=Action.REFUSE_CELL, found=values.repeated(value), expected="数字",
                             advice="有一部分带删除线、是上下标或不显示，分不清以哪个数为准，请只留准确数")  # fmt: skip
    elif at in grid.rescaled and isinstance(value, int | float) and value:
        clean = values.Clean(Status.REFUSED, code="M27", action=Action.REFUSE_CELL, found=values.shown(value), expected="数字",
                             advice="单元格格式、条件格式或字体颜色把它显示成别的数（缩小、带“万”“约”等字）或不显示，请改为常规格式、黑色字后填实际的数")  # fmt: skip
    elif (word := grid.worded.get(at, "")) in numerals.UNITS and column.unit not in ("", word) and column.type != "percent" and type(value) in (int, float):
        clean = numerals.number(f"{plain(from_cell(value))}{word}", column, stored=mapped.stored)  # type: ignore[arg-type]
    else:
        clean = numerals.number(value, column, percent=at in grid.percent, stored=mapped.stored, pair=pair)
        if table.of_persons and mapped.stored == mapped.unit == "元" and clean.number is not None and clean.number * 100 % 1:
            clean = values.Clean(Status.REFUSED, code="M27", action=Action.REFUSE_CELL, found=clean.found, expected="数字（元）", advice="不足一分，疑为万元，本栏以元计")
    if not pair:
        table.figures[at] = clean
    if fates is not None and (value is not None or at in grid.uncached):
        (fates.refuse if clean.status is Status.REFUSED else fates.use)(at)
    if clean.action is not None:
        report(figure_issue(table, row, mapped.index, clean))
    return clean


def marked_rows(table: Table) -> dict[int, set[int]]:
    """column → rows whose cell is more than its value: shown as another number, struck through, a formula without a value."""
    grid = table.found.grid
    marked: dict[int, set[int]] = {}
    for marks in (grid.percent, grid.rescaled, grid.worded, grid.partly_struck, grid.uncached, grid.struck if table.of_persons else ()):
        for row, column in marks:
            marked.setdefault(column, set()).add(row)
    return marked


def replace_unit(column: Column, unit: str) -> Column:
    return column if column.unit == unit else replace(column, unit=unit)


def stored_value(clean: values.Clean, factor: Decimal) -> str | None:
    """Exact text in the stored unit, at most six decimals."""
    if clean.number is None or not clean.status.has_value:
        return None
    return numerals.in_stored_unit(clean.number, factor)


def figure_issue(table: Table, row: int, column: int, clean: values.Clean) -> Issue:
    where = table.place(row, column)
    found = values.without_persons(clean.found) if table.of_persons else clean.found
    want = f"，应填{clean.expected}" if clean.action is Action.REFUSE_CELL and clean.expected else ""
    return Issue(clean.code, clean.action or Action.WARN, f"{where} 填“{found}”，{clean.advice}{want}。",
                 table.found.grid.name, table.cell(row, column), found, clean.expected)  # fmt: skip


def reading_of(
    table: Table, row: int, mapped: Mapped, clean: values.Clean, measure: str, code: str, name: str, period: str, role: str,
    factor: Decimal | None = None, unit: str | None = None,
) -> Reading:  # fmt: skip
    return Reading(
        measure, code, name, period, stored_value(clean, mapped.factor if factor is None else factor), clean.status,
        table.found.grid.name, table.cell(row, mapped.index),
        values.HIDDEN if clean.found == values.HIDDEN else values.shown(table.found.grid.at(row, mapped.index)), role,
        mapped.stored if unit is None else unit,
    )  # fmt: skip


def use_labels(table: Table, rows: list[int], by_index: dict[int, Mapped], fates: Fates) -> None:
    stretches = stretches_of(rows)
    for index, mapped in by_index.items():
        if mapped.column.type == "serial":
            fates.settle_column(stretches, index, "row number")
        elif mapped.column.drop:
            fates.settle_column(stretches, index, "declared drop")
        elif not mapped.column.numeric:
            fates.settle_column(stretches, index, USED)
