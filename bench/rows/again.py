"""Nights after the first: with nothing new on the next day and at the same time again, and with one file in a hundred handed in again, against the first night."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from bench.data import corrected
from bench.measure import Row, cpu_seconds, timed, with_server
from bench.nights import AS_OF, forget, hand_in, night, office_with, on_postgresql, whole_night
from bench.rows.loading import Databases
from catalog.catalogue import Catalogue
from connectors.workbooks.guard import let_all_go
from flows.demo.inbox import HandIn
from flows.office import Office

NOTHING, A_HUNDREDTH = 0.03, 0.05


def measure(folder: Path, town: Path, catalogue: Catalogue, files: Sequence[HandIn], server: str, pid: int, turns: int) -> list[Row]:
    """To the published state, and the whole night with slips and outputs written; on SQLite, and on a server whose CPU is counted too."""
    again = [corrected(catalogue, file, AS_OF + timedelta(hours=36)) for file in files[::100]]
    offices = {
        "SQLite": (office_with(folder / "again", town, files), cpu_seconds),
        "PostgreSQL": (on_postgresql(office_with(folder / "again-postgresql", town, files), Databases(server).one()), with_server(pid)),
    }
    rows = []
    for engine, (office, clock) in offices.items():
        for what, work in (("a night", night), ("a whole night, slips and outputs written,", whole_night)):
            firsts, repeated, nothings, changes = zip(*(_four(office, files, again, work, clock) for _ in range(turns)), strict=True)
            known = f"{len(files)} files known ({engine})"
            rows.append(Row(f"{what} with nothing new on the next day, {known}", "the first night", NOTHING, nothings, firsts))
            rows.append(Row(f"{what} at the same time again, {known}", "the first night", NOTHING, repeated, firsts))
            rows.append(Row(f"{what} with 1 % changed, {len(again)} of {len(files)} files ({engine})", "the first night", A_HUNDREDTH, changes, firsts))
    return rows


def _four(
    office: Office, files: Sequence[HandIn], again: Sequence[HandIn], work: Callable[..., object], clock: Callable[[], float],
) -> tuple[float, float, float, float]:  # fmt: skip
    """CPU of a first night, of the same again, of one a day later with nothing new and of one the day after with a file in a hundred changed."""

    def counted(days: int) -> float:
        def whole() -> None:
            work(office, AS_OF + timedelta(days=days))
            let_all_go()  # so that what the readers' process took is counted

        return timed(whole, clock)

    forget(office)
    for file in files[::100]:
        hand_in(office, file)
    first, repeated, nothing = counted(0), counted(0), counted(1)
    for file in again:
        hand_in(office, file)
    return first, repeated, nothing, counted(2)
