"""How many cells of each sheet hold something, counted from the bytes by another way than the one that reads them.

The cell ledger is held against these numbers (DESIGN §2.1): a reader that drops a cell is found out. .xlsx is counted by
``xlsx_look`` while it has the XML at hand.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

from lxml import etree
from xlrd.compdoc import CompDoc

from connectors.workbooks.far import far_cells

_HEAD = struct.Struct("<HH")
_BOF = frozenset([0x0009, 0x0209, 0x0409, 0x0809])
_EOF, _BOUNDSHEET, _MULRK, _STRING = 0x000A, 0x0085, 0x00BD, frozenset([0x0007, 0x0207])
_FORMULA = frozenset([0x0006, 0x0206, 0x0406])
_LABEL, _PLAIN = frozenset([0x0004, 0x0204, 0x00D6]), frozenset([0x0002, 0x0003, 0x0203, 0x027E, 0x0205, 0x0005])
_LABELSST = 0x00FD


def tally_xls(data: bytes) -> list[int]:
    """BIFF2 to BIFF8, one number per worksheet in the order of the workbook."""
    stream = _stream(data)
    empty = _empty_strings(stream)
    return [_biff_cells(stream, start, empty) for start in _sheets(stream)]


def zero_formulas(data: bytes) -> list[frozenset[tuple[int, int]]]:
    """Formulas whose stored result is the number 0, for each worksheet in the order of the workbook."""
    stream = _stream(data)
    return [
        frozenset(
            struct.unpack_from("<HH", body) for code, body, depth in _records(stream, start)
            if code in _FORMULA and depth == 1 and len(body) >= 14 and body[6:14] == bytes(8)
        )
        for start in _sheets(stream)
    ]  # fmt: skip


def _stream(data: bytes) -> bytes:
    if data[:2] != b"\xd0\xcf":
        return data
    file = CompDoc(data, logfile=io.StringIO())
    return bytes(file.get_named_stream("Workbook") or file.get_named_stream("Book") or b"")


def _sheets(stream: bytes) -> list[int]:
    """Where the substream of each worksheet begins."""
    starts = [struct.unpack_from("<I", body)[0] for code, body, _ in _records(stream, 0) if code == _BOUNDSHEET and body[5] == 0]
    return starts or [0]


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes, int]]:
    """(code, body, depth of the substream) until the substream that begins at ``start`` ends."""
    at, depth = start, 0
    while at + 4 <= len(stream):
        code, length = _HEAD.unpack_from(stream, at)
        if code in _BOF:
            depth += 1
        yield code, stream[at + 4 : at + 4 + length], depth
        if code == _EOF:
            depth -= 1
            if depth <= 0:
                return
        at += 4 + length


def _empty_strings(stream: bytes) -> frozenset[int]:
    """Numbers of the shared texts that are empty. Texts after the first CONTINUE are not looked at: they count as filled."""
    for code, body, _ in _records(stream, 0):
        if code == 0x00FC:
            found, at, number = set(), 8, 0
            while at + 3 <= len(body):
                length, flags = struct.unpack_from("<HB", body, at)
                at += 3
                runs = struct.unpack_from("<H", body, at)[0] if flags & 8 and at + 2 <= len(body) else 0
                at += 2 if flags & 8 else 0
                extra = struct.unpack_from("<I", body, at)[0] if flags & 4 and at + 4 <= len(body) else 0
                at += 4 if flags & 4 else 0
                if not length:
                    found.add(number)
                at += length * (2 if flags & 1 else 1) + 4 * runs + extra
                number += 1
            return frozenset(found)
    return frozenset()


def _biff_cells(stream: bytes, start: int, empty: frozenset[int]) -> int:
    filled: set[tuple[int, int]] = set()
    waiting: tuple[int, int] | None = None
    for code, body, depth in _records(stream, start):
        if depth != 1 or len(body) < 4:
            continue
        at = struct.unpack_from("<HH", body)
        if code in _STRING:
            if waiting and struct.unpack_from("<H", body)[0]:
                filled.add(waiting)
            waiting = None
        elif code == _MULRK:
            filled.update((at[0], at[1] + i) for i in range((len(body) - 6) // 6))
        elif code in _FORMULA and len(body) >= 14:
            text = body[12:14] == b"\xff\xff"
            waiting = at if text and body[6] == 0 else None
            if not text or body[6] in (1, 2):
                filled.add(at)
        elif _holds(code, body, empty):
            filled.add(at)
    return len(filled)


def _holds(code: int, body: bytes, empty: frozenset[int]) -> bool:
    if code == _LABELSST:
        return struct.unpack_from("<I", body, 6)[0] not in empty
    return (code in _PLAIN and len(body) >= 7) or (code in _LABEL and _has_text(code, body))


def _has_text(code: int, body: bytes) -> bool:
    if code == 0x0004:
        return len(body) > 7 and body[7] > 0
    return len(body) >= 8 and struct.unpack_from("<H", body, 6)[0] > 0


def tally_xlsb(data: bytes) -> list[int]:
    """One number per worksheet, in the order of its part's number."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [len(xlsb_cells(archive.read(name))) for name in xlsb_sheets(archive)]


def far_cells_of_xlsb(data: bytes) -> list[tuple[tuple[int, int], ...]]:
    """For each worksheet the cells too far from the others to be read."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [far_cells(list(xlsb_cells(archive.read(name)))) for name in xlsb_sheets(archive)]


def xlsb_sheets(archive: zipfile.ZipFile) -> list[str]:
    """The worksheets' parts in the order of the workbook."""
    relations = dict(re.findall(rb'Id="([^"]+)"[^>]*Target="([^"]+)"', _relations(archive)))
    relations |= {b: a for a, b in re.findall(rb'Target="([^"]+)"[^>]*Id="([^"]+)"', _relations(archive))}
    result = []
    for code, body in brt_records(archive.read("xl/workbook.bin")):
        if code == 156:  # BrtBundleSh: state, id, relation, name
            length = struct.unpack_from("<I", body, 8)[0]
            target = relations.get(body[12 : 12 + 2 * length].decode("utf-16-le").encode(), b"").decode()
            if target.startswith(("worksheets/", "/xl/worksheets/")):
                result.append(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
    return result


def _relations(archive: zipfile.ZipFile) -> bytes:
    return archive.read("xl/_rels/workbook.bin.rels")


def xlsb_cells(part: bytes) -> dict[tuple[int, int], int]:
    """Position → kind of record, for the cells of a sheet that hold something."""
    cells, row = {}, -1
    for code, body in brt_records(part):
        if code == 0:
            row = struct.unpack_from("<I", body)[0]
        elif 2 <= code <= 11:
            empty = code in (6, 8) and not struct.unpack_from("<I", body, 8)[0]
            if not empty:
                cells[row, struct.unpack_from("<I", body)[0]] = code
    return cells


def brt_records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """(record number, body) of a binary part."""
    at = 0
    while at < len(part):
        code = part[at]
        at += 1
        if code & 0x80:
            code = (code & 0x7F) | (part[at] << 7)
            at += 1
        length = shift = 0
        for _ in range(4):
            byte = part[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield code, part[at : at + length]
        at += length


_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def tally_ods(data: bytes) -> list[int]:
    """One number per sheet; a repeated cell counts as often as it stands there."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = etree.fromstring(archive.read("content.xml"), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    result = []
    for table in root.iter(f"{_TABLE}table"):
        count = 0
        for row in table.iter(f"{_TABLE}table-row"):
            here = sum(
                int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
                for cell in row if cell.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell") and _ods_filled(cell)
            )  # fmt: skip
            count += here * int(row.get(f"{_TABLE}number-rows-repeated", "1"))
        result.append(count)
    return result


def _ods_filled(cell: etree._Element) -> bool:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind is None:
        return cell.get(f"{_TABLE}formula") is not None
    return kind != "string" or bool(cell.get(f"{_OFFICE}string-value")) or any("".join(str(t) for t in p.itertext()) for p in cell.iter(f"{_TEXT}p"))


def tally_spreadsheetml(data: bytes) -> list[int]:
    """One number per worksheet: cells with data, or with a formula that has none."""
    ss = "{urn:schemas-microsoft-com:office:spreadsheet}"
    counts: list[int] = []
    for event, element in etree.iterparse(io.BytesIO(data.lstrip(b" \r\n\t")), events=("start", "end"), resolve_entities=False, no_network=True):
        if event == "start" and element.tag == f"{ss}Worksheet":
            counts.append(0)
        elif event == "end" and element.tag == f"{ss}Cell":
            held = [child for child in element if child.tag == f"{ss}Data"]
            counts[-1] += bool("".join(str(t) for t in held[0].itertext())) if held else element.get(f"{ss}Formula") is not None
    return counts


class _Cells(HTMLParser):
    """Own text of every td and th, table by table; a nested table's text is its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[str]] = []
        self.nesting: list[bool] = []
        self._open: list[int] = []
        self._in: list[bool] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            if self._open:
                self.nesting[self._open[-1]] = True
            self.tables.append([])
            self.nesting.append(False)
            self._open.append(len(self.tables) - 1)
            self._in.append(False)
        elif tag in ("td", "th") and self._open:
            self.tables[self._open[-1]].append("")
            self._in[-1] = True
        elif tag == "tr" and self._open:
            self._in[-1] = False
        elif tag in ("script", "style"):
            self._silent += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open:
            self._open.pop()
            self._in.pop()
        elif tag in ("td", "th", "tr") and self._open:
            self._in[-1] = False
        elif tag in ("script", "style"):
            self._silent = max(0, self._silent - 1)

    def handle_data(self, data: str) -> None:
        if self._open and self._in[-1] and not self._silent:
            self.tables[self._open[-1]][-1] += data


def tally_html(text: str) -> list[int]:
    """One number per table that is not mere layout of others."""
    parser = _Cells()
    parser.feed(text)
    parser.close()
    counts = [sum(bool(cell.strip().strip("\xa0").strip()) for cell in table) for table in parser.tables]
    return [count for count, layout in zip(counts, parser.nesting, strict=True) if count or not layout]



def tally_text(text: str, separator: str) -> list[int]:
    """Fields of a text table that hold more than blanks, counted line by line as they stand.

    A text in quotation marks is one field where the marks stand as a program sets them; over several lines only where it does not
    hold as many separators as a whole line has: rows that a stray mark swallows are counted as rows.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    usual = Counter(line.count(separator) for line in text.split("\n") if line.strip()).most_common(1)[0][0] if text.strip() else 0
    mark = re.escape(separator)

    def one(match: re.Match[str]) -> str:
        inside = match[1]
        if "\n" in inside and inside.count(separator) >= max(1, usual):
            return inside
        return "x" if inside.strip() else ""

    plain = re.sub(rf'(?:(?<=[{mark}\n])|\A)"((?:[^"]|"")*+)"(?=[{mark}\n]|\Z)', one, text)
    return [sum(bool(field.strip()) for line in plain.split("\n") for field in line.split(separator))]
