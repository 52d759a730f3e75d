"""A cell as the number of a person: normalised to be hashed at once, or why it cannot be trusted (GB 11643—1999, privacy.md §6)."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from catalog.grids import CellValue
from flows.intake.values import folded, foreign_digits

_PLAIN_ID = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@lru_cache(maxsize=5_000)
def identity(value: CellValue) -> tuple[str | None, str]:
    """(normalised number to be hashed at once, reason why not): GB 11643—1999, privacy.md §6.

    The same persons stand in list after list: the reader remembers some, in its own memory and while it reads.

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
    return "10X98765432"[(_weighed(number[:6], 0) + _weighed(number[6:14], 6) + _weighed(number[14:17], 14)) % 11]


@lru_cache(maxsize=1 << 11)
def _weighed(digits: str, place: int) -> int:
    """What some of the digits add to the sum; a region, a day and a number of the day come again with many persons."""
    return sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS[place:], strict=False))


@lru_cache(maxsize=1 << 10)
def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
