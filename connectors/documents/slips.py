"""The slip: a department's own workbook handed back, wrong cells coloured and commented, a first sheet that says what to do.

An .xlsx is not rewritten but patched: only the parts that must change do, every other one stays byte for byte, so that
pictures, charts, macros and what WPS adds survive.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lxml import etree
from openpyxl import Workbook as NewWorkbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

from catalog.grids import ErrorValue, Grid, Range, Workbook
from catalog.issues import Action
from connectors.documents.package import _EPOCH, repack
from connectors.documents.slip_cover import Cover, cover_sheet
from connectors.documents.slip_styles import Styles

MARK = "【退回】"
"""What our comments begin with; a corrected slip that comes back is read without them."""
NOTE = "退回说明"
_MAIN, _STRICT = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_REL_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_AFTER_LEGACY = (
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


@dataclass(frozen=True, slots=True)
class CellMark:
    """One cell to colour, and the sentence that goes beside it."""

    sheet: str
    cell: str
    severity: Action
    text: str


def mark_workbook(data: bytes, workbook: Workbook, marks: Sequence[CellMark], cover: Cover, *, macros: bool = False) -> bytes:
    """The slip as .xlsx, or as .xlsm with its ``macros``. ``workbook``: the file as read; without a sheet only the cover is made.

    A template comes back as a workbook; macros that no longer may be in a file of its name are taken out, for Excel opens
    no file whose content belies its name.

    The same input gives the same bytes. Marks on sheets that are not there are said on the cover alone.
    """
    if workbook.container == "xlsx":
        try:
            return _patched(data, marks, cover, macros)
        except Exception:  # noqa: BLE001 - a package put together in a way of its own: what was read of it is handed back instead
            pass
    return _patched(_rebuilt(workbook.grids), [replace(mark, sheet=_title(mark.sheet)) for mark in marks], cover, macros)


def _apart(grid: Grid) -> Iterator[Range]:
    """The merged ranges inside the table; of those that overlap the first, for Excel repairs a file that has both."""
    above: list[Range] = []
    width = max((len(row) for row in grid.rows), default=0)
    for area in sorted(Range(a.top, a.left, min(a.bottom, len(grid.rows) - 1), min(a.right, width - 1)) for a in grid.merged):
        above = [other for other in above if other.bottom >= area.top]
        if area.bottom >= area.top and area.right >= area.left and not any(o.left <= area.right and area.left <= o.right for o in above):
            above.append(area)
            yield area


def _title(name: str) -> str:
    """A sheet's name as Excel takes it; .ods allows longer ones, with signs that Excel does not."""
    return re.sub(r"[\[\]:*?/\\]", "_", name)[:31] or "Sheet"


def _rebuilt(grids: Iterable[Grid]) -> bytes:
    """The cells as read, for containers that are not .xlsx. Text never becomes a formula."""
    book = NewWorkbook()
    book.remove(book.worksheets[0])
    for grid in grids:
        sheet = book.create_sheet(_title(grid.name))
        for r, row in enumerate(grid.rows, 1):
            for c, value in enumerate(row, 1):
                if value is not None:
                    cell = sheet.cell(r, c)
                    cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(value)) if isinstance(value, str | ErrorValue) else value
                    if isinstance(value, str):
                        cell.data_type = "s"
        for area in _apart(grid):
            sheet.merge_cells(start_row=area.top + 1, start_column=area.left + 1, end_row=area.bottom + 1, end_column=area.right + 1)
        for c in range(max((len(row) for row in grid.rows), default=0)):
            widest = max((len(str(row[c])) for row in grid.rows[:200] if c < len(row) and row[c] is not None), default=4)
            sheet.column_dimensions[get_column_letter(c + 1)].width = min(8 + 1.4 * widest, 30)
    if not book.worksheets:
        book.create_sheet("（无法打开）")
    out = io.BytesIO()
    book.save(out)
    return _without_clock(out.getvalue())


def _without_clock(data: bytes) -> bytes:
    """openpyxl stamps the time of saving; a slip made again would be another file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        core = archive.read("docProps/core.xml")
    return repack(data, {"docProps/core.xml": re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", core)})


class _Package:
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


def _patched(data: bytes, marks: Sequence[CellMark], cover: Cover, macros: bool) -> bytes:
    package = _Package(data)
    _as_named(package, macros)
    workbook = package.tree("xl/workbook.xml")
    main = etree.QName(workbook).namespace or _MAIN
    kind = _REL_STRICT if main == _STRICT else _REL
    relations = package.relations("xl/workbook.xml")
    styles = _styles(package, relations, main, kind)
    sheets = workbook.find(f"{{{main}}}sheets")
    if sheets is None:
        raise ValueError("no sheets")
    by_sheet: dict[str, list[CellMark]] = defaultdict(list)
    for mark in marks:
        if mark.cell:
            by_sheet[mark.sheet].append(mark)
    targets = {r.get("Id"): _resolve(r) for r in relations}
    number = 0
    for sheet in sheets:
        path = targets.get(sheet.get(f"{{{kind}}}id"), "")
        if mine := by_sheet.get(sheet.get("name", "")):
            number += 1
            _mark_sheet(package, path, main, kind, mine, styles, number)
        elif path and package.has(path) and b"tabSelected" in package.read(path):
            package.add(path, re.sub(rb'tabSelected="[^"]*"', b'tabSelected="0"', package.read(path)))
    _put_first(package, workbook, sheets, main, kind, relations, cover_sheet(cover, styles, main, kind))
    return package.write()


_WORKBOOK_TYPES = {
    False: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    True: "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
}


def _as_named(package: _Package, macros: bool) -> None:
    """The workbook says of itself what its name says: .xlsx or .xlsm, be it a template or misnamed."""
    types = package.tree("[Content_Types].xml")
    for part in [t for t in types if (t.get("PartName") or "").lower() == "/xl/workbook.xml"]:
        types.remove(part)
    _content_type(package, "/xl/workbook.xml", _WORKBOOK_TYPES[macros])
    relations = package.relations("xl/workbook.xml")
    for relation in [] if macros else [r for r in relations if r.get("Type", "").endswith("/vbaProject")]:
        relations.remove(relation)
        package.drop(_resolve(relation))


def _resolve(relation: etree._Element) -> str:
    target = relation.get("Target", "")
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _styles(package: _Package, relations: etree._Element, main: str, kind: str) -> Styles:
    path = next((_resolve(r) for r in relations if r.get("Type", "").endswith("/styles")), "")
    if not path or not package.has(path):
        path = "xl/styles.xml"
        package.add(path, b"")
        package.trees[path] = Styles.blank(main)
        _relate(relations, f"{kind}/styles", "styles.xml")
        _content_type(package, f"/{path}", "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml")
    return Styles(package.tree(path), main)


def _relate(relations: etree._Element, kind: str, target: str) -> str:
    known = {r.get("Id") for r in relations}
    name = next(f"rIdHz{n}" for n in range(1, 10_000) if f"rIdHz{n}" not in known)
    etree.SubElement(relations, f"{{{_PACKAGE}}}Relationship", Id=name, Type=kind, Target=target)
    return name


def _content_type(package: _Package, part: str, kind: str) -> None:
    types = package.tree("[Content_Types].xml")
    if not any(t.get("PartName") == part for t in types):
        etree.SubElement(types, f"{{{_TYPES}}}Override", PartName=part, ContentType=kind)


def _default_type(package: _Package, extension: str, kind: str) -> None:
    types = package.tree("[Content_Types].xml")
    if not any((t.get("Extension") or "").lower() == extension for t in types):
        types.insert(0, etree.Element(f"{{{_TYPES}}}Default", Extension=extension, ContentType=kind))


# --- the first sheet ---------------------------------------------------------------------------------------


def _put_first(
    package: _Package, workbook: etree._Element, sheets: etree._Element, main: str, kind: str, relations: etree._Element, content: bytes
) -> None:
    path = "xl/worksheets/returnNote.xml"
    package.add(path, content)
    _content_type(package, f"/{path}", "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml")
    for old in [s for s in sheets if s.get("name") == NOTE]:  # a slip that came back and is returned once more
        gone = list(sheets).index(old)
        for names in workbook.findall(f"{{{main}}}definedNames"):
            for name in [n for n in names if n.get("localSheetId") == str(gone)]:
                names.remove(name)
            if not len(names):
                workbook.remove(names)
        _shift_names(workbook, main, -1, gone)
        sheets.remove(old)
    entry = etree.Element(f"{{{main}}}sheet", name=NOTE)
    entry.set("sheetId", str(max((int(s.get("sheetId", "0")) for s in sheets), default=0) + 1))
    entry.set(f"{{{kind}}}id", _relate(relations, f"{kind}/worksheet", "worksheets/returnNote.xml"))
    sheets.insert(0, entry)
    _shift_names(workbook, main, 1)
    for view in workbook.iter(f"{{{main}}}workbookView"):
        view.set("activeTab", "0")
        view.set("firstSheet", "0")


def _shift_names(workbook: etree._Element, main: str, by: int, behind: int = -1) -> None:
    for name in workbook.iter(f"{{{main}}}definedName"):
        if (number := name.get("localSheetId")) is not None and int(number) > behind:
            name.set("localSheetId", str(max(0, int(number) + by)))


# --- a marked sheet ----------------------------------------------------------------------------------------


def _mark_sheet(package: _Package, path: str, main: str, kind: str, marks: list[CellMark], styles: Styles, number: int) -> None:
    tree = package.tree(path)
    for view in tree.iter(f"{{{main}}}sheetView"):
        if "tabSelected" in view.attrib:
            del view.attrib["tabSelected"]
    cells = _Cells(tree, main)
    said: dict[str, list[str]] = defaultdict(list)
    worst: dict[str, Action] = {}
    order = list(Action)
    for mark in marks:
        said[mark.cell].append(mark.text)
        worst[mark.cell] = max(worst.get(mark.cell, Action.FIX), mark.severity, key=order.index)
    for cell, severity in worst.items():
        element = cells.at(cell)
        element.set("s", str(styles.coloured(int(element.get("s", "0")), severity)))
    texts = {cell: MARK + "\n".join(dict.fromkeys(lines)) for cell, lines in said.items()}
    fresh = _write_comments(package, path, main, kind, texts, number)
    if fresh:
        _write_boxes(package, path, tree, main, kind, fresh, number)


class _Cells:
    """Cells of a sheet by address; those that are not there are made where they belong."""

    def __init__(self, tree: etree._Element, main: str) -> None:
        self.main = main
        data = tree.find(f"{{{main}}}sheetData")
        if data is None:
            raise ValueError("no sheetData")
        self.data = data
        self.rows: dict[int, etree._Element] = {}
        number = 0
        for row in data:
            number = int(row.get("r", str(number + 1)))
            self.rows[number] = row

    def at(self, address: str) -> etree._Element:
        match = re.fullmatch(r"([A-Z]+)(\d+)", address)
        if match is None:
            raise ValueError(address)
        row, column = self._row(int(match[2])), _column(match[1])
        here = 0
        for index, cell in enumerate(row):
            own = re.match(r"[A-Z]+", cell.get("r", ""))
            here = _column(own[0]) if own else here + 1
            if here == column:
                return cell
            if here > column:
                return self._new(row, index, address)
        return self._new(row, len(row), address)

    def _new(self, row: etree._Element, index: int, address: str) -> etree._Element:
        cell = etree.Element(f"{{{self.main}}}c", r=address)
        if row.get("s"):
            cell.set("s", str(row.get("s")))
        row.insert(index, cell)
        return cell

    def _row(self, number: int) -> etree._Element:
        if number not in self.rows:
            row = etree.Element(f"{{{self.main}}}row", r=str(number))
            after = [self.rows[n] for n in sorted(self.rows) if n > number]
            if after:
                after[0].addprevious(row)
            else:
                self.data.append(row)
            self.rows[number] = row
        return self.rows[number]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _write_comments(package: _Package, path: str, main: str, kind: str, texts: dict[str, str], number: int) -> list[str]:
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
        _relate(relations, f"{kind}/comments", f"../{posixpath.basename(part)}")
        _content_type(package, f"/{part}", "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml")
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
        words.text = text
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


def _write_boxes(package: _Package, path: str, tree: etree._Element, main: str, kind: str, cells: list[str], number: int) -> None:
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
        made.set(f"{{{kind}}}id", _relate(relations, f"{kind}/vmlDrawing", f"../drawings/{posixpath.basename(part)}"))
        later: etree._Element | None = next((child for child in tree if etree.QName(child).localname in _AFTER_LEGACY), None)
        if later is not None:
            later.addprevious(made)
        else:
            tree.append(made)
        _default_type(package, "vml", "application/vnd.openxmlformats-officedocument.vmlDrawing")
    boxes = "".join(_box(cell, 40_000 + 1_000 * number + n) for n, cell in enumerate(cells))
    at = drawing.rindex("</xml>")
    package.add(part, (drawing[:at] + boxes + drawing[at:]).encode("utf-8", "surrogateescape"))


def _box(cell: str, number: int) -> str:
    letters, row = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()  # type: ignore[union-attr]
    column, line = _column(letters) - 1, int(row) - 1
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
