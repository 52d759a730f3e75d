"""A month's column or a ledger's sum over several months: what only rises, comes once more, or becomes less, where no 累计 stands beside it."""

from __future__ import annotations

import pytest

from catalog.issues import Action
from catalog.observations import Reading, Status
from flows.intake.over_months import over_months
from tests.flows.intake.sheets import NAMES, small_town

PATROLS, SPOTS, ALLOWANCES = "illegal_build_patrol_hh", "satellite_spots_issued", "disabled_living_allow_amt"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return small_town(tmp_path_factory.mktemp("town"))


def asked(town, form, measure, months, role="flow_month"):
    """(period, code) of what is asked about: months as (name, one figure a village) or one figure of a ledger."""
    units = NAMES if role != "ledger" else ("镇",)
    history = {
        period: [Reading(measure, unit, unit, period, value, Status.REPORTED, "表", f"C{n}", value or "", role, "户") for n, (unit, value) in enumerate(zip(units, values, strict=True), 5)]
        for period, values in months.items()
    }  # fmt: skip
    found = over_months(town.forms[form], town, history)
    assert all(issue.action is Action.WARN for _, issue in found)
    return [(period, issue.code) for period, issue in found]


def year(*values, first=1):
    return {f"2020-{n:02d}": one if isinstance(one, tuple) else (one,) for n, one in enumerate(values, first)}


TO_DATE = [("12", "9", "0"), ("20", "21", "5"), ("31", "30", "9"), ("40", "44", "9"), ("52", "51", "20"), ("60", "66", "26")]


def test_m28_january_to_now_in_the_month_s_column_every_month_is_asked_about(town):
    """Twelve times what was done stood in the half-year's sum, without a word."""
    assert asked(town, "F19", PATROLS, year(*TO_DATE)) == [("2020-05", "M28"), ("2020-06", "M28")]
    assert asked(town, "F19", PATROLS, {"2019-12": ("5", "5", "5"), **year(*TO_DATE)}) == [("2020-05", "M28"), ("2020-06", "M28")]


@pytest.mark.parametrize("months", [
    year(*TO_DATE[:4], ("52", "43", "20")), year(*TO_DATE[:4], TO_DATE[3]), year(*TO_DATE[:4]), {p: v for p, v in year(*TO_DATE).items() if p != "2020-03"},
    year(("10", "2", "0"), ("30", "20", "8"), ("34", "23", "9"), ("35", "24", "9"), ("36", "25", "9")), year(*((str(n), str(n), "0") for n in (20, 22, 24, 26, 28, 30))),
    year(*((str(n), "0", "0") for n in range(1, 7))), {f"{y}-{m:02d}": v for (y, m), v in zip([(2019, 10), (2019, 11), (2019, 12), (2020, 1), (2020, 2), (2020, 3)], TO_DATE, strict=True)},
    year(*TO_DATE[:4], ("52", None, "20")),
])  # fmt: skip
def test_months_that_fall_stand_still_or_rise_little_are_let_be(town, months):
    """A village has less, the town no more, a month is not there, a year begins anew; a spring that picks up; beneficiaries that become more; a few ones."""
    months = {period: tuple(v for v in values) for period, values in months.items()}
    assert asked(town, "F19", PATROLS, months) == []


def test_m28_a_ledger_s_sum_that_rises_by_as_much_each_month_is_asked_about(town):
    rising = year("8", "16", "25", "31", "40", "48")
    assert asked(town, "F14", "psy_drug_aid_times", rising, "ledger") == [("2020-05", "M28"), ("2020-06", "M28")]
    assert asked(town, "F14", "psy_drug_aid_times", year("8", "16", "25", "24", "40", "48"), "ledger") == []
    assert asked(town, "F14", "temp_relief_persons", rising, "ledger") == [], "persons of a month are no sum"


def test_m02_a_column_as_the_month_before_had_it_is_asked_about(town):
    same = ("20000", "15800", "8600")
    assert asked(town, "F11", "covid_donation_amt", year(same, same)) == [], "three may come again"
    four = {p: [Reading("covid_donation_amt", str(n), str(n), p, v, Status.REPORTED, "表", f"C{n}", v, "flow_month", "元") for n, v in enumerate((*same, "3250", "0"))]
            for p in ("2019-12", "2020-01", "2020-03")}  # fmt: skip
    assert [(p, i.code, i.cell) for p, i in over_months(town.forms["F11"], town, four)] == [("2020-01", "M02", "C0")]
    allowances = {p: [r._replace(measure=ALLOWANCES) for r in readings] for p, readings in four.items()}
    assert over_months(town.forms["F16"], town, allowances) == [], "the same persons get the same"


def test_m28_a_count_since_january_that_becomes_less_is_asked_about(town):
    """Spots of the month alone: 4 of 4 were 100 % of a year that had 31."""
    assert asked(town, "F19", SPOTS, year(("9", "5", "4"), ("2", "1", "1")), "stock") == [("2020-02", "M28")]
    assert asked(town, "F19", SPOTS, year(("9", "5", "4"), ("8", "6", "4"), ("8", None, "5")), "stock") == []
    assert asked(town, "F19", SPOTS, {"2019-12": ("9", "5", "4"), "2020-01": ("1", "0", "0")}, "stock") == [], "a new year"
    assert asked(town, "F16", "disabled_cert_persons", year(("9", "5", "4"), ("2", "1", "1")), "stock") == []
