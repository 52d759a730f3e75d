"""The state that is shown, as the next one needs it: what is the same there need not be computed, nor written, again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select

from catalog.observations import Contradiction, Figure, Standing, State
from connectors.warehouse import tables as t
from connectors.warehouse import witness
from connectors.warehouse.rows import STATUS


@dataclass(frozen=True, slots=True)
class ShownHandIn:
    """A hand-in as the state shown has it; of its standing not what was said about it, nor since when it is answered."""

    load: int
    form: str
    period: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Shown:
    """The state that is shown."""

    basis: str
    """What it was computed by, beside what was handed in; empty before version 0012."""
    hand_ins: Mapping[int, ShownHandIn]
    periods: frozenset[str]
    """Names of the periods that have figures."""
    words: Mapping[int, str]
    contradictions: tuple[Contradiction, ...]
    reported: tuple[Figure, ...]


def shown(connection: Connection, office: int) -> Shown | None:
    """None before the first state; and where something of it was altered since, so that nothing is made to rest on that."""
    basis = connection.execute(select(t.meta.c.basis).where(t.meta.c.office == office)).scalar()
    if basis is None or not witness.vouched_for(connection, office):
        return None
    s, h, c, r, w = t.standing.c, t.hold.c, t.contradiction.c, t.reported.c, t.word.c
    now = and_(s.office == office, s.known_to.is_(None))
    holds: dict[int, list[tuple[str, str, int, str | None]]] = defaultdict(list)
    same = and_(h.office == s.office, h.submission == s.submission, h.known_from == s.known_from)
    for number, *hold in connection.execute(
        select(s.submission, h.sheet, h.cell, h.held, h.adjusted).join_from(t.standing, t.hold, same).where(now)
    ):
        holds[number].append((hold[0], hold[1], hold[2], hold[3]))
    columns = (s.submission, s.load, s.form, s.period, s.state, s.revision, s.current, s.due_at, s.days_late)
    hand_ins = {
        number: ShownHandIn(load, form, period, Standing(
            number, State(state), revision, bool(current), datetime.fromisoformat(due) if due else None, late,
            held=tuple(sorted((sheet, cell) for sheet, cell, held, _ in holds[number] if held)),
            corrected=tuple(sorted((sheet, cell, value) for sheet, cell, _, value in holds[number] if value is not None)),
        ))
        for number, load, form, period, state, revision, current, due, late in connection.execute(select(*columns).where(now))
    }  # fmt: skip
    told = select(c.indicator, c.other, c.period, c.value, c.other_value).where(c.office == office)
    would_be = select(r.indicator, r.period, r.value, r.status).where(r.office == office)
    return Shown(
        basis, hand_ins,
        frozenset(connection.execute(select(t.figure.c.period).where(t.figure.c.office == office).distinct()).scalars()),
        {number: state for number, state in connection.execute(select(w.adjustment, w.state).where(w.office == office))},  # noqa: C416 - a row is no pair to mypy
        tuple(Contradiction(*row) for row in connection.execute(told)),
        tuple(Figure(indicator, period, value, STATUS[status]) for indicator, period, value, status in connection.execute(would_be)),
    )  # fmt: skip
