"""What a rerun and a backfill have to do: decided from what the warehouse knows, without Prefect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from catalog.periods import Month, Period, UnknownPeriod, months_between, periods_ending_in
from connectors.warehouse import RunRow
from flows.command.terminal import Unusable


class NoSuchRun(Unusable):
    """There is no run to do again; one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Again:
    """What is still to be done of a run."""

    run: int
    as_of: datetime | None
    """None = now: what had been put off has changed since."""
    period: str
    form: str
    department: str

    def only(self, form: str, department: str) -> tuple[str, str]:
        """(form, department) to do: what the operator names; the run's own when neither is named. They are never mixed: a
        form asked for after a run of one department may be another department's."""
        return (form, department) if form or department else (self.form, self.department)


def what_failed(runs: Sequence[RunRow], number: int | None = None, *, anyway: bool = False) -> Again | None:
    """What is to be done again of this run (default: the last); None when nothing failed in it, or a later run has done it.

    A rerun never goes back behind a night that was completed since: readers would see an older state. ``anyway``: the
    operator names what is to be done again, failed or not.
    """
    if not runs:
        raise NoSuchRun("no night has been run yet; use `huizong run`")
    chosen = runs[-1] if number is None else next((run for run in runs if run.number == number), None)
    if chosen is None:
        raise NoSuchRun(f"there is no run {number}; the last one is {runs[-1].number}")
    later = [run for run in runs if run.number > chosen.number and run.state == "completed"]
    failed = chosen.state != "completed"
    done = (not failed and not chosen.deferred) or any(not run.deferred and _covers(run, chosen) for run in later)
    if done and not anyway:
        return None
    as_of = max(run.as_of for run in [chosen, *later]) if failed and not done and not chosen.deferred else None
    return Again(chosen.number, as_of, chosen.period, chosen.form, chosen.department)


def _covers(run: RunRow, other: RunRow) -> bool:
    return run.period == other.period and run.form in ("", other.form) and run.department in ("", other.department)


def periods_between(first: str, last: str, today: date) -> list[Period]:
    """Every period of one kind from first to last, oldest first. Raises UnknownPeriod with what to write instead."""
    start, end = Period.parse(first), Period.parse(last)
    if (length := start.last - start.first) != end.last - end.first:
        raise UnknownPeriod(f"{first} and {last} are periods of different kinds; write for example --from 2019-01 --to 2020-06")
    if end.end < start.start:
        raise UnknownPeriod(f"{first} lies after {last}; write the older one first")
    if end.end >= today:
        raise UnknownPeriod(f"{last} has not ended; write an earlier one after --to")
    months = months_between(Month(start.year, start.first), end.last_month)
    every = [period for month in months for period in periods_ending_in(month)]
    return [p for p in every if p.last - p.first == length and start.start <= p.start]
