"""Tables whose rows are villages, branches, spots or indicators: one reading per cell."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from catalog.catalogue import Catalogue
from catalog.forms import Column, RowMeasure
from catalog.grids import CellValue, Position
from catalog.indicators import FromColumn
from catalog.issues import Action, Issue, Refused
from catalog.observations import Reading, Status
from catalog.periods import Month
from catalog.units import OrgUnit, Units, fold, visible
from flows.intake import identities, numerals, values
from flows.intake.fate import USED, Fates, stretches_of
from flows.intake.headings import Layout, Mapped, heading
from flows.intake.nearest import nearest
from flows.intake.recognise import Found
from flows.intake.rows import Body, Kind, Row

Report = Callable[[Issue], None]
_NAMELESS = values.Clean(Status.REFUSED)
_STATISTIC = re.compile(r"^共?计?\d+\w{0,2}$|^共\d|(总数|合计数|累计|同期|平均数?|比例|占比|比重|任务数?|完成率|增长率|增长|增减|人数|人次|金额)$|^(上月|上年|去年|同比|环比)|^(\d+月)?([上中下]旬|\d+[-—–－~～至]\d+日?|\d+日?)$")
"""What stands in the place of a name and is none."""
_WHOLE = re.compile(r"(全|本|整个?|各)(镇|乡|街道|区|县|市|园|园区|公园|景区|林场|村|所|站|办|局|院|校|党委|机关|单位|支部|部|线|域|体|年|月)?(总|情况|数|合并|总数|总体|总和)?")
"""全园, 本所, 全部: the whole, under a name of its own."""
_SUM_OF = re.compile(r"\(.{0,4}(?:[合共总小]计|小[结結]|[合總共小]計)\)$")
"""森林公园（小计）."""
_SUM_OF_ROWS = re.compile(r"SUM\(\$?[A-Z]+\$?(\d+):\$?[A-Z]+\$?(\d+)\)", re.IGNORECASE)
_FEWEST = 2
"""A sheet with less than one row for so many villages is a supplement of some: it never stands for the town's form."""
_NEARLY = Decimal("0.01")
_DEKAD = re.compile(r"(\d{1,2})[-—–－~～至](\d{1,2})日")


class Supplement(Refused):
    """A sheet of some villages."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet with its heading understood and its rows told apart."""

    found: Found
    layout: Layout
    body: Body
    month: Month
    catalogue: Catalogue
    figures: dict[Position, values.Clean] = field(default_factory=dict)
    """Every figure that was read by hand, by its place."""
    identities: dict[CellValue, tuple[str | None, str]] = field(default_factory=dict)

    def identity(self, value: CellValue) -> tuple[str | None, str]:
        """As :func:`identities.identity`, looked at once; it is forgotten with the file."""
        if (known := self.identities.get(value)) is None:
            known = self.identities[value] = identities.identity(value)
        return known

    @property
    def of_persons(self) -> bool:
        """A list of persons: what a refused cell held is repeated only when it can be nobody's."""
        return self.found.sheet.shape == "ledger"

    def place(self, row: int, column: int) -> str:
        return f"{self.found.grid.name}!{self.cell(row, column)}"

    def cell(self, row: int, column: int) -> str:
        return self.found.grid.address(row, column)


def read_matrix(table: Table, fates: Fates, report: Report) -> tuple[list[Reading], dict[int, str]]:
    """Every figure of the table as a reading, blanks as readings with status missing; and row → name of its unit."""
    sheet = table.found.sheet
    if sheet.rows == "indicator":
        return _read_indicator_rows(table, fates, report), {}
    named = _name_rows(table, report)
    readings: list[Reading] = []
    by_index = table.layout.by_index()
    figures = [m for m in by_index.values() if m.column.numeric and m.column.id and not m.column.only_in_total]
    _use_labels(table, list(named), by_index, fates)
    quick = [(mapped, quick_reading(table, mapped)) for mapped in figures]
    pairs = dict(sheet.pairs)
    for row, (code, name) in named.items():
        taken: dict[str, values.Clean] = {}
        for mapped, read in quick:
            if not name:
                fates.refuse((row, mapped.index))
                nobody = f"第{table.found.grid.source(row, 0)[0] + 1}行"
                readings.append(_reading(table, row, mapped, _NAMELESS, mapped.column.id, code, nobody, table.month.name, mapped.column.role or "stock"))
            elif mapped.column.path not in taken and (reading := read(row, code, name)) is not None:
                readings.append(reading)
            else:
                readings.append(_by_hand(table, row, mapped, code, name, taken, pairs, fates, report))
    for mapped in figures:
        fates.settle_column(stretches_of(list(named)), mapped.index, USED)
    _tell_empty(table, {row: name for row, (_, name) in named.items() if name}, figures, report)
    readings += _part_rows(table, figures, fates, report)
    readings += _total_row(table, fates, report)
    names = {row: name for row, (_, name) in named.items()}
    further = {row.index: unit.name for row in table.body.of(Kind.MORE) if (unit := table.catalogue.units.find(row.label, table.month.last_day))}
    _use_labels(table, list(further), by_index, fates)
    return readings, dict(sorted((names | further).items()))


def _tell_empty(table: Table, names: Mapping[int, str], figures: list[Mapped], report: Report) -> None:
    """A row without a single figure, among rows with some: as little is reported as if the row were missing (M20)."""
    grid = table.found.grid
    empty = [row for row in names if all((value := grid.at(row, m.index)) is None or value == "" for m in figures) and not any((row, m.index) in grid.uncached for m in figures)]
    for row in empty if len(empty) < len(names) else ():
        where = table.cell(row, table.layout.left)
        report(Issue("E-BLANK", Action.WARN, f"{grid.name}!{where} {names[row]}一行没有填数，按未报计，没有发生请填0，有数请补报。",
                     grid.name, where, "整行空白", "各栏的数，没有的填0"))  # fmt: skip


def quick_reading(table: Table, mapped: Mapped) -> Callable[[int, str, str], Reading | None]:
    """For one column: (row, unit code, unit name) → the reading of a cell of which nothing has to be said, else None."""
    grid, column = table.found.grid, mapped.column
    rows, index = grid.rows, mapped.index
    marked = marked_rows(table).get(index, set())
    whole, negative, role, period = column.type == "integer", column.negative, column.role or "stock", table.month.name
    factor = None if mapped.factor == 1 else mapped.factor

    def read(row: int, code: str, name: str) -> Reading | None:
        if row in marked:
            return None
        value = rows[row][index]
        if value is None:
            return Reading(column.id, code, name, period, None, Status.MISSING, grid.name, grid.address(row, index), "", role, mapped.stored)
        raw = numerals.plain_figure(value, whole=whole, negative=negative)
        if raw is None:
            return None
        exact = raw if factor is None else numerals.in_stored_unit(Decimal(raw), factor)
        status = Status.ZERO if raw == "0" else Status.REPORTED
        return Reading(column.id, code, name, period, exact, status, grid.name, grid.address(row, index), raw, role, mapped.stored)

    return read


def _by_hand(
    table: Table, row: int, mapped: Mapped, code: str, name: str, taken: dict[str, values.Clean], pairs: Mapping[str, str], fates: Fates, report: Report,
) -> Reading:  # fmt: skip
    """``taken``: path → what its partner's cell said for it (``12户/35人``, M25)."""
    path = mapped.column.path
    said: list[Issue] = []
    clean = taken.pop(path, None) or read_figure(table, row, mapped, said.append, fates, pair=path in pairs)
    if clean.other is not None and (partner := table.layout.columns.get(pairs[path])):
        beside = table.found.grid.at(row, partner.index)
        own = numerals.number(beside, replace_unit(partner.column, partner.unit), stored=partner.stored)
        if beside is None:
            taken[partner.column.path] = values.Clean(values.Status.REPORTED, clean.other, found=clean.found)
        elif own.number != clean.other:
            clean = replace(clean, status=Status.REFUSED, number=None, action=Action.REFUSE_CELL,
                            advice=f"与{table.cell(row, partner.index)}的{values.shown(beside)}不一致，请分两栏填写")  # fmt: skip
            fates.refuse((row, mapped.index))
            said = [_issue(table, row, mapped.index, clean)]
    for issue in said:
        report(issue)
    return _reading(table, row, mapped, clean, mapped.column.id, code, name, table.month.name, mapped.column.role or "stock")


def read_figure(
    table: Table, row: int, mapped: Mapped, report: Report, fates: Fates | None = None, *, column: Column | None = None, pair: bool = False
) -> values.Clean:
    """One cell read as a figure; its issue reported, its fate noted. Vertical merges do not fill figures."""
    grid, at = table.found.grid, (row, mapped.index)
    column = column or replace_unit(mapped.column, mapped.unit)
    value = grid.at(*at)
    if at in grid.uncached:
        clean = values.Clean(Status.REFUSED, code="M11", action=Action.REFUSE_CELL, found="公式没有结果", expected="数字",
                             advice="公式没有保存结果，请打开文件重新计算并保存")  # fmt: skip
    elif at in grid.partly_struck or (at in grid.struck and table.of_persons):  # a struck row is no record; a struck figure in one is a doubt
        clean = values.Clean(Status.REFUSED, code="M38", action=Action.REFUSE_CELL, found=values.shown(value), expected="数字",
                             advice="有一部分带删除线、是上下标或不显示，分不清以哪个数为准，请只留准确数")  # fmt: skip
    elif at in grid.rescaled and isinstance(value, int | float) and value:
        clean = values.Clean(Status.REFUSED, code="M27", action=Action.REFUSE_CELL, found=values.shown(value), expected="数字",
                             advice="单元格格式、条件格式或字体颜色把它显示成别的数（缩小、带“万”“约”等字）或不显示，请改为常规格式、黑色字后填实际的数")  # fmt: skip
    else:
        clean = numerals.number(value, column, percent=at in grid.percent, stored=mapped.stored, pair=pair)
        if table.of_persons and mapped.stored == mapped.unit == "元" and clean.number is not None and clean.number * 100 % 1:
            clean = values.Clean(Status.REFUSED, code="M27", action=Action.REFUSE_CELL, found=clean.found, expected="数字（元）", advice="不足一分，疑为万元，本栏以元计")
    if not pair:
        table.figures[at] = clean
    if fates is not None and (value is not None or at in grid.uncached):
        (fates.refuse if clean.status is Status.REFUSED else fates.use)(at)
    if clean.action is not None:
        report(_issue(table, row, mapped.index, clean))
    return clean


def marked_rows(table: Table) -> dict[int, set[int]]:
    """column → rows whose cell is more than its value: shown as another number, struck through, a formula without a value."""
    grid = table.found.grid
    marked: dict[int, set[int]] = {}
    for marks in (grid.percent, grid.rescaled, grid.partly_struck, grid.uncached, grid.struck if table.of_persons else ()):
        for row, column in marks:
            marked.setdefault(column, set()).add(row)
    return marked


def replace_unit(column: Column, unit: str) -> Column:
    return column if column.unit == unit else column.model_copy(update={"unit": unit})


def stored_value(clean: values.Clean, factor: Decimal) -> str | None:
    """Exact text in the stored unit, at most six decimals."""
    if clean.number is None or not clean.status.has_value:
        return None
    return numerals.in_stored_unit(clean.number, factor)


def _issue(table: Table, row: int, column: int, clean: values.Clean) -> Issue:
    where = table.place(row, column)
    found = values.without_persons(clean.found) if table.of_persons else clean.found
    want = f"，应填{clean.expected}" if clean.action is Action.REFUSE_CELL and clean.expected else ""
    return Issue(clean.code, clean.action or Action.WARN, f"{where} 填“{found}”，{clean.advice}{want}。",
                 table.found.grid.name, table.cell(row, column), found, clean.expected)  # fmt: skip


def _reading(
    table: Table, row: int, mapped: Mapped, clean: values.Clean, measure: str, code: str, name: str, period: str, role: str,
    factor: Decimal | None = None, unit: str | None = None,
) -> Reading:  # fmt: skip
    return Reading(
        measure, code, name, period, stored_value(clean, mapped.factor if factor is None else factor), clean.status,
        table.found.grid.name, table.cell(row, mapped.index),
        values.HIDDEN if clean.found == values.HIDDEN else values.shown(table.found.grid.at(row, mapped.index)), role,
        mapped.stored if unit is None else unit,
    )  # fmt: skip


def _use_labels(table: Table, rows: list[int], by_index: dict[int, Mapped], fates: Fates) -> None:
    stretches = stretches_of(rows)
    for index, mapped in by_index.items():
        if mapped.column.type == "serial":
            fates.settle_column(stretches, index, "row number")
        elif mapped.column.drop:
            fates.settle_column(stretches, index, "declared drop")
        elif not mapped.column.numeric:
            fates.settle_column(stretches, index, USED)


# --- rows that are villages or entities --------------------------------------------------------------------


def _name_rows(table: Table, report: Report) -> dict[int, tuple[str, str]]:
    """row → (unit code, name). Unknown villages are refused row by row; one that stands twice refuses the sheet."""
    sheet, rows = table.found.sheet, table.body.of(Kind.DATA)
    if sheet.rows == "entity":
        return _entities(table, rows, report)
    index = next(m.index for m in table.layout.columns.values() if m.column.type == "village")
    day = table.month.last_day
    units = table.catalogue.units
    named: dict[int, OrgUnit] = {}
    unknown: list[Row] = []
    named_nothing: list[int] = []
    for row in rows:
        unit = units.find(row.label, day) if row.label else None
        if unit is None:
            unknown.append(row)
            continue
        if unit in named.values():
            raise Refused(Issue("M20", Action.REFUSE_SHEET, f"{table.place(row.index, index)} “{unit.name}”出现两次，请合并为一行后重报。",
                                table.found.grid.name, table.cell(row.index, index), row.label, "每村一行"))  # fmt: skip
        named[row.index] = unit
        if fold(row.label) != fold(unit.name):
            report(Issue("M19", Action.FIX, f"{table.place(row.index, index)} “{row.label}”按{unit.name}计。",
                         table.found.grid.name, table.cell(row.index, index), row.label, unit.name))  # fmt: skip
    absent = [unit for unit in units.expected_on(day) if unit not in named.values()]
    if rows and (_FEWEST * len(rows) < len(absent) + len(named) > 2):
        raise Supplement(Issue("M20", Action.REFUSE_SHEET, f"工作表“{table.found.grid.name}”只有{len(rows)}行村（社区），全镇有{len(absent) + len(named)}个，不能代替全镇的报表，请把补报的村填进全表后重报。",
                            table.found.grid.name, table.cell(rows[0].index, index), f"{len(rows)}行", f"{len(absent) + len(named)}个村（社区）各一行"))  # fmt: skip
    for row in unknown:
        unit = _misspelt(row, rows, named, absent, len(unknown), units)
        if unit is not None:
            named[row.index] = unit
            absent.remove(unit)
            report(Issue("M19", Action.WARN, f"{table.place(row.index, index)} “{row.label}”疑为“{unit.name}”之误，按{unit.name}计，请改正。",
                         table.found.grid.name, table.cell(row.index, index), row.label, unit.name))  # fmt: skip
            continue
        near = nearest(row.label, [u.name for u in absent or units.expected_on(day)])
        said = values.without_numbers(row.label)
        maybe = f"，是否即“{near}”，请改正" if near else "，请填名单中的村（社区）"
        what = f"村名“{said}”不在名单中{maybe}" if said else "有数，却没有写村名，是合计请写明“合计”，不是请补填"
        report(Issue("M20", Action.REFUSE_CELL, f"{table.place(row.index, index)} {what}后重报。",
                     table.found.grid.name, table.cell(row.index, index), said, "名单中的村（社区）"))  # fmt: skip
        if not absent and _has_figures(table, row.index):
            named_nothing.append(row.index)  # its figures belong to somebody: no total without them
    for unit in absent:
        report(Issue("M20", Action.WARN, f"工作表“{table.found.grid.name}”缺少{unit.name}一行，请补报。",
                     table.found.grid.name, "", "", unit.name))  # fmt: skip
    found = {row_: (unit.code, unit.name) for row_, unit in named.items()} | dict.fromkeys(named_nothing, (table.catalogue.town_code, ""))
    return dict(sorted(found.items()))


def _has_figures(table: Table, row: int) -> bool:
    columns = [m.index for m in table.layout.columns.values() if m.column.numeric]
    return any(table.found.grid.at(row, column) not in (None, 0) for column in columns)


def _misspelt(
    row: Row, rows: list[Row], named: dict[int, OrgUnit], absent: list[OrgUnit], unknown: int, units: Units
) -> OrgUnit | None:
    """The set decides, not the likeness: every other village is there once, exactly one is absent, it stands in the
    order of the codes just where this row stands, and the names are of one length and differ in one character.
    """
    if unknown != 1 or len(absent) != 1 or units.knows(row.label):
        return None
    unit = absent[0]
    before = [named[r.index].code for r in rows if r.index < row.index and r.index in named and named[r.index].is_village]
    after = [named[r.index].code for r in rows if r.index > row.index and r.index in named and named[r.index].is_village]
    in_order = all(code < unit.code for code in before) and all(code > unit.code for code in after)
    listed = [*before, unit.code, *after]
    if not in_order and listed == sorted(listed):
        return None
    one_character = len(row.label) == len(unit.name) and sum(a != b for a, b in zip(row.label, unit.name, strict=True)) == 1
    return unit if one_character else None


def _entities(table: Table, rows: list[Row], report: Report) -> dict[int, tuple[str, str]]:
    """Branches and spots are the town's own: the code is the town's, the name is theirs.

    A name that stands twice, or a row without one, is refused row by row: nobody can tell which figure is whose.
    """
    sheet = table.found.sheet
    index = table.layout.columns[sheet.label].index
    names = {row.index: "/".join(w for w in (*(_word(table, row.index, path) for path in sheet.within), row.label) if w) for row in rows}
    times = Counter(names.values())
    sums = _adding_up(table, rows)
    result = {}
    for row in rows:
        name = names[row.index]
        nameless = _STATISTIC.search(row.label) or _WHOLE.fullmatch(row.label) or _SUM_OF.search(row.label)
        if row.label and times[name] == 1 and not nameless and row.index not in sums:
            result[row.index] = (table.catalogue.town_code, name)
            continue
        if row.label and row.index in sums:
            why = f"“{name}”各栏等于其余几行之和，是合计请写明“合计”，不是请核实"
        else:
            why = f"“{name}”出现{times[name]}次，请合并为一行" if times[name] > 1 and row.label else f"“{name}”不像名称，请写明是合计还是哪一项" if row.label else "本行没有名称，请补上"
        report(Issue("M20", Action.REFUSE_CELL, f"{table.place(row.index, index)} {why}后重报。",
                     table.found.grid.name, table.cell(row.index, index), name, "每项一行，各有名称"))  # fmt: skip
        result[row.index] = (table.catalogue.town_code, "")
    return result


def _adding_up(table: Table, rows: list[Row]) -> set[int]:
    """Rows whose every figure is the sum of the rows right above or below, or of all the others, in three columns at least:
    totals with names of their own.
    """
    columns = [m.index for m in table.layout.columns.values() if m.column.numeric and m.column.total]
    cells = table.found.grid.rows
    figures = [[Decimal(numerals.plain_figure(cells[row.index][c], whole=False, negative=True) or 0) for c in columns] for row in rows]
    telling = [n for n, mine in enumerate(figures) if sum(own != 0 for own in mine) >= 3] if len(rows) > 2 else []
    every = [sum(column, Decimal(0)) for column in zip(*figures, strict=True)]
    sure = bool(telling) and not _said_to_be_whole(table, columns, every)
    found = {rows[n].index for n in telling if _is_sum(figures[n], every, nearly=sure)}
    for n in telling if not found else ():
        for beside in (figures[n + 1 :], figures[n - 1 :: -1] if n else []):
            together = [Decimal(0)] * len(columns)
            for several, other in enumerate(beside, 1):
                together = [a + b for a, b in zip(together, other, strict=True)]
                if several > 1 and together == figures[n]:
                    found.add(rows[n].index)
                if any(a > b for a, b in zip(together, figures[n], strict=True)):
                    break
    return found


def _said_to_be_whole(table: Table, columns: list[int], every: list[Decimal]) -> bool:
    """Whether the total row adds all rows up in most columns: none of them sums the others, be it as large as all of them."""
    grid, cells = table.found.grid, table.found.grid.rows
    data = [row.index for row in table.body.of(Kind.DATA)]
    for row in table.body.of(Kind.TOTAL):
        sums = [_SUM_OF_ROWS.search("" if grid.moved else grid.formulas.get((row.index, c), "")) for c in columns]
        if 3 * sum(m is not None and int(m[1]) <= data[0] + 1 and int(m[2]) >= data[-1] + 1 for m in sums) >= 2 * len(columns):
            return True  # whatever it adds up to: a file that a library wrote has no stored sums
        typed = [numerals.plain_figure(cells[row.index][c], whole=False, negative=True) for c in columns]
        pairs = [(Decimal(said), whole) for said, whole in zip(typed, every, strict=True) if said is not None and whole]
        if len(pairs) >= 3 and 3 * sum(said == whole for said, whole in pairs) >= 2 * len(pairs):
            return True
    return False


def _is_sum(own: list[Decimal], every: list[Decimal], *, nearly: bool) -> bool:
    """Whether a row is the sum of all others: in each column, or, ``nearly``, but for a few slips; ``every``: of all rows, this one too."""
    pairs = [(2 * mine, whole) for mine, whole in zip(own, every, strict=True) if mine or whole]
    exact = sum(twice == whole for twice, whole in pairs)
    return exact == len(pairs) or (nearly and ((exact >= 3 and 3 * exact >= 2 * len(pairs)) or all(abs(twice - whole) <= _NEARLY * abs(whole) for twice, whole in pairs)))


def _word(table: Table, row: int, path: str) -> str:
    """A cell's words, a vertical merge filled inside its range."""
    at = (row, table.layout.columns[path].index)
    return "".join(visible(values.shown(table.found.grid.at(*table.body.fill.get(at, at)))).split())


def _part_rows(table: Table, figures: list[Mapped], fates: Fates, report: Report) -> list[Reading]:
    """``其中：下旬（21—31日）``: never added; kept as readings of those days for windows inside a month."""
    result = []
    for row in table.body.of(Kind.PART):
        match = _DEKAD.search(row.label)
        days = calendar.monthrange(table.month.year, table.month.month)[1]
        if not match or not 1 <= int(match[1]) <= int(match[2]) <= max(days, 31):
            fates.ignore_row(row.index, "sub-item")
            continue
        period = f"{table.month.name}-{int(match[1]):02d}..{min(int(match[2]), days):02d}"
        for mapped in figures:
            if table.found.grid.at(row.index, mapped.index) is None:
                continue
            clean = read_figure(table, row.index, mapped, report, fates)
            result.append(_reading(table, row.index, mapped, clean, mapped.column.id, table.catalogue.town_code, row.label, period, "part"))
        fates.ignore_row(row.index, "sub-item")
    return result


def _total_row(table: Table, fates: Fates, report: Report) -> list[Reading]:
    """Figures that are one for the town and stand in the 合计 row only."""
    result = []
    lonely = [m for m in table.layout.columns.values() if m.column.only_in_total and m.column.id]
    for mapped in lonely:
        totals = [row.index for row in table.body.of(Kind.TOTAL)]
        filled = [row for row in totals if table.found.grid.at(row, mapped.index) is not None]
        if not filled and (elsewhere := _beside_the_total(table, mapped, fates, report)):
            result.append(elsewhere)
            continue
        if not totals:
            continue
        filled = filled or totals[-1:]
        row = filled[-1]
        clean = read_figure(table, row, mapped, report, fates)
        said = {one: read_figure(table, one, mapped, lambda _: None, fates, pair=True).number for one in filled[:-1]}
        if clean.number is not None and (other := next((one for one, number in said.items() if number != clean.number), None)) is not None:
            clean = values.refuse("M20", values.shown(table.found.grid.at(row, mapped.index)), "一个合计",
                                  f"与{table.cell(other, mapped.index)}填的{values.shown(table.found.grid.at(other, mapped.index))}不同，两个合计行请只留一个")  # fmt: skip
            fates.refuse((row, mapped.index))
            report(_issue(table, row, mapped.index, clean))
        result.append(_reading(table, row, mapped, clean, mapped.column.id, table.catalogue.town_code,
                               table.catalogue.town_name + "镇", table.month.name, mapped.column.role or "stock"))  # fmt: skip
    return result


def _beside_the_total(table: Table, mapped: Mapped, fates: Fates, report: Report) -> Reading | None:
    """The town's one figure, written in a village's row or a subtotal: not read from there, and told."""
    grid = table.found.grid
    rows = [r.index for r in table.body.rows if r.kind in (Kind.DATA, Kind.SUBTOTAL) and grid.at(r.index, mapped.index) is not None]
    if not rows:
        return None
    clean = values.refuse("M16", values.shown(grid.at(rows[0], mapped.index)), "合计行里的数", f"{mapped.column.parts[-1]}是全镇一个数，没有填在合计行，未采用")
    fates.refuse((rows[0], mapped.index))
    report(_issue(table, rows[0], mapped.index, clean))
    return _reading(table, rows[0], mapped, clean, mapped.column.id, table.catalogue.town_code, table.catalogue.town_name + "镇", table.month.name, mapped.column.role or "stock")


# --- rows that are indicators ------------------------------------------------------------------------------


def _read_indicator_rows(table: Table, fates: Fates, report: Report) -> list[Reading]:
    sheet, grid = table.found.sheet, table.found.grid
    by_index = table.layout.by_index()
    label_index = table.layout.columns[sheet.label].index
    unit_column = table.layout.columns.get(sheet.unit_column)
    known = {heading(name)[0]: measure for measure in sheet.row_measures for name in (measure.label, *measure.also)}
    readings: list[Reading] = []
    seen: set[str] = set()
    rows = table.body.of(Kind.DATA) + table.body.of(Kind.PART)
    under = _standing_under(rows, known)
    in_place = {m.label for row in rows if (m := known.get(heading(row.label)[0])) and m.part_of in ("", under[row.index])}
    for row in rows:
        measure = known.get(heading(row.label)[0])
        _use_labels(table, [row.index], by_index, fates)
        if measure is not None and measure.part_of not in ("", under[row.index]):
            if measure.label in in_place:
                measure = None
            elif measure.label not in seen:
                seen.add(measure.label)
                readings += _part_of_another(table, row, measure, under[row.index], fates, report)
                continue
        if measure is None:
            near = nearest(heading(row.label)[0], [m.label for m in sheet.row_measures if m.label not in seen])
            report(Issue("M14", Action.WARN, f"{table.place(row.index, label_index)} 指标“{row.label}”未登记，已略过{f'，如即“{near}”请改正后重报' if near else ''}。",
                         grid.name, table.cell(row.index, label_index), row.label, "登记的指标"))  # fmt: skip
            fates.ignore_row(row.index, "unknown row")
            continue
        if measure.label in seen:
            raise Refused(Issue("M20", Action.REFUSE_SHEET, f"{table.place(row.index, label_index)} 指标“{row.label}”出现两次，请只留一行。",
                                grid.name, table.cell(row.index, label_index), row.label, "每项一行"))  # fmt: skip
        seen.add(measure.label)
        readings += _indicator_row(table, row, measure, unit_column, fates, report)
    for measure in sheet.row_measures:
        if measure.label not in seen and not measure.part_of:
            report(Issue("M20", Action.WARN, f"工作表“{grid.name}”缺少“{measure.label}”一行，请补报。", grid.name, "", "", measure.label))
    return readings


def _standing_under(rows: list[Row], known: Mapping[str, RowMeasure]) -> dict[int, str]:
    """row → label of the indicator it stands under: the nearest above that is no part of another."""
    found, whole = {}, ""
    for row in sorted(rows, key=lambda row: row.index):
        measure = known.get(heading(row.label)[0])
        found[row.index] = whole
        if not row.label.startswith(("#", "＃", "其中")) and not (measure and measure.part_of):
            whole = measure.label if measure else row.label
    return found


def _part_of_another(table: Table, row: Row, measure: RowMeasure, under: str, fates: Fates, report: Report) -> list[Reading]:
    """``#增值税`` below 一般公共预算收入 is the local share of it, another figure than the one below 税收入库: its row is refused."""
    label, grid = table.layout.columns[table.found.sheet.label], table.found.grid
    where = f"列在“{under}”之下" if under else f"没有列在“{measure.part_of}”之下"
    report(Issue("M20", Action.REFUSE_CELL, f"{table.place(row.index, label.index)} “{row.label}”{where}，本表要的是“{measure.part_of}”的其中项，本行未采用，请核实后移到“{measure.part_of}”之下。",
                 grid.name, table.cell(row.index, label.index), row.label, f"“{measure.part_of}”的其中项"))  # fmt: skip
    result = []
    for mapped in table.layout.columns.values():
        role = mapped.column.role
        if mapped.column.numeric and role is not None and (target := measure.measures.get(role)) and grid.at(row.index, mapped.index) is not None:
            fates.refuse((row.index, mapped.index))
            result.append(_reading(table, row.index, mapped, _NAMELESS, target, table.catalogue.town_code, table.catalogue.town_name + "镇", table.month.name, role))
    return result


def _units_of(table: Table, measure: str, otherwise: str) -> set[str]:
    """The units in which the indicators read this measure."""
    return {i.unit for i in table.catalogue.indicators.values() if isinstance(i.from_, FromColumn) and measure in (i.from_.measure, i.from_.cumulative)} or {otherwise}


def _indicator_row(
    table: Table, row: Row, measure: RowMeasure, unit_column: Mapped | None, fates: Fates, report: Report
) -> list[Reading]:
    at = (row.index, unit_column.index) if unit_column else (row.index, -1)
    words, bracket = heading(values.shown(table.found.grid.at(*table.body.fill.get(at, at))))
    written, beside = words or bracket, heading(row.label)[1]
    result = []
    town, name = table.catalogue.town_code, table.catalogue.town_name + "镇"
    for mapped in table.layout.columns.values():
        column = mapped.column
        if not column.numeric or column.role is None or not (target := measure.measures.get(column.role)):
            continue
        stored, unit = mapped.stored, mapped.unit
        factor = mapped.factor
        if column.type != "percent" and unit_column is not None and not written and table.found.grid.at(row.index, mapped.index) is not None:
            report(Issue("M27", Action.REFUSE_CELL, f"{table.place(row.index, unit_column.index)} 计量单位空白，{table.cell(row.index, mapped.index)}的数没有单位，请填万元等规定单位。",
                         table.found.grid.name, table.cell(row.index, mapped.index), "空白", "万元"))  # fmt: skip
            fates.refuse((row.index, mapped.index))
            result.append(_reading(table, row.index, mapped, _NAMELESS, target, town, name, table.month.name, column.role, factor, stored))
            continue
        if column.type != "percent" and written:
            stored = "元" if numerals.factor(written, "元") is not None else written
            known = numerals.factor(written, stored) if stored in _units_of(table, target, stored) else None
            if known is None or written not in numerals.UNITS or (beside and numerals.factor(beside, stored) != known):
                if table.found.grid.at(row.index, mapped.index) is None:
                    continue
                why = f"与指标名称中的{beside}不一致" if beside else "不认识"
                report(Issue("M27", Action.REFUSE_CELL, f"{table.place(row.index, unit_column.index if unit_column else 0)} 计量单位“{written}”{why}，请填万元等规定单位。",
                             table.found.grid.name, table.cell(row.index, mapped.index), written, "万元"))  # fmt: skip
                fates.refuse((row.index, mapped.index))
                continue
            factor, unit = known, written
        clean = read_figure(table, row.index, mapped, report, fates, column=column.model_copy(update={"unit": unit}))
        status = clean
        if clean.status is Status.MISSING and table.month.month in measure.exempt_months:
            status = replace(clean, status=Status.NOT_APPLICABLE)
        if clean.status is Status.MISSING and column.role == "flow_month" and (table.month.month - 1) in measure.exempt_months:
            status = replace(clean, status=Status.NOT_APPLICABLE)
        result.append(_reading(table, row.index, mapped, status, target, town, name, table.month.name, column.role, factor, stored))
    return result
