"""What town.yml says holds for a time: the date of the draft for its own period, a value from its `valid_from` on."""

import pytest

from catalog.catalogue import BadCatalogue
from catalog.observations import Status
from catalog.periods import Period
from flows.summary.facts import Facts
from flows.summary.figures import Figures
from tests.flows.draft.half_year import catalogue, draft, figures
from tests.flows.intake.sheets import TOWN, small_town


def said(town, indicator, period):
    return Figures(town, Facts({})).figure(town.indicators[indicator], Period.parse(period))


@pytest.mark.parametrize(("period", "date"), [("2020-H1", "2020-07-03"), ("2020-05", "2020-07-03"), ("2020-Q1", None), ("2019", None), ("2020", None)])
def test_the_date_of_the_draft_is_that_of_its_period(period, date):
    figure = said(catalogue(), "draft_date", period)
    assert figure.value == date and (figure.status is Status.MISSING) == (date is None)
    assert date or "town.yml 的 draft_date 是2020-07-03" in figure.reason


def test_a_date_of_another_period_is_a_gap_of_the_office():
    period = Period.parse("2020-Q1")
    made = draft(figures(period) | {"draft_date": said(catalogue(), "draft_date", "2020-Q1")}, period=period)
    assert "X年X月X日" in made.rendered.text.replace("\ue000", "") or any(item.text == "X年X月X日" for item in made.printed)
    (gap,) = [gap for gap in made.gaps if gap.indicator == "draft_date"]
    assert gap.form == "" and gap.state == "未填" and "应是2020-03-31到2020-06-30之间的日期" in gap.reason


def test_a_value_counts_from_its_day_on(tmp_path):
    town = small_town(tmp_path, town=TOWN + """showcase_level:
- {value: 国家级, valid_from: '2020-06-01'}
- {value: 省级, valid_from: '2019-01-01'}
letters_cnt: {value: '3000', valid_from: '2020-04-01'}
""")  # fmt: skip
    assert [said(town, "showcase_level", p).value for p in ("2020-Q1", "2020-05", "2020-06", "2020-H1")] == ["省级", "省级", "国家级", "国家级"]
    assert said(town, "letters_cnt", "2020-H1").value == "3000" and town.parameters["showcase_level"] == "国家级"
    early = said(town, "letters_cnt", "2020-Q1")
    assert early.status is Status.MISSING and early.reason == "town.yml 没有那时起效的 letters_cnt"


@pytest.mark.parametrize("value", ["{value: 省级, valid_from: 去年}", "[省级, 国家级]", "[]", "{valid_from: '2020-01-01'}"])
def test_a_value_that_cannot_be_dated_is_refused(tmp_path, value):
    with pytest.raises(BadCatalogue, match=r"town\.yml: showcase_level"):
        small_town(tmp_path, town=f"{TOWN}showcase_level: {value}\n")
