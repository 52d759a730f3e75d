"""出稿 as Prefect tasks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from prefect import task

from catalog.periods import Period
from flows.draft.outputs import write_outputs
from flows.office import Office


@task(name="write outputs", persist_result=False)
def write(folder: str, as_of: datetime, period: str) -> list[str]:
    """Paths of what was written, relative to the office."""
    office = Office(Path(folder))
    with office.open_warehouse() as warehouse:
        return write_outputs(office, warehouse, as_of, Period.parse(period))
