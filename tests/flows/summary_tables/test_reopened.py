"""The park's tickets since the reopening: the days of its first month are told in a row of their own (forms/README §3.11)."""

import pytest

from catalog.observations import Status
from catalog.periods import Month, Period
from flows.draft.phrases import Fact, phrase
from flows.summary.facts import Facts, hand_in
from flows.summary.figures import Figures
from flows.summary.shown import status_word
from tests.flows.intake.sheets import page, read, small_town

TOWN = "town_name: 禾麓\npark_reopen_date: '2020-03-21'\n"
RATE = "park_ticket_yoy_reopen_pct"


@pytest.fixture
def march(tmp_path):
    town = small_town(tmp_path, town=TOWN)

    def compute(tickets, held=()):
        rows = [[1, "主峰", 8600, 39800, 27300, 68000, 68000, 200000, 0, 0, 100, 0, 0, 0], [None, "其中：下旬（21—31日）", 8600, None, None, tickets, None, 95000]]
        submission = read(page(town, "F09", "月报", rows, month=3), town, "2020年/03月/乡镇情况（2020年3月）.xlsx")
        engine = Figures(town, Facts({("F09", Month(2020, 3)): hand_in(1, submission.readings, submission.entries, held)}))
        return town.indicators[RATE], engine.figure(town.indicators[RATE], Period.parse("2020-03"))

    return compute


def test_ten_days_that_are_about_right_stay_so_in_the_rate(march):
    assert [(f.value, f.status) for _, f in (march(68000), march("约68000"))] == [("-28.421053", Status.REPORTED), ("-28.421053", Status.PROVISIONAL)]


def test_ten_days_that_are_held_or_sent_back_were_reported_all_the_same(march):
    for tickets, held, said in ((68000, [("月报", "F6")], "待核对"), ("见附表", (), "退回")):
        indicator, figure = march(tickets, held)
        assert (figure.status, status_word(figure)) == (Status.REFUSED, said) and "未报" not in figure.reason
        assert phrase(Fact(indicator, figure), "yoy", Period.parse("2020-03"))[0].lacking
