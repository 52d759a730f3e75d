"""The readings and entries in force, by form and month: what the figures are computed from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType

from catalog.observations import Entry, Kept, Reading, Status, Window
from catalog.periods import Month


@dataclass(frozen=True, slots=True)
class HandIn:
    """The hand-in in force for one form and month."""

    submission_id: int
    readings: Mapping[str, tuple[Reading, ...]]
    """measure → readings; held ones already without value."""
    entries: Mapping[str, tuple[Entry, ...]]
    """indicator → its rows."""
    ledgers: Mapping[str, str]
    """Indicators whose ledger sheet was there (with rows, or with a declared 无) → its name in the file."""
    let_go: bool = False
    """Its ledger rows were deleted after their time: without them it tells nothing of a ledger, least of all zero."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Hand-ins in force: every one, or those of ``gathered``."""

    hand_ins: Mapping[tuple[str, Month], HandIn] = field(default_factory=dict)
    kept: Mapping[Window, Kept] = field(default_factory=dict)
    """Figures written down before ledger rows were let go."""
    taken_back: frozenset[int] = frozenset()
    """Hand-ins revoked: what was kept may rest on them."""
    gathered: Collection[tuple[str, Month]] | None = None
    """Forms and months that were asked for; None = all."""

    def of(self, form: str, month: Month) -> HandIn | None:
        """None = not reported. Raises LookupError for one that was not gathered: nobody may take that for not reported."""
        if self.gathered is not None and (form, month) not in self.gathered:
            raise LookupError(f"{form} {month} was not gathered")
        return self.hand_ins.get((form, month))

    @property
    def months(self) -> list[Month]:
        return sorted({month for _, month in self.hand_ins})


def hand_in(
    submission_id: int, readings: Sequence[Reading], entries: Sequence[Entry], held: Collection[tuple[str, str]],
    corrected: Mapping[tuple[str, str], str] = MappingProxyType({}), *, let_go: bool = False,
) -> HandIn:  # fmt: skip
    """Index one submission; readings that are held are refused here, those the office corrected count as corrected."""
    by_measure: dict[str, list[Reading]] = defaultdict(list)
    by_indicator: dict[str, list[Entry]] = defaultdict(list)
    ledgers: dict[str, str] = {}
    as_read = not held and not corrected
    for reading in readings:
        if reading.role == "ledger":
            ledgers[reading.measure] = reading.sheet
            continue
        if as_read:
            pass
        elif (value := corrected.get((reading.sheet, reading.cell))) is not None:
            reading = reading.corrected(value)
        elif (reading.sheet, reading.cell) in held:
            reading = reading._replace(value=None, status=Status.REFUSED, held=True)
        by_measure[reading.measure].append(reading)
    for indicator, rows in groupby(entries, attrgetter("indicator")):
        by_indicator[indicator] += rows
    return HandIn(
        submission_id,
        {measure: tuple(items) for measure, items in by_measure.items()},
        {indicator: tuple(items) for indicator, items in by_indicator.items()},
        ledgers,
        let_go,
    )
