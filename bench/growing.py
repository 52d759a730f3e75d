"""docs/growing.md: what a district, a province and the country would cost, worked out from what was measured here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bench.measure import Limit, Row, as_table, from_json
from bench.rows.district import BYTES, FILES, LOG, READING, ROWS, SERVER, WORK

PLACES = {"a township": 1, "a district": 40, "a province": 2_000, "the country": 40_000}
HOURS, CORES, TERABYTES, YEARS = 4, 16, 5, 10
"""A night's length, the cores of one server that may write meanwhile, what it may hold so that a backup is still made in
a night, and how long everything is kept."""


def growing(kept: Mapping[str, Any]) -> str:
    """The whole page; the same file gives the same page."""
    sections, machine = kept["sections"], kept["machine"]
    rows = [from_json(row) for row in sections["district"]["rows"]]
    known = {row.name: row.value for row in rows if isinstance(row, Limit)}
    nothing = next((sum(r.product) / len(r.product) for r in map(from_json, sections["again"]["rows"]) if isinstance(r, Row)), 0.0)
    offices = min(_by_size(known), _by_cpu(known))
    binding = "what it may hold" if _by_size(known) < _by_cpu(known) else "its cores at night"
    return "\n\n".join([
        "# Growing",
        "Written by `python -m bench growing docs/performance.json > docs/growing.md`. The first table was measured; the plan below is arithmetic on it and was not tried: "
        f"nobody here has 2,000 offices. Measured on {machine['cores']} cores of {machine['processor']} with the server on the same cores.",
        "## A district, measured",
        f"Size {sections['district']['size']}: a file is one department's form of one month, of the demonstration's town. A worker loads and publishes one office after the other; offices "
        "share no row, and the locks are by office. More workers than cores add nothing.",
        as_table(rows),
        "## A province and the country, on paper",
        _plan(known, nothing),
        f"The busiest night is one on which every department of every office hands in at once; a month's files really come over some ten nights. A night is taken as {HOURS} hours. "
        "Ledger rows are let go after 13 months, period figures and hand-ins stay: the bytes above keep everything. Not in them: "
        "the figures that a later night replaced, which stay with their lineage, for here everything was published once. Not in the CPU: slips and outputs, a second or two of an office.",
        "## Where PostgreSQL ends and Citus begins",
        f"One server is taken to hold {TERABYTES} TB, so that a backup is made in a night, of everything of {YEARS} years, and to have {CORES} cores for the night's writing. Then it carries "
        f"**{_round(offices):,} offices**; {binding} is what ends it. " + _verdict(offices),
        "Workers are never the end: they keep nothing between nights, share no row of two offices, and are added machine by machine on one Prefect work pool; only the server must grow with them.",
        _KEYS,
    ]) + "\n"  # fmt: skip


_KEYS = """## Which keys make that possible

- Every table but three begins its primary key, its unique keys and all its indexes with `office`; no foreign key leaves it out. So every table is distributed by `office`, and all rows of an
  office lie on one machine: a night's transactions, its lock and its log's chain never span two.
- `office` and `grantee` are small and asked before an office is known: reference tables, whole on every machine. `alembic_version` stays with the coordinator.
- Every join, sub-query and window of the `out_` views ties `office` to `office`, so a reader's query goes to one machine. `out_district_indicator`, `out_district_submission` and
  `out_district_run` list all offices side by side and join nothing across them: they are asked of all machines and put together.
- `tests/connectors/warehouse/test_distribution.py` reads the catalogue of the schema as it is created and the text of the views, and has PostgreSQL itself create every table partitioned by
  `office`, which it refuses, as Citus does, where a unique key leaves the column out.

What was not tried: Citus itself. Migrations would run on the coordinator, `create_distributed_table(…, 'office')` once for each table after them; row-level security and roles have to be made on
every machine. Readers go to replicas of the machines, which PostgreSQL has by itself."""


def _plan(known: Mapping[str, float], nothing: float) -> str:
    month, worker = known[FILES], known[READING] + known[WORK]
    lines = ["| | " + " | ".join(PLACES) + " |", "|---|" + "---|" * len(PLACES)]

    def line(what: str, one: float, unit: str) -> None:
        lines.append(f"| {what} | " + " | ".join(f"{_short(one * n)}{unit}" for n in PLACES.values()) + " |")

    line("offices", 1, "")
    line("files a year", month * 12, "")
    line("rows a year, all tables", month * 12 * known[ROWS], "")
    line("bytes a year, indexes included", month * 12 * known[BYTES] / 1e9, " GB")
    line("write-ahead log a year", month * 12 * known[LOG] / 1e9, " GB")
    line("busiest night: files", month, "")
    line(f"busiest night: cores of workers for {HOURS} hours", month * worker / 3600 / HOURS, "")
    line(f"busiest night: cores of the server for {HOURS} hours", month * known[SERVER] / 3600 / HOURS, "")
    line(f"night with nothing new: cores of workers for {HOURS} hours", nothing / 3600 / HOURS, "")
    return "\n".join(lines)


def _short(value: float) -> str:
    if value >= 1e9:
        return f"{value / 1e9:.1f} billion"
    if value >= 1e6:
        return f"{value / 1e6:.1f} million"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}" if value >= 0.01 else "< 0.01"


def _by_size(known: Mapping[str, float]) -> float:
    return TERABYTES * 1e12 / (known[FILES] * 12 * known[BYTES] * YEARS)


def _by_cpu(known: Mapping[str, float]) -> float:
    return CORES * HOURS * 3600 / (known[FILES] * known[SERVER])


def _round(value: float) -> int:
    """Two figures: the assumptions are no better."""
    return int(float(f"{value:.1e}"))


def _verdict(offices: float) -> str:
    fits = [name for name, count in PLACES.items() if count <= offices]
    beyond = {name: math.ceil(count / offices) for name, count in PLACES.items() if count > offices}
    said = f"{fits[-1].capitalize()} fits on one. " if fits else ""
    return said + " ".join(f"{name.capitalize()} takes {machines} such machines, each with the shards of its offices: that is Citus." for name, machines in beyond.items())
