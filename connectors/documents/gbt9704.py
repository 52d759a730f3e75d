"""The page of GB/T 9704—2012 in Word's measures, and the office's template on it.

A4, margins 37/28/35/26 mm, 22 lines of 28 characters, body 3号仿宋, title 2号小标宋, levels 黑体 and 楷体, page numbers
4号宋体 “— 1 —” right on odd and left on even pages (rules.md §6). Faces are named, never bundled.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from itertools import groupby

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from connectors.documents.package import repack

BODY, TITLE, LEVEL1, LEVEL2, NUMBER = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
LINE = Pt(28.95)
"""Exact line pitch: 22 lines in 225 mm."""
TIGHTER = "-5"
"""Character spacing in twentieths of a point: 28 x 15.75 pt fill 156 mm. A character grid would do the same in Word,
but LibreOffice gives a character wider than its cell two cells (rules.md §6 allows either)."""
DRAFT_MARK = "草稿标记"
"""Character style of every mark that the clean copy removes."""
_FACES = {
    TITLE: "方正小标宋_GBK", BODY: "仿宋", LEVEL1: "SimHei", LEVEL2: "楷体", NUMBER: "SimSun", "Times New Roman": "",
}  # fmt: skip
"""Face → the one a reader's machine may have instead (rules.md §6, fonts)."""
SIGNATURE = "公文落款"
_STYLES = {"#": "公文标题", "##": "公文一级标题", ">": SIGNATURE, "": "公文正文"}
_FOUR, _CHARACTER = 64, 15.75
"""Points: what the date leaves free to its right, and what a character takes."""


def build_template(wording: str) -> bytes:
    """A Word template with one paragraph per line of ``wording``; ``#`` title, ``##`` level 1, ``>`` signature, ``**bold**``."""
    document = Document()
    prepare(document)
    for line in wording.splitlines():
        if not line.strip():
            continue
        mark, text = _split(line)
        paragraph = document.add_paragraph(style=_STYLES[mark])
        for index, part in enumerate(re.split(r"\*\*(.+?)\*\*", text)):
            if part:
                run = paragraph.add_run(part)
                run.bold = True if index % 2 else None
    return save(document)


def _split(line: str) -> tuple[str, str]:
    for mark in ("##", "#", ">"):
        if line.startswith(f"{mark} "):
            return mark, line[len(mark) + 1 :]
    return "", line


def prepare(document: DocumentType) -> None:
    """Page, grid, styles and page numbers on an empty document."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance, section.header_distance = Mm(25), Mm(15)
    grid = OxmlElement("w:docGrid")
    for key, value in (("w:type", "lines"), ("w:linePitch", "579")):
        grid.set(qn(key), value)
    properties = section._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    properties.append(grid)
    _styles(document)
    document.settings.odd_and_even_pages_header_footer = True
    keep_spans_whole(document)
    _page_number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)


_NOT_LAST = "$([{£¥·‘“〈《「『【〔〖〝﹙﹛﹝＄（．［｛￡￥—"
_NOT_FIRST = "!%),.:;>?]}¢¨°·ˇˉ―‖’”…‰′″›℃∶、。〃〉》」』】〕〗〞︶︺︾﹀﹄﹚﹜﹞！＂％＇），．：；？］｀｜｝～￠—"
"""Word's own lists for Chinese, and the dash: 1—6月 is not broken over two lines (GB/T 15835)."""
_BEHIND = (
    "w:savePreviewPicture", "w:doNotValidateAgainstSchema", "w:updateFields", "w:hdrShapeDefaults", "w:footnotePr", "w:endnotePr", "w:compat", "w:docVars",
    "w:rsids", "m:mathPr", "w:attachedSchema", "w:themeFontLang", "w:clrSchemeMapping", "w:captions", "w:shapeDefaults", "w:decimalSymbol", "w:listSeparator",
)  # fmt: skip
"""What stands behind these lists in the settings of a document."""


def keep_spans_whole(document: DocumentType) -> None:
    """No line ends or begins at the dash of 1—6月, where the document has no lists of its own."""
    settings = document.settings.element
    if settings.find(qn("w:noLineBreaksAfter")) is not None or settings.find(qn("w:noLineBreaksBefore")) is not None:
        return
    for name, signs in (("w:noLineBreaksAfter", _NOT_LAST), ("w:noLineBreaksBefore", _NOT_FIRST)):
        element = OxmlElement(name)
        element.set(qn("w:lang"), "zh-CN")
        element.set(qn("w:val"), signs)
        settings.insert_element_before(element, *_BEHIND)


def _styles(document: DocumentType) -> None:
    normal = document.styles["Normal"]
    normal.font.size = Pt(16)
    set_faces(normal.element.get_or_add_rPr(), BODY)
    specs = (
        ("公文正文", BODY, 16, WD_ALIGN_PARAGRAPH.JUSTIFY, 2, LINE),
        ("公文标题", TITLE, 22, WD_ALIGN_PARAGRAPH.CENTER, 0, Pt(35)),
        ("公文一级标题", LEVEL1, 16, WD_ALIGN_PARAGRAPH.JUSTIFY, 2, LINE),
        ("公文二级标题", LEVEL2, 16, WD_ALIGN_PARAGRAPH.JUSTIFY, 2, LINE),
        (SIGNATURE, BODY, 16, WD_ALIGN_PARAGRAPH.RIGHT, 0, LINE),
        ("公文状态行", LEVEL2, 16, WD_ALIGN_PARAGRAPH.CENTER, 0, LINE),
        ("公文表格", BODY, 10.5, WD_ALIGN_PARAGRAPH.LEFT, 0, Pt(16)),
    )
    for name, face, size, alignment, indent, spacing in specs:
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.font.size = normal, Pt(size)
        set_faces(style.element.get_or_add_rPr(), face)
        if size == 16:
            _tighten(style.element.get_or_add_rPr())
        form = style.paragraph_format
        form.alignment, form.space_before, form.space_after = alignment, Pt(0), Pt(0)
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, spacing
        if indent:
            set_indent(style.element.get_or_add_pPr(), indent)
        if name in ("公文标题", "公文表格"):
            _off_grid(style.element.get_or_add_pPr())
        if name == "公文标题":
            form.space_after = LINE
        if name == SIGNATURE:
            form.right_indent = Pt(_FOUR)
    mark = document.styles.add_style(DRAFT_MARK, WD_STYLE_TYPE.CHARACTER)
    mark.font.color.rgb = RGBColor(0xFF, 0x00, 0x00)


def centre_signatures(paragraphs: Iterable[Paragraph]) -> None:
    """The names above a date are centred on it, as far as the line reaches (GB/T 9704 7.3.5.1)."""
    for is_signature, standing in groupby(paragraphs, lambda p: p.style is not None and p.style.name == SIGNATURE):
        if is_signature:
            *names, date = standing
            for name in names:
                name.paragraph_format.right_indent = Pt(round(max(0, _FOUR - (_wide(name) - _wide(date)) * _CHARACTER / 2)))


def _wide(paragraph: Paragraph) -> float:
    """In characters; a digit is half of one."""
    return sum(0.5 if sign.isascii() else 1 for text in paragraph._p.iter(qn("w:t")) for sign in text.text or "")


def set_faces(properties: BaseOxmlElement, face: str) -> None:
    """East-Asian, Latin and complex face together, and the language: python-docx sets only the Latin ones."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for name in ("w:eastAsia", "w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(name), face)
    fonts.set(qn("w:hint"), "eastAsia")  # to Word a dash is Latin without it, and a line may end behind it
    for name in list(fonts.attrib):
        if "Theme" in str(name):
            del fonts.attrib[name]
    language = properties.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        properties.append(language)
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")


def _off_grid(properties: BaseOxmlElement) -> None:
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "0")
    spacing = properties.find(qn("w:spacing"))
    if spacing is not None:
        spacing.addprevious(snap)
    else:
        properties.append(snap)


def _tighten(properties: BaseOxmlElement) -> None:
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), TIGHTER)
    size = properties.find(qn("w:sz"))
    if size is not None:
        size.addprevious(spacing)
    else:
        properties.append(spacing)


def set_indent(properties: BaseOxmlElement, characters: int) -> None:
    """First line by characters, 左空二字; the twips stand beside for readers without a grid."""
    indent = properties.find(qn("w:ind"))
    if indent is None:
        indent = OxmlElement("w:ind")
        properties.append(indent)
    indent.set(qn("w:firstLineChars"), str(characters * 100))
    indent.set(qn("w:firstLine"), str(characters * 320))


def _page_number(paragraph: Paragraph, alignment: WD_ALIGN_PARAGRAPH) -> None:
    paragraph.alignment = alignment
    indent = Pt(14)
    paragraph.paragraph_format.right_indent = indent if alignment is WD_ALIGN_PARAGRAPH.RIGHT else None
    paragraph.paragraph_format.left_indent = indent if alignment is WD_ALIGN_PARAGRAPH.LEFT else None
    for text in ("— ", "", " —"):
        parts = [None] if text else [_field_part(*part) for part in _PAGE_FIELD]
        for part in parts:  # each in a run of its own: LibreOffice forgets the face of a field that is one run
            run = paragraph.add_run(text)
            run.font.size = Pt(14)
            set_faces(run._r.get_or_add_rPr(), NUMBER)
            if part is not None:
                run._r.append(part)


_PAGE_FIELD = (("begin", None), (None, "PAGE"), ("separate", None), ("text", "1"), ("end", None))


def _field_part(kind: str | None, content: str | None) -> BaseOxmlElement:
    if kind is None:
        instruction = OxmlElement("w:instrText")
        instruction.set(qn("xml:space"), "preserve")
        instruction.text = content
        return instruction
    if kind == "text":
        text = OxmlElement("w:t")
        text.text = content
        return text
    part = OxmlElement("w:fldChar")
    part.set(qn("w:fldCharType"), kind)
    return part


def save(document: DocumentType) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return repack(buffer.getvalue(), {"word/fontTable.xml": _font_table()})


def _font_table() -> bytes:
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    fonts = "".join(
        f'<w:font w:name="{face}">{f"""<w:altName w:val="{other}"/><w:charset w:val="86"/>""" if other else ""}</w:font>'
        for face, other in _FACES.items()
    )  # fmt: skip
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:fonts xmlns:w="{main}">{fonts}</w:fonts>'.encode()
