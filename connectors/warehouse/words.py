"""The office's own words about figures: corrections, confirmations, what is taken back; kept for good and linked in the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, func, insert, select

from catalog.observations import Adjustment, Reading
from connectors.warehouse import log
from connectors.warehouse import tables as t
from connectors.warehouse.rows import STATUS, iso, without_nul

_SAID = ("kind", "form", "period", "sheet", "cell", "expects", "by", "why", "at", "binds", "indicator", "value", "submission")


def all_said(connection: Connection, office: int) -> list[Adjustment]:
    """Every word, in the order they were said; those about a cell with what was read there then."""
    a = t.adjustment.c
    columns = [a[name] for name in _SAID]
    rows = connection.execute(select(a.adjustment, *columns).where(a.office == office).order_by(a.adjustment)).mappings().all()
    then = _read_then(connection, office, {r["adjustment"]: r["submission"] for r in rows if r["cell"] and r["submission"] is not None})
    return [
        Adjustment(**{name: row[name] for name in _SAID if name not in ("at", "binds")}, at=datetime.fromisoformat(row["at"]),
                   binds=datetime.fromisoformat(row["binds"]) if row["binds"] else None, number=row["adjustment"],
                   then=then.get((row["adjustment"], row["sheet"], row["cell"])))
        for row in rows
    ]  # fmt: skip


def keep(connection: Connection, office: int, adjustment: Adjustment) -> int:
    """Keep one more, as a link of the log; its number. Nothing is ever taken out."""
    a = t.adjustment.c
    last = connection.execute(select(func.max(a.adjustment)).where(a.office == office)).scalar() or 0
    row = {"adjustment": last + 1, **{name: without_nul(getattr(adjustment, name)) for name in _SAID},
           "at": iso(adjustment.at), "binds": iso(adjustment.binds)}  # fmt: skip
    connection.execute(insert(t.adjustment).values(office=office, **row))
    log.append(connection, office, iso(adjustment.at) or "", [("word", row)])
    return int(last) + 1


def _read_then(connection: Connection, office: int, about: Mapping[int, int]) -> dict[tuple[int, str, str], Reading]:
    """(word, sheet, cell) → what the file that the word is about was read to hold there when it was said: by the log, of whose
    links none can be put in later. ``about``: word → submission.
    """
    if not about:
        return {}
    f, g, r = t.load.c, t.log.c, t.reading.c
    said = {row.subject: row.seq for row in connection.execute(select(g.subject, g.seq).where(g.office == office, g.kind == "word"))}
    known = connection.execute(
        select(g.seq, f.load, f.submission).join_from(t.log, t.load, and_(f.office == g.office, f.load == g.subject))
        .where(g.office == office, g.kind.in_(("load", "read")), f.submission.in_(set(about.values()))).order_by(g.seq)
    ).all()  # fmt: skip
    loads: dict[int, list[int]] = defaultdict(list)
    for word, submission in about.items():
        if earlier := [row.load for row in known if row.submission == submission and row.seq < said.get(word, 0)]:
            loads[earlier[-1]].append(word)
    return {
        (word, row.sheet, row.cell): Reading(*row[3:])._replace(status=STATUS[row.status], held=bool(row.held))
        for load, words in loads.items()
        for row in connection.execute(select(t.reading).where(r.office == office, r.submission == load).order_by(r.seq))
        for word in words
    }
