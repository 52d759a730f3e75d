"""Which figures a hand-in can reach, and which hand-ins a figure can rest on: from how each indicator is declared, without a look at any cell.

It may say too much, never too little: what it leaves out is not computed again when that hand-in changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from catalog.catalogue import Catalogue
from catalog.indicators import FromColumn, FromGrowth, FromLastYearColumn, FromLedger, FromPart, FromRatio, FromSince, Indicator
from catalog.periods import Month, Period

Slice = tuple[str, Month]
"""(form, month)."""
Key = tuple[str, str]
"""(indicator, name of the period)."""


@dataclass(frozen=True, slots=True)
class Rests:
    """Months of one form that figures of an indicator rest on: those of the period's year and of so many years before it."""

    form: str
    years: int
    all_months: bool
    """From January to the period's last month; else only months of that name."""

    def on(self, month: Month, period: Period) -> bool:
        """Whether a figure of this period can rest on this month's hand-in."""
        return 0 <= period.year - month.year <= self.years and (month.month <= period.last if self.all_months else month.month == period.last)

    def months(self, period: Period) -> Iterable[Month]:
        """Every month that a figure of this period can rest on."""
        first = 1 if self.all_months else period.last
        return (Month(period.year - back, month) for back in range(self.years + 1) for month in range(first, period.last + 1))


class Reach:
    """What every indicator of one catalogue rests on."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._value = cache(self._value_of)
        self._rests = {name: self._figure(indicator) for name, indicator in catalogue.indicators.items()}
        self.indicators = tuple(self._rests)
        self._pairs = [(i.id, i.agrees_with.indicator) for i in catalogue.indicators.values() if i.agrees_with is not None]

    def forms(self, indicator: str) -> frozenset[str]:
        """The forms whose hand-ins its figures rest on."""
        return frozenset(rests.form for rests in self._rests.get(indicator, ()))

    @property
    def told(self) -> frozenset[str]:
        """The forms to whose hand-ins a contradiction may be said."""
        return frozenset().union(*map(self._both, self._pairs))

    def beside(self, forms: Collection[str]) -> frozenset[str]:
        """With those whose figures must agree with theirs: a contradiction is said to both."""
        return frozenset(forms).union(*(both for both in map(self._both, self._pairs) if not both.isdisjoint(forms)))

    def reached(self, slices: Collection[Slice], periods: Collection[Period]) -> set[Key]:
        """The figures that can rest on one of these slices."""
        months: dict[str, set[Month]] = {}
        for form, month in slices:
            months.setdefault(form, set()).add(month)
        return {
            (name, period.name) for name, rests in self._rests.items() for period in periods
            if any(one.on(month, period) for one in rests if one.form in months for month in months[one.form])
        }  # fmt: skip

    def compared(self, figures: Collection[Key], settled: Collection[str], periods: Collection[Period]) -> set[Key]:
        """These figures, all that must agree with one of them, and all monthly ones of which hand-ins of the settled forms are told."""
        found = set(figures)
        for pair in self._pairs:
            if not self._both(pair).isdisjoint(settled):
                found |= {(name, period.name) for name in pair for period in periods if period.is_month}
        for _ in self._pairs:  # one may have to agree with another, and that with a third
            for pair in self._pairs:
                found |= {(name, period.name) for name in pair for period in periods if any((one, period.name) in found for one in pair)}
        return {(name, period) for name, period in found if name in self._rests}

    def _both(self, pair: tuple[str, str]) -> frozenset[str]:
        return self.forms(pair[0]) | self.forms(pair[1])

    def needed(self, figures: Iterable[Key]) -> set[Slice]:
        """Every slice that one of these figures can rest on."""
        names: dict[str, set[str]] = {}
        for name, period in figures:
            names.setdefault(period, set()).add(name)
        return {
            (rests.form, month) for name, indicators in names.items() for period in [Period.parse(name)]
            for rests in {one for indicator in indicators for one in self._rests.get(indicator, ())} for month in rests.months(period)
        }  # fmt: skip

    def _figure(self, indicator: Indicator) -> frozenset[Rests]:
        """The row of a figure: its value, that of a year before, and what stands in its own form beside it."""
        beside = [Rests(indicator.form, 0, False)] if indicator.form else []
        return _earlier(self._value(indicator.id)).union(beside)

    def _value_of(self, name: str) -> frozenset[Rests]:
        indicator = self._catalogue.indicators.get(name)
        match indicator.from_ if indicator is not None else None:
            case FromColumn(form=form):
                return frozenset([Rests(form, 0, indicator is not None and indicator.kind in ("flow", "minimum"))])
            case FromLedger(form=form, months=months):
                return frozenset([Rests(form, 0, months != "last")])
            case FromLastYearColumn(form=form):
                return frozenset([Rests(form, 0, False)])
            case FromSince(form=form):
                return frozenset([Rests(form, 0, True)])
            case FromPart(of=of):
                return self._value(of)
            case FromRatio(part=part, whole=whole):
                return self._value(part) | self._value(whole)
            case FromGrowth() as growth:
                grown = self._catalogue.indicators.get(growth.of)
                own = [Rests(form, 0, False) for form in (growth.form if growth.reported else "", grown.form if grown is not None and grown.growth_base else "") if form]
                return _earlier(self._value(growth.of)).union(self._value(growth.base) if growth.base else (), own)
        return frozenset()


def _earlier(rests: Iterable[Rests]) -> frozenset[Rests]:
    """The same and what it was a year before."""
    return frozenset(Rests(one.form, one.years + 1, one.all_months) for one in rests)
