"""Any Word document measured against the page of GB/T 9704—2012 (rules.md §6): what deviates, and where.

Sizes in twips are Word's; millimetres and points are said to people.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

from lxml import etree

from connectors.documents.check_page import page
from connectors.documents.check_paragraphs import blank_after_title, in_gb2312, paragraph, table
from connectors.documents.check_reading import Kind, boxes, read_paragraphs, tables
from connectors.documents.package import Package
from connectors.documents.word_formats import Formats, w

__all__ = ["Deviation", "NoDocument", "ReadParagraph", "in_gb2312", "measure", "running_text"]


@dataclass(frozen=True, slots=True)
class Deviation:
    """One deviation; ``paragraph`` 0 = the page as a whole, or a table."""

    paragraph: int
    beginning: str
    message: str
    """Chinese, one sentence: what was found, what is expected."""


@dataclass(frozen=True, slots=True)
class ReadParagraph:
    """A paragraph of the running text, for the checks of its words."""

    number: int
    text: str


class NoDocument(ValueError):
    """No Word document; one Chinese line."""


def running_text(data: bytes) -> list[ReadParagraph]:
    """The paragraphs of the body with their numbers, without tables, marks of the draft and what a person is to write."""
    package, body = _opened(data)
    found = ((p.number, text) for p in read_paragraphs(body, Formats(package)) for text in ([] if p.kind is Kind.BOX else [p.text]) + boxes(p.element))
    return [ReadParagraph(number, re.sub(r"\[\[.*?\]\]", "", text)) for number, text in found]


def measure(data: bytes) -> list[Deviation]:
    """Every deviation, the page first. Raises :class:`NoDocument`."""
    package, body = _opened(data)
    formats = Formats(package)
    read = read_paragraphs(body, formats)
    found = [Deviation(0, "", sentence) for sentence in page(package, read, formats)]
    for one, following in zip_longest(read, read[1:]):
        said = [*paragraph(one, formats), *(blank_after_title(one, following, formats) if one.kind in (Kind.TITLE, Kind.UNDER_TITLE) else ())]
        for sentence in _once(said):
            found.append(Deviation(one.number, one.text[:12], f"第{one.number}段“{one.text[:12]}”：{sentence}"))
    for number, element in tables(body):
        found += [Deviation(0, "", f"第{number}张表：{sentence}") for sentence in _once(table(element, formats))]
    return found


def _once(sentences: Iterable[str]) -> list[str]:
    """What is said of many runs of one paragraph is said once, with how often it holds."""
    told: dict[str, list[str]] = {}
    for sentence in sentences:
        told.setdefault(re.sub("“[^”]*”", "", sentence), []).append(sentence)
    return [first if not more else f"{first.rstrip('。')}，等{len(more) + 1}处。" for first, *more in told.values()]


STRICT = "这是“严格 Open XML”格式的文件，请在 Word 里另存为普通的“Word 文档（.docx）”。"
_READ = re.compile(r"word/(?:(?:styles|settings|numbering|(?:footer|header)\d*|theme/\w+)\.xml|_rels/document\.xml\.rels)")
_OLE = b"\xd0\xcf\x11\xe0"
"""Begins a .doc, and a .docx that has a password."""


def _opened(data: bytes) -> tuple[Package, etree._Element]:
    if data.startswith(_OLE):
        raise NoDocument("这是旧版 .doc 文件，或设有打开密码，请取消密码、另存为 .docx 后再查。")
    try:
        package = Package(data)
        for name in package.names:
            if name == package.document or _READ.fullmatch(name):
                package.tree(name)
        root = package.tree(package.document)
    except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError):
        raise NoDocument("这不是 Word 文件（.docx），或文件已损坏、设有密码、大得不像公文，请另存为 .docx 后再查。") from None
    if package.strict:
        raise NoDocument(STRICT)
    body = root.find(w("body"))
    if body is None:
        raise NoDocument("这份 Word 文件里没有正文，请另存为 .docx 后再查。")
    return package, body
