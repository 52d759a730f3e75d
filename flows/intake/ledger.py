"""Ledgers: rows are counted, summed and made distinct here, and the people in them go no further.

What leaves this module is one entry per indicator and fitting row: a date, an exact amount, a keyed token. Names,
numbers, accounts, phones and free text stay behind (privacy.md §4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from catalog.catalogue import Catalogue
from catalog.counting import combine
from catalog.forms import Column
from catalog.grids import CellValue, Position, row_ranges
from catalog.indicators import Condition, FromLedger, Indicator
from catalog.issues import Action, Issue
from catalog.numbers import plain
from catalog.observations import Entry, Reading, Status
from catalog.units import OrgUnit, fold
from flows.intake import values
from flows.intake.fate import Fates
from flows.intake.headings import Mapped
from flows.intake.matrix import Report, Table, read_figure, stored_value
from flows.intake.records import look_for_twice, nameless_rows, still_there
from flows.intake.rows import Kind
from flows.tokens import Tokens

_KEYWORDS = re.compile("已死亡|死亡|停发|迁出|注销")


class _Cell(NamedTuple):
    """A row's value under one column: a number in the stored unit, a day, a word, or unusable."""

    number: Decimal | None = None
    day: date | None = None
    text: str = ""
    """Folded, for comparing."""
    written: str = ""
    """As the sheet has it, for printing."""
    filled: bool = False
    refused: bool = False
    trusted: bool = True
    """For identities: it may be hashed."""


_EMPTY = _Cell()


def read_ledger(
    table: Table, indicators: tuple[Indicator, ...], tokens: Tokens, fates: Fates, report: Report, names: Mapping[int, str]
) -> tuple[list[Entry], list[Reading]]:
    """Entries of every indicator that reads this sheet, and one reading per indicator: what this file alone says.

    ``names``: row → unit, where the sheet is a matrix whose rows were already named.
    """
    rows = table.body.of(Kind.DATA)
    nameless: frozenset[int] = frozenset()
    if table.found.sheet.shape == "ledger":
        rows = still_there(table, rows, fates, report)
        look_for_twice(table, rows, report)
        nameless = nameless_rows(table, rows, fates, report)
    declared_none = table.body.of(Kind.DECLARED_NONE)
    steps = _steps(table, indicators)
    cells = {row.index: _row(table, row.index, steps, fates, report, names) for row in rows}
    _look_for_blanks(table, cells, nameless, report)
    village = next((m for m in table.layout.columns.values() if m.column.type == "village"), None)
    codes = {row.index: _village(table, row.index, village) for row in rows}
    entries: list[Entry] = []
    readings: list[Reading] = []
    for indicator in indicators:
        source = indicator.from_
        assert isinstance(source, FromLedger)
        mine = [
            entry._replace(refused=True, value=None) if row.index in nameless else entry for row in rows
            if (entry := _entry(indicator, source, row.index, cells[row.index], table, tokens, codes[row.index])) is not None
        ]  # fmt: skip
        entries += mine
        if rows or declared_none:
            readings.append(_reading(indicator, source, mine, table))
    for row in declared_none:
        for column, value in enumerate(table.found.grid.rows[row.index]):
            if value is not None:
                fates.use((row.index, column))
    return entries, readings


class _How(Enum):
    """What is done with a column of every row."""

    NUMBER = "row number"
    VILLAGE = "village"
    CELL = "cell"
    DROP = "declared drop"
    CHECK = "checked"
    LEAVE = "not needed"


_RULES = {how: how.value for how in _How}
_Step = tuple[str, Mapped, _How, frozenset[str]]


def _steps(table: Table, indicators: tuple[Indicator, ...]) -> list[_Step]:
    """(path, column, what is done with it, the columns that decide the period), once for all rows."""
    used = used_paths(indicators)
    deciding = frozenset(i.from_.date for i in indicators if isinstance(i.from_, FromLedger))
    result = []
    for path, mapped in table.layout.columns.items():
        column = mapped.column
        if column.type == "serial":
            how = _How.NUMBER
        elif path in used:
            how = _How.VILLAGE if column.type == "village" else _How.CELL
        elif column.drop or column.type == "identity":
            how = _How.DROP
        else:
            how = _How.CHECK if column.numeric and column.total else _How.LEAVE
        result.append((path, mapped, how, deciding))
    return result


def _look_for_blanks(table: Table, cells: Mapping[int, dict[str, _Cell]], told: frozenset[int], report: Report) -> None:
    """A record without its day or its kind would fit no condition and silently not count: it is refused.

    ``told``: rows about which the department is told already.
    """
    grid = table.found.grid
    required = [m for path, m in table.layout.columns.items() if m.column.required]
    if not required:
        return
    telling = [m.index for m in table.layout.columns.values() if m.column.type not in ("serial", "village")]
    for row, of_row in cells.items():
        for mapped in required:
            own = (row, mapped.index)
            said = of_row.get(mapped.column.path, _EMPTY)
            if said.filled or said.refused or not any(grid.at(row, c) is not None for c in telling if c != mapped.index):
                continue
            of_row[mapped.column.path] = _Cell(refused=True)
            if row in told:
                continue
            name = mapped.column.parts[-1]
            report(Issue("E-BLANK", Action.REFUSE_CELL, f"{table.place(*own)} {name}空白，本行无法统计，请补填。",
                         grid.name, grid.address(*own), "空白", name))  # fmt: skip


def _row(table: Table, row: int, steps: list[_Step], fates: Fates, report: Report, names: Mapping[int, str]) -> dict[str, _Cell]:
    result: dict[str, _Cell] = {}
    grid = table.found.grid
    for path, mapped, how, deciding in steps:
        if how is _How.CELL:
            result[path] = _cell(table, row, mapped, fates, report, deciding)
        elif how is _How.VILLAGE:
            result[path] = _village_cell(table, row, mapped, fates, names)
        elif how is _How.CHECK:
            read_figure(table, row, mapped, report, fates)
        else:
            at = (row, mapped.index)
            if (value := grid.at(*at)) is not None:
                if how is _How.DROP:
                    _look_at_dropped(table, at, value, mapped, report)
                fates.ignore(at, _RULES[how])
    return result


def used_paths(indicators: tuple[Indicator, ...]) -> frozenset[str]:
    """Columns that an indicator counts, tests, or takes its date from."""
    paths: set[str] = set()
    for indicator in indicators:
        source = indicator.from_
        if isinstance(source, FromLedger):
            paths |= {source.of, source.date, source.order_by, *(c.column for c in source.where)}
    return frozenset(paths - {""})


def _cell(table: Table, row: int, mapped: Mapped, fates: Fates, report: Report, deciding: frozenset[str]) -> _Cell:
    """``deciding``: the date columns that put a row into a period."""
    grid, column = table.found.grid, mapped.column
    at = table.body.fill.get((row, mapped.index), (row, mapped.index))
    value = grid.at(*at)
    own = (row, mapped.index)
    if column.numeric:
        clean = read_figure(table, row, mapped, report, fates)
        if clean.status is Status.REFUSED:
            return _Cell(filled=True, refused=True)
        number = stored_value(clean, mapped.factor)
        return _Cell(number=Decimal(number) if number is not None else None, filled=value is not None)
    if column.type == "date":
        clean = values.day(value, table.month)
        if clean.action is not None and at == own:
            place = table.place(*own)
            found = values.without_persons(clean.found) if table.of_persons else clean.found
            want = f"，应填{clean.expected}" if clean.action is Action.REFUSE_CELL else ""
            report(Issue(clean.code, clean.action, f"{place} 填“{found}”，{clean.advice}{want}。",
                         grid.name, grid.address(*own), found, clean.expected))  # fmt: skip
        refused = clean.status is Status.REFUSED
        outside = clean.day is not None and not table.month.first_day <= clean.day <= table.month.last_day
        if outside and mapped.column.path in deciding and table.found.sheet.mode == "month" and at == own:
            report(Issue("M30", Action.WARN, f"{table.place(*own)} 日期{clean.day}不在{table.month.month}月，不计入本月，请核实或报入该月。",
                         grid.name, grid.address(*own), str(clean.day), f"{table.month.month}月内的日期"))  # fmt: skip
        if grid.at(*own) is not None:
            (fates.refuse if refused else fates.use)(own)
        return _Cell(day=clean.day, filled=clean.day is not None, refused=refused)
    if grid.at(*own) is not None:
        fates.use(own)
    if column.type == "identity":
        return _identity(table, row, mapped, value, report)
    written = value.strip() if type(value) is str else values.shown(value).strip()
    if (code := written.upper()) in values.ERROR_CODES:
        fates.refuse(own)
        report(Issue("M33", Action.REFUSE_CELL, f"{table.place(*own)} 填“{code}”，是公式错误，请改正。",
                     grid.name, grid.address(*own), code, column.path))  # fmt: skip
        return _Cell(filled=True, refused=True)
    text = values.folded(written)
    if len(text) >= 11 and values.names_a_number(text):
        fates.refuse(own)
        report(Issue("E-WORD", Action.REFUSE_CELL, f"{table.place(*own)} 含有电话、证件或账号号码，请删去后重报。",
                     grid.name, grid.address(*own), values.HIDDEN, column.path))  # fmt: skip
        return _Cell(filled=True, refused=True)
    if text and column.values and not _allowed(text, column):
        fates.refuse(own)
        allowed = "、".join(word.rstrip("*") for word in column.values)
        found = values.without_persons(text) if table.of_persons else text
        report(Issue("E-WORD", Action.REFUSE_CELL, f"{table.place(*own)} 填“{found}”，应填{allowed}之一，请改正。",
                     grid.name, grid.address(*own), found, allowed))  # fmt: skip
        return _Cell(text=text, filled=True, refused=True)
    return _Cell(text=text, written=written, filled=bool(text) and text not in ("—", "-", "/"))


def _village_cell(table: Table, row: int, mapped: Mapped, fates: Fates, names: Mapping[int, str]) -> _Cell:
    """A village by its official name; one that is in no list is refused and never printed as it stands."""
    own = (row, mapped.index)
    value = table.found.grid.at(*table.body.fill.get(own, own))
    fates.use(own)
    unit = table.catalogue.units.find(value, table.month.last_day) if isinstance(value, str) else None
    name = names.get(row) or (unit.name if unit else "")
    return _Cell(text=fold(name), written=name, filled=bool(name), refused=not name)


def _allowed(text: str, column: Column) -> bool:
    compact = fold(text)
    return any(compact.startswith(fold(w[:-1])) if w.endswith("*") else compact == fold(w) for w in column.values)


def _identity(table: Table, row: int, mapped: Mapped, value: object, report: Report) -> _Cell:
    number, why = values.identity(value)  # type: ignore[arg-type]
    if number is not None:
        return _Cell(text=number, filled=True)
    where = table.cell(row, mapped.index)
    if not why.startswith("空白"):
        code = "M31" if "丢失" in why else "E-ID"
        report(Issue(code, Action.WARN, f"{table.found.grid.name}!{where} {mapped.column.parts[-1]}{why}，本行单独计数，请按文本格式重新填写。",
                     table.found.grid.name, where, "（不显示）", "18位文本"))  # fmt: skip
        return _Cell(filled=True, trusted=False)
    report(Issue("E-ID", Action.WARN, f"{table.found.grid.name}!{where} {mapped.column.parts[-1]}空白，本行单独计数，请补填。",
                 table.found.grid.name, where, "空白", "18位文本"))  # fmt: skip
    return _Cell(filled=False, trusted=False)


def _look_at_dropped(table: Table, at: Position, value: CellValue, mapped: Mapped, report: Report) -> None:
    """Personal columns are looked at for their type and for status words only (M32, M40); nothing of them is kept."""
    grid, name = table.found.grid, mapped.column.parts[-1]
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 1e11:
        where = table.cell(*at)
        report(Issue("M32", Action.WARN, f"{grid.name}!{where} {name}以数字格式存放，可能已丢位，请改为文本格式。",
                     grid.name, where, "（不显示）", "文本"))  # fmt: skip
    elif isinstance(value, str) and (found := _KEYWORDS.search(value)):
        where, word = table.cell(*at), found[0]
        report(Issue("M40", Action.WARN, f"{grid.name}!{where} 备注“{word}”，本行仍按在册计算，请核实是否应退出。",
                     grid.name, where, word, "与在册状态一致"))  # fmt: skip


# --- one row, one indicator --------------------------------------------------------------------------------


def _fits(condition: Condition, cell: _Cell) -> bool | None:
    """True, False, or None when the cell cannot be trusted to say."""
    if condition.not_after_end is not None:
        return None if cell.refused else cell.day is not None
    if condition.filled is not None:
        return None if cell.refused else cell.filled is condition.filled
    if condition.at_least is not None or condition.at_most is not None:
        number = cell.number if cell.number is not None else _as_number(cell.text)
        if cell.refused or number is None:
            return None
        low = condition.at_least is None or number >= Decimal(condition.at_least)
        return low and (condition.at_most is None or number <= Decimal(condition.at_most))
    if cell.refused:
        return None
    text = fold(cell.text)
    if condition.is_ is not None:
        return text == fold(condition.is_)
    if condition.is_not is not None:
        return text != fold(condition.is_not)
    if condition.in_ is not None:
        return text in {fold(word) for word in condition.in_}
    if condition.starts is not None:
        return text.startswith(fold(condition.starts))
    return fold(condition.contains or "") in text


def _as_number(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def _entry(
    indicator: Indicator, source: FromLedger, row: int, cells: dict[str, _Cell], table: Table, tokens: Tokens, code: str
) -> Entry | None:
    empty, refused = _EMPTY, False
    for condition in source.where:
        answer = _fits(condition, cells.get(condition.column, empty))
        if answer is False:
            return None
        refused = refused or answer is None
    until = next((cells.get(c.column, empty).day for c in source.where if c.not_after_end), None)
    day_cell = cells.get(source.date, empty) if source.date else empty
    if source.date and not day_cell.filled and not day_cell.refused:
        return None
    refused = refused or day_cell.refused
    cell = cells.get(source.of, empty)
    day, token, value, text = day_cell.day, "", None, None
    if source.count == "distinct":
        if not cell.filled and source.blank == "skip":
            return None
        refused = refused or cell.refused
        trusted = cell.trusted and (cell.filled and bool(cell.text))
        token = tokens.of(indicator.id, fold(cell.text)) if trusted else f"row:{row + 1}"
    elif source.count == "sum":
        if not cell.filled and not cell.refused and source.blank == "skip":
            return None
        refused = refused or cell.refused or cell.number is None
        value = plain(cell.number) if cell.number is not None else None
    elif source.count == "first_date":
        if not cell.filled and not cell.refused:
            return None
        day, refused = cell.day, refused or cell.refused
    elif source.count in ("text", "flag"):
        refused = refused or cell.refused
        text = _text(source, cell, table)
        if text is None and not refused:
            return None
    return Entry(indicator.id, table.found.grid.name, table.found.grid.source(row, 0)[0] + 1, day, until, token, value, text, code, refused)


def _village(table: Table, row: int, mapped: Mapped | None) -> str:
    if mapped is None:
        return ""
    at = table.body.fill.get((row, mapped.index), (row, mapped.index))
    value = table.found.grid.at(*at)
    unit = table.catalogue.units.find(value, table.month.last_day) if isinstance(value, str) else None
    return unit.code if unit else ""


def _text(source: FromLedger, cell: _Cell, table: Table) -> str | None:
    if source.count == "flag":
        return "是" if source.flag in cell.text else "否"
    if cell.day is not None:
        text = cell.day.isoformat()
    else:
        text = cell.written
    if not source.pattern:
        return text or None
    village: OrgUnit | None = table.catalogue.units.starting_with(text)
    pattern = source.pattern.replace("{village}", re.escape(fold(village.name)) if village else "[^村]+(?:村|社区)")
    match = re.search(pattern, fold(text) if "{village}" in source.pattern else text)
    return match[1] if match else None


# --- what this file alone says -----------------------------------------------------------------------------


def _reading(indicator: Indicator, source: FromLedger, entries: list[Entry], table: Table) -> Reading:
    outcome = combine(source, [entries], table.month.first_day, table.month.last_day)
    rows = [entry.row - 1 for _, entry in outcome.entries]
    cell = f"{row_ranges(rows)}（{len(rows)}行）" if rows else ""
    return Reading(
        indicator.id, table.catalogue.town_code, table.catalogue.town_name + "镇", table.month.name, outcome.value,
        outcome.status, table.found.grid.name, cell, "", "ledger", indicator.unit,
    )  # fmt: skip


def catalogue_indicators(catalogue: Catalogue, form: str, sheet: str) -> tuple[Indicator, ...]:
    """The indicators that read this sheet as a ledger."""
    return tuple(
        i for i in catalogue.indicators.values()
        if isinstance(i.from_, FromLedger) and i.from_.form == form and i.from_.sheet == sheet
    )  # fmt: skip
