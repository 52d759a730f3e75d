"""A figure in the words of one filter: the same for the first draft and for the refresh of an edited one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NoReturn

from catalog.indicators import Indicator
from catalog.observations import Figure, Status
from catalog.periods import Period
from flows.draft import words
from flows.draft.words import MISSING, NOTHING, Words

DISPLAYS = (
    "int", "yi2", "wan0", "wan1", "wan2", "yuan0", "wan_yu", "wan_duo", "yu10", "yu100", "pct1", "dec_trim", "floor_int", "text", "wan_cn", "cn",
    "money",
)  # fmt: skip
"""Filters that print one figure, and nothing that depends on the period."""
PINNED = ("yi2", "wan0", "wan1", "wan2")
"""Of these, those whose unit stands behind them in the sentence, which is their argument: ``yi2:亿元``."""
WHOLE = "whole"
"""Names with the ending that the indicator leaves to the sentence: 甲有限公司、乙 and 有限公司 after it."""
_WHOLE_NAME = "社区"
"""What a community's name ends with: 新桥社区 among villages is no 新桥社区村."""
QUOTED = "quoted"
"""A department's own words (情况说明): from then on they are the text of whoever edits the draft."""


_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff\ue000-\uf8ff]")
TINY_BASE = 5
"""Counts below this are no base for a rate."""


def _misused(*_: object) -> NoReturn:
    raise ValueError("指标不能直接判断、比较或拼接，请用 has(…)、zero(…)、missing(…)、up(…)、eq(…) 等")


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """An indicator as the template sees it: closed, so that no figure is printed unmarked or tested by accident."""

    indicator: Indicator
    figure: Figure

    @property
    def known(self) -> bool:
        return self.figure.status.has_value and self.figure.value is not None

    @property
    def idle(self) -> bool:
        """There was no such thing in the period; nobody owes it."""
        return self.figure.status is Status.NOT_APPLICABLE

    @property
    def number(self) -> Decimal:
        return Decimal(self.figure.value or 0)

    @property
    def day(self) -> date:
        """Raises ValueError (Chinese) when it is none."""
        try:
            return date.fromisoformat(self.figure.value or "")
        except ValueError:
            raise ValueError(f"“{self.indicator.title}”的值不是 2020-07-03 这样的日期") from None

    @property
    def rate(self) -> Decimal | None:
        """Of a growth its own value, of every other figure its growth over the year."""
        if self.indicator.kind == "growth":
            return self.number if self.known else None
        return Decimal(self.figure.growth_pct) if self.figure.growth_pct is not None else None

    __bool__ = __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __str__ = __len__ = __iter__ = __add__ = _misused
    __hash__ = None  # type: ignore[assignment]


def phrase(fact: Fact, how: str, period: Period) -> list[Words]:
    """Figures with the words they own, in order. ``how``: a filter, ``list:村`` with its argument; empty = the indicator's own display.

    Raises ValueError (Chinese) when the value does not fit the filter.
    """
    return [replace(part, text=printable(part.text)) for part in _phrase(fact, how, period)]


def printable(text: str) -> str:
    """Without what Word cannot hold, and without our own markers."""
    return _NOT_TEXT.sub("", text)


def _phrase(fact: Fact, how: str, period: Period) -> list[Words]:
    name, _, argument = (how or fact.indicator.display).partition(":")
    match name:
        case "yoy":
            return [_rate(fact)]
        case "change":
            return [_change(fact, argument)]
        case "prog":
            return _progress(fact, period)
        case "list" | "chars":
            return _items(fact, argument, "、" if name == "list" else "")
        case "whole":
            return [replace(_shown(fact, ""), after="" if fact.known and fact.figure.reason else fact.indicator.ending)]
        case "quoted":
            return [Words(fact.figure.value or "")] if fact.known else []
        case "md" | "ymd":
            return [_date(fact, name)]
        case _:
            return [_shown(fact, name, argument)]


def _lacking(fact: Fact, before: str = "", after: str = "") -> Words:
    """X for what is owed; a dash for what did not exist (rules.md §7)."""
    return Words(NOTHING, before, after) if fact.idle else Words(MISSING, before, after, lacking=True)


def _shown(fact: Fact, display: str, unit: str = "") -> Words:
    if not fact.known:
        return _lacking(fact, after=unit or {"wan_yu": "万", "wan_duo": "万", "money": "元"}.get(display, ""))
    if fact.indicator.textual and not is_number(fact.figure.value or ""):
        return Words(fact.figure.value or "")
    return words.pinned(display, fact.number, unit) if unit else words.by_display(display, fact.number)


def _rate(fact: Fact) -> Words:
    """The clause 同比…; a rate of its own, or the growth of a figure. Beside a base of nearly nothing a rate says nothing:
    the absolute change is told instead (rules.md §1.4).
    """
    counted = fact.indicator.kind in ("flow", "stock", "distinct")
    base = None if fact.figure.last_year is None else Decimal(fact.figure.last_year)
    if counted and fact.known and base is not None and fact.figure.growth_source in (None, "warehouse"):
        if fact.indicator.unit == "元":
            if base == 0 and fact.number == 0:
                return words.change(fact.number, base, "元")
            if base <= 0:
                return Words("上年同期为零，不作比较" if base == 0 else "上年同期为负，不作比较")
        elif base < TINY_BASE or (fact.rate is not None and fact.rate > 1_000):
            return words.change(fact.number, base, fact.indicator.unit)
    if fact.rate is not None:
        return words.growth(fact.rate)
    if fact.idle or (fact.known and (base is None or base <= 0) and fact.indicator.kind != "growth"):
        reason = fact.figure.reason
        return Words(reason if reason.startswith("上年同期") else "上年同期无此项")
    return _lacking(fact, "同比", "%")


def _change(fact: Fact, unit: str) -> Words:
    """The clause of a count against the same period of last year: 同比增加3户 (rules.md §1.4)."""
    if not fact.known:
        return _lacking(fact, "同比变动", unit)
    if fact.figure.last_year is None:
        return Words("上年同期无此项")
    return words.change(fact.number, Decimal(fact.figure.last_year), unit)


def _progress(fact: Fact, period: Period) -> list[Words]:
    if not fact.known:
        return [_lacking(fact, "完成年度任务的", "%")]
    return words.progress(fact.number, Decimal(period.last * 100) / 12)


def _items(fact: Fact, suffix: str, separator: str) -> list[Words]:
    if not fact.known:
        return [_lacking(fact, after=suffix)]
    value = fact.figure.value or ""
    items: Sequence[str] = value.split("、") if separator else list(value)
    return [Words(item, separator if number else "", "" if item.endswith(_WHOLE_NAME) else suffix) for number, item in enumerate(items)]


def _date(fact: Fact, form: str) -> Words:
    if not fact.known:
        lacking = _lacking(fact)
        return replace(lacking, text=f"{lacking.text}年" * (form == "ymd") + f"{lacking.text}月{lacking.text}日")
    day = fact.day
    return Words(f"{day.year}年{day.month}月{day.day}日" if form == "ymd" else f"{day.month}月{day.day}日")


def is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None
