"""The parts of an official document as GB/T 9704—2012 names them, found in any Word file: title, 主送机关, headings, body, 附件说明,
署名 and date, the pages of an attachment. What a paragraph is decides what is measured on it (rules.md §6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from lxml import etree

from connectors.documents.gap_table import GAPS
from connectors.documents.word_formats import Formats, w

_STATUS = re.compile("（初稿，(缺\\d+处，)?截至.*）")
_DATE = re.compile(r"(\d{4}|X)年(\d{1,2}|X)月(\d{1,2}|X)日")
"""One that is still to be filled in stands where a date does."""
_LEVEL = re.compile("([一二三四五六七八九十]+)、|（([一二三四五六七八九十]+)）")


_MARK = re.compile(r"[\u4e00-\u9fff]{1,12}〔\d{4}〕\d+号(?:\s*(?:签发人：)?[\u4e00-\u9fff\s]{0,24})?")
_SIGNERS = re.compile(r"签发人：[\u4e00-\u9fff\s]{2,24}|(?:[\u4e00-\u9fff]{2,4}\s*){1,3}")
"""Of several who signed, two stand on a line, the first under the first; 发文字号 stands on the line of the last (GB/T 9704 7.2.6)."""
_RECORD = re.compile(r"(?:抄送|分送)：.*|[\u4e00-\u9fff（）]{2,30}\s*\d{4}年\d{1,2}月\d{1,2}日印发")


class Kind(Enum):
    HEAD = "发文机关标志"
    MARK = "发文字号"
    TITLE = "标题"
    UNDER_TITLE = "标题下的括注"
    ADDRESSEE = "主送机关"
    LEVEL1 = "一级标题"
    LEVEL2 = "二级标题"
    BODY = "正文"
    ENCLOSURES = "附件说明"
    SIGNATURE = "署名"
    DATE = "成文日期"
    ENCLOSURE = "附件标识"
    CAPTION = "表题"
    RECORD = "版记"
    BOX = "文本框"
    """A paragraph that holds a text box and no words of its own."""


@dataclass(frozen=True, slots=True)
class Read:
    """One paragraph with text."""

    number: int
    """Among all paragraphs outside of tables, from 1."""
    element: etree._Element
    text: str
    kind: Kind
    section: etree._Element | None
    """The section it stands in."""
    after_blank: bool
    """An empty paragraph stands before it."""
    before_blank: bool


_BOX, _AGAIN = w("txbxContent"), "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""A text box hangs on a paragraph and is none of its words; what older programs are to show instead says the same again."""


def text_of(element: etree._Element) -> str:
    gone = {w("del"), w("moveFrom")}
    return "".join(t.text or "" for t in element.iter(w("t")) if not _in_box(t, element) and not any(a.tag in gone for a in t.iterancestors()))


def runs_of(paragraph: etree._Element) -> Iterator[etree._Element]:
    """Its runs with text, those of its text boxes left out."""
    return (run for run in paragraph.iter(w("r")) if not _in_box(run, paragraph) and text_of(run).strip())


def _in_box(part: etree._Element, whole: etree._Element) -> bool:
    while (above := part.getparent()) is not None and part is not whole:
        if above.tag in (_BOX, _AGAIN) and above is not whole:
            return True
        part = above
    return False


def is_shown(element: etree._Element) -> bool:
    """Not what older programs are to show instead."""
    return all(a.tag != _AGAIN for a in element.iterancestors())


def boxes(paragraph: etree._Element) -> list[str]:
    """The words of each paragraph of its text boxes."""
    found = (text_of(p).strip() for box in paragraph.iter(_BOX) if is_shown(box) for p in box.iter(w("p")))
    return [text for text in found if text]


def read_paragraphs(body: etree._Element, formats: Formats) -> list[Read]:
    """Without what is ours in a draft: the line under the title, the list of gaps."""
    blocks = list(_blocks(body))
    sections = list(body.iter(w("sectPr")))
    found: list[Read] = []
    number, blank, section = 0, False, 0
    for at, block in enumerate(blocks):
        if block.tag == w("tbl"):
            blank = False
            continue
        number += 1
        mine = sections[min(section, len(sections) - 1)] if sections else None
        section += block.find(f"{w('pPr')}/{w('sectPr')}") is not None
        text = text_of(block).strip()
        if not text and (words := boxes(block)):
            found.append(Read(number, block, words[0], Kind.BOX, mine, False, False))
        if not text:
            blank = True
            continue
        if _STATUS.fullmatch(text) or is_gap_caption(blocks, at):
            continue
        kind = _kind(block, text, [r for r in found if r.kind is not Kind.BOX], blank, blocks[at + 1 :], formats)
        if kind is Kind.DATE and found and found[-1].kind is Kind.BODY and _may_sign(found[-1].text):
            last = found.pop()
            found.append(Read(last.number, last.element, last.text, Kind.SIGNATURE, last.section, last.after_blank, last.before_blank))
        following = blocks[at + 1] if at + 1 < len(blocks) else None
        found.append(Read(number, block, text, kind, mine, blank, following is not None and following.tag == w("p") and not text_of(following).strip()))
        blank = False
    return found


def tables(body: etree._Element) -> Iterator[tuple[int, etree._Element]]:
    """The tables outside of others, numbered, without the list of gaps."""
    blocks = list(_blocks(body))
    number = 0
    for at, block in enumerate(blocks):
        if block.tag == w("tbl"):
            number += 1
            if not (at and is_gap_caption(blocks, at - 1)):
                yield number, block


def is_gap_caption(blocks: Sequence[etree._Element], at: int) -> bool:
    following = blocks[at + 1] if at + 1 < len(blocks) else None
    return following is not None and following.tag == w("tbl") and text_of(blocks[at]).strip() == GAPS


def _blocks(parent: etree._Element) -> Iterator[etree._Element]:
    """Paragraphs and tables, those in a control around whole paragraphs too."""
    for child in parent:
        if child.tag in (w("p"), w("tbl")):
            yield child
        elif child.tag in (w("sdt"), w("sdtContent"), w("ins"), w("customXml"), w("smartTag")):
            yield from _blocks(child)


def _kind(paragraph: etree._Element, text: str, before: Sequence[Read], blank: bool, after: Sequence[etree._Element], formats: Formats) -> Kind:
    last = before[-1].kind if before else None
    centred = formats.of_paragraph(paragraph, "jc", "val") == "center"
    if last is None and _heads_a_mark([t for b in after[:10] if (t := text_of(b).strip())]):
        return Kind.HEAD
    if last is Kind.HEAD or (last is Kind.MARK and not centred and _is_mark_too(text, [r.text for r in before if r.kind is Kind.MARK])):
        return Kind.MARK
    if last in (None, Kind.MARK, Kind.ENCLOSURE):
        return Kind.TITLE
    if last in (Kind.TITLE, Kind.UNDER_TITLE) and centred and not re.search("[。；，]", text) and not _LEVEL.match(text):
        if re.fullmatch("（.*）", text):
            return Kind.UNDER_TITLE
        if last is Kind.TITLE and not blank:
            return Kind.TITLE
    if re.fullmatch(r"附件\d*", text) and _begins_a_page(paragraph, formats):
        return Kind.ENCLOSURE
    if match := _LEVEL.match(text):
        return Kind.LEVEL1 if match[1] else Kind.LEVEL2
    if last in (Kind.TITLE, Kind.UNDER_TITLE) and re.fullmatch(r"[^。；\[]{2,80}(?<!如下)：", text):
        return Kind.ADDRESSEE
    if text.startswith("附件：") or (last is Kind.ENCLOSURES and re.match(r"\d+\s*[.．]", text)):
        return Kind.ENCLOSURES
    if _DATE.fullmatch(text):
        return Kind.DATE
    if _RECORD.fullmatch(text):
        return Kind.RECORD
    if after and after[0].tag == w("tbl") and len(text) <= 40 and not text.endswith(("。", "：", "；")):
        return Kind.CAPTION
    if len(after) > 1 and after[1].tag == w("tbl") and centred and len(text) <= 40 and text_of(after[0]).strip().startswith(("单位", "（单位")):
        return Kind.CAPTION
    return Kind.BODY


def _heads_a_mark(following: Sequence[str]) -> bool:
    """Whether 发文字号 comes next, with no more than the lines of those who signed before it."""
    for text in following[:4]:
        if _MARK.fullmatch(text):
            return True
        if not _SIGNERS.fullmatch(text):
            return False
    return False


def _is_mark_too(text: str, marks: Sequence[str]) -> bool:
    """A second line of 发文字号 and 签发人."""
    if not any("签发人" in mark for mark in marks):
        return False
    return bool(_SIGNERS.fullmatch(text) or (_MARK.fullmatch(text) and not any(_MARK.fullmatch(mark) for mark in marks)))


def _may_sign(text: str) -> bool:
    return len(text) <= 40 and not re.search("[。；：，！？]", text)


def _begins_a_page(paragraph: etree._Element, formats: Formats) -> bool:
    """On a new page by its own format, by a break in it or just before it, or by a new section."""
    if formats.is_on(formats.of_paragraph(paragraph, "pageBreakBefore", "val")):
        return True
    before: etree._Element | None = paragraph
    while before is not None:
        if any(b.get(w("type")) == "page" for b in before.iter(w("br"))):
            return True
        before = before.getprevious()
        if before is not None and before.find(f"{w('pPr')}/{w('sectPr')}") is not None:
            return True
        if before is not None and text_of(before).strip() and not any(b.get(w("type")) == "page" for b in before.iter(w("br"))):
            return False
    return False
