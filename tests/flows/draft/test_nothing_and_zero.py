"""What was not there and what was nought: the clause goes, or says so; no dash and no “0人” stands in a sentence (rules.md §7)."""

import re
from dataclasses import replace

import pytest

from catalog.observations import Status
from flows.draft.refresh import refresh_draft
from flows.draft.verbs_work import deviations
from flows.draft.verify import verify_draft
from tests.flows.draft.half_year import AT, H1, catalogue, draft, figures, template, valued, without
from tests.flows.draft.person import edited, retyped

NUMERIC = [n for n in figures() if catalogue().indicators[n].kind not in ("text", "first_date") and catalogue().indicators[n].from_.source not in ("parameter", "part")]
ECONOMY = {"fai_completed", "ind_output", "svc_revenue", "retail_revenue", "tax_collected", "tax_progress_pct", "satellite_rectify_pct", "urban_mgmt_score_min"}
"""A nought of these is news and stays."""
BROKEN = re.compile(r"[，、；。（]{2}|[，、；（]$|（[，、；]|(?<=[一-龥])—(?=[一-龥%])|[，、](?=）)")
NOUGHT = re.compile(r"(?<![\d.])0(?:户|人|条|座|处|辆|基|口|封|只|万|元|个|平方米)")


def said(known):
    made = draft(known)
    text = re.sub(r"(?<=\d)—(?=\d)|(?<=云江)—|——", "～", made.rendered.text)
    assert not BROKEN.search(text), BROKEN.search(text)[0] + "：" + text[max(0, BROKEN.search(text).start() - 20) :][:40]
    assert [f.message for f in verify_draft(made.rendered.data, template(), known, catalogue(), H1)] == []
    assert deviations(made.rendered.data) == []
    return text


@pytest.mark.parametrize("name", NUMERIC)
def test_what_did_not_exist_leaves_no_dash(name):
    assert "—" not in said(without(figures(), name, status=Status.NOT_APPLICABLE))


@pytest.mark.parametrize("name", [n for n in NUMERIC if n not in ECONOMY and catalogue().indicators[n].kind != "growth"])
def test_a_nought_is_said_in_words_or_left_out(name):
    found = NOUGHT.search(said(valued(figures(), **{name: "0"})))
    assert found is None or name in ("dibao_hh", "dibao_persons", "tekun_hh", "tekun_persons"), found


@pytest.mark.parametrize("status", [Status.NOT_APPLICABLE, Status.ZERO])
@pytest.mark.parametrize("about", ["dibao_|tekun_", "psy_", "disabled_", "urban_new|poor_|migrant", "illegal_|house_|satellite|urban_mgmt", "party_", "muck_",
                                   "mask_|covid_don", "opinion_", "powerline_t", "reloc_", "proj_"])  # fmt: skip
def test_a_whole_group_that_was_not_there_leaves_whole_sentences(about, status):
    names = [n for n in NUMERIC if re.match(about, n) and n not in ECONOMY]
    known = valued(figures(), **dict.fromkeys(names, "0")) if status is Status.ZERO else without(figures(), *names, status=status)
    text = said(known)
    assert "—" not in text and not NOUGHT.search(text)


def test_a_town_without_a_line_has_no_sentence_about_one():
    """A list of projects without a line counts no towers; that is no line on which none stands yet."""
    names = [n for n in figures() if n.startswith("powerline_") and n not in NUMERIC]
    known = valued(without(figures(), *names, status=Status.NOT_APPLICABLE), powerline_tower_erected_cnt="0", powerline_tower_planned_cnt="0")
    assert "千伏" not in said(known)
    assert "尚未组塔" in said(valued(figures(), powerline_tower_erected_cnt="0")) and "组塔27基" in said(figures())


def test_a_programme_that_paid_nothing_names_only_its_persons():
    assert "事实无人抚养儿童11人；高龄补贴" in said(valued(figures(), orphanlike_child_amt="0"))


def test_nobody_came_and_nothing_was_heard():
    text = said(valued(figures(), park_visitors="0", opinion_collected_cnt="0", opinion_assigned_cnt="0"))
    assert "今年以来景区未接待游客。" in text and "开展屋场走访，上半年未收到意见建议。" in text
    assert "未接待" not in said(without(figures(), "park_visitors")) and "未收到" not in said(without(figures(), "opinion_collected_cnt"))


@pytest.mark.parametrize(("value", "words"), [("8500", "累计投入8500元"), ("155000", "累计投入15.5万元"), ("12864000", "累计投入1200多万元"), ("0", "一是完善设施。")])
def test_what_the_park_cost(value, words):
    assert words in said(valued(figures(), park_invest_cum=value))


# --- claims ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("values", "heading"), [
    ({}, "2. 经济运行总体平稳、稳中有进。"), ({"fai_completed_yoy_pct": "-30", "svc_revenue_yoy_pct": "5"}, "2. 经济运行。"),
    ({"ind_output_yoy_pct": "0.01"}, "2. 经济运行总体平稳。"), ({"fai_completed_yoy_pct": "-30"}, "2. 经济运行承压前行。"),
])  # fmt: skip
def test_a_heading_claims_what_the_figures_bear_out(values, heading):
    assert heading in said(valued(figures(), **values))


def test_a_heading_claims_nothing_while_a_figure_lacks():
    assert "2. 经济运行。1～6月" in said(without(figures(), "retail_revenue_yoy_pct"))


def test_a_fall_is_no_boom():
    text = said(valued(figures(), park_ticket_yoy_reopen_pct="-28.4"))
    assert "热潮" not in text and "乡村旅游引流，门票收入同比下降28.4%" in text and "国家森林公园开发。" in text
    idle = without(figures(), "park_ticket_yoy_reopen_pct", status=Status.NOT_APPLICABLE)
    assert "提速" not in said(idle), "fewer visitors, and nothing that rose"
    assert "提速" not in said(valued(idle, park_visitors="0")) and "提速" not in said(without(idle, "park_visitors")), "no report, no claim"
    assert "带来乡村旅游热潮" in said(figures()) and "国家森林公园开发提速" in said(figures())
    assert "热潮" not in said(without(figures(), "park_ticket_yoy_reopen_pct"))


def test_a_firm_of_another_kind_keeps_its_name():
    known = figures()
    name = "invest_four_above_names"
    assert "禾麓供应链管理有限公司。" in said(known)
    known[name] = replace(known[name], value="甲有限公司、丙合作社", reason="末一个名称不以“有限公司”结尾")
    assert "甲有限公司、丙合作社。" in said(known)


def test_a_community_among_villages_keeps_its_name():
    text = said(valued(figures(), beautiful_wuchang_villages="岚峰、新桥社区、双江口", model_wuchang_village="禾麓社区"))
    assert "禾麓社区创建“示范屋场”，岚峰村、新桥社区、双江口村创建“美丽屋场”" in text
    assert "麓溪村创建“示范屋场”" in said(figures()) and "X村创建“示范屋场”" in said(without(figures(), "model_wuchang_village"))


def test_a_sum_below_nought_is_held_and_never_reads_as_an_ordinary_amount():
    """More was paid back than paid out: nobody writes 发放-35000元, and the office has to look (rules.md §2, 补发/退回)."""
    below = valued(figures(), dibao_amt="-35000", svc_revenue_yoy_pct="-120.4")
    text = said(below)
    assert "1～6月发放X万元" in text and "同比X%" in text and "-35000元，是负数，请核对补发、退回" in re.findall(r"\[\[手写：3～5条.*?\]\]", text)[0]
    made = draft(below)
    assert {(g.indicator, g.state, g.reason) for g in made.gaps} == {
        ("dibao_amt", "待核对", "合计为-35000元，是负数，请核对补发、退回"), ("svc_revenue_yoy_pct", "待核对", "为-120.4%，降幅超过100%，请核对"),
    }  # fmt: skip
    usual = draft(figures()).rendered.data
    fallen = refresh_draft(usual, below, catalogue(), {}, AT, made.printed, made.gaps)
    assert {(c.indicator, c.new) for c in fallen.changes} == {("dibao_amt", "X万"), ("svc_revenue_yoy_pct", "同比X%")}
    typed = edited(made.rendered.data, retyped("dibao_amt", "3.5"))
    assert any("3.5" in f.found for f in verify_draft(typed, template(), below, catalogue(), H1))
