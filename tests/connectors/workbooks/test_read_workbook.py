"""Any container by its bytes; what a first reader loses is put back; what is no workbook is one sentence."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from catalog.grids import ErrorValue, Range
from connectors.workbooks import Refused, read_workbook

ROOT = Path(__file__).resolve().parents[3]
HOSTILE = Path(os.environ.get("HUIZONG_SHARED") or ROOT.parent / "shared") / "corpus" / "hostile"


def made(fill) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        fill(book)
    return out.getvalue()


def only_grid(fill):
    return read_workbook(made(fill)).grids[0]


def test_values_begin_at_a1_and_blanks_are_none():
    grid = only_grid(lambda book: book.add_worksheet("月报").write("B3", 5))
    assert grid.rows == [[None, None], [None, None], [None, 5]]


def test_error_cells_and_formulas_without_a_value_are_told_apart_from_blanks():
    def fill(book):
        page = book.add_worksheet()
        page.write_formula("A1", "=1/0", None, "#DIV/0!")
        page.write_formula("A2", "=SUM(B1:B9)", None, 7)
        page.write_formula("A3", "=B1", None, "")

    grid = only_grid(fill)
    assert grid.rows[0][0] == ErrorValue("#DIV/0!") and grid.rows[1][0] == 7
    assert grid.formulas[1, 0] == "SUM(B1:B9)" and (2, 0) in grid.uncached


def test_what_a_sheet_hides_is_seen():
    def fill(book):
        page = book.add_worksheet("月报")
        for row in range(4):
            page.write(row, 0, row)
            page.write(row, 1, 0.5, book.add_format({"num_format": "0.0%"}))
        page.set_row(2, None, None, {"hidden": True})
        page.set_column(1, 1, None, None, {"hidden": True})
        page.write_comment("A2", "此数未含一村")
        page.write(3, 0, "退出", book.add_format({"font_strikeout": True}))
        page.merge_range("A6:B6", "合计")
        book.add_worksheet("旧表").hide()

    workbook = read_workbook(made(fill))
    grid = workbook.grids[0]
    assert grid.hidden_rows == {2} and grid.hidden_columns == {1} and grid.struck == {(3, 0)}
    assert (0, 1) in grid.percent and grid.comments[1, 0].endswith("此数未含一村")
    assert grid.merged == (Range(5, 0, 5, 1),) and [g.visible for g in workbook.grids] == [True, False]


def test_html_called_xls_keeps_its_merged_cells_and_its_long_numbers_as_text():
    text = "<html><meta charset=gb2312><table><tr><td rowspan=2>村</td><td colspan=2>数</td></tr><tr><td>1</td><td>980112195803071015</td></tr></table>"
    grid = read_workbook(text.encode("gbk")).grids[0]
    assert grid.rows == [["村", "数", None], [None, 1, "980112195803071015"]]
    assert grid.merged == (Range(0, 0, 1, 0), Range(0, 1, 0, 2))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_csv_in_the_encodings_of_offices(encoding):
    text = "村（社区）,户数\n岚峰村,12\n合计,12\n"
    assert read_workbook(text.encode(encoding)).grids[0].rows[1] == ["岚峰村", 12]


def test_a_password_a_scan_an_archive_and_nothing_each_say_so():
    password = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 100
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.txt", "x")
    cases = {b"": "E-EMPTY", b"%PDF-1.7": "M08", password: "M05", zipped.getvalue(): "M08", b"PK\x03\x04": "M03", b"\x89PNG": "M08"}
    for data, code in cases.items():
        with pytest.raises(Refused) as caught:
            read_workbook(data)
        assert caught.value.issue.code == code and caught.value.issue.message.endswith("。")


def test_a_truncated_workbook_is_refused():
    data = made(lambda book: book.add_worksheet().write(0, 0, "x" * 5000))
    with pytest.raises(Refused):
        read_workbook(data[: len(data) // 2])


def test_a_zip_bomb_is_refused_before_it_is_inflated():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 100_000_000)
    with pytest.raises(Refused) as caught:
        read_workbook(bomb.getvalue())
    assert caught.value.issue.code == "E-BIG"


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="no corpus beside the project; set HUIZONG_SHARED")
def test_hostile_files_end_in_a_reading_or_in_a_refusal():
    """Each in one process with a bound on time and memory; nothing may crash it."""
    code = (
        "import sys, resource; from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))\n"
        "from connectors.workbooks import Refused, read_workbook\n"
        "for name in sys.stdin.read().splitlines():\n"
        "    try: read_workbook(Path(name).read_bytes())\n"
        "    except Refused: pass\n"
        "    except MemoryError: pass\n"
    )
    names = "\n".join(str(p) for p in sorted(HOSTILE.iterdir()) if p.stat().st_size < 200_000)
    done = subprocess.run([sys.executable, "-c", code], input=names, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
