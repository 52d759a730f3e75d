"""Totals of an office's own form over a figure that is not there: a sum of which a part is X is X (rules.md §7).

A spreadsheet's SUM passes over words, so that a total with a part missing would look whole. Every formula that rests on
such a cell, or on another such formula, is kept inside a question: is there an X? It answers itself once somebody types
the figure in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

Place = tuple[str, str]
"""(sheet, cell)."""
_WORDS = re.compile(r'"(?:[^"]|"")*"')
_SPAN = re.compile(
    r"(?<![\w.$!'])(?P<sheet>(?:'(?:[^']|'')+'|[\w.]+)!)?\$?(?P<c1>[A-Z]{1,3})\$?(?P<r1>\d{1,7})(?::\$?(?P<c2>[A-Z]{1,3})\$?(?P<r2>\d{1,7}))?(?![\w(!])"
)
_COLUMNS = re.compile(r"(?<![\w.$!'])(?P<sheet>(?:'(?:[^']|'')+'|[\w.]+)!)?\$?(?P<c1>[A-Z]{1,3}):\$?(?P<c2>[A-Z]{1,3})(?![\w(!])")
_LAST_ROW = 1_048_576


@dataclass(frozen=True, slots=True)
class _Span:
    """A part of a sheet as a formula names it."""

    said: str
    sheet: str
    columns: tuple[int, int]
    rows: tuple[int, int]

    def holds(self, place: Place) -> bool:
        column, row = _at(place[1])
        return self.sheet == place[0] and self.columns[0] <= column <= self.columns[1] and self.rows[0] <= row <= self.rows[1]


def ask_for_missing(sheets: Mapping[str, etree._Element], main: str, lacking: set[Place], sign: str) -> set[str]:
    """Wrap what rests on a cell that holds ``sign``; the names of the sheets that were changed."""
    changed: set[str] = set()
    lacking = set(lacking)
    left = [(name, cell, f) for name, tree in sheets.items() for cell in tree.iter(f"{{{main}}}c") if (f := cell.find(f"{{{main}}}f")) is not None and f.text]
    found = bool(lacking)
    while found:
        found = False
        for item in list(left):
            name, cell, f = item
            spans = _spans(f.text or "", name)
            shared = f.get("t") == "shared"
            asked = spans if shared and any(sheet == name for sheet, _ in lacking) else [s for s in spans if any(s.holds(place) for place in lacking)]
            if not asked:
                continue
            left.remove(item)
            count = "+".join(f'COUNTIF({said},"{sign}")' for said in dict.fromkeys(s.said for s in asked))
            f.text = f'IF({count}>0,"{sign}",{f.text})'
            lacking |= {(name, c.get("r", "")) for c in _group(sheets[name], main, cell, f)}
            changed.add(name)
            found = True
    return changed


def _group(tree: etree._Element, main: str, cell: etree._Element, formula: etree._Element) -> list[etree._Element]:
    """The cells that one shared formula stands for."""
    if formula.get("t") != "shared":
        return [cell]
    return [c for c in tree.iter(f"{{{main}}}c") if (f := c.find(f"{{{main}}}f")) is not None and f.get("si") == formula.get("si") and f.get("t") == "shared"]


def _spans(formula: str, own: str) -> list[_Span]:
    bare = _WORDS.sub(lambda m: '"' * len(m[0]), formula)
    found = []
    for match in _SPAN.finditer(bare):
        rows = sorted((int(match["r1"]), int(match["r2"] or match["r1"])))
        found.append(_Span(match[0], _sheet(match["sheet"], own), _columns(match["c1"], match["c2"] or match["c1"]), (rows[0], rows[1])))
    for match in _COLUMNS.finditer(bare):
        found.append(_Span(match[0], _sheet(match["sheet"], own), _columns(match["c1"], match["c2"]), (1, _LAST_ROW)))
    return found


def _sheet(said: str | None, own: str) -> str:
    if not said:
        return own
    name = said[:-1]
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def _columns(first: str, last: str) -> tuple[int, int]:
    a, b = sorted((_number(first), _number(last)))
    return a, b


def _number(letters: str) -> int:
    result = 0
    for letter in letters:
        result = result * 26 + ord(letter) - 64
    return result


def _at(cell: str) -> tuple[int, int]:
    match = re.fullmatch(r"([A-Z]{1,3})(\d+)", cell)
    return (_number(match[1]), int(match[2])) if match else (0, 0)
