"""The log vouches for runs, for what messages say, and for the key under which each file was read last.

No table changes: one link for each that is there when this version takes over is added to every office's chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_RUN = "run, started_at, finished_at, state, as_of, files_seen, files_new, cells_read, seconds, period, form, department, deferred"


def upgrade() -> None:
    for (office,) in _rows("SELECT office FROM log UNION SELECT office FROM run UNION SELECT office FROM outbox ORDER BY office"):
        _add(office, list(_links(office)))


def _links(office: int) -> Iterable[tuple[str, int, str]]:
    """(kind, subject, digest)."""
    loads = {row.load: row for row in _rows("SELECT load, submission, load_key FROM load WHERE office = :o", o=office)}
    last = {}
    for kind, load in _rows("SELECT kind, subject FROM log WHERE office = :o AND kind IN ('load', 'read') ORDER BY seq", o=office):
        if load in loads:
            last[loads[load].submission] = kind
    for submission, load, key in _rows("SELECT submission, load, load_key FROM submission WHERE office = :o ORDER BY submission", o=office):
        if last.get(submission) == "read" or (load in loads and loads[load].load_key != key):
            yield "read", load, _joined("read", [submission, load, key])
    for row in _rows(f"SELECT {_RUN} FROM run WHERE office = :o ORDER BY run", o=office):
        yield "run", row[0], _joined("run", row)
    for row in _rows("SELECT key, channel, kind, about, subject, body, created_at FROM outbox WHERE office = :o ORDER BY created_at, key, channel", o=office):
        number = int.from_bytes(hashlib.sha256(_bare(row[:2]).encode()).digest()[:8], "big") >> 12
        yield "message", number, _joined("message", row)


def _add(office: int, links: Sequence[tuple[str, int, str]]) -> None:
    last = _rows("SELECT seq, link, at FROM log WHERE office = :o ORDER BY seq DESC LIMIT 1", o=office)
    seq, link, at = last[0] if last else (0, "", "")
    rows = []
    for kind, subject, digest in links:
        seq += 1
        link = hashlib.sha256(_bare([link, seq, at, kind, subject, digest]).encode()).hexdigest()
        rows.append({"office": office, "seq": seq, "at": at, "kind": kind, "subject": subject, "digest": digest, "link": link})
    op.bulk_insert(sa.table("log", *(sa.column(c) for c in ("office", "seq", "at", "kind", "subject", "digest", "link"))), rows)


def _rows(query: str, **values: Any) -> Sequence[Any]:
    return op.get_bind().execute(sa.text(query), values).all()


def _joined(kind: str, values: Iterable[Any]) -> str:
    return hashlib.sha256(_bare([kind, *values]).encode()).hexdigest()


def _bare(values: Iterable[Any]) -> str:
    return "\0".join("\1" if value is None else str(value) for value in values)
