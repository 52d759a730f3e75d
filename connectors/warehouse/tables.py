"""The tables. Every one carries ``office`` and nothing is unique without it (DESIGN §7).

Numbers are exact decimals as text, times are ISO-8601 in UTC as text, so that both engines hold the same characters.
What was received (submission, load, reading, entry, adjustment, log) is only ever added to. What is published carries
``known_from`` and, once it no longer holds, ``known_to``: in the same table where rows are few (standing), beside it
where they are many (figure_past, lineage_past), so that the present costs what it did without a past.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text

metadata = MetaData()
SCHEMA_VERSION = "0013"


def _office() -> Column[int]:
    return Column("office", Integer, nullable=False)


office = Table("office", metadata, Column("office", Integer, primary_key=True), Column("name", Text, nullable=False, unique=True))

run = Table(
    "run", metadata, _office(), Column("run", Integer, nullable=False), Column("started_at", String(40), nullable=False),
    Column("finished_at", String(40)), Column("state", String(20), nullable=False), Column("as_of", String(40)),
    Column("files_seen", Integer), Column("files_new", Integer), Column("cells_read", BigInteger), Column("seconds", Text),
    Column("period", Text, nullable=False, server_default=""), Column("form", Text, nullable=False, server_default=""),
    Column("department", Text, nullable=False, server_default=""), Column("deferred", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("office", "run"),
)  # fmt: skip

# what a period's outputs were last written from
written = Table(
    "written", metadata, _office(), Column("period", String(20), nullable=False), Column("digest", String(64), nullable=False),
    PrimaryKeyConstraint("office", "period"),
)  # fmt: skip

# a file as it came; ``load`` is the latest reading of it, ``load_key`` what went into that
submission = Table(
    "submission", metadata, _office(), Column("submission", BigInteger, nullable=False),
    Column("path", Text, nullable=False), Column("sha256", String(64), nullable=False), Column("size", BigInteger, nullable=False),
    Column("modified", String(40), nullable=False), Column("recorded_at", String(40), nullable=False),
    Column("load", BigInteger, nullable=False), Column("load_key", String(64), nullable=False), PrimaryKeyConstraint("office", "submission"),
    Index("submission_path", "office", "path"),
)  # fmt: skip

# what one reading of a file found; another catalogue or another version of the program makes another load
load = Table(
    "load", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("load", BigInteger, nullable=False),
    Column("load_key", String(64), nullable=False), Column("content", String(64), nullable=False),
    Column("form", String(40), nullable=False), Column("department", Text, nullable=False), Column("period", String(20), nullable=False),
    Column("refused", Integer, nullable=False), Column("warned", Integer, nullable=False), Column("rank", Integer, nullable=False),
    Column("data_hash", String(64), nullable=False), Column("cells_read", Integer, nullable=False),
    Column("cells_used", Integer, nullable=False), Column("cells_ignored", Integer, nullable=False),
    Column("cells_refused", Integer, nullable=False), PrimaryKeyConstraint("office", "load"), Index("load_submission", "office", "submission"),
)  # fmt: skip

# ``submission`` is the number of the load; that of a file's first load is the file's own
reading = Table(
    "reading", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("seq", Integer, nullable=False),
    Column("measure", Text, nullable=False), Column("unit_code", String(20), nullable=False), Column("unit_name", Text, nullable=False),
    Column("period", String(20), nullable=False), Column("value", Text), Column("status", String(20), nullable=False),
    Column("sheet", Text, nullable=False), Column("cell", Text, nullable=False), Column("raw", Text, nullable=False),
    Column("role", String(20), nullable=False), Column("unit", String(20), nullable=False),
    Column("held", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("office", "submission", "seq"), Index("reading_measure", "office", "measure", "period"),
)  # fmt: skip

# ``submission`` is the number of the load
entry = Table(
    "entry", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("seq", Integer, nullable=False),
    Column("indicator", Text, nullable=False), Column("sheet", Text, nullable=False), Column("row", Integer, nullable=False),
    Column("day", String(10)), Column("until", String(10)), Column("token", String(40), nullable=False), Column("value", Text),
    Column("text", Text), Column("unit_code", String(20), nullable=False), Column("refused", Integer, nullable=False),
    PrimaryKeyConstraint("office", "submission", "seq"),
)  # fmt: skip

# ``load`` is that of the reading that found it, 0 for what only shows beside other files; ``gone_at``: no longer so
issue = Table(
    "issue", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("load", BigInteger, nullable=False),
    Column("issue_id", String(24), nullable=False), Column("seq", Integer, nullable=False), Column("code", String(12), nullable=False),
    Column("action", String(20), nullable=False), Column("sheet", Text, nullable=False), Column("cell", Text, nullable=False),
    Column("found", Text, nullable=False), Column("expected", Text, nullable=False), Column("message", Text, nullable=False),
    Column("first_seen", String(40), nullable=False), Column("closed_at", String(40)), Column("gone_at", String(40)),
    Column("known_from", String(40), nullable=False, server_default=""), PrimaryKeyConstraint("office", "submission", "load", "issue_id"),
)  # fmt: skip

# how an issue was shown before ``known_from`` of its row; one of a reading shows while that reading stands, from '' on
issue_past = Table(
    "issue_past", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("load", BigInteger, nullable=False),
    Column("issue_id", String(24), nullable=False), Column("closed_at", String(40)), Column("known_from", String(40), nullable=False),
    Column("known_to", String(40), nullable=False), PrimaryKeyConstraint("office", "submission", "load", "issue_id", "known_from"),
)  # fmt: skip

# what a file was worth beside the others, as published; known_to is empty for what is so now
standing = Table(
    "standing", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("known_from", String(40), nullable=False),
    Column("known_to", String(40)), Column("load", BigInteger, nullable=False), Column("form", String(40), nullable=False),
    Column("department", Text, nullable=False), Column("period", String(20), nullable=False), Column("state", String(30), nullable=False),
    Column("revision", Integer, nullable=False), Column("current", Integer, nullable=False), Column("due_at", String(40)),
    Column("days_late", Integer, nullable=False), PrimaryKeyConstraint("office", "submission", "known_from"), Index("standing_load", "office", "load"),
    Index("standing_slice", "office", "form", "period"),
)  # fmt: skip

# cells of a standing that are not published as they were read: held back, or adjusted by the office
hold = Table(
    "hold", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("known_from", String(40), nullable=False),
    Column("sheet", Text, nullable=False), Column("cell", Text, nullable=False), Column("held", Integer, nullable=False),
    Column("adjusted", Text), PrimaryKeyConstraint("office", "submission", "known_from", "sheet", "cell"),
)  # fmt: skip

# every word of the office, in the order they were said
adjustment = Table(
    "adjustment", metadata, _office(), Column("adjustment", Integer, nullable=False), Column("kind", String(20), nullable=False),
    Column("form", String(40), nullable=False), Column("period", String(20), nullable=False), Column("sheet", Text, nullable=False),
    Column("cell", Text, nullable=False), Column("expects", Text, nullable=False), Column("by", Text, nullable=False),
    Column("why", Text, nullable=False), Column("at", String(40), nullable=False), Column("binds", String(40)),
    Column("indicator", Text, nullable=False, server_default=""), Column("value", Text, nullable=False, server_default=""),
    Column("submission", BigInteger), PrimaryKeyConstraint("office", "adjustment"),
)  # fmt: skip

# what has become of them in the published state
word = Table(
    "word", metadata, _office(), Column("adjustment", Integer, nullable=False), Column("state", String(20), nullable=False),
    PrimaryKeyConstraint("office", "adjustment"),
)  # fmt: skip

# period figures that words of the office have changed: what they would be as reported
reported = Table(
    "reported", metadata, _office(), Column("indicator", Text, nullable=False), Column("period", String(20), nullable=False),
    Column("value", Text), Column("status", String(20), nullable=False), PrimaryKeyConstraint("office", "indicator", "period"),
)  # fmt: skip

missing = Table(
    "missing", metadata, _office(), Column("form", String(40), nullable=False), Column("period", String(20), nullable=False),
    Column("department", Text, nullable=False), Column("due_at", String(40), nullable=False),
    Column("days_late", Integer, nullable=False), PrimaryKeyConstraint("office", "form", "period"),
)  # fmt: skip


def _figure() -> list[Column[Any]]:
    return [
        _office(), Column("indicator", Text, nullable=False), Column("title", Text, nullable=False), Column("section", Text, nullable=False),
        Column("kind", String(20), nullable=False), Column("unit", String(20), nullable=False), Column("period", String(20), nullable=False),
        Column("value", Text), Column("status", String(20), nullable=False), Column("reported_units", Integer, nullable=False),
        Column("expected_units", Integer, nullable=False), Column("year_to_date", Text), Column("last_year", Text), Column("growth_pct", Text),
        Column("growth_source", String(20)), Column("target", Text), Column("progress_pct", Text), Column("reason", Text, nullable=False),
        Column("digest", String(32), nullable=False), Column("known_from", String(40), nullable=False),
    ]  # fmt: skip


def _lineage() -> list[Column[Any]]:
    return [
        _office(), Column("indicator", Text, nullable=False), Column("period", String(20), nullable=False),
        Column("seq", Integer, nullable=False), Column("unit_code", String(20), nullable=False), Column("source_period", String(20), nullable=False),
        Column("value", Text), Column("submission", BigInteger, nullable=False), Column("sheet", Text, nullable=False),
        Column("cells", Text, nullable=False), Column("part", String(20), nullable=False, server_default="value"),
    ]  # fmt: skip


figure = Table("figure", metadata, *_figure(), PrimaryKeyConstraint("office", "indicator", "period"))

figure_past = Table(
    "figure_past", metadata, *_figure(), Column("known_to", String(40), nullable=False),
    PrimaryKeyConstraint("office", "indicator", "period", "known_from"),
)  # fmt: skip

lineage = Table(
    "lineage", metadata, *_lineage(), PrimaryKeyConstraint("office", "indicator", "period", "seq"), Index("lineage_submission", "office", "submission"),
)  # fmt: skip

lineage_past = Table(
    "lineage_past", metadata, *_lineage(), Column("known_from", String(40), nullable=False), Column("known_to", String(40), nullable=False),
    PrimaryKeyConstraint("office", "indicator", "period", "known_from", "seq"),
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

# ``basis``: what the state was computed by, beside what was handed in
meta = Table(
    "meta", metadata, _office(), Column("contract", String(10), nullable=False), Column("state", String(40), nullable=False),
    Column("computed_at", String(40), nullable=False), Column("basis", String(64), nullable=False, server_default=""), PrimaryKeyConstraint("office"),
)  # fmt: skip

# every finished state that was shown, each one from ``known_from`` until the next
publication = Table(
    "publication", metadata, _office(), Column("publication", Integer, nullable=False), Column("state", String(40), nullable=False),
    Column("inputs", String(64), nullable=False), Column("known_from", String(40), nullable=False), Column("as_of", String(40), nullable=False),
    Column("wanted", String(20), nullable=False), Column("catalogue", String(64), nullable=False), Column("content", String(64), nullable=False),
    PrimaryKeyConstraint("office", "publication"),
)  # fmt: skip

# the chain: link = hash over the link before it and this row
log = Table(
    "log", metadata, _office(), Column("seq", Integer, nullable=False), Column("at", String(40), nullable=False),
    Column("kind", String(20), nullable=False), Column("subject", BigInteger, nullable=False), Column("digest", String(64), nullable=False),
    Column("link", String(64), nullable=False), PrimaryKeyConstraint("office", "seq"),
)  # fmt: skip

# what the drafts printed, so that the next one can say what changed
printed = Table(
    "printed", metadata, _office(), Column("period", String(20), nullable=False), Column("edition", Integer, nullable=False),
    Column("seq", Integer, nullable=False), Column("at", String(40), nullable=False), Column("slot", Integer),
    Column("indicator", Text, nullable=False), Column("title", Text, nullable=False), Column("paragraph", Text, nullable=False),
    Column("clause", Text, nullable=False), Column("pattern", Text, nullable=False), Column("text", Text, nullable=False), Column("value", Text),
    Column("state", String(20), nullable=False), Column("reason", Text, nullable=False), Column("sources", Text, nullable=False),
    PrimaryKeyConstraint("office", "period", "edition", "seq"),
)  # fmt: skip

# messages that go out, each once for every channel
outbox = Table(
    "outbox", metadata, _office(), Column("key", String(120), nullable=False), Column("channel", String(80), nullable=False),
    Column("kind", String(20), nullable=False), Column("about", Text, nullable=False), Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False), Column("created_at", String(40), nullable=False), Column("state", String(12), nullable=False),
    Column("tries", Integer, nullable=False), Column("tried_at", String(40)), PrimaryKeyConstraint("office", "key", "channel"),
)  # fmt: skip

# figures written down before the ledger rows they rest on were let go
kept_figure = Table(
    "kept_figure", metadata, _office(), Column("indicator", Text, nullable=False), Column("year", Integer, nullable=False),
    Column("first", Integer, nullable=False), Column("last", Integer, nullable=False), Column("value", Text),
    Column("status", String(20), nullable=False), Column("reported_units", Integer, nullable=False), Column("expected_units", Integer, nullable=False),
    Column("reason", Text, nullable=False), Column("lineage", Text, nullable=False), Column("submissions", Text, nullable=False),
    PrimaryKeyConstraint("office", "indicator", "year", "first", "last"),
)  # fmt: skip

# hand-ins whose ledger rows were let go
let_go = Table(
    "let_go", metadata, _office(), Column("submission", BigInteger, nullable=False), Column("at", String(40), nullable=False),
    PrimaryKeyConstraint("office", "submission"),
)  # fmt: skip
