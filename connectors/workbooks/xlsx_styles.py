"""The styles of an .xlsx that show a cell otherwise than its value is: as percent, scaled, struck, coloured, not at all."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import NamedTuple

from catalog.grids import rescales, shows_percent
from connectors.workbooks.xlsx_display import Conditional, centring_styles, conditional_styles, inkless_styles, wording_styles

_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*"([^"]*)"')
_KEPT = 1 << 20
"""Bytes of styles up to which what they do is remembered."""


class Shown(NamedTuple):
    """The numbers of the styles that show a cell otherwise than its value is."""

    percent: frozenset[bytes]
    rescaled: frozenset[bytes]
    struck: frozenset[bytes]
    coloured: frozenset[bytes]
    centring: frozenset[bytes]
    inkless: frozenset[bytes]
    conditional: Conditional
    words: dict[str, frozenset[bytes]]


def shown_by(xml: bytes) -> Shown:
    """What the styles of a workbook do; those of a department's forms are the same month after month, and some are remembered."""
    return _shown_by(xml) if len(xml) <= _KEPT else _shown_by.__wrapped__(xml)


@lru_cache(maxsize=16)
def _shown_by(xml: bytes) -> Shown:
    return Shown(*_styles(xml), _coloured_styles(xml), centring_styles(xml), inkless_styles(xml), conditional_styles(xml), wording_styles(xml))


def attributes_of(tag: bytes) -> dict[str, str]:
    """Name → value, in double quotes."""
    return {k.decode(): v.decode("utf-8", "replace") for k, v in _ATTRIBUTE.findall(tag)}


def _styles(xml: bytes) -> tuple[frozenset[bytes], frozenset[bytes], frozenset[bytes]]:
    """(style numbers shown as percent, shown as another number, struck through)."""
    formats = {
        told.get("numFmtId", "").encode(): html.unescape(told.get("formatCode", ""))
        for tag in re.findall(rb"<(?:\w+:)?numFmt\b[^>]*>", xml) if (told := attributes_of(tag))
    }  # fmt: skip
    percent_ids = {number for number, code in formats.items() if shows_percent(code)} | {b"9", b"10"}
    rescaled_ids = {number for number, code in formats.items() if rescales(code)}
    fonts = re.search(rb"<(?:\w+:)?fonts\b.*?</(?:\w+:)?fonts>", xml, re.DOTALL)
    struck_fonts = set()
    if fonts and b"strike" in fonts[0]:
        for index, font in enumerate(re.findall(rb"<(?:\w+:)?font\b(?:[^>]*/>|.*?</(?:\w+:)?font>)", fonts[0], re.DOTALL)):
            if re.search(rb'<(?:\w+:)?strike(?:\s+val="(?:1|true)")?\s*/>', font):
                struck_fonts.add(str(index).encode())
    cells = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", xml, re.DOTALL)
    percent, rescaled, struck = set(), set(), set()
    for index, xf in enumerate(re.findall(rb"<(?:\w+:)?xf\b[^>]*>", cells[0] if cells else b"")):
        attributes = attributes_of(xf)
        if attributes.get("numFmtId", "").encode() in percent_ids:
            percent.add(str(index).encode())
        if attributes.get("numFmtId", "").encode() in rescaled_ids:
            rescaled.add(str(index).encode())
        if attributes.get("fontId", "").encode() in struck_fonts:
            struck.add(str(index).encode())
    return frozenset(percent), frozenset(rescaled), frozenset(struck)


def _coloured_styles(xml: bytes) -> frozenset[bytes]:
    """Styles whose cells are filled with a colour that is not white, or written in grey."""
    fills = re.search(rb"<(?:\w+:)?fills\b.*?</(?:\w+:)?fills>", xml, re.DOTALL)
    grey = _grey_fonts(xml)
    if (not fills or b'"solid"' not in fills[0]) and not grey:
        return frozenset()
    coloured = set() if not fills else {
        str(index).encode() for index, fill in enumerate(re.findall(rb"<(?:\w+:)?fill\b[^>]*?(?:/>|>.*?</(?:\w+:)?fill>)", fills[0], re.DOTALL))
        if b'"solid"' in fill and not re.search(rb'fgColor[^>]*(rgb="(?:FF|00)FFFFFF"|theme="0"\s*/|indexed="(?:1|9|64|65)")', fill)
    }  # fmt: skip
    cells = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", xml, re.DOTALL)
    return frozenset(
        str(index).encode() for index, xf in enumerate(re.findall(rb"<(?:\w+:)?xf\b[^>]*>", cells[0] if cells else b""))
        if attributes_of(xf).get("fillId", "").encode() in coloured or attributes_of(xf).get("fontId", "").encode() in grey
    )  # fmt: skip


def _grey_fonts(xml: bytes) -> frozenset[bytes]:
    """Numbers of the fonts in grey: neither black nor white, and no colour."""
    fonts = re.search(rb"<(?:\w+:)?fonts\b.*?</(?:\w+:)?fonts>", xml, re.DOTALL)
    found = set()
    for index, font in enumerate(re.findall(rb"<(?:\w+:)?font\b(?:[^>]*/>|.*?</(?:\w+:)?font>)", fonts[0] if fonts else b"", re.DOTALL)):
        colour = attributes_of(match[0]) if (match := re.search(rb"<(?:\w+:)?color\b[^>]*>", font)) else {}
        rgb = colour.get("rgb", "")[-6:]
        parts = [int(rgb[n : n + 2], 16) for n in (0, 2, 4)] if re.fullmatch("[0-9A-Fa-f]{6}", rgb) else []
        theme, tint = colour.get("theme"), float(told) if re.fullmatch(r"-?\d+(\.\d+)?", told := colour.get("tint", "0")) else 0.0
        of_theme = (theme == "0" and tint <= -0.15) or (theme == "1" and tint >= 0.3)  # white made darker, black made lighter
        if of_theme or (parts and max(parts) - min(parts) <= 16 and min(parts) >= 96 and max(parts) <= 224) or colour.get("indexed") in ("22", "23", "55"):
            found.add(str(index).encode())
    return frozenset(found)
