"""What finished outputs print: content controls of a Word draft, cells of a summary workbook. Reads only, without the writers."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook

from catalog.grids import address

WHOLE = "…"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STOP = re.compile(r"(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Control:
    """One figure of a draft: the number of its place (None: it has none), its indicator, its text, and the sentence it stands in."""

    slot: int | None
    indicator: str
    text: str
    sentence: str


def controls(file: Path) -> list[Control]:
    """Every figure of a draft in order, as the file reads now, edited or not; [] when it is no Word file."""
    try:
        with zipfile.ZipFile(file) as archive:
            root = ElementTree.fromstring(archive.read("word/document.xml"))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError):
        return []
    return [control for paragraph in root.iter(f"{_W}p") for control in _of_paragraph(paragraph)]


def _of_paragraph(paragraph: ElementTree.Element) -> list[Control]:
    text, found = "", []
    for element in _inline(paragraph):
        if element.tag == f"{_W}sdt":
            tag = element.find(f"{_W}sdtPr/{_W}tag")
            said = dict(part.split("=", 1) for part in (tag.get(f"{_W}val", "") if tag is not None else "").split(";") if "=" in part)
            content = "".join(t.text or "" for t in element.iter(f"{_W}t"))
            if "indicator" in said:
                found.append((len(text), said, content))
            text += content
        else:
            text += element.text or ""
    sentences, at = [], 0
    for sentence in _STOP.split(text):
        sentences.append((at, at + len(sentence), sentence.strip()))
        at += len(sentence)
    return [
        Control(int(said["slot"]) if said.get("slot", "").isdigit() else None, said["indicator"], content, sentence)
        for place, said, content in found
        for begin, end, sentence in sentences if begin <= place < end
    ]  # fmt: skip


def _inline(element: ElementTree.Element) -> list[ElementTree.Element]:
    """Texts and content controls in reading order; what is inside a control stays inside it."""
    found = []
    for child in element:
        if child.tag in (f"{_W}sdt", f"{_W}t"):
            found.append(child)
        else:
            found += _inline(child)
    return found


class Table:
    """A summary workbook, sheet by sheet as it is asked for."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self._book = CalamineWorkbook.from_path(str(file))
            self.sheets: tuple[str, ...] = tuple(self._book.sheet_names)
        except (CalamineError, OSError):
            self.sheets = ()

    def find(self, sheet: str, row: str, column: str, below: int = 0) -> list[tuple[str, str]]:
        """(address, what it shows) where the row that begins with ``row`` meets the column headed ``column``.

        A ``column`` that ends in （ is the beginning of a heading, :data:`WHOLE` the last one. ``below``: so many rows
        further down, where those begin with nothing.
        """
        if sheet not in self.sheets:
            return []
        rows = self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        heads = [(r, c) for r, cells in enumerate(rows[:4]) for c, value in enumerate(cells) if _headed(cells, c, str(value), column)]
        return [
            (address(r + below, c), _shown(rows[r + below][c]))
            for top, c in heads[:1] for r in range(top + 1, len(rows) - below)
            if rows[r][0] == row and all(rows[r + n][0] == "" for n in range(1, below + 1))
        ]  # fmt: skip


def _headed(cells: list[Any], index: int, text: str, column: str) -> bool:
    if column == WHOLE:
        return index > 2 and index == len(cells) - 1 and bool(text)
    return text == column or (column.endswith("（") and text.startswith(column))


def _shown(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
