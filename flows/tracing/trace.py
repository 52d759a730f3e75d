"""`huizong trace`: a figure back to its cells, a cell forward to what rests on it. Imports neither Prefect nor pandas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from catalog.catalogue import Catalogue
from catalog.indicators import FromGrowth, FromParameter, FromRatio, Indicator
from catalog.observations import Figure, LineageRow
from catalog.periods import Period
from catalog.said import Said
from catalog.units import fold
from connectors.warehouse import Warehouse
from connectors.warehouse.tracing import SourceFile, figure_of, files_of, periods_known, raw_of
from flows.office import Office
from flows.summary.ledgers import NO_ROW
from flows.summary.shown import method_text, status_word
from flows.tracing.printed import GROWTH, LAST_YEAR, PROGRESS, TARGET, TO_DATE, VALUE, Touched, sentences, table_cells

_GROWTH_OF = {"reported": "区统计局反馈", "file_base": "与本表上年同期栏比", "warehouse": "与本库上年同期比"}
_BESIDE = (("year_to_date", TO_DATE), ("last_year", LAST_YEAR), ("growth", GROWTH), ("target", TARGET))


class NothingToTrace(Said, ValueError):
    """What was named does not exist; one line with the nearest names."""


@dataclass(slots=True)
class Node:
    """One line of the tree, and what it comes from."""

    text: str
    children: list[Node] = field(default_factory=list)

    def lines(self, depth: int = 0) -> list[str]:
        """The tree as indented lines."""
        return ["  " * depth + self.text, *(line for child in self.children for line in child.lines(depth + 1))]


def find_indicator(catalogue: Catalogue, name: str) -> Indicator:
    """By id, or by its Chinese title. Raises :class:`NothingToTrace` with the nearest ones."""
    if (found := catalogue.indicators.get(name.strip())) is not None:
        return found
    titled = [i for i in catalogue.indicators.values() if fold(i.title) == fold(name)]
    if len(titled) == 1:
        return titled[0]
    if titled:
        raise NothingToTrace(f"several indicators are called {name}: write one of {', '.join(i.id for i in titled)}")
    by_name = {n: i for i in catalogue.indicators.values() for n in (i.id, i.title)}
    close = dict.fromkeys(by_name[n].id for n in nearest(name, list(by_name)))
    said = ", ".join(f"{i} ({catalogue.indicators[i].title})" for i in close)
    raise NothingToTrace(f"there is no indicator {name!r}; {f'nearest: {said}' if said else 'see out_indicator_period for their names'}")


def nearest(name: str, names: Sequence[str], most: int = 3) -> list[str]:
    """The names most like this one: a suggestion to a person, never a decision."""
    from rapidfuzz import fuzz, process

    return [found for found, _, _ in process.extract(name, names, scorer=fuzz.WRatio, limit=most, score_cutoff=50)]


def trace_figure(office: Office, warehouse: Warehouse, name: str, period: str) -> Node:
    """The tree figure → formula → unit and month → file, sheet, cell, what it held, the sender's file time.

    Raises UnknownPeriod, or :class:`NothingToTrace` when there is no such indicator or no figure for the period.
    """
    catalogue = office.catalogue
    wanted = Period.parse(period)
    indicator = find_indicator(catalogue, name)
    figure = figure_of(warehouse, indicator.id, wanted.name)
    if figure is None:
        known = periods_known(warehouse, indicator.id)
        have = f"there are figures from {known[0]} to {known[-1]}" if known else "run `huizong run` first"
        raise NothingToTrace(f"{indicator.id} has no figure for {wanted}; {have}")
    tree = figure_tree(office, warehouse, indicator, figure)
    tree.children += _where_printed(office, figure)
    return tree


def figure_tree(office: Office, warehouse: Warehouse, indicator: Indicator, figure: Figure) -> Node:
    """The tree without the places it is printed in: all that the warehouse knows."""
    catalogue = office.catalogue
    sources = _Sources(office, warehouse, figure.lineage)
    units = f"，{figure.reported_units}/{figure.expected_units}" if figure.expected_units > 1 else ""
    top = Node(f"{indicator.title}（{indicator.id}） {figure.period}：{_amount(figure.value, indicator)}（{status_word(figure)}{units}）")
    top.children.append(Node(f"算法：{_formula(indicator, catalogue)}"))
    if figure.value is None and figure.reason:
        top.children.append(Node(f"没有数的原因：{figure.reason}"))
    for part, words in _parts(indicator, figure, catalogue):
        rows = [row for row in figure.lineage if row.part == part]
        if rows:
            top.children.append(Node(words, sources.tree(rows)))
    if isinstance(indicator.from_, FromParameter) and figure.value is not None:
        top.children.append(Node(f"catalog/town.yml 的 {indicator.from_.key}：{figure.value}"))
    told = {"year_to_date": figure.year_to_date, "last_year": figure.last_year, "growth": figure.growth_pct, "target": figure.target}
    for part, words in _BESIDE:
        value = told[part]
        if value is None or (part == "year_to_date" and indicator.kind not in ("flow", "distinct")):
            continue
        rows = [row for row in figure.lineage if row.part == part]
        note = f"（{_GROWTH_OF.get(figure.growth_source or '', '')}）" if part == "growth" else ""
        top.children.append(Node(f"{words} {value}{note}", sources.tree(rows)))
    if figure.progress_pct is not None:
        top.children.append(Node(f"{PROGRESS} {figure.progress_pct}（本年累计÷年度目标×100）"))
    return top


def _formula(indicator: Indicator, catalogue: Catalogue) -> str:
    source = indicator.from_
    if isinstance(source, FromRatio):
        part, whole = (catalogue.indicators[name].title for name in (source.part, source.whole))
        return f"{part}{'（1月起累计）' if source.since_january else ''}÷{whole}×100"
    return method_text(indicator)


def _parts(indicator: Indicator, figure: Figure, catalogue: Catalogue) -> Iterable[tuple[str, str]]:
    """(part of the lineage, the words for it): the value itself, or the figures it is computed from."""
    source, titles = indicator.from_, catalogue.indicators
    if isinstance(source, FromGrowth):
        computed = any(row.part == "base" for row in figure.lineage)
        yield "value", titles[source.of].title if computed else f"区反馈的增速 {_amount(figure.value, indicator)}"
    else:
        yield "value", f"{VALUE} {_amount(figure.value, indicator)}"
    if isinstance(source, FromRatio):
        yield "part", f"分子：{titles[source.part].title}（{source.part}）"
        yield "whole", f"分母：{titles[source.whole].title}（{source.whole}）"
    if isinstance(source, FromGrowth):
        yield "base", f"{titles[source.base].title if source.base else LAST_YEAR}"


def _amount(value: str | None, indicator: Indicator) -> str:
    if value is None:
        return "X"
    return value if indicator.textual or indicator.unit == "—" else f"{value}{indicator.unit}"


class _Sources:
    """The files and cells under one figure, fetched once."""

    def __init__(self, office: Office, warehouse: Warehouse, lineage: Sequence[LineageRow]) -> None:
        self._zone = office.settings.zone
        self._units = office.catalogue.units.by_code
        self._files = files_of(warehouse, (row.submission_id for row in lineage))
        self._raw = raw_of(warehouse, ((row.submission_id, row.sheet) for row in lineage if row.of_value))

    def tree(self, rows: Sequence[LineageRow]) -> list[Node]:
        """One line a file and month, under it one a cell."""
        groups: dict[tuple[str, int, str], Node] = {}
        for row in rows:
            key = (row.source_period, row.submission_id, row.sheet)
            if key not in groups:
                file = self._files[row.submission_id]
                groups[key] = Node(f"{row.source_period} {file.path}!{row.sheet} 文件时间 {file_time(file, self._zone)}")
            groups[key].children.append(Node(self._cell(row)))
        return list(groups.values())

    def _cell(self, row: LineageRow) -> str:
        if row.cells == NO_ROW:
            return "没有符合条件的行（共0行）"
        if row.cells[:1].isdigit():
            return f"第{row.cells.replace('（', '行，共').replace('行）', '行')}"
        reading = self._raw.get((row.submission_id, row.sheet, row.cells))
        if reading is None:
            return row.cells
        unit = self._units.get(row.unit_code)
        return f"{unit.name if unit else reading.unit_name or '全镇'} {reading.value if row.value is None else row.value}{reading.unit} ← {row.cells} “{reading.raw}”"


def file_time(file: SourceFile, zone: tzinfo) -> str:
    """The sender's file time in the office's zone."""
    return f"{file.modified.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _where_printed(office: Office, figure: Figure) -> list[Node]:
    mine = [Touched(figure, (VALUE, LAST_YEAR, GROWTH, TARGET, PROGRESS))]
    places = [Node(f"{cell.place} = {cell.text}") for cell in table_cells(office, [Touched(figure, (VALUE,))])]
    places += [Node(f"{said.file}{slots_of(said.slots)}：{said.sentence}") for said in sentences(office, mine)]
    return [Node("印在", places)] if places else []


def slots_of(slots: Sequence[int]) -> str:
    """`` X12、X13``: the places of the draft, as the gap list numbers them."""
    return f" X{'、X'.join(map(str, slots))}" if slots else ""
