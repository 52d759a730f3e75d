"""OpenDocument sheets (.ods), read here: the quick reader knows neither their merges nor their errors (forms.md M07)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lxml import etree

from catalog.grids import CellValue, ErrorValue, Grid, Position, Range, rescales, shown_word
from connectors.workbooks.containers import broken, password, refuse
from connectors.workbooks.far import too_far
from connectors.workbooks.texts import shows_another
from connectors.workbooks.xlsx_display import FIGURE

_T = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_O = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_X = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_S = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_N = "{urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CELLS = (f"{_T}table-cell", f"{_T}covered-table-cell")
_ERROR = re.compile(r"#[A-Z/0?!]{2,}|(?:Err|错误)[:：]\d{3}")
_DURATION = re.compile(r"(-?)PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)(cm|mm|in|pt)")
_POINTS = {"cm": 72 / 2.54, "mm": 7.2 / 2.54, "in": 72.0, "pt": 1.0}
_TINY = 5.0
"""Points; a lower row or a narrower column shows nothing."""
MAX_AREA = 5_000_000
"""Cells of one sheet from A1 to its last one; a repeated row may name any."""


@dataclass(frozen=True, slots=True)
class _Styles:
    struck: frozenset[str]
    raised: frozenset[str]
    """Superscript or subscript."""
    coloured: frozenset[str]
    hidden_tables: frozenset[str]
    percent: frozenset[str]
    rescaled: frozenset[str]
    """Shown as another number: divided by thousands, with a point or a 万 of the format's own."""
    words: Mapping[str, str]
    """Style → the word that its format shows behind a number."""
    inkless: frozenset[str]
    """Letters in the colour of what they stand on."""
    tiny: frozenset[str]
    """Rows and columns too low or too narrow to show anything."""


def read_ods(data: bytes) -> tuple[Grid, ...]:
    """One grid per sheet. Entities are not resolved and nothing is fetched.

    Raises :class:`Refused`: M05 for a password, M03 for what is not well-formed, E-BIG beyond ``MAX_AREA``.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise password()
        content = _parsed(archive.read("content.xml"))
        shared = _parsed(archive.read("styles.xml")) if "styles.xml" in archive.namelist() else None
    styles = _styles([content] if shared is None else [shared, content])
    sheets = content.findall(f"{_O}body/{_O}spreadsheet/{_T}table")
    filters = [area.get(f"{_T}target-range-address", "") for area in content.iter(f"{_T}database-range") if area.get(f"{_T}display-filter-buttons") == "true"]
    if not sheets:
        raise broken()
    return tuple(_grid(sheet, index, styles, filters) for index, sheet in enumerate(sheets))


def _parsed(xml: bytes) -> etree._Element:
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True))
    if b"<!DOCTYPE" in xml[:4096]:
        raise broken()  # no office writes one; an entity would read as nothing
    return root


def _grid(sheet: etree._Element, index: int, styles: _Styles, filters: list[str]) -> Grid:
    cells: dict[Position, CellValue] = {}
    comments: dict[Position, str] = {}
    formulas: dict[Position, str] = {}
    merged: list[Range] = []
    hidden_rows: set[int] = set()
    uncached: set[Position] = set()
    worded: dict[Position, str] = {}
    percent, rescaled, struck, partly, coloured = set[Position](), set[Position](), set[Position](), set[Position](), set[Position]()
    hidden_columns, column_styles = _columns(sheet, styles.tiny)
    r = 0
    for row in _rows(sheet):
        repeated = _number(row, "number-rows-repeated")
        if row.get(f"{_T}visibility") in ("collapse", "filter") or row.get(f"{_T}style-name") in styles.tiny:
            hidden_rows.update(range(r, min(r + repeated, r + 100_000)))
        c = 0
        for cell in row:
            if cell.tag not in _CELLS:
                continue
            across = _number(cell, "number-columns-repeated")
            down, right = _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")
            if down > 1 or right > 1:
                merged.append(Range(r, c, r + down - 1, c + right - 1))
            if cell.get(f"{_O}value-type") is None and cell.get(f"{_T}formula") is None and not len(cell):
                c += across
                continue
            value, note = _value(cell), _note(cell)
            if (r + repeated) * (c + across) > MAX_AREA and (value is not None or note):
                raise too_far(sheet.get(f"{_T}name", ""), [(r + repeated - 1, c + across - 1)])
            style = cell.get(f"{_T}style-name") or row.get(f"{_T}default-cell-style-name") or _at(column_styles, c)
            for at in [(r + i, c + j) for i in range(repeated) for j in range(across)] if value is not None or note or cell.get(f"{_T}formula") else ():
                if note:
                    comments[at] = note
                if (formula := cell.get(f"{_T}formula")) is not None:
                    formulas[at] = formula.partition("=")[2]
                    if value is None and cell.get(f"{_O}value-type") is None:
                        uncached.add(at)
                if value is None:
                    continue
                cells[at] = value
                if cell.get(f"{_O}value-type") == "percentage" or style in styles.percent:
                    percent.add(at)
                shown = cell.get(f"{_O}value-type") in ("float", "currency") and cell.find(f"{_X}p") is not None
                if style in styles.rescaled or (shown and shows_another(cell.get(f"{_O}value", ""), _text(cell))):
                    rescaled.add(at)
                if style in styles.words:
                    worded[at] = styles.words[style]
                if style in styles.inkless and (isinstance(value, int | float) or (isinstance(value, str) and FIGURE.fullmatch(value.strip()))):
                    (partly if isinstance(value, str) else rescaled).add(at)
                if style in styles.struck:
                    struck.add(at)
                elif any(span.get(f"{_X}style-name") in styles.struck | styles.raised for span in cell.iter(f"{_X}span")):
                    partly.add(at)
                if style in styles.coloured:
                    coloured.add(at)
            c += across
        r += repeated
    places = [*cells, *uncached, *comments]
    height, width = max((p[0] for p in places), default=-1) + 1, max((p[1] for p in places), default=-1) + 1
    if height * width > MAX_AREA:
        raise refuse("E-BIG", f"工作表“{sheet.get(f'{_T}name', '')}”用到的区域过大，请删去表外的内容后报送。", "过大")
    name = sheet.get(f"{_T}name", f"Sheet{index + 1}")
    return Grid(
        name, index, [[cells.get((i, j)) for j in range(width)] for i in range(height)], sheet.get(f"{_T}style-name") not in styles.hidden_tables,
        tuple(area for area in merged if area.top < height), frozenset(row for row in hidden_rows if row < height), hidden_columns,
        any(area.replace("'", "").startswith(f"{name}.") for area in filters), comments, formulas, frozenset(uncached),
        frozenset(percent), frozenset(struck), frozenset(partly), frozenset(coloured), rescaled=frozenset(rescaled), worded=worded,
    )  # fmt: skip


def _rows(parent: etree._Element) -> Iterator[etree._Element]:
    """Rows in their order, those of groups and of repeated headings among them."""
    for child in parent:
        if child.tag == f"{_T}table-row":
            yield child
        elif child.tag in (f"{_T}table-row-group", f"{_T}table-header-rows", f"{_T}table-rows"):
            yield from _rows(child)


def _columns(sheet: etree._Element, tiny: frozenset[str]) -> tuple[frozenset[int], list[tuple[int, str]]]:
    """(hidden columns, [(first column after a run, its cells' style)])."""
    hidden: set[int] = set()
    runs: list[tuple[int, str]] = []
    c = 0
    for column in sheet.iter(f"{_T}table-column"):
        many = _number(column, "number-columns-repeated")
        if column.get(f"{_T}visibility") in ("collapse", "filter") or column.get(f"{_T}style-name") in tiny:
            hidden.update(range(c, c + min(many, 500)))
        c += many
        runs.append((c, column.get(f"{_T}default-cell-style-name", "")))
    return frozenset(hidden), runs


def _at(runs: list[tuple[int, str]], column: int) -> str:
    return next((style for end, style in runs if column < end), "")


def _value(cell: etree._Element) -> CellValue:
    kind, text = cell.get(f"{_O}value-type"), _text(cell)
    if kind is None:
        return None
    wrong = _ERROR.fullmatch(text.strip()) if cell.get(f"{_T}formula") is not None else None
    if wrong or cell.get(f"{_CALC}value-type") == "error":
        return ErrorValue(text.strip() or "#ERROR")
    match kind:
        case "float" | "percentage" | "currency":
            number = float(cell.get(f"{_O}value", ""))
            return int(number) if number.is_integer() and abs(number) < 1e15 else number
        case "date":
            stamp = cell.get(f"{_O}date-value", "")
            return datetime.fromisoformat(stamp) if "T" in stamp else date.fromisoformat(stamp)
        case "time":
            if found := _DURATION.fullmatch(cell.get(f"{_O}time-value", "")):
                span = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4]))
                return -span if found[1] else span
            return text or None
        case "boolean":
            return cell.get(f"{_O}boolean-value") == "true"
    return cell.get(f"{_O}string-value") or text or None


def _text(cell: etree._Element) -> str:
    return "\n".join(_line(p) for p in cell.findall(f"{_X}p"))


def _line(element: etree._Element) -> str:
    """A paragraph's letters: breaks, tabs and runs of blanks are elements of their own."""
    pieces = [element.text or ""]
    for child in element:
        match child.tag:
            case tag if tag == f"{_X}line-break":
                pieces.append("\n")
            case tag if tag == f"{_X}tab":
                pieces.append("\t")
            case tag if tag == f"{_X}s":
                pieces.append(" " * min(int(child.get(f"{_X}c", "1")), 1000))
            case tag if tag in (f"{_O}annotation", f"{_X}ruby-text", f"{_X}note"):
                pass
            case _:
                pieces.append(_line(child))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _note(cell: etree._Element) -> str:
    return "\n".join(_line(p) for note in cell.iter(f"{_O}annotation") for p in note.iter(f"{_X}p"))


def _styles(documents: list[etree._Element]) -> _Styles:
    struck: set[str] = set()
    raised: set[str] = set()
    coloured: set[str] = set()
    hidden: set[str] = set()
    percent: set[str] = set()
    rescaled: set[str] = set()
    inks: dict[str, str] = {}
    papers: dict[str, str] = {}
    tiny: set[str] = set()
    words: dict[str, str] = {}
    percent_formats, rescaled_formats = _formats(documents)
    shown = {shape.get(f"{_S}name"): shown_word("".join(_in_letters(shape))) for document in documents for shape in document.iter(f"{_N}number-style")}
    for document in documents:
        for style in document.iter(f"{_S}style"):
            name, parent = style.get(f"{_S}name", ""), style.get(f"{_S}parent-style-name", "")
            line = _property(style, "text-properties", f"{_S}text-line-through-style") or _property(style, "text-properties", f"{_S}text-line-through-type")
            fill = _property(style, "table-cell-properties", f"{_FO}background-color")
            inks[name] = (_property(style, "text-properties", f"{_FO}color") or inks.get(parent, "#000000")).lower()
            papers[name] = fill.lower().replace("transparent", "#ffffff") if fill else papers.get(parent, "#ffffff")
            size = _property(style, "table-row-properties", f"{_S}row-height") or _property(style, "table-column-properties", f"{_S}column-width")
            if size is not None and (told := _SIZE.fullmatch(size)) and float(told[1]) * _POINTS[told[2]] < _TINY:
                tiny.add(name)
            if line not in (None, "none") or (line is None and parent in struck):
                struck.add(name)
            if (_property(style, "text-properties", f"{_S}text-position") or "0%").split()[0] not in ("0%", "0"):
                raised.add(name)
            if fill not in (None, "transparent", "#ffffff") or (fill is None and parent in coloured):
                coloured.add(name)
            if _property(style, "table-properties", f"{_T}display") == "false":
                hidden.add(name)
            shape = style.get(f"{_S}data-style-name")
            if shape in percent_formats or (shape is None and parent in percent):
                percent.add(name)
            if word := shown.get(shape) or (words.get(parent) if shape is None else None):
                words[name] = word
            if shape in rescaled_formats or (shape is None and parent in rescaled):
                rescaled.add(name)
    inkless = frozenset(name for name, ink in inks.items() if ink == papers[name])
    return _Styles(frozenset(struck), frozenset(raised), frozenset(coloured), frozenset(hidden), frozenset(percent), frozenset(rescaled), words, inkless, frozenset(tiny))


def _formats(documents: list[etree._Element]) -> tuple[set[str], set[str]]:
    """(formats that show a percentage, formats that show another number); one that turns into others is as bad as they."""
    percent: set[str] = set()
    rescaled: set[str] = set()
    turns: list[tuple[str, str]] = []
    for document in documents:
        for shape in document.iter(*(f"{_N}{kind}-style" for kind in ("number", "percentage", "currency"))):
            name = shape.get(f"{_S}name", "")
            maps = {other.get(f"{_S}condition", "").replace(" ", ""): other.get(f"{_S}apply-style-name", "") for other in shape.iter(f"{_S}map")}
            turns += [(name, other) for condition, other in maps.items() if not condition.startswith("value()<")]
            if shape.tag == f"{_N}percentage-style":
                percent.add(name)
            divided = any(float(number.get(f"{_N}display-factor", "1")) != 1 for number in shape.iter(f"{_N}number"))
            letters = "".join(_in_letters(shape)) + ("0" if maps else "")
            if any(condition.startswith("value()>") for condition in maps):  # the style itself is for what is less than nothing
                letters = letters.translate(_OF_LESS)
            if divided or rescales(letters):
                rescaled.add(name)
    return percent | {name for name, other in turns if other in percent}, rescaled | {name for name, other in turns if other in rescaled}


_OF_LESS = str.maketrans("", "", "()（）-")
"""Signs that are honest beside a figure less than nothing."""


def _in_letters(shape: etree._Element) -> Iterator[str]:
    """A format as other programs write it, as far as it matters: digits are 0, words are in quotes."""
    for part in shape:
        if part.tag == f"{_N}text":
            yield f'"{part.text or ""}"'
        elif part.tag in (f"{_N}number", f"{_N}scientific-number", f"{_N}fraction"):
            inside = part.find(f"{_N}embedded-text")
            yield f'0"{inside.text or ""}"0' if inside is not None else "0"


def _property(style: etree._Element, group: str, name: str) -> str | None:
    found = style.find(f"{_S}{group}")
    return found.get(name) if found is not None else None


def _number(element: etree._Element, name: str) -> int:
    text = element.get(f"{_T}{name}", "1")
    return int(text) if text.isdigit() and len(text) < 12 else 1
