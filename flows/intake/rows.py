"""The rows under a heading: data, totals, sub-items, notes and footers told apart (forms.md M16–M18, M21)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from catalog.grids import CellValue, Grid, Position, Range
from catalog.units import fold, fold_anew
from flows.intake.values import ZERO_WORDS, folded

if TYPE_CHECKING:
    from flows.intake.headings import Layout

_TOTAL = frozenset([
    "合计", "总计", "共计", "全镇合计", "本镇合计", "镇合计", "累计合计", "合計", "總計", "共計", "汇总", "计", "Total", "TOTAL",
])  # fmt: skip
_PLACES = frozenset(["全镇", "本镇"])
"""Beside a date they are where something was; only where a row begins with one is it the row's name."""
_FOOTER = re.compile(
    r"^(?:(填表|制表|填报|审核|复核|校对|经办)人|分管领导|单位负责人)"
    r"|^(填表|制表|填报|审核|复核|校对|统计|签发|签字|联系|主管领导|主要领导|负责)(人|员|电话)?(签字|签名|签章)?[:：]"
)
_SUBTOTAL = ("小计", "合计", "小計")
_CARRIED = frozenset(["承前页", "承上页", "接上页", "接前页", "过次页", "转下页", "转次页", "上页结转", "结转下页", "上页累计"])
_AFTERTHOUGHT = re.compile(r"[:：]$|[(（][^()（）]*[)）]$")
"""合计：, 合计(3人)."""
_HEAD = re.compile(r"20\d{2}年\d{1,2}月|^填报|单位:")
"""Title and unit line of a page, where the table goes on below."""
_NOTE = re.compile(r"^(注|说明|备注|附注|数据来源|资料来源|填表说明)[:：]")


class Kind(StrEnum):
    DATA = "data"
    TOTAL = "total"
    SUBTOTAL = "subtotal"
    PART = "part"
    DECLARED_NONE = "declared_none"
    NOTE = "note"
    FOOTER = "footer"
    AFTER = "after"
    HEADING = "heading"
    SECTION = "section"
    NUMBERED = "numbered"
    """A line with its number and nothing else, as empty forms have them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the body: where it is, what it is, and what it is called."""

    index: int
    kind: Kind
    label: str = ""


@dataclass(slots=True)
class Body:
    """The rows of one table, and the vertical merges that fill their own range."""

    rows: list[Row]
    fill: dict[Position, Position] = field(default_factory=dict)

    def of(self, kind: Kind) -> list[Row]:
        return [row for row in self.rows if row.kind is kind]


def read_body(grid: Grid, layout: Layout, label_index: int | None, second_index: int | None, town: str = "", serial_index: int | None = None) -> Body:
    """Classify every non-empty row below the heading.

    ``label_index`` is the column that names a row (village, 指标名称, 景点; for a ledger its second column).
    After a total at the foot nothing counts as data any more, unless the heading stands again below it.
    """
    fill = _vertical_fill(grid.merged, layout)
    totals = _TOTAL | {f"{town}镇合计", f"{town}合计"}
    places = _PLACES | {f"{town}镇", f"{town}街道", f"{town}乡"} if town else _PLACES
    last_heading = max(layout.repeats, default=-1)
    wide = {area.top for area in grid.merged if area.right - area.left >= 2}
    rows: list[Row] = []
    has_data = ended = False
    for r in range(layout.bottom + 1, len(grid.rows)):
        cells = grid.rows[r]
        inside = [(c, v) for c, v in enumerate(cells) if v is not None and not (isinstance(v, str) and not v.strip())]
        if not inside:
            continue
        if len(inside) == 1 and inside[0][0] == serial_index and not any((r, c) in fill for c in range(layout.right + 1)):
            rows.append(Row(r, Kind.NUMBERED))
            continue
        continued = r < last_heading
        texts = _all_squeezed([v for _, v in inside if isinstance(v, str)])
        first = texts[0] if texts else ""
        if r in layout.repeats or (continued and _HEAD.search("".join(texts)) and len(inside) <= 4):
            rows.append(Row(r, Kind.HEADING))
            continue
        if r <= layout.bottom + 2 and _numbers_columns(inside):
            rows.append(Row(r, Kind.HEADING))
            continue
        if texts and _signed(texts, len(inside)):
            rows.append(Row(r, Kind.FOOTER))
            ended = not continued
            continue
        if (_NOTE.match(first) and len(inside) <= 2) or (len(inside) == 1 and texts and rows and rows[-1].kind is Kind.NOTE):
            rows.append(Row(r, Kind.NOTE))
            continue
        lead = [_AFTERTHOUGHT.sub("", _squeezed(v)) for v in cells[layout.left : layout.left + 3]]
        label = _label(grid, fill, r, label_index)
        if len(texts) <= 2 and not label:  # a sum's name may stand under any heading, where the row says nothing else
            lead += [_AFTERTHOUGHT.sub("", text) for text in texts]
        if any(text in totals for text in lead) or label in totals | places or _squeezed(inside[0][1]) in places:
            rows.append(Row(r, Kind.SUBTOTAL if continued else Kind.TOTAL, label))
            ended = has_data and not continued
            continue
        if any(text.endswith(_SUBTOTAL) or text in _CARRIED for text in lead) or label.endswith(_SUBTOTAL):
            rows.append(Row(r, Kind.SUBTOTAL, label))
            continue
        if ended or all(c > layout.right for c, _ in inside):
            rows.append(Row(r, Kind.AFTER))
            continue
        if label.startswith("其中"):
            rows.append(Row(r, Kind.PART, label))
            continue
        if second_index is not None and _only_none(inside, second_index, serial_index):
            rows.append(Row(r, Kind.DECLARED_NONE))
            has_data = True
            continue
        if _is_section(inside, label_index, r in wide) and not any((r, c) in fill for c in range(layout.right + 1)):
            rows.append(Row(r, Kind.SECTION))
            continue
        rows.append(Row(r, Kind.DATA, label))
        has_data = True
    return Body(rows, fill)


def _is_section(inside: Sequence[tuple[int, CellValue]], label_index: int | None, wide: bool) -> bool:
    """A heading inside the data (``第二批次（74户）``): one text alone in its row; where rows have names, merged across."""
    return len(inside) == 1 and isinstance(inside[0][1], str) and (wide or label_index is None)


_COLUMN_NUMBER = re.compile(r"\(?(\d{1,2})\)?")
_COLUMN_LETTERS = re.compile(r"[甲乙丙丁戊己庚辛A-Z]|栏次|栏号|序号|[-—–/]*")


def _numbers_columns(inside: Sequence[tuple[int, CellValue]]) -> bool:
    """``甲 乙 1 2 3 …`` below the heading: the numbers of the columns, no figures."""
    words = [fold(shown) for _, v in inside if (shown := str(v))]
    numbers = [int(match[1]) for word in words if (match := _COLUMN_NUMBER.fullmatch(word))]
    rest = [word for word in words if not _COLUMN_NUMBER.fullmatch(word)]
    return len(numbers) >= 3 and numbers[0] <= 3 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and all(_COLUMN_LETTERS.fullmatch(w) for w in rest)


def _signed(texts: Sequence[str], cells: int) -> bool:
    """A row of signatures: it begins with one, or holds little else; 经办人：… in a remark makes none of a record."""
    signatures = sum(_FOOTER.match(text) is not None for text in texts)
    return signatures > 0 and (_FOOTER.match(texts[0]) is not None or cells <= 2 * signatures + 1)


def is_foot(row: Sequence[CellValue]) -> bool:
    """A row of notes or signatures."""
    texts = [_squeezed(v) for v in row if isinstance(v, str) and v.strip()]
    return any(_FOOTER.match(text) for text in texts) or bool(texts and _NOTE.match(texts[0]))


def _all_squeezed(texts: Sequence[str]) -> list[str]:
    """Like :func:`fold` on each, but normalised once for the whole row."""
    return fold_anew("\0".join(texts)).split("\0") if texts else []


def _squeezed(value: CellValue) -> str:
    return fold(value) if isinstance(value, str) else ""


def _label(grid: Grid, fill: dict[Position, Position], row: int, index: int | None) -> str:
    if index is None:
        return ""
    return _squeezed(grid.at(*fill.get((row, index), (row, index))))


def _only_none(inside: Sequence[tuple[int, CellValue]], second_index: int, serial_index: int | None) -> bool:
    """A ledger with nothing to list carries one row with 无 in its second column (forms/README §1)."""
    rest = [(c, v) for c, v in inside if c not in (second_index, serial_index, 0) and v != 0]
    here = [v for c, v in inside if c == second_index]
    return not rest and len(here) == 1 and isinstance(here[0], str) and folded(here[0]) in ZERO_WORDS


def _vertical_fill(merged: tuple[Range, ...], layout: Layout) -> dict[Position, Position]:
    """A merged cell fills the inside of its range and never beyond it (M18)."""
    result: dict[Position, Position] = {}
    for area in merged:
        if area.top > layout.bottom and area.left == area.right and area.bottom > area.top:
            for row in range(area.top + 1, area.bottom + 1):
                result[row, area.left] = (area.top, area.left)
    return result
