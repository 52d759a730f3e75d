"""The pages about speed are those of the figures beside them; a figure is never typed into one."""

import json
from pathlib import Path

import pytest

from bench.growing import growing
from bench.measure import Limit, Row, as_json, as_table, from_json
from bench.report import ABOUT, DEAR, performance
from bench.rows.profile import PLACES
from bench.sections import SECTIONS

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize(("page", "written"), [("performance.md", performance), ("growing.md", growing)])
def test_a_page_is_what_its_figures_say(page, written):
    kept = json.loads((DOCS / "performance.json").read_text("utf-8"))
    assert (DOCS / page).read_text("utf-8") == written(kept), f"run python -m bench {'report' if page[0] == 'p' else 'growing'} docs/performance.json > docs/{page}"


def test_every_section_and_place_has_its_words():
    assert set(ABOUT) == set(SECTIONS)
    assert set(PLACES) < set(DEAR)


def kept(*rows):
    machine = {"cores": 2, "processor": "a processor", "memory_gib": 8, "system": "Linux", "python": "3.11"}
    return {"machine": machine, "sections": {"summary": {"size": "smoke", "rows": [as_json(row) for row in rows]}}}


def test_a_row_that_is_missed_is_said_by_how_much():
    page = performance(kept(Row("slow", "the bound", 1.3, (3.0, 2.0, 2.5), (1.0, 1.0, 1.0)), Limit("quick", 5, (4.0,), "ms")))
    assert "1 of 2 rows hold. Missed:\n\n- slow: 2.50 of the bound, at most 1.30." in page
    assert "| slow | the bound | 1.30 | **2.50** | 2.00–3.00 | 2.50 / 1.00 CPU s | NO |" in page


def test_what_is_only_told_is_neither_held_nor_missed():
    page = performance(kept(Limit("bytes of a file", None, (90_112.0,), "bytes")))
    assert "All 0 rows hold." in page and "| bytes of a file | 90,112 bytes |" in page


def test_rows_come_back_from_json_as_they_were():
    rows = [Row("a", "b", 1.0, (1.0,), (2.0,), "MB"), Limit("c", None, (1.0,), "s")]
    assert [from_json(json.loads(json.dumps(as_json(row)))) for row in rows] == rows
    assert as_table(rows)
