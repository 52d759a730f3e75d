"""出稿 at most once for one state: the warehouse knows what a period's outputs were written from."""

from __future__ import annotations

import hashlib
from datetime import datetime

from catalog.periods import Period
from connectors.warehouse import Warehouse
from flows.draft.outputs import NOT_REPLACED, write_outputs
from flows.intake.read import CODE_VERSION
from flows.office import Office
from flows.uncollected import collector_off


def write_and_note(office: Office, warehouse: Warehouse, as_of: datetime, period: Period) -> list[str]:
    """Write the outputs and keep what they were written from; paths relative to the office."""
    source = _source(office, warehouse)
    with collector_off():
        paths = write_outputs(office, warehouse, as_of, period)
    if not (office.outputs / period.name / NOT_REPLACED).exists():  # what another program had open is still to be written
        warehouse.note_written(period.name, source)
    return paths


def write_once(office: Office, warehouse: Warehouse, as_of: datetime, period: Period) -> list[str]:
    """Nothing is written when the outputs are there and were written from what is published now."""
    folder = office.outputs / period.name
    if warehouse.written(period.name) == _source(office, warehouse) and folder.is_dir() and any(folder.iterdir()):
        return []
    return write_and_note(office, warehouse, as_of, period)


def _source(office: Office, warehouse: Warehouse) -> str:
    digest = hashlib.sha256(office.template)
    for part in (CODE_VERSION, warehouse.state() or "", str(office.settings.privacy.hide_small_counts)):
        digest.update(f"\0{part}".encode())
    return digest.hexdigest()
