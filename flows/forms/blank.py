"""`form blank`: the empty official form of a month, with its villages, drop-downs and checks, for a department to fill in."""

from __future__ import annotations

from typing import Any

from catalog.catalogue import Catalogue
from catalog.forms import Column, Form, Sheet
from catalog.periods import Month
from connectors.documents import BlankColumn, BlankSheet, write_blank

LEDGER_ROWS = 30
_KINDS = {"amount": "decimal", "month": "text", "serial": "text", "village": "list"}


def blank_form(catalogue: Catalogue, form: Form, month: Month) -> bytes:
    """The .xlsx to hand out; what is filled into it is read without a question."""
    return write_blank([_sheet(catalogue, form, sheet, month) for sheet in form.sheets])


def _sheet(catalogue: Catalogue, form: Form, sheet: Sheet, month: Month) -> BlankSheet:
    villages = tuple(unit.name for unit in catalogue.units.expected_on(month.last_day))
    title = f"{catalogue.town_name}镇{month.year}年{month.month}月{form.title_of(sheet)}"
    unit = f"单位：{sheet.unit_line}" if sheet.unit_line else ""
    return BlankSheet(
        sheet.name, title, (f"填报单位：{form.department}（公章）", f"填报时间：{month.year}年  月  日", unit),
        tuple(_column(column, villages) for column in sheet.columns), tuple(_rows(sheet, villages)),
        any(column.total or column.only_in_total for column in sheet.columns), "填表人：　　　　审核人：　　　　分管领导：　　　　联系电话：",
        (sheet.note,) if sheet.note else (),
    )  # fmt: skip


def _rows(sheet: Sheet, villages: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Villages, or the indicators with their units; a ledger and what the declaration cannot know are numbered lines."""
    paths = [column.path for column in sheet.columns]
    serial = next((i for i, c in enumerate(sheet.columns) if c.type == "serial"), None)

    def line(number: int, words: dict[int, str]) -> tuple[Any, ...]:
        return tuple(number if i == serial else words.get(i) for i in range(len(paths)))

    if sheet.shape == "matrix" and sheet.rows == "village":
        at = next(i for i, c in enumerate(sheet.columns) if c.type == "village")
        return [line(n, {at: name}) for n, name in enumerate(villages, 1)]
    if sheet.shape == "matrix" and sheet.rows == "indicator":
        at = paths.index(sheet.label)
        return [line(n, {at: measure.label}) for n, measure in enumerate(sheet.row_measures, 1)]
    return [line(n, {}) for n in range(1, LEDGER_ROWS + 1)]


def _column(column: Column, villages: tuple[str, ...]) -> BlankColumn:
    kind = _KINDS.get(column.type, column.type)
    words = villages if column.type == "village" else tuple(w for w in column.values if not w.endswith("*"))
    if words and (column.type == "village" or len(words) == len(column.values)):
        kind = "list"
    last = column.parts[-1]
    unit = f"（{column.unit}）" if column.unit else ""
    say = {
        "integer": f"“{last}”请填整数{unit}，没有发生填0", "decimal": f"“{last}”请填数字{unit}，没有发生填0", "percent": f"“{last}”请填百分数，不带%号",
        "date": f"“{last}”请填日期，如2020-06-05", "identity": f"“{last}”请按文本填18位号码", "list": f"“{last}”请从下拉列表中选择",
    }.get(kind, "")  # fmt: skip
    width = 6 if column.type == "serial" else 20 if kind == "identity" else 13 if kind in ("list", "date") else min(14, max(7.5, 1.1 * len(last) + 3))
    return BlankColumn(column.parts, kind, words, column.negative, column.total, width, say)
