"""Which village, branch or spot a row is; what only looks like one."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

from catalog.issues import Action, Issue, Refused
from catalog.units import OrgUnit, Units, fold, visible
from flows.intake import numerals, values
from flows.intake.nearest import nearest
from flows.intake.rows import Kind, Row
from flows.intake.sums import AREA
from flows.intake.table import Report, Table

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


_PLACES = "村区镇会组场院校站所队"
"""What a place ends with; a few other characters that are like no village's name may be somebody's."""


class Supplement(Refused):
    """A sheet of some villages."""


def name_rows(table: Table, report: Report) -> dict[int, tuple[str, str]]:
    """row → (unit code, name). Unknown villages are refused row by row; one that stands twice refuses the sheet."""
    sheet, rows = table.found.sheet, list(table.body.of(Kind.DATA))
    if sheet.rows == "entity":
        return _entities(table, rows, report)
    index = next(m.index for m in table.layout.columns.values() if m.column.type == "village")
    day = table.month.last_day
    units = table.catalogue.units
    named: dict[int, OrgUnit] = {}
    taken: set[str] = set()
    unknown: list[Row] = []
    named_nothing: list[int] = []
    for row in rows:
        unit = units.find(row.label, day) if row.label else None
        if unit is None:
            unknown.append(row)
            continue
        if unit.code in taken:
            raise Refused(Issue("M20", Action.REFUSE_SHEET, f"{table.place(row.index, index)} “{unit.name}”出现两次，请合并为一行后重报。",
                                table.found.grid.name, table.cell(row.index, index), row.label, "每村一行"))  # fmt: skip
        named[row.index] = unit
        taken.add(unit.code)
        if fold(row.label) != fold(unit.name):
            report(Issue("M19", Action.FIX, f"{table.place(row.index, index)} “{row.label}”按{unit.name}计。",
                         table.found.grid.name, table.cell(row.index, index), row.label, unit.name))  # fmt: skip
    absent = [unit for unit in units.expected_on(day) if unit.code not in taken]
    if rows and (_FEWEST * len(rows) < len(absent) + len(named) > 2):
        raise Supplement(Issue("M20", Action.REFUSE_SHEET, f"工作表“{table.found.grid.name}”只有{len(rows)}行村（社区），全镇有{len(absent) + len(named)}个，不能代替全镇的报表，请把补报的村填进全表后重报。",
                            table.found.grid.name, table.cell(rows[0].index, index), f"{len(rows)}行", f"{len(absent) + len(named)}个村（社区）各一行"))  # fmt: skip
    for row in unknown:
        if not row.label and not _says_a_figure(table, row.index):
            where = table.cell(row.index, index)
            report(Issue("M17", Action.FIX, f"{table.found.grid.name}!{where} 本行没有村名也没有数，已略过。", table.found.grid.name, where))
            continue
        unit = _misspelt(row, rows, named, absent, len(unknown), units)
        if unit is not None:
            named[row.index] = unit
            absent.remove(unit)
            report(Issue("M19", Action.WARN, f"{table.place(row.index, index)} “{row.label}”疑为“{unit.name}”之误，按{unit.name}计，请改正。",
                         table.found.grid.name, table.cell(row.index, index), row.label, unit.name))  # fmt: skip
            continue
        near = nearest(row.label, [u.name for u in absent or units.expected_on(day)])
        stranger = values.may_name_somebody(row.label) and not near and not AREA.search(row.label) and row.label[-1] not in _PLACES
        said = values.HIDDEN if stranger else values.without_numbers(row.label)
        maybe = f"，是否即“{near}”，请改正" if near else "，请填名单中的村（社区）"
        maybe = "，像是写了几个村，请每村一行分别填写" if sum(unit.name in fold(row.label) for unit in units.expected_on(day)) > 1 else maybe
        maybe = f"，是小计请写“{said}小计”，不是请填名单中的村（社区）" if AREA.search(said) else maybe
        if into := units.successor(row.label, day):
            maybe = f"：已并入{into.name}，请并入{into.name}一行"
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


def _says_a_figure(table: Table, row: int) -> bool:
    """Whether anything, be it unreadable or 0, stands under a heading of figures."""
    grid = table.found.grid
    places = [(row, m.index) for m in table.layout.columns.values() if m.column.numeric]
    return any(at in grid.uncached or ((value := grid.at(*at)) is not None and str(value).strip()) for at in places)


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
        nameless = _STATISTIC.search(row.label) or _WHOLE.fullmatch(row.label) or _SUM_OF.search(row.label) or values.names_a_number(row.label)
        if row.label and times[name] == 1 and not nameless and row.index not in sums:
            result[row.index] = (table.catalogue.town_code, name)
            continue
        name = values.without_numbers(name)
        if row.label and row.index in sums:
            why = f"“{name}”各栏等于其余几行之和，是合计请写明“合计”，不是请在表末加“合计”一行"
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
