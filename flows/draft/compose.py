"""One period's figures and the office's template → the draft, what it prints, and what it lacks. No files, no warehouse."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.catalogue import Catalogue, Slot
from catalog.observations import Figure, Status
from catalog.periods import Period
from connectors.documents import BadDocument, Comment, Control, Link, Mark, Rendered, render_draft, template_paragraphs
from flows.draft.below_nought import held
from flows.draft.gaps import (
    GAP_HEADER,
    Gap,
    Names,
    Slice,
    gap_of,
    gap_rows,
    owed_since,
    owing,
    paragraph_name,
    sent_back,
    state_of,
    told_reason,
)
from flows.draft.notes import with_notes
from flows.draft.phrases import QUOTED
from flows.draft.refresh import STATUS, status_line
from flows.draft.sentences import BadTemplate, Printed, Sentences, assign_slots, nothing_known
from flows.draft.sources import Files, joined_ids, places_text, source_text
from flows.draft.title import title_breaks

_PIECES = re.compile("(\ue000\\d+\ue001|\ue010\\d+\ue011|\ue012\\d+\ue013)")


Reuse = Callable[[Sequence[object], Callable[[], Rendered]], Rendered]
"""What goes into the Word file, and how it is made → the Word file."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The Word file with its text, every figure printed in order, every gap."""

    rendered: Rendered
    printed: tuple[Printed, ...]
    gaps: tuple[Gap, ...]


def compose_draft(
    template: bytes, figures: Mapping[str, Figure], catalogue: Catalogue, slots: Sequence[Slot], period: Period, moment: datetime,
    files: Files | None = None, made: Reuse | None = None,
) -> Draft:  # fmt: skip
    """Facts → sentences → Word. ``moment`` is in the office's zone. An indicator without a figure is missing.
    ``files``: the hand-ins, so that a figure can say where it comes from. ``made``: gives the Word file of before where it was made
    from the same; only the time at which it was made, in its properties and comments, is not looked at.

    Raises :class:`BadTemplate`: one Chinese line that names the paragraph.
    """
    figures = held(figures, catalogue.indicators)
    sentences = Sentences(figures, catalogue.indicators, period)
    try:
        names = Names()
        evaluated = [_evaluate(sentences, text, names) for text in template_paragraphs(template)]
        evaluated, found = with_notes(evaluated, sentences.printed, figures)
        printed = assign_slots(found, slots)
        known = {item.indicator: figures.get(item.indicator) or nothing_known(item.indicator, period) for item in printed}
        back = tuple(sent_back((files or {}).values()))
        gaps = tuple(gap_of(item, known[item.indicator], catalogue, period, moment, back) for item in printed if item.lacking)
        controls = {item.number: _control(item, known[item.indicator], catalogue, period, files or {}, back) for item in printed}
        said = status_line(len(gaps), moment, period)
        status = Control(said, STATUS, "状态", link=Link(len(printed), STATUS, said)) if gaps else None
        inputs = (template, _with_title_broken(evaluated, printed), controls, status, gap_rows(gaps), GAP_HEADER)

        def render() -> Rendered:
            return render_draft(*inputs, moment, period.name)

        rendered = made((*inputs, period.name), render) if made else render()
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


def _evaluate(sentences: Sentences, template_text: str, names: Names) -> str:
    """Its figures are named after the paragraph as it reads, errors after the paragraph as it stands in the template."""
    first = len(sentences.printed)
    text = sentences.evaluate(template_text, paragraph_name(template_text))
    name = names.name(re.sub(r"\ue000(\d+)\ue001", lambda m: sentences.printed[int(m[1])].text, text))
    sentences.printed[first:] = [replace(item, paragraph=name) for item in sentences.printed[first:]]
    return text


def _control(item: Printed, figure: Figure, catalogue: Catalogue, period: Period, files: Files, back: Sequence[Slice]) -> Control:
    slot = f"slot={item.slot};" if item.slot else ""
    mark, comment = Mark.PLAIN, None
    if item.lacking:
        form, due = owed_since(item.indicator, figure, catalogue, period)
        when = f"应报{due.month}月{due.day}日" if due else "由办公室填写"
        department = owing(item.indicator, catalogue)
        mark, reason = Mark.MISSING, told_reason(figure, back)
        comment = Comment(f"缺：{item.title}｜{department}｜{form.id if form else '参数'}｜{when}｜状态：{reason or state_of(figure, form, reason)}")
    elif figure.status is Status.PROVISIONAL:
        mark, comment = Mark.PROVISIONAL, Comment("含约数/初步数，待核实")
    elif item.how == QUOTED:
        comment = Comment(f"引自{catalogue.indicators[item.indicator].department}情况说明（{places_text(figure, files)}），文中数字为科室原文，请核对")
    tag = f"{slot}indicator={item.indicator}"
    link = Link(item.number, tag[:64], item.text, item.before, item.after, item.how, item.part, item.parts, joined_ids(figure), note=item.note)
    return Control(item.text, tag, item.title, mark, comment, source_text(catalogue.indicators[item.indicator], figure, files), link)
