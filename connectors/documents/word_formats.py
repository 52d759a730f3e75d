"""What a paragraph or a run of a Word document looks like in the end: its own format, its styles', the document's."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from connectors.documents.package import Package

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def w(name: str) -> str:
    return f"{{{W}}}{name}"


class Formats:
    """The styles of one document."""

    def __init__(self, package: Package) -> None:
        self._styles: dict[str, etree._Element] = {}
        self._defaults: dict[str, etree._Element] = {}
        self._normal = ""
        if "word/styles.xml" not in package.names:
            return
        tree = package.tree("word/styles.xml")
        for style in tree.iter(w("style")):
            self._styles[style.get(w("styleId"), "")] = style
            if style.get(w("type")) == "paragraph" and style.get(w("default")) in ("1", "true"):
                self._normal = style.get(w("styleId"), "")
        for name, path in (("rPr", "rPrDefault"), ("pPr", "pPrDefault")):
            found = tree.find(f"{w('docDefaults')}/{w(path)}/{w(name)}")
            if found is not None:
                self._defaults[name] = found

    def name_of(self, style_id: str) -> str:
        style = self._styles.get(style_id)
        name = style.find(w("name")) if style is not None else None
        return str(name.get(w("val"), "")) if name is not None else ""

    def of_paragraph(self, paragraph: etree._Element, element: str, attribute: str) -> str | None:
        own = paragraph.find(w("pPr"))
        return self._first([*([own] if own is not None else []), *self._chain(self._style_of(paragraph), "pPr")], "pPr", element, attribute)

    def of_run(self, run: etree._Element, paragraph: etree._Element, element: str, attribute: str) -> str | None:
        own = run.find(w("rPr"))
        forms = [own] if own is not None else []
        if own is not None and (style := own.find(w("rStyle"))) is not None:
            forms += self._chain(style.get(w("val"), ""), "rPr")
        return self._first([*forms, *self._chain(self._style_of(paragraph), "rPr")], "rPr", element, attribute)

    def _style_of(self, paragraph: etree._Element) -> str:
        style = paragraph.find(f"{w('pPr')}/{w('pStyle')}")
        return style.get(w("val"), "") if style is not None else self._normal

    def _chain(self, style_id: str, kind: str) -> Iterator[etree._Element]:
        seen: set[str] = set()
        while style_id in self._styles and style_id not in seen:
            seen.add(style_id)
            style = self._styles[style_id]
            form = style.find(w(kind))
            if form is not None:
                yield form
            based = style.find(w("basedOn"))
            style_id = based.get(w("val"), "") if based is not None else ""

    def _first(self, forms: list[etree._Element], kind: str, element: str, attribute: str) -> str | None:
        for form in [*forms, *([self._defaults[kind]] if kind in self._defaults else [])]:
            found = form.find(w(element))
            if found is not None and (value := found.get(w(attribute))) is not None:
                return str(value)
            if found is not None and attribute == "val":
                return "1"
        return None
