"""From one draft to the next: figures old → new and which hand-in, wording that flipped, gaps that came and went."""

from dataclasses import replace
from datetime import UTC, datetime

from catalog.observations import LineageRow, Status
from connectors.documents import Cell
from connectors.warehouse import StandingRow
from flows.draft.changes import change_sheets, changes, edition_of
from flows.draft.said import clauses, headings, linked_paragraphs
from tests.flows.draft.half_year import AT, H1, catalogue, draft, figures, valued, without

FILES = {
    number: StandingRow(number, "F18", "乡村振兴办", "2020-06", "accepted", path, "2020-07-18T01:30:00+00:00", None, 0, ())
    for number, path in ((1, "6月/F18.xlsx"), (2, "6月/F18终稿.xlsx"))
}  # fmt: skip


DRAFTS: dict = {}


def edition(known, day=19):
    made = DRAFTS.get(repr(known)) or DRAFTS.setdefault(repr(known), draft(known))
    return edition_of(made.rendered.data, made.printed, known, datetime(2020, 7, day, tzinfo=UTC))


def resting_on(known, name, *numbers):
    rows = tuple(LineageRow(name, H1.name, "", "2020-06", known[name].value, number, "进度表", "D5") for number in numbers)
    return known | {name: replace(known[name], lineage=rows)}


def between(before, after):
    return changes([edition(before, 18)], edition(after, 19), FILES, AT.tzinfo)


def test_a_gap_that_closes_says_which_hand_in_closed_it():
    made = between(without(figures(), "toilet_tank_refit_cnt"), resting_on(figures(), "toilet_tank_refit_cnt", 2))
    (change,) = made.figures
    assert (change.old, change.new, change.cause) == ("X", "640", "6月/F18终稿.xlsx（07月18日 09:30）")
    assert made.closed_gaps == (change,) and made.new_gaps == ()


def test_a_new_gap_says_who_owes_it():
    made = between(figures(), without(figures(), "dibao_hh", reason="F12 2020-06未报"))
    assert [(c.old, c.new, c.cause) for c in made.new_gaps] == [("412", "X", "F12 2020-06未报")]


def test_a_corrected_figure_names_the_new_file_and_one_taken_back_the_old():
    first, second = resting_on(figures(), "dibao_hh", 1), resting_on(valued(figures(), dibao_hh="413"), "dibao_hh", 2)
    assert [(c.old, c.new, c.cause) for c in between(first, second).figures] == [("412", "413", "6月/F18终稿.xlsx（07月18日 09:30）")]
    less = resting_on(valued(figures(), dibao_hh="400"), "dibao_hh", 1)
    assert between(resting_on(figures(), "dibao_hh", 1, 2), less).figures[0].cause == "不再采用：6月/F18终稿.xlsx（07月18日 09:30）"


def test_growth_that_turns_into_a_fall_is_a_change_of_words():
    after = valued(figures(), svc_revenue_yoy_pct="1.2")
    made = between(figures(), after)
    (flipped,) = made.wordings
    assert [(c.old, c.new) for c in made.figures] == [("同比下降6.6%", "同比增长1.2%")], "6.6 → 1.2 alone would hide that a fall became a rise"
    assert "同比下降6.6%" in flipped.before and "同比增长1.2%" in flipped.after and "手写" not in flipped.before


def test_another_figure_in_the_same_words_is_no_change_of_words():
    assert between(figures(), valued(figures(), svc_revenue_yoy_pct="-7.1")).wordings == ()


def test_a_clause_that_is_dropped_is_told_as_not_printed():
    none = valued(figures(), covid_hardship_persons="0", covid_hardship_amt="0")
    assert [(c.old, c.new) for c in between(figures(), none).figures] == [("94", "（未写入）"), ("4", "（未写入）")]


def test_a_night_with_nothing_new_tells_the_same_changes_again():
    first, second = edition(without(figures(), "dibao_hh"), 18), edition(figures(), 19)
    told = changes([first], second, FILES, AT.tzinfo)
    assert changes([first, second], replace(second, at=AT), FILES, AT.tzinfo) == told and told.figures


def test_a_night_of_another_year_names_it():
    """7月20日 beside 11月29日 of six years later reads as one autumn."""
    late = replace(edition(figures(), 19), at=AT.replace(year=2026, month=11))
    sheets = change_sheets(changes([edition(without(figures(), "dibao_hh"), 18)], late, FILES, AT.tzinfo), catalogue(), H1)
    assert "上一稿截至7月18日" in sheets[0].unit_line and "本稿截至2026年11月20日" in sheets[0].unit_line


def test_a_first_draft_has_nothing_to_be_compared_with():
    sheets = change_sheets(changes([], edition(figures()), FILES, AT.tzinfo), catalogue(), H1)
    assert "第一稿" in sheets[0].unit_line and all(not sheet.rows for sheet in sheets)


def test_the_sheets_show_old_new_difference_and_cause():
    made = between(without(figures(), "toilet_tank_refit_cnt"), resting_on(valued(figures(), dibao_hh="415"), "toilet_tank_refit_cnt", 2))
    numbers, words, gaps = change_sheets(made, catalogue(), H1)
    rows = {row[2]: row for row in numbers.rows}
    assert rows["农村低保户数"][4:9] == ["412", "415", "412", "415", "3"]
    assert rows["改造三格式化粪池座数"][4:9] == [Cell("X", "missing"), "640", "—", "640", "—"]
    assert [row[0] for row in gaps.rows] == ["补齐"] and words.notes


def test_every_printed_figure_stands_in_a_clause():
    made = draft()
    said = clauses(linked_paragraphs(made.rendered.data), {n: item.text for n, item in enumerate(made.printed)})
    (to_write,) = set(range(len(made.printed))) - set(said)  # the town's name inside a note to the writer
    assert made.printed[to_write].indicator == "town_name"
    assert all(made.printed[n].text in clause for n, (clause, _) in said.items())
    one = next(n for n, item in enumerate(made.printed) if item.indicator == "toilet_tank_refit_cnt")
    assert said[one] == ("改造三格式化粪池640座，禾麓集镇推行垃圾四分类。", "改造三格式化粪池□座，□集镇推行垃圾四分类。")


def test_headings_are_read_by_chapter_and_number():
    found = headings("题\n一、上半年工作开展情况\n1. 抓实党员教育。推进…\n2．经济运行：好\n二、问题\n3. 难。\n三、安排")
    assert found == {"一": "上半年工作开展情况", "一.1": "抓实党员教育", "一.2": "经济运行", "二": "问题", "二.3": "难", "三": "安排"}


def test_a_status_is_not_taken_for_a_gap():
    zero = valued(figures(), dibao_hh="0")
    assert zero["dibao_hh"].status is Status.ZERO and between(figures(), zero).new_gaps == ()


def test_a_gap_that_the_office_closed_itself_names_its_word_and_no_hand_in():
    known = resting_on(figures(), "toilet_tank_refit_cnt", 2)
    known["toilet_tank_refit_cnt"] = replace(known["toilet_tank_refit_cnt"], reason="未含荷塘坡村")
    (closed,) = between(without(figures(), "toilet_tank_refit_cnt"), known).closed_gaps
    assert closed.cause == "办公室确定按已报汇总，未含荷塘坡村"


def test_two_rates_differ_by_points():
    made = between(figures(), valued(figures(), satellite_rectify_pct="80"))
    sheet = change_sheets(made, catalogue(), H1)[0]
    assert [row[8:10] for row in sheet.rows] == [["-11.176471", "%（差为百分点）"]]
