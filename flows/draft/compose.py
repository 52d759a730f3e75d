"""One period's figures and the office's template → the draft, what it prints, and what it lacks. No files, no warehouse."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from catalog.catalogue import Catalogue, Slot
from catalog.forms import Form
from catalog.observations import Figure, Status
from catalog.periods import Month, Period
from connectors.documents import BadDocument, Comment, Control, Link, Mark, Rendered, render_draft, template_paragraphs
from flows.draft.refresh import STATUS, status_line
from flows.draft.sentences import BadTemplate, Printed, Sentences, assign_slots, nothing_known
from flows.draft.sources import Files, joined_ids, source_text
from flows.draft.title import title_breaks

_PIECES = re.compile("(\ue000\\d+\ue001|\ue010\\d+\ue011|\ue012\\d+\ue013)")
GAP_HEADER = ("序号", "X序号", "所在段落", "指标", "责任科室", "来源表", "状态", "原因", "应报日期", "逾期天数")


@dataclass(frozen=True, slots=True)
class Gap:
    """One X of the draft, and who owes it."""

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


@dataclass(frozen=True, slots=True)
class Draft:
    """The Word file with its text, every figure printed in order, every gap."""

    rendered: Rendered
    printed: tuple[Printed, ...]
    gaps: tuple[Gap, ...]


def compose_draft(
    template: bytes, figures: Mapping[str, Figure], catalogue: Catalogue, slots: Sequence[Slot], period: Period, moment: datetime,
    files: Files | None = None,
) -> Draft:  # fmt: skip
    """Facts → sentences → Word. ``moment`` is in the office's zone. An indicator without a figure is missing.
    ``files``: the hand-ins, so that a figure can say where it comes from.

    Raises :class:`BadTemplate`: one Chinese line that names the paragraph.
    """
    sentences = Sentences(figures, catalogue.indicators, period)
    try:
        evaluated = [_evaluate(sentences, text) for text in template_paragraphs(template)]
        printed = assign_slots(sentences.printed, slots)
        known = {item.indicator: figures.get(item.indicator) or nothing_known(item.indicator, period) for item in printed}
        gaps = tuple(_gap(item, known[item.indicator], catalogue, period, moment) for item in printed if item.lacking)
        controls = {item.number: _control(item, known[item.indicator], catalogue, period, files or {}) for item in printed}
        status = Control(status_line(len(gaps), moment), STATUS, "状态", link=Link(len(printed), STATUS, status_line(len(gaps), moment))) if gaps else None
        rendered = render_draft(template, _with_title_broken(evaluated, printed), controls, status, gap_rows(gaps), GAP_HEADER, moment, period.name)
    except BadDocument as error:
        raise BadTemplate(str(error)) from None
    return Draft(rendered, tuple(printed), gaps)


def _with_title_broken(evaluated: Sequence[str], printed: Sequence[Printed]) -> list[str]:
    """A new line at the breaks of the title, which is the first paragraph with words; one that the office has broken itself stays."""
    made = list(evaluated)
    for number, text in enumerate(made):
        pieces = [(piece, _visible(piece, printed)) for piece in _PIECES.split(text) if piece]
        title = "".join(visible for _, visible in pieces)
        if not title.strip():
            continue
        if "\n" not in title and "[[" not in title:
            made[number] = _broken(pieces, title_breaks(title))
        break
    return made


def _broken(pieces: Sequence[tuple[str, str]], breaks: Sequence[int]) -> str:
    """A break inside a figure is put before it."""
    result, at = "", 0
    for piece, visible in pieces:
        inside = [b - at for b in breaks if at <= b < at + len(visible)]
        if piece != visible:
            result += "\n" * len(inside) + piece
        else:
            result += "".join(("\n" if n in inside else "") + character for n, character in enumerate(piece))
        at += len(visible)
    return result


def _visible(piece: str, printed: Sequence[Printed]) -> str:
    return printed[int(piece[1:-1])].text if piece.startswith("\ue000") else "" if piece.startswith(("\ue010", "\ue012")) else piece


def _evaluate(sentences: Sentences, template_text: str) -> str:
    """Its figures are named after the paragraph as it reads, errors after the paragraph as it stands in the template."""
    first = len(sentences.printed)
    text = sentences.evaluate(template_text, paragraph_name(template_text))
    name = paragraph_name(re.sub(r"\ue000(\d+)\ue001", lambda m: sentences.printed[int(m[1])].text, text))
    sentences.printed[first:] = [replace(item, paragraph=name) for item in sentences.printed[first:]]
    return text


def paragraph_name(text: str) -> str:
    """Its heading or first words."""
    bare = re.sub(r"[\ue010\ue012]\d+[\ue011\ue013]", "", text)
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\[\[.*?\]\]", "", bare, flags=re.DOTALL).strip()
    return (plain or bare.strip()).split("。")[0][:16] or "空段落"


def _control(item: Printed, figure: Figure, catalogue: Catalogue, period: Period, files: Files) -> Control:
    slot = f"slot={item.slot};" if item.slot else ""
    mark, comment = Mark.PLAIN, None
    if item.lacking:
        form, due = _owed(item.indicator, figure, catalogue, period)
        when = f"应报{due.month}月{due.day}日" if due else "由办公室填写"
        department = catalogue.indicators[item.indicator].department
        mark = Mark.MISSING
        comment = Comment(f"缺：{item.title}｜{department}｜{form.id if form else '参数'}｜{when}｜状态：{figure.reason or _state(figure, form)}")
    elif figure.status is Status.PROVISIONAL:
        mark, comment = Mark.PROVISIONAL, Comment("含约数/初步数，待核实")
    tag = f"{slot}indicator={item.indicator}"
    link = Link(item.number, tag[:64], item.text, item.before, item.after, item.how, item.part, item.parts, joined_ids(figure))
    return Control(item.text, tag, item.title, mark, comment, source_text(catalogue.indicators[item.indicator], figure, files), link)


def _gap(item: Printed, figure: Figure, catalogue: Catalogue, period: Period, moment: datetime) -> Gap:
    form, due = _owed(item.indicator, figure, catalogue, period)
    late = max(0, (moment.date() - due).days) if due else 0
    department = catalogue.indicators[item.indicator].department
    return Gap(item.slot, item.paragraph, item.title, department, form.id if form else "", _state(figure, form), figure.reason, due, late)


def gap_rows(gaps: Sequence[Gap]) -> list[list[str]]:
    """Numbered rows under :data:`GAP_HEADER`."""
    return [
        [str(number), str(gap.slot or ""), gap.paragraph, gap.title, gap.department, gap.form or "参数", gap.state, gap.reason,
         gap.due.isoformat() if gap.due else "", str(gap.days_late or "")]
        for number, gap in enumerate(gaps, 1)
    ]  # fmt: skip


def _state(figure: Figure, form: Form | None) -> str:
    if form is None:
        return "未填"
    return "退回" if figure.status is Status.REFUSED else "未报"


def _owed(indicator: str, figure: Figure, catalogue: Catalogue, period: Period) -> tuple[Form | None, date | None]:
    """The form that owes a figure, and since when: the month its reason names, else the period's last."""
    form = catalogue.forms.get(_form_of(indicator, catalogue))
    named = re.search(r"(\d{4})-(\d{2})", figure.reason)
    month = Month(int(named[1]), int(named[2])) if named else period.last_month
    return form, form.due_date(month) if form else None


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
