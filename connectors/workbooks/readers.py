"""Which reader reads a file's bytes; what it does not tell is put back beside the cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from catalog.grids import CellValue, ErrorValue, Grid, Position, Workbook, spread_over
from catalog.issues import Refused
from connectors.workbooks import calamine
from connectors.workbooks.containers import broken, container_of, password, refuse, verify
from connectors.workbooks.far import too_far
from connectors.workbooks.xlsx_display import figures_among, figures_within
from connectors.workbooks.xlsx_look import Look, look_at
from connectors.workbooks.xlsx_stretches import is_long, read_long


def read(data: bytes) -> Workbook:
    """As :func:`connectors.workbooks.read_workbook`."""
    container = container_of(data)
    try:
        return _xlsx(data) if container == "xlsx" else _another(container, data)
    except (Refused, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except calamine.TooLarge as large:
        raise refuse("E-BIG", f"工作表“{large}”用到的区域过大，请删去表外的内容后报送。", "过大") from None
    except BaseException as error:  # noqa: BLE001 - calamine's PanicException is a BaseException
        if "password" in str(error).lower() or "encrypted" in str(error).lower():
            raise password() from None
        raise broken() from None


def _xlsx(data: bytes) -> Workbook:
    if is_long(data) and (sheets := read_long(data)) is not None:
        read = [_shown(Grid(s.look.name, index, s.rows, s.look.visible, s.merged), s.look) for index, s in enumerate(sheets)]
        return Workbook("xlsx", tuple(read), tuple(s.look.filled for s in sheets))
    looks = look_at(data)
    for seen in looks:
        if seen.far:
            raise too_far(seen.name, seen.far)
    whole = calamine.read_sheets(data)
    by_name = {look.name: look for look in looks}
    grids, counted = [], []
    for index, sheet in enumerate(whole):
        look = by_name.get(sheet.name) or (looks[index] if len(looks) == len(whole) else None)
        if look is None:
            raise broken()  # a sheet read without the look would show its error cells as blanks, and nobody would know
        grids.append(_looked(Grid(sheet.name, index, sheet.rows, sheet.visible, sheet.merged), look))
        counted.append(look.filled)
    return Workbook("xlsx", tuple(grids), tuple(counted))


def _another(container: str, data: bytes) -> Workbook:
    """Of the rarer containers each brings its own libraries, when one comes: who checks one .xlsx need not wait for them."""
    from connectors.workbooks import tally

    match container:
        case "html":
            from connectors.workbooks.markup import read_html
            from connectors.workbooks.texts import decode

            return Workbook("html", read_html(data), tuple(tally.tally_html(decode(data))))
        case "xml":
            from connectors.workbooks.spreadsheetml import read_spreadsheetml

            return Workbook("xml", read_spreadsheetml(data), tuple(tally.tally_spreadsheetml(data)))
        case "text":
            from connectors.workbooks.texts import read_text, separated

            return Workbook("csv", read_text(data), tuple(tally.tally_text(*separated(data))))
        case "xls":
            from connectors.workbooks.biff import read_xls

            return Workbook("xls", read_xls(data), tuple(tally.tally_xls(data)))
        case "xlsb":
            return _xlsb(data)
        case _:
            from connectors.workbooks.opendocument import read_ods

            verify(data)
            return Workbook("ods", read_ods(data), tuple(tally.tally_ods(data)))


def _xlsb(data: bytes) -> Workbook:
    from connectors.workbooks import tally
    from connectors.workbooks.xlsb_look import look_at_xlsb

    verify(data)
    for number, far in enumerate(tally.far_cells_of_xlsb(data), 1):
        if far:
            raise too_far(f"第{number}张", far)
    sheets, looks = calamine.read_sheets(data), look_at_xlsb(data)
    grids = []
    for index, (sheet, look) in enumerate(zip(sheets, looks, strict=True)):
        numbers, texts = figures_among(sheet.rows, look.inkless)
        grid = Grid(
            sheet.name, index, sheet.rows, sheet.visible, look.merged, look.hidden_rows, look.hidden_columns, look.filtered,
            look.comments, percent=look.percent, rescaled=look.rescaled | numbers, struck=look.struck, partly_struck=texts, worded=look.worded,
        )  # fmt: skip
        _put_errors(sheet.rows, look.errors)
        grids.append(grid)
    return Workbook("xlsb", tuple(grids), tuple(tally.tally_xlsb(data)))


def _put_errors(rows: list[list[CellValue]], errors: Mapping[Position, str]) -> None:
    for (row, column), code in errors.items():
        _extend(rows, row, column)
        rows[row][column] = ErrorValue(code)


def _looked(grid: Grid, look: Look) -> Grid:
    """Put back what the first reader lost: error cells, formulas without a value, what is hidden."""
    rows = cast("list[list[CellValue]]", grid.rows)
    _put_errors(rows, look.errors)
    for (row, column), text in look.texts.items():
        _extend(rows, row, column)
        rows[row][column] = text
    for row, column in look.uncached:
        _extend(rows, row, column)
        rows[row][column] = None
    return _shown(grid, look)


def _shown(grid: Grid, look: Look) -> Grid:
    """The sheet with all that is remarkable about its cells beside their values."""
    numbers, texts = figures_among(grid.rows, look.inkless) if look.inkless else (look.inkless, look.inkless)
    shown, percent = look.on_condition
    rescaled = numbers.union(figures_within(grid.rows, shown), set(figures_within(grid.rows, percent)) - look.percent)
    return replace(
        grid, visible=look.visible, merged=grid.merged or look.merged, hidden_rows=look.hidden_rows,
        hidden_columns=look.hidden_columns, filtered=look.filtered, comments=look.comments, formulas=look.formulas,
        uncached=look.uncached, percent=look.percent, rescaled=look.rescaled | rescaled, struck=look.struck,
        partly_struck=look.partly_struck | texts, coloured=look.coloured, centred=spread_over(grid.rows, look.centred), worded=look.worded,
    )  # fmt: skip


def _extend(rows: list[list[CellValue]], row: int, column: int) -> None:
    width = max(column + 1, len(rows[0]) if rows else 0)
    while len(rows) <= row:
        rows.append([None] * width)
    for cells in rows:
        cells.extend([None] * (width - len(cells)))
