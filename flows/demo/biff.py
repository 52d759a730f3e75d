"""A filled page → what WPS calls .et: BIFF8 in an OLE2 container. Only what a reader of values and merged cells needs:
no formulas (合计 is a number), no hidden rows, no comments."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flows.demo.ole import compound
from flows.demo.workbook import (
    CellError,
    Page,
    foot_columns,
    heading_ranges,
    info_cells,
)

_EPOCH = date(1899, 12, 30).toordinal()
_GENERAL, _DATE = 15, 16
"""Indexes of the cell formats; the first fifteen XF records are styles by custom."""


def write_et(pages: Sequence[Page]) -> bytes:
    sheets = [_sheet(page) for page in pages]
    names = [page.sheet.name for page in pages]
    fonts = b"".join(_record(0x31, struct.pack("<HHHHHBBBB", 220, 0, 0x7FFF, 400, 0, 0, 0, 134, 0) + _text("宋体", "B")) for _ in range(5))
    formats = _record(0x41E, struct.pack("<H", 164) + _text("yyyy\\-mm\\-dd", "H"))
    styles = b"".join(_xf(0, 0xFFF5) for _ in range(15)) + _xf(0, 1) + _xf(164, 1)
    head = (
        _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6))
        + _record(0x42, struct.pack("<H", 1200))
        + fonts
        + formats
        + styles
    )
    directory = sum(4 + 6 + len(_text(name, "B")) for name in names)
    at, bounds = len(head) + directory + 4, b""
    for name, sheet in zip(names, sheets, strict=True):
        bounds += _record(0x85, struct.pack("<IH", at, 0) + _text(name, "B"))
        at += len(sheet)
    return compound({"Workbook": head + bounds + _record(0x0A) + b"".join(sheets)})


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _text(text: str, length: str) -> bytes:
    return struct.pack(f"<{length}B", len(text), 1) + text.encode("utf-16-le")


def _xf(number_format: int, kind: int) -> bytes:
    return _record(0xE0, struct.pack("<HHHBBBBIIH", 0, number_format, kind, 0x20, 0, 0, 0, 0, 0, 0x20C0))


def _sheet(page: Page) -> bytes:
    cells, merges = _content(page)
    rows, columns = max(r for r, _ in cells) + 1, max(c for _, c in cells) + 1
    body = b"".join(_cell(r, c, value) for (r, c), value in sorted(cells.items()))
    areas = b"".join(struct.pack("<HHHH", top, bottom, left, right) for top, left, bottom, right in merges)
    return (
        _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6))
        + _record(0x200, struct.pack("<IIHHH", 0, rows, 0, columns, 0)) + body
        + _record(0xE5, struct.pack("<H", len(merges)) + areas) + _record(0x0A)
    )  # fmt: skip


def _cell(row: int, column: int, value: Any) -> bytes:
    if isinstance(value, str):
        return _record(0x204, struct.pack("<HHH", row, column, _GENERAL) + _text(value, "H"))
    if isinstance(value, CellError):
        return _record(0x205, struct.pack("<HHHBB", row, column, _GENERAL, 0x17, 1))
    if isinstance(value, date):
        return _record(0x203, struct.pack("<HHHd", row, column, _DATE, value.toordinal() - _EPOCH))
    return _record(0x203, struct.pack("<HHHd", row, column, _GENERAL, float(value)))


def _content(page: Page) -> tuple[dict[tuple[int, int], Any], list[tuple[int, int, int, int]]]:
    """Every filled cell, and the merged areas as (top, left, bottom, right)."""
    width, top, body = len(page.columns), page.above, page.body_top
    areas = [(top, 0, top, width - 1, page.title)]
    areas += [(top + 1, left, top + 1, right, words) for left, right, words in info_cells(page)]
    areas += [(top + 2 + t, left, top + 2 + b, right, words) for t, left, b, right, words in heading_ranges(page.headings)]
    areas += [(body + first, c, body + last, c, page.rows[first].values[c]) for first, last, c in page.merges]
    cells: dict[tuple[int, int], Any] = {(t, left): words for t, left, _, _, words in areas if words}
    merges = [(t, left, b, right) for t, left, b, right, _ in areas if (t, left) != (b, right)]
    cells |= {at: value for at, value in _rows(page) if value is not None}
    cells |= {(body + r, width + c): value for r, c, value in page.scribbles}
    end = body + len(page.rows)
    if page.total is not None:
        cells[end, 0] = page.total.label
        cells |= {(end, i): value for i, value in page.total.values.items() if value is not None}
        merges.append((end, 0, end, 1))
        end += 1
    if page.sheet.note:
        cells[end, 0] = page.sheet.note
        merges.append((end, 0, end, width - 1))
        end += 1
    cells |= {(end, c): words for c, words in zip(foot_columns(width), page.signers, strict=True)}
    return cells, merges


def _rows(page: Page) -> Iterator[tuple[tuple[int, int], int | float | Decimal | str | date | CellError | None]]:
    for r, row in enumerate(page.rows, page.body_top):
        yield from (((r, c), value) for c, value in enumerate(row.values))
