"""An empty form to hand out is read without a question once it is filled in."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import openpyxl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "intake"))
from sheets import read, small_town

from catalog.catalogue import built_in
from catalog.issues import Action
from catalog.periods import Month
from flows.forms.blank import blank_form

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


def test_a_filled_blank_gives_its_figures(town):
    book = opened(blank_form(town, town.forms["F19"], JUNE))
    for row, number in zip(range(5, 8), (4, 5, 6), strict=True):
        for column in range(3, 12):
            book["月报"].cell(row, column).value = number if column == 3 else 0
    out = io.BytesIO()
    book.save(out)
    submission = read(out.getvalue(), town)
    assert {r.unit_name: r.value for r in submission.readings if r.measure == "illegal_build_patrol_hh"} == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}


def test_merged_villages_follow_the_month(town):
    page = opened(blank_form(town, town.forms["F19"], Month(2019, 11)))["月报"]
    assert "石塘村" in [page.cell(r, 2).value for r in range(5, 8)]


def test_identities_are_text_and_the_same_form_is_the_same_file(town):
    data = blank_form(town, town.forms["F13"], JUNE)
    page = opened(data)["花名册"]
    column = next(c.column for c in page[3] if c.value == "身份证号")
    assert page.cell(4, column).number_format == "@"
    assert data == blank_form(town, town.forms["F13"], JUNE)
