"""Records that name the month they are of: another one, or several at once, is not this month's money (forms.md F15).

A file of a quarter, or money paid later for a month gone by, would stand in this month without a trace.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from catalog.grids import CellValue
from catalog.indicators import FromLedger, Indicator
from catalog.issues import Action, Issue
from catalog.numbers import plain
from catalog.observations import Entry, Reading
from catalog.periods import Month
from flows.intake import values
from flows.intake.cells import NOTHING_WORDS, UNUSABLE
from flows.intake.column_units import Mapped
from flows.intake.columns import CellList, Columns
from flows.intake.entries import fits_of
from flows.intake.fate import Fates
from flows.intake.rows import Kind, Row
from flows.intake.table import Report, Table

_WITH_YEAR = re.compile(r"(\d{4}|\d{2}(?=年))[-./年](\d{1,2})月?份?(?:发放?)?")
_A_DAY = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月]\d{1,2}[日号]?")
_COMPACT = re.compile(r"(20\d{2})(\d{2})(?:\d{2})?")
_ALONE = re.compile(r"(\d{1,2})月?份?(?:发放?)?")
_CHINESE = re.compile(r"([〇零一二三四五六七八九]{2,4}年)?(十[一二]?|[一二三四五六七八九])月?份?")
_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_MONTHS = {word: number for number, word in enumerate("一二三四五六七八九十", 1)} | {"十一": 11, "十二": 12}
_SERIALS = range(36526, 47847)
_THIS = frozenset(["本月", "当月", "本月份", "当月份"])


def rows_of_another_month(table: Table, rows: Sequence[Row], fates: Fates, report: Report) -> frozenset[int]:
    """Rows whose column ``this_month`` names anything but the month of the form; each cell is refused and told (M30).

    A blank one says nothing against the title. A vertical merge and 同上 say what stands above.
    """
    grid, refused = table.found.grid, set()
    known: dict[CellValue, bool] = {}
    for mapped in [m for m in table.layout.columns.values() if m.column.this_month]:
        above = True
        for row in rows:
            own = (row.index, mapped.index)
            at = table.body.fill.get(own, own)
            value = grid.at(*at)
            if not (isinstance(value, str) and values.folded(value) in values.SAME_AS_ABOVE):
                if value not in known:
                    known[value] = _says(value, table.month)
                above = at not in grid.uncached and known[value]
            if above:
                continue
            refused.add(row.index)
            fates.refuse(own)
            if at == own:
                report(_issue(table, row.index, mapped, value))
    return frozenset(refused)


def refuse_other_months(columns: Columns, cells: dict[str, CellList], deciding: Collection[str]) -> None:
    """A ledger of the month without one record of the month, and some of others: last month's under a new title is no declared zero (M02)."""
    table = columns.table
    of_days = {path: cells[path] for path in deciding if path in cells and path in table.layout.columns}
    if table.found.sheet.mode != "month" or table.found.sheet.shape != "ledger":
        return
    first, last = table.month.first_day, table.month.last_day
    if any(c.refused or (c.day is not None and first <= c.day <= last) for of_column in of_days.values() for c in of_column):
        return
    for path, of_column in of_days.items():
        index = table.layout.columns[path].index
        dated = [n for n, cell in enumerate(of_column) if cell.day is not None]
        for n in dated:
            of_column[n] = UNUSABLE
            columns.fates.refuse((columns.rows[n], index))
        if dated:
            own, said = (columns.rows[dated[0]], index), f"{len(dated)}行日期都不在{table.month.month}月"
            columns.said.append((own[0], Issue("M02", Action.REFUSE_CELL, f"{table.place(*own)} 起{said}，疑似沿用旧报表，未采用，请报{table.month.month}月的记录，本月没有的请只填一行“无”。",
                                               table.found.grid.name, table.cell(*own), said, f"{table.month.month}月内的日期")))  # fmt: skip


_NONE_SAID = re.compile(r"(?:无|没有|未(?:发生|开展|组织|进行|新增|安排|调研|验收|培训)|[为是计:]?(?<!\d)[0零](?![\d.]))")
_OF_A_MONTH = re.compile(r"(?:本|当|(?<!\d)(\d{1,2}))月份?([^,，。;；]*)")


def lists_of_old(columns: Columns, cells: Mapping[str, CellList], indicators: Sequence[Indicator], beside: Sequence[Reading]) -> dict[str, tuple[int, Entry]]:
    """Indicators of a list that goes on, which has no day of the month though nobody says that there was none (M02).

    Each with one refused record of the month, so that no sum of it stands: an older list under a new title looks just like this.
    """
    table, found, told = columns.table, {}, set()
    first, last = table.month.first_day, table.month.last_day
    for indicator in indicators:
        source = indicator.from_
        if not isinstance(source, FromLedger) or not source.nought or (mapped := table.layout.columns.get(source.date)) is None:
            continue
        fitting = [n for n in range(len(columns.rows)) if all(fits_of(c)(cells[c.column][n]) is not False for c in source.where if c.column in cells)]
        dated = [n for n in fitting if cells[source.date][n].day is not None]
        if any((cell := cells[source.date][n]).refused or (cell.day is not None and first <= cell.day <= last) for n in fitting):
            continue
        there = [r for r in beside if r.measure == source.nought and r.role not in ("part", "total") and r.value is not None]
        trained = [r for r in there if Decimal(r.value or 0) > 0]
        if not trained and (there or not dated or _says_none(table)):
            continue
        row = columns.rows[(dated or fitting or [0])[0]] if len(columns.rows) else table.layout.bottom
        own, name, month = (row, mapped.index), mapped.column.parts[-1], table.month.month
        found[indicator.id] = (row, Entry(indicator.id, table.found.grid.name, row + 1, last, refused=True))
        for n in dated:
            columns.fates.refuse((columns.rows[n], mapped.index))
        if trained:
            whole = sum((Decimal(r.value or 0) for r in trained), Decimal(0))
            other = f"《{trained[0].sheet}》{trained[0].cell}等处本月却填了{plain(whole)}{trained[0].unit}"
            said = f"{indicator.title}在{month}月没有一行{name}，{other}，两处不符，未采用，请补上{month}月的记录或改正《{trained[0].sheet}》。"
        else:
            said = f"{len(dated)}行{name}都不在{month}月，疑似沿用旧报表，未采用，请补上{month}月的记录，{month}月确实没有的请在表下注明“本月无”。"
        if said not in told:
            told.add(said)
            columns.said.append((row, Issue("M02", Action.REFUSE_CELL, f"{table.place(*own)} 起{said}", table.found.grid.name, table.cell(*own),
                                            f"没有{month}月的日期", f"{month}月内的日期")))  # fmt: skip
    return found


def none_of_the_month_alone(table: Table, indicators: Sequence[Indicator], report: Report) -> dict[str, tuple[int, Entry]]:
    """本月无新增 in place of all records of a list that goes on, 本月未发放 in place of all persons that are there: of these it says nothing (M02).

    As above, with one refused record for each indicator that asks for them.
    """
    row = next(iter(table.body.of(Kind.DECLARED_NONE)), None)
    said = next((said for v in table.found.grid.rows[row.index] if isinstance(v, str) and (said := values.folded(v)).startswith("本月")), "") if row else ""
    goes_on = table.found.sheet.mode == "snapshot"
    about = [i for i in indicators if isinstance(i.from_, FromLedger) and not i.prose and (goes_on or (not i.from_.date and ("新增" in said or i.from_.count == "distinct")))]
    if row is None or not said or not about:
        return {}
    index = next(c for c, v in enumerate(table.found.grid.rows[row.index]) if isinstance(v, str) and values.folded(v) == said)
    report(Issue("M02", Action.REFUSE_CELL, f"{table.place(row.index, index)} 只写“{said}”，没有以前的记录，未采用，请列出截至{table.month.month}月底的全部记录，确实一条也没有的请只填“无”。",
                 table.found.grid.name, table.cell(row.index, index), said, f"截至{table.month.month}月底的全部记录"))  # fmt: skip
    return {i.id: (row.index, Entry(i.id, table.found.grid.name, row.index + 1, table.month.last_day, refused=True)) for i in about}


def _says_none(table: Table) -> bool:
    """A line outside the records that says of the month that it had none; 无 in a row of its own says it too."""
    if table.body.of(Kind.DECLARED_NONE):
        return True
    lines = [*range(table.layout.top), *(row.index for row in table.body.of(Kind.NOTE, Kind.FOOTER, Kind.AFTER, Kind.SECTION))]
    for said in (values.folded(value) for row in lines for value in table.found.grid.rows[row] if isinstance(value, str)):
        for match in _OF_A_MONTH.finditer("".join(said.split())):
            if match[1] in (None, str(table.month.month)) and _NONE_SAID.search(match[2]):
                return True
    return False


def _says(value: CellValue, month: Month) -> bool:
    """Whether it is this month, or nothing."""
    if value is None:
        return True
    if isinstance(value, date):
        return (value.year, value.month) == (month.year, month.month)
    text = "".join(values.folded(values.shown(value)).split())
    if isinstance(value, float | int) and not isinstance(value, bool):
        if int(value) == value and int(value) in _SERIALS:
            made = date(1899, 12, 30) + timedelta(days=int(value))
            return (made.year, made.month) == (month.year, month.month)
        if re.fullmatch(r"20\d{2}\.1", text):  # 2020.10 as a number shows no 0
            return month.month in (1, 10) and text.startswith(str(month.year))
    if text in NOTHING_WORDS or text in _THIS:
        return True
    if match := _CHINESE.fullmatch(text):
        year = (match[1] or "").translate(_DIGITS).rstrip("年")
        return _MONTHS[match[2]] == month.month and year in ("", str(month.year), str(month.year)[2:])
    if match := _WITH_YEAR.fullmatch(text) or _A_DAY.fullmatch(text) or _COMPACT.fullmatch(text):
        return int(match[2]) == month.month and match[1] in (str(month.year), str(month.year)[2:])
    alone = _ALONE.fullmatch(text)
    return alone is not None and int(alone[1]) == month.month


def _issue(table: Table, row: int, mapped: Mapped, value: CellValue) -> Issue:
    grid, name = table.found.grid, mapped.column.parts[-1]
    said = values.without_persons(values.shown(value)) or "公式没有结果"
    want = f"{table.month.year}.{table.month.month:02d}"
    return Issue("M30", Action.REFUSE_CELL, f"{table.place(row, mapped.index)} {name}填“{said}”，不是{table.month.month}月一个月，本行不能计入本月，本月发放的请填{want}，别的月份的请报入该月。",
                 grid.name, table.cell(row, mapped.index), said, want)  # fmt: skip
