"""What the figures suggest for the sections a person writes: problems (behind the calendar, falling, told differently by two
departments) and the plan (what the year's targets still ask for).

Hints for the writer, inside the block a person replaces; no figures of the report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from catalog.indicators import Indicator
from catalog.numbers import plain
from catalog.observations import Figure, Status
from catalog.periods import Period
from flows.draft import words
from flows.draft.below_nought import held, is_held
from flows.draft.vouched import absent_note
from flows.summary.shown import tiny_base

NOTHING_TO_HINT = "（本期数据没有可提示的内容）"
ROUNDED = "（因四舍五入相加略有出入）"
_NUMBER = re.compile(r"[\d.]+")
_MOST = 4
"""Of each sort, the worst first."""


def hints(figures: Mapping[str, Figure], indicators: Mapping[str, Indicator], period: Period) -> list[str]:
    """Clauses without a full stop, the worst of each sort first."""
    return [*_behind(figures, indicators, period), *_falling(figures, indicators), *_contradicting(figures, indicators), *_unlikely_sums(figures, indicators)]


def plan_hints(figures: Mapping[str, Figure], indicators: Mapping[str, Indicator]) -> list[str]:
    """What is left of every target of the year, the least done first; nothing is promised that no department has planned.
    When the year is over it is named: the plan is the next year's, and last year's target none of its own.
    """
    left = []
    for name, figure in figures.items():
        indicator = indicators.get(name)
        if indicator is None or None in (figure.target, figure.year_to_date, figure.progress_pct) or not figure.status.has_value:
            continue
        target, done = Decimal(figure.target or 0), Decimal(figure.year_to_date or 0)
        if done < target:
            whole, one, other = (_amount(value, indicator) for value in (target, done, target - done))
            year = Period.parse(figure.period)
            said = f"年度任务{whole}，完成{one}，{other}没有完成" if year.last == 12 else f"年度任务{whole}，已完成{one}，尚差{other}"
            said = f"{f'{year.year}年' if year.last == 12 else ''}{_title(indicator)}{said}{'' if _add_up(one, other, whole) else ROUNDED}"
            left.append((Decimal(figure.progress_pct or 0), said + absent_note(figure)))
    return [said for _, said in sorted(left)[:_MOST]]


def hint_text(found: list[str]) -> str:
    return "。数据提示：" + "；".join(found) if found else NOTHING_TO_HINT


def _amount(value: Decimal, indicator: Indicator) -> str:
    if indicator.unit != "元":
        return f"{plain(value)}{indicator.unit}"
    made = words.money(value)
    return f"{made.text}{made.after}"


def _add_up(one: str, other: str, whole: str) -> bool:
    """Whether a reader who adds what is printed gets what is printed; in unlike units nobody adds (rules.md §3.5)."""
    found = [_NUMBER.match(said) for said in (one, other, whole)]
    units = {said[match.end() :] for said, match in zip((one, other, whole), found, strict=True) if match}
    a, b, c = (Decimal(match[0]) if match else Decimal(0) for match in found)
    return len(units) > 1 or a + b == c


def _behind(figures: Mapping[str, Figure], indicators: Mapping[str, Indicator], period: Period) -> list[str]:
    calendar = Decimal(period.last * 100) / 12
    late = []
    for name, figure in figures.items():
        if name in indicators and figure.progress_pct is not None and figure.status.has_value:
            made = words.progress(Decimal(figure.progress_pct), calendar)
            if "落后" in made[-1].before:
                shown = made if period.last < 12 else [made[0], words.Words("", after="，没有完成任务")]
                late.append((Decimal(figure.progress_pct), _title(indicators[name]) + "".join(f"{w.before}{w.text}{w.after}" for w in shown)))
    return [text for _, text in sorted(late)[:_MOST]]


def _falling(figures: Mapping[str, Figure], indicators: Mapping[str, Indicator]) -> list[str]:
    told = {getattr(i.from_, "of", "") for i in indicators.values() if i.kind == "growth"}
    falls = []
    for name, figure in figures.items():
        indicator = indicators.get(name)
        if indicator is None or name in told or not indicator.section or not figure.status.has_value:
            continue
        if indicator.kind != "growth" and tiny_base(figure, indicator):
            continue
        rate = figure.value if indicator.kind == "growth" else figure.growth_pct
        if rate is not None and Decimal(rate) <= -words.FLAT:
            said = words.growth(Decimal(rate))
            falls.append((Decimal(rate), f"{_title(indicator)}{said.before}{said.text}{said.after}"))
    return [text for _, text in sorted(falls)[:_MOST]]


def _contradicting(figures: Mapping[str, Figure], indicators: Mapping[str, Indicator]) -> list[str]:
    found = []
    for name, indicator in sorted(indicators.items()):
        agreement = indicator.agrees_with
        if agreement is None:
            continue
        mine, other = (figures.get(n) for n in (name, agreement.indicator))
        if mine is None or other is None or mine.value is None or other.value is None:
            continue
        a, b = Decimal(mine.value), Decimal(other.value)
        if (a > b) if agreement.at_most else (abs(a - b) * 100 > agreement.within_pct * abs(b)):
            found.append(f"{_title(indicator)}（{mine.value}）与{_title(indicators[agreement.indicator])}（{other.value}）对不上")
    return found[:_MOST]


_COUNTED = ("_persons", "_times", "_hh")


def _unlikely_sums(figures: Mapping[str, Figure], indicators: Mapping[str, Indicator]) -> list[str]:
    """Money paid out to nobody, and what is held because it is below nought."""
    found = []
    for name, figure in sorted(held(figures, indicators).items()):
        indicator = indicators.get(name)
        if indicator is not None and indicator.section and is_held(figure):
            found.append(f"{_title(indicator)}{figure.reason}")
        if indicator is None or indicator.unit != "元" or not indicator.section or figure.value is None or not figure.status.has_value:
            continue
        value, said = Decimal(figure.value), f"{_title(indicator)}为{plain(Decimal(figure.value))}元"
        counts = [n for end in _COUNTED if name.endswith("_amt") and (n := name.removesuffix("_amt") + end) in figures and n in indicators]
        if value > 0 and counts and all(figures[n].status is Status.ZERO for n in counts):
            found.append(f"{said}，而{'、'.join(_title(indicators[n]) for n in counts)}为0，对不上")
    return found[:_MOST]


def _title(indicator: Indicator) -> str:
    return re.sub(r"同比(?:增速|增长率)?$", "", re.sub(r"[（(].*?[）)]", "", indicator.title))
