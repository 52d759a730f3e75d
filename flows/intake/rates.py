"""Rates beside what they are rates of: 同比 against this year and last, 完成进度 against the year's target."""

from __future__ import annotations

from decimal import Decimal

from catalog.issues import Action, Issue
from catalog.numbers import half_up, quotient
from catalog.observations import Reading
from flows.intake import numerals
from flows.intake.heading_words import heading
from flows.intake.rows import Kind
from flows.intake.table import Report, Table

_FAR = 5
"""So many times off, a target or a sum has slipped by a power of ten; less may be another month's target."""
_LEAST_DONE, _MOST_DONE = Decimal("0.01"), Decimal(1000)
"""Percent of a year's target; beyond them 元, 万元 and 亿元 stand in one row, and a formula for the progress says so faithfully."""
_GROWN, _LIKE = 3, 2
"""A sum of the months since January so many times last year's, which is within this factor of the last month alone."""


def check_progress(table: Table, readings: list[Reading], report: Report) -> set[tuple[str, str]]:
    """完成进度 = 本年累计 / 年度目标任务 of the same row: far off, one of the two is in another unit; both are held (M27).

    A progress written as a fraction is understood, no more: nothing is counted from it.
    """
    sheet, grid = table.found.sheet, table.found.grid
    progress, label = table.layout.columns.get(sheet.progress), table.layout.columns.get(sheet.label)
    if progress is None or label is None:
        return set()
    held: set[tuple[str, str]] = set()
    told = {r.measure: r for r in readings if r.value is not None}
    rows = {heading(row.label)[0]: row.index for kind in (Kind.DATA, Kind.PART) for row in table.body.of(kind)}
    for measure in sheet.row_measures:
        now, target = (told.get(measure.measures.get(role, "")) for role in ("flow_ytd", "target"))
        row = next((rows[key] for name in (measure.label, *measure.also) if (key := heading(name)[0]) in rows), None)
        if now is None or target is None or row is None or not Decimal(target.value or 0) > 0 or not Decimal(now.value or 0) > 0:
            continue
        computed = quotient(Decimal(now.value or 0) * 100, Decimal(target.value or 0))
        if not _LEAST_DONE <= computed <= _MOST_DONE:
            held |= {(now.sheet, now.cell), (target.sheet, target.cell)}
            report(Issue("M27", Action.REFUSE_CELL, f"{target.sheet}!{target.cell} 年度目标填{target.raw}、{now.cell}累计填{now.raw}，算得完成{half_up(computed, 1 if computed > 1 else 4)}%，疑有一个数单位填错，请核实。",
                         target.sheet, target.cell, target.raw, "与累计同一单位"))  # fmt: skip
            continue
        said = numerals.number(grid.at(row, progress.index), progress.column, percent=(row, progress.index) in grid.percent, stored=progress.stored).number
        if said is None or said <= 0:
            continue
        if all(max(computed, one) >= _FAR * min(computed, one) for one in (said, said * 100)):
            held |= {(now.sheet, now.cell), (target.sheet, target.cell)}
            report(Issue("M27", Action.REFUSE_CELL, f"{target.sheet}!{target.cell} 年度目标填{target.raw}、{now.cell}累计填{now.raw}，算得完成{half_up(computed, 1)}%，{table.cell(row, progress.index)}却填{said}%，疑有一个数单位填错，请核实。",
                         target.sheet, target.cell, target.raw, f"与完成进度{said}%相符"))  # fmt: skip
    return held


def check_rates(table: Table, readings: list[Reading], report: Report) -> set[tuple[str, str]]:
    """A reported rate against 本年累计 / 上年同期累计 of the same row: a difference above 0.1 point is shown (rules.md §1.1).

    One that is the computed one but for its sign or its point, or written as a fraction or an index, is held, and returned (M29). Where the
    base is five times off what rate and sum ask for, one of the two figures is in another unit; both are held (M27).
    """
    held: set[tuple[str, str]] = set()
    told = {r.measure: r for r in readings if r.value is not None}
    alone: list[Reading] = []
    for row in table.found.sheet.row_measures:
        rate, now, base = (told.get(row.measures.get(role, "")) for role in ("ratio", "flow_ytd", "last_year"))
        month = told.get(row.measures.get("flow_month", ""))
        if month is not None and base is not None and table.month.month > 1:
            held |= _one_month_and_several(table, month, now, base, rate, report)
        if rate is None:
            continue
        if now is None or base is None or not Decimal(base.value or 0) > 0:
            alone.append(rate)
            continue
        computed = quotient((Decimal(now.value or 0) - Decimal(base.value or 0)) * 100, Decimal(base.value or 0))
        if abs(computed - Decimal(rate.value or 0)) > Decimal("0.1"):
            shown = half_up(computed, 1)
            slips = [how for meant, how in _as_meant(Decimal(rate.value or 0)) if abs(computed) >= 1 and abs(computed - meant) <= Decimal("0.1")]
            if slips:
                held.add((rate.sheet, rate.cell))
                report(Issue("M29", Action.REFUSE_CELL, f"{rate.sheet}!{rate.cell} 同比填{rate.raw}，疑为{slips[0]}，按本表计算应填{shown}，请核实。",
                             rate.sheet, rate.cell, rate.raw, f"{shown}"))  # fmt: skip
                continue
            growth = 100 + Decimal(rate.value or 0)
            implied = quotient(Decimal(now.value or 0) * 100, growth) if growth > 1 else Decimal(0)
            if implied > 0 and max(implied, Decimal(base.value or 0)) >= _FAR * min(implied, Decimal(base.value or 0)):
                held |= {(now.sheet, now.cell), (base.sheet, base.cell)}
                report(Issue("M27", Action.REFUSE_CELL, f"{base.sheet}!{base.cell} 上年同期填{base.raw}、{now.cell}累计填{now.raw}，算得同比{shown}%，{rate.cell}却填{rate.raw}，疑有一个数单位填错，请核实。",
                             base.sheet, base.cell, base.raw, f"与同比{rate.raw}相符"))  # fmt: skip
                continue
            report(Issue("M29", Action.WARN, f"{rate.sheet}!{rate.cell} 同比填{rate.value}%，按本表累计与上年同期计算为{shown}%，以填报数为准，请核实。",
                         rate.sheet, rate.cell, rate.raw, f"{shown}%"))  # fmt: skip
    rates = [told[m] for row in table.found.sheet.row_measures if (m := row.measures.get("ratio", "")) in told]
    for rate in alone:
        others = [_places(r) for r in rates if r is not rate and "%" not in r.raw]
        number = abs(Decimal(rate.value or 0))
        fraction = number < Decimal("0.1") or bool(held) or _places(rate) > max(1, *others, 0)
        if 0 < number < 1 and fraction and not _shown_as_percent(table, rate):
            held.add((rate.sheet, rate.cell))
            report(Issue("M29", Action.REFUSE_CELL, f"{rate.sheet}!{rate.cell} 同比填{rate.raw}，疑为小数形式（应填百分数，如4.2），请核实。",
                         rate.sheet, rate.cell, rate.raw, "百分数，如4.2"))  # fmt: skip
    return held


def _one_month_and_several(table: Table, month: Reading, now: Reading | None, base: Reading, rate: Reading | None, report: Report) -> set[tuple[str, str]]:
    """One month's figure of last year under 上年同期累计 is asked about: the rate reckoned from it agrees with it. The sum since January under 本月,
    with no sum in its own column, is held where the rate says that it is the sum (M28).
    """
    did, last_year = Decimal(month.value or 0), Decimal(base.value or 0)
    if last_year <= 0 or did <= 0:
        return set()
    if now is not None:
        like = max(did, last_year) <= _LIKE * min(did, last_year)
        if like and Decimal(now.value or 0) >= _GROWN * last_year and table.month.month > _GROWN:
            report(Issue("M28", Action.WARN, f"{base.sheet}!{base.cell} 上年同期累计填{base.raw}，与{month.cell}一个月的{month.raw}相当，{now.cell}累计却是{now.raw}，疑填的是上年一个月的数，请核实。",
                         base.sheet, base.cell, base.raw, f"上年1—{table.month.month}月的数"))  # fmt: skip
        return set()
    if rate is None or abs(quotient((did - last_year) * 100, last_year) - Decimal(rate.value or 0)) > Decimal("0.1"):
        return set()
    report(Issue("M28", Action.REFUSE_CELL, f"{month.sheet}!{month.cell} 填{month.raw}，与{base.cell}上年同期累计相比恰为{rate.cell}的同比{rate.raw}，本年累计却空白，疑把累计数填在本月栏，请核实后重报。",
                 month.sheet, month.cell, month.raw, "本月数"))  # fmt: skip
    return {(month.sheet, month.cell)}


def _as_meant(rate: Decimal) -> list[tuple[Decimal, str]]:
    """Rates that may be meant by this one, and how they were written then."""
    return [
        (rate * 100, "小数形式"), ((rate - 1) * 100, "与上年之比"), (rate - 100, "以上年为100的指数"),
        (rate * 10, "少写一位"), (rate / 10, "多写一位"), (-rate, "正负号写反"),
    ]  # fmt: skip


def _places(reading: Reading) -> int:
    return len((reading.value or "").partition(".")[2])


def _shown_as_percent(table: Table, reading: Reading) -> bool:
    """The cell says itself that it is percent: by its format, or with the sign."""
    return "%" in reading.raw or any(table.cell(*at) == reading.cell for at in table.found.grid.percent)
