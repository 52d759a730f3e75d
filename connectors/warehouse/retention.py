"""Letting go of what may no longer be kept: ledger rows after their figures are written down, old runs and messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, select, text

from catalog.observations import Kept, LineageRow, Status, Window
from connectors.warehouse import tables as t
from connectors.warehouse import witness
from connectors.warehouse.engine import bulk_insert
from connectors.warehouse.rows import iso
from connectors.warehouse.store import Warehouse

_IN_CHUNK = 400


@dataclass(frozen=True, slots=True)
class PersonGrain:
    """A hand-in whose ledger rows are in the warehouse: how many."""

    submission: int
    form: str
    period: str
    path: str
    rows: int


def person_grain(warehouse: Warehouse, before: str) -> list[PersonGrain]:
    """Hand-ins of months before ``before`` (YYYY-MM) that still have ledger rows, whatever became of them; by period and path."""
    s, f, e = t.submission.c, t.load.c, t.entry.c
    query = (
        select(s.submission, f.form, f.period, s.path, func.count())
        .join_from(t.submission, t.load, and_(f.office == s.office, f.submission == s.submission))
        .join(t.entry, and_(e.office == f.office, e.submission == f.load))
        .where(s.office == warehouse.office, f.period < before, f.period != "")
        .group_by(s.submission, f.form, f.period, s.path).order_by(f.period, s.path, s.submission)
    )  # fmt: skip
    with warehouse.reading() as connection:
        return [PersonGrain(*row) for row in connection.execute(query)]


def gone(warehouse: Warehouse) -> frozenset[int]:
    """Hand-ins whose ledger rows were let go."""
    with warehouse.reading() as connection:
        return frozenset(connection.execute(select(t.let_go.c.submission).where(t.let_go.c.office == warehouse.office)).scalars())


def kept_figures(warehouse: Warehouse) -> dict[Window, Kept]:
    """What was written down before rows were let go."""
    k = t.kept_figure.c
    with warehouse.reading() as connection:
        rows = connection.execute(select(t.kept_figure).where(k.office == warehouse.office)).all()
    return {
        (r.indicator, r.year, r.first, r.last): Kept(
            r.value, Status(r.status), r.reported_units, r.expected_units, r.reason,
            tuple(LineageRow(*row) for row in json.loads(r.lineage)), frozenset(json.loads(r.submissions)),
        )
        for r in rows
    }  # fmt: skip


def let_go(warehouse: Warehouse, submissions: Iterable[int], kept: Mapping[Window, Kept], at: datetime) -> int:
    """Write the figures down and delete the rows they rested on, in one transaction; how many rows went."""
    ids = sorted(set(submissions))
    office, k, e, g = warehouse.office, t.kept_figure.c, t.entry.c, t.let_go.c
    removed = 0
    with warehouse.writing() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        for indicator, year, first, last in kept:
            window = and_(k.office == office, k.indicator == indicator, k.year == year, k.first == first, k.last == last)
            connection.execute(delete(t.kept_figure).where(window))
        bulk_insert(connection, t.kept_figure, [c.name for c in t.kept_figure.columns], [
            (office, *window, figure.value, figure.status.value, figure.reported_units, figure.expected_units, figure.reason,
             json.dumps(figure.lineage, ensure_ascii=False), json.dumps(sorted(figure.submissions)))
            for window, figure in kept.items()
        ])  # fmt: skip
        for start in range(0, len(ids), _IN_CHUNK):
            part = ids[start : start + _IN_CHUNK]
            loads = select(t.load.c.load).where(t.load.c.office == office, t.load.c.submission.in_(part))
            removed += connection.execute(delete(t.entry).where(e.office == office, e.submission.in_(loads))).rowcount
            connection.execute(delete(t.let_go).where(g.office == office, g.submission.in_(part)))
            witness.keeps(connection, office, iso(at) or "", part)
        bulk_insert(connection, t.let_go, ["office", "submission", "at"], [(office, number, iso(at)) for number in ids])
        witness.whole(connection, office, iso(at) or "", "kept", len(kept))
    return removed


def old_runs(warehouse: Warehouse, before: datetime) -> int:
    """How many runs began before, the last one aside."""
    with warehouse.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(t.run).where(_old_runs(warehouse, before))).scalar_one())


def old_messages(warehouse: Warehouse, before: datetime) -> int:
    with warehouse.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(t.outbox).where(_old_messages(warehouse, before))).scalar_one())


def forget_logs(warehouse: Warehouse, before: datetime) -> None:
    """Delete runs and messages of before; the last run stays whatever its age."""
    with warehouse.engine.begin() as connection:
        connection.execute(delete(t.run).where(_old_runs(warehouse, before)))
        connection.execute(delete(t.outbox).where(_old_messages(warehouse, before)))


def _old_runs(warehouse: Warehouse, before: datetime) -> Any:
    r = t.run.c
    last = select(func.max(r.run)).where(r.office == warehouse.office).scalar_subquery()
    return and_(r.office == warehouse.office, r.started_at < iso(before), r.run != last)


def _old_messages(warehouse: Warehouse, before: datetime) -> Any:
    return and_(t.outbox.c.office == warehouse.office, t.outbox.c.created_at < iso(before))


def compact(warehouse: Warehouse) -> None:
    """Give deleted bytes back to the disk, so that they cannot be read from the file either; what an earlier try could not is done too."""
    with warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("VACUUM entry"))
            return
    raw = warehouse.engine.raw_connection()
    try:
        cursor = raw.cursor()
        if cursor.execute("PRAGMA freelist_count").fetchone()[0]:
            cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        raw.close()
