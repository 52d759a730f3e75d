"""试运行: what a night would take in and refuse, and nothing of it kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.observations import Submission


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would come in."""

    files: tuple[tuple[str, str], ...]
    """(path, Chinese reason of refusal or empty)."""
    deferred: tuple[str, ...] = ()
    """Chinese: what would be taken another time, and why."""

    @property
    def refused(self) -> tuple[tuple[str, str], ...]:
        return tuple((path, why) for path, why in self.files if why)


def rehearsal_of(seen: Iterable[Submission], deferred: Iterable[str] = ()) -> Rehearsal:
    return Rehearsal(tuple((s.path, s.issues[-1].message if s.refused else "") for s in seen), tuple(deferred))
