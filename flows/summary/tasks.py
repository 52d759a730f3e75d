"""汇总 as Prefect tasks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from prefect import task

from catalog.periods import Period
from flows.office import Office
from flows.summary.publish import settle_and_publish


@task(name="settle and publish", persist_result=False)
def publish(folder: str, as_of: datetime, period: str) -> tuple[str, bool]:
    """(name of the state, whether it is new)."""
    office = Office(Path(folder))
    with office.open_warehouse() as warehouse:
        state = settle_and_publish(office, warehouse, as_of, Period.parse(period))
        return state.name, state.changed
