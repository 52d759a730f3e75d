"""Words that stand only under a condition: what a refresh cannot renew is told, with what a new draft would say."""

from dataclasses import replace

import pytest

from catalog.periods import Period
from connectors.documents import build_template
from flows.draft.left_over import told
from flows.draft.refresh import refresh_draft
from flows.draft.variants import other_branches
from tests.flows.draft.half_year import AT, H1, catalogue, draft, figures, template, valued, without
from tests.flows.draft.person import all_text, edited, moved, reworded, split, unboxed
from tests.flows.draft.test_towns import edge_town, falling_town


def left(data, known, period=H1):
    anew = draft(known, None, period)
    done = refresh_draft(data, known, catalogue(), {}, AT, anew.printed, anew.gaps)
    return done.data, told(done, template(), known, catalogue(), period).left


@pytest.mark.parametrize(("before", "after", "sentence"), [
    ({"disabled_cert_persons": "0"}, {}, None),
    ({}, {"fai_completed_yoy_pct": "-3"}, "文中“在固定资产投资同比下降3.0%的同时”，按现在的数新稿写作“在固定资产投资同比下降3.0%的情况下”，请酌情改写。"),
    ({}, {"park_ticket_yoy_reopen_pct": "-1", "park_visitors": "0"}, "文中“4. 岚峰国家森林公园开发提速”，按现在的数新稿写作“4. 岚峰国家森林公园开发”，请酌情改写。"),
    ({}, {"svc_revenue_yoy_pct": "-1", "retail_revenue_yoy_pct": "-1"}, "文中“2. 经济运行总体平稳、稳中有进”，按现在的数新稿写作“2. 经济运行承压前行”，请酌情改写。"),
])  # fmt: skip
def test_a_sentence_of_the_other_branch_is_told_with_what_it_would_be(before, after, sentence):
    data, said = left(draft(valued(figures(), **before)).rendered.data, valued(figures(), **after))
    branches = [one for one in said if "按现在的数" in one]
    assert (sentence in branches) if sentence else not branches
    if sentence:
        assert sentence.split("”")[0].removeprefix("文中“") in all_text(data)
        claim = sentence.split("“")[1].split("”")[0][-4:]
        assert not any(claim in one and "与数据库不符" in one for one in said), "once, and with the words to put there"


def test_words_that_hang_on_a_figure_which_is_not_printed_are_told():
    words = "# {{town_name}}镇{{period.title}}工作总结\n{% if any(disabled_cert_persons) %}持证残疾人{{disabled_cert_persons}}人，其中{% endif %}集中办证{{disabled_cert_batch_persons}}人{% if any(dibao_hh) %}，另有低保户{% endif %}。"
    old = draft(valued(figures(), dibao_hh="0"), words).rendered.data
    assert other_branches(old, build_template(words), figures(), catalogue(), H1) == ["文中“其中集中办证74人”，按现在的数新稿写作“其中集中办证74人，另有低保户”，请酌情改写。"]


def test_what_nobody_knows_any_more_is_told_as_unverified():
    data = draft(valued(figures(), safety_accident_cnt="2")).rendered.data
    said = left(data, without(figures(), "safety_accident_cnt"))[1]
    assert any("“发生安全生产事故X起”，按现在的数新稿写作“安全生产事故X起（未核实）”" in one for one in said)


@pytest.mark.parametrize("deed", [split, moved("7. 乡村振兴", 3), reworded("的同时", "期间"), reworded("开发提速", "开发步伐加快"), reworded("其中集中办证", "当年集中办证")])
def test_a_person_s_own_words_are_left_in_peace(deed):
    data = edited(draft().rendered.data, deed)
    assert other_branches(data, template(), figures(), catalogue(), H1) == []


def test_where_controls_are_gone_it_is_told_all_the_same():
    data = edited(draft().rendered.data, unboxed)
    assert "按现在的数" in "".join(left(data, valued(figures(), fai_completed_yoy_pct="-3"))[1])


@pytest.mark.parametrize("name", ["2020-Q1", "2020-H1", "2020-9M", "2020", "2020-02"])
def test_our_own_drafts_have_no_other_branch_in_them(name):
    period = Period.parse(name)
    for known in (figures(period), falling_town(period), *(edge_town(turn, period) for turn in range(3))):
        assert other_branches(draft(known, None, period).rendered.data, template(), known, catalogue(), period) == []


def test_a_clause_that_a_new_draft_drops_is_quoted_as_it_reads_now():
    known = valued(figures(), uremia_aid_amt="0", uremia_aid_persons="0")
    data, said = left(draft().rendered.data, known)
    assert "发放0元" in all_text(data) and any("文中仍有“发放0元”" in one for one in said) and not any("0万余元" in one for one in said)


def test_a_figure_that_another_sentence_stands_for_now_is_told():
    """已交办300条 of 486; now all of them are: the clause is 全部交办 and prints no figure."""
    data = draft(valued(figures(), opinion_assigned_cnt="300")).rendered.data
    assert any("“已交办意见条数”现为486，新稿不写这一处，文中仍有“已交办486条”" in one for one in left(data, figures())[1])


def test_a_template_of_another_day_is_no_reason_to_speak():
    data = draft().rendered.data
    assert other_branches(data, build_template("# 别的材料\n没有数的一段。"), figures(), catalogue(), H1) == []
    broken = replace(figures()["dibao_hh"], value="-5")
    assert other_branches(data, template(), figures() | {"dibao_hh": broken}, catalogue(), H1) == []
