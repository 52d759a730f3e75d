"""汇总: settle the hand-ins, compute every period figure, publish one finished state."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter

from catalog.indicators import FromColumn
from catalog.issues import Action, Issue
from catalog.observations import Adjustment, Due, Entry, Figure, Published, Standing
from catalog.observations import State as HandInState
from catalog.periods import Month, Period
from connectors.warehouse import Outdated, SubmissionRow, Warehouse
from connectors.warehouse.retention import gone, kept_figures
from flows.catalogues import keep_catalogue
from flows.intake.read import CODE_VERSION
from flows.intake.settle import Settlement, owed, settle
from flows.office import Office
from flows.summary.agreements import contradictions, numbered, said_of_kept, said_of_numbers, said_to_both, slices_of, with_issues
from flows.summary.anew import basis_of, to_compute
from flows.summary.facts import Facts, HandIn, hand_in
from flows.summary.figures import Chosen, Figures, Span, periods_to_compute
from flows.summary.reach import Key, Slice
from flows.summary.shortened import going_on, shortened
from flows.uncollected import collector_off
from flows.words.binding import Words, binding


@dataclass(frozen=True, slots=True)
class State:
    """A finished state, and whether it was new."""

    name: str
    changed: bool


TRIES = 5
"""How often a state is computed anew because something came in meanwhile; then it is shown, and the other night shows the rest."""


def settle_and_publish(
    office: Office, warehouse: Warehouse, as_of: datetime, wanted: Period | None = None, known: datetime | None = None
) -> State:
    """Compute the state from everything received until ``as_of`` and publish it in one transaction.

    The state's name is a hash over what it was computed from, so a second night with the same inputs reads no cell and
    writes nothing. ``wanted``: a period that must be among the figures even if it has not ended. ``known``: when we came
    to know it (default: ``as_of``).
    """
    office.keep_declarations()
    with collector_off():
        return _settle_and_publish(office, warehouse, as_of, wanted, known)


def _settle_and_publish(office: Office, warehouse: Warehouse, as_of: datetime, wanted: Period | None, known: datetime | None) -> State:
    rows = [(i.id, i.title, i.section, i.kind, i.unit) for i in office.catalogue.indicators.values()]
    for left in reversed(range(TRIES)):
        basis, _ = warehouse.log_end()
        published, new = _state(office, warehouse, as_of, wanted, beside=left > 0)
        if not new:
            warehouse.grow_late(published.missing, as_of)
            return State(published.state, False)
        try:
            return State(published.state, warehouse.publish(published, office.catalogue.units, rows, as_of, known, basis if left else None))
        except Outdated:
            continue
    raise AssertionError("the last try is never outdated")


def _state(office: Office, warehouse: Warehouse, as_of: datetime, wanted: Period | None, *, beside: bool) -> tuple[Published, bool]:
    """The state, and whether it is another than the one shown; the one shown is not computed.

    ``beside``: what stands as it is shown is left out; who publishes makes sure that the same is shown still.
    """
    catalogue, zone = office.catalogue, office.settings.zone
    submissions = tuple(row for row in warehouse.submissions() if row.modified <= as_of)
    start = Month.parse(office.settings.general.start) if office.settings.general.start else None
    said = warehouse.adjustments()
    words = binding(said, as_of)
    current, missing = owed(submissions, catalogue, as_of, zone, start, words.revoked)
    periods = _periods([s for s in submissions if s.id in current], as_of.astimezone(zone).date())
    extra = wanted if wanted not in periods else None
    name = _state_name(office, [s for s in submissions if s.id not in words.revoked], words, missing, as_of, extra)
    inputs = _inputs(name, submissions, said, words)
    last = warehouse.publication()
    if last is not None and last.inputs == inputs:
        return Published(name, (), missing, ()), False
    periods += [extra] if extra else []
    let_go = gone(warehouse)
    basis = basis_of(office, words, let_go)
    anew = to_compute(warehouse.shown() if beside else None, basis, submissions, periods, words, catalogue)
    settled = settle(anew.of(submissions), warehouse.readings, catalogue, zone, words.cells, words.revoked)
    settlement = anew.with_shown(settled, words)
    keys = anew.figures(submissions, settled.standings, periods)
    # from here on nothing but their standing is asked of the others; what these hold lies among it, and few would keep the room of many
    submissions = tuple(row._replace(path="", sha256="", data_hash="", load_key="") for row in submissions if row.id in current)
    kept = kept_figures(warehouse) if let_go else {}
    lists = {*going_on(catalogue)} | {indicator.form for indicator in numbered(catalogue)}
    listed = [(row.form, Month.parse(row.period)) for row in submissions if row.form in lists]
    slices = anew.slices(keys, (*listed, *(one for window in kept for one in slices_of(window, catalogue))))
    facts = gather(submissions, settlement, warehouse, slices)
    engine = figures_of(office, facts, words)
    figures = compute(engine, periods, keys)
    in_force = settlement.in_force | engine.in_force
    plain = figures
    if in_force & {a.number for a in (*words.cells, *words.figures) if a.kind != "confirm"}:
        plain = compute(Figures(catalogue, gather(submissions, settlement, warehouse, slices, adjusted=False)), periods, keys)
    standings = said_to_both(settled.standings, contradictions(catalogue, figures), catalogue, submissions)
    standings = said_of_kept(standings, facts, catalogue)
    standings = said_of_numbers(standings, facts, catalogue, submissions)
    standings = with_issues(standings, shortened(facts, catalogue), submissions)
    standings = with_issues(standings, _lapsed(office, words, in_force), submissions)
    changed = [plain[key] for key, figure in figures.items() if (plain[key].value, plain[key].status) != (figure.value, figure.status)]
    reported, told = anew.told(keys)
    return Published(
        name, standings, missing, tuple(figures.values()), (*contradictions(catalogue, plain), *told), inputs, (*changed, *reported),
        tuple(_states(said, words, in_force)), wanted.name if wanted else "", keep_catalogue(office), basis, anew.forms, anew.every - keys,
    ), True  # fmt: skip


def gather(
    submissions: Sequence[SubmissionRow], settlement: Settlement, warehouse: Warehouse, slices: Collection[Slice] | None = None, *, adjusted: bool = True,
) -> Facts:  # fmt: skip
    """The hand-ins in force, read form by form, all or those of these slices; as reported, or as the office has corrected them."""
    standing = {s.submission_id: s for s in settlement.standings}
    let_go = gone(warehouse)
    hand_ins: dict[Slice, HandIn] = {}
    by_form: dict[str, list[tuple[Month, SubmissionRow]]] = {}
    for row in submissions:
        if standing[row.id].current:
            month = Month.parse(row.period)
            if slices is None or (row.form, month) in slices:
                by_form.setdefault(row.form, []).append((month, row))
    for form, rows in sorted(by_form.items()):
        entries: Mapping[int, Sequence[Entry]] = warehouse.entries(row.id for _, row in rows)
        others = warehouse.readings(row.id for _, row in rows if row.id not in settlement.readings)
        for month, row in rows:
            readings = settlement.readings[row.id] if row.id in settlement.readings else others.get(row.id, ())
            hand_ins[form, month] = hand_in(row.id, readings, entries.get(row.id, ()), *_cells(standing[row.id], adjusted), let_go=row.id in let_go)
    if not let_go:
        return Facts(hand_ins, gathered=slices)
    return Facts(hand_ins, kept_figures(warehouse), frozenset(s.submission_id for s in settlement.standings if s.state is HandInState.REVOKED), slices)


def _cells(standing: Standing, adjusted: bool) -> tuple[frozenset[tuple[str, str]], dict[tuple[str, str], str]]:
    return frozenset(standing.held), {(sheet, cell): value for sheet, cell, value in standing.corrected} if adjusted else {}


def figures_of(office: Office, facts: Facts, words: Words) -> Figures:
    """The figures with the office's words about them; the later of two words about one figure counts."""
    partial: dict[tuple[str, str, Month], Chosen] = {}
    uses: dict[Span, Chosen] = {}
    for word in words.figures:
        indicator, period = office.catalogue.indicators.get(word.indicator), Period.parse(word.period)
        if indicator is None:
            continue
        if word.kind == "partial" and isinstance(indicator.from_, FromColumn):
            partial[indicator.form, indicator.from_.measure, period.last_month] = Chosen(word.number, word.expects)
        elif word.kind == "use":
            other, _, at = word.value.partition(" ")
            if other in office.catalogue.indicators and office.catalogue.indicators[other].unit == indicator.unit:
                uses[span(word.indicator, period)] = Chosen(word.number, word.expects, span(other, Period.parse(at)))
    return Figures(office.catalogue, facts, partial, uses)


def span(indicator: str, period: Period) -> Span:
    return indicator, period.year, period.first, period.last


def compute(engine: Figures, periods: Sequence[Period], keys: Collection[Key] | None = None) -> dict[Key, Figure]:
    """Every indicator for every one of these periods, or those of them that are asked for."""
    return {
        (i.id, p.name): engine.figure(i, p) for i in engine.catalogue.indicators.values() for p in periods if keys is None or (i.id, p.name) in keys
    }  # fmt: skip


def _periods(current: Iterable[SubmissionRow], today: date) -> list[Period]:
    """Every reference period that has ended, from the first month that was handed in."""
    months = sorted({Month.parse(row.period) for row in current})
    return periods_to_compute(months, Month(today.year, today.month).shift(-1))


def _lapsed(office: Office, words: Words, in_force: Iterable[int]) -> dict[tuple[str, str], list[Issue]]:
    """(form, month) → a notice for each word about a figure that no longer reads as it did."""
    result: dict[tuple[str, str], list[Issue]] = {}
    for word in words.figures:
        indicator = office.catalogue.indicators.get(word.indicator)
        later = any((w.kind, w.indicator, w.period) == (word.kind, word.indicator, word.period) and w.number > word.number for w in words.figures)
        if indicator is None or word.number in in_force or later:
            continue
        what = "按已报汇总" if word.kind == "partial" else f"以{word.value}为准"
        message = f"{word.period} {indicator.title}：{word.by}确定{what}时为“{word.expects}”，现已不同，原决定失效，请重新核实。"
        month = Period.parse(word.period).last_month.name
        result.setdefault((indicator.form, month), []).append(Issue("E-LAPSED", Action.WARN, message, expected=word.expects))
    return result


def _states(said: Iterable[Adjustment], words: Words, in_force: Iterable[int]) -> Iterable[tuple[int, str]]:
    """Every word the state knows, with what has become of it."""
    about = {a.number for a in (*words.cells, *words.figures)}
    for word in said:
        if word.number in words.withdrawn:
            yield word.number, "withdrawn"
        elif word.number in about or (word.kind in ("confirm", "correct") and word.submission in words.revoked):
            yield word.number, "in_force" if word.number in in_force else "lapsed"
        elif word.kind == "revoke" and word.submission is not None:
            yield word.number, "in_force" if word.submission in words.revoked else "withdrawn"


def _inputs(name: str, submissions: Iterable[SubmissionRow], said: Iterable[Adjustment], words: Words) -> str:
    """Whether there is anything to show anew: beside what the figures rest on, how files were read and what was taken back."""
    digest = hashlib.sha256(f"{name}\0".encode())
    digest.update("".join(f"{row.id} {row.load_key} {row.id in words.revoked}\0" for row in sorted(submissions, key=attrgetter("id"))).encode())
    for word in said:
        digest.update(f"{word.number} {word.kind}\0".encode())
    return digest.hexdigest()


def _state_name(
    office: Office, submissions: Iterable[SubmissionRow], words: Words, missing: Sequence[Due], as_of: datetime, extra: Period | None
) -> str:
    """``submissions``: sorted by path and content, as the warehouse gives them."""
    digest = hashlib.sha256()
    today = as_of.astimezone(office.settings.zone).date()
    for part in (CODE_VERSION, office.catalogue.version, Month(today.year, today.month).name, extra.name if extra else ""):
        digest.update(f"{part}\0".encode())
    digest.update("".join(f"{row.path}\0{row.sha256}\0{row.modified.isoformat()}\0" for row in submissions).encode())
    for word in (*words.cells, *words.figures):
        digest.update(f"{replace(word, number=0)!r}\0".encode())
    for due in missing:
        digest.update(f"{due.form}\0{due.period}\0".encode())
    return digest.hexdigest()[:16]
