"""Comments put into a Word document that is patched, beside those of people."""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from connectors.documents.package import Package, detach

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PART = "word/comments.xml"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"
AUTHOR = "汇总"
GAP = "缺："
"""What our comment on a missing figure begins with; it goes when the figure comes."""


def _w(name: str) -> str:
    return f"{{{W}}}{name}"


class Comments:
    """The comments of one document; the part is made when the first one is added."""

    def __init__(self, package: Package, document: etree._Element) -> None:
        self._package = package
        self._document = document

    def add(self, first: etree._Element, last: etree._Element, text: str, at: datetime) -> None:
        """Comment on everything from ``first`` to ``last``, two children of one paragraph."""
        root = self._part()
        number = str(1 + max((int(c.get(_w("id"), "-1")) for c in root.iter(_w("comment"))), default=-1))
        when = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        comment = etree.SubElement(root, _w("comment"), {_w("id"): number, _w("author"): AUTHOR, _w("initials"): "汇", _w("date"): when})
        run = etree.SubElement(etree.SubElement(comment, _w("p")), _w("r"))
        etree.SubElement(run, _w("t")).text = text
        first.addprevious(etree.Element(_w("commentRangeStart"), {_w("id"): number}))
        reference = etree.Element(_w("r"))
        etree.SubElement(reference, _w("commentReference"), {_w("id"): number})
        last.addnext(reference)
        last.addnext(etree.Element(_w("commentRangeEnd"), {_w("id"): number}))
        self._package.touch(_PART)

    def drop_gap(self, element: etree._Element) -> None:
        """Take away our comment that says the figure in ``element`` is missing."""
        before = element.getprevious()
        numbers = [e.get(_w("id")) for e in element.iter(_w("commentRangeStart"))]
        while before is not None and etree.QName(before).localname in ("bookmarkStart", "bookmarkEnd", "commentRangeStart"):
            if before.tag == _w("commentRangeStart"):
                numbers.append(before.get(_w("id")))
            before = before.getprevious()
        for number in numbers:
            comment = next((c for c in self._part().iter(_w("comment")) if c.get(_w("id")) == number), None)
            if comment is not None and comment.get(_w("author")) == AUTHOR and "".join(t.text or "" for t in comment.iter(_w("t"))).startswith(GAP):
                detach(comment)
                self._package.touch(_PART)
                drop_marks(self._document, number)

    def _part(self) -> etree._Element:
        if _PART not in self._package.names:
            self._package.put(_PART, f'<w:comments xmlns:w="{W}"/>'.encode())
            self._package.declare(_PART, _TYPE)
            self._package.relate(self._package.document, _RELATION, "comments.xml")
        return self._package.tree(_PART)


def drop_marks(document: etree._Element, number: str | None = None) -> None:
    """Remove the range and the reference of one comment, or of every one."""
    for name in ("commentRangeStart", "commentRangeEnd", "commentReference"):
        for mark in list(document.iter(_w(name))):
            if number is None or mark.get(_w("id")) == number:
                parent = detach(mark)
                if parent.tag == _w("r") and all(child.tag == _w("rPr") for child in parent):
                    detach(parent)
