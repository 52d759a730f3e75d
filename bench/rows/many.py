"""First nights over ever more files: CPU per cell, and the memory of the night and its readers; and a very long ledger.

The memory of a reader is what it held itself, asked of it while it waits for the next file. What the kernel tells of children that have
ended is no less than the night held as it started them, and a night over more files holds more by then: it was counted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.child import Spent, in_child
from bench.data import ledger
from bench.measure import MB, Limit, Measured, Row
from bench.nights import office_with
from catalog.catalogue import Catalogue
from connectors.workbooks.guard import guarded
from flows.demo.inbox import HandIn
from flows.intake.guarded import read_guarded
from flows.intake.read import Received
from flows.office import Office

CELL_WITHIN, MEMORY_WITHIN, LONG_LEDGER_MB = 1.2, 1.1, 400


def read_one(folder: str, path: str, sha256: str) -> str:
    """What was said of the file if it was refused."""
    office = Office(Path(folder))
    file = office.inbox / path
    with guarded() as guard:
        submission = read_guarded(guard, office, Received(path, sha256, file.stat().st_size, office.now()))
    return " ".join(issue.message for issue in submission.issues) if submission.refused else ""


def measure(folder: Path, town: Path, files: Sequence[HandIn], counts: Sequence[int], turns: int) -> list[Measured]:
    """Each count in an office of its own, in processes of their own, in turns."""
    offices = {count: office_with(folder / f"many{count}", town, files[:count]) for count in counts}
    spent: dict[int, list[Spent]] = {count: [] for count in counts}
    for _ in range(turns):
        for count, office in offices.items():
            spent[count].append(in_child("bench.nights:first_in", str(office.folder)))
    per_cell = {count: tuple(one.cpu / one.answer[1] * 1e6 for one in spent[count]) for count in counts}
    few, most = counts[0], counts[-1]
    rows: list[Measured] = [
        Row(f"CPU per cell of a first night over {count} files", f"over {few} files", CELL_WITHIN, per_cell[count], per_cell[few], "CPU µs a cell")
        for count in counts[1:]
    ]  # fmt: skip
    peaks = {count: tuple(one.peak_mb for one in spent[count]) for count in counts}
    rows.append(Row(f"peak memory of a first night over {most} files", f"over {counts[-2]} files", MEMORY_WITHIN, peaks[most], peaks[counts[-2]], MB))
    return rows


def measure_long_ledger(folder: Path, town: Path, catalogue: Catalogue, rows: int, turns: int) -> list[Measured]:
    """One file with so many payments, read and counted by the guarded reader as a night does it."""
    file = ledger(catalogue, rows, 0)
    office = office_with(folder / "long", town, [file])
    sha256 = office.archive.put(file.content)
    reads = [in_child("bench.rows.many:read_one", str(office.folder), file.path, sha256) for _ in range(turns)]
    what = f"reading a ledger of {rows:,} rows, a file of {len(file.content) / 2**20:.0f} MB"
    refused = f" (REFUSED: {reads[-1].answer})" if reads[-1].answer else ""
    return [Limit(f"{what}: peak memory of the reader and its child{refused}", LONG_LEDGER_MB, tuple(one.peak_mb for one in reads), MB)]
