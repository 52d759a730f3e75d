"""Any container by its bytes; what a first reader loses is put back; what is no workbook is one sentence."""

import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from catalog.grids import ErrorValue, Range
from connectors.documents import BadForm, fill_form
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


@pytest.mark.parametrize(("shape", "percent", "rescaled"), [
    ("0.0%", True, False), ('0.0"%"', False, False), (r"0.0\%", False, False), ('General"%"', False, False), ("0.0_%", False, False),
    ('0.0;[Red]-0.0"%"', False, False), ('0.0%"（同比）"', True, False), ('0.0"%";-0.0%', True, True), ("0.0%;0.0%;-", True, False),
])  # fmt: skip
def test_a_percent_sign_in_quotes_is_a_letter_and_leaves_the_number_as_it_stands(shape, percent, rescaled):
    """Excel shows 10.6 as 10.6% by the first of these that are not percent, and as 1060.0% by 0.0%."""
    grid = only_grid(lambda book: book.add_worksheet("月报").write(0, 0, 10.6, book.add_format({"num_format": shape})))
    assert (bool(grid.percent), bool(grid.rescaled)) == (percent, rescaled)


def test_m07_html_called_xls_keeps_its_merged_cells_and_its_long_numbers_as_text():
    text = "<html><meta charset=gb2312><table><tr><td rowspan=2>村</td><td colspan=2>数</td></tr><tr><td>1</td><td>980112195803071015</td></tr></table>"
    grid = read_workbook(text.encode("gbk")).grids[0]
    assert grid.rows == [["村", "数", None], [None, 1, "980112195803071015"]]
    assert grid.merged == (Range(0, 0, 1, 0), Range(0, 1, 0, 2))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_csv_in_the_encodings_of_offices(encoding):
    text = "村（社区）,户数\n岚峰村,12\n合计,12\n"
    assert read_workbook(text.encode(encoding)).grids[0].rows[1] == ["岚峰村", 12]


def test_m05_m08_a_password_a_scan_an_archive_and_nothing_each_say_so():
    password = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 100
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.txt", "x")
    cases = {b"": "E-EMPTY", b"%PDF-1.7": "M08", password: "M05", zipped.getvalue(): "M08", b"PK\x03\x04": "M03", b"\x89PNG": "M08"}
    for data, code in cases.items():
        with pytest.raises(Refused) as caught:
            read_workbook(data)
        assert caught.value.issue.code == code and caught.value.issue.message.endswith("。")
    for data, kind in {b"%PDF-1.7 text only": "PDF", b"\x89PNG": "图片", b"Rar!": "压缩包", zipped.getvalue(): "压缩包"}.items():
        with pytest.raises(Refused, match=kind):
            read_workbook(data)


def test_m03_a_truncated_workbook_is_refused():
    data = made(lambda book: book.add_worksheet().write(0, 0, "x" * 5000))
    with pytest.raises(Refused):
        read_workbook(data[: len(data) // 2])


@pytest.mark.parametrize(("strays", "named"), [
    (("A1048576",), "A1048576"), (("XFD5", "A1048576"), "A1048576"), (("XFD20000",), "XFD20000"), (("XFD100", "AB200000"), "AB200000"), (("XFD300", "T300000", "XFD200"), "T300000、XFD300"),
])  # fmt: skip
def test_a_cell_in_the_far_corner_is_named_and_costs_nothing(strays, named):
    def fill(book):
        page = book.add_worksheet("月报")
        for cell in ("A1", "B2", *strays):
            page.write(cell, "x")

    with pytest.raises(Refused) as caught:
        read_workbook(made(fill))
    assert caught.value.issue.code == "E-BIG" and caught.value.issue.found == named


def test_a_stray_cell_that_is_not_so_far_is_read():
    assert only_grid(lambda book: book.add_worksheet("月报").write("C60000", "x")).rows[59999] == [None, None, "x"]


def test_a_zip_bomb_is_refused_before_it_is_inflated():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 100_000_000)
    with pytest.raises(Refused) as caught:
        read_workbook(bomb.getvalue())
    assert caught.value.issue.code == "E-BIG"


def rewritten(data: bytes, change, moved=lambda name: name) -> bytes:
    """The same package with some bytes of its parts changed, as another writer would have put them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as package:
        for name in old.namelist():
            package.writestr(moved(name), change(name, old.read(name)))
    return out.getvalue()


def an_error_in_a_hidden_row(book):
    page = book.add_worksheet("月报")
    page.write_formula("B2", "=1/0", None, "#DIV/0!")
    page.set_row(1, None, None, {"hidden": True})


@pytest.mark.parametrize("writer", ["single quotes", "other folder", "no addresses", "prefix"])
def test_the_look_does_not_depend_on_how_the_xml_was_written(writer):
    def change(name, xml):
        if not name.endswith((".xml", ".rels")):
            return xml
        if writer == "single quotes" and ("sheet1" in name or "workbook" in name):
            return xml.replace(b'"', b"'")
        if writer == "other folder" and name.endswith("workbook.xml.rels"):
            return xml.replace(b"worksheets/", b"")
        if writer == "no addresses" and "sheet1" in name:
            return re.sub(rb'<c r="B2"', b'<c r="A2"/><c', xml)
        if writer == "prefix" and "sheet1" in name:
            return re.sub(rb"<(/?)(?=[a-z])(?!\?)", rb"<\1x:", xml).replace(b"xmlns=", b"xmlns:x=")
        return xml

    moved = (lambda name: name.replace("worksheets/", "")) if writer == "other folder" else (lambda name: name)
    grid = read_workbook(rewritten(made(an_error_in_a_hidden_row), change, moved)).grids[0]
    assert grid.at(1, 1) == ErrorValue("#DIV/0!") and grid.hidden_rows == {1} and grid.formulas[1, 1] == "1/0"


def with_spoilt(part: str) -> bytes:
    """A package whose part ``part`` is no deflated stream any more."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, "application/vnd.oasis.opendocument.spreadsheet" * 3)
        start = archive.getinfo(part).header_offset + 30 + len(part)
    data = bytearray(out.getvalue())
    data[start : start + 4] = b"\xff" * 4
    return bytes(data)


def test_m03_a_spoilt_stream_is_refused_before_anybody_reads_it():
    with pytest.raises(Refused) as refusal:
        read_workbook(with_spoilt("mimetype"))
    assert refusal.value.issue.code == "M03"


def test_an_office_form_with_a_spoilt_stream_is_one_sentence():
    with pytest.raises(BadForm, match="打不开"):
        fill_form(with_spoilt("xl/workbook.xml"), lambda text: None)


def test_m03_a_flipped_bit_in_the_shared_texts_is_refused_and_not_read_as_another_village():
    stored = rewritten(made(lambda book: book.add_worksheet().write("A1", "一村")), lambda _, xml: xml)
    assert read_workbook(stored).grids[0].rows == [["一村"]]
    with pytest.raises(Refused) as caught:
        read_workbook(stored.replace("一村".encode(), "二村".encode()))
    assert caught.value.issue.code == "M03"


def test_a_sheet_in_utf_16_is_refused_because_it_would_read_as_empty():
    def change(name, xml):
        return xml.decode().replace("UTF-8", "UTF-16").encode("utf-16") if name.endswith("sheet1.xml") else xml

    with pytest.raises(Refused):
        read_workbook(rewritten(made(an_error_in_a_hidden_row), change))


def html_grids(body: str):
    return read_workbook(f"<html><meta charset=utf-8>{body}</html>".encode()).grids


@pytest.mark.parametrize("cell", ["12<br>35", "12<br/>35", "<p>12</p><p>35</p>", "<div>12</div>\n<div>35</div>"])
def test_two_lines_in_an_html_cell_do_not_become_one_figure(cell):
    assert html_grids(f"<table><tr><td>村</td><td>{cell}</td></tr></table>")[0].rows == [["村", "12\n35"]]


def test_a_table_inside_a_layout_table_is_read_as_a_table():
    grids = html_grids("<table><tr><td><table><tr><td>村</td><td>5</td></tr></table></td></tr></table>")
    assert [(g.name, g.index, g.rows) for g in grids] == [("Sheet1", 0, [["村", 5]])]


def test_a_span_past_the_end_stops_there_and_a_bomb_of_spans_is_refused():
    assert html_grids("<table><tr><td rowspan=99>a</td></tr></table>")[0].merged == ()
    row = "<tr>" + "<td rowspan=1000 colspan=1000>x</td>" * 50 + "</tr>"
    with pytest.raises(Refused) as caught:
        html_grids(f"<table>{row * 200}</table>")
    assert caught.value.issue.code == "E-BIG"


SPREADSHEETML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Styles><Style ss:ID="p"><NumberFormat ss:Format="0.0%"/></Style></Styles>
<Worksheet ss:Name="月报"><Table><Row><Cell ss:MergeAcross="1"><Data ss:Type="String">标题</Data></Cell></Row>
<Row ss:Index="3" ss:Hidden="1"><Cell><Data ss:Type="String">岚峰村</Data></Cell><Cell ss:Index="3" ss:StyleID="p"><Data ss:Type="Number">0.5</Data></Cell>
<Cell><Data ss:Type="Error">#REF!</Data></Cell></Row></Table></Worksheet></Workbook>"""


def test_spreadsheetml_is_read_and_not_taken_for_an_empty_page():
    workbook = read_workbook(SPREADSHEETML.encode())
    grid = workbook.grids[0]
    assert workbook.container == "xml" and grid.name == "月报" and grid.merged == (Range(0, 0, 0, 1),)
    assert grid.rows[2] == ["岚峰村", None, 0.5, ErrorValue("#REF!")]
    assert grid.percent == {(2, 2)} and grid.hidden_rows == {2}


@pytest.mark.parametrize("where", ["cell", "row", "column", "parent"])
def test_a_format_of_spreadsheetml_that_shows_another_number_is_seen(where):
    said = {at: ' ss:StyleID="k"' if at == where else "" for at in ("cell", "row", "column")} | ({"cell": ' ss:StyleID="child"'} if where == "parent" else {})
    text = f"""<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
    <Styles><Style ss:ID="k"><NumberFormat ss:Format="0.0,"/></Style><Style ss:ID="child" ss:Parent="k"/><Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style></Styles>
    <Worksheet ss:Name="月报"><Table><Column{said["column"]}/><Row{said["row"]}><Cell{said["cell"]}><Data ss:Type="Number">12345</Data></Cell>
    <Cell ss:StyleID="p"><Data ss:Type="Number">0.5</Data></Cell></Row></Table></Worksheet></Workbook>"""
    grid = read_workbook(text.encode()).grids[0]
    assert grid.rescaled == {(0, 0)} and grid.percent == {(0, 1)}


def test_spreadsheetml_resolves_no_entity(tmp_path):
    (tmp_path / "secret").write_text("口令")
    entity = f'<!DOCTYPE Workbook [<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    text = SPREADSHEETML.replace("<Workbook", entity + "<Workbook", 1).replace("标题", "&x;")
    assert "口令" not in str(read_workbook(text.encode()).grids[0].rows)


def test_text_cut_within_a_character_is_refused():
    with pytest.raises(Refused) as caught:
        read_workbook(b"\xef\xbb\xbf" + "村,户数\n岚峰村,12\n".encode() + b"\xe6\x9d")
    assert caught.value.issue.code == "M03"


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


def test_a_text_struck_through_in_part_is_told():
    def fill(book):
        page = book.add_worksheet()
        page.write_rich_string(0, 0, "12", book.add_format({"font_strikeout": True}), "0", "5")
        page.write_string(1, 0, "125")

    grid = only_grid(fill)
    assert (grid.rows[0][0], grid.partly_struck) == ("1205", frozenset([(0, 0)]))


def test_cells_are_counted_without_the_reader():
    def fill(book):
        page = book.add_worksheet()
        page.write_row("A1", ["a", "", None, 0, 2.5, True])
        page.write_formula("B3", "=A1", None, "")
        page.write_blank("C3", None, book.add_format({"bold": True}))
        page.write_formula("D3", "=1/0", None, "#DIV/0!")

    workbook = read_workbook(made(fill))
    assert workbook.counted == (6,)


@pytest.mark.parametrize("text", ["a,b\n1,\"2,5\"\n", "a\tb\n\"say \"\"x\"\"\"\t \n", "a,b\r\n1,\"two\nlines\"\r\n"])
def test_fields_of_a_text_are_counted_without_the_reader(text):
    from catalog.grids import filled_cells

    workbook = read_workbook(text.encode())
    assert workbook.counted == tuple(filled_cells(grid) for grid in workbook.grids)
