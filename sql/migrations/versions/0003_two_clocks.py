"""Two clocks: what was known, and until when. Loads, standings and earlier figures are kept; every act stands in a chained log.

What came before this version is known from the moment of the state that was shown; its receipts and loads enter the log
as they are found, without a word on the cells that were read then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _office() -> sa.Column[int]:
    return sa.Column("office", sa.Integer, nullable=False)


def _text(name: str, length: int | None = None, null: bool = False, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length) if length else sa.Text, nullable=null, server_default=default)


def _int(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=null)


def _big(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _lineage() -> list[sa.Column[Any]]:
    return [_office(), _text("indicator"), _text("period", 20), _int("seq"), _text("unit_code", 20), _text("source_period", 20),
            _text("value", null=True), _big("submission"), _text("sheet"), _text("cells")]  # fmt: skip


_FACTS = ("form", "department", "period", "refused", "warned", "rank", "data_hash", "cells_read", "cells_used", "cells_ignored", "cells_refused")
_ISSUE = ("seq", "code", "action", "sheet", "cell", "found", "expected", "message", "first_seen", "closed_at")


def upgrade() -> None:
    for table in ("submission", "issue", "hold"):
        op.execute(f"CREATE TABLE {table}_before AS SELECT * FROM {table}")
        op.drop_table(table)
    _create()
    _alter_figures()
    _carry()
    for table in ("submission", "issue", "hold"):
        op.drop_table(f"{table}_before")
    _begin_the_log()


def _create() -> None:
    op.create_table(
        "submission", _office(), _big("submission"), _text("path"), _text("sha256", 64), _big("size"), _text("modified", 40),
        _text("recorded_at", 40), _big("load"), _text("load_key", 64), sa.PrimaryKeyConstraint("office", "submission"),
    )  # fmt: skip
    op.create_table(
        "load", _office(), _big("submission"), _big("load"), _text("load_key", 64), _text("content", 64), _text("form", 40),
        _text("department"), _text("period", 20), _int("refused"), _int("warned"), _int("rank"), _text("data_hash", 64), _int("cells_read"),
        _int("cells_used"), _int("cells_ignored"), _int("cells_refused"), sa.PrimaryKeyConstraint("office", "load"),
    )  # fmt: skip
    op.create_index("load_submission", "load", ["office", "submission"])
    op.create_table(
        "issue", _office(), _big("submission"), _big("load"), _text("issue_id", 24), _int("seq"), _text("code", 12), _text("action", 20),
        _text("sheet"), _text("cell"), _text("found"), _text("expected"), _text("message"), _text("first_seen", 40),
        _text("closed_at", 40, null=True), _text("gone_at", 40, null=True), sa.PrimaryKeyConstraint("office", "submission", "load", "issue_id"),
    )  # fmt: skip
    op.create_table(
        "standing", _office(), _big("submission"), _text("known_from", 40), _text("known_to", 40, null=True), _big("load"), _text("form", 40),
        _text("department"), _text("period", 20), _text("state", 30), _int("revision"), _int("current"), _text("due_at", 40, null=True),
        _int("days_late"), sa.PrimaryKeyConstraint("office", "submission", "known_from"),
    )  # fmt: skip
    op.create_index("standing_load", "standing", ["office", "load"])
    op.create_index("standing_slice", "standing", ["office", "form", "period"])
    op.create_table(
        "hold", _office(), _big("submission"), _text("known_from", 40), _text("sheet"), _text("cell"), _int("held"), _text("adjusted", null=True),
        sa.PrimaryKeyConstraint("office", "submission", "known_from", "sheet", "cell"),
    )  # fmt: skip
    op.create_table("word", _office(), _int("adjustment"), _text("state", 20), sa.PrimaryKeyConstraint("office", "adjustment"))
    op.create_table(
        "reported", _office(), _text("indicator"), _text("period", 20), _text("value", null=True), _text("status", 20),
        sa.PrimaryKeyConstraint("office", "indicator", "period"),
    )  # fmt: skip
    op.create_table(
        "figure_past", _office(), _text("indicator"), _text("title"), _text("section"), _text("kind", 20), _text("unit", 20), _text("period", 20),
        _text("value", null=True), _text("status", 20), _int("reported_units"), _int("expected_units"), _text("year_to_date", null=True),
        _text("last_year", null=True), _text("growth_pct", null=True), _text("growth_source", 20, null=True), _text("target", null=True),
        _text("progress_pct", null=True), _text("reason"), _text("digest", 32), _text("known_from", 40), _text("known_to", 40),
        sa.PrimaryKeyConstraint("office", "indicator", "period", "known_from"),
    )  # fmt: skip
    op.create_table(
        "lineage_past", *_lineage(), _text("known_from", 40), _text("known_to", 40),
        sa.PrimaryKeyConstraint("office", "indicator", "period", "known_from", "seq"),
    )  # fmt: skip
    op.create_table(
        "publication", _office(), _int("publication"), _text("state", 40), _text("inputs", 64), _text("known_from", 40), _text("as_of", 40),
        _text("wanted", 20), _text("catalogue", 64), _text("content", 64), sa.PrimaryKeyConstraint("office", "publication"),
    )  # fmt: skip
    op.create_table(
        "log", _office(), _int("seq"), _text("at", 40), _text("kind", 20), _big("subject"), _text("digest", 64), _text("link", 64),
        sa.PrimaryKeyConstraint("office", "seq"),
    )  # fmt: skip


def _alter_figures() -> None:
    for name, length in (("title", None), ("section", None), ("kind", 20), ("unit", 20), ("known_from", 40)):
        op.add_column("figure", _text(name, length, default=""))
    for name in ("title", "section", "kind", "unit"):
        op.execute(
            f"UPDATE figure SET {name} = COALESCE((SELECT i.{name} FROM indicator i WHERE i.office = figure.office"
            f" AND i.indicator = figure.indicator), '')"
        )
    op.execute("UPDATE figure SET known_from = COALESCE((SELECT m.computed_at FROM meta m WHERE m.office = figure.office), '')")
    op.add_column("adjustment", _text("binds", 40, null=True))
    op.add_column("adjustment", _text("indicator", default=""))
    op.add_column("adjustment", _text("value", default=""))
    op.add_column("adjustment", _big("submission", null=True))


def _carry() -> None:
    facts = ", ".join(_FACTS)
    issue = ", ".join(_ISSUE)
    op.execute(
        "INSERT INTO submission (office, submission, path, sha256, size, modified, recorded_at, load, load_key)"
        " SELECT office, submission, path, sha256, size, modified, recorded_at, submission, load_key FROM submission_before"
    )
    op.execute(
        f"INSERT INTO load (office, submission, load, load_key, content, {facts})"
        f" SELECT office, submission, submission, load_key, '', {facts} FROM submission_before"
    )
    op.execute(
        f"INSERT INTO issue (office, submission, load, issue_id, {issue})"
        f" SELECT office, submission, CASE WHEN origin = 'settling' THEN 0 ELSE submission END, issue_id, {issue} FROM issue_before"
    )
    op.execute(
        "INSERT INTO standing (office, submission, known_from, load, form, department, period, state, revision, current, due_at, days_late)"
        " SELECT s.office, s.submission, m.computed_at, s.submission, s.form, s.department, s.period, s.state, s.revision, s.current, s.due_at,"
        " s.days_late FROM submission_before s JOIN meta m ON m.office = s.office WHERE s.state IS NOT NULL"
    )
    op.execute(
        "INSERT INTO hold (office, submission, known_from, sheet, cell, held)"
        " SELECT h.office, h.submission, m.computed_at, h.sheet, h.cell, 1 FROM hold_before h JOIN meta m ON m.office = h.office"
    )
    op.execute(
        "INSERT INTO publication (office, publication, state, inputs, known_from, as_of, wanted, catalogue, content)"
        " SELECT office, 1, state, '', computed_at, computed_at, '', '', '' FROM meta"
    )


def _begin_the_log() -> None:
    """One chain an office, in an order of its own: receipts and loads by number, then words, then the state that is shown."""
    found: dict[int, list[tuple[str, str, int, str]]] = {}
    for kind, at, query in (
        ("receipt", 5, "SELECT office, submission, submission, path, sha256, size, modified, recorded_at FROM submission ORDER BY office, submission"),
        ("load", None, f"SELECT office, load, submission, load, load_key, content, {', '.join(_FACTS)} FROM load ORDER BY office, load"),
        ("word", 9, 'SELECT office, adjustment, adjustment, kind, form, period, sheet, cell, expects, "by", why, at, binds, indicator, value,'
                    " submission FROM adjustment ORDER BY office, adjustment"),
        ("publication", 3, "SELECT office, publication, publication, state, inputs, known_from, as_of, wanted, catalogue, content"
                           " FROM publication ORDER BY office, publication"),
    ):  # fmt: skip
        for office, subject, *values in op.get_bind().execute(sa.text(query)).all():
            moment = str(values[at]) if at is not None else ""
            found.setdefault(int(office), []).append((kind, moment, int(subject), _digest(values)))
    log = sa.table("log", *(sa.column(c) for c in ("office", "seq", "at", "kind", "subject", "digest", "link")))
    for office, entries in sorted(found.items()):
        op.bulk_insert(log, list(_chain(office, entries)))


def _chain(office: int, entries: Iterable[tuple[str, str, int, str]]) -> Iterable[dict[str, Any]]:
    link = ""
    for seq, (kind, at, subject, digest) in enumerate(entries, 1):
        link = _digest([link, seq, at, kind, subject, digest])
        yield {"office": office, "seq": seq, "at": at, "kind": kind, "subject": subject, "digest": digest, "link": link}


def _digest(values: Sequence[Any]) -> str:
    return hashlib.sha256("\0".join("\1" if value is None else str(value) for value in values).encode()).hexdigest()
