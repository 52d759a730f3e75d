"""What has not come is late by days of the calendar, as what came late is: on the day after the deadline by one."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT m.office, m.form, m.period, m.due_at, s.computed_at FROM missing m JOIN meta s ON s.office = m.office"))
    for office, form, period, due, at in rows.all():
        late = max(0, -((datetime.fromisoformat(due) - datetime.fromisoformat(at)).days))
        mine = {"late": late, "office": office, "form": form, "period": period}
        connection.execute(sa.text("UPDATE missing SET days_late = :late WHERE office = :office AND form = :form AND period = :period"), mine)
