"""A night computes what a changed hand-in can reach; the rest stands as it is shown, and is what computing everything would show."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from connectors.warehouse import Outdated, Warehouse
from flows.intake.collect import collect, read_and_load
from flows.summary import anew
from flows.summary.publish import settle_and_publish
from flows.words.adjust import use_figure
from tests.killing import town as towns
from tests.killing.night import read_here
from tests.night.whole import changed_by_the_whole

CAME = towns.JUNE - timedelta(days=1)


@pytest.fixture
def office(tmp_path):
    office = towns.town(tmp_path / "office")
    office.upgrade_warehouse()
    towns.write(office, [towns.File("2020年/05月/残联/残疾人服务情况月报表（2020年5月）.xlsx", people(office, 250), CAME), patrols(office, 5)])
    with read_here():
        yield office


def people(office, count, month=5):
    return towns.sheet(office, "F16", {"持证残疾人（人） > 总数": [76, count]}, month)


def patrols(office, count, came=CAME):
    return towns.File("2020年/05月/控违办/拆违控违情况（2020年5月）.xlsx", towns.patrols(office, 5, count, 110), came)


@contextmanager
def watched(monkeypatch):
    """What is published, and which hand-ins are read back for it."""
    asked, shown = set(), []
    read, publish = Warehouse.readings, Warehouse.publish
    with monkeypatch.context() as patch:
        patch.setattr(Warehouse, "readings", lambda self, ids, *more: asked.update(ids := list(ids)) or read(self, ids, *more))
        patch.setattr(Warehouse, "publish", lambda self, published, *more: shown.append(published) or publish(self, published, *more))
        yield asked, shown


def night(office, at, wanted=towns.QUARTER):
    with office.open_warehouse() as warehouse:
        read_and_load(office, warehouse, collect(office, warehouse, at).new, at)
        settle_and_publish(office, warehouse, at, wanted)
        assert changed_by_the_whole(office, warehouse, at, wanted) == set()
        return {row.id: row.form for row in warehouse.submissions()}


def test_what_a_changed_hand_in_cannot_reach_is_not_read_back(office, monkeypatch):
    with watched(monkeypatch) as (asked, shown):
        form = night(office, towns.JUNE)
    assert {form[n] for n in asked} == {"F16", "F19"}
    assert shown[0].forms is None
    towns.write(office, [patrols(office, 6, towns.JUNE)])
    with office.open_warehouse() as warehouse, watched(monkeypatch) as (asked, shown):
        at = towns.JUNE + timedelta(hours=1)
        read_and_load(office, warehouse, collect(office, warehouse, at).new, at)
        settle_and_publish(office, warehouse, at, towns.QUARTER)
        form = {row.id: row.form for row in warehouse.submissions()}
        figures = warehouse.figures("2020-05")
    assert {form[n] for n in asked} == {"F19"}
    assert shown[0].forms == {"F19"}
    assert {office.catalogue.indicators[f.indicator].form for f in shown[0].figures} <= {"F19", ""}
    assert (figures["illegal_build_patrol_hh"].value, figures["disabled_cert_persons"].value) == ("116", "326")
    night(office, at)


def test_a_word_about_a_figure_of_a_month_without_a_hand_in_still_holds(office):
    towns.write(office, [towns.File("2020年/03月/残联/残疾人服务情况月报表（2020年3月）.xlsx", people(office, 252, 3), CAME)])
    night(office, towns.JUNE)
    use_figure(office, "disabled_cert_persons", "2020-04", "disabled_cert_persons", "2020-03", "王", "核实", at=towns.JUNE)
    night(office, towns.JUNE + timedelta(hours=1))
    towns.write(office, [patrols(office, 6, towns.JUNE)])
    night(office, towns.JUNE + timedelta(hours=2))
    with office.open_warehouse() as warehouse:
        assert warehouse.shown().words == {1: "in_force"}


@pytest.mark.parametrize("by", ["another program", "a state before there was a basis"])
def test_what_something_else_computed_does_not_stand(office, monkeypatch, by):
    night(office, towns.JUNE)
    if by == "another program":
        monkeypatch.setattr(anew, "_PROGRAM", "another text")
    else:
        with office.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
            connection.execute(text("UPDATE meta SET basis = ''"))
    towns.write(office, [patrols(office, 6, towns.JUNE)])
    with watched(monkeypatch) as (_, shown):
        night(office, towns.JUNE + timedelta(hours=1))
    assert shown[0].forms is None
    assert not shown[0].standing_figures


def test_a_period_that_has_ended_since_is_computed_for_every_indicator(office, monkeypatch):
    night(office, towns.JUNE)
    with watched(monkeypatch) as (_, shown):
        night(office, towns.JULY, None)
    assert shown[0].forms == {"F03", "F04", "F05", "F07", "F12", "F13"}, "those to which a contradiction of June may have to be said"
    assert {f.indicator for f in shown[0].figures if f.period == "2020-06"} == set(office.catalogue.indicators)
    assert {f.period for f in shown[0].figures if f.indicator == "disabled_cert_persons"} == {"2020-06", "2020-H1"}, "the quarter was wanted before"


def test_the_last_try_leaves_nothing_to_what_another_night_may_have_shown(office, monkeypatch):
    night(office, towns.JUNE)
    towns.write(office, [patrols(office, 6, towns.JUNE)])
    tried, publish = [], Warehouse.publish

    def outdated(self, published, units, rows, at, known, basis):
        tried.append(published.forms)
        if basis is not None:
            raise Outdated
        return publish(self, published, units, rows, at, known, basis)

    monkeypatch.setattr(Warehouse, "publish", outdated)
    night(office, towns.JUNE + timedelta(hours=1))
    assert tried == [{"F19"}] * 4 + [None]
