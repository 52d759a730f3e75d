"""Comments in a workbook that is patched: beside the department's own, with the boxes in which Excel shows them."""

from __future__ import annotations

import posixpath
import re

from lxml import etree

from connectors.documents.package import NO_TEXT
from connectors.documents.slip_package import PackageParts, column_number, declare, declare_extension, relate

MARK = "【退回】"
"""What our comments begin with; a corrected slip that comes back is read without them."""
_AFTER_LEGACY = (
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip


def write_comments(package: PackageParts, path: str, main: str, kind: str, texts: dict[str, str], number: int) -> None:
    """The sentences of one sheet by cell. ``number``: of the sheet among those that get any."""
    if fresh := _write_texts(package, path, main, kind, texts, number):
        _write_boxes(package, path, package.tree(path), main, kind, fresh, number)


def _write_texts(package: PackageParts, path: str, main: str, kind: str, texts: dict[str, str], number: int) -> list[str]:
    """Comments beside the department's own; one that has a comment already gets ours below. Returns the cells that are new."""
    relations = package.relations(path)
    folder = posixpath.dirname(path)
    known = next((r for r in relations if r.get("Type", "").endswith("/comments")), None)
    if known is not None:
        part = posixpath.normpath(posixpath.join(folder, known.get("Target", ""))) if not known.get("Target", "").startswith("/") else known.get("Target", "")[1:]
        tree = package.tree(part)
    else:
        part = f"xl/commentsReturn{number}.xml"
        package.add(part, b"")
        package.trees[part] = tree = etree.fromstring(f'<comments xmlns="{main}"><authors/><commentList/></comments>')
        relate(relations, f"{kind}/comments", f"../{posixpath.basename(part)}")
        declare(package, f"/{part}", "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml")
    authors, listed = tree.find(f"{{{main}}}authors"), tree.find(f"{{{main}}}commentList")
    if authors is None or listed is None:
        raise ValueError("no comments")
    etree.SubElement(authors, f"{{{main}}}author").text = "汇总"
    there = {c.get("ref"): c for c in listed}
    _forget(listed, main)
    fresh = []
    for cell, text in sorted(texts.items(), key=lambda item: (int(re.sub(r"\D", "", item[0])), len(item[0]), item[0])):
        comment = there.get(cell)
        if comment is None:
            comment = etree.SubElement(listed, f"{{{main}}}comment", ref=cell, authorId=str(len(authors) - 1))
            fresh.append(cell)
        else:
            text = "\n" + text
        found = comment.find(f"{{{main}}}text")
        body = found if found is not None else etree.SubElement(comment, f"{{{main}}}text")
        run = etree.SubElement(body, f"{{{main}}}r")
        words = etree.SubElement(run, f"{{{main}}}t")
        words.text = NO_TEXT.sub("", text)
        words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return fresh


def _forget(comments: etree._Element, main: str) -> None:
    """What an earlier slip said: its words go, the department's stay."""
    for body in comments.iter(f"{{{main}}}text"):
        for run in body.findall(f"{{{main}}}r"):
            if "".join(str(t) for t in run.itertext()).lstrip().startswith(MARK):
                body.remove(run)


_SHAPES = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>'
)


def _write_boxes(package: PackageParts, path: str, tree: etree._Element, main: str, kind: str, cells: list[str], number: int) -> None:
    """The boxes in which Excel shows comments (VML), beside those that are there."""
    relations = package.relations(path)
    legacy: etree._Element | None = tree.find(f"{{{main}}}legacyDrawing")
    if legacy is not None:
        target = next(r.get("Target", "") for r in relations if r.get("Id") == legacy.get(f"{{{kind}}}id"))
        part = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        drawing = package.read(part).decode("utf-8", "surrogateescape")
    else:
        part = f"xl/drawings/vmlDrawingReturn{number}.vml"
        drawing = _SHAPES
        made = etree.Element(f"{{{main}}}legacyDrawing")
        made.set(f"{{{kind}}}id", relate(relations, f"{kind}/vmlDrawing", f"../drawings/{posixpath.basename(part)}"))
        later: etree._Element | None = next((child for child in tree if etree.QName(child).localname in _AFTER_LEGACY), None)
        if later is not None:
            later.addprevious(made)
        else:
            tree.append(made)
        declare_extension(package, "vml", "application/vnd.openxmlformats-officedocument.vmlDrawing")
    boxes = "".join(_box(cell, 40_000 + 1_000 * number + n) for n, cell in enumerate(cells))
    at = drawing.rindex("</xml>")
    package.add(part, (drawing[:at] + boxes + drawing[at:]).encode("utf-8", "surrogateescape"))


def _box(cell: str, number: int) -> str:
    letters, row = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()  # type: ignore[union-attr]
    column, line = column_number(letters) - 1, int(row) - 1
    return (
        f'<v:shape xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        f'xmlns:x="urn:schemas-microsoft-com:office:excel" id="_x0000_s{number}" type="#_x0000_t202" '
        f'style="position:absolute;margin-left:80pt;margin-top:5pt;width:220pt;height:70pt;z-index:{number};visibility:hidden" '
        f'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
        f'<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
        f'<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{column + 1}, 15, {max(line - 1, 0)}, 10, {column + 4}, 15, {line + 4}, 4</x:Anchor>"
        f"<x:AutoFill>False</x:AutoFill><x:Row>{line}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    )
