"""Six real tables that nobody here wrote, against what a person read in them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from catalog import declared
from catalog.catalogue import read_yaml
from catalog.forms import Form
from catalog.grids import Grid
from catalog.issues import Action
from catalog.periods import Month
from connectors.workbooks import read_workbook
from flows.forms.new import draft_declaration
from flows.forms.outline import Outline, Part, outline
from flows.intake.read import read_sheet
from flows.intake.recognise import Found
from tests.flows.intake.sheets import TOKENS, small_town

ROOT = Path(__file__).resolve().parents[3]
TABLES = Path(os.environ.get("HUIZONG_SHARED") or ROOT.parent / "shared") / "corpus" / "tables"
TRUTHS = sorted((TABLES / "truth").glob("*.json")) if TABLES.is_dir() else []
BY_HAND = {
    "dengue_20150823": ('label: "區別"', 'label: "里別"', r"within: .*", 'within: ["區別"]'),
    "fupin_conghua_206_3": ("rows: village", 'rows: entity\n    label: "村名称"\n    within: ["镇名称"]'),
    "town_population_big5_csv": ('label: .*', 'label: "鄉鎮市區名稱 > TOWN"\n    within: ["統計期或資料時間 > INFO_TIME"]'),
}
"""What a person changes in the draft: what a row is about."""

pytestmark = pytest.mark.skipif(not TRUTHS, reason="the corpus is not here")


def leaf(text: str) -> str:
    return re.sub(r"[\s\u3000]|[（(].*?[)）]", "", text)


def opened(path: Path) -> tuple[dict, Grid, object]:
    truth = json.loads(path.read_text("utf-8"))
    workbook = read_workbook((TABLES / truth["file"]).read_bytes())
    return truth, next((g for g in workbook.grids if g.name == truth["sheet"]), workbook.grids[0]), workbook


@pytest.mark.parametrize("path", TRUTHS, ids=lambda p: p.stem)
def test_the_outline_finds_every_fact_under_its_heading_and_takes_no_total_or_note_for_data(path):
    truth, grid, _ = opened(path)
    made = outline(grid)
    assert isinstance(made, Outline)
    for fact in truth["facts"]:
        row = int(re.sub(r"\D", "", fact["cell"])) - 1
        column = next(c for c in range(len(grid.rows[row])) if grid.address(row, c) == fact["cell"])
        value = grid.at(*made.fill.get((row, column), (row, column)))
        assert value in (None, "") if fact["value"] is None else float(value) == pytest.approx(fact["value"]) if isinstance(fact["value"], int | float) else value == fact["value"]
        assert made.rows[row] is (Part.TOTAL if row + 1 in truth["total_rows"] else Part.DATA)
        assert leaf(fact["column"].split("/")[-1]) in leaf("/".join(made.columns[column]))
    aside = {row - 1 for row in truth["total_rows"] + truth["note_rows"] + truth["title_rows"]}
    assert not aside & set(made.of(Part.DATA))


@pytest.mark.parametrize("path", TRUTHS, ids=lambda p: p.stem)
def test_a_drafted_and_finished_declaration_reads_every_fact(path, tmp_path):
    truth, grid, workbook = opened(path)
    text = draft_declaration(workbook, "X01")
    changes = BY_HAND.get(path.stem, ())
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        text, times = re.subn(old, new, text)
        assert times
    form = declared.read(Form, read_yaml(text, "X01.yml"))
    found = Found(form.sheet(grid.name), grid, "", "", "", ())
    read = read_sheet(found, form, Month(2020, 6), small_town(tmp_path), TOKENS)
    told = {r.cell: r for r in read.readings}
    aside = {row - 1 for row in truth["total_rows"] + truth["note_rows"] + truth["title_rows"]}
    for fact in truth["facts"]:
        if int(re.sub(r"\D", "", fact["cell"])) - 1 in aside:
            continue
        if isinstance(fact["value"], int | float):
            assert float(told[fact["cell"]].value) == pytest.approx(fact["value"])
            column = next(c for c in found.sheet.columns if c.id == told[fact["cell"]].measure)
            assert leaf(fact["column"].split("/")[-1]) in leaf(column.path)
        elif fact["value"] is None:
            assert fact["cell"] not in told or told[fact["cell"]].value is None
    assert not {int(re.sub(r"\D", "", cell)) - 1 for cell in told} & aside
    asked = [i for i in read.issues if i.action is Action.REFUSE_CELL and i.code != "M18"]  # a district's figure merged over its villages is asked about
    assert len(asked) <= 5
    counts = read.fates.counts()
    assert counts["unaccounted"] == 0
