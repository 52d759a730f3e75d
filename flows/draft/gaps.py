"""缺口: every X of the draft, and who owes it on which form since when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from catalog.catalogue import Catalogue
from catalog.forms import Form
from catalog.observations import Figure, Status
from catalog.periods import Month, Period
from connectors.warehouse import StandingRow
from flows.draft.below_nought import is_held
from flows.draft.sentences import Printed
from flows.summary.value import HELD

GAP_HEADER = ("序号", "X序号", "所在段落", "指标", "责任科室", "来源表", "状态", "原因", "应报日期", "逾期天数")


@dataclass(frozen=True, slots=True)
class Gap:
    """One X of the draft, and who owes it."""

    indicator: str
    slot: int | None
    paragraph: str
    title: str
    department: str
    form: str
    """Number of the form; empty = the office itself, in town.yml."""
    state: str
    reason: str
    due: date | None
    days_late: int


_MARKS = re.compile(r"[\ue010\ue012]\d+[\ue011\ue013]")


def paragraph_name(text: str) -> str:
    """Its heading or first words."""
    bare = _MARKS.sub("", text)
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\[\[.*?\]\]", "", bare, flags=re.DOTALL).strip()
    return (plain or bare.strip()).split("。")[0][:16] or "空段落"


_CHAPTER, _NUMBERED = re.compile("[一二三四五六七八九十]+、"), re.compile(r"[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+[.．、]|（\d+）")
_DATE = re.compile(r"[\dX]+年[\dX]+月[\dX]+日")


@dataclass(slots=True)
class Names:
    """What the paragraphs of a draft are called in the lists, read from the first to the last: one without a number of its own is
    called after its chapter.
    """

    chapter: str = ""
    titled: bool = False

    def name(self, text: str) -> str:
        plain, own = _MARKS.sub("", text).strip(), paragraph_name(text)
        if plain and not self.titled:
            self.titled = True
            return "标题"
        if _CHAPTER.match(plain) and len(plain) < 40:
            self.chapter = own
        if _DATE.fullmatch(plain):
            return "落款"
        unnumbered = self.chapter and not _NUMBERED.match(plain) and re.search(r"[，。；：]|\[\[", plain)
        return self.chapter if unnumbered else own.rstrip("：")


Slice = tuple[str, str]
"""Number of a form, and a month: what a department hands in at one time."""


def sent_back(standing: Iterable[StandingRow]) -> dict[Slice, StandingRow]:
    """What was handed in and refused whole, with nothing else in its place."""
    rows = [row for row in standing if row.form and row.period]
    come = {(row.form, row.period) for row in rows if row.state.startswith("accepted")}
    return {(row.form, row.period): row for row in rows if row.state == "refused" and (row.form, row.period) not in come}


@dataclass(frozen=True, slots=True)
class Ask:
    """One form of one month that a gap waits for, and what the reason says of it."""

    form: Form
    month: Month
    said: str

    @property
    def slice(self) -> Slice:
        return self.form.id, self.month.name


_ASK = re.compile(r"(\S+) (\d{4})-(\d{2})(.*)")


def asks(gap: Gap, catalogue: Catalogue) -> list[Ask]:
    """The hand-ins that close a gap: those its reason names, one after another. None where no department can close it."""
    found = []
    for part in gap.reason.removeprefix("依赖项缺：").split("；"):
        if (named := _ASK.fullmatch(part)) and named[1] in catalogue.forms:
            found.append(Ask(catalogue.forms[named[1]], Month(int(named[2]), int(named[3])), named[4].strip()))
    return found


def told_reason(figure: Figure, back: Iterable[Slice]) -> str:
    """Why a figure is not there; of a hand-in that was refused whole, that it was sent back, not that it never came."""
    reason = figure.reason
    for form, month in back:
        reason = reason.replace(f"{form} {month}未报", f"{form} {month}已退回")
    return reason


def gap_of(item: Printed, figure: Figure, catalogue: Catalogue, period: Period, moment: datetime, back: Iterable[Slice] = ()) -> Gap:
    form, due = owed_since(item.indicator, figure, catalogue, period)
    reason = told_reason(figure, back)
    late = max(0, (moment.date() - due).days) if due else 0
    return Gap(item.indicator, item.slot, item.paragraph, item.title, owing(item.indicator, catalogue), form.id if form else "", state_of(figure, form, reason), reason, due, late)


def gap_rows(gaps: Sequence[Gap]) -> list[list[str]]:
    """Numbered rows under :data:`GAP_HEADER`."""
    return [
        [str(number), str(gap.slot or ""), gap.paragraph, gap.title, gap.department, gap.form or "参数", gap.state, gap.reason,
         gap.due.isoformat() if gap.due else "", str(gap.days_late or "")]
        for number, gap in enumerate(gaps, 1)
    ]  # fmt: skip


def state_of(figure: Figure, form: Form | None, reason: str) -> str:
    if is_held(figure) or figure.status.has_value:  # the figure is there, and its rate waits
        return HELD
    if form is None:
        return "未填"
    ends = [end for end in ("未报", "退回", HELD) if any(part.endswith(end) for part in reason.split("；"))]
    if len(ends) > 1 or ends == [HELD]:
        return "、".join(ends)
    return "已退回" if figure.status is Status.REFUSED or ends == ["退回"] else "未报"


def owed_since(indicator: str, figure: Figure, catalogue: Catalogue, period: Period) -> tuple[Form | None, date | None]:
    """The form that owes a figure, and since when: the month its reason names, else the period's last."""
    form = catalogue.forms.get(_form_of(indicator, catalogue))
    named = re.search(r"(\d{4})-(\d{2})", figure.reason)
    month = Month(int(named[1]), int(named[2])) if named else period.last_month
    return form, form.due_date(month) if form else None


def owing(indicator: str, catalogue: Catalogue) -> str:
    """The department that owes an indicator: that of its form, which the office may have given to another one."""
    form = catalogue.forms.get(_form_of(indicator, catalogue))
    return form.department if form else catalogue.indicators[indicator].department


def _form_of(indicator: str, catalogue: Catalogue) -> str:
    """The form that owes an indicator; a derived one owes to the form of its part."""
    source = catalogue.indicators[indicator].from_
    if form := getattr(source, "form", ""):
        return str(form)
    for name in ("part", "of"):
        value = getattr(source, name, "")
        if value in catalogue.indicators:
            return _form_of(value, catalogue)
    return ""
