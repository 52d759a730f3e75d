"""A night without Prefect, step for step as flows/nightly.py does it, and what is left of it afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from connectors.warehouse import Warehouse
from flows.draft.outputs import write_outputs
from flows.intake import collect as intake
from flows.office import LOG_END, Office
from flows.slips import marked
from flows.slips.write import write_slips
from flows.summary.publish import settle_and_publish
from flows.verify import verify
from sql.objects import run_checks
from tests.killing.town import QUARTER

VIEWS = ("out_observation", "out_indicator_period", "out_submission", "out_issue", "out_lineage", "out_contradiction", "out_meta")
WHEN_KNOWN = frozenset(["recorded_at", "first_seen", "closed_at", "computed_at"])
"""When a thing was known depends on the nights, what is known does not."""


class HereAndNow:
    """Stands for the readers' own process where every operation is counted: reading changes nothing."""

    def call(self, function: Callable[..., Any], *arguments: Any, more: float = 0.0) -> Any:
        return function(*arguments)


@contextmanager
def read_here() -> Iterator[None]:
    """Files are read in this process meanwhile; a night that starts a reader of its own takes a second longer."""
    rooms = (intake, marked)
    own = [room.guarded for room in rooms]
    try:
        for room in rooms:
            room.guarded = here_and_now  # type: ignore[attr-defined]
        yield
    finally:
        for room, guarded in zip(rooms, own, strict=True):
            room.guarded = guarded  # type: ignore[attr-defined]


@contextmanager
def here_and_now() -> Iterator[HereAndNow]:
    yield HereAndNow()


def night(office: Office, at: datetime) -> None:
    office.upgrade_warehouse()
    run = office.begin_run(at)
    outcome, seen, files, cells = "failed", 0, 0, 0
    try:
        with office.open_warehouse() as warehouse:
            collected = intake.collect(office, warehouse, at)
            seen = collected.seen
            files, cells = intake.read_and_load(office, warehouse, collected.new, at)
        with office.open_warehouse() as warehouse:
            settle_and_publish(office, warehouse, at, QUARTER)
        with office.open_warehouse() as warehouse:
            write_slips(office, warehouse, at)
        with office.open_warehouse() as warehouse:
            write_outputs(office, warehouse, at, QUARTER)
        outcome = "completed"
    finally:
        office.end_run(run, outcome, seen, files, cells, 0.0)


def view(connection: Connection, name: str, *, times: bool = True) -> list[tuple[Any, ...]]:
    """Row for row, in an order of its own; without ``times`` only whether something was closed."""
    found = connection.execute(text(f"SELECT * FROM {name}"))
    keep = [(n, key) for n, key in enumerate(found.keys()) if times or key not in WHEN_KNOWN or key == "closed_at"]
    made = [tuple(row[n] is not None if key == "closed_at" and not times else row[n] for n, key in keep) for row in found]
    return sorted(made, key=repr)


def digest(what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def shown(warehouse: Warehouse, *, times: bool = True) -> dict[str, str]:
    """view → hash of what it shows; the checks of sql/checks as one more."""
    with warehouse.reading() as connection:
        result = {name: digest(view(connection, name, times=times)) for name in VIEWS}
        unsound = {name: rows for name, rows in run_checks(connection).items() if rows}
        if connection.dialect.name == "sqlite":
            unsound |= {row: 1 for (row,) in connection.exec_driver_sql("PRAGMA integrity_check") if row != "ok"}
        running = connection.execute(text("SELECT COUNT(*) FROM out_run WHERE state = 'running'")).scalar()
    return result | {"unsound": repr(unsound), "runs that never end": str(running)}


def files(folder: Path) -> dict[str, str]:
    """Every file of the office but its database, and what is noted of it → hash and mode; folders too."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name.startswith(("warehouse.db", LOG_END, "catalog", "inbox")):
            continue
        found[name] = f"{digest(path.read_bytes())} {path.stat().st_mode & 0o777:o}" if path.is_file() else "folder"
    return found


def left(office: Office, *, times: bool = True) -> dict[str, str]:
    """All that a night leaves: what the views show, whether all of it is what was written, and every file."""
    with office.open_warehouse() as warehouse:
        found = shown(warehouse, times=times) | files(office.folder)
    return found | {"not as written": verify(office).broken}
