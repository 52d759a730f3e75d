"""A report as it stands in its Word file: the words, and which figure each character belongs to."""

from __future__ import annotations

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO

from lxml import etree

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MOST = 100_000_000
"""Bytes of one part unpacked; a document that says it holds more is none."""
_DOCUMENT = "word/document.xml"
_UNREADABLE = (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError, RuntimeError, NotImplementedError, EOFError, OSError, ValueError, zlib.error, lzma.LZMAError, struct.error)
_BESIDE = re.compile(r"word/(footnotes|endnotes|header|footer)\d*\.xml")
_PARTS = {"footnotes": "脚注", "endnotes": "尾注", "header": "页眉", "footer": "页脚"}
_PAGE_NUMBER = re.compile(r"[\s\d—－–-]*|[\s\d第共页/，,of]*")


class NoPeriod(ValueError):
    """The report does not say of which period it speaks, or is no Word file; one Chinese line."""


def paragraphs(data: bytes) -> list[tuple[str, list[str]]]:
    """(text, tag of the control each character stands in); what was deleted, comments and the list of gaps left out."""
    parts, named = _opened(data)
    body = parts[_DOCUMENT]
    if body.tag != f"{_W}document":
        raise NoPeriod("这是“严格 Open XML”格式的文件，请在 Word 里另存为普通的“Word 文档（.docx）”后再核。")
    return list(_read(body, named))


def outside(data: bytes) -> Iterator[tuple[str, str, list[str]]]:
    """(where, text, tags) of what stands outside of the body: notes, heads and feet of the pages; page numbers left out."""
    parts, named = _opened(data)
    for name, tree in parts.items():
        if match := _BESIDE.fullmatch(name):
            yield from ((_PARTS[match[1]], text, tags) for text, tags in _read(tree, named) if not _PAGE_NUMBER.fullmatch(text))


def _opened(data: bytes) -> tuple[dict[str, etree._Element], dict[str, str]]:
    """Every part that is read here, parsed, and the names of the figures. Raises :class:`NoPeriod` for what cannot be read."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if any(item.file_size > _MOST for item in archive.infolist() if item.filename.endswith(".xml")):
                raise zipfile.BadZipFile
            names = [_DOCUMENT, *filter(_BESIDE.fullmatch, archive.namelist())]
            return {name: etree.fromstring(archive.read(name), etree.XMLParser(resolve_entities=False, huge_tree=True)) for name in names}, _names(archive)
    except _UNREADABLE:
        raise NoPeriod("这不是 Word 文件（.docx），或文件已损坏、设有密码，请另存为 .docx 后再核。") from None


def _read(tree: etree._Element, named: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    gaps: etree._Element | None = None
    for paragraph in tree.iter(f"{_W}p"):
        if gaps is not None and gaps in paragraph.iterancestors(f"{_W}tbl"):
            continue
        text, tags = "", []
        for t in paragraph.iter(f"{_W}t"):
            above = {a.tag: a for a in t.iterancestors()}
            if f"{_W}del" in above or f"{_W}moveFrom" in above or next(t.iterancestors(f"{_W}p")) is not paragraph:
                continue  # the words of a text box are no words of the paragraph that it hangs on
            piece = t.text or ""
            text += piece
            tags += [_tag_of(t, named)] * len(piece)
        following = paragraph.getnext()
        if text.strip() == "数据缺口清单" and following is not None and following.tag == f"{_W}tbl":
            gaps = following
            continue
        yield _without_blocks(text, tags)


def _names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Number of a figure of ours → tag of its control, from the data that the draft carries: LibreOffice forgets the tags."""
    for part in archive.namelist():
        if re.fullmatch(r"customXml/item\d+\.xml", part) and b'"urn:huizong:draft"' in (content := archive.read(part)):
            root = etree.fromstring(content, etree.XMLParser(resolve_entities=False))
            return {str(item.get("n")): str(item.get("tag", "")) for item in root}
    return {}


def _tag_of(t: etree._Element, named: Mapping[str, str]) -> str:
    """The tag of the control around it, else of the link around it; of a control without a name: ``?``."""
    control = next(t.iterancestors(f"{_W}sdt"), None)
    tag = control.find(f"{_W}sdtPr/{_W}tag") if control is not None else None
    if tag is not None:
        return str(tag.get(f"{_W}val", ""))
    anchor = next((str(a.get(f"{_W}anchor", "")) for a in t.iterancestors(f"{_W}hyperlink")), "")
    return named.get(anchor.removeprefix("_hz"), "") or ("?" if control is not None else "")


def _without_blocks(text: str, tags: list[str]) -> tuple[str, list[str]]:
    """Without what a person is to write, ``[[手写：…]]``."""
    kept = [True] * len(text)
    for match in re.finditer(r"\[\[.*?\]\]", text):
        kept[match.start() : match.end()] = [False] * len(match[0])
    return "".join(c for c, k in zip(text, kept, strict=True) if k), [t for t, k in zip(tags, kept, strict=True) if k]
