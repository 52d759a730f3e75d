"""HTML tables saved as .xls by reporting systems (forms.md M07): GBK or UTF-8, rowspan and colspan as merged cells."""

from __future__ import annotations

import re

import lxml.html

from catalog.grids import CellValue, Grid, Range
from connectors.workbooks.containers import broken
from connectors.workbooks.texts import decode

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?")
MAX_SPAN = 1000


def read_html(data: bytes) -> tuple[Grid, ...]:
    """One grid per table. Plain numbers become numbers; all else stays text as written."""
    text = decode(data)
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        document = lxml.html.document_fromstring(text, parser=lxml.html.HTMLParser(no_network=True, huge_tree=False))
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError, ValueError):
        raise broken() from None
    tables = [table for table in document.iter("table") if not table.xpath("ancestor::table")]
    if not tables:
        raise broken()
    return tuple(_grid(table, index) for index, table in enumerate(tables))


def _grid(table: lxml.html.HtmlElement, index: int) -> Grid:
    cells: dict[tuple[int, int], CellValue] = {}
    taken: set[tuple[int, int]] = set()
    merged: list[Range] = []
    hidden: set[int] = set()
    rows = table.xpath("./tr|./thead/tr|./tbody/tr|./tfoot/tr")
    for r, row in enumerate(rows):
        if "display:none" in (row.get("style") or "").replace(" ", "").lower():
            hidden.add(r)
        c = 0
        for cell in row.xpath("./td|./th"):
            while (r, c) in taken:
                c += 1
            down, across = _span(cell, "rowspan"), _span(cell, "colspan")
            if down > 1 or across > 1:
                merged.append(Range(r, c, r + down - 1, c + across - 1))
                taken.update((i, j) for i in range(r, r + down) for j in range(c, c + across))
            cells[r, c] = _value(cell.text_content())
            c += across
    width = max((c for _, c in [*cells, *taken]), default=-1) + 1
    grid = [[cells.get((r, c)) for c in range(width)] for r in range(len(rows))]
    return Grid(f"Sheet{index + 1}", index, grid, merged=tuple(merged), hidden_rows=frozenset(hidden))


def _span(cell: lxml.html.HtmlElement, name: str) -> int:
    text = (cell.get(name) or "1").strip()
    return min(int(text), MAX_SPAN) if text.isdigit() and int(text) > 0 else 1


def _value(text: str) -> CellValue:
    stripped = text.strip()
    if not stripped.strip("\xa0"):
        return None
    if _NUMBER.fullmatch(stripped):
        return int(stripped) if "." not in stripped else float(stripped)
    return text.strip("\r\n\t ")
