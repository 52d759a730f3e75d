"""The copy for the office: every word of the draft and no mark of ours, and what keeps a draft from being clean."""

from copy import deepcopy

import pytest
from lxml import etree

from connectors.documents import clean_copy, unfinished
from tests.flows.draft.half_year import draft, figures, refreshed, without, written
from tests.flows.draft.person import BODY, W, all_text, control, edited, parts, reworded, tracked, with_parts


def test_the_clean_copy_keeps_every_word_and_no_mark():
    done = refreshed(written(), figures())
    clean = clean_copy(done.data)
    body = parts(clean)[BODY].decode()
    for mark in ("w:sdt", "w:comment", "_hz", "w:highlight", "FF0000", "tooltip"):
        assert mark not in body
    assert not any("comments" in name for name in parts(clean)) and b"urn:huizong" not in b"".join(parts(clean).values())
    assert all_text(clean) == "\n".join(line for line in all_text(done.data).splitlines() if not line.startswith("（初稿"))[: len(all_text(clean))]
    assert "低保412户" in all_text(clean) and "数据缺口清单" not in all_text(clean)


def test_an_x_and_a_tracked_change_keep_a_draft_from_being_clean():
    assert unfinished(written()).missing == ("7. 乡村振兴。改造三格式化粪池",)
    assert not unfinished(refreshed(written(), figures()).data).missing
    assert unfinished(edited(written(), tracked("dibao_hh", "420"))).revisions == 2


@pytest.mark.parametrize("sign", ["XX", "ＸＸ", "Ｘ", "××"])
def test_the_sign_that_a_person_puts_in_a_figure_s_place_keeps_a_draft_from_being_clean(sign):
    whole = draft().rendered.data
    assert unfinished(edited(whole, reworded("规范发展", f"慰问{sign}户，规范发展"))).missing == ("1. 抓实党员发展与教育管理。[",)
    assert not unfinished(edited(whole, reworded("规范发展", "房屋3×4米、35kVX线，规范发展"))).missing


def test_an_x_before_a_digit_keeps_a_draft_from_being_clean():
    """云江—X500千伏线路 went up as finished; the X of the county road X032 is none."""
    lacking = draft(without(figures(), "powerline_name_tail")).rendered.data
    assert "云江—X500千伏线路" in all_text(lacking) and len(unfinished(lacking).missing) == 1
    assert not unfinished(edited(draft().rendered.data, reworded("规范发展", "养护X032县道，规范发展"))).missing


@pytest.mark.parametrize(("part", "tag"), [("header3", "hdr"), ("footer2", "ftr")])
def test_a_figure_in_the_head_or_foot_of_a_page_is_looked_at_and_cleaned_too(part, tag):
    """Pasted there with its control it lacked, and nothing refused."""

    def pasted(known):
        held = parts(draft(known).rendered.data)
        box = etree.tostring(control(etree.fromstring(held[BODY]), "dibao_hh"), encoding="unicode")
        return with_parts({**held, f"word/{part}.xml": f'<w:{tag} xmlns:w="{W[1:-1]}"><w:p><w:r><w:t>低保</w:t></w:r>{box}<w:r><w:t>户</w:t></w:r></w:p></w:{tag}>'.encode()})

    assert "低保X户" in unfinished(pasted(without(figures(), "dibao_hh"))).missing
    whole = pasted(figures())
    assert not unfinished(whole).missing
    clean = parts(clean_copy(whole))[f"word/{part}.xml"].decode()
    assert "412" in clean and "sdt" not in clean


def test_half_a_block_to_write_and_a_tracked_format_keep_a_draft_from_being_clean():
    def halved(body):
        t = next(t for t in body.iter(f"{W}t") if "意义" in (t.text or ""))
        paragraph = next(t.iterancestors(f"{W}p"))
        below = deepcopy(paragraph)
        for p, cut in ((paragraph, lambda x: x.split("义")[0]), (below, lambda x: "义" + x.split("义")[1])):
            t = next(t for t in p.iter(f"{W}t") if "意义" in (t.text or ""))
            for other in p.iter(f"{W}t"):
                other.text = cut(t.text) if other is t else ""
        paragraph.addnext(below)

    def bold(body):
        form = next(body.iter(f"{W}rPr"))
        form.append(form.makeelement(f"{W}rPrChange", {f"{W}id": "900", f"{W}author": "王主任"}))

    whole = draft().rendered.data
    assert {"[[手写：意", "义]]"} <= set(unfinished(edited(whole, halved)).by_hand)
    assert unfinished(edited(whole, bold)).revisions == 1
