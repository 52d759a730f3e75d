"""Offices to measure, and their nights without Prefect."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec.structs import force_setattr

from catalog.periods import Period
from connectors.workbooks.guard import let_all_go
from flows.intake.collect import collect, read_and_load
from flows.office import Office
from flows.summary.publish import settle_and_publish

if TYPE_CHECKING:
    from flows.demo.inbox import HandIn  # what a night does not need weighs nothing in the process that runs one

AS_OF = datetime(2020, 7, 20, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
HALF = Period.parse("2020-H1")


def office_with(folder: Path, town: Path, files: Iterable[HandIn]) -> Office:
    """A new office of this town with these files in its inbox."""
    from flows.new_office import create_office

    office = create_office(folder)
    for name in ("town.yml", "villages.csv"):
        shutil.copyfile(town / "catalog" / name, folder / "catalog" / name)
    for file in files:
        hand_in(office, file)
    return Office(folder)


def hand_in(office: Office, file: HandIn) -> None:
    place = office.inbox / file.path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(file.content)
    os.utime(place, (file.modified.timestamp(), file.modified.timestamp()))


def on_postgresql(office: Office, server: str) -> Office:
    """The same office with its warehouse in this database, which is its own."""
    force_setattr(office.settings.warehouse, "url", server)
    return office


def forget(office: Office) -> None:
    """An office that has only its inbox: the next night is the first."""
    if office.warehouse_url.startswith("postgresql"):
        import psycopg

        with psycopg.connect(office.warehouse_url.replace("+psycopg", "")) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
    for file in office.folder.glob("warehouse.db*"):
        file.unlink()
    for folder in (office.folder / "archive", office.outputs, office.slips):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()


def night(office: Office, as_of: datetime = AS_OF) -> tuple[int, int]:
    """Collect, read, load, settle, compute and publish; (files, cells) that were read."""
    office.upgrade_warehouse()
    with office.open_warehouse() as warehouse:
        done = read_and_load(office, warehouse, collect(office, warehouse, as_of).new, as_of)  # let go when it is read, as the flow does
        settle_and_publish(office, warehouse, as_of)
    return done


def first_night(office: Office) -> tuple[int, int]:
    """From an inbox alone; what its reader took is counted when it is over."""
    forget(office)
    done = night(office)
    let_all_go()
    return done


def first_in(folder: str) -> list[int]:
    """A first night as a step of its own."""
    office = Office(Path(folder))
    forget(office)
    return list(night(office))


def whole_night(office: Office, as_of: datetime = AS_OF) -> None:
    """All that the flow ``nightly`` does, slips, outputs and messages too, in the same order, by plain calls."""
    from flows.draft.once import write_and_note
    from flows.slips.delivery import deliver_slips
    from flows.slips.write import write_slips
    from flows.telling.deliver import after_night, night_message

    office.upgrade_warehouse()
    number = office.begin_run(as_of, HALF.name)
    with office.open_warehouse() as warehouse:
        collected = collect(office, warehouse, as_of)
        files, cells = read_and_load(office, warehouse, collected.new, as_of)
        settle_and_publish(office, warehouse, as_of, HALF)
        write_slips(office, warehouse, as_of)
        waiting = deliver_slips(office).waiting
        write_and_note(office, warehouse, as_of, HALF)
    message = night_message(office, as_of, len(collected.deferred), len(waiting))
    office.end_run(number, "completed", collected.seen, files, cells, 0.0, len(collected.deferred), message)
    after_night(office)
