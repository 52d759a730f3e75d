"""A title as departments write it: whose report, of which month, by which name (forms.md M09, M12)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from catalog.periods import Month

_MONTH = r"(?P<year>20\d{2})年度?(?:1(?:月份?)?[-—–－~～至])?(?P<month>\d{1,2})月份?"
_TITLE = re.compile(rf"(?P<town>.*?){_MONTH}(?P<name>.+)")
_MONTH_ALONE = re.compile(rf"\(?{_MONTH}\)?")
_DOTTED = re.compile(r"(?P<town>.*?)(?P<year>20\d{2})[-./](?P<month>\d{1,2})(?![-./\d])月?份?(?P<name>.*)")
_NO_YEAR = re.compile(r"(?P<town>[^\d]*?)(?P<month>\d{1,2})月份?(?P<name>.+)")
_CHINESE_MONTH = re.compile(r"(二[〇零○o0O][一二三四五六七八九〇零○]{2})年(十[一二]?|[一二三四五六七八九])月")
_DIGITS = str.maketrans("〇零○oO一二三四五六七八九", "00000123456789")
_NUMBERS = {word: number for number, word in enumerate(["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"], 1)}
_VERSION = re.compile(r"[-—_]?[(\[【]?(?:修订|修改|更正|定|终|正式|最终|初|草|报送|核对)[稿版]?\d?[)\]】]?$|[(\[【](?:1|月报|汇总)[)\]】]$|[-—_]+副本$")
"""What marks one version of a report among others: no part of its name."""
_TOWN = re.compile(r".*?(?:镇|乡|街道)")
_OFFICE = re.compile(r"|.*(?:镇|乡|街道|人民政府|办事处)")
_WORDS_ONLY = re.compile(r"[^\w]")


def squeeze(text: str) -> str:
    """For comparing titles: NFKC, only letters, digits and characters."""
    return _WORDS_ONLY.sub("", unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=1024)
def squeezed_title(title: str) -> str:
    """:func:`squeeze` for the titles that the forms declare: they are compared with every file."""
    return squeeze(title)


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says. ``name`` is a known title where the words are one's; ``month`` is None where it gives no year."""

    town: str
    month: Month | None
    name: str
    number: int = 0
    """The month without its year."""


def month_alone(text: str) -> Month | None:
    """``（2020年6月）`` in a cell of its own, below or beside the title. ``text`` is folded."""
    text = _with_digits(text)
    match = _MONTH_ALONE.fullmatch(text) if "20" in text else None  # quickly told of nearly every cell: without a year none of them fits
    return _month(match) if match else None


def title_of(text: str, known: Collection[str]) -> Title | None:
    """A folded text as a title: ``某镇2020年6月某表``, ``某镇某表（2020年6月）``; ``known``: the squeezed titles of all forms.

    Ways of writing the month that dates have too (2020.6), or without a year, are read in a known title alone.
    """
    text = _with_digits(text)
    if "20" not in text and "月" not in text:
        return None  # as of nearly every cell: each of the patterns asks for one of the two
    if (match := _TITLE.fullmatch(text)) and (month := _month(match)) is not None:
        return _made(match["town"], month, match["name"], known) or _unknown(match["town"], month, match["name"])
    if (match := _DOTTED.fullmatch(text)) and (month := _month(match)) is not None:
        return _made(match["town"], month, match["name"], known)
    if (match := _NO_YEAR.fullmatch(text)) and 1 <= int(match["month"]) <= 12 and (made := _made(match["town"], None, match["name"], known)):
        return Title(made.town, None, made.name, int(match["month"]))
    return None


def name_alone(text: str, known: Collection[str]) -> Title | None:
    """A known title that says no month."""
    return _made(text, None, "", known)


def in_the_year_of(number: int, filled: date) -> Month:
    """The month with this number that is last on the day a form was filled in."""
    return Month(filled.year if number <= filled.month else filled.year - 1, number)


def _unknown(town: str, month: Month, name: str) -> Title:
    """A title no form has; where it stands before the month, its town ends with 镇."""
    if squeeze(name):
        return Title(town, month, name)
    office = _TOWN.match(town)
    return Title(office[0] if office else "", month, town[office.end() if office else 0 :].rstrip("(["))


def _with_digits(text: str) -> str:
    """二〇二〇年六月 as 2020年6月."""
    return _CHINESE_MONTH.sub(lambda m: f"{m[1].translate(_DIGITS)}年{_NUMBERS[m[2]]}月", text) if "二" in text else text


def _month(match: re.Match[str]) -> Month | None:
    return Month(int(match["year"]), int(match["month"])) if 1 <= int(match["month"]) <= 12 else None


def _made(town: str, month: Month | None, name: str, known: Collection[str]) -> Title | None:
    """With the known title that stands behind the month, or before it."""
    behind = squeeze(_VERSION.sub("", name).removeprefix("的"))
    if behind in known:
        return Title(town, month, behind)
    if behind:
        return None
    before = squeeze(_VERSION.sub("", town.rstrip("([")))
    for title in sorted(known, key=len, reverse=True):
        if before.endswith(title) and _OFFICE.fullmatch(before.removesuffix(title)):
            return Title(before.removesuffix(title), month, title)
    return None
