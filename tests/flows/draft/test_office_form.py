"""The office's own form: markers become figures, everything else in the workbook stays as it is."""

import io
import zipfile
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter

from catalog.observations import Figure, Status
from flows.draft.office_form import fill_office_form, put_forms
from flows.draft.sentences import BadTemplate
from flows.summary.tables import Summary
from tests.flows.draft.board import board, months
from tests.flows.draft.half_year import AT, H1, catalogue, figures, without


def form(cells: dict[str, object], formulas: dict[str, str] | None = None) -> bytes:
    """A workbook with formats, a merged title, a drop-down, a chart and a second sheet without markers."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet("上报表")
        money = book.add_format({"num_format": "#,##0.00", "bold": True, "bg_color": "#FFFF00"})
        page.merge_range("A1:C1", "{{town_name}}镇{{period.year}}年{{period.name}}情况表", book.add_format({"font_size": 20}))
        for address, value in cells.items():
            page.write_string(address, value, money)
        for address, formula in (formulas or {}).items():
            page.write_formula(address, formula, money, 0)
        page.data_validation("D2", {"validate": "list", "source": ["是", "否"]})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=上报表!$B$2:$B$3"})
        page.insert_chart("E5", chart)
        other = book.add_worksheet("说明")
        other.write("A1", "不改")
    return out.getvalue()


def summary(known=None, readings=()):
    return Summary(catalogue(), H1, known or figures(), {}, list(readings), AT, True)


def filled(cells, formulas=None, known=None, readings=()):
    data = fill_office_form("表.xlsx", form(cells, formulas), summary(known, readings), months())
    return openpyxl.load_workbook(io.BytesIO(data))["上报表"]


def one(marker, known=None, readings=()):
    return filled({"B2": marker}, None, known, readings)["B2"].value


def test_a_figure_is_a_number_in_the_cells_own_format():
    cell = filled({"B2": "{{dibao_amt}}"})["B2"]
    assert (cell.value, cell.data_type, cell.number_format, cell.font.b, cell.fill.fgColor.rgb) == (1623600, "n", "#,##0.00", True, "FFFFFF00")


@pytest.mark.parametrize(("marker", "value"), [
    ("{{tax_collected|wan2}}", 4619), ("{{fai_completed|yi2}}", 12.47), ("{{ tax_collected | wan0 }}", 4619), ("｛｛tax_collected｜wan2｝｝", 4619),
    ("{{dibao_hh@3月}}", 130), ("{{dibao_hh.last_year@3月}}", 114), ("{{fai_completed_yoy_pct|yoy}}", "同比增长10.6%"), ("{{svc_revenue|yoy}}", "同比下降6.6%"),
    ("{{illegal_build_demolished_area}}", 5832.5), ("{{model_wuchang_village}}村", "麓溪村"), ("低保{{dibao_hh}}户", "低保412户"),
    ("{{urban_mgmt_score_min|floor_int}}", 93), ("{{covid_case_cnt}}", 0), ("{{period.span}}", "1—6月"), ("{{dibao_hh@9月}}", "X"), ("{{dibao_hh.target}}", "—"),
])  # fmt: skip
def test_markers_and_what_they_become(marker, value):
    assert one(marker) == value


def test_missing_is_x_and_what_did_not_exist_a_dash():
    assert one("{{dibao_hh}}", without(figures(), "dibao_hh")) == "X"
    assert one("{{dibao_hh}}", figures() | {"dibao_hh": Figure("dibao_hh", H1.name, None, Status.NOT_APPLICABLE)}) == "—"


def test_names_stand_whole_and_a_rate_beside_nearly_nothing_is_none():
    """The last 有限公司 belongs to the report's sentence; rules.md §1.4."""
    assert one("{{invest_four_above_names}}") == "云渚岚科智能装备有限公司、禾麓供应链管理有限公司"
    known = figures()
    known["invest_four_above_cnt"] = replace(known["invest_four_above_cnt"], last_year="1", growth_pct="100", growth_source="warehouse")
    assert one("{{invest_four_above_cnt.growth}}", known) == "基数小"
    assert one("{{invest_four_above_cnt|yoy}}", known) == "同比增加1家"


def test_a_villages_figure_and_its_small_counts_hidden():
    held = board().summary.readings
    first, second, third = catalogue().units.expected_on(H1.end)[:3]
    assert [one("{{orphanlike_child_persons@" + u.name + "}}", readings=held) for u in (first, second, third)] == ["<5", "*", 9]
    assert one("{{dibao_hh@" + first.name + "}}") == "X"


@pytest.mark.parametrize(("marker", "said"), [
    ("{{nothing}}", "没有“nothing”这个指标"), ("{{dibao_hh@桃花源}}", "没有“桃花源”这个村"), ("{{dibao_hh|wan9}}", "没有“wan9”这种格式"), ("{{dibao_hh.max}}", "没有“.max”"),
    ("{{dibao_hh + 1}}", "读不懂"), ("{{period.sum}}", "没有 period.sum"), ("{{svc_revenue@岚峰村}}", "没有分村的数"),
])  # fmt: skip
def test_a_wrong_marker_names_the_file_the_cell_and_what_to_write(marker, said):
    with pytest.raises(BadTemplate) as caught:
        one(marker)
    assert "表样“表.xlsx”上报表!B2：" in str(caught.value) and said in str(caught.value)


def test_a_marker_inside_of_a_formula_is_told_and_not_left_standing():
    """It went out as {{dibao_hh}}户, in words that everybody reads."""
    with pytest.raises(BadTemplate, match=r"表样“表\.xlsx”上报表!B4：公式里的 .*单独写在一格里"):
        filled({"B2": "{{dibao_hh}}"}, {"B4": '"{{dibao_hh}}"&"户"'})
    assert filled({"B2": "{{dibao_hh}}"}, {"B4": "SUM({1,2})"})["B4"].value == "=SUM({1,2})"


def test_formulas_stay_and_are_worked_out_when_opened():
    data = fill_office_form("表.xlsx", form({"B2": "{{dibao_hh}}", "B3": "{{tekun_hh}}"}, {"B4": "SUM(B2:B3)"}), summary(), {})
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert b'fullCalcOnLoad="1"' in package.read("xl/workbook.xml")
    assert openpyxl.load_workbook(io.BytesIO(data))["上报表"]["B4"].value == "=SUM(B2:B3)"
    assert openpyxl.load_workbook(io.BytesIO(data), data_only=True)["上报表"]["B4"].value is None


def test_what_holds_no_marker_is_kept_byte_for_byte():
    before = form({"B2": "{{dibao_hh}}"}, {"B4": "B2*2"})
    after = fill_office_form("表.xlsx", before, summary(), {})
    with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
        assert old.namelist() == new.namelist()
        assert {n for n in old.namelist() if old.read(n) != new.read(n)} == {"xl/worksheets/sheet1.xml", "xl/workbook.xml"}
    page = openpyxl.load_workbook(io.BytesIO(after))["上报表"]
    assert page["A1"].value == "禾麓镇2020年上半年情况表" and page["A1"].font.sz == 20 and [str(r) for r in page.merged_cells.ranges] == ["A1:C1"]
    assert len(page.data_validations.dataValidation) == 1 and len(page._charts) == 1


def test_text_in_a_form_never_becomes_a_formula():
    known = figures() | {"model_wuchang_village": Figure("model_wuchang_village", H1.name, "=HYPERLINK(1)", Status.REPORTED)}
    cell = filled({"B2": "{{model_wuchang_village}}"}, None, known)["B2"]
    assert (cell.value, cell.data_type) in {("=HYPERLINK(1)", "s"), ("=HYPERLINK(1)", "inlineStr")}


def test_what_is_no_workbook_says_what_to_do():
    with pytest.raises(BadTemplate, match="另存为"):
        fill_office_form("表.xlsx", b"PK not a zip", summary(), {})


def test_a_form_somebody_has_filled_in_further_is_not_overwritten(tmp_path):
    forms, folder = tmp_path / "report", tmp_path / "2020-H1"
    forms.mkdir()
    (forms / "上报表.xlsx").write_bytes(form({"B2": "{{dibao_hh}}"}))
    (forms / "~$上报表.xlsx").write_bytes(b"lock")
    assert [p.name for p in put_forms(forms, folder, summary(), {})] == ["上报表.xlsx"]
    assert [p.name for p in put_forms(forms, folder, summary(without(figures(), "dibao_hh")), {})] == ["上报表.xlsx"]
    assert openpyxl.load_workbook(folder / "上报表.xlsx")["上报表"]["B2"].value == "X"
    book = openpyxl.load_workbook(folder / "上报表.xlsx")
    book["上报表"]["D9"] = "已核"
    book.save(folder / "上报表.xlsx")
    assert [p.name for p in put_forms(forms, folder, summary(), {})] == ["上报表（新）.xlsx"]
    assert openpyxl.load_workbook(folder / "上报表.xlsx")["上报表"]["D9"].value == "已核"


def test_a_form_named_like_a_table_of_ours_is_refused(tmp_path):
    (tmp_path / "汇总表.xlsx").write_bytes(form({"B2": "{{dibao_hh}}"}))
    with pytest.raises(BadTemplate, match="改名"):
        put_forms(tmp_path, tmp_path / "out", summary(), {}, ["汇总表.xlsx"])


def test_exact_decimals_are_written_as_they_are():
    known = figures() | {"dibao_amt": Figure("dibao_amt", H1.name, "123456789012.345", Status.REPORTED)}
    data = fill_office_form("表.xlsx", form({"B2": "{{dibao_amt}}"}), summary(known), {})
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert b"<v>123456789012.345</v>" in package.read("xl/worksheets/sheet1.xml")
    assert Decimal(str(one("{{dibao_amt|wan2}}", known))) == Decimal("12345678.90")


@pytest.mark.parametrize(("formula", "guarded"), [
    ("=SUM(B2:B4)", True), ("=B2+B3", True), ("=SUM(上报表!$B$2:$B$4)", True), ("=SUM(B:B)", True), ("=SUM(B3:B4)", False), ('=COUNTIF(B3:B4,"B2")', False), ("=C2", True),
])  # fmt: skip
def test_a_total_over_a_figure_that_lacks_is_no_whole_one(formula, guarded):
    """SUM passes over words: 412 and X would add up to 412."""
    known = without(figures(), "tekun_hh")
    cells = {"B2": "{{tekun_hh}}", "B3": "{{dibao_hh}}", "B4": "{{dibao_persons}}"}
    made = filled(cells, {"C2": "=SUM(B2:B4)", "D9": formula}, known)["D9"].value
    assert made.startswith('=IF(COUNTIF(') == guarded and made.endswith(f"{formula[1:]})" if guarded else formula)
    assert filled(cells, {"D9": formula})["D9"].value == formula, "nothing lacks, nothing is changed"


def _elsewhere(deed):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet("上报表")
        page.write("B2", "{{dibao_hh}}")
        deed(book, page)
    return out.getvalue()


def _in_chart(book, page, title="{{dibao_hh}}户"):
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=上报表!$B$2:$B$3", "categories": "=上报表!$B$2:$B$3", "categories_data": ["{{dibao_hh}}"]})
    chart.set_title({"name": title})
    page.insert_chart("E5", chart)


@pytest.mark.parametrize(("deed", "where"), [
    (lambda book, page: page.set_header("&C{{town_name}}镇"), "工作表“上报表”的页眉里的“{{town_name}}”"),
    (lambda book, page: page.set_footer("&L&10{{period.year}}年"), "工作表“上报表”的页脚里的“{{period.year}}”"),
    (lambda book, page: page.insert_textbox("D4", "低保{{dibao_hh}}户"), "文本框或图形里的“{{dibao_hh}}”"),
    (_in_chart, "图表的标题或文字里的“{{dibao_hh}}”"),
    (lambda book, page: book.add_worksheet("{{period.year}}年"), "工作表“{{period.year}}年”的名称里的"),
])  # fmt: skip
def test_a_marker_outside_of_the_cells_is_told_and_not_left_standing(deed, where):
    with pytest.raises(BadTemplate) as caught:
        fill_office_form("表.xlsx", _elsewhere(deed), summary(), months())
    assert where in str(caught.value) and "移到一格里" in str(caught.value) and str(caught.value).count("。") == 1


def test_what_a_chart_remembers_of_a_marked_cell_is_no_marker_of_its_own():
    fill_office_form("表.xlsx", _elsewhere(lambda book, page: _in_chart(book, page, "户数")), summary(), months())


def test_a_form_with_a_slip_keeps_no_other_form_back(tmp_path):
    forms, folder = tmp_path / "forms", tmp_path / "out"
    forms.mkdir(), folder.mkdir()
    (forms / "一.xlsx").write_bytes(form({"B2": "{{dibao}}"}))
    (forms / "二.xlsx").write_bytes(form({"B2": "{{dibao_hh}}"}))
    with pytest.raises(BadTemplate, match=r"表样“一\.xlsx”"):
        put_forms(forms, folder, summary(), months())
    assert openpyxl.load_workbook(folder / "二.xlsx")["上报表"]["B2"].value == 412
