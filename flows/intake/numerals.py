"""A cell as a figure: what a department typed → an exact number in the column's unit, or the reason why not (forms.md M24–M36)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite

from catalog.catalogue import stored_unit
from catalog.forms import Column
from catalog.grids import CellValue, ErrorValue
from catalog.issues import Action
from catalog.numbers import LOAD_PLACES, from_cell, plain
from catalog.observations import Status
from flows.intake.values import (
    ERROR_CODES,
    HIDDEN,
    MISSING,
    MISSING_WORDS,
    SAME_AS_ABOVE,
    ZERO_WORDS,
    Clean,
    folded,
    foreign_digits,
    refuse,
    shown,
    without_names,
)

_SCALES = {"万": 10_000, "亿": 100_000_000, "千": 1_000}
_MONEY = {"元": 1, "千元": 1_000, "万元": 10_000, "亿元": 100_000_000, "万": 10_000, "亿": 100_000_000}
_AREA = {"平方米": Decimal(1), "㎡": Decimal(1), "m2": Decimal(1), "亩": Decimal("666.67"), "万平方米": Decimal(10_000),
         "公顷": Decimal(10_000), "平方公里": Decimal(1_000_000), "平方千米": Decimal(1_000_000)}  # fmt: skip
_VISITS = {"人次": Decimal(1), "万人次": Decimal(10_000), "万": Decimal(10_000)}
UNITS = sorted(
    {
        *_MONEY, *_AREA, *_VISITS, "户", "人", "名", "处", "座", "口", "次", "宗", "起", "只", "例", "辆", "个", "家", "条", "分", "家次", "期",
        "公里", "千米", "基", "项", "%", "％", "百分点", "枚", "笔", "栋", "间", "岁", "千伏", "个月", "天", "日", "月", "年",
    },
    key=lambda word: (-len(word), word),
)
"""Every unit word that may follow a figure, the longest first."""


@lru_cache(maxsize=4096)
def factor(unit: str, stored: str) -> Decimal | None:
    """Multiplier from a written unit to the stored one; None when the two do not measure the same."""
    if unit == stored:
        return Decimal(1)
    for family, base in ((_MONEY, "元"), (_AREA, "平方米"), (_VISITS, "人次")):
        if stored == base and unit in family:
            return Decimal(family[unit])
    return Decimal(1) if {unit, stored} <= {"人", "名"} or {unit, stored} <= {"%", "％"} else None

TOO_LARGE = 10**18
"""No town counts or spends so much, and the warehouse keeps no more places."""

_LONG = 11
PLAIN_BELOW = 10 ** (_LONG - 1)
"""A whole number from 0 on and below this is a plain figure in any column of figures."""
"""From so many characters on a figure may be a telephone, identity or account number."""

_LONGEST = 200
"""Characters of the longest figure anybody writes, with its words."""

_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?|[+-]?\.\d+")
_GROUPED = re.compile(r"[+-]?\d{1,3}([, ]\d{3})+(\.\d+)?")
_OR_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
"""1.500 may be one and a half or one thousand five hundred."""
_APPROX_BEFORE = re.compile(r"^(大约|大概|约|近|超过|超)")
_APPROX_AFTER = re.compile(r"(左右|以上|余|多)$")
_CHINESE = re.compile(r"[〇零一二两三四五六七八九十百千万亿]+")
_TENS_OF_THOUSANDS = re.compile(r"[〇零一二两三四五六七八九十百千][万亿][〇零一二两三四五六七八九十百千]")
_PAIR = re.compile(r"(\d+)\s*户?\s*[/、,(（]?\s*(\d+)\s*人?\s*[)）]?")
YEARS = range(1949, 2100)
"""What a column of years may hold; 19 or 0 would fit no condition and silently not count."""
_LETTERS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1"})


def _of_a_person(text: str) -> bool:
    """An identity, account or telephone number where a figure should stand."""
    return bool(re.fullmatch(r"1\d{10}|\d{12,}[Xx]?", "".join(text.split())))


def number_like(text: str) -> bool:
    """A text that is a plain figure, grouped or not, in any width."""
    compact = "".join(folded(text).split())
    return bool(_PLAIN.fullmatch(compact) or _GROUPED.fullmatch(compact))


def number(value: CellValue, column: Column, *, percent: bool = False, stored: str = "", pair: bool = False) -> Clean:
    """A figure. ``percent``: the cell's format shows it as percent; ``stored``: the unit it is kept in.

    Returns a :class:`Clean` whose number is in the column's own unit; words like 12.5万 are multiplied out.
    A blank is missing and never zero; a zero must be written (rules.md §7).
    """
    if value is None:
        return MISSING
    if isinstance(value, ErrorValue):
        return refuse("M33", value.code, _expected(column), "是公式错误，请改正公式或直接填数")
    if isinstance(value, bool):
        return refuse("M24", shown(value), _expected(column), "不是数字，请填数")
    if isinstance(value, datetime | date | time | timedelta):
        return refuse("M24", "日期", _expected(column), "是日期格式，请改为数字")
    if isinstance(value, int | float):
        if not isfinite(value):
            return refuse("M24", shown(value), _expected(column), "不是数字，请填数")
        if abs(value) >= TOO_LARGE:
            return refuse("M24", HIDDEN, _expected(column), "数过大，请核实")
        if percent and column.type != "percent":
            return refuse("M29", f"{from_cell(value) * 100:f}%", _expected(column), "显示为百分比，与本栏不符，请填数")
        exact = from_cell(value)
        code, advice, action = "", "", None
        if isinstance(value, float) and exact != Decimal(repr(value)):
            code, advice, action = "M36", f"按{plain(exact)}计", Action.FIX
        if percent and column.type == "percent":
            exact *= 100
            code, advice, action = "M29", f"是百分比格式，按{plain(exact)}计，请直接填{plain(exact)}", Action.FIX
        return _bounded(
            Clean(_status(exact), exact, code=code, action=action, found=shown(value), expected=_expected(column), advice=advice),
            column,
        )
    return _bounded(_number_in_text(value, column, stored, pair), column)


def plain_figure(value: CellValue, *, whole: bool, negative: bool) -> str | None:
    """The exact text of a figure of which nothing has to be said; None where :func:`number` has to look at it.

    ``whole``: the column counts; ``negative``: a minus is honest in it. What this returns is what :func:`number` finds.
    """
    if type(value) is float:
        text = repr(value)
        before, _, after = text.partition(".")
        if after == "0":
            text = before
        elif whole or not after or len(after) > LOAD_PLACES or "e" in after:
            return None
    elif type(value) is int:
        text = str(value)
    else:
        return None
    if len(text) >= _LONG or text == "-0" or (text[0] == "-" and not negative):
        return None
    return text


def in_stored_unit(number: Decimal, factor: Decimal) -> str:
    """Exact text in the stored unit, at most six decimals."""
    return plain(from_cell(number * factor))


def _status(exact: Decimal) -> Status:
    return Status.REPORTED if exact else Status.ZERO


def _expected(column: Column) -> str:
    return _wanted(column.type, column.unit)


@lru_cache(maxsize=256)
def _wanted(kind: str, unit: str) -> str:
    word = {"integer": "整数", "percent": "百分数"}.get(kind, "数字")
    return f"{word}（{unit}）" if unit else word


def _bounded(clean: Clean, column: Column) -> Clean:
    """Integers are whole and figures are not negative, unless the form allows it (M35)."""
    if len(clean.found) >= _LONG and _of_a_person(clean.found):
        return refuse("M24", HIDDEN, _expected(column), "像证件号码或电话号码，请填数")
    if clean.number is None or clean.status is Status.REFUSED:
        return replace(clean, found=without_names(clean.found)) if clean.found else clean
    if abs(clean.number) >= TOO_LARGE:
        return refuse("M24", clean.found, _expected(column), "数过大，请核实")
    if column.type == "integer" and clean.number != clean.number.to_integral_value():
        return refuse("M24", clean.found, _expected(column), "不是整数，请核实")
    if column.unit == "年" and clean.number not in YEARS:
        return refuse("M24", clean.found, _expected(column), "不是年份，请填四位年份，如2020")
    if clean.number < 0 and not column.negative:
        return refuse("M35", clean.found, _expected(column), "是负数，本栏不应为负，请核实")
    return clean


def _number_in_text(raw: str, column: Column, stored: str, pair: bool) -> Clean:
    text = folded(raw)
    found = raw.strip() or raw
    want = _expected(column)
    if not text:
        return MISSING
    if len(text) > _LONGEST:
        return refuse("M24", HIDDEN, want, "文字过长，不是数字，请填准确数")
    if foreign_digits(raw):
        return refuse("M24", found, want, "用了特殊数字符号，请填普通数字")
    if text.upper() in ERROR_CODES:
        return refuse("M33", found, want, "是公式错误，请改正公式或直接填数")
    compact = "".join(text.split())
    if compact in ZERO_WORDS or raw.strip() in ZERO_WORDS:
        if column.role in ("flow_month", "flow_ytd") or column.role is None:
            return Clean(Status.ZERO, Decimal(0), code="M26", action=Action.FIX, found=found, expected=want, advice="按0计")
        return Clean(Status.NOT_APPLICABLE, code="M26", action=Action.FIX, found=found, expected=want, advice="按不适用计")
    if compact in MISSING_WORDS:
        return Clean(Status.MISSING, code="M26", action=Action.WARN, found=found, expected=want, advice="视为未报，请补报数字（没有发生请填0）")
    if re.search(r"\d\s+\d", text) and not re.search(r"(?<!\d)\d{1,3}( \d{3})+(?!\d)", text):
        return refuse("M24", found, want, "数字中间有空格，请填准确数")
    if compact in SAME_AS_ABOVE:
        return refuse("M26", found, want, "数字栏不能填“同上”，请填数")
    if column.type == "percent":
        return _rate(compact, found, want)
    if pair and (match := _PAIR.fullmatch(compact)) and re.search(r"[户/(（、]", compact):
        first, second = Decimal(match[1]), Decimal(match[2])
        return Clean(_status(first), first, code="M25", action=Action.WARN, found=found, expected=want, other=second,
                     advice=f"按{match[1]}户、{match[2]}人拆分，请分两栏填写")  # fmt: skip
    body, approximate = compact.removeprefix("¥") if column.unit == "元" and re.match(r"¥\d", compact) else compact, False
    if match := _APPROX_BEFORE.match(body):
        body, approximate = body[match.end():], True
    body, unit = _without_unit(body, column, stored)
    if unit is None:
        return refuse("M24", found, want, "单位与本栏不符，请按本栏单位填数")
    scale, unit_word = unit
    if match := _APPROX_AFTER.search(body):
        body, approximate = body[: match.start()], True
        body, again = _without_unit(body, column, stored)
        if again is None:
            return refuse("M24", found, want, "单位与本栏不符，请按本栏单位填数")
        scale *= again[0]
        unit_word = unit_word or again[1]
    if (column.type == "integer" or (column.unit == "元" and unit_word in ("", "元"))) and _OR_GROUPED.fullmatch(body):
        return refuse("M24", found, want, f"小数点后恰有三位，分不清是{plain(Decimal(body))}还是千分位的{body.replace('.', '')}，请填准确数")
    exact, how = _digits(body)
    if exact is None:
        return refuse("M24", found, want, "不是准确的数字，请填准确数")
    if how == "chinese" and column.unit[:1] in _SCALES and _TENS_OF_THOUSANDS.search(body):
        return refuse("M24", found, want, f"分不清是以元计还是以{column.unit}计，请按本栏单位填数字")
    exact *= scale
    if approximate:
        return Clean(Status.PROVISIONAL, exact, code="M24", action=Action.WARN, found=found, expected=want,
                     advice=f"是约数，暂按{plain(exact)}计，请填准确数")  # fmt: skip
    if how in ("letters", "chinese") or scale != 1:
        return Clean(_status(exact), exact, code="M24", action=Action.WARN, found=found, expected=want,
                     advice=f"按{plain(exact)}计，请核实后填数字")  # fmt: skip
    code = "M34" if found == compact and how == "plain" and not unit_word else "M24"
    return Clean(_status(exact), exact, code=code, action=Action.FIX, found=found, expected=want, advice=f"按{plain(exact)}计")


def _without_unit(body: str, column: Column, stored: str) -> tuple[str, tuple[Decimal, str] | None]:
    """Strip a trailing unit; (factor relative to the column's unit, the word), or None when it is another unit."""
    for word in UNITS:
        if word == "千元" and _TENS_OF_THOUSANDS.search(body):
            continue  # 一万二千元 is 12000元, not 一万二 of 千元
        if body.endswith(folded(word)) and len(body) > len(folded(word)):
            rest = body[: -len(folded(word))]
            stored = stored or stored_unit(column.unit)
            own = factor(column.unit, stored) if stored else Decimal(1)
            if word in _SCALES:
                if own and column.unit[:1] in _SCALES:  # 5万 in a column of 万元 is 5万元, and 5亿 is 50000
                    return rest, (_SCALES[word] / own, word) if _SCALES[word] >= own else None
                return rest, (Decimal(_SCALES[word]), word)
            if word == column.unit or folded(word) == folded(column.unit):
                return rest, (Decimal(1), word)
            to_stored = factor(word, stored) if stored else None
            if to_stored is not None and own and to_stored >= own:
                return rest, (to_stored / own, word)
            return rest, None
    return body, (Decimal(1), "")


def _digits(body: str) -> tuple[Decimal | None, str]:
    if len(body) > 22:
        return None, ""
    if _PLAIN.fullmatch(body):
        return from_cell(Decimal(body)), "plain"
    if _GROUPED.fullmatch(body):
        return from_cell(Decimal(body.replace(",", "").replace(" ", ""))), "grouped"
    fixed = body.translate(_LETTERS)
    if fixed != body and _PLAIN.fullmatch(fixed) and any(c.isdigit() for c in body):
        return from_cell(Decimal(fixed)), "letters"
    if _CHINESE.fullmatch(body) and re.search(r"[一二两三四五六七八九十]", body) and not _is_about(body):
        from cn2an import cn2an  # a quarter of a second that most files need not pay

        try:
            return Decimal(str(cn2an(body, "smart"))), "chinese"
        except (ValueError, KeyError):
            return None, ""
    return None, ""


def _is_about(chinese: str) -> bool:
    """两三 is two or three and 十五六 fifteen or sixteen; 一二〇 and 一二三 are written place by place."""
    if not re.search(r"[一二两三四五六七八九]{2}", chinese):
        return False
    return not re.fullmatch(r"[〇零一二三四五六七八九]+", chinese) or (len(chinese) == 2)


_DOWN = re.compile(r"^(同比)?(下降|减少|降低|↓|▼|▲|负增长|降)")
_UP = re.compile(r"^(同比)?(增长|增加|上升|提高|↑|△|增)")


def _rate(compact: str, found: str, want: str) -> Clean:
    """A rate in percent: ``↓6.6``, ``下降6.6%``, ``(6.6)`` and ``▲6.6`` are falls (forms.md M29)."""
    body, sign = compact, 1
    if match := _DOWN.match(body):
        body, sign = body[match.end():], -1
    elif match := _UP.match(body):
        body = body[match.end():]
    elif re.fullmatch(r"\(.+\)", body):
        body, sign = body[1:-1], -1
    elif re.fullmatch(r"[\d.]+%?[↓↑]", body):
        body, sign = body[:-1], -1 if body[-1] == "↓" else 1
    if sign < 0 and body.startswith(("-", "+")):
        return refuse("M29", found, want, "既写下降又写正负号，分不清升降，请填数字，下降用负数")
    had_percent = body.endswith("%")
    body = body.removesuffix("%").removesuffix("个百分点")
    if body in ("持平", "基本持平"):
        body = "0"
    if not _PLAIN.fullmatch(body):
        return refuse("M29", found, want, "不是百分数，请填数字，下降用负数")
    exact = from_cell(Decimal(body)) * sign
    action = Action.FIX if _PLAIN.fullmatch(compact.removesuffix("%")) else Action.WARN
    return Clean(_status(exact), exact, code="M34" if action is Action.FIX else "M29", action=action, found=found,
                 expected=want, advice=f"按{plain(exact)}{'%' if had_percent or action is Action.WARN else ''}计，请填数字，下降用负数")  # fmt: skip
