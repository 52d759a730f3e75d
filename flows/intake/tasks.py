"""收表 as Prefect tasks: a few lines that call one function. Between tasks travel paths and hashes, never cells."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from prefect import task

from flows.intake.collect import Collected, Wanted, chunks, collect, read_and_load
from flows.intake.read import Received
from flows.intake.rehearse import Rehearsal, look
from flows.office import Office
from flows.slips.delivery import deliver_slips
from flows.slips.write import Slips, write_slips

CHUNK = 50
"""Files per task: one task for each file would cost 25 ms and 23 KB apiece."""


@task(name="collect", persist_result=False)
def collect_files(folder: str, as_of: datetime, force: bool) -> Collected:
    office = Office(Path(folder))
    with office.open_warehouse() as warehouse:
        return collect(office, warehouse, as_of, force=force)


@task(name="read and load", persist_result=False)
def read_chunk(folder: str, received: list[Received], at: datetime, wanted: Wanted) -> tuple[int, int]:
    office = Office(Path(folder))
    with office.open_warehouse() as warehouse:
        return read_and_load(office, warehouse, received, at, wanted)


def in_chunks(collected: Collected) -> list[list[Received]]:
    return chunks(collected.new, CHUNK)


@task(name="hand back", persist_result=False)
def hand_back(folder: str, at: datetime) -> Slips:
    office = Office(Path(folder))
    with office.open_warehouse() as warehouse:
        slips = write_slips(office, warehouse, at)
    brought = deliver_slips(office)
    return replace(slips, edited=(*slips.edited, *brought.edited), waiting=(*slips.waiting, *brought.waiting))


@task(name="rehearse", persist_result=False)
def rehearse(folder: str, as_of: datetime, wanted: Wanted) -> Rehearsal:
    office = Office(Path(folder))
    with office.open_warehouse() as warehouse:
        return look(office, warehouse, as_of, wanted)
