"""Lineage says which part of a figure rests on a cell; a file is found by its path."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for table in ("lineage", "lineage_past"):
        op.add_column(table, sa.Column("part", sa.String(20), nullable=False, server_default="value"))
    op.create_index("submission_path", "submission", ["office", "path"])
