"""A filled page → an xlsx workbook or an HTML table, built from the form's declaration: title, unit line, merged headings,
合计 as SUM formulas with their value stored beside them."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from catalog.forms import Column, Form, Sheet
from catalog.grids import address, column_letters
from catalog.periods import Month

_EPOCH = date(1899, 12, 30).toordinal()
_CREATED = datetime(2019, 1, 2, 8, 0, 0)
"""One date for all files: the same seed gives the same bytes."""


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell that shows ``#REF!``."""

    code: str = "#REF!"


@dataclass
class Row:
    """One row of the body, one value per column of the page."""

    values: list[Any]
    kind: str = "row"
    """``row`` is added into 合计, ``part`` (其中：) and ``subtotal`` (小计) are not."""
    hidden: bool = False
    serial: bool = True


@dataclass
class Total:
    """The 合计 row: value per column index, each the sum of its rows unless a department typed or cut it short."""

    values: dict[int, Any]
    label: str = "合计"
    typed: bool = False
    short: set[int] = field(default_factory=set)
    """Columns whose SUM stops one row early."""


@dataclass
class Page:
    """One sheet as it is going to be handed in."""

    form: Form
    sheet: Sheet
    month: Month
    title: str
    filled: date
    unit_line: str
    columns: list[Column | None]
    """None for a column the department added."""
    headings: list[tuple[str, ...]]
    rows: list[Row]
    total: Total | None
    signers: tuple[str, str, str, str]
    above: int = 0
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    """(body row, column) → comment."""
    merges: list[tuple[int, int, int]] = field(default_factory=list)
    """(first body row, last body row, column)."""
    touched: set[tuple[int, int]] = field(default_factory=set)
    """Cells already spoiled, so that one mess does not hide another."""
    scribbles: list[tuple[int, int, Any]] = field(default_factory=list)
    """(body row, columns right of the table, value)."""

    def index(self, path: str) -> int:
        return next(i for i, column in enumerate(self.columns) if column is not None and column.path == path)

    @property
    def depth(self) -> int:
        return max(len(heading) for heading in self.headings)

    @property
    def body_top(self) -> int:
        return self.above + 2 + self.depth

    def add_up(self) -> None:
        """Take the totals afresh from the rows; what is no number is not added, an error spoils its total."""
        if self.total is None:
            return
        for index in self.total.values:
            column = self.columns[index]
            if column is not None and column.total:
                self.total.values[index] = _sum([row.values[index] for row in self.rows if row.kind == "row"])


def _sum(values: Sequence[Any]) -> Any:
    error = next((value for value in values if isinstance(value, CellError)), None)
    return error or sum(value for value in values if isinstance(value, int | Decimal))


def heading_ranges(headings: Sequence[tuple[str, ...]]) -> list[tuple[int, int, int, int, str]]:
    """(top, left, bottom, right, words): groups merged sideways, short paths merged down."""
    depth, ranges = max(map(len, headings)), []
    for level in range(depth):
        index = 0
        while index < len(headings):
            path = headings[index]
            if len(path) <= level:
                index += 1
                continue
            last = index
            if len(path) - 1 > level:
                while last + 1 < len(headings) and len(headings[last + 1]) - 1 > level and headings[last + 1][: level + 1] == path[: level + 1]:  # fmt: skip
                    last += 1
            bottom = depth - 1 if len(path) - 1 == level else level
            ranges.append((level, index, bottom, last, path[level]))
            index = last + 1
    return ranges


def info_cells(page: Page) -> list[tuple[int, int, str]]:
    """Row 2: department, day of filling in, and unit line in three cells, as (left, right, words)."""
    width = len(page.columns)
    a, b = width // 3, 2 * width // 3
    filled = f"填报时间：{page.filled.year}年{page.filled.month}月{page.filled.day}日"
    unit = f"单位：{page.unit_line}" if page.unit_line else ""
    return [(0, a - 1, f"填报单位：{page.form.department}（公章）"), (a, b - 1, filled), (b, width - 1, unit)]


def write_xlsx(pages: Sequence[Page]) -> bytes:
    """The workbook's bytes; the same pages give the same bytes."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": _CREATED})
    base = {"font_name": "宋体", "font_size": 11, "border": 1}
    formats = {
        "title": book.add_format({"font_name": "宋体", "font_size": 18, "bold": True, "align": "center", "valign": "vcenter"}),
        "plain": book.add_format({"font_name": "宋体", "font_size": 11}),
        "head": book.add_format({**base, "bold": True, "align": "center", "valign": "vcenter", "text_wrap": True}),
        "text": book.add_format({**base, "num_format": "@"}),
        "integer": book.add_format({**base, "num_format": "0"}),
        "number": book.add_format(base),
        "date": book.add_format({**base, "num_format": "yyyy-mm-dd"}),
    }
    for page in pages:
        _write_sheet(book.add_worksheet(page.sheet.name), page, formats)
    book.close()
    return buffer.getvalue()


_KINDS = {"serial": "integer", "integer": "integer", "decimal": "number", "amount": "number", "percent": "number", "date": "date"}


def _write_sheet(sheet: Worksheet, page: Page, formats: dict[str, Any]) -> None:
    width, top = len(page.columns), page.above
    _span(sheet, top, 0, top, width - 1, page.title, formats["title"])
    sheet.set_row(top, 30)
    for left, right, words in info_cells(page):
        _span(sheet, top + 1, left, top + 1, right, words, formats["plain"])
    for t, left, bottom, right, words in heading_ranges(page.headings):
        _span(sheet, top + 2 + t, left, top + 2 + bottom, right, words, formats["head"])
    sheet.set_column(0, 0, 6)
    sheet.set_column(1, width - 1, 13)
    body = page.body_top
    per_column = [formats[_KINDS.get(column.type, "text") if column else "number"] for column in page.columns]
    text, day = formats["text"], formats["date"]
    for r, row in enumerate(page.rows, body):
        for c, value in enumerate(row.values):
            kind = type(value)
            if kind is str:
                sheet.write_string(r, c, value, text)
            elif value is None:
                sheet.write_blank(r, c, None, per_column[c])
            elif kind is int or kind is float:
                sheet.write_number(r, c, value, per_column[c])
            elif kind is date:
                sheet.write_number(r, c, value.toordinal() - _EPOCH, day)
            else:
                _write_odd(sheet, r, c, value, per_column[c])
        if row.hidden:
            sheet.set_row(r, None, None, {"hidden": True})
    for first, last, column in page.merges:
        value = page.rows[first].values[column]
        style = day if isinstance(value, date) else text
        sheet.merge_range(body + first, column, body + last, column, "", style)
        _write_odd(sheet, body + first, column, value, style)
    for (r, c), comment in page.comments.items():
        sheet.write_comment(body + r, c, comment, {"author": ""})
    for r, c, value in page.scribbles:
        sheet.write(body + r, width + c, value)
    end = body + len(page.rows)
    if page.total is not None:
        _write_total(sheet, page, end, formats)
        end += 1
    if page.sheet.note:
        _span(sheet, end, 0, end, width - 1, page.sheet.note, formats["plain"])
        end += 1
    for column, words in zip(foot_columns(width), page.signers, strict=True):
        sheet.write_string(end, column, words, formats["plain"])


def foot_columns(width: int) -> tuple[int, int, int, int]:
    return 0, width // 3, 2 * width // 3, width - 1


def _span(sheet: Worksheet, top: int, left: int, bottom: int, right: int, words: str, style: Any) -> None:
    if (top, left) == (bottom, right):
        sheet.write_string(top, left, words, style)
    else:
        sheet.merge_range(top, left, bottom, right, words, style)


def _write_odd(sheet: Worksheet, row: int, column: int, value: Any, style: Any) -> None:
    if isinstance(value, CellError):
        sheet.write_formula(row, column, f"={value.code}", style, value.code)
    elif isinstance(value, Decimal):
        sheet.write_number(row, column, float(value), style)
    elif isinstance(value, date):
        sheet.write_number(row, column, value.toordinal() - _EPOCH, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, style)
    else:
        sheet.write_number(row, column, value, style)


def _write_total(sheet: Worksheet, page: Page, row: int, formats: dict[str, Any]) -> None:
    assert page.total is not None
    _span(sheet, row, 0, row, 1, page.total.label, formats["head"])
    counted = [i for i, r in enumerate(page.rows) if r.kind == "row"]
    parts = [i for i, r in enumerate(page.rows) if r.kind == "subtotal"]
    for index in range(2, len(page.columns)):
        value, column = page.total.values.get(index), page.columns[index]
        if value is None:
            sheet.write_blank(row, index, None, formats["number"])
        elif page.total.typed or column is None or not column.total:
            _write_odd(sheet, row, index, value, formats["number"])
        else:
            cached = value.code if isinstance(value, CellError) else float(value)
            if parts:
                letters = column_letters(index)
                formula = "=" + "+".join(f"{letters}{page.body_top + i + 1}" for i in parts)
            else:
                last = counted[-1] - (1 if index in page.total.short else 0)
                formula = f"=SUM({address(page.body_top + counted[0], index)}:{address(page.body_top + last, index)})"
            sheet.write_formula(row, index, formula, formats["number"], cached)


_HTML_HEAD = (
    '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta http-equiv="Content-Type" '
    'content="text/html; charset=gb2312"></head><body><table border="1">'
)


def write_html(page: Page) -> bytes:
    """A system's export: an HTML table in GBK that calls itself .xls (forms.md M07)."""
    width = len(page.columns)
    lines = [
        _HTML_HEAD,
        f'<tr><td colspan="{width}">{html.escape(page.title)}</td></tr>',
        "<tr>" + "".join(f'<td colspan="{b - a + 1}">{html.escape(words)}</td>' for a, b, words in info_cells(page)) + "</tr>",
    ]
    ranges = heading_ranges(page.headings)
    for level in range(page.depth):
        cells = "".join(
            f'<td rowspan="{bottom - top + 1}" colspan="{right - left + 1}">{html.escape(words)}</td>'
            for top, left, bottom, right, words in sorted(ranges, key=lambda r: r[1]) if top == level
        )  # fmt: skip
        lines.append(f"<tr>{cells}</tr>")
    spans = {(first, column): last - first + 1 for first, last, column in page.merges}
    covered = {(r, column) for first, last, column in page.merges for r in range(first + 1, last + 1)}
    for r, row in enumerate(page.rows):
        tags = [
            f'<td rowspan="{spans[r, c]}">{_shown(value)}</td>' if (r, c) in spans else f"<td>{_shown(value)}</td>"
            for c, value in enumerate(row.values) if (r, c) not in covered
        ]  # fmt: skip
        lines.append("<tr>" + "".join(tags) + "</tr>")
    if page.total is not None:
        totals = "".join(f"<td>{_shown(page.total.values.get(i))}</td>" for i in range(2, width))
        lines.append(f'<tr><td colspan="2">{page.total.label}</td>{totals}</tr>')
    if page.sheet.note:
        lines.append(f'<tr><td colspan="{width}">{html.escape(page.sheet.note)}</td></tr>')
    foot = dict(zip(foot_columns(width), page.signers, strict=True))
    lines.append("<tr>" + "".join(f"<td>{html.escape(foot.get(i, ''))}</td>" for i in range(width)) + "</tr>")
    lines.append("</table></body></html>")
    return "\n".join(lines).encode("gb18030")


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, CellError):
        return value.code
    return value.isoformat() if isinstance(value, date) else html.escape(str(value))
