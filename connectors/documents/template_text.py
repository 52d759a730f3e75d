"""The office's template as text: paragraphs with the beginnings of their runs marked, tags whole, and what is no text in its place."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from docx import Document
from docx.document import Document as DocumentType
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import XmlPart
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.text.paragraph import Paragraph
from docx.text.run import Run

OPEN, CLOSE = "\ue000", "\ue001"
RUN_OPEN, RUN_CLOSE = "\ue010", "\ue011"
KEEP_OPEN, KEEP_CLOSE = "\ue012", "\ue013"
"""Around the number of a part that is no text (a picture, a break, a bookmark): it stays where it stands."""
_MARK = f"(?:{RUN_OPEN}\\d+{RUN_CLOSE}|{KEEP_OPEN}\\d+{KEEP_CLOSE})"
RUN_MARK = re.compile(f"{RUN_OPEN}(\\d+){RUN_CLOSE}")
_ANY_MARK = re.compile(_MARK)
_TAG = re.compile(
    f"\\{{{_MARK}*\\{{.*?\\}}{_MARK}*\\}}|\\{{{_MARK}*%.*?%{_MARK}*\\}}|\\{{{_MARK}*#.*?#{_MARK}*\\}}", re.DOTALL
)  # fmt: skip
"""A tag, whatever marks Word's splitting has put into it, even between its braces."""
PIECES = re.compile(f"({OPEN}\\d+{CLOSE}|{_MARK}|\\[\\[|\\]\\])")
_TEXTUAL = {qn(f"w:{name}") for name in ("rPr", "t", "tab", "cr", "noBreakHyphen", "lastRenderedPageBreak")}
_FORGOTTEN = {qn(f"w:{name}") for name in ("proofErr", "pPr")}
_HIDDEN_PLACES = "占位符在页眉、页脚、文本框、超链接或未接受的修订里，读不到；请移到正文段落中，并接受全部修订。"


class BadDocument(ValueError):
    """The template cannot be used as a Word document; one Chinese line that says what to do."""

def template_paragraphs(template: bytes) -> list[str]:
    """The template's paragraphs as one text each, those of tables in their place; run boundaries outside of every tag.

    Raises :class:`BadDocument` when it is no Word file, or a placeholder stands where it cannot be read.
    """
    document = open_template(template)
    read = [read_paragraph(paragraph) for paragraph in body_paragraphs(document)]
    _refuse_unread_tags(document, read)
    return [paragraph.text for paragraph in read]

def open_template(template: bytes) -> DocumentType:
    try:
        return Document(io.BytesIO(template))
    except Exception as error:  # noqa: BLE001 - python-docx fails in many ways on what is no Word file
        raise BadDocument(f"模板打不开（{type(error).__name__}），请在 Word 或 WPS 里另存为 .docx，或换成 huizong init 新建的文件夹里的那一份。") from None


def body_paragraphs(document: DocumentType) -> list[Paragraph]:
    """Every paragraph of the body, those in tables too; not those of text boxes."""
    body = document.element.body
    box = qn("w:txbxContent")
    return [Paragraph(p, document._body) for p in body.iter(qn("w:p")) if not any(a.tag == box for a in p.iterancestors())]

@dataclass(frozen=True, slots=True)
class ReadParagraph:
    """A paragraph's text with marks, the formats of its runs, and the parts that are no text."""

    text: str
    formats: tuple[BaseOxmlElement | None, ...]
    kept: tuple[BaseOxmlElement, ...]
    runs: tuple[BaseOxmlElement, ...]


def read_paragraph(paragraph: Paragraph) -> ReadParagraph:
    """Run texts joined, each run's beginning marked; marks inside a tag move before it (Word splits runs anywhere),
    and after a tag the mark in force is repeated, so that a branch not taken takes no format with it.
    """
    formats: list[BaseOxmlElement | None] = []
    kept: list[BaseOxmlElement] = []
    runs: list[BaseOxmlElement] = []
    parts: list[str] = []
    for child in paragraph._p:
        if child.tag in _FORGOTTEN:
            continue
        if child.tag == qn("w:r") and all(_is_text(part) for part in child):
            parts.append(f"{RUN_OPEN}{len(runs)}{RUN_CLOSE}{Run(child, paragraph).text}")
            formats.append(deepcopy(child.rPr) if child.rPr is not None else None)
            runs.append(child)
        else:
            parts.append(f"{KEEP_OPEN}{len(kept)}{KEEP_CLOSE}")
            kept.append(child)
    return ReadParagraph(_untangle("".join(parts)), tuple(formats), tuple(kept), tuple(runs))


def _is_text(part: BaseOxmlElement) -> bool:
    return part.tag in _TEXTUAL or (part.tag == qn("w:br") and part.get(qn("w:type")) in (None, "textWrapping"))


def _untangle(joined: str) -> str:
    result, last, current = [], 0, ""
    for match in _TAG.finditer(joined):
        before = joined[last : match.start()]
        inside = _ANY_MARK.findall(match[0])
        for mark in [*_ANY_MARK.findall(before), *inside]:
            current = mark if mark.startswith(RUN_OPEN) else current
        result += [before, *inside, _ANY_MARK.sub("", match[0]), current]
        last = match.end()
    return "".join([*result, joined[last:]])


def _refuse_unread_tags(document: DocumentType, read: Sequence[ReadParagraph]) -> None:
    """A placeholder where it is not read would be printed as it is: say so instead."""
    seen = {run for paragraph in read for run in paragraph.runs}
    for story in (document.element, *(part.element for part in _headers_and_footers(document))):
        for paragraph in story.iter(qn("w:p")):
            unread = "".join(t.text or "" for t in paragraph.iter(qn("w:t")) if t.getparent() not in seen)
            if re.search(r"\{\{|\{%|%\}|\}\}", unread):
                raise BadDocument(f"模板“{unread.strip()[:14]}”：{_HIDDEN_PLACES}")


def _headers_and_footers(document: DocumentType) -> list[XmlPart]:
    return [rel.target_part for rel in document.part.rels.values() if rel.reltype in (RELATIONSHIP_TYPE.HEADER, RELATIONSHIP_TYPE.FOOTER)]
