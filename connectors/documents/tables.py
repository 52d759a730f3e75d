"""Workbooks for people: titles, units, frozen headings, number formats, printable pages, charts. Text never becomes a formula."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby, zip_longest
from math import ceil
from typing import Any

import xlsxwriter

from connectors.documents.charts import ChartPage, Places, make_chart
from connectors.documents.package import NO_TEXT

_BODY, _HEAD, _TITLE = "仿宋_GB2312", "黑体", "方正小标宋简体"
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
    group: str = ""
    """Neighbours of one group stand below each other on one sheet, where they fit one printed page together."""

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
    pages = _pages(sheets)
    names = _sheet_names([page[0].name for page in pages])
    first: dict[str, str] = {}
    for page, name in zip(pages, names, strict=True):
        for sheet in page:
            first.setdefault(sheet.name, name)
    places: dict[str, tuple[str, int]] = {}
    for page, name in zip(pages, names, strict=True):
        tops = _write(book.add_worksheet(name), page, styles, first)
        places |= {sheet.name: (name, top + sheet.head + 1) for sheet, top in zip(page, tops, strict=True)}
    if pictures:
        _draw(book, places, pictures, styles)
    book.close()
    return buffer.getvalue()


_SMALLEST, _WIDE, _HIGH = 0.6, 1007.0, 487.0
"""How far a printed page may be shrunk; its width in pixels and its height in points between the margins, on landscape A4."""


def _pages(sheets: Sequence[TableSheet]) -> list[list[TableSheet]]:
    pages: list[list[TableSheet]] = []
    for sheet in sheets:
        if pages and sheet.group and pages[-1][-1].group == sheet.group and _fit([*pages[-1], sheet]):
            pages[-1].append(sheet)
        else:
            pages.append([sheet])
    return pages


def _fit(tables: Sequence[TableSheet]) -> bool:
    if sum(len(table.rows) for table in tables) * _ROW > _HIGH / _SMALLEST:
        return False
    widths = _widths(tables)
    scale = min(1.0, _WIDE / sum(7 * width + 5 for width in widths))
    return scale >= _SMALLEST and sum(_height(table, widths) + _ROW for table in tables) * scale <= _HIGH


def _widths(tables: Sequence[TableSheet]) -> list[float]:
    """Of the columns that the tables of one sheet share; wide enough that no title is cut off."""
    result: list[float] = []
    for table in tables:
        stretch = max(1.0, len(table.title) * 3.4 / sum(column.width for column in table.columns))
        mine = [round(column.width * stretch, 1) for column in table.columns] if stretch > 1 else [column.width for column in table.columns]
        result = [max(pair) for pair in zip_longest(result, mine, fillvalue=0.0)]
    return result


def _height(table: TableSheet, widths: Sequence[float]) -> float:
    """In points, as the rows will be set."""
    heading = max(_lines(column.title, width) for column, width in zip(table.columns, widths, strict=False))
    lines = [max((_lines(str(held), width) for value, width in zip(row, widths, strict=False)
                  if isinstance(held := value.value if isinstance(value, Cell) else value, str)), default=1) for row in table.rows]  # fmt: skip
    notes = sum(15 * _lines(note, sum(widths)) + 2 for note in table.notes)
    return 32 + _ROW * bool(table.unit_line) + sum(_ROW if n < 2 else 15.0 * n + 4 for n in (heading, *lines)) + notes


def _sheet_names(wanted: Sequence[str]) -> list[str]:
    """Legal and different; capital and small letters are the same to Excel."""
    taken: list[str] = []
    for name in wanted:
        clean = "".join(c for c in NO_TEXT.sub("", name) if c not in "[]:*?/\\")[:31].strip("'") or "表"
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


def _write(page: Any, tables: Sequence[TableSheet], styles: _Styles, names: Mapping[str, str]) -> list[int]:
    """One table, its heading on every printed page; or several on one page. Their first rows."""
    widths = _widths(tables)
    page.set_default_row(_ROW)
    for width, group in groupby(enumerate(widths), lambda pair: pair[1]):
        same = [index for index, _ in group]
        page.set_column(same[0], same[-1], width)
    tops, end = [], 0
    for table in tables:
        tops.append(end)
        end = _write_table(page, end, table, widths, styles, names) + 1
    page.print_area(0, 0, max(end - 2, 0), len(widths) - 1)
    only = tables[0]
    _page_setup(page, only.portrait)
    if len(tables) > 1:
        page.freeze_panes(0, 1)
        page.fit_to_pages(1, 1)
        return tops
    page.freeze_panes(only.head + 1, only.frozen_columns)
    page.repeat_rows(0, only.head)
    if only.rows:
        page.autofilter(only.head, 0, only.head + len(only.rows), len(only.columns) - 1)
    page.fit_to_pages(1, 0)
    return tops


def _write_table(page: Any, top: int, sheet: TableSheet, widths: Sequence[float], styles: _Styles, names: Mapping[str, str]) -> int:
    """The row behind its last one."""
    last_column, head = len(sheet.columns) - 1, top + sheet.head
    columns = [column if column.width == width else replace(column, width=width) for column, width in zip(sheet.columns, widths, strict=False)]
    _across(page, top, last_column, sheet.title, styles.get("title"))
    page.set_row(top, 32)
    if sheet.unit_line:
        page.write_string(top + 1, last_column, _clean(sheet.unit_line), styles.get("unit"))  # runs out to the left over what is empty
    heading = styles.get("heading")
    for index, column in enumerate(columns):
        page.write_string(head, index, _clean(_broken(column.title, column.width)), heading)
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
    return last + len(sheet.notes) + 1


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


def _broken(title: str, width: float) -> str:
    """A heading that needs lines breaks before its bracket, where its unit stands, and not inside of it: a sheet has no rules for that."""
    words, bracket, unit = title.partition("（")
    return f"{words}\n{bracket}{unit}" if words and bracket and 1 < _lines(title, width) == _lines(words, width) + _lines(bracket + unit, width) else title


def _clean(text: str) -> str:
    return NO_TEXT.sub("", text)[:_LONGEST]


# --- charts ------------------------------------------------------------------------------------------------

_PAGE_ROWS, _CHART_ROWS, _CHART_COLUMNS, _PIXELS = 31, 15, 8, (500, 292)


def _draw(book: Any, places: Places, pictures: Sequence[ChartPage], styles: _Styles) -> None:
    """Four charts to a landscape page at full size, so that no chart is cut by the edge of the paper."""
    page = book.add_worksheet(_sheet_names([*(name for name, _ in places.values()), "图表"])[-1])
    page.hide_gridlines(2)
    page.set_column(0, 2 * _CHART_COLUMNS - 1, 8.3)
    for number, picture in enumerate(pictures):
        top = number * _PAGE_ROWS
        page.set_row(top, 28)
        _across(page, top, 2 * _CHART_COLUMNS - 1, picture.title, styles.get("title"))
        for place, chart in enumerate(picture.charts):
            made = make_chart(book, chart, places)
            made.set_size({"width": _PIXELS[0], "height": _PIXELS[1]})
            page.insert_chart(top + 1 + place // 2 * _CHART_ROWS, place % 2 * _CHART_COLUMNS, made, {"description": chart.title, "object_position": 3})
    page.set_h_pagebreaks([number * _PAGE_ROWS for number in range(1, len(pictures))])
    page.print_area(0, 0, len(pictures) * _PAGE_ROWS - 1, 2 * _CHART_COLUMNS - 1)
    _page_setup(page, portrait=False)
    page.set_print_scale(74)
