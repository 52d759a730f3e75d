"""What calamine leaves out of .xlsb: error cells, merges, what is hidden, percent and strike-through ([MS-XLSB] §2.4).

A limit: formats on condition (BrtBeginConditionalFormatting, BrtDXF) are not looked at, so a number that a condition shows divided, as
percent or not at all is read as it is stored. In .xlsx it is asked about (``xlsx_display``).
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
from dataclasses import dataclass, field

from catalog.grids import Position, Range, rescales, shown_word, shows_percent
from connectors.workbooks.tally import brt_records, xlsb_sheets
from connectors.workbooks.xlsx_display import alike

_ROW, _COLUMN, _FILTER, _MERGE = 0, 60, 161, 176
_COMMENT, _COMMENT_TEXT = 635, 637
_CELLS, _ERRORS = range(2, 12), (3, 11)
_CODES = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_FONT, _FORMAT, _XF, _BEGIN_XFS, _END_XFS = 43, 44, 47, 617, 618
_FILL = 45
_LOW, _NARROW = 100, 256
"""Rows lower than 5 points (in twentieths), columns narrower than a digit (in 256ths of one), show nothing."""


@dataclass(slots=True)
class BinaryLook:
    """The second look at one worksheet."""

    merged: tuple[Range, ...] = ()
    errors: dict[Position, str] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    filtered: bool = False
    percent: frozenset[Position] = frozenset()
    rescaled: frozenset[Position] = frozenset()
    struck: frozenset[Position] = frozenset()
    inkless: frozenset[Position] = frozenset()
    """Letters in the colour of what they stand on."""
    worded: dict[Position, str] = field(default_factory=dict)
    comments: dict[Position, str] = field(default_factory=dict)


def look_at_xlsb(data: bytes) -> list[BinaryLook]:
    """One look per worksheet, in the order of the workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        styles = archive.read("xl/styles.bin") if "xl/styles.bin" in archive.namelist() else b""
        percent, rescaled, struck = _styles(styles)
        inkless, words = _inkless_styles(styles), _wording_styles(styles)
        looks = []
        for part in xlsb_sheets(archive):
            looks.append(_look(archive.read(part), percent, rescaled, struck))
            looks[-1].inkless = _of_styles(archive.read(part), inkless) if inkless else frozenset()
            for word, numbers in words.items():
                looks[-1].worded |= dict.fromkeys(_of_styles(archive.read(part), numbers), word)
            looks[-1].comments = _comments(archive, part)
        return looks


def _comments(archive: zipfile.ZipFile, sheet: str) -> dict[Position, str]:
    folder, file = posixpath.split(sheet)
    relations = f"{folder}/_rels/{file}.rels"
    targets = re.findall(rb'Target="([^"]*comments[^"]*)"', archive.read(relations)) if relations in archive.namelist() else []
    comments: dict[Position, str] = {}
    at = (0, 0)
    for target in targets:
        for code, body in brt_records(archive.read(posixpath.normpath(posixpath.join(folder, target.decode())).lstrip("/"))):
            if code == _COMMENT:
                row, _, column = struct.unpack_from("<III", body, 4)
                at = (row, column)
            elif code == _COMMENT_TEXT:
                length = struct.unpack_from("<I", body, 1)[0]
                comments[at] = body[5 : 5 + 2 * length].decode("utf-16-le", "replace")
    return comments


def _look(part: bytes, percent_styles: frozenset[int], rescaled_styles: frozenset[int], struck_styles: frozenset[int]) -> BinaryLook:
    look, row = BinaryLook(), -1
    merged: list[Range] = []
    rows: set[int] = set()
    columns: set[int] = set()
    percent, rescaled, struck = set(), set(), set()
    for code, body in brt_records(part):
        if code == _ROW:
            row = struct.unpack_from("<I", body)[0]
            if len(body) > 11 and (body[11] & 0x10 or struct.unpack_from("<H", body, 8)[0] < _LOW):
                rows.add(row)
        elif code in _CELLS:
            column, style = struct.unpack_from("<II", body)
            at, style = (row, column), style & 0xFFFFFF
            if code in _ERRORS:
                look.errors[at] = _CODES.get(body[8], "#ERROR")
            if style in percent_styles:
                percent.add(at)
            if style in rescaled_styles:
                rescaled.add(at)
            if style in struck_styles:
                struck.add(at)
        elif code == _MERGE:
            top, bottom, left, right = struct.unpack_from("<IIII", body)
            merged.append(Range(top, left, bottom, right))
        elif code == _COLUMN and len(body) >= 18 and (body[16] & 1 or struct.unpack_from("<I", body, 8)[0] < _NARROW):
            first, last = struct.unpack_from("<II", body)
            columns.update(range(first, min(last, first + 500) + 1))
        elif code == _FILTER:
            look.filtered = True
    look.merged, look.hidden_rows, look.hidden_columns = tuple(merged), frozenset(rows), frozenset(columns)
    look.percent, look.rescaled, look.struck = frozenset(percent), frozenset(rescaled), frozenset(struck)
    return look


def _styles(part: bytes) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """(cell styles shown as percent, shown as another number, struck through)."""
    percent_formats, rescaled_formats, fonts = {9, 10}, set(), []
    percent, rescaled, struck = set(), set(), set()
    inside, number = False, 0
    for code, body in brt_records(part):
        if code == _FORMAT:
            length = struct.unpack_from("<I", body, 2)[0]
            number_format, shape = struct.unpack_from("<H", body)[0], body[6 : 6 + 2 * length].decode("utf-16-le", "replace")
            if shows_percent(shape):
                percent_formats.add(number_format)
            if rescales(shape):
                rescaled_formats.add(number_format)
        elif code == _FONT:
            fonts.append(bool(body[2] & 0x08))
        elif code in (_BEGIN_XFS, _END_XFS):
            inside = code == _BEGIN_XFS
        elif code == _XF and inside:
            number_format, font = struct.unpack_from("<HH", body, 2)
            if number_format in percent_formats:
                percent.add(number)
            if number_format in rescaled_formats:
                rescaled.add(number)
            if font < len(fonts) and fonts[font]:
                struck.add(number)
            number += 1
    return frozenset(percent), frozenset(rescaled), frozenset(struck)


def _wording_styles(part: bytes) -> dict[str, frozenset[int]]:
    """Word that a number format shows behind a number → the cell styles that have it."""
    words: dict[int, str] = {}
    found: dict[str, set[int]] = {}
    inside, number = False, 0
    for code, body in brt_records(part):
        if code == _FORMAT:
            length = struct.unpack_from("<I", body, 2)[0]
            words[struct.unpack_from("<H", body)[0]] = shown_word(body[6 : 6 + 2 * length].decode("utf-16-le", "replace"))
        elif code in (_BEGIN_XFS, _END_XFS):
            inside = code == _BEGIN_XFS
        elif code == _XF and inside:
            if word := words.get(struct.unpack_from("<H", body, 2)[0]):
                found.setdefault(word, set()).add(number)
            number += 1
    return {word: frozenset(numbers) for word, numbers in found.items()}


def _inkless_styles(part: bytes) -> frozenset[int]:
    """Cell styles whose letters have the colour of what they stand on."""
    inks: list[str] = []
    papers: list[str] = []
    found: set[int] = set()
    inside, number = False, 0
    for code, body in brt_records(part):
        if code == _FONT:
            inks.append(_colour(body[12:20]) or "000000")
        elif code == _FILL:
            pattern = struct.unpack_from("<I", body)[0]
            papers.append("FFFFFF" if pattern == 0 else _colour(body[4:12]) if pattern == 1 else "")
        elif code in (_BEGIN_XFS, _END_XFS):
            inside = code == _BEGIN_XFS
        elif code == _XF and inside:
            font, fill = struct.unpack_from("<HH", body, 4) if len(body) >= 8 else (0, 0)
            if font < len(inks) and alike(inks[font], papers[fill] if fill < len(papers) else "FFFFFF"):
                found.add(number)
            number += 1
    return frozenset(found)


def _colour(body: bytes) -> str:
    """A BrtColor ([MS-XLSB] §2.5.9) as six hexadecimal digits, or as a name of its own; empty where it is left to the program."""
    if len(body) < 8 or (kind := body[0] >> 1) == 0:
        return ""
    tint = struct.unpack_from("<h", body, 2)[0]
    if kind == 2:
        return body[4:7].hex().upper()
    if tint == 0 and (known := {(3, 0): "FFFFFF", (3, 1): "000000", (1, 1): "FFFFFF", (1, 9): "FFFFFF", (1, 8): "000000", (1, 64): "000000", (1, 65): "FFFFFF"}.get((kind, body[1]))):
        return known
    return f"{kind} {body[1]} {tint}"


def _of_styles(part: bytes, styles: frozenset[int]) -> frozenset[Position]:
    row, found = -1, set()
    for code, body in brt_records(part):
        if code == _ROW:
            row = struct.unpack_from("<I", body)[0]
        elif code in _CELLS:
            column, style = struct.unpack_from("<II", body)
            if style & 0xFFFFFF in styles:
                found.add((row, column))
    return frozenset(found)
