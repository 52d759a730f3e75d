"""Mess of units, headings and columns."""

from __future__ import annotations

import random
from collections.abc import Iterable
from decimal import Decimal

from catalog.numbers import tidy
from flows.demo.mess.desk import Desk
from flows.demo.workbook import Page

_TEN_THOUSAND = Decimal(10_000)


def _rename(page: Page, part: str, other: str) -> None:
    page.headings = [tuple(other if p == part else p for p in heading) for heading in page.headings]


def _in_ten_thousands(page: Page, columns: Iterable[int]) -> None:
    for c in columns:
        for row in page.rows:
            if isinstance(row.values[c], int | Decimal):
                row.values[c] = tidy(Decimal(row.values[c]) / _TEN_THOUSAND)
        if page.total is not None and isinstance(page.total.values.get(c), int | Decimal):
            page.total.values[c] = tidy(Decimal(page.total.values[c]) / _TEN_THOUSAND)


def ten_thousands_said(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M27: 万元, and the heading says so. Before any kind that turns figures into text."""
    parts = [p for i, h in enumerate(page.headings) for p in h if p.endswith("（元）") and page.columns[i] is not None]
    if not parts:
        return False
    part = rng.choice(sorted(set(parts)))
    columns = [i for i, heading in enumerate(page.headings) if part in heading]
    _in_ten_thousands(page, columns)
    _rename(page, part, part.replace("（元）", "（万元）"))
    return True


def ten_thousands_unsaid(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M27: 万元 under a heading that still says 元."""
    found = [
        i for i, c in enumerate(page.columns)
        if c is not None and c.type == "amount" and c.role == "flow_month" and c.unit == "元" and desk.maylose(page, c)
        and all(isinstance(row.values[i], int | Decimal) for row in page.rows) and any(row.values[i] for row in page.rows)
    ]  # fmt: skip
    if not found or page.sheet.shape != "matrix":
        return False
    column = rng.choice(found)
    _in_ten_thousands(page, [column])
    page.touched |= {(r, column) for r in range(len(page.rows))}
    return True


def other_words(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M14: a heading in other, known words."""
    parts = sorted({p for heading in page.headings for p in heading if p in page.form.also})
    if not parts:
        return False
    part = rng.choice(parts)
    other = rng.choice(page.form.also[part])
    if any(other in heading for heading in page.headings):
        return False
    _rename(page, part, other)
    return True


def line_breaks(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M41: line breaks, blanks, half-width brackets in headings."""
    parts = sorted({p for heading in page.headings for p in heading if len(p) > 3})
    for part in rng.sample(parts, min(3, len(parts))):
        middle = len(part) // 2
        changed = rng.choice([f"{part[:middle]}\n{part[middle:]}", f"{part[0]} {part[1:]}", part.replace("（", "(").replace("）", ")")])
        _rename(page, part, changed)
    return bool(parts)


def own_column(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M14: a column of the department's own. Last of all kinds, because columns move."""
    at = len(page.columns) - 1
    words = rng.choice(["核对", "包片干部", "村级意见"])
    page.columns.insert(at, None)
    page.headings.insert(at, (words,))
    for row in page.rows:
        row.values.insert(at, "已核" if row.kind == "row" and rng.random() < 0.6 else None)
    if page.total is not None:
        page.total.values = {i + (i >= at): v for i, v in page.total.values.items()}
        page.total.short = {i + (i >= at) for i in page.total.short}
    page.comments = {(r, c + (c >= at)): words for (r, c), words in page.comments.items()}
    page.merges = [(a, b, c + (c >= at)) for a, b, c in page.merges]
    return True
