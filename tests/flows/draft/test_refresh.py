"""New figures into a draft people have edited: theirs stays, ours follows, and what cannot be followed is told."""

from dataclasses import replace

import msgspec
import pytest

from catalog.observations import LineageRow, Status
from connectors.documents import unfinished
from flows.draft.left_over import told
from flows.draft.refresh import NotADraft, refresh_draft
from flows.draft.verify import verify_draft
from tests.flows.draft.half_year import AT, H1, catalogue, draft, figures, refreshed, template, valued, without, written
from tests.flows.draft.person import (
    BODY,
    W,
    all_text,
    body_of,
    comments,
    control,
    deleted,
    edited,
    moved,
    nameless,
    other_runs,
    parts,
    retyped,
    reworded,
    split,
    tracked,
    unboxed,
    unlinked,
)


def with_hand_in(known, name):
    return known | {name: replace(known[name], lineage=(LineageRow(name, H1.name, "", "2020-06", "415", 7, "月报", "C5"),))}


def test_a_figure_changes_where_it_stands_and_says_which_hand_in_changed_it():
    known = with_hand_in(valued(figures(), dibao_hh="415"), "dibao_hh")
    done = refreshed(written(), without(known, "toilet_tank_refit_cnt"))
    assert "全镇农村低保415户683人" in all_text(done.data)
    assert [(c.old, c.new) for c in done.changes] == [("412", "415")]
    assert "412→415：社会事务办F12（2020-06）“F12（终稿）.xlsx”，7月18日09:00" in comments(done.data)


def test_a_figure_that_became_too_small_for_its_unit_takes_another_one_along():
    small = without(valued(figures(), fai_completed="450000", dibao_amt="134560000"), "toilet_tank_refit_cnt")
    done = refreshed(written(), small)
    assert "固定资产投资完成45万元，同比增长10.6%" in all_text(done.data) and "发放1.35亿元；" in all_text(done.data)
    assert {("12.47亿元", "45万元"), ("162万余", "1.35亿")} <= {(c.old, c.new) for c in done.changes}
    assert all_text(refreshed(done.data, without(figures(), "toilet_tank_refit_cnt")).data) == all_text(written())


def hint(data, indicator):
    """What Word and WPS show when the pointer rests on a figure."""
    return next(link.get(f"{W}tooltip") for link in control(body_of(data), indicator).iterancestors(f"{W}hyperlink"))


def test_the_pointer_shows_where_a_figure_comes_from_before_and_after_a_refresh():
    known = with_hand_in(figures(), "dibao_hh")
    assert hint(written(), "dibao_hh").startswith("农村低保户数＝412户")
    same = refreshed(written(), without(known, "toilet_tank_refit_cnt"))
    assert same.changes == () and "F12 2020-06 月报 C5" in hint(same.data, "dibao_hh"), "another hand-in says the same"
    done = refreshed(written(), without(with_hand_in(valued(figures(), dibao_hh="415"), "dibao_hh"), "toilet_tank_refit_cnt"))
    assert hint(done.data, "dibao_hh").startswith("农村低保户数＝415户") and "C5" in hint(done.data, "dibao_hh")
    gone = refreshed(done.data, without(figures(), "toilet_tank_refit_cnt", "dibao_hh"))
    assert hint(gone.data, "dibao_hh") is None


def test_nothing_but_the_figure_is_touched():
    """Every other part byte for byte, every other run too; comments are a part of their own."""
    before = edited(written(), reworded("完成年度", "实现全年"), split)
    after = refreshed(before, valued(without(figures(), "toilet_tank_refit_cnt"), dibao_hh="415", reloc_b1_done_hh="190")).data
    old, new = parts(before), parts(after)
    assert {n for n in new if new[n] != old.get(n)} <= {BODY, "word/comments.xml", "customXml/item2.xml"}
    assert other_runs(before) == other_runs(after)


def test_a_refresh_with_nothing_new_gives_the_same_bytes():
    data = edited(written(), split)
    assert refreshed(data, without(figures(), "toilet_tank_refit_cnt")).data == data


@pytest.mark.parametrize("as_saved", [(), (split,), (nameless,), (split, nameless), (nameless, unlinked), (unboxed, unlinked)], ids=["as written", "split", "nameless", "both", "only bookmarks in controls", "only bookmarks"])
@pytest.mark.parametrize(("rate", "words"), [
    ("3.2", "9214万元，同比增长3.2%"), ("-0.96", "9214万元，同比下降1.0%"), ("0", "9214万元，与上年同期持平；"), ("0.01", "9214万元，与上年同期基本持平；"), ("250", "9214万元，同比增长2.5倍；"),
])  # fmt: skip
def test_the_direction_word_follows_its_figure(as_saved, rate, words):
    done = refreshed(edited(written(), *as_saved), valued(figures(), svc_revenue_yoy_pct=rate))
    assert words in all_text(done.data)
    back = refreshed(done.data, figures())
    assert "9214万元，同比下降6.6%；" in all_text(back.data)


def test_a_direction_word_in_a_person_s_own_words_is_turned_too():
    data = edited(written(), reworded("同比下降", "较上年同期减少了"))
    done = refreshed(data, valued(figures(), svc_revenue_yoy_pct="3.2"))
    assert "较上年同期增加了3.2%" in all_text(done.data)


def test_a_clause_whose_words_are_gone_is_told_once_and_left():
    data = edited(written(), reworded("同比下降", "同上年相比为"))
    known = valued(figures(), svc_revenue_yoy_pct="3.2")
    done = refreshed(data, known)
    assert "同上年相比为6.6%" in all_text(done.data) and any("同比增长3.2%" in left for left in done.left)
    again = refreshed(done.data, known)
    assert again.data == done.data and again.left == done.left


@pytest.mark.parametrize(("was", "became", "known"), [
    ("同比下降", "受客流下降影响为上年的", {"svc_revenue_yoy_pct": "3.2"}), ("同比下降", "由一季度的增长转为下降", {"svc_revenue_yoy_pct": "3.2"}),
    ("超序时进度", "超过序时进度", {"tax_progress_pct": "45.1"}), ("超序时进度", "超额完成时序进度", {"tax_progress_pct": "45.1"}),
])  # fmt: skip
def test_a_direction_word_of_something_else_or_a_part_of_another_word_is_left_and_told(was, became, known):
    data = edited(written(), reworded(was, became))
    assert became in all_text(data)
    done = refreshed(data, valued(figures(), **known))
    assert became in all_text(done.data) and any("请手工改这个数" in left for left in done.left)


def test_a_document_that_a_word_processor_has_spoilt_is_one_sentence():
    from flows.draft.refresh import NotADraft

    with pytest.raises(NotADraft):
        refreshed(_spoilt(written()), figures())


def _spoilt(data: bytes) -> bytes:
    """The document's own part cut in two, as a failed save leaves it."""
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name)[:5000] if name == BODY else old.read(name))
    return out.getvalue()


def test_units_that_belong_to_a_figure_follow_it():
    done = refreshed(written(), valued(figures(), dibao_amt="1620000", tax_progress_pct="45.1"))
    text = all_text(done.data)
    assert "1—6月发放162万元；" in text and "完成年度任务的45.1%，落后序时进度4.9个百分点。" in text


def test_an_x_becomes_a_figure_without_marks_and_a_figure_an_x_with_them():
    done = refreshed(written(), without(figures(), "reloc_b1_done_hh"))
    body = parts(done.data)[BODY].decode()
    assert "改造三格式化粪池640座" in all_text(done.data) and "搬迁已有X户" in all_text(done.data)
    assert body.count('w:val="yellow"') == 1 and not any(c.startswith("缺：") for c in comments(done.data))
    assert "（初稿，缺1处，截至7月20日02:00）" in all_text(done.data)
    whole = refreshed(done.data, figures())
    assert "yellow" not in parts(whole.data)[BODY].decode() and "（初稿，截至7月20日02:00）" in all_text(whole.data)


@pytest.mark.parametrize("deed", [retyped("dibao_hh", "420"), tracked("dibao_hh", "420")], ids=["typed over", "tracked"])
def test_a_figure_typed_over_is_told_and_not_restored(deed):
    data = edited(written(), deed)
    done = refreshed(data, valued(figures(), dibao_hh="415"))
    assert "低保420户" in all_text(done.data)
    assert [left for left in done.left if "420" in left and "415" in left]
    assert refreshed(done.data, valued(figures(), dibao_hh="415")).data == done.data


def test_a_figure_typed_over_with_the_right_one_is_simply_right():
    done = refreshed(edited(written(), retyped("dibao_hh", "415")), valued(figures(), dibao_hh="415"))
    assert not done.left and "低保415户" in all_text(done.data)
    assert "低保418户" in all_text(refreshed(done.data, valued(figures(), dibao_hh="418")).data)


def test_a_deleted_figure_is_told_and_not_restored():
    done = refreshed(edited(written(), deleted("dibao_hh")), valued(figures(), dibao_hh="415"))
    assert "农村低保户683人" in all_text(done.data) and any("已被删去" in left for left in done.left)


def test_a_deleted_figure_that_is_another_one_by_now_says_which():
    """Whoever took it out may have written the old one beside it; and a name that joined a list stood nowhere in the report."""
    done = refreshed(edited(written(), deleted("dibao_hh")), valued(figures(), dibao_hh="415"))
    assert any("“农村低保户数”的数（原印412，现为415）已被删去" in left for left in done.left)

    def last_name_gone(body):
        *_, last = [c for c in body.iter(f"{W}sdt") if c.find(f"{W}sdtPr/{W}tag").get(f"{W}val").endswith("=beautiful_wuchang_villages")]
        last.getparent().remove(last)

    longer = refreshed(edited(written(), last_name_gone), valued(figures(), beautiful_wuchang_villages="岚峰、白鹭塘、茶园冲、双江口、石塘"))
    assert any("（原印双江口，现为双江口村、石塘）已被删去" in left for left in longer.left)


def test_a_direction_word_that_somebody_turned_by_hand_is_told_when_its_figure_moves():
    """同比增长6.6% that a find-and-replace had made of 同比下降6.6% became 同比增长7.9%, as one figure changed among others."""
    data = edited(written(), reworded("同比下降", "同比增长"))
    known = valued(figures(), svc_revenue_yoy_pct="-7.9")
    done = refreshed(data, known)
    assert "9214万元，同比增长6.6%" in all_text(done.data) and any("现为“同比下降7.9%”，这一句的词句已改" in left for left in done.left)
    kept = refreshed(edited(written(), reworded("同比下降", "由一季度的增长转为同比下降")), known)
    assert "转为同比下降7.9%" in all_text(kept.data) and not any("词句已改" in left for left in kept.left)


def test_a_line_that_counts_the_gaps_in_a_person_s_words_is_told():
    """It went on saying 缺1处 when nothing was lacking any more."""
    done = refreshed(edited(written(), reworded("初稿，缺", "征求意见稿，缺")), figures())
    assert done.left == ("标题下的“（征求意见稿，缺1处，截至7月20日02:00）”已手改，没有更新；文中现缺0处。",)


def test_a_figure_that_is_lacking_by_now_is_an_x_in_a_reworded_clause_too():
    """The words could not follow, so last night's 6.6 stayed, and the clean copy went up with it."""
    data = edited(draft().rendered.data, reworded("同比下降", "同上年相比为"))
    known = without(figures(), "svc_revenue_yoy_pct")
    done = refreshed(data, known)
    assert "同上年相比为X%；" in all_text(done.data) and len(unfinished(done.data).missing) == 1
    assert done.left == ("“规模以上服务业营业收入同比增速”缺数，这一句的词句已改，只把数写成了X，请核对它的方向词和单位。",)
    again = refreshed(done.data, known)
    assert again.data == done.data and again.left == done.left
    back = refreshed(edited(done.data, reworded("同上年相比为", "较上年减少")), valued(figures(), svc_revenue_yoy_pct="3.2"))
    assert "较上年增加3.2%；" in all_text(back.data)


def test_a_figure_stays_in_the_unit_of_its_sentence_when_its_display_is_another_one_by_now():
    """{{svc_revenue}}万元 in the office's template, and some day the catalogue shows it in 亿元: 0.93万元."""
    wording = "# {{town_name}}镇{{period.title}}工作总结\n\n服务业营业收入{{svc_revenue}}万元。\n"
    data = draft(words=wording).rendered.data
    assert "服务业营业收入9214万元" in all_text(data)
    other = msgspec.structs.replace(catalogue().indicators["svc_revenue"], display="yi2")
    shown = replace(catalogue(), indicators={**catalogue().indicators, "svc_revenue": other})
    done = refresh_draft(data, valued(figures(), svc_revenue="93000000"), shown, {}, AT)
    assert "服务业营业收入9300万元" in all_text(done.data)


def test_hints_of_another_day_are_told_while_their_block_stands():
    known = valued(without(figures(), "toilet_tank_refit_cnt"), svc_revenue_yoy_pct="-9.9")
    (said,) = [s for s in told(refreshed(written(), known), template(), known, catalogue(), H1).left if "数据提示" in s]
    assert said.startswith("“3—5条”") and "同比下降9.9%" in said
    same = without(figures(), "toilet_tank_refit_cnt")
    assert not any("数据提示" in s for s in told(refreshed(written(), same), template(), same, catalogue(), H1).left)
    worked = edited(written(), lambda body: [setattr(t, "text", "") for t in body.iter(f"{W}t") if "数据提示" in (t.text or "")])
    assert not any("数据提示" in s for s in told(refreshed(worked, known), template(), known, catalogue(), H1).left)


def test_a_list_that_grows_grows_and_one_that_shrinks_is_told():
    longer = refreshed(written(), valued(figures(), beautiful_wuchang_villages="岚峰、白鹭塘、茶园冲、双江口、石塘"))
    assert "双江口村、石塘村创建" in all_text(longer.data)
    shorter = refreshed(longer.data, valued(figures(), beautiful_wuchang_villages="岚峰、白鹭塘"))
    (told_once,) = [left for left in shorter.left if "名单变短" in left]
    assert "现为岚峰、白鹭塘；原印岚峰、白鹭塘、茶园冲、双江口村、石塘，请手工删改" in told_once
    assert parts(shorter.data)["word/comments.xml"].decode().count("名单变短") == 1
    again = refreshed(shorter.data, valued(figures(), beautiful_wuchang_villages="岚峰、白鹭塘"))
    assert again.left == shorter.left and again.data == shorter.data


def test_a_list_that_became_empty_is_told_and_its_names_are_found_again_the_next_night():
    """An empty control would be lost: 企业0家：有限公司, and nobody could put names back into it."""
    data = draft().rendered.data
    done = refreshed(data, valued(figures(), invest_four_above_cnt="0", invest_four_above_names=""))
    assert "企业0家：云渚岚科智能装备有限公司、禾麓供应链管理有限公司" in all_text(done.data)
    assert any("企业名称”现在一个也没有" in said for said in done.left)
    back = refreshed(done.data, valued(figures(), invest_four_above_cnt="1", invest_four_above_names="石塘米业"))
    assert "企业1家：石塘米业有限公司" in all_text(back.data) and not any("删去" in said for said in back.left)


def test_a_lead_over_the_calendar_without_a_figure_claims_no_direction():
    data = draft().rendered.data
    gone = refreshed(data, known := without(figures(), "tax_progress_pct"))
    assert "完成年度任务的X%，较序时进度X个百分点" in all_text(gone.data)
    assert not [f for f in verify_draft(gone.data, template(), known, catalogue(), H1) if "序时" in f.message]
    back = refreshed(gone.data, valued(figures(), tax_progress_pct="45"))
    assert "完成年度任务的45.0%，落后序时进度5.0个百分点" in all_text(back.data)


def test_other_words_of_the_sentence_that_say_the_old_direction_are_told():
    data = edited(draft().rendered.data, reworded("同比下降", "出现下滑，降幅为"))
    done = refreshed(data, valued(figures(), svc_revenue_yoy_pct="5"))
    assert "出现下滑，增幅为5.0%" in all_text(done.data)
    assert any("还写着“下滑”" in said for said in done.left)


def test_what_the_draft_has_no_place_for_is_told():
    made = draft(valued(figures(), temp_relief_persons="0", temp_relief_amt="0"))
    done = refreshed(made.rendered.data, figures(), draft().printed)
    assert any("临时救助" in left and "没有这一处" in left for left in done.left)


def test_a_clause_that_a_new_draft_would_drop_is_told():
    """A programme that fell to nought, a rate of nothing: the words stay, and the writer is told that they say nothing now."""
    known = valued(figures(), migrant_transport_allow_persons="0", powerline_tower_erected_cnt="0")
    known["satellite_rectify_pct"] = replace(known["satellite_rectify_pct"], value=None, status=Status.NOT_APPLICABLE)
    done = refreshed(draft().rendered.data, known, draft(known).printed)
    told = [said for said in done.left if "新稿不写这一处" in said]
    assert len(told) == 3 and "文中仍有“向0名外出务工人员发放交通补贴”" in "".join(told) and "“组塔0基”" in "".join(told) and "现为不适用" in "".join(told)
    assert refreshed(draft().rendered.data, figures(), draft().printed).left == ()


def test_three_nights_of_a_person_s_work():
    """Words changed, paragraphs moved, figures typed over, runs split, changes tracked, three nights of other figures."""
    data = edited(written(), reworded("规范发展", "严格发展"), moved("7. 乡村振兴", 4), split)
    first = refreshed(data, valued(figures(), dibao_hh="415", svc_revenue_yoy_pct="1.5"))
    second = refreshed(edited(first.data, tracked("dibao_persons", "690"), retyped("tekun_hh", "130"), reworded("巡查", "排查")),
                       valued(figures(), dibao_hh="416", svc_revenue_yoy_pct="-1.5", retail_revenue_yoy_pct="-2"))  # fmt: skip
    third = refreshed(edited(second.data, deleted("youfu_persons"), split), valued(figures(), dibao_hh="417", toilet_tank_refit_cnt="641"))
    text = all_text(third.data)
    for words in ("低保417户690人", "供养130户131人", "9214万元，同比下降6.6%", "6752万元，同比增长4.2%", "化粪池641座", "严格发展", "排查违建", "优抚对象人"):
        assert words in text
    assert text.index("7. 乡村振兴") < text.index("2. 经济运行")
    assert {c for c in comments(third.data) if "→4" in c} == {f"{a}→{b}：参数、口径或核准有变化" for a, b in (("412", "415"), ("415", "416"), ("416", "417"))}


@pytest.mark.parametrize("data", [b"", b"PK", template()], ids=["empty", "torn", "a template"])
def test_what_is_no_draft_of_ours_is_said(data):
    with pytest.raises(NotADraft, match="无法刷新"):
        refreshed(data, figures())


def beside(indicator, before="", after=""):
    """Digits typed at the edge of a control land outside of it."""

    def deed(body):
        box = control(body, indicator)
        box = box.getparent() if box.getparent().tag == f"{W}hyperlink" else box
        for text, put in ((before, box.addprevious), (after, box.addnext)):
            if text:
                run = box.makeelement(f"{W}r")
                run.append(t := box.makeelement(f"{W}t"))
                t.text = text
                put(run)

    return deed


@pytest.mark.parametrize(("before", "after", "now"), [("1", "", "1412"), ("", "5", "4125"), ("", ".5", "412.5")])
def test_digits_typed_at_the_edge_of_a_figure_are_a_figure_typed_over(before, after, now):
    """The new figure would have become a part of another number."""
    data = edited(written(), beside("dibao_hh", before, after))
    done = refreshed(data, without(valued(figures(), dibao_hh="415"), "toilet_tank_refit_cnt"))
    assert f"农村低保{now}户" in all_text(done.data) and not done.changes
    assert any(f"已手改为{now}，系统数为415" in left for left in done.left)


def test_a_figure_whose_own_ending_was_taken_out_is_told_and_left():
    """162万余元 that a person made 162万元 would have become 170万元, which is not true of 170.5万."""
    data = edited(written(), reworded("万余元；特困", "万元；特困"))
    done = refreshed(data, without(valued(figures(), dibao_amt="1705000"), "toilet_tank_refit_cnt"))
    assert "发放162万元；特困" in all_text(done.data) and any("现为“170万余”" in left for left in done.left)


@pytest.mark.parametrize(("words", "cause"), [("万元，受疫情影响同比下降", "受疫情影响"), ("万元，虽同比下降", "虽"), ("万元，由于停业同比下降", "由于"), ("万元，受疫情影响，同比下降", "受疫情影响"), ("万元，虽有新企业入驻，但仍同比下降", "虽")])
def test_a_reason_for_a_fall_that_became_a_rise_is_told(words, cause):
    data = edited(written(), reworded("万元，同比下降", words))
    assert "同比增长3.3%" in all_text((done := refreshed(data, valued(figures(), svc_revenue_yoy_pct="3.3"))).data)
    assert any(f"同一句里还写着“{cause}”" in left for left in done.left)
    assert not any("同一句里" in left for left in refreshed(data, valued(figures(), svc_revenue_yoy_pct="-3.3")).left)


def test_runs_that_a_shorter_figure_left_empty_stay_inside_it():
    """与上年同期基本持平 in two runs of a nameless control became a rate, later 倍: the unit went into the second run, inside the figure,
    and the next night took it for a figure typed over.
    """
    level = valued(figures(), park_ticket_yoy_reopen_pct="0.02")
    data = edited(draft(level).rendered.data, split, nameless, unlinked)
    for rate, reads in (("-9.6", "门票收入同比下降9.6%"), ("233", "门票收入同比增长2.3倍"), ("0", "门票收入与上年同期持平"), ("7", "门票收入同比增长7.0%")):
        done = refreshed(data, valued(figures(), park_ticket_yoy_reopen_pct=rate))
        assert reads in all_text(done.data) and not any("手改" in left for left in done.left)
        data = done.data
