"""One office: its folder, settings, catalogue, archive and warehouse, opened when they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.catalogue import BadCatalogue, Catalogue, Slot, built_in, load_catalogue
from catalog.said import Said
from catalog.yaml_text import Kept, text_of
from connectors.shares import Archive, Share, clear_parts, open_share, write_whole
from flows.settings import Settings, load_settings, share_password, token_key
from flows.tokens import Tokens

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.shares.returning import ReturnFolder
    from connectors.warehouse import OfficeLock, RunRow, Warehouse

TEMPLATE = "工作总结模板.docx"
"""The office's own Word template, in catalog/report/."""


WAIT_SECONDS = 3600.0
"""How long a night waits for another one of its office."""

PATIENCE_SECONDS = 5.0
"""How long a person's word waits: another's takes a second, a night is told of."""


LOG_END = ".log-end"
"""The last link of the warehouse's log, written down outside it: whoever cuts the log short is found out (flows.verify)."""


DECLARATIONS = ".declarations"
"""What the texts of the catalogue were read to, by their digest: a verb that is waited for reads no YAML. Anybody may delete it."""


CLOCK_MAY_SLIP = timedelta(minutes=10)


class ClockSetBack(Said):
    """The machine's clock is behind the last night; one line that says what to do."""


@dataclass(frozen=True)
class Office:
    """The folder of CONTRACT §1."""

    folder: Path

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.folder)

    @cached_property
    def catalogue(self) -> Catalogue:
        return load_catalogue(self.folder / "catalog", kept=self._declarations)

    @cached_property
    def _declarations(self) -> Kept:
        file = self.folder / DECLARATIONS
        try:
            return Kept(file.read_bytes())
        except OSError:
            return Kept()

    def keep_declarations(self) -> None:
        """What the catalogue's texts were read to, for who opens the office next; written where it is not known yet. For who writes in it anyway."""
        _ = self.catalogue
        if not self._declarations.complete:
            write_whole(self.folder / DECLARATIONS, self._declarations.packed())

    @cached_property
    def archive(self) -> Archive:
        return Archive(self._path(self.settings.paths.archive))

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(token_key(self.settings))

    @property
    def inbox(self) -> Path:
        """The shared folder where it is a path; what lies in it is asked of :attr:`share`."""
        return self._path(self.settings.paths.inbox)

    @cached_property
    def share(self) -> Share:
        paths = self.settings.paths
        return open_share(paths.inbox, self.folder, paths.username, share_password(self.settings))

    @cached_property
    def return_folder(self) -> ReturnFolder | None:
        """The folder on a server into which the departments' slips are brought, where the settings name one."""
        paths = self.settings.paths
        if not paths.slips_to:
            return None
        from connectors.shares.returning import open_return

        return open_return(paths.slips_to, paths.username, share_password(self.settings))

    @property
    def outputs(self) -> Path:
        return self._path(self.settings.paths.outputs)

    @property
    def slips(self) -> Path:
        return self._path(self.settings.paths.slips)

    @property
    def warehouse_url(self) -> str:
        return self.settings.warehouse.url or f"sqlite:///{(self.folder / 'warehouse.db').resolve()}"

    def upgrade_warehouse(self, wait: float | None = None) -> str:
        """Where it is of an earlier version, when no night of that version is at work: what it wrote on would be of neither. Raises OfficeBusy."""
        from connectors.warehouse import upgrade  # half a second that who only reads a file need not pay

        return upgrade(self.warehouse_url, lambda: self._held(wait))

    def open_warehouse(self) -> Warehouse:
        from connectors.warehouse import open_warehouse

        return open_warehouse(self.warehouse_url, self.settings.general.id)

    @cached_property
    def lock(self) -> OfficeLock:
        from connectors.warehouse import OfficeLock

        return OfficeLock(self.folder / ".night.lock", self.warehouse_url, self.settings.general.id)

    def require_free(self) -> None:
        """Raises OfficeBusy when a night is at work: a person need not wait to be told."""
        self.lock.take(0)
        self.lock.release()

    @contextmanager
    def alone(self, wait: float | None = None) -> Iterator[None]:
        """The office is the caller's alone meanwhile, so that no two ever publish at once. Raises OfficeBusy. Not within a night."""
        with self._held(wait):
            yield
            self.note_log_end()

    @contextmanager
    def _held(self, wait: float | None) -> Iterator[None]:
        self.lock.take(PATIENCE_SECONDS if wait is None else wait)
        try:
            yield
        finally:
            self.lock.release()

    def begin_run(self, as_of: datetime | None, period: str = "", form: str = "", department: str = "") -> int:
        """The office is this run's alone until :meth:`end_run`: it waits for a night that is at work. Raises OfficeBusy.

        Without ``as_of`` it is the time at which the office was free.
        """
        self.lock.take(WAIT_SECONDS)
        try:
            self.archive.clear_parts()
            for folder in (self.outputs, self.slips):
                clear_parts(folder)
            clear_parts(self.folder, deep=False)
            with self.open_warehouse() as warehouse:
                return warehouse.begin_run(as_of or self.tonight(), period, form, department)
        except BaseException:
            self.lock.release()
            raise

    def end_run(self, run_id: int, state: str, seen: int, new: int, cells: int, seconds: float, deferred: int = 0,
                also: Callable[[Connection, int], object] | None = None) -> None:  # fmt: skip
        try:
            with self.open_warehouse() as warehouse:
                warehouse.end_run(run_id, state, seen, new, cells, seconds, deferred, also)
            self.note_log_end()
        finally:
            self.lock.release()

    def note_log_end(self) -> None:
        """Write down where the log ends; killed before, what was written down is an earlier end, and as true."""
        with self.open_warehouse() as warehouse:
            seq, link = warehouse.log_end()
        if (seq, link) != self.noted_log_end():
            write_whole(self.folder / LOG_END, f"{seq} {link}\n".encode())

    def noted_log_end(self) -> tuple[int, str]:
        """(links, the last of them) as last written down; 0 where nothing was, -1 where it cannot be read."""
        file = self.folder / LOG_END
        seq, _, link = (file.read_text("utf-8", "replace") if file.is_file() else "0").strip().partition(" ")
        return (int(seq), link) if seq.isdecimal() else (-1, "")

    def runs(self) -> list[RunRow]:
        with self.open_warehouse() as warehouse:
            return warehouse.runs()

    def known(self, form: str, department: str) -> None:
        """A form or department that does not exist would silently select nothing. Raises :class:`BadCatalogue`, or BadSettings where no office is."""
        _ = self.settings
        forms = self.catalogue.forms
        if form and form not in forms:
            raise BadCatalogue(f"there is no form {form}; write one of {', '.join(sorted(forms))}")
        departments = sorted({f.department for f in forms.values()})
        if department and department not in departments:
            raise BadCatalogue(f"there is no department {department}; write one of {', '.join(departments)}")

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        return read_slots(self.folder / "catalog" / "report" / "slots.csv")

    @property
    def template(self) -> bytes:
        file = self.folder / "catalog" / "report" / TEMPLATE
        try:
            return file.read_bytes()
        except FileNotFoundError:
            raise BadCatalogue(f"{file} is missing; copy it back, or take the one that `huizong init` makes in a new folder") from None

    def now(self) -> datetime:
        return datetime.now(self.settings.zone)

    def tonight(self) -> datetime:
        """Now, as the time of a night. Raises ClockSetBack when the clock says less than at the last one: what has come
        since would be taken for not there yet, and readers would see it go.
        """
        now = self.now()
        with self.open_warehouse() as warehouse:
            last = warehouse.last_began()
        if last is not None and now < last - CLOCK_MAY_SLIP:
            raise ClockSetBack(
                f"the clock says {now:%Y-%m-%d %H:%M}, but the last night began at {last.astimezone(now.tzinfo):%Y-%m-%d %H:%M}; "
                "set the clock right, or say the time with --as-of if the earlier one was wrong"
            )
        return now if last is None else max(now, last.astimezone(now.tzinfo))  # what came, or was said, within the slip stays

    def _path(self, setting: str) -> Path:
        return self.folder / setting


def read_slots(file: Path) -> tuple[Slot, ...]:
    """The office's slots.csv, else the built-in one: number, section, indicator."""
    source = file if file.is_file() else built_in() / "report" / "slots.csv"
    return tuple(_slot(f"{source.name} line {n}", line) for n, line in enumerate(text_of(source).splitlines(), 1) if n > 1 and line.strip())


def _slot(place: str, line: str) -> Slot:
    try:
        number, section, indicator, *_ = line.split(",")
        return Slot(int(number), section, indicator)
    except ValueError:
        raise BadCatalogue(f"{place}: write number,section,indicator, for example 51,一.6,dibao_hh") from None
