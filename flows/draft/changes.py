"""变化清单: what a draft prints otherwise than the one before it, and which hand-in made it so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal

from catalog.catalogue import Catalogue
from catalog.indicators import Indicator
from catalog.numbers import plain
from catalog.observations import Figure
from catalog.periods import Period
from connectors.documents import Cell, Column, TableSheet
from connectors.warehouse import Edition, PrintedFigure, StandingRow
from flows.draft.gaps import owing
from flows.draft.said import clauses, linked_paragraphs
from flows.draft.sentences import Printed
from flows.summary.small_counts import HIDDEN, threshold_of

LACKING = "lacking"
_MOST_FILES = 3
_DIRECTION = "(?:同比(?:增长|下降|增加|减少)|(?:超|落后)序时进度)"
_NOT_PRINTED = "（未写入）"


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure, old → new; ``before`` or ``after`` is None where the draft did not print it."""

    before: PrintedFigure | None
    after: PrintedFigure | None
    cause: str

    @property
    def any(self) -> PrintedFigure:
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def old(self) -> str:
        return _as_said(self.before) if self.before else _NOT_PRINTED

    @property
    def new(self) -> str:
        return _as_said(self.after) if self.after else _NOT_PRINTED


def _as_said(figure: PrintedFigure) -> str:
    """With the direction word that stands before it and its unit: 6.6 → 4.4 would hide that a fall became a rise."""
    said = re.search(rf"{_DIRECTION}{re.escape(figure.text)}(?![\d.])(?:%|倍|个百分点)?", figure.clause) if figure.text else None
    return said[0] if said else figure.text


@dataclass(frozen=True, slots=True)
class WordingChange:
    """A clause whose words, not only its figures, are others now."""

    paragraph: str
    before: str
    after: str
    cause: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything between two editions."""

    since: datetime | None
    """The time the edition before spoke from; None = this is the first."""
    until: datetime
    figures: tuple[FigureChange, ...] = ()
    wordings: tuple[WordingChange, ...] = ()
    new_gaps: tuple[FigureChange, ...] = ()
    closed_gaps: tuple[FigureChange, ...] = ()


def edition_of(document: bytes, printed: Sequence[Printed], figures: Mapping[str, Figure], at: datetime) -> Edition:
    """What a freshly written draft prints. ``document``: its bytes, from which the clauses are read."""
    said = clauses(linked_paragraphs(document), {number: item.text for number, item in enumerate(printed)})
    rows = []
    for number, item in enumerate(printed):
        figure = figures.get(item.indicator)
        clause, pattern = said.get(number, ("", ""))
        rows.append(PrintedFigure(
            item.slot, item.indicator, item.title, item.paragraph, clause, pattern, item.text, figure.value if figure else None,
            LACKING if item.lacking else str(item.status), figure.reason if figure else "",
            tuple(sorted({line.submission_id for line in figure.lineage})) if figure else (),
        ))  # fmt: skip
    return Edition(at, tuple(rows))


def changes(
    kept: Sequence[Edition], now: Edition, files: Mapping[int, StandingRow], zone: tzinfo, said: Callable[[datetime], Mapping[str, str]] = lambda since: {}
) -> Changes:
    """Between the last edition and ``now``; when they print the same, between the two that are kept.

    ``zone``: the office's. ``said``: indicator → what the office has said of its cells since a time.
    """
    if kept and kept[-1].figures == now.figures:
        now, kept = kept[-1], kept[:-1]
    until = now.at.astimezone(zone)
    if not kept:
        return Changes(None, until)
    before = kept[-1]
    found = tuple(_compared(before, now, files, zone, said(before.at)))
    changed = tuple(c for c in found if c.before is None or c.after is None or (c.before.text, c.before.value) != (c.after.text, c.after.value))
    return Changes(
        before.at.astimezone(zone), until, changed, tuple(_wordings(found)),
        tuple(c for c in found if _lacks(c.after) and not _lacks(c.before)), tuple(c for c in found if _lacks(c.before) and not _lacks(c.after)),
    )  # fmt: skip


def without_small_counts(made: Changes, catalogue: Catalogue) -> Changes:
    """What a count of persons was without a village, beside what it is with it, would tell that village's."""
    clauses_: dict[str, str] = {}

    def masked(change: FigureChange) -> FigureChange:
        before, after, indicator = change.before, change.after, catalogue.indicators.get(change.any.indicator)
        if before is None or after is None or indicator is None or not threshold_of(indicator) or _absent(before) == _absent(after):
            return change
        clauses_[before.clause] = before.clause.replace(before.text, HIDDEN)
        return replace(change, before=before._replace(text=HIDDEN, value=None, clause=clauses_[before.clause]))

    figures = tuple(masked(change) for change in made.figures)
    wordings = tuple(replace(w, before=clauses_.get(w.before, w.before)) for w in made.wordings)
    return replace(made, figures=figures, wordings=wordings)


def _absent(figure: PrintedFigure) -> str:
    return figure.reason if figure.reason.startswith("未含") else ""


def _lacks(figure: PrintedFigure | None) -> bool:
    return figure is not None and figure.state == LACKING


def _compared(before: Edition, now: Edition, files: Mapping[int, StandingRow], zone: tzinfo, said: Mapping[str, str]) -> Iterator[FigureChange]:
    """Every place of either draft in the order of the new one; a place is an indicator and how often it stood before."""
    old, new = dict(_places(before.figures)), dict(_places(now.figures))
    for key in [*new, *(key for key in old if key not in new)]:
        cause = _cause(old.get(key), new.get(key), files, zone)
        if words := said.get(key[0], ""):
            fresh = set(new[key].sources if key in new else ()) - set(old[key].sources if key in old else ())
            came = any(number in files and datetime.fromisoformat(files[number].modified) > before.at for number in fresh)
            lacks = key in new and new[key].state == LACKING
            cause = f"{cause}；办公室核定：{words}" if came or lacks else f"办公室核定：{words}"
        yield FigureChange(old.get(key), new.get(key), cause)


def _places(figures: Sequence[PrintedFigure]) -> Iterator[tuple[tuple[str, int], PrintedFigure]]:
    seen: Counter[str] = Counter()
    for figure in figures:
        yield (figure.indicator, seen[figure.indicator]), figure
        seen[figure.indicator] += 1


def _cause(before: PrintedFigure | None, now: PrintedFigure | None, files: Mapping[int, StandingRow], zone: tzinfo) -> str:
    """The hand-ins that are new, else those that are gone, else that it was the office's own doing."""
    if now is not None and now.state == LACKING:
        return now.reason or "本期尚无数据"
    if now is not None and _absent(now) and (before is None or _absent(before) != _absent(now)):
        return f"办公室确定按已报汇总，{now.reason}"
    old, new = set(before.sources if before else ()), set(now.sources if now else ())
    for ids, word in ((new - old, ""), (old - new, "不再采用：")):
        if ids:
            known = sorted((files[i] for i in ids if i in files), key=lambda row: (row.modified, row.path), reverse=True)
            if not known:
                return f"{word}库中已无的报表"
            named = [f"{row.path}（{datetime.fromisoformat(row.modified).astimezone(zone):%m月%d日 %H:%M}）" for row in known[:_MOST_FILES]]
            return word + "；".join(named) + (f" 等{len(known)}份" if len(known) > _MOST_FILES else "")
    return "办公室的参数、确认、模板或口径有变化"


def _wordings(found: Sequence[FigureChange]) -> Iterator[WordingChange]:
    said = set()
    for change in found:
        if change.before is None or change.after is None or change.before.pattern == change.after.pattern:
            continue
        pair = (change.before.clause, change.after.clause)
        if pair not in said:
            said.add(pair)
            yield WordingChange(change.after.paragraph, *pair, change.cause)


# --- the workbook ------------------------------------------------------------------------------------------


def change_sheets(made: Changes, catalogue: Catalogue, period: Period) -> list[TableSheet]:
    """数字变化, 措辞变化, 缺口变化."""
    name = f"{catalogue.town_name}镇{period.year}年{period.chinese}"
    span = (
        f"上一稿截至{when(made.since, period)}，本稿截至{when(made.until, period)}" if made.since else f"本稿截至{when(made.until, period)}；这是第一稿，没有可比的上一稿"
    )
    figures: list[list[str | Cell | Decimal]] = []
    for change in made.figures:
        item, indicator = change.any, catalogue.indicators.get(change.any.indicator)
        old, new = _exact(change.before), _exact(change.after)
        figures.append([
            str(item.slot or ""), item.paragraph, item.title, owing(item.indicator, catalogue) if indicator else "",
            Cell(change.old, "missing") if _lacks(change.before) else change.old, Cell(change.new, "missing") if _lacks(change.after) else change.new,
            old, new, plain(Decimal(new) - Decimal(old)) if _is_number(old) and _is_number(new) else "—", _unit_of(indicator), change.cause,
        ])  # fmt: skip
    wordings = [[w.paragraph, w.before, w.after, w.cause] for w in made.wordings]
    gaps: list[list[str | Cell]] = [
        [Cell(kind, "missing") if kind == "新缺" else kind, str(c.any.slot or ""), c.any.paragraph, c.any.title,
         owing(c.any.indicator, catalogue) if c.any.indicator in catalogue.indicators else "", c.new if kind == "补齐" else "", c.cause]
        for kind, found in (("新缺", made.new_gaps), ("补齐", made.closed_gaps)) for c in found
    ]  # fmt: skip

    def none(rows: Sequence[object], what: str) -> tuple[str, ...]:
        return () if rows or made.since is None else (f"与上一稿相比，{what}没有变化。",)

    return [
        TableSheet("数字变化", f"{name}变化清单", (
            Column("X序号", 7, centred=True), Column("段落", 16), Column("指标", 26), Column("科室", 12), Column("原印出", 14, centred=True),
            Column("现印出", 14, centred=True), Column("原精确值", 16, centred=True), Column("现精确值", 16, centred=True), Column("差", 12, centred=True), Column("单位", 7, centred=True), Column("因何变化", 50),
        ), figures, span, none(figures, "数字"), 3),
        TableSheet("措辞变化", f"{name}措辞变化", (Column("段落", 16), Column("原句", 50), Column("现句", 50), Column("因何变化", 40)), wordings, span,
                   none(wordings, "措辞")),
        TableSheet("缺口变化", f"{name}缺口变化", (
            Column("变化", 8, centred=True), Column("X序号", 7, centred=True), Column("段落", 16), Column("指标", 30), Column("科室", 14),
            Column("补上的数", 14, centred=True), Column("原因或来源", 60),
        ), gaps, span, none(gaps, "缺口")),
    ]  # fmt: skip


def when(moment: datetime, period: Period) -> str:
    """With the year only where it is not the period's."""
    return f"{f'{moment.year}年' if moment.year != period.year else ''}{moment.month}月{moment.day}日{moment:%H:%M}"


def _unit_of(indicator: Indicator | None) -> str:
    """Two rates differ by 百分点 (rules.md §3)."""
    return "" if indicator is None else "%（差为百分点）" if indicator.unit == "%" else indicator.unit


def _exact(figure: PrintedFigure | None) -> str:
    return figure.value if figure is not None and figure.value is not None else "—"


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()
