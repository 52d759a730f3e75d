"""The office's template read for checking: what should stand where in a report of this period, and which words claim what."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from catalog.catalogue import Catalogue
from catalog.observations import Figure, Status
from catalog.periods import Period
from flows.draft.verify.judge import Expected

_TAG = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}|\{#.*?#\}", re.DOTALL)
_WESTERN = str.maketrans("“”‘’（）｜，＝\u00a0\u3000", "\"\"''()|,=  ")
_CLAIMING = {"zero", "eq", "up", "down", "flat", "falling", "done", "earlier"}
_FLAT = Decimal("0.05")
_FIRST_HOLE = 0xF000
_TINY = 5


class Unreadable(ValueError):
    """A paragraph of the template that this reader does not understand."""


@dataclass(slots=True)
class Claim:
    """Words that stand only under a condition about figures."""

    words: str
    holds: bool
    about: tuple[str, ...]
    """Titles of these figures."""


@dataclass(slots=True)
class Reading:
    """The report as it should read; figures are holes, numbered over the whole report."""

    paragraphs: list[str] = field(default_factory=list)
    holes: list[Expected] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    """Words that stand unconditionally."""
    quotes: dict[str, str] = field(default_factory=dict)
    """A department's own words → the indicator that holds them."""
    lists: list[tuple[str, tuple[str, ...], str, str]] = field(default_factory=list)
    """Lists of names: title, the names, the text before and after."""
    names: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    """Single names: indicator, title, the name, the text before and after."""


def read_template(paragraphs: Sequence[str], figures: Mapping[str, Figure], catalogue: Catalogue, period: Period, every: bool = False) -> Reading:
    """``every``: as if every condition held, for clauses that stand in an older draft and would not in a new one."""
    reading = Reading()
    for paragraph in paragraphs:
        kept = (len(reading.holes), len(reading.claims))
        try:
            nodes = _parse(iter(_pieces(paragraph)), ())[0]
            text = "".join(_Walk(reading, figures, catalogue, period, every).text(nodes, shown=True))
        except (Unreadable, SyntaxError, KeyError, TypeError, ValueError, ArithmeticError):
            del reading.holes[kept[0] :], reading.claims[kept[1] :]
            continue
        reading.paragraphs.append(_noting_lists(text, reading, catalogue))
    return reading


_LIST = re.compile("\ue200(.*?)\ue201(.*?)\ue202")


def _noting_lists(text: str, reading: Reading, catalogue: Catalogue) -> str:
    """The text without the marks around its lists, which are kept with what stands beside them."""
    def plain(part: str) -> str:
        return re.sub(r"\[\[.*?\]\]", "", _LIST.sub(lambda m: m[2], part))

    for match in _LIST.finditer(text):
        title, left, right = catalogue.indicators[match[1]].title, plain(text[: match.start()]), plain(text[match.end() :])
        if "、" in match[2]:
            reading.lists.append((title, tuple(match[2].split("、")), left, right))
        elif match[2]:
            reading.names.append((match[1], title, match[2], left, right))
    return _LIST.sub(lambda m: m[2], text)


# --- the template's language -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _If:
    branches: tuple[tuple[str, tuple[_Node, ...]], ...]
    """(condition, what stands then); the condition of the rest is empty."""


_Node = str | tuple[str, str] | _If
"""Words, a figure (name, filter), or a choice."""


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    last = 0
    for match in _TAG.finditer(text):
        yield "words", text[last : match.start()]
        if match[1] is not None:
            yield "figure", match[1].translate(_WESTERN).strip()
        elif match[2] is not None:
            yield "tag", match[2].translate(_WESTERN).strip(" -")
        last = match.end()
    yield "words", text[last:]


def _parse(pieces: Iterator[tuple[str, str]], ends: tuple[str, ...]) -> tuple[tuple[_Node, ...], str]:
    nodes: list[_Node] = []
    for kind, content in pieces:
        if kind == "words":
            nodes.append(content)
        elif kind == "figure":
            name, _, how = content.partition("|")
            nodes.append((name.strip(), re.sub(r"[\s\"']", "", how).replace("(", ":").replace(")", "")))
        elif content.partition(" ")[0] in ends:
            return tuple(nodes), content
        elif content.startswith("if "):
            branches, condition = [], content[3:]
            while True:
                inside, end = _parse(pieces, ("elif", "else", "endif"))
                branches.append((condition, inside))
                if end == "endif":
                    break
                condition = end[5:] if end.startswith("elif ") else ""
            nodes.append(_If(tuple(branches)))
        else:
            raise Unreadable(content)
    return tuple(nodes), ""


class _Walk:
    """One paragraph evaluated; branches that do not hold are walked too, for the claims they make."""

    def __init__(self, reading: Reading, figures: Mapping[str, Figure], catalogue: Catalogue, period: Period, every: bool) -> None:
        self._reading, self._figures, self._catalogue, self._period, self._every = reading, figures, catalogue, period, every

    def text(self, nodes: Sequence[_Node], shown: bool, claims: tuple[str, ...] | None = None) -> Iterator[str]:
        for node in nodes:
            if isinstance(node, str):
                self._note(node, shown, claims)
                yield node if shown else ""
            elif isinstance(node, tuple):
                yield self._figure(*node) if shown else ""
            else:
                yield from self._choice(node, shown, claims)

    def _choice(self, choice: _If, shown: bool, claims: tuple[str, ...] | None) -> Iterator[str]:
        taken = False
        asked: set[str] = set()
        about: list[str] = []
        for condition, inside in choice.branches:
            calls = _calls(condition) if condition else {}
            asked |= set(calls)
            about += [name for names in calls.values() for name in names]
            holds = not taken and (not condition or bool(self._holds(condition)))
            taken = taken or holds
            mine = tuple(dict.fromkeys(about)) if asked & _CLAIMING else claims
            yield from self.text(inside, self._every or (shown and holds), mine)

    def _note(self, words: str, holds: bool, claims: tuple[str, ...] | None) -> None:
        for part in re.split(r"\[\[.*?\]\]|[，。；：、（）\s*]", words):
            if len(part) < 4:
                continue
            if claims is None:
                self._reading.plain.append(part)
            else:
                self._reading.claims.append(Claim(part, holds, tuple(self._catalogue.indicators[name].title for name in claims)))

    # --- figures ---------------------------------------------------------------------------------------

    def _figure(self, name: str, how: str) -> str:
        if name.startswith("period."):
            return self._period_word(name[7:])
        if name in ("hints", "plan_hints"):
            return ""
        indicator, figure = self._catalogue.indicators[name], self._of(name)
        how, _, argument = (how or indicator.display).partition(":")
        known = figure.status.has_value and figure.value is not None
        if how == "quoted":
            if known:
                self._note(figure.value or "", True, None)
                self._reading.quotes[figure.value or ""] = name
            return figure.value or "" if known else ""
        idle = figure.status is Status.NOT_APPLICABLE
        if how == "yoy":
            return self._growth(name, figure, known, idle)
        if how == "change":
            return self._changed(name, figure, known, argument)
        if how == "prog":
            done = self._hole("value", name, figure)
            if not known:  # a draft that had the figure before says X there, too
                return f"完成年度任务的{done}%" + (f"，较序时进度{self._hole('ahead', name, figure, None)}个百分点" if self._every else "")
            return f"完成年度任务的{done}%，{self._hole('ahead', name, figure, Decimal(figure.value or 0) - Decimal(self._period.last * 100) / 12)}"
        if not known:
            return {"md": "X月X日", "ymd": "X年X月X日"}.get(how, "—" if idle else self._hole("value", name, figure))
        if how in ("md", "ymd"):
            day = date.fromisoformat(figure.value or "")
            year = f"{day.year}年" if how == "ymd" else ""
            return f"{year}{day.month}月{day.day}日"
        if indicator.textual and not re.fullmatch(r"-?\d+(\.\d+)?", figure.value or ""):
            said = "、".join(item if item.endswith("社区") else f"{item}{argument}" for item in (figure.value or "").split("、")) if how == "list" else figure.value or ""
            said += indicator.ending if how == "whole" and not figure.reason else ""
            return f"\ue200{name}\ue201{said}\ue202"
        return self._hole("value", name, figure, step=int(how[2:]) if how in ("yu10", "yu100") else 0, cut=how in ("wan_yu", "wan_duo"), pinned=int(how[3]) if how in ("wan0", "wan1", "wan2") else -1)

    def _growth(self, name: str, figure: Figure, known: bool, idle: bool) -> str:
        indicator = self._catalogue.indicators[name]
        base = None if figure.last_year is None else Decimal(figure.last_year)
        rate = (figure.value if known else None) if indicator.kind == "growth" else figure.growth_pct
        counted = indicator.kind in ("flow", "stock", "distinct") and known and base is not None and figure.growth_source in (None, "warehouse")
        if counted and base is not None and indicator.unit != "元" and (base < _TINY or (rate is not None and Decimal(rate) > 1_000)):
            return self._changed(name, figure, known, indicator.unit)
        if counted and base == 0 and Decimal(figure.value or 0) == 0:
            return self._hole("change", name, figure, Decimal(0))
        if rate is None:
            return self._hole("rate", name, figure, None, idle=idle or (known and (base is None or base <= 0) and indicator.kind != "growth"))
        return self._hole("rate", name, figure, Decimal(rate))

    def _changed(self, name: str, figure: Figure, known: bool, unit: str) -> str:
        if not known or figure.last_year is None:
            return self._hole("change", name, figure, None, idle=known)
        now, base = Decimal(figure.value or 0), Decimal(figure.last_year)
        if base == 0 and now != 0:
            return f"由上年同期的{self._hole('value', name, figure, base)}{unit}增加到{self._hole('value', name, figure)}{unit}"
        return f"{self._hole('change', name, figure, now - base)}{unit if now != base else ''}"

    def _hole(self, kind: str, name: str, figure: Figure, value: Decimal | str | None = "", idle: bool = False, step: int = 0, cut: bool = False, pinned: int = -1) -> str:
        indicator = self._catalogue.indicators[name]
        known = figure.status.has_value and figure.value is not None
        if isinstance(value, str):
            value = Decimal(figure.value or 0) if known else None
        exact = f"{value}{indicator.unit if kind == 'value' else ''}" if value is not None else ""
        self._reading.holes.append(Expected(kind, indicator.title, name, value, idle, None, step, cut, exact, pinned, indicator.unit == "%"))
        return chr(_FIRST_HOLE + len(self._reading.holes) - 1)

    def _period_word(self, name: str) -> str:
        p = self._period
        whole = p.first == 1 and p.last == 12
        following = {(1, 3): "第二季度", (4, 6): "下半年", (1, 6): "下半年", (7, 9): "第四季度", (1, 9): "第四季度"}.get((p.first, p.last), "下一步")
        return {
            "title": f"{p.year}年" if whole else f"{p.year}年{p.chinese}", "year": str(p.year), "name": p.chinese, "span": p.span_text,
            "end": f"{p.last}月底", "next": f"{p.last + 1}月" if p.is_month and p.last < 12 else f"{p.year + 1}年{'1月' if p.is_month else ''}" if p.last == 12 else following,
        }[name]  # fmt: skip

    # --- conditions ------------------------------------------------------------------------------------

    def _of(self, name: str) -> Figure:
        return self._figures.get(name) or Figure(name, self._period.name, None, Status.MISSING)

    def _rate(self, name: str) -> Decimal | None:
        figure = self._of(name)
        if self._catalogue.indicators[name].kind == "growth":
            return Decimal(figure.value) if figure.status.has_value and figure.value is not None else None
        return None if figure.growth_pct is None else Decimal(figure.growth_pct)

    def _holds(self, condition: str) -> bool | int:
        return self._value(ast.parse(condition.strip(), mode="eval").body)

    def _value(self, node: ast.expr) -> bool | int:
        match node:
            case ast.BoolOp(op=ast.And()):
                return all(self._value(v) for v in node.values)
            case ast.BoolOp():
                return any(self._value(v) for v in node.values)
            case ast.UnaryOp(op=ast.Not()):
                return not self._value(node.operand)
            case ast.Constant(value=int()):
                return int(node.value)  # type: ignore[arg-type]
            case ast.Name(id="from_january"):
                return self._period.first == 1
            case ast.Name(id="whole_year"):
                return (self._period.first, self._period.last) == (1, 12)
            case ast.Compare(ops=[sign], comparators=[other]):
                a, b = self._value(node.left), self._value(other)
                return {ast.GtE: a >= b, ast.Gt: a > b, ast.LtE: a <= b, ast.Lt: a < b, ast.Eq: a == b}[type(sign)]  # type: ignore[index]
            case ast.Call(func=ast.Name(id=word)):
                return self._state(word, [arg.id for arg in node.args if isinstance(arg, ast.Name)])
        raise Unreadable(ast.dump(node))

    def _state(self, word: str, names: list[str]) -> bool | int:
        figures = [self._of(name) for name in names]
        rates = [self._rate(name) for name in names]
        first = figures[0]
        known = [f.status.has_value and f.value is not None for f in figures]
        answers: dict[str, Callable[[], bool | int]] = {
            "has": lambda: known[0],
            "zero": lambda: first.status is Status.ZERO,
            "missing": lambda: first.status in (Status.MISSING, Status.REFUSED),
            "nothing": lambda: first.status is Status.NOT_APPLICABLE,
            "up": lambda: rates[0] is not None and rates[0] >= _FLAT,
            "down": lambda: rates[0] is not None and rates[0] <= -_FLAT,
            "flat": lambda: rates[0] is not None and abs(rates[0]) < _FLAT,
            "falling": lambda: len([r for r in rates if r is not None and r <= -_FLAT]),
            "eq": lambda: all(known) and Decimal(first.value or 0) == Decimal(figures[1].value or 0),
            "done": lambda: first.value == "是",
            "earlier": lambda: known[0] and date.fromisoformat(first.value or "") < self._period.start,
            "any": lambda: any(f.status not in (Status.ZERO, Status.NOT_APPLICABLE) for f in figures),
        }
        if word not in answers:
            raise Unreadable(word)
        return answers[word]()


def _calls(condition: str) -> dict[str, list[str]]:
    """word → the indicators it asks about."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(ast.parse(condition.strip(), mode="eval")):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.setdefault(node.func.id, []).extend(a.id for a in node.args if isinstance(a, ast.Name))
    return found
