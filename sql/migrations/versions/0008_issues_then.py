"""Issues have a past: since when each is shown as it is, and how it was shown before.

What was said before this version is known from the state that is shown; how it was shown then was not kept.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("issue", sa.Column("known_from", sa.String(40), nullable=False, server_default=""))
    op.execute("UPDATE issue SET known_from = COALESCE((SELECT MAX(p.known_from) FROM publication p WHERE p.office = issue.office), '')")
    op.create_table(
        "issue_past", sa.Column("office", sa.Integer, nullable=False), sa.Column("submission", sa.BigInteger, nullable=False),
        sa.Column("load", sa.BigInteger, nullable=False), sa.Column("issue_id", sa.String(24), nullable=False),
        sa.Column("closed_at", sa.String(40)), sa.Column("known_from", sa.String(40), nullable=False),
        sa.Column("known_to", sa.String(40), nullable=False), sa.PrimaryKeyConstraint("office", "submission", "load", "issue_id", "known_from"),
    )  # fmt: skip
