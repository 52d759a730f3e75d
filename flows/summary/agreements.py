"""One thing told by two forms (F12 and F13, F03 and F04): both are shown, neither overwrites the other (口径矛盾)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from catalog.catalogue import Catalogue
from catalog.grids import row_ranges
from catalog.indicators import FromLedger, Indicator
from catalog.issues import Action, Issue
from catalog.observations import Contradiction, Figure, Standing, Window
from catalog.periods import Month, Period
from connectors.warehouse import SubmissionRow
from flows.summary.facts import Facts
from flows.summary.ledgers import ledger_months


def contradictions(catalogue: Catalogue, figures: Mapping[tuple[str, str], Figure]) -> list[Contradiction]:
    """Every period for which two figures that must agree do not, as declared by ``agrees_with``."""
    found = []
    for indicator in catalogue.indicators.values():
        rule = indicator.agrees_with
        if rule is None:
            continue
        for (name, period), figure in figures.items():
            other = figures.get((rule.indicator, period))
            if name != indicator.id or figure.value is None or other is None or other.value is None:
                continue
            mine, theirs = Decimal(figure.value), Decimal(other.value)
            margin = abs(theirs) * rule.within_pct / 100
            if mine > theirs + margin or (mine < theirs - margin and not rule.at_most):
                found.append(Contradiction(indicator.id, rule.indicator, period, figure.value, other.value))
    return sorted(found, key=lambda c: (c.indicator, c.period))


def said_to_both(
    standings: Iterable[Standing], found: Iterable[Contradiction], catalogue: Catalogue, submissions: Iterable[SubmissionRow]
) -> tuple[Standing, ...]:
    """The standings with a warning on both hand-ins of the month in question."""
    issues: dict[tuple[str, str], list[Issue]] = {}
    for one in found:
        if not Period.parse(one.period).is_month:
            continue
        a, b = catalogue.indicators[one.indicator], catalogue.indicators[one.other]
        words = f"{one.period} {b.title}：{b.form}为{one.other_value}{b.unit}，{a.form}（{a.title}）为{one.value}{a.unit}，两表不一致，请核实。"
        for form, mine, theirs in ((a.form, one.value, one.other_value), (b.form, one.other_value, one.value)):
            issues.setdefault((form, one.period), []).append(Issue("E-CROSS", Action.WARN, words, "", "", mine, theirs))
    return with_issues(standings, issues, submissions)


def with_issues(
    standings: Iterable[Standing], issues: Mapping[tuple[str, str], Sequence[Issue]], submissions: Iterable[SubmissionRow]
) -> tuple[Standing, ...]:
    """The standings, those in force with what is said about their (form, month)."""
    row = {s.id: s for s in submissions}
    return tuple(
        replace(s, issues=(*s.issues, *issues.get((row[s.submission_id].form, row[s.submission_id].period), ()))) if s.current else s
        for s in standings
    )


def slices_of(window: Window, catalogue: Catalogue) -> list[tuple[str, Month]]:
    """(form, month) of the ledgers that a figure kept for a window was counted from; none of an indicator that is none any more."""
    indicator, year, first, last = window
    source = catalogue.indicators[indicator].from_ if indicator in catalogue.indicators else None
    return [(source.form, month) for month in ledger_months(source, year, first, last)] if isinstance(source, FromLedger) else []


def numbered(catalogue: Catalogue) -> list[Indicator]:
    """Indicators that count documents by their numbers, each of which is written once: a decision, a receipt."""
    return [
        i for i in catalogue.indicators.values() if isinstance(i.from_, FromLedger) and i.from_.count == "distinct" and i.from_.date
        and (sheet := catalogue.forms[i.from_.form].sheet(i.from_.sheet)).unique == i.from_.of and sheet.column(i.from_.of).single
    ]  # fmt: skip


def said_of_numbers(standings: Iterable[Standing], facts: Facts, catalogue: Catalogue, submissions: Iterable[SubmissionRow]) -> tuple[Standing, ...]:
    """The standings with a warning on a hand-in that has a number of an earlier month of its year again, under a day of its own month (M39).

    A fine that is listed when it is set and when it is paid would be added twice. The question goes with the rows when they are let go.
    """
    issues: dict[tuple[str, str], list[Issue]] = {}
    for indicator in numbered(catalogue):
        source = indicator.from_
        assert isinstance(source, FromLedger)
        first: dict[tuple[int, str], Month] = {}
        for (_, month), hand_in in sorted((of, told) for of, told in facts.hand_ins.items() if of[0] == source.form):
            again: dict[Month, list[int]] = {}
            for entry in hand_in.entries.get(indicator.id, ()):
                if entry.refused or entry.day is None or entry.token.startswith("row:") or not month.first_day <= entry.day <= month.last_day:
                    continue
                if (before := first.setdefault((month.year, entry.token), month)) != month:
                    again.setdefault(before, []).append(entry.row - 1)
            for before, rows in again.items():
                name, where = source.of, f"第{row_ranges(rows)}行"
                message = f"{source.sheet} {where}的{name}{before.month}月已经报过，两个月各计一次，同一份请删去，不是请改正{name}。"
                issues.setdefault((source.form, month.name), []).append(Issue("M39", Action.WARN, message, source.sheet, "", where, "每份只报一次"))
    return with_issues(standings, issues, submissions)


def said_of_kept(standings: Iterable[Standing], facts: Facts, catalogue: Catalogue) -> tuple[Standing, ...]:
    """The standings with a warning on every hand-in that came too late for a figure whose ledger rows were let go."""
    late: dict[int, list[str]] = {}
    for window, kept in facts.kept.items():
        slices, (_, year, first, last) = slices_of(window, catalogue), window
        if facts.gathered is not None and not all(one in facts.gathered for one in slices):
            continue  # their standings are none of these
        found = [facts.of(*one) for one in slices]
        if any(hand_in is not None and hand_in.let_go for hand_in in found):
            for hand_in in found:
                if hand_in is not None and not hand_in.let_go and hand_in.submission_id not in kept.submissions:
                    late.setdefault(hand_in.submission_id, []).append(f"{year}年{first}—{last}月" if first != last else f"{year}年{first}月")
    words = "其他月份的台账明细已按保存期限清除，{}的数不能重算，仍用清除前的数；本表的更正只计入本月。"
    return tuple(
        replace(s, issues=(*s.issues, Issue("E-KEPT", Action.WARN, words.format("、".join(sorted(set(late[s.submission_id]))))))) if s.submission_id in late else s
        for s in standings
    )
