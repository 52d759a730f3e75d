"""What nobody sees on the sheet and the reader must: marks of no width, formats, colours, and what is said beside the figures."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import pytest
import xlsxwriter
from openpyxl import load_workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Color, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat

from catalog.issues import Action
from catalog.observations import Status
from tests.flows.intake.sheets import head, loud, merges, page, read, reading, small_town, values, village_rows, xlsx

F19 = ("F19", "月报")
PATROL, MEASURE = "巡违控违（户）", "illegal_build_patrol_hh"


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def records(town, form, sheet, *rows):
    """A ledger of these rows; heading path → value."""
    columns = [c.path for c in town.forms[form].sheet(sheet).columns]
    return page(town, form, sheet, [[{"序号": n, **row}.get(path) for path in columns] for n, row in enumerate(rows, 1)])


def relief(**more):
    return {"救助类别": "临时救助", "村（社区）": "岚峰村", "身份证号": "980112195803071015", "审批日期": datetime(2020, 6, 3), "发放日期": datetime(2020, 6, 9),
            "救助金额（元）": 500, "人次": 1, **more}  # fmt: skip


# --- a day that is not there -------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", [None, "", "—"])
def test_a_payment_without_its_day_is_refused_and_does_not_vanish(town, blank):
    submission = read(records(town, "F14", "台账", relief(), relief(发放日期=blank)), town)
    assert [(i.code, i.cell) for i in loud(submission) if i.action is Action.REFUSE_CELL] == [("E-BLANK", "I5")]
    assert reading(submission, "temp_relief_amt", "禾麓镇").status is Status.REFUSED


def test_a_project_in_the_register_without_its_day_is_asked_about(town):
    project = {"项目代码": "A1", "项目名称": "甲", "计划总投资（万元）": 600, "入统状态": "已入库", "入库日期": datetime(2020, 6, 9)}
    rows = [project, {**project, "项目代码": "A2", "入库日期": None}, {**project, "项目代码": "A3", "入库日期": None, "入统状态": "待审"}]
    submission = read(records(town, "F05", "进度表", *rows), town)
    assert reading(submission, "fai_new_project_cnt", "禾麓镇").value == "1"
    assert [i.cell for i in submission.issues if "不计入任何时期" in i.message] == ["I5"]


# --- marks of no width -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["\u200b", "\ufeff", "\u00ad", "\u200e", "\u2060"])
def test_m41_marks_of_no_width_change_neither_names_nor_headings_nor_figures(town, mark):
    body = village_rows(town, *F19, {PATROL: (4, f"{mark}5", 6)}, names=(f"岚{mark}峰村", "麓溪村", f"{mark}石湾村"))
    rows = head(town, *F19, 2020, 6)
    rows[0] = [rows[0][0].replace("月", f"{mark}月", 1)]
    rows[2][2] = f"巡违{mark}控违（户{mark}）"
    sums = [f"合{mark}计", None, 15, *[None] * (len(body[0]) - 3)]
    submission = read(xlsx({"月报": [*rows, *body, sums]}), town)
    assert values(submission, MEASURE) == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"} and loud(submission) == []


def test_m16_a_total_with_a_mark_of_no_width_is_no_record(town):
    rows = [{"日期": datetime(2020, 6, 1), "地点（路段）": "国道", "检查车辆数": 5, "所属公司": "甲公司", "违法行为": "无"}] * 2
    submission = read(records(town, "F20", "台账", *rows, {"序号": "合\u200b计", "检查车辆数": 10, "罚款金额（元）": 0, "所属公司": "两家"}), town)
    assert reading(submission, "muck_truck_checked_cnt", "禾麓镇").value == "10"


# --- a village that is in no list --------------------------------------------------------------------------

VISITED = """
- {id: star_villages, title: 有星级支部的村, section: 一.1, kind: distinct, unit: 个, display: int, department: 党建办, role: support,
   from: {source: ledger, form: F02, sheet: 台账, count: distinct, of: 村（社区）, months: last, date: 调研验收日期}}
"""


def test_m20_a_village_that_counts_and_is_in_no_list_names_its_cell_and_not_its_words(tmp_path):
    town = small_town(tmp_path, indicators=[VISITED])
    branch = {"申报单位": "甲支部", "村（社区）": "岚峰村", "调研验收日期": datetime(2020, 6, 9)}
    submission = read(records(town, "F02", "台账", branch, {**branch, "村（社区）": "某甲家"}, {**branch, "村（社区）": None}), town)
    told = [i for i in submission.issues if i.code == "E-VILLAGE"]
    assert [(i.cell, i.action) for i in told] == [("D5", Action.REFUSE_CELL), ("D6", Action.REFUSE_CELL)] and "某甲" not in repr(told)
    assert reading(submission, "star_villages", "禾麓镇").status is Status.REFUSED and submission.cells_refused == 1


# --- a total under a name of its own -----------------------------------------------------------------------


def spots(town, *rows):
    columns = town.forms["F09"].sheet("月报").columns
    return page(town, "F09", "月报", [[n, name, *([figure] * (len(columns) - 3)), None] for n, (name, figure) in enumerate(rows, 1)])


@pytest.mark.parametrize("name", ["全园", "全镇", "全镇合计", "本所合计", "本园", "全部", "园区汇总", "整个景区"])
def test_m16_the_whole_is_no_spot(town, name):
    submission = read(spots(town, ("漂流", 100), ("栈道", 50), (name, 150)), town)
    assert {v for n, v in values(submission, "park_visitors").items() if n not in ("漂流", "栈道")} <= {None}


@pytest.mark.parametrize("place", [0, 3])
def test_m16_a_row_that_adds_up_all_the_others_is_asked_about_whatever_its_name(town, place):
    rows = [("漂流", 100), ("栈道", 50), ("营地", 7)]
    rows.insert(place, ("禾麓森林公园", 157))
    submission = read(spots(town, *rows), town)
    assert values(submission, "park_visitors") == {"漂流": "100", "栈道": "50", "营地": "7", f"第{place + 5}行": None}
    assert [i.cell for i in submission.issues if "其余几行之和" in i.message] == [f"B{place + 5}"]


def test_a_spot_that_has_as_many_as_another_is_a_spot(town):
    assert values(read(spots(town, ("漂流", 100), ("栈道", 100)), town), "park_visitors") == {"漂流": "100", "栈道": "100"}


# --- what stands beside the figures ------------------------------------------------------------------------


def written(town, change):
    """F19 as a program writes it that works no formula out."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("月报")
        rows = head(town, *F19, 2020, 6) + village_rows(town, *F19, {PATROL: (4, 5, 6)})
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
        for top, left, bottom, right in merges(town, *F19, 3):
            sheet.merge_range(top - 1, left - 1, bottom - 1, right - 1, rows[top - 1][left - 1])
        change(sheet)
    return out.getvalue()


def test_m11_a_formula_that_a_program_never_worked_out_is_not_zero(town):
    submission = read(written(town, lambda sheet: sheet.write_formula("C5", "=2+2")), town)
    assert reading(submission, MEASURE, "岚峰村").status is Status.REFUSED and [(i.code, i.cell) for i in loud(submission)] == [("M11", "C5")]
    assert submission.cells_read == submission.cells_used + submission.cells_ignored + submission.cells_refused
    assert values(read(written(town, lambda sheet: sheet.write_formula("C5", "=2+2", None, 4)), town), MEASURE)["岚峰村"] == "4"


@pytest.mark.parametrize(("where", "change"), [
    ("C3", lambda sheet: sheet.write_comment("C3", "以百户计")), ("A2", lambda sheet: sheet.write_comment("A2", "以百户计")),
    ("D9", lambda sheet: sheet.insert_textbox("D9", "以百户计")), ("A1", lambda sheet: sheet.set_header("&C单位：百户")),
])  # fmt: skip
def test_m37_what_is_said_beside_the_figures_in_a_comment_a_box_or_the_page_s_head_is_told(town, where, change):
    assert [(i.code, i.cell) for i in loud(read(written(town, change), town))] == [("M37", where)]
    assert loud(read(written(town, lambda sheet: sheet.set_header("&C第&P页")), town)) == []


def test_m15_a_row_or_a_column_of_no_size_is_hidden(town):
    assert [i.code for i in loud(read(written(town, lambda sheet: sheet.set_row(4, 0.1)), town))] == ["M15"]
    assert [i.code for i in loud(read(written(town, lambda sheet: sheet.set_row(4, 0)), town))] == ["M15"]
    assert [i.code for i in loud(read(written(town, lambda sheet: sheet.set_column("C:C", 0)), town))] == ["M15"]
    assert [i.code for i in loud(read(written(town, lambda sheet: sheet.set_row(4, 3)), town))] == ["M15"]
    assert [i.code for i in loud(formatted(town, lambda sheet: sheet.column_dimensions.__getitem__("C").__setattr__("width", 0.9)))] == ["M15"]
    assert loud(read(written(town, lambda sheet: sheet.set_row(4, 12)), town)) == []


def formatted(town, change):
    """F19 whose sheet an office program has formatted."""
    book = load_workbook(io.BytesIO(page(town, *F19, village_rows(town, *F19, {PATROL: (4, 5, 6)}))))
    change(book["月报"])
    out = io.BytesIO()
    book.save(out)
    return read(out.getvalue(), town)


def on_condition(shape, where="C5:C7"):
    return lambda sheet: sheet.conditional_formatting.add(where, Rule(type="cellIs", operator="greaterThan", formula=["4"], dxf=DifferentialStyle(numFmt=NumberFormat(numFmtId=164, formatCode=shape))))


@pytest.mark.parametrize("shape", ['0.0"万"', "0%", '"约"0'])
def test_m27_a_condition_that_shows_another_number_is_seen(town, shape):
    said = loud(formatted(town, on_condition(shape)))
    assert [(i.code, i.cell) for i in said] == [("M27", "C5"), ("M27", "C6"), ("M27", "C7")] and "条件格式" in said[0].message
    assert loud(formatted(town, on_condition("0.00"))) == []
    assert loud(formatted(town, on_condition(shape, "A1:B1048576"))) == []


def test_m27_a_condition_of_a_newer_excel_is_seen(town):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(page(town, *F19, village_rows(town, *F19, {PATROL: (4, 5, 6)})))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            rule = b'<x14:cfRule type="expression"><xm:f>TRUE</xm:f><x14:dxf><numFmt numFmtId="164" formatCode="0.0&quot;\xe4\xb8\x87&quot;"/></x14:dxf></x14:cfRule><xm:sqref>C6</xm:sqref>'
            ext = b"<extLst><ext><x14:conditionalFormattings><x14:conditionalFormatting>" + rule + b"</x14:conditionalFormatting></x14:conditionalFormattings></ext></extLst></worksheet>"
            new.writestr(name, old.read(name).replace(b"</worksheet>", ext))
    assert [(i.code, i.cell) for i in loud(read(out.getvalue(), town))] == [("M27", "C6")]


@pytest.mark.parametrize(("ink", "paper"), [("FFFFFFFF", None), ("FFFFFFFF", "FFFFFFFF"), ("FFFF0000", "FFFE0000"), (Color(theme=0), None), (Color(indexed=9), None)])
def test_a_figure_in_the_colour_of_its_paper_is_asked_about(town, ink, paper):
    def paint(sheet):
        sheet["C5"].font = Font(color=ink)
        sheet["D6"].font = Font(color=ink)
        sheet["D6"] = "7"
        for cell in ("C5", "D6") if paper else ():
            sheet[cell].fill = PatternFill("solid", fgColor=paper)
    submission = formatted(town, paint)
    assert [(i.code, i.cell) for i in loud(submission)] == [("M27", "C5"), ("M38", "D6")]
    assert values(submission, MEASURE) == {"岚峰村": None, "麓溪村": "5", "石湾村": "6"}


def test_white_letters_on_a_dark_cell_and_names_in_white_are_let_be(town):
    def paint(sheet):
        for cell in ("B3", "C5"):
            sheet[cell].font, sheet[cell].fill = Font(color="FFFFFFFF"), PatternFill("solid", fgColor="FF305496")
        sheet["B6"].font = Font(color="FFFFFFFF")
    assert {i.code for i in loud(formatted(town, paint))} <= {"M38"} and values(formatted(town, paint), MEASURE)["岚峰村"] == "4"


@pytest.mark.parametrize(("shape", "code"), [('0"人"', "M24"), ('General"万元"', "M27"), ("(0)", "M27"), ('"（"0"）"', "M27"), ('0"户"', None), ("0_);(0)", None), ("[<0](0);0", None), ("#,##0", None), ('0"（户）"', None)])
def test_m24_a_unit_or_brackets_that_a_format_puts_to_a_figure_are_read_like_what_is_written(town, shape, code):
    def dress(sheet):
        sheet["C5"].number_format = shape
    submission = formatted(town, dress)
    assert [(i.code, i.cell) for i in loud(submission)] == ([(code, "C5")] if code else [])
    assert values(submission, MEASURE)["岚峰村"] == (None if code else "4")


def test_m27_mu_that_a_format_shows_are_mu(town):
    book = load_workbook(io.BytesIO(page(town, *F19, village_rows(town, *F19, {"拆除违建 > 面积（㎡）": (2, 3, 0)}))))
    book["月报"]["F5"].number_format = '0.0"亩"'
    out = io.BytesIO()
    book.save(out)
    assert values(read(out.getvalue(), town), "illegal_build_demolished_area")["岚峰村"] == "1333.34"


@pytest.mark.parametrize("shape", ['"约"0', '0"余"', '0"000"', ";;;", '"无"', '0"以上"', '0"成"', "0‰", r"0\0"])
def test_m27_a_format_with_words_that_change_a_figure_is_refused(town, shape):
    book = load_workbook(io.BytesIO(page(town, *F19, village_rows(town, *F19, {PATROL: (4, 5, 6)}))))
    book["月报"]["C5"].number_format = shape
    out = io.BytesIO()
    book.save(out)
    submission = read(out.getvalue(), town)
    assert reading(submission, MEASURE, "岚峰村").status is Status.REFUSED and [(i.code, i.cell) for i in loud(submission)] == [("M27", "C5")]


def around(town, *, title="", line="", foot="", heading=PATROL):
    rows = head(town, *F19, 2020, 6)
    rows[0] = [title or rows[0][0]]
    rows[1] = [line or rows[1][0]]
    rows[2][2] = heading
    body = village_rows(town, *F19, {PATROL: (4, 5, 6)})
    return read(xlsx({"月报": [*rows, *body, [foot]]}, {"月报": merges(town, *F19, 3)}), town)


@pytest.mark.parametrize(("what", "where"), [
    ({"foot": "说明：含累计数两处"}, "A8"), ({"foot": "备注：不含石湾村"}, "A8"), ({"foot": "注：1. 另有12人待核实，未计入。"}, "A8"),
    ({"line": "填报单位：控违办  数据截至5月底"}, "A2"),
])  # fmt: skip
def test_m37_a_note_that_may_change_what_the_figures_mean_is_pointed_to(town, what, where):
    assert [(i.code, i.cell) for i in loud(around(town, **what))] == [("M37", where)]


@pytest.mark.parametrize("foot", ["注：区考核得分为全镇得分，只在合计行填写。", "填表人：某", "注：以上各村均已核对。"])
def test_a_note_that_changes_nothing_is_let_be(town, foot):
    assert loud(around(town, foot=foot)) == []


@pytest.mark.parametrize("title", ["禾麓镇2020年6月控违拆违及卫片整改月报表（预计数）", "禾麓镇2020年6月控违拆违计划表"])
def test_m09_a_title_that_is_none_of_the_form_s_is_asked_about(town, title):
    assert [(i.code, i.cell) for i in loud(around(town, title=title))] == [("M09", "A1")]


@pytest.mark.parametrize(("what", "where"), [
    ({"title": "禾麓镇2020年6月累计控违拆违及卫片整改月报表"}, "A1"), ({"title": "禾麓镇2020年6月控违拆违及卫片整改月报表（1—6月累计）"}, "A1"), ({"title": "禾麓镇2020年6月控违拆违及卫片整改累计月报表"}, "A1"),
    ({"line": "填报时间：2020年6月28日  统计时段：1—6月累计"}, "A2"), ({"line": "填报单位：控违办  数据期间：2020年1月至6月"}, "A2"), ({"line": "（年初至今累计）"}, "A2"),
    ({"line": "统计时段：2020年1月1日—6月25日"}, "A2"), ({"line": "填报单位：控违办  填报时间：2020年1—6月"}, "A2"), ({"foot": "说明：统计期间为1月1日至2020年6月底"}, "A8"),
    ({"foot": "说明：本表为1—6月累计数"}, "A8"), ({"foot": "注：以上各栏均为累计"}, "A8"),
])  # fmt: skip
def test_m28_a_table_of_the_month_that_calls_itself_cumulative_is_refused(town, what, where):
    submission = around(town, **what)
    assert submission.refused and [(i.code, i.cell) for i in loud(submission) if i.code != "M09"] == [("M28", where)]


@pytest.mark.parametrize("what", [
    {"line": "填报单位：控违办  填报时间：2020年6月28日"}, {"foot": "注：本年累计数见附表"}, {"foot": "注：卫片图斑下达数为截至本月的数"}, {"line": "统计时段：2020年6月1日至6月30日"}, {"line": "报告期：2020年6月"}, {"line": "填报时间：2020年7月1日—7月3日"},
])  # fmt: skip
def test_words_about_a_period_that_is_the_month_refuse_nothing(town, what):
    assert values(around(town, **what), MEASURE)["岚峰村"] == "4"


def remarked(town, said):
    return read(page(town, *F19, village_rows(town, *F19, {PATROL: (4, 5, 6), "拆除违建 > 面积（㎡）": (1, 2, 3), "卫片图斑 > 下达数": (2, 2, 2), "备注": (said, None, "")})), town)


@pytest.mark.parametrize(("said", "held"), [
    ("此数为1-6月累计", {"C5", "F5"}), ("累计数", {"C5", "F5"}), ("5月数据，6月待报", {"C5", "F5", "G5"}), ("沿用上月", {"C5", "F5", "G5"}), ("上月数", {"C5", "F5", "G5"}), ("面积单位为亩", {"F5"}), ("面积以亩计", {"F5"}),
])  # fmt: skip
def test_m37_a_remark_that_makes_something_else_of_its_row_s_figures_holds_them(town, said, held):
    submission = remarked(town, said)
    assert {r.cell for r in submission.readings if r.held} == held and [(i.code, i.action, i.cell) for i in loud(submission)] == [("M37", Action.REFUSE_CELL, "L5")]


@pytest.mark.parametrize("said", ["其中3户累计超两次", "未含石塘片", "暂估", "较上月数增加"])
def test_m37_other_remarks_about_the_figures_are_pointed_to(town, said):
    submission = remarked(town, said)
    assert values(submission, MEASURE)["岚峰村"] == "4" and [(i.code, i.action, i.cell) for i in loud(submission)] == [("M37", Action.WARN, "L5")]


@pytest.mark.parametrize("said", ["3月21日恢复开放", "6月数据已核", "涉及耕地2亩", "补发上月", "复验", "6月份数"])
def test_remarks_that_change_nothing_are_let_be(town, said):
    assert loud(remarked(town, said)) == []


@pytest.mark.parametrize("line", ["单位：百户", "计量单位：万户、处", "填报单位：控违办  单位：千户"])
def test_m27_a_scale_on_the_unit_line_contradicts_the_unit_of_the_heading(town, line):
    submission = around(town, line=line)
    assert submission.refused and [i.code for i in loud(submission)] == ["M27"]
