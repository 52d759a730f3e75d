"""Facts → sentences: the office's template is evaluated paragraph by paragraph, figures stay marked.

The template's language is Jinja in a sandbox, with the filters and state words of the office handbook. What comes out
is text in which every figure is a marker; the Word writer turns markers into content controls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.sandbox import SandboxedEnvironment, SecurityError

from catalog.catalogue import Slot
from catalog.indicators import Indicator
from catalog.observations import Figure, Status
from catalog.periods import Period
from catalog.said import Said
from flows.draft import words
from flows.draft.hints import hint_text, hints, plan_hints
from flows.draft.phrases import DISPLAYS, PINNED, QUOTED, WHOLE, Fact, phrase
from flows.draft.words import Words

OPEN, CLOSE = "\ue000", "\ue001"
"""Around the number of a printed figure in evaluated text (private use characters)."""


_CODE: dict[str, CodeType] = {}
"""Text of a template → what Jinja compiled it to."""


class BadTemplate(Said, ValueError):
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
    lacking: bool = False
    """An X: someone owes the figure."""
    how: str = ""
    """The filter it was printed with; of one without a filter, the indicator's own display as it was then."""
    part: int = 0
    parts: int = 1
    """Which figure of those that the filter printed together, and of how many."""
    before: str = ""
    after: str = ""
    """The words around it that go with the figure."""
    note: str = ""
    """What it lacks, where it says so itself: （未含荷塘坡村）."""


class _Sandbox(SandboxedEnvironment):
    """Facts have no inside for the template."""

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        return not isinstance(obj, Fact) and super().is_safe_attribute(obj, attr, value)


@dataclass(frozen=True, slots=True)
class PeriodWords:
    """The period in words, for any period of CONTRACT §3."""

    title: str
    """``2020年上半年``; of a whole year ``2020年``."""
    year: str
    name: str
    span: str
    end: str
    next: str


def period_words(period: Period) -> PeriodWords:
    following = {(1, 3): "第二季度", (1, 6): "下半年", (1, 9): "第四季度", (4, 6): "下半年", (7, 9): "第四季度"}
    year = f"{period.year + 1}年"
    after = (f"{year}1月" if period.last == 12 else f"{period.last + 1}月") if period.is_month else year if period.last == 12 else "下一步"
    whole = len(period.months) == 12
    return PeriodWords(
        f"{period.year}年" if whole else f"{period.year}年{period.chinese}", str(period.year), period.chinese, period.span_text,
        f"{period.last}月底", following.get((period.first, period.last), after),
    )  # fmt: skip


class Sentences:
    """Evaluates paragraphs and remembers what was printed. An indicator without a figure is missing."""

    def __init__(self, figures: Mapping[str, Figure], indicators: Mapping[str, Indicator], period: Period) -> None:
        self.printed: list[Printed] = []
        self._period = period
        self._paragraph = ""
        self._facts = {name: Fact(indicator, figures.get(name) or nothing_known(name, period)) for name, indicator in indicators.items()}
        self._environment = self._make_environment()
        self._names: dict[str, Any] = {
            **self._facts, "period": period_words(period), "from_january": period.from_january, "whole_year": len(period.months) == 12,
            "hints": hint_text(hints(figures, indicators, period)), "plan_hints": hint_text(plan_hints(figures, indicators)), **self._state_words(),
        }  # fmt: skip

    def evaluate(self, template: str, paragraph: str) -> str:
        """The paragraph's text with markers. Raises :class:`BadTemplate` naming ``paragraph``."""
        self._paragraph = paragraph
        try:
            text = self._compiled(_source(template)).render(self._names)
        except UndefinedError as error:
            raise BadTemplate(f"模板“{paragraph}”：{_undefined(str(error))}") from None
        except TemplateSyntaxError as error:
            raise BadTemplate(f"模板“{paragraph}”：{_syntax(error.message or '')}") from None
        except SecurityError:
            raise BadTemplate(f"模板“{paragraph}”：占位符里只能写指标名、格式和判断词，请改正。") from None
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            said = str(error) if _CHINESE.search(str(error)) else f"占位符写法有误（{error}）"
            raise BadTemplate(f"模板“{paragraph}”：{said}，请改正该处占位符。") from None
        if _BRACE.search(text):
            raise BadTemplate(f"模板“{paragraph}”：有花括号没有成对，或用了全角花括号；占位符写作 {{{{指标名}}}}。")
        return _tidy(text)

    def _compiled(self, source: str) -> Template:
        """Compiled once for all periods of a night: the code holds nothing of this one's figures, its filters are looked up when it runs."""
        code = _CODE.get(source)
        if code is None:
            if len(_CODE) > 2000:
                _CODE.clear()
            code = _CODE[source] = self._environment.compile(source)
        return self._environment.template_class.from_code(self._environment, code, self._environment.make_globals(None))

    def word(self, of_period: str) -> str:
        """What ``{{period.…}}`` says."""
        return str(getattr(self._names["period"], of_period))

    # --- printing --------------------------------------------------------------------------------------

    def _say(self, fact: Fact, how: str) -> str:
        made = phrase(fact, how, self._period)
        return "".join(f"{part.before}{self._mark(fact, how, part, number, len(made))}{part.after}" for number, part in enumerate(made))

    def _mark(self, fact: Fact, how: str, part: Words, number: int, parts: int) -> str:
        item = fact.indicator
        at = len(self.printed)
        self.printed.append(Printed(at, None, item.id, item.title, part.text, fact.figure.status, self._paragraph, part.lacking,
                                    how, number, parts, part.before, part.after))  # fmt: skip
        return f"{OPEN}{at}{CLOSE}"

    def _make_environment(self) -> SandboxedEnvironment:
        environment = _Sandbox(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
        environment.globals = {}
        environment.finalize = self._finalize
        own: dict[str, Callable[..., str]] = {name: self._with(name) for name in (*DISPLAYS, "yoy", "prog", "list", "chars", "change", "md", "ymd", WHOLE, QUOTED)}
        environment.filters = {name: _of_fact(name, filter_) for name, filter_ in own.items()}
        return environment

    def _finalize(self, value: object) -> object:
        """What stands bare between the braces: an indicator in its own display, or words of the period."""
        if isinstance(value, Fact):
            return self._say(value, value.indicator.display)
        if isinstance(value, str | Undefined):
            return value
        raise ValueError("花括号里不是指标名，也不是文字")

    def _with(self, name: str) -> Callable[..., str]:
        def say(fact: Fact, argument: str | None = None) -> str:
            if argument is not None and name not in ("list", "change", *PINNED):
                raise ValueError(f"“|{name}”后面不带参数")
            return self._say(fact, f"{name}:{argument}" if argument else name)

        return say

    # --- state words -----------------------------------------------------------------------------------

    def _state_words(self) -> dict[str, Callable[..., Any]]:
        words_: dict[str, Callable[..., Any]] = {
            "has": lambda f: f.known,
            "zero": lambda f: f.figure.status is Status.ZERO,
            "missing": lambda f: f.figure.status in (Status.MISSING, Status.REFUSED),
            "nothing": lambda f: f.idle,
            "up": lambda f: f.rate is not None and f.rate >= words.FLAT,
            "down": lambda f: f.rate is not None and f.rate <= -words.FLAT,
            "flat": lambda f: f.rate is not None and abs(f.rate) < words.FLAT,
            "falling": lambda *facts: sum(f.rate is not None and f.rate <= -words.FLAT for f in facts),
            "eq": lambda a, b: a.known and b.known and a.number == b.number,
            "done": lambda f: f.figure.value == "是",
            "earlier": lambda f: f.known and f.day < self._period.start,
            "any": lambda *facts: any(f.figure.status is not Status.ZERO and not f.idle for f in facts),
        }
        return {name: _about_facts(name, word) for name, word in words_.items()}


def nothing_known(indicator: str, period: Period) -> Figure:
    return Figure(indicator, period.name, None, Status.MISSING, reason="本期尚无数据")


def _about_facts(name: str, word: Callable[..., Any]) -> Callable[..., Any]:
    def checked(*values: Any) -> Any:
        for value in values:
            _require_fact(value, f"“{name}(…)”里应是指标名")
        return word(*values)

    return checked


def _require_fact(value: object, said: str) -> None:
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()
    if not isinstance(value, Fact):
        raise ValueError(said)


def _of_fact(name: str, filter_: Callable[..., str]) -> Callable[..., str]:
    def checked(value: Any, *arguments: Any) -> str:
        _require_fact(value, f"“|{name}”前面应是指标名")
        return filter_(value, *arguments)

    return checked


_PARSER = SandboxedEnvironment(keep_trailing_newline=True)
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_TYPED = str.maketrans("“”‘’（）｜，＝\u00a0\u3000", "\"\"''()|,=  ")
_ARGUMENT = re.compile(r"\|\s*(\w+)\s*[:：]\s*(\w+)")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_BRACE = re.compile("[{}｛｝]")
_BETWEEN = "((?:[\ue010\ue012]\\d+[\ue011\ue013])*)"
_LEFT_OVER = (
    (re.compile(f"[，；、]{_BETWEEN}([。；])"), r"\1\2"),
    (re.compile(f"、{_BETWEEN}，"), r"\1，"),
    (re.compile(f"([。；]){_BETWEEN}[。；，、]"), r"\1\2"),
)


def _typed(tag: re.Match[str]) -> str:
    """Word turns quotes and brackets into Chinese ones while one types; inside a placeholder they are meant plain.
    ``|list:村`` is short for ``|list("村")``.
    """
    return _ARGUMENT.sub(r'|\1("\2")', tag[0].translate(_TYPED))


_UNIT_BEHIND = re.compile(rf"\|\s*(yi2(?=\s*\}}\}}{_BETWEEN}亿)|wan[012](?=\s*\}}\}}{_BETWEEN}万))\s*\}}\}}{_BETWEEN}(亿元|万元|万人次)")


def _source(template: str) -> str:
    return _with_units(_TAG.sub(_typed, template))


def parsed(template: str) -> nodes.Template:
    """The paragraph's tree of words, figures and branches. Raises jinja2's TemplateError."""
    return _PARSER.parse(_source(template))


def _with_units(template: str) -> str:
    """The unit behind a figure of ``|yi2`` or ``|wan0`` is the figure's own: one that is too small for it has another."""
    return _UNIT_BEHIND.sub(r'|\1("\5")}}\4', template)


def _tidy(text: str) -> str:
    """Punctuation that a dropped clause leaves behind: ``；。`` → ``。``, ``。；`` → ``。``."""
    for pattern, kept in _LEFT_OVER:
        before = ""
        while before != text:
            before, text = text, pattern.sub(kept, text)
    return text


def _undefined(message: str) -> str:
    match = re.search(r"'([^']+)' is undefined", message)
    return f"没有“{match[1]}”这个指标，请检查写法。" if match else "占位符里只能写指标名、格式和判断词，请改正。"


def _syntax(message: str) -> str:
    match = re.search(r"No (?:filter|test) named '([^']+)'", message)
    return f"没有“{match[1]}”这种格式，请检查写法。" if match else f"占位符写法有误（{message}），请检查花括号是否成对。"


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
    return [replace(item, slot=given.get(index)) for index, item in enumerate(printed)]
