"""What is said of a hand-in on lists that leave the office: no sentence that tells a small count of a village's persons (privacy.md §4)."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import pairwise

from catalog.catalogue import Catalogue
from connectors.warehouse import StandingRow, Warehouse
from connectors.warehouse.villages import NO_VILLAGE, cells_of, observations_of
from flows.summary.small_counts import Headings, by_heading, hidden_villages

CELL = re.compile(r"(?<![A-Z])[A-Z]{1,3}[1-9][0-9]*(?![0-9])")
"""An address of a cell within a sentence."""
_NUMERAL = re.compile(r"[\d〇零一二两三四五六七八九十百几数]")
_UNTOLD = "{}有问题，关系到人数很少的格，数字不在此列出，见退给科室的表。"


_FIRST, _AT_ONCE = 4, 32
"""Hand-ins that are asked at one time: most of what is hidden is hidden by those first ones in which it is named."""
_TOLD = ("accepted", "accepted_with_warnings", "refused")


def without_small_counts(warehouse: Warehouse, standing: Sequence[StandingRow], catalogue: Catalogue) -> list[StandingRow]:
    """The same rows; a sentence that names a cell of a village hidden under its heading in any month names only the place.

    A cell is named by its own sentence, by that of its neighbour (大于C5的2), and by what was usual there in other months.
    Of a hand-in that another has replaced, or that came twice, no list tells a sentence: it has none.
    """
    groups, thresholds = under = by_heading(catalogue)
    counted = {measure for measure, group in groups.items() if thresholds[group]}
    forms = {groups[measure][0] for measure in counted}
    rows = [row if row.state in _TOLD else replace(row, refusals=()) for row in standing]
    named = {row.id: {place for message in row.refusals for place in _named(message)} for row in rows if row.refusals and row.form in forms}
    said = cells_of(warehouse, {number: {cell for _, cell in places} for number, places in named.items()})
    about = [
        (number, r) for number, places in named.items() for r in said.get(number, ())
        if r.measure in counted and (r.sheet, r.cell) in places and r.role not in NO_VILLAGE
    ]  # fmt: skip
    hidden = _hidden(warehouse, sorted(rows, key=lambda row: row.id not in named), {(r.measure, r.unit_code) for _, r in about}, catalogue, under)
    untold = {(number, r.sheet, r.cell) for number, r in about if (r.measure, r.unit_code) in hidden or (r.value is None and _NUMERAL.search(r.raw))}

    def told(row: StandingRow, message: str) -> str:
        cells = _named(message)
        return _UNTOLD.format(f"{cells[0][0]}!{cells[0][1]} ") if any((row.id, *cell) in untold for cell in cells) else message

    return [replace(row, refusals=tuple(told(row, message) for message in row.refusals)) if row.id in named else row for row in rows]


def _named(message: str) -> list[tuple[str, str]]:
    """(sheet, cell) of every cell that a sentence names; all are of one sheet."""
    sheet = message.partition("!")[0]
    return [(sheet, cell) for cell in CELL.findall(message)]


def _hidden(
    warehouse: Warehouse, rows: Sequence[StandingRow], wanted: Set[tuple[str, str]], catalogue: Catalogue, under: Headings
) -> set[tuple[str, str]]:
    """Of these (measure, village) at least those that any hand-in hides, as it was read. A heading is of one form; it is not gone
    through any more when all that is wanted of it is known to be hidden, and what counts nobody few hides nothing.
    """
    (groups, thresholds), found = under, set[tuple[str, str]]()
    for form in {groups[measure][0] for measure, _ in wanted}:
        ids = [row.id for row in rows if row.form == form]
        for start, end in pairwise((0, *range(_FIRST, len(ids), _AT_ONCE), len(ids))):
            open_still = {groups[measure] for measure, _ in wanted - found if groups[measure][0] == form}
            if not open_still:
                break
            measures = [measure for measure, group in groups.items() if group in open_still]
            small = max(thresholds[group] for group in open_still)
            for observations in observations_of(warehouse, ids[start:end], measures, small).values():
                found |= hidden_villages(catalogue, observations, under)
    return found
