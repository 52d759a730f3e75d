"""Period figures for the town: ``kind`` decides how they come about, and a missing part makes them missing.

rules.md §2: flows are summed, stocks are the last month's, distinct is counted over the whole window, ratios are
recomputed from summed parts, a minimum is a minimum. Nothing is carried over from the month before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import repeat
from types import MappingProxyType

from catalog.catalogue import Catalogue
from catalog.indicators import (
    FromCalendar,
    FromColumn,
    FromGrowth,
    FromLastYearColumn,
    FromLedger,
    FromParameter,
    FromPart,
    FromRatio,
    FromSince,
    Indicator,
)
from catalog.numbers import plain, quotient
from catalog.observations import Figure, LineageRow, Status
from catalog.periods import Month, Period, months_between, periods_ending_in
from catalog.units import OrgUnit
from flows.summary.facts import Facts
from flows.summary.ledgers import from_ledger, rests_on_let_go
from flows.summary.since import since
from flows.summary.value import (
    HELD,
    NOT_APPLICABLE,
    Value,
    added,
    condensed,
    first_gap,
    missing,
    named,
    number,
    partial_sum,
    rests_on,
    without,
)


@dataclass(frozen=True, slots=True)
class Growth:
    """A rate in percent, who computed it, and the figure it was read from or computed against; none: last year's own."""

    rate: str | None = None
    source: str | None = None
    told: Value = NOT_APPLICABLE


NO_GROWTH = Growth()


Span = tuple[str, int, int, int]
"""(indicator, year, first month, last month)."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A word of the office about a figure: it holds while what was reported reads as ``expects``."""

    number: int
    expects: str
    source: Span | None = None
    """The figure that counts in its place; None = the sum of what was reported (按已报汇总)."""


class Figures:
    """The figures of one town over one set of facts. Spans are (year, first month, last month); results are cached.

    ``partial``: (form, measure, month) whose sum may lack units; ``uses``: figures in whose place another one counts.
    """

    def __init__(
        self, catalogue: Catalogue, facts: Facts, partial: Mapping[tuple[str, str, Month], Chosen] = MappingProxyType({}),
        uses: Mapping[Span, Chosen] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        self.catalogue = catalogue
        self.facts = facts
        self.partial = partial
        self.uses = uses
        self.in_force: set[int] = set()
        """Numbers of the words that held."""
        self._columns: dict[tuple[str, str, Month], Value] = {}
        self._values: dict[Span, Value] = {}

    # --- the whole row ---------------------------------------------------------------------------------

    def figure(self, indicator: Indicator, period: Period) -> Figure:
        """The row of out_indicator_period: value, year to date, last year, growth, target, progress, coverage."""
        value = self.value(indicator, period.year, period.first, period.last)
        before = self.value(indicator, period.year - 1, period.first, period.last)
        numeric = not indicator.textual and indicator.kind not in ("ratio", "growth")
        to_date = self._year_to_date(indicator, period, value) if numeric else None
        growth = self._growth(indicator, period, value) if numeric else NO_GROWTH
        target, progress = self._progress(indicator, period, to_date) if numeric else (NOT_APPLICABLE, None)
        last_year = NOT_APPLICABLE if indicator.textual else before
        beside = {"last_year": last_year, "growth": growth.told, "target": target}
        if to_date is not None and to_date.lineage != value.lineage:
            beside["year_to_date"] = to_date
        name = period.name
        lineage = (*value.lineage, *(row for part, held in beside.items() if held.known for row in condensed(part, held, self.catalogue.town_code)))
        return Figure(
            indicator.id, name, value.text if value.known else None, value.status, value.reported, value.expected,
            to_date.text if to_date and to_date.known else None,
            last_year.text if last_year.known else None,
            growth.rate, growth.source, target.text, progress, value.reason,
            tuple(map(tuple.__new__, repeat(LineageRow), zip(repeat(indicator.id), repeat(name), *list(zip(*lineage, strict=True))[2:]))) if lineage else (),
        )  # fmt: skip

    def value(self, indicator: Indicator, year: int, first: int, last: int) -> Value:
        key = (indicator.id, year, first, last)
        if key not in self._values:
            found = self._compute(indicator, year, first, last)
            self._values[key] = self._in_its_place(found, self.uses[key]) if key in self.uses else found
        return self._values[key]

    def both(self, span: Span, source: Span) -> str:
        """What two figures say without any word about them: what a word that chooses between them expects to find."""
        mine, theirs = (self._compute(self.catalogue.indicators[s[0]], *s[1:]) for s in (span, source))
        return f"{mine.said}→{theirs.said}"

    def _in_its_place(self, found: Value, chosen: Chosen) -> Value:
        assert chosen.source is not None
        name, *span = chosen.source
        source = self._compute(self.catalogue.indicators[name], *span)
        if not source.known or f"{found.said}→{source.said}" != chosen.expects:
            return found
        self.in_force.add(chosen.number)
        return source

    def _compute(self, indicator: Indicator, year: int, first: int, last: int) -> Value:
        source = indicator.from_
        match source:
            case FromColumn():
                return self._from_column(indicator, source, year, first, last)
            case FromLedger():
                return from_ledger(self.catalogue, self.facts, indicator, source, year, first, last)
            case FromRatio():
                return self._ratio(source, year, first, last)
            case FromGrowth():
                return self._rate(source, year, first, last)
            case FromLastYearColumn():
                return self._january_reading(source.form, source.measure, year, first, last)
            case FromParameter():
                return self._parameter(source, Month(year, last))
            case FromCalendar():
                return number(quotient(Decimal(last) * 100, Decimal(12)))
            case FromPart():
                whole = self.value(self.catalogue.indicators[source.of], year, first, last)
                if not whole.known:
                    return whole
                day = date.fromisoformat(whole.text or "")
                return replace(whole, text=str(day.month if source.part == "month" else day.day))
            case FromSince():
                return since(self.catalogue, self.facts, self.column, source, year, first, last)

    def _parameter(self, source: FromParameter, end: Month) -> Value:
        """What town.yml says of a key at the period's end; a date of another period is none of this one."""
        latest = end.shift(source.within_months).last_day
        text = self.catalogue.parameter(source.key, latest)
        if not text:
            return missing(f"town.yml 没有{'那时起效的' if source.key in self.catalogue.dated else ''} {source.key}")
        if source.within_months:
            try:
                fits = end.last_day <= date.fromisoformat(text) <= latest
            except ValueError:
                fits = False
            if not fits:
                return missing(f"town.yml 的 {source.key} 是{text}，应是{end.last_day}到{latest}之间的日期，请改为本期的日期")
        return Value(Status.REPORTED, text)

    # --- columns of matrices ---------------------------------------------------------------------------

    def column(self, form: str, measure: str, month: Month) -> Value:
        """One column of one month, for the town: the sum of its rows, complete or missing."""
        key = (form, measure, month)
        if key not in self._columns:
            value, chosen = self._sum_rows(form, measure, month), self.partial.get(key)
            if chosen is not None and value.partial is not None and value.partial.said == chosen.expects:
                self.in_force.add(chosen.number)
                value = value.partial
            self._columns[key] = value
        return self._columns[key]

    def _sum_rows(self, form: str, measure: str, month: Month) -> Value:
        found = self.facts.of(form, month)
        if found is None:
            return missing(f"{form} {month}未报")
        readings = [r for r in found.readings.get(measure, ()) if r.role not in ("part", "total")]
        if not readings:
            return missing(f"{form} {month}缺此栏")
        expected = self._expected_units(form, measure, month)
        here = {r.unit_code: r for r in readings}
        absent = [unit.name for unit in expected if unit.code not in here]
        if all(r.status is Status.NOT_APPLICABLE for r in readings) and not absent:
            return NOT_APPLICABLE
        gaps = [r for r in readings if not r.status.has_value and r.status is not Status.NOT_APPLICABLE]
        total = len(readings) + len(absent)
        if absent or gaps:
            refused = [r for r in gaps if r.status is Status.REFUSED]
            names = absent + [r.unit_name for r in gaps]
            how = HELD if refused and len(refused) == len(names) and all(r.held for r in refused) else "被退回" if refused else "未报"
            reason = f"{form} {month} {'、'.join(names[:3])}{f'等{len(names)}个单位' if len(names) > 3 else ''}{how}"
            lost = missing(reason, total, total - len(names), Status.REFUSED if refused else Status.MISSING)
            return replace(lost, partial=partial_sum(readings, [u for u in expected if u.code not in here], names, month, found.submission_id))
        return number(
            sum((Decimal(r.value or 0) for r in readings), Decimal(0)), rests_on(readings, found.submission_id),
            provisional=any(r.status is Status.PROVISIONAL for r in readings), reported=total, expected=total,
        )  # fmt: skip

    def _expected_units(self, form: str, measure: str, month: Month) -> Sequence[OrgUnit]:
        for sheet in self.catalogue.forms[form].sheets:
            for column in sheet.columns:
                if column.id == measure and sheet.shape == "matrix" and sheet.rows == "village" and not column.only_in_total:
                    return self.catalogue.units.expected_on(month.last_day)
        return ()

    def _from_column(self, indicator: Indicator, source: FromColumn, year: int, first: int, last: int) -> Value:
        months = [Month(year, m) for m in range(first, last + 1)]
        if indicator.kind == "minimum":
            return self._minimum([self.column(source.form, source.measure, m) for m in months])
        if indicator.kind != "flow":
            return self.column(source.form, source.measure, months[-1])
        if source.cumulative_counts and first < last and (so_far := self._by_cumulative(source, year, first, last)) is not None:
            return so_far
        if source.exempt_months:
            return self._exempt_flow(source, year, first, last)
        values = [self._month_of_flow(source, month) for month in months]
        if all(v.known for v in values):
            return added(values)
        if any(v.status is Status.NOT_APPLICABLE for v in values) and all(v.known or v.status is Status.NOT_APPLICABLE for v in values):
            kept = [v for v in values if v.known]
            return added(kept) if kept else NOT_APPLICABLE
        return self._by_cumulative(source, year, first, last) or first_gap(values)

    def _month_of_flow(self, source: FromColumn, month: Month) -> Value:
        value = self.column(source.form, source.measure, month)
        if value.known or value.status is Status.NOT_APPLICABLE:
            return value
        return self._by_cumulative(source, month.year, month.month, month.month) or value

    def _by_cumulative(self, source: FromColumn, year: int, first: int, last: int) -> Value | None:
        """累计 at the end less 累计 before the beginning: what a lost month held (forms/README §3.20). One below its own months is none."""
        if not source.cumulative:
            return None
        end = self.column(source.form, source.cumulative, Month(year, last))
        if not end.known:
            return None
        months = (self.column(source.form, source.measure, Month(year, m)) for m in range(1, last + 1))
        if not source.cumulative_counts and sum(v.number for v in months if v.known) > end.number:
            return None
        if first == 1:
            return end
        before = self.column(source.form, source.cumulative, Month(year, first - 1))
        if not before.known or before.number > end.number:
            return None
        return number(end.number - before.number, end.lineage + before.lineage, reported=end.reported, expected=end.expected,
                       provisional=Status.PROVISIONAL in (end.status, before.status), reason=without(end, before))  # fmt: skip

    def _exempt_flow(self, source: FromColumn, year: int, first: int, last: int) -> Value:
        """1月免报: January and February have no figure of their own, only together (rules.md §1.3)."""
        joint = max(source.exempt_months) + 1
        if (first > 1 and first <= joint) or last < joint:
            return NOT_APPLICABLE
        values = [self._month_of_flow(source, Month(year, m)) for m in range(max(first, joint + 1), last + 1)]
        if first == 1:
            values.insert(0, self.column(source.form, source.cumulative, Month(year, joint)))
        if all(v.known for v in values):
            return added(values)
        return self._by_cumulative(source, year, first, last) or first_gap(values)

    def _minimum(self, values: list[Value]) -> Value:
        if not all(v.known for v in values):
            return first_gap(values)
        least = min(values, key=lambda v: v.number)
        approximate = any(v.status is Status.PROVISIONAL for v in values)  # the least of them may be another one
        status = Status.PROVISIONAL if approximate else least.status
        return replace(least, status=status, lineage=tuple(row for v in values for row in v.lineage), reason=without(*values))

    def _january_reading(self, form: str, measure: str, year: int, first: int, last: int) -> Value:
        """A cumulative column of the period's last month; it speaks only of periods that begin in January."""
        if first != 1:
            return NOT_APPLICABLE
        return self.column(form, measure, Month(year, last))

    def rests_on_let_go(self, source: FromLedger, year: int, first: int, last: int) -> bool:
        """Whether rows that this window needs were let go: what is left would add up to something smaller."""
        return rests_on_let_go(self.facts, source, year, first, last)

    # --- derived ---------------------------------------------------------------------------------------

    def _ratio(self, source: FromRatio, year: int, first: int, last: int) -> Value:
        part = self.value(self.catalogue.indicators[source.part], year, 1 if source.since_january else first, last)
        whole = self.value(self.catalogue.indicators[source.whole], year, first, last)
        for side in (part, whole):
            if not side.known:
                return missing(f"依赖项缺：{side.reason}", status=side.status)
        if not whole.number:
            return NOT_APPLICABLE
        return number(quotient(part.number * 100, whole.number), [*named("part", part), *named("whole", whole)],
                       provisional=Status.PROVISIONAL in (part.status, whole.status),
                       reported=part.reported, expected=part.expected, reason=without(part, whole))  # fmt: skip

    def _rate(self, source: FromGrowth, year: int, first: int, last: int) -> Value:
        """A rate exists against an equal window with a base above zero (rules.md §1.4–1.5)."""
        if source.reported:
            told = self._january_reading(source.form, source.reported, year, first, last)
            if told.known or told.status is Status.REFUSED or first != 1:
                return told
        of = self.catalogue.indicators[source.of]
        now = self.value(of, year, first, last)
        base = self.value(self.catalogue.indicators[source.base], year, first, last) if source.base else self._base(of, year, first, last)[0]
        if now.status is Status.NOT_APPLICABLE:
            return NOT_APPLICABLE
        for side in (now, base):
            if side.status is Status.REFUSED or (side is now and not now.known):
                return missing(f"依赖项缺：{side.reason}", status=side.status)
        if not base.known:
            return replace(NOT_APPLICABLE, reason="上年同期无此项")
        if base.number <= 0:
            return replace(NOT_APPLICABLE, reason=f"上年同期为{'负' if base.number else '零'}，不作比较")
        return number(quotient((now.number - base.number) * 100, base.number), [*named("value", now), *named("base", base)],
                       provisional=Status.PROVISIONAL in (now.status, base.status), reason=without(now, base))  # fmt: skip

    # --- beside the value ------------------------------------------------------------------------------

    def _year_to_date(self, indicator: Indicator, period: Period, value: Value) -> Value | None:
        if indicator.kind in ("flow", "distinct", "minimum"):
            return self.value(indicator, period.year, 1, period.last)
        return value

    def _growth(self, indicator: Indicator, period: Period, value: Value) -> Growth:
        """Order of authority: the bureau's rate, this file's last-year column, the warehouse (rules.md §1.1)."""
        if period.from_january and indicator.growth:
            told = self._january_reading(indicator.form, indicator.growth, period.year, period.first, period.last)
            if told.known:
                return Growth(told.text, "reported", told)
            if told.status is Status.REFUSED:  # none of lower authority speaks in its place
                return NO_GROWTH
        base, source = self._base(indicator, period.year, period.first, period.last)
        if not value.known or not base.known or base.number <= 0:
            return NO_GROWTH
        return Growth(plain(quotient((value.number - base.number) * 100, base.number)), source, base if source == "file_base" else NOT_APPLICABLE)

    def _base(self, indicator: Indicator, year: int, first: int, last: int) -> tuple[Value, str]:
        """What a figure is compared with, and where that stands: in this year's file, re-based to this year's list, whatever it says there;
        where it says nothing, in the warehouse (rules.md §1.1).
        """
        if first == 1 and indicator.growth_base:
            base = self._january_reading(indicator.form, indicator.growth_base, year, first, last)
            if base.status is not Status.MISSING:
                return base, "file_base"
        return self.value(indicator, year - 1, first, last), "warehouse"

    def _progress(self, indicator: Indicator, period: Period, to_date: Value | None) -> tuple[Value, str | None]:
        """The target, and how much of it is done."""
        if not indicator.target:
            return NOT_APPLICABLE, None
        target = self.column(indicator.form, indicator.target, period.last_month)
        if not target.known:
            return NOT_APPLICABLE, None
        if to_date is None or not to_date.known or target.number <= 0:
            return target, None
        return target, plain(quotient(to_date.number * 100, target.number))


def periods_to_compute(months: Sequence[Month], until: Month) -> list[Period]:
    """Every reference period that ends in or after the first month handed in and has ended by ``until``.

    One that began before it too: its report is written, of sums since January and of what stands at its end, and is asked about later.
    """
    return [period for month in months_between(months[0], until) for period in periods_ending_in(month)] if months else []
