"""The summary tables: one sheet per section of the report, its months and its villages beside it, charts, contradictions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from math import ceil

from catalog.catalogue import Catalogue
from catalog.indicators import Indicator
from catalog.numbers import half_up
from catalog.observations import Figure, Reading, Status
from catalog.periods import Period
from connectors.documents import Cell, ChartPage, Column, TableSheet, Value
from flows.summary.charts import chart_pages, packed
from flows.summary.shown import GROWTH_SOURCE, TINY, Scale, full_text, method_text, scale_for, status_word, tiny_base
from flows.summary.small_counts import Shown, shown_by_village
from flows.summary.villages import ByVillage, units_of, village_values

OTHER, PARAMETERS = "补充", "参数"
_WHAT = {OTHER: "初稿不直接印出、供核对和备用的指标", PARAMETERS: "镇名、地名等办公室参数"}
"""What the parts of the tables hold that are no part of the report."""
ROUNDING = "部分数据因四舍五入原因，存在总计与分项合计不等的情况。"
"""rules.md §3.5; printed only where it happens."""
_BUT_ACCEPTED = "（办公室确定按已报汇总的除外，说明栏写明未含哪些单位）"
_NAMES = ("parameter", "part", "calendar")
_MOST_COLUMNS = 10
_COLUMNS = (
    Column("指标", 32), Column("单位", 7, centred=True), Column("本期", 14), Column("上年同期", 14), Column("同比（%）", 9, "0.0"),
    Column("口径", 14, centred=True), Column("年度目标", 13), Column("完成进度（%）", 9, "0.0"),
    Column("比序时进度（百分点）", 10, '"超"0.0;"落后"0.0;"持平"'), Column("上报/应报", 8, centred=True), Column("状态", 8, centred=True), Column("说明", 26),
)  # fmt: skip


@dataclass(frozen=True)
class Summary:
    """Everything the summary workbook is made of: one period, as read from the warehouse."""

    catalogue: Catalogue
    period: Period
    figures: Mapping[str, Figure]
    months: Mapping[str, Mapping[str, Figure]]
    """month name → indicator → figure; empty when the period is a month itself."""
    readings: Sequence[Reading]
    """Those of the villages."""
    as_of: datetime
    hide_small_counts: bool
    titles: Mapping[str, str] = field(default_factory=dict)
    """section → its heading in the report."""
    owed_before: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """period of last year → the indicators whose figure was missing or refused then."""
    before: Sequence[Sequence[Reading]] = ()
    """What every hand-in of these months said of the villages, the earlier first: people have those tables, too."""

    @property
    def name(self) -> str:
        return f"{self.catalogue.town_name}镇{self.period.year}年{self.period.chinese}"

    @cached_property
    def values(self) -> ByVillage:
        """indicator → code of the village → its exact figure, which stays in the office."""
        return village_values(self.catalogue, self.period, self.readings)

    @cached_property
    def by_village(self) -> dict[str, dict[str, Shown | None]]:
        """indicator → code of the village → figure as it may leave the office (privacy.md §4)."""
        return shown_by_village(self.catalogue, self.period, self.readings, self.hide_small_counts, self.before, self.values)

    def heading(self, section: str) -> str:
        return f"{section} {self.titles[section]}" if section in self.titles else section

    def value(self, indicator: Indicator) -> Figure | None:
        return self.figures.get(indicator.id)

    def lacks_last_year(self, figure: Figure) -> bool:
        """Whether last year's figure is one that somebody owes: X, where no such thing is a dash (rules.md §7)."""
        return figure.last_year is None and figure.indicator in self.owed_before.get(Period.parse(figure.period).last_year.name, ())


def summary_sheets(summary: Summary) -> tuple[list[TableSheet], list[ChartPage]]:
    """Cover, one sheet per section with its months and villages; the pages of charts."""
    by_section = sections_of(summary.catalogue)
    sheets = [_cover(summary, by_section)]
    for section, members in by_section.items():
        sheets.append(_section(summary, section, members))
        if section == PARAMETERS:
            continue
        sheets += filter(None, [_months(summary, section, members), *_villages(summary, section, members, summary.values)])
    named = {sheet.name: sheet for sheet in sheets}
    pages = [page for section in by_section if (page := chart_pages(summary.heading(section), section, named, rates=section != OTHER))]
    return sheets, packed(pages)


def sections_of(catalogue: Catalogue) -> dict[str, list[Indicator]]:
    """section → its indicators, in the order of the report; names from town.yml come last."""
    by_section: dict[str, list[Indicator]] = defaultdict(list)
    for indicator in catalogue.indicators.values():
        if indicator.prose:
            continue
        by_section[PARAMETERS if indicator.from_.source in _NAMES else indicator.section or OTHER].append(indicator)
    return {section: sorted(by_section[section], key=_levels_first) for section in sorted(by_section, key=_section_order)}


def _section_order(section: str) -> tuple[int, str]:
    return ({OTHER: 98, PARAMETERS: 99}.get(section, "一二三四五六七八九十".find(section[0])), section)


def _levels_first(indicator: Indicator) -> int:
    """Amounts and counts, then rates, then names; within each as the catalogue has them."""
    return 2 if indicator.textual else 1 if indicator.kind in ("ratio", "growth") else 0


def this_period(section: str) -> str:
    """Name of a section's first sheet. With a blank in it: programs differ on whether ``一.6`` needs quotes in a print title."""
    return f"{section} 本期"


def _cover(summary: Summary, by_section: Mapping[str, Sequence[Indicator]]) -> TableSheet:
    rows: list[list[Value]] = []
    all_of = lacking_of = 0
    for section, members in by_section.items():
        mine = [figure for i in members if (figure := summary.value(i)) is not None]
        lacking = sum(f.status in (Status.MISSING, Status.REFUSED) for f in mine)
        rows.append([Cell(section, link=this_period(section)), summary.titles.get(section) or _WHAT.get(section, ""), len(mine), len(mine) - lacking, Cell(lacking, "missing") if lacking else 0])
        all_of, lacking_of = all_of + len(mine), lacking_of + lacking
    rows.append([Cell("合计", "head"), Cell("", "head"), Cell(all_of, "head"), Cell(all_of - lacking_of, "head"), Cell(lacking_of, "head")])
    moment = summary.as_of
    partial = any(f.status.has_value and f.reported_units < f.expected_units for f in summary.figures.values())
    return TableSheet(
        "封面", f"{summary.name}汇总表",
        (Column("部分", 10, centred=True), Column("内容", 46), Column("指标数", 10), Column("已有", 10), Column("缺", 10)), rows,
        f"截至{moment.year}年{moment.month}月{moment.day}日{moment:%H:%M}",
        (
            "编制说明",
            "1. 数据取自各科室报表，每个数的来处见《数据来源表》；X为缺，0为零，—为不适用，带*的为约数或初步数。",
            "2. 金额达到一万元的以万元计（两位小数），其余以元计；表中存的是精确数，四舍五入只在显示时做一次。",
            f"3. 比率由分子分母重新计算，不取平均；合计中有一个单位未报的，全镇数为缺，不作部分合计{_BUT_ACCEPTED if partial else ''}。",
            "4. 同比所据依次为：区统计局反馈的增速、本年报表的上年同期栏、本库上年同期数。进度与序时进度（已过月数÷12）相比。",
            *(("5. 分村表中人数很少的格写“<3”“<5”；为免推算到个人，同一栏目的其他格和另外几个村写“*”。",) if summary.hide_small_counts else ()),
        ),
        portrait=True, frozen_columns=0,
    )  # fmt: skip


def _section(summary: Summary, section: str, members: Sequence[Indicator]) -> TableSheet:
    rows: list[list[Value]] = []
    calendar = Decimal(summary.period.last * 100) / 12
    provisional = False
    for indicator in members:
        figure = summary.value(indicator)
        if figure is None:
            continue
        provisional |= figure.status is Status.PROVISIONAL
        scale = scale_for(indicator, [] if indicator.textual else map(_number, (figure.value, figure.last_year, figure.target)))
        state = status_word(figure)
        rows.append([
            indicator.title, scale.unit, shown(figure, indicator, scale), _last_year(summary, figure, indicator, scale), _growth(figure, indicator),
            GROWTH_SOURCE.get(figure.growth_source, ""), _beside(figure.target, indicator, scale), _rate(figure.progress_pct),
            half_up(Decimal(figure.progress_pct) - calendar, 1) if figure.progress_pct is not None else "—",
            f"{figure.reported_units}/{figure.expected_units}" if figure.expected_units else "",
            Cell(state, "missing") if figure.status in (Status.MISSING, Status.REFUSED) else state,
            figure.reason or method_text(indicator),
        ])  # fmt: skip
    notes = ("带*的为约数或初步数，待核实。",) if provisional else ()
    return TableSheet(this_period(section), f"{summary.name}汇总表（{summary.heading(section)}）", _COLUMNS, rows, "单位：见各行", notes, group=section)


def shown(figure: Figure, indicator: Indicator, scale: Scale | None = None) -> Cell | str | Decimal:
    """Missing = X, not applicable = —, zero = 0, provisional = number with * (rules.md §7)."""
    if figure.status in (Status.MISSING, Status.REFUSED):
        return Cell("X", "missing")
    if figure.status is Status.NOT_APPLICABLE or figure.value is None:
        return "—"
    if indicator.textual:
        return full_text(figure.value, figure, indicator)
    value = Decimal(figure.value)
    scale = scale or scale_for(indicator, [value])
    if figure.status is Status.PROVISIONAL:
        scaled = scale.of(value)
        places = scale.places if scale.places is not None else max(0, -int(scaled.as_tuple().exponent))
        return Cell(scaled, "note", f'0{"." if places else ""}{"0" * places}"*"')
    return _in(scale, value, indicator)


def _in(scale: Scale, value: Decimal, indicator: Indicator) -> Cell | Decimal:
    if indicator.kind in ("ratio", "growth"):
        return half_up(value, 1)
    return Cell(scale.of(value), number_format=scale.number_format) if scale.number_format else value


def _number(value: str | None) -> Decimal | None:
    return Decimal(value) if value is not None else None


def _beside(value: str | None, indicator: Indicator, scale: Scale) -> Cell | str | Decimal:
    if value is None:
        return "—"
    return value if indicator.textual else _in(scale, Decimal(value), indicator)


def _last_year(summary: Summary, figure: Figure, indicator: Indicator, scale: Scale) -> Cell | str | Decimal:
    return Cell("X", "missing") if not indicator.textual and summary.lacks_last_year(figure) else _beside(figure.last_year, indicator, scale)


def _rate(value: str | None) -> Decimal | str:
    return half_up(Decimal(value), 1) if value is not None else "—"


def _growth(figure: Figure, indicator: Indicator) -> Decimal | str:
    return TINY if tiny_base(figure, indicator) else _rate(figure.growth_pct)


# --- by month ----------------------------------------------------------------------------------------------


def _months(summary: Summary, section: str, members: Sequence[Indicator]) -> TableSheet | None:
    """Two rows an indicator: this year's months and last year's. Both bear its name: a page may end between them."""
    if not summary.months:
        return None
    rows: list[list[Value]] = []
    uneven = False
    for indicator in members:
        whole = summary.value(indicator)
        found = [month.get(indicator.id) for month in summary.months.values()]
        if indicator.textual or whole is None or not any(f and f.status.has_value for f in found):
            continue
        numbers = [_number(v) for f in (*found, whole) if f for v in (f.value, f.last_year)]
        scale = scale_for(indicator, numbers)
        rows.append([indicator.title, scale.unit, "本年", *(shown(f, indicator, scale) if f else "" for f in found), shown(whole, indicator, scale)])
        if any(f and f.last_year is not None for f in found):
            before = [_last_year(summary, f, indicator, scale) if f else "" for f in found]
            rows.append([indicator.title, scale.unit, "上年", *before, _last_year(summary, whole, indicator, scale)])
        if indicator.kind == "flow":
            uneven |= uneven_parts(scale, [_number(f.value) if f else None for f in found], _number(whole.value))
    if not rows:
        return None
    columns = [Column("指标", 32), Column("单位", 7, centred=True), Column("年份", 7, centred=True), *(Column(f"{int(m[5:7])}月", 12) for m in summary.months), Column(_total_name(summary.period), 14)]
    return TableSheet(
        f"{section} 分月", f"{summary.name}分月表（{summary.heading(section)}）", columns, rows, "单位：见各行",
        ((ROUNDING,) if uneven else ()), 3, group=section,
    )  # fmt: skip


def _total_name(period: Period) -> str:
    return f"{period.span_text}（期末）"


def uneven_parts(scale: Scale, parts: Sequence[Decimal | None], whole: Decimal | None) -> bool:
    """The exact parts add up and the printed ones do not (rules.md §3.5)."""
    if whole is None or any(part is None for part in parts):
        return False
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) == whole and sum(map(scale.rounded, known), Decimal(0)) != scale.rounded(whole)


# --- by village --------------------------------------------------------------------------------------------


def _villages(summary: Summary, section: str, members: Sequence[Indicator], by_village: ByVillage) -> list[TableSheet]:
    """Sheets of at most ten indicators each: more columns than that print too small to be read."""
    mine = [i for i in members if i.id in by_village]
    parts = ceil(len(mine) / _MOST_COLUMNS)
    return [
        _village_sheet(summary, section, mine[len(mine) * n // parts : len(mine) * (n + 1) // parts], by_village, str(n + 1) if n else "")
        for n in range(parts)
    ]  # fmt: skip


def _village_sheet(summary: Summary, section: str, mine: Sequence[Indicator], by_village: ByVillage, part: str) -> TableSheet:
    units = units_of(summary.catalogue, mine, by_village)
    scales = {i.id: scale_for(i, by_village[i.id].values()) for i in mine}
    cells = {i.id: summary.by_village[i.id] for i in mine}
    rows: list[list[Value]] = [[unit.name, *(_village_cell(cells[i.id].get(unit.code), scales[i.id], i) for i in mine)] for unit in units]
    rows.append([Cell("全镇", "head"), *(_town_cell(summary.value(i), scales[i.id], i) for i in mine)])
    hidden = any(isinstance(value, str) for shown_ in cells.values() for value in shown_.values())
    notes: tuple[str, ...] = ("人数很少的格写“<3”“<5”；为免推算到个人，同一栏目的其他格和另外几个村写“*”。",) if hidden else ()
    if any(uneven_parts(scales[i.id], [by_village[i.id].get(u.code) for u in units], _town_number(summary.value(i))) for i in mine):
        notes += (ROUNDING,)
    columns = [Column("村（社区）", 16), *(Column(f"{i.title}（{scales[i.id].unit}）", 14) for i in mine)]
    return TableSheet(f"{section} 分村{part}", f"{summary.name}分村表（{summary.heading(section)}）", columns, rows, "", notes, group=section)


def _village_cell(value: Decimal | str | None, scale: Scale, indicator: Indicator) -> Value:
    if value is None:
        return Cell("X", "missing")
    return value if isinstance(value, str) else _in(scale, value, indicator)


def _town_number(figure: Figure | None) -> Decimal | None:
    return _number(figure.value) if figure and figure.status.has_value else None


def _town_cell(figure: Figure | None, scale: Scale, indicator: Indicator) -> Value:
    if figure is None:
        return ""
    made = shown(figure, indicator, scale)
    if isinstance(made, Cell):
        return made if made.mark else Cell(made.value, "head", made.number_format)
    return Cell(made, "head")
