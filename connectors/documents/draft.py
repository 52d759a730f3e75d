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
from typing import NamedTuple

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_COLOR_INDEX, WD_UNDERLINE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from connectors.documents.gap_table import add_gap_table, gaps_digest
from connectors.documents.gbt9704 import BODY, DRAFT_MARK, LEVEL2, TITLE, centre_signatures, keep_spans_whole, set_faces
from connectors.documents.gbt9704_check import in_gb2312
from connectors.documents.linked import Link, Links, Mark, write_links
from connectors.documents.package import Package, repack
from connectors.documents.places import FIRST_ID
from connectors.documents.pointers import BOOKMARK, part, point
from connectors.documents.template_text import KEEP_OPEN, OPEN, PIECES, RUN_MARK, RUN_OPEN, body_paragraphs, open_template, read_paragraph


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
    source: str = ""
    """Where it comes from; shown when the pointer rests on the figure."""
    link: Link | None = None
    """How it was printed, kept in the document for its refresh."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished draft."""

    data: bytes
    text: str
    """Its plain text, one paragraph a line."""


Evaluate = Callable[[str, str], str]


def render_draft(
    template: bytes, evaluated: Sequence[str], controls: Mapping[int, Control], status: Control | None,
    gaps: Sequence[Sequence[str]], gap_header: Sequence[str], at: datetime, period: str = "",
) -> Rendered:  # fmt: skip
    """Fill the template. ``evaluated``: its paragraphs from :func:`template_paragraphs`, evaluated; markers number
    the ``controls``. ``status`` stands under the title; ``gaps`` become the table at the end.
    ``period`` names the period of the figures in the data part that a refresh reads.
    """
    document = open_template(template)
    _ensure_mark_style(document)
    keep_spans_whole(document)
    pen = _Pen(_commenter(document, at), document.part.get_style_id(DRAFT_MARK, WD_STYLE_TYPE.CHARACTER))
    lines: list[str] = []
    title: Paragraph | None = None
    for paragraph, text in zip(body_paragraphs(document), evaluated, strict=True):
        visible = _visible(text, controls)
        if _fill(paragraph, text, controls, pen):
            lines.append(visible.replace("\n", ""))
        if title is None and visible.strip():
            title = paragraph
            if status is not None:
                lines.append(status.text)
    if status is not None and title is not None:
        _status_line(document, title, status, len(controls), pen)
    if gaps:
        add_gap_table(document, gaps, gap_header)
    numbered = controls if status is None else {**controls, len(controls): status}
    links = {number: control.link for number, control in numbered.items() if control.link is not None}
    paragraphs = body_paragraphs(document)
    for paragraph in paragraphs:
        _give_rare_characters_a_face(paragraph)
    centre_signatures(paragraphs)
    part(document.element.body)
    return Rendered(_finish(document, at, Links(period, links, gaps_digest([gap_header, *gaps]) if gaps else "")), "\n".join(lines))


def _visible(text: str, controls: Mapping[int, Control]) -> str:
    return "".join(
        controls[int(piece[1:-1])].text if piece.startswith(OPEN) else "" if piece.startswith((RUN_OPEN, KEEP_OPEN)) else piece
        for piece in PIECES.split(text) if piece
    )  # fmt: skip


# --- filling -----------------------------------------------------------------------------------------------


class _Pen(NamedTuple):
    """What writes a comment, and the id of the style of marks: to look for it figure by figure was a third of the filling."""

    comment: Callable[[Run, Comment], None]
    mark_style: str | None


def _fill(paragraph: Paragraph, text: str, controls: Mapping[int, Control], pen: _Pen) -> bool:
    """Whether the paragraph still stands: one whose whole text was left out goes with it."""
    read = read_paragraph(paragraph)
    if read.text == text and "[[" not in text:
        return True
    if not RUN_MARK.sub("", text).strip() and _may_go(paragraph):
        paragraph._p.getparent().remove(paragraph._p)
        return False
    for element in (*read.runs, *read.kept):
        element.getparent().remove(element)
    for piece in _pieces(text):
        form = read.formats[piece.run] if piece.run is not None else None
        if piece.text.startswith(KEEP_OPEN):
            paragraph._p.append(read.kept[int(piece.text[1:-1])])
        elif piece.text.startswith(OPEN):
            number = int(piece.text[1:-1])
            _add_control(paragraph, controls[number], number, form, pen)
        else:
            run = _run(paragraph, piece.text, form)
            if piece.by_hand:
                run.font.highlight_color = WD_COLOR_INDEX.GRAY_25
            paragraph._p.append(run._r)
    return True


class _Piece(NamedTuple):
    """Plain text, or one marker; the number of the run whose format it takes; whether a person writes it."""

    text: str
    run: int | None
    by_hand: bool

    @property
    def plain(self) -> bool:
        return not self.text.startswith((OPEN, KEEP_OPEN))


def _pieces(text: str) -> list[_Piece]:
    """Neighbouring plain texts of one format are one piece."""
    result: list[_Piece] = []
    run, by_hand = None, False
    for found in PIECES.split(text):
        if found.startswith(RUN_OPEN):
            run = int(found[1:-1])
        elif found:
            by_hand = by_hand or found == "[["
            piece = _Piece(found, run, by_hand)
            if piece.plain and result and result[-1].plain and result[-1][1:] == piece[1:]:
                piece = _Piece(result.pop().text + found, run, by_hand)
            result.append(piece)
            by_hand = by_hand and found != "]]"
    return result


def _may_go(paragraph: Paragraph) -> bool:
    """A table cell needs its paragraph, and a section's last one holds the section's page."""
    return paragraph._p.getparent().tag == qn("w:body") and paragraph._p.find(f".//{qn('w:sectPr')}") is None


def _run(paragraph: Paragraph, text: str, form: BaseOxmlElement | None) -> Run:
    element = OxmlElement("w:r")
    if form is not None:
        element.append(deepcopy(form))
    run = Run(element, paragraph)
    run.text = text
    return run


_LARGER = {BODY: "仿宋", LEVEL2: "楷体", TITLE: "方正小标宋_GBK"}
"""Face of GB2312 → the one that has every character (rules.md §6, fonts)."""
_RARE = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")


def _give_rare_characters_a_face(paragraph: Paragraph) -> None:
    """仿宋_GB2312 holds 6763 characters; a rare one in a name would silently be shown in another face."""
    for element in list(paragraph._p.iter(qn("w:r"))):
        text = "".join(t.text or "" for t in element.iter(qn("w:t")))
        if not any(_RARE.match(c) and not in_gb2312(c) for c in text):
            continue
        face = _face_of(element, paragraph)
        if face in _LARGER:
            set_faces(Run(element, paragraph)._r.get_or_add_rPr(), _LARGER[face])


def _face_of(run: BaseOxmlElement, paragraph: Paragraph) -> str:
    own = run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")
    style = paragraph.style
    while own is None and style is not None:
        own = style.element.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")
        style = style.base_style
    return str(own.get(qn("w:eastAsia"), "")) if own is not None else ""


def _add_control(paragraph: Paragraph, control: Control, number: int, form: BaseOxmlElement | None, pen: _Pen) -> None:
    sdt, properties, content = (OxmlElement(f"w:{name}") for name in ("sdt", "sdtPr", "sdtContent"))
    for name, value in (("w:alias", control.title[:60]), ("w:tag", control.tag[:64]), ("w:id", str(FIRST_ID + number))):
        part = OxmlElement(name)
        part.set(qn("w:val"), value)
        properties.append(part)
    run = _run(paragraph, control.text, form)
    content.append(run._r)
    sdt.append(properties)
    sdt.append(content)
    paragraph._p.append(sdt)
    _mark(run, control.mark, pen.mark_style)
    if control.comment is not None:
        pen.comment(run, control.comment)
        first, *last = [part for part in content if part is not run._r]
        sdt.addprevious(first)
        for part in reversed(last):
            sdt.addnext(part)
    if control.link is not None:
        _bookmark(sdt, number)
    if control.source:
        point(sdt, number, control.source)


def _bookmark(sdt: BaseOxmlElement, number: int) -> None:
    """Hidden (its name begins with a line): LibreOffice keeps it where it forgets the name of the control."""
    for kind in ("bookmarkStart", "bookmarkEnd"):
        mark = OxmlElement(f"w:{kind}")
        mark.set(qn("w:id"), str(FIRST_ID + number))
        if kind == "bookmarkStart":
            mark.set(qn("w:name"), f"{BOOKMARK}{number}")
            sdt.addprevious(mark)
        else:
            sdt.addnext(mark)


def _mark(run: Run, mark: Mark, style: str | None) -> None:
    """Set through python-docx, which keeps the order that Word's schema asks for."""
    if mark is Mark.PLAIN:
        return
    run._r.style = style
    if mark is Mark.MISSING:
        run.font.color.rgb = RGBColor(0xFF, 0, 0)
        run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    else:
        run.font.color.rgb = RGBColor(0, 0, 0)
        run.font.underline = WD_UNDERLINE.DOTTED
        line = run._r.rPr.find(qn("w:u"))
        line.set(qn("w:color"), "0000FF")


def _ensure_mark_style(document: DocumentType) -> None:
    """A template that the office made itself may not know our style."""
    if DRAFT_MARK not in [style.name for style in document.styles]:
        document.styles.add_style(DRAFT_MARK, WD_STYLE_TYPE.CHARACTER).font.color.rgb = RGBColor(0xFF, 0, 0)


def _commenter(document: DocumentType, at: datetime) -> Callable[[Run, Comment], None]:
    def add(run: Run, comment: Comment) -> None:
        made = document.add_comment(runs=[run], text=comment.text, author="汇总", initials="汇")
        made._comment_elm.set(qn("w:date"), at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

    return add


def _status_line(document: DocumentType, title: Paragraph, status: Control, number: int, pen: _Pen) -> None:
    element = OxmlElement("w:p")
    title._p.addnext(element)
    paragraph = Paragraph(element, title._parent)
    if "公文状态行" in [style.name for style in document.styles]:
        paragraph.style = document.styles["公文状态行"]
    _add_control(paragraph, status, number, None, pen)
    for run in element.iter(qn("w:r")):
        run.style = pen.mark_style


# --- finishing ---------------------------------------------------------------------------------------------


def _finish(document: DocumentType, at: datetime, links: Links) -> bytes:
    properties = document.core_properties
    moment = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties.author = properties.last_modified_by = "汇总"
    properties.created = properties.modified = moment
    properties.revision = 1
    properties.comments = properties.comments.replace("generated by python-docx", "")
    relations = document.part.package.rels
    for name in [name for name, relation in relations.items() if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
        del relations[name]  # a picture of the template, or of nobody's document
    properties.identifier = f"huizong:{_hash(document.part.blob)}"
    buffer = io.BytesIO()
    document.save(buffer)
    if not links.figures:
        return repack(buffer.getvalue())
    package = Package(buffer.getvalue())
    write_links(package, links)
    return package.write()


def _body_digest(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _hash(archive.read("word/document.xml"))


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def is_untouched(data: bytes) -> bool:
    """Whether this is a draft of ours that nobody has saved since (a person's edit is never overwritten)."""
    try:
        Package(data)  # before python-docx, which unpacks whatever it is given
        return Document(io.BytesIO(data)).core_properties.identifier == f"huizong:{_body_digest(data)}"
    except Exception:  # noqa: BLE001 - whatever it is, it is not an untouched draft of ours
        return False
