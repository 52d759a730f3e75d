"""What the drafts printed, so that the next one can say what changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "printed", sa.Column("office", sa.Integer, nullable=False), sa.Column("period", sa.String(20), nullable=False),
        sa.Column("edition", sa.Integer, nullable=False), sa.Column("seq", sa.Integer, nullable=False), sa.Column("at", sa.String(40), nullable=False),
        sa.Column("slot", sa.Integer), sa.Column("indicator", sa.Text, nullable=False), sa.Column("title", sa.Text, nullable=False),
        sa.Column("paragraph", sa.Text, nullable=False), sa.Column("clause", sa.Text, nullable=False), sa.Column("pattern", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False), sa.Column("value", sa.Text), sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False), sa.Column("sources", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("office", "period", "edition", "seq"),
    )  # fmt: skip
