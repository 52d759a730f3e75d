"""汇总: settle the hand-ins, compute every period figure, publish one finished state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.observations import Adjustment, Entry, Figure, Published, Reading
from catalog.periods import Month, Period
from connectors.warehouse import SubmissionRow, Warehouse
from connectors.warehouse.retention import gone, kept_figures
from flows.intake.read import CODE_VERSION
from flows.intake.settle import Settlement, settle
from flows.office import Office
from flows.summary.agreements import contradictions, said_of_kept, said_to_both
from flows.summary.facts import Facts, HandIn, hand_in
from flows.summary.figures import Figures, periods_to_compute


@dataclass(frozen=True, slots=True)
class State:
    """A finished state: what was settled and computed, and whether it was new."""

    name: str
    changed: bool
    settlement: Settlement
    submissions: tuple[SubmissionRow, ...]
    figures: Mapping[tuple[str, str], Figure]
    """(indicator, period name) → figure."""


def settle_and_publish(office: Office, warehouse: Warehouse, as_of: datetime, wanted: Period | None = None) -> State:
    """Compute the state from everything received until ``as_of`` and publish it in one transaction.

    The state's name is a hash over what it was computed from, so a second night with the same inputs writes nothing.
    ``wanted``: a period that must be among the figures even if it has not ended.
    """
    catalogue = office.catalogue
    submissions = tuple(row for row in warehouse.submissions() if row.modified <= as_of)
    start = Month(*map(int, office.settings.general.start.split("-"))) if office.settings.general.start else None
    adjustments = [a for a in warehouse.adjustments() if a.at <= as_of]
    settlement = settle(submissions, warehouse.readings, catalogue, as_of, office.settings.zone, start, adjustments)
    facts = gather(submissions, settlement, warehouse)
    name = _state_name(office, submissions, adjustments, settlement, as_of, wanted)
    figures = compute(office, facts, as_of, wanted)
    found = contradictions(catalogue, figures)
    standings = said_to_both(settlement.standings, found, catalogue, submissions)
    standings = said_of_kept(standings, facts, catalogue)
    published = Published(name, standings, settlement.missing, tuple(figures.values()), tuple(found))
    rows = [(i.id, i.title, i.section, i.kind, i.unit) for i in catalogue.indicators.values()]
    changed = warehouse.publish(published, catalogue.units, rows, as_of)
    return State(name, changed, settlement, submissions, figures)


def gather(submissions: Sequence[SubmissionRow], settlement: Settlement, warehouse: Warehouse) -> Facts:
    """The hand-ins in force, read form by form."""
    standing = {s.submission_id: s for s in settlement.standings}
    let_go = gone(warehouse)
    hand_ins: dict[tuple[str, Month], HandIn] = {}
    by_form: dict[str, list[SubmissionRow]] = {}
    for row in submissions:
        if standing[row.id].current:
            by_form.setdefault(row.form, []).append(row)
    for form, rows in sorted(by_form.items()):
        ids = [row.id for row in rows]
        readings: Mapping[int, Sequence[Reading]] = warehouse.readings(ids)
        entries: Mapping[int, Sequence[Entry]] = warehouse.entries(ids)
        for row in rows:
            month = Month(int(row.period[:4]), int(row.period[5:7]))
            held = frozenset(standing[row.id].held)
            hand_ins[form, month] = hand_in(row.id, readings.get(row.id, ()), entries.get(row.id, ()), held, row.id in let_go)
    return Facts(hand_ins, kept_figures(warehouse) if let_go else {})


def compute(office: Office, facts: Facts, as_of: datetime, wanted: Period | None) -> dict[tuple[str, str], Figure]:
    """Every indicator for every reference period that has ended, and for the wanted one."""
    engine = Figures(office.catalogue, facts)
    today = as_of.astimezone(office.settings.zone).date()
    periods = periods_to_compute(facts.months, Month(today.year, today.month).shift(-1))
    if wanted is not None and wanted not in periods:
        periods.append(wanted)
    return {(i.id, p.name): engine.figure(i, p) for i in office.catalogue.indicators.values() for p in periods}


def _state_name(
    office: Office, submissions: Iterable[SubmissionRow], adjustments: Sequence[Adjustment], settlement: Settlement, as_of: datetime, wanted: Period | None
) -> str:
    digest = hashlib.sha256()
    today = as_of.astimezone(office.settings.zone).date()
    for part in (CODE_VERSION, office.catalogue.version, Month(today.year, today.month).name, wanted.name if wanted else ""):
        digest.update(f"{part}\0".encode())
    for row in sorted(submissions, key=lambda r: (r.path, r.sha256)):
        digest.update(f"{row.path}\0{row.sha256}\0{row.modified.isoformat()}\0".encode())
    for adjustment in adjustments:
        digest.update(f"{adjustment!r}\0".encode())
    for due in settlement.missing:
        digest.update(f"{due.form}\0{due.period}\0".encode())
    return digest.hexdigest()[:16]
