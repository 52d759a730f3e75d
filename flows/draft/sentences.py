"""Facts → sentences: the office's template is evaluated paragraph by paragraph, figures stay marked.

The template's language is Jinja in a sandbox, with the filters and state words of the office handbook. What comes out
is text in which every figure is a marker; the Word writer turns markers into content controls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from catalog.catalogue import Slot
from catalog.indicators import Indicator
from catalog.observations import Figure, Status
from catalog.periods import Period
from flows.draft import words
from flows.draft.words import MISSING, Words

OPEN, CLOSE = "\ue000", "\ue001"
"""Around the number of a printed figure in evaluated text (private use characters)."""


class BadTemplate(ValueError):
    """The office's template cannot be evaluated; Chinese, names the paragraph."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One figure in the draft."""

    number: int
    slot: int | None
    indicator: str
    title: str
    text: str
    status: Status
    paragraph: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """An indicator as the template sees it."""

    indicator: Indicator
    figure: Figure

    @property
    def known(self) -> bool:
        return self.figure.status.has_value and self.figure.value is not None

    @property
    def number(self) -> Decimal:
        return Decimal(self.figure.value or 0)


@dataclass(frozen=True, slots=True)
class PeriodWords:
    """The period in words, for any period of CONTRACT §3."""

    year: str
    name: str
    span: str
    end: str
    next: str


def period_words(period: Period) -> PeriodWords:
    following = {(1, 3): "第二季度", (1, 6): "下半年", (1, 9): "第四季度", (4, 6): "下半年", (7, 9): "第四季度"}
    return PeriodWords(
        str(period.year), period.chinese, period.span_text, f"{period.last}月底",
        following.get((period.first, period.last), "下一年" if period.last == 12 else "下月" if period.is_month else "下一步"),
    )  # fmt: skip


class Sentences:
    """Evaluates paragraphs and remembers what was printed."""

    def __init__(self, figures: Mapping[str, Figure], indicators: Mapping[str, Indicator], period: Period) -> None:
        self.printed: list[Printed] = []
        self._period = period
        self._paragraph = ""
        self._facts = {i: Fact(indicators[i], figure) for i, figure in figures.items() if i in indicators}
        self._environment = self._make_environment()
        self._names: dict[str, Any] = {
            **self._facts, "period": period_words(period), "from_january": period.from_january, **self._state_words(),
        }  # fmt: skip

    def evaluate(self, template: str, paragraph: str) -> str:
        """The paragraph's text with markers. Raises :class:`BadTemplate` naming ``paragraph``."""
        self._paragraph = paragraph
        try:
            return self._environment.from_string(template).render(self._names)
        except UndefinedError as error:
            raise BadTemplate(f"模板“{paragraph}”：{_undefined(str(error))}") from None
        except TemplateSyntaxError as error:
            raise BadTemplate(f"模板“{paragraph}”：占位符写法有误（{error.message}），请检查花括号是否成对。") from None
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise BadTemplate(f"模板“{paragraph}”：{error}，请改正该处占位符。") from None

    # --- printing --------------------------------------------------------------------------------------

    def _mark(self, fact: Fact, text: str) -> str:
        number = len(self.printed)
        self.printed.append(Printed(number, None, fact.indicator.id, fact.indicator.title, text, fact.figure.status, self._paragraph))
        return f"{OPEN}{number}{CLOSE}"

    def _put(self, fact: Fact, made: Words) -> str:
        return f"{made.before}{self._mark(fact, made.text)}{made.after}"

    def _show(self, fact: Fact, display: str) -> str:
        if not fact.known:
            after = {"wan_yu": "万", "wan_duo": "万"}.get(display, "")
            return self._mark(fact, MISSING) + after
        if fact.indicator.textual and not _is_number(fact.figure.value or ""):
            return self._mark(fact, fact.figure.value or "")
        return self._put(fact, words.by_display(display, fact.number))

    def _rate(self, fact: Fact) -> str:
        """The clause 同比…; a rate of its own, or the growth of a figure."""
        if fact.indicator.kind == "growth":
            rate, status = (fact.figure.value if fact.known else None), fact.figure.status
        else:
            rate = fact.figure.growth_pct
            status = fact.figure.status if not fact.known else (Status.REPORTED if rate is not None else Status.NOT_APPLICABLE)
        if rate is not None:
            return self._put(fact, words.growth(Decimal(rate)))
        if status is Status.NOT_APPLICABLE:
            return fact.figure.reason if fact.figure.reason.startswith("上年同期") else "上年同期无此项"
        return f"同比{self._mark(fact, MISSING)}%"

    def _progress(self, fact: Fact) -> str:
        if not fact.known:
            return f"完成年度任务的{self._mark(fact, MISSING)}%"
        return self._put(fact, words.progress(fact.number, Decimal(self._period.last * 100) / 12))

    def _list(self, fact: Fact, suffix: str = "") -> str:
        if not fact.known:
            return self._mark(fact, MISSING) + suffix
        return "、".join(self._mark(fact, item) + suffix for item in (fact.figure.value or "").split("、"))

    def _chars(self, fact: Fact) -> str:
        return "".join(self._mark(fact, char) for char in (fact.figure.value or MISSING if fact.known else MISSING))

    def _date(self, fact: Fact, form: str) -> str:
        if not fact.known:
            return self._mark(fact, MISSING) + ("月" + MISSING + "日")
        day = date.fromisoformat(fact.figure.value or "")
        return self._mark(fact, f"{day.year}年{day.month}月{day.day}日" if form == "ymd" else f"{day.month}月{day.day}日")

    def _make_environment(self) -> SandboxedEnvironment:
        environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
        environment.finalize = lambda value: self._show(value, value.indicator.display) if isinstance(value, Fact) else value
        displays = ["int", "yi2", "wan0", "wan1", "wan2", "yuan0", "wan_yu", "wan_duo", "yu10", "yu100", "pct1", "dec_trim", "floor_int", "text", "wan_cn", "cn"]
        own: dict[str, Callable[..., str]] = {name: self._displayed(name) for name in displays}
        own |= {
            "yoy": self._rate, "prog": self._progress, "list": self._list, "chars": self._chars,
            "md": lambda fact: self._date(fact, "md"), "ymd": lambda fact: self._date(fact, "ymd"),
        }  # fmt: skip
        environment.filters = {name: _of_fact(name, filter_) for name, filter_ in own.items()}
        return environment

    def _displayed(self, display: str) -> Callable[[Fact], str]:
        return lambda fact: self._show(fact, display)

    # --- state words -----------------------------------------------------------------------------------

    def _state_words(self) -> dict[str, Callable[..., Any]]:
        return {
            "has": lambda f: f.known,
            "zero": lambda f: f.figure.status is Status.ZERO,
            "missing": lambda f: f.figure.status in (Status.MISSING, Status.REFUSED),
            "nothing": lambda f: f.figure.status is Status.NOT_APPLICABLE,
            "up": lambda f: (rate := _rate_of(f)) is not None and rate >= Decimal("0.05"),
            "down": lambda f: (rate := _rate_of(f)) is not None and rate <= Decimal("-0.05"),
            "flat": lambda f: (rate := _rate_of(f)) is not None and abs(rate) < Decimal("0.05"),
            "falling": lambda *facts: sum((rate := _rate_of(f)) is not None and rate <= Decimal("-0.05") for f in facts),
            "eq": lambda a, b: a.known and b.known and a.number == b.number,
            "done": lambda f: f.figure.value == "是",
            "any": lambda *facts: any(f.figure.status is not Status.ZERO for f in facts),
        }


def _rate_of(fact: Fact) -> Decimal | None:
    value = fact.figure.value if fact.indicator.kind == "growth" else fact.figure.growth_pct
    return Decimal(value) if value is not None and (fact.known or fact.indicator.kind != "growth") else None


def _of_fact(name: str, filter_: Callable[..., str]) -> Callable[..., str]:
    def checked(value: Any, *arguments: Any) -> str:
        if not isinstance(value, Fact):
            raise ValueError(f"“|{name}”前面应是指标名")
        return filter_(value, *arguments)

    return checked


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def _undefined(message: str) -> str:
    match = re.search(r"'([^']+)' is undefined", message)
    return f"没有“{match[1]}”这个指标，请检查写法。" if match else f"{message}。"


def assign_slots(printed: Sequence[Printed], slots: Sequence[Slot]) -> list[Printed]:
    """Give every printed figure its slot: the longest common order of indicators in the draft and in slots.csv.

    A clause that was left out (no such programme this year) leaves its slots empty and shifts none of the others.
    """
    rows, columns = len(printed), len(slots)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    for r in range(rows - 1, -1, -1):
        for c in range(columns - 1, -1, -1):
            best[r][c] = max(best[r + 1][c], best[r][c + 1])
            if printed[r].indicator == slots[c].indicator:
                best[r][c] = max(best[r][c], best[r + 1][c + 1] + 1)
    given: dict[int, int] = {}
    r = c = 0
    while r < rows and c < columns:
        if printed[r].indicator == slots[c].indicator and best[r][c] == best[r + 1][c + 1] + 1:
            given[r] = slots[c].number
            r, c = r + 1, c + 1
        elif best[r + 1][c] >= best[r][c + 1]:
            r += 1
        else:
            c += 1
    return [
        Printed(item.number, given.get(index), item.indicator, item.title, item.text, item.status, item.paragraph)
        for index, item in enumerate(printed)
    ]
