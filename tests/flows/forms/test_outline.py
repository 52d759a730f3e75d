"""A table understood without a declaration, or not at all."""

from __future__ import annotations

from datetime import date

import pytest

from catalog.grids import Grid, Range
from flows.forms.outline import Abstained, Outline, Part, outline


def made(rows, merged=()):
    width = max(map(len, rows))
    return outline(Grid("表", 0, [[*row, *[None] * (width - len(row))] for row in rows], merged=tuple(merged)))


def test_a_plain_table_with_title_total_and_foot():
    found = made([["某镇2020年6月报表"], ["村", "户数", "人数"], ["甲村", 3, 7], ["乙村", 4, 9], ["合计", 7, 16], ["填表人：某"]])
    assert isinstance(found, Outline)
    assert list(found.rows.values()) == [Part.TITLE, Part.HEADING, Part.DATA, Part.DATA, Part.TOTAL, Part.NOTE]
    assert found.columns == {0: ("村",), 1: ("户数",), 2: ("人数",)} and found.labels == (0,)


def test_groups_are_merged_and_an_unmerged_blank_inherits_nothing():
    found = made([["村", "低保", None, None], [None, "户数", "人数", "备注"], ["甲", 1, 2, 3], ["乙", 1, 2, 3]], [Range(0, 0, 1, 0), Range(0, 1, 0, 2)])
    assert isinstance(found, Outline)
    assert found.columns == {0: ("村",), 1: ("低保", "户数"), 2: ("低保", "人数"), 3: ("备注",)}


def test_a_total_at_the_top_and_a_section_inside():
    found = made([["单位", "数一", "数二", "数三"], ["总计", 9, 9, 9], ["一、东片"], ["甲", 4, 5, 1], ["二、西片"], ["乙", 5, 4, 2]])
    assert isinstance(found, Outline)
    assert (found.of(Part.TOTAL), found.of(Part.SECTION), found.of(Part.DATA)) == ([1], [2, 4], [3, 5])


def test_vertical_merges_name_their_own_rows():
    found = made([["区", "里", "例"], ["北区", "甲里", 1], [None, "乙里", 2], ["南区", "丙里", 3]], [Range(1, 0, 2, 0)])
    assert isinstance(found, Outline)
    grid = Grid("表", 0, [["区", "里", "例"], ["北区", "甲里", 1], [None, "乙里", 2], ["南区", "丙里", 3]])
    assert [found.label(grid, row) for row in (1, 2, 3)] == ["北区/甲里", "北区/乙里", "南区/丙里"]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([["只有一句话"]], "no row of data"),
        ([["a", "b"], ["c", "d"]], "no row of data"),
        ([["村", "数"], ["甲", 1, 5, 6, 7], ["乙", 2, 8, 9, 9]], "without a heading"),
        ([["村", "户", "人"], ["甲", 1, 2], [], ["村", "户", "人"], ["乙", 3, 4]], "more than one table"),
        ([[1, "某甲某", "岚峰村", 600], [2, "某乙某", "麓溪村", 600], [3, "某丙某", "石湾村", 600]], "without a heading"),
        ([["某甲某", "岚峰村", "980112195803071015"], ["某乙某", "石湾村", 600]], "without a heading"),
        ([["某甲某", "岚峰村", date(2020, 6, 5)], ["某乙某", "石湾村", 600]], "without a heading"),
    ],
)
def test_it_abstains_rather_than_guesses(rows, why):
    found = made(rows)
    assert isinstance(found, Abstained) and why in found.reason
