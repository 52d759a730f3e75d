"""What every kind of mess works with: the desk (what may be lost), and the cells of a page that can be found, changed, lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog.catalogue import Catalogue
from catalog.forms import Column
from catalog.indicators import FromLedger
from flows.demo.workbook import CellError, Page, Row


@dataclass(frozen=True)
class Desk:
    """What the mess must know: which cells the report needs, and the aliases of villages."""

    catalogue: Catalogue
    needed_measures: frozenset[str]
    needed_columns: frozenset[tuple[str, str, str]]
    """(form, sheet, path) that some ledger indicator reads."""
    careful: bool
    """In the target half-year no needed figure may be lost by chance; what is lost there is planted by hand."""

    def maylose(self, page: Page, column: Column, row: Row | None = None) -> bool:
        """Can the report do without this figure?"""
        if not self.careful:
            return True
        ids = {column.id, column.id.removesuffix("_ytd")}
        if page.sheet.rows == "indicator" and row is not None and column.role is not None:
            label = row.values[page.index(page.sheet.label)]
            ids = {m.measures.get(column.role, "") for m in page.sheet.row_measures if m.label == label}
            ids |= {name.removesuffix("_ytd") for name in ids}
        return not (ids & self.needed_measures or (page.form.id, page.sheet.name, column.path) in self.needed_columns)

    def counted_distinct(self, page: Page, row: Row) -> bool:
        """Is the row's person counted once over several months? Then a spoiled number would count twice."""
        for indicator in self.catalogue.indicators_of(page.form.id):
            source = indicator.from_
            if (
                isinstance(source, FromLedger)
                and source.sheet == page.sheet.name
                and source.count == "distinct"
                and source.months == "each"
            ):
                fits = [str(row.values[page.index(c.column)]) == c.is_ for c in source.where if c.is_ is not None]
                if all(fits):
                    return True
        return False


def desk(catalogue: Catalogue, careful: bool) -> Desk:
    measures: set[str] = set()
    columns: set[tuple[str, str, str]] = set()
    for indicator in catalogue.indicators.values():
        source = indicator.from_
        if isinstance(source, FromLedger):
            paths = [source.of, source.date, source.order_by, *(c.column for c in source.where)]
            columns |= {(source.form, source.sheet, path) for path in paths if path}
        named = [getattr(source, key, "") for key in ("measure", "cumulative", "reported", "of", "base", "part", "whole")]
        measures |= {name for name in (*named, indicator.target, indicator.growth, indicator.growth_base) if name}
    return Desk(catalogue, frozenset(measures), frozenset(columns), careful)


def free(page: Page, row: int, column: int) -> bool:
    return page.rows[row].kind == "row" and (row, column) not in page.touched


def numbers(page: Page, fits: Callable[[Column, Any], bool] = lambda c, v: True, desk: Desk | None = None) -> list[tuple[int, int]]:
    """Cells with a figure that nobody has touched yet; with a desk, only those that may be lost."""
    wanted = [i for i, column in enumerate(page.columns) if column is not None and column.numeric]
    return [
        (r, c) for r, row in enumerate(page.rows) for c in wanted
        if isinstance(row.values[c], int | Decimal) and free(page, r, c) and fits(column_at(page, (r, c)), row.values[c])
        and (desk is None or desk.maylose(page, column_at(page, (r, c)), row))
    ]  # fmt: skip


def cells(page: Page, type_: str) -> list[tuple[int, int]]:
    """Untouched, filled cells of columns of this type."""
    wanted = [i for i, column in enumerate(page.columns) if column is not None and column.type == type_]
    return [(r, c) for r, row in enumerate(page.rows) for c in wanted if row.values[c] is not None and free(page, r, c)]


def put(page: Page, at: tuple[int, int], value: Any) -> None:
    page.rows[at[0]].values[at[1]] = value
    page.touched.add(at)


def some(rng: random.Random, found: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    return rng.sample(found, min(count, len(found)))


def column_at(page: Page, at: tuple[int, int]) -> Column:
    column = page.columns[at[1]]
    assert column is not None
    return column


def lose(page: Page, at: tuple[int, int], shown: Any) -> None:
    """Write something that is no figure; the 合计 then shows what Excel would make of it."""
    was = page.rows[at[0]].values[at[1]]
    put(page, at, shown)
    if page.total is not None and at[1] in page.total.values and column_at(page, at).total:
        if isinstance(shown, CellError):
            page.total.values[at[1]] = shown
        elif not isinstance(page.total.values[at[1]], CellError) and was is not None:
            page.total.values[at[1]] -= was
