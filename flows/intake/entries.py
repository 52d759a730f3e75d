"""The rows of a ledger that one indicator counts: those that fit its conditions, and those of which nobody can say.

An entry carries a date, an exact amount or a keyed token, and nothing else of the record (privacy.md §4).
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial

from catalog.indicators import Condition, FromLedger, Indicator
from catalog.observations import Entry
from catalog.units import OrgUnit, fold
from flows.intake.cells import EMPTY, Cell, code, document
from flows.intake.columns import CellList, Cells
from flows.intake.flags import says_done
from flows.intake.prose import sentence
from flows.intake.table import Table
from flows.tokens import Tokens


def fits_of(condition: Condition) -> Callable[[Cell], bool | None]:
    """Whether a cell fits: True, False, or None when it cannot be trusted to say."""
    if condition.not_after_end is not None:
        return lambda cell: None if cell.refused else cell.day is not None
    if condition.filled is not None:
        return lambda cell: None if cell.refused else cell.filled is condition.filled
    if condition.at_least is not None or condition.at_most is not None:
        low = Decimal(condition.at_least) if condition.at_least is not None else None
        high = Decimal(condition.at_most) if condition.at_most is not None else None

        def between(cell: Cell) -> bool | None:
            number = Decimal(cell.number) if cell.number is not None else _as_number(cell.text)
            if cell.refused or number is None:
                return None
            return (low is None or number >= low) and (high is None or number <= high)

        return between
    if condition.is_ is not None:
        wanted = fold(condition.is_)
        return lambda cell: None if cell.refused and (not cell.among or wanted in cell.among) else cell.key == wanted
    if condition.is_not is not None:
        wanted = fold(condition.is_not)
        return lambda cell: None if cell.refused else cell.key != wanted
    if condition.in_ is not None:
        words = frozenset(fold(word) for word in condition.in_)
        return lambda cell: None if cell.refused and not (cell.among and words.isdisjoint(cell.among)) else cell.key in words
    if condition.starts is not None:
        wanted = fold(condition.starts)
        return lambda cell: None if cell.refused else cell.key.startswith(wanted)
    wanted = fold(condition.contains or "")
    return lambda cell: None if cell.refused else wanted in cell.key


def _as_number(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def entries_of(
    indicator: Indicator, source: FromLedger, rows: Sequence[int], columns: Mapping[str, CellList], table: Table, tokens: Tokens, codes: Sequence[str]
) -> Iterator[tuple[int, Entry]]:
    """(row, entry) of every row that fits, or may fit: one that cannot be trusted to say is an entry that is refused."""
    nothing: CellList = [EMPTY] * len(rows)
    left: Sequence[int] = range(len(rows))
    doubtful: set[int] = set()
    for condition in source.where:
        fits, cells = fits_of(condition), columns.get(condition.column, nothing)
        if isinstance(cells, Cells):
            answer = cells.answers(fits)
            left = array("i", (n for n in left if answer(n) is not False))
            doubtful.update(n for n in left if answer(n) is None)
            continue
        which = list(map(id, cells))
        answers = {known: fits(cell) for known, cell in dict(zip(which, cells, strict=True)).items()}
        if False in answers.values():
            left = [n for n in left if answers[which[n]] is not False]
        if None in answers.values():
            doubtful.update(n for n in left if answers[which[n]] is None)
    until = next((columns.get(c.column, nothing) for c in source.where if c.not_after_end), nothing)
    days = columns.get(source.date, nothing) if source.date else nothing
    of = columns.get(source.of, nothing)
    written = code if source.of.endswith("代码") else document if source.of.endswith("书号") else str
    grid, count, dated, skips = table.found.grid, source.count, bool(source.date), source.blank == "skip"
    name, sheet, moved, token_of = indicator.id, grid.name, grid.moved, tokens.maker(indicator.id)
    made: Callable[[tuple[object, ...]], Entry] = partial(tuple.__new__, Entry)  # half of what Entry() costs, for each row of a ledger
    for n in left:
        day, cell = days[n], of[n]
        if dated and not day.filled and not day.refused:
            continue
        refused = n in doubtful or day.refused
        row, token, value, text, when = rows[n], "", None, None, day.day
        if count == "distinct":
            if skips and not cell.filled:
                continue
            refused = refused or cell.refused
            key = written(cell.key)
            token = token_of(key) if cell.trusted and cell.filled and cell.text and key else f"row:{row + 1}"
        elif count == "sum":
            if skips and not cell.filled and not cell.refused:
                continue
            refused = refused or cell.refused or cell.number is None
            value = cell.number
        elif count == "first_date":
            if not cell.filled and not cell.refused:
                continue
            when, refused = cell.day, refused or cell.refused
        elif count in ("text", "flag", "sentences"):
            refused = refused or cell.refused
            text = text_of(source, cell, table)
            if text is None and not refused:
                continue
        line = (grid.source(row, 0)[0] if moved else row) + 1
        yield row, made((name, sheet, line, when, until[n].day, token, value, text, codes[n], refused))


def text_of(source: FromLedger, cell: Cell, table: Table) -> str | None:
    """What a cell says of what is printed; None where it does not."""
    if source.count == "sentences":
        return sentence(cell.written)
    if source.count == "flag":
        return "是" if says_done(cell.text, source.flag) else "否"
    if cell.day is not None:
        text = cell.day.isoformat()
    else:
        text = "".join(cell.written.splitlines())
    if not source.pattern:
        return text or None
    village: OrgUnit | None = table.catalogue.units.starting_with(text)
    pattern = source.pattern.replace("{village}", re.escape(fold(village.name)) if village else "[^村]+(?:村|社区)")
    match = re.search(pattern, fold(text) if "{village}" in source.pattern else text)
    return match[1] if match else None
