"""Every upgrade makes the views anew; in this one a condition of PostgreSQL waits for the rows' policies (sql.objects.defined). No table changes."""

from __future__ import annotations

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    pass
