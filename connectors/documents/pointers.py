"""What the pointer shows over a figure: a link from the figure to itself whose tooltip says where it comes from.

The link stands around the control, and neighbours with no word between them have none: LibreOffice 7 joins such controls
when it saves, closes their links in the wrong order, and cannot open what it wrote (docs/decisions/0013).
"""

from __future__ import annotations

import re

from lxml import etree

from connectors.documents.package import Package
from connectors.documents.word_formats import w

BOOKMARK = "_hz"
"""How the names of our bookmarks begin, and the links that lead to them."""
_LONGEST = 250


def point(control: etree._Element, number: int, text: str) -> None:
    """Let the pointer show ``text`` over a control."""
    link = etree.Element(w("hyperlink"))
    for name, value in (("anchor", f"{BOOKMARK}{number}"), ("tooltip", text[:_LONGEST]), ("history", "0")):
        link.set(w(name), value)
    control.addprevious(link)
    link.append(control)


def show(t: etree._Element, text: str) -> None:
    """Another text over the figure that ``t`` is a part of, where it still has a link of ours; empty: none."""
    link = next((a for a in t.iterancestors(w("hyperlink")) if _is_ours(a)), None)
    if link is None:
        return
    if text:
        link.set(w("tooltip"), text[:_LONGEST])
    elif w("tooltip") in link.attrib:
        del link.attrib[w("tooltip")]


def part_neighbours(package: Package) -> bool:
    """:func:`part` in a document."""
    parted = part(package.tree(package.document))
    if parted:
        package.touch(package.document)
    return parted


def part(body: etree._Element) -> bool:
    """Take the links from controls that stand side by side, from those that hold one another, and where no
    figure is left; whether there were any."""
    parted = False
    for paragraph in body.iter(w("p")):
        before: etree._Element | None = None
        for element in list(paragraph.iter(w("sdt"), w("t"))):
            if element.tag == w("sdt"):
                if before is not None:
                    parted |= _unlink(before) | _unlink(element)
                before = element
            elif element.text and next(element.iterancestors(w("sdt")), None) is None:
                before = None
        for link in list(paragraph.iter(w("hyperlink"))):
            if _is_ours(link) and (not _holds_one(link) or not any(t.text for t in link.iter(w("t")))):
                parted |= _unwrap(link)
    return parted


def recall(body: etree._Element) -> None:
    """LibreOffice keeps the text as the name of a window: where Word would show it, it stands again."""
    for link in body.iter(w("hyperlink")):
        text = link.get(w("tgtFrame"))
        if text and _is_ours(link) and link.get(w("tooltip")) is None:
            link.set(w("tooltip"), text)
            del link.attrib[w("tgtFrame")]


def unlink_all(body: etree._Element) -> None:
    """Every link of ours goes; the text stays."""
    for link in list(body.iter(w("hyperlink"))):
        if _is_ours(link):
            _unwrap(link)


def linked_number(link: etree._Element) -> int | None:
    """The figure that a link of ours stands around; None where it has swallowed another control or more."""
    match = re.fullmatch(rf"{BOOKMARK}(\d+)", link.get(w("anchor")) or "")
    return int(match[1]) if match and _holds_one(link) else None


def _holds_one(link: etree._Element) -> bool:
    return sum(1 for _ in link.iter(w("sdt"), w("hyperlink"))) <= 2


def _is_ours(link: etree._Element) -> bool:
    return (link.get(w("anchor")) or "").startswith(BOOKMARK)


def _unlink(control: etree._Element) -> bool:
    links = [link for link in (*control.iterancestors(w("hyperlink")), *control.iter(w("hyperlink"))) if _is_ours(link)]
    for link in links:
        _unwrap(link)
    return bool(links)


def _unwrap(link: etree._Element) -> bool:
    parent = link.getparent()
    if parent is None:
        return False
    for child in list(link):
        link.addprevious(child)
    parent.remove(link)
    return True
