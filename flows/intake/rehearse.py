"""试运行: what a night would take in and refuse, and nothing of it kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from connectors.warehouse import Warehouse
from connectors.workbooks.guard import guarded
from flows.intake.collect import ALL, Wanted, taking, unseen
from flows.intake.guarded import read_guarded
from flows.intake.read import Received, load_keys
from flows.office import Office


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


def look(office: Office, warehouse: Warehouse, as_of: datetime, wanted: Wanted = ALL) -> Rehearsal:
    """What a night would read now, read and checked, and nothing of it kept (``--dry-run``).

    A share that goes away meanwhile ends the look as it would end the collecting: what was not copied is named.
    """
    known = {(row.path, row.modified, row.size): row for row in sorted(warehouse.known_files())}
    key_of = load_keys(office.catalogue, office.tokens)
    listing = office.share.listing(as_of)
    files: list[tuple[str, str]] = []
    deferred = unseen(office, listing)
    take = taking(office, as_of, deferred)
    with guarded() as guard:
        for file in listing.files:
            row = known.get((file.path, file.modified, file.size))
            if row is not None and row.load_key == key_of(row.sha256):
                continue
            if (data := take(file)) is None:
                continue
            received = Received(file.path, hashlib.sha256(data).hexdigest(), len(data), file.modified)
            submission = read_guarded(guard, office, received, data)
            if wanted.includes(submission):
                files.append((file.path, submission.issues[-1].message if submission.refused else ""))
    return Rehearsal(tuple(files), tuple(deferred))
