"""A whole first night without Prefect, ledger of cells and lineage on, against scanning the files and a bare insert."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.measure import Row, in_turns, with_server
from bench.nights import first_night, office_with, on_postgresql
from bench.rows.loading import Databases, bare_copy, bare_insert, recorded, schema_of
from bench.rows.reading import read_all
from connectors.workbooks import Refused, read_workbook
from flows.demo.inbox import HandIn

AT_MOST = 2.0


def readable(files: Sequence[HandIn]) -> list[bytes]:
    result = []
    for file in files:
        try:
            read_workbook(file.content)
        except Refused:
            continue
        result.append(file.content)
    return result


def measure(folder: Path, town: Path, files: Sequence[HandIn], server: str, pid: int, turns: int) -> list[Row]:
    """On SQLite, and on a server whose CPU is counted on both sides."""
    scanned = readable(files)
    office = office_with(folder / "office", town, files)
    _, cells = first_night(office)
    inserts, rows = recorded(office.warehouse_url, office.settings.general.id)
    schema = schema_of(office.folder / "warehouse.db")
    databases = Databases(server)
    elsewhere = on_postgresql(office_with(folder / "office-postgresql", town, files), databases.one())
    waiting = [databases.one() for _ in range(turns + 1)]

    def bound() -> None:
        read_all(scanned)
        bare_insert(folder / "bound.db", inserts, rows, schema)

    def bound_on_server() -> None:
        read_all(scanned)
        bare_copy(waiting.pop(), inserts, rows)

    what = f"a first night over {len(files)} files of {cells:,} cells"
    return [
        in_turns(f"{what} (SQLite)", "scan + bare insert", AT_MOST, lambda: first_night(office), bound, turns),
        in_turns(f"{what} (PostgreSQL)", "scan + bare COPY", AT_MOST, lambda: first_night(elsewhere), bound_on_server, turns, with_server(pid)),
    ]
