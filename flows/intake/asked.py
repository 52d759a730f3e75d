"""What a record of a ledger says and may mean otherwise: it counts as it stands, and the department is asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from catalog.indicators import FromLedger, Indicator
from catalog.issues import Action, Issue
from catalog.units import fold
from flows.intake import days
from flows.intake.cells import code
from flows.intake.columns import CellList, Columns
from flows.intake.entries import fits_of, text_of
from flows.intake.values import HIDDEN, shown

_ALONE = timedelta(days=180)
"""So long before all others is a first day that stands in one record alone another year's."""


def look_for_disorder(columns: Columns) -> None:
    """A visit before its application, a firm settled before its contract: a year or month typed wrong, and the day decides the period (M30)."""
    table = columns.table
    for earlier, later in table.found.sheet.in_order:
        first, second = table.layout.columns.get(earlier), table.layout.columns.get(later)
        if first is None or second is None:
            continue
        for row in columns.rows:
            before, after = (days.day(table.found.grid.at(row, m.index), table.month).day for m in (first, second))
            if before is not None and after is not None and after < before:
                said = f"{second.column.parts[-1]}{after}早于{table.cell(row, first.index)}{first.column.parts[-1]}{before}，请核实年份和月份"
                columns.said.append((row, Issue("M30", Action.WARN, f"{table.place(row, second.index)} {said}。", table.found.grid.name, table.cell(row, second.index), str(after), f"不早于{before}")))


def look_for_keyless(columns: Columns, cells: Mapping[str, CellList], indicators: Sequence[Indicator], told: frozenset[int]) -> None:
    """A project or firm without its name or code is one of its own: it may be one that stands in another row, too (M39)."""
    table, asked = columns.table, dict[tuple[int, int], str]()
    for source in (i.from_ for i in indicators if isinstance(i.from_, FromLedger) and i.from_.count == "distinct" and i.from_.blank != "skip"):
        mapped = table.layout.columns.get(source.of)
        if mapped is None or mapped.column.type == "identity" or mapped.column.required:
            continue
        of_code = source.of.endswith("代码")
        keyless = [n for n, cell in enumerate(cells[source.of]) if not cell.refused and columns.rows[n] not in told and not (code(cell.key) if of_code else cell.filled and cell.key)]
        for n in keyless if len(keyless) < len(columns.rows) else ():
            if (not source.date or cells[source.date][n].filled) and all(fits_of(c)(cells[c.column][n]) is not False for c in source.where):
                asked[columns.rows[n], mapped.index] = mapped.column.parts[-1]
    for at, name in sorted(asked.items()):
        columns.said.append((at[0], Issue("M39", Action.WARN, f"{table.place(*at)} 没有{name}，本行单独计数，请补填{name}，与别行重复的请删去。",
                                          table.found.grid.name, table.cell(*at), HIDDEN, name)))  # fmt: skip


def look_for_namesakes(columns: Columns) -> None:
    """One firm under two codes, or under one and none: two where the report names one (M39)."""
    table = columns.table
    name, key = (table.layout.columns.get(path) for path in (table.found.sheet.named, table.found.sheet.unique))
    if name is None or key is None:
        return
    grid, rows = table.found.grid, defaultdict[str, list[int]](list)
    for row in columns.rows:
        if said := fold(shown(grid.at(row, name.index))):
            rows[said].append(row)
    for same in rows.values():
        if len(same) > 1 and len({code(fold(shown(grid.at(row, key.index)))) for row in same}) > 1:
            numbers = "、".join(str(grid.source(row, 0)[0] + 1) for row in same)
            columns.said.append((same[1], Issue("M39", Action.WARN, f"{table.place(same[1], name.index)} 第{numbers}行{name.column.parts[-1]}相同，{key.column.parts[-1]}不同，请核实是否同一个，是的请只留一行。",
                                                grid.name, table.cell(same[1], name.index), f"第{numbers}行", "每条记录一行")))  # fmt: skip


def look_for_homonyms(columns: Columns, indicators: Sequence[Indicator], villages: Sequence[str]) -> None:
    """第一党小组 of two villages is one name and two groups, and would be counted once (M39)."""
    table = columns.table
    names = {i.from_.of for i in indicators if isinstance(i.from_, FromLedger) and i.from_.count == "distinct"}
    for mapped in [m for m in table.layout.columns.values() if m.column.path in names and m.column.single and m.column.type == "text"]:
        rows = defaultdict[str, dict[str, int]](dict)
        for row, village in zip(columns.rows, villages, strict=True):
            if village and (said := fold(shown(table.found.grid.at(row, mapped.index)))):
                rows[said].setdefault(village, row)
        for first, *others in (list(one.values()) for one in rows.values() if len(one) > 1):
            at, name = (others[0], mapped.index), mapped.column.parts[-1]
            message = f"{table.place(*at)} 与{table.cell(first, mapped.index)}{name}相同，村却不同，报告按一个计，不是同一个的请把名称写全。"
            columns.said.append((at[0], Issue("M39", Action.WARN, message, table.found.grid.name, table.cell(*at), HIDDEN, f"写全的{name}")))


def look_for_a_lone_first_day(columns: Columns, cells: Mapping[str, CellList], indicators: Sequence[Indicator]) -> None:
    """The day on which something began, said by one record long before all others: a year typed wrong would be printed (M30)."""
    table = columns.table
    for source in (i.from_ for i in indicators if isinstance(i.from_, FromLedger) and i.from_.count == "first_date"):
        mapped = table.layout.columns.get(source.of)
        fitting = [n for n in range(len(columns.rows)) if all(fits_of(c)(cells[c.column][n]) for c in source.where)]
        dated = Counter(day for n in fitting if (day := cells[source.of][n].day) is not None)
        if mapped is None or len(dated) < 2:
            continue
        first, second = sorted(dated)[:2]
        if dated[first] == 1 and second - first >= _ALONE:
            row = next(columns.rows[n] for n in fitting if cells[source.of][n].day == first)
            columns.said.append((row, Issue("M30", Action.WARN, f"{table.place(row, mapped.index)} {mapped.column.parts[-1]}{first}比其余各行（{second}起）早得多，报告取最早的一天，请核实年份。",
                                            table.found.grid.name, table.cell(row, mapped.index), str(first), f"{second}前后")))  # fmt: skip


def look_for_unread_texts(columns: Columns, cells: Mapping[str, CellList], indicators: Sequence[Indicator]) -> None:
    """A name in which none of the records has what the report takes from it: its clause would be left out without a word (M24)."""
    table, told = columns.table, dict[tuple[int, int], list[str]]()
    for indicator in indicators:
        source = indicator.from_
        if not isinstance(source, FromLedger) or source.count != "text" or not source.pattern or source.date or (mapped := table.layout.columns.get(source.of)) is None:
            continue
        fitting = [n for n in range(len(columns.rows)) if (cell := cells[source.of][n]).filled and not cell.refused and all(fits_of(c)(cells[c.column][n]) for c in source.where)]
        if fitting and all(text_of(source, cells[source.of][n], table) is None for n in fitting):
            told.setdefault((columns.rows[fitting[0]], mapped.index), []).append(indicator.title)
    for at, titles in sorted(told.items()):
        name = next(m.column.parts[-1] for m in table.layout.columns.values() if m.index == at[1])
        columns.said.append((at[0], Issue("M24", Action.WARN, f"{table.place(*at)} {name}中看不出{'、'.join(titles)}，报告中将空缺，有的请在本格写全。",
                                          table.found.grid.name, table.cell(*at), HIDDEN, "、".join(titles))))  # fmt: skip
