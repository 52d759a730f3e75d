"""The warehouse through SQLAlchemy: load in one transaction, publish one finished state, read it as it is or was known."""

from connectors.warehouse.editions import Edition, PrintedFigure, contradictions, keep_edition, kept_editions
from connectors.warehouse.engine import WarehouseNotReady, WarehouseUnreachable, upgrade
from connectors.warehouse.lock import OfficeBusy, OfficeLock
from connectors.warehouse.log import Broken
from connectors.warehouse.publishing import Outdated
from connectors.warehouse.rows import Publication, RunRow, StandingRow, SubmissionRow, days_late, submission_id
from connectors.warehouse.shown import Shown, ShownHandIn
from connectors.warehouse.store import Warehouse, open_warehouse

__all__ = [
    "Broken", "Edition", "OfficeBusy", "OfficeLock", "Outdated", "PrintedFigure", "Publication", "RunRow", "Shown", "ShownHandIn", "StandingRow", "SubmissionRow", "Warehouse",
    "WarehouseNotReady", "WarehouseUnreachable", "contradictions", "days_late", "keep_edition", "kept_editions", "open_warehouse", "submission_id", "upgrade",
]  # fmt: skip
