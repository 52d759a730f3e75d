"""催报清单: who owes what, and the words to ask for it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from catalog.catalogue import Catalogue
from catalog.forms import Form
from catalog.observations import Due
from catalog.periods import Month, Period
from connectors.documents import Cell, Column, TableSheet
from connectors.warehouse import StandingRow
from flows.draft.gaps import Ask, Gap, Slice, asks, sent_back
from flows.draft.to_confirm import Below, Waiting, confirm_sheet, waiting_titles
from flows.summary.value import HELD
from flows.summary.villages import VillagesLacking

Rows = list[list[str | Cell]]
_ELSEWHERE = "同月另有{}份文件已退回、认不出是哪张表，见本表末尾"


@dataclass(slots=True)
class _Asked:
    """What is asked of the departments, for the period or for other months."""

    rows: Rows = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def reminders(
    owed: Sequence[Due], standing: Sequence[StandingRow], catalogue: Catalogue, moment: datetime, period: Period,
    lacking: Sequence[VillagesLacking] = (), gaps: Sequence[Gap] = (), waiting: Sequence[Waiting] = (), below: Sequence[Below] = (),
) -> list[TableSheet]:  # fmt: skip
    """Who owes what: never handed in, handed in and refused, handed in with something in it that leaves an X in the draft,
    or without some villages; the period's months first, other months apart; who is to vouch for what is held; and the text to
    paste, last.
    """
    back, months = sent_back(standing), {month.name for month in period.months}
    unknown: dict[tuple[str, str], int] = defaultdict(int)
    for row in standing:
        if row.state == "refused" and not (row.form and row.period):
            unknown[row.department, row.period] += 1
    mine, others = _Asked(), _Asked()
    for due in owed:
        asked, form = (mine if due.period in months else others), catalogue.forms[due.form]
        refused, elsewhere = back.get((due.form, due.period)), unknown[due.department, due.period]
        late = max(0, (moment.date() - due.due_at.astimezone(moment.tzinfo).date()).days)
        reason = refused.refusals[0] if refused and refused.refusals else _ELSEWHERE.format(elsewhere) if elsewhere and not refused else ""
        asked.rows.append([due.department, due.form, form.title, due.period, due.due_at.astimezone(moment.tzinfo).date().isoformat(), str(late),
                           Cell("已退回" if refused else "未报", "missing"), reason])  # fmt: skip
        done = "已退回，请改正后重报" if refused else "尚未收到"
        asked.texts[due.department].append(f"{_what(form, due.period)}{done}，{f'已逾期{late}天' if late else '今日到期'}")
    by_village = {(short.form, short.month.name) for short in lacking}
    held = {item.slice: item for item in waiting}
    for ask, titles in _left_by(gaps, catalogue, {(due.form, due.period) for due in owed}).values():
        asked, named = (mine if ask.month.name in months else others), "；".join(dict.fromkeys(ask.said))
        due_on, why = ask.form.due_date(ask.month), _why(ask, titles, standing)
        ahead = named == "未报" and due_on > moment.date()  # listed, for the draft waits for it, and asked of nobody yet
        state = "未到期" if ahead else "已退回" if "退回" in named else HELD if all(part.endswith(HELD) for part in named.split("；")) else "未报" if named == "未报" else "缺数"
        why = f"{why}；其中待核对的见“待核对”" if ask.slice in held else why
        asked.rows.append([ask.form.department, ask.form.id, ask.form.title, ask.month.name, due_on.isoformat(),
                           str(max(0, (moment.date() - due_on).days)), state if ahead else Cell(state, "missing"), why])  # fmt: skip
        if not ahead and (named := _asked_here(named, ask.slice in by_village, held.get(ask.slice))):
            asked.texts[ask.form.department].append(f"{_what(ask.form, ask.month.name)}{named}，请{'补报' if named == '未报' else '改正后重报'}（缺{'、'.join(titles)}）")
    for row in standing:
        if row.state == "refused" and not (row.form and row.period):
            asked = mine if row.period in months or not row.period else others
            form_title = catalogue.forms[row.form].title if row.form in catalogue.forms else "认不出的表"
            why = f"{row.path}：{row.refusals[0] if row.refusals else '已退回'}"
            asked.rows.append([row.department or "未认出", row.form, form_title, row.period, "", "", Cell("已退回", "missing"), why])
    villages: Rows = []
    for short in lacking:
        form, names = catalogue.forms[short.form], "、".join(short.names)
        villages.append([form.department, form.id, form.title, short.month.name, str(len(short.names)), names])
        known = held[short.form, short.month.name].units if (short.form, short.month.name) in held else frozenset()
        if unknown_names := "、".join(name for name in short.names if name not in known):
            mine.texts[form.department].append(f"{_what(form, short.month.name)}缺{unknown_names}的数，请补报")
    waited = waiting_titles(waiting, gaps)
    for item in waiting:
        form, lost = catalogue.forms[item.form], "、".join(waited[item.slice])
        (mine if item.period in months else others).texts[form.department].append(
            f"{_what(form, item.period)}{item.places}的数待核对，疑问见退回单：属实的请回复确认并说明原因，有误的请改正后重报{f'（缺{lost}）' if lost else ''}"
        )
    for one in below:
        mine.texts[one.gap.department].append(f"{period.year}年{period.chinese}{one.gap.title}{one.said}，改正后重报；属实的请回复说明原因")
    at = f"{f'{moment.year}年' if moment.year != period.year else ''}{moment.month}月{moment.day}日{moment:%H:%M}"
    columns = (Column("科室", 16), Column("表号", 8, centred=True), Column("表名", 36), Column("所属期", 10, centred=True),
               Column("应报时间", 12, centred=True), Column("逾期天数", 10, centred=True), Column("状态", 10, centred=True), Column("原因", 50))  # fmt: skip
    of_villages = (*columns[:4], Column("缺几个", 8, centred=True), Column("未报、被退回或待核对的村（社区）", 70))
    name = f"{period.year}年{period.chinese}"
    sheets = [
        TableSheet("催报清单", f"{name}催报清单（截至{at}）", columns, mine.rows, "", () if mine.rows else ("本期到期的报表，各科室都已报齐。",)),
        TableSheet("村级缺报", f"表已收到、缺村（社区）数的（截至{at}）", of_villages, villages, "", () if villages else ("收到的表里各村（社区）都齐。",)),
    ]
    if others.rows:
        sheets.append(TableSheet("其他月份", f"{name}以外各月欠报的（截至{at}）", columns, others.rows))
    if waiting or below:
        sheets.append(confirm_sheet(waiting, below, gaps, catalogue, period, at))
    return [*sheets, TableSheet("群发文本", "可直接粘贴到工作群的文字", (Column("科室", 16), Column("文字", 110)), paste_texts(mine.texts, others.texts, at, name))]


@dataclass(frozen=True, slots=True)
class _Left:
    """A hand-in that is there, with what it leaves out."""

    form: Form
    month: Month
    said: tuple[str, ...]

    @property
    def slice(self) -> Slice:
        return self.form.id, self.month.name


def _left_by(gaps: Sequence[Gap], catalogue: Catalogue, owed: set[Slice]) -> dict[Slice, tuple[_Left, tuple[str, ...]]]:
    """The hand-ins that a printed X waits for and that are not owed anyhow, with the titles of what they leave out."""
    found: dict[Slice, list[tuple[Ask, str]]] = defaultdict(list)
    for gap in gaps:
        for ask in asks(gap, catalogue):
            if ask.slice not in owed:
                found[ask.slice].append((ask, gap.title))
    return {
        key: (_Left(of[0][0].form, of[0][0].month, tuple(ask.said for ask, _ in of)), tuple(dict.fromkeys(title for _, title in of)))
        for key, of in sorted(found.items(), key=lambda item: (item[0][1], item[0][0]))
    }  # fmt: skip


def _asked_here(said: str, by_village: bool, waiting: Waiting | None) -> str:
    """What is said of a hand-in, without the villages that are asked for by name and those of which only an answer is wanted."""
    def told(part: str) -> bool:
        units = part.removesuffix("被退回").removesuffix(HELD)
        return part.endswith(("未报", "被退回", HELD)) and (by_village or (waiting is not None and set(units.split("、")) <= waiting.units))

    return "；".join(part for part in said.split("；") if not told(part))


_ROWS = re.compile(r"第([\d:,]+)行")


def _why(left: _Left, titles: Sequence[str], standing: Sequence[StandingRow]) -> str:
    """What is wrong with it, which figures wait for it, and what was said of its cells in these rows."""
    rows: set[int] = set()
    for span in (span for said in left.said for found in _ROWS.findall(said) for span in found.split(",")):
        first, _, last = span.partition(":")
        rows |= set(range(int(first), int(last or first) + 1))
    told = [
        message for row in standing if (row.form, row.period) == left.slice and row.state.startswith("accepted") for message in row.refusals
        if (cell := re.search(r"![A-Z]{1,3}(\d+)", message)) and int(cell[1]) in rows
    ]  # fmt: skip
    head = f"{'；'.join(dict.fromkeys(left.said))}，缺{'、'.join(titles)}"
    return f"{head}。{''.join(told[:3])}" if told else head


def _what(form: Form, period: str) -> str:
    return f"{int(period[:4])}年{int(period[5:7])}月《{form.title}》（{form.id}）"


def paste_texts(mine: Mapping[str, Sequence[str]], others: Mapping[str, Sequence[str]], at: str, name: str) -> Rows:
    """One line for everybody, then one a department: what the period lacks, then what other months lack; nothing when nobody owes anything."""
    if not mine and not others:
        return []
    parts = [f"{what}{'、'.join(f'{who}{len(items)}项' for who, items in sorted(texts.items()))}"
             for what, texts in ((f"{name}报表尚未报齐的有", mine), ("其他月份还欠的有", others)) if texts]  # fmt: skip
    lines: Rows = [["全体", f"各科室：截至{at}，{'；'.join(parts)}。请对照催报清单，今日内放入共享文件夹，谢谢。"]]
    for who in sorted({*mine, *others}):
        said = "；".join(mine.get(who, ()))
        older = "；".join(others.get(who, ()))
        said += f"。另有其他月份的：{older}" if said and older else older
        lines.append([who, f"@{who}：{said}。请今日内放入共享文件夹，谢谢。"])
    return lines
