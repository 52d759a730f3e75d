"""An office that begins in mid-year: the half-year it printed is known of later, and a draft of what is not shown is left alone."""

from __future__ import annotations

from datetime import datetime

import pytest

from catalog.periods import Period
from catalog.said import Said
from flows.draft.verbs_work import refreshed_file, verified
from flows.new_office import create_office
from tests.night.offices import outputs, rows, run_night
from tests.night.test_trace import TOWN, VILLAGES, hand_in

JULY, AUGUST = (datetime.fromisoformat(f"2020-0{month}-20T02:00:00+08:00") for month in (7, 8))


@pytest.fixture
def town(tmp_path):
    office = create_office(tmp_path / "office")
    (office.folder / "catalog" / "town.yml").write_text(TOWN, "utf-8")
    (office.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    for month in (5, 6, 7):
        hand_in(office, month, (20 + month, 30))
    return office


def drafted(office, period, as_of):
    run_night(office, as_of=as_of, period=Period.parse(period))
    return outputs(office, Period.parse(period), as_of)["工作总结初稿.docx"]


def test_the_half_year_is_shown_after_the_nights_of_other_periods(town):
    draft = drafted(town, "2020-H1", JULY)
    shown = {(r["indicator"], r["period"]): r["value"] for r in rows(town, "out_indicator_period")}
    drafted(town, "2020-07", AUGUST)
    later = {(r["indicator"], r["period"]): r["value"] for r in rows(town, "out_indicator_period")}
    assert shown["town_name", "2020-H1"] == "清溪" and shown.items() <= later.items()
    assert refreshed_file(town, draft).changes == ()
    assert [f.message for f in verified(town, draft, "")[1]] == []


def test_a_draft_of_a_period_that_is_not_shown_is_not_turned_into_gaps(town):
    draft = drafted(town, "2020", JULY)
    drafted(town, "2020-H1", JULY)
    for verb in (lambda: refreshed_file(town, draft), lambda: verified(town, draft, "")):
        with pytest.raises(Said, match="huizong run --period 2020，"):
            verb()
