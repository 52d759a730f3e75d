"""The rows under a heading: data, totals, sub-items, notes and footers told apart (forms.md M16–M18, M21)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from catalog.grids import CellValue, Grid, Position, Range
from flows.intake.headings import Layout
from flows.intake.values import ZERO_WORDS, folded

_TOTAL = frozenset(["合计", "总计", "共计", "全镇", "全镇合计", "本镇", "本镇合计", "镇合计", "累计合计"])
_FOOTER = re.compile(r"^(填表人|制表人|填报人|审核人|分管领导|联系电话|负责人|单位负责人|经办人)[:：]")
_NOTE = re.compile(r"^(注|说明|备注|附注)[:：]")


class Kind(StrEnum):
    DATA = "data"
    TOTAL = "total"
    SUBTOTAL = "subtotal"
    PART = "part"
    DECLARED_NONE = "declared_none"
    NOTE = "note"
    FOOTER = "footer"
    AFTER = "after"


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


def read_body(grid: Grid, layout: Layout, label_index: int | None, second_index: int | None) -> Body:
    """Classify every non-empty row below the heading.

    ``label_index`` is the column that names a row (village, 指标名称, 景点; for a ledger its second column).
    After a total at the foot nothing counts as data any more.
    """
    fill = _vertical_fill(grid.merged, layout)
    rows: list[Row] = []
    has_data = ended = False
    for r in range(layout.bottom + 1, len(grid.rows)):
        cells = grid.rows[r]
        inside = [(c, v) for c, v in enumerate(cells) if v is not None and not (isinstance(v, str) and not v.strip())]
        if not inside:
            continue
        texts = [_squeezed(v) for _, v in inside if isinstance(v, str)]
        first = texts[0] if texts else ""
        if any(_FOOTER.match(text) for text in texts):
            rows.append(Row(r, Kind.FOOTER))
            ended = True
            continue
        if _NOTE.match(first) and len(inside) <= 2:
            rows.append(Row(r, Kind.NOTE))
            continue
        lead = [_squeezed(cells[c]) for c in range(min(3, len(cells))) if isinstance(cells[c], str)]
        label = _label(grid, fill, r, label_index)
        if any(text in _TOTAL for text in lead) or label in _TOTAL:
            rows.append(Row(r, Kind.TOTAL, label))
            ended = has_data
            continue
        if any(text.endswith("小计") for text in lead) or label.endswith("小计"):
            rows.append(Row(r, Kind.SUBTOTAL, label))
            continue
        if ended or all(c > layout.right for c, _ in inside):
            rows.append(Row(r, Kind.AFTER))
            continue
        if label.startswith("其中"):
            rows.append(Row(r, Kind.PART, label))
            continue
        if second_index is not None and _only_none(inside, second_index):
            rows.append(Row(r, Kind.DECLARED_NONE))
            has_data = True
            continue
        rows.append(Row(r, Kind.DATA, label))
        has_data = True
    return Body(rows, fill)


def _squeezed(value: CellValue) -> str:
    return "".join(unicodedata.normalize("NFKC", value).split()) if isinstance(value, str) else ""


def _label(grid: Grid, fill: dict[Position, Position], row: int, index: int | None) -> str:
    if index is None:
        return ""
    return _squeezed(grid.at(*fill.get((row, index), (row, index))))


def _only_none(inside: Sequence[tuple[int, CellValue]], second_index: int) -> bool:
    """A ledger with nothing to list carries one row with 无 in its second column (forms/README §1)."""
    rest = [(c, v) for c, v in inside if c != second_index and not (isinstance(v, int | float) or c == 0)]
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
