"""`huizong trace WHAT [PERIOD]`: which of the two ways is meant."""

from __future__ import annotations

from pathlib import Path

from flows.command.screen import Misused
from flows.office import Office
from flows.tracing.trace import trace_figure
from flows.tracing.trace_cell import trace_cell


def trace_lines(folder: Path, what: str, period: str = "") -> list[str]:
    """The tree as lines. Raises NothingToTrace, :class:`Misused` or UnknownPeriod, one line each."""
    office = Office(folder)
    with office.open_warehouse() as warehouse:
        if "!" in what:
            return [line for node in trace_cell(office, warehouse, what) for line in node.lines()]
        if not period:
            raise Misused(f"write the period as well, e.g. huizong trace {what} 2020-H1; a cell is written 'FILE!SHEET!CELL'")
        return trace_figure(office, warehouse, what, period).lines()
