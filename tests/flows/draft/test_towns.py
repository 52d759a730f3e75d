"""Two towns made up to be awkward, and random ones: every slot right, nothing to say in check or verify."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.observations import Status
from catalog.periods import Period
from flows.draft.hints import hints, plan_hints
from flows.draft.lists import to_write_sheet
from flows.draft.refresh import refresh_draft
from flows.draft.verbs_work import deviations
from flows.draft.verify import verify_draft
from tests.flows.draft.half_year import AT, GROWTH, H1, catalogue, draft, figures, template, valued, without
from tests.flows.draft.person import edited
from tests.flows.draft.test_verify import rewritten

COUNTS = [n for n, f in figures().items() if catalogue().indicators[n].kind in ("flow", "stock", "distinct") and f.value and f.value.isdigit()]
RATES = [n for n in figures() if catalogue().indicators[n].kind == "growth"]
PROGRAMMES = [n for n in COUNTS if n.startswith(("uremia", "youfu", "temp_relief", "serious", "covid_hardship", "jingding", "muck_truck"))]
CLAIMED = ["covid_case_cnt", "safety_accident_cnt", "park_new_illegal_land_cnt", "urban_mgmt_fault_cnt"]
EDGES = ("1", "2", "5", "99", "100", "101", "110", "999", "1000", "1001", "9999", "10000", "10001", "99995", "99995000", "100000000", "100499999", "1005000000", "1620000")
RATE_EDGES = ("0", "0.04", "-0.04", "0.05", "-0.05", "0.0499", "99.95", "100", "199.95", "200", "-100", "1000.5", "-0.1499")


def falling_town(period=H1):
    """Everything falls, seven programmes stand still, F18 never comes."""
    known = valued(figures(period), **dict.fromkeys(RATES, "-12.345"), **dict.fromkeys(PROGRAMMES, "0"), tax_progress_pct="41.26")
    known |= {n: replace(known[n], growth_pct="-8.85") for n in GROWTH}
    return without(known, *(n for n in known if catalogue().indicators[n].form == "F18"), reason="F18 2020-06未报")


def edge_town(turn, period=H1):
    """Every figure on an edge of rounding or wording; another ``turn``, another edge."""
    known = valued(figures(period), **{n: EDGES[(i * 7 + turn) % len(EDGES)] for i, n in enumerate(COUNTS)})
    known = valued(known, **{n: RATE_EDGES[(i * 3 + turn) % len(RATE_EDGES)] for i, n in enumerate(RATES)})
    progress = (Decimal("50"), Decimal("50.04"), Decimal("50.05"), Decimal("49.95"), Decimal("100"))[turn % 5]
    known = valued(known, tax_progress_pct=str(progress))
    return known | {n: replace(known[n], growth_pct=RATE_EDGES[(i + turn) % len(RATE_EDGES)]) for i, n in enumerate(GROWTH)}


def clean(known, period=H1):
    made = draft(known, None, period)
    assert [f.message for f in verify_draft(made.rendered.data, template(), known, catalogue(), period)] == []
    assert deviations(made.rendered.data) == []
    return made


def test_a_town_where_everything_falls():
    made = clean(falling_town())
    text = made.rendered.text
    assert "经济运行承压前行" in text and "落后序时进度8.7个百分点" in text and "同比增长" not in text
    assert "尿毒症" not in text and "渣土车" not in text and "改造三格式化粪池X座" in text
    assert {gap.form for gap in made.gaps} == {"F18"}
    slots = [item.slot for item in made.printed if item.slot]
    assert slots == sorted(slots) and 91 in slots and 118 in slots


@pytest.mark.parametrize("turn", range(3))
def test_a_town_on_every_edge(turn):
    clean(edge_town(turn))


@pytest.mark.parametrize(("turn", "old", "new"), [
    (0, "1—6月培训入党", "1—5月培训入党"), (0, "优抚对象1人", "优抚对象1万人"), (1, "（社零）实现营业收入1元", "（社零）实现营业收入1万元"),
    (1, "规模以上服务业实现营业收入1万元", "规模以上服务业实现营业收入1元"), (1, "特困人员护理补贴100人", "特困人员护理补贴99人"), (1, "享受生活补贴99人", "享受生活补贴100人"),
])  # fmt: skip
def test_the_figure_of_another_place_is_no_excuse_in_a_place_that_is_known(turn, old, new):
    """1元 became 1万元, which is what the clause before says of other firms."""
    known = edge_town(turn)
    wrong = edited(draft(known).rendered.data, rewritten(old, new))
    assert len(verify_draft(wrong, template(), known, catalogue(), H1)) == 1


@pytest.mark.parametrize(("name", "words"), [
    ("2020-Q1", ("2020年第一季度工作总结和第二季度工作安排", "1—3月", "截至3月底")), ("2020-H1", ("上半年工作总结和下半年工作安排", "1—6月", "截至6月底")),
    ("2020-02", ("2020年2月工作总结和3月工作安排", "三、3月工作计划")), ("2020-12", ("2020年12月工作总结和2021年1月工作安排", "三、2021年1月工作计划")),
    ("2020-9M", ("前三季度工作总结和第四季度工作安排", "1—9月", "截至9月底")), ("2020", ("2020年工作总结和2021年工作安排", "1—12月", "截至12月底")),
])  # fmt: skip
def test_any_period_from_the_same_template(name, words):
    period = Period.parse(name)
    text = clean(figures(period), period).rendered.text
    assert all(word in text for word in words)
    assert ("今年以来" in text) == (not period.is_month and name != "2020") and ("全年已有18.64万人次" in text) == (name == "2020"), "the year is over when its summary is written"


@pytest.mark.parametrize("name", ["2020-Q1", "2020-9M", "2020"])
def test_the_awkward_towns_in_every_period(name):
    period = Period.parse(name)
    clean(falling_town(period), period)
    clean(edge_town(1, period), period)


RATE = st.decimals("-100", "1500", places=3)
VALUE = st.integers(0, 2_000_000_000)


@settings(max_examples=6)
@given(st.fixed_dictionaries(dict.fromkeys([*COUNTS[::5], *CLAIMED], VALUE)), st.fixed_dictionaries(dict.fromkeys(RATES, RATE)), st.sets(st.sampled_from(COUNTS + CLAIMED + RATES), max_size=8))
def test_whatever_the_figures_words_agree_with_them(values, rates, gone):
    """A direction word always agrees with its figure, and a zero-claim always has a report behind it."""
    known = valued(figures(), **{n: str(v) for n, v in values.items()}, **{n: format(r, "f") for n, r in rates.items()})
    known = without(known, *sorted(gone))
    clean(known)
    text = draft(known).rendered.text
    for name, claim in (("safety_accident_cnt", "未发生安全生产事故"), ("covid_case_cnt", "未报告病例"), ("urban_mgmt_fault_cnt", "未被通报")):
        assert (claim in text) == (known[name].status is Status.ZERO)


def test_a_refresh_from_one_town_to_another_reads_like_a_draft_made_anew():
    """Night after night of other figures in one document; what has no place in it is told, the rest is right."""
    known = edge_town(0)
    data = draft(known).rendered.data
    for turn in (1, 2, 3):
        known = edge_town(turn)
        data = refresh_draft(data, known, catalogue(), {}, AT).data
        wrong = [f.message for f in verify_draft(data, template(), known, catalogue(), H1) if "不符" not in f.message]
        assert wrong == []


def test_the_plan_is_given_what_is_left_of_the_year_s_targets():
    """rules.md §1: 年度任务 and what is done of it; a target that is reached, or has no figure, asks for nothing."""
    known = figures()
    known["tax_collected"] = replace(known["tax_collected"], target="86000000", year_to_date="46190000", progress_pct="53.709302")
    known["toilet_tank_refit_cnt"] = replace(known["toilet_tank_refit_cnt"], target="1600", year_to_date="640", progress_pct="40", reason="未含荷塘坡村")
    known["ind_output"] = replace(known["ind_output"], target="1683900000", year_to_date="1683900000", progress_pct="100")
    known = without(known, "fai_completed")
    found = plan_hints(known, catalogue().indicators)
    assert found == [
        "改造三格式化粪池座数年度任务1600座，已完成640座，尚差960座（未含荷塘坡村）", "税收入库额年度任务8600万元，已完成4619万元，尚差3981万元",
    ]  # fmt: skip
    made = draft(known)
    assert f"四是[[手写：四个目标。数据提示：{'；'.join(found)}]]，促进" in made.rendered.text
    assert verify_draft(made.rendered.data, template(), known, catalogue(), H1) == []
    assert "四是[[手写：四个目标（本期数据没有可提示的内容）]]" in draft(figures()).rendered.text


def test_a_target_of_a_year_that_is_over_is_none_of_the_next_year_s():
    """Nothing is left to do of it, and there is no calendar to be behind of."""
    year = Period.parse("2020")
    known = figures(year)
    known["fai_completed"] = replace(known["fai_completed"], target="2500000000", year_to_date="2345000000", progress_pct="93.8")
    text = draft(known, None, year).rendered.text
    assert "2020年固定资产投资完成额年度任务25亿元，完成23.45亿元，1.55亿元没有完成" in text and "尚差" not in text
    assert "固定资产投资完成额完成年度任务的93.8%，没有完成任务" in text and "落后序时进度6.2" not in text


@pytest.mark.parametrize(("target", "done", "said"), [
    ("360000", "168350", "已完成16.84万元，尚差19.17万元（因四舍五入相加略有出入）"),
    ("360000", "168300", "已完成16.83万元，尚差19.17万元"),
    ("100000000", "99999999", "已完成1亿元，尚差1元"),
])  # fmt: skip
def test_rounded_parts_that_do_not_add_up_say_so(target, done, said):
    """rules.md §3.5: parts are never forced to add up."""
    known = figures()
    known["tax_collected"] = replace(known["tax_collected"], target=target, year_to_date=done, progress_pct="46")
    assert plan_hints({"tax_collected": known["tax_collected"]}, catalogue().indicators)[0].split("，", 1)[1] == said


def test_what_a_person_is_to_write_is_listed_with_the_hints():
    known = without(figures(), "project_words", status=Status.REFUSED, reason="F07 2020-06 进度表第5行被退回")
    sheet = to_write_sheet(draft(falling_town() | known).rendered.text, known, catalogue(), H1)
    rows = [[getattr(cell, "value", cell) for cell in row] for row in sheet.rows]
    assert len(rows) == 14
    assert any(row[2] == "3—5条" and "同比下降6.6%" in row[3] for row in rows)
    assert [row[1] for row in rows if row[2] in ("3—5条", "主线", "四个目标")] == ["二、存在的问题和困难", "三、下半年工作计划", "三、下半年工作计划"]
    assert any(row[2] == "四个目标" and row[3] == "本期数据没有可提示的内容" for row in rows)
    assert any("项目办" in row[2] and "已退回，未引用" in row[3] for row in rows)


def test_the_section_on_problems_is_given_hints():
    known = falling_town()
    known["fai_completed"] = replace(known["fai_completed"], progress_pct="40")
    found = hints(known, catalogue().indicators, H1)
    assert found[0] == "固定资产投资完成额完成年度任务的40.0%，落后序时进度10.0个百分点"
    assert any("同比下降12.3%" in hint for hint in found)
    assert "[[手写：3—5条。数据提示：固定资产投资完成额" in draft(known).rendered.text
    assert "[[手写：3—5条（本期数据没有可提示的内容）]]" in draft(valued(figures() | {n: replace(figures()[n], growth_pct="1") for n in GROWTH}, svc_revenue_yoy_pct="1")).rendered.text


def test_money_paid_to_nobody_and_sums_below_nought_are_hinted():
    known = valued(figures(), uremia_aid_persons="0", dibao_amt="-35000")
    found = hints(known, catalogue().indicators, H1)
    assert "农村低保发放资金合计为-35000元，是负数，请核对补发、退回" in found
    assert any(hint.startswith("尿毒症") and "为87400元" in hint and hint.endswith("为0，对不上") for hint in found)
    assert not [hint for hint in hints(figures(), catalogue().indicators, H1) if "为0" in hint or "负数" in hint]
