"""What finished outputs print: content controls of a Word draft, cells of a summary workbook. Reads only, without the writers."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook

from catalog.grids import address

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

        self._read: dict[str, list[list[Any]]] = {}

    def find(self, section: str, row: str, column: str, below: int = 0) -> list[tuple[str, str, str]]:
        """(sheet, address, what it shows) where the row that begins with ``row`` meets the column headed ``column``, in every
        sheet of the section; tables of one sheet stand apart by an empty row.

        A ``column`` that ends in （ is the beginning of a heading. ``below``: so many rows further down, where those begin
        with nothing.
        """
        return [
            (sheet, address(r + below, c), _shown(rows[r + below][c]))
            for sheet in self.sheets if sheet == section or sheet.startswith(f"{section} ")
            for top, rows in _tables(self._rows(sheet)) for c, head in _heads(rows, top, column) for r in range(head + 1, len(rows) - below)
            if rows[r][0] == row and all(rows[r + n][0] == "" for n in range(1, below + 1))
        ]  # fmt: skip

    def find_pairs(self, sheet: str, keys: tuple[str, ...], wanted: Collection[tuple[str, ...]], columns: tuple[str, ...]) -> list[tuple[str, str]]:
        """(address, what it shows) of these columns in the rows that say so under the headings ``keys``, and in the row above
        where a column is empty: of a pair the first row holds what both share.
        """
        rows = self._rows(sheet) if sheet in self.sheets else []
        top = next((n for n, row in enumerate(rows) if {*keys, *columns} <= set(map(str, row))), len(rows))
        found: dict[str, str] = {}
        for n in range(top + 1, len(rows)):
            at = {name: rows[top].index(name) for name in (*keys, *columns)}
            if tuple(str(rows[n][at[key]]) for key in keys) in wanted:
                for name in columns:
                    r = n if rows[n][at[name]] != "" else n - 1
                    found[address(r, at[name])] = _shown(rows[r][at[name]])
        return list(found.items())

    def _rows(self, sheet: str) -> list[list[Any]]:
        if sheet not in self._read:
            self._read[sheet] = self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        return self._read[sheet]


def _tables(rows: list[list[Any]]) -> Iterator[tuple[int, list[list[Any]]]]:
    """(first row, the sheet's rows up to the table's last one) of every table."""
    top = 0
    for number in range(len(rows) + 1):
        if number == len(rows) or not any(value != "" for value in rows[number]):
            if number > top:
                yield top, rows[:number]
            top = number + 1


def _heads(rows: list[list[Any]], top: int, column: str) -> list[tuple[int, int]]:
    """(column, row) of the heading among the first rows of a table."""
    found = [(c, r) for r in range(top, min(top + 4, len(rows))) for c, value in enumerate(rows[r]) if _headed(str(value), column)]
    return found[:1]


def _headed(text: str, column: str) -> bool:
    """A long heading is broken before its bracket."""
    text = text.replace("\n", "")
    return text == column or (column.endswith("（") and text.startswith(column))


def _shown(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
