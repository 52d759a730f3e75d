"""Mess within single cells: figures as text, words instead of figures, errors, dates, names, numbers of persons, remarks."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

from catalog.numbers import plain
from flows.demo.mess.desk import Desk, cells, column_at, lose, numbers, put, some
from flows.demo.workbook import CellError, Page

_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def text_numbers(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M34: figures stored as text."""
    found = some(rng, numbers(page), 3)
    for at in found:
        put(page, at, plain(Decimal(page.rows[at[0]].values[at[1]])))
    return bool(found)


def odd_numbers(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M24: full-width digits, thousands separators, no-break spaces, unit words; all can be read exactly."""
    found = some(rng, numbers(page, lambda column, value: value >= 0 and column.type != "percent"), 3)
    for at in found:
        value, column = page.rows[at[0]].values[at[1]], column_at(page, at)
        words = plain(Decimal(value))
        styles = [words.translate(_WIDE), f"\xa0{words}\xa0"]
        if value >= 1000:
            styles += [f"{value:,}", f"{value:,}".replace(",", "，")] * 2
        if column.unit in ("户", "人", "处", "座", "元"):
            styles.append(f"{words}{column.unit}")
        put(page, at, rng.choice(styles))
    return bool(found)


def about_numbers(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M24: 约76, 1020余: the figure is kept, marked and asked for."""
    found = some(rng, numbers(page, lambda c, v: v > 0 and c.type != "percent", desk), 1)
    for at in found:
        words = plain(Decimal(page.rows[at[0]].values[at[1]]))
        put(page, at, f"{words}余" if len(words) > 3 else f"约{words}")
    return bool(found)


def zero_words(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M26: a declared zero in a flow."""
    found = some(rng, numbers(page, lambda column, value: value == 0 and column.role == "flow_month"), 4)
    for at in found:
        put(page, at, rng.choice(["无", "—", "未发生", "未开展"]))
    return bool(found)


def missing_word(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M26: 暂缺 is not zero."""
    found = some(rng, numbers(page, desk=desk), 1)
    for at in found:
        lose(page, at, rng.choice(["暂缺", "未反馈", "待统计"]))
    return bool(found)


def error_cell(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M33: #REF!"""
    found = some(rng, numbers(page, desk=desk), 1)
    for at in found:
        lose(page, at, CellError())
    return bool(found)


def dust(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M36: 63.36000000000001"""
    found = some(rng, numbers(page, lambda c, value: c.type in ("decimal", "amount") and 0 < value < 10_000), 1)
    for at in found:
        put(page, at, float(page.rows[at[0]].values[at[1]]) * (1 + 2e-15))
    return bool(found)


def arrows(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M29: growth with arrows or words."""
    found = some(rng, numbers(page, lambda column, value: column.type == "percent" and column.negative and value != 0), 2)
    for at in found:
        value = page.rows[at[0]].values[at[1]]
        words = plain(abs(Decimal(value)))
        put(page, at, rng.choice([f"↓{words}", f"下降{words}", f"▲{words}"] if value < 0 else [f"↑{words}", f"增长{words}"]))
    return bool(found)


def aliases(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M19: villages as the department calls them."""
    known = {unit.name: [a for a in unit.aliases if a != unit.name] for unit in desk.catalogue.units.all if unit.is_village}
    found = some(rng, [at for at in cells(page, "village") if known.get(page.rows[at[0]].values[at[1]])], 2)
    for at in found:
        put(page, at, rng.choice(known[page.rows[at[0]].values[at[1]]]))
    return bool(found)


_TYPOS = {"岚峰村": "兰峰村", "麓溪村": "鹿溪村", "桐冲村": "铜冲村", "枫树坳村": "枫树凹村", "大栗坪村": "大力坪村", "松岗村": "松冈村"}


def typos(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M19: a village written wrong, which no alias covers; a likeness never decides, so its row goes back."""
    found = [at for at in cells(page, "village") if page.rows[at[0]].values[at[1]] in _TYPOS]
    if desk.careful or not found:
        return False
    at = rng.choice(found)
    put(page, at, _TYPOS[page.rows[at[0]].values[at[1]]])
    return True


def dates(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M30: dates as people write them; without a year only where the month's file says which."""
    found = some(rng, [at for at in cells(page, "date") if isinstance(page.rows[at[0]].values[at[1]], date)], 4)
    for at in found:
        day: date = page.rows[at[0]].values[at[1]]
        styles = [
            f"{day.year}.{day.month}.{day.day}",
            f"{day.year}/{day.month}/{day.day}",
            f"{day.year}年{day.month}月{day.day}日",
            f"{day:%Y%m%d}",
        ]
        if page.sheet.mode == "month" and (day.year, day.month) == (page.month.year, page.month.month):
            styles.append(f"{day.month}月{day.day}日")
        put(page, at, rng.choice(styles))
    return bool(found)


def impossible_date(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M30: a day the month does not have."""
    found = [at for at in cells(page, "date") if desk.maylose(page, column_at(page, at))]
    for at in some(rng, found, 1):
        put(page, at, f"{page.month.year}年{page.month.month}月{32 if page.month.month != 2 else 30}日")
    return bool(found)


def spoiled_identities(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M31: identity numbers in numeric cells; Excel has kept fifteen digits. Those ending in X stay whole, as in life."""
    column = next((i for i, c in enumerate(page.columns) if c is not None and c.type == "identity"), None)
    if column is None:
        return False
    seen: dict[str, int] = {}
    for row in page.rows:
        seen[str(row.values[column])] = seen.get(str(row.values[column]), 0) + 1
    found = [
        at for at in cells(page, "identity")
        if isinstance(value := page.rows[at[0]].values[at[1]], str) and value.isdigit() and len(value) == 18 and seen[value] == 1
        and not (desk.careful and desk.counted_distinct(page, page.rows[at[0]]))
    ]  # fmt: skip
    for at in some(rng, found, 3):
        put(page, at, int(page.rows[at[0]].values[at[1]][:15] + "000"))
    return bool(found)


def account_number(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M32: an account in a numeric cell, its leading zeros gone."""
    column = next((i for i, c in enumerate(page.columns) if c is not None and c.path == "银行账号"), None)
    rows = [r for r, row in enumerate(page.rows) if column is not None and isinstance(row.values[column], str)]
    for r in rng.sample(rows, min(2, len(rows))):
        assert column is not None
        put(page, (r, column), int(page.rows[r].values[column]))
    return bool(rows)


def remarks(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M40: the status stands in the remark."""
    column = next((i for i, c in enumerate(page.columns) if c is not None and c.path == "备注"), None)
    if column is None or page.sheet.shape != "ledger" or not any(c is not None and c.type == "identity" for c in page.columns):
        return False
    rows = [r for r, row in enumerate(page.rows) if row.values[column] is None]
    for r in rng.sample(rows, min(2, len(rows))):
        put(page, (r, column), rng.choice(["停发", "迁出"]))
    return bool(rows)


def comment(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M37: the truth stands in a comment."""
    found = some(rng, numbers(page), 1)
    for at in found:
        page.comments[at] = rng.choice(["此数为电话报来", "待村里核实", "与上月口径一致"])
    return bool(found)


def two_figures(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M25: 12户/35人 in one cell, the other blank."""
    pairs = [(page.index(a), page.index(b)) for a, b in page.sheet.pairs]
    rows = [r for r, row in enumerate(page.rows) if row.kind == "row"]
    if not pairs or not rows:
        return False
    (hh, persons), r = pairs[0], rng.choice(rows)
    values = page.rows[r].values
    put(page, (r, hh), f"{values[hh]}户/{values[persons]}人")
    put(page, (r, persons), None)
    return True
