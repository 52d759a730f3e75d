"""Which charts a section gets. Only complete rows are drawn: a missing month would look like a zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from connectors.documents import Cell, Chart, ChartPage, Series, TableSheet, Value

MOST = 4
"""Charts on a page."""


def chart_pages(title: str, section: str, sheets: Mapping[str, TableSheet], rates: bool = True) -> ChartPage | None:
    """The section's page of charts: growth first, then the months of its figures, then a village table; None without any.
    ``rates``: whether its figures are ones whose growth says something: that of a base or a target does not.
    """
    charts = [*(_growth(f"{section} 本期", sheets) if rates else ()), *_by_month(f"{section} 分月", sheets)]
    villages = list(_by_village(f"{section} 分村", sheets))
    charts = [*charts[: MOST - 1], *villages[:1]] if villages else charts[:MOST]
    return ChartPage(title, charts) if charts else None


def packed(pages: Sequence[ChartPage]) -> list[ChartPage]:
    """Neighbouring sections with few charts share a printed page."""
    made: list[ChartPage] = []
    for page in pages:
        if made and len(made[-1].charts) + len(page.charts) <= MOST:
            made[-1] = ChartPage(f"{made[-1].title}、{page.title}", [*made[-1].charts, *page.charts])
        else:
            made.append(page)
    return made


def _growth(name: str, sheets: Mapping[str, TableSheet]) -> Iterator[Chart]:
    """Bars of the growth rates that stand in one unbroken block of rows."""
    sheet = sheets[name]
    column = next((n for n, c in enumerate(sheet.columns) if c.title == "同比（%）"), None)
    if column is None:
        return
    best = max(_runs([is_number(row[column]) for row in sheet.rows]), key=len, default=range(0))
    if len(best) >= 2:
        first, last = best[0], min(best[-1], best[0] + 11)
        yield Chart("bar", "主要指标同比（%）", [Series("同比（%）", name, (first, 0, last, 0), (first, column, last, column))])


def _by_month(name: str, sheets: Mapping[str, TableSheet]) -> Iterator[Chart]:
    """This year's months beside last year's, one chart an indicator."""
    sheet = sheets.get(name)
    if sheet is None:
        return
    first, last = 3, len(sheet.columns) - 2
    for number, row in enumerate(sheet.rows):
        if row[2] != "本年" or last <= first or not all(is_number(value) for value in row[first : last + 1]) or _flat(row[first : last + 1]):
            continue
        heads = (-1, first, -1, last)
        series = [Series("本年", name, heads, (number, first, number, last))]
        below = sheet.rows[number + 1] if number + 1 < len(sheet.rows) else None
        if below is not None and below[2] == "上年" and all(is_number(value) for value in below[first : last + 1]):
            series.append(Series("上年", name, heads, (number + 1, first, number + 1, last)))
        yield Chart("line", f"{row[0]}（{row[1]}）", series)


def _by_village(name: str, sheets: Mapping[str, TableSheet]) -> Iterator[Chart]:
    """Bars of the villages, for columns in which nothing is missing or hidden."""
    sheet = sheets.get(name)
    if sheet is None:
        return
    last = len(sheet.rows) - 2
    for number, column in enumerate(sheet.columns):
        if number and last >= 1 and all(is_number(row[number]) for row in sheet.rows[: last + 1]) and not _flat([row[number] for row in sheet.rows[: last + 1]]):
            yield Chart("column", f"{column.title}，分村", [Series("本期", name, (0, 0, last, 0), (0, number, last, number))])


def is_number(value: Value) -> bool:
    return isinstance(value.value if isinstance(value, Cell) else value, int | Decimal)


def _flat(values: Sequence[Value]) -> bool:
    """All the same: nothing to see."""
    return len({value.value if isinstance(value, Cell) else value for value in values}) < 2


def _runs(flags: Sequence[bool]) -> Iterator[range]:
    """Stretches of consecutive true ones."""
    start = None
    for index, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = index
        elif not flag and start is not None:
            yield range(start, index)
            start = None
