"""The warehouse through SQLAlchemy: load in one transaction, publish one finished state, read."""

from connectors.warehouse.editions import Edition, PrintedFigure, contradictions, keep_edition, kept_editions
from connectors.warehouse.engine import WarehouseNotReady, WarehouseUnreachable, upgrade
from connectors.warehouse.store import StandingRow, SubmissionRow, Warehouse, open_warehouse, submission_id

__all__ = [
    "Edition", "PrintedFigure", "StandingRow", "SubmissionRow", "Warehouse", "WarehouseNotReady", "WarehouseUnreachable", "contradictions",
    "keep_edition", "kept_editions", "open_warehouse", "submission_id", "upgrade",
]  # fmt: skip
