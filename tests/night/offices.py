"""Offices for tests that run a whole night without Prefect: the same functions the tasks call."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import force_setattr

from catalog.periods import Period
from flows.draft.outputs import write_outputs
from flows.intake.collect import collect, read_and_load
from flows.new_office import create_office
from flows.office import Office
from flows.summary.publish import State, settle_and_publish

AS_OF = datetime.fromisoformat("2020-07-20T02:00:00+08:00")
HALF = Period.parse("2020-H1")
VIEWS = ("out_observation", "out_indicator_period", "out_submission", "out_issue", "out_lineage", "out_meta")


def sample_office(folder: Path, sample: Path, archive: str) -> Office:
    """An office with the sample's town and its inbox, times kept."""
    office = create_office(folder)
    for name in ("town.yml", "villages.csv"):
        shutil.copyfile(sample / name, folder / "catalog" / name)
    with tarfile.open(sample / archive) as tar:
        members = [m for m in tar.getmembers() if m.name.startswith("inbox")]
        tar.extractall(folder, members, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # Debian 12's Python has no filters
    return office


def run_night(office: Office, url: str = "", as_of: datetime = AS_OF, period: Period = HALF) -> State:
    """Collect, read, settle, publish, as the night does."""
    if url:
        force_setattr(office.settings.warehouse, "url", url)
    office.upgrade_warehouse()
    with office.open_warehouse() as warehouse:
        collected = collect(office, warehouse, as_of)
        read_and_load(office, warehouse, collected.new, as_of)
        return settle_and_publish(office, warehouse, as_of, period)


def outputs(office: Office, period: Period = HALF, as_of: datetime = AS_OF) -> dict[str, Path]:
    with office.open_warehouse() as warehouse:
        return {Path(p).name: office.folder / p for p in write_outputs(office, warehouse, as_of, period)}


def rows(office: Office, view: str) -> list[dict[str, Any]]:
    """A view as outsiders read it."""
    with office.open_warehouse() as warehouse, warehouse.reading() as connection:
        return [dict(row._mapping) for row in connection.exec_driver_sql(f"SELECT * FROM {view}")]


def everything(office: Office) -> dict[str, list[tuple[Any, ...]]]:
    """All views, row for row, in an order of their own."""
    return {view: sorted((tuple(row.values()) for row in rows(office, view)), key=repr) for view in VIEWS}


def standing_in(words: set[str], text: str, folder: Path) -> set[str]:
    """Which of thousands of words occur in megabytes of text."""
    (folder / "words.txt").write_text("\n".join(sorted(words)), "utf-8")
    (folder / "text.txt").write_text(text, "utf-8")
    done = subprocess.run(["grep", "-aFof", folder / "words.txt", folder / "text.txt"], capture_output=True, env={**os.environ, "LC_ALL": "C"}, check=False)
    assert done.returncode in (0, 1), done.stderr
    return set(done.stdout.decode().split("\n")) - {""}
