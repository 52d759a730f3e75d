"""Messages wait in an outbox; ledger rows are let go after their time, and the figures that rested on them are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "outbox", sa.Column("office", sa.Integer, nullable=False), sa.Column("key", sa.String(120), nullable=False),
        sa.Column("channel", sa.String(80), nullable=False), sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("about", sa.Text, nullable=False), sa.Column("subject", sa.Text, nullable=False), sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False), sa.Column("state", sa.String(12), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False), sa.Column("tried_at", sa.String(40)),
        sa.PrimaryKeyConstraint("office", "key", "channel"),
    )  # fmt: skip
    op.create_table(
        "kept_figure", sa.Column("office", sa.Integer, nullable=False), sa.Column("indicator", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False), sa.Column("first", sa.Integer, nullable=False), sa.Column("last", sa.Integer, nullable=False),
        sa.Column("value", sa.Text), sa.Column("status", sa.String(20), nullable=False), sa.Column("reported_units", sa.Integer, nullable=False),
        sa.Column("expected_units", sa.Integer, nullable=False), sa.Column("reason", sa.Text, nullable=False),
        sa.Column("lineage", sa.Text, nullable=False), sa.Column("submissions", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("office", "indicator", "year", "first", "last"),
    )  # fmt: skip
    op.create_table(
        "let_go", sa.Column("office", sa.Integer, nullable=False), sa.Column("submission", sa.BigInteger, nullable=False),
        sa.Column("at", sa.String(40), nullable=False), sa.PrimaryKeyConstraint("office", "submission"),
    )  # fmt: skip
