"""Which hand-ins go back, and what is open about each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from catalog.issues import Action, Issue
from catalog.observations import State
from connectors.shares import NoShare, Share
from connectors.warehouse import StandingRow, Warehouse
from flows.intake.days import DAY_WANTED
from flows.office import Office

ASKING = frozenset(["M14", "M16", "M20", "M24", "M26", "M28", "M44", "E-BLANK", "E-LAPSED"])
"""Warnings that ask the department for another figure, or for what a row lacks to count; the others are said in the tables and in status."""
_OF_WRITING = {"M29": "百分数", "M30": DAY_WANTED, "M39": "每人一行"}
"""Of these codes a warning that expects this asks for another way of writing (a person counts once however often); any other asks for the figure, the day or the record."""
REFUSALS = (Action.REFUSE_CELL, Action.REFUSE_SHEET, Action.REFUSE_FILE)


def owed_slips(office: Office, warehouse: Warehouse) -> list[tuple[StandingRow, tuple[Issue, ...]]]:
    """The hand-ins that go back, each with what is open about it."""
    rows = warehouse.standing()
    issues = warehouse.open_issues()
    answered = {(row.form, row.period) for row in rows if row.state in (State.ACCEPTED, State.ACCEPTED_WITH_WARNINGS)}
    latest: dict[str, StandingRow] = {}
    for row in rows:
        if row.path not in latest or row.modified >= latest[row.path].modified:
            latest[row.path] = row
    still_there = _still_there(office.share)
    result = []
    for row in rows:
        mine = tuple(issues.get(row.id, ()))
        if row.state == State.REFUSED:
            gone = latest[row.path].id != row.id or not still_there(row.path)
            if (row.form, row.period) not in answered and not gone:
                result.append((row, mine))
        elif row.state in (State.ACCEPTED, State.ACCEPTED_WITH_WARNINGS) and any(map(_asks, mine)):
            result.append((row, mine))
    return result


def _asks(issue: Issue) -> bool:
    """Whether the department must be asked: what is refused, what is questioned, a row that counts in no period."""
    if issue.action is Action.WARN and issue.code in _OF_WRITING:
        return not issue.expected.startswith(_OF_WRITING[issue.code])
    return issue.action in REFUSALS or issue.code in ASKING


def _still_there(share: Share) -> Callable[[str], bool]:
    """Whether a file still lies in the shared folder. While nobody can look, every file does: a server that is down closes no slip.
    So it is where nothing lies at all: a share that is not mounted is an empty folder.
    """
    away = False

    @cache
    def empty() -> bool:
        return not share.listing().files

    def look(path: str) -> bool:
        nonlocal away
        try:
            if away or share.has(path):
                return True
            away = empty()
        except NoShare:
            away = True
        return away

    return look
