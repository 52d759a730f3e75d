"""An empty form to hand out is read without a question once it is filled in."""

from __future__ import annotations

import io

import openpyxl
import pytest

from catalog.catalogue import built_in
from catalog.issues import Action
from catalog.periods import Month
from connectors.workbooks import read_workbook
from flows.forms.blank import blank_form
from flows.intake.recognise import of_the_form
from tests.flows.intake.sheets import read, small_town

JUNE = Month(2020, 6)
FORMS = sorted(path.stem for path in (built_in() / "forms").glob("*.yml"))


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def opened(data: bytes):
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.mark.parametrize("form_id", FORMS)
def test_every_form_is_recognised_with_all_its_columns(town, form_id):
    form = town.forms[form_id]
    submission = read(blank_form(town, form, JUNE), town, f"2020年/06月/{form.department}/{form.title}（2020年6月）.xlsx")
    assert (submission.form, submission.period, submission.refused) == (form_id, "2020-06", False)
    assert not [i.message for i in submission.issues if i.code in ("M13", "M14", "M20") or i.action is Action.REFUSE_CELL]
    assert submission.cells_read == submission.cells_used + submission.cells_ignored


def test_villages_totals_and_checks_stand_where_they_belong(town):
    page = opened(blank_form(town, town.forms["F19"], JUNE))["月报"]
    assert [page.cell(r, 2).value for r in range(5, 8)] == ["岚峰村", "麓溪村", "石湾村"]
    assert page["A8"].value == "合计" and page["C8"].value == "=SUM(C5:C7)"
    kinds = {str(rule.sqref): rule for rule in page.data_validations.dataValidation}
    assert kinds["C5:C7"].type == "whole" and "没有发生填0" in kinds["C5:C7"].error
    assert kinds["B5:B7"].type == "list" and "岚峰村" in kinds["B5:B7"].formula1
    assert page.print_title_rows == "$3:$4" and page.freeze_panes == "C5"


@pytest.mark.parametrize("form_id", [f for f in FORMS if "note:" in (built_in() / "forms" / f"{f}.yml").read_text(encoding="utf-8")])
def test_the_form_s_own_note_stands_as_it_is_printed(town, form_id):
    sheet = town.forms[form_id].sheets[0]
    page = opened(blank_form(town, town.forms[form_id], JUNE))[sheet.name]
    assert [v for row in page.iter_rows(values_only=True) for v in row if isinstance(v, str) and "注：" in v] == [sheet.note]


def test_a_filled_blank_gives_its_figures(town):
    book = opened(blank_form(town, town.forms["F19"], JUNE))
    for row, number in zip(range(5, 8), (4, 5, 6), strict=True):
        for column in range(3, 12):
            book["月报"].cell(row, column).value = number if column == 3 else 0
    out = io.BytesIO()
    book.save(out)
    submission = read(out.getvalue(), town)
    assert {r.unit_name: r.value for r in submission.readings if r.measure == "illegal_build_patrol_hh"} == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}


@pytest.mark.parametrize(("form_id", "sheet", "village"), [("F19", "月报", "B"), ("F02", "台账", "D")])
def test_a_list_too_long_for_a_check_stands_on_a_hidden_sheet_that_nobody_asks_about(tmp_path, form_id, sheet, village):
    many = "code,name,kind,households,population,aliases,valid_from,valid_to,merged_into\n" + "".join(f"9801121042{n:02},岚峰第{n}村,村委会,618,2236,,,,\n" for n in range(60))
    large = small_town(tmp_path, villages=many)
    data = blank_form(large, large.forms[form_id], JUNE)
    book = opened(data)
    rules = [rule for rule in book[sheet].data_validations.dataValidation if str(rule.sqref).startswith(village) and rule.type == "list"]
    assert [rule.formula1 for rule in rules] == ["选项!$A$1:$A$60"] and book["选项"].sheet_state == "hidden"
    assert [book["选项"].cell(r, 1).value for r in (1, 60)] == ["岚峰第0村", "岚峰第59村"]
    form = large.forms[form_id]
    submission = read(data, large, f"2020年/06月/{form.department}/{form.title}（2020年6月）.xlsx")
    assert not submission.refused and not [i.message for i in submission.issues if "选项" in i.message and i.action is not Action.FIX]
    assert of_the_form(read_workbook(data), form, large) == {"选项", *(s.name for s in form.sheets)}
    assert submission.cells_read == submission.cells_used + submission.cells_ignored


def test_merged_villages_follow_the_month(town):
    page = opened(blank_form(town, town.forms["F19"], Month(2019, 11)))["月报"]
    assert "石塘村" in [page.cell(r, 2).value for r in range(5, 8)]


def test_identities_are_text_and_the_same_form_is_the_same_file(town):
    data = blank_form(town, town.forms["F13"], JUNE)
    page = opened(data)["花名册"]
    column = next(c.column for c in page[3] if c.value == "身份证号")
    assert page.cell(4, column).number_format == "@"
    assert data == blank_form(town, town.forms["F13"], JUNE)
