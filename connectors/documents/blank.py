"""Empty forms to hand out: headings merged as declared, totals as formulas, drop-downs and number checks."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import xlsxwriter

from connectors.documents.package import repack

_LONGEST_LIST = 255
"""Characters of a list that a check may hold itself (Excel's limit); a longer one stands in cells."""
LISTS = "选项"
"""The hidden sheet of longer lists."""
CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed time, so that the same form is the same file


@dataclass(frozen=True, slots=True)
class BlankColumn:
    """One column of an empty form."""

    path: tuple[str, ...]
    kind: str
    """``text``, ``integer``, ``decimal``, ``percent``, ``date``, ``identity``, ``list``."""
    words: tuple[str, ...] = ()
    """What may be chosen, for ``list``."""
    negative: bool = False
    total: bool = False
    width: float = 10
    say: str = ""
    """Chinese: what to fill in, when something else was typed."""


@dataclass(frozen=True, slots=True)
class BlankSheet:
    """One sheet of an empty form."""

    name: str
    title: str
    head: tuple[str, str, str]
    """填报单位, 填报时间, 单位."""
    columns: tuple[BlankColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    """What stands in the body already, e.g. number and village; shorter rows are blank beyond."""
    total: bool
    foot: str
    notes: tuple[str, ...] = field(default=())


def write_blank(sheets: Sequence[BlankSheet]) -> bytes:
    """The workbook; the same input gives the same bytes."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": CREATED})
        columns = [column for sheet in sheets for column in sheet.columns if column.kind == "list"]
        longer = [words for words in dict.fromkeys(c.words for c in columns) if len(",".join(words)) > _LONGEST_LIST]
        places = {words: f"={LISTS}!${(at := xlsxwriter.utility.xl_col_to_name(n))}$1:${at}${len(words)}" for n, words in enumerate(longer)}
        for sheet in sheets:
            _write(book, sheet, places)
        if longer:
            _write_lists(book, longer)
    return repack(out.getvalue())


def _write_lists(book: Any, lists: Sequence[Sequence[str]]) -> None:
    page = book.add_worksheet(LISTS)
    for number, words in enumerate(lists):
        page.write_column(0, number, words)
    page.hide()


def _write(book: Any, sheet: BlankSheet, places: Mapping[tuple[str, ...], str]) -> None:
    page = book.add_worksheet(sheet.name)
    title = book.add_format({"font_name": "黑体", "font_size": 18, "align": "center", "valign": "vcenter"})
    line = book.add_format({"font_name": "宋体", "font_size": 11, "valign": "vcenter"})
    head = book.add_format({"font_name": "宋体", "font_size": 11, "bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True})
    cell = book.add_format({"font_name": "宋体", "font_size": 11, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True})
    text = book.add_format({"font_name": "宋体", "font_size": 11, "border": 1, "align": "center", "valign": "vcenter", "num_format": "@"})
    day = book.add_format({"font_name": "宋体", "font_size": 11, "border": 1, "align": "center", "valign": "vcenter", "num_format": "yyyy-mm-dd"})
    formats = {"identity": text, "date": day}
    last = len(sheet.columns) - 1
    depth = max(len(column.path) for column in sheet.columns)
    page.merge_range(0, 0, 0, last, sheet.title, title) if last else page.write(0, 0, sheet.title, title)
    page.set_row(0, 32)
    third = max(1, (last + 1) // 3)
    for index, words in enumerate(sheet.head):
        left, right = index * third, last if index == 2 else (index + 1) * third - 1
        page.merge_range(1, left, 1, right, words, line) if right > left else page.write(1, left, words, line)
    for top, left, bottom, right, words in heading_cells([column.path for column in sheet.columns]):
        if (top, left) == (bottom, right):
            page.write(top + 2, left, words, head)
        else:
            page.merge_range(top + 2, left, bottom + 2, right, words, head)
    first = depth + 2
    for number, row in enumerate(sheet.rows):
        for index, column in enumerate(sheet.columns):
            value = row[index] if index < len(row) else None
            style = formats.get(column.kind, cell)
            page.write(first + number, index, value, style) if value is not None else page.write_blank(first + number, index, None, style)
    end = first + len(sheet.rows)
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width)
        if rule := _rule(column, places):
            page.data_validation(first, index, end - 1, index, rule)
    if sheet.total:
        page.merge_range(end, 0, end, 1, "合计", cell)
        for index, column in enumerate(sheet.columns[2:], 2):
            if column.total:
                letters = xlsxwriter.utility.xl_col_to_name(index)
                page.write_formula(end, index, f"=SUM({letters}{first + 1}:{letters}{end})", cell, 0)
            else:
                page.write_blank(end, index, None, cell)
        end += 1
    for note in (*sheet.notes, sheet.foot):
        page.merge_range(end, 0, end, last, note, line) if last else page.write(end, 0, note, line)
        end += 1
    page.freeze_panes(first, 2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(2, first - 1)
    page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)


def heading_cells(paths: Sequence[tuple[str, ...]]) -> list[tuple[int, int, int, int, str]]:
    """(top, left, bottom, right, words): groups merged sideways, short paths merged down."""
    depth = max(map(len, paths))
    cells = []
    for level in range(depth):
        left = 0
        while left < len(paths):
            right = left
            if len(paths[left]) > level + 1:
                while right + 1 < len(paths) and len(paths[right + 1]) > level + 1 and paths[right + 1][: level + 1] == paths[left][: level + 1]:
                    right += 1
            if len(paths[left]) > level:
                bottom = depth - 1 if len(paths[left]) == level + 1 else level
                cells.append((level, left, bottom, right, paths[left][level]))
            left = right + 1
    return cells


def _rule(column: BlankColumn, places: Mapping[tuple[str, ...], str]) -> dict[str, Any] | None:
    said = {"error_title": "请核对", "error_message": column.say, "ignore_blank": True}
    low = -1e15 if column.negative else 0
    match column.kind:
        case "integer":
            return {"validate": "integer", "criteria": "between", "minimum": max(low, -2_000_000_000), "maximum": 2_000_000_000, "error_type": "warning", **said}
        case "decimal" | "percent":
            return {"validate": "decimal", "criteria": "between", "minimum": low, "maximum": 1e15, "error_type": "warning", **said}
        case "date":
            return {"validate": "date", "criteria": "between", "minimum": date(2000, 1, 1), "maximum": date(2099, 12, 31), "error_type": "warning", **said}
        case "identity":
            return {"validate": "length", "criteria": "==", "value": 18, "error_type": "warning", **said}
        case "list" if column.words:
            return {"validate": "list", "source": places.get(column.words, list(column.words)), "error_type": "warning", **said}
    return None
