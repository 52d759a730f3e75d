"""`check`, `status` and `trace`: a person waits for them, so each imports what it needs and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

from catalog.periods import Period
from flows.command.screen import folder_of, say


def check(file: Path, office: Path | None = None, *, cells: bool = False) -> None:
    """What would happen to this workbook; ends the process with 1 if it would be refused."""
    from flows.check import check_file
    from flows.command.console import console
    from flows.office import Office

    if not check_file(console, Office(folder_of(office)), file, cells=cells):
        sys.exit(1)


def status(office: Path | None = None, period: str = "") -> None:
    """Who has handed in, who is late, what was refused, what is missing. Raises UnknownPeriod."""
    wanted = Period.parse(period) if period else None
    from flows.command.console import console
    from flows.keeping.disk import forecast
    from flows.office import Office
    from flows.status import render_status

    place = Office(folder_of(office))
    with place.open_warehouse() as warehouse:
        render_status(console, place, warehouse, wanted)
        console.print(forecast(place, warehouse, place.now()))


def trace(what: str, period: str = "", office: Path | None = None) -> None:
    """A figure back to its cells, a cell forward to what rests on it."""
    from flows.command.trace_verb import trace_lines

    say(trace_lines(folder_of(office), what, period))
