"""What is said of a hand-in on lists that leave the office: no sentence that tells a small count of a village's persons (privacy.md §4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from catalog.catalogue import Catalogue
from catalog.observations import Reading
from connectors.warehouse import StandingRow, Warehouse
from flows.summary.small_counts import Headings, by_heading, hidden_villages

CELL = re.compile(r"(?<![A-Z])[A-Z]{1,3}[1-9][0-9]*(?![0-9])")
"""An address of a cell within a sentence."""
_NUMERAL = re.compile(r"[\d〇零一二两三四五六七八九十百几数]")
_UNTOLD = "{}有问题，关系到人数很少的格，数字不在此列出，见退给科室的表。"


def without_small_counts(warehouse: Warehouse, standing: Sequence[StandingRow], catalogue: Catalogue) -> list[StandingRow]:
    """The same rows; a sentence that names a cell of a village hidden under its heading in any month names only the place.

    A cell is named by its own sentence, by that of its neighbour (大于C5的2), and by what was usual there in other months.
    """
    groups, thresholds = under = by_heading(catalogue)
    forms = {group[0] for group, threshold in thresholds.items() if threshold}
    asked = {row.form for row in standing if row.refusals} & forms
    if not asked:
        return list(standing)
    cells = warehouse.readings(row.id for row in standing if row.form in asked)
    hidden = set[tuple[str, str]]().union(*(_hidden(readings, catalogue, under) for readings in cells.values()))
    places = {
        (number, reading.sheet, reading.cell) for number, readings in cells.items() for reading in _of_villages(readings)
        if (reading.measure, reading.unit_code) in hidden
        or (reading.value is None and _NUMERAL.search(reading.raw) and thresholds.get(groups.get(reading.measure, ("", "", ""))))
    }  # fmt: skip

    def told(row: StandingRow, message: str) -> str:
        sheet = message.partition("!")[0]
        found = CELL.findall(message)
        return _UNTOLD.format(f"{sheet}!{found[0]} ") if any((row.id, sheet, cell) in places for cell in found) else message

    return [replace(row, refusals=tuple(told(row, message) for message in row.refusals)) if row.refusals else row for row in standing]


def _of_villages(readings: Iterable[Reading]) -> Iterable[Reading]:
    return (reading for reading in readings if reading.role not in ("part", "total", "ledger"))


def _hidden(readings: Iterable[Reading], catalogue: Catalogue, under: Headings) -> set[tuple[str, str]]:
    """(measure, village) hidden in one hand-in, as it was read."""
    return hidden_villages(catalogue, (
        {"indicator": r.measure, "period": r.period, "unit_code": r.unit_code, "unit": r.unit, "value": r.value} for r in _of_villages(readings)
    ), under)  # fmt: skip
