"""A cell as a day, the year filled in from the reference period where it is not written (forms.md M30)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from math import isfinite

from catalog.grids import CellValue, ErrorValue
from catalog.issues import Action
from catalog.observations import Status
from catalog.periods import Month
from flows.intake.values import ERROR_CODES, HIDDEN, MISSING, ZERO_WORDS, Clean, folded, foreign_digits, refuse, shown

_FULL = re.compile(r"(\d{4}|\d{2}(?=年))(?:[-./,、\\]{1,2}|年)(\d{1,2})(?:[-./,、\\]{1,2}|月)(\d{1,2})日?号?\.?")
_WEEKDAY = re.compile(r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SHORT = re.compile(r"(\d{1,2})[-./月](\d{1,2})日?号?")
_RANGE = re.compile(r"(.+?)(?:[-—–~～至]+)(\d.*)")
_MONTH = re.compile(r"(\d{4})[-./年](\d{1,2})月?|(\d{4})(\d{2})")
_CLOCK = re.compile(r"(?<=[\d日])[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?$")
"""Exports write a day with the time of day."""
_LONGEST = 80
"""Characters of the longest day anybody writes, from one to another."""
DAY_WANTED = "日期，如2020-06-05"
_SERIALS = range(36526, 47847)
_CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")


def day(value: CellValue, period: Month) -> Clean:
    """A date of a ledger row; the year of the period fills in where it is not written (M30, warned)."""
    want = DAY_WANTED
    if value is None:
        return MISSING
    if isinstance(value, ErrorValue):
        return refuse("M33", value.code, want, "是公式错误，请填日期")
    if isinstance(value, datetime):
        return Clean(Status.REPORTED, day=value.date(), found=shown(value))
    if isinstance(value, date):
        return Clean(Status.REPORTED, day=value, found=shown(value))
    if isinstance(value, bool | time | timedelta):
        return refuse("M30", shown(value), want, "不是日期，请填年月日")
    if isinstance(value, int | float):
        if isfinite(value) and int(value) == value and int(value) in _SERIALS:
            made = date(1899, 12, 30) + timedelta(days=int(value))
            return Clean(Status.REPORTED, day=made, code="M30", action=Action.WARN, found=shown(value), expected=want,
                         advice=f"按{made.isoformat()}计，请改为日期格式")  # fmt: skip
        text = shown(value)
    else:
        text = value
    compact = _WEEKDAY.sub("", "".join(_CLOCK.sub("", folded(text)).split()))
    found = text.strip()
    if not compact or compact in ZERO_WORDS:
        return MISSING
    if len(compact) > _LONGEST:
        return refuse("M30", HIDDEN, want, "文字过长，不是日期，请填年月日")
    if foreign_digits(text):
        return refuse("M30", found, want, "用了特殊数字符号，请填年月日")
    if compact.upper() in ERROR_CODES:
        return refuse("M33", found, want, "是公式错误，请填日期")
    if re.search(r"[一二三四五六七八九〇]", compact):
        compact = _chinese_date(compact)
    if match := _FULL.fullmatch(compact) or _COMPACT.fullmatch(compact):
        return _made(int(match[1]) + (2000 if len(match[1]) == 2 else 0), match[2], match[3], found, want, Action.FIX)
    if match := _SHORT.fullmatch(compact):
        if isinstance(value, float) and match[2] in ("1", "2", "3"):
            return refuse("M30", found, want, f"可能是{match[1]}月{match[2]}日，也可能是{match[1]}月{match[2]}0日，请填年月日")
        clean = _made(period.year, match[1], match[2], found, want, Action.WARN)
        if clean.day is not None and clean.day > period.last_day:
            return refuse("M30", found, want, "没有写年份，按本年计则在报告期之后，请填年月日")
        return clean
    if match := _RANGE.fullmatch(compact):
        start = day(match[1], period)
        if start.day is not None and (_SHORT.fullmatch(match[2]) or _FULL.fullmatch(match[2]) or re.fullmatch(r"\d{1,2}日?", match[2])):
            return Clean(Status.REPORTED, day=start.day, code="M30", action=Action.WARN, found=found, expected=want,
                         advice=f"按开始日期{start.day.isoformat()}计，请只填一个日期")  # fmt: skip
    return refuse("M30", found, want, "不是完整的日期，请填年月日")


def _chinese_date(compact: str) -> str:
    match = re.fullmatch(r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日?", compact)
    if not match:
        return compact
    try:
        from cn2an import cn2an  # a quarter of a second that most files need not pay

        return f"{match[1].translate(_CHINESE_DIGITS)}-{cn2an(match[2])}-{cn2an(match[3])}"
    except ValueError:
        return compact


def _made(year: int, month: str, day_of_month: str, found: str, want: str, action: Action) -> Clean:
    try:
        made = date(year, int(month), int(day_of_month))
    except ValueError:
        return refuse("M30", found, want, "不是存在的日期，请核实")
    return Clean(Status.REPORTED, day=made, code="M30", action=action, found=found, expected=want, advice=f"按{made.isoformat()}计")
