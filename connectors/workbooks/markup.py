"""HTML tables saved as .xls by reporting systems (forms.md M07): GBK or UTF-8, rowspan and colspan as merged cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import lxml.html

from catalog.grids import CellValue, Grid, Range
from catalog.issues import Refused
from connectors.workbooks.containers import broken, refuse
from connectors.workbooks.texts import decode

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?")
MAX_SPAN = 1000
MAX_AREA = 5_000_000
"""Cells of one table, spans spread out: a page of 2 KB can ask for millions."""
_SILENT = frozenset(["table", "script", "style"])
_MARKED = re.compile(r"<(?:s|strike|del|sup|sub|rt|option)\b|line-through|display\s*:\s*none", re.IGNORECASE)
_UNSAID = (
    ".//s|.//strike|.//del|.//sup|.//sub|.//rt|.//option"
    "|.//*[contains(@style,'line-through') or contains(translate(@style,' ',''),'display:none')]"
)
"""Letters that do not belong to the figure beside them: struck out, raised, hidden, one of several to choose from."""
_BLOCKS = frozenset(["p", "div", "li", "ul", "ol", "dl", "dt", "dd", "pre", "blockquote", "center", "h1", "h2", "h3", "h4", "h5", "h6"])


def read_html(data: bytes) -> tuple[Grid, ...]:
    """One grid per table. Plain numbers become numbers; all else stays text as written.

    A table that lies in a cell of another is a table of its own; one that only lays others out is left away.
    Raises :class:`Refused`: M03 without a table, M07 for an unknown encoding, E-BIG beyond ``MAX_AREA``.
    """
    text = decode(data)
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        document = lxml.html.document_fromstring(text, parser=lxml.html.HTMLParser(no_network=True, huge_tree=False))
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError, ValueError):
        raise broken() from None
    tables = list(document.iter("table"))
    if not tables:
        raise broken()
    if any(box.get("value") and box.get("type", "text").lower() in ("text", "number", "date") for table in tables for box in table.iter("input")):
        raise refuse("M07", "网页里的数填在输入框中，无法读取，请复制到 .xlsx 后报送。", "输入框")
    marked = _MARKED.search(text) is not None
    grids = [_grid(table, marked) for table in tables]
    kept = [g for g, t in zip(grids, tables, strict=True) if not t.xpath(".//table") or any(v is not None for row in g.rows for v in row)]
    return tuple(replace(grid, name=f"Sheet{index + 1}", index=index) for index, grid in enumerate(kept))


def _grid(table: lxml.html.HtmlElement, marked: bool) -> Grid:
    cells: dict[tuple[int, int], CellValue] = {}
    taken: set[tuple[int, int]] = set()
    merged: list[Range] = []
    hidden: set[int] = set()
    struck: set[tuple[int, int]] = set()
    partly: set[tuple[int, int]] = set()
    area = 0
    rows = table.xpath("./tr|./thead/tr|./tbody/tr|./tfoot/tr")
    for r, row in enumerate(rows):
        if row.get("hidden") is not None or "display:none" in (row.get("style") or "").replace(" ", "").lower():
            hidden.add(r)
        c = 0
        for cell in row.xpath("./td|./th"):
            while (r, c) in taken:
                c += 1
            down, across = min(_span(cell, "rowspan"), len(rows) - r), _span(cell, "colspan")
            area += down * across
            if area > MAX_AREA:
                raise _too_large()
            if down > 1 or across > 1:
                merged.append(Range(r, c, r + down - 1, c + across - 1))
                taken.update((i, j) for i in range(r, r + down) for j in range(c, c + across))
            cells[r, c] = _value(_text(cell))
            if marked and cells[r, c] is not None:
                if "line-through" in (row.get("style") or "") + (cell.get("style") or ""):
                    struck.add((r, c))
                elif inner := cell.xpath(_UNSAID):
                    whole = inner[0].tag in ("s", "strike", "del") and _text(inner[0]).strip() == _text(cell).strip()
                    (struck if whole else partly).add((r, c))
            c += across
    width = max((c for _, c in [*cells, *taken]), default=-1) + 1
    if width * len(rows) > MAX_AREA:
        raise _too_large()
    grid = [[cells.get((r, c)) for c in range(width)] for r in range(len(rows))]
    return Grid("", 0, grid, merged=tuple(merged), hidden_rows=frozenset(hidden), struck=frozenset(struck), partly_struck=frozenset(partly))


def _too_large() -> Refused:
    return refuse("E-BIG", "网页表格用到的区域过大，请另存为 .xlsx、删去表外的内容后报送。", "过大")


def _text(cell: lxml.html.HtmlElement) -> str:
    """What a cell shows: ``12<br>35`` are two lines, and without the line break they would be the figure 1235."""
    return re.sub(r"\n{2,}", "\n", "".join(_pieces(cell)))


def _pieces(node: lxml.html.HtmlElement) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if child.tag == "br":
            yield "\n"
        elif isinstance(child.tag, str) and child.tag not in _SILENT:
            line = "\n" if child.tag in _BLOCKS else ""
            yield line
            yield from _pieces(child)
            yield line
        elif not isinstance(child.tag, str) and child.tag is lxml.etree.Entity:
            yield child.text or ""
        yield child.tail or ""


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
