"""What each hand-in is worth beside the others: repeated, superseded, held against history, missing.

A pure function of the whole set of submissions, so neither the order of files nor the number of nights matters
(DESIGN §2.5). Nothing here alters a figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from statistics import median

from catalog.catalogue import Catalogue
from catalog.forms import Form
from catalog.indicators import FromColumn
from catalog.issues import Action, Issue
from catalog.numbers import plain
from catalog.observations import Due, Reading, Standing, State
from catalog.periods import Month, months_between
from connectors.warehouse import SubmissionRow

UNIT_SLIP = 300
"""A money column this many times above or below the middle of its other months is in another unit (M27)."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The standing of every submission, and what is owed."""

    standings: tuple[Standing, ...]
    missing: tuple[Due, ...]

    @property
    def current(self) -> frozenset[int]:
        return frozenset(s.submission_id for s in self.standings if s.current)


Readings = Callable[[Iterable[int]], Mapping[int, Sequence[Reading]]]


def settle(
    submissions: Sequence[SubmissionRow], readings_of: Readings, catalogue: Catalogue, as_of: datetime, zone: tzinfo,
    start: Month | None = None,
) -> Settlement:  # fmt: skip
    """``readings_of`` is asked form by form, so that memory holds one form at a time. ``as_of`` decides what is due."""
    by_form: dict[str, list[SubmissionRow]] = defaultdict(list)
    for submission in sorted(submissions, key=lambda s: (s.path, s.sha256)):
        by_form[submission.form].append(submission)
    standings: list[Standing] = []
    for form_id, members in sorted(by_form.items()):
        standings += _settle_form(catalogue.forms.get(form_id), members, readings_of, catalogue, zone)
    accepted = {(s.form, s.period) for s in submissions for t in standings if t.submission_id == s.id and t.current}
    missing = _missing(catalogue, accepted, as_of, zone, start or _first_month(accepted))
    return Settlement(tuple(standings), tuple(missing))


def _settle_form(
    form: Form | None, members: list[SubmissionRow], readings_of: Readings, catalogue: Catalogue, zone: tzinfo
) -> list[Standing]:
    states: dict[int, tuple[State, int]] = {}
    issues: dict[int, list[Issue]] = defaultdict(list)
    by_period: dict[str, list[SubmissionRow]] = defaultdict(list)
    for member in members:
        if member.refused or form is None:
            states[member.id] = (State.REFUSED, 0)
        else:
            by_period[member.period].append(member)
    winners: dict[str, SubmissionRow] = {}
    rivals: list[tuple[SubmissionRow, SubmissionRow]] = []
    for period, group in by_period.items():
        winner, ranked, repeats = _choose(group)
        winners[period] = winner
        for number, member in enumerate(sorted(ranked, key=lambda s: (s.modified, s.path)), 1):
            states[member.id] = (State.ACCEPTED if member is winner else State.SUPERSEDED, number)
            if member is not winner:
                rivals.append((winner, member))
        for repeat, first in repeats:
            states[repeat.id] = (State.DUPLICATE, states[first.id][1])
            issues[repeat.id].append(Issue("M01", Action.FIX, f"与“{first.path}”内容相同，不重复计算。", found=repeat.path, expected=first.path))
    held: dict[int, set[tuple[str, str]]] = defaultdict(set)
    if form is not None and winners:
        readings = readings_of([s.id for pair in rivals for s in pair] + [s.id for s in winners.values()])
        for winner, loser in rivals:
            issues[winner.id] += _differences(winner, loser, readings)
        history = {period: list(readings.get(s.id, ())) for period, s in winners.items()}
        for period, issue, cell in _against_history(form, catalogue, history):
            issues[winners[period].id].append(issue)
            held[winners[period].id].add(cell)
        sound = {
            period: [r for r in readings_ if (r.sheet, r.cell) not in held[winners[period].id]] for period, readings_ in history.items()
        }
        for period, issue in _unreconciled(form, catalogue, sound):
            issues[winners[period].id].append(issue)
    return [_standing(member, form, states[member.id], issues[member.id], held[member.id], zone) for member in members]


def _choose(group: list[SubmissionRow]) -> tuple[SubmissionRow, list[SubmissionRow], list[tuple[SubmissionRow, SubmissionRow]]]:
    """Rule M01: the same content again is a repeat of the first; then 更正/终稿 > 修改版 > plain; then the later one."""
    ordered = sorted(group, key=lambda s: (s.rank < 0, s.modified, s.path, s.sha256))
    firsts: dict[str, SubmissionRow] = {}
    repeats = []
    for member in ordered:
        if member.data_hash in firsts:
            repeats.append((member, firsts[member.data_hash]))
        else:
            firsts[member.data_hash] = member
    ranked = list(firsts.values())
    return max(ranked, key=lambda s: (max(s.rank, 0), s.modified, s.path)), ranked, repeats


def _differences(winner: SubmissionRow, loser: SubmissionRow, readings: Mapping[int, Sequence[Reading]]) -> list[Issue]:
    """Cell by cell, what the hand-in in force says otherwise than the one it replaces; both are kept."""
    old = {(r.measure, r.unit_code, r.unit_name, r.period): r for r in readings.get(loser.id, ())}
    result = []
    for new in readings.get(winner.id, ()):
        before = old.pop((new.measure, new.unit_code, new.unit_name, new.period), None)
        if before is None or (before.value == new.value and before.status == new.status) or (new.role == "ledger" and not new.cell):
            continue
        cell = "" if new.role == "ledger" else new.cell
        was = before.value if before.value is not None else "空"
        now = new.value if new.value is not None else "空"
        result.append(Issue("M01", Action.WARN, f"{new.sheet}!{cell or new.measure} 本次为{now}，上一版为{was}，以本次为准，请核实。",
                            new.sheet, cell, now, was))  # fmt: skip
    if not result:
        result.append(Issue("M01", Action.WARN, f"本月收到两份内容不同的文件，以“{winner.path}”为准。", found=loser.path, expected=winner.path))
    return result


# --- against history ---------------------------------------------------------------------------------------

_Held = tuple[str, Issue, tuple[str, str]]


def _against_history(form: Form, catalogue: Catalogue, history: Mapping[str, Sequence[Reading]]) -> list[_Held]:
    by_measure: dict[str, dict[str, list[Reading]]] = defaultdict(lambda: defaultdict(list))
    for period, readings in history.items():
        for reading in readings:
            if reading.value is not None and reading.role not in ("part", "total", "ledger"):
                by_measure[reading.measure][period].append(reading)
    found: list[_Held] = []
    slipped: set[tuple[str, str]] = set()
    for measure, months in sorted(by_measure.items()):
        for period, why in _unit_slips(months):
            slipped.add((measure, period))
            parts = [r for r in history[period] if r.measure == measure and r.role == "part" and r.value is not None]
            for reading in [*months[period], *parts]:
                found.append((period, _hold("M27", reading, why, "与往月同一单位"), (reading.sheet, reading.cell)))
    for measure, cumulative in sorted(_running_pairs(form, catalogue)):
        sound = {p: r for p, r in by_measure[cumulative].items() if (cumulative, p) not in slipped}
        for period, reading in _cumulative_as_month(by_measure[measure], sound):
            found.append((period, _hold("M28", reading, "与本年累计相同，疑把累计数填在本月栏", "本月数"), (reading.sheet, reading.cell)))
    return found


def _unreconciled(form: Form, catalogue: Catalogue, history: Mapping[str, Sequence[Reading]]) -> list[tuple[str, Issue]]:
    """累计(m) = 累计(m−1) + 本月(m) where all three were reported: a difference is said, nothing is altered (M28)."""
    found = []
    for measure, cumulative in sorted(_running_pairs(form, catalogue)):
        of_month, running = _by_unit(history, measure), _by_unit(history, cumulative)
        for (period, unit), reading in sorted(of_month.items()):
            before = str(Month(int(period[:4]), int(period[5:7])).shift(-1))
            start = Decimal(0) if period.endswith("-01") else running[before, unit].number if (before, unit) in running else None
            end = running.get((period, unit))
            if start is None or end is None or start + reading.number == end.number:
                continue
            told = reading.reading
            message = f"{told.sheet}!{told.cell} 本月{plain(reading.number)}，与上月累计{plain(start)}相加不等于本年累计{plain(end.number)}，请核实。"
            found.append((period, Issue("M28", Action.WARN, message, told.sheet, told.cell, told.raw, plain(end.number - start))))
    return found


@dataclass(frozen=True, slots=True)
class _Told:
    number: Decimal
    reading: Reading


def _by_unit(history: Mapping[str, Sequence[Reading]], measure: str) -> dict[tuple[str, tuple[str, str]], _Told]:
    return {
        (period, (r.unit_code, r.unit_name)): _Told(Decimal(r.value), r)
        for period, readings in history.items() for r in readings
        if r.measure == measure and r.value is not None and r.role not in ("part", "total", "ledger")
    }  # fmt: skip


def _hold(code: str, reading: Reading, why: str, expected: str) -> Issue:
    return Issue(code, Action.REFUSE_CELL, f"{reading.sheet}!{reading.cell} 填{reading.raw}，{why}，请核实后重报。",
                 reading.sheet, reading.cell, reading.raw, expected)  # fmt: skip


def _unit_slips(months: Mapping[str, list[Reading]]) -> list[tuple[str, str]]:
    """Money columns whose town sum is far from the middle of the other months': 元 for 万元, 万元 for 亿元."""
    if not any(r.unit == "元" for readings in months.values() for r in readings):
        return []
    sums = {p: _pace(p, readings) for p, readings in months.items()}
    positive = {p: s for p, s in sums.items() if s > 0}
    result = []
    for period, value in sorted(positive.items()):
        others = [s for p, s in positive.items() if p != period]
        if len(others) < 2:
            continue
        middle = median(others)
        if value * UNIT_SLIP < middle:
            result.append((period, "远小于往月，疑单位填大（如把元填成万元）"))
        elif value > middle * UNIT_SLIP:
            result.append((period, "远大于往月，疑单位填小（如把万元填成元）"))
    return result


def _pace(period: str, readings: list[Reading]) -> Decimal:
    """The column's sum; for a cumulative one, per month, so that December can stand beside January."""
    total = sum((Decimal(r.value or 0) for r in readings), Decimal(0))
    return total / int(period[5:7]) if readings[0].role in ("flow_ytd", "last_year") else total


def _running_pairs(form: Form, catalogue: Catalogue) -> set[tuple[str, str]]:
    """(measure of the month, measure since January)."""
    declared = {c.id for sheet in form.sheets for c in sheet.columns if c.role == "flow_ytd" and c.id}
    pairs = {(c.id, f"{c.id}_ytd") for sheet in form.sheets for c in sheet.columns if c.id and f"{c.id}_ytd" in declared}
    return pairs | {
        (i.from_.measure, i.from_.cumulative)
        for i in catalogue.indicators_of(form.id) if isinstance(i.from_, FromColumn) and i.from_.cumulative
    }  # fmt: skip


def _cumulative_as_month(months: Mapping[str, list[Reading]], cumulative: Mapping[str, list[Reading]]) -> list[tuple[str, Reading]]:
    """Identity 累计(m) = 累计(m−1) + 本月(m): a month that equals the cumulative although something came before it.

    Where the month before does not say whether something came before, the doubt is enough (M28).
    """
    result = []
    for period, readings in sorted(months.items()):
        month = Month(int(period[:4]), int(period[5:7]))
        if month.month == 1:
            continue
        running = {(r.unit_code, r.unit_name): Decimal(r.value or 0) for r in cumulative.get(period, ())}
        before = cumulative.get(month.shift(-1).name)
        earlier = {(r.unit_code, r.unit_name): Decimal(r.value or 0) for r in before} if before else None
        same = [r for r in readings if (k := (r.unit_code, r.unit_name)) in running and running[k] == Decimal(r.value or 0) and running[k] > 0]
        if not same:
            continue
        wrong = same if earlier is None else [r for r in same if earlier.get((r.unit_code, r.unit_name), Decimal(0)) > 0]
        known = [r for r in readings if Decimal(r.value or 0) > 0 and (r.unit_code, r.unit_name) in running]
        if wrong and (len(same) == len(known) or len(wrong) * 2 > len(known)):
            wrong = list(readings)
        result += [(period, reading) for reading in wrong]
    return result


# --- what is owed ------------------------------------------------------------------------------------------


def _first_month(accepted: Iterable[tuple[str, str]]) -> Month | None:
    first = min((period for _, period in accepted), default=None)
    return Month(int(first[:4]), int(first[5:7])) if first else None


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
    member: SubmissionRow, form: Form | None, state: tuple[State, int], issues: list[Issue], held: set[tuple[str, str]], zone: tzinfo
) -> Standing:
    due, late = None, 0
    if form is not None and member.period:
        month = Month(int(member.period[:4]), int(member.period[5:7]))
        due = due_at(form, month, zone)
        late = max(0, (_local_day(member.modified, zone) - form.due_date(month)) // timedelta(days=1))
    what, revision = state
    if what is State.ACCEPTED and (member.warned or any(i.action is not Action.FIX for i in issues)):
        what = State.ACCEPTED_WITH_WARNINGS
    current = what in (State.ACCEPTED, State.ACCEPTED_WITH_WARNINGS)
    return Standing(member.id, what, revision, current, due, late, tuple(issues), tuple(sorted(held)))


def _local_day(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()
