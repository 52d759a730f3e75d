"""收表 as a flow: take what is there, read it in chunks, load it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prefect import flow, unmapped
from prefect.task_runners import ThreadPoolTaskRunner

from flows.intake.collect import Wanted
from flows.intake.tasks import collect_files, in_chunks, read_chunk


@dataclass(frozen=True, slots=True)
class Intake:
    """What came in tonight."""

    seen: int
    new: int
    cells: int
    ignored: tuple[str, ...]
    deferred: tuple[str, ...]


NOTHING = Intake(0, 0, 0, (), ())


@flow(name="intake", task_runner=ThreadPoolTaskRunner(max_workers=2), persist_result=False)  # type: ignore[arg-type]
def intake(folder: str, as_of: datetime, force: bool = False, form: str = "", department: str = "") -> Intake:
    """Every file that is new since the last night, archived, read and loaded; one bad file stops none of the others."""
    collected = collect_files(folder, as_of, force)
    loading = read_chunk.map(unmapped(folder), in_chunks(collected), unmapped(as_of), unmapped(Wanted(form, department)))
    done = [chunk.result() for chunk in loading]
    return Intake(collected.seen, sum(f for f, _ in done), sum(c for _, c in done), collected.ignored, collected.deferred)
