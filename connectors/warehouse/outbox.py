"""Messages that are to go out: each once for every channel, remembered before it is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from connectors.warehouse import tables as t
from connectors.warehouse import witness
from connectors.warehouse.store import Warehouse, iso

LOST_AFTER = timedelta(minutes=10)
"""A message still being sent after this long was cut off: whether it went out nobody knows."""
GIVEN_UP_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message to one channel."""

    key: str
    channel: str
    subject: str
    body: str
    tries: int


def put(warehouse: Warehouse, key: str, kind: str, channels: Iterable[str], subject: str, body: str, at: datetime, about: str = "") -> int:
    """Queue a message for every channel that does not have it; how many were new. ``about``: what it speaks of, parted by spaces."""
    with warehouse.engine.begin() as connection:
        warehouse._lock(connection)
        return put_in(connection, warehouse.office, key, kind, channels, subject, body, at, about)


def put_in(
    connection: Connection, office: int, key: str, kind: str, channels: Iterable[str], subject: str, body: str, at: datetime, about: str = ""
) -> int:
    """:func:`put` as a part of another transaction."""
    o = t.outbox.c
    added = []
    for channel in channels:
        mine = and_(o.office == office, o.key == key, o.channel == channel)
        if connection.execute(select(o.key).where(mine)).first() is None:
            says = (key, channel, kind, about, subject, body, iso(at) or "")
            connection.execute(insert(t.outbox).values(
                office=office, **dict(zip(witness.MESSAGE, says, strict=True)), state="pending", tries=0,
            ))  # fmt: skip
            added.append(says)
    witness.queued(connection, office, iso(at) or "", added)
    return len(added)


def waiting(warehouse: Warehouse, now: datetime) -> list[Waiting]:
    """What has not gone out, oldest first. What was cut off in sending is doubtful from now on; what is a week old is given up."""
    o = t.outbox.c
    with warehouse.engine.begin() as connection:
        mine = o.office == warehouse.office
        connection.execute(update(t.outbox).where(mine, o.state == "sending", o.tried_at < iso(now - LOST_AFTER)).values(state="doubtful"))
        connection.execute(update(t.outbox).where(mine, o.state == "pending", o.created_at < iso(now - GIVEN_UP_AFTER)).values(state="given_up"))
        query = select(o.key, o.channel, o.subject, o.body, o.tries).where(mine, o.state == "pending").order_by(o.created_at, o.key, o.channel)
        return [Waiting(*row) for row in connection.execute(query)]


def claim(warehouse: Warehouse, message: Waiting, now: datetime) -> bool:
    """Take it to send it; False when somebody else has."""
    o = t.outbox.c
    with warehouse.engine.begin() as connection:
        done = connection.execute(update(t.outbox).where(_is(warehouse, message), o.state == "pending").values(
            state="sending", tries=o.tries + 1, tried_at=iso(now),
        ))  # fmt: skip
        return done.rowcount == 1


def settle(warehouse: Warehouse, message: Waiting, state: str) -> None:
    """What became of it: sent, doubtful, or pending once more."""
    with warehouse.engine.begin() as connection:
        connection.execute(update(t.outbox).where(_is(warehouse, message)).values(state=state))


def doubtful(warehouse: Warehouse, channel: str) -> list[str]:
    """Subjects of what may not have arrived there, or was given up, and was not spoken of since."""
    o = t.outbox.c
    with warehouse.reading() as connection:
        query = select(o.subject).where(_in_doubt(warehouse, channel)).order_by(o.created_at)
        return list(connection.execute(query).scalars())


def mention_doubtful(warehouse: Warehouse, channel: str) -> None:
    """They have been spoken of."""
    with warehouse.engine.begin() as connection:
        connection.execute(update(t.outbox).where(_in_doubt(warehouse, channel)).values(state="told"))


def _in_doubt(warehouse: Warehouse, channel: str) -> ColumnElement[bool]:
    o = t.outbox.c
    return and_(o.office == warehouse.office, o.channel == channel, o.state.in_(("doubtful", "given_up")))


def spoken_of(warehouse: Warehouse, kind: str) -> set[str]:
    """Everything that messages of this kind have been about."""
    o = t.outbox.c
    with warehouse.reading() as connection:
        rows = connection.execute(select(o.about).where(o.office == warehouse.office, o.kind == kind)).scalars()
        return {item for about in rows for item in about.split()}


def put_at(warehouse: Warehouse, kind: str) -> list[datetime]:
    """When messages of this kind were queued."""
    o = t.outbox.c
    with warehouse.reading() as connection:
        rows = connection.execute(select(o.created_at).where(o.office == warehouse.office, o.kind == kind)).scalars()
        return [datetime.fromisoformat(at) for at in rows]


def _is(warehouse: Warehouse, message: Waiting) -> ColumnElement[bool]:
    o = t.outbox.c
    return and_(o.office == warehouse.office, o.key == message.key, o.channel == message.channel)


# --- what there is to tell ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class News:
    """A hand-in that came with one night, as it stands."""

    submission: int
    form: str
    department: str
    period: str
    state: str
    revision: int


def news(warehouse: Warehouse, at: datetime, since: datetime | None) -> list[News]:
    """What was first loaded up to the night of ``at``, after that of ``since``."""
    s, f = t.standing.c, t.submission.c
    lately = [f.recorded_at <= iso(at), *([f.recorded_at > iso(since)] if since else [])]
    query = (
        select(s.submission, s.form, s.department, s.period, s.state, s.revision)
        .join_from(t.standing, t.submission, and_(f.office == s.office, f.submission == s.submission))
        .where(s.office == warehouse.office, *lately, s.known_to.is_(None)).order_by(s.department, s.form, s.period, s.submission)
    )  # fmt: skip
    with warehouse.reading() as connection:
        return [News(*row) for row in connection.execute(query)]


def figures_resting_on(warehouse: Warehouse, submissions: Iterable[int]) -> int:
    """How many period figures rest on these hand-ins."""
    line = t.lineage.c
    query = select(line.indicator, line.period).where(line.office == warehouse.office, line.submission.in_(list(submissions))).distinct()
    with warehouse.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(query.subquery())).scalar_one())


def last_completed(warehouse: Warehouse, before: datetime | None = None) -> tuple[datetime, datetime] | None:
    """(the time it spoke from, the time it finished) of the last completed run; only of those that spoke from before ``before``."""
    r = t.run.c
    query = select(r.as_of, r.finished_at).where(r.office == warehouse.office, r.state == "completed", r.finished_at.is_not(None))
    if before is not None:
        query = query.where(r.as_of < iso(before))
    with warehouse.reading() as connection:
        row = connection.execute(query.order_by(r.run.desc()).limit(1)).first()
    return (datetime.fromisoformat(row[0]), datetime.fromisoformat(row[1])) if row else None
