"""What a period figure says, how such values are put together, and the cells that they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from catalog.numbers import plain
from catalog.observations import LineageRow, Reading, Status
from catalog.periods import Month
from catalog.places import cell_ranges
from catalog.units import OrgUnit

HELD = "待核对"
"""Of what was not refused: it waits until somebody vouches for a questioned cell (docs/decisions/0012)."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number or text with its status, what it rests on, and why it is not there."""

    status: Status
    text: str | None = None
    reason: str = ""
    lineage: tuple[LineageRow, ...] = ()
    reported: int = 1
    expected: int = 1
    partial: Value | None = None
    """What the office may accept in its place: the sum of the units that are there, its reason naming those that are not."""

    @property
    def said(self) -> str:
        """How the office reads it: ``110，未含荷塘坡村``."""
        return "，".join(filter(None, (self.text if self.known else str(self.status), self.reason if self.known else "")))

    @property
    def number(self) -> Decimal:
        return Decimal(self.text or 0)

    @property
    def known(self) -> bool:
        return self.status.has_value


NOT_APPLICABLE = Value(Status.NOT_APPLICABLE, reported=0, expected=0)


def missing(reason: str, expected: int = 1, reported: int = 0, status: Status = Status.MISSING) -> Value:
    """No figure, and why: Chinese, as the office reads it."""
    return Value(status, reason=reason, reported=reported, expected=expected)


def number(
    value: Decimal, lineage: Iterable[LineageRow] = (), *, provisional: bool = False, reported: int = 1, expected: int = 1, reason: str = ""
) -> Value:
    """A figure that is there; a nought counts as zero."""
    status = Status.PROVISIONAL if provisional else Status.REPORTED if value else Status.ZERO
    return Value(status, plain(value), reason, tuple(lineage), reported, expected)


def first_gap(values: Sequence[Value]) -> Value:
    """Why a figure over these is not there: what was refused before what is missing."""
    gaps = [v for v in values if not v.known]
    refused = next((v for v in gaps if v.status is Status.REFUSED), None)
    gap = refused or next((v for v in gaps if v.status is Status.MISSING), gaps[0])
    reasons = list(dict.fromkeys(v.reason for v in gaps if v.reason))
    return replace(gap, reason="；".join(reasons), lineage=())


def added(values: Sequence[Value]) -> Value:
    """The sum of figures that are all there; its coverage is that of the one that lacks most."""
    least = max(values, key=lambda v: (v.expected - v.reported, v.expected))
    return number(
        sum((v.number for v in values), Decimal(0)), [row for v in values for row in v.lineage],
        provisional=any(v.status is Status.PROVISIONAL for v in values),
        reported=least.reported, expected=least.expected,
        reason="；".join(dict.fromkeys(v.reason for v in values if v.reason)),
    )  # fmt: skip


def partial_sum(readings: Sequence[Reading], absent: Sequence[OrgUnit], names: Sequence[str], month: Month, submission: int) -> Value | None:
    """按已报汇总 (rules.md §7): lineage names the units that are not in it, without a value. None when nothing was reported."""
    known = [r for r in readings if r.status.has_value]
    lost = [LineageRow("", "", unit.code, month.name, None, submission, readings[0].sheet, "未报") for unit in absent]
    lost += [
        LineageRow("", "", r.unit_code, r.period, None, submission, r.sheet, r.cell)
        for r in readings if not r.status.has_value and r.status is not Status.NOT_APPLICABLE
    ]  # fmt: skip
    total = len(readings) + len(absent)
    return number(
        sum((Decimal(r.value or 0) for r in known), Decimal(0)), [*rests_on(known, submission), *lost], reported=total - len(names), expected=total,
        provisional=any(r.status is Status.PROVISIONAL for r in known), reason=f"未含{'、'.join(names)}",
    ) if known else None  # fmt: skip


def rests_on(readings: Sequence[Reading], submission: int) -> list[LineageRow]:
    """The cells of these readings, one line of lineage each."""
    return [LineageRow("", "", r.unit_code, r.period, r.value, submission, r.sheet, r.cell) for r in readings if r.value is not None]


def without(*values: Value) -> str:
    """What accepted partial sums lack that a figure rests on."""
    return "；".join(dict.fromkeys(value.reason for value in values if value.known and value.reason))


def named(part: str, value: Value) -> Iterable[LineageRow]:
    """The lineage of a value as a part of another one's."""
    return (row._replace(part=part) for row in value.lineage)


def condensed(part: str, value: Value, town: str) -> Iterable[LineageRow]:
    """The cells of a figure that stands beside the value, as ranges: one row a sheet, not one a village."""
    cells: dict[tuple[str, int, str], list[str]] = {}
    for row in value.lineage:
        cells.setdefault((row.source_period, row.submission_id, row.sheet), []).append(row.cells)
    for (month, submission, sheet), held in cells.items():
        yield LineageRow("", "", town, month, None, submission, sheet, _ranges(tuple(held)), part)


_ranges = lru_cache(maxsize=4_096)(cell_ranges)
"""A column's cells stand beside the figure of every period that its month lies in."""
