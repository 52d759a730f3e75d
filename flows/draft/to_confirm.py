"""待核对: cells and sums that wait for somebody's word (docs/decisions/0012): whom to ask, what about, and in which words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog.catalogue import Catalogue
from catalog.observations import Figure, Reading
from catalog.periods import Period
from catalog.places import cell_ranges, covers
from connectors.documents import Cell, Column, TableSheet
from connectors.warehouse import StandingRow
from flows.draft.below_nought import says_below
from flows.draft.gaps import Gap, Slice
from flows.summary.value import HELD

_MOST = 3
"""So many places are named; the rest are counted."""
_HOW = (
    "“待核对”的数先不汇总，初稿里是X。确属实的，请科室说明原因，由办公室登记后下一次运行采用：huizong confirm '文件!工作表!单元格' --by 谁核实的 --why 原因；"
    "有误的，请科室改正后重报。"
)
_PLACE = re.compile(r"([^!]+)!([A-Z]{1,3}\d+)")


@dataclass(frozen=True, slots=True)
class Waiting:
    """The cells of one hand-in that are held until somebody vouches for them."""

    form: str
    period: str
    path: str
    cells: tuple[tuple[str, str], ...]
    """(sheet, ranges): 月报, ``C5:C6``."""
    units: frozenset[str]
    """Names of the units whose figures these are."""
    said: tuple[str, ...]
    """What was asked about them."""

    @property
    def slice(self) -> Slice:
        return self.form, self.period

    @property
    def places(self) -> str:
        return "、".join(f"{sheet}!{ranges.replace(',', '、')}" for sheet, ranges in self.cells)


def waiting_cells(
    standing: Iterable[StandingRow], held: Mapping[tuple[str, str], Sequence[str]], readings: Mapping[int, Sequence[Reading]]
) -> list[Waiting]:
    """``held``: (path, sheet) → cells; ``readings``: of the hand-ins in force, by their number. By month and form."""
    found = []
    for row in standing:
        mine = {sheet: cells for (path, sheet), cells in held.items() if path == row.path and cells}
        if not mine or not row.state.startswith("accepted"):
            continue
        units = {r.unit_name for r in readings.get(row.id, ()) if r.cell in mine.get(r.sheet, ())}
        about = [m for m in row.refusals if (at := _PLACE.match(m)) and _among(at[2], mine.get(at[1], ()))]
        found.append(Waiting(row.form, row.period, row.path, tuple((s, cell_ranges(c)) for s, c in mine.items()), frozenset(units), tuple(dict.fromkeys(about))))
    return sorted(found, key=lambda w: (w.period, w.form, w.path))


def _among(cell: str, cells: Sequence[str]) -> bool:
    """Most are plain addresses, which hold no other."""
    return cell in cells or any(covers(c, cell) for c in cells if not (c.isalnum() and c[0].isalpha()))


@dataclass(frozen=True, slots=True)
class Below:
    """A sum that no report can say (:mod:`flows.draft.below_nought`), and the cells below nought that it rests on."""

    gap: Gap
    places: tuple[str, ...]

    @property
    def said(self) -> str:
        more = f"等{len(self.places)}处" if len(self.places) > _MOST else ""
        return self.gap.reason + (f"（负数在{'、'.join(self.places[:_MOST])}{more}）" if self.places else "")


def sums_below(gaps: Iterable[Gap], figures: Mapping[str, Figure]) -> list[Below]:
    """The gaps of a draft that are such sums, each indicator once."""
    found = {}
    for gap in gaps:
        if says_below(gap.reason) and gap.indicator not in found:
            lines = figures[gap.indicator].lineage if gap.indicator in figures else ()
            places = [f"{line.source_period} {line.sheet}!{line.cells}" for line in lines if line.of_value and (line.value or "").startswith("-")]
            found[gap.indicator] = Below(gap, tuple(dict.fromkeys(places)))
    return list(found.values())


def confirm_sheet(waiting: Sequence[Waiting], below: Sequence[Below], gaps: Sequence[Gap], catalogue: Catalogue, period: Period, at: str) -> TableSheet:
    """待核对: one row a hand-in with held cells, one a sum below nought."""
    titles = waiting_titles(waiting, gaps)
    rows: list[list[str | Cell]] = []
    for item in waiting:
        form = catalogue.forms[item.form]
        asked = "".join(item.said[:_MOST]) + (f"（另有{len(item.said) - _MOST}处，见退回单）" if len(item.said) > _MOST else "")
        rows.append([form.department, form.id, form.title, item.period, Cell(item.places, "missing"), asked, "、".join(titles[item.slice]), item.path])
    for one in below:
        title = catalogue.forms[one.gap.form].title if one.gap.form in catalogue.forms else ""
        rows.append([one.gap.department, one.gap.form, title, period.name, Cell("合计", "missing"), f"{one.said}。", one.gap.title, ""])
    columns = (Column("科室", 14), Column("表号", 8, centred=True), Column("表名", 28), Column("所属期", 10, centred=True),
               Column("待核对的单元格", 18), Column("疑问", 46), Column("初稿里等着它的数", 22), Column("文件", 40))  # fmt: skip
    return TableSheet("待核对", f"报来的数有疑问、待核对的（截至{at}）", columns, rows, "", (_HOW,) if rows else ("没有待核对的数。",))


def waiting_titles(waiting: Iterable[Waiting], gaps: Iterable[Gap]) -> dict[Slice, tuple[str, ...]]:
    """The printed figures that wait for these hand-ins."""
    found: dict[Slice, list[str]] = defaultdict(list)
    asked = list(gaps)
    for item in waiting:
        told_back = re.compile(rf"{item.form} {item.period} [^；]*(?:退回|{HELD})")
        found[item.slice] += [gap.title for gap in asked if told_back.search(gap.reason)]
    return {key: tuple(dict.fromkeys(titles)) for key, titles in found.items()}
