"""What a period's draft printed: the last edition and the one before it, so that what changed can always be told again.

A new edition pushes out the oldest in the same transaction. An edition that prints what the last one did is not kept:
a night with nothing new leaves the list of changes as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from catalog.observations import Contradiction
from connectors.warehouse import tables as t
from connectors.warehouse import witness
from connectors.warehouse.engine import bulk_insert
from connectors.warehouse.store import Warehouse, iso

LACKING = "lacking"


class PrintedFigure(NamedTuple):
    """One figure as the draft printed it."""

    slot: int | None
    indicator: str
    title: str
    paragraph: str
    clause: str
    """The clause it stood in."""
    pattern: str
    """The clause with a box for every figure: its wording."""
    text: str
    value: str | None
    """Exact decimal as text."""
    state: str
    """``lacking`` for an X, else the status of the figure."""
    reason: str
    sources: tuple[int, ...]
    """Submissions it rested on."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything a draft printed, in its order, and the time it spoke from."""

    at: datetime
    figures: tuple[PrintedFigure, ...]


def kept_editions(warehouse: Warehouse, period: str) -> list[Edition]:
    """At most two, the older first."""
    with warehouse.reading() as connection:
        return _read(connection, warehouse.office, period)


def keep_edition(warehouse: Warehouse, period: str, edition: Edition) -> bool:
    """Keep this one as the last, in one transaction; False when the last printed the same. To be called when the files are
    written: a night that is killed before compares with the same edition again, and no change is lost.
    """
    p = t.printed.c
    mine = (p.office == warehouse.office, p.period == period)
    with warehouse.writing() as connection:
        kept = _read(connection, warehouse.office, period)
        if kept and kept[-1].figures == edition.figures:
            return False
        last = connection.execute(select(func.max(p.edition)).where(*mine)).scalar() or 0
        connection.execute(delete(t.printed).where(*mine, p.edition < last))
        bulk_insert(connection, t.printed, [c.name for c in t.printed.columns], _rows(warehouse.office, period, last + 1, edition))
        witness.whole(connection, warehouse.office, iso(edition.at) or "", "printed", last + 1)
    return True


def _read(connection: Connection, office: int, period: str) -> list[Edition]:
    p = t.printed.c
    rows = connection.execute(select(t.printed).where(p.office == office, p.period == period).order_by(p.edition, p.seq)).all()
    by_edition: dict[int, list[PrintedFigure]] = {}
    times: dict[int, str] = {}
    for r in rows:
        sources = tuple(map(int, r.sources.split()))
        figure = PrintedFigure(r.slot, r.indicator, r.title, r.paragraph, r.clause, r.pattern, r.text, r.value, r.state, r.reason, sources)
        by_edition.setdefault(r.edition, []).append(figure)
        times[r.edition] = r.at
    return [Edition(datetime.fromisoformat(times[number]), tuple(figures)) for number, figures in by_edition.items()]


def _rows(office: int, period: str, number: int, edition: Edition) -> Sequence[tuple[object, ...]]:
    return [
        (office, period, number, seq, iso(edition.at), *figure[:-1], " ".join(map(str, figure.sources))) for seq, figure in enumerate(edition.figures)
    ]


def contradictions(warehouse: Warehouse) -> list[Contradiction]:
    """What two forms tell differently, in the published state."""
    c = t.contradiction.c
    with warehouse.reading() as connection:
        rows = connection.execute(
            select(c.indicator, c.other, c.period, c.value, c.other_value).where(c.office == warehouse.office).order_by(c.period, c.indicator, c.other)
        ).all()  # fmt: skip
    return [Contradiction(*row) for row in rows]
