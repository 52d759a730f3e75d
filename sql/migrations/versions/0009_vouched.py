"""The log vouches for issues, for what is shown from small tables, for what was let go and for what drafts printed.

No table changes: one link of each kind, for what is there when this version takes over, is added to every office's chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TOLD = "i.submission, i.load, i.issue_id, i.code, i.action, i.sheet, i.cell, i.found, i.expected, i.message, i.first_seen"
_PRESENT = {
    "missing": "form, period, department, due_at", "unit": "unit_code, name, kind, valid_from, valid_to, merged_into",
    "indicator": "indicator, title, section, kind, unit", "contradiction": "indicator, other, period, value, other_value",
    "reported": "indicator, period, value, status", "word": "adjustment, state", "meta": "contract, state",
}  # fmt: skip
_KEPT = {"kept_figure": "indicator, year, first, last, value, status, reported_units, expected_units, reason, lineage, submissions"}
_PRINTED = {
    "printed": "period, edition, seq, at, slot, indicator, title, paragraph, clause, pattern, text, value, state, reason, sources"
}  # fmt: skip
_READING = "measure, unit_code, unit_name, period, value, status, sheet, cell, raw, role, unit, held"


def upgrade() -> None:
    for (office,) in _rows("SELECT DISTINCT office FROM log ORDER BY office"):
        _add(office, list(_links(office)))


def _links(office: int) -> Iterable[tuple[str, str, int, str]]:
    """(at, kind, subject, digest)."""
    at = str(_rows("SELECT at FROM log WHERE office = :o ORDER BY seq DESC LIMIT 1", o=office)[0][0])
    loads = {row[0]: row[1] for row in _rows("SELECT load, submission FROM load WHERE office = :o", o=office)}
    last = {loads[load]: load for (load,) in _rows("SELECT subject FROM log WHERE office = :o AND kind = 'load' ORDER BY seq", o=office) if load in loads}
    for submission, load in _rows("SELECT submission, load FROM submission WHERE office = :o ORDER BY submission", o=office):
        if last.get(submission) != load:
            yield at, "read", load, _joined("read", [submission, load])
    if loads:
        digest = hashlib.sha256()
        for row in _rows(f"SELECT {_TOLD} FROM issue i WHERE i.office = :o AND i.load <> 0 ORDER BY i.submission, i.load, i.issue_id", o=office):
            digest.update(f"{_line('found', row)}\n".encode())
        yield at, "found", len(loads), digest.hexdigest()
    gone = "SELECT f.load FROM load f JOIN let_go g ON g.office = f.office AND g.submission = f.submission WHERE f.office = :o ORDER BY f.load"
    for (load,) in _rows(gone, o=office):
        yield at, "let_go", load, _cells(office, load)
    for kind, tables in (("kept", _KEPT), ("printed", _PRINTED)):
        if lines := _lines(office, tables):
            yield at, kind, len(lines), _together(lines)
    for publication, since in _rows("SELECT publication, known_from FROM publication WHERE office = :o ORDER BY publication DESC LIMIT 1", o=office):
        yield since, "said", publication, _together(_spells(office))
        yield since, "present", publication, _together(_lines(office, _PRESENT))


def _spells(office: int) -> Iterable[str]:
    now = f"SELECT {_TOLD}, i.closed_at FROM issue i WHERE i.office = :o AND i.gone_at IS NULL AND i.known_from <> ''"
    for row in _rows(now, o=office):
        yield _line("issue", row)
    past = (
        f"SELECT p.known_from, {_TOLD}, p.closed_at FROM issue_past p JOIN issue i ON i.office = p.office AND i.submission = p.submission"
        " AND i.load = p.load AND i.issue_id = p.issue_id WHERE p.office = :o"
    )
    for began, *rest in _rows(past, o=office):
        if began:
            yield _line("issue", rest)
        yield _line("issue gone", rest[:3])


def _lines(office: int, tables: dict[str, str]) -> list[str]:
    return [_line(table, row) for table, names in tables.items() for row in _rows(f"SELECT {names} FROM {table} WHERE office = :o", o=office)]


def _cells(office: int, load: int) -> str:
    query = f"SELECT {_READING} FROM reading WHERE office = :o AND submission = :l ORDER BY seq"
    lines = [
        "\x1f".join((*row[:4], "\1" if row[4] is None else row[4], *row[5:11], "1" if row[11] else "")) for row in _rows(query, o=office, l=load)
    ]  # fmt: skip
    content = hashlib.sha256("\n".join(lines).replace("\0", "").encode()).hexdigest()
    left = _rows("SELECT COUNT(*) FROM entry WHERE office = :o AND submission = :l", o=office, l=load)[0][0]
    return _joined("let_go", [load, content, left])


def _add(office: int, links: Sequence[tuple[str, str, int, str]]) -> None:
    seq, link = _rows("SELECT seq, link FROM log WHERE office = :o ORDER BY seq DESC LIMIT 1", o=office)[0]
    rows = []
    for at, kind, subject, digest in links:
        seq += 1
        link = hashlib.sha256(_bare([link, seq, at, kind, subject, digest]).encode()).hexdigest()
        rows.append({"office": office, "seq": seq, "at": at, "kind": kind, "subject": subject, "digest": digest, "link": link})
    op.bulk_insert(sa.table("log", *(sa.column(c) for c in ("office", "seq", "at", "kind", "subject", "digest", "link"))), rows)


def _rows(query: str, **values: Any) -> Sequence[Any]:
    return op.get_bind().execute(sa.text(query), values).all()


def _together(lines: Iterable[str]) -> str:
    return hashlib.sha256(b"".join(sorted(hashlib.sha256(one.encode()).digest() for one in lines))).hexdigest()


def _joined(kind: str, values: Iterable[Any]) -> str:
    return hashlib.sha256(_line(kind, values).encode()).hexdigest()


def _line(kind: str, values: Iterable[Any]) -> str:
    return _bare([kind, *values])


def _bare(values: Iterable[Any]) -> str:
    return "\0".join("\1" if value is None else str(value) for value in values)
