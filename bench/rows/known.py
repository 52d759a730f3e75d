"""A night with nothing new in an inbox of very many files that are all known: wall seconds, and those of the listing alone.

The files are empty ones of the right size and time, and what the warehouse knows of them is loaded as the night loads it,
without figures: every form of every month, several versions of each. The night looks at every file of the listing, at
everything it has ever received and at who owes what.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.child import in_child
from bench.measure import WALL, Limit
from bench.nights import AS_OF, night, office_with
from catalog.observations import Submission
from catalog.periods import Month
from flows.intake.read import Received, load_keys
from flows.office import Office

AT_MOST = 5.0
_LAST = Month(2020, 6)


def fill(office: Office, count: int, versions: int = 8) -> None:
    """So many hand-ins, month by month backwards, and their files."""
    catalogue = office.catalogue
    submissions: list[Submission] = []
    key = load_keys(catalogue, office.tokens)
    month = _LAST
    while len(submissions) < count:
        for form in (f for f in catalogue.forms.values() if f.is_due_for(month)):
            for version in range(versions):
                when = datetime(month.year, month.month, 28, 10, version, tzinfo=UTC)
                path = f"{month.year}年/{month.month:02d}月/{form.department}/{form.id} {form.title}({version}).xlsx"
                received = Received(path, f"{len(submissions):064x}", 1, when)
                submissions.append(Submission(
                    path, received.sha256, 1, when, key(received.sha256), form.id, form.department, month.name,
                    data_hash=f"{form.id}{month.name}{version}",
                ))  # fmt: skip
        month = month.shift(-1)
    del submissions[count:]
    for one in submissions:
        file = office.inbox / one.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"\0")
        os.utime(file, (one.modified.timestamp(), one.modified.timestamp()))
    with office.open_warehouse() as warehouse:
        for start in range(0, count, 2_000):
            warehouse.load_all(submissions[start : start + 2_000], AS_OF)


def nothing_new(folder: str) -> dict[str, float]:
    office = Office(Path(folder))
    _ = office.catalogue
    began = time.perf_counter()
    office.share.listing(AS_OF)
    listed = time.perf_counter()
    files, _ = night(office, AS_OF + timedelta(hours=1))
    done = time.perf_counter()
    assert files == 0, f"{files} files were read"
    return {"listing": listed - began, "night": done - listed}


def measure(folder: Path, town: Path, count: int, turns: int) -> list[Limit]:
    office = office_with(folder / "known", town, [])
    fill(office, count)
    night(office)
    taken = [in_child("bench.rows.known:nothing_new", str(office.folder)).answer for _ in range(turns)]
    listing = sorted(one["listing"] for one in taken)[len(taken) // 2]
    return [Limit(
        f"a night with nothing new on {count:,} known files, less its listing ({listing:.1f} s)", AT_MOST,
        tuple(one["night"] - one["listing"] for one in taken), WALL,
    )]  # fmt: skip
