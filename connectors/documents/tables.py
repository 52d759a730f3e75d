"""Workbooks for people: titles, units, frozen headings, number formats, printable pages. Text never becomes a formula."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from math import ceil

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from connectors.documents.package import repack

_THIN = Side(style="thin", color="808080")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


@dataclass(frozen=True, slots=True)
class Column:
    """Heading, width in characters, and Excel's number format for its figures."""

    title: str
    width: float = 12
    number_format: str = "General"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with a mark: ``missing`` (red), ``note`` (yellow), or none."""

    value: str | int | Decimal | None
    mark: str = ""
    number_format: str = ""


Value = str | int | Decimal | Cell | None


@dataclass(frozen=True, slots=True)
class TableSheet:
    """One printable sheet."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    unit_line: str = ""
    notes: Sequence[str] = field(default_factory=tuple)
    frozen_columns: int = 1


def write_tables(sheets: Sequence[TableSheet], at: datetime) -> bytes:
    """An .xlsx of these sheets; the same input gives the same bytes."""
    book = Workbook()
    for page in list(book.worksheets):
        book.remove(page)
    for style in _styles():
        book.add_named_style(style)
    for sheet in sheets:
        _write(book.create_sheet(_sheet_name(sheet.name, book.sheetnames)), sheet)
    moment = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.properties.creator = book.properties.lastModifiedBy = "汇总"
    book.properties.created = book.properties.modified = moment
    buffer = io.BytesIO()
    book.save(buffer)
    return _fixed_times(buffer.getvalue(), moment)


def _fixed_times(data: bytes, moment: datetime) -> bytes:
    """openpyxl stamps the time of saving into docProps/core.xml; put ours there."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        core = archive.read("docProps/core.xml")
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    core = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, core)
    return repack(data, {"docProps/core.xml": core})


def _styles() -> list[NamedStyle]:
    def style(name: str, **parts: object) -> NamedStyle:
        made = NamedStyle(name=name)
        for key, value in parts.items():
            setattr(made, key, value)
        return made

    centre = Alignment(horizontal="center", vertical="center", wrap_text=True)
    return [
        style("hz_title", font=Font(name="方正小标宋简体", size=18), alignment=Alignment(horizontal="center", vertical="center")),
        style("hz_unit", font=Font(name="仿宋_GB2312", size=11), alignment=Alignment(horizontal="right")),
        style("hz_head", font=Font(name="黑体", size=11), alignment=centre, border=_BOX, fill=PatternFill("solid", fgColor="DDEBF7")),
        style("hz_text", font=Font(name="仿宋_GB2312", size=11), alignment=Alignment(vertical="center", wrap_text=True), border=_BOX),
        style("hz_number", font=Font(name="仿宋_GB2312", size=11), alignment=Alignment(horizontal="right", vertical="center"), border=_BOX),
        style("hz_missing", font=Font(name="仿宋_GB2312", size=11, color="C00000", bold=True), alignment=centre, border=_BOX,
              fill=PatternFill("solid", fgColor="FFC7CE")),
        style("hz_note", font=Font(name="仿宋_GB2312", size=10), alignment=Alignment(wrap_text=True, vertical="top")),
    ]  # fmt: skip


def _sheet_name(name: str, taken: list[str]) -> str:
    clean = "".join(c for c in name if c not in "[]:*?/\\")[:31] or "表"
    number, result = 1, clean
    while result in taken:
        number += 1
        result = f"{clean[:28]}({number})"
    return result


def _write(page: Worksheet, sheet: TableSheet) -> None:
    width = len(sheet.columns)
    _text(page.cell(1, 1), sheet.title)
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    page["A1"].style = "hz_title"
    page.row_dimensions[1].height = 30
    head = 2
    if sheet.unit_line:
        _text(page.cell(2, 1), sheet.unit_line)
        page.merge_cells(start_row=2, start_column=1, end_row=2, end_column=width)
        page["A2"].style = "hz_unit"
        head = 3
    for index, column in enumerate(sheet.columns, 1):
        _text(page.cell(head, index), column.title)
        page.cell(head, index).style = "hz_head"
        page.column_dimensions[get_column_letter(index)].width = column.width
    page.row_dimensions[head].height = _height([column.title for column in sheet.columns], sheet.columns)
    for r, row in enumerate(sheet.rows, head + 1):
        for c, (value, column) in enumerate(zip(row, sheet.columns, strict=True), 1):
            _put(page.cell(r, c), value, column)
        page.row_dimensions[r].height = _height(row, sheet.columns)
    last = head + len(sheet.rows)
    for number, note in enumerate(sheet.notes, last + 1):
        _text(page.cell(number, 1), note)
        page.cell(number, 1).style = "hz_note"
        page.merge_cells(start_row=number, start_column=1, end_row=number, end_column=width)
    page.freeze_panes = f"{get_column_letter(sheet.frozen_columns + 1)}{head + 1}"
    page.print_title_rows = f"1:{head}"
    page.print_area = f"A1:{get_column_letter(width)}{max(last + len(sheet.notes), head)}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.HeaderFooter.oddFooter = HeaderFooterItem(center=_HeaderFooterPart(text="第 &P 页 共 &N 页"))
    if sheet.rows:
        page.auto_filter.ref = f"A{head}:{get_column_letter(width)}{last}"


def _put(cell: SheetCell | MergedCell, value: Value, column: Column) -> None:
    if isinstance(cell, MergedCell):
        return
    held = value if isinstance(value, Cell) else Cell(value)
    missing = held.mark == "missing"
    if isinstance(held.value, int | Decimal):
        cell.value = held.value
        cell.style = "hz_missing" if missing else "hz_number"
        cell.number_format = held.number_format or _format(held.value, column)
        return
    if held.value is not None:
        _text(cell, held.value)
    cell.style = "hz_missing" if missing else "hz_text"


def _format(value: int | Decimal, column: Column) -> str:
    """The column's format, else all the digits there are: Excel's own choice turns a long figure into 1.2E+11."""
    if column.number_format != "General":
        return column.number_format
    places = max(0, -int(value.as_tuple().exponent)) if isinstance(value, Decimal) else 0
    return f"0.{'0' * places}" if places else "0"


def _height(row: Sequence[Value], columns: Sequence[Column]) -> float:
    """Points for the cell with the most lines: no program measures wrapped text that nobody has opened yet."""
    lines = 1
    for value, column in zip(row, columns, strict=True):
        text = value.value if isinstance(value, Cell) else value
        if isinstance(text, str):
            wide = sum(2 if ord(c) > 0x2E7F else 1 for c in text) * 1.1
            lines = max(lines, ceil(wide / column.width))
    return min(16.0 * lines + 2, 400.0)


def _text(cell: SheetCell | MergedCell, text: str) -> None:
    """Text as text: what begins with = + - @ is no formula; what a sheet cannot hold is left out."""
    if isinstance(cell, SheetCell):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:32_767]
        cell.data_type = "s"
