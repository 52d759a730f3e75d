"""What .ods, .xlsb and .xls hide from the quick reader: errors, merges, breaks, hidden rows, formulas never worked out."""

import io
import struct
import zipfile
from datetime import date

import pytest

from catalog.grids import ErrorValue, Range, filled_cells
from connectors.workbooks import Refused, read_workbook
from connectors.workbooks.xlsb_look import look_at_xlsb
from flows.demo.ole import compound

NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in [("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"), ("fo", "xsl-fo-compatible"), ("number", "datastyle")]
) + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'  # fmt: skip


def ods(rows: str, *, styles: str = "", before: str = "", extra: dict[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {NAMES}><office:automatic-styles>{styles}</office:automatic-styles>'
            f'<office:body><office:spreadsheet><table:table table:name="月报">{rows}</table:table></office:spreadsheet></office:body></office:document-content>',
        )
        for name, text in (extra or {}).items():
            archive.writestr(name, text)
    return out.getvalue()


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


def words(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'


def figure(value: str, more: str = "", kind: str = "float", shown: str | None = None) -> str:
    return f'<table:table-cell office:value-type="{kind}" office:value="{value}"{more}><text:p>{shown or value}</text:p></table:table-cell>'


def only(data: bytes):
    book = read_workbook(data)
    assert book.counted == tuple(filled_cells(grid) for grid in book.grids)
    return book.grids[0]


def test_an_ods_error_stored_as_a_number_is_an_error_and_not_zero():
    sum_, old = ' table:formula="of:=SUM([.B1:.B3])"', ' table:formula="oooc:=1/0"'
    grid = only(ods(row(figure("0", sum_, shown="#REF!"), figure("0", old, shown="Err:502"), words("#N/A", ' calcext:value-type="error"'), figure("0", sum_))))
    assert grid.rows == [[ErrorValue("#REF!"), ErrorValue("Err:502"), ErrorValue("#N/A"), 0]]


def test_an_ods_formula_without_a_value_is_not_a_blank():
    grid = only(ods(row('<table:table-cell table:formula="of:=[.B1]"/>', figure("3"))))
    assert grid.rows == [[None, 3]] and grid.uncached == {(0, 0)}


@pytest.mark.parametrize("cell", ["12<text:line-break/>35", "12</text:p><text:p>35", "<text:span>12</text:span><text:line-break/>35"])
def test_two_lines_in_an_ods_cell_do_not_become_one_figure(cell):
    assert only(ods(row(words(cell)))).rows == [["12\n35"]]


def test_what_an_ods_sheet_merges_repeats_hides_and_notes_is_seen():
    grid = only(ods(
        '<table:table-header-rows>' + row(words("合计", ' table:number-columns-spanned="2"'), "<table:covered-table-cell/>") + "</table:table-header-rows>"
        + row(figure("5", ' table:number-columns-repeated="2"'), more=' table:number-rows-repeated="2"')
        + row('<table:table-cell office:value-type="string"><office:annotation><text:p>未含一村</text:p></office:annotation><text:p>甲<text:s text:c="2"/>乙</text:p></table:table-cell>',
              more=' table:visibility="collapse"')
        + row(figure("0.106", kind="percentage", shown="10.6%"), words("退出", ' table:style-name="out"'))
        + row('<table:table-cell office:value-type="date" office:date-value="2020-06-01"><text:p>6月1日</text:p></table:table-cell>')
        + row("<table:table-cell/>", more=' table:number-rows-repeated="1048560"'),
        styles='<style:style style:name="out" style:family="table-cell"><style:text-properties style:text-line-through-style="solid"/></style:style>',
    ))  # fmt: skip
    assert grid.rows[1:3] == [[5, 5], [5, 5]] and grid.rows[3][0] == "甲  乙" and grid.rows[5][0] == date(2020, 6, 1)
    assert grid.merged == (Range(0, 0, 0, 1),) and grid.hidden_rows == {3} and grid.comments == {(3, 0): "未含一村"}
    assert grid.percent == {(4, 0)} and grid.struck == {(4, 1)} and len(grid.rows) == 6


def test_an_ods_figure_in_the_colour_of_its_paper_and_a_row_too_low_to_read_are_seen():
    def style(name, family, inner, more=""):
        return f'<style:style style:name="{name}" style:family="{family}"{more}>{inner}</style:style>'
    white, own, blue = (f' table:style-name="{name}"' for name in ("white", "own", "blue"))
    grid = only(ods(
        row(figure("5", white), words("7", white), words("甲村", white), figure("8", own), figure("9", blue)) + row(figure("1"), more=' table:style-name="low"'),
        styles=style("white", "table-cell", '<style:text-properties fo:color="#FFFFFF"/>')
        + style("own", "table-cell", '<style:table-cell-properties fo:background-color="transparent"/>', ' style:parent-style-name="white"')
        + style("blue", "table-cell", '<style:table-cell-properties fo:background-color="#000080"/>', ' style:parent-style-name="white"')
        + style("low", "table-row", '<style:table-row-properties style:row-height="0.05cm"/>'),
    ))  # fmt: skip
    assert grid.rescaled == {(0, 0), (0, 3)} and grid.partly_struck == {(0, 1)} and grid.hidden_rows == {1}


def test_the_word_that_a_format_shows_behind_a_figure_is_seen_in_an_ods():
    households = '<number:number-style style:name="N1"><number:number number:min-integer-digits="1"/><number:text>户</number:text></number:number-style>'
    styles = '<style:style style:name="hh" style:family="table-cell" style:data-style-name="N1"/><style:style style:name="big" style:family="table-cell" style:parent-style-name="hh"/>'
    grid = only(ods(row(figure("5", ' table:style-name="hh"', shown="5户"), figure("6"), figure("7", ' table:style-name="big"', shown="7户")), styles=households + styles))
    assert grid.worded == {(0, 0): "户", (0, 2): "户"} and grid.rows == [[5, 6, 7]] and grid.rescaled == set()


@pytest.mark.parametrize(("main", "other", "condition", "rescaled"), [
    ("-0", "0", "value()&gt;=0", False), ("(0)", "0", "value()&gt;=0", False), ("0", "(0)", "value()&lt;0", False), ("0", "-0", "value()&lt;0", False),
    ("(0)", None, "", True), ("-0", None, "", True), ("0", "(0)", "value()&gt;=0", True),
])  # fmt: skip
def test_what_an_ods_format_shows_of_figures_less_than_nothing_is_honest(main, other, condition, rescaled):
    def shape(name, signs, more=""):
        before, _, after = signs.partition("0")
        return f'<number:number-style style:name="{name}"><number:text>{before}</number:text><number:number/><number:text>{after}</number:text>{more}</number:number-style>'
    turned = f'<style:map style:condition="{condition}" style:apply-style-name="N1P0"/>' if other else ""
    styles = (shape("N1P0", other) if other else "") + shape("N1", main, turned) + '<style:style style:name="a" style:family="table-cell" style:data-style-name="N1"/>'
    assert only(ods(row(figure("5", ' table:style-name="a"', shown="5")), styles=styles)).rescaled == ({(0, 0)} if rescaled else set())


def test_an_ods_with_entities_a_password_or_a_billion_cells_is_refused():
    with pytest.raises(Refused):
        read_workbook(ods(row(words("&a;")), before='<!DOCTYPE x [<!ENTITY a "5">]>'))
    with pytest.raises(Refused) as locked:
        read_workbook(ods(row(words("甲")), extra={"META-INF/manifest.xml": "<manifest:encryption-data/>"}))
    assert locked.value.issue.code == "M05"
    with pytest.raises(Refused) as large:
        read_workbook(ods(row(figure("1", ' table:number-columns-repeated="9999999"'))))
    assert large.value.issue.code == "E-BIG"


def brt(code: int, body: bytes = b"") -> bytes:
    head = bytes([code]) if code < 128 else bytes([code & 0x7F | 0x80, code >> 7])
    return head + bytes([len(body) & 0x7F | (0x80 if len(body) > 127 else 0)]) + (bytes([len(body) >> 7]) if len(body) > 127 else b"") + body


def xlsb_of(sheet: bytes, styles: bytes) -> bytes:
    """A workbook of one sheet 月报, of these records."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.bin", brt(156, struct.pack("<III", 0, 1, 4) + "rId1".encode("utf-16-le") + struct.pack("<I", 2) + "月报".encode("utf-16-le")))
        archive.writestr("xl/_rels/workbook.bin.rels", '<Relationship Id="rId1" Target="worksheets/sheet1.bin"/>')
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
        archive.writestr("xl/styles.bin", styles)
    return out.getvalue()


def test_what_calamine_leaves_out_of_xlsb_is_looked_for():
    wide = "rId1".encode("utf-16-le")
    name = "月报".encode("utf-16-le")
    sheet = b"".join([
        brt(60, struct.pack("<IIIIH", 1, 1, 2304, 0, 1)), brt(0, struct.pack("<IIHBB", 0, 0, 300, 0, 0)),
        brt(3, struct.pack("<IIB", 0, 0, 0x17)), brt(5, struct.pack("<IId", 1, 1, 0.106)), brt(11, struct.pack("<IIB", 2, 0, 0x07)), brt(5, struct.pack("<IId", 3, 2, 76.0)),
        brt(0, struct.pack("<IIHBB", 1, 0, 300, 0, 0x10)), brt(161, bytes(16)), brt(176, struct.pack("<IIII", 0, 1, 2, 3)),
    ])  # fmt: skip
    shape = '0"户"'
    styles = b"".join([
        brt(44, struct.pack("<HI", 170, len(shape)) + shape.encode("utf-16-le")),
        brt(43, struct.pack("<HH", 220, 0)), brt(43, struct.pack("<HH", 220, 8)), brt(617, struct.pack("<I", 2)),
        brt(47, struct.pack("<HHH", 0, 0, 0)), brt(47, struct.pack("<HHH", 0, 10, 1)), brt(47, struct.pack("<HHH", 0, 170, 0)), brt(618),
    ])  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.bin", brt(156, struct.pack("<III", 0, 1, 4) + wide + struct.pack("<I", 2) + name))
        archive.writestr("xl/_rels/workbook.bin.rels", '<Relationship Id="rId1" Target="worksheets/sheet1.bin"/>')
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
        archive.writestr("xl/styles.bin", styles)
    (look,) = look_at_xlsb(out.getvalue())
    assert look.errors == {(0, 0): "#REF!", (0, 2): "#DIV/0!"} and look.merged == (Range(0, 2, 1, 3),)
    assert look.hidden_rows == {1} and look.hidden_columns == {1} and look.filtered
    assert look.percent == {(0, 1)} and look.struck == {(0, 1)} and look.worded == {(0, 3): "户"}


def test_what_an_xlsb_writes_in_the_colour_of_its_paper_or_too_small_to_read_is_looked_for():
    def font(*colour):
        return brt(43, struct.pack("<HHHHBBBB", 220, 0, 400, 0, 0, 0, 0, 0) + bytes(colour))
    white, blue = (5, 0, 0, 0, 255, 255, 255, 255), (5, 0, 0, 0, 0, 0, 128, 255)
    styles = b"".join([
        font(1, 0, 0, 0, 0, 0, 0, 0), font(*white), font(7, 0, 0, 0, 0, 0, 0, 0), brt(45, struct.pack("<I", 0) + bytes(16)), brt(45, struct.pack("<I", 1) + bytes(blue) + bytes(8)),
        brt(617, struct.pack("<I", 4)), *(brt(47, struct.pack("<HHHH", 0, 0, of, on)) for of, on in ((0, 0), (1, 0), (2, 0), (1, 1))), brt(618),
    ])  # fmt: skip
    sheet = b"".join([
        brt(60, struct.pack("<IIIIH", 4, 4, 200, 0, 0)), brt(0, struct.pack("<IIHBB", 0, 0, 300, 0, 0)), *(brt(5, struct.pack("<IId", n, n, 5.0)) for n in range(4)),
        brt(0, struct.pack("<IIHBB", 1, 0, 60, 0, 0)),
    ])  # fmt: skip
    (look,) = look_at_xlsb(xlsb_of(sheet, styles))
    assert look.inkless == {(0, 1), (0, 2)} and look.hidden_rows == {1} and look.hidden_columns == {4}


def test_what_spreadsheetml_centres_shrinks_or_writes_in_the_colour_of_its_paper_is_seen():
    styles = """<Style ss:ID="w"><Font ss:Color="#FFFFFF"/></Style><Style ss:ID="b" ss:Parent="w"><Interior ss:Color="#000080" ss:Pattern="Solid"/></Style>
    <Style ss:ID="c"><Alignment ss:Horizontal="CenterAcrossSelection"/></Style>"""
    def cell(value, style, kind="Number"):
        return f'<Cell ss:StyleID="{style}">' + (f'<Data ss:Type="{kind}">{value}</Data>' if value else "") + "</Cell>"
    rows = f'<Row>{cell("拆除违建", "c", "String")}{cell("", "c")}{cell("", "c")}</Row><Row ss:Height="3">{cell(5, "w")}{cell("7", "w", "String")}{cell(8, "b")}</Row>'
    data = f"""<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
    <Styles>{styles}</Styles><Worksheet ss:Name="月报"><Table><Column ss:Index="3" ss:Width="0.75"/>{rows}</Table></Worksheet></Workbook>"""
    grid = only(data.encode())
    assert grid.centred == (Range(0, 0, 0, 2),) and grid.rescaled == {(1, 0)} and grid.partly_struck == {(1, 1)}
    assert grid.hidden_rows == {1} and grid.hidden_columns == {2}


def biff(*records: tuple[int, bytes]) -> bytes:
    return b"".join(struct.pack("<HH", code, len(body)) + body for code, body in records)


def bare_xls(result: bytes) -> bytes:
    """A BIFF8 stream as a reporting system writes it: 5 in A1, a formula with the stored result in B1."""
    return xls_of((0x0203, struct.pack("<HHHd", 0, 0, 0, 5.0)), (0x0006, struct.pack("<HHH", 0, 1, 0) + result + bytes(6) + struct.pack("<H", 5) + b"\x44" + struct.pack("<HH", 0, 0xC000)))


def xls_of(*cells: tuple[int, bytes]) -> bytes:
    sheet = biff((0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0x0600)), *cells, (0x000A, b""))
    bound = struct.pack("<IBB", 0, 0, 0) + bytes([2, 1]) + "月报".encode("utf-16-le")
    head = biff((0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0x0600)), (0x0042, struct.pack("<H", 1200)), (0x0085, bound), (0x000A, b""))
    return head.replace(bound, struct.pack("<I", len(head)) + bound[4:]) + sheet


def test_an_xls_formula_a_program_never_worked_out_is_not_zero():
    assert only(bare_xls(struct.pack("<d", 5.0))).rows == [[5, 5]]
    grid = only(bare_xls(bytes(8)))
    assert grid.rows == [[5, None]] and grid.uncached == {(0, 1)}


def test_m04_an_et_is_known_by_its_bytes():
    book = read_workbook(compound({"Workbook": bare_xls(struct.pack("<d", 5.0))}))
    assert book.container == "xls" and book.grids[0].rows == [[5, 5]]


def test_m05_a_password_of_an_old_workbook_is_said():
    head, rest = bare_xls(bytes(8))[:20], bare_xls(bytes(8))[20:]
    with pytest.raises(Refused) as caught:
        read_workbook(head + biff((0x002F, struct.pack("<HHH", 0, 0x1234, 0x5678))) + rest)
    assert caught.value.issue.code == "M05"


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_m03_a_spoilt_first_part_is_refused_whatever_it_was_packed_with(method):
    """An error that only one of the packers raises ended the night."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet" * 20)
    for sign in (0, 0x41, 0xFF):
        for begins in (38, 42):  # behind the header of the part and its name; behind what says how LZMA packed it
            spoilt = bytearray(buffer.getvalue())
            spoilt[begins : begins + 12] = bytes([sign]) * 12
            with pytest.raises(Refused):
                read_workbook(bytes(spoilt))


@pytest.mark.parametrize("flipped", ["一村", "图"])
def test_m03_a_flipped_bit_anywhere_in_an_ods_is_refused_and_not_read_as_another_village(flipped):
    data = ods(row(words("一村")), extra={"Pictures/1": "图"})
    assert only(data).rows == [["一村"]]
    with pytest.raises(Refused) as caught:
        read_workbook(data.replace(flipped.encode(), flipped.replace(flipped[0], "二").encode()))
    assert caught.value.issue.code == "M03"


@pytest.mark.parametrize("style", ['style:text-line-through-type="single"', 'style:text-line-through-style="solid"', 'style:text-position="33% 58%"'])
def test_a_part_struck_or_raised_in_an_ods_text_is_seen(style):
    styles = f'<style:style style:name="T1" style:family="text"><style:text-properties {style}/></style:style>'
    grid = only(ods(row(words('4<text:span text:style-name="T1">1</text:span>')), styles=styles))
    assert grid.partly_struck == {(0, 0)}


NUMBERED = 'xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"'


@pytest.mark.parametrize(("shape", "percent", "rescaled"), [
    ('<number:number-style {}><number:number number:display-factor="1000"/></number:number-style>', False, True),
    ("<number:number-style {}><number:number/><number:text>万</number:text></number:number-style>", False, True),
    ("<number:number-style {}><number:number><number:embedded-text>.</number:embedded-text></number:number></number:number-style>", False, True),
    ("<number:number-style {}><number:number/><number:text>户</number:text></number:number-style>", False, False),
    ("<number:percentage-style {}><number:number/><number:text>%</number:text></number:percentage-style>", True, False),
])  # fmt: skip
def test_a_format_of_an_ods_that_shows_another_number_is_seen(shape, percent, rescaled):
    styles = shape.format(f'{NUMBERED} style:name="N1"') + (
        '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/>'
        '<style:style style:name="ce2" style:family="table-cell" style:parent-style-name="ce1"/>'
    )
    grid = only(ods(row(figure("12345", ' table:style-name="ce1"'), figure("1", ' table:style-name="ce2"'), figure("2")), styles=styles))
    assert (grid.percent == {(0, 0), (0, 1)}, grid.rescaled == {(0, 0), (0, 1)}) == (percent, rescaled)


@pytest.mark.parametrize(("shape", "percent", "rescaled"), [("0.0,", set(), {(0, 0)}), (r"\-0", set(), {(0, 0)}), (r"0;\-0", set(), set()), ("0%", {(0, 0)}, set()), ('0"%"', set(), set()), ('0"户"', set(), set())])
def test_a_format_of_an_xlsb_that_shows_another_number_is_seen(shape, percent, rescaled):
    sheet = brt(0, struct.pack("<IIHBB", 0, 0, 300, 0, 0)) + brt(5, struct.pack("<IId", 0, 1, 12345.0)) + brt(5, struct.pack("<IId", 1, 0, 7.0))
    styles = b"".join([
        brt(44, struct.pack("<HI", 170, len(shape)) + shape.encode("utf-16-le")), brt(43, struct.pack("<HH", 220, 0)), brt(617, struct.pack("<I", 2)),
        brt(47, struct.pack("<HHH", 0, 0, 0)), brt(47, struct.pack("<HHH", 0, 170, 0)), brt(618),
    ])  # fmt: skip
    (look,) = look_at_xlsb(xlsb_of(sheet, styles))
    assert (look.percent, look.rescaled) == (percent, rescaled)


def test_a_comment_in_an_xlsb_is_seen():
    words_ = "未含石湾村"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.bin", brt(156, struct.pack("<III", 0, 1, 4) + "rId1".encode("utf-16-le") + struct.pack("<I", 2) + "月报".encode("utf-16-le")))
        archive.writestr("xl/_rels/workbook.bin.rels", '<Relationship Id="rId1" Target="worksheets/sheet1.bin"/>')
        archive.writestr("xl/worksheets/sheet1.bin", brt(0, struct.pack("<IIHBB", 0, 0, 300, 0, 0)) + brt(5, struct.pack("<IId", 1, 0, 7.0)))
        archive.writestr("xl/worksheets/_rels/sheet1.bin.rels", '<Relationship Id="rId1" Target="../comments1.bin"/>')
        archive.writestr("xl/comments1.bin", brt(635, struct.pack("<IIIII", 0, 3, 3, 2, 2) + bytes(16))
                         + brt(637, b"\0" + struct.pack("<I", len(words_)) + words_.encode("utf-16-le")))  # fmt: skip
    assert [look.comments for look in look_at_xlsb(out.getvalue())] == [{(3, 2): words_}]


@pytest.mark.parametrize(("shown", "another"), [("", True), ("TRUE", True), ("12.3", True), ("12345.0", False), ("12,345", False), ("一万二千", False), ("12345户", False)])
def test_an_ods_cell_that_shows_another_number_than_it_keeps_is_seen(shown, another):
    cell = f'<table:table-cell office:value-type="float" office:value="12345"><text:p>{shown}</text:p></table:table-cell>'
    assert (only(ods(row(cell))).rescaled == {(0, 0)}) is another


@pytest.mark.parametrize(("places", "named"), [([(65535, 255)], "IV65536"), ([(65535, 0), (0, 255)], "A65536")])
def test_a_far_cell_of_an_xls_is_named(places, named):
    with pytest.raises(Refused) as caught:
        read_workbook(xls_of(*((0x0203, struct.pack("<HHHd", *at, 0, 5.0)) for at in [(0, 0), (1, 1), *places])))
    assert caught.value.issue.code == "E-BIG" and caught.value.issue.found == named


@pytest.mark.parametrize(("cell", "unseen", "partly"), [
    ("<td><font color=#FFFFFF>12</font></td>", True, False), ("<td style='color:white'>12</td>", True, False), ("<td class=a>12</td>", True, False),
    ("<td style='color: rgb(255, 255, 255)'>12</td>", True, False), ("<td bgcolor=#4472c4><font color=white>12</font></td>", False, False),
    ("<td style='background:#000;color:#fff'>12</td>", False, False), ("<td><font color=#fff>1</font>2</td>", False, True), ("<td><font color=white>0</font></td>", False, False),
])  # fmt: skip
def test_a_figure_of_a_page_that_is_white_on_white_is_no_figure_anybody_saw(cell, unseen, partly):
    style = "<style>.a {color:white; border:none}</style>"
    grid = only(f"<html><meta charset=utf-8>{style}<table><tr><td>村</td><td>户</td></tr><tr><td>甲</td>{cell}</tr></table></html>".encode())
    assert (grid.rescaled == {(1, 1)}, grid.partly_struck == {(1, 1)}) == (unseen, partly)
