"""python-calamine as the first reader: values and merged ranges of any container it knows, from bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from catalog.grids import CellValue, Range

MAX_CELLS = 20_000_000


class TooLarge(Exception):
    """A sheet whose used area is beyond any form (a stray cell at XFD1048576)."""


@dataclass(slots=True)
class Sheet:
    """Values from A1, rectangular; empty cells are None."""

    name: str
    visible: bool
    rows: list[list[CellValue]]
    merged: tuple[Range, ...]


def read_sheets(data: bytes) -> list[Sheet]:
    """Raises whatever calamine raises; its PanicException is a BaseException, so callers catch that."""
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = []
    for index, meta in enumerate(workbook.sheets_metadata):
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_index(index)
        if sheet.end is not None and (sheet.end[0] + 1) * (sheet.end[1] + 1) > MAX_CELLS:
            raise TooLarge(meta.name)
        rows = [_values(row) for row in sheet.to_python(skip_empty_area=False)] if sheet.end is not None else []
        merged = tuple(Range(a[0], a[1], b[0], b[1]) for a, b in (sheet.merged_cell_ranges or ()))
        sheets.append(Sheet(meta.name, meta.visible == SheetVisibleEnum.Visible, rows, merged))
    return sheets


def read_part(data: bytes, name: str) -> tuple[int, list[list[CellValue]], tuple[Range, ...]]:
    """(first row with a cell, the rows from there on, merged ranges) of one sheet, each row from column A."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(name)
    merged = tuple(Range(a[0], a[1], b[0], b[1]) for a, b in (sheet.merged_cell_ranges or ()))
    if sheet.start is None or sheet.end is None:
        return 0, [], merged
    if (sheet.end[0] + 1) * (sheet.end[1] + 1) > MAX_CELLS:
        raise TooLarge(name)
    left: list[CellValue] = [None] * sheet.start[1]
    rows = [_values(row) for row in sheet.to_python(skip_empty_area=True)]
    return sheet.start[0], [left + row for row in rows] if left else rows, merged


def _values(row: list[Any]) -> list[CellValue]:
    """'' is an empty cell; a whole float is an int as long as a double can hold it exactly.

    One expression for a whole row: a call per cell was a third of reading a ledger.
    """
    return [None if v == "" else int(v) if type(v) is float and -1e15 < v < 1e15 and v.is_integer() else v for v in row]
