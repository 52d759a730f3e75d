"""Where the figures of a draft stand in the document as a word processor has saved it.

A figure is known by the name of its control; where that is forgotten (LibreOffice 7), by the link around it; else by its
bookmark. Bookmarks come last: LibreOffice moves them one character to the left for every comment in the paragraph, at
every save.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from lxml import etree

from connectors.documents.pointers import BOOKMARK, linked_number
from connectors.documents.word_formats import w

if TYPE_CHECKING:
    from connectors.documents.linked import Links

FIRST_ID = 100_000
"""Number of the first control and bookmark of ours."""
_GONE = {w("del"), w("moveFrom")}


@dataclass(slots=True)
class Found:
    """One figure's texts, and the texts before and after it up to its neighbours."""

    number: int
    texts: list[etree._Element]
    left: list[etree._Element] = field(default_factory=list)
    right: list[etree._Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return joined(self.texts)


def joined(texts: Sequence[etree._Element]) -> str:
    return "".join(t.text or "" for t in texts)


def nearest(element: etree._Element, name: str) -> etree._Element | None:
    return next(element.iterancestors(w(name)), None)


def find(body: etree._Element, links: Links) -> list[Found]:
    """Every figure that still stands, in document order; one that was copied stands twice."""
    found: list[Found] = []
    for paragraph in body.iter(w("p")):
        _realign(paragraph, links)
        texts = [t for t in paragraph.iter(w("t")) if nearest(t, "p") is paragraph and not _is_gone(t)]
        owner = _owners(paragraph, texts, links)
        here: list[Found] = []
        for t in texts:
            if t in owner:
                if not here or here[-1].number != owner[t] or here[-1].right:
                    before = here[-1].right if here else texts[: texts.index(t)]
                    here.append(Found(owner[t], [], [b for b in before if b not in owner]))
                here[-1].texts.append(t)
            elif here:
                here[-1].right.append(t)
        found += here
    return [item for item in found if item.text]


def _owners(paragraph: etree._Element, texts: Sequence[etree._Element], links: Links) -> dict[etree._Element, int]:
    """Which figure a text belongs to; a run that a shorter figure has left empty stays its own."""
    owner = _owned(paragraph, texts, links)
    controls = {control: number for t, number in owner.items() if (control := nearest(t, "sdt")) is not None}
    return owner | {t: controls[control] for t in texts if t not in owner and not t.text and (control := nearest(t, "sdt")) in controls}


def _owned(paragraph: etree._Element, texts: Sequence[etree._Element], links: Links) -> dict[etree._Element, int]:
    owner: dict[etree._Element, int] = {}
    texts = [t for t in texts if not _is_foreign(nearest(t, "sdt"), links)]
    for t in texts:
        named = (_named(control, links) for control in t.iterancestors(w("sdt")))
        linked = (linked_number(link) for link in t.iterancestors(w("hyperlink")))
        number = next((n for n in (*named, *linked) if n in links.figures), None)
        if number is not None:
            owner[t] = number
    left = [n for start in paragraph.iter(w("bookmarkStart")) if (n := _bookmarked(start, links)) is not None and n not in owner.values()]
    if not left:
        return owner
    boxed = [t for t in texts if t not in owner and nearest(t, "sdt") is not None]
    split = _in_order(boxed, left, links)
    if split is not None:
        return owner | split
    for control, inside in groupby(boxed, key=lambda t: nearest(t, "sdt")):
        number = _bookmark_of(control, left, links) if control is not None else None
        owner |= {t: number for t in inside if number is not None}
    for number, between in _between_bookmarks(paragraph, links):
        if number not in owner.values():
            owner |= {t: number for t in between if t in texts and t not in owner}
    return owner


def _in_order(boxed: Sequence[etree._Element], left: Sequence[int], links: Links) -> dict[etree._Element, int] | None:
    """Nameless controls that say together what their figures said together, one figure to a text; None when they do not."""
    owner: dict[etree._Element, int] = {}
    rest = [t for t in boxed if t.text]
    for number in sorted(left):
        wanted = links.figures[number].text
        while wanted and rest and wanted.startswith(text := rest[0].text or ""):
            owner[rest.pop(0)], wanted = number, wanted[len(text) :]
        if wanted:
            return None
    return None if joined(rest) else owner


def _is_foreign(control: etree._Element | None, links: Links) -> bool:
    """Whether its tag is that of no figure of this document: pasted from another draft, whose links and bookmarks count otherwise."""
    tag = None if control is None else control.find(f"{w('sdtPr')}/{w('tag')}")
    return tag is not None and "indicator=" in (said := tag.get(w("val"), "")) and all(link.tag != said for link in links.figures.values())


def _named(control: etree._Element, links: Links) -> int | None:
    properties = control.find(w("sdtPr"))
    values = {} if properties is None else {etree.QName(p).localname: p.get(w("val"), "") for p in properties}
    tag = values.get("tag", "")
    number = int(values["id"]) - FIRST_ID if re.fullmatch(r"\d+", values.get("id", "")) else -1
    if number in links.figures and links.figures[number].tag == tag:
        return number
    alike = [n for n, link in links.figures.items() if link.tag == tag] if tag else []
    said = joined([t for t in control.iter(w("t")) if not _is_gone(t)]) if len(alike) > 1 else ""  # the names of a list share their tag
    return next((n for n in alike if links.figures[n].text == said), alike[0] if alike else None)


def _bookmark_of(control: etree._Element, left: Sequence[int], links: Links) -> int | None:
    starts = list(control.iter(w("bookmarkStart")))
    before = control.getprevious()
    while before is not None and etree.QName(before).localname in ("bookmarkStart", "bookmarkEnd", "commentRangeStart", "proofErr"):
        if before.tag == w("bookmarkStart"):
            starts.append(before)
        before = before.getprevious()
    return next((n for start in starts if (n := _bookmarked(start, links)) in left), None)


def _between_bookmarks(paragraph: etree._Element, links: Links) -> Iterator[tuple[int, list[etree._Element]]]:
    order = list(paragraph.iter())
    for start in paragraph.iter(w("bookmarkStart")):
        number = _bookmarked(start, links)
        end = next((e for e in order if e.tag == w("bookmarkEnd") and e.get(w("id")) == start.get(w("id"))), None)
        if number is not None and end is not None:
            yield number, order[order.index(start) : order.index(end)]


_DRIFT = 8
"""Characters to the right at which the figure of a bookmark that LibreOffice has moved is looked for."""


def _realign(paragraph: etree._Element, links: Links) -> None:
    """Put a bookmark that has been moved away back around its figure, where no control is left around either of them: it then
    holds nothing or what stood before the figure, and the figure stands untouched behind it or a few characters on.
    """
    ends = {end.get(w("id")): end for end in paragraph.iter(w("bookmarkEnd"))}
    for start in list(paragraph.iter(w("bookmarkStart"))):
        number, end = _bookmarked(start, links), ends.get(start.get(w("id")))
        if number is None or end is None or nearest(start, "sdt") is not None:
            continue
        texts, wanted = _texts(paragraph), links.figures[number].text
        place = {element: n for n, element in enumerate(paragraph.iter())}
        before, upto = ([t for t in texts if place[t] < place[mark]] for mark in (start, end))
        inside = upto[len(before) :]
        if any(nearest(t, "sdt") is not None for t in inside):
            continue
        found = _drifted_to(joined(texts), len(joined(before)), joined(inside), wanted)
        if found is None or any(nearest(t, "sdt") is not None for t in _covered(texts, found, found + len(wanted))):
            continue
        if _cut(texts, found) and _cut(_texts(paragraph), found + len(wanted)):
            covered = _covered(_texts(paragraph), found, found + len(wanted))
            _outside(covered[0]).addprevious(start)
            _outside(covered[-1]).addnext(end)


def _drifted_to(whole: str, at: int, held: str, wanted: str) -> int | None:
    """Where the figure stands; None when the bookmark holds it, or something that may have been typed in its place."""
    if not wanted or held == wanted:
        return None
    if not held:
        return at if re.match(rf"{re.escape(wanted)}(?!\d)", whole[at:]) else None
    if wanted[0].isdigit():
        if re.fullmatch(r"[\d.]+", held) and not whole[at + len(held) : at + len(held) + 1].isdigit() and not whole[max(0, at - 1) : at].isdigit():
            return None
        pattern = rf"(?<![\d.]){re.escape(wanted)}(?![\d.])"
    else:
        pattern = re.escape(wanted)
    match = re.compile(pattern).search(whole, at + 1, at + _DRIFT + len(wanted))
    return match.start() if match else None


def _texts(paragraph: etree._Element) -> list[etree._Element]:
    return [t for t in paragraph.iter(w("t")) if not _is_gone(t)]


def _covered(texts: Sequence[etree._Element], start: int, end: int) -> list[etree._Element]:
    found, at = [], 0
    for t in texts:
        size = len(t.text or "")
        if size and at < end and at + size > start:
            found.append(t)
        at += size
    return found


def _cut(texts: Sequence[etree._Element], place: int) -> bool:
    """Let a run end at this place; False where a run holds more than its text."""
    at = 0
    for t in texts:
        size, run = len(t.text or ""), nearest(t, "r")
        if at < place < at + size:
            if run is None or [c for c in run if c.tag not in (w("rPr"), w("t"))] or len(run.findall(w("t"))) != 1:
                return False
            other = deepcopy(run)
            cut = other.find(w("t"))
            assert cut is not None
            cut.text, t.text = (t.text or "")[place - at :], (t.text or "")[: place - at]
            for part in (t, cut):
                part.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            run.addnext(other)
            return True
        at += size
    return True


def _outside(t: etree._Element) -> etree._Element:
    """The child of the paragraph that holds it."""
    while (parent := t.getparent()) is not None and parent.tag != w("p"):
        t = parent
    return t


def _bookmarked(start: etree._Element, links: Links) -> int | None:
    match = re.fullmatch(rf"{BOOKMARK}(\d+)", start.get(w("name"), ""))
    return int(match[1]) if match and int(match[1]) in links.figures else None


def _is_gone(t: etree._Element) -> bool:
    """Deleted or moved away under tracked changes: it is seen struck through, and is no text any more."""
    return any(a.tag in _GONE for a in t.iterancestors())
