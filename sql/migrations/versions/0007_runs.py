"""A run remembers what it was asked for and how many files it put off, so that what failed in it can be done again;
what a period's outputs were written from is kept, so that a backfill is done once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for name in ("period", "form", "department"):
        op.add_column("run", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("run", sa.Column("deferred", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "written", sa.Column("office", sa.Integer, nullable=False), sa.Column("period", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False), sa.PrimaryKeyConstraint("office", "period"),
    )
