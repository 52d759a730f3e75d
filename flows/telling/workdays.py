"""Working days with the public holidays and 调休 of China; plain weekdays for a year whose arrangement is not known yet."""

from __future__ import annotations

from datetime import date, timedelta


def is_known(year: int) -> bool:
    """Whether the State Council's arrangement for the year is in the library."""
    from chinese_calendar.constants import holidays

    return min(holidays).year <= year <= max(holidays).year


def is_workday(day: date) -> bool:
    """A day on which offices work."""
    if not is_known(day.year):
        return day.weekday() < 5
    from chinese_calendar import is_workday

    return bool(is_workday(day))


def workdays_between(first: date, last: date) -> int:
    """Working days after ``first`` up to and including ``last``; negative the other way round."""
    if last < first:
        return -workdays_between(last, first)
    return sum(is_workday(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
