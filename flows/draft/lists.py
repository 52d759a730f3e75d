"""The lists beside the draft: where every figure comes from, what is lacking, who owes what and the words to ask for it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from catalog.catalogue import Catalogue
from catalog.forms import Form
from catalog.observations import Due, Figure, Status
from catalog.periods import Period
from connectors.documents import Cell, Column, TableSheet
from connectors.warehouse import StandingRow
from flows.draft.gaps import GAP_HEADER, Gap, gap_rows, paragraph_name
from flows.draft.hints import NOTHING_TO_HINT
from flows.draft.sentences import Printed, nothing_known
from flows.draft.vouched import Vouched
from flows.summary.shown import GROWTH_SOURCE, STATUS_WORDS, cell_spans, method_text
from flows.summary.villages import VillagesLacking

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
        tail = [indicator.department, STATUS_WORDS[figure.status], GROWTH_SOURCE.get(figure.growth_source, "")]
        if not lines:
            rows.append([*head, "town.yml" if indicator.from_.source == "parameter" else figure.reason, "", "", "", "", _noted(about), *tail])
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
    columns = tuple(Column(title, width) for title, width in zip(GAP_HEADER, widths, strict=True))
    rows = [[Cell(text, "missing") if title == "状态" else text for title, text in zip(GAP_HEADER, row, strict=True)] for row in gap_rows(gaps)]
    title = f"{catalogue.town_name}镇{period.year}年{period.chinese}数据缺口清单"
    return TableSheet("缺口清单", title, columns, rows, "", () if gaps else ("没有缺口。",))


_TO_WRITE = re.compile(r"\[\[(?:手写：)?(.*?)\]\]")


def to_write_sheet(draft_text: str, figures: Mapping[str, Figure], catalogue: Catalogue, period: Period) -> TableSheet:
    """待写清单: every place of the draft that a person is to write, with what the figures suggest for it; and what a department
    said in its own words and was handed back for.
    """
    rows: list[list[str | Cell]] = []
    for line in draft_text.split("\n"):
        for match in _TO_WRITE.finditer(line):
            what, _, hint = match[1].partition("。数据提示：")
            nothing = what.endswith(NOTHING_TO_HINT)
            rows.append([paragraph_name(line), what.removesuffix(NOTHING_TO_HINT), hint or (NOTHING_TO_HINT.strip("（）") if nothing else "")])
    for name, figure in figures.items():
        indicator = catalogue.indicators.get(name)
        if indicator is not None and indicator.prose and figure.status is Status.REFUSED:
            rows.append([indicator.section, f"{indicator.title}（{indicator.department}）", Cell(f"已退回，未引用：{figure.reason}", "missing")])
    title = f"{catalogue.town_name}镇{period.year}年{period.chinese}待写清单"
    columns = (Column("序号", 6, centred=True), Column("段落", 24), Column("要写什么", 44), Column("数据提示", 70))
    return TableSheet("待写清单", title, columns, [[str(n), *row] for n, row in enumerate(rows, 1)], "", () if rows else ("没有待写的段落。",))


def reminders(
    owed: Sequence[Due], standing: Sequence[StandingRow], catalogue: Catalogue, moment: datetime,
    lacking: Sequence[VillagesLacking] = (),
) -> list[TableSheet]:  # fmt: skip
    """Who owes what: never handed in, or handed in and refused, or handed in without some villages; and the text to paste."""
    refused: dict[tuple[str, str], StandingRow] = {
        (row.form, row.period): row for row in standing if row.state == "refused" and row.form and row.period
    }
    rows: list[list[str | Cell]] = []
    texts: dict[str, list[str]] = defaultdict(list)
    for due in owed:
        form = catalogue.forms[due.form]
        late = max(0, (moment.date() - due.due_at.astimezone(moment.tzinfo).date()).days)
        back = refused.get((due.form, due.period))
        state = "已退回" if back else "未报"
        reason = back.refusals[0] if back and back.refusals else ""
        rows.append([due.department, due.form, form.title, due.period, due.due_at.astimezone(moment.tzinfo).date().isoformat(), str(late),
                     Cell(state, "missing"), reason])  # fmt: skip
        done = "已退回，请改正后重报" if back else "尚未收到"
        texts[due.department].append(f"{_what(form, due.period)}{done}，{f'已逾期{late}天' if late else '今日到期'}")
    for row in standing:
        if row.state == "refused" and not (row.form and row.period):
            form_title = catalogue.forms[row.form].title if row.form in catalogue.forms else "认不出的表"
            why = f"{row.path}：{row.refusals[0] if row.refusals else '已退回'}"
            rows.append([row.department or "未认出", row.form, form_title, row.period, "", "", Cell("已退回", "missing"), why])
    villages: list[list[str | Cell]] = []
    for short in lacking:
        form, names = catalogue.forms[short.form], "、".join(short.names)
        villages.append([form.department, form.id, form.title, short.month.name, str(len(short.names)), names])
        texts[form.department].append(f"{_what(form, short.month.name)}缺{names}的数，请补报")
    at = f"{moment.month}月{moment.day}日{moment:%H:%M}"
    columns = (Column("科室", 16), Column("表号", 8, centred=True), Column("表名", 36), Column("所属期", 10, centred=True),
               Column("应报时间", 12, centred=True), Column("逾期天数", 10, centred=True), Column("状态", 10, centred=True), Column("原因", 50))  # fmt: skip
    of_villages = (*columns[:4], Column("缺几个", 8, centred=True), Column("未报或被退回的村（社区）", 70))
    return [
        TableSheet("催报清单", f"催报清单（截至{at}）", columns, rows, "", () if rows else ("各科室都已报齐。",)),
        TableSheet("村级缺报", f"表已收到、缺村（社区）数的（截至{at}）", of_villages, villages, "", () if villages else ("收到的表里各村（社区）都齐。",)),
        TableSheet("群发文本", "可直接粘贴到工作群的文字", (Column("科室", 16), Column("文字", 110)), paste_texts(texts, at)),
    ]


def _what(form: Form, period: str) -> str:
    return f"{int(period[:4])}年{int(period[5:7])}月《{form.title}》（{form.id}）"


def paste_texts(texts: Mapping[str, Sequence[str]], at: str) -> list[list[str]]:
    """One line for everybody, then one a department; nothing when nobody owes anything."""
    if not texts:
        return []
    everybody = "、".join(f"{name}{len(items)}项" for name, items in sorted(texts.items()))
    lines = [["全体", f"各科室：截至{at}，报表尚未报齐的有{everybody}。请对照催报清单，今日内放入共享文件夹，谢谢。"]]
    return lines + [[name, f"@{name}：" + "；".join(items) + "。请今日内放入共享文件夹，谢谢。"] for name, items in sorted(texts.items())]
