"""Tables whose rows are indicators: each with its own unit, one reading per cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from catalog.forms import RowMeasure
from catalog.issues import Action, Issue, Refused
from catalog.observations import Reading, Status
from flows.intake import numerals, values
from flows.intake.column_units import Mapped
from flows.intake.fate import Fates
from flows.intake.heading_words import heading
from flows.intake.nearest import nearest
from flows.intake.rows import Kind, Row
from flows.intake.table import NAMELESS, Report, Table, read_figure, reading_of, replace_unit, use_labels


def read_indicator_rows(table: Table, fates: Fates, report: Report) -> list[Reading]:
    sheet, grid = table.found.sheet, table.found.grid
    by_index = table.layout.by_index()
    label_index = table.layout.columns[sheet.label].index
    unit_column = table.layout.columns.get(sheet.unit_column)
    known = {heading(name)[0]: measure for measure in sheet.row_measures for name in (measure.label, *measure.also)}
    readings: list[Reading] = []
    seen: set[str] = set()
    rows = [*table.body.of(Kind.DATA), *table.body.of(Kind.PART)]
    under = _standing_under(rows, known)
    in_place = {m.label for row in rows if (m := known.get(heading(row.label)[0])) and m.part_of in ("", under[row.index])}
    for row in rows:
        measure = known.get(heading(row.label)[0])
        use_labels(table, [row.index], by_index, fates)
        if measure is not None and measure.part_of not in ("", under[row.index]):
            if measure.label in in_place:
                measure = None
            elif measure.label not in seen:
                seen.add(measure.label)
                readings += _part_of_another(table, row, measure, under[row.index], fates, report)
                continue
        if measure is None:
            near = nearest(heading(row.label)[0], [m.label for m in sheet.row_measures if m.label not in seen])
            report(Issue("M14", Action.WARN, f"{table.place(row.index, label_index)} 指标“{values.without_numbers(row.label)}”未登记，已略过{f'，如即“{near}”请改正后重报' if near else ''}。",
                         grid.name, table.cell(row.index, label_index), values.without_numbers(row.label), "登记的指标"))  # fmt: skip
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
    where = f"列在“{values.without_numbers(under)}”之下" if under else f"没有列在“{measure.part_of}”之下"
    report(Issue("M20", Action.REFUSE_CELL, f"{table.place(row.index, label.index)} “{row.label}”{where}，本表要的是“{measure.part_of}”的其中项，本行未采用，请核实后移到“{measure.part_of}”之下。",
                 grid.name, table.cell(row.index, label.index), row.label, f"“{measure.part_of}”的其中项"))  # fmt: skip
    result = []
    for mapped in table.layout.columns.values():
        role = mapped.column.role
        if mapped.column.numeric and role is not None and (target := measure.measures.get(role)) and grid.at(row.index, mapped.index) is not None:
            fates.refuse((row.index, mapped.index))
            result.append(reading_of(table, row.index, mapped, NAMELESS, target, table.catalogue.town_code, table.catalogue.town_name + "镇", table.month.name, role))
    return result


def _look_for_the_wrong_column(table: Table, row: Row, measure: RowMeasure, report: Report) -> None:
    """A figure where this indicator has none, while every column in which it has one is blank: it slipped sideways (M14)."""
    grid = table.found.grid
    columns = [m for m in table.layout.columns.values() if m.column.numeric and (m.column.role is not None or m.column.path == table.found.sheet.progress)]
    own = [m for m in columns if m.column.role in measure.measures]
    filled = [m for m in columns if m not in own and values.shown(grid.at(row.index, m.index)).strip()]
    if not own or not filled or any(grid.at(row.index, m.index) is not None or (row.index, m.index) in grid.uncached for m in own):
        return
    wrong, right = filled[0], own[0]
    report(Issue("M14", Action.WARN, f"{table.place(row.index, wrong.index)} 填“{values.repeated(grid.at(row.index, wrong.index))}”，“{values.without_numbers(row.label)}”在{wrong.column.parts[-1]}栏没有数，{table.cell(row.index, right.index)}{right.column.parts[-1]}却空白，是否填错了栏，请改正。",
                 grid.name, table.cell(row.index, wrong.index), values.repeated(grid.at(row.index, wrong.index)), right.column.path))  # fmt: skip


def _units_of(table: Table, measure: str, otherwise: str) -> frozenset[str]:
    """The units in which the indicators read this measure."""
    return table.catalogue.units_read.get(measure) or frozenset([otherwise])


def _indicator_row(
    table: Table, row: Row, measure: RowMeasure, unit_column: Mapped | None, fates: Fates, report: Report
) -> list[Reading]:
    at = (row.index, unit_column.index) if unit_column else (row.index, -1)
    words, bracket = heading(values.shown(table.found.grid.at(*table.body.fill.get(at, at))))
    written, beside = words or bracket, heading(row.label)[1]
    result = []
    town, name = table.catalogue.town_code, table.catalogue.town_name + "镇"
    _look_for_the_wrong_column(table, row, measure, report)
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
            result.append(reading_of(table, row.index, mapped, NAMELESS, target, town, name, table.month.name, column.role, factor, stored))
            continue
        if column.type != "percent" and written:
            stored = "元" if numerals.factor(written, "元") is not None else written
            known = numerals.factor(written, stored) if stored in _units_of(table, target, stored) else None
            if known is None or written not in numerals.UNITS or (beside and numerals.factor(beside, stored) != known):
                if table.found.grid.at(row.index, mapped.index) is None:
                    continue
                why = f"与指标名称中的{beside}不一致" if beside else "不认识"
                report(Issue("M27", Action.REFUSE_CELL, f"{table.place(row.index, unit_column.index if unit_column else 0)} 计量单位“{values.without_names(written)}”{why}，请填万元等规定单位。",
                             table.found.grid.name, table.cell(row.index, mapped.index), values.without_names(written), "万元"))  # fmt: skip
                fates.refuse((row.index, mapped.index))
                continue
            factor, unit = known, written
        clean = read_figure(table, row.index, mapped, report, fates, column=replace_unit(column, unit))
        status = clean
        if clean.status is Status.MISSING and table.month.month in measure.exempt_months:
            status = replace(clean, status=Status.NOT_APPLICABLE)
        if clean.status is Status.MISSING and column.role == "flow_month" and (table.month.month - 1) in measure.exempt_months:
            status = replace(clean, status=Status.NOT_APPLICABLE)
        result.append(reading_of(table, row.index, mapped, status, target, town, name, table.month.name, column.role, factor, stored))
    return _of_both_months(table, result, report) if table.month.month - 1 in measure.exempt_months else result


def _of_both_months(table: Table, readings: list[Reading], report: Report) -> list[Reading]:
    """The month after one that is exempt: what stands in its own column, too, is of the two together and none of the month's (forms/README §3.3)."""
    to_date = {r.value for r in readings if r.role == "flow_ytd" and r.value is not None}
    both = [r for r in readings if r.role == "flow_month" and r.value in to_date]
    for one in both:
        report(Issue("M28", Action.FIX, f"{table.found.grid.name}!{one.cell} 本月栏填的是1—{table.month.month}月累计，按累计计，不作为{table.month.month}月一个月的数。",
                     one.sheet, one.cell, one.raw, "空白"))  # fmt: skip
    return [r._replace(value=None, status=Status.NOT_APPLICABLE) if r in both else r for r in readings]
