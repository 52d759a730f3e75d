"""出稿 as Prefect tasks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from prefect import task

from catalog.periods import Period
from flows.draft import once
from flows.office import Office


@task(name="write outputs", persist_result=False)
def write(folder: str, as_of: datetime, period: str) -> list[str]:
    """Paths of what was written, relative to the office."""
    office = Office(Path(folder))
    with office.open_warehouse() as warehouse:
        return once.write_and_note(office, warehouse, as_of, Period.parse(period))


@task(name="write outputs once", persist_result=False)
def write_once(folder: str, as_of: datetime, period: str, force: bool) -> list[str]:
    """Paths of what was written; none when this state has been written already."""
    if force:
        return write.fn(folder, as_of, period)
    office = Office(Path(folder))
    with office.open_warehouse() as warehouse:
        return once.write_once(office, warehouse, as_of, Period.parse(period))
