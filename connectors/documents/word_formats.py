"""What a paragraph or a run of a Word document looks like in the end: its own format, its styles', the document's."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from connectors.documents.package import Package

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def w(name: str) -> str:
    return f"{{{W}}}{name}"


class Formats:
    """The styles of one document."""

    def __init__(self, package: Package) -> None:
        self._styles: dict[str, etree._Element] = {}
        self._defaults: dict[str, etree._Element] = {}
        self._normal = ""
        self._theme = _theme_faces(package)
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
        return self._first(self.forms_of(paragraph), element, attribute)[1]

    def nearer(self, paragraph: etree._Element, element: str, one: str, other: str) -> bool:
        """Whether ``one`` attribute is set at a level at least as near to the paragraph as ``other``."""
        forms = self.forms_of(paragraph)
        a, b = self._first(forms, element, one), self._first(forms, element, other)
        return a[1] is not None and a[0] <= b[0]

    def of_run(self, run: etree._Element, paragraph: etree._Element, element: str, attribute: str) -> str | None:
        return self._first(self._run_forms(run, paragraph), element, attribute)[1]

    def face(self, run: etree._Element, paragraph: etree._Element, script: str) -> str | None:
        """The face for a script (eastAsia, ascii, hAnsi); one that the document's theme names is looked up there."""
        forms = self._run_forms(run, paragraph)
        named, themed = self._first(forms, "rFonts", script), self._first(forms, "rFonts", f"{script}Theme")
        return self._theme.get(themed[1]) if themed[1] is not None and themed[0] <= named[0] else named[1]

    @staticmethod
    def is_on(value: str | None) -> bool:
        return value is not None and value not in ("0", "false", "off", "none")

    def forms_of(self, paragraph: etree._Element) -> list[etree._Element]:
        """What it is given itself, what its styles give, what the document gives: the nearest first."""
        own = paragraph.find(w("pPr"))
        return [*([own] if own is not None else []), *self._chain(self._style_of(paragraph), "pPr"), *self._default("pPr")]

    def _run_forms(self, run: etree._Element, paragraph: etree._Element) -> list[etree._Element]:
        own = run.find(w("rPr"))
        forms = [own] if own is not None else []
        if own is not None and (style := own.find(w("rStyle"))) is not None:
            forms += self._chain(style.get(w("val"), ""), "rPr")
        return [*forms, *self._chain(self._style_of(paragraph), "rPr"), *self._default("rPr")]

    def _default(self, kind: str) -> list[etree._Element]:
        return [self._defaults[kind]] if kind in self._defaults else []

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

    @staticmethod
    def _first(forms: list[etree._Element], element: str, attribute: str) -> tuple[int, str | None]:
        """How far away it is said, and what; past the last form: nowhere."""
        for level, form in enumerate(forms):
            found = form.find(w(element))
            if found is not None and (value := found.get(w(attribute))) is not None:
                return level, str(value)
            if found is not None and attribute == "val":
                return level, "1"
        return len(forms), None


def _theme_faces(package: Package) -> dict[str | None, str | None]:
    """Name in a theme → face: minorHAnsi, majorEastAsia …"""
    if "word/theme/theme1.xml" not in package.names:
        return {}
    faces: dict[str | None, str | None] = {}
    try:
        tree = package.tree("word/theme/theme1.xml")
    except etree.XMLSyntaxError:
        return {}
    for size in ("major", "minor"):
        fonts = next(tree.iter(f"{_A}{size}Font"), None)
        if fonts is None:
            continue
        latin, eastern = (fonts.find(f"{_A}{name}") for name in ("latin", "ea"))
        chinese = next((f.get("typeface") for f in fonts.iter(f"{_A}font") if f.get("script") == "Hans"), None)
        faces[f"{size}HAnsi"] = faces[f"{size}Ascii"] = latin.get("typeface") if latin is not None else None
        faces[f"{size}EastAsia"] = (eastern.get("typeface") if eastern is not None else None) or chinese
    return faces
