"""What there is to tell, from the warehouse alone: forms, departments, periods and counts. No file name, no cell, no person."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from catalog.forms import Form
from catalog.periods import Month, months_between
from connectors.warehouse import Warehouse
from connectors.warehouse.outbox import figures_resting_on, last_completed, news, spoken_of
from flows.office import Office
from flows.telling.words import compose, is_cut
from flows.telling.workdays import is_known, is_workday, workdays_between

_CLOCKS_DIFFER, _A_NIGHT_TAKES = timedelta(hours=1), timedelta(hours=2)
_Owed = list[tuple[str, list[tuple[str, Form, Month]]]]
"""department → what it owes: what the outbox knows it by, the form, the month."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to everybody; ``key`` is the same for the same message, so that it goes out once."""

    key: str
    kind: str
    subject: str
    body: str
    about: str = ""


def of_night(office: Office, warehouse: Warehouse, at: datetime, deferred: int = 0, unbrought: int = 0, stale: int = 0) -> Message | None:
    """Refused, newly late, changed and deferred since the night before, slips not brought and outputs not replaced; None when all is well and nothing is new.

    Since the last night that was completed: what one loaded that was then killed is told by the next.
    """
    before = last_completed(warehouse, at)
    came = news(warehouse, at, before[0] if before else None)
    late = [due for due in warehouse.owed() if before is not None and before[0] < due.due_at <= at]
    refused = [_named(office, n.form, n.department, n.period) for n in came if n.state == "refused"]
    changed = [
        _named(office, n.form, n.department, n.period) + ("（更正）" if n.revision > 1 else "")
        for n in came if n.state in ("accepted", "accepted_with_warnings")
    ]  # fmt: skip
    if not (refused or changed or deferred or late or unbrought or stale):
        return None
    day = at.astimezone(office.settings.zone).date()
    facts = {
        "day": _day(day), "refused": refused, "changed": changed, "deferred": deferred, "unbrought": unbrought, "stale": stale,
        "late": [_named(office, d.form, d.department, d.period) for d in late],
        "figures": figures_resting_on(warehouse, [n.submission for n in came]),
    }  # fmt: skip
    subject, body = compose(office, "night", facts)
    about = sorted(n.submission for n in came)  # a second refusal of one form on one day reads as the first
    return Message(f"night:{day}:{_hash(f'{body}{about}')}", "night", subject, body)


def of_failure(office: Office, now: datetime, what: str = "failure") -> Message:
    """``failure`` of a night or ``keep``; one of each a day at most: what failed is on the machine, not in a chat."""
    day = now.astimezone(office.settings.zone).date()
    return Message(f"{what}:{day}", what, *compose(office, what, {"day": _day(day)}))


def of_no_night(office: Office, warehouse: Warehouse, now: datetime, hours: int) -> Message | None:
    """None while a night has been completed within so many hours, or none was due since; one that lies ahead of the clock says nothing of this night."""
    last, zone = last_completed(warehouse), office.settings.zone
    if last is not None and now - last[1] >= -_CLOCKS_DIFFER:
        due = office.settings.serve.was_due(last[1].astimezone(zone), (now - _A_NIGHT_TAKES).astimezone(zone))
        if now - last[1] <= timedelta(hours=hours) or not due:
            return None
    said = f"{last[1].astimezone(zone):%Y-%m-%d %H:%M}" if last else ""
    return Message(f"no-night:{now.astimezone(zone).date()}", "no-night", *compose(office, "no-night", {"last": said, "hours": hours}))


def of_reminders(office: Office, warehouse: Warehouse, now: datetime) -> list[Message]:
    """催报 on a working day: what is due within some working days, is due today, or is late; each step is said once.

    Several messages where one would not hold every department.
    """
    today = now.astimezone(office.settings.zone).date()
    if not is_workday(today):
        return []
    said = spoken_of(warehouse, "remind")
    owed: dict[str, list[tuple[str, Form, Month]]] = defaultdict(list)
    for form, month in _outstanding(office, warehouse, today):
        step = _step(form.due_date(month), today, office.settings.notify.remind_days)
        if step and (about := f"{form.id}:{month.name}:{step}") not in said:
            owed[form.department].append((about, form, month))
    return list(_reminders(office, today, sorted(owed.items()))) if owed else []


def _reminders(office: Office, today: date, owed: _Owed) -> Iterator[Message]:
    lines = [
        (department, [f"{month.year}年{month.month}月《{form.title}》{_when(form.due_date(month), today)}" for _, form, month in items])
        for department, items in owed
    ]  # fmt: skip
    due = [form.due_date(month) for _, items in owed for _, form, month in items]
    years = sorted({day.year for day in (today, *due) if not is_known(day.year)})
    subject, body = compose(office, "remind", {"day": _day(today), "owed": lines, "unknown_year": "、".join(map(str, years))})
    if is_cut(body) and sum(len(items) for _, items in owed) > 1:
        for half in _halves(owed):
            yield from _reminders(office, today, half)
        return
    about = " ".join(sorted(about for _, items in owed for about, _, _ in items))
    yield Message(f"remind:{today}:{_hash(about)}", "remind", subject, body, about)


def _halves(owed: _Owed) -> tuple[_Owed, _Owed]:
    """Departments by departments, one department's forms by forms."""
    middle = len(owed) // 2
    if middle:
        return owed[:middle], owed[middle:]
    ((department, items),) = owed
    middle = len(items) // 2
    return [(department, items[:middle])], [(department, items[middle:])]


def _when(due: date, today: date) -> str:
    days = (due - today).days
    return f"{_day(due)}到期" if days > 0 else "今天到期" if days == 0 else f"已逾期{-days}天"


def _outstanding(office: Office, warehouse: Warehouse, today: date) -> list[tuple[Form, Month]]:
    """Owed by the last state, or due since or within the next fortnight, and not accepted yet."""
    standing = warehouse.standing()
    accepted = {(row.form, row.period) for row in standing if row.state in ("accepted", "accepted_with_warnings")}
    forms = office.catalogue.forms
    found = {(due.form, due.period) for due in warehouse.owed() if due.form in forms}
    start = office.settings.general.start or min((period for _, period in accepted), default="")
    if start:
        first = max(Month.parse(start), Month(today.year, today.month).shift(-13))
        for form in forms.values():
            for month in months_between(first, Month(today.year, today.month)):
                if form.is_due_for(month) and form.due_date(month) <= today + timedelta(days=14):
                    found.add((form.id, month.name))
    return [(forms[form], Month.parse(period)) for form, period in sorted(found - accepted)]


def _step(due: date, today: date, before: int) -> str:
    """soon, today, late1, late3, late5, late10, late15 …, in working days; empty when it is too early."""
    if today < due:
        return "soon" if workdays_between(today, due) <= before else ""
    if today == due:
        return "today"
    days = workdays_between(due, today)
    return f"late{1 if days < 3 else 3 if days < 5 else days // 5 * 5}"


def _named(office: Office, form: str, department: str, period: str) -> str:
    known = office.catalogue.forms.get(form)
    month = f"{period[:4]}年{int(period[5:7])}月" if len(period) == 7 else period or "月份不明"
    return f"{department or '未认出的科室'} {month}《{known.title if known else '未认出的表'}》"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
