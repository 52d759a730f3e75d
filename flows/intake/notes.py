"""What is written above, beside and below a table and changes what its figures mean (M17, M28, M37).

A table of the month that calls itself a cumulative one is refused, a row whose remark says whose figures it holds is held; other
words are pointed to. They are never understood further than that.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable

from catalog.grids import Position
from catalog.issues import Action, Issue, Refused
from catalog.observations import Reading
from catalog.periods import Month
from catalog.units import fold, fold_anew
from flows.intake.column_units import Mapped, counted_in, measures_otherwise
from flows.intake.heading_words import heading, is_remark
from flows.intake.numerals import factor
from flows.intake.rows import Kind
from flows.intake.table import Report, Table

_QUALIFIES = re.compile(
    r"[不未](?:含|包含|包括|计入|列入|纳入|统计|完整)|[少多漏错补]报|待[核报]|预[计报测]|估[计算]|暂[缺未估按]|约\d|尚未|截[至止]|(?:上月|累计|全年|预计|计划)数|同上个?月(?!同期)"
    r"|单位[为是][十百千万亿]"
    r"|更正|有误|[填报写]错|应[为是该][^,，。;；]{0,8}\d|改[为成][^,，。;；]{0,8}\d|以[^,，。;；]{1,10}为准"
    r"|[未待][^,，。;；:]{0,4}(?:核[实定对准]|确认|认定|重报|上报)|未发|初步数|快报|(?:统计|汇总)至|[两二三四五六]个月(?:合|一并|一起)"
)
_AROUND = (Kind.NOTE, Kind.FOOTER, Kind.AFTER, Kind.SECTION)
_DASH = "[-‐‑‒–—―－~～至到]"
_SINCE_JANUARY = rf"(?:自?年初(?:以来|至今)?|(?:20\d\d年)?0?1月?份?{_DASH}(?:0?[2-9]|1[0-2])月份?|本年度?|今年以来|全年|上半年)"
_FROM_NEW_YEAR = rf"(?:20\d\d年)?0?1月0?1日?{_DASH}(?:20\d\d年)?(?:0?[2-9]|1[0-2])月"
_CUMULATIVE = re.compile(
    rf"(?:^|[为是系按:(，,。]){_SINCE_JANUARY}[(（]?累计(?!数?[见另详附])|累计(?:月报表|情况表|数据|统计|口径|填[报列])|(?:本表|表中|以上|上列|上述|此|各?[栏项]|本月数?|全部|所有|数据|数字|均|都|皆)(?:数据?|数字)?(?:均|都|皆|全)?[为是系按]累计"
    rf"|(?:本表|以上|上列|上述|此|各?[栏项]|全部|所有|均|都|皆)(?:数据?|数字)?(?:均|都|皆|全)?[为是系按]{_SINCE_JANUARY}"
    rf"|(?:统计|数据|报告|报表|填报|所属)?(?:时段|期间|区间|范围|时限|起止时间?|统计时间|数据时间|填报时间|所属时间|时期|统计期)[:为是]?(?:{_SINCE_JANUARY}|{_FROM_NEW_YEAR})"
)
_TITLED = re.compile(rf"累计|{_SINCE_JANUARY}")
_OF_A_ROW = re.compile(rf"{_SINCE_JANUARY}的?(?:累计|数据?|合计)|[为是系属按]累计|累计(?:数|值|口径)")
_OF_PERIOD = re.compile(rf"(?:报告期|所属期|统计期|(?:所属|统计|数据|报表)(?:月份|时期|期间))[:为是]?(?:(20\d\d)[年.\-/])?(?:0?1月?份?{_DASH})?(1[0-2]|0?[1-9])(?!\d)")
_FROM = re.compile(rf"(?:统计|数据)(?:时间|时段|期间|区间)[:为是]?(?:20\d\d年)?(1[0-2]|0?[1-9])月\d{{1,2}}日?{_DASH}")
_MONTHS_TOGETHER = re.compile(rf"(?:1[0-2]|[1-9])月?份?{_DASH}(?:1[0-2]|[1-9])月")
_SIGNED_ON = re.compile(r"(?:填表|制表|填报|报送|上报)(?:日期|时间):?(20\d\d)[年.\-/](1[0-2]|0?[1-9])(?!\d)")
_ANOTHER_MONTH = re.compile(r"(?:沿用|采用|用的?是?|为|是|系|填)上(?:个?月|月份)(?!同期)|(?<![较比与和])上个?月(?:份)?的?(?:数据|数字|报数)|^上个?月数?$|(?<![-\d])(\d{1,2})月(?:份)?的?(?:数据|数字|数(?!量))")


def look_for_notes(table: Table, report: Report) -> None:
    """A note of the department's own; those of the form itself say nothing new, and the words are not repeated.

    Raises :class:`Refused` (M28) where it makes cumulative figures of those a table asks for the month.
    """
    grid, form_s_own = table.found.grid, fold(table.found.sheet.note)
    above = range(table.layout.top)
    around = [*above, *(row.index for row in table.body.of(*_AROUND))]
    for row, start in [*((row, 0) for row in around), *_beside(table)]:
        for column, value in enumerate(grid.rows[row]):
            if not isinstance(value, str) or column < start or (said := fold(value)) == form_s_own:
                continue
            titled = value.strip() == table.found.title
            if not titled:
                _look_for_another_month(table, (row, column), said, report, signed=row not in above)
            if row in around and table.month.month > 1 and _asks_for_months(table, said) and (_TITLED.search(said) if titled else _CUMULATIVE.search(said)):
                raise Refused(Issue("M28", Action.REFUSE_SHEET, f"{table.place(row, column)} 写明是累计数，本表各栏应填{table.month.month}月当月数，请改填当月数或改正说明后重报。",
                                    grid.name, table.cell(row, column), "累计", f"{table.month.month}月当月数"))  # fmt: skip
            elsewhere = row not in above and any(measures_otherwise(unit, mapped) for unit in counted_in(said) for mapped in _spoken_of(table, said))
            if not titled and (elsewhere or _QUALIFIES.search(_but_its_own_end(table, said))):
                report(Issue("M37", Action.WARN, f"{table.place(row, column)} 有说明，可能影响所填的数，请核实；如影响请把数填准确。",
                             grid.name, table.cell(row, column), "说明", "不影响所填的数"))  # fmt: skip


def _spoken_of(table: Table, said: str) -> list[Mapped]:
    """The columns with a unit that a note names, or where it names none, all of them."""
    columns = [m for m in table.layout.columns.values() if m.column.unit]
    return [m for m in columns if heading(m.column.parts[0])[0] in said] or columns


def _beside(table: Table) -> list[tuple[int, int]]:
    """(row, column from which on) something may stand beside the figures of a table: to the right of it, or in a row that nobody named."""
    if table.found.sheet.shape != "matrix":
        return []
    return [(row.index, 0 if row.kind is Kind.DATA and not row.label else table.layout.right + 1) for row in table.body.of(Kind.DATA, Kind.PART, Kind.TOTAL)]


def _look_for_another_month(table: Table, at: Position, said: str, report: Report, *, signed: bool) -> None:
    """报告期：2020年5月 above a table whose title says June, or a day of signing before its month (M12); ``signed``: such a day may stand there."""
    month, grid = table.month, table.found.grid
    match = _OF_PERIOD.search(said)
    wrong = match is not None and (int(match[2]) != month.month or match[1] not in (None, str(month.year)))
    if not wrong and (match := _FROM.search(said)) is not None:
        wrong = int(match[1]) not in (1, month.month)
    if not wrong and signed and (match := _SIGNED_ON.search(said)) is not None:
        wrong = not month <= Month(int(match[1]), int(match[2])) <= month.shift(2)
    if match is not None and wrong:
        report(Issue("M12", Action.WARN, f"{table.place(*at)} “{match[0]}”与标题的{month.year}年{month.month}月不符，请核实是哪个月的数。",
                     grid.name, table.cell(*at), match[0], f"{month.year}年{month.month}月"))  # fmt: skip


def _but_its_own_end(table: Table, said: str) -> str:
    """The words without “截至” the last day of the table's own month, which every month's table may say of itself."""
    year, month = table.month.year, table.month.month
    last = calendar.monthrange(year, month)[1]
    return re.sub(rf"截[至止]到?(?:{year}年|本年)?0?{month}月(?:{last}[日号]|底|末)", "", said)


def _asks_for_months(table: Table, said: str) -> bool:
    """The sheet asks for the month's figures; where it asks for cumulative ones too, only words about the whole table are meant for them all."""
    roles = {m.column.role for m in table.layout.columns.values()}
    if table.found.sheet.shape != "matrix" or "flow_month" not in roles:
        return False
    return "flow_ytd" not in roles or re.match(r"(?:注|说明|备注)?:?(?:本表|表中|以上|全部|所有)", said) is not None


def look_at_remarks(table: Table, readings: Iterable[Reading], report: Report) -> set[tuple[str, str]]:
    """What a row's 备注 says about its figures: cumulative, of another month, in another unit. Returns the cells to be held (M37)."""
    if table.found.sheet.shape != "matrix":
        return set()
    grid = table.found.grid
    remarks = [m.index for m in table.layout.columns.values() if m.column.parts[-1] == "备注"] + [i for i, words in table.layout.unmapped.items() if is_remark(words)]
    rows = [row.index for row in table.body.rows if row.kind in (Kind.DATA, Kind.PART, Kind.MORE)]
    rows = [row for row in rows if any(isinstance(grid.at(row, index), str) for index in remarks)] if remarks else []
    figures = {(r.sheet, r.cell) for r in readings if r.value not in (None, "0") and r.role != "ledger"} if rows else set()
    villages = [unit.name for unit in table.catalogue.units.expected_on(table.month.last_day)] if table.found.sheet.rows == "village" and rows else []
    labels = {row.index: row.label for row in table.body.rows} if villages else {}
    held: set[tuple[str, str]] = set()
    for row in rows:
        for index in remarks:
            value = grid.at(row, index)
            if not isinstance(value, str) or not (said := fold_anew(value)):
                continue
            mine = {(grid.name, table.cell(row, m.index)) for m in table.layout.columns.values() if _speaks_of(table, said, m, row)} & figures
            if mine:
                held |= mine
                cells = "、".join(sorted(cell for _, cell in mine))
                report(Issue("M37", Action.REFUSE_CELL, f"{table.place(row, index)} 备注说明了本行的数是累计、别的月份或别的单位的，{cells}暂不采用，请改填{table.month.month}月、按本栏单位计的数。",
                             grid.name, table.cell(row, index), "备注", f"{table.month.month}月、按本栏单位计的数"))  # fmt: skip
            elif _QUALIFIES.search(_but_its_own_end(table, said)) or "累计" in said or _MONTHS_TOGETHER.search(said) or any(name in said and name not in labels[row] for name in villages):
                report(Issue("M37", Action.WARN, f"{table.place(row, index)} 有说明，可能影响所填的数，请核实；如影响请把数填准确。",
                             grid.name, table.cell(row, index), "备注", "不影响所填的数"))  # fmt: skip
    return held


def _speaks_of(table: Table, said: str, mapped: Mapped, row: int) -> bool:
    """Whether a remark makes something else of the figure under this heading in its row."""
    column, month = mapped.column, table.month.month
    if not column.numeric:
        return False
    if column.role == "flow_month" and month > 1 and _OF_A_ROW.search(said) and not _two_months_together(table):
        return True
    if any(match[1] is None or int(match[1]) != month for match in _ANOTHER_MONTH.finditer(said)) and "上年" not in said and "去年" not in said:
        return column.role != "target"
    units = counted_in(said)
    if units and not column.unit and (own := factor(_unit_of_row(table, row), "元")) is not None:
        return any(known not in (None, own) for known in (factor(unit, "元") for unit in units))
    return any(measures_otherwise(unit, mapped) for unit in units)


def _unit_of_row(table: Table, row: int) -> str:
    """What the row's own cell says it is counted in; empty where the form has none."""
    mapped = table.layout.columns.get(table.found.sheet.unit_column)
    if mapped is None:
        return ""
    at = (row, mapped.index)
    value = table.found.grid.at(*table.body.fill.get(at, at))
    return heading(value)[0] or heading(value)[1] if isinstance(value, str) else ""


def _two_months_together(table: Table) -> bool:
    """February holds January too, where January need not be reported."""
    return any(table.month.month - 1 in row.exempt_months for row in table.found.sheet.row_measures)
