"""What each hand-in is worth beside the others: repeated, superseded, held against history, missing.

A pure function of the whole set of submissions, so neither the order of files nor the number of nights matters
(DESIGN §2.5). Nothing here alters a figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import groupby
from types import MappingProxyType
from typing import Protocol

from catalog.catalogue import Catalogue
from catalog.forms import Form
from catalog.issues import Action, Issue
from catalog.observations import Adjustment, Due, Reading, Standing, State, is_partial, rank_by_name
from catalog.periods import Month, months_between
from connectors.warehouse import SubmissionRow
from flows.intake.earlier import Earlier, Place
from flows.intake.history import against_history, carried_over, not_as_to_date, rows_gone, standing_still, unreconciled
from flows.intake.of_the_year import unlike_before
from flows.intake.over_months import over_months


@dataclass(frozen=True, slots=True)
class Settlement:
    """The standing of every submission."""

    standings: tuple[Standing, ...]
    in_force: frozenset[int] = frozenset()
    """Numbers of the adjustments whose cell holds what they expect."""
    readings: Mapping[int, Sequence[Reading]] = field(default_factory=dict, repr=False)
    """Of the hand-ins in force, as reported."""

    @property
    def current(self) -> frozenset[int]:
        return frozenset(s.submission_id for s in self.standings if s.current)


_AT_ONCE = 20
"""Hand-ins that were replaced are read so many at a time: memory is bounded however often a file is corrected."""
_NONE: Mapping[int, datetime] = MappingProxyType({})


class Readings(Protocol):
    """The readings of these submissions; of one that is asked ``unlike`` another, those may be left out that the other has too."""

    def __call__(self, ids: Iterable[int], unlike: Mapping[int, int] = ...) -> Mapping[int, Sequence[Reading]]: ...


def settle(
    submissions: Sequence[SubmissionRow], readings_of: Readings, catalogue: Catalogue, zone: tzinfo,
    adjustments: Sequence[Adjustment] = (), revoked: Mapping[int, datetime] = _NONE,
) -> Settlement:  # fmt: skip
    """``readings_of`` is asked form by form; only what is in force is kept. What is owed follows from less: :func:`owed`.

    ``adjustments``: what the office has confirmed or corrected; of two words that hold about a cell the later counts.
    ``revoked``: submissions that stand for nothing, as if they had never come, and since when.
    """
    by_form: dict[str, list[SubmissionRow]] = defaultdict(list)
    for submission in sorted(submissions, key=lambda s: (s.path, s.sha256)):
        by_form[submission.form].append(submission)
    standings: list[Standing] = []
    in_force: set[int] = set()
    read: dict[int, Sequence[Reading]] = {}
    for form_id, members in sorted(by_form.items()):
        mine = [a for a in adjustments if a.form == form_id]
        standings += _settle_form(catalogue.forms.get(form_id), members, readings_of, catalogue, zone, mine, revoked, in_force, read)
    return Settlement(tuple(standings), frozenset(in_force), read)


def owed(
    submissions: Iterable[SubmissionRow], catalogue: Catalogue, as_of: datetime, zone: tzinfo, start: Month | None = None,
    revoked: Collection[int] = (),
) -> tuple[frozenset[int], tuple[Due, ...]]:  # fmt: skip
    """Numbers of the hand-ins in force, as :func:`settle` finds them without a look at any cell; and what is owed as of then."""
    groups: dict[tuple[str, str], list[SubmissionRow]] = defaultdict(list)
    for submission in submissions:
        if not submission.refused and submission.form in catalogue.forms and submission.id not in revoked:
            groups[submission.form, submission.period].append(submission)
    in_force = frozenset(_choose(group)[0].id for group in groups.values())
    return in_force, tuple(_missing(catalogue, set(groups), as_of, zone, start or _first_month(groups)))


def _settle_form(
    form: Form | None, members: list[SubmissionRow], readings_of: Readings, catalogue: Catalogue, zone: tzinfo,
    adjustments: Sequence[Adjustment], revoked: Mapping[int, datetime], in_force: set[int],
    read: dict[int, Sequence[Reading]],
) -> list[Standing]:  # fmt: skip
    states: dict[int, tuple[State, int]] = {}
    issues: dict[int, list[Issue]] = defaultdict(list)
    by_period: dict[str, list[SubmissionRow]] = defaultdict(list)
    for member in members:
        if member.id in revoked:
            states[member.id] = (State.REVOKED, 0)
        elif member.refused or form is None:
            states[member.id] = (State.REFUSED, 0)
        else:
            by_period[member.period].append(member)
    answered = dict(revoked)
    for period, group in by_period.items():
        answered |= _answered(group, [m for m in members if m.period == period and states.get(m.id, ("", 0))[0] is State.REFUSED])
    winners: dict[str, SubmissionRow] = {}
    rivals: dict[int, list[SubmissionRow]] = defaultdict(list)
    for period, group in by_period.items():
        winner, ranked, repeats = _choose(group)
        winners[period] = winner
        for number, member in enumerate(sorted(ranked, key=lambda s: (s.modified, s.path)), 1):
            states[member.id] = (State.ACCEPTED if member is winner else State.SUPERSEDED, number)
            if member is not winner:
                rivals[winner.id].append(member)
        for repeat, first in repeats:
            states[repeat.id] = (State.DUPLICATE, states[first.id][1])
            issues[repeat.id].append(Issue("M01", Action.FIX, f"与“{first.path}”内容相同，不重复计算。", found=repeat.path, expected=first.path))
            if first is not winner and repeat.modified > winner.modified:  # taken back, or an old file sent again: only a person knows
                issues[winner.id].append(Issue("M01", Action.WARN, f"后来又收到“{repeat.path}”，与更早的“{first.path}”内容相同，仍以“{winner.path}”为准，请核实；"
                                               "要用较早的内容，请办公室撤回本表。", found=repeat.path, expected=winner.path))  # fmt: skip
    held: dict[int, set[Place]] = defaultdict(set)
    vouched: dict[int, dict[Place, datetime]] = defaultdict(dict)
    corrected: dict[int, dict[Place, str]] = defaultdict(dict)
    if form is not None and winners:
        readings = readings_of(s.id for s in winners.values())
        replaced: dict[int, Earlier] = defaultdict(Earlier)
        beside = [(winner, loser) for winner in winners.values() for loser in rivals[winner.id]]
        for start in range(0, len(beside), _AT_ONCE):
            some = beside[start : start + _AT_ONCE]
            old = readings_of((loser.id for _, loser in some), {loser.id: winner.id for winner, loser in some})
            for winner, loser in some:
                newer = is_partial(loser.rank) and not is_partial(winner.rank) and loser.modified > winner.modified
                replaced[winner.id].hold(readings.get(winner.id, ()), old.get(loser.id, ()), loser.path, supplement=newer)
        for member in members:
            left = winners.get(member.period) if member.refused and member.id not in revoked and is_partial(member.rank) else None
            if left is not None and member.modified > left.modified:
                replaced[left.id].supplements[member.path] = []
        for winner in winners.values():
            issues[winner.id] += replaced[winner.id].issues(readings.get(winner.id, ()), winner.path) if winner.id in replaced else ()
        read |= {s.id: readings.get(s.id, ()) for s in winners.values()}
        history = {period: list(readings.get(s.id, ())) for period, s in winners.items()}
        words = _as_said([a for a in adjustments if a.period in by_period], by_period, readings_of)
        told = {period: _words_on(read, [a for a in words if a.period == period]) for period, read in history.items()}
        for period, winner in winners.items():
            in_force |= told[period].in_force
            corrected[winner.id] = told[period].corrected
            if told[period].corrected:
                history[period] = [_as_corrected(r, told[period].corrected) for r in history[period]]
        questions: dict[str, list[tuple[Issue, Place]]] = defaultdict(list)
        for period, issue, cell in (*against_history(form, catalogue, history), *carried_over(history), *rows_gone(form, catalogue, history)):
            questions[period].append((issue, cell))
        for period, winner in winners.items():
            questions[period] += replaced[winner.id].disputed(readings.get(winner.id, ())) if winner.id in replaced else ()
        for period, winner in winners.items():
            number, since = winner.id, told[period].since
            vouched[number] = {place: max(word, _came(winner)) for place, word in since.items()}
            held[number] = ({(r.sheet, r.cell) for r in history[period] if r.held} | {cell for _, cell in questions[period]}) - told[period].confirmed
            issues[number] += [*dict.fromkeys(issue for issue, cell in questions[period] if cell not in since), *told[period].lapsed]
        doubted = {period: held[winner.id].difference(corrected[winner.id]) for period, winner in winners.items()}
        sound = {
            period: [r for r in readings_ if (r.sheet, r.cell) not in doubted[period]] if doubted[period] else readings_ for period, readings_ in history.items()
        }
        for period, issue in (*unreconciled(form, catalogue, sound), *unlike_before(form, sound)):
            issues[winners[period].id].append(issue)
        for period, issue in (*standing_still(catalogue, history), *not_as_to_date(catalogue, history)):
            issues[winners[period].id].append(issue)
        for period, issue in over_months(form, catalogue, sound):
            if (issue.sheet, issue.cell) not in told[period].since:
                issues[winners[period].id].append(issue)
    due = {period: due_at(form, Month.parse(period), zone) for period in {m.period for m in members if m.period}} if form is not None else {}
    return [
        replace(_standing(m, due.get(m.period), states[m.id], issues[m.id], held[m.id], corrected[m.id], zone), answered=answered.get(m.id),
                vouched=tuple(sorted((*place, when) for place, when in vouched[m.id].items())) if m.id in vouched else ()) for m in members
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """What the office's words do to one hand-in."""

    confirmed: set[Place]
    corrected: dict[Place, str]
    since: dict[Place, datetime]
    """Both, and since when a word that holds is known."""
    lapsed: list[Issue]
    """A notice for each word whose figure has changed under it, unless a later word holds."""
    in_force: set[int]


def _as_said(adjustments: Sequence[Adjustment], by_period: Mapping[str, Sequence[SubmissionRow]], readings_of: Readings) -> list[Adjustment]:
    """The words with what stood in their cells then. Of one that says no file (kept by an early version) it is the hand-in that
    was in force among those that had come.
    """
    about: dict[int, int] = {}
    for word in adjustments:
        there = [row for row in by_period[word.period] if _came(row) <= word.bound_from]
        if word.then is None and (word.submission is not None or there):
            about[word.number] = word.submission if word.submission is not None else _choose(there)[0].id
    read = {(number, r.sheet, r.cell): r for number, found in readings_of(set(about.values())).items() for r in found} if about else {}
    return [
        replace(word, then=read.get((about[word.number], word.sheet, word.cell))) if word.number in about else word for word in adjustments
    ]  # fmt: skip


def _words_on(readings: Sequence[Reading], adjustments: Sequence[Adjustment]) -> _Told:
    """A word holds while the same figure of the same unit stands in its place, read as it was."""
    here = {(r.sheet, r.cell): r for r in readings}
    holding: dict[Place, Adjustment] = {}
    changed: dict[int, str] = {}
    for adjustment in adjustments:
        place = (adjustment.sheet, adjustment.cell)
        change = changed[adjustment.number] = _changed(adjustment, here.get(place), adjustment.then)
        if not change:
            holding[place] = adjustment
    since: dict[Place, datetime] = {}
    for adjustment in adjustments:
        if not changed[adjustment.number]:
            place = (adjustment.sheet, adjustment.cell)
            since[place] = min(adjustment.bound_from, since.get(place, adjustment.bound_from))
    lapsed = []
    for adjustment in adjustments:
        place = (adjustment.sheet, adjustment.cell)
        if place not in holding:
            now, what = here[place].raw if place in here and here[place].raw else "空", "更正" if adjustment.kind == "correct" else "确认"
            message = f"{place[0]}!{place[1]} {changed[adjustment.number]}，{adjustment.by}{what}时为{adjustment.expects or '空'}，原{what}失效，请重新核实。"
            lapsed.append(Issue("E-LAPSED", Action.WARN, message, *place, now, adjustment.expects))
    return _Told(
        {place for place, word in holding.items() if word.kind == "confirm"},
        {place: word.value for place, word in holding.items() if word.kind == "correct"},
        since, lapsed, {word.number for word in holding.values()},
    )  # fmt: skip


def _changed(adjustment: Adjustment, now: Reading | None, then: Reading | None) -> str:
    """What is no longer so in the cell a word is about, in Chinese; empty while it is. ``then``: what stood there in the file it was said about."""
    raw = now.raw if now is not None else None
    if now is None or raw != adjustment.expects:
        return f"现填{raw or '空'}"
    if then is None:
        return ""
    if (now.unit_code, now.measure) != (then.unit_code, then.measure):
        return f"现为别的村或别的指标，填{raw or '空'}"
    if (now.value, now.unit, now.period) != (then.value, then.unit, then.period):
        return f"现填{raw or '空'}，因计量单位或所属时期不同，按{_amount(now)}计，原来按{_amount(then)}计"
    return ""


def _amount(reading: Reading) -> str:
    return "空" if reading.value is None else f"{reading.value}{reading.unit}"


def _as_corrected(reading: Reading, corrected: Mapping[Place, str]) -> Reading:
    value = corrected.get((reading.sheet, reading.cell))
    return reading.corrected(value) if value is not None else reading


def _choose(group: list[SubmissionRow]) -> tuple[SubmissionRow, list[SubmissionRow], list[tuple[SubmissionRow, SubmissionRow]]]:
    """Rule M01: the same content again is a repeat of the first; then a whole form > one that wants rows; then 更正/终稿 > 修改版 > plain;
    then the later one.
    """
    ordered = sorted(group, key=lambda s: (rank_by_name(s.rank) < 0, s.modified, s.path, s.sha256))
    firsts: dict[str, SubmissionRow] = {}
    repeats = []
    for member in ordered:
        if member.data_hash in firsts:
            repeats.append((member, firsts[member.data_hash]))
        else:
            firsts[member.data_hash] = member
    ranked = list(firsts.values())
    return max(ranked, key=lambda s: (not is_partial(s.rank), max(rank_by_name(s.rank), 0), s.modified, s.path)), ranked, repeats


def _answered(group: Sequence[SubmissionRow], refused: Iterable[SubmissionRow]) -> dict[int, datetime]:
    """Hand-in of one form and month → since when another one stands in its place, had only these come, each when it did."""
    since: dict[int, datetime] = {}
    here: list[SubmissionRow] = []
    first = min(map(_came, group))
    for moment, come in groupby(sorted(group, key=_came), key=_came):
        here += come
        winner = _choose(here)[0]
        since.pop(winner.id, None)
        since |= {other.id: moment for other in here if other is not winner and other.id not in since}
    return since | {one.id: max(first, _came(one)) for one in refused}


def _came(row: SubmissionRow) -> datetime:
    return row.recorded_at or row.modified


# --- what is owed ------------------------------------------------------------------------------------------


def _first_month(accepted: Iterable[tuple[str, str]]) -> Month | None:
    first = min((period for _, period in accepted), default=None)
    return Month.parse(first) if first else None


def due_at(form: Form, month: Month, zone: tzinfo) -> datetime:
    """The last moment at which the month's file is in time."""
    return datetime.combine(form.due_date(month), time(23, 59, 59), zone)


def _missing(catalogue: Catalogue, accepted: set[tuple[str, str]], as_of: datetime, zone: tzinfo, start: Month | None) -> list[Due]:
    """What should exist is computed, then the gap is looked for: a hand-in that never came raises no error by itself."""
    if start is None:
        return []
    today = as_of.astimezone(zone).date()
    result = []
    for form in sorted(catalogue.forms.values(), key=lambda f: f.id):
        for month in months_between(start, Month(today.year, today.month)):
            if form.is_due_for(month) and form.due_date(month) < today and (form.id, month.name) not in accepted:
                result.append(Due(form.id, form.department, month.name, due_at(form, month, zone)))
    return result


def _standing(
    member: SubmissionRow, due: datetime | None, state: tuple[State, int], issues: list[Issue], held: set[Place],
    corrected: Mapping[Place, str], zone: tzinfo,
) -> Standing:  # fmt: skip
    late = max(0, (_local_day(member.modified, zone) - due.date()) // timedelta(days=1)) if due is not None else 0
    what, revision = state
    if what is State.ACCEPTED and (member.warned or any(i.action is not Action.FIX for i in issues)):
        what = State.ACCEPTED_WITH_WARNINGS
    current = what in (State.ACCEPTED, State.ACCEPTED_WITH_WARNINGS)
    return Standing(member.id, what, revision, current, due, late, tuple(issues), tuple(sorted(held)),
                    tuple(sorted((*place, value) for place, value in corrected.items())))  # fmt: skip


def _local_day(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()
