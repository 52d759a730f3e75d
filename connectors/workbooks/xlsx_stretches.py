"""A very long sheet of an .xlsx, read a stretch of rows at a time: what it takes goes by a stretch, not by the sheet.

Each stretch becomes a small workbook of its own, with the sheet's head, those of the shared texts that it refers to, and the
original styles; it is read and looked at as any workbook is, so nothing is understood otherwise than in one piece. Whatever is not
plainly a row after a row is left to be read in one piece.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from catalog.grids import CellValue, ErrorValue, Range
from catalog.packed import Packed, PackedRows
from connectors.workbooks import calamine
from connectors.workbooks.far import allowed_area
from connectors.workbooks.xlsx_display import HEADING_ROWS
from connectors.workbooks.xlsx_look import Look, look_at, worksheets_of

LONG = 32 << 20
"""Bytes of a sheet's XML from which on it is read so: some 70,000 rows of a ledger."""
_STRETCH = 1 << 20
_MUCH = 2 << 20
"""Bytes that every stretch may carry along, and that may follow the rows."""
_SHARED = "xl/sharedstrings.xml"
_BEGIN = re.compile(rb"<(\w+:)?sheetData\s*>")
_SI = re.compile(rb"<si\b[^>]*?(?:/>|>.*?</si>)", re.DOTALL)
_ROW = re.compile(rb'<(?:\w+:)?row r="(\d{1,7})"')
_CELL = re.compile(rb'<(?:\w+:)?c r="[A-Z]{1,3}(\d{1,7})"')
_WIDE = re.compile(rb'r="[A-Z]{3}\d')
_ROWS = 20_000
"""A stretch reaches over no more rows, or columns beyond ZZ: whoever reads it needs room for all blanks between."""
_ODD = (b"<!", b"<?", b"='")
"""Comments, marked sections, single quotation marks; and below, of attributes, blanks beside their sign."""
_LOOSE = tuple(sign for blank in (b" ", b"\n", b"\t", b"\r") for sign in (b"=" + blank, blank + b"="))
_OF_TEXT = re.compile(rb' t="s"(><(?:\w+:)?v>)(\d+)(?=<)')
_PROLOGUE = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>")


class _NotPlain(Exception):
    """The sheet is read in one piece."""


@dataclass(slots=True)
class Long:
    """A sheet read in stretches; ``look`` is put together of those at its stretches."""

    rows: PackedRows
    look: Look
    merged: tuple[Range, ...]


def is_long(data: bytes) -> bool:
    """Whether a worksheet of this file is so long that it should be read in stretches."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(info.file_size >= LONG and "sheets/" in info.filename.lower() for info in archive.infolist())


def read_long(data: bytes) -> list[Long] | None:
    """Every worksheet; None where the file is better read in one piece. Raises as the readers do."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        try:
            return _read(archive)
        except _NotPlain:
            return None


def _read(archive: zipfile.ZipFile) -> list[Long]:
    names = {name.lower(): name for name in archive.namelist()}
    sheets = worksheets_of(archive, names)
    parts = {part.lower().lstrip("/"): number for number, (_, part) in enumerate(sheets)}
    if len(parts) != len(sheets) or not parts.keys() <= names.keys():
        raise _NotPlain
    carried = ("[content_types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml")
    if sum(archive.getinfo(names[name]).file_size for name in carried if name in names) > _MUCH:
        raise _NotPlain
    frame = {names[name]: archive.read(names[name]) for name in carried if name in names}
    texts = Packed(_shared_texts(archive.open(names[_SHARED]))) if _SHARED in names else None
    beside = [name for name in names if name not in carried and name != _SHARED and name not in parts]
    said = {names[name]: archive.read(names[name]) for name in beside if archive.getinfo(names[name]).file_size <= _MUCH and name.endswith((".xml", ".rels", ".vml"))}
    if any(name not in {known.lower() for known in said} and ("comments" in name or "drawing" in name) and name.endswith((".xml", ".rels")) for name in beside):
        raise _NotPlain
    result = []
    for part, number in parts.items():
        one = _OneSheet(sheets[number][0], number, names[part], frame, texts, names.get(_SHARED, "xl/sharedStrings.xml"))
        with archive.open(names[part]) as stream:
            result.append(one.read(stream, said))
    return result


def _shared_texts(stream: IO[bytes]) -> Iterator[bytes]:
    """The shared texts as they stand in the file, one element each."""
    rest = b""
    first = True
    while True:
        read = stream.read(_STRETCH)
        rest += read
        if first:
            rest = _PROLOGUE.sub(b"", rest)
            first = False
        end = rest.rfind(b"</si>") + len(b"</si>") if read else len(rest)
        if read and end < len(b"</si>"):
            if len(rest) > 2 * _MUCH:
                raise _NotPlain
            continue
        part, rest = rest[:end], rest[end:]
        found = _SI.findall(part)
        if _has(part, _ODD) or len(found) != len(re.findall(rb"<(?:\w+:)?si\b", part)):
            raise _NotPlain
        yield from found
        if not read:
            return


@dataclass(slots=True)
class _OneSheet:
    name: str
    number: int
    part: str
    frame: dict[str, bytes]
    texts: Packed[bytes] | None
    shared: str
    look: Look | None = None
    lowest: int = -1
    """The last row so far."""
    widths: set[int] = field(default_factory=set)
    merged: tuple[Range, ...] = ()

    def read(self, stream: IO[bytes], said: dict[str, bytes]) -> Long:
        """``said``: what stands in other parts of the file, comments among them; looked at once."""
        rows = PackedRows(self._rows(stream, said))
        if len(self.widths) > 1:
            width = max(self.widths)
            rows = PackedRows(row + [None] * (width - len(row)) for row in rows)
        assert self.look is not None
        if rows and max(self.widths) > allowed_area(self.look.filled) // len(rows):
            raise _NotPlain  # cells far from the others: which ones is told in one piece
        return Long(rows, self.look, self.merged)

    def _rows(self, stream: IO[bytes], said: dict[str, bytes]) -> Iterator[list[CellValue]]:
        for count, (sheet, first, last) in enumerate(_stretches(stream)):
            book = self._book(sheet, said if not count else {})
            look = look_at(book, far=False)[self.number]
            if look.name != self.name:
                raise _NotPlain
            if count == 0:
                self.look = look
            else:
                assert self.look is not None
                _add(self.look, look)
            try:
                top, rows, self.merged = calamine.read_part(book, self.name)
            except calamine.TooLarge:
                raise _NotPlain from None  # what is far from the others is told in one piece
            if rows and not (first <= top and top + len(rows) - 1 <= last):
                raise _NotPlain
            top, rows = _put_back(top, rows, look)
            if not rows:
                continue
            if top <= self.lowest:
                raise _NotPlain
            width = len(rows[0])
            self.widths.add(width)
            blank: list[CellValue] = [None] * width
            yield from (blank for _ in range(self.lowest + 1, top))
            yield from rows
            self.lowest = top + len(rows) - 1

    def _book(self, sheet: bytes, said: dict[str, bytes]) -> bytes:
        """A workbook with these rows alone."""
        shared = b""
        if _has(sheet, _LOOSE):
            raise _NotPlain
        if wanted := sheet.count(b't="s"'):
            pieces = _OF_TEXT.split(sheet)
            if len(pieces) // 3 != wanted or self.texts is None:
                raise _NotPlain
            numbers = {number: int(number) for number in set(pieces[2::3])}
            if max(numbers.values()) >= len(self.texts):
                raise _NotPlain
            ordered = sorted(numbers, key=numbers.__getitem__)
            local = {number: b"%d" % n for n, number in enumerate(ordered)}
            pieces[1::3] = [b' t="s"' + between for between in pieces[1::3]]
            pieces[2::3] = [local[number] for number in pieces[2::3]]
            sheet = b"".join(pieces)
            shared = b"".join([self.texts[numbers[number]] for number in ordered])
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as book:
            for name, content in (*self.frame.items(), *said.items()):
                book.writestr(name, content)
            if self.texts is not None:
                book.writestr(self.shared, b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%b</sst>' % shared)
            book.writestr(self.part, sheet)
        return out.getvalue()


def _stretches(stream: IO[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """(a sheet with some of the rows, the first and the last of them, from 0); what stands behind the rows goes with the last."""
    buffer = stream.read(_STRETCH)
    begin = _BEGIN.search(buffer)
    if begin is None:
        raise _NotPlain
    head, prefix = buffer[: begin.end()], begin[1] or b""
    if _has(_PROLOGUE.sub(b"", head), _ODD):
        raise _NotPlain
    close = b"</%bsheetData>" % prefix
    foot = close + b"</%bworksheet>" % prefix
    buffer = buffer[begin.end() :]
    start, last = b"<%brow " % prefix, -1
    while True:
        read = stream.read(_STRETCH)
        buffer += read
        end = buffer.find(close)
        if end >= 0:
            tail = buffer[end:] + stream.read(_MUCH)
            if stream.read(1):
                raise _NotPlain
            if _has(tail, _ODD):
                raise _NotPlain
            _, first, below = _checked(buffer[:end], prefix, last)
            yield head + buffer[:end] + tail, first, below
            return
        cut = buffer.rfind(start)
        if not read or len(buffer) > 2 * _MUCH:
            raise _NotPlain
        if cut <= 0:
            continue
        rows, first, last = _checked(buffer[:cut], prefix, last)
        buffer = buffer[cut:]
        yield head + rows + foot, first, last


def _checked(rows: bytes, prefix: bytes, before: int) -> tuple[bytes, int, int]:
    """(the rows, first, last), every row and cell with its address, one below the other."""
    numbers = [int(number) - 1 for number in _ROW.findall(rows)]
    cell = b"<%bc" % prefix
    addressed = rows.count(cell + b" r=") == rows.count(cell + b" ") + rows.count(cell + b">")
    ascending = all(a < b for a, b in zip([before, *numbers], numbers, strict=False))
    near = {int(number) - 1 for number in set(_CELL.findall(rows))} <= set(numbers) and (not numbers or numbers[-1] - numbers[0] < _ROWS) and not _WIDE.search(rows)
    if _has(rows, _ODD) or not addressed or not ascending or not near or len(numbers) != rows.count(b"<%brow" % prefix):
        raise _NotPlain
    return rows, numbers[0] if numbers else before, numbers[-1] if numbers else before


def _has(xml: bytes, signs: tuple[bytes, ...]) -> bool:
    return any(sign in xml for sign in signs)


def _put_back(top: int, rows: list[list[CellValue]], look: Look) -> tuple[int, list[list[CellValue]]]:
    """What the first reader lost, as :func:`connectors.workbooks.read_workbook` puts it back into a whole sheet."""
    places = [*look.errors, *look.texts, *look.uncached]
    if not places:
        return top, rows
    lowest, highest = max(r for r, _ in places), min(r for r, _ in places)
    width = max([len(rows[0]) if rows else 0, *(c + 1 for _, c in places)])
    if not rows:
        top = highest
    blank: list[CellValue] = [None] * width
    rows = [blank.copy() for _ in range(highest, top)] + [row + blank[len(row) :] for row in rows]
    top = min(top, highest)
    rows += [blank.copy() for _ in range(top + len(rows), lowest + 1)]
    for (r, c), code in look.errors.items():
        rows[r - top][c] = ErrorValue(code)
    for (r, c), text in look.texts.items():
        rows[r - top][c] = text
    for r, c in look.uncached:
        rows[r - top][c] = None
    return top, rows


def _add(look: Look, other: Look) -> None:
    """What is remarkable about further rows of the same sheet."""
    look.hidden_rows |= other.hidden_rows
    look.filtered, look.merged, look.on_condition = other.filtered, other.merged, other.on_condition
    for mine, new in ((look.errors, other.errors), (look.texts, other.texts), (look.formulas, other.formulas)):
        mine.update(new)
    for at, text in other.comments.items():
        look.comments.setdefault(at, text)
    for name in ("uncached", "percent", "rescaled", "struck", "partly_struck", "coloured", "inkless"):
        if new := getattr(other, name):
            setattr(look, name, getattr(look, name) | new)
    look.centred |= frozenset(at for at in other.centred if at[0] < HEADING_ROWS)
    look.filled += other.filled
