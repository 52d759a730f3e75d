"""出稿: everything people read for one period, written into outputs/<period>/."""

from __future__ import annotations

import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from catalog.catalogue import Catalogue
from catalog.observations import Due, Figure, Status
from catalog.periods import Month, Period
from connectors.documents import (
    Cell,
    Column,
    Comment,
    Control,
    Mark,
    Rendered,
    TableSheet,
    is_untouched,
    render_draft,
    template_paragraphs,
    write_tables,
)
from connectors.warehouse import StandingRow, Warehouse
from flows.draft.sentences import Printed, Sentences, assign_slots
from flows.draft.words import MISSING
from flows.office import Office
from flows.summary.tables import summary_sheets, village_measures

DRAFT = "工作总结初稿.docx"
_GAP_HEADER = ("序号", "X序号", "所在段落", "指标", "责任科室", "来源表", "状态", "原因", "应报日期", "逾期天数")


def write_outputs(office: Office, warehouse: Warehouse, as_of: datetime, period: Period) -> list[str]:
    """Write the draft and the workbooks; paths relative to the office. A file that has not changed is left alone,
    a draft that a person has saved is never overwritten: the new one is put beside it.
    """
    catalogue = office.catalogue
    moment = as_of.astimezone(office.settings.zone)
    figures = warehouse.figures(period.name)
    rendered, printed = make_draft(office, figures, period, moment)
    months = {month.name: warehouse.figures(month.name) for month in period.months} if not period.is_month else {}
    readings = warehouse.current_readings(village_measures(catalogue), [month.name for month in period.months])
    standing = warehouse.standing()
    owed = warehouse.owed()
    gaps = gap_rows(printed, figures, catalogue, period, moment)
    folder = office.outputs / period.name
    summary = summary_sheets(catalogue, period, figures, months, readings, moment, office.settings.privacy.hide_small_counts)
    files = {
        "汇总表.xlsx": write_tables(summary, moment),
        "数据来源表.xlsx": write_tables([_sources(printed, figures, standing, catalogue, period)], moment),
        "缺口清单.xlsx": write_tables([_gaps(gaps, catalogue, period)], moment),
        "催报清单.xlsx": write_tables(reminders(owed, standing, catalogue, moment), moment),
    }
    written = [_put_draft(folder, rendered.data)]
    written += [_put(folder / name, data) for name, data in files.items()]
    return [str(path.relative_to(office.folder)) for path in written]


# --- the draft ---------------------------------------------------------------------------------------------


def make_draft(office: Office, figures: Mapping[str, Figure], period: Period, moment: datetime) -> tuple[Rendered, list[Printed]]:
    """Facts → sentences → Word."""
    catalogue = office.catalogue
    template = office.template
    sentences = Sentences(figures, catalogue.indicators, period)
    evaluated = [sentences.evaluate(text, _name(text)) for text in template_paragraphs(template)]
    printed = assign_slots(sentences.printed, office.slots)
    gaps = gap_rows(printed, figures, catalogue, period, moment)
    status = f"（初稿，缺{len(gaps)}处，截至{moment.month}月{moment.day}日{moment:%H:%M}）" if gaps else ""
    controls = {item.number: _control(item, figures[item.indicator], catalogue, period) for item in printed}
    return render_draft(template, evaluated, controls, status, gaps, _GAP_HEADER, moment), printed


def _name(template_text: str) -> str:
    """The first words of a paragraph, for messages and lists."""
    plain = re.sub(r"[\ue010]\d+[\ue011]|\{\{.*?\}\}|\{%.*?%\}|\[\[.*?\]\]|[#*>]", "", template_text).strip()
    return plain[:14] or "标题"


def _control(item: Printed, figure: Figure, catalogue: Catalogue, period: Period) -> Control:
    slot = f"slot={item.slot};" if item.slot else ""
    mark, comment = Mark.PLAIN, None
    if item.text == MISSING:
        indicator = catalogue.indicators[item.indicator]
        form = catalogue.forms.get(_form_of(item.indicator, catalogue))
        due = form.due_date(_owing_month(figure, period)) if form else None
        when = f"应报{due.month}月{due.day}日" if due else "由办公室填写"
        mark = Mark.MISSING
        comment = Comment(f"缺：{indicator.title}｜{indicator.department}｜{form.id if form else '参数'}｜{when}｜状态：{figure.reason or '未报'}")
    elif figure.status is Status.PROVISIONAL:
        mark, comment = Mark.PROVISIONAL, Comment("含约数，待核实")
    return Control(item.text, f"{slot}indicator={item.indicator}", item.title, mark, comment)


def _owing_month(figure: Figure, period: Period) -> Month:
    """The month whose hand-in is lacking, as the figure's reason names it; else the period's last."""
    match = re.search(r"(\d{4})-(\d{2})", figure.reason)
    return Month(int(match[1]), int(match[2])) if match else period.last_month


def _form_of(indicator: str, catalogue: Catalogue) -> str:
    """The form that owes an indicator; a derived one owes to the form of its part."""
    source = catalogue.indicators[indicator].from_
    for name in ("form", "part", "of"):
        value = getattr(source, name, "")
        if name == "form" and value:
            return str(value)
        if value in catalogue.indicators:
            return _form_of(value, catalogue)
    return ""


def gap_rows(printed: Sequence[Printed], figures: Mapping[str, Figure], catalogue: Catalogue, period: Period, moment: datetime) -> list[list[str]]:
    """One row for every X in the draft."""
    rows: list[list[str]] = []
    for item in printed:
        if item.text != MISSING:
            continue
        indicator, figure = catalogue.indicators[item.indicator], figures[item.indicator]
        form = catalogue.forms.get(_form_of(item.indicator, catalogue))
        due = form.due_date(_owing_month(figure, period)) if form else None
        late = max(0, (moment.date() - due).days) if due else 0
        rows.append([
            str(len(rows) + 1), str(item.slot or ""), item.paragraph, indicator.title, indicator.department, form.id if form else "参数",
            "退回" if figure.status is Status.REFUSED else "未报", figure.reason, due.isoformat() if due else "", str(late or ""),
        ])  # fmt: skip
    return rows


# --- the lists ---------------------------------------------------------------------------------------------


def _sources(
    printed: Sequence[Printed], figures: Mapping[str, Figure], standing: Sequence[StandingRow], catalogue: Catalogue, period: Period
) -> TableSheet:
    files = {row.id: row for row in standing}
    rows: list[list[str]] = []
    for item in printed:
        figure, indicator = figures[item.indicator], catalogue.indicators[item.indicator]
        head = [str(item.slot or ""), item.paragraph, indicator.title, item.text, figure.value or "—", indicator.unit, _method(indicator.id, catalogue)]
        lines: dict[tuple[int, str, str], list[str]] = defaultdict(list)
        for line in figure.lineage:
            lines[line.submission_id, line.sheet, line.source_period].append(line.cells)
        if not lines:
            rows.append([*head, "town.yml" if indicator.from_.source == "parameter" else figure.reason, "", "", "", ""])
        for (number, sheet, month), cells in lines.items():
            source = files.get(number)
            rows.append([*head, month, source.path if source else "", sheet, "、".join(cells)[:300], source.modified[:19] if source else ""])
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


def _gaps(gaps: Sequence[Sequence[str]], catalogue: Catalogue, period: Period) -> TableSheet:
    widths = (6, 8, 18, 26, 14, 8, 8, 44, 12, 10)
    columns = tuple(Column(title, width) for title, width in zip(_GAP_HEADER, widths, strict=True))
    rows = [[Cell(text, "missing") if title == "状态" else text for title, text in zip(_GAP_HEADER, row, strict=True)] for row in gaps]
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
        texts[due.department].append(f"{what}{'已退回，请改正后重报' if back else '尚未收到'}，已逾期{late}天")
    columns = (Column("科室", 16), Column("表号", 8), Column("表名", 36), Column("所属期", 10), Column("应报时间", 12), Column("逾期天数", 10),
               Column("状态", 10), Column("原因", 50))  # fmt: skip
    first = TableSheet("催报清单", f"催报清单（截至{moment.month}月{moment.day}日{moment:%H:%M}）", columns, rows, "",
                       () if rows else ("各科室都已报齐。",))  # fmt: skip
    lines = [[name, f"@{name}：" + "；".join(items) + "。请今日内放入共享文件夹，谢谢。"] for name, items in sorted(texts.items())]
    second = TableSheet("群发文本", "可直接粘贴到工作群的文字", (Column("科室", 16), Column("文字", 110)), lines)
    return [first, second]


# --- files -------------------------------------------------------------------------------------------------


def _put_draft(folder: Path, data: bytes) -> Path:
    """A person's edit is never overwritten (DESIGN §2.10)."""
    path = folder / DRAFT
    if path.exists() and not is_untouched(path.read_bytes()):
        return _put(path.with_name("工作总结初稿（新）.docx"), data)
    return _put(path, data)


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
