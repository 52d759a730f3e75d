"""What the figures suggest for the section on problems: behind the calendar, falling, told differently by two departments.

Hints for the writer, inside the block a person replaces; no figures of the report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from catalog.indicators import Indicator
from catalog.observations import Figure
from catalog.periods import Period
from flows.draft import words

_MOST = 4
"""Of each sort, the worst first."""


def hints(figures: Mapping[str, Figure], indicators: Mapping[str, Indicator], period: Period) -> list[str]:
    """Clauses without a full stop, the worst of each sort first."""
    return [*_behind(figures, indicators, period), *_falling(figures, indicators), *_contradicting(figures, indicators)]


def hint_text(found: list[str]) -> str:
    return "。数据提示：" + "；".join(found) if found else ""


def _behind(figures: Mapping[str, Figure], indicators: Mapping[str, Indicator], period: Period) -> list[str]:
    calendar = Decimal(period.last * 100) / 12
    late = []
    for name, figure in figures.items():
        if name in indicators and figure.progress_pct is not None and figure.status.has_value:
            made = words.progress(Decimal(figure.progress_pct), calendar)
            if "落后" in made[-1].before:
                late.append((Decimal(figure.progress_pct), _title(indicators[name]) + "".join(f"{w.before}{w.text}{w.after}" for w in made)))
    return [text for _, text in sorted(late)[:_MOST]]


def _falling(figures: Mapping[str, Figure], indicators: Mapping[str, Indicator]) -> list[str]:
    told = {getattr(i.from_, "of", "") for i in indicators.values() if i.kind == "growth"}
    falls = []
    for name, figure in figures.items():
        indicator = indicators.get(name)
        if indicator is None or name in told or not indicator.section or not figure.status.has_value:
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


def _title(indicator: Indicator) -> str:
    return re.sub(r"同比(?:增速|增长率)?$", "", re.sub(r"[（(].*?[）)]", "", indicator.title))
