"""What a file can be asked about itself: its totals, its formulas, its identities, its hidden places (forms.md §9).

Checks never alter a figure. They warn, or they hold cells that contradict each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from catalog.forms import Sheet
from catalog.grids import ErrorValue, Position
from catalog.issues import Action, Issue, Refused
from catalog.numbers import decimal_of, from_cell, plain
from catalog.observations import Reading
from catalog.packed import PackedRows
from catalog.units import fold
from flows.intake import numerals, values
from flows.intake.column_units import Mapped
from flows.intake.fate import Fates
from flows.intake.identities import identity
from flows.intake.rows import Kind
from flows.intake.table import Report, Table, marked_rows, replace_unit

OUR_WORDS = "【退回】"
"""What the comments of a slip begin with; a corrected slip comes back with them."""
_REVIEWED = re.compile(r"(?:[^:]{1,12}:)?(?:数据?|均)*已?(?:核对?|核实|审核?|复核|校对|查)(?:无误|通过|过|完毕|一致|了)*[。.!√]*|(?:[^:]{1,12}:)?(?:无误|同意|OK|ok|√)[。.!]*")
"""A reviewer's tick: it says nothing of the figure."""
_TO_MONTH = re.compile(r"1月?[-‐‑‒–—―－~～至](\d{1,2})月")
_LINK = re.compile(r"\[\d+\]|\[[^\[\]]+\.(?:xls\w?|et|ods|csv)\]", re.IGNORECASE)
_SUM = re.compile(r"SUM\(\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)\)", re.IGNORECASE)


def check_totals(table: Table, fates: Fates, report: Report) -> None:
    """The 合计 row against its rows: error cells, a SUM that stops short, a typed total that differs (M33, M44)."""
    totals = table.body.of(Kind.TOTAL)
    data = table.body.numbers(Kind.DATA) if totals else []
    for row in totals:
        fates_row = row.index
        for mapped in table.layout.columns.values():
            if mapped.column.numeric and not mapped.column.only_in_total:
                _check_total(table, fates_row, mapped, data, report)
        fates.ignore_row(fates_row, "total checked")
    for row in table.body.of(Kind.SUBTOTAL):
        fates.ignore_row(row.index, "subtotal")


def _check_total(table: Table, row: int, mapped: Mapped, data: Sequence[int], report: Report) -> None:
    grid, at = table.found.grid, (row, mapped.index)
    value, where = grid.at(*at), table.place(row, mapped.index)
    place = (grid.name, grid.address(*at))
    if isinstance(value, ErrorValue) or values.shown(value).strip().upper() in values.ERROR_CODES:
        found = values.shown(value).strip()
        report(Issue("M33", Action.WARN, f"{where} 合计为“{found}”，已按各行重新相加，请改正公式。", *place, found, "=SUM(…)"))
        return
    if not mapped.column.total or not data or (value is None and at not in grid.uncached):
        return
    formula = "" if grid.moved else grid.formulas.get(at, "")
    if (match := _SUM.search(formula)) and not (int(match[2]) <= data[0] + 1 and int(match[4]) >= data[-1] + 1):
        want = f"{match[1].upper()}{data[0] + 1}:{match[3].upper()}{data[-1] + 1}"
        report(Issue("M33", Action.WARN, f"{where} 合计公式只加到第{match[4]}行，应为{want}，已按各行重新相加。",
                     *place, values.repeated(value), f"=SUM({want})"))  # fmt: skip
        return
    if value is None:
        return
    total = numerals.number(value, replace_unit(mapped.column, mapped.unit), stored=mapped.stored)
    if total.number and table.found.sheet.shape == "matrix" and all(grid.at(r, mapped.index) is None and (r, mapped.index) not in grid.uncached for r in data):
        report(Issue("M44", Action.WARN, f"{where} 有合计，各行却空白，合计不能代替各行，请按行填写，没有的填0。", *place, plain(total.number), "各行的数"))
    if total.number is None or (summed := _summed(table, data, mapped)) is None:
        return
    rounding = Decimal("0.5") * len(data) * Decimal(1).scaleb(min(0, _exponent(total.number))) if mapped.unit != mapped.stored else Decimal(0)
    if abs(total.number - summed) > rounding:
        report(Issue("M44", Action.WARN, f"{where} 合计填{plain(total.number)}，各行相加为{plain(from_cell(summed))}，以各行相加为准，请核实。",
                     *place, plain(total.number), plain(from_cell(summed))))  # fmt: skip


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _summed(table: Table, rows: Sequence[int], mapped: Mapped) -> Decimal | None:
    """The rows' figures added up, nothing reported; a declared zero or an item that does not apply adds nothing. None where a row has none.

    A record that does not speak of a figure adds nothing to it; in a matrix a blank is missing.
    """
    whole, negative, of_records = mapped.column.type == "integer", mapped.column.negative, table.found.sheet.shape == "ledger"
    grid, marked = table.found.grid, marked_rows(table).get(mapped.index, ())
    cells = grid.rows
    figures = cells.column(mapped.index, rows) if isinstance(cells, PackedRows) else [cells[row][mapped.index] for row in rows]
    if not marked and set(map(type, figures)) == {int} and min(figures) >= 0 and max(figures) < numerals.PLAIN_BELOW:  # type: ignore[type-var]
        return Decimal(sum(figures))  # type: ignore[arg-type]
    result = Decimal(0)
    for row, value in zip(rows, figures, strict=True):
        text = numerals.plain_figure(value, whole=whole, negative=negative) if row not in marked else None
        figure = decimal_of(text) if text is not None else _figure_by_hand(table, row, mapped)
        if figure is not None:
            result += figure
        elif value is not None or not of_records:
            return None
    return result


def _figure_by_hand(table: Table, row: int, mapped: Mapped) -> Decimal | None:
    clean = table.figures.get((row, mapped.index)) or numerals.number(
        table.found.grid.at(row, mapped.index), replace_unit(mapped.column, mapped.unit),
        percent=(row, mapped.index) in table.found.grid.percent, stored=mapped.stored,
    )
    if clean.status is values.Status.NOT_APPLICABLE:
        return Decimal(0)
    return clean.number


def check_identities(table: Table, readings: list[Reading], report: Report) -> set[tuple[str, str]]:
    """户数 ≤ 人数, a part is not above its whole, no fraction of a 分. Returns the cells to be held."""
    held: set[tuple[str, str]] = set()
    sheet = table.found.sheet
    by_unit: dict[str, dict[str, Reading]] = {}
    pairs = _running(sheet)
    asked = {measure for pair in (*sheet.not_above, *sheet.needs, *pairs) for measure in pair}
    for reading in readings if asked or sheet.row_measures else ():
        if (reading.measure in asked or sheet.row_measures) and reading.role not in ("part", "total", "ledger"):
            by_unit.setdefault(reading.unit_code + reading.unit_name, {})[reading.measure] = reading
    running = {larger for _, larger in pairs}
    for smaller, larger in (*sheet.not_above, *pairs):
        for of_unit in by_unit.values():
            a, b = of_unit.get(smaller), of_unit.get(larger)
            kept = b and b.value is not None and (larger not in running or decimal_of(b.value))  # many keep no sum since January
            if a and b and a.value is not None and b.value is not None and kept and decimal_of(a.value) > decimal_of(b.value):
                held |= {(a.sheet, a.cell), (b.sheet, b.cell)}
                report(Issue("E-ABOVE", Action.REFUSE_CELL, f"{a.sheet}!{a.cell} 填{a.raw}，大于{b.cell}的{b.raw}，请核实这两个数。",
                             a.sheet, a.cell, a.raw, f"不大于{b.raw}"))  # fmt: skip
    for needing, needed in sheet.needs:
        for of_unit in by_unit.values():
            a, b = of_unit.get(needing), of_unit.get(needed)
            if a and b and a.value is not None and b.value is not None and decimal_of(a.value) > 0 == decimal_of(b.value):
                held |= {(a.sheet, a.cell), (b.sheet, b.cell)}
                report(Issue("E-ABOVE", Action.REFUSE_CELL, f"{a.sheet}!{a.cell} 填{a.raw}，{b.cell}却填{b.raw}，两者矛盾，请核实这两个数。",
                             a.sheet, a.cell, a.raw, f"与{b.cell}一致"))  # fmt: skip
    held |= _parts_above_whole(table, by_unit, report)
    held |= _below_a_fen(table, readings, report)
    held |= _more_than_any(readings, report) | _less_than_any(table, by_unit, report)
    return held | _spread(table, readings, report)


def _running(sheet: Sheet) -> list[tuple[str, str]]:
    """(measure of the month, measure since January): the month is a part of the year so far."""
    negative = {c.id for c in sheet.columns if c.negative}
    declared = {c.id for c in sheet.columns if c.role == "flow_ytd"}
    pairs = [(c.id, f"{c.id}_ytd") for c in sheet.columns if c.role == "flow_month" and f"{c.id}_ytd" in declared]
    pairs += [(row.measures["flow_month"], row.measures["flow_ytd"]) for row in sheet.row_measures if {"flow_month", "flow_ytd"} <= row.measures.keys()]
    return [(month, running) for month, running in pairs if month not in negative]


def _spread(table: Table, readings: list[Reading], report: Report) -> set[tuple[str, str]]:
    """A figure merged over several rows or headings belongs to none of them alone (M18)."""
    grid, layout = table.found.grid, table.layout
    data = set(table.body.numbers(Kind.DATA))
    numeric = {m.index for m in layout.columns.values() if m.column.numeric}
    held: set[tuple[str, str]] = set()
    below = [area for area in grid.merged if area.top > layout.bottom] if data else []
    told = {(r.sheet, r.cell): r for r in readings if r.value is not None and r.role != "ledger"} if below else {}
    for area in below:
        place = (grid.name, grid.address(area.top, area.left))
        rows, columns = range(area.top, area.bottom + 1), range(area.left, area.right + 1)
        several = len(data.intersection(rows)) > 1 or len(numeric.intersection(columns)) > 1
        if several and place in told:
            held.add(place)
            report(Issue("M18", Action.REFUSE_CELL, f"{place[0]}!{place[1]} 填{told[place].raw}，合并了几格，分不清各是多少，请取消合并后分别填写。",
                         *place, told[place].raw, "每格一个数"))  # fmt: skip
    return held


def _parts_above_whole(table: Table, by_unit: dict[str, dict[str, Reading]], report: Report) -> set[tuple[str, str]]:
    """``#增值税`` above ``税收入库`` in one column: the whole's row is in another unit; the row is held (M27)."""
    held: set[tuple[str, str]] = set()
    rows = {row.label: row for row in table.found.sheet.row_measures}
    readings = next(iter(by_unit.values()), {})
    for part in rows.values():
        whole = rows.get(part.part_of)
        if whole is None:
            continue
        wrong = [
            (readings[p], readings[w])
            for role, p in part.measures.items()
            if role != "ratio" and (w := whole.measures.get(role)) and p in readings and w in readings
            and readings[p].value is not None and readings[w].value is not None
            and Decimal(readings[p].value or 0) > Decimal(readings[w].value or 0) > 0
        ]  # fmt: skip
        if not wrong:
            continue
        for role, measure in whole.measures.items():
            reading = readings.get(measure)
            if role != "ratio" and reading and reading.value is not None and (reading.sheet, reading.cell) not in held:
                held.add((reading.sheet, reading.cell))
                report(Issue("M27", Action.REFUSE_CELL, f"{reading.sheet}!{reading.cell} 填{reading.raw}，小于其中项“{part.label}”，疑为单位填错（本行应为{table_unit(table)}），请核实。",
                             reading.sheet, reading.cell, reading.raw, "不小于其中项"))  # fmt: skip
    return held


def table_unit(table: Table) -> str:
    return table.found.unit_line if table.found.unit_line and "各行" not in table.found.unit_line else "计量单位栏所写的单位"


def _below_a_fen(table: Table, readings: list[Reading], report: Report) -> set[tuple[str, str]]:
    """Money in 元 with more than two decimals: the column is in 万元 (M27). The whole column is held."""
    held: set[tuple[str, str]] = set()
    finer = {r.measure for r in readings if r.value is not None and "." in r.value and len(r.value.partition(".")[2]) > 2}
    for mapped in table.layout.columns.values():
        if mapped.stored != "元" or mapped.unit != "元" or mapped.column.id not in finer:
            continue
        mine = [r for r in readings if r.measure == mapped.column.id and r.value is not None and r.role != "total"]
        if any(len((r.value or "").partition(".")[2]) > 2 for r in mine):
            held |= hold_column(mine, f"{mapped.column.path}”疑为万元，本栏应为元", report)
    return held


_MOST_VISITS = 10_000_000
"""人次 of one place and year; ten times what the best visited parks of the country count in a month."""


_DIGITS = len(str(_MOST_VISITS))
"""What is written with fewer signs is less than either."""

_MOST_MONEY = 1_000_000_000_000
"""元; more than any township makes, invests or takes in a year."""


def _more_than_any(readings: list[Reading], report: Report) -> set[tuple[str, str]]:
    """Persons under a heading of 万人次, 万元 in a row of 亿元: nothing else in a first file can tell (M27)."""
    own = [r for r in readings if r.value is not None and len(r.value) >= _DIGITS and r.role not in ("total", "ledger")]
    rich = [r for r in own if r.unit == "元" and Decimal(r.value or 0) >= _MOST_MONEY]
    for reading in rich:
        report(Issue("M27", Action.REFUSE_CELL, f"{reading.sheet}!{reading.cell} 填{reading.raw}，按所写的单位是{plain(Decimal(reading.value or 0) / 100_000_000)}亿元，疑单位填错（如把万元填成亿元），请核实。",
                     reading.sheet, reading.cell, reading.raw, "按所写单位的数"))  # fmt: skip
    many = [r for r in own if r.unit == "人次" and Decimal(r.value or 0) >= _MOST_VISITS]
    for reading in many:
        report(Issue("M27", Action.REFUSE_CELL, f"{reading.sheet}!{reading.cell} 填{reading.raw}，按表头的单位是{reading.value}人次，疑单位填错（如把人次填成万人次），请核实。",
                     reading.sheet, reading.cell, reading.raw, "以人次计的数"))  # fmt: skip
    return {(r.sheet, r.cell) for r in (*rich, *many)}


_LEAST_MONEY = 100_000
"""元; all firms above the line, all projects or all taxes of a town come to more since January, or to nothing."""


def _less_than_any(table: Table, by_unit: dict[str, dict[str, Reading]], report: Report) -> set[tuple[str, str]]:
    """亿元 in a row of 万元: every figure of the row agrees with the others, and nothing else in a first file can tell; the row is held (M27)."""
    held: set[tuple[str, str]] = set()
    told = next(iter(by_unit.values()), {})
    for row in (row for row in table.found.sheet.row_measures if not row.part_of):
        sum_ = told.get(row.measures.get("flow_ytd", ""))
        if sum_ is None or sum_.unit != "元" or not 0 < Decimal(sum_.value or 0) < _LEAST_MONEY:
            continue
        held |= {(r.sheet, r.cell) for measure in row.measures.values() if (r := told.get(measure)) and r.unit == "元" and r.value is not None}
        report(Issue("M27", Action.REFUSE_CELL, f"{sum_.sheet}!{sum_.cell} 填{sum_.raw}，按所写的单位只有{sum_.value}元，疑单位填错（如把亿元填成万元），本行未采用，请核实。",
                     sum_.sheet, sum_.cell, sum_.raw, "按所写单位的数"))  # fmt: skip
    return held


def hold_column(readings: list[Reading], why: str, report: Report) -> set[tuple[str, str]]:
    """Hold every figure of a column; one issue each for the first cells, so that the slip names where to begin."""
    for reading in readings:
        report(Issue("M27", Action.REFUSE_CELL, f"{reading.sheet}!{reading.cell} 填{reading.raw}，“{why}，请核实单位。",
                     reading.sheet, reading.cell, reading.raw, "元"))  # fmt: skip
    return {(reading.sheet, reading.cell) for reading in readings}


def look_for_spans(table: Table, report: Report) -> None:
    """``1—5月累计`` over the figures of June: an old heading, or old figures (M09)."""
    grid, layout = table.found.grid, table.layout
    for mapped in layout.columns.values():
        match = _TO_MONTH.search(mapped.heading)
        if match and int(match[1]) != table.month.month:
            where = grid.address(layout.bottom, mapped.index)
            report(Issue("M09", Action.WARN, f"{grid.name}!{where} 表头写“{match[0]}”，本表是{table.month.month}月，请核实本栏是否1—{table.month.month}月的数。",
                         grid.name, where, match[0], f"1—{table.month.month}月"))  # fmt: skip


def look_for_links(table: Table, report: Report) -> None:
    """A figure that another file says: what is stored may be of the month before (M11)."""
    grid = table.found.grid
    figures = {m.index for m in table.layout.columns.values() if m.column.numeric}
    rows = set(table.body.numbers(Kind.DATA)) if grid.formulas else set()
    linked = [] if grid.moved else sorted(at for at, said in grid.formulas.items() if at[1] in figures and at[0] in rows and _LINK.search(said))
    if linked:
        more = f"等{len(linked)}格" if len(linked) > 1 else ""
        report(Issue("M11", Action.WARN, f"{grid.name}!{grid.address(*linked[0])} {more}引用其他文件，存的可能不是最新的数，请核实后粘贴为数值。",
                     grid.name, grid.address(*linked[0]), values.repeated(grid.at(*linked[0])), "本表内的数"))  # fmt: skip


def look_for_hidden(table: Table, report: Report) -> None:
    """Hidden rows and columns, filters, comments, strike-through: read all the same, and said (M15, M37, M38)."""
    grid = table.found.grid
    how = "筛选隐藏" if grid.filtered else "隐藏"
    for row in (*table.body.of(Kind.DATA), *table.body.of(Kind.MORE)) if grid.hidden_rows else ():
        if row.index in grid.hidden_rows:
            report(Issue("M15", Action.WARN, f"{grid.name}!{grid.address(row.index, 0)} 本行被{how}，已照常统计，请取消隐藏核对。",
                         grid.name, grid.address(row.index, 0), how, "不隐藏"))  # fmt: skip
    columns = [m for m in table.layout.columns.values() if m.index in grid.hidden_columns]
    if columns:
        report(Issue("M15", Action.WARN, f"{grid.name} 有隐藏列{len(columns)}列，已照常统计，请取消隐藏核对。",
                     grid.name, grid.address(table.layout.bottom, columns[0].index), f"隐藏{len(columns)}列", "不隐藏"))  # fmt: skip
    by_index = table.layout.by_index()
    for at in sorted(grid.comments):
        if (said := fold(grid.comments[at].split(OUR_WORDS)[0])) and not _REVIEWED.fullmatch(said):
            personal = (mapped := by_index.get(at[1])) is not None and (mapped.column.drop or mapped.column.type == "identity")
            shown = "（不显示）" if personal else values.shown(grid.at(*at))
            shown = values.without_persons(shown) if table.of_persons else values.without_numbers(shown)
            report(Issue("M37", Action.WARN, f"{grid.name}!{grid.address(*at)} 有批注或文本框，可能影响所填的数，请核实后把说明写进备注。",
                         grid.name, grid.address(*at), shown, "无批注"))  # fmt: skip
    data = set(table.body.numbers(Kind.DATA)) if grid.struck and table.found.sheet.shape == "matrix" else set()
    if struck := sorted({row for row, _ in grid.struck if row in data}):
        report(Issue("M38", Action.WARN, f"{grid.name}!{grid.address(struck[0], 0)} 等{len(struck)}行带删除线，仍按在册计算，请在变动情况栏注明。",
                     grid.name, grid.address(struck[0], 0), f"删除线{len(struck)}行", "无删除线"))  # fmt: skip


_RULES = {
    Kind.NOTE: "note", Kind.FOOTER: "footer", Kind.AFTER: "scribble", Kind.PART: "sub-item", Kind.HEADING: "heading", Kind.SECTION: "section",
    Kind.NUMBERED: "row number", Kind.COMPARED: "comparison",
}  # fmt: skip


def _names_a_figure(table: Table, row: int) -> bool:
    """A number under a heading, and beside it what the row is called or its day."""
    grid, mapped = table.found.grid, table.layout.columns.values()
    label = table.found.sheet.label
    named = any(
        isinstance(value := grid.at(row, m.index), date) or (isinstance(value, str) and (m.column.type == "village" or m.column.path == label))
        for m in mapped if not m.column.numeric
    )  # fmt: skip
    return named and any(isinstance(grid.at(row, m.index), int | float) for m in mapped if m.column.numeric)


_A_RECORD = 4
"""So many cells to the right of a ledger, a day or a person among them, are no scribble."""


def _record_beside(table: Table) -> Position | None:
    """Where a ledger goes on to the right of its own table."""
    grid, start = table.found.grid, table.layout.right + 1
    if table.found.sheet.shape != "ledger" or len(grid.rows[0]) < start + _A_RECORD:
        return None
    for row in range(table.layout.bottom + 1, len(grid.rows)):
        filled = [(c, v) for c, v in enumerate(grid.rows[row]) if c >= start and v is not None]
        if len(filled) >= _A_RECORD and any(isinstance(v, date) or (isinstance(v, str) and identity(v)[0]) for _, v in filled):
            return row, filled[0][0]
    return None


def note_the_rest(table: Table, fates: Fates, report: Report) -> None:
    """Title, heading, notes, footers, scribbles: each ignored by the rule that has its name."""
    grid, layout = table.found.grid, table.layout
    fates.ignore_rest(range(layout.top, layout.bottom + 1), "heading")
    fates.ignore_rest(range(layout.top), "title")
    kinds: list[Kind | None] = [None] * len(grid.rows)
    for told in table.body.rows:
        kinds[told.index] = told.kind
    after = [r for r, kind in enumerate(kinds) if kind is Kind.AFTER]
    like_data = [r for r in after if sum(v is not None for v in grid.rows[r][: layout.right + 1]) >= 3 or _names_a_figure(table, r)]
    if like_data:
        where = grid.address(like_data[0], layout.left)
        raise Refused(Issue("M16", Action.REFUSE_SHEET, f"{grid.name}!{where} 起合计行之后还有{len(like_data)}行数据，请移到合计行之前后重报。",
                            grid.name, where, "合计行之后的数据", "合计行之前"))  # fmt: skip
    if (beside := _record_beside(table)) is not None:
        where = grid.address(*beside)
        raise Refused(Issue("M17", Action.REFUSE_SHEET, f"{grid.name}!{where} 起表格右边还有记录，没有表头，分不清是什么，请移到表内各占一行后重报。",
                            grid.name, where, "表外的记录", "表内各占一行"))  # fmt: skip
    headless: set[int] = set()
    by_index = layout.by_index()
    for row in range(layout.bottom + 1, len(grid.rows)):
        kind = kinds[row]
        if kind in _RULES or kind is None:
            fates.ignore_row(row, _RULES[kind] if kind else "blank text")
            continue
        for column in fates.open_columns(row):
            rule = "not needed" if column in by_index else "scribble" if column > layout.right else "undeclared column"
            fates.ignore((row, column), rule)
            if rule == "undeclared column" and column not in layout.unmapped and column not in headless:
                headless.add(column)
                place = grid.address(row, column)
                report(Issue("M14", Action.WARN, f"{grid.name}!{place} 所在的栏没有表头，未计入，请补上表头或删去。",
                             grid.name, place, "无表头", "登记的栏目"))  # fmt: skip
