"""The state shown says which program, catalogue and words it was computed by: what nothing of that has touched need not be computed again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("meta", sa.Column("basis", sa.String(64), nullable=False, server_default=""))
