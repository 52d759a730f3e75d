"""Old .xls (and .et, which is BIFF8 inside): calamine's values, and xlrd for what they hide.

A limit: xlrd tells nothing of formats on condition (CONDFMT, CF; [MS-XLS] §2.4.56, §2.4.42), so a number that a condition shows
divided, as percent or not at all is read as it is stored. In .xlsx it is asked about (``xlsx_display``). Excel before 2007 had no
number formats on condition.
"""

from __future__ import annotations

import io
import struct
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import datetime

import xlrd

from catalog.grids import CellValue, ErrorValue, Grid, Position, Range, rescales, shown_word, shows_percent, spread_over
from catalog.issues import Refused
from connectors.workbooks import calamine
from connectors.workbooks.containers import broken, password, refuse
from connectors.workbooks.far import far_cells, too_far
from connectors.workbooks.tally import zero_formulas
from connectors.workbooks.xlsx_display import HEADING_ROWS, figures_among

MAX_AREA = 8_000_000
"""Cells from A1 to the last one; calamine spends 90 bytes on each, be it empty."""
_SUMMARY = "\x05SummaryInformation".encode("utf-16-le")
_CODEPAGE_1252 = struct.pack("<HHH", 0x0042, 2, 1252)
_CODEPAGE_1200 = struct.pack("<HHH", 0x0042, 2, 1200)


def read_xls(data: bytes) -> tuple[Grid, ...]:
    """Raises :class:`Refused` for a password (FILEPASS) or a file neither reader can open."""
    biff8 = "Workbook".encode("utf-16-le") in data  # before it, the code page does say how texts are written
    cured = data.replace(_CODEPAGE_1252, _CODEPAGE_1200) if biff8 and _CODEPAGE_1252 in data[: 1 << 20] else data
    book = _second_look(cured)
    zeros = _not_calculated(cured)
    if book is not None and (wide := next((s for s in book.sheets() if s.nrows * s.ncols > MAX_AREA), None)) is not None:
        raise _too_wide(wide)
    try:
        sheets = calamine.read_sheets(cured)
    except calamine.TooLarge:
        raise broken() from None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            raise password() from None
        if book is None:
            raise broken() from None
        return _calculated([_grid_of(book, index) for index in range(book.nsheets)], zeros)
    by_name = {book.sheet_by_index(i).name: i for i in range(book.nsheets)} if book is not None else {}
    grids = [_with_look(sheet, index, book, by_name.get(sheet.name)) for index, sheet in enumerate(sheets)]
    return _calculated(grids, zeros)


def _too_wide(sheet: xlrd.sheet.Sheet) -> Refused:
    """The refusal of a sheet that reaches too far, by the cells that make it so; formats alone may reach as far."""
    empty = (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK)
    held = [(r, c) for r in range(sheet.nrows) if any(types := sheet.row_types(r)) for c, kind in enumerate(types) if kind not in empty]
    far = far_cells(held)
    return too_far(sheet.name, far) if far else refuse("E-BIG", f"工作表“{sheet.name}”用到的区域过大，请删去表外的内容后报送。", "过大")


def _calculated(grids: list[Grid], zeros: list[frozenset[Position]]) -> tuple[Grid, ...]:
    """The grids, formulas that were never worked out without a value."""
    result = list(grids)
    for number, uncached in enumerate(zeros[: len(grids)]):
        if uncached:
            rows = list(result[number].rows)
            for row, column in uncached:
                _put(rows, row, column, None)
            result[number] = replace(result[number], rows=rows, uncached=uncached)
    return tuple(result)


def _second_look(data: bytes) -> xlrd.book.Book | None:
    with redirect_stdout(io.StringIO()):
        for formatting in (True, False):
            try:
                return xlrd.open_workbook(file_contents=data, formatting_info=formatting, logfile=io.StringIO())
            except xlrd.XLRDError as error:
                if "encrypted" in str(error).lower():
                    raise password() from None
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001 - xlrd raises anything on hostile files; calamine may still read them
                continue
    return None


def _with_look(sheet: calamine.Sheet, index: int, book: xlrd.book.Book | None, number: int | None) -> Grid:
    if book is None or number is None:
        return Grid(sheet.name, index, sheet.rows, sheet.visible, sheet.merged)
    look = book.sheet_by_index(number)
    rows = sheet.rows
    for r in range(min(look.nrows, len(rows))):
        types = look.row_types(r)
        for c, kind in enumerate(types):
            if kind == xlrd.XL_CELL_ERROR:
                _put(rows, r, c, ErrorValue(xlrd.error_text_from_code.get(look.cell_value(r, c), "#ERROR")))
    percent, rescaled, struck = _formats(book, look)
    numbers, texts = figures_among(rows, _inkless(book, look))
    return Grid(
        sheet.name, index, rows, look.visibility == 0, sheet.merged or _merged(look),
        frozenset(r for r, info in look.rowinfo_map.items() if info.hidden or (not info.has_default_height and info.height < _LOW)),
        frozenset(c for c, info in look.colinfo_map.items() if (info.hidden or info.width < _NARROW) and c < 500),
        bool(getattr(look, "has_autofilter", False)) or any(info.hidden for info in look.rowinfo_map.values()),
        {position: note.text for position, note in look.cell_note_map.items()},
        percent=percent, rescaled=rescaled | numbers, struck=struck, partly_struck=_apart(book, look) | texts,
        centred=spread_over(rows, _centred(book, look)), worded=_worded(book, look),
    )  # fmt: skip


_LOW, _NARROW = 100, 256
"""Rows lower than 5 points (in twentieths), columns narrower than a digit (in 256ths of one), show nothing."""
_ACROSS_SELECTION = 6
"""Horizontal alignment of an XF record ([MS-XLS] §2.5.138)."""


def _centred(book: xlrd.book.Book, look: xlrd.sheet.Sheet) -> set[Position]:
    """Cells of the first rows, blank ones too, whose words are centred over the blank cells beside them (跨列居中)."""
    styles = {i for i, xf in enumerate(book.xf_list) if xf.alignment.hor_align == _ACROSS_SELECTION} if book.formatting_info else set()
    return {(r, c) for r in range(min(look.nrows, HEADING_ROWS)) for c in range(look.row_len(r)) if look.cell_xf_index(r, c) in styles} if styles else set()


def _worded(book: xlrd.book.Book, look: xlrd.sheet.Sheet) -> dict[Position, str]:
    """Numbers behind which their format shows a word."""
    shapes = {key: word for key, shape in book.format_map.items() if (word := shown_word(shape.format_str or ""))} if book.formatting_info else {}
    styles = {i: shapes[xf.format_key] for i, xf in enumerate(book.xf_list) if xf.format_key in shapes} if shapes else {}
    return {(r, c): styles[i] for r in range(look.nrows) for c in range(look.row_len(r)) if (i := look.cell_xf_index(r, c)) in styles} if styles else {}


def _inkless(book: xlrd.book.Book, look: xlrd.sheet.Sheet) -> frozenset[Position]:
    """Cells whose letters have the colour of what they stand on."""
    if not book.formatting_info:
        return frozenset()
    inks = [book.colour_map.get(font.colour_index) or (0, 0, 0) for font in book.font_list]
    papers = {0: lambda xf: (255, 255, 255), 1: lambda xf: book.colour_map.get(xf.background.pattern_colour_index)}
    styles = {
        i for i, xf in enumerate(book.xf_list)
        if xf.font_index < len(inks) and (paper := papers.get(xf.background.fill_pattern, lambda xf: None)(xf)) is not None and inks[xf.font_index] == paper
    }  # fmt: skip
    return frozenset((r, c) for r in range(look.nrows) for c in range(look.row_len(r)) if look.cell_xf_index(r, c) in styles) if styles else frozenset()


def _apart(book: xlrd.book.Book, look: xlrd.sheet.Sheet) -> frozenset[Position]:
    """Texts of which a part is struck through, raised or lowered."""
    fonts = {i for i, font in enumerate(book.font_list) if font.struck_out or font.escapement} if book.formatting_info else set()
    return frozenset(at for at, runs in look.rich_text_runlist_map.items() if any(font in fonts for _, font in runs))


def _not_calculated(data: bytes) -> list[frozenset[Position]]:
    """Formulas of each sheet that a program wrote with the result 0 because it did not work them out.

    Reporting systems (POI, xlwt) write so; an office program stores true results and a summary of the document.
    """
    if _SUMMARY in data or data[:2] not in (b"\xd0\xcf", b"\x09\x08"):
        return []
    return zero_formulas(data)


def _put(rows: list[list[CellValue]], row: int, column: int, value: CellValue) -> None:
    if column < len(rows[row]):
        rows[row][column] = value


def _merged(look: xlrd.sheet.Sheet) -> tuple[Range, ...]:
    return tuple(Range(top, left, bottom - 1, right - 1) for top, bottom, left, right in look.merged_cells)


def _formats(book: xlrd.book.Book, look: xlrd.sheet.Sheet) -> tuple[frozenset[Position], frozenset[Position], frozenset[Position]]:
    """(shown as percent, shown as another number, struck through)."""
    if not book.formatting_info:
        return frozenset(), frozenset(), frozenset()
    shapes = [getattr(book.format_map.get(xf.format_key), "format_str", "") for xf in book.xf_list]
    percent_styles = {i for i, shape in enumerate(shapes) if shows_percent(shape)}
    rescaled_styles = {i for i, shape in enumerate(shapes) if rescales(shape)}
    struck_styles = {i for i, xf in enumerate(book.xf_list) if xf.font_index < len(book.font_list) and book.font_list[xf.font_index].struck_out}
    if not percent_styles and not rescaled_styles and not struck_styles:
        return frozenset(), frozenset(), frozenset()
    percent: set[Position] = set()
    rescaled: set[Position] = set()
    struck: set[Position] = set()
    for r in range(look.nrows):
        for c, kind in enumerate(look.row_types(r)):
            if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                continue
            style = look.cell_xf_index(r, c)
            for styles, found in ((percent_styles, percent), (rescaled_styles, rescaled), (struck_styles, struck)):
                if style in styles:
                    found.add((r, c))
    return frozenset(percent), frozenset(rescaled), frozenset(struck)


def _grid_of(book: xlrd.book.Book, index: int) -> Grid:
    """xlrd's own values, where calamine gave up."""
    look = book.sheet_by_index(index)
    rows = [[_xlrd_value(book, look, r, c) for c in range(look.ncols)] for r in range(look.nrows)]
    return _with_look(calamine.Sheet(look.name, look.visibility == 0, rows, _merged(look)), index, book, index)


def _xlrd_value(book: xlrd.book.Book, look: xlrd.sheet.Sheet, row: int, column: int) -> CellValue:
    kind, value = look.cell_type(row, column), look.cell_value(row, column)
    if kind == xlrd.XL_CELL_NUMBER:
        return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)
    if kind == xlrd.XL_CELL_DATE:
        try:
            return datetime(*xlrd.xldate_as_tuple(value, book.datemode))  # noqa: DTZ001 - a sheet's date has no zone
        except (xlrd.XLDateError, ValueError):
            return float(value)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    return str(value) if kind == xlrd.XL_CELL_TEXT and value != "" else None
