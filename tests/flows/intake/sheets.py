"""A town of four villages, and workbooks of its forms written cell by cell for the stories."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from catalog import declared
from catalog.catalogue import Catalogue, built_in, load_catalogue, read_yaml
from catalog.forms import Form
from catalog.issues import Action, Issue
from catalog.observations import Reading, Submission
from flows.intake.read import Received, read_submission
from flows.tokens import Tokens

TOWN = "town_name: 禾麓\n"
VILLAGES = """code,name,kind,households,population,aliases,valid_from,valid_to,merged_into
980112104200,岚峰村,村委会,618,2236,岚峰,,,
980112104201,麓溪村,村委会,704,2571,麓溪,,,
980112104205,石湾村,村委会,731,2683,石湾,2019-12-01,,
980112104206,石塘村,村委会,402,1475,石塘,,2019-11-30,980112104205
980112104902,敬老院,non_village,,,,,,
"""
NAMES = ("岚峰村", "麓溪村", "石湾村")
TOKENS = Tokens(b"tests")
TRUCK_HEADINGS = [c.path for c in declared.read(Form, read_yaml((built_in() / "forms" / "F20.yml").read_text("utf-8"), "F20.yml")).sheet("台账").columns]
"""Of the ledger F20, for stories of pages and text tables."""


def small_town(folder: Path, forms: Sequence[str] = (), indicators: Sequence[str] = (), town: str = TOWN, villages: str = VILLAGES) -> Catalogue:
    """The built-in catalogue for this town, plus whatever YAML a story adds."""
    for part in ("forms", "indicators"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "town.yml").write_text(town, "utf-8")
    (folder / "villages.csv").write_text(villages, "utf-8")
    for part, texts in (("forms", forms), ("indicators", indicators)):
        for number, text in enumerate(texts):
            (folder / part / f"extra{number}.yml").write_text(text, "utf-8")
    return load_catalogue(folder)


def head(catalogue: Catalogue, form_id: str, sheet_name: str, year: int, month: int, span: str = "") -> list[list[Any]]:
    """Title, unit line and heading rows of an official form."""
    form = catalogue.forms[form_id]
    sheet = form.sheet(sheet_name)
    depth = max(len(c.parts) for c in sheet.columns)
    title = f"{catalogue.town_name}镇{year}年{span or month}月{form.title_of(sheet)}"
    rows: list[list[Any]] = [[title], [f"填报单位：{form.department}（公章）  填报时间：{year}年{month}月28日  单位：{sheet.unit_line}"]]
    for level in range(depth):
        rows.append([c.parts[level] if level < len(c.parts) else None for c in sheet.columns])
    return rows


def merges(catalogue: Catalogue, form_id: str, sheet_name: str, first_row: int) -> list[tuple[int, int, int, int]]:
    """(top, left, bottom, right), from 1: groups sideways, short paths down."""
    columns = catalogue.forms[form_id].sheet(sheet_name).columns
    depth = max(len(c.parts) for c in columns)
    result = []
    for index, column in enumerate(columns):
        if len(column.parts) < depth:
            result.append((first_row + len(column.parts) - 1, index + 1, first_row + depth - 1, index + 1))
    for level in range(depth - 1):
        start = 0
        while start < len(columns):
            group = columns[start].parts[: level + 1]
            end = start
            while end + 1 < len(columns) and len(columns[end + 1].parts) > level + 1 and columns[end + 1].parts[: level + 1] == group:
                end += 1
            if end > start and len(columns[start].parts) > level + 1:
                result.append((first_row + level, start + 1, first_row + level, end + 1))
            start = end + 1
    return result


def xlsx(pages: dict[str, list[list[Any]]], merged: dict[str, list[tuple[int, int, int, int]]] | None = None) -> bytes:
    """Sheets of rows as a workbook."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in pages.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
        for top, left, bottom, right in (merged or {}).get(name, ()):
            page.merge_cells(f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def page(catalogue: Catalogue, form_id: str, sheet_name: str, body: list[list[Any]], year: int = 2020, month: int = 6, span: str = "") -> bytes:
    """A one-sheet file of an official form with this body."""
    rows = head(catalogue, form_id, sheet_name, year, month, span) + body
    return xlsx({sheet_name: rows}, {sheet_name: merges(catalogue, form_id, sheet_name, 3)})


def village_rows(catalogue: Catalogue, form_id: str, sheet_name: str, values: dict[str, Sequence[Any]], names: Sequence[str] = NAMES) -> list[list[Any]]:
    """One row per village; ``values``: heading path → one value per village; every other figure is 0."""
    columns = catalogue.forms[form_id].sheet(sheet_name).columns
    body = []
    for number, name in enumerate(names):
        row: list[Any] = []
        for column in columns:
            if column.type == "serial":
                row.append(number + 1)
            elif column.type == "village":
                row.append(name)
            elif column.path in values:
                row.append(values[column.path][number])
            else:
                row.append(0 if column.numeric and not column.only_in_total else None)
        body.append(row)
    return body


def read(data: bytes, catalogue: Catalogue, path: str = "2020年/06月/乡镇情况（2020年6月）.xlsx", modified: datetime | None = None) -> Submission:
    import hashlib

    received = Received(path, hashlib.sha256(data).hexdigest(), len(data), modified or datetime(2021, 1, 3, 9, tzinfo=UTC))
    return read_submission(received, data, catalogue, TOKENS)


def records(catalogue: Catalogue, form_id: str, sheet_name: str, *rows: dict[str, Any]) -> Submission:
    """A ledger read: each row by the paths of its columns."""
    columns = [c.path for c in catalogue.forms[form_id].sheet(sheet_name).columns]
    return read(page(catalogue, form_id, sheet_name, [[{"序号": n, **row}.get(path) for path in columns] for n, row in enumerate(rows, 1)]), catalogue)


def values(submission: Submission, measure: str) -> dict[str, str | None]:
    """unit → value of a measure."""
    return {r.unit_name: r.value for r in submission.readings if r.measure == measure and r.role not in ("part", "total")}


def reading(submission: Submission, measure: str, unit: str) -> Reading:
    return next(r for r in submission.readings if r.measure == measure and r.unit_name == unit)


def handed(catalogue: Catalogue, form_id: str, sheet_name: str, figures: dict[str, Sequence[Any]]) -> Submission:
    """A table of villages read: path of a column → its figures."""
    return read(page(catalogue, form_id, sheet_name, village_rows(catalogue, form_id, sheet_name, figures)), catalogue)


def held(submission: Submission) -> list[str]:
    """The cells that wait for a confirmation."""
    return sorted(r.cell for r in submission.readings if r.held)


def loud(submission: Submission) -> list[Issue]:
    return [issue for issue in submission.issues if issue.action is not Action.FIX]


def codes(submission: Submission) -> set[str]:
    return {issue.code for issue in submission.issues}
