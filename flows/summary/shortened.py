"""A list that goes on, handed in with the new records alone: the half-year would be counted from June's (M02)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from catalog.catalogue import Catalogue
from catalog.indicators import FromLedger
from catalog.issues import Action, Issue
from catalog.observations import Entry
from catalog.periods import Month
from flows.summary.facts import Facts, HandIn


def going_on(catalogue: Catalogue) -> dict[str, list[str]]:
    """form → its indicators that are counted by a day from the last month's list alone."""
    found = defaultdict[str, list[str]](list)
    for indicator in catalogue.indicators.values():
        source = indicator.from_
        if not isinstance(source, FromLedger):
            continue
        by_day = source.months == "last" and (source.date or (source.count == "distinct" and any(c.not_after_end for c in source.where)))
        if by_day and catalogue.forms[source.form].sheet(source.sheet).mode == "snapshot":
            found[source.form].append(indicator.id)
    return found


def shortened(facts: Facts, catalogue: Catalogue) -> dict[tuple[str, str], list[Issue]]:
    """(form, month) → the question about a list in which most of what it said a month ago of this year is no more."""
    result: dict[tuple[str, str], list[Issue]] = {}
    lists = going_on(catalogue)
    for (form, month), now in facts.hand_ins.items():
        before = facts.hand_ins.get((form, month.shift(-1)))
        if form not in lists or before is None or month.month == 1 or now.let_go or before.let_go:
            continue
        missing: dict[str, int] = {}
        for indicator in lists[form]:
            if (sheet := now.ledgers.get(indicator)) is not None:
                missing[sheet] = max(missing.get(sheet, 0), _gone(indicator, before, now, Month(month.year, 1).first_day))
        for sheet, count in missing.items():
            if count:
                message = f"{sheet} 上月列有的记录有{count}条本月没有了，疑只列了本月新增的，请列出全部后重报，确有减少的请告知党政办。"
                result.setdefault((form, month.name), []).append(Issue("M02", Action.WARN, message, sheet, "", f"少{count}条", "截至月底的全部记录"))
    return result


def _gone(indicator: str, before: HandIn, now: HandIn, since: date) -> int:
    """How many that were listed since are not there now, where these are most: a few may have been merged, renamed or taken out.

    A row that cannot be read may be any of them.
    """
    rows = now.entries.get(indicator, ())
    listed = before.entries.get(indicator, ())
    had = {_name(entry) for entry in listed if not entry.refused and (entry.until is not None or (entry.day is not None and entry.day >= since))} - {""}
    gone = len(had.difference(map(_name, rows))) - sum(entry.refused or not _name(entry) for entry in rows)
    return gone if gone * 2 > len(had) else 0


def _name(entry: Entry) -> str:
    return entry.text or ("" if entry.token.startswith("row:") else entry.token)
