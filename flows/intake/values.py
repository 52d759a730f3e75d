"""One cell at a time: what a department typed → an exact value, or the reason why not (forms.md §9, M24–M36)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from operator import mul

import cn2an

from catalog.catalogue import stored_unit
from catalog.forms import Column
from catalog.grids import CellValue, ErrorValue
from catalog.issues import Action
from catalog.numbers import LOAD_PLACES, from_cell, plain
from catalog.observations import Status
from catalog.periods import Month
from catalog.units import visible

ZERO_WORDS = frozenset(
    ["无", "没有", "—", "–", "-", "－", "―", "——", "--", "/", "\\", "／", "未发生", "本月未发生", "本月无", "未开展", "本月未开展", "零", "〇"]
)
MISSING_WORDS = frozenset(["?", "？", "??", "？？", "待统计", "暂缺", "未反馈", "待反馈", "待报", "不详", "暂无数据", "区统计局未反馈", "缺"])
ERROR_CODES = frozenset(["#REF!", "#DIV/0!", "#VALUE!", "#N/A", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"])
"""Errors as text, as exports to HTML and CSV carry them."""
SAME_AS_ABOVE = frozenset(["同上", "〃", "″", "〞", "''"])

_SCALES = {"万": 10_000, "亿": 100_000_000, "千": 1_000}
_MONEY = {"元": 1, "千元": 1_000, "万元": 10_000, "亿元": 100_000_000, "万": 10_000, "亿": 100_000_000}
_AREA = {"平方米": Decimal(1), "㎡": Decimal(1), "m2": Decimal(1), "亩": Decimal("666.67"), "万平方米": Decimal(10_000)}
_VISITS = {"人次": Decimal(1), "万人次": Decimal(10_000), "万": Decimal(10_000)}
UNITS = sorted(
    {
        *_MONEY, *_AREA, *_VISITS, "户", "人", "名", "处", "座", "口", "次", "宗", "起", "只", "例", "辆", "个", "家", "条", "分", "家次", "期",
        "公里", "千米", "基", "项", "%", "％", "百分点", "枚", "笔", "栋", "间", "岁", "千伏", "个月", "天", "日", "月", "年",
    },
    key=lambda word: (-len(word), word),
)
"""Every unit word that may follow a figure, the longest first."""


def factor(unit: str, stored: str) -> Decimal | None:
    """Multiplier from a written unit to the stored one; None when the two do not measure the same."""
    if unit == stored:
        return Decimal(1)
    for family, base in ((_MONEY, "元"), (_AREA, "平方米"), (_VISITS, "人次")):
        if stored == base and unit in family:
            return Decimal(family[unit])
    return Decimal(1) if {unit, stored} <= {"人", "名"} or {unit, stored} <= {"%", "％"} else None


@dataclass(frozen=True, slots=True)
class Clean:
    """A cell understood or refused. ``number`` is in the unit of the column, before its factor."""

    status: Status
    number: Decimal | None = None
    day: date | None = None
    text: str = ""
    code: str = ""
    action: Action | None = None
    found: str = ""
    expected: str = ""
    advice: str = ""
    """Chinese: what was made of it, or what to do; the place is put before it."""
    other: Decimal | None = None
    """Second figure of a pair (``12户/35人``)."""


MISSING = Clean(Status.MISSING)


def _refuse(code: str, found: str, expected: str, advice: str) -> Clean:
    return Clean(Status.REFUSED, code=code, action=Action.REFUSE_CELL, found=found, expected=expected, advice=advice)


def folded(value: str) -> str:
    """NFKC, no-break spaces to spaces, without marks of no width, trimmed."""
    if value.isascii():
        return value.strip()
    return visible(unicodedata.normalize("NFKC", value)).replace("\xa0", " ").strip()


def shown(value: CellValue) -> str:
    """How a value stands in the sheet, for ``raw`` and for messages."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return repr(value) if not value.is_integer() or abs(value) >= 1e15 else str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ")
    return str(value)


_HARMLESS = re.compile(r"[\d\s.,:;/\\\-~()%+*#=<>!?，．。：；、—–～（）％！＋年月日号时初末旬约近余多左右以上下元角分万亿千百十一二两三四五六七八九零〇户人名次处个家座口宗起只例辆无未暂缺待统计同有是否]*", re.ASCII)
HIDDEN = "（不显示）"
TOO_LARGE = 10**18
"""No town counts or spends so much, and the warehouse keeps no more places."""


def without_persons(found: str) -> str:
    """What may be repeated of a cell in a list of persons: figures, dates and their words; a slipped column brings
    names, numbers and accounts into any cell (privacy.md).
    """
    if found in ERROR_CODES or found == "公式没有结果":
        return found
    digits = re.search(r"\d{7,}", found.replace(" ", ""))
    return found if _HARMLESS.fullmatch(found) and not digits and len(found) <= 24 else HIDDEN


def names_a_number(text: str) -> bool:
    """A telephone, identity or account number among words."""
    return re.search(r"1\d{10}|\d{12}", "".join(visible(text).split())) is not None


def without_numbers(text: str) -> str:
    """What may be repeated of a cell in a table of figures: no telephone, identity or account number among words."""
    return HIDDEN if len(text) >= 11 and names_a_number(unicodedata.normalize("NFKC", text)) else text


def _of_a_person(text: str) -> bool:
    """An identity, account or telephone number where a figure should stand."""
    return bool(re.fullmatch(r"1\d{10}|\d{12,}[Xx]?", "".join(text.split())))


def foreign_digits(text: str) -> bool:
    """Circled, raised or foreign digits: folding would make 122 of 12², 22 of ②②."""
    if text.isascii():
        return False
    return any(
        unicodedata.category(c) in ("No", "Nl", "Nd") and not ("0" <= c <= "9" or "０" <= c <= "９" or c == "〇") for c in text
    )  # fmt: skip


_LONG = 11
"""From so many characters on a figure may be a telephone, identity or account number."""

# --- numbers -----------------------------------------------------------------------------------------------

_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?|[+-]?\.\d+")
_GROUPED = re.compile(r"[+-]?\d{1,3}([, ]\d{3})+(\.\d+)?")
_APPROX_BEFORE = re.compile(r"^(大约|大概|约|近|超过|超)")
_APPROX_AFTER = re.compile(r"(左右|以上|余|多)$")
_CHINESE = re.compile(r"[〇零一二两三四五六七八九十百千万亿]+")
_PAIR = re.compile(r"(\d+)\s*户?\s*[/、,(（]?\s*(\d+)\s*人?\s*[)）]?")
_LETTERS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1"})


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
        return _refuse("M33", value.code, _expected(column), "是公式错误，请改正公式或直接填数")
    if isinstance(value, bool):
        return _refuse("M24", shown(value), _expected(column), "不是数字，请填数")
    if isinstance(value, datetime | date | time | timedelta):
        return _refuse("M24", "日期", _expected(column), "是日期格式，请改为数字")
    if isinstance(value, int | float):
        if not isfinite(value):
            return _refuse("M24", shown(value), _expected(column), "不是数字，请填数")
        if abs(value) >= TOO_LARGE:
            return _refuse("M24", HIDDEN, _expected(column), "数过大，请核实")
        if percent and column.type != "percent":
            return _refuse("M29", f"{from_cell(value) * 100:f}%", _expected(column), "显示为百分比，与本栏不符，请填数")
        exact = from_cell(value)
        code, advice, action = "", "", None
        if isinstance(value, float) and exact != Decimal(repr(value)):
            code, advice, action = "M36", f"按{plain(exact)}计", Action.FIX
        if percent and column.type == "percent":
            exact *= 100
            code, advice, action = "M29", f"是百分比格式，按{plain(exact)}计，请直接填{plain(exact)}", Action.WARN
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
        return _refuse("M24", HIDDEN, _expected(column), "像证件号码或电话号码，请填数")
    if clean.number is None or clean.status is Status.REFUSED:
        return replace(clean, found=without_numbers(clean.found)) if clean.found else clean
    if abs(clean.number) >= TOO_LARGE:
        return _refuse("M24", clean.found, _expected(column), "数过大，请核实")
    if column.type == "integer" and clean.number != clean.number.to_integral_value():
        return _refuse("M24", clean.found, _expected(column), "不是整数，请核实")
    if clean.number < 0 and not column.negative:
        return _refuse("M35", clean.found, _expected(column), "是负数，本栏不应为负，请核实")
    return clean


def _number_in_text(raw: str, column: Column, stored: str, pair: bool) -> Clean:
    text = folded(raw)
    found = raw.strip() or raw
    want = _expected(column)
    if not text:
        return MISSING
    if foreign_digits(raw):
        return _refuse("M24", found, want, "用了特殊数字符号，请填普通数字")
    if text.upper() in ERROR_CODES:
        return _refuse("M33", found, want, "是公式错误，请改正公式或直接填数")
    compact = "".join(text.split())
    if compact in ZERO_WORDS or raw.strip() in ZERO_WORDS:
        if column.role in ("flow_month", "flow_ytd") or column.role is None:
            return Clean(Status.ZERO, Decimal(0), code="M26", action=Action.FIX, found=found, expected=want, advice="按0计")
        return Clean(Status.NOT_APPLICABLE, code="M26", action=Action.FIX, found=found, expected=want, advice="按不适用计")
    if compact in MISSING_WORDS:
        return Clean(Status.MISSING, code="M26", action=Action.WARN, found=found, expected=want, advice="视为未报，请补报数字（没有发生请填0）")
    if re.search(r"\d\s+\d", text) and not re.search(r"(?<!\d)\d{1,3}( \d{3})+(?!\d)", text):
        return _refuse("M24", found, want, "数字中间有空格，请填准确数")
    if compact in SAME_AS_ABOVE:
        return _refuse("M26", found, want, "数字栏不能填“同上”，请填数")
    if column.type == "percent":
        return _rate(compact, found, want)
    if pair and (match := _PAIR.fullmatch(compact)) and re.search(r"[户/(（、]", compact):
        first, second = Decimal(match[1]), Decimal(match[2])
        return Clean(_status(first), first, code="M25", action=Action.WARN, found=found, expected=want, other=second,
                     advice=f"按{match[1]}户、{match[2]}人拆分，请分两栏填写")  # fmt: skip
    body, approximate = compact, False
    if match := _APPROX_BEFORE.match(body):
        body, approximate = body[match.end():], True
    body, unit = _without_unit(body, column, stored)
    if unit is None:
        return _refuse("M24", found, want, "单位与本栏不符，请按本栏单位填数")
    scale, unit_word = unit
    if match := _APPROX_AFTER.search(body):
        body, approximate = body[: match.start()], True
        body, again = _without_unit(body, column, stored)
        if again is None:
            return _refuse("M24", found, want, "单位与本栏不符，请按本栏单位填数")
        scale *= again[0]
        unit_word = unit_word or again[1]
    exact, how = _digits(body)
    if exact is None:
        return _refuse("M24", found, want, "不是准确的数字，请填准确数")
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
        try:
            return Decimal(str(cn2an.cn2an(body, "smart"))), "chinese"
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
    if sign < 0 and body.startswith(("-", "+")):
        return _refuse("M29", found, want, "既写下降又写正负号，分不清升降，请填数字，下降用负数")
    had_percent = body.endswith("%")
    body = body.removesuffix("%").removesuffix("个百分点")
    if body in ("持平", "基本持平"):
        body = "0"
    if not _PLAIN.fullmatch(body):
        return _refuse("M29", found, want, "不是百分数，请填数字，下降用负数")
    exact = from_cell(Decimal(body)) * sign
    action = Action.FIX if _PLAIN.fullmatch(compact) else Action.WARN
    return Clean(_status(exact), exact, code="M34" if action is Action.FIX else "M29", action=action, found=found,
                 expected=want, advice=f"按{plain(exact)}{'%' if had_percent or action is Action.WARN else ''}计，请填数字，下降用负数")  # fmt: skip


# --- dates -------------------------------------------------------------------------------------------------

_FULL = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?号?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SHORT = re.compile(r"(\d{1,2})[-./月](\d{1,2})日?号?")
_RANGE = re.compile(r"(.+?)(?:[-—–~～至]+)(\d.*)")
_MONTH = re.compile(r"(\d{4})[-./年](\d{1,2})月?|(\d{4})(\d{2})")
_SERIALS = range(36526, 47847)
_CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")


def day(value: CellValue, period: Month) -> Clean:
    """A date of a ledger row; the year of the period fills in where it is not written (M30, warned)."""
    want = "日期，如2020-06-05"
    if value is None:
        return MISSING
    if isinstance(value, ErrorValue):
        return _refuse("M33", value.code, want, "是公式错误，请填日期")
    if isinstance(value, datetime):
        return Clean(Status.REPORTED, day=value.date(), found=shown(value))
    if isinstance(value, date):
        return Clean(Status.REPORTED, day=value, found=shown(value))
    if isinstance(value, bool | time | timedelta):
        return _refuse("M30", shown(value), want, "不是日期，请填年月日")
    if isinstance(value, int | float):
        if isfinite(value) and int(value) == value and int(value) in _SERIALS:
            made = date(1899, 12, 30) + timedelta(days=int(value))
            return Clean(Status.REPORTED, day=made, code="M30", action=Action.WARN, found=shown(value), expected=want,
                         advice=f"按{made.isoformat()}计，请改为日期格式")  # fmt: skip
        text = shown(value)
    else:
        text = value
    compact = "".join(folded(text).split())
    found = text.strip()
    if not compact or compact in ZERO_WORDS:
        return MISSING
    if foreign_digits(text):
        return _refuse("M30", found, want, "用了特殊数字符号，请填年月日")
    if compact.upper() in ERROR_CODES:
        return _refuse("M33", found, want, "是公式错误，请填日期")
    if re.search(r"[一二三四五六七八九〇]", compact):
        compact = _chinese_date(compact)
    if match := _FULL.fullmatch(compact) or _COMPACT.fullmatch(compact):
        return _made(int(match[1]), match[2], match[3], found, want, Action.FIX)
    if match := _SHORT.fullmatch(compact):
        if isinstance(value, float) and match[2] in ("1", "2", "3"):
            return _refuse("M30", found, want, f"可能是{match[1]}月{match[2]}日，也可能是{match[1]}月{match[2]}0日，请填年月日")
        clean = _made(period.year, match[1], match[2], found, want, Action.WARN)
        if clean.day is not None and clean.day > period.last_day:
            return _refuse("M30", found, want, "没有写年份，按本年计则在报告期之后，请填年月日")
        return clean
    if match := _RANGE.fullmatch(compact):
        start = day(match[1], period)
        if start.day is not None and (_SHORT.fullmatch(match[2]) or _FULL.fullmatch(match[2]) or re.fullmatch(r"\d{1,2}日?", match[2])):
            return Clean(Status.REPORTED, day=start.day, code="M30", action=Action.WARN, found=found, expected=want,
                         advice=f"按开始日期{start.day.isoformat()}计，请只填一个日期")  # fmt: skip
    return _refuse("M30", found, want, "不是完整的日期，请填年月日")


def _chinese_date(compact: str) -> str:
    match = re.fullmatch(r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日?", compact)
    if not match:
        return compact
    try:
        return f"{match[1].translate(_CHINESE_DIGITS)}-{cn2an.cn2an(match[2])}-{cn2an.cn2an(match[3])}"
    except ValueError:
        return compact


def _made(year: int, month: str, day_of_month: str, found: str, want: str, action: Action) -> Clean:
    try:
        made = date(year, int(month), int(day_of_month))
    except ValueError:
        return _refuse("M30", found, want, "不是存在的日期，请核实")
    return Clean(Status.REPORTED, day=made, code="M30", action=action, found=found, expected=want, advice=f"按{made.isoformat()}计")


# --- identities --------------------------------------------------------------------------------------------

_PLAIN_ID = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_OF_THE_CODES = ord("0") * sum(_WEIGHTS)
"""What the weighted sum of the characters is above that of their digits."""


def identity(value: CellValue) -> tuple[str | None, str]:
    """(normalised number to be hashed at once, reason why not): GB 11643—1999, privacy.md §6.

    A number spoiled by a numeric cell is never repaired; the caller counts its row as one of its own.
    """
    if value is None:
        return None, "空白"
    if not isinstance(value, str):
        return None, "以数字格式存放，后三位已丢失"
    if _PLAIN_ID.fullmatch(value) and _check_digit(value) == value[-1] and _is_day(value[6:14]):
        return value, ""  # as nearly every one is
    text = "".join(folded(value).split()).strip("'").upper()
    if foreign_digits(value):
        return None, "不是18位身份证号"
    if not text:
        return None, "空白"
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", text):
        return None, "以数字格式存放，后三位已丢失"
    if re.fullmatch(r"\d{15}", text):  # the old form of the same number (GB 11643—1999): born in the last century, no check digit
        text = f"{text[:6]}19{text[6:]}"
        text += _check_digit(text)
    if not re.fullmatch(r"\d{17}[\dX]", text):
        return None, "不是18位身份证号"
    if _check_digit(text) != text[-1]:
        return None, "以数字格式存放，后三位已丢失" if text.endswith("000") else "校验码不对"
    if not _is_day(text[6:14]):
        return None, "出生日期不存在"
    return text, ""


def _check_digit(number: str) -> str:
    """The eighteenth place as the seventeen before it ask for (GB 11643—1999, ISO 7064 MOD 11-2)."""
    return "10X98765432"[(sum(map(mul, number.encode(), _WEIGHTS)) - _OF_THE_CODES) % 11]


@lru_cache(maxsize=1 << 16)
def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
