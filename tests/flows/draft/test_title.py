"""A title breaks between its parts, never inside a word, and stands as 梯形 or 菱形 (GB/T 9704—2012)."""

import pytest
from lxml import etree

from catalog.periods import Period
from flows.draft.title import LINE, title_breaks, widths
from tests.flows.draft.half_year import draft, figures, valued
from tests.flows.draft.person import W, body_of, paragraphs, text_of


def lines_of(title):
    breaks = title_breaks(title)
    return [title[a:b] for a, b in zip((0, *breaks), (*breaks, len(title)), strict=True)]


@pytest.mark.parametrize(("title", "lines"), [
    ("禾麓镇2020年上半年工作总结和下半年工作安排", ["禾麓镇2020年上半年工作总结", "和下半年工作安排"]),
    ("禾麓镇2020年前三季度工作总结和第四季度工作安排", ["禾麓镇2020年前三季度工作总结", "和第四季度工作安排"]),
    ("禾麓镇2020年工作总结和2021年工作安排", ["禾麓镇2020年工作总结和2021年工作安排"]),
    ("和平镇2020年上半年工作总结和下半年工作安排", ["和平镇2020年上半年工作总结", "和下半年工作安排"]),
    ("云渚市岚城区人民政府禾麓街道办事处关于2020年上半年工作总结和下半年工作安排的报告",
     ["云渚市岚城区人民政府禾麓街道办事处关于", "2020年上半年工作总结", "和下半年工作安排的报告"]),
], ids=["half-year", "nine months", "one line", "a town whose name begins with 和", "three lines"])  # fmt: skip
def test_lines_are_whole_parts(title, lines):
    assert lines_of(title) == lines
    assert max(widths(title, title_breaks(title))) <= LINE


def test_a_title_without_a_joint_is_left_to_the_office():
    assert title_breaks("关" * 30) == ()


@pytest.mark.parametrize("period", ["2020-H1", "2020-9M", "2020-Q1", "2020"])
@pytest.mark.parametrize("town", ["禾麓", "洪家关白族", "锡林郭勒盟西乌珠穆沁旗高日罕"])
def test_no_word_of_the_draft_s_title_is_torn(period, town):
    known = valued(figures(Period.parse(period)), town_name=town)
    title = next(p for p in paragraphs(body_of(draft(known, period=Period.parse(period)).rendered.data)) if text_of(p))
    said = "".join(t.text if t.tag == f"{W}t" else "\n" for t in title.iter(f"{W}t", f"{W}br"))
    assert said.replace("\n", "") == text_of(title)
    for line in said.split("\n"):
        assert sum(0.5 if c.isascii() else 1 for c in line) <= LINE
        assert line.startswith((town, "和", "工作总结", "20", "上半年", "前三季度", "第一季度"))
    assert etree.QName(title.getparent()).localname == "body"


def test_a_break_that_the_office_typed_stays():
    made = draft(words="# {{town_name}}镇{{period.title}}工作总结\n## 一、开展情况\n向上级报告。\n")
    assert not list(body_of(made.rendered.data).iter(f"{W}br"))
