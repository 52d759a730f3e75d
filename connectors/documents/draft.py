"""The Word draft: the office's template filled in, every figure an inline content control that says what it is.

Knows Word and nothing of indicators: paragraphs come evaluated, with numbered markers where a control goes.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from connectors.documents.gbt9704 import DRAFT_MARK
from connectors.documents.package import repack

_GAP_WIDTHS = (9, 13, 22, 23, 15, 13, 11, 26, 15, 9)
"""Millimetres of the ten columns; together the 156 mm of the page."""
OPEN, CLOSE = "\ue000", "\ue001"
RUN_OPEN, RUN_CLOSE = "\ue010", "\ue011"
_TAGS = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)
_RUN_MARK = re.compile(f"{RUN_OPEN}(\\d+){RUN_CLOSE}")
_PIECES = re.compile(f"({OPEN}\\d+{CLOSE}|{RUN_OPEN}\\d+{RUN_CLOSE}|\\[\\[|\\]\\])")


class Mark(StrEnum):
    """How a figure is marked in the draft."""

    PLAIN = "plain"
    MISSING = "missing"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True)
class Comment:
    """A Word comment on a figure."""

    text: str


@dataclass(frozen=True, slots=True)
class Control:
    """A figure's content control: its text, tag, title, mark and comment."""

    text: str
    tag: str
    title: str
    mark: Mark = Mark.PLAIN
    comment: Comment | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished draft."""

    data: bytes
    text: str
    """Its plain text, one paragraph a line."""


Evaluate = Callable[[str, str], str]


def template_paragraphs(template: bytes) -> list[str]:
    """The template's paragraphs as one text each, run boundaries outside of every tag."""
    return [_template_text(p) for p in Document(io.BytesIO(template)).paragraphs]


def render_draft(
    template: bytes, evaluated: Sequence[str], controls: Mapping[int, Control], status_line: str,
    gaps: Sequence[Sequence[str]], gap_header: Sequence[str], at: datetime,
) -> Rendered:  # fmt: skip
    """Fill the template. ``evaluated``: its paragraphs from :func:`template_paragraphs`, evaluated; markers number
    the ``controls``. ``status_line`` stands under the title, empty = none; ``gaps`` become the table at the end.
    """
    document = Document(io.BytesIO(template))
    paragraphs = list(document.paragraphs)
    comment = _commenter(document, at)
    lines = []
    for paragraph, text in zip(paragraphs, evaluated, strict=True):
        _fill(paragraph, text, controls, comment)
        lines.append("".join(_visible(text, controls)))
    if status_line and paragraphs:
        lines.insert(1, status_line)
        _status_line(document, paragraphs[0], status_line)
    if gaps:
        _gap_table(document, gaps, gap_header)
    return Rendered(_finish(document, at), "\n".join(lines))


def _visible(text: str, controls: Mapping[int, Control]) -> list[str]:
    return [
        controls[int(piece[1:-1])].text if piece.startswith(OPEN) else "" if piece.startswith(RUN_OPEN) else piece
        for piece in _PIECES.split(text) if piece
    ]  # fmt: skip


# --- template text -----------------------------------------------------------------------------------------


def _template_text(paragraph: Paragraph) -> str:
    """Run texts joined, each run's beginning marked; a mark inside a tag moves before it (Word splits runs anywhere)."""
    joined = "".join(f"{RUN_OPEN}{index}{RUN_CLOSE}{run.text}" for index, run in enumerate(paragraph.runs))
    loose = _RUN_MARK.sub("", joined)
    if not _TAGS.search(loose):
        return joined
    result, rest = [], joined
    while rest:
        match = _next_tag(rest)
        if match is None:
            result.append(rest)
            break
        start, end = match
        tag = rest[start:end]
        result += [rest[:start], *(m[0] for m in _RUN_MARK.finditer(tag)), _RUN_MARK.sub("", tag)]
        rest = rest[end:]
    return "".join(result)


def _next_tag(text: str) -> tuple[int, int] | None:
    """Span of the next tag in a text where run marks may stand inside it, even between its braces."""
    gap = f"(?:{RUN_OPEN}\\d+{RUN_CLOSE})*"
    match = re.search(
        f"\\{{{gap}\\{{.*?\\}}{gap}\\}}|\\{{{gap}%.*?%{gap}\\}}|\\{{{gap}#.*?#{gap}\\}}", text, re.DOTALL
    )  # fmt: skip
    return match.span() if match else None


# --- filling -----------------------------------------------------------------------------------------------


def _fill(paragraph: Paragraph, text: str, controls: Mapping[int, Control], comment: Callable[[Run, Comment], None]) -> None:
    formats = [deepcopy(run._r.rPr) if run._r.rPr is not None else None for run in paragraph.runs]
    for run in paragraph.runs:
        run._r.getparent().remove(run._r)
    current, by_hand = 0, False
    for piece in _PIECES.split(text):
        if not piece:
            continue
        by_hand = by_hand or piece == "[["
        if piece.startswith(RUN_OPEN):
            current = int(piece[1:-1])
        elif piece.startswith(OPEN):
            number = int(piece[1:-1])
            _add_control(paragraph, controls[number], number, formats[current] if current < len(formats) else None, comment)
        else:
            run = _run(paragraph, piece, formats[current] if current < len(formats) else None)
            if by_hand:
                _mark(run, "lightGray")
            paragraph._p.append(run._r)
        by_hand = by_hand and piece != "]]"


def _run(paragraph: Paragraph, text: str, form: BaseOxmlElement | None) -> Run:
    element = OxmlElement("w:r")
    if form is not None:
        element.append(deepcopy(form))
    run = Run(element, paragraph)
    run.text = text
    return run


def _add_control(
    paragraph: Paragraph, control: Control, number: int, form: BaseOxmlElement | None, comment: Callable[[Run, Comment], None]
) -> None:
    sdt, properties, content = (OxmlElement(f"w:{name}") for name in ("sdt", "sdtPr", "sdtContent"))
    for name, value in (("w:alias", control.title[:60]), ("w:tag", control.tag[:64]), ("w:id", str(100_000 + number))):
        part = OxmlElement(name)
        part.set(qn("w:val"), value)
        properties.append(part)
    run = _run(paragraph, control.text, form)
    if control.mark is Mark.MISSING:
        _mark(run, "yellow", DRAFT_MARK)
    elif control.mark is Mark.PROVISIONAL:
        _underline(run)
    content.append(run._r)
    sdt.append(properties)
    sdt.append(content)
    paragraph._p.append(sdt)
    if control.comment is not None:
        comment(run, control.comment)


def _mark(run: Run, colour: str, style: str = "") -> None:
    properties = run._r.get_or_add_rPr()
    if style:
        run.style = run.part.document.styles[style]  # type: ignore[attr-defined]
        tint = OxmlElement("w:color")
        tint.set(qn("w:val"), "FF0000")
        properties.append(tint)
    highlight = OxmlElement("w:highlight")
    highlight.set(qn("w:val"), colour)
    properties.append(highlight)


def _underline(run: Run) -> None:
    line = OxmlElement("w:u")
    line.set(qn("w:val"), "dotted")
    line.set(qn("w:color"), "0000FF")
    run._r.get_or_add_rPr().append(line)


def _commenter(document: DocumentType, at: datetime) -> Callable[[Run, Comment], None]:
    def add(run: Run, comment: Comment) -> None:
        made = document.add_comment(runs=[run], text=comment.text, author="汇总", initials="汇")
        made._comment_elm.set(qn("w:date"), at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

    return add


def _status_line(document: DocumentType, title: Paragraph, text: str) -> None:
    element = OxmlElement("w:p")
    title._p.addnext(element)
    paragraph = Paragraph(element, title._parent)
    if "公文状态行" in [style.name for style in document.styles]:
        paragraph.style = document.styles["公文状态行"]
    run = paragraph.add_run(text)
    if DRAFT_MARK in [style.name for style in document.styles]:
        run.style = document.styles[DRAFT_MARK]


def _gap_table(document: DocumentType, gaps: Sequence[Sequence[str]], header: Sequence[str]) -> None:
    names = [style.name for style in document.styles]
    caption = document.add_paragraph("数据缺口清单", style="公文状态行" if "公文状态行" in names else None)
    caption.paragraph_format.page_break_before = True
    table = document.add_table(rows=1, cols=len(header))
    table.style = document.styles["Table Grid"] if "Table Grid" in names else None
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, _GAP_WIDTHS, strict=True):
        column.width = Mm(width)
    for row, texts in enumerate([header, *gaps]):
        cells = table.rows[0].cells if row == 0 else table.add_row().cells
        for cell, text, width in zip(cells, texts, _GAP_WIDTHS, strict=True):
            cell.text, cell.width = text, Mm(width)
            if "公文表格" in names:
                cell.paragraphs[0].style = document.styles["公文表格"]
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(repeat)


# --- finishing ---------------------------------------------------------------------------------------------


def _finish(document: DocumentType, at: datetime) -> bytes:
    properties = document.core_properties
    moment = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties.author = properties.last_modified_by = "汇总"
    properties.created = properties.modified = moment
    properties.revision = 1
    properties.identifier = ""
    buffer = io.BytesIO()
    document.save(buffer)
    digest = _body_digest(buffer.getvalue())
    properties.identifier = f"huizong:{digest}"
    buffer = io.BytesIO()
    document.save(buffer)
    return repack(buffer.getvalue())


def _body_digest(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return hashlib.sha256(archive.read("word/document.xml")).hexdigest()[:32]


def is_untouched(data: bytes) -> bool:
    """Whether this is a draft of ours that nobody has saved since (a person's edit is never overwritten)."""
    try:
        return Document(io.BytesIO(data)).core_properties.identifier == f"huizong:{_body_digest(data)}"
    except Exception:  # noqa: BLE001 - whatever it is, it is not an untouched draft of ours
        return False
