"""The warehouse through SQLAlchemy: load in one transaction, publish one finished state, read."""

from connectors.warehouse.engine import WarehouseNotReady, WarehouseUnreachable, upgrade
from connectors.warehouse.lock import OfficeBusy, OfficeLock
from connectors.warehouse.store import RunRow, StandingRow, SubmissionRow, Warehouse, open_warehouse, submission_id

__all__ = ["OfficeBusy", "OfficeLock", "RunRow", "StandingRow", "SubmissionRow", "Warehouse", "WarehouseNotReady", "WarehouseUnreachable", "open_warehouse", "submission_id", "upgrade"]
