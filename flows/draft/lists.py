"""The lists beside the draft: where every figure comes from, what is lacking, what a person is to write."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from catalog.catalogue import Catalogue
from catalog.observations import Figure, Status
from catalog.periods import Period
from connectors.documents import Cell, Column, TableSheet
from connectors.warehouse import StandingRow
from flows.draft.gaps import GAP_HEADER, Gap, Names, gap_rows
from flows.draft.hints import NOTHING_TO_HINT
from flows.draft.sentences import Printed, nothing_known
from flows.draft.vouched import Vouched
from flows.summary.shown import GROWTH_SOURCE, cell_spans, method_text, status_word

_MOST_ADDRESSES = 1_000
"""Characters of cell addresses in one cell; what is beyond is counted, not dropped silently."""


def sources(
    printed: Sequence[Printed], figures: Mapping[str, Figure], standing: Sequence[StandingRow], catalogue: Catalogue, period: Period,
    moment: datetime, told: Vouched | None = None,
) -> TableSheet:  # fmt: skip
    """数据来源表: every figure of the draft → how it is made → files, sheets, cells, and when they were handed in.
    ``told``: what the office has corrected or vouched for stands beside what was reported.
    """
    told = told or Vouched()
    files = {row.id: row for row in standing}
    rows: list[list[str | Cell]] = []
    for item in printed:
        figure, indicator = figures.get(item.indicator) or nothing_known(item.indicator, period), catalogue.indicators[item.indicator]
        head: list[str | Cell] = [str(item.slot or ""), item.paragraph, indicator.title, item.text + item.note, figure.value or "—", indicator.unit, method_text(indicator)]
        lines: dict[tuple[int, str, str], list[str]] = defaultdict(list)
        for line in (line for line in figure.lineage if line.of_value):
            lines[line.submission_id, line.sheet, line.source_period].append(line.cells)
        about = told.figures.get(item.indicator, "")
        tail = [indicator.department, "待核对" if item.lacking and figure.value is not None else status_word(figure), GROWTH_SOURCE.get(figure.growth_source, "")]
        if not lines:
            rows.append([*head, "", "town.yml" if indicator.from_.source == "parameter" else figure.reason, "", "", "", _noted(about), *tail])
        for (number, sheet, month), cells in lines.items():
            source = files.get(number)
            at = f"{datetime.fromisoformat(source.modified).astimezone(moment.tzinfo):%Y-%m-%d %H:%M:%S}" if source else ""
            of_cells = [text for cell in dict.fromkeys(cells) if (text := told.cells.get((number, sheet, cell)))]
            rows.append([*head, month, source.path if source else "", sheet, _addresses(cells), at, _noted("；".join(filter(None, [about, *of_cells]))), *tail])
            head, tail, about = [""] * 7, [source.department if source else "", "", ""], ""
    columns = (
        Column("X序号", 7, centred=True), Column("段落", 16), Column("指标", 24), Column("印出", 12), Column("精确值", 16),
        Column("单位", 7, centred=True), Column("算法", 22), Column("所属月", 10, centred=True), Column("文件", 42), Column("工作表", 10),
        Column("单元格", 26), Column("文件时间", 19, centred=True), Column("办公室核定", 30), Column("科室", 12), Column("状态", 8, centred=True), Column("同比口径", 14, centred=True),
    )  # fmt: skip
    title = f"{catalogue.town_name}镇{period.year}年{period.chinese}数据来源表"
    return TableSheet("数据来源表", title, columns, rows, "", ("台账只列行号和行数，不列内容。",), 3)


def _noted(text: str) -> str | Cell:
    return Cell(text, "note") if text else ""


def _addresses(cells: Sequence[str]) -> str:
    cells = cell_spans(cells)
    text, shown = "、".join(cells), len(cells)
    while len(text) > _MOST_ADDRESSES and shown > 1:
        shown -= 1
        text = f"{'、'.join(cells[:shown])} 等{len(cells)}处"
    return text


def gap_sheet(gaps: Sequence[Gap], catalogue: Catalogue, period: Period) -> TableSheet:
    """缺口清单: every X of the draft, who owes it, on which form, since when."""
    widths = (6, 8, 18, 26, 14, 8, 8, 44, 12, 10)
    columns = tuple(Column(title, width, centred=width <= 12) for title, width in zip(GAP_HEADER, widths, strict=True))
    rows = [[Cell(text, "missing") if title == "状态" else text for title, text in zip(GAP_HEADER, row, strict=True)] for row in gap_rows(gaps)]
    title = f"{catalogue.town_name}镇{period.year}年{period.chinese}数据缺口清单"
    return TableSheet("缺口清单", title, columns, rows, "", () if gaps else ("没有缺口。",))


_TO_WRITE = re.compile(r"\[\[(?:手写：)?(.*?)\]\]")


def to_write_sheet(draft_text: str, figures: Mapping[str, Figure], catalogue: Catalogue, period: Period) -> TableSheet:
    """待写清单: every place of the draft that a person is to write, with what the figures suggest for it; and what a department
    said in its own words and was handed back for.
    """
    rows: list[list[str | Cell]] = []
    names = Names()
    for line in draft_text.split("\n"):
        name = names.name(line)
        for match in _TO_WRITE.finditer(line):
            what, _, hint = match[1].partition("。数据提示：")
            nothing = what.endswith(NOTHING_TO_HINT)
            rows.append([name, what.removesuffix(NOTHING_TO_HINT), hint or (NOTHING_TO_HINT.strip("（）") if nothing else "")])
    for name, figure in figures.items():
        indicator = catalogue.indicators.get(name)
        if indicator is not None and indicator.prose and figure.status is Status.REFUSED:
            rows.append([indicator.section, f"{indicator.title}（{indicator.department}）", Cell(f"已退回，未引用：{figure.reason}", "missing")])
    title = f"{catalogue.town_name}镇{period.year}年{period.chinese}待写清单"
    columns = (Column("序号", 6, centred=True), Column("段落", 24), Column("要写什么", 44), Column("数据提示", 70))
    return TableSheet("待写清单", title, columns, [[str(n), *row] for n, row in enumerate(rows, 1)], "", () if rows else ("没有待写的段落。",))
