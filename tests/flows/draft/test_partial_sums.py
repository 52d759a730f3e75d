"""A figure that rests on an accepted partial sum says which village it is without (rules.md §7), where it stands."""

import io
import zipfile
from dataclasses import replace

import pytest

from catalog.observations import Status
from connectors.documents import running_text
from flows.draft.lists import sources
from flows.draft.refresh import refresh_draft, report_text
from flows.draft.verbs_work import deviations
from flows.draft.verify import verify_draft
from flows.draft.vouched import Vouched, absent_units
from tests.flows.draft.half_year import AT, H1, catalogue, draft, figures, template, valued
from tests.flows.draft.person import all_text, edited, other_runs, reworded, split

LACKS = "未含荷塘坡村"


def partial(known, *names, reason=LACKS):
    return known | {name: replace(known[name], reason=reason, reported_units=16, expected_units=17) for name in names}


def refreshed(data, known):
    anew = draft(known)
    return refresh_draft(data, known, catalogue(), {}, AT, anew.printed, anew.gaps)


@pytest.mark.parametrize(("names", "sentence"), [
    (("toilet_tank_refit_cnt",), "改造三格式化粪池640座（未含荷塘坡村），禾麓镇"),
    (("dibao_hh", "dibao_persons"), "全镇农村低保412户683人（未含荷塘坡村），1—6月"),
    (("dibao_hh",), "全镇农村低保412户（未含荷塘坡村）683人，"),
    (("illegal_build_demolished_cnt", "illegal_build_demolished_area"), "拆除46处、5832.5平方米（未含荷塘坡村）；"),
    (("illegal_build_demolished_cnt",), "拆除46处（未含荷塘坡村）、5832.5平方米；"),
    (("reloc_remaining_hh",), "（尚余79户）（未含荷塘坡村）。"),
    (("tax_progress_pct",), "完成年度任务的53.7%，超序时进度3.7个百分点（未含荷塘坡村）。"),
], ids=["one", "neighbours once", "the first alone", "a list", "within a list", "in brackets", "a rate"])  # fmt: skip
def test_the_note_ends_the_clause(names, sentence):
    known = partial(figures(), *names)
    made = draft(known)
    assert sentence.removesuffix("，禾麓镇") in made.rendered.text
    assert made.rendered.text.count("（未含") == 1
    assert not verify_draft(made.rendered.data, template(), known, catalogue(), H1)
    assert not deviations(made.rendered.data) and running_text(made.rendered.data)
    assert [item.slot for item in made.printed] == [item.slot for item in draft().printed], "no slot is shifted"


def test_months_that_lack_different_villages_name_them_all():
    known = partial(figures(), "dibao_amt", reason="未含荷塘坡村、桐冲村；未含荷塘坡村")
    assert absent_units(known["dibao_amt"]) == ["荷塘坡村", "桐冲村"]
    assert "发放162万余元（未含荷塘坡村、桐冲村）；" in draft(known).rendered.text
    assert absent_units(replace(figures()["dibao_amt"], value=None, status=Status.MISSING, reason=LACKS)) == []


@pytest.mark.parametrize("as_saved", [(), (split,)], ids=["as written", "split"])
def test_the_note_goes_when_the_village_comes_and_returns_when_it_is_taken_back(as_saved):
    known = partial(figures(), "toilet_tank_refit_cnt", "dibao_hh", "dibao_persons")
    data = edited(draft(known).rendered.data, reworded("规范发展", "严格发展"), *as_saved)
    whole = refreshed(data, valued(figures(), toilet_tank_refit_cnt="655", dibao_hh="415"))
    text = all_text(whole.data)
    assert "化粪池655座，" in text and "低保415户683人，" in text and "未含" not in text
    back = refreshed(whole.data, known)
    assert "化粪池640座（未含荷塘坡村），" in all_text(back.data) and "低保412户683人（未含荷塘坡村），" in all_text(back.data)
    assert refreshed(back.data, known).data == back.data
    assert [c.new for c in back.changes] == ["412", "683（未含荷塘坡村）", "640（未含荷塘坡村）"]


def test_what_a_count_of_persons_was_without_a_village_is_not_told_beside_what_it_is_with_it():
    """415 less 412 is 荷塘坡村's three households; the neighbour's note stands for both."""
    data = draft(partial(figures(), "dibao_hh", "dibao_persons", "toilet_tank_refit_cnt")).rendered.data
    whole = valued(figures(), dibao_hh="415", dibao_persons="689", toilet_tank_refit_cnt="655")
    anew = draft(whole)
    done = refresh_draft(edited(data, reworded("规范发展", "严格发展")), whole, catalogue(), {}, AT, anew.printed, anew.gaps, hiding=True)
    said = report_text(done) + zipfile.ZipFile(io.BytesIO(done.data)).read("word/comments.xml").decode()
    assert "*→415" in said and "*→689" in said and "412" not in said and "683" not in said
    assert "640（未含荷塘坡村）→655" in said, "a tank is nobody"


def test_a_note_that_a_person_has_taken_out_stays_out():
    known = partial(figures(), "toilet_tank_refit_cnt")
    data = edited(draft(known).rendered.data, reworded("（未含荷塘坡村）", ""))
    again = refreshed(data, valued(known, toilet_tank_refit_cnt="650"))
    assert "化粪池650座，" in all_text(again.data)
    assert again.left == ("“改造三格式化粪池座数”后面的“（未含荷塘坡村）”已不在原处，没有恢复；现在的数未含荷塘坡村，请核对。",)
    whole = refreshed(again.data, figures())
    assert "化粪池640座，" in all_text(whole.data) and not whole.left


def test_runs_beside_the_note_are_not_touched():
    """The unit stands in a run of its own, in a form of its own: it stays there."""
    before = edited(draft(figures()).rendered.data, split)
    after = refreshed(before, partial(figures(), "toilet_tank_refit_cnt")).data
    old, new = other_runs(before), other_runs(after)
    changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    assert len(changed) == 1 and "（未含荷塘坡村）" in changed[0][1].decode()


def test_where_it_comes_from_tells_what_the_office_has_said():
    known = partial(figures(), "toilet_tank_refit_cnt")
    made = draft(known)
    told = Vouched({}, {"toilet_tank_refit_cnt": "按已报汇总，未含荷塘坡村"})
    sheet = sources(made.printed, known, [], catalogue(), H1, AT, told)
    row = next(r for r in sheet.rows if r[2] == "改造三格式化粪池座数")
    assert row[3] == "640（未含荷塘坡村）" and any(getattr(c, "value", "") == "按已报汇总，未含荷塘坡村" for c in row)
