"""A whole first night without Prefect, ledger of cells and lineage on, against scanning the files and a bare insert."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bench.data import ZONE
from bench.measure import Row, in_turns
from bench.rows.loading import bare_insert, recorded, schema_of
from bench.rows.reading import read_all
from connectors.workbooks import Refused, read_workbook
from connectors.workbooks.guard import let_all_go
from flows.intake.collect import collect, read_and_load
from flows.new_office import create_office
from flows.office import Office
from flows.summary.publish import settle_and_publish

AS_OF = datetime(2020, 7, 20, 2, tzinfo=ZONE)


def office_with(folder: Path, town: Path, files: Sequence[tuple[str, bytes, datetime]]) -> Office:
    office = create_office(folder)
    for name in ("town.yml", "villages.csv"):
        shutil.copyfile(town / "catalog" / name, folder / "catalog" / name)
    for path, data, moment in files:
        file = office.inbox / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        os.utime(file, (moment.timestamp(), moment.timestamp()))
    return Office(folder)


def night(office: Office) -> None:
    """Collect, read, load, settle, compute and publish into a new warehouse and archive."""
    for file in office.folder.glob("warehouse.db*"):
        file.unlink()
    shutil.rmtree(office.folder / "archive", ignore_errors=True)
    office.upgrade_warehouse()
    with office.open_warehouse() as warehouse:
        collected = collect(office, warehouse, AS_OF)
        read_and_load(office, warehouse, collected.new, AS_OF)
        settle_and_publish(office, warehouse, AS_OF)
    let_all_go()  # so that what the readers' process took is counted


def readable(files: Sequence[tuple[str, bytes, datetime]]) -> list[bytes]:
    result = []
    for _, data, _ in files:
        try:
            read_workbook(data)
        except Refused:
            continue
        result.append(data)
    return result


def measure(folder: Path, town: Path, files: Sequence[tuple[str, bytes, datetime]], turns: int) -> list[Row]:
    office = office_with(folder / "office", town, files)
    scanned = readable(files)
    night(office)
    inserts, rows = recorded(office.warehouse_url, office.settings.general.id)
    schema = schema_of(office.folder / "warehouse.db")

    def bound() -> None:
        read_all(scanned)
        bare_insert(folder / "bound.db", inserts, rows, schema)

    return [in_turns(f"a first night over {len(files)} files", "scan + bare insert", 2.0, lambda: night(office), bound, turns)]
