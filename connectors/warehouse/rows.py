"""Small rows and spellings that the rooms of the warehouse share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select

from catalog.issues import Issue
from catalog.observations import Status

IN_CHUNK = 400
"""Numbers asked for in one statement."""
STATUS = {status.value: status for status in Status}
"""As a row has it → the status."""


class KnownFile(NamedTuple):
    """A file that was received, and what went into the latest reading of it."""

    path: str
    sha256: str
    size: int
    modified: datetime
    load_key: str


class SubmissionRow(NamedTuple):
    """A submission as loaded, without its cells."""

    id: int
    path: str
    sha256: str
    size: int
    modified: datetime
    form: str
    department: str
    period: str
    refused: bool
    rank: int
    data_hash: str
    warned: bool
    """It has an issue of its own that is louder than a fix."""
    load_key: str = ""
    """What went into the latest reading of it."""
    recorded_at: datetime | None = None
    """When it came in; None = not yet, it is only looked at."""
    load: int = 0
    """Number of the latest reading of it."""


@dataclass(frozen=True, slots=True)
class StandingRow:
    """A published submission as status and reminders need it."""

    id: int
    form: str
    department: str
    period: str
    state: str
    path: str
    modified: str
    due_at: str | None
    days_late: int
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as it was begun and as it ended."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    state: str
    """running, completed, failed or crashed."""
    as_of: datetime
    period: str
    form: str
    department: str
    files_new: int | None
    deferred: int


@dataclass(frozen=True, slots=True)
class Publication:
    """A finished state that was shown: what it was computed from, and since when readers saw it."""

    number: int
    state: str
    inputs: str
    known_from: datetime
    as_of: datetime
    """The time the state speaks from."""
    wanted: str
    """A period asked for, whether it had ended or not."""
    catalogue: str
    """Hash under which the catalogue of that night lies in the archive; empty before version 0003."""


def submission_id(path: str, sha256: str) -> int:
    """The same file has the same number in every order, on every engine: 52 bits of a hash over path and content."""
    return _number(path, sha256)


def load_id(path: str, sha256: str, load_key: str, content: str) -> int:
    """The number of a later reading of a file; the first one has the file's own."""
    return _number(path, sha256, load_key, content)


def message_number(key: str, channel: str) -> int:
    return _number(key, channel)


def _number(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8], "big") >> 12


def iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment is not None else None


def days_late(due_at: datetime, at: datetime) -> int:
    """Days of the calendar since the one whose last second is ``due_at``; a hand-in of the morning after is one day late, and so is one that has not come then."""
    return max(0, -((int(due_at.timestamp()) - int(at.timestamp())) // 86_400))


@lru_cache(maxsize=4096)
def day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


@lru_cache(maxsize=4096)
def moment(value: str) -> datetime:
    return datetime.fromisoformat(value)


def iso_day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def drivers_own(connection: Connection, query: Select[Any]) -> list[Any]:
    """All rows as the driver gives them, texts and whole numbers: half the time."""
    result = connection.execute(query)
    rows = result.cursor.fetchall()  # type: ignore[union-attr]
    result.close()
    return list(rows)


def without_nul(value: Any) -> Any:
    """PostgreSQL text holds no NUL character."""
    return value.replace("\0", "") if isinstance(value, str) and "\0" in value else value


def issue_rows(
    office: int, number: int, load: int, issues: Sequence[Issue], moment: str, seen: Mapping[str, str], since: str = ""
) -> list[tuple[Any, ...]]:
    """Rows of the table ``issue``, each once. ``seen``: issue id → when it was first said; ``since``: from when it is shown so."""
    made: dict[str, tuple[Any, ...]] = {}
    for seq, issue in enumerate(issues):
        parts = (str(number), issue.code, issue.action.value, issue.sheet, issue.cell, issue.found, issue.message)
        name = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
        made.setdefault(name, (office, number, load, name, seq, issue.code, issue.action.value, without_nul(issue.sheet), issue.cell,
                               without_nul(issue.found), without_nul(issue.expected), without_nul(issue.message), seen.get(name, moment), None, None, since))  # fmt: skip
    return list(made.values())
