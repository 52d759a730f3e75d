"""Reference periods: the month, the legal two-month period 1—2月, quarter, half-year, nine months, year.

The names are those of CONTRACT §3; every other name is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple


class Month(NamedTuple):
    """A calendar month; sorts by time."""

    year: int
    month: int

    @classmethod
    def parse(cls, name: str) -> Month:
        """``2020-06``; :class:`UnknownPeriod` for anything else."""
        return _month(name)

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return _last_day(self)

    def shift(self, months: int) -> Month:
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    @property
    def name(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    def __str__(self) -> str:
        return self.name


@lru_cache(maxsize=4096)
def _month(name: str) -> Month:
    period = Period.parse(name)
    if not period.is_month:
        raise UnknownPeriod(f"{name!r} is not a month; write it as 2020-06")
    return period.last_month


@lru_cache(maxsize=4096)
def _last_day(month: Month) -> date:
    return month.shift(1).first_day - timedelta(days=1)


# suffix of the name → (first month, last month)
_SPANS = {
    **{f"{m:02d}": (m, m) for m in range(1, 13)},
    "01..02": (1, 2),
    "Q1": (1, 3),
    "Q2": (4, 6),
    "Q3": (7, 9),
    "Q4": (10, 12),
    "H1": (1, 6),
    "H2": (7, 12),
    "9M": (1, 9),
    "": (1, 12),
}
_NAME_OF_SPAN = {span: suffix for suffix, span in _SPANS.items()}
_PATTERN = re.compile(r"(\d{4})(?:-(.+))?")

_CHINESE = {
    "01..02": "1—2月",
    "Q1": "第一季度",
    "Q2": "第二季度",
    "Q3": "第三季度",
    "Q4": "第四季度",
    "H1": "上半年",
    "H2": "下半年",
    "9M": "前三季度",
    "": "全年",
}


class UnknownPeriod(ValueError):
    """A period name outside CONTRACT §3."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A reference period of whole months inside one year.

    ``first`` and ``last`` are month numbers, both included. Only the spans of
    CONTRACT §3 exist; anything else raises :class:`UnknownPeriod`.
    """

    year: int
    first: int
    last: int

    def __post_init__(self) -> None:
        if (self.first, self.last) not in _NAME_OF_SPAN:
            raise UnknownPeriod(f"{self.year} months {self.first}..{self.last} is not a reference period")

    @classmethod
    def parse(cls, name: str) -> Period:
        match = _PATTERN.fullmatch(name)
        if match and (match[2] or "") in _SPANS and match[2] != "":
            first, last = _SPANS[match[2] or ""]
            return cls(int(match[1]), first, last)
        raise UnknownPeriod(
            f"{name!r} is not a reference period; write one of 2020-06, 2020-01..02, 2020-Q2, 2020-H1, 2020-9M, 2020"
        )

    @classmethod
    def of_month(cls, month: Month) -> Period:
        return cls(month.year, month.month, month.month)

    @property
    def name(self) -> str:
        suffix = _NAME_OF_SPAN[(self.first, self.last)]
        return f"{self.year:04d}-{suffix}" if suffix else f"{self.year:04d}"

    @property
    def months(self) -> tuple[Month, ...]:
        return tuple(Month(self.year, m) for m in range(self.first, self.last + 1))

    @property
    def start(self) -> date:
        return date(self.year, self.first, 1)

    @property
    def end(self) -> date:
        return Month(self.year, self.last).last_day

    @property
    def last_month(self) -> Month:
        return Month(self.year, self.last)

    @property
    def is_month(self) -> bool:
        return self.first == self.last

    @property
    def last_year(self) -> Period:
        """The equal window one year before (rules.md §1.5)."""
        return Period(self.year - 1, self.first, self.last)

    @property
    def from_january(self) -> bool:
        return self.first == 1

    # --- the words a report uses -------------------------------------------------
    @property
    def span_text(self) -> str:
        """``1—6月``; a time span takes the one-character dash (GB/T 15834—2011)."""
        return f"{self.last}月" if self.is_month else f"{self.first}—{self.last}月"

    @property
    def chinese(self) -> str:
        """``上半年``, ``第一季度``, ``6月`` …, without the year."""
        suffix = _NAME_OF_SPAN[(self.first, self.last)]
        return _CHINESE.get(suffix, f"{self.last}月")

    def __str__(self) -> str:
        return self.name


def periods_ending_in(month: Month) -> tuple[Period, ...]:
    """Every reference period whose last month is this one, the shortest first."""
    spans = sorted((s for s in _NAME_OF_SPAN if s[1] == month.month), key=lambda s: (s[1] - s[0], s))
    return tuple(Period(month.year, *span) for span in spans)


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """The months from first to last, both included."""
    while first <= last:
        yield first
        first = first.shift(1)
