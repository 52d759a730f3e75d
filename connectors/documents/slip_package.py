"""The parts of a workbook that is patched: those that were parsed or added are written anew, every other byte for byte."""

from __future__ import annotations

import io
import posixpath
import zipfile

from lxml import etree

from connectors.documents.package import _EPOCH

_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


class PackageParts:
    """The parts of a workbook; those that were parsed or added are written anew, the others as they are."""

    def __init__(self, data: bytes) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(data))
        self.names = {name.lower(): name for name in self.archive.namelist()}
        self.trees: dict[str, etree._Element] = {}
        self.raw: dict[str, bytes] = {}
        self.dropped: set[str] = set()

    def tree(self, path: str) -> etree._Element:
        name = self.names.get(path.lower(), path)
        if name not in self.trees:
            self.trees[name] = etree.fromstring(self.archive.read(name), _PARSER)
        return self.trees[name]

    def has(self, path: str) -> bool:
        return path.lower() in self.names

    def read(self, path: str) -> bytes:
        name = self.names.get(path.lower(), path)
        return self.raw.get(name) or self.archive.read(name)

    def add(self, path: str, content: bytes) -> None:
        self.names.setdefault(path.lower(), path)
        self.raw[self.names[path.lower()]] = content

    def drop(self, path: str) -> None:
        """A part, what it is said to be, and its own relations."""
        folder, file = posixpath.split(path)
        self.dropped |= {self.names.get(name.lower(), name) for name in (path, f"{folder}/_rels/{file}.rels")}
        types = self.tree("[Content_Types].xml")
        for part in [t for t in types if (t.get("PartName") or "").lower() == f"/{path}".lower()]:
            types.remove(part)

    def relations(self, path: str) -> etree._Element:
        """The relations of a part, an empty list where it has none."""
        folder, file = posixpath.split(path)
        name = f"{folder}/_rels/{file}.rels"
        if not self.has(name):
            self.names[name.lower()] = name
            self.trees[name] = etree.fromstring(f'<Relationships xmlns="{_PACKAGE}"/>')
        return self.tree(name)

    def write(self) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            there = [name for name in self.archive.namelist() if name not in self.dropped]
            for name in [*there, *sorted({*self.raw, *self.trees} - set(there))]:
                info = zipfile.ZipInfo(name, _EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o600 << 16
                if name in self.trees:
                    content = etree.tostring(self.trees[name], xml_declaration=True, encoding="UTF-8", standalone=True)
                else:
                    content = self.raw[name] if name in self.raw else self.archive.read(name)
                target.writestr(info, content)
        return out.getvalue()


def resolved(relation: etree._Element) -> str:
    target = relation.get("Target", "")
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def relate(relations: etree._Element, kind: str, target: str) -> str:
    known = {r.get("Id") for r in relations}
    name = next(f"rIdHz{n}" for n in range(1, 10_000) if f"rIdHz{n}" not in known)
    etree.SubElement(relations, f"{{{_PACKAGE}}}Relationship", Id=name, Type=kind, Target=target)
    return name


def declare(package: PackageParts, part: str, kind: str) -> None:
    types = package.tree("[Content_Types].xml")
    if not any(t.get("PartName") == part for t in types):
        etree.SubElement(types, f"{{{_TYPES}}}Override", PartName=part, ContentType=kind)


def declare_extension(package: PackageParts, extension: str, kind: str) -> None:
    types = package.tree("[Content_Types].xml")
    if not any((t.get("Extension") or "").lower() == extension for t in types):
        types.insert(0, etree.Element(f"{{{_TYPES}}}Default", Extension=extension, ContentType=kind))


def column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
