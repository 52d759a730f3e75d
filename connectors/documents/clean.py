"""The clean copy of a draft: the same words without marks, comments, links and lists of gaps (rules.md §6, colour)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from connectors.documents.gap_table import GAPS
from connectors.documents.linked import DATA, W, mark_style
from connectors.documents.package import Package, detach
from connectors.documents.pointers import BOOKMARK, unlink_all
from connectors.documents.word_comments import drop_marks

_STATUS = re.compile("（初稿，(缺\\d+处，)?截至(?:\\d+年)?\\d+月\\d+日\\d\\d:\\d\\d）")
_REVISIONS = ("ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "trPrChange", "tcPrChange", "numberingChange")
_X = re.compile(r"(?<![A-Za-z0-9])X+(?![A-Za-z0-9])|Ｘ+|×{2,}")
"""A figure that is not there: ours, and the signs people put in its place."""
_EDGE = "\ue000"
"""Where a control begins and ends: its X is one beside a digit, too, X500千伏线路, and the X of the road X032 is none."""


def _w(name: str) -> str:
    return f"{{{W}}}{name}"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What still keeps a draft from being sent up."""

    missing: tuple[str, ...] = ()
    """First words of the paragraphs in which an X stands, one for each X."""
    by_hand: tuple[str, ...] = ()
    """The places a person was to write: ``[[手写：…]]``."""
    revisions: int = 0
    """Tracked changes nobody has accepted or rejected."""


def unfinished(data: bytes) -> Unfinished:
    package = Package(data)
    body = package.tree(package.document)
    _drop_own_blocks(body)
    missing: list[str] = []
    by_hand: list[str] = []
    beside = [package.tree(name) for name in _beside(package)]
    for paragraph in (p for tree in (body, *beside) for p in tree.iter(_w("p"))):
        bounded = "".join(f"{_EDGE}{t.text or ''}{_EDGE}" if _in_control(t) else t.text or "" for t in paragraph.iter(_w("t")))
        text = bounded.replace(_EDGE, "")
        by_hand += re.findall(r"\[\[.*?\]\]", text)
        by_hand += re.findall(r"\[\[.*|.*\]\]", re.sub(r"\[\[.*?\]\]", "", text))  # a block that somebody pressed Enter in
        missing += [text[:16]] * len(_X.findall(re.sub(r"\[\[.*?\]\]", "", bounded)))
    revisions = sum(1 for tree in (body, *beside) for name in _REVISIONS for _ in tree.iter(_w(name)))
    return Unfinished(tuple(missing), tuple(by_hand), revisions)


def clean_copy(data: bytes) -> bytes:
    """Without the line that counts gaps, their list, colours and highlights of ours, comments, controls and hidden names."""
    package = Package(data)
    body = package.tree(package.document)
    style = mark_style(package)
    _drop_own_blocks(body)
    drop_marks(body)
    for name in (package.document, *_beside(package)):
        _unbind(package.tree(name), style)
        package.touch(name)
    for name in list(package.names):
        if re.fullmatch(r"word/comments\w*\.xml", name):
            package.unrelate(name)
        elif re.fullmatch(r"customXml/item\d+\.xml", name) and f'"{DATA}"'.encode() in package.read(name):
            package.unrelate(name)
            package.unrelate(name.replace("/item", "/itemProps"))
    return package.write()


def _beside(package: Package) -> list[str]:
    """Notes, heads and feet of the pages, into which a person may have moved a figure."""
    return [name for name in package.names if re.fullmatch(r"word/(?:footnotes|endnotes|header\d*|footer\d*)\.xml", name)]


def _in_control(t: etree._Element) -> bool:
    return next(t.iterancestors(_w("sdt")), None) is not None


def _unbind(tree: etree._Element, style: str) -> None:
    for form in list(tree.iter(_w("rPr"))):
        _unmark(form, style)
    unlink_all(tree)
    for control in list(tree.iter(_w("sdt"))):
        if _is_ours(control):
            _unwrap(control, control.find(_w("sdtContent")))
    ours = {m.get(_w("id")) for m in tree.iter(_w("bookmarkStart")) if m.get(_w("name"), "").startswith(BOOKMARK)}
    for name in ("bookmarkStart", "bookmarkEnd"):
        for mark in [m for m in tree.iter(_w(name)) if m.get(_w("id")) in ours]:
            detach(mark)


def _is_ours(control: etree._Element) -> bool:
    tag = control.find(f"{_w('sdtPr')}/{_w('tag')}")
    before = control.getprevious()
    named = [*control.iter(_w("bookmarkStart")), *([before] if before is not None else [])]
    return (tag is not None and "indicator=" in tag.get(_w("val"), "")) or any(b.get(_w("name"), "").startswith(BOOKMARK) for b in named)


def _unwrap(outer: etree._Element, inner: etree._Element | None) -> None:
    for child in list(inner if inner is not None else ()):
        outer.addprevious(child)
    detach(outer)


def _unmark(form: etree._Element, style: str) -> None:
    ours = form.find(_w("rStyle"))
    if ours is not None and style and ours.get(_w("val")) == style:
        for name in ("rStyle", "color", "highlight", "u"):
            for part in form.findall(_w(name)):
                form.remove(part)
    for part in form.findall(_w("highlight")):
        form.remove(part)


def _drop_own_blocks(body: etree._Element) -> None:
    """The line under the title, and the list of gaps at the end."""
    for paragraph in list(body.iter(_w("p"))):
        text = "".join(t.text or "" for t in paragraph.iter(_w("t"))).strip()
        if _STATUS.fullmatch(text):
            detach(paragraph)
        elif text == GAPS:
            following = paragraph.getnext()
            if following is not None and following.tag == _w("tbl"):
                detach(following)
            detach(paragraph)
