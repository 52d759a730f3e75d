"""The state computed whole, whatever of it stands as it is shown: it has to be the one that is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from unittest.mock import patch

from sqlalchemy import Connection, select

from catalog.periods import Period
from connectors.warehouse import Warehouse
from connectors.warehouse import tables as t
from connectors.warehouse.publishing import show
from flows.office import Office
from flows.summary import publish

SAYS_WHEN = (t.publication, t.log, t.meta)
"""A further state is shown in any case."""


def changed_by_the_whole(office: Office, warehouse: Warehouse, as_of: datetime, wanted: Period | None = None) -> set[str]:
    """Tables that would hold anything else had nothing been left as it was shown; nothing is kept."""
    with patch.object(warehouse, "publication", return_value=None):
        whole, new = publish._state(office, warehouse, as_of, wanted, beside=False)
    assert new and whole.forms is None and not whole.standing_figures
    assert whole.state == warehouse.state()
    rows = [(i.id, i.title, i.section, i.kind, i.unit) for i in office.catalogue.indicators.values()]
    with warehouse.engine.connect() as connection:
        before = _held(connection)
        show(connection, warehouse.office, replace(whole, inputs="another"), office.catalogue.units, rows, as_of, as_of)
        after = _held(connection)
        connection.rollback()
    return {name for name, held in before.items() if held != after[name]}


def _held(connection: Connection) -> dict[str, list[str]]:
    return {table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table))) for table in t.metadata.sorted_tables if table not in SAYS_WHEN}
