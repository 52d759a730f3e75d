"""What the page 看板.html shows: who is in, late, refused; the figures and where they come from; gaps, contradictions, changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalog.indicators import Indicator
from catalog.numbers import half_up, plain
from catalog.observations import Due, Figure, Status
from catalog.periods import Period
from connectors.documents import HandInMark, HandInRow, Page, PageFigure, PageSection, PageTable, Point, Source, Tile
from connectors.warehouse import StandingRow
from flows.draft.changes import Changes, when
from flows.draft.gaps import Gap
from flows.draft.sentences import Printed
from flows.summary.disagreements import Disagreement
from flows.summary.shown import GROWTH_SOURCE, cell_spans, full_text, growth_of, method_text, readable, scale_for, status_word
from flows.summary.tables import PARAMETERS, Summary, sections_of
from flows.summary.villages import ByVillage, units_of

_MOST_CELLS = 12
_NONE_YET = "还没有收到过报表"
"""Before an office's first hand-in nothing is owed, and nothing is well either."""
_LACKING = (Status.MISSING, Status.REFUSED)


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the page is made of; ``by_month``: January to the period's last month."""

    summary: Summary
    by_month: Mapping[str, Mapping[str, Figure]]
    standing: Sequence[StandingRow]
    owed: Sequence[Due]
    reminders: Sequence[Sequence[object]]
    """Rows of 催报清单 as they are written."""
    texts: Sequence[Sequence[object]]
    printed: Sequence[Printed]
    gaps: Sequence[Gap]
    disagreements: Sequence[Disagreement]
    changes: Changes


def page_of(board: Board) -> Page:
    """The page; pure."""
    summary, moment = board.summary, board.summary.as_of
    hand_ins = _hand_ins(board)
    return Page(
        f"{summary.name}数据看板", f"截至{moment.year}年{moment.month}月{moment.day}日{moment:%H:%M}　{_coverage(hand_ins)}",
        _tiles(board, hand_ins), [f"{month.month}月" for month in summary.period.months], hand_ins,
        *_owed(board),
        _sections(board), _gaps(board.gaps), _contradictions(board.disagreements), _figure_changes(board.changes), _wordings(board.changes),
        _since(board.changes, summary.period), [(_text(name), _text(text)) for name, text in board.texts],
    )  # fmt: skip


def _text(value: object) -> str:
    return str(getattr(value, "value", value))


_OWED = ("科室", "表", "所属期", "应报时间", "逾期", "状态", "原因")


def _owed(board: Board) -> tuple[PageTable, PageTable]:
    """What is owed for the period, and what for other months."""
    mine: list[list[str]] = []
    older: list[list[str]] = []
    months = {month.name for month in board.summary.period.months}
    for row in board.reminders:
        department, form, title, period, due, late, state, reason = map(_text, row)
        made = [department, f"{form} {title}".strip(), period, due, f"{late}天" if late not in ("", "0") else "", state, reason]
        (mine if period in months or not period else older).append(made)
    return PageTable(_OWED, mine, "本期到期的报表，各科室都已报齐。"), PageTable(_OWED, older, "")


# --- hand-ins ----------------------------------------------------------------------------------------------


def _hand_ins(board: Board) -> list[HandInRow]:
    """One row a form, by department; forms that owe nothing in the period are left out."""
    by_slice: dict[tuple[str, str], list[StandingRow]] = defaultdict(list)
    for row in board.standing:
        by_slice[row.form, row.period].append(row)
    missing = {(due.form, due.period) for due in board.owed}
    rows = []
    for form in sorted(board.summary.catalogue.forms.values(), key=lambda f: (f.department, f.id)):
        marks = [_mark(by_slice.get((form.id, month.name), []), (form.id, month.name) in missing) for month in board.summary.period.months]
        if any(mark.tone != "none" for mark in marks):
            rows.append(HandInRow(form.department, form.id, form.title, marks))
    return rows


def _mark(rows: Sequence[StandingRow], missing: bool) -> HandInMark:
    current = next((row for row in rows if row.state.startswith("accepted")), None)
    refused = next((row for row in rows if row.state == "refused"), None)
    if current:
        said = current.refusals[0] if current.refusals else ""
        if current.days_late:
            return HandInMark("warn", "✓", f"迟{current.days_late}天", said)
        if said:
            return HandInMark("warn", "✓", "有退回格", said)
        return HandInMark("good", "✓", "有提醒" if current.state != "accepted" else "已收")
    if refused:
        return HandInMark("bad", "✕", "退回", refused.refusals[0] if refused.refusals else "")
    return HandInMark("owed", "○", "未报") if missing else HandInMark("none", "—", "")


def _count(hand_ins: Sequence[HandInRow], *tones: str) -> int:
    return sum(mark.tone in tones for row in hand_ins for mark in row.marks)


def _late(hand_ins: Sequence[HandInRow]) -> int:
    return sum(mark.word.startswith("迟") for row in hand_ins for mark in row.marks)


def _coverage(hand_ins: Sequence[HandInRow]) -> str:
    if not hand_ins:
        return _NONE_YET
    due, came = _count(hand_ins, "good", "warn", "bad", "owed"), _count(hand_ins, "good", "warn")
    return f"本期应报{due}份，已收{came}份"


def _tiles(board: Board, hand_ins: Sequence[HandInRow]) -> list[Tile]:
    owed, back, late = _count(hand_ins, "owed"), _count(hand_ins, "bad"), _late(hand_ins)
    gaps, against, changed = len(board.gaps), len(board.disagreements), len(board.changes.figures)
    first = board.changes.since is None
    return [
        Tile("未报", str(owed), f"已收{_count(hand_ins, 'good', 'warn')}份", "bad" if owed else "good", "handins")
        if hand_ins else Tile("未报", "—", _NONE_YET, "plain", "handins"),
        Tile("退回", str(back), "等科室改正重报", "bad" if back else "good", "handins"),
        Tile("迟报", str(late), "已收到，过了期限", "warn" if late else "good", "handins"),
        Tile("缺口", str(gaps), "初稿里的X", "bad" if gaps else "good", "gaps"),
        Tile("口径矛盾", str(against), "两科室数不一致", "warn" if against else "good", "contradictions"),
        Tile("变化", "—" if first else str(changed), "第一稿" if first else "较上一稿变了的数", "plain", "changes"),
    ]


# --- figures -----------------------------------------------------------------------------------------------


def _sections(board: Board) -> list[PageSection]:
    summary = board.summary
    by_village = summary.values
    files = {row.id: row for row in board.standing}
    places: dict[str, list[str]] = defaultdict(list)
    for item in board.printed:
        places[item.indicator].append(f"{f'第{item.slot}空 ' if item.slot else ''}{item.paragraph}，印作“{item.text}”")
    made = []
    for section, members in sections_of(summary.catalogue).items():
        figures = [
            _figure(board, indicator, figure, by_village, files, "；".join(dict.fromkeys(places[indicator.id])))
            for indicator in members if section != PARAMETERS and (figure := summary.figures.get(indicator.id)) is not None
        ]  # fmt: skip
        if figures:
            made.append(PageSection(section, summary.heading(section), figures))
    return made


def _figure(board: Board, indicator: Indicator, figure: Figure, by_village: ByVillage, files: Mapping[int, StandingRow], places: str) -> PageFigure:
    known = figure.value is not None and figure.status.has_value
    value, unit = ("—", "") if not known else (full_text(figure.value or "", figure, indicator), _bare(indicator.unit)) if indicator.textual else readable(Decimal(figure.value or 0), indicator.unit)
    lacking = not indicator.textual and board.summary.lacks_last_year(figure)
    before = "X" if lacking else "—" if figure.last_year is None or indicator.textual else " ".join(readable(Decimal(figure.last_year), indicator.unit)).strip()
    growth, direction = growth_of(figure, indicator)
    progress, width, note = _progress(board, figure)
    points, line_unit = _points(board, indicator)
    return PageFigure(
        indicator.id, indicator.title, indicator.department, value, _bare(unit),
        f"{figure.value}{'' if indicator.textual else _bare(indicator.unit)}" if known else "", _tone(figure, indicator), status_word(figure),
        before.replace(" —", ""), growth, direction, GROWTH_SOURCE.get(figure.growth_source, ""), progress, width, note,
        f"{figure.reported_units}/{figure.expected_units}" if figure.expected_units else "", method_text(indicator), figure.reason, places, line_unit, points,
        _sources(figure, files, board.summary.as_of), _villages(board.summary, indicator, by_village),
    )  # fmt: skip


def _bare(unit: str) -> str:
    return "" if unit in ("—", "日期", "是/否") else unit


def _tone(figure: Figure, indicator: Indicator) -> str:
    if figure.status in _LACKING:
        return "missing"
    if figure.status is Status.PROVISIONAL:
        return "star"
    return "text" if indicator.textual else "ok"


def _progress(board: Board, figure: Figure) -> tuple[str, int, str]:
    if figure.progress_pct is None:
        return "", -1, ""
    rate = Decimal(figure.progress_pct)
    ahead = half_up(rate - Decimal(board.summary.period.last * 100) / 12, 1)
    note = "与序时进度持平" if ahead == 0 else f"{'超' if ahead > 0 else '落后'}序时{abs(ahead)}个百分点"
    return f"{half_up(rate, 1)}%", max(0, min(100, int(rate))), note


def _points(board: Board, indicator: Indicator) -> tuple[list[Point], str]:
    """The months of the year so far, exact, all in one unit."""
    if indicator.textual or len(board.by_month) < 2:
        return [], ""
    found = [(int(name[5:7]), month.get(indicator.id)) for name, month in sorted(board.by_month.items())]
    numbers = [Decimal(v) for _, f in found if f for v in (f.value, f.last_year) if v is not None]
    if not numbers:
        return [], ""
    scale = scale_for(indicator, numbers)

    def said(value: str | None) -> str | None:
        return plain(half_up(scale.of(Decimal(value)), 2)) if value is not None else None

    return [Point(f"{month}月", said(f.value) if f else None, said(f.last_year) if f else None) for month, f in found], _bare(scale.unit)


def _sources(figure: Figure, files: Mapping[int, StandingRow], moment: datetime) -> list[Source]:
    lines: dict[tuple[str, int, str], list[str]] = defaultdict(list)
    for line in (line for line in figure.lineage if line.of_value):
        lines[line.source_period, line.submission_id, line.sheet].append(line.cells)
    made = []
    for (month, number, sheet), cells in sorted(lines.items()):
        row, spans = files.get(number), cell_spans(list(dict.fromkeys(cells)))
        at = f"{datetime.fromisoformat(row.modified).astimezone(moment.tzinfo):%Y-%m-%d %H:%M}" if row else ""
        shown = "、".join(spans[:_MOST_CELLS]) + (f" 等{len(spans)}处" if len(spans) > _MOST_CELLS else "")
        made.append(Source(month, row.path if row else "", sheet, shown, at))
    return made


def _villages(summary: Summary, indicator: Indicator, by_village: ByVillage) -> list[tuple[str, str]]:
    if indicator.id not in by_village:
        return []
    shown = summary.by_village[indicator.id]
    if all(value is None for value in shown.values()):
        return []  # nobody has reported: sixty X tell no more than the reason does
    return [
        (unit.name, "X" if (value := shown.get(unit.code)) is None else value if isinstance(value, str) else plain(value))
        for unit in units_of(summary.catalogue, [indicator], by_village)
    ]  # fmt: skip


# --- lists -------------------------------------------------------------------------------------------------


def _gaps(gaps: Sequence[Gap]) -> PageTable:
    rows = [
        [str(gap.slot or ""), gap.title, gap.paragraph, gap.department, gap.form or "参数", gap.state, gap.reason, gap.due.isoformat() if gap.due else "",
         f"{gap.days_late}天" if gap.days_late else ""]
        for gap in gaps
    ]  # fmt: skip
    return PageTable(("X序号", "指标", "段落", "科室", "来源表", "状态", "原因", "应报日期", "逾期"), rows, "初稿没有缺口。")


def _contradictions(found: Sequence[Disagreement]) -> PageTable:
    rows = [
        [one.period, one.one.title, *(f"{side.department}：{side.value}{_bare(side.unit)}（{side.form}，{side.definition}）{side.source}" for side in (one.one, one.other)),
         one.difference]
        for one in found
    ]  # fmt: skip
    return PageTable(("所属期", "指标", "一方", "另一方", "相差"), rows, "没有两表不一致的数。")


def _figure_changes(changes: Changes) -> PageTable:
    rows = [[str(c.any.slot or ""), c.any.title, c.old, c.new, c.cause] for c in changes.figures]
    return PageTable(("X序号", "指标", "原印出", "现印出", "因何变化"), rows, "" if changes.since is None else "没有变化。")


def _wordings(changes: Changes) -> PageTable:
    return PageTable(("段落", "原句", "现句"), [[w.paragraph, w.before, w.after] for w in changes.wordings], "措辞没有变化。")


def _since(changes: Changes, period: Period) -> str:
    if changes.since is None:
        return "这是第一稿，没有可比的上一稿。"
    before, now = (when(moment, period) for moment in (changes.since, changes.until))
    return f"上一稿截至{before}，本稿截至{now}。新缺{len(changes.new_gaps)}处，补齐{len(changes.closed_gaps)}处。"
