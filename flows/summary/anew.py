"""What of a state has to be computed anew. What rests on the same hand-ins, by the same program, catalogue and words, stands as it is shown.

A state stays a function of everything received (DESIGN §2.5): this only says which parts of it are already known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from catalog.catalogue import Catalogue
from catalog.observations import Contradiction, Figure, Standing
from catalog.periods import Month, Period
from catalog.program import text_of
from connectors.warehouse import Shown, SubmissionRow
from flows.intake.settle import Settlement
from flows.office import Office
from flows.summary.reach import Key, Reach, Slice
from flows.words.binding import Words

_ROOT = Path(__file__).parents[2]
_PROGRAM = text_of(*(_ROOT / part for part in ("catalog", "connectors/warehouse", "flows/intake", "flows/summary", "flows/words")))
"""As it was loaded, whatever is put in its place while a night runs."""


@dataclass(frozen=True, slots=True)
class Everything:
    """All of a state is computed: there is nothing to stand on, or something else has computed it."""

    every: frozenset[Key]
    forms: ClassVar[None] = None

    def of(self, submissions: Sequence[SubmissionRow]) -> Sequence[SubmissionRow]:
        return submissions

    def with_shown(self, settled: Settlement, _words: Words) -> Settlement:
        return settled

    def figures(self, _submissions: Iterable[SubmissionRow], _settled: Iterable[Standing], _periods: Sequence[Period]) -> frozenset[Key]:
        return self.every

    def slices(self, _figures: Collection[Key], _beside: Iterable[Slice]) -> None:
        """Of every hand-in in force."""

    def told(self, _figures: Collection[Key]) -> tuple[Sequence[Figure], Sequence[Contradiction]]:
        return (), ()


@dataclass(frozen=True, slots=True)
class Anew:
    """What is computed anew, beside what is shown."""

    every: frozenset[Key]
    shown: Shown
    reach: Reach
    forms: frozenset[str]
    """Of these every hand-in is settled."""
    spoken_of: frozenset[str]
    """Forms about whose figures the office has said something: these are all computed, to see whether it still holds."""
    in_their_place: frozenset[Key]
    """Figures that such a word puts in the place of others, of whatever form."""

    def of(self, submissions: Sequence[SubmissionRow]) -> Sequence[SubmissionRow]:
        """Those that are settled anew."""
        return [row for row in submissions if row.form in self.forms]

    def with_shown(self, settled: Settlement, words: Words) -> Settlement:
        """What was settled, and of all other hand-ins what is shown."""
        others = tuple(one.standing for one in self.shown.hand_ins.values() if one.form not in self.forms)
        hold = frozenset(a.number for a in words.cells if a.form not in self.forms and self.shown.words.get(a.number) == "in_force")
        return replace(settled, standings=(*settled.standings, *others), in_force=settled.in_force | hold)

    def figures(self, submissions: Iterable[SubmissionRow], settled: Iterable[Standing], periods: Sequence[Period]) -> frozenset[Key]:
        """Those that may be others than the ones shown."""
        spoken_of = {name for name in self.reach.indicators if not self.reach.forms(name).isdisjoint(self.spoken_of)}
        found = self.reach.reached(self._changed(submissions, settled), periods)
        for period in periods:
            found |= {(name, period.name) for name in (spoken_of if period.name in self.shown.periods else self.reach.indicators)}
        return self.every & self.reach.compared(found, self.forms, periods)

    def slices(self, figures: Collection[Key], beside: Iterable[Slice]) -> set[Slice]:
        """What these figures can rest on; and those of the settled forms that are looked at beside them: lists that go on, and what figures
        rest on whose rows were let go, for who came too late for them.
        """
        return self.reach.needed(self.in_their_place.union(figures)) | {(form, month) for form, month in beside if form in self.forms}

    def told(self, figures: Collection[Key]) -> tuple[Sequence[Figure], Sequence[Contradiction]]:
        """What is shown of all figures but these: as they were reported where a word has changed them, and what contradicts."""
        others = self.every.difference(figures)
        return (
            [one for one in self.shown.reported if (one.indicator, one.period) in others],
            [one for one in self.shown.contradictions if (one.indicator, one.period) in others],
        )

    def _changed(self, submissions: Iterable[SubmissionRow], settled: Iterable[Standing]) -> set[Slice]:
        """Slices of which another hand-in is in force, or the same otherwise read or with other cells held or corrected."""
        row = {one.id: one for one in submissions}
        now = {_in_force(row[s.submission_id].form, row[s.submission_id].period, row[s.submission_id].load, s) for s in settled if s.current}
        before = {_in_force(one.form, one.period, one.load, one.standing) for one in self.shown.hand_ins.values() if one.standing.current and one.form in self.forms}
        return {(form, Month.parse(period)) for form, period, _ in now ^ before}


def to_compute(
    shown: Shown | None, basis: str, submissions: Iterable[SubmissionRow], periods: Sequence[Period], words: Words, catalogue: Catalogue,
) -> Anew | Everything:  # fmt: skip
    """``shown``: what may stand; None = nothing."""
    every = frozenset((name, period.name) for name in catalogue.indicators for period in periods)
    if shown is None or shown.basis != basis:
        return Everything(every)
    reach = Reach(catalogue)
    now = {(row.id, row.load, row.form) for row in submissions}
    before = {(number, one.load, one.form) for number, one in shown.hand_ins.items()}
    about = [reach.forms(word.indicator) for word in words.figures]
    if not all(about):  # a word about what rests on no form
        return Everything(every)
    spoken_of = frozenset[str]().union(*about)
    come_or_gone = shown.periods.symmetric_difference(period.name for period in periods)
    told = reach.told if any(Period.parse(name).is_month for name in come_or_gone) else ()
    instead = [word.value.partition(" ") for word in words.figures if word.kind == "use"]
    return Anew(every, shown, reach, reach.beside(spoken_of.union((form for _, _, form in now ^ before), told)), spoken_of, frozenset((name, at) for name, _, at in instead))


def basis_of(office: Office, words: Words, let_go: Collection[int]) -> str:
    """Everything a state is computed by, beside what was handed in."""
    digest = hashlib.sha256()
    for part in (_PROGRAM, office.catalogue.version, str(office.settings.zone)):
        digest.update(f"{part}\0".encode())
    for word in (*words.cells, *words.figures):
        digest.update(f"{word.number} {replace(word, number=0)!r}\0".encode())
    for number, since in sorted(words.revoked.items()):
        digest.update(f"{number} {since.isoformat()}\0".encode())
    digest.update(f"{sorted(words.withdrawn)} {sorted(let_go)}".encode())
    return digest.hexdigest()


def _in_force(form: str, period: str, load: int, standing: Standing) -> tuple[str, str, tuple[object, ...]]:
    return form, period, (load, standing.submission_id, standing.held, standing.corrected)
