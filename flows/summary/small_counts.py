"""Small counts of persons by village do not leave the office, nor what they could be worked out from (privacy.md §4).

What is hidden is hidden for a whole heading: where the households of 低保 are hidden, so are its persons and its money.
Then more villages are hidden until no count can be had from a total: neither by subtraction, nor because only one
whole number fits. A period that holds a month with a hidden cell hides that village too; so periods tell no more than
months, and month by month at least two cells stand behind every total.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog.catalogue import Catalogue
from catalog.indicators import FromColumn, Indicator
from catalog.observations import Reading
from catalog.periods import Period
from flows.summary.villages import values_by_month, village_on, village_values

Shown = str | Decimal
Months = Mapping[str, Mapping[str, Mapping[str, Decimal | None]]]
"""Month name → indicator → village → figure."""
HIDDEN = "*"
_THRESHOLDS = {"none": 0, "person": 3, "household": 3, "sensitive": 5}
_PERSONS = frozenset(["人", "户", "名", "人次", "例"])


@dataclass(frozen=True, slots=True)
class Column:
    """One column by village; ``threshold`` 0: no count of persons, it is hidden where its neighbours are."""

    values: Mapping[str, Decimal | None]
    threshold: int

    def small(self, code: str) -> bool:
        value = self.values.get(code)
        return value is not None and 0 < value < self.threshold

    def smalls(self) -> set[str]:
        return {code for code, value in self.values.items() if value is not None and 0 < value < self.threshold} if self.threshold else set()


@dataclass(frozen=True, slots=True)
class Hidden:
    """Villages whose cells under one heading are hidden; ``all``: none could stand, not even as ``<3``."""

    villages: frozenset[str] = frozenset()
    all: bool = False

    def show(self, column: Column, code: str) -> Shown | None:
        """What is printed: the value, ``<3`` or ``<5``, ``*``; None is missing."""
        value = column.values.get(code)
        if value is None or code not in self.villages:
            return value
        return f"<{column.threshold}" if column.small(code) and not self.all else HIDDEN


def threshold_of(indicator: Indicator) -> int:
    """From how many on a village's count is shown; 0: always."""
    return _THRESHOLDS[indicator.personal] if indicator.unit in _PERSONS else 0


def measures_of_persons(catalogue: Catalogue) -> list[str]:
    """The columns by village of which small counts are hidden."""
    return [measure for measure, indicator in catalogue.by_village.items() if threshold_of(indicator)]


def is_count(unit: str) -> bool:
    """Persons or households: a small number of them is somebody."""
    return unit in _PERSONS


def hide(columns: Sequence[Column], already: Collection[str] = ()) -> Hidden:
    """The villages to hide in all these columns of one heading: the small ones, then the next smallest until all are safe.

    ``already``: those that an earlier hand-in of this month had hidden; they stay so, or the two tables side by side would tell.
    """
    codes = {code for column in columns for code, value in column.values.items() if value is not None}
    small = [column.smalls() for column in columns]
    villages = codes.intersection(already).union(*small)
    if not villages:
        return Hidden()
    persons = [column for column in columns if column.threshold]
    counted = [column for column, few in zip(columns, small, strict=True) if few] or persons

    def size(code: str) -> tuple[bool, Decimal, str]:
        """The next smallest first; a nought tells least and comes last."""
        values = [column.values.get(code) or Decimal(0) for column in counted]
        return (not any(values), sum(values, Decimal(0)), code)

    waiting = sorted(codes - villages, key=size)
    behind = [_Behind(column, villages) for column in columns]
    for more in (None, *waiting):
        if more is not None:
            villages.add(more)
            for one in behind:
                one.add(more)
        if all(one.safe for one in behind):
            return Hidden(frozenset(villages))
    return Hidden(frozenset(codes), all=True)


class _Behind:
    """What stands hidden in a column: how many cells, how many of them small, and what they come to."""

    def __init__(self, column: Column, villages: Iterable[str]) -> None:
        self._column = column
        self._held, self._small, self._total = 0, 0, Decimal(0)
        for code in villages:
            self.add(code)

    def add(self, code: str) -> None:
        value = self._column.values.get(code)
        if value is not None:
            self._held += 1
            self._small += self._column.small(code)
            self._total += value

    @property
    def safe(self) -> bool:
        """Whether it stays hidden for one who knows the total, the other cells, and this rule."""
        if not self._small:
            return self._held != 1
        others, threshold = self._held - self._small, self._column.threshold
        fitting = [x for x in range(1, threshold) if _fits(self._total - x, self._small - 1, others, threshold)]
        return len(fitting) > 1


def _fits(rest: Decimal, small: int, others: int, threshold: int) -> bool:
    """Whether so many small counts, and others that are nought or not small, can make up the rest."""
    return small <= rest <= small * (threshold - 1) or (others > 0 and rest >= small + threshold)


def by_heading(catalogue: Catalogue) -> tuple[dict[str, tuple[str, str, str]], dict[tuple[str, str, str], int]]:
    """Measure by village → its heading (form, sheet, first part), and heading → from how many on its counts are shown.

    A column that no indicator is made of says nothing of itself: its persons are as those of the rest of its sheet. A stock and what
    came and went (``changes_by``) are one heading: two months of the stock tell what came.
    """
    counts = catalogue.by_village
    groups: dict[str, tuple[str, str, str]] = {}
    thresholds: dict[tuple[str, str, str], int] = defaultdict(int)
    for form in catalogue.forms.values():
        for sheet in (s for s in form.sheets if s.shape == "matrix" and s.rows == "village"):
            columns = [column for column in sheet.columns if column.id]
            strictest = max((threshold_of(counts[column.id]) for column in columns if column.id in counts), default=0)
            for column in columns:
                group = groups[column.id] = (form.id, sheet.name, column.parts[0])
                own = threshold_of(counts[column.id]) if column.id in counts else strictest if is_count(column.unit) else 0
                thresholds[group] = max(thresholds[group], own)
            for stock, flows in sheet.changes_by:
                mine, theirs = groups[stock], {groups[flow] for flow in flows}
                thresholds[mine] = max(thresholds[group] for group in (mine, *theirs))
                groups |= {measure: mine for measure, group in groups.items() if group in theirs}
    return groups, thresholds


Headings = tuple[Mapping[str, tuple[str, str, str]], Mapping[tuple[str, str, str], int]]
"""As :func:`by_heading` gives them."""


def hidden_villages(catalogue: Catalogue, observations: Iterable[Mapping[str, Any]], under: Headings | None = None) -> set[tuple[str, str]]:
    """(measure, code of the village) that are not shown. ``under``: :func:`by_heading`, for who asks often."""
    counts = catalogue.by_village
    groups, thresholds = under or by_heading(catalogue)
    columns: dict[tuple[str, str], dict[str, Decimal | None]] = defaultdict(dict)
    units: dict[str, str] = {}
    for row in observations:
        if thresholds.get(groups.get(row["indicator"], ("", "", ""))):
            columns[row["indicator"], row["period"]][row["unit_code"]] = _decimal(row["value"]) if row["value"] is not None else None
            units[row["indicator"]] = row["unit"]
    by_group: dict[tuple[str, str, str], list[Column]] = defaultdict(list)
    for (measure, _), values in sorted(columns.items()):
        group = groups[measure]
        own = threshold_of(counts[measure]) if measure in counts else 0
        by_group[group].append(Column(values, (own or thresholds[group]) if is_count(units[measure]) else 0))
    villages = {group: hide(held).villages for group, held in by_group.items()}
    return {(measure, code) for measure, group in groups.items() for code in villages.get(group, ())}


def _decimal(text: Any) -> Decimal | None:
    try:
        found = Decimal(str(text))
    except ArithmeticError:
        return None
    return found if found.is_finite() else None


# --- a period's tables --------------------------------------------------------------------------------------


def headings(catalogue: Catalogue, indicators: Iterable[Indicator]) -> list[list[Indicator]]:
    """Indicators that stand under one heading of one sheet, where any of them counts persons."""
    of, _ = by_heading(catalogue)
    groups: dict[tuple[str, str, str], list[Indicator]] = defaultdict(list)
    for indicator in indicators:
        source = indicator.from_
        if isinstance(source, FromColumn):
            groups[of[source.measure]].append(indicator)
    return [group for group in groups.values() if any(threshold_of(i) for i in group)]


def shown_by_village(
    catalogue: Catalogue, period: Period, readings: Sequence[Reading], hide_small_counts: bool, before: Sequence[Sequence[Reading]] = (),
    values: Mapping[str, Mapping[str, Decimal | None]] | None = None,
) -> dict[str, dict[str, Shown | None]]:  # fmt: skip
    """indicator → village → what is printed for the period. ``before``: what every hand-in of these months said, the earlier first.
    ``values``: of the readings, where they are known already.
    """
    values = village_values(catalogue, period, readings) if values is None else values
    result: dict[str, dict[str, Shown | None]] = {name: dict(column) for name, column in values.items()}
    if not hide_small_counts:
        return result
    months = values_by_month(catalogue, period, readings)
    then_by_month = [values_by_month(catalogue, period, of, spoken=True) for of in before]
    earlier = {name: [then[name] for then in then_by_month if name in then] for name in months}
    for group in headings(catalogue, (catalogue.indicators[name] for name in values)):
        hidden: dict[str, Hidden] = {}
        for name, held in months.items():
            already: Collection[str] = ()
            for then in earlier[name]:
                if said := [Column(then[i.id], threshold_of(i)) for i in group if i.id in then]:
                    already = {*already, *hide(said, already).villages}
            hidden[name] = hide([Column(held[i.id], threshold_of(i)) for i in group], already)
        covered = {village_on(catalogue, code, period) for held in hidden.values() for code in held.villages}
        covered |= hide([column for i in group for column in _beyond_months(catalogue, period, i, values[i.id], months)]).villages
        for indicator in group:
            result[indicator.id] = _shown(catalogue, period, indicator, values[indicator.id], months, hidden, covered)
    return result


def _beyond_months(
    catalogue: Catalogue, period: Period, indicator: Indicator, values: Mapping[str, Decimal | None], months: Months
) -> list[Column]:
    """Where a cumulative stands for a lost month: the period's column, and what of it the months that came leave over."""
    if indicator.kind != "flow":
        return []
    told: dict[str, Decimal] = defaultdict(Decimal)
    for held in months.values():
        for code, value in held[indicator.id].items():
            told[village_on(catalogue, code, period)] += value or 0
    left = {code: None if value is None else value - told[code] for code, value in values.items()}
    if not any(left.values()):
        return []
    return [Column(values, threshold_of(indicator)), Column(left, threshold_of(indicator))]


def _shown(
    catalogue: Catalogue, period: Period, indicator: Indicator, values: Mapping[str, Decimal | None], months: Months,
    hidden: Mapping[str, Hidden], covered: Collection[str],
) -> dict[str, Shown | None]:  # fmt: skip
    """A village is hidden where any month of the period hides it, and looks like its month where one month alone speaks."""
    speaks = list(months) if indicator.kind == "flow" else list(months)[-1:]
    labels: dict[str, list[Shown | None]] = defaultdict(list)
    for name in speaks:
        column = Column(months[name][indicator.id], threshold_of(indicator))
        for code, value in column.values.items():
            if value != 0 or code in hidden[name].villages:
                labels[village_on(catalogue, code, period)].append(hidden[name].show(column, code))
    result: dict[str, Shown | None] = {}
    for code, value in values.items():
        one = labels.get(code, [])
        result[code] = value if value is None or code not in covered else one[0] if len(one) == 1 and isinstance(one[0], str) else HIDDEN
    return result
