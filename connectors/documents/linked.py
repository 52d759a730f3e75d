"""Figures that stay linked in a document people edit: what was written where, found again, and changed in place.

Every figure is an inline content control inside a hidden bookmark, and a data part of the package says what was printed
there. Word and WPS keep all three; LibreOffice forgets what a control is called and keeps the bookmark and the data.
Only what has to change is changed, in the tree of the document as it was saved (docs/decisions/0013).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import takewhile

from lxml import etree

from connectors.documents.gbt9704 import DRAFT_MARK
from connectors.documents.package import Package
from connectors.documents.places import Found, find, joined, nearest
from connectors.documents.pointers import recall, show
from connectors.documents.word_comments import Comments

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DATA = "urn:huizong:draft"
_DATA_ID = "{6B1D5E0A-3C52-4A7B-9F0E-2D8C41B7A911}"
_CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml"
_CUSTOM_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
_FORMAT_ORDER = (
    "rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "outline", "shadow", "emboss", "imprint", "noProof",
    "snapToGrid", "vanish", "webHidden", "color", "spacing", "w", "kern", "position", "sz", "szCs", "highlight", "u",
)  # fmt: skip


class Mark(StrEnum):
    """How a figure is marked in the draft."""

    PLAIN = "plain"
    MISSING = "missing"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True)
class Link:
    """What was printed in one control, and how."""

    number: int
    tag: str
    text: str
    before: str = ""
    after: str = ""
    """Words around it that go with the figure: 同比增长, %."""
    how: str = ""
    part: int = 0
    parts: int = 1
    sources: str = ""
    """What the figure rested on when it was printed."""
    told: str = ""
    """What a comment has already said about it without changing it."""
    note: str = ""
    """What is said after its clause of units that it lacks."""


@dataclass(frozen=True, slots=True)
class Links:
    """The figures of one document, and the period it speaks of."""

    period: str
    figures: Mapping[int, Link] = field(default_factory=dict)
    gaps: str = ""
    """Hash of the list of gaps as we wrote it; empty = we wrote none."""


@dataclass(frozen=True, slots=True)
class Place:
    """A figure where it stands now, with the text before and after it up to its neighbours."""

    number: int
    text: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One figure's change; ``text`` None: it is only commented on."""

    number: int
    text: str | None
    left: tuple[str, str] = ("", "")
    """The end of the text before it, and what stands there from now on."""
    right: tuple[str, str] = ("", "")
    mark: Mark = Mark.PLAIN
    comment: str = ""
    hint: str | None = None
    """What the pointer shows over it from now on: where it comes from. None: it stays."""
    only: frozenset[int] = frozenset()
    """Of a figure that stands several times, which of them in document order, from 0; empty = all."""


# --- the data part -----------------------------------------------------------------------------------------


def write_links(package: Package, links: Links) -> None:
    """Put the data part into the package, or replace the one that is there."""
    root = etree.Element(f"{{{DATA}}}figures", {"period": links.period}, {None: DATA})  # type: ignore[dict-item]
    if links.gaps:
        root.set("gaps", links.gaps)
    for link in links.figures.values():
        values = {
            "n": str(link.number), "tag": link.tag, "text": link.text, "before": link.before, "after": link.after, "how": link.how,
            "part": str(link.part or ""), "parts": str(link.parts if link.parts > 1 else ""), "sources": link.sources, "told": link.told, "note": link.note,
        }  # fmt: skip
        etree.SubElement(root, f"{{{DATA}}}figure", {name: value for name, value in values.items() if value})
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    name = _data_part(package)
    if name:
        package.put(name, content)
        return
    number = 1 + max((int(found[1]) for n in package.names if (found := re.fullmatch(r"customXml/item(?:Props)?(\d+)\.xml", n))), default=0)
    properties = (
        f'<ds:datastoreItem xmlns:ds="{_CUSTOM_PROPERTIES}" ds:itemID="{_DATA_ID}"><ds:schemaRefs>'
        f'<ds:schemaRef ds:uri="{DATA}"/></ds:schemaRefs></ds:datastoreItem>'
    )  # fmt: skip
    package.put(f"customXml/item{number}.xml", content)
    package.put(f"customXml/itemProps{number}.xml", properties.encode())
    package.declare(f"customXml/itemProps{number}.xml", "application/vnd.openxmlformats-officedocument.customXmlProperties+xml")
    package.relate(f"customXml/item{number}.xml", f"{_CUSTOM}Props", f"itemProps{number}.xml")
    package.relate(package.document, _CUSTOM, f"../customXml/item{number}.xml")


def read_links(package: Package) -> Links | None:
    """None when the document is no draft of ours."""
    name = _data_part(package)
    if not name:
        return None
    root = etree.fromstring(package.read(name), _PARSER)
    figures = {}
    for item in root.iter(f"{{{DATA}}}figure"):
        at = {str(name): str(value) for name, value in item.attrib.items()}
        number = int(at["n"])
        figures[number] = Link(number, at["tag"], at.get("text", ""), at.get("before", ""), at.get("after", ""), at.get("how", ""),
                               int(at.get("part", 0)), int(at.get("parts", 1)), at.get("sources", ""), at.get("told", ""), at.get("note", ""))  # fmt: skip
    return Links(root.get("period", ""), figures, root.get("gaps", ""))


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


def _data_part(package: Package) -> str:
    return next((n for n in package.names if re.fullmatch(r"customXml/item\d+\.xml", n) and f'"{DATA}"'.encode() in package.read(n)), "")


# --- finding -----------------------------------------------------------------------------------------------


def read_places(package: Package, links: Links) -> list[Place]:
    """Every figure that still stands in the document, in document order; one that was copied stands twice."""
    return [Place(f.number, f.text, joined(f.left), joined(f.right)) for f in find(package.tree(package.document), links)]


_OUTSIDE = {"footnotes": "脚注", "endnotes": "尾注", "header": "页眉", "footer": "页脚"}


def read_elsewhere(package: Package, links: Links) -> dict[int, list[tuple[str, str]]]:
    """Figures that somebody has moved or copied out of the body: where to, and what stands there. They cannot carry a comment and are not changed."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for name in package.names:
        if match := re.fullmatch(r"word/(footnotes|endnotes|header|footer)\d*\.xml", name):
            for figure in find(package.tree(name), links):
                found[figure.number].append((_OUTSIDE[match[1]], figure.text))
    return found


# --- changing ----------------------------------------------------------------------------------------------


def apply_edits(package: Package, links: Links, edits: Sequence[Edit], at: datetime) -> None:
    """Make the edits in the package. Every copy of a figure is changed."""
    tree = package.tree(package.document)
    recall(tree)
    comments = Comments(package, tree)
    style = mark_style(package)
    by_number: dict[int, list[Edit]] = defaultdict(list)
    for edit in edits:
        by_number[edit.number].append(edit)
    for item, edit in _paired(find(tree, links), by_number):
        if edit.text is not None:
            _end(item.left, *edit.left)
            _beginning(item, *edit.right)
            _set(item.texts[0], edit.text)
            for t in item.texts[1:]:
                _set(t, "")
            for t in item.texts:
                _remark(nearest(t, "r"), edit.mark, style)
            comments.drop_gap(_outermost(item.texts[0]))
        for t in item.texts if edit.hint is not None else ():
            show(t, edit.hint or "")
        if edit.comment and not _is_fallback(item.texts[0]):
            comments.add(_host(item.texts[0]), _host(item.texts[-1]), edit.comment, at)
    package.touch(package.document)


def _paired(found: Sequence[Found], by_number: Mapping[int, Sequence[Edit]]) -> Iterator[tuple[Found, Edit]]:
    seen: Counter[int] = Counter()
    for item in found:
        for edit in by_number.get(item.number, ()):
            if not edit.only or seen[item.number] in edit.only:
                yield item, edit
        seen[item.number] += 1


def with_texts(links: Links, texts: Mapping[int, Link]) -> Links:
    return replace(links, figures={**links.figures, **texts})


def _outermost(t: etree._Element) -> etree._Element:
    """The child of the paragraph that holds it: a comment's range begins and ends between such children."""
    element = t
    while (parent := element.getparent()) is not None and parent.tag != f"{{{W}}}p":
        element = parent
    return element


def _host(t: etree._Element) -> etree._Element:
    """Where a comment on it goes: Word has none in a text box, so it goes to the run that the box hangs on."""
    element = _outermost(t)
    while (box := nearest(element, "txbxContent")) is not None:
        element = _outermost(box)
    return element


def _is_fallback(t: etree._Element) -> bool:
    """Whether it is the copy of a text box that is kept for old programs: it is told of where the other one stands."""
    return any(etree.QName(a).localname == "Fallback" for a in t.iterancestors())


def _set(t: etree._Element, text: str) -> None:
    t.text = text
    if text != text.strip() or not text:
        t.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _end(texts: Sequence[etree._Element], old: str, new: str) -> None:
    """Replace the end of the joined texts, wherever the runs are split."""
    if old == new:
        return
    rest = len(old)
    for t in reversed(texts):
        held = t.text or ""
        cut = min(rest, len(held))
        rest -= cut
        _set(t, held[: len(held) - cut] + (new if not rest else ""))
        if not rest:
            return


def _beginning(item: Found, old: str, new: str) -> None:
    """What the old and the new beginning share stays in its runs."""
    if old == new:
        return
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    rest, put = len(old) - same, new[same:]
    for t in item.right:
        held = t.text or ""
        if same > len(held):
            same -= len(held)
            continue
        cut = min(rest, len(held) - same)
        _set(t, held[:same] + put + held[same + cut :])
        rest, same, put = rest - cut, 0, ""
        if not rest:
            return
    if put:
        _new_run_after(item, put)


def _new_run_after(item: Found, text: str) -> None:
    run = etree.Element(f"{{{W}}}r")
    run_of = nearest(item.texts[-1], "r")
    form = run_of.find(f"{{{W}}}rPr") if run_of is not None else None
    if form is not None:
        run.append(etree.fromstring(etree.tostring(form)))
        _remark(run, Mark.PLAIN, "")
    t = etree.SubElement(run, f"{{{W}}}t")
    _set(t, text)
    _outermost(item.texts[-1]).addnext(run)


def _remark(run: etree._Element | None, mark: Mark, style: str) -> None:
    if run is None:
        return
    form = run.find(f"{{{W}}}rPr")
    if form is not None:
        for name, values in (("rStyle", {style, DRAFT_MARK}), ("color", {"FF0000", "000000"}), ("highlight", {"yellow"}), ("u", {"dotted"})):
            for part in form.findall(f"{{{W}}}{name}"):
                if part.get(f"{{{W}}}val") in values:
                    form.remove(part)
    if mark is Mark.PLAIN:
        return
    if form is None:
        form = etree.Element(f"{{{W}}}rPr")
        run.insert(0, form)
    missing = mark is Mark.MISSING
    wanted = {"rStyle": style, "color": "FF0000" if missing else "000000", ("highlight" if missing else "u"): "yellow" if missing else "dotted"}
    for name, value in wanted.items():
        if value:
            _in_order(form, name, value)


def _in_order(form: etree._Element, name: str, value: str) -> None:
    for part in form.findall(f"{{{W}}}{name}"):
        form.remove(part)
    part = etree.Element(f"{{{W}}}{name}")
    part.set(f"{{{W}}}val", value)
    place = _FORMAT_ORDER.index(name)
    after = [c for c in form if etree.QName(c).localname in _FORMAT_ORDER[:place]]
    form.insert(form.index(after[-1]) + 1 if after else 0, part)


def mark_style(package: Package) -> str:
    """Id of the style 草稿标记, which LibreOffice renames; empty = the document has none."""
    if "word/styles.xml" not in package.names:
        return ""
    for style in package.tree("word/styles.xml").iter(f"{{{W}}}style"):
        name = style.find(f"{{{W}}}name")
        if name is not None and name.get(f"{{{W}}}val") == DRAFT_MARK:
            return str(style.get(f"{{{W}}}styleId", ""))
    return ""
