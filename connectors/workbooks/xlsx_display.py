"""What the styles of an .xlsx say of how its cells look: words centred over several, ink of the colour of the paper, formats on condition.

The styles alone are parsed; a sheet is looked at only where one of them is there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.grids import CellValue, Position, Range, rescales, shown_word, shows_percent

_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*"([^"]*)"')
_CELL_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf\b[^>]*?(?:/>|>.*?</(?:\w+:)?xf>)", re.DOTALL)
_CENTRED = re.compile(rb'<(?:\w+:)?alignment\b[^>]*\bhorizontal="centerContinuous"')
_FONTS = re.compile(rb"<(?:\w+:)?fonts\b.*?</(?:\w+:)?fonts>", re.DOTALL)
_FONT = re.compile(rb"<(?:\w+:)?font\b(?:[^>]*/>|.*?</(?:\w+:)?font>)", re.DOTALL)
_FILLS = re.compile(rb"<(?:\w+:)?fills\b.*?</(?:\w+:)?fills>", re.DOTALL)
_FILL = re.compile(rb"<(?:\w+:)?fill\b[^>]*?(?:/>|>.*?</(?:\w+:)?fill>)", re.DOTALL)
_INK = re.compile(rb"<(?:\w+:)?color\b[^>]*>")
_PAPER = re.compile(rb"<(?:\w+:)?fgColor\b[^>]*>")
_DIFFERENT = re.compile(rb"<(?:\w+:)?dxfs\b.*?</(?:\w+:)?dxfs>", re.DOTALL)
_DXF = re.compile(rb"<(?:\w+:)?dxf\b[^>]*?(?:/>|>.*?</(?:\w+:)?dxf>)", re.DOTALL)
_SHAPE = re.compile(rb'<(?:\w+:)?numFmt\b[^>]*\bformatCode="([^"]*)"')
_CONDITIONAL = re.compile(rb"<(?:\w+:)?conditionalFormatting\b([^>]*)>(.*?)</(?:\w+:)?conditionalFormatting>", re.DOTALL)
_RULE_OF = re.compile(rb'\bdxfId="(\d+)"')
_AREAS = re.compile(rb'\bsqref="([^"]*)"|<(?:\w+:)?sqref>([^<]*)<')
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)")
FIGURE = re.compile(r"[-+]?\d[\d,，.]*%?")
_WHITE, _BLACK = "FFFFFF", "000000"
_INDEXED = {"0": _BLACK, "1": _WHITE, "8": _BLACK, "9": _WHITE, "64": _BLACK, "65": _WHITE}
_ALIKE = 16
"""Two colours whose parts differ by no more look the same."""
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


_NUMBER_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\b[^>]*>")


def wording_styles(styles: bytes) -> dict[str, frozenset[bytes]]:
    """Word that a number format shows behind a number → numbers of the cell styles that have it."""
    told = [dict(_ATTRIBUTE.findall(tag)) for tag in _NUMBER_FORMAT.findall(styles)]
    words = {one.get(b"numFmtId", b""): word for one in told if (word := shown_word(html.unescape(one.get(b"formatCode", b"").decode("utf-8", "replace"))))}
    found: dict[str, set[bytes]] = {}
    for number, xf in enumerate(_cell_styles(styles) if words else ()):
        if own := words.get(dict(_ATTRIBUTE.findall(xf[: xf.find(b">")])).get(b"numFmtId", b"")):
            found.setdefault(own, set()).add(str(number).encode())
    return {word: frozenset(numbers) for word, numbers in found.items()}


def inkless_styles(styles: bytes) -> frozenset[bytes]:
    """Numbers of the styles whose letters have the colour of what they stand on: white on white, red on red."""
    fonts, fills = _FONTS.search(styles), _FILLS.search(styles)
    inks = [_colour(found[0], _BLACK) if (found := _INK.search(font)) else _BLACK for font in (_FONT.findall(fonts[0]) if fonts else [])]
    papers = [_paper(fill) for fill in (_FILL.findall(fills[0]) if fills else [])]
    if not any(alike(ink, paper) for ink in set(inks) for paper in {_WHITE, *papers}):
        return frozenset()
    found_styles = set()
    for number, xf in enumerate(_cell_styles(styles)):
        told = dict(_ATTRIBUTE.findall(xf[: xf.find(b">")]))
        font, fill = (int(said) if (said := told.get(which, b"0")).isdigit() else 0 for which in (b"fontId", b"fillId"))
        if font < len(inks) and alike(inks[font], papers[fill] if fill < len(papers) else _WHITE):
            found_styles.add(str(number).encode())
    return frozenset(found_styles)


@dataclass(frozen=True, slots=True)
class Conditional:
    """Numbers of the formats on condition that change what a figure looks like."""

    rescaling: frozenset[bytes] = frozenset()
    percent: frozenset[bytes] = frozenset()


def conditional_styles(styles: bytes) -> Conditional:
    """What the differential formats do to a number (ECMA-376 §18.8.14)."""
    found = _DIFFERENT.search(styles)
    if found is None or b"formatCode" not in found[0]:
        return Conditional()
    shapes = [html.unescape(shape[1].decode("utf-8", "replace")) if (shape := _SHAPE.search(dxf)) else "" for dxf in _DXF.findall(found[0])]
    return Conditional(
        frozenset(str(n).encode() for n, shape in enumerate(shapes) if shape and rescales(shape)),
        frozenset(str(n).encode() for n, shape in enumerate(shapes) if shape and shows_percent(shape)),
    )


def conditional_areas(tail: bytes, known: Conditional) -> tuple[list[Range], list[Range]]:
    """(areas where a condition may show figures as others, areas where it may show them as percent); ``tail``: the sheet behind its cells."""
    rescaled: list[Range] = []
    percent: list[Range] = []
    if b"conditionalFormatting" not in tail:
        return rescaled, percent
    for attributes, body in _CONDITIONAL.findall(tail):
        rules = set(_RULE_OF.findall(body))
        own = [html.unescape(shape.decode("utf-8", "replace")) for shape in _SHAPE.findall(body)]  # x14 writes its formats here
        areas = [area for plain, extended in _AREAS.findall(attributes + body) for area in _ranges((plain or extended).decode("ascii", "replace"))]
        if rules & known.rescaling or any(rescales(shape) for shape in own):
            rescaled += areas
        elif rules & known.percent or any(shows_percent(shape) for shape in own):
            percent += areas
    return rescaled, percent


def figures_within(rows: Sequence[Sequence[CellValue]], areas: Sequence[Range]) -> Iterator[Position]:
    """The numbers that stand in some areas, however far these reach beyond the sheet."""
    for area in areas:
        for row in range(area.top, min(area.bottom + 1, len(rows))):
            for column in range(area.left, min(area.right + 1, len(rows[row]))):
                if isinstance(value := rows[row][column], int | float) and not isinstance(value, bool):
                    yield row, column


def figures_among(rows: Sequence[Sequence[CellValue]], cells: frozenset[Position]) -> tuple[frozenset[Position], frozenset[Position]]:
    """(those cells that hold numbers, those that hold texts that are figures); a name in white is a name left out on purpose."""
    inside = [(r, c) for r, c in cells if r < len(rows) and c < len(rows[r])]
    numbers = frozenset((r, c) for r, c in inside if isinstance(rows[r][c], int | float) and not isinstance(rows[r][c], bool))
    return numbers, frozenset((r, c) for r, c in inside if isinstance(text := rows[r][c], str) and FIGURE.fullmatch(text.strip()))


def _cell_styles(styles: bytes) -> list[bytes]:
    found = _CELL_STYLES.search(styles)
    return _STYLE.findall(found[0]) if found else []


def _paper(fill: bytes) -> str:
    if b'"solid"' not in fill:
        return _WHITE if b"patternType" not in fill or b'"none"' in fill else ""
    return _colour(found[0], "") if (found := _PAPER.search(fill)) else ""


def _colour(tag: bytes, otherwise: str) -> str:
    """A colour as six hexadecimal digits, or as a name of its own where the theme says it."""
    told: Mapping[bytes, bytes] = dict(_ATTRIBUTE.findall(tag))
    if (rgb := told.get(b"rgb", b"")[-6:].decode("ascii", "replace").upper()) and re.fullmatch("[0-9A-F]{6}", rgb):
        return rgb
    if theme := told.get(b"theme", b"").decode("ascii", "replace"):
        tint = told.get(b"tint", b"0").decode("ascii", "replace")
        plain = re.fullmatch(r"-?0(\.0\d*)?", tint) is not None
        return {"0": _WHITE, "1": _BLACK}.get(theme, f"theme {theme}") if plain else f"theme {theme} {tint}"
    if indexed := told.get(b"indexed", b"").decode("ascii", "replace"):
        return _INDEXED.get(indexed, f"indexed {indexed}")
    return otherwise


def alike(ink: str, paper: str) -> bool:
    """Whether nobody can tell one colour from the other."""
    if len(ink) == len(paper) == len(_WHITE) and re.fullmatch("[0-9A-F]{12}", ink + paper):
        return all(abs(int(ink[n : n + 2], 16) - int(paper[n : n + 2], 16)) <= _ALIKE for n in (0, 2, 4))
    return ink == paper != ""


def _ranges(references: str) -> Iterator[Range]:
    for reference in references.split():
        corners = [_CELL.fullmatch(corner) for corner in reference.split(":")]
        if all(corners):
            places = [(int(corner[2]) - 1, _column(corner[1])) for corner in corners if corner]
            yield Range(*places[0], *places[-1])


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
