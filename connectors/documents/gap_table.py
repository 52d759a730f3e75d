"""The list of gaps at the end of a draft: written with it, and renewed in one that people have edited."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from copy import deepcopy
from enum import Enum

from docx.document import Document as DocumentType
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from lxml import etree

from connectors.documents.package import Package, detach

GAPS = "数据缺口清单"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_GAP_WIDTHS = (10, 10, 17, 21, 14, 11, 14, 25, 24, 10)
"""Millimetres of the ten columns; together the 156 mm of the page. A date, 已退回 and four digits stand on one line, in a
face with wide digits too.
"""
_UNBROKEN = re.compile(r"(?<=\d)-(?=\d)")
"""A hyphen between digits: a date is never broken there."""
_SIDE = "57"
"""Twentieths of a point left and right of a cell's text: one millimetre."""


def add_gap_table(document: DocumentType, gaps: Sequence[Sequence[str]], header: Sequence[str]) -> None:
    names = [style.name for style in document.styles]
    caption = document.add_paragraph(GAPS, style="公文状态行" if "公文状态行" in names else None)
    caption.paragraph_format.page_break_before = True
    table = document.add_table(rows=1, cols=len(header))
    table.style = document.styles["Table Grid"] if "Table Grid" in names else None
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), _SIDE)
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    table._tbl.tblPr.append(margins) if look is None else look.addprevious(margins)
    for column, width in zip(table.columns, _GAP_WIDTHS, strict=True):
        column.width = Mm(width)
    in_cells = document.styles["公文表格"].style_id if "公文表格" in names else None  # once: to look for it cell by cell was most of the table
    for cell, width in zip(table.rows[0].cells, _GAP_WIDTHS, strict=True):
        cell.width = Mm(width)
        if in_cells is not None:
            cell.paragraphs[0]._p.style = in_cells
    line = table.rows[0]._tr
    line.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    pattern = deepcopy(line)  # cell by cell through python-docx the table was a third of the draft
    line.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    _write_line(line, header)
    for texts in gaps:
        line = deepcopy(pattern)
        _write_line(line, texts)
        table._tbl.append(line)


def _write_line(line: etree._Element, texts: Sequence[str]) -> None:
    """The words of a row whose cells are empty."""
    for paragraph, text in zip(line.iterfind(f"{_W}tc/{_W}p"), texts, strict=True):
        if text:
            _write(etree.SubElement(paragraph, f"{_W}r"), text)


# --- in a draft that people have edited --------------------------------------------------------------------


class GapTable(Enum):
    """What became of the list at the end of an edited draft."""

    RENEWED = "renewed"
    SAME = "same"
    EDITED = "edited"
    """A person has changed it: it stays as it is."""
    ABSENT = "absent"


def gaps_digest(rows: Sequence[Sequence[str]]) -> str:
    """Hash of the cells with what they say; white space does not count, for word processors change it."""
    return hashlib.sha256("\x1e".join("\x1f".join("".join(text.split()) for text in row) for row in rows).encode()).hexdigest()[:32]


def renew_gap_table(package: Package, written: str, rows: Sequence[Sequence[str]]) -> tuple[GapTable, str]:
    """The list as it is now, in the form it has in the document, and its hash; without rows it goes, caption and all.

    ``written``: the hash of what we wrote there; a list that says something else is a person's and stays. The last
    column (days late) alone is no reason to touch a document.
    """
    caption, table = _find(package.tree(package.document))
    if caption is None or table is None:
        return GapTable.ABSENT, ""
    lines = [line for line in table if line.tag == f"{_W}tr"]
    texts = [[_text(cell) for cell in line.iter(f"{_W}tc")] for line in lines]
    if gaps_digest(texts) != written or len(lines) < 2:
        return GapTable.EDITED, written
    if gaps_digest([row[:-1] for row in texts[1:]]) == gaps_digest([row[:-1] for row in rows]):
        return GapTable.SAME, written
    package.touch(package.document)
    if not rows:
        detach(caption)
        detach(table)
        return GapTable.RENEWED, ""
    pattern = deepcopy(lines[1])
    for line in lines[1:]:
        detach(line)
    for row in rows:
        line = deepcopy(pattern)
        for cell, text in zip(line.iter(f"{_W}tc"), row, strict=True):
            _say(cell, text)
        table.append(line)
    return GapTable.RENEWED, gaps_digest([texts[0], *rows])


def _find(body: etree._Element) -> tuple[etree._Element | None, etree._Element | None]:
    for paragraph in body.iter(f"{_W}p"):
        if _text(paragraph).strip() == GAPS:
            following = paragraph.getnext()
            return (paragraph, following) if following is not None and following.tag == f"{_W}tbl" else (None, None)
    return None, None


def _text(element: etree._Element) -> str:
    """With plain hyphens, however a word processor has kept those that do not break."""
    said = "".join("-" if t.tag == f"{_W}noBreakHyphen" else t.text or "" for t in element.iter(f"{_W}t", f"{_W}noBreakHyphen"))
    return said.replace("\u2011", "-")


def _write(run: etree._Element, text: str) -> None:
    first, *others = _UNBROKEN.split(text)
    etree.SubElement(run, f"{_W}t").text = first
    for part in others:
        etree.SubElement(run, f"{_W}noBreakHyphen")
        etree.SubElement(run, f"{_W}t").text = part
    for t in run.iter(f"{_W}t"):
        if t.text != (t.text or "").strip():
            t.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _say(cell: etree._Element, text: str) -> None:
    """The cell's first paragraph with these words, in the form of the words that were there."""
    first, *others = cell.findall(f"{_W}p")
    for paragraph in others:
        detach(paragraph)
    form = first.find(f"{_W}r/{_W}rPr")
    for child in [c for c in first if c.tag != f"{_W}pPr"]:
        first.remove(child)
    if text:
        run = etree.SubElement(first, f"{_W}r")
        if form is not None:
            run.append(deepcopy(form))
        _write(run, text)
