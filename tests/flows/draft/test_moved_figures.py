"""Figures that people copied, pasted, moved, boxed or stripped of their controls: found where they went, or told and left."""

from copy import deepcopy
from dataclasses import replace

import pytest
from lxml import etree

from connectors.documents import clean_copy, unfinished
from flows.draft.left_over import told
from flows.draft.verify import verify_draft
from tests.flows.draft.half_year import H1, catalogue, draft, figures, refreshed, template, valued, without, written
from tests.flows.draft.person import (
    BODY,
    W,
    all_text,
    body_of,
    comments,
    control,
    edited,
    nameless,
    parts,
    retyped,
    text_of,
    unboxed,
    unlinked,
    with_parts,
)


def drifted(body):
    """LibreOffice 7 joins controls that stand side by side, loses them, and moves their bookmarks to the left for every comment."""
    marks = [s for s in body.iter(f"{W}bookmarkStart") if text_of(s.getnext()) in ("岚", "峰")]
    first, second = marks[0].getnext(), marks[1].getnext()
    before = marks[0].getprevious()
    here = deepcopy(before)
    before.find(f"{W}t").text, here.find(f"{W}t").text = text_of(before)[:-1], text_of(before)[-1]
    before.addnext(here)
    ends = [next(e for e in body.iter(f"{W}bookmarkEnd") if e.get(f"{W}id") == s.get(f"{W}id")) for s in marks]
    for mark, end, around in zip(marks, ends, (here, first), strict=True):
        around.addprevious(mark)
        around.addnext(end)
    behind = next(r for r in second.itersiblings(f"{W}r") if text_of(r).startswith("参观"))
    behind.find(f"{W}t").text = text_of(second) + text_of(behind)
    second.getparent().remove(second)


def emptied(body):
    """LibreOffice 7, another time: the bookmarks end where they begin."""
    for start in [s for s in body.iter(f"{W}bookmarkStart") if text_of(s.getnext()) in ("岚", "峰")]:
        start.addnext(next(e for e in body.iter(f"{W}bookmarkEnd") if e.get(f"{W}id") == start.get(f"{W}id")))


@pytest.mark.parametrize("as_saved", [drifted, emptied])
def test_a_bookmark_that_has_moved_away_is_put_back_around_its_figure(as_saved):
    """“景区简称”已手改为来, 已被删去: nobody had touched it."""
    data = edited(written(), unboxed, unlinked, as_saved)
    assert all_text(data) == all_text(written())
    same = refreshed(data, without(figures(), "toilet_tank_refit_cnt"))
    assert not same.changes and not same.left
    other = refreshed(data, without(figures() | {"forest_park_short": replace(figures()["forest_park_short"], value="云台")}, "toilet_tank_refit_cnt"))
    assert "万人次来云台参观" in all_text(other.data) and not other.left


def test_a_figure_typed_over_where_only_bookmarks_are_left_is_still_told():
    def typed(body):
        next(t for t in body.iter(f"{W}t") if t.text == "412").text = "683"

    done = refreshed(edited(written(), unboxed, unlinked, typed), without(figures(), "toilet_tank_refit_cnt"))
    assert done.left == ("“农村低保户数”已手改为683，系统数为412，没有改动。",) and not done.changes


def test_an_old_figure_in_a_sentence_that_somebody_copied_is_told():
    """A word processor that copies a sentence may leave the link behind: the copy keeps the old figure."""

    def copied(body):
        paragraph = next(p for p in body.iter(f"{W}p") if "全镇农村低保412户" in text_of(p))
        twin = deepcopy(paragraph)
        for box in list(twin.iter(f"{W}sdt")):
            for run in list(box.find(f"{W}sdtContent")):
                box.addprevious(run)
            box.getparent().remove(box)
        for mark in [*twin.iter(f"{W}bookmarkStart"), *twin.iter(f"{W}bookmarkEnd")]:
            mark.getparent().remove(mark)
        unlinked(twin)
        paragraph.addnext(twin)

    done = refreshed(edited(written(), copied), valued(without(figures(), "toilet_tank_refit_cnt"), dibao_hh="415"))
    assert "全镇农村低保412户" in all_text(done.data), "the copy is left alone"
    left = told(done, template(), valued(figures(), dibao_hh="415"), catalogue(), H1).left
    assert any("低保412户" in said and "没有连接，现为415" in said for said in left)
    again = refreshed(written(), valued(without(figures(), "toilet_tank_refit_cnt"), dibao_hh="415"))
    assert not any("没有连接" in said for said in told(again, template(), figures(), catalogue(), H1).left)


def test_an_old_figure_that_libreoffice_left_without_a_name_is_no_copy():
    known = valued(without(figures(), "toilet_tank_refit_cnt"), dibao_hh="415")
    done = refreshed(edited(written(), nameless), known)
    assert not any("没有连接" in said for said in told(done, template(), known, catalogue(), H1).left)


def copied(beginning, indicator="", text=""):
    """A paragraph pasted a second time: Word gives its controls other numbers and no bookmarks; one figure in it retyped."""

    def deed(body):
        paragraph = next(p for p in body.iter(f"{W}p") if text_of(p).startswith(beginning))
        paragraph.addnext(copy := deepcopy(paragraph))
        for number, box in enumerate(copy.iter(f"{W}sdt")):
            box.find(f"{W}sdtPr/{W}id").set(f"{W}val", str(900_000 + number))
            if indicator and box.find(f"{W}sdtPr/{W}tag").get(f"{W}val").endswith(f"={indicator}"):
                next(box.iter(f"{W}t")).text = text
        for mark in list(copy.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd")):
            mark.getparent().remove(mark)

    return deed


def test_a_copy_whose_figure_was_typed_over_keeps_the_other_one_from_nothing():
    data = edited(written(), copied("6. ", "dibao_hh", "405"))
    known = without(valued(figures(), dibao_hh="415"), "toilet_tank_refit_cnt")
    done = refreshed(data, known)
    assert "农村低保415户" in all_text(done.data) and "农村低保405户" in all_text(done.data) and "农村低保412户" not in all_text(done.data)
    assert any("已手改为405，系统数为415，这一处没有改动" in left for left in done.left)
    assert refreshed(done.data, known).data == done.data, "it is told in the document once"


def test_the_names_of_a_list_in_a_copy_are_known_by_what_they_say():
    """Those that no slot counts share one tag."""
    known = valued(figures(), beautiful_wuchang_villages="、".join(f"{sign}村" for sign in "甲乙丙丁戊己庚"))
    done = refreshed(edited(draft(known).rendered.data, copied("7. ")), valued(known, dibao_hh="415"))
    assert [c.old for c in done.changes] == ["412"] and not any("手改" in left for left in done.left)


def boxed(beginning):
    """A paragraph put into a text box, as Word keeps one: once for itself and once for old programs."""

    def deed(body):
        paragraph = next(p for p in body.iter(f"{W}p") if text_of(p).startswith(beginning))
        compatible = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
        chain = [f"{W}p", f"{W}r", f"{compatible}AlternateContent"]
        host, run, either = (body.makeelement(name) for name in chain)
        host.append(run)
        run.append(either)
        for side, holder in (("Choice", "drawing"), ("Fallback", "pict")):
            parent = either
            for name in (f"{compatible}{side}", f"{W}{holder}", f"{W}txbxContent"):
                child = body.makeelement(name)
                parent.append(child)
                parent = child
            parent.append(deepcopy(paragraph))
        paragraph.addprevious(host)
        paragraph.getparent().remove(paragraph)

    return deed


def test_a_figure_in_a_text_box_follows_and_is_told_of_beside_the_box():
    """Word knows no comment inside of a text box, and keeps the box twice: the change is told once, on the run it hangs on."""
    data = edited(written(), boxed("6. "))
    done = refreshed(data, without(valued(figures(), dibao_hh="405"), "toilet_tank_refit_cnt"))
    body = body_of(done.data)
    boxes = list(body.iter(f"{W}txbxContent"))
    assert [text_of(box).count("农村低保405户") for box in boxes] == [1, 1]
    assert not [c for box in boxes for c in box.iter(f"{W}commentReference")]
    assert len([c for c in comments(done.data) if c.startswith("412→405")]) == 1


def test_a_paragraph_moved_under_tracked_changes_is_followed_where_it_went():
    def deed(body):
        old = next(p for p in body.iter(f"{W}p") if text_of(p).startswith("6. "))
        new = deepcopy(old)
        for paragraph, kind in ((old, "moveFrom"), (new, "moveTo")):
            for run in list(paragraph.iter(f"{W}r")):
                move = body.makeelement(f"{W}{kind}", {f"{W}id": "9001", f"{W}author": "p"})
                run.addprevious(move)
                move.append(run)
        body.find(f"{W}body").insert(3, new)

    data = edited(written(), deed)
    done = refreshed(data, without(valued(figures(), dibao_hh="405"), "toilet_tank_refit_cnt"))
    went, stayed = [text_of(p) for p in body_of(done.data).iter(f"{W}p") if text_of(p).startswith("6. ")]
    assert "农村低保405户" in went and "农村低保412户" in stayed and len(done.changes) == 1


def test_a_paragraph_pasted_from_another_draft_is_told_and_left():
    """Its controls have our tags and figures of their own."""

    def deed(body):
        mine = next(p for p in body.iter(f"{W}p") if text_of(p).startswith("6. "))
        pasted = deepcopy(mine)
        for number, box in enumerate(pasted.iter(f"{W}sdt")):
            box.find(f"{W}sdtPr/{W}id").set(f"{W}val", str(700_000 + number))
        retyped("dibao_hh", "431")(pasted)
        mine.addnext(pasted)

    done = refreshed(edited(written(), deed), without(valued(figures(), dibao_hh="405"), "toilet_tank_refit_cnt"))
    assert [text_of(p)[15:25] for p in body_of(done.data).iter(f"{W}p") if text_of(p).startswith("6. ")] == ["镇农村低保405户6", "镇农村低保431户6"]
    assert [line for line in done.left if "431" in line] == ["“农村低保户数”已手改为431，系统数为405，这一处没有改动。"]


def test_a_figure_of_another_draft_is_not_taken_for_ours_that_bears_its_number():
    """精定对象26人 of a draft that has this clause, pasted into one that has not: its link had the number of our 护理补贴, and the
    night wrote that figure there when both said the same.
    """
    known = valued(figures(), jingding_persons="0", jingding_amt="0", tekun_care_allow_persons="26")
    pasted = next(p for p in body_of(draft().rendered.data).iter(f"{W}p") if text_of(p).startswith("6. "))

    def deed(body):
        next(p for p in body.iter(f"{W}p") if text_of(p).startswith("6. ")).addnext(deepcopy(pasted))

    done = refreshed(edited(draft(known).rendered.data, deed), valued(known, tekun_care_allow_persons="30"))
    assert "精定对象26人" in all_text(done.data) and "护理补贴30人" in all_text(done.data) and len(done.changes) == 1
    assert any("精定对象" in f.found or "26" in f.message for f in verify_draft(done.data, template(), known, catalogue(), H1))


def _in_a_footnote(data, indicator):
    """The figure's control cut out of the text and put into a footnote."""
    held = parts(data)
    body = etree.fromstring(held[BODY])
    box = control(body, indicator)
    box = box.getparent() if box.getparent().tag == f"{W}hyperlink" else box
    box.getparent().remove(box)
    held[BODY] = etree.tostring(body)
    held["word/footnotes.xml"] = f'<w:footnotes xmlns:w="{W[1:-1]}"><w:footnote w:id="2"><w:p><w:r><w:t>低保</w:t></w:r>{etree.tostring(box, encoding="unicode")}<w:r><w:t>户。</w:t></w:r></w:p></w:footnote></w:footnotes>'.encode()
    return with_parts(held)


def test_a_figure_moved_into_a_footnote_is_told_checked_and_cleaned():
    data = _in_a_footnote(written(), "dibao_hh")
    known = valued(figures(), dibao_hh="415")
    done = refreshed(data, known)
    assert "“农村低保户数”移到了脚注里（现写412），那里不随数据更新，数据库现为415，请手工核对。" in done.left
    assert not any("农村低保户数" in left and "删去" in left for left in done.left)
    assert [f.message for f in verify_draft(done.data, template(), known, catalogue(), H1) if "412" in f.message] == ["脚注“低保412户。”：“低保412户。”里的“412”不对，“农村低保户数”应按415户写。"]
    notes = parts(clean_copy(data))["word/footnotes.xml"].decode()
    assert "低保" in notes and "412" in notes and "sdt" not in notes and "hyperlink" not in notes
    lacking = _in_a_footnote(draft(without(figures(), "dibao_hh")).rendered.data, "dibao_hh")
    assert unfinished(lacking).missing == ("低保X户。",)


def beside_the_text(data, indicator, part="footnotes"):
    """The same with the figure's control gone to a footnote as a copy: the body keeps its own."""
    held = parts(data)
    copy = etree.tostring(control(etree.fromstring(held[BODY]), indicator), encoding="unicode")
    return with_parts({**held, f"word/{part}.xml": f'<w:footnotes xmlns:w="{W[1:-1]}"><w:footnote w:id="2"><w:p><w:r><w:t>低保</w:t></w:r>{copy}<w:r><w:t>户。</w:t></w:r></w:p></w:footnote></w:footnotes>'.encode()})


def test_a_figure_copied_into_a_footnote_is_told_while_the_body_has_its_own():
    """The body followed, the footnote kept last night's figure, and nothing said so."""
    data = beside_the_text(written(), "dibao_hh")
    same = refreshed(data, without(figures(), "toilet_tank_refit_cnt"))
    assert not same.left and not same.changes
    known = without(valued(figures(), dibao_hh="415"), "toilet_tank_refit_cnt")
    done = refreshed(data, known)
    assert "农村低保415户" in all_text(done.data)
    assert done.left == ("“农村低保户数”在脚注里还有一处（现写412），那里不随数据更新，现为415，请手工核对。",)
    assert refreshed(done.data, known).left == done.left, "every night, until somebody has changed it"


@pytest.mark.parametrize(("part", "tag", "named"), [("header3", "hdr", "页眉"), ("footer2", "ftr", "页脚")])
def test_an_old_figure_typed_into_the_head_or_foot_of_a_page_is_told(part, tag, named):
    typed = with_parts({**parts(written()), f"word/{part}.xml": f'<w:{tag} xmlns:w="{W[1:-1]}"><w:p><w:r><w:t>农村低保412户</w:t></w:r></w:p></w:{tag}>'.encode()})
    known = without(valued(figures(), dibao_hh="415"), "toilet_tank_refit_cnt")
    left = told(refreshed(typed, known), template(), known, catalogue(), H1).left
    assert f"{named}“农村低保412户”：412与“农村低保户数”的原数相同而没有连接，现为415，请核对是否要改。" in left
