"""The first schema: submissions, readings, entries, issues, figures, lineage, and the views readers see."""

from alembic import op

from connectors.warehouse.tables import metadata
from sql.objects import create_views

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    create_views(op.get_bind())
