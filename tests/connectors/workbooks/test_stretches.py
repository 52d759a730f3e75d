"""A very long sheet read a stretch at a time says what it says in one piece."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime

import pytest
import xlsxwriter

from catalog.grids import Workbook
from catalog.packed import Packed
from connectors.workbooks import read_workbook, xlsx_stretches


def book(rows: int = 300, tamper: Callable[[bytes], bytes] = lambda xml: xml) -> bytes:
    """A sheet with all that a reader may see: days, percents, formulas, errors, struck cells, merges, comments, hidden rows, gaps."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        page, day, share, gone = made.add_worksheet("台账"), made.add_format({"num_format": "yyyy-mm-dd"}), made.add_format({"num_format": "0%"}), made.add_format({"font_strikeout": True})
        page.merge_range("A1:D1", "清单")
        for row in range(1, rows):
            if row % 50 == 7:
                continue
            page.write_row(row, 0, [row, f"第{row}号", f"同{row % 5}"])
            page.write_datetime(row, 3, datetime(2020, 6, 1 + row % 28), day)
            page.write(row, 4, 0.25 if row % 9 else 3, share if row % 3 else gone)
            if row % 40 == 5:
                page.write_formula(row, 5, "=A1+1", None, row)
                page.write_formula(row, 6, "=1/0", None, "#DIV/0!")
                page.set_row(row, None, None, {"hidden": True})
                page.write_comment(row, 1, "核对")
        page.write(rows + 20, 7, "末行")
        other = made.add_worksheet("说明")
        other.write(2, 2, "只有一格")
    return with_part(out.getvalue(), "xl/worksheets/sheet1.xml", tamper)


def with_part(data: bytes, name: str, tamper: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, tamper(old.read(part)) if part == name else old.read(part))
    return out.getvalue()


def in_stretches(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Workbook:
    with monkeypatch.context() as small:
        small.setattr(xlsx_stretches, "LONG", 0)
        small.setattr(xlsx_stretches, "_STRETCH", 1500)
        return read_workbook(data)


def alike(one: Workbook, other: Workbook) -> bool:
    def told(workbook: Workbook) -> list[object]:
        return [
            (grid.name, [[(type(v), v) for v in row] for row in grid.rows], *(getattr(grid, name) for name in grid.__slots__ if name != "rows"))
            for grid in workbook.grids
        ]  # fmt: skip

    return told(one) == told(other) and one.counted == other.counted and one.container == other.container


def test_in_stretches_a_sheet_is_what_it_is_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    data = book()
    read = in_stretches(data, monkeypatch)
    assert isinstance(read.grids[0].rows, Packed)
    assert alike(read, read_workbook(data))


@pytest.mark.parametrize(("of", "to"), [
    (b'<row r="100"', b"<row"), (b'<c r="A100"', b"<c"), (b'<c r="A100"', b"<!-- --><c r=\"A100\""), (b'<row r="100"', b'<row r="90"'),
    (b't="s"><v>', b"t='s'><v>"), (b't="s"><v>', b't = "s"><v>'), (b'<c r="A100"', b'<c r="A250"'), (b't="s"><v>', b't="s"><f>A1</f><v>'),
])  # fmt: skip
def test_what_is_not_plainly_row_after_row_is_read_in_one_piece(of: bytes, to: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    data = book(tamper=lambda xml: xml.replace(of, to))
    assert alike(in_stretches(data, monkeypatch), read_workbook(data))
    assert not isinstance(in_stretches(data, monkeypatch).grids[0].rows, Packed)


def test_a_far_cell_is_named_in_a_long_sheet_too(monkeypatch: pytest.MonkeyPatch) -> None:
    data = book(tamper=lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'))
    with pytest.raises(Exception, match="XFD1048576 离表太远"):
        in_stretches(data, monkeypatch)
