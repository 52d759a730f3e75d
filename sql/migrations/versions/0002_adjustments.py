"""Questionable cells keep their value and wait for a word of the office; contradictions between forms are shown; lineage is found from its cells as well."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("reading", sa.Column("held", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "adjustment", sa.Column("office", sa.Integer, nullable=False), sa.Column("adjustment", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False), sa.Column("form", sa.String(40), nullable=False),
        sa.Column("period", sa.String(20), nullable=False), sa.Column("sheet", sa.Text, nullable=False),
        sa.Column("cell", sa.Text, nullable=False), sa.Column("expects", sa.Text, nullable=False), sa.Column("by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False), sa.Column("at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("office", "adjustment"),
    )  # fmt: skip
    op.create_table(
        "contradiction", sa.Column("office", sa.Integer, nullable=False), sa.Column("indicator", sa.Text, nullable=False),
        sa.Column("other", sa.Text, nullable=False), sa.Column("period", sa.String(20), nullable=False),
        sa.Column("value", sa.Text, nullable=False), sa.Column("other_value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("office", "indicator", "other", "period"),
    )  # fmt: skip
    op.create_index("lineage_submission", "lineage", ["office", "submission"])
