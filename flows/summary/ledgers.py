"""Figures that are counted over the rows of several months' ledgers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from catalog.catalogue import Catalogue
from catalog.counting import combine
from catalog.grids import row_ranges
from catalog.indicators import FromLedger, Indicator
from catalog.observations import Entry, LineageRow, Status
from catalog.periods import Month
from flows.summary.facts import Facts
from flows.summary.value import NOT_APPLICABLE, Value, missing, number

NO_ROW = "（0行）"
"""What stands for the rows of a ledger in which none counts."""


def from_ledger(catalogue: Catalogue, facts: Facts, indicator: Indicator, source: FromLedger, year: int, first: int, last: int) -> Value:
    """The figure of one window, counted over the rows of all its months' ledgers."""
    if rests_on_let_go(facts, source, year, first, last):
        return _kept(facts, indicator, source, year, first, last)
    start, end = Month(year, first).first_day, Month(year, last).last_day
    if indicator.prose:
        said = [m for m in ledger_months(source, year, first, last) if (f := facts.of(source.form, m)) and indicator.id in f.ledgers]
        return _combine(catalogue, facts, indicator, source, said, start, end) if said else NOT_APPLICABLE  # nobody owes words
    if source.months == "difference":
        return _difference(catalogue, facts, indicator, source, year, first, last)
    return _combine(catalogue, facts, indicator, source, ledger_months(source, year, first, last), start, end)


def rests_on_let_go(facts: Facts, source: FromLedger, year: int, first: int, last: int) -> bool:
    """Whether rows that this window needs were let go: what is left would add up to something smaller."""
    found = (facts.of(source.form, month) for month in ledger_months(source, year, first, last))
    return any(hand_in is not None and hand_in.let_go for hand_in in found)


def _kept(facts: Facts, indicator: Indicator, source: FromLedger, year: int, first: int, last: int) -> Value:
    kept = facts.kept.get((indicator.id, year, first, last))
    if kept is None:
        return missing(f"{source.form} 台账明细已按保存期限清除，没有留下{year}年{first}—{last}月的数")
    if kept.submissions & facts.taken_back:
        return missing(f"{source.form} 有报表已撤回，而台账明细已按保存期限清除，{year}年{first}—{last}月的数不能重算")
    return Value(kept.status, kept.value, kept.reason, kept.lineage, kept.reported_units, kept.expected_units)


def _combine(catalogue: Catalogue, facts: Facts, indicator: Indicator, source: FromLedger, months: list[Month], start: date, end: date) -> Value:
    files: list[tuple[Entry, ...]] = []
    owners: list[tuple[Month, int]] = []
    sheets: list[str] = []
    for month in months:
        found = facts.of(source.form, month)
        if found is None:
            return missing(f"{source.form} {month}未报", len(months), len(files))
        if indicator.id not in found.ledgers:
            return missing(f"{source.form} {month}缺“{source.sheet}”", len(months), len(files))
        files.append(found.entries.get(indicator.id, ()))
        owners.append((month, found.submission_id))
        sheets.append(found.ledgers[indicator.id])
    if source.date and catalogue.forms[source.form].sheet(source.sheet).mode == "month":
        if other := told_otherwise(months, files):
            earlier, later = other
            why = f"{source.form} {later} {source.sheet}又列了{earlier.month}月的记录，与{earlier.month}月所报不一致，分不清以哪份为准，请改正其中一份"
            return missing(why, len(months), len(months), Status.REFUSED)
        files = each_row_once(months, files)
    outcome = combine(source, files, start, end)
    if outcome.status is Status.REFUSED:
        lost: dict[int, list[int]] = {}
        for at, entry in outcome.refused:
            lost.setdefault(at, []).append(entry.row - 1)
        reasons = [f"{source.form} {owners[file][0]} {source.sheet}第{row_ranges(rows)}行被退回" for file, rows in sorted(lost.items())]
        return missing("；".join(reasons), len(months), len(months), Status.REFUSED)
    lineage = tuple(rows_it_rests_on(owners, outcome.entries, catalogue.town_code, sheets if outcome.status is Status.ZERO else ()))
    return Value(outcome.status, outcome.value, outcome.note, lineage, len(months), len(months))


def _difference(catalogue: Catalogue, facts: Facts, indicator: Indicator, source: FromLedger, year: int, first: int, last: int) -> Value:
    joint = max(source.exempt_months, default=0) + 1
    if source.exempt_months and (1 < first <= joint or last < joint):
        return NOT_APPLICABLE
    open_window = (date.min, date.max)
    end = _combine(catalogue, facts, indicator, source, [Month(year, last)], *open_window)
    if not end.known or first == 1:
        return end
    before = _combine(catalogue, facts, indicator, source, [Month(year, first - 1)], *open_window)
    if not before.known:
        return before
    return number(end.number - before.number, end.lineage + before.lineage)


def ledger_months(source: FromLedger, year: int, first: int, last: int) -> list[Month]:
    """The months whose ledgers a window's figure is counted from."""
    if source.months == "last":
        return [Month(year, last)]
    if source.months == "difference":
        return [Month(year, last), *([Month(year, first - 1)] if first > 1 else [])]
    return [Month(year, m) for m in range(first, last + 1)]


def told_otherwise(months: list[Month], files: list[tuple[Entry, ...]]) -> tuple[Month, Month] | None:
    """(month, later month) whose file hands on most of the first one's rows, and yet not all: some were corrected or taken out
    since, and both as they stand would be counted. Half are most where others stand in their place; with all handed on, others are late ones.
    """
    if _nothing_brought_along(months, files):
        return None
    own = {month: Counter(_told(e) for e in entries if e.day is not None and _mine(e, month)) for month, entries in zip(months, files, strict=True)}
    for later, entries in zip(months, files, strict=True):
        for month in (m for m in months if m < later):
            brought = Counter(_told(e) for e in entries if e.day is not None and _mine(e, month))
            again = (own[month] & brought).total()
            if 0 < again < own[month].total() < 2 * again + (brought.total() > again):
                return month, later
    return None


def each_row_once(months: list[Month], files: list[tuple[Entry, ...]]) -> list[tuple[Entry, ...]]:
    """A running ledger brings along the rows of earlier months: what another file of the window holds is not counted again."""
    if _nothing_brought_along(months, files):
        return files
    seen = Counter(_told(e) for month, entries in zip(months, files, strict=True) for e in entries if _mine(e, month))
    result = []
    for month, entries in zip(months, files, strict=True):
        here: Counter[Entry] = Counter()
        kept = []
        for entry in entries:
            if not _mine(entry, month):
                here[key := _told(entry)] += 1
                if here[key] <= seen[key]:
                    continue
                seen[key] = here[key]
            kept.append(entry)
        result.append(tuple(kept))
    return result


def _nothing_brought_along(months: list[Month], files: list[tuple[Entry, ...]]) -> bool:
    """As in most."""
    return all(e.day is None or first <= e.day <= last for (first, last), entries in zip([(m.first_day, m.last_day) for m in months], files, strict=True) for e in entries)


def _mine(entry: Entry, month: Month) -> bool:
    return entry.day is None or (entry.day.year, entry.day.month) == month


def _told(entry: Entry) -> Entry:
    return entry._replace(row=0, token="" if entry.token.startswith("row:") else entry.token)


def rows_it_rests_on(owners: Sequence[tuple[Month, int]], kept: Sequence[tuple[int, Entry]], town: str, empty: Sequence[str] = ()) -> Iterable[LineageRow]:
    """Row numbers and their count, never contents (privacy.md §4). ``empty``: the sheets, of a figure that is nought: each is
    named, for a nought rests on a sheet in which no row counts.
    """
    of_file: list[list[Entry]] = [[] for _ in owners]
    for file, entry in kept:
        of_file[file].append(entry)
    for at, (month, submission) in enumerate(owners):
        if mine := of_file[at]:
            cells = f"{row_ranges([entry.row - 1 for entry in mine])}（{len(mine)}行）"
            yield LineageRow("", "", town, month.name, None, submission, mine[0].sheet, cells)
        elif empty:
            yield LineageRow("", "", town, month.name, None, submission, empty[at], NO_ROW)
