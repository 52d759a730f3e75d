"""A whole first night without Prefect, ledger of cells and lineage on, against scanning the files and a bare insert."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.measure import Row, in_turns
from bench.nights import first_night, office_with
from bench.rows.loading import bare_insert, recorded, schema_of
from bench.rows.reading import read_all
from connectors.workbooks import Refused, read_workbook
from flows.demo.inbox import HandIn


def readable(files: Sequence[HandIn]) -> list[bytes]:
    result = []
    for file in files:
        try:
            read_workbook(file.content)
        except Refused:
            continue
        result.append(file.content)
    return result


def measure(folder: Path, town: Path, files: Sequence[HandIn], turns: int) -> list[Row]:
    office = office_with(folder / "office", town, files)
    scanned = readable(files)
    _, cells = first_night(office)
    inserts, rows = recorded(office.warehouse_url, office.settings.general.id)
    schema = schema_of(office.folder / "warehouse.db")

    def bound() -> None:
        read_all(scanned)
        bare_insert(folder / "bound.db", inserts, rows, schema)

    return [in_turns(f"a first night over {len(files)} files of {cells:,} cells", "scan + bare insert", 2.0, lambda: first_night(office), bound, turns)]
