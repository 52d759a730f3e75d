"""A cheap look at the raw XML of an .xlsx: what calamine does not tell (hidden rows, error cells, formulas, comments).

The inflated bytes are searched for markers first; only what is there is parsed, so an ordinary sheet pays next to
nothing (notes: the look costs a quarter of a parse, openpyxl twenty-four times one).
"""

from __future__ import annotations

import html
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from catalog.grids import Position, Range, address
from connectors.workbooks.far import allowed_area, far_cells
from connectors.workbooks.xlsx_display import conditional_areas, first_rows
from connectors.workbooks.xlsx_styles import Shown, attributes_of, shown_by

_BEYOND_ZZ, _BEYOND_Z = re.compile(rb'r="[A-Z]{3}\d'), re.compile(rb'r="[A-Z]{2}\d')
"""Beginning with letters, so that a search leaps from one to the next."""
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*\b(?:hidden="(?:1|true)"|ht="[0-4](?:\.\d+)?")[^>]*>')
_COLUMN = re.compile(rb'<(?:\w+:)?col\b[^>]*\b(?:hidden="(?:1|true)"|width="0(?:\.\d+)?")[^>]*>')
_LOW = re.compile(rb' ht="[0-4][.\"]')
"""Rows lower than 5 points, columns narrower than a digit, show nothing."""
_NOT_CALCULATED = re.compile(rb'\bfullCalcOnLoad="(?:1|true)"')
_BOX = re.compile(rb"<(?:\w+:)?from>.*?<(?:\w+:)?col>(\d+)<.*?<(?:\w+:)?row>(\d+)<(.*?)</(?:\w+:)?(?:twoCellAnchor|oneCellAnchor)>", re.DOTALL)
_PAGE_HEAD = re.compile(rb"<(?:\w+:)?oddHeader>([^<]*)<")
_TAG = re.compile(rb"<[^<>]*='[^<>]*>")
_SINGLE_QUOTED = re.compile(rb"""("[^"]*")|='([^']*)'""")
_ROOT = re.compile(rb"<(\w+:)?worksheet\b")
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+\d+):([A-Z]+\d+)"')
_COMMENT = re.compile(rb'<(?:\w+:)?comment\b[^>]*\bref="([A-Z]+\d+)"[^>]*>(.*?)</(?:\w+:)?comment>', re.DOTALL)
_TEXT = re.compile(rb"<(?:\w+:)?t\b[^>]*>(.*?)</(?:\w+:)?t>", re.DOTALL)
_ADDRESS = re.compile(rb"([A-Z]{1,3})(\d+)")
_OWN = re.compile(rb'\br="([A-Z]{1,3}\d+)"')


@dataclass(slots=True)
class Look:
    """What one sheet hides; positions from 0."""

    name: str
    visible: bool = True
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    filtered: bool = False
    merged: tuple[Range, ...] = ()
    errors: dict[Position, str] = field(default_factory=dict)
    texts: dict[Position, str] = field(default_factory=dict)
    """Inline texts that stand where a value does (LibreOffice for links that are texts); calamine reads nothing there."""
    formulas: dict[Position, str] = field(default_factory=dict)
    uncached: frozenset[Position] = frozenset()
    comments: dict[Position, str] = field(default_factory=dict)
    percent: frozenset[Position] = frozenset()
    rescaled: frozenset[Position] = frozenset()
    worded: dict[Position, str] = field(default_factory=dict)
    struck: frozenset[Position] = frozenset()
    partly_struck: frozenset[Position] = frozenset()
    coloured: frozenset[Position] = frozenset()
    centred: frozenset[Position] = frozenset()
    """Cells of the first rows, blank ones too, whose words are centred over the blank cells beside them."""
    inkless: frozenset[Position] = frozenset()
    """Cells whose letters have the colour of what they stand on."""
    on_condition: tuple[list[Range], list[Range]] = ([], [])
    """Areas where a conditional format may show figures as others; as percent."""
    filled: int = 0
    """Cells that hold something, counted here and not by the reader."""
    far: tuple[Position, ...] = ()
    """Cells so far from the others that whoever reads the sheet as rows and columns reads nothing but blanks: the lowest, the rightmost."""


def worksheets_of(archive: zipfile.ZipFile, names: dict[str, str]) -> list[tuple[str, str]]:
    """(name, part) of every worksheet, in the order of the workbook. ``names``: in small letters → as in the archive."""
    workbook = _part(archive, names, "xl/workbook.xml")
    relations = _relations(archive, names, "xl/_rels/workbook.xml.rels", "xl")
    return [(html.unescape(attributes.get("name", "")), target) for attributes, target in _worksheets(workbook, relations)]


def _worksheets(workbook: bytes, relations: dict[str, _Relation]) -> Iterator[tuple[dict[str, str], str]]:
    for tag in _SHEET.findall(workbook):
        attributes = attributes_of(tag)
        target, kind = relations.get(next((v for k, v in attributes.items() if k.endswith(":id") or k == "id"), ""), _NOWHERE)
        if kind == "worksheet":
            yield attributes, target


def look_at(data: bytes, *, far: bool = True) -> list[Look]:
    """One look per worksheet, in the order of the workbook; without ``far`` cells that are far from the others are not looked for.

    Raises zipfile/KeyError family when it is not sound.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = {name.lower(): name for name in archive.namelist()}
        # calamine compares no checksum: a flipped bit in the shared texts would read as another village, without an error
        shared = _part(archive, names, "xl/sharedstrings.xml")
        empty, half_struck = _empty_strings(shared), _half_struck_strings(shared)
        workbook = _part(archive, names, "xl/workbook.xml")
        relations = _relations(archive, names, "xl/_rels/workbook.xml.rels", "xl")
        shown = shown_by(_part(archive, names, "xl/styles.xml"))
        looks = []
        for attributes, target in _worksheets(workbook, relations):
            look = Look(html.unescape(attributes.get("name", "")), attributes.get("state", "visible") == "visible")
            sheet = _part(archive, names, target)
            _look_into(look, sheet, shown, _NOT_CALCULATED.search(workbook) is not None)
            look.on_condition = conditional_areas(sheet[sheet.rfind(b"sheetData") :], shown.conditional)
            prefix = _prefix(sheet)
            if shown.coloured:
                look.coloured = _styled(_addressed(sheet, prefix), prefix, shown.coloured)
            for word, worded in shown.words.items():
                look.worded |= dict.fromkeys(_styled(_addressed(sheet, prefix), prefix, worded), word)
            if shown.inkless:
                look.inkless = _styled(_addressed(sheet, prefix), prefix, shown.inkless)
            if shown.centring:
                look.centred = _styled(_addressed(first_rows(sheet, prefix), prefix), prefix, shown.centring, blank=True)
            if half_struck:
                look.partly_struck |= _referring(sheet, half_struck)
            look.filled += _filled(sheet, empty) + len(look.uncached)
            look.far = _far(sheet, look.filled) if far else ()
            _comments(look, archive, names, target)
            looks.append(look)
        return looks


_SI = re.compile(rb"<(?:\w+:)?si\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
_EMPTY_T = re.compile(rb"<(?:\w+:)?(?:t\b[^>]*?(?:/>|></)|si\b[^>]*?/>)")
_V = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>(?!</)")
_INLINE = re.compile(rb"<(?:\w+:)?is\b[^>]*>(.*?)</(?:\w+:)?is>", re.DOTALL)
_APART = re.compile(rb'<(?:\w+:)?(?:strike(?:\s+val="(?:1|true)")?|vertAlign\s+val="(?:superscript|subscript)")\s*/>')
_SHARED = re.compile(rb'<(?:\w+:)?c\b[^>]*\bt="s"[^>]*>\s*<(?:\w+:)?v>(\d+)<')


def _empty_strings(xml: bytes) -> frozenset[int]:
    """Numbers of the shared texts that are the empty text."""
    if (b"/>" not in xml and b"<t></" not in xml and b'"></' not in xml and b":t></" not in xml) or not _EMPTY_T.search(xml):
        return frozenset()
    return frozenset(number for number, body in enumerate(_SI.findall(xml)) if not any(_TEXT.findall(body)))


def _half_struck_strings(xml: bytes) -> frozenset[int]:
    """Numbers of the shared texts of which a part is struck through, raised or lowered: 4¹ would read as 41."""
    if b"strike" not in xml and b"vertAlign" not in xml:
        return frozenset()
    return frozenset(n for n, body in enumerate(_SI.findall(xml)) if _APART.search(body))


def _referring(xml: bytes, numbers: frozenset[int]) -> frozenset[Position]:
    xml = _addressed(xml, _prefix(xml))
    return frozenset(
        at for cell in _SHARED.finditer(xml) if int(cell[1]) in numbers and (at := _own_address(cell[0]))
    )  # fmt: skip


def _filled(xml: bytes, empty: frozenset[int]) -> int:
    """Cells with a value or inline text; one that refers to an empty shared text holds nothing."""
    prefix = _prefix(xml)
    count = xml.count(b"</v>") - xml.count(b"<v></v>") if not prefix else len(_V.findall(xml))
    if b"inlineStr" in xml:
        count += sum(any(_TEXT.findall(body)) for body in _INLINE.findall(xml))
    if empty:
        count -= sum(int(number) in empty for number in _SHARED.findall(xml))
    return count


def _look_into(look: Look, xml: bytes, shown: Shown, not_calculated: bool) -> None:
    """Markers are searched for, and only what stands around one is parsed.

    ``not_calculated``: a program that works nothing out wrote the file, and the result of its formulas is 0.
    """
    end = xml.rfind(b"sheetData")
    if b"hidden=" in xml or b' width="0' in xml or _LOW.search(xml):
        look.hidden_rows = frozenset(int(a["r"]) - 1 for tag in _ROW.findall(xml) if (a := attributes_of(tag)).get("r", "").isdigit())
        columns: set[int] = set()
        for tag in _COLUMN.findall(xml):
            span = attributes_of(tag)
            first, last = int(span.get("min", "1")), int(span.get("max", "1"))
            columns.update(range(first - 1, min(last, first + 500)))
        look.hidden_columns = frozenset(columns)
    tail = xml[end:]
    look.filtered = b"autoFilter" in tail
    if (head := _PAGE_HEAD.search(tail)) and re.search("单位|[万元]", words := html.unescape(head[1].decode("utf-8", "replace"))):
        look.comments[0, 0] = words
    if b"mergeCell" in tail:
        look.merged = tuple(Range(*_position(a), *_position(b)) for a, b in _MERGE.findall(tail))
    prefix = _prefix(xml)
    formulas, errors, inline = b"<" + prefix + b"f" in xml, b't="e"' in xml, b't="inlineStr"' in xml
    if not formulas and not errors and not inline and not shown.percent and not shown.rescaled and not shown.struck:
        return
    xml = _addressed(xml, prefix)
    value_of = _value_pattern(prefix)
    if errors:
        for at, _, body in _cells_around(xml, prefix, b't="e"'):
            value = value_of.search(body)
            look.errors[at] = html.unescape((value[1] if value else b"#ERROR").decode("utf-8", "replace"))
    if inline:
        for at, _, body in _cells_around(xml, prefix, b't="inlineStr"'):
            if _APART.search(body):
                look.partly_struck |= {at}
            if b"<" + prefix + b"is" not in body and (value := value_of.search(body)) and value[1]:
                look.texts[at] = html.unescape(value[1].decode("utf-8", "replace"))
    if formulas:
        uncached = set()
        formula_of = _formula_pattern(prefix)
        for at, attributes, body in _cells_around(xml, prefix, b"<" + prefix + b"f"):
            if (formula := formula_of.search(body)) is None:
                continue
            look.formulas[at] = html.unescape((formula[1] or b"").decode("utf-8", "replace"))
            value = value_of.search(body)
            if value is None or (not value[1] and b't="str"' not in attributes):
                uncached.add(at)
            elif not_calculated and value[1] in (b"0", b"0.0"):
                uncached.add(at)
                look.filled -= 1  # it is counted as a formula without a value
        look.uncached = frozenset(uncached)
    look.percent = _styled(xml, prefix, shown.percent)
    look.rescaled = _styled(xml, prefix, shown.rescaled)
    look.struck = _styled(xml, prefix, shown.struck)


def _far(xml: bytes, filled: int) -> tuple[Position, ...]:
    prefix = _prefix(xml)
    lowest = re.search(rb'\br="(\d+)"', xml[max(0, xml.rfind(b"<" + prefix + b"row")) :])
    if lowest is None or _narrow(xml, allowed_area(filled) // max(1, int(lowest[1]))):
        return ()
    return far_cells([_position(ref) for ref in re.findall(rb'<%bc r="([A-Z]{1,3}\d{1,7})"[^>]*(?<!/)>(?!</)' % re.escape(prefix), xml)])


def _narrow(xml: bytes, columns: int) -> bool:
    """Whether the sheet is surely no wider; where any width will do, or the letters of its addresses tell, no cell is walked over."""
    if columns >= 16_384:
        return True
    if columns < 26 or _BEYOND_ZZ.search(xml):
        return False
    return columns >= 702 or not _BEYOND_Z.search(xml)


def _prefix(xml: bytes) -> bytes:
    """What stands before every name of the sheet, e.g. ``x:``."""
    root = _ROOT.search(xml)
    return (root[1] or b"") if root else b""


def _cells_around(xml: bytes, prefix: bytes, marker: bytes) -> Iterator[tuple[Position, bytes, bytes]]:
    """(position, attributes, content) of each cell that holds the marker; a sheet is not walked cell by cell for it."""
    start, close = b"<" + prefix + b"c ", b"</" + prefix + b"c>"
    at = xml.find(marker)
    while at >= 0:
        begin = xml.rfind(start, 0, at + 1)
        opened = xml.find(b">", begin)
        if begin < 0 or opened < 0:
            return
        end = xml.find(close, opened) if xml[opened - 1 : opened] != b"/" else opened
        end = len(xml) if end < 0 else end
        attributes = xml[begin + len(start) - 1 : opened]
        if end >= at and (position := _own_address(attributes)) is not None:
            yield position, attributes, xml[opened + 1 : end]
        at = xml.find(marker, max(end, at + 1))


@lru_cache(maxsize=8)
def _value_pattern(prefix: bytes) -> re.Pattern[bytes]:
    p = re.escape(prefix)
    return re.compile(rb"<%bv\b[^>]*>(.*?)</%bv>" % (p, p), re.DOTALL)


@lru_cache(maxsize=8)
def _formula_pattern(prefix: bytes) -> re.Pattern[bytes]:
    p = re.escape(prefix)
    return re.compile(rb"^\s*<%bf\b[^>]*?(?:/>|>([^<]*)</%bf>)" % (p, p))


def _styled(xml: bytes, prefix: bytes, styles: frozenset[bytes], *, blank: bool = False) -> frozenset[Position]:
    """The cells that are not empty, or ``blank`` as well, and have one of these styles; a cell without a style has style 0."""
    if not styles:
        return frozenset()
    style = rb'(?=[^>]*?\ss="(?:%b)")' % b"|".join(sorted(styles))
    if b"0" in styles:
        style = rb'(?:%b|(?![^>]*?\ss="))' % style
    found = re.findall(rb"<%bc\b%b([^>]*)%b" % (re.escape(prefix), style, b">" if blank else b"(?<!/)>(?!</)"), xml)
    return frozenset(at for attributes in found if (at := _own_address(attributes)))


def _own_address(attributes: bytes) -> Position | None:
    match = _OWN.search(attributes)
    return _position(match[1]) if match else None


def _addressed(xml: bytes, prefix: bytes) -> bytes:
    """The sheet with an address on every cell: a writer may leave them out where the cells follow one another."""
    start = b"<" + prefix + b"c"
    if xml.count(start + b" ") + xml.count(start + b">") == xml.count(start + b" r="):
        return xml
    row = column = -1

    def numbered(tag: re.Match[bytes]) -> bytes:
        nonlocal row, column
        kind, attributes = tag[1], tag[2]
        if kind == b"row":
            own = re.search(rb'\sr="(\d+)"', attributes)
            row, column = int(own[1]) - 1 if own else row + 1, -1
            return tag[0]
        own_address = _own_address(attributes)
        column = own_address[1] if own_address else column + 1
        if own_address:
            return tag[0]
        return start + b' r="' + address(max(row, 0), column).encode() + b'"' + attributes + b">"

    return re.sub(rb"<%b(row|c)\b([^>]*)>" % re.escape(prefix), numbered, xml)


def _comments(look: Look, archive: zipfile.ZipFile, names: dict[str, str], target: str) -> None:
    folder, file = posixpath.split(target)
    for path, kind in _relations(archive, names, f"{folder}/_rels/{file}.rels", folder).values():
        if kind == "comments":
            for ref, body in _COMMENT.findall(_part(archive, names, path)):
                text = b"".join(_TEXT.findall(body)).decode("utf-8", "replace")
                look.comments[_position(ref)] = html.unescape(text)
        if kind == "drawing":
            for column, row, body in _BOX.findall(_part(archive, names, path)):
                if said := html.unescape(b"".join(_TEXT.findall(body)).decode("utf-8", "replace")).strip():
                    look.comments.setdefault((int(row), int(column)), said)


def _part(archive: zipfile.ZipFile, names: dict[str, str], path: str) -> bytes:
    """A part's bytes, its attributes in double quotes; raises ValueError for UTF-16, which calamine reads as nothing."""
    name = names.get(path.lower().lstrip("/"))
    xml = archive.read(name) if name else b""
    if xml.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
        raise ValueError("a part in UTF-16")
    return _TAG.sub(_double_quoted, xml) if b"='" in xml else xml


def _double_quoted(tag: re.Match[bytes]) -> bytes:
    return _SINGLE_QUOTED.sub(lambda m: m[1] or b'="' + m[2].replace(b'"', b"&quot;") + b'"', tag[0])


class _Relation(NamedTuple):
    target: str
    kind: str
    """Last word of its type (``worksheet``, ``comments``): the path is free, the type is not (ECMA-376 part 1, 12.3)."""


_NOWHERE = _Relation("", "")


def _relations(archive: zipfile.ZipFile, names: dict[str, str], path: str, folder: str) -> dict[str, _Relation]:
    result = {}
    for tag in _RELATION.findall(_part(archive, names, path)):
        attributes = attributes_of(tag)
        target = attributes.get("Target", "")
        full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        result[attributes.get("Id", "")] = _Relation(full, attributes.get("Type", "").rpartition("/")[2])
    return result


def _position(ref: bytes) -> Position:
    match = _ADDRESS.match(ref) or _ADDRESS.search(ref)
    if not match:
        return (0, 0)
    column = 0
    for letter in match[1]:
        column = column * 26 + letter - 64
    return int(match[2]) - 1, column - 1
