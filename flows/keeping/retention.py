"""`huizong keep`: what may no longer be kept goes, after the figures that rested on it are written down (privacy.md §4).

Ledger rows of persons after 13 months, logs after 180 days, received files never unless the office says after how long
(at least two years), figures never.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.indicators import FromLedger
from catalog.observations import Kept, Window
from catalog.periods import Month, periods_ending_in
from catalog.said import Said
from connectors.warehouse import Warehouse
from connectors.warehouse.retention import PersonGrain, compact, forget_logs, let_go, old_messages, old_runs, person_grain
from flows.intake.settle import settle
from flows.office import Office
from flows.serve.api import HOME
from flows.slips.owed import owed_slips
from flows.slips.places import DONE
from flows.summary.facts import Facts
from flows.summary.figures import Figures
from flows.summary.ledgers import ledger_months
from flows.summary.publish import gather
from flows.words.binding import binding

_COPIES = timedelta(days=31)
"""A copy made before a migration is for taking the migration back; it serves no longer than that."""


class NotDeleted(Said):
    """Files whose time has come are still there; everything else of the plan was carried out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes, and nothing else."""

    people: tuple[PersonGrain, ...]
    people_before: str
    """First month that stays."""
    runs: int
    messages: int
    logs_before: datetime
    logs: tuple[Path, ...]
    copies: tuple[Path, ...]
    """Copies of the warehouse made before a migration: rows of persons lie in them that are let go from the warehouse meanwhile."""
    slips: tuple[Path, ...]
    """退回单 that were answered: each is a copy of what the department handed in."""
    received: tuple[Path, ...]

    @property
    def empty(self) -> bool:
        return not (self.people or self.runs or self.messages or self.logs or self.copies or self.slips or self.received)


def plan(office: Office, warehouse: Warehouse, now: datetime) -> Plan:
    """What would go now; changes nothing."""
    keep = office.settings.keep
    today = now.astimezone(office.settings.zone).date()
    first = Month(today.year, today.month).shift(-keep.person_months)
    logs_before = now - timedelta(days=keep.log_days)
    return Plan(
        tuple(person_grain(warehouse, first.name)), first.name, old_runs(warehouse, logs_before), old_messages(warehouse, logs_before), logs_before,
        _older([*office.folder.glob("logs/*"), *office.folder.glob(f"{HOME}/*.log.*")], logs_before),
        _older(office.folder.glob("warehouse.db.before-*"), now - _COPIES),
        _older(office.slips.glob(f"*/{DONE}/*"), datetime(first.year, first.month, 1, tzinfo=UTC)),
        _received(office, warehouse, today.year * 12 + today.month - 1 - keep.archive_months) if keep.archive_months else (),
    )  # fmt: skip


def carry_out(office: Office, warehouse: Warehouse, what: Plan, now: datetime) -> None:
    """The plan, and not more. Killed in between, the next time does the rest."""
    if what.people:
        let_go(warehouse, [p.submission for p in what.people], _figures_to_keep(office, warehouse, what, now), now)
    if what.runs or what.messages:
        forget_logs(warehouse, what.logs_before)
    stay = [file for file in (*what.logs, *what.copies, *what.slips, *what.received) if not _gone(file)]
    compact(warehouse)
    stay += _turn_over(office, now)
    if stay:
        raise NotDeleted(f"{len(stay)} files may not be deleted or emptied by this account, the first is {stay[0]}; delete or empty them, or give it the right and run huizong keep again")


def _gone(file: Path) -> bool:
    try:
        if file.exists():
            file.chmod(0o600)  # one that is read-only Windows refuses to delete
        file.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _turn_over(office: Office, now: datetime) -> list[Path]:
    """The logs that could not be. What a server that never stops has logged goes into a file of its month, which gets old; it goes on with an empty one."""
    stay: list[Path] = []
    for log in sorted((office.folder / HOME).glob("*.log")):
        try:
            if log.stat().st_size:
                with log.open("rb") as lines, log.with_suffix(f".log.{now:%Y-%m}").open("ab") as of_month:
                    shutil.copyfileobj(lines, of_month)
                os.truncate(log, 0)
        except OSError:
            stay.append(log)
    return stay


def _figures_to_keep(office: Office, warehouse: Warehouse, what: Plan, now: datetime) -> dict[Window, Kept]:
    """Every figure of a ledger for every window that rests on rows about to go, as all rows together give it now."""
    facts = _facts(office, warehouse, now)
    engine = Figures(office.catalogue, facts)
    touched = {(p.form, Month.parse(p.period)) for p in what.people}
    result: dict[Window, Kept] = {}
    for indicator in office.catalogue.indicators.values():
        source = indicator.from_
        if not isinstance(source, FromLedger):
            continue
        for year in sorted({month.year for form, month in touched if form == source.form}):
            for first, last in _spans(year):
                months = ledger_months(source, year, first, last)
                if not any((source.form, month) in touched for month in months):
                    continue
                if (indicator.id, year, first, last) in facts.kept and engine.rests_on_let_go(source, year, first, last):
                    continue  # what was written down the first time stays
                value = engine.value(indicator, year, first, last)
                used = frozenset(found.submission_id for month in months if (found := facts.of(source.form, month)))
                lineage = tuple(row._replace(indicator=indicator.id) for row in value.lineage)
                result[indicator.id, year, first, last] = Kept(value.text, value.status, value.reported, value.expected, value.reason, lineage, used)
    return result


def _facts(office: Office, warehouse: Warehouse, now: datetime) -> Facts:
    """The hand-ins in force, as the night settles them."""
    submissions = tuple(row for row in warehouse.submissions() if row.modified <= now)
    words = binding(warehouse.adjustments(), now)
    settlement = settle(submissions, warehouse.readings, office.catalogue, office.settings.zone, words.cells, words.revoked)
    return gather(submissions, settlement, warehouse)


def _spans(year: int) -> list[tuple[int, int]]:
    """Every window of a year that is published or compared: its periods, and from January to every month."""
    periods = {(p.first, p.last) for month in range(1, 13) for p in periods_ending_in(Month(year, month))}
    return sorted(periods | {(1, month) for month in range(1, 13)})


def _received(office: Office, warehouse: Warehouse, before: int) -> tuple[Path, ...]:
    """Archived files whose last use lies before a month (years × 12 + month); one that a slip goes back with stays."""
    wanted = {warehouse.sha256_of(row.id) for row, _ in owed_slips(office, warehouse)}
    last: dict[str, int] = {}
    for row in warehouse.submissions():
        day = row.modified.astimezone(office.settings.zone)
        last[row.sha256] = max(last.get(row.sha256, 0), day.year * 12 + day.month - 1)
    old = sorted(sha for sha, month in last.items() if month < before and sha not in wanted and office.archive.has(sha))
    return tuple(office.archive.root / sha[:2] / sha for sha in old)


def _older(files: Iterable[Path], before: datetime) -> tuple[Path, ...]:
    return tuple(sorted(f for f in files if f.is_file() and datetime.fromtimestamp(f.stat().st_mtime, UTC) < before))
