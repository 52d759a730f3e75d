"""Which period a night reports on."""

from __future__ import annotations

from datetime import date

from catalog.periods import Month, Period, periods_ending_in

_MONTHS_OF = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def latest_period(today: date) -> Period:
    """The longest reference period whose last month is the month before today: on 20 July the half-year."""
    return periods_ending_in(Month(today.year, today.month).shift(-1))[-1]


def which_period(period: str, today: date) -> Period:
    """A period by name, by kind (month, quarter, half, year: the last one that has ended), or the longest one that has just ended.

    Raises UnknownPeriod.
    """
    if period in _MONTHS_OF:
        return period_of_kind(period, today)
    return Period.parse(period) if period else latest_period(today)


def period_of_kind(kind: str, today: date) -> Period:
    """The last ended month, quarter, half or year before today."""
    month = Month(today.year, today.month).shift(-1)
    while True:
        for period in periods_ending_in(month):
            if period.last - period.first + 1 == _MONTHS_OF[kind]:
                return period
        month = month.shift(-1)
