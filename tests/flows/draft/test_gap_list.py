"""The list of gaps at the end of a draft that people have edited: it follows the X that stand, or says why it does not."""

from datetime import timedelta

import pytest

from catalog.observations import Status
from connectors.documents import clean_copy
from flows.draft.compose import compose_draft
from flows.draft.refresh import refresh_draft, report_text
from tests.flows.draft.half_year import AT, H1, catalogue, draft, figures, slots, template, valued, without
from tests.flows.draft.person import W, all_text, body_of, deleted, edited, paragraphs, retyped, reworded, split, text_of

TWO = ("toilet_tank_refit_cnt", "reloc_b1_done_hh")


def written(*lacking):
    return edited(draft(without(figures(), *lacking)).rendered.data, reworded("规范发展", "严格发展"))


def refreshed(data, known, at=AT):
    anew = draft(known)
    return refresh_draft(data, known, catalogue(), {}, at, anew.printed, anew.gaps)


def listed(data):
    """The cells of the list, row by row, without the heading."""
    table = next((t for t in body_of(data).iter(f"{W}tbl")), None)
    return [] if table is None else [[text_of(cell) for cell in row.iter(f"{W}tc")] for row in table.iter(f"{W}tr")][1:]


@pytest.mark.parametrize("as_saved", [(), (split,)], ids=["as written", "split"])
def test_a_gap_that_is_closed_leaves_the_list(as_saved):
    data = edited(written(*TWO), *as_saved)
    assert [row[3] for row in listed(data)] == ["固废场1.5公里防护区搬迁签约并倒房腾地户数", "改造三格式化粪池座数"]
    done = refreshed(data, without(figures(), "reloc_b1_done_hh"))
    assert [row[3] for row in listed(done.data)] == ["固废场1.5公里防护区搬迁签约并倒房腾地户数"]
    assert done.gaps_renewed and "“数据缺口清单”已更新" in report_text(done)


def test_a_new_gap_enters_it_with_who_owes_it():
    done = refreshed(written("toilet_tank_refit_cnt"), without(figures(), *TWO, reason="F08 2020-06未报"))
    assert [row[3] for row in listed(done.data)] == ["固废场1.5公里防护区搬迁签约并倒房腾地户数", "改造三格式化粪池座数"]
    assert listed(done.data)[0][7] == "F08 2020-06未报"
    again = refreshed(done.data, figures())
    assert not listed(again.data) and "数据缺口清单" not in all_text(again.data)


def test_a_date_in_the_list_is_not_broken_over_lines():
    """A word processor may break a line at a plain hyphen, and does in a face with wide digits."""
    known = without(figures(), *TWO, reason="F08 2020-06未报")
    made = draft(known).rendered.data
    again = refreshed(edited(made, reworded("规范发展", "严格发展")), without(known, "dibao_hh", reason="F12 2020-05未报"))
    for data in (made, again.data):
        table = next(body_of(data).iter(f"{W}tbl"))
        assert "2020-07-05" in text_of(table) and not [t.text for t in table.iter(f"{W}t") if "-" in (t.text or "")]
    assert again.gaps_renewed, "a list with such hyphens is known as ours"


def test_days_alone_do_not_touch_a_document():
    data = written(*TWO)
    assert refreshed(data, without(figures(), *TWO), AT + timedelta(days=3)).data == data


def test_a_list_that_a_person_has_changed_is_told_and_left():
    def noted(body):
        cell = next(c for c in body.iter(f"{W}tc") if "化粪池" in text_of(c))
        next(cell.iter(f"{W}t")).text = "化粪池：已电话催过"

    done = refreshed(edited(written(*TWO), noted), without(figures(), "reloc_b1_done_hh"))
    assert any("化粪池：已电话催过" in cell for row in listed(done.data) for cell in row)
    assert any("已手改，没有更新" in left and "现缺1处" in left for left in done.left)


def test_a_list_that_was_deleted_is_not_put_back():
    def gone(body):
        caption = next(p for p in paragraphs(body) if text_of(p) == "数据缺口清单")
        for element in (caption.getnext(), caption):
            element.getparent().remove(element)

    done = refreshed(edited(written(*TWO), gone), without(figures(), *TWO))
    assert not listed(done.data) and any("没有“数据缺口清单”" in left for left in done.left)


def test_a_figure_typed_in_by_hand_is_no_gap_of_this_document():
    data = edited(written(*TWO), retyped("toilet_tank_refit_cnt", "640"), deleted("dibao_hh"))
    done = refreshed(data, without(valued(figures(), dibao_persons="690"), *TWO))
    assert [row[3] for row in listed(done.data)] == ["固废场1.5公里防护区搬迁签约并倒房腾地户数"]
    assert "数据缺口清单" not in all_text(clean_copy(done.data))


def test_a_paragraph_without_a_number_is_called_after_its_chapter():
    """Its first words, cut after sixteen characters, are no name: 讲好禾麓“三色故事”，以高品质项."""
    made = draft(without(figures(), "town_name", "dibao_hh", "reloc_remaining_hh", "draft_date"))
    of = {gap.indicator: gap.paragraph for gap in reversed(made.gaps)}
    assert [of[n] for n in ("town_name", "dibao_hh", "reloc_remaining_hh", "draft_date")] == ["标题", "6. 民生保障", "三、下半年工作计划", "落款"]


def test_a_gap_that_waits_for_one_that_never_came_and_one_sent_back_says_both():
    """Which of the two was said depended on the order in which the months stood."""
    known = without(figures(), "dibao_hh", reason="F12 2020-05已退回；F12 2020-06未报") | {
        n: f for n, f in without(figures(), "tekun_hh", status=Status.REFUSED, reason="F12 2020-05未报；F12 2020-06 石塘村被退回").items() if n == "tekun_hh"
    }
    assert {gap.indicator: gap.state for gap in draft(known).gaps} == {"dibao_hh": "未报、退回", "tekun_hh": "未报、退回"}


def test_the_line_under_the_title_names_the_year_when_it_is_another():
    later = AT.replace(year=2021, month=1)
    made = compose_draft(template(), without(figures(), "dibao_hh"), catalogue(), slots(), H1, later).rendered
    assert "（初稿，缺1处，截至2021年1月20日02:00）" in made.text
    assert "初稿" not in all_text(clean_copy(made.data))
    done = refresh_draft(made.data, figures(), catalogue(), {}, later)
    assert "（初稿，截至2021年1月20日02:00）" in all_text(done.data)


def test_a_date_and_a_state_of_the_list_stand_on_one_line():
    """Between its margins a column of the list holds ten half figures (a date), or three characters (已退回), of 10.5 points."""
    table = next(body_of(draft(without(figures(), *TWO)).rendered.data).iter(f"{W}tbl"))
    widths = [int(c.get(f"{W}w")) for c in table.iter(f"{W}gridCol")]
    inside = [width - 2 * 57 for width in widths]
    assert all(m.get(f"{W}w") == "57" for m in table.find(f"{W}tblPr/{W}tblCellMar"))
    assert inside[8] >= 10 * 105 and inside[6] >= 3 * 210 and inside[9] >= 4 * 105 and sum(widths) <= 8846
