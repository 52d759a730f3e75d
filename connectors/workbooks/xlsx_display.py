"""What the styles of an .xlsx say of how its cells look: words centred over several cells.

The styles alone are parsed; a sheet is looked at only where one of them is there.
"""

from __future__ import annotations

import re

_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*"([^"]*)"')
_CELL_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf\b[^>]*?(?:/>|>.*?</(?:\w+:)?xf>)", re.DOTALL)
_CENTRED = re.compile(rb'<(?:\w+:)?alignment\b[^>]*\bhorizontal="centerContinuous"')
HEADING_ROWS = 60
"""A heading is looked for in the first rows only."""


def centring_styles(styles: bytes) -> frozenset[bytes]:
    """Numbers of the styles that centre a cell's words over the blank cells beside it (ECMA-376 §18.18.40)."""
    if b"centerContinuous" not in styles:
        return frozenset()
    return frozenset(str(number).encode() for number, xf in enumerate(_cell_styles(styles)) if _CENTRED.search(xf))


def first_rows(sheet: bytes, prefix: bytes) -> bytes:
    """The sheet down to the last row in which a heading may stand, where that can be told at once."""
    end = sheet.find(b"<%brow r=\"%d\"" % (prefix, HEADING_ROWS))
    return sheet if end < 0 else sheet[:end]


def _cell_styles(styles: bytes) -> list[bytes]:
    found = _CELL_STYLES.search(styles)
    return _STYLE.findall(found[0]) if found else []
