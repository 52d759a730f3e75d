"""The summary workbook, with its headings, formats, notes and charts, against XlsxWriter writing the same cells bare."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import xlsxwriter

from bench.data import ZONE
from bench.measure import Row, in_turns
from catalog.catalogue import Catalogue
from catalog.observations import Figure, Reading, Status
from catalog.periods import Period
from catalog.units import OrgUnit, Units
from connectors.documents import Cell, ChartPage, TableSheet, write_tables
from flows.summary.tables import Summary, summary_sheets

AT = datetime(2020, 7, 20, 2, tzinfo=ZONE)
HALF = Period.parse("2020-H1")


def made_up(catalogue: Catalogue, villages: int) -> Summary:
    """Every indicator with a figure, every month, every village of a town with so many of them."""
    units = [OrgUnit(f"98011310{4200 + n}", f"第{n}村", "村委会") for n in range(villages)]
    catalogue = replace(catalogue, units=Units(units))

    def figures(period: str) -> dict[str, Figure]:
        return {
            i.id: Figure(i.id, period, "甲" if i.textual else str(1000 + 7 * n), Status.REPORTED, 1, 1, last_year="950", growth_pct="5.2632")
            for n, i in enumerate(catalogue.indicators.values())
        }  # fmt: skip

    readings = [
        Reading(measure, unit.code, unit.name, month.name, str(10 + n % 90), Status.REPORTED, "月报", f"C{n}", "")
        for measure in catalogue.by_village for month in HALF.months for n, unit in enumerate(units)
    ]  # fmt: skip
    return Summary(catalogue, HALF, figures(HALF.name), {m.name: figures(m.name) for m in HALF.months}, readings, AT, True)


def bare(sheets: Sequence[TableSheet], pages: Sequence[ChartPage]) -> bytes:
    """The same texts and numbers in the same places in one format, and as many charts, all as XlsxWriter makes them by itself."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        box = book.add_format({"border": 1})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            rows = [[sheet.title], *([[sheet.unit_line]] if sheet.unit_line else []), [c.title for c in sheet.columns], *sheet.rows, *([n] for n in sheet.notes)]
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    held = value.value if isinstance(value, Cell) else value
                    if isinstance(held, int | Decimal):
                        page.write_number(r, c, held, box)
                    else:
                        page.write_string(r, c, held or "", box)
        page = book.add_worksheet("图表")
        for number, chart in enumerate(chart for one in pages for chart in one.charts):
            made = book.add_chart({"type": chart.kind})
            for series in chart.series:
                made.add_series({"categories": [series.sheet, *_shifted(series.categories)], "values": [series.sheet, *_shifted(series.values)]})
            page.insert_chart(number * 15, 0, made)
    return out.getvalue()


def _shifted(block: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return block[0] + 3, block[1], block[2] + 3, block[3]


def measure(catalogue: Catalogue, villages: int, turns: int) -> list[Row]:
    summary = made_up(catalogue, villages)
    sheets, pages = summary_sheets(summary)
    cells, charts = sum(len(row) for sheet in sheets for row in sheet.rows), sum(len(page.charts) for page in pages)
    return [in_turns(
        f"a summary workbook of {cells} cells and {charts} charts", "bare XlsxWriter", 1.3, lambda: write_tables(sheets, AT, pages), lambda: bare(sheets, pages), turns,
    )]  # fmt: skip
