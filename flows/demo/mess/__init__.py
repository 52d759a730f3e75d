"""What departments do to a clean page, one kind at a time (forms.md §9). Every kind is a plain function from a page and a
random generator to nothing; it returns whether it found anything to do. Nothing here knows a particular form."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from flows.demo.mess import of_cells, of_headings, of_rows
from flows.demo.mess.desk import Desk
from flows.demo.workbook import Page

Mess = Callable[[Desk, Page, random.Random], bool]


@dataclass(frozen=True)
class Kind:
    """A kind of mess, and how often it is met in a month of twenty files (forms.md §9, last paragraph)."""

    code: str
    apply: Mess
    a_month: int


KINDS: tuple[Kind, ...] = (
    # In the order in which they may be put upon one another.
    Kind("M16", of_rows.subtotals, 2), Kind("M27-said", of_headings.ten_thousands_said, 1), Kind("M27-unsaid", of_headings.ten_thousands_unsaid, 1),
    Kind("M28", of_rows.cumulative_as_month, 1), Kind("M33-sum", of_rows.short_sum, 1), Kind("M44", of_rows.typed_total, 1),
    Kind("M33", of_cells.error_cell, 2), Kind("M26-missing", of_cells.missing_word, 1), Kind("M25", of_cells.two_figures, 0),
    Kind("M34", of_cells.text_numbers, 2), Kind("M24", of_cells.odd_numbers, 3), Kind("M24-about", of_cells.about_numbers, 1),
    Kind("M26", of_cells.zero_words, 2), Kind("M36", of_cells.dust, 1), Kind("M29", of_cells.arrows, 1),
    Kind("M19", of_cells.aliases, 3), Kind("M19-typo", of_cells.typos, 1), Kind("M30", of_cells.dates, 2),
    Kind("M30-impossible", of_cells.impossible_date, 0), Kind("M31", of_cells.spoiled_identities, 2), Kind("M32", of_cells.account_number, 1),
    Kind("M40", of_cells.remarks, 1), Kind("M37", of_cells.comment, 1), Kind("M18", of_rows.merged_cells, 1),
    Kind("M15", of_rows.hidden_rows, 2), Kind("M17", of_rows.scribbles, 1), Kind("M13", of_rows.rows_above, 2),
    Kind("M16-label", of_rows.total_label, 2), Kind("M14", of_headings.other_words, 3), Kind("M41", of_headings.line_breaks, 2),
    Kind("M14-own", of_headings.own_column, 1),
)  # fmt: skip
BY_CODE = {kind.code: kind for kind in KINDS}


def in_order(codes: Iterable[str]) -> Iterator[Kind]:
    wanted = set(codes)
    return (kind for kind in KINDS if kind.code in wanted)
