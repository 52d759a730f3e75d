"""One office's part of a warehouse, copied row for row into another warehouse, of either engine."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, select

from connectors.warehouse import tables as t
from connectors.warehouse.engine import bulk_insert, upgrade
from connectors.warehouse.store import Warehouse, open_warehouse

_AT_ONCE = 20_000


class NotMoved(Exception):
    """Nothing was copied; one line that says what to do."""


def move_office(source: Warehouse, office: str, url: str) -> dict[str, int]:
    """table → rows, all in one transaction or none; the source is left as it is. Raises :class:`NotMoved`."""
    upgrade(url)
    with open_warehouse(url, office) as target:
        mine = [table for table in t.metadata.sorted_tables if table.name != "office"]
        with target.engine.begin() as connection:
            if any(_count(connection, table, target.office) for table in mine):
                raise NotMoved(f"the office {office} has something in the other warehouse already; take an empty database")
            copied = {table.name: _copy(source, connection, table, target.office) for table in mine}
            for table in mine:
                if _count(connection, table, target.office) != copied[table.name]:
                    raise NotMoved(f"table {table.name} did not arrive whole; nothing was kept, run it again when no night is at work")
    return copied


def _copy(source: Warehouse, connection: Connection, table: Table, office: int) -> int:
    columns = [column.name for column in table.columns]
    at, rows = columns.index("office"), 0
    with source.reading() as reading:
        result = reading.execution_options(stream_results=True).execute(select(table).where(table.c.office == source.office))
        for part in result.partitions(_AT_ONCE):
            bulk_insert(connection, table, columns, [(*row[:at], office, *row[at + 1 :]) for row in part])
            rows += len(part)
    return rows


def _count(connection: Connection, table: Table, office: int) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(table.c.office == office)).scalar() or 0)
