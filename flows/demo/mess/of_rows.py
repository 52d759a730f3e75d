"""Mess of rows and totals: subtotals, hidden and merged rows, wrong sums, scribbles, a column filled with another's figures."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from flows.demo.mess.desk import Desk, column_at, put
from flows.demo.workbook import CellError, Page, Row


def subtotals(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M16: 小计 of three districts between the rows. First of all kinds, because rows move."""
    if page.total is None or page.sheet.shape != "matrix" or page.sheet.rows != "village":
        return False
    rows, result, start = page.rows, [], 0
    for name, end in (("东片小计", 6), ("中片小计", 12), ("西片小计", len(rows))):
        part = rows[start:end]
        values: list[Any] = [None] * len(page.columns)
        values[1] = name
        for i, column in enumerate(page.columns):
            if column is not None and column.total:
                values[i] = sum(row.values[i] for row in part)
        result += [*part, Row(values, "subtotal")]
        start = end
    page.rows = result
    return True


def hidden_rows(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M15"""
    if len(page.rows) < 8:
        return False
    for r in rng.sample(range(1, len(page.rows) - 1), 3):
        page.rows[r].hidden = True
    return True


def merged_cells(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M18: the same date or class in following rows, merged; only the first cell holds it."""
    if page.sheet.shape != "ledger":
        return False
    column = next(
        (i for i, c in enumerate(page.columns[1:4], 1) if c is not None and c.type in ("date", "text") and c.path != "姓名"), None
    )
    if column is None:
        return False
    first = 0
    for r in range(1, len(page.rows) + 1):
        value = page.rows[first].values[column]
        same = r < len(page.rows) and page.rows[r].values[column] == value and (r, column) not in page.touched
        if same and value is not None and (first, column) not in page.touched:
            continue
        if r - first > 1 and len(page.merges) < 12:
            page.merges.append((first, r - 1, column))
            for later in range(first + 1, r):
                put(page, (later, column), None)
        first = r
    return bool(page.merges)


def short_sum(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M33: the last row was added below the range of the SUM."""
    if page.total is None or any(row.kind == "subtotal" for row in page.rows):
        return False
    last = next(r for r in reversed(range(len(page.rows))) if page.rows[r].kind == "row")
    summed = [i for i, column in enumerate(page.columns) if column is not None and column.total]
    found = [
        i for i in summed
        if isinstance(value := page.rows[last].values[i], int | Decimal) and value and (last, i) not in page.touched
        and not isinstance(page.total.values[i], CellError)
    ]  # fmt: skip
    if found:
        index = rng.choice(found)
        page.total.values[index] -= page.rows[last].values[index]
        page.total.short.add(index)
    return bool(found)


def typed_total(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M44: totals typed by hand, one of them wrong."""
    if page.total is None or page.total.short or page.sheet.rows == "indicator":
        return False
    summed = [i for i, column in enumerate(page.columns) if column is not None and column.total]
    found = [i for i in summed if isinstance(value := page.total.values.get(i), int) and value > 5]
    if found:
        page.total.typed = True
        page.total.values[rng.choice(found)] += rng.choice([-2, -1, 1, 2])
    return bool(found)


def total_label(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M16: the total under another name."""
    if page.total is None:
        return False
    page.total.label = rng.choice(["合　计", "总计", "全镇合计"])
    return True


def scribbles(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M17: figures scribbled to the right."""
    for _ in range(2):
        page.scribbles.append((rng.randrange(len(page.rows)), rng.randint(1, 2), rng.choice(["核", "已核对", rng.randint(1, 900)])))
    return True


def rows_above(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M13: the title stands lower."""
    page.above = rng.randint(1, 3)
    return True


def cumulative_as_month(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M28: the 累计 stands in the column of the month, all the way down."""
    ids = {column.id: i for i, column in enumerate(page.columns) if column is not None and column.id}
    pairs = [(ids[f"{name}"], ids[f"{name}_ytd"]) for name in ids if f"{name}_ytd" in ids]
    pairs = [(a, b) for a, b in pairs if sum(r.values[a] != r.values[b] for r in page.rows) > len(page.rows) // 2]
    pairs = [(a, b) for a, b in pairs if desk.maylose(page, column_at(page, (0, a)))]
    if not pairs or any(row.kind == "subtotal" for row in page.rows):
        return False
    month, year = rng.choice(pairs)
    for r in range(len(page.rows)):
        put(page, (r, month), page.rows[r].values[year])
    if page.total is not None:
        page.total.values[month] = page.total.values[year]
    return True
