"""Ledgers: rows are counted, summed and made distinct here, and the people in them go no further.

What leaves this module is one entry per indicator and fitting row: a date, an exact amount, a keyed token. Names,
numbers, accounts, phones and free text stay behind (privacy.md §4).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum

from catalog import packed
from catalog.catalogue import Catalogue
from catalog.counting import Outcome, Tally, combine
from catalog.grids import row_ranges
from catalog.indicators import FromLedger, Indicator
from catalog.issues import Action, Issue
from catalog.numbers import decimal_of, plain
from catalog.observations import Entry, Reading
from catalog.packed import Packed
from catalog.units import fold
from flows.intake.amounts import refuse_other_units
from flows.intake.asked import (
    look_for_a_lone_first_day,
    look_for_disorder,
    look_for_homonyms,
    look_for_keyless,
    look_for_namesakes,
    look_for_unread_texts,
)
from flows.intake.cells import EMPTY, UNUSABLE, Cell
from flows.intake.column_units import Mapped
from flows.intake.columns import CellList, Columns
from flows.intake.doubts import look_for_early_days, look_for_near_words, look_for_returns, look_for_the_greater, look_for_wrong_sums
from flows.intake.dragged import refuse_series
from flows.intake.entries import entries_of, fits_of
from flows.intake.fate import USED, Fates
from flows.intake.flags import look_for_unsaid_flags
from flows.intake.months import lists_of_old, none_of_the_month_alone, refuse_other_months, rows_of_another_month
from flows.intake.prose import screened
from flows.intake.records import look_for_twice, nameless_rows, says_something, still_there
from flows.intake.rows import Kind
from flows.intake.several import rows_of_several
from flows.intake.sums import sums_among_records, tell_dated_sums
from flows.intake.table import Report, Table
from flows.tokens import Tokens


def read_ledger(
    table: Table, indicators: tuple[Indicator, ...], tokens: Tokens, fates: Fates, report: Report, names: Mapping[int, str], beside: Sequence[Reading] = ()
) -> tuple[Sequence[Entry], list[Reading]]:
    """Entries of every indicator that reads this sheet, and one reading per indicator: what this file alone says.

    ``names``: row → unit, where the sheet is a matrix whose rows were already named. ``beside``: what other sheets of the file say.
    """
    rows = table.body.of(Kind.DATA, Kind.MORE)
    nameless: frozenset[int] = frozenset()
    several: frozenset[int] = frozenset()
    if table.found.sheet.shape == "ledger":
        rows = still_there(table, rows, fates, report)
        twice = look_for_twice(table, rows, fates, report)
        nameless = nameless_rows(table, rows, fates, report) | twice
        several = rows_of_several(table, rows, fates, report)
    declared_none = table.body.of(Kind.DECLARED_NONE)
    if table.found.sheet.shape == "ledger":
        nameless |= sums_among_records(table, [row for row in rows if row.index in table.body.telling and row.index not in nameless], fates, report)
        tell_dated_sums(table, report)
    nameless |= rows_of_another_month(table, rows, fates, report)
    deciding = frozenset(i.from_.date for i in indicators if isinstance(i.from_, FromLedger))
    columns = Columns(table, array("i", (row.index for row in rows)) if len(rows) >= packed.MANY else [row.index for row in rows], fates, deciding, names)
    cells = _read_columns(columns, used_paths(indicators))
    _look_for_words(columns, cells)
    _look_for_blanks(columns, cells, nameless)
    _look_for_unnumbered(columns, cells, nameless)
    screened(columns, cells, [i.from_.of for i in indicators if isinstance(i.from_, FromLedger) and i.prose])
    refuse_other_months(columns, cells, deciding)
    refuse_other_units(columns, cells)
    refuse_series(columns, cells)
    look_for_the_greater(columns, cells)
    look_for_wrong_sums(columns, cells)
    _look_for_undated(columns, cells, indicators, nameless)
    look_for_near_words(columns, cells, indicators)
    look_for_unsaid_flags(columns, cells, indicators)
    look_for_early_days(columns, cells)
    look_for_returns(columns, cells)
    look_for_disorder(columns)
    look_for_keyless(columns, cells, indicators, nameless | several)
    look_for_namesakes(columns)
    codes = columns.codes(next((m for m in table.layout.columns.values() if m.column.type == "village"), None))
    look_for_homonyms(columns, indicators, codes)
    look_for_a_lone_first_day(columns, cells, indicators)
    look_for_unread_texts(columns, cells, indicators)
    of_old = lists_of_old(columns, cells, indicators, beside)
    recorded = bool(rows) if table.found.sheet.shape == "matrix" else says_something(table, rows)
    if not recorded and table.found.sheet.shape == "ledger":
        of_old |= none_of_the_month_alone(table, indicators, report)
    for issue in columns.said.in_order():
        report(issue)
    entries: list[Entry] | Packed[Entry] = Packed() if len(rows) >= packed.MANY else []
    readings: list[Reading] = []
    counted = set(nameless)
    blanks: dict[tuple[int, int], None] = {}
    told = bool(indicators) and all(isinstance(i.from_, FromLedger) and i.from_.blank == "skip" for i in indicators)
    for indicator in indicators:
        source = indicator.from_
        assert isinstance(source, FromLedger)
        found: Iterable[tuple[int, Entry]] = entries_of(indicator, source, columns.rows, cells, table, tokens, codes)
        if indicator.id in of_old:
            found = [*found, of_old[indicator.id]]
        doubted = nameless | several if source.count in ("rows", "distinct") else nameless
        mine: list[Entry] = []
        tally = Tally(source, table.month.first_day, table.month.last_day) if len(rows) >= packed.MANY and source.count in ("rows", "distinct", "sum") else None
        for line, read in found:
            entry = read._replace(refused=True, value=None) if line in doubted else read
            entries.append(entry)
            if read.refused and line not in doubted:
                blanks |= dict.fromkeys(_blank_cells(table, source, cells, line, columns.rows))
            if told:
                counted.add(line)
            if tally is None:
                mine.append(entry)
            else:
                tally.add(entry)
        if recorded or declared_none:
            outcome = combine(source, [mine], table.month.first_day, table.month.last_day) if tally is None else tally.outcome
            numbers = [entry.row for _, entry in outcome.entries] if tally is None else tally.rows
            readings.append(_reading(indicator, outcome, numbers, table))
            _hold_together(indicator, source, readings[-1], len(numbers), beside, report)
    if told:
        _look_for_nothing(table, [row.index for row in rows if row.index not in counted], report)
    _tell_blank(table, blanks, len(rows), report)
    for row in declared_none:
        fates.ignore_row(row.index, USED)
    if indicators and table.found.sheet.shape == "ledger" and not recorded and not declared_none:
        where = table.cell(table.layout.bottom, table.layout.left)
        report(Issue("E-BLANK", Action.WARN, f"{table.found.grid.name}!{where} 表下没有一条记录，按未报计，没有可列的请在第二栏填一行“无”。",
                     table.found.grid.name, where, "没有记录", "记录或“无”"))  # fmt: skip
    return entries, readings


def _hold_together(indicator: Indicator, source: FromLedger, listed: Reading, rows: int, beside: Sequence[Reading], report: Report) -> None:
    """Fewer or more than another sheet of the file says of the month (``nought``): as many as persons or as records is right, for some come twice."""
    there = [r for r in beside if r.measure == source.nought and r.role not in ("part", "total")]
    if source.count != "distinct" or listed.value is None or not rows or not there or any(r.value is None for r in there):
        return
    whole = sum((decimal_of(r.value or 0) for r in there), Decimal(0))
    if not decimal_of(listed.value) <= whole <= rows:
        message = f"{listed.sheet} 的{indicator.title}为{listed.value}{indicator.unit}，《{there[0].sheet}》{there[0].cell}等处合计为{plain(whole)}{there[0].unit}，两处不一致，请核实。"
        report(Issue("E-CROSS", Action.WARN, message, listed.sheet, "", listed.value, plain(whole)))


def _tell_blank(table: Table, blanks: Mapping[tuple[int, int], None], records: int, report: Report) -> None:
    """A column that nobody filled is missing, as in any table: so is January's. One figure of several is asked for by its cell."""
    names = {m.index: m.column.parts[-1] for m in table.layout.columns.values()}
    years = {m.index for m in table.layout.columns.values() if m.column.unit == "年"}
    blank = Counter(index for _, index in blanks)
    for row, index in blanks:
        if blank[index] < records:
            nought = "" if index in years else "，没有的填0"
            report(Issue("E-BLANK", Action.REFUSE_CELL, f"{table.place(row, index)} {names[index]}空白，本行无法统计，请补填{nought}。",
                         table.found.grid.name, table.cell(row, index), "空白", names[index]))  # fmt: skip


def _blank_cells(table: Table, source: FromLedger, cells: Mapping[str, CellList], row: int, rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Of a record that cannot be counted, the cells that are blank and decide or hold its figure; none where it is told already that nobody knows its sort."""
    n = bisect_left(rows, row)
    if n == len(rows) or rows[n] != row:  # what an older list stands for is no record
        return
    if any(cells[c.column][n].refused for c in source.where if c.column in cells):
        return
    asked = [c.column for c in source.where if c.at_least is not None or c.at_most is not None]
    for path in (*asked, *([source.of] if source.count == "sum" else [])):
        if (mapped := table.layout.columns.get(path)) is not None and path in cells and not (cell := cells[path][n]).filled and not cell.refused:
            yield row, mapped.index


def _look_for_nothing(table: Table, rows: Sequence[int], report: Report) -> None:
    """Records that say nothing any indicator counts: each may be of another sort than its figure, but not of none (M26)."""
    for row in rows:
        where = table.cell(row, table.layout.left)
        report(Issue("E-BLANK", Action.WARN, f"{table.found.grid.name}!{where} 本行没有可统计的数，未计入，请补填或删去。",
                     table.found.grid.name, where, "没有可统计的数", "完整的一行"))  # fmt: skip


class _How(Enum):
    """What is done with a column of every row."""

    NUMBER = "row number"
    VILLAGE = "village"
    CELL = "cell"
    DROP = "declared drop"
    CHECK = "checked"
    LEAVE = "not needed"


def _how(path: str, mapped: Mapped, used: frozenset[str]) -> _How:
    column = mapped.column
    if column.type == "serial":
        return _How.NUMBER
    if path in used:
        return _How.VILLAGE if column.type == "village" else _How.CELL
    if column.drop or column.type == "identity":
        return _How.DROP
    return _How.CHECK if column.numeric and column.total else _How.LEAVE


def _read_columns(columns: Columns, used: frozenset[str]) -> dict[str, CellList]:
    """path → cells of the columns that an indicator uses; every other column is checked, or ignored by its rule."""
    result: dict[str, CellList] = {}
    for path, mapped in columns.table.layout.columns.items():
        how = _how(path, mapped, used)
        if how is _How.CELL:
            result[path] = columns.read(mapped)
        elif how is _How.VILLAGE:
            result[path] = columns.villages(mapped)
        elif how is _How.CHECK:
            columns.check(mapped)
        elif how is _How.DROP:
            columns.drop(mapped, how.value)
        else:
            columns.ignore(mapped, how.value)
    return result


def _look_for_words(columns: Columns, cells: dict[str, CellList]) -> None:
    """A record of a kind that holds a word no record of that kind may: refused, for no condition would fit it (forms.md F07).

    What asks for a word that its kind cannot have is not in doubt for it: no tower is a pond, whatever its unit.
    """
    table = columns.table
    for rule in table.found.sheet.words_with:
        mapped = table.layout.columns.get(rule.column)
        if mapped is None or rule.column not in cells or rule.by not in cells:
            continue
        known = {fold(kind): (kind, {fold(word) for word in words}) for kind, words in rule.words.items()}
        for n, kind in enumerate(cells[rule.by]):
            cell = cells[rule.column][n]
            if cell.refused or kind.key not in known or cell.key in known[kind.key][1]:
                continue
            own, (name, _) = (columns.rows[n], mapped.index), known[kind.key]
            cells[rule.column][n] = UNUSABLE._replace(among=frozenset(known[kind.key][1]))
            columns.fates.refuse(own)
            found, words = cell.text or "空白", "、".join(rule.words[name])
            columns.said.append((own[0], Issue("E-WORD", Action.REFUSE_CELL, f"{table.place(*own)} 填“{found}”，{name}的{mapped.column.parts[-1]}应填{words}之一，本行未计入，请改正。",
                                               table.found.grid.name, table.cell(*own), found, words)))  # fmt: skip


def _look_for_blanks(columns: Columns, cells: dict[str, CellList], told: frozenset[int]) -> None:
    """A record without its day or its kind would fit no condition and silently not count: it is refused.

    ``told``: rows about which the department is told already.
    """
    table = columns.table
    telling = [m.index for m in table.layout.columns.values() if m.column.type not in ("serial", "village")]
    for path, mapped in table.layout.columns.items():
        of_column = cells.get(path, [EMPTY] * len(columns.rows))
        if not mapped.column.required or all(cell.filled or cell.refused for cell in of_column):
            continue
        elsewhere = [index for index in telling if index != mapped.index]
        for n, (row, cell) in enumerate(zip(columns.rows, of_column, strict=True)):
            if cell.filled or cell.refused or all(table.found.grid.rows[row][index] is None for index in elsewhere):
                continue
            of_column[n] = Cell(refused=True)
            if row not in told:
                own, name = (row, mapped.index), mapped.column.parts[-1]
                columns.said.append((row, Issue("E-BLANK", Action.REFUSE_CELL, f"{table.place(*own)} {name}空白，本行无法统计，请补填。",
                                                table.found.grid.name, table.cell(*own), "空白", name)))  # fmt: skip
        cells[path] = of_column


def _look_for_unnumbered(columns: Columns, cells: dict[str, CellList], told: frozenset[int]) -> None:
    """A fine without the number of its decision: it is no record of another sort, and what counts the numbers would not count it."""
    table = columns.table
    for path, mapped in table.layout.columns.items():
        other, _, word = mapped.column.required_with.partition("=")
        beside = table.layout.columns.get(other)
        of_column = cells.get(path)
        if of_column is None or beside is None:
            continue
        figures = cells.get(beside.column.path) or columns.read(beside)
        words = {fold(one) for one in word.split("、") if one}
        for n, (row, cell, figure) in enumerate(zip(columns.rows, of_column, figures, strict=True)):
            if cell.filled or cell.refused or not figure.filled or figure.number == "0" or (words and figure.key not in words):
                continue
            of_column[n] = UNUSABLE
            said = f"填“{figure.text}”" if words else "有数" if beside.column.numeric else "已填"
            if row not in told:
                own, name = (row, mapped.index), mapped.column.parts[-1]
                columns.said.append((row, Issue("E-BLANK", Action.REFUSE_CELL, f"{table.place(*own)} {name}空白，{table.cell(row, beside.index)}却{said}，分不清应否计入，请补填。",
                                                table.found.grid.name, table.cell(*own), "空白", name)))  # fmt: skip


def _look_for_undated(columns: Columns, cells: Mapping[str, CellList], indicators: Sequence[Indicator], told: frozenset[int]) -> None:
    """A record that fits in all but its day, which is blank: it counts in no period, and the department is asked (M30)."""
    table = columns.table
    asked: set[tuple[int, int]] = set()
    for indicator in indicators:
        source = indicator.from_
        if not isinstance(source, FromLedger) or source.undated == "not yet" or (mapped := table.layout.columns.get(source.date)) is None:
            continue
        undated = [n for n, day in enumerate(cells[source.date]) if not day.filled and not day.refused and columns.rows[n] not in told]
        if source.undated == "ask when later":
            dates = [column.path for column in table.found.sheet.columns if column.type == "date"]
            later = [cells[path] for path in dates[dates.index(source.date) + 1 :] if path in cells]
            undated = [n for n in undated if any(of_column[n].filled for of_column in later)]
        for condition in source.where if undated else ():
            fits, of_column = fits_of(condition), cells[condition.column]
            undated = [n for n in undated if fits(of_column[n]) is not False]
        asked.update((columns.rows[n], mapped.index) for n in undated)
    for at in sorted(asked):
        name = next(m.column.parts[-1] for m in table.layout.columns.values() if m.index == at[1])
        columns.said.append((at[0], Issue("M30", Action.WARN, f"{table.place(*at)} {name}空白，本行不计入任何时期，如已发生请补填日期。",
                                          table.found.grid.name, table.cell(*at), "空白", name)))  # fmt: skip


def used_paths(indicators: tuple[Indicator, ...]) -> frozenset[str]:
    """Columns that an indicator counts, tests, or takes its date from."""
    paths: set[str] = set()
    for indicator in indicators:
        source = indicator.from_
        if isinstance(source, FromLedger):
            paths |= {source.of, source.date, source.order_by, *(c.column for c in source.where)}
    return frozenset(paths - {""})


# --- what this file alone says -----------------------------------------------------------------------------


def _reading(indicator: Indicator, outcome: Outcome, rows: Sequence[int], table: Table) -> Reading:
    """``rows``: of the entries that it rests on, counted from 1."""
    cell = f"{row_ranges([row - 1 for row in rows] if len(rows) < packed.MANY else array('i', (row - 1 for row in rows)))}（{len(rows)}行）" if rows else ""
    return Reading(
        indicator.id, table.catalogue.town_code, table.catalogue.town_name + "镇", table.month.name, outcome.value,
        outcome.status, table.found.grid.name, cell, "", "ledger", indicator.unit,
    )  # fmt: skip


def catalogue_indicators(catalogue: Catalogue, form: str, sheet: str) -> tuple[Indicator, ...]:
    """The indicators that read this sheet as a ledger."""
    return catalogue.of_ledgers.get((form, sheet), ())
