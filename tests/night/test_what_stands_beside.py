"""What stands beside what is computed anew: words over two forms, figures that must agree in a row, notices of ledger rows let go."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from msgspec.structs import force_setattr
from sqlalchemy import text

from catalog.periods import Period
from flows.keeping.retention import carry_out, plan
from flows.office import Office
from flows.verify import verify
from flows.words.adjust import use_figure
from tests.flows.intake.sheets import page
from tests.killing import town as towns
from tests.killing.night import read_here
from tests.night.test_what_stands import night, patrols, people

CAME = towns.JULY - timedelta(days=3)
CHAIN = """
- {id: toilet_tank_refit_cnt, title: 改厕, kind: flow, unit: 座, agrees_with: {indicator: illegal_build_patrol_hh},
   from: {source: column, form: F18, sheet: 进度表, measure: toilet_tank_refit_cnt}}
- {id: illegal_build_patrol_hh, title: 巡违, kind: flow, unit: 户, agrees_with: {indicator: disabled_cert_persons},
   from: {source: column, form: F19, sheet: 月报, measure: illegal_build_patrol_hh}}
"""


@pytest.fixture
def office(tmp_path):
    office = towns.town(tmp_path / "office")
    office.upgrade_warehouse()
    with read_here():
        yield office


def disabled(office, count, month=5, more=""):
    return towns.File(f"2020年/{month:02d}月/残联/残疾人服务情况月报表（2020年{month}月）{more}.xlsx", people(office, count, month), CAME)


def fines(office, month, each, more=""):
    return towns.File(f"2020年/{month:02d}月/执法队/渣土车联合执法（2020年{month}月）{more}.xlsx", towns.ledger(office, month, each), CAME)


def decisions(office, year, month, *numbers):
    """Each a fine of 500 on the day of that number: (decision, day)."""
    columns = [c.path for c in office.catalogue.forms["F20"].sheet("台账").columns]
    body = [[{"序号": n, "日期": datetime(year, month, day), "地点（路段）": "国道", "处罚决定书号": number, "罚款金额（元）": 500}.get(c) for c in columns] for n, (number, day) in enumerate(numbers, 1)]
    return towns.File(f"{year}年/{month:02d}月/执法队/渣土车联合执法（{year}年{month}月）{len(numbers)}.xlsx", page(office.catalogue, "F20", "台账", body, year, month), CAME)


def again(office):
    return [(row["submission_id"], row["found"], row["message"]) for row in shown(office, "out_issue") if row["code"] == "M39" and row["closed_at"] is None]


def test_m39_a_decision_that_another_month_has_listed_is_asked_about_for_its_fine_is_added_twice(office):
    """Listed in May when it was set and in June when it was paid; with its own day in June's running list it counts once."""
    towns.write(office, [decisions(office, 2020, 4, ("渣罚〔2020〕7号", 9)), decisions(office, 2020, 5, ("渣罚〔2020〕8号", 3), ("渣罚〔2020〕9号", 4))])
    night(office, towns.JULY)
    assert again(office) == []
    towns.write(office, [decisions(office, 2020, 6, ("渣罚〔2020〕10号", 3), ("渣罚[2020]9号", 20), ("渣罚〔2020〕7号", 21))])
    night(office, towns.JULY + timedelta(hours=1))
    said = sorted(again(office))
    assert [(found, "5月已经报过" in message, "4月已经报过" in message) for _, found, message in said] == [("第5行", True, False), ("第6行", False, True)]
    towns.write(office, [decisions(office, 2019, 5, ("渣罚〔2020〕7号", 9))])
    night(office, towns.JULY + timedelta(hours=2))
    assert len(again(office)) == 2, "last year's number is another one"
    towns.write(office, [towns.File("2020年/06月/执法队/渣土车联合执法（2020年6月）终稿.xlsx", decisions(office, 2020, 6, ("渣罚〔2020〕10号", 3)).data, CAME)])
    night(office, towns.JULY + timedelta(hours=3))
    assert again(office) == []


def shown(office, view):
    with office.open_warehouse() as warehouse:
        names, rows = warehouse.rows(view)
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_a_figure_of_another_form_that_counts_by_a_word_is_gathered_too(office):
    towns.write(office, [disabled(office, 250), patrols(office, 5, CAME)])
    night(office, towns.JULY)
    use_figure(office, "disabled_home_refit_hh", "2020-05", "illegal_build_patrol_hh", "2020-05", "王", "核实", at=towns.JULY)
    night(office, towns.JULY + timedelta(hours=1))
    towns.write(office, [disabled(office, 260, more="终稿")])
    night(office, towns.JULY + timedelta(hours=2))


def test_a_contradiction_stands_when_only_one_of_the_two_is_computed_for_a_third(office):
    (office.folder / "catalog" / "indicators").mkdir(exist_ok=True)
    (office.folder / "catalog" / "indicators" / "own.yml").write_text(CHAIN, "utf-8")
    office = Office(office.folder)
    for month in (4, 5, 6):
        towns.write(office, [
            disabled(office, 250, month),
            towns.File(f"2020年/{month:02d}月/控违办/拆违控违情况（2020年{month}月）.xlsx", towns.patrols(office, month, 5, 110), CAME),
            towns.File(f"2020年/{month:02d}月/农办/厕所革命（2020年{month}月）.xlsx", towns.toilets(office, month, 5, 5 * (month - 3)), CAME),
        ])  # fmt: skip
    night(office, towns.JULY)
    towns.write(office, [towns.File("2020年/06月/农办/厕所革命（2020年6月）终稿.xlsx", towns.toilets(office, 6, 6, 16), CAME)])
    night(office, towns.JULY + timedelta(hours=1))
    told = {(row["indicator"], row["period"]) for row in shown(office, "out_contradiction")}
    assert ("illegal_build_patrol_hh", "2020-Q2") in told


def test_that_a_hand_in_came_too_late_for_rows_let_go_is_said_as_long_as_it_is_so(office):
    towns.write(office, [fines(office, 4, [200])])
    night(office, towns.JULY)
    with office.open_warehouse() as warehouse:
        force_setattr(office.settings.keep, "person_months", 1)
        carry_out(office, warehouse, plan(office, warehouse, towns.JULY), towns.JULY)
    towns.write(office, [fines(office, 6, [300])])
    night(office, towns.JULY + timedelta(hours=1))
    towns.write(office, [fines(office, 6, [300], "副本")])
    night(office, towns.JULY + timedelta(hours=2))
    assert any("本表的更正只计入本月" in row["message"] for row in shown(office, "out_issue"))


@pytest.mark.parametrize("nights", [["2020-06-29", "2020-07-02"], ["2020-06-29", "2020-06-29 wanted"], ["2020-06-29 wanted", "2020-06-29"]])
def test_a_contradiction_of_a_month_that_has_ended_since_is_said_to_both_hand_ins(office, nights):
    (office.folder / "catalog" / "indicators").mkdir(exist_ok=True)
    (office.folder / "catalog" / "indicators" / "own.yml").write_text(CHAIN, "utf-8")
    office, came = Office(office.folder), datetime.fromisoformat("2020-06-28T10:00:00+08:00")
    towns.write(office, [
        towns.File("2020年/06月/控违办/拆违控违情况（2020年6月）.xlsx", towns.patrols(office, 6, 5, 110), came),
        replace(disabled(office, 250, 6), came=came),
    ])  # fmt: skip
    for one in nights:
        at = datetime.fromisoformat(f"{one[:10]}T0{2 + (one == nights[-1])}:00:00+08:00")
        night(office, at, Period.parse("2020-06") if "wanted" in one else None)
    said = [row for row in shown(office, "out_issue") if "两表不一致" in row["message"]]
    assert len(said) == (2 if nights[-1] != "2020-06-29" else 0)


def test_what_was_deleted_from_the_state_shown_is_not_vouched_for_by_the_next(office):
    (office.folder / "catalog" / "indicators").mkdir(exist_ok=True)
    (office.folder / "catalog" / "indicators" / "own.yml").write_text(CHAIN, "utf-8")
    office = Office(office.folder)
    towns.write(office, [disabled(office, 250), patrols(office, 5, CAME), fines(office, 5, [200])])
    night(office, towns.JULY)
    with office.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.execute(text("DELETE FROM contradiction"))
    assert verify(office).broken
    towns.write(office, [fines(office, 5, [200, 300], "终稿")])
    with suppress(AssertionError):
        night(office, towns.JULY + timedelta(hours=1))
    assert shown(office, "out_contradiction") or verify(office).broken
