"""The tables. Every one carries ``office`` and nothing is unique without it (DESIGN §7).

Numbers are exact decimals as text, times are ISO-8601 in UTC as text, so that both engines hold the same characters.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text

metadata = MetaData()
SCHEMA_VERSION = "0006"


def _office() -> Column[int]:
    return Column("office", Integer, nullable=False)


office = Table("office", metadata, Column("office", Integer, primary_key=True), Column("name", Text, nullable=False, unique=True))

run = Table(
    "run", metadata, _office(), Column("run", Integer, nullable=False), Column("started_at", String(40), nullable=False),
    Column("finished_at", String(40)), Column("state", String(20), nullable=False), Column("as_of", String(40)),
    Column("files_seen", Integer), Column("files_new", Integer), Column("cells_read", BigInteger), Column("seconds", Text),
    PrimaryKeyConstraint("office", "run"),
)  # fmt: skip

submission = Table(
    "submission", metadata, _office(), Column("submission", BigInteger, nullable=False),
    Column("path", Text, nullable=False), Column("sha256", String(64), nullable=False), Column("size", BigInteger, nullable=False),
    Column("modified", String(40), nullable=False), Column("recorded_at", String(40), nullable=False),
    Column("load_key", String(64), nullable=False),
    Column("form", String(40), nullable=False), Column("department", Text, nullable=False), Column("period", String(20), nullable=False),
    Column("refused", Integer, nullable=False), Column("warned", Integer, nullable=False), Column("rank", Integer, nullable=False),
    Column("data_hash", String(64), nullable=False), Column("cells_read", Integer, nullable=False),
    Column("cells_used", Integer, nullable=False), Column("cells_ignored", Integer, nullable=False),
    Column("cells_refused", Integer, nullable=False),
    # settled: empty until a state that knows this submission has been published
    Column("state", String(30)), Column("revision", Integer), Column("current", Integer), Column("due_at", String(40)),
    Column("days_late", Integer),
    PrimaryKeyConstraint("office", "submission"), Index("submission_slice", "office", "form", "period"),
)  # fmt: skip

reading = Table(
    "reading", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("seq", Integer, nullable=False),
    Column("measure", Text, nullable=False), Column("unit_code", String(20), nullable=False), Column("unit_name", Text, nullable=False),
    Column("period", String(20), nullable=False), Column("value", Text), Column("status", String(20), nullable=False),
    Column("sheet", Text, nullable=False), Column("cell", Text, nullable=False), Column("raw", Text, nullable=False),
    Column("role", String(20), nullable=False), Column("unit", String(20), nullable=False),
    Column("held", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("office", "submission", "seq"), Index("reading_measure", "office", "measure", "period"),
)  # fmt: skip

entry = Table(
    "entry", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("seq", Integer, nullable=False),
    Column("indicator", Text, nullable=False), Column("sheet", Text, nullable=False), Column("row", Integer, nullable=False),
    Column("day", String(10)), Column("until", String(10)), Column("token", String(40), nullable=False), Column("value", Text),
    Column("text", Text), Column("unit_code", String(20), nullable=False), Column("refused", Integer, nullable=False),
    PrimaryKeyConstraint("office", "submission", "seq"),
)  # fmt: skip

issue = Table(
    "issue", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("issue_id", String(24), nullable=False),
    Column("origin", String(10), nullable=False), Column("seq", Integer, nullable=False), Column("code", String(12), nullable=False),
    Column("action", String(20), nullable=False), Column("sheet", Text, nullable=False), Column("cell", Text, nullable=False),
    Column("found", Text, nullable=False), Column("expected", Text, nullable=False), Column("message", Text, nullable=False),
    Column("first_seen", String(40), nullable=False), Column("closed_at", String(40)),
    PrimaryKeyConstraint("office", "submission", "issue_id"),
)  # fmt: skip

hold = Table(
    "hold", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("sheet", Text, nullable=False),
    Column("cell", Text, nullable=False), PrimaryKeyConstraint("office", "submission", "sheet", "cell"),
)  # fmt: skip

adjustment = Table(
    "adjustment", metadata, _office(), Column("adjustment", Integer, nullable=False), Column("kind", String(20), nullable=False),
    Column("form", String(40), nullable=False), Column("period", String(20), nullable=False), Column("sheet", Text, nullable=False),
    Column("cell", Text, nullable=False), Column("expects", Text, nullable=False), Column("by", Text, nullable=False),
    Column("why", Text, nullable=False), Column("at", String(40), nullable=False), PrimaryKeyConstraint("office", "adjustment"),
)  # fmt: skip

missing = Table(
    "missing", metadata, _office(), Column("form", String(40), nullable=False), Column("period", String(20), nullable=False),
    Column("department", Text, nullable=False), Column("due_at", String(40), nullable=False),
    Column("days_late", Integer, nullable=False), PrimaryKeyConstraint("office", "form", "period"),
)  # fmt: skip

figure = Table(
    "figure", metadata, _office(), Column("indicator", Text, nullable=False), Column("period", String(20), nullable=False),
    Column("value", Text), Column("status", String(20), nullable=False), Column("reported_units", Integer, nullable=False),
    Column("expected_units", Integer, nullable=False), Column("year_to_date", Text), Column("last_year", Text), Column("growth_pct", Text),
    Column("growth_source", String(20)), Column("target", Text), Column("progress_pct", Text), Column("reason", Text, nullable=False),
    Column("digest", String(32), nullable=False), PrimaryKeyConstraint("office", "indicator", "period"),
)  # fmt: skip

lineage = Table(
    "lineage", metadata, _office(), Column("indicator", Text, nullable=False), Column("period", String(20), nullable=False),
    Column("seq", Integer, nullable=False), Column("unit_code", String(20), nullable=False), Column("source_period", String(20), nullable=False),
    Column("value", Text), Column("submission", BigInteger, nullable=False), Column("sheet", Text, nullable=False),
    Column("cells", Text, nullable=False), PrimaryKeyConstraint("office", "indicator", "period", "seq"),
    Index("lineage_submission", "office", "submission"),
)  # fmt: skip

contradiction = Table(
    "contradiction", metadata, _office(), Column("indicator", Text, nullable=False), Column("other", Text, nullable=False),
    Column("period", String(20), nullable=False), Column("value", Text, nullable=False), Column("other_value", Text, nullable=False),
    PrimaryKeyConstraint("office", "indicator", "other", "period"),
)  # fmt: skip

indicator = Table(
    "indicator", metadata, _office(), Column("indicator", Text, nullable=False), Column("title", Text, nullable=False),
    Column("section", Text, nullable=False), Column("kind", String(20), nullable=False), Column("unit", String(20), nullable=False),
    PrimaryKeyConstraint("office", "indicator"),
)  # fmt: skip

unit = Table(
    "unit", metadata, _office(), Column("unit_code", String(20), nullable=False), Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False), Column("valid_from", String(10)), Column("valid_to", String(10)),
    Column("merged_into", String(20), nullable=False), PrimaryKeyConstraint("office", "unit_code"),
)  # fmt: skip

meta = Table(
    "meta", metadata, _office(), Column("contract", String(10), nullable=False), Column("state", String(40), nullable=False),
    Column("computed_at", String(40), nullable=False), PrimaryKeyConstraint("office"),
)  # fmt: skip

outbox = Table(
    "outbox", metadata, _office(), Column("key", String(120), nullable=False), Column("channel", String(80), nullable=False),
    Column("kind", String(20), nullable=False), Column("about", Text, nullable=False), Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False), Column("created_at", String(40), nullable=False), Column("state", String(12), nullable=False),
    Column("tries", Integer, nullable=False), Column("tried_at", String(40)), PrimaryKeyConstraint("office", "key", "channel"),
)  # fmt: skip

kept_figure = Table(
    "kept_figure", metadata, _office(), Column("indicator", Text, nullable=False), Column("year", Integer, nullable=False),
    Column("first", Integer, nullable=False), Column("last", Integer, nullable=False), Column("value", Text),
    Column("status", String(20), nullable=False), Column("reported_units", Integer, nullable=False), Column("expected_units", Integer, nullable=False),
    Column("reason", Text, nullable=False), Column("lineage", Text, nullable=False), Column("submissions", Text, nullable=False),
    PrimaryKeyConstraint("office", "indicator", "year", "first", "last"),
)  # fmt: skip

let_go = Table(
    "let_go", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("at", String(40), nullable=False),
    PrimaryKeyConstraint("office", "submission"),
)  # fmt: skip
