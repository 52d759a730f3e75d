"""A workbook handed back: its own parts byte for byte, wrong cells coloured and commented, a first sheet that says what to do."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment

from catalog.grids import Grid, Range, Workbook
from catalog.issues import Action
from connectors.documents import CellMark, Cover, CoverRow, mark_workbook
from connectors.workbooks import read_workbook

COVER = Cover("退回说明", (("表名", "F12"), ("期限", "6月30日前")), ("改正",), (
    CoverRow(Action.REFUSE_CELL, "月 报", "B3", "约76", "整数（人）", "月报!B3 填“约76”，应填准确数。"),
    CoverRow(Action.WARN, "月 报", "C9", "=HYPERLINK(1)", "", "=1+1 & <x>"),
))  # fmt: skip
MARKS = [CellMark("月 报", "B3", Action.REFUSE_CELL, "应填准确数"), CellMark("月 报", "C9", Action.WARN, "=cmd|请核实")]


def department_file(comment=False) -> bytes:
    """Two sheets with formats, a formula, a merge, a picture and a name of its own."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page, other = book.add_worksheet("月 报"), book.add_worksheet("附")
        money = book.add_format({"num_format": "#,##0.00", "bold": True, "border": 1})
        page.merge_range("A1:C1", "禾麓镇报表", book.add_format({"align": "center"}))
        page.write("B3", "约76", money)
        page.write("B4", 12, money)
        page.write_formula("B5", "=SUM(B3:B4)", money, 12)
        page.set_column("B:B", 20)
        if comment:
            page.write_comment("B3", "原有的批注")
            page.write_comment("A4", "另一条")
        other.write("A1", "不动")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "='月 报'!$B$3:$B$4"})
        other.insert_chart("C3", chart)
        book.define_name("附!本地", "=附!$A$1")
        other.activate()
    return out.getvalue()


def slip(data: bytes, marks=MARKS) -> bytes:
    return mark_workbook(data, read_workbook(data), marks, COVER)


def opened(data: bytes):
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.mark.parametrize("comment", [False, True])
def test_cells_are_coloured_and_commented_and_keep_their_formats(comment):
    page = opened(slip(department_file(comment)))["月 报"]
    assert page["B3"].fill.fgColor.rgb == "FFFFC7CE" and page["C9"].fill.fgColor.rgb == "FFFFEB9C"
    assert (page["B3"].number_format, page["B3"].font.bold, page["B3"].value) == ("#,##0.00", True, "约76")
    assert page["B3"].comment.text == ("原有的批注\n" if comment else "") + "【退回】应填准确数"
    assert page["C9"].comment.text == "【退回】=cmd|请核实" and page["C9"].value is None
    assert (page["A4"].comment is not None) == comment
    assert page["B5"].value == "=SUM(B3:B4)" and page["B4"].fill.fgColor.rgb != "FFFFC7CE"
    assert [str(area) for area in page.merged_cells.ranges] == ["A1:C1"]


def test_parts_that_need_no_change_are_the_same_to_the_byte():
    data = department_file()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(io.BytesIO(slip(data))) as after:
        same = [n for n in before.namelist() if before.read(n) == after.read(n)]
        changed = sorted(set(before.namelist()) - set(same))
    assert changed == ["[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"]
    assert "xl/charts/chart1.xml" in same and "xl/sharedStrings.xml" in same


def test_the_first_sheet_says_what_to_do_and_nothing_in_it_is_a_formula():
    book = opened(slip(department_file()))
    assert book.sheetnames == ["退回说明", "月 报", "附"] and book.active.title == "退回说明"
    texts = [c.value for row in book["退回说明"].iter_rows() for c in row if c.value]
    assert "6月30日前" in texts and "=1+1 & <x>" in texts
    assert {c.data_type for row in book["退回说明"].iter_rows() for c in row if c.value} == {"s"}
    assert [c.hyperlink.location for row in book["退回说明"].iter_rows() for c in row if c.hyperlink] == ["'月 报'!B3", "'月 报'!C9"]
    assert sum(bool(s.sheet_view.tabSelected) for s in book) == 1
    assert "本地" in book["附"].defined_names


def test_a_returned_slip_is_read_as_the_department_s_file_and_marked_afresh():
    once = slip(department_file(comment=True))
    again = slip(once, [MARKS[1]])
    book = opened(again)
    assert book.sheetnames == ["退回说明", "月 报", "附"]
    assert book["月 报"]["B3"].comment.text.strip() == "原有的批注"
    assert read_workbook(again).grids[1].rows == read_workbook(department_file()).grids[0].rows[: len(read_workbook(again).grids[1].rows)]


def test_the_same_input_gives_the_same_bytes():
    data = department_file()  # once: xlsxwriter writes down the second
    assert slip(data) == slip(data)


@pytest.mark.parametrize("data", ["村,人数\n岚峰,约76\n=1+1,3\n".encode(), "<table><tr><td>村</td><td colspan=2>人数</td></tr><tr><td>a</td><td>约76</td></tr></table>".encode()])
def test_other_containers_come_back_as_xlsx(data):
    name = read_workbook(data).grids[0].name
    book = opened(mark_workbook(data, read_workbook(data), [CellMark(name, "B2", Action.REFUSE_CELL, "应填准确数")], COVER))
    assert book.sheetnames == ["退回说明", name] and book[name]["B2"].value == "约76" and "应填" in book[name]["B2"].comment.text
    assert all(c.data_type != "f" for row in book[name].iter_rows() for c in row)


def test_a_file_nobody_can_open_has_the_note_alone():
    book = opened(mark_workbook(b"%PDF", Workbook("none", ()), MARKS, COVER))
    assert book.sheetnames[0] == "退回说明" and len(book.sheetnames) == 2


def test_openpyxl_s_own_comments_are_kept():
    book = openpyxl.Workbook()
    book.active.title = "月 报"
    book.active["B3"] = "约76"
    book.active["D3"].comment = Comment("说明", "某")
    out = io.BytesIO()
    book.save(out)
    page = opened(slip(out.getvalue()))["月 报"]
    assert page["D3"].comment.text == "说明" and page["B3"].comment.text.startswith("【退回】")


def test_a_package_in_a_way_of_its_own_is_handed_back_from_its_cells():
    grid = Grid("月 报", 0, [[None, None], [None, None], ["岚峰", "约76"]])
    book = opened(mark_workbook(b"no zip at all", Workbook("xlsx", (grid,)), MARKS, COVER))
    assert book["月 报"]["B3"].value == "约76" and book["月 报"]["B3"].comment is not None


def handed_back(grid: Grid, *marks: CellMark):
    return opened(mark_workbook(b"", Workbook("csv", (grid,)), marks, COVER))


def test_a_control_character_does_not_end_the_night():
    assert handed_back(Grid("表", 0, [["G\x0b319\x00", "\x07"]]))["表"]["A1"].value == "G319"


def test_a_sheet_name_excel_does_not_take_keeps_its_marks():
    name = "2020年6月/控违拆违及卫片整改月报表" + "长" * 30
    page = handed_back(Grid(name, 0, [["约76"]]), CellMark(name, "A1", Action.REFUSE_CELL, "应填准确数")).worksheets[1]
    assert "应填准确数" in page["A1"].comment.text


def test_two_names_that_begin_alike_are_two_sheets_and_each_has_its_own_marks():
    grids = tuple(Grid("2020年6月控违拆违及卫片整改月报表" + "长" * 20 + end, n, [[n]]) for n, end in enumerate("甲乙"))
    book = opened(mark_workbook(b"", Workbook("ods", grids), [CellMark(grids[1].name, "A1", Action.WARN, "请核实")], COVER))
    assert [sheet["A1"].comment is not None for sheet in book.worksheets[1:]] == [False, True]
    assert all(len(sheet.title) <= 31 for sheet in book.worksheets)


def test_what_is_said_of_a_cell_with_a_line_break_of_word_s_does_not_end_the_night():
    told = "C5 填“12\x0b13\ufffe”，请填准确数"
    cover = replace(COVER, rows=(CoverRow(Action.REFUSE_CELL, "月 报", "B3", "12\x0b13\ufffe", "整数", told),))
    data = department_file()
    book = opened(mark_workbook(data, read_workbook(data), [CellMark("月 报", "B3", Action.REFUSE_CELL, told)], cover))
    assert book["月 报"]["B3"].comment.text.endswith("C5 填“1213”，请填准确数")
    assert handed_back(Grid("表\x01", 0, [["\ufffe约"]]), CellMark("表\x01", "A1", Action.WARN, told))["表"]["A1"].comment is not None


def test_ranges_that_overlap_or_reach_beyond_the_table_are_not_written():
    merged = (Range(0, 0, 0, 1), Range(0, 1, 1, 1), Range(1, 0, 1_048_575, 16_383))
    assert {str(r) for r in handed_back(Grid("表", 0, [[1, 2], [3, 4]], merged=merged))["表"].merged_cells.ranges} == {"A1:B1", "A2:B2"}


def test_a_package_that_names_a_part_it_does_not_have_is_handed_back_as_read():
    data = department_file()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = part.replace(b"</worksheet>", b'<legacyDrawing r:id="rId99"/></worksheet>')
            new.writestr(name, part)
    assert opened(slip(out.getvalue()))["月 报"]["B3"].value == "约76"


def test_names_of_sheets_stay_with_them_when_the_note_was_moved_to_the_end():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name in ("月 报", "附", "退回说明"):
            book.add_worksheet(name).print_area("A1:B2")
    names = {s.title: s.print_area for s in opened(slip(out.getvalue())).worksheets}
    assert names == {"退回说明": "", "月 报": "'月 报'!$A$1:$B$2", "附": "'附'!$A$1:$B$2"}


MACROS, PLAIN = "application/vnd.ms-excel.sheet.macroEnabled.main+xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def template(kind: str, vba: bool) -> bytes:
    """The department's file as a template, with a macro or without."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(department_file())) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "[Content_Types].xml":
                more = b'<Override PartName="/xl/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>' if vba else b"</Types>"
                part = part.replace(PLAIN.encode(), kind.encode()).replace(b"</Types>", more)
            if name == "xl/_rels/workbook.xml.rels" and vba:
                one = b'<Relationship Id="rId99" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="vbaProject.bin"/>'
                part = part.replace(b"</Relationships>", one + b"</Relationships>")
            target.writestr(name, part)
        if vba:
            target.writestr("xl/vbaProject.bin", b"macro")
    return out.getvalue()


@pytest.mark.parametrize("macros", [False, True])
@pytest.mark.parametrize(("kind", "vba"), [
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml", False),
    ("application/vnd.ms-excel.template.macroEnabled.main+xml", True), (MACROS, True), (PLAIN, False),
])  # fmt: skip
def test_a_template_or_a_workbook_with_macros_comes_back_as_what_its_name_says(kind, vba, macros):
    data = template(kind, vba)
    done = mark_workbook(data, read_workbook(data), MARKS, COVER, macros=macros)
    with zipfile.ZipFile(io.BytesIO(done)) as archive:
        types, names = archive.read("[Content_Types].xml").decode(), archive.namelist()
        relations = archive.read("xl/_rels/workbook.xml.rels").decode()
    kept = vba and macros
    assert f'PartName="/xl/workbook.xml" ContentType="{MACROS if macros else PLAIN}"' in types and types.count("main+xml") == 1
    assert ("xl/vbaProject.bin" in names, "vbaProject" in relations, "vbaProject" in types) == (kept, kept, kept)
    assert opened(done)["月 报"]["B3"].value == "约76"
