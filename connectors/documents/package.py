"""Office files as bytes that depend on nothing but their content: fixed times, fixed order."""

from __future__ import annotations

import io
import lzma
import posixpath
import re
import struct
import zipfile
import zlib

from lxml import etree

NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""What XML cannot hold; cells, names of files and sheets may."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MOST_XML, _MOST = 100_000_000, 1_000_000_000
"""Bytes of one part with words, and of all parts, unpacked: a document that says it holds more is a bomb and is not unpacked."""
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def detach(element: etree._Element) -> etree._Element:
    """Take an element out of its tree; its former parent."""
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)
    return parent


def repack(data: bytes, changed: dict[str, bytes] | None = None) -> bytes:
    """The same zip with every member's time fixed; ``changed`` replaces members."""
    package = Package(data)
    for name, content in (changed or {}).items():
        package.put(name, content)
    return package.write()


class Package:
    """The parts of a Word document: read as they are, those that were touched written anew, all others byte for byte.

    Raises :class:`zipfile.BadZipFile` when it is no zip, is damaged, has a password or is too big to be a document; KeyError when a
    part is not there.
    """

    document = "word/document.xml"

    def __init__(self, data: bytes) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                sizes = [(item.file_size, item.filename.endswith((".xml", ".rels"))) for item in archive.infolist()]
                if sum(size for size, _ in sizes) > _MOST or any(size > _MOST_XML for size, words in sizes if words):
                    raise zipfile.BadZipFile("too big")
                self._parts = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        except (RuntimeError, NotImplementedError, EOFError, OSError, ValueError, zlib.error, lzma.LZMAError, struct.error) as error:
            raise zipfile.BadZipFile(str(error)) from None
        self._trees: dict[str, etree._Element] = {}
        self._touched: set[str] = set()

    @property
    def names(self) -> list[str]:
        return list(self._parts)

    def read(self, name: str) -> bytes:
        return self._parts[name]

    def put(self, name: str, content: bytes) -> None:
        self._parts[name] = content
        self._trees.pop(name, None)

    def drop(self, name: str) -> None:
        self._parts.pop(name, None)
        self._trees.pop(name, None)

    def tree(self, name: str) -> etree._Element:
        """The part parsed; call :meth:`touch` after changing it."""
        if name not in self._trees:
            self._trees[name] = etree.fromstring(self._parts[name], _PARSER)
        return self._trees[name]

    @property
    def strict(self) -> bool:
        """Whether it is saved as Strict Open XML, with names of its own for everything."""
        return etree.QName(self.tree(self.document)).namespace != _WORD

    @property
    def spoilt(self) -> bool:
        """Whether the document cannot be read as it was saved, and can be without its links: LibreOffice 7 closes the links
        of controls that stand side by side in the wrong order. It is read, and written, without them; no word is lost.
        """
        try:
            self.tree(self.document)
        except etree.XMLSyntaxError:
            self._trees[self.document] = etree.fromstring(re.sub(rb"</?w:hyperlink\b[^>]*>", b"", self._parts[self.document]), _PARSER)
            self.touch(self.document)
            return True
        return False

    def touch(self, name: str) -> None:
        self._touched.add(name)

    def declare(self, name: str, content_type: str) -> None:
        """Its content type, where none is declared."""
        types = self.tree("[Content_Types].xml")
        if all(item.get("PartName") != f"/{name}" for item in types):
            etree.SubElement(types, f"{{{_TYPES}}}Override", PartName=f"/{name}", ContentType=content_type)
            self.touch("[Content_Types].xml")

    def relate(self, name: str, kind: str, target: str) -> None:
        """A relation from the part ``name``."""
        relations = self._relations(name)
        if relations not in self._parts:
            self.put(relations, f'<Relationships xmlns="{_RELATIONS}"/>'.encode())
        tree = self.tree(relations)
        used = {item.get("Id") for item in tree}
        number = next(n for n in range(1, len(used) + 2) if f"rIdHz{n}" not in used)
        etree.SubElement(tree, f"{{{_RELATIONS}}}Relationship", Id=f"rIdHz{number}", Type=kind, Target=target)
        self.touch(relations)

    def unrelate(self, name: str) -> None:
        """Remove a part with every relation to it, its own relations and its content type."""
        for relations in [n for n in self._parts if n.endswith(".rels")]:
            folder = posixpath.dirname(posixpath.dirname(relations))
            for item in list(self.tree(relations)):
                target = item.get("Target", "")
                if item.get("TargetMode") != "External" and posixpath.normpath(posixpath.join("/" if target.startswith("/") else folder, target)).lstrip("/") == name:
                    self.tree(relations).remove(item)
                    self.touch(relations)
        for item in list(self.tree("[Content_Types].xml")):
            if item.get("PartName") == f"/{name}":
                self.tree("[Content_Types].xml").remove(item)
                self.touch("[Content_Types].xml")
        self.drop(self._relations(name))
        self.drop(name)

    def _relations(self, name: str) -> str:
        folder, file = posixpath.split(name)
        return posixpath.join(folder, "_rels", f"{file}.rels")

    def write(self) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in self._parts.items():
                info = zipfile.ZipInfo(name, _EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o600 << 16
                if name in self._touched and name in self._trees:
                    content = etree.tostring(self._trees[name], xml_declaration=True, encoding="UTF-8", standalone=True)
                target.writestr(info, content)
        return out.getvalue()
