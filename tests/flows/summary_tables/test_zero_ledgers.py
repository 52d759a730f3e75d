"""A nought counted over ledgers rests on their sheets: a zero-claim always has a report behind it (rules.md §8)."""

from dataclasses import replace

from catalog.observations import Status
from catalog.periods import Month, Period
from flows.draft.lists import sources
from flows.summary.facts import Facts, hand_in
from flows.summary.figures import Figures
from tests.flows.draft.half_year import AT, H1, draft, figures
from tests.flows.draft.test_department_words import JUNE
from tests.flows.intake.sheets import page, read, small_town

NAME = "muck_truck_punished_cnt"


def test_a_nought_names_the_sheet_in_which_no_row_counts(tmp_path):
    town = small_town(tmp_path)
    told = {
        month: read(page(town, "F20", "台账", [[1, "无"]], month=month.month), town, f"2020年/{month.month:02d}月/乡镇情况（2020年{month.month}月）.xlsx")
        for month in (Month(2020, 1), Month(2020, 2))
    }  # fmt: skip
    facts = Facts({("F20", month): hand_in(7, said.readings, said.entries, ()) for month, said in told.items()})
    figure = Figures(town, facts).figure(town.indicators[NAME], Period.parse("2020-01..02"))
    assert figure.status is Status.ZERO
    assert [(line.source_period, line.sheet, line.cells) for line in figure.lineage if line.part == "value"] == [("2020-01", "台账", "（0行）"), ("2020-02", "台账", "（0行）")]
    known = figures() | {NAME: replace(figure, period=H1.name)}
    printed = [item for item in draft().printed if item.indicator == NAME]
    rows = [[getattr(cell, "value", cell) for cell in row] for row in sources(printed, known, [replace(JUNE, form="F20")], town, H1, AT).rows]
    assert [row[8:11] for row in rows] == [["2020年/06月/F07.xlsx", "台账", "（0行）"]] * 2
