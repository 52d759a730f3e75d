"""The same town twice: handed in cleanly, and with all the mess of a seed. No figure may differ without saying so.

The mess is allowed everywhere here, the protected half-year of the demonstration too.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

import flows.demo.inbox as demo
from catalog.catalogue import Catalogue, load_catalogue
from catalog.issues import Action
from catalog.observations import Status
from catalog.periods import Month, months_between
from connectors.warehouse import SubmissionRow
from flows.demo import make_demo_office
from flows.demo.workbook import write_xlsx
from flows.intake.read import Received, read_submission
from flows.intake.settle import settle
from flows.summary.facts import Facts, hand_in
from flows.summary.figures import Figures, periods_to_compute
from flows.tokens import Tokens

ZONE = ZoneInfo("Asia/Shanghai")
TOKENS = Tokens(b"seeds")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    make_demo_office(folder)
    return load_catalogue(folder / "catalog")


def figures(catalogue: Catalogue, handed: list[demo.HandIn]):
    """(indicator, period) → figure, and (measure, month, unit) → value, from these hand-ins."""
    read = {}
    for number, file in enumerate(handed, 1):
        received = Received(file.path, hashlib.sha256(file.content).hexdigest(), len(file.content), file.modified)
        read[number] = read_submission(received, file.content, catalogue, TOKENS)
    rows = [
        SubmissionRow(n, s.path, s.sha256, s.size, s.modified, s.form, s.department, s.period, s.refused, s.rank, s.data_hash,
                      any(i.action is not Action.FIX for i in s.issues)) for n, s in read.items()
    ]  # fmt: skip
    settled = settle(rows, lambda ids, unlike=None: {n: read[n].readings for n in ids}, catalogue, ZONE)
    current = {s.submission_id: frozenset(s.held) for s in settled.standings if s.current}
    facts = Facts({
        (read[n].form, Month.parse(read[n].period)): hand_in(n, read[n].readings, read[n].entries, held)
        for n, held in current.items()
    })  # fmt: skip
    engine = Figures(catalogue, facts)
    made = {
        (i.id, p.name): engine.figure(i, p) for i in catalogue.indicators.values() for p in periods_to_compute(facts.months, Month(2020, 6))
    }
    cells = {
        (r.measure, r.period, r.unit_code, r.unit_name): r.value for n, held in current.items() for r in read[n].readings
        if r.role not in ("part", "total") and (r.sheet, r.cell) not in held and r.status in (Status.REPORTED, Status.ZERO)
    }  # fmt: skip
    return made, cells


@pytest.mark.parametrize("seed", [5, 8])
def test_no_figure_differs_without_saying_so(catalogue, seed, monkeypatch, tmp_path):
    monkeypatch.setattr(demo, "TARGET", frozenset())
    sheets = demo.Office(catalogue, seed).sheets
    plain = [
        demo.HandIn(f"{month.year}年/{month.month:02d}月/{form.department}/{form.id} {form.title}（{month.year}年{month.month}月）.xlsx",
                    write_xlsx(sheets.pages(form, month)), datetime(month.year, month.month, 25, tzinfo=ZONE), form.id, month, ())
        for month in months_between(demo.FIRST, demo.LAST) for form in catalogue.forms.values() if form.is_due_for(month)
    ]  # fmt: skip
    right, right_cells = figures(catalogue, plain)
    messy = [file for file in demo.write_inbox(tmp_path, catalogue, seed) if "~$" not in file.path]
    found, found_cells = figures(catalogue, messy)
    wrong = {
        key: (figure.value, right[key].value) for key, figure in found.items()
        if figure.status in (Status.REPORTED, Status.ZERO) and figure.value != right[key].value
    }  # fmt: skip
    assert wrong == {}
    assert {key: value for key, value in found_cells.items() if key in right_cells and right_cells[key] != value} == {}
    there = sum(found[key].status.has_value for key, figure in right.items() if figure.status.has_value)
    assert there > 0.8 * sum(figure.status.has_value for figure in right.values())
