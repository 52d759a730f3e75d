"""The slip: a department's own workbook handed back, wrong cells coloured and commented, a first sheet that says what to do.

An .xlsx is not rewritten but patched: only the parts that must change do, every other one stays byte for byte, so that
pictures, charts, macros and what WPS adds survive.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

from lxml import etree
from openpyxl import Workbook as NewWorkbook
from openpyxl.utils import get_column_letter

from catalog.grids import ErrorValue, Grid, Range, Workbook
from catalog.issues import Action
from connectors.documents.package import NO_TEXT, repack
from connectors.documents.slip_comments import MARK, write_comments
from connectors.documents.slip_cover import Cover, cover_sheet
from connectors.documents.slip_package import PackageParts, column_number, declare, relate, resolved
from connectors.documents.slip_styles import Styles

NOTE = "退回说明"
_MAIN, _STRICT = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_REL_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"


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
    titles = _titles([grid.name for grid in workbook.grids])
    titled = dict(zip(reversed([grid.name for grid in workbook.grids]), reversed(titles), strict=True))
    return _patched(_rebuilt(workbook.grids, titles), [replace(mark, sheet=titled.get(mark.sheet, "")) for mark in marks], cover, macros)


_ELSEWHERE = ("/pivotcache/", "/externallinks/", "/embeddings/", "/chartsheets/", "/dialogsheets/", "/macrosheets/", "/querytables/", "connections.xml",
              "vbaproject.bin")  # fmt: skip


def holds_more(data: bytes) -> bool:
    """Whether a package has parts beside its sheets that may repeat cells of other sheets or files."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(part in f"/{name.lower()}" for name in archive.namelist() for part in _ELSEWHERE)
    except zipfile.BadZipFile:
        return False


def _apart(grid: Grid) -> Iterator[Range]:
    """The merged ranges inside the table; of those that overlap the first, for Excel repairs a file that has both."""
    above: list[Range] = []
    width = max((len(row) for row in grid.rows), default=0)
    for area in sorted(Range(a.top, a.left, min(a.bottom, len(grid.rows) - 1), min(a.right, width - 1)) for a in grid.merged):
        above = [other for other in above if other.bottom >= area.top]
        if area.bottom >= area.top and area.right >= area.left and not any(o.left <= area.right and area.left <= o.right for o in above):
            above.append(area)
            yield area


def _titles(names: Iterable[str]) -> list[str]:
    """Names of sheets as Excel takes them, each once; .ods allows longer ones, with signs that Excel does not."""
    titles: list[str] = []
    for name in names:
        title = NO_TEXT.sub("", re.sub(r"[\[\]:*?/\\]", "_", name))[:31].strip("'") or "Sheet"
        taken = {other.casefold() for other in titles}
        titles.append(next(t for t in chain((title,), (f"{title[:26]}({n})" for n in count(2))) if t.casefold() not in taken))
    return titles


def _rebuilt(grids: Iterable[Grid], titles: Iterable[str]) -> bytes:
    """The cells as read, for containers that are not .xlsx. Text never becomes a formula."""
    book = NewWorkbook()
    book.remove(book.worksheets[0])
    for grid, title in zip(grids, titles, strict=True):
        sheet = book.create_sheet(title)
        for r, row in enumerate(grid.rows, 1):
            for c, value in enumerate(row, 1):
                if value is not None:
                    cell = sheet.cell(r, c)
                    cell.value = NO_TEXT.sub("", str(value)) if isinstance(value, str | ErrorValue) else value
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

def _patched(data: bytes, marks: Sequence[CellMark], cover: Cover, macros: bool) -> bytes:
    package = PackageParts(data)
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
    targets = {r.get("Id"): resolved(r) for r in relations}
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


def _as_named(package: PackageParts, macros: bool) -> None:
    """The workbook says of itself what its name says: .xlsx or .xlsm, be it a template or misnamed."""
    types = package.tree("[Content_Types].xml")
    for part in [t for t in types if (t.get("PartName") or "").lower() == "/xl/workbook.xml"]:
        types.remove(part)
    declare(package, "/xl/workbook.xml", _WORKBOOK_TYPES[macros])
    relations = package.relations("xl/workbook.xml")
    for relation in [] if macros else [r for r in relations if r.get("Type", "").endswith("/vbaProject")]:
        relations.remove(relation)
        package.drop(resolved(relation))


def _styles(package: PackageParts, relations: etree._Element, main: str, kind: str) -> Styles:
    path = next((resolved(r) for r in relations if r.get("Type", "").endswith("/styles")), "")
    if not path or not package.has(path):
        path = "xl/styles.xml"
        package.add(path, b"")
        package.trees[path] = Styles.blank(main)
        relate(relations, f"{kind}/styles", "styles.xml")
        declare(package, f"/{path}", "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml")
    return Styles(package.tree(path), main)

# --- the first sheet ---------------------------------------------------------------------------------------


def _put_first(
    package: PackageParts, workbook: etree._Element, sheets: etree._Element, main: str, kind: str, relations: etree._Element, content: bytes
) -> None:
    path = "xl/worksheets/returnNote.xml"
    package.add(path, content)
    declare(package, f"/{path}", "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml")
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
    entry.set(f"{{{kind}}}id", relate(relations, f"{kind}/worksheet", "worksheets/returnNote.xml"))
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


def _mark_sheet(package: PackageParts, path: str, main: str, kind: str, marks: list[CellMark], styles: Styles, number: int) -> None:
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
    write_comments(package, path, main, kind, texts, number)


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
        row, column = self._row(int(match[2])), column_number(match[1])
        here = 0
        for index, cell in enumerate(row):
            own = re.match(r"[A-Z]+", cell.get("r", ""))
            here = column_number(own[0]) if own else here + 1
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
