"""SpreadsheetML 2003: one XML file that reporting systems and old WPS save as .xls or .xml (forms.md M07)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from catalog.grids import CellValue, ErrorValue, Grid, Position, Range, rescales, shows_percent, spread_over
from connectors.workbooks.containers import broken, refuse
from connectors.workbooks.xlsx_display import figures_among

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_X = "{urn:schemas-microsoft-com:office:excel}"
MAX_AREA = 5_000_000
"""Cells of one sheet from A1 to its last one; ``ss:Index`` may name any."""


def read_spreadsheetml(data: bytes) -> tuple[Grid, ...]:
    """One grid per worksheet. Entities are not resolved and nothing is fetched.

    Formulas stand in R1C1 there and are left away; one without a value is ``uncached`` as in .xlsx.
    Raises :class:`Refused`: M03 for what is not well-formed, E-BIG beyond ``MAX_AREA``.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        book = etree.fromstring(data.lstrip(b" \r\n\t"), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise broken() from None
    styles = _styles(book)
    grids = [_grid(sheet, index, styles) for index, sheet in enumerate(book.iter(f"{_SS}Worksheet"))]
    if not grids:
        raise broken()
    return tuple(grids)


@dataclass(frozen=True, slots=True)
class _Styles:
    percent: frozenset[str]
    rescaled: frozenset[str]
    struck: frozenset[str]
    inkless: frozenset[str]
    """Letters in the colour of what they stand on."""
    centred: frozenset[str]
    """Words over the blank cells beside them."""


def _grid(sheet: etree._Element, index: int, styles: _Styles) -> Grid:
    cells: dict[Position, CellValue] = {}
    comments: dict[Position, str] = {}
    merged: list[Range] = []
    hidden_rows: set[int] = set()
    uncached: set[Position] = set()
    percent: set[Position] = set()
    rescaled: set[Position] = set()
    struck: set[Position] = set()
    partly: set[Position] = set()
    columns = _column_styles(sheet)
    centred: set[Position] = set()
    inkless: set[Position] = set()
    r = -1
    for row in sheet.findall(f"{_SS}Table/{_SS}Row"):
        r = _number(row, "Index", r + 2) - 1
        more = _number(row, "Span", 0)
        if row.get(f"{_SS}Hidden") == "1" or _tiny(row.get(f"{_SS}Height")):
            hidden_rows.update(range(r, min(r + more + 1, MAX_AREA)))
        c = -1
        for cell in row.findall(f"{_SS}Cell"):
            c = _number(cell, "Index", c + 2) - 1
            if (r + 1) * (c + 1) > MAX_AREA:
                raise refuse("E-BIG", "工作表用到的区域过大，请删去表外的内容后报送。", "过大")
            down, across = _number(cell, "MergeDown", 0), _number(cell, "MergeAcross", 0)
            if down or across:
                merged.append(Range(r, c, r + down, c + across))
            at = (r, c)
            data = cell.find(f"{_SS}Data")
            value = _value(data)
            style = cell.get(f"{_SS}StyleID") or row.get(f"{_SS}StyleID") or columns.get(c) or "Default"
            if style in styles.centred:
                centred.add(at)
            if value is not None:
                cells[at] = value
                if data is not None and any(etree.QName(part).localname in ("S", "Sup", "Sub") for part in data.iter("{*}*")):
                    partly.add(at)
                for of_style, marked in ((styles.percent, percent), (styles.rescaled, rescaled), (styles.struck, struck), (styles.inkless, inkless)):
                    if style in of_style:
                        marked.add(at)
            elif cell.get(f"{_SS}Formula") is not None and cell.find(f"{_SS}Data") is None:
                uncached.add(at)
            if (note := cell.find(f"{_SS}Comment/{_SS}Data")) is not None:
                comments[at] = _text(note)
            c += across
        r += more
    places = [*cells, *uncached, *comments]
    height, width = max((p[0] for p in places), default=-1) + 1, max((p[1] for p in places), default=-1) + 1
    if height * width > MAX_AREA:
        raise refuse("E-BIG", "工作表用到的区域过大，请删去表外的内容后报送。", "过大")
    state = sheet.findtext(f"{_X}WorksheetOptions/{_X}Visible", "")
    rows = [[cells.get((i, j)) for j in range(width)] for i in range(height)]
    numbers, texts = figures_among(rows, frozenset(inkless))
    return Grid(
        sheet.get(f"{_SS}Name", f"Sheet{index + 1}"), index, rows,
        not state.startswith(("SheetHidden", "SheetVeryHidden")), tuple(merged), frozenset(hidden_rows), _hidden_columns(sheet),
        sheet.find(f"{_X}AutoFilter") is not None, comments, uncached=frozenset(uncached),
        percent=frozenset(percent), rescaled=numbers | rescaled, struck=frozenset(struck), partly_struck=texts | partly, centred=spread_over(rows, centred),
    )  # fmt: skip


def _tiny(points: str | None) -> bool:
    """A size at which nothing can be read."""
    return points is not None and re.fullmatch(r"[0-4](\.\d+)?", points) is not None


def _hidden_columns(sheet: etree._Element) -> frozenset[int]:
    hidden: set[int] = set()
    c = -1
    for column in sheet.findall(f"{_SS}Table/{_SS}Column"):
        c = _number(column, "Index", c + 2) - 1
        more = min(_number(column, "Span", 0), 500)
        if column.get(f"{_SS}Hidden") == "1" or _tiny(column.get(f"{_SS}Width")):
            hidden.update(range(c, c + more + 1))
        c += more
    return frozenset(hidden)


def _column_styles(sheet: etree._Element) -> dict[int, str]:
    """column → the style of its cells that name none."""
    styles: dict[int, str] = {}
    c = -1
    for column in sheet.findall(f"{_SS}Table/{_SS}Column"):
        c = _number(column, "Index", c + 2) - 1
        more = min(_number(column, "Span", 0), 500)
        styles.update(dict.fromkeys(range(c, c + more + 1), column.get(f"{_SS}StyleID", "")))
        c += more
    return styles


def _styles(book: etree._Element) -> _Styles:
    """What each style shows; one that says nothing of it shows what its parent does, which stands before it."""
    shapes: dict[str, str] = {}
    struck: set[str] = set()
    inks: dict[str, str] = {}
    papers: dict[str, str] = {}
    centred: set[str] = set()
    for style in book.iter(f"{_SS}Style"):
        name, parent = style.get(f"{_SS}ID", ""), style.get(f"{_SS}Parent", "Default")
        shape, font = style.find(f"{_SS}NumberFormat"), style.find(f"{_SS}Font")
        shapes[name] = shapes.get(parent, "") if shape is None else shape.get(f"{_SS}Format", "")
        fill, place = style.find(f"{_SS}Interior"), style.find(f"{_SS}Alignment")
        inks[name] = ((font.get(f"{_SS}Color") if font is not None else None) or inks.get(parent, "#000000")).upper()
        papers[name] = ((fill.get(f"{_SS}Color") if fill is not None else None) or papers.get(parent, "#FFFFFF")).upper()
        if place is not None and place.get(f"{_SS}Horizontal") == "CenterAcrossSelection":
            centred.add(name)
        line = font.get(f"{_SS}StrikeThrough") if font is not None else None
        if line == "1" or (line is None and parent in struck):
            struck.add(name)
    percent = {name for name, shape in shapes.items() if shows_percent(shape) or shape == "Percent"}
    rescaled = {name for name, shape in shapes.items() if rescales(shape)}
    inkless = frozenset(name for name, ink in inks.items() if ink == papers[name])
    return _Styles(frozenset(percent), frozenset(rescaled), frozenset(struck), inkless, frozenset(centred))


def _value(data: etree._Element | None) -> CellValue:
    if data is None:
        return None
    text = _text(data)
    if text == "":
        return None
    match data.get(f"{_SS}Type"):
        case "Number":
            try:
                number = float(text)
            except ValueError:
                return text
            return int(number) if number.is_integer() and abs(number) < 1e15 else number
        case "DateTime":
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                return text
        case "Boolean":
            return text == "1"
        case "Error":
            return ErrorValue(text)
    return text


def _number(element: etree._Element, name: str, default: int) -> int:
    text = element.get(f"{_SS}{name}", "")
    return int(text) if text.isdigit() and len(text) < 8 else default


def _text(element: etree._Element) -> str:
    return "".join(str(piece) for piece in element.itertext())
