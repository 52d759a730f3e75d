"""Facts become sentences: what the report says when all is there, when something lacks, when there was nothing."""

import re
from dataclasses import replace

import pytest

from catalog.observations import Figure, Status
from catalog.periods import Period
from flows.draft.hints import hints
from flows.draft.sentences import BadTemplate
from tests.flows.draft.half_year import H1, catalogue, draft, figures, slots, valued, without

EXPECTED = (
    "固定资产投资完成12.47亿元，同比增长10.6%；新入库项目11个。",
    "规模以上服务业实现营业收入9214万元，同比下降6.6%",
    "税收入库4619万元，完成年度任务的53.7%，超序时进度3.7个百分点。",
    "于5月18日启动", "累计投入1200多万元", "收集意见建议480余条，全部交办", "发放162万余元", "发放63.36万元", "发放46520元", "均在93分以上",
    "检查涉嫌违法渣土车1100余辆", "罚款43.5万元", "总体平稳、稳中有进", "岚峰村、白鹭塘村、茶园冲村、双江口村创建“美丽屋场”",
    "来岚峰参观", "镇辖区未报告病例", "上半年未发生安全生产事故。", "公开信四封；赠送口罩1万只", "（同比下降15.7%）", "尚余79户",
)  # fmt: skip
FILLS = """
14 46 21 18 禾麓 12.47 11 10.6 16.84 9214 6.6 6752 4.2 4619 53.7 2 云渚岚科智能装备有限公司、禾麓供应链管理 云渚启明职业学院 禾麓 6
禾麓 麓溪 23 桐冲 油铺屋场 9 云渚 江岚 云渚 186 74 5 18 岚城 禾麓段 27 江岚 岚峰 1200 18.64 岚 峰 岚峰 禾麓 19.1 禾麓 禾麓 26.8 480 禾麓
412 683 162 128 131 63.36 214 27 19 8 236 118.59 11 5 1142 39 63 21 58 8 94 4 26 8 42 7 江岚 8 46520 17 6 1268 74 412 365 23 286 64 158 92
640 禾麓 麓溪 岚峰 白鹭塘 茶园冲 双江口 禾麓 禾麓 327 118 46 5832.5 91.2 93 1100 87 43.5 禾麓 禾麓 云渚 岚峰 全省 麓桥 岚禾 禾安 禾麓 禾麓
"""
FORBIDDEN = re.compile(r"增长[-－−]|负增长|同比去年|截止\d|-6\.6|近\d+多|[；，。]{2}|（）")


def lines(known=None, words=None, period=None) -> str:
    return draft(known, words, *([period] if period else [])).rendered.text


@pytest.mark.parametrize("sentence", EXPECTED)
def test_the_half_year_reads_as_agreed(sentence):
    assert sentence in lines()


def test_every_slot_is_filled_in_its_order():
    printed = [item for item in draft().printed if item.slot]
    assert [item.slot for item in printed] == list(range(1, 119))
    assert [item.indicator for item in printed] == [slot.indicator for slot in slots()]
    assert [item.text for item in printed] == FILLS.split()


def test_nothing_lacks_and_nothing_says_so():
    assert draft().gaps == ()
    assert "初稿" not in lines() and "X" not in lines()


@pytest.mark.parametrize("name", ["2020-H1", "2020-Q1", "2020-Q2", "2020-9M", "2020", "2020-01", "2020-01..02", "2020-H2"])
@pytest.mark.parametrize("status", [Status.REPORTED, Status.MISSING, Status.NOT_APPLICABLE, Status.ZERO])
def test_every_period_and_every_state_gives_a_readable_text(name, status):
    period, known = Period.parse(name), figures(Period.parse(name))
    numbers = [n for n in known if catalogue().indicators[n].kind != "text"]
    if status is Status.ZERO:
        known = valued(known, **dict.fromkeys((n for n in numbers if catalogue().indicators[n].kind != "first_date"), "0"))
    elif status is not Status.REPORTED:
        known = without(known, *numbers, status=status)
    text = lines(known, None, period)
    assert not FORBIDDEN.search(text) and "{" not in text and "None" not in text
    assert period.chinese in text
    assert ("X" in text) == (status is Status.MISSING)


def test_a_whole_year_is_not_called_a_half():
    text = lines(figures(Period.parse("2020")), None, Period.parse("2020"))
    assert text.startswith("禾麓镇2020年工作总结和2021年工作安排") and "上半年" not in text and "截至12月底" in text


def test_a_missing_figure_is_an_x_with_its_unit_and_a_gap():
    made = draft(without(figures(), "toilet_tank_refit_cnt", reason="F18 2020-06 荷塘坡村未报"))
    assert "改造三格式化粪池X座" in made.rendered.text
    assert "（初稿，缺1处，截至7月20日02:00）" in made.rendered.text
    (gap,) = made.gaps
    assert (gap.slot, gap.form, gap.state, gap.reason, gap.paragraph) == (91, "F18", "未报", "F18 2020-06 荷塘坡村未报", "7. 乡村振兴")
    assert gap.due.isoformat() == "2020-07-05" and gap.days_late == 15


def test_no_zero_is_claimed_for_what_nobody_reported():
    unknown = without(figures(), "covid_case_cnt", "safety_accident_cnt", "park_new_illegal_land_cnt", "urban_mgmt_fault_cnt")
    text = lines(unknown)
    assert not re.search("未报告病例|未发生安全生产事故|无新增违法用地|未被通报", text)
    assert text.count("（未核实）") == 4


def test_an_indicator_without_any_figure_is_missing_not_unknown():
    known = figures()
    del known["dibao_hh"]
    assert "全镇农村低保X户683人" in lines(known)


def test_what_did_not_exist_is_nobodys_debt():
    """1月免报: the bureau's four have no January."""
    bureau = ("fai_completed", "ind_output", "svc_revenue", "retail_revenue")
    idle = without(figures(), *bureau, *(f"{n}_yoy_pct" for n in bureau), status=Status.NOT_APPLICABLE)
    made = draft(idle)
    assert made.gaps == () and "固定资产投资" not in made.rendered.text
    assert "禾麓镇新入库项目11个。税收入库4619万元" in made.rendered.text


def test_a_programme_without_persons_and_money_is_left_out():
    text = lines(valued(figures(), retired_united_persons="0", retired_united_amt="0", temp_relief_persons="0", temp_relief_amt="0"))
    assert "精简退职" not in text and "临时救助" not in text and "发放46520元。持证残疾人" in text


def test_persons_without_their_money_lack_only_the_money():
    assert "临时救助58人，发放X万元" in lines(without(figures(), "temp_relief_amt"))


def test_dropped_clauses_shift_no_slot():
    made = draft(valued(figures(), temp_relief_persons="0", temp_relief_amt="0"))
    assert [i.slot for i in made.printed if i.slot] == [n for n in range(1, 119) if n not in (69, 70)]


def test_a_rate_without_its_argument_stays_neutral():
    text = lines(without(figures(), "svc_revenue_yoy_pct", reason="依赖项缺：F03 2020-06未报"))
    assert "9214万元，同比X%" in text


@pytest.mark.parametrize(("rate", "said"), [("0", "与上年同期持平"), ("0.049", "与上年同期基本持平"), ("-0.05", "同比下降0.1%")])
def test_a_flat_rate_has_words(rate, said):
    assert f"9214万元，{said}" in lines(valued(figures(), svc_revenue_yoy_pct=rate))


def test_two_falls_change_the_heading():
    text = lines(valued(figures(), retail_revenue_yoy_pct="-1.2"))
    assert "2. 经济运行承压前行。" in text and "稳中有进" not in text


def test_a_provisional_figure_is_printed_and_said_to_be_one():
    known = figures()
    known["dibao_hh"] = replace(known["dibao_hh"], status=Status.PROVISIONAL)
    (item,) = [i for i in draft(known).printed if i.indicator == "dibao_hh"]
    assert (item.text, item.status, item.lacking) == ("412", Status.PROVISIONAL, False)


# --- the office's own words ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "said"), [
    ("投资{{fai_complete|yi2}}亿元", "没有“fai_complete”这个指标"),
    ("投资{{fai_completed|yi3}}亿元", "没有“yi3”这种格式"),
    ("投资{{fai_completed}亿元", "请检查花括号是否成对"),
    ("投资{fai_completed}亿元", "花括号没有成对"),
    ("投资｛｛fai_completed｝｝亿元", "花括号"),
    ("{% if fai_completed %}投资{% endif %}", "请用 has(…)"),
    ("{% if fai_completed > 100 %}投资{% endif %}", "请用 has(…)"),
    ("{{fai_completed ~ '元'}}", "请用 has(…)"),
    ("投资{{fai_completed.figure.value}}", "只能写指标名"),
    ("{% if has('fai') %}投资{% endif %}", "里应是指标名"),
    ("{% if has(fai) %}投资{% endif %}", "没有“fai”这个指标"),
    ("{% if up(fai_completed) %}投资", "花括号"),
    ("{{has}}", "不是指标名"),
    ("{{''.__class__.__mro__}}", "只能写指标名"),
    ("投资{{town_name|md}}", "不是 2020-07-03 这样的日期"),
])  # fmt: skip
def test_a_slip_in_the_template_is_one_chinese_line_that_names_the_paragraph(words, said):
    with pytest.raises(BadTemplate) as error:
        draft(None, f"3. 项目建设。{words}")
    assert said in str(error.value) and "3. 项目建设" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("words", ["{{beautiful_wuchang_villages｜list（“村”）}}", "{{beautiful_wuchang_villages|list:村}}"])
def test_placeholders_as_word_and_people_type_them_are_understood(words):
    assert lines(None, f"{words}创建") == "岚峰村、白鹭塘村、茶园冲村、双江口村创建"


def test_a_departments_text_is_text_and_never_a_placeholder():
    known = valued(figures(), invest_landed_project_name="{{town_name}}\ue0007\ue001=1\x0b")
    assert "{{town_name}}7=1项目落户" in lines(known)


def test_a_fall_from_a_handful_is_no_hint():
    known = valued(figures(), dibao_hh="3", tekun_persons="90")
    known["dibao_hh"] = replace(known["dibao_hh"], last_year="4", growth_pct="-25", growth_source="warehouse")
    known["tekun_persons"] = replace(known["tekun_persons"], last_year="100", growth_pct="-10", growth_source="warehouse")
    said = "；".join(hints(known, catalogue().indicators, H1))
    assert "同比下降10.0%" in said and "低保户数" not in said


def test_no_title_names_the_months_of_one_period():
    assert not [i.id for i in catalogue().indicators.values() if "6月" in i.title]


@pytest.mark.parametrize(("name", "words"), [
    ("2020-H1", "景区自3月21日恢复开放以来，…为禾麓镇带来乡村旅游热潮，门票收入同比增长19.1%（与上年同日历区间相比）。"),
    ("2020-Q1", "景区自3月21日恢复开放以来，…"), ("2020", "景区自3月21日恢复开放以来，…"),
    ("2020-Q2", "景区…为禾麓镇带来乡村旅游热潮，4—6月门票收入同比增长19.1%（与上年同期相比）。"), ("2020-06", "景区…为禾麓镇带来乡村旅游热潮，6月门票收入同比增长19.1%"),
    ("2021-H1", "景区…为禾麓镇带来乡村旅游热潮，1—6月门票收入同比增长19.1%（与上年同期相比）。"),
])  # fmt: skip
def test_a_rate_names_the_days_it_is_of(name, words):
    """That of a month after the reopening is the month's, not that of the days since (rules.md §1.5)."""
    text = draft(figures(Period.parse(name)), None, Period.parse(name)).rendered.text
    assert words in re.sub(r"\[\[.*?\]\]", "…", text)


def test_a_reopening_nobody_has_dated_is_an_x():
    assert "景区自X月X日恢复开放以来" in draft(without(figures(), "park_reopen_date")).rendered.text


def test_a_day_before_the_period_has_its_year():
    """于5月18日启动 in the report of 2021 would be May of that year."""
    def start(name):
        period = Period.parse(name)
        day = Figure("reloc_b2_start_date", name, "2020-05-18", Status.REPORTED)
        return re.search("有房户74户(.*?)启动", lines(figures(period) | {day.indicator: day}, None, period))[1]

    assert [start(name) for name in ("2020-H1", "2020", "2021-H1")] == ["于5月18日", "于5月18日", "于2020年5月18日"]
