"""Where the CPU of a first night goes. The reader works in this process and not in one of its own, so that it is seen."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.measure import Limit
from bench.nights import first_night, office_with
from flows.demo.inbox import HandIn
from flows.intake import collect
from flows.intake.guarded import read_archived
from flows.intake.read import Received
from flows.office import Office

PLACES = {
    "looking for what is new, copying, archiving": ("flows/intake/collect.py", "collect", ""),
    "taking workbooks apart": ("connectors/workbooks/__init__.py", "read_workbook", ""),
    "recognising, cleaning, counting, checking what they hold": ("flows/intake/read.py", "examine", "read_workbook"),
    "loading": ("connectors/warehouse/store.py", "load_all", ""),
    "settling what each hand-in is worth": ("flows/intake/settle.py", "settle", ""),
    "gathering the rows in force": ("flows/summary/publish.py", "gather", ""),
    "computing period figures with their lineage": ("flows/summary/publish.py", "compute", ""),
    "publishing": ("connectors/warehouse/store.py", "publish", ""),
}  # fmt: skip
"""Place → file and function whose whole time it is, less that of another within it."""


def measure(folder: Path, town: Path, files: Sequence[HandIn]) -> list[Limit]:
    """Shares of the night in percent, as cProfile sees them: much called functions weigh somewhat more than without it."""
    office = office_with(folder / "profile", town, files)

    def read_here(_guard: object, place: Office, received: Received) -> Any:
        return read_archived(str(place.folder), place.catalogue.version, place.tokens, received)

    _ = office.catalogue, office.tokens
    profile = cProfile.Profile()
    with patch.object(collect, "read_guarded", read_here):
        profile.runcall(first_night, office)
    stats: Any = pstats.Stats(profile)
    def spent(file: str, name: str) -> float:
        return sum(row[3] for (where, _, called), row in stats.stats.items() if called == name and where.endswith(file))

    whole = spent("bench/nights.py", "first_night")
    shares = {place: spent(file, name) - (spent(PLACES["taking workbooks apart"][0], less) if less else 0.0) for place, (file, name, less) in PLACES.items()}
    shares["the rest: catalogue, migrations, settings"] = whole - sum(shares.values())
    return [Limit(place, None, (100 * seconds / whole,), "%") for place, seconds in sorted(shares.items(), key=lambda one: -one[1])]
