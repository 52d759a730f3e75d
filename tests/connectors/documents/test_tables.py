"""Workbooks for people: text is text, figures are exact, pages print."""

import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest

from connectors.documents import Cell, Chart, ChartPage, Column, Series, TableSheet, write_tables

AT = datetime(2020, 7, 19, 18, tzinfo=UTC)
COLUMNS = (Column("指标", 20), Column("本期", 14))


def page(rows, **more):
    data = write_tables([TableSheet("表", more.pop("title", "题"), COLUMNS, rows, **more)], AT)
    return openpyxl.load_workbook(io.BytesIO(data))["表"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_text_never_becomes_a_formula(text):
    made = page([[text, 1]], title=text, unit_line=text, notes=(text,))
    for address in ("A1", "B2", "A4", "A5"):
        assert (made[address].value, made[address].data_type) == (text, "s")


def test_what_a_sheet_cannot_hold_is_left_out():
    assert page([["甲\x0b乙\x00", 1]])["A3"].value == "甲乙"


@pytest.mark.parametrize(("value", "form"), [(Decimal("1246800000"), "0"), (Decimal("5832.5"), "0.0"), (Decimal("123456789012"), "0"), (7, "0")])
def test_figures_are_numbers_with_all_their_digits(value, form):
    cell = page([["甲", value]])["B3"]
    assert (cell.data_type, cell.number_format, Decimal(str(cell.value))) == ("n", form, value)


def test_an_x_is_red():
    assert page([["甲", Cell("X", "missing")]])["B3"].fill.fgColor.rgb.endswith("FFC7CE")


def test_a_sheet_prints_on_landscape_a4_with_its_heading_on_every_page():
    made = page([["甲", 1]] * 3, unit_line="单位：元")
    assert (made.page_setup.orientation, made.page_setup.paperSize, made.page_setup.fitToHeight) == ("landscape", 9, 0)
    assert made.print_title_rows == "$1:$3" and made.freeze_panes == "B4" and made.print_area.endswith("$A$1:$B$6")


def small(name, rows, **more):
    return TableSheet(name, f"{name}表", COLUMNS, rows, group="一", **more)


def test_small_tables_of_one_group_share_a_page():
    """Two rows on a sheet of paper are a waste of it; a heading above the wrong columns would be worse."""
    rows = [["甲", 1], ["乙", 2]]
    cover = TableSheet("封面", "题", COLUMNS, [[Cell("去", link="分月"), 1]])
    page = ChartPage("图", [Chart("column", "数", [Series("本期", "分月", (0, 0, 1, 0), (0, 1, 1, 1))])])
    data = write_tables([cover, small("本期", rows, unit_line="单位：元", notes=("注",)), small("分月", rows), TableSheet("别的", "题", COLUMNS, rows)], AT, [page])
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["封面", "本期", "别的", "图表"]
    both = book["本期"]
    assert [both.cell(r, 1).value for r in range(1, 12)] == ["本期表", None, "指标", "甲", "乙", "注", None, "分月表", "指标", "甲", "乙"]
    assert (both.sheet_properties.pageSetUpPr.fitToPage, both.page_setup.fitToHeight, both.print_title_rows, both.auto_filter.ref) == (True, None, None, None) and both.print_area.endswith("$A$1:$B$11")
    assert book["封面"]["A3"].hyperlink.location == "'本期'!A1"
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert "本期!$A$10:$A$11" in package.read("xl/charts/chart1.xml").decode()


@pytest.mark.parametrize(("first", "second"), [(20, 60), (25, 25)], ids=["long", "a page and a bit"])
def test_tables_that_need_more_than_a_page_stay_apart_with_their_headings(first, second):
    sheets = [small(name, [["甲", n] for n in range(count)]) for name, count in (("本期", first), ("分月", second))]
    book = openpyxl.load_workbook(io.BytesIO(write_tables(sheets, AT)))
    assert book.sheetnames == ["本期", "分月"] and book["分月"].print_title_rows == "$1:$2"


def test_tables_too_wide_to_be_read_together_stay_apart():
    wide = TableSheet("分月", "题", [Column(f"栏{n}", 20) for n in range(14)], [["甲"] * 14], group="一")
    assert openpyxl.load_workbook(io.BytesIO(write_tables([small("本期", [["甲", 1]]), wide], AT))).sheetnames == ["本期", "分月"]


def test_long_text_has_room():
    made = page([["甲" * 40, 1], ["乙", 1]])
    assert made.row_dimensions[3].height > 3 * made.row_dimensions[4].height - 20


def test_sheet_names_are_made_legal_and_different():
    sheets = [TableSheet(name, "题", COLUMNS, []) for name in ("一.1/甲", "一.1/甲", "", "表" * 40)]
    names = openpyxl.load_workbook(io.BytesIO(write_tables(sheets, AT))).sheetnames
    assert names == ["一.1甲", "一.1甲(2)", "表", "表" * 31]


def test_the_same_input_gives_the_same_bytes():
    sheets = [TableSheet("表", "题", COLUMNS, [["甲", Decimal("1.5")]])]
    assert write_tables(sheets, AT) == write_tables(sheets, AT)


def test_a_link_leads_to_its_sheet_and_an_unknown_one_is_plain_text():
    first = TableSheet("封面", "题", COLUMNS, [[Cell("甲", link="数'据"), 1], [Cell("乙", link="没有"), 2]])
    book = openpyxl.load_workbook(io.BytesIO(write_tables([first, TableSheet("数'据", "题", COLUMNS, [["丙", 3]])], AT)))
    assert book["封面"]["A3"].hyperlink.location == "'数''据'!A1" and book["封面"]["A4"].hyperlink is None


def test_charts_are_native_and_point_at_the_cells():
    rows = [["甲", 1], ["乙", 2]]
    page = ChartPage("图", [Chart("column", "数", [Series("本期", "表", (0, 0, 1, 0), (0, 1, 1, 1))])])
    data = write_tables([TableSheet("表", "题", COLUMNS, rows, unit_line="单位：元")], AT, [page])
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        drawn = package.read("xl/charts/chart1.xml").decode()
    assert "表!$A$4:$A$5" in drawn and "表!$B$4:$B$5" in drawn
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames == ["表", "图表"]
    assert data == write_tables([TableSheet("表", "题", COLUMNS, rows, unit_line="单位：元")], AT, [page])


def test_a_heading_that_needs_lines_breaks_before_its_bracket():
    """赠送口罩数（ on one line and 只） on the next reads like a slip."""
    columns = (Column("村（社区）", 20), Column("赠送口罩数（只）", 14), Column("困难残疾人生活补贴资金（万元）", 14))
    book = openpyxl.load_workbook(io.BytesIO(write_tables([TableSheet("表", "题", columns, [["甲", 1, 2]])], AT)))
    assert [cell.value for cell in book["表"][2]] == ["村（社区）", "赠送口罩数\n（只）", "困难残疾人生活补贴资金\n（万元）"]
