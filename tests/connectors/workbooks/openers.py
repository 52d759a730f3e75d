"""What other readers make of a file; run in the guard, since they hang and crash where ours must not."""

from __future__ import annotations

import contextlib
import io
import warnings
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from catalog.grids import ErrorValue, filled_cells
from connectors.workbooks import read_workbook


def ours(path: str) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """(sheets, cells read in each, cells counted in each)."""
    workbook = read_workbook(Path(path).read_bytes())
    return len(workbook.grids), tuple(filled_cells(grid) for grid in workbook.grids), workbook.counted


def opened_by_others(path: str) -> bool:
    """Whether calamine, xlrd or openpyxl opens the file and finds a cell."""
    data = Path(path).read_bytes()
    return any(_opens(opener, data) for opener in (_calamine, _xlrd, _openpyxl))


def _opens(opener: Any, data: bytes) -> bool:
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            return bool(opener(data))
        except BaseException:
            return False


def _calamine(data: bytes) -> bool:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return any(book.get_sheet_by_name(name).end is not None for name in book.sheet_names)


def _xlrd(data: bytes) -> bool:
    import xlrd

    return any(sheet.nrows for sheet in xlrd.open_workbook(file_contents=data, logfile=io.StringIO()).sheets())


def _openpyxl(data: bytes) -> bool:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    return any(value is not None for sheet in book.worksheets for row in sheet.iter_rows(max_row=50, max_col=50, values_only=True) for value in row)


def disagreements(path: str) -> tuple[int, list[str]]:
    """(cells compared, those with another value) against openpyxl for .xlsx and xlrd for .xls."""
    data = Path(path).read_bytes()
    workbook = read_workbook(data)
    other = _values_openpyxl(data) if workbook.container == "xlsx" else _values_xlrd(data) if workbook.container == "xls" else {}
    compared, wrong = 0, []
    for grid in workbook.grids:
        for (row, column), theirs in other.get(grid.name, {}).items():
            mine = grid.at(row, column)
            compared += 1
            if not _same(mine, theirs) and (row, column) not in grid.uncached:
                wrong.append(f"{grid.name}!{grid.address(row, column)} {mine!r} {theirs!r}"[:120])
    return compared, wrong


def _values_openpyxl(data: bytes) -> dict[str, dict[tuple[int, int], Any]]:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    return {s.title: {(c.row - 1, c.column - 1): c.value for row in s.iter_rows() for c in row if c.value is not None} for s in book.worksheets}


def _values_xlrd(data: bytes) -> dict[str, dict[tuple[int, int], Any]]:
    import xlrd

    with contextlib.redirect_stdout(io.StringIO()):
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())
    result: dict[str, dict[tuple[int, int], Any]] = {}
    for sheet in book.sheets():
        cells = result.setdefault(sheet.name, {})
        for row in range(sheet.nrows):
            for column, cell in enumerate(sheet.row(row)):
                if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_TEXT) and cell.value != "":
                    cells[row, column] = cell.value
    return result


def _same(mine: Any, theirs: Any) -> bool:
    if isinstance(mine, ErrorValue):
        return str(mine) == str(theirs)
    if isinstance(mine, datetime | date | time | timedelta) or isinstance(theirs, datetime | date | time | timedelta):
        return mine is not None  # what is a date is decided by formats; the days themselves have tests of their own
    if isinstance(mine, bool) or isinstance(theirs, bool):
        return bool(mine) == bool(theirs)
    if isinstance(mine, int | float) and isinstance(theirs, int | float):
        return abs(mine - theirs) <= 1e-9 * max(1.0, abs(theirs))
    return str(mine or "").replace("\r\n", "\n").replace("\r", "\n").strip() == str(theirs).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "").strip()
