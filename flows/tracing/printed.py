"""Where finished outputs print a figure: cells of 汇总表.xlsx, sentences of the draft, as the files read now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from catalog.catalogue import Catalogue
from catalog.numbers import half_up
from catalog.observations import Figure
from catalog.periods import Period, UnknownPeriod
from catalog.places import Place
from connectors.printed import Control, Table, controls
from flows.office import Office
from flows.summary.villages import village_on

PARAMETERS, TOWN = "参数", "全镇"
Where = tuple[str, str, str, int]
"""Section, row, column (one that ends in （ is a beginning), rows further down."""
SUMMARY, DRAFTS = "汇总表.xlsx", "工作总结初稿*.docx"
VALUE, TO_DATE, LAST_YEAR, GROWTH, TARGET, PROGRESS = "本期", "本年累计", "上年同期", "同比（%）", "年度目标", "完成进度（%）"
"""What stands in a figure's row, by its heading in the summary tables."""
AHEAD = "比序时进度（百分点）"
"""Stands beside the progress and follows it."""
AGAINST = "口径矛盾"


@dataclass(frozen=True, slots=True)
class Touched:
    """A figure, and which columns of its row rest on the cell in question."""

    figure: Figure
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """One cell of a summary workbook: the place relative to the office, and what it shows."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class PrintedSentence:
    """One sentence of a draft with the numbers of the places it fills."""

    file: str
    slots: tuple[int, ...]
    sentence: str


def periods_printed(office: Office) -> list[tuple[Period, Path]]:
    """The folders of outputs/, by period."""
    found = []
    for folder in sorted(office.outputs.iterdir()) if office.outputs.is_dir() else ():
        try:
            found.append((Period.parse(folder.name), folder))
        except UnknownPeriod:
            continue
    return found


def table_cells(office: Office, touched: Iterable[Touched], by_village: Iterable[tuple[str, str, str]] = ()) -> list[PrintedCell]:
    """Cells of every 汇总表.xlsx that show one of these figures; ``by_village``: (measure, unit code, month) of readings."""
    catalogue = office.catalogue
    wanted, villages = list(touched), list(by_village)
    result = []
    for period, folder in periods_printed(office):
        places = [place for item in wanted for place in _places(catalogue, item, period)]
        places += [place for reading in villages for place in _village_places(catalogue, *reading, period)]
        file = folder / SUMMARY
        told = {(item.figure.period, catalogue.indicators[item.figure.indicator].title) for item in wanted if VALUE in item.columns}
        if not (places or told) or not file.is_file():
            continue
        table, name = Table(file), file.relative_to(office.folder).as_posix()
        result += [
            PrintedCell(Place(name, sheet, cell), text)
            for section, row, column, below in dict.fromkeys(places) for sheet, cell, text in table.find(section, row, column, below)
        ]  # fmt: skip
        result += [PrintedCell(Place(name, AGAINST, cell), text) for cell, text in table.find_pairs(AGAINST, ("所属期", "指标"), told, ("数", "相差"))]
    return result


def _places(catalogue: Catalogue, item: Touched, period: Period) -> list[Where]:
    """Where the workbook of a period shows it."""
    indicator = catalogue.indicators[item.figure.indicator]
    sheet = indicator.section or "补充"
    if item.figure.period == period.name:
        places = [(name, indicator.title, column, 0) for name in (sheet, PARAMETERS) for column in item.columns if column != TO_DATE]
        whole = f"{period.span_text}（"
        if VALUE in item.columns:
            places += [(sheet, indicator.title, whole, 0), (sheet, TOWN, f"{indicator.title}（", 0)]
        if PROGRESS in item.columns:
            places.append((sheet, indicator.title, AHEAD, 0))
        return places + [(sheet, indicator.title, whole, 1)] * (LAST_YEAR in item.columns)
    month = Period.parse(item.figure.period)
    if not month.is_month or period.is_month or month.last_month not in period.months:
        return []
    return [(sheet, indicator.title, f"{month.last}月", below) for below, column in enumerate((VALUE, LAST_YEAR)) if column in item.columns]


def _village_places(catalogue: Catalogue, measure: str, unit: str, month: str, period: Period) -> list[Where]:
    indicator = catalogue.by_village.get(measure)
    if indicator is None:
        return []
    shown = [m.name for m in period.months] if indicator.kind == "flow" else [period.last_month.name]
    village = catalogue.units.by_code.get(village_on(catalogue, unit, period))
    if month not in shown or village is None:
        return []
    return [(indicator.section or "补充", village.name, f"{indicator.title}（", 0)]


def sentences(office: Office, touched: Iterable[Touched]) -> list[PrintedSentence]:
    """Sentences of every draft that print one of these figures, each once, in the order of the draft."""
    by_period: dict[str, dict[str, Touched]] = {}
    for item in touched:
        by_period.setdefault(item.figure.period, {})[item.figure.indicator] = item
    result = []
    for period, folder in periods_printed(office):
        if period.name not in by_period:
            continue
        for file in sorted(folder.glob(DRAFTS)):
            found: dict[str, list[Control]] = {}
            for control in controls(file):
                touching = by_period[period.name].get(control.indicator)
                if touching is not None and _prints(control, touching):
                    found.setdefault(control.sentence, []).append(control)
            name = file.relative_to(office.folder).as_posix()
            result += [PrintedSentence(name, tuple(c.slot for c in held if c.slot), sentence) for sentence, held in found.items()]
    return result


def _prints(control: Control, item: Touched) -> bool:
    """A place shows the value or the growth; which of them, its text says. What reads like both counts as both."""
    rate, value = item.figure.growth_pct, item.figure.value
    growth = rate is not None and control.text in (_rounded(rate), "持平", "基本持平")
    return (GROWTH in item.columns and growth) or (VALUE in item.columns and (not growth or control.text == value))


def _rounded(rate: str) -> str:
    return format(half_up(abs(Decimal(rate)), 1), "f")
