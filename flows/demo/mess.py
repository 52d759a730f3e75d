"""What departments do to a clean page, one kind at a time (forms.md §9). Every kind is a plain function from a page and a
random generator to nothing; it returns whether it found anything to do. Nothing here knows a particular form."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.catalogue import Catalogue
from catalog.forms import Column
from catalog.indicators import FromLedger
from catalog.numbers import plain, tidy
from flows.demo.workbook import CellError, Page, Row

Mess = Callable[["Desk", Page, random.Random], bool]
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_TEN_THOUSAND = Decimal(10_000)


@dataclass(frozen=True)
class Desk:
    """What the mess must know: which cells the report needs, and the aliases of villages."""

    catalogue: Catalogue
    needed_measures: frozenset[str]
    needed_columns: frozenset[tuple[str, str, str]]
    """(form, sheet, path) that some ledger indicator reads."""
    careful: bool
    """In the target half-year no needed figure may be lost by chance; what is lost there is planted by hand."""

    def may_lose(self, page: Page, column: Column, row: Row | None = None) -> bool:
        """Can the report do without this figure?"""
        if not self.careful:
            return True
        ids = {column.id, column.id.removesuffix("_ytd")}
        if page.sheet.rows == "indicator" and row is not None and column.role is not None:
            label = row.values[page.index(page.sheet.label)]
            ids = {m.measures.get(column.role, "") for m in page.sheet.row_measures if m.label == label}
            ids |= {name.removesuffix("_ytd") for name in ids}
        return not (ids & self.needed_measures or (page.form.id, page.sheet.name, column.path) in self.needed_columns)

    def counted_distinct(self, page: Page, row: Row) -> bool:
        """Is the row's person counted once over several months? Then a spoiled number would count twice."""
        for indicator in self.catalogue.indicators_of(page.form.id):
            source = indicator.from_
            if (
                isinstance(source, FromLedger)
                and source.sheet == page.sheet.name
                and source.count == "distinct"
                and source.months == "each"
            ):
                fits = [str(row.values[page.index(c.column)]) == c.is_ for c in source.where if c.is_ is not None]
                if all(fits):
                    return True
        return False


def desk(catalogue: Catalogue, careful: bool) -> Desk:
    measures: set[str] = set()
    columns: set[tuple[str, str, str]] = set()
    for indicator in catalogue.indicators.values():
        source = indicator.from_
        if isinstance(source, FromLedger):
            paths = [source.of, source.date, source.order_by, *(c.column for c in source.where)]
            columns |= {(source.form, source.sheet, path) for path in paths if path}
        named = [getattr(source, key, "") for key in ("measure", "cumulative", "reported", "of", "base", "part", "whole")]
        measures |= {name for name in (*named, indicator.target, indicator.growth, indicator.growth_base) if name}
    return Desk(catalogue, frozenset(measures), frozenset(columns), careful)


# --- finding cells ------------------------------------------------------------------------------------------


def _free(page: Page, row: int, column: int) -> bool:
    return page.rows[row].kind == "row" and (row, column) not in page.touched


def numbers(page: Page, fits: Callable[[Column, Any], bool] = lambda c, v: True, desk: Desk | None = None) -> list[tuple[int, int]]:
    """Cells with a figure that nobody has touched yet; with a desk, only those that may be lost."""
    wanted = [i for i, column in enumerate(page.columns) if column is not None and column.numeric]
    return [
        (r, c) for r, row in enumerate(page.rows) for c in wanted
        if isinstance(row.values[c], int | Decimal) and _free(page, r, c) and fits(column_at(page, (r, c)), row.values[c])
        and (desk is None or desk.may_lose(page, column_at(page, (r, c)), row))
    ]  # fmt: skip


def cells(page: Page, type_: str) -> list[tuple[int, int]]:
    """Untouched, filled cells of columns of this type."""
    wanted = [i for i, column in enumerate(page.columns) if column is not None and column.type == type_]
    return [(r, c) for r, row in enumerate(page.rows) for c in wanted if row.values[c] is not None and _free(page, r, c)]


def put(page: Page, at: tuple[int, int], value: Any) -> None:
    page.rows[at[0]].values[at[1]] = value
    page.touched.add(at)


def _some(rng: random.Random, found: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    return rng.sample(found, min(count, len(found)))


def column_at(page: Page, at: tuple[int, int]) -> Column:
    column = page.columns[at[1]]
    assert column is not None
    return column


def _lose(page: Page, at: tuple[int, int], shown: Any) -> None:
    """Write something that is no figure; the 合计 then shows what Excel would make of it."""
    was = page.rows[at[0]].values[at[1]]
    put(page, at, shown)
    if page.total is not None and at[1] in page.total.values and column_at(page, at).total:
        if isinstance(shown, CellError):
            page.total.values[at[1]] = shown
        elif not isinstance(page.total.values[at[1]], CellError) and was is not None:
            page.total.values[at[1]] -= was


# --- cells --------------------------------------------------------------------------------------------------


def text_numbers(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M34: figures stored as text."""
    found = _some(rng, numbers(page), 3)
    for at in found:
        put(page, at, plain(Decimal(page.rows[at[0]].values[at[1]])))
    return bool(found)


def odd_numbers(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M24: full-width digits, thousands separators, no-break spaces, unit words; all can be read exactly."""
    found = _some(rng, numbers(page, lambda column, value: value >= 0 and column.type != "percent"), 3)
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
    found = _some(rng, numbers(page, lambda c, v: v > 0 and c.type != "percent", desk), 1)
    for at in found:
        words = plain(Decimal(page.rows[at[0]].values[at[1]]))
        put(page, at, f"{words}余" if len(words) > 3 else f"约{words}")
    return bool(found)


def zero_words(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M26: a declared zero in a flow."""
    found = _some(rng, numbers(page, lambda column, value: value == 0 and column.role == "flow_month"), 4)
    for at in found:
        put(page, at, rng.choice(["无", "—", "未发生", "未开展"]))
    return bool(found)


def missing_word(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M26: 暂缺 is not zero."""
    found = _some(rng, numbers(page, desk=desk), 1)
    for at in found:
        _lose(page, at, rng.choice(["暂缺", "未反馈", "待统计"]))
    return bool(found)


def error_cell(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M33: #REF!"""
    found = _some(rng, numbers(page, desk=desk), 1)
    for at in found:
        _lose(page, at, CellError())
    return bool(found)


def dust(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M36: 63.36000000000001"""
    found = _some(rng, numbers(page, lambda c, value: c.type in ("decimal", "amount") and 0 < value < 10_000), 1)
    for at in found:
        put(page, at, float(page.rows[at[0]].values[at[1]]) * (1 + 2e-15))
    return bool(found)


def arrows(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M29: growth with arrows or words."""
    found = _some(rng, numbers(page, lambda column, value: column.type == "percent" and column.negative and value != 0), 2)
    for at in found:
        value = page.rows[at[0]].values[at[1]]
        words = plain(abs(Decimal(value)))
        put(page, at, rng.choice([f"↓{words}", f"下降{words}", f"▲{words}"] if value < 0 else [f"↑{words}", f"增长{words}"]))
    return bool(found)


def aliases(desk: Desk, page: Page, rng: random.Random) -> bool:
    """M19: villages as the department calls them."""
    known = {unit.name: [a for a in unit.aliases if a != unit.name] for unit in desk.catalogue.units.all if unit.is_village}
    found = _some(rng, [at for at in cells(page, "village") if known.get(page.rows[at[0]].values[at[1]])], 2)
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
    found = _some(rng, [at for at in cells(page, "date") if isinstance(page.rows[at[0]].values[at[1]], date)], 4)
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
    found = [at for at in cells(page, "date") if desk.may_lose(page, column_at(page, at))]
    for at in _some(rng, found, 1):
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
    for at in _some(rng, found, 3):
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
    found = _some(rng, numbers(page), 1)
    for at in found:
        page.comments[at] = rng.choice(["此数为电话报来", "待村里核实", "与上月口径一致"])
    return bool(found)


# --- rows and totals ----------------------------------------------------------------------------------------


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
    pairs = [(a, b) for a, b in pairs if desk.may_lose(page, column_at(page, (0, a)))]
    if not pairs or any(row.kind == "subtotal" for row in page.rows):
        return False
    month, year = rng.choice(pairs)
    for r in range(len(page.rows)):
        put(page, (r, month), page.rows[r].values[year])
    if page.total is not None:
        page.total.values[month] = page.total.values[year]
    return True


# --- units and headings -------------------------------------------------------------------------------------


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
        if c is not None and c.type == "amount" and c.role == "flow_month" and c.unit == "元" and desk.may_lose(page, c)
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


@dataclass(frozen=True)
class Kind:
    """A kind of mess, and how often it is met in a month of twenty files (forms.md §9, last paragraph)."""

    code: str
    apply: Mess
    a_month: int


KINDS: tuple[Kind, ...] = (
    # In the order in which they may be put upon one another.
    Kind("M16", subtotals, 2), Kind("M27-said", ten_thousands_said, 1), Kind("M27-unsaid", ten_thousands_unsaid, 1),
    Kind("M28", cumulative_as_month, 1), Kind("M33-sum", short_sum, 1), Kind("M44", typed_total, 1),
    Kind("M33", error_cell, 2), Kind("M26-missing", missing_word, 1), Kind("M25", two_figures, 0), Kind("M34", text_numbers, 2),
    Kind("M24", odd_numbers, 3), Kind("M24-about", about_numbers, 1), Kind("M26", zero_words, 2), Kind("M36", dust, 1),
    Kind("M29", arrows, 1), Kind("M19", aliases, 3), Kind("M19-typo", typos, 1), Kind("M30", dates, 2), Kind("M30-impossible", impossible_date, 0),
    Kind("M31", spoiled_identities, 2), Kind("M32", account_number, 1), Kind("M40", remarks, 1), Kind("M37", comment, 1),
    Kind("M18", merged_cells, 1), Kind("M15", hidden_rows, 2), Kind("M17", scribbles, 1), Kind("M13", rows_above, 2),
    Kind("M16-label", total_label, 2), Kind("M14", other_words, 3), Kind("M41", line_breaks, 2), Kind("M14-own", own_column, 1),
)  # fmt: skip
BY_CODE = {kind.code: kind for kind in KINDS}


def in_order(codes: Iterable[str]) -> Iterator[Kind]:
    wanted = set(codes)
    return (kind for kind in KINDS if kind.code in wanted)
