"""出稿: everything people read for one period, written into outputs/<period>/."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from catalog.catalogue import Catalogue
from catalog.observations import Due, Figure
from catalog.periods import Month, Period
from connectors.documents import Cell, Column, TableSheet, is_untouched, write_tables
from connectors.warehouse import StandingRow, Warehouse
from flows.draft.compose import GAP_HEADER, Draft, Gap, compose_draft, gap_rows
from flows.draft.refresh import NotADraft, Refreshed, refresh_draft, report_text
from flows.draft.sentences import Printed, nothing_known
from flows.draft.verify import stale_claims
from flows.office import Office
from flows.summary.tables import summary_sheets, village_measures

DRAFT = "工作总结初稿.docx"
REFRESHED = "初稿刷新说明.txt"
_MOST_ADDRESSES = 1_000
"""Characters of cell addresses in one cell; what is beyond is counted, not dropped silently."""


def write_outputs(office: Office, warehouse: Warehouse, as_of: datetime, period: Period) -> list[str]:
    """Write the draft and the workbooks; paths relative to the office. A file that has not changed is left alone,
    a draft that a person has saved is never overwritten: its figures are refreshed in place.
    """
    catalogue = office.catalogue
    moment = as_of.astimezone(office.settings.zone)
    figures = warehouse.figures(period.name)
    standing = warehouse.standing()
    hand_ins = {row.id: row for row in standing}
    draft = compose_draft(office.template, figures, catalogue, office.slots, period, moment, hand_ins)
    months = {month.name: warehouse.figures(month.name) for month in period.months} if not period.is_month else {}
    readings = warehouse.current_readings(village_measures(catalogue), [month.name for month in period.months])
    owed = warehouse.owed()
    folder = office.outputs / period.name
    summary = summary_sheets(catalogue, period, figures, months, readings, moment, office.settings.privacy.hide_small_counts)
    files = {
        "汇总表.xlsx": write_tables(summary, moment),
        "数据来源表.xlsx": write_tables([_sources(draft.printed, figures, standing, catalogue, period, moment)], moment),
        "缺口清单.xlsx": write_tables([_gaps(draft.gaps, catalogue, period)], moment),
        "催报清单.xlsx": write_tables(reminders(owed, standing, catalogue, moment), moment),
    }

    def refresh(data: bytes) -> Refreshed:
        done = refresh_draft(data, figures, catalogue, hand_ins, moment, draft.printed)
        return replace(done, left=(*done.left, *stale_claims(done.data, office.template, figures, catalogue, period)))

    written = _put_draft(folder, draft, refresh)
    written += [_put(folder / name, data) for name, data in files.items()]
    return [str(path.relative_to(office.folder)) for path in written]


# --- the lists ---------------------------------------------------------------------------------------------


def _sources(
    printed: Sequence[Printed], figures: Mapping[str, Figure], standing: Sequence[StandingRow], catalogue: Catalogue, period: Period,
    moment: datetime,
) -> TableSheet:  # fmt: skip
    files = {row.id: row for row in standing}
    rows: list[list[str]] = []
    for item in printed:
        figure, indicator = figures.get(item.indicator) or nothing_known(item.indicator, period), catalogue.indicators[item.indicator]
        head = [str(item.slot or ""), item.paragraph, indicator.title, item.text, figure.value or "—", indicator.unit, _method(indicator.id, catalogue)]
        lines: dict[tuple[int, str, str], list[str]] = defaultdict(list)
        for line in figure.lineage:
            lines[line.submission_id, line.sheet, line.source_period].append(line.cells)
        if not lines:
            rows.append([*head, "town.yml" if indicator.from_.source == "parameter" else figure.reason, "", "", "", ""])
        for (number, sheet, month), cells in lines.items():
            source = files.get(number)
            at = f"{datetime.fromisoformat(source.modified).astimezone(moment.tzinfo):%Y-%m-%d %H:%M:%S}" if source else ""
            rows.append([*head, month, source.path if source else "", sheet, _addresses(cells), at])
            head = [""] * 7
    columns = (
        Column("X序号", 7), Column("段落", 16), Column("指标", 24), Column("印出", 12), Column("精确值", 16), Column("单位", 7), Column("算法", 28),
        Column("所属月", 10), Column("文件", 46), Column("工作表", 12), Column("单元格", 40), Column("文件时间", 20),
    )  # fmt: skip
    title = f"{catalogue.town_name}镇{period.year}年{period.chinese}数据来源表"
    return TableSheet("数据来源表", title, columns, rows, "", ("台账只列行号和行数，不列内容。",), 3)


_METHODS = {
    "column": {"flow": "各月各行相加", "stock": "期末月各行相加", "minimum": "各月最小值"},
    "ledger": {"flow": "台账相加", "distinct": "台账去重计数", "stock": "期末月台账", "text": "台账文字", "first_date": "台账最早日期"},
}  # fmt: skip
_OTHER_METHODS = {
    "ratio": "分子÷分母×100", "growth": "区反馈数，或本期÷上年同期−1", "last_year_column": "本年表上年同期栏", "parameter": "办公室参数",
    "calendar": "月数÷12×100", "part": "日期的月或日", "since": "自恢复开放日起相加",
}  # fmt: skip


def _method(indicator_id: str, catalogue: Catalogue) -> str:
    indicator = catalogue.indicators[indicator_id]
    kind = indicator.from_.source
    return indicator.method or _METHODS.get(kind, {}).get(indicator.kind, "") or _OTHER_METHODS.get(kind, "")


def _addresses(cells: Sequence[str]) -> str:
    text, shown = "、".join(cells), len(cells)
    while len(text) > _MOST_ADDRESSES and shown > 1:
        shown -= 1
        text = f"{'、'.join(cells[:shown])} 等{len(cells)}处"
    return text


def _gaps(gaps: Sequence[Gap], catalogue: Catalogue, period: Period) -> TableSheet:
    widths = (6, 8, 18, 26, 14, 8, 8, 44, 12, 10)
    columns = tuple(Column(title, width) for title, width in zip(GAP_HEADER, widths, strict=True))
    rows = [[Cell(text, "missing") if title == "状态" else text for title, text in zip(GAP_HEADER, row, strict=True)] for row in gap_rows(gaps)]
    title = f"{catalogue.town_name}镇{period.year}年{period.chinese}数据缺口清单"
    return TableSheet("缺口清单", title, columns, rows, "", () if gaps else ("没有缺口。",))


def reminders(owed: Sequence[Due], standing: Sequence[StandingRow], catalogue: Catalogue, moment: datetime) -> list[TableSheet]:
    """Who owes what: never handed in, or handed in and refused; and the text to paste for each department."""
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
        month = Month(int(due.period[:4]), int(due.period[5:7]))
        rows.append([due.department, due.form, form.title, due.period, due.due_at.astimezone(moment.tzinfo).date().isoformat(), str(late),
                     Cell(state, "missing"), reason])  # fmt: skip
        what = f"{month.year}年{month.month}月《{form.title}》（{due.form}）"
        texts[due.department].append(f"{what}{'已退回，请改正后重报' if back else '尚未收到'}，{f'已逾期{late}天' if late else '今日到期'}")
    for row in standing:
        if row.state == "refused" and not (row.form and row.period):
            form_title = catalogue.forms[row.form].title if row.form in catalogue.forms else "认不出的表"
            why = f"{row.path}：{row.refusals[0] if row.refusals else '已退回'}"
            rows.append([row.department or "未认出", row.form, form_title, row.period, "", "", Cell("已退回", "missing"), why])
    columns = (Column("科室", 16), Column("表号", 8), Column("表名", 36), Column("所属期", 10), Column("应报时间", 12), Column("逾期天数", 10),
               Column("状态", 10), Column("原因", 50))  # fmt: skip
    first = TableSheet("催报清单", f"催报清单（截至{moment.month}月{moment.day}日{moment:%H:%M}）", columns, rows, "",
                       () if rows else ("各科室都已报齐。",))  # fmt: skip
    lines = [[name, f"@{name}：" + "；".join(items) + "。请今日内放入共享文件夹，谢谢。"] for name, items in sorted(texts.items())]
    second = TableSheet("群发文本", "可直接粘贴到工作群的文字", (Column("科室", 16), Column("文字", 110)), lines)
    return [first, second]


# --- files -------------------------------------------------------------------------------------------------


def _put_draft(folder: Path, draft: Draft, refresh: Callable[[bytes], Refreshed]) -> list[Path]:
    """A person's edit is never overwritten: figures are refreshed in place, and what was left alone is written beside it
    (CONTRACT §5). A document that is not linked any more, or is open in a word processor, stays; the new draft goes beside it.
    """
    path = folder / DRAFT
    if not path.exists() or is_untouched(path.read_bytes()):
        return [_put(path, draft.rendered.data)]
    if not _is_open(path):
        try:
            done = refresh(path.read_bytes())
            return [_put(path, done.data), _put(folder / REFRESHED, report_text(done).encode())]
        except NotADraft:
            pass
    number = 0
    while True:
        number += 1
        beside = folder / DRAFT.replace(".docx", f"（新{number if number > 1 else ''}）.docx")
        if not beside.exists() or is_untouched(beside.read_bytes()):
            return [_put(beside, draft.rendered.data)]


def _is_open(path: Path) -> bool:
    """Word, WPS and LibreOffice leave a file beside a document they hold open."""
    return any((path.parent / name).exists() for name in (f"~${path.name}", f"~${path.name[2:]}", f".~lock.{path.name}#", f".~{path.name}"))


def _put(path: Path, data: bytes) -> Path:
    """Whole or not at all; an unchanged file keeps its time."""
    if path.exists() and path.read_bytes() == data:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path
