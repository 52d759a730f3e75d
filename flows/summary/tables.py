"""The summary tables: one sheet per section of the report, months and villages beside the period's figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from catalog.catalogue import Catalogue
from catalog.indicators import Indicator
from catalog.numbers import half_up
from catalog.observations import Figure, Reading, Status
from catalog.periods import Period
from catalog.units import OrgUnit
from connectors.documents import Cell, Column, TableSheet, Value
from flows.summary.small_counts import Shown, by_village
from flows.summary.villages import village_measures, village_values

__all__ = ["shown", "summary_sheets", "village_measures", "village_values"]

_STATUS = {
    Status.REPORTED: "已报", Status.ZERO: "零", Status.MISSING: "缺", Status.REFUSED: "退回", Status.PROVISIONAL: "含约数",
    Status.NOT_APPLICABLE: "不适用",
}  # fmt: skip
_SOURCE = {"reported": "区统计局反馈", "file_base": "本表上年同期", "warehouse": "本库计算", None: ""}
_COLUMNS = (
    Column("指标", 28), Column("单位", 7), Column("本期", 14), Column("上年同期", 14), Column("同比（%）", 9, "0.0"), Column("口径", 13),
    Column("年度目标", 13), Column("完成进度（%）", 9, "0.0"), Column("上报/应报", 9), Column("状态", 8), Column("说明", 26),
)  # fmt: skip


def summary_sheets(
    catalogue: Catalogue, period: Period, figures: Mapping[str, Figure], months: Mapping[str, Mapping[str, Figure]],
    readings: Sequence[Reading], as_of: datetime, hide_small_counts: bool,
) -> list[TableSheet]:  # fmt: skip
    """Cover and one sheet per section. ``months``: month name → indicator → figure; ``readings``: those of the villages."""
    by_section: dict[str, list[Indicator]] = defaultdict(list)
    for indicator in catalogue.indicators.values():
        by_section[indicator.section or "补充"].append(indicator)
    sections = sorted(by_section, key=_section_order)
    name = f"{catalogue.town_name}镇{period.year}年{period.chinese}"
    sheets = [_cover(name, sections, by_section, figures, as_of)]
    villages_shown = by_village(catalogue, period, readings, hide_small_counts)
    for section in sections:
        members = sorted(by_section[section], key=lambda i: i.id)
        sheets.append(_section(f"{name}汇总表（{section}）", section, members, figures, months))
        villages = _villages(f"{name}分村表（{section}）", section, members, catalogue, villages_shown, hide_small_counts)
        if villages is not None:
            sheets.append(villages)
    return sheets


def _section_order(section: str) -> tuple[int, str]:
    return ("一二三四五六七八九十".find(section[0]) if section != "补充" else 99, section)


def _cover(
    name: str, sections: Sequence[str], by_section: Mapping[str, Sequence[Indicator]], figures: Mapping[str, Figure], as_of: datetime
) -> TableSheet:
    rows: list[list[Value]] = []
    for section in sections:
        mine = [figures[i.id] for i in by_section[section] if i.id in figures]
        lacking = sum(f.status in (Status.MISSING, Status.REFUSED) for f in mine)
        rows.append([section, len(mine), len(mine) - lacking, Cell(lacking, "missing") if lacking else 0])
    return TableSheet(
        "封面", f"{name}汇总表", (Column("部分", 12), Column("指标数", 12), Column("已有", 12), Column("缺", 12)), rows,
        f"截至{as_of.month}月{as_of.day}日{as_of:%H:%M}",
        ("金额单位为元，面积为平方米，人次为人次；X为缺，0为零，—为不适用。", "比率由分子分母重新计算，不取平均；合计中有一村未报的，全镇数为缺。"),
    )


def _section(
    title: str, section: str, members: Sequence[Indicator], figures: Mapping[str, Figure], months: Mapping[str, Mapping[str, Figure]]
) -> TableSheet:
    columns = [*_COLUMNS, *(Column(f"{int(month[5:7])}月", 12) for month in months)]
    rows: list[list[Value]] = []
    for indicator in members:
        figure = figures.get(indicator.id)
        if figure is None:
            continue
        rows.append([
            indicator.title, indicator.unit, shown(figure, indicator), _last_year(figure, indicator), _rate(figure.growth_pct),
            _SOURCE.get(figure.growth_source, ""), _plain(figure.target), _rate(figure.progress_pct),
            f"{figure.reported_units}/{figure.expected_units}" if figure.expected_units else "",
            _STATUS[figure.status], figure.reason or indicator.method,
            *(shown(month[indicator.id], indicator) if indicator.id in month else "" for month in months.values()),
        ])  # fmt: skip
    return TableSheet(section, title, columns, rows, "单位：见各行", _rounding_note(rows))


def _rounding_note(rows: Sequence[Sequence[Value]]) -> tuple[str, ...]:
    return ("口径即同比所据：区统计局反馈数优先，其次本表上年同期，再次本库上年同期数。",) if rows else ()


def shown(figure: Figure, indicator: Indicator) -> Cell | str | Decimal:
    """Missing = X, not applicable = —, zero = 0 (rules.md §7)."""
    if figure.status in (Status.MISSING, Status.REFUSED):
        return Cell("X", "missing")
    if figure.status is Status.NOT_APPLICABLE or figure.value is None:
        return "—"
    if indicator.textual:
        return figure.value
    if indicator.kind in ("ratio", "growth"):
        return half_up(Decimal(figure.value), 1)
    return Decimal(figure.value)


def _plain(value: str | None) -> Decimal | str:
    return Decimal(value) if value is not None else "—"


def _last_year(figure: Figure, indicator: Indicator) -> Decimal | str:
    if indicator.textual:
        return figure.last_year or "—"
    return _rate(figure.last_year) if indicator.kind in ("ratio", "growth") else _plain(figure.last_year)


def _rate(value: str | None) -> Decimal | str:
    return half_up(Decimal(value), 1) if value is not None else "—"


# --- by village --------------------------------------------------------------------------------------------


def _villages(
    title: str, section: str, members: Sequence[Indicator], catalogue: Catalogue,
    shown_by_village: Mapping[str, Mapping[str, Shown | None]], hide_small_counts: bool,
) -> TableSheet | None:  # fmt: skip
    mine = [i for i in members if i.id in shown_by_village]
    if not mine:
        return None
    units: list[OrgUnit] = [u for u in catalogue.units.all if any(u.code in shown_by_village[i.id] for i in mine)]
    columns = [Column("村（社区）", 16), *(Column(f"{i.title}（{i.unit}）", 14) for i in mine)]
    rows: list[list[Value]] = [[unit.name, *(_village_cell(shown_by_village[i.id].get(unit.code)) for i in mine)] for unit in units]
    notes = ("人数很少的格写“<3”“<5”；为免推算到个人，同一栏目下的其他格和另外几个村写“*”。",) if hide_small_counts else ()
    return TableSheet(f"{section} 分村", title, columns, rows, "", notes)


def _village_cell(value: Shown | None) -> Cell | str | Decimal:
    if value is None:
        return Cell("X", "missing")
    return value
