"""The rows of several months' ledgers as one window's figure is counted from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from catalog.grids import row_ranges
from catalog.indicators import FromLedger
from catalog.observations import Entry, LineageRow
from catalog.periods import Month


def ledger_months(source: FromLedger, year: int, first: int, last: int) -> list[Month]:
    """The months whose ledgers a window's figure is counted from."""
    if source.months == "last":
        return [Month(year, last)]
    if source.months == "difference":
        return [Month(year, last), *([Month(year, first - 1)] if first > 1 else [])]
    return [Month(year, m) for m in range(first, last + 1)]


def each_row_once(months: list[Month], files: list[tuple[Entry, ...]]) -> list[tuple[Entry, ...]]:
    """A running ledger brings along the rows of earlier months: what another file of the window holds is not counted again."""

    def mine(entry: Entry, month: Month) -> bool:
        return entry.day is None or (entry.day.year, entry.day.month) == month

    def told(entry: Entry) -> Entry:
        return entry._replace(row=0, token="" if entry.token.startswith("row:") else entry.token)

    seen = Counter(told(e) for month, entries in zip(months, files, strict=True) for e in entries if mine(e, month))
    result = []
    for month, entries in zip(months, files, strict=True):
        here: Counter[Entry] = Counter()
        kept = []
        for entry in entries:
            if not mine(entry, month):
                here[key := told(entry)] += 1
                if here[key] <= seen[key]:
                    continue
                seen[key] = here[key]
            kept.append(entry)
        result.append(tuple(kept))
    return result


def rows_it_rests_on(
    owners: Sequence[tuple[Month, int]], kept: Sequence[tuple[int, Entry]], town: str
) -> Iterable[LineageRow]:
    """Row numbers and their count, never contents (privacy.md §4)."""
    for number, (month, submission) in enumerate(owners):
        mine = [entry for file, entry in kept if file == number]
        if mine:
            cells = f"{row_ranges([entry.row - 1 for entry in mine])}（{len(mine)}行）"
            yield LineageRow("", "", town, month.name, None, submission, mine[0].sheet, cells)
