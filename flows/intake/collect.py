"""收表: what lies in the shared folder, taken into the archive before anything else happens; then read and loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from catalog.observations import Submission
from connectors.shares import Listing, NoShare, SharedFile, Unsettled
from connectors.warehouse import Warehouse
from connectors.warehouse.rows import KnownFile
from connectors.workbooks.guard import guarded
from flows.intake.guarded import read_guarded
from flows.intake.read import Received, load_keys
from flows.office import Office
from flows.uncollected import collector_off

_CLOCKS_DIFFER = timedelta(hours=1)
"""What the clocks of a department's machine and of ours may differ by without a word."""


@dataclass(frozen=True, slots=True)
class Collected:
    """One look at the inbox."""

    new: tuple[Received, ...]
    """Archived, and not yet loaded under today's catalogue and code."""
    seen: int
    ignored: tuple[str, ...]
    """Clutter that is no report, with the rule's name."""
    deferred: tuple[str, ...]
    """Chinese: files still being written, taken next time."""


def collect(office: Office, warehouse: Warehouse, as_of: datetime, *, force: bool = False) -> Collected:
    """List the inbox, archive what is new. Files changed after ``as_of`` are not seen.

    A file known by path, size and time is not opened again; ``force`` reads everything anew. When the share goes away
    meanwhile, what has not been copied yet is deferred by name and the night goes on with the rest.
    """
    listing = office.share.listing(as_of)
    with collector_off():
        rows = warehouse.known_files()
        known: dict[str, list[KnownFile]] = defaultdict(list)
        for row in rows:
            known[row.path].append(row)
    loaded: dict[tuple[str, str], str] = {}
    key_of = load_keys(office.catalogue, office.tokens)
    new: list[Received] = []
    deferred = unseen(office, listing)
    take = taking(office, as_of, deferred)

    def is_loaded(received: Received) -> bool:
        if not loaded:  # only where something is new
            loaded.update(((row.path, row.sha256), row.load_key) for row in rows)
        return loaded.get((received.path, received.sha256)) == key_of(received.sha256)

    for file in listing.files:
        received = None
        at = file.modified
        as_it_is = [row for row in known[file.path] if row.modified == at] if file.path in known and not force else []
        if as_it_is and (row := max(as_it_is)).size == file.size:
            if row.load_key == key_of(row.sha256):
                continue
            received = Received(row.path, row.sha256, row.size, row.modified)
        if received is None or not office.archive.has(received.sha256):
            if (data := take(file)) is None:
                continue
            received = Received(file.path, office.archive.put(data), len(data), file.modified)
        if force or not is_loaded(received):
            new.append(received)
    ignored = tuple(f"{item.path}（{item.rule}）" for item in listing.ignored if not item.unseen)
    return Collected(tuple(new), len(listing.files), ignored, tuple(deferred))


def unseen(office: Office, listing: Listing) -> list[str]:
    """Chinese: what lies in the share and cannot be looked at tonight."""
    return [item.told for item in listing.ignored if item.unseen] + _ahead(listing.later, office.settings.zone)


def _ahead(later: Iterable[SharedFile], zone: tzinfo) -> list[str]:
    """Files whose time the machine's clock will not reach tonight: no night would take them before that day, and nobody would know."""
    soon = datetime.now(UTC) + _CLOCKS_DIFFER
    return [
        f"“{file.path}”的修改时间是 {file.modified.astimezone(zone):%Y-%m-%d %H:%M}，在将来，到那时才会收；请校准存表电脑的时间，打开后重新保存。"
        for file in later if file.modified > soon
    ]  # fmt: skip


def taking(office: Office, as_of: datetime, deferred: list[str]) -> Callable[[SharedFile], bytes | None]:
    """file → a settled copy; None where there is none, and ``deferred`` says why. After the share went away no file is waited for."""
    away = False

    def take(file: SharedFile) -> bytes | None:
        nonlocal away
        try:
            if not away:
                return office.share.take(file, as_of)
        except Unsettled as unsettled:
            deferred.append(str(unsettled))
            return None
        except NoShare as gone:
            away = True
            deferred.append(f"共享文件夹中途断开，本次只处理已收到的文件（{gone}）。")
        deferred.append(f"“{file.path}”：共享文件夹已断开，下次再收。")
        return None

    return take


@dataclass(frozen=True, slots=True)
class Wanted:
    """Only these hand-ins; empty = all."""

    form: str = ""
    department: str = ""

    def includes(self, submission: Submission) -> bool:
        return self.form in ("", submission.form) and self.department in ("", submission.department)


ALL = Wanted()


FILES_AT_ONCE, ROWS_AT_ONCE = 50, 20_000
"""What one transaction holds at most: little is read again after a crash, and memory is bounded by the largest file."""


def read_and_load(
    office: Office, warehouse: Warehouse, received: Iterable[Received], at: datetime, wanted: Wanted = ALL
) -> tuple[int, int]:
    """Read each file from the archive and load it, some in one transaction; (files, cells) as done. ``at``: when we knew."""
    files = cells = 0
    waiting: list[Submission] = []
    with guarded() as guard, collector_off():
        for item in received:
            submission = read_guarded(guard, office, item)
            if not wanted.includes(submission):
                continue
            waiting.append(submission)
            files, cells = files + 1, cells + submission.cells_read
            if len(waiting) >= FILES_AT_ONCE or sum(len(s.readings) + len(s.entries) for s in waiting) >= ROWS_AT_ONCE:
                warehouse.load_all(waiting, at)
                waiting = []
    if waiting:
        warehouse.load_all(waiting, at)
    return files, cells


def chunks(received: Sequence[Received], size: int) -> list[list[Received]]:
    """Whole lists of at most ``size``: one task for each."""
    return [list(received[i : i + size]) for i in range(0, len(received), size)]

