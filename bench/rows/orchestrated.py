"""The whole night under Prefect with a warm server against the same calls without Prefect; wall seconds, and task runs counted by the server."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.child import in_child
from bench.measure import WALL, Limit, Measured, Row
from bench.nights import AS_OF, HALF, forget, office_with, whole_night
from bench.servers import prefect
from flows.demo.inbox import HandIn
from flows.office import Office


def both_ways(folder: str, turns: int) -> dict[str, list[float]]:
    """Wall seconds of first nights in turns, and the task runs of each; in a process that talks to a server."""
    from flows.nightly import nightly

    office = Office(Path(folder))

    def plain() -> None:
        whole_night(office)

    def flow() -> None:
        nightly(folder, AS_OF, HALF.name)

    taken: dict[str, list[float]] = {"plain": [], "prefect": [], "task_runs": []}
    for turn in range(0 if turns > 1 else 1, turns + 1):
        before = _task_runs()
        for name, work in (("plain", plain), ("prefect", flow))[:: 1 if turn % 2 else -1]:
            forget(office)
            seconds = _wall(work)
            if turn:  # the one before warms both up
                taken[name].append(seconds)
        if turn:
            taken["task_runs"].append(_task_runs() - before)
    return taken


def _wall(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _task_runs() -> int:
    from prefect.client.orchestration import get_client

    async def count() -> int:
        async with get_client() as client:
            response = await client.request("POST", "/task_runs/count", json={})
            return int(response.json())

    return asyncio.run(count())


def measure(folder: Path, town: Path, files: Sequence[HandIn], server: str, turns: int) -> list[Measured]:
    """On SQLite, and with the warehouse in this database."""
    office = office_with(folder / "orchestrated", town, files)
    at_most = math.ceil(len(files) / 50) + 10
    rows: list[Measured] = []
    with prefect(folder / "prefect") as environment:
        for engine, warehouse in (("SQLite", {}), ("PostgreSQL", {"HUIZONG_WAREHOUSE__URL": server})):
            taken = in_child("bench.rows.orchestrated:both_ways", str(office.folder), turns, environment={**environment, **warehouse}).answer
            what, against = f"the whole night over {len(files)} files under Prefect ({engine})", "the same calls without Prefect"
            rows.append(Row(what, against, 1.25, tuple(taken["prefect"]), tuple(taken["plain"]), WALL))
            rows.append(Limit(f"task runs of a night over {len(files)} files ({engine})", at_most, tuple(taken["task_runs"]), "task runs"))
    return rows
