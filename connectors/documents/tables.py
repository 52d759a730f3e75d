"""Workbooks for people: titles, units, frozen headings, number formats, printable pages, charts. Text never becomes a formula."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from math import ceil
from typing import Any

import xlsxwriter

from connectors.documents.charts import ChartPage, Places, make_chart

_BODY, _HEAD, _TITLE = "仿宋_GB2312", "黑体", "方正小标宋简体"
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ROW = 18
"""Points of a row with one line."""
_LONGEST = 32_767


@dataclass(frozen=True, slots=True)
class Column:
    """Heading, width in characters, and Excel's number format for its figures."""

    title: str
    width: float = 12
    number_format: str = "General"
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with a mark: ``missing`` (red), ``note`` (yellow), ``head`` (bold), or none; ``link``: the name of a sheet."""

    value: str | int | Decimal | None
    mark: str = ""
    number_format: str = ""
    link: str = ""


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
    portrait: bool = False

    @property
    def head(self) -> int:
        """Row of the headings, counted from 0."""
        return 2 if self.unit_line else 1


def write_tables(sheets: Sequence[TableSheet], at: datetime, pictures: Sequence[ChartPage] = ()) -> bytes:
    """An .xlsx of these sheets, and a last sheet with the charts; the same input gives the same bytes."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    moment = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.set_properties({"author": "汇总", "created": moment})
    styles = _Styles(book)
    names = _sheet_names([sheet.name for sheet in sheets])
    first: dict[str, str] = {}
    for sheet, name in zip(sheets, names, strict=True):
        first.setdefault(sheet.name, name)
    for sheet, name in zip(sheets, names, strict=True):
        _write(book.add_worksheet(name), sheet, styles, first)
    if pictures:
        _draw(book, {sheet.name: (name, sheet.head + 1) for sheet, name in zip(sheets, names, strict=True)}, pictures, styles)
    book.close()
    return buffer.getvalue()


def _sheet_names(wanted: Sequence[str]) -> list[str]:
    """Legal and different; capital and small letters are the same to Excel."""
    taken: list[str] = []
    for name in wanted:
        clean = "".join(c for c in _NO_TEXT.sub("", name) if c not in "[]:*?/\\")[:31].strip("'") or "表"
        number, result = 1, clean
        while result.casefold() in {t.casefold() for t in taken}:
            number += 1
            result = f"{clean[:28]}({number})"
        taken.append(result)
    return taken


class _Styles:
    """Every format once: styling cell by cell is what makes writing slow."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, str], Any] = {}
        self._numbers: dict[tuple[str, str], Any] = {}
        body: dict[str, Any] = {"font_name": _BODY, "font_size": 11, "valign": "vcenter", "border": 1, "border_color": "#808080"}
        self._bases: dict[str, dict[str, Any]] = {
            "title": {"font_name": _TITLE, "font_size": 18, "align": "center", "valign": "vcenter"},
            "unit": {"font_name": _BODY, "font_size": 11, "align": "right", "valign": "vcenter"},
            "heading": {**body, "font_name": _HEAD, "align": "center", "text_wrap": True, "bg_color": "#DDEBF7"},
            "text": {**body, "text_wrap": True},
            "centre": {**body, "text_wrap": True, "align": "center"},
            "head": {**body, "font_name": _HEAD, "text_wrap": True},
            "number": {**body, "align": "right"},
            "head_number": {**body, "font_name": _HEAD, "align": "right"},
            "missing": {**body, "align": "center", "text_wrap": True, "bold": True, "font_color": "#C00000", "bg_color": "#FFC7CE"},
            "note_mark": {**body, "text_wrap": True, "bg_color": "#FFF2CC"},
            "note_number": {**body, "align": "right", "bg_color": "#FFF2CC"},
            "link": {**body, "text_wrap": True, "font_color": "#0B5394", "underline": 1},
            "note": {"font_name": _BODY, "font_size": 10, "valign": "top", "text_wrap": True},
            "short_note": {"font_name": _BODY, "font_size": 10},
        }

    def get(self, style: str, number_format: str = "") -> Any:
        key = (style, number_format)
        if key not in self._made:
            parts = dict(self._bases[style])
            if number_format:
                parts["num_format"] = number_format
            self._made[key] = self._book.add_format(parts)
        return self._made[key]

    def number(self, mark: str, number_format: str) -> Any:
        """The style of a figure; the innermost loop asks for it, so that it costs one look."""
        key = (mark, number_format)
        if key not in self._numbers:
            self._numbers[key] = self.get(_NUMBER_STYLES[mark], number_format)
        return self._numbers[key]


_PLACES = {-places: f"0.{'0' * places}" for places in range(1, 31)}
"""Exponent of a decimal → a format with all its digits: Excel's own choice turns a long figure into 1.2E+11."""
_NUMBER_STYLES = {"": "number", "missing": "missing", "note": "note_number", "head": "head_number"}
_TEXT_STYLES = {"missing": "missing", "note": "note_mark", "head": "head"}
_SHORT = frozenset(["—", "*", "<3", "<5", "基数小"])


def _write(page: Any, sheet: TableSheet, styles: _Styles, names: Mapping[str, str]) -> None:
    last_column, head = len(sheet.columns) - 1, sheet.head
    stretch = max(1.0, len(sheet.title) * 3.4 / sum(column.width for column in sheet.columns))  # the title is not cut off
    columns = [replace(column, width=round(column.width * stretch, 1)) for column in sheet.columns] if stretch > 1 else sheet.columns
    page.set_default_row(_ROW)
    _across(page, 0, last_column, sheet.title, styles.get("title"))
    page.set_row(0, 32)
    if sheet.unit_line:
        page.write_string(1, last_column, _clean(sheet.unit_line), styles.get("unit"))  # runs out to the left over what is empty
    heading = styles.get("heading")
    for width, group in groupby(enumerate(columns), lambda pair: pair[1].width):
        same = [index for index, _ in group]
        page.set_column(same[0], same[-1], width)
    for index, column in enumerate(columns):
        page.write_string(head, index, _clean(column.title), heading)
    _set_height(page, head, max(_lines(column.title, column.width) for column in columns))
    _write_rows(page, head + 1, sheet.rows, columns, styles, names)
    last = head + len(sheet.rows)
    for number, note in enumerate(sheet.notes, last + 1):
        lines = _lines(note, sum(column.width for column in columns))
        if lines > 1:
            _across(page, number, last_column, note, styles.get("note"))
            page.set_row(number, 15 * lines + 2)
        else:
            page.write_string(number, 0, _clean(note), styles.get("short_note"))
    page.freeze_panes(head + 1, sheet.frozen_columns)
    page.repeat_rows(0, head)
    page.print_area(0, 0, max(last + len(sheet.notes), head), last_column)
    if sheet.rows:
        page.autofilter(head, 0, last, last_column)
    _page_setup(page, sheet.portrait)
    page.fit_to_pages(1, 0)


def _write_rows(
    page: Any, top: int, rows: Sequence[Sequence[Value]], columns: Sequence[Column], styles: _Styles, names: Mapping[str, str]
) -> None:
    """The innermost loop: one look a cell, formats looked up and never made anew."""
    text, centre, number, string, style_of = styles.get("text"), styles.get("centre"), page.write_number, page.write_string, styles.number
    narrow, formats = [column.width / 2.2 for column in columns], ["" if c.number_format == "General" else c.number_format for c in columns]
    plain = [centre if column.centred else text for column in columns]
    for r, row in enumerate(rows, top):
        lines = 1
        if len(row) != len(columns):
            raise ValueError(f"row {r} has {len(row)} cells for {len(columns)} columns")
        for c, value in enumerate(row):
            mark = given = ""
            if isinstance(value, Cell):
                mark, given, link, value = value.mark, value.number_format, value.link, value.value
                if link and link in names:
                    _link(page, r, c, str(value), names[link], styles)
                    continue
            if isinstance(value, str):
                if len(value) > narrow[c]:
                    lines = max(lines, _lines(value, columns[c].width))
                style = styles.get(_TEXT_STYLES[mark]) if mark else centre if value in _SHORT else plain[c]
                string(r, c, value if value.isprintable() and len(value) < _LONGEST else _clean(value), style)
            elif isinstance(value, Decimal):
                number(r, c, value, style_of(mark, given or formats[c] or _PLACES.get(value.as_tuple().exponent, "0")))  # type: ignore[arg-type]
            elif value is None:
                page.write_blank(r, c, None, text)
            else:
                number(r, c, value, style_of(mark, given or formats[c] or "0"))
        if lines > 1:
            _set_height(page, r, lines)


def _link(page: Any, row: int, column: int, text: str, sheet: str, styles: _Styles) -> None:
    where = sheet.replace("'", "''")
    page.write_url(row, column, f"internal:'{where}'!A1", styles.get("link"), _clean(text)[:255])


def _set_height(page: Any, row: int, lines: int) -> None:
    """Room for the cell with the most lines: no program measures wrapped text that nobody has opened yet."""
    if lines > 1:
        page.set_row(row, min(15.0 * lines + 4, 400.0))


def _page_setup(page: Any, portrait: bool) -> None:
    if portrait:
        page.set_portrait()
    else:
        page.set_landscape()
    page.set_paper(9)
    page.set_margins(left=0.6, right=0.6, top=0.75, bottom=0.75)
    page.center_horizontally()
    page.set_footer("&C第 &P 页 共 &N 页")


def _across(page: Any, row: int, last_column: int, text: str, style: Any) -> None:
    if last_column:
        page.merge_range(row, 0, row, last_column, "", style)
    page.write_string(row, 0, _clean(text), style)


def _lines(text: str, width: float) -> int:
    """A Chinese character is two wide, as in GBK."""
    return sum(max(1, ceil(len(line.encode("gbk", "replace")) * 1.1 / width)) for line in text.split("\n"))


def _clean(text: str) -> str:
    return _NO_TEXT.sub("", text)[:_LONGEST]


# --- charts ------------------------------------------------------------------------------------------------

_PAGE_ROWS, _CHART_ROWS, _CHART_COLUMNS, _PIXELS = 31, 15, 8, (500, 292)


def _draw(book: Any, places: Places, pictures: Sequence[ChartPage], styles: _Styles) -> None:
    """Four charts to a landscape page at full size, so that no chart is cut by the edge of the paper."""
    page = book.add_worksheet(_sheet_names([*(name for name, _ in places.values()), "图表"])[-1])
    page.hide_gridlines(2)
    page.set_column(0, 2 * _CHART_COLUMNS - 1, 8.3)
    for number, picture in enumerate(pictures):
        top = number * _PAGE_ROWS
        page.set_row(top, 20)
        _across(page, top, 2 * _CHART_COLUMNS - 1, picture.title, styles.get("title"))
        for place, chart in enumerate(picture.charts):
            made = make_chart(book, chart, places)
            made.set_size({"width": _PIXELS[0], "height": _PIXELS[1]})
            page.insert_chart(top + 1 + place // 2 * _CHART_ROWS, place % 2 * _CHART_COLUMNS, made, {"description": chart.title, "object_position": 3})
    page.set_h_pagebreaks([number * _PAGE_ROWS for number in range(1, len(pictures))])
    page.print_area(0, 0, len(pictures) * _PAGE_ROWS - 1, 2 * _CHART_COLUMNS - 1)
    _page_setup(page, portrait=False)
    page.set_print_scale(74)
