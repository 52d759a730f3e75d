"""One office: its folder, settings, catalogue, archive and warehouse, opened when they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from catalog.catalogue import BadCatalogue, Catalogue, Slot, built_in, load_catalogue
from connectors.shares import Archive, Share, open_share
from connectors.warehouse import Warehouse, open_warehouse, upgrade
from flows.settings import Settings, load_settings, share_password, token_key
from flows.tokens import Tokens

TEMPLATE = "工作总结模板.docx"
"""The office's own Word template, in catalog/report/."""


@dataclass(frozen=True)
class Office:
    """The folder of CONTRACT §1."""

    folder: Path

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.folder)

    @cached_property
    def catalogue(self) -> Catalogue:
        return load_catalogue(self.folder / "catalog")

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

    @property
    def outputs(self) -> Path:
        return self._path(self.settings.paths.outputs)

    @property
    def slips(self) -> Path:
        return self._path(self.settings.paths.slips)

    @property
    def warehouse_url(self) -> str:
        return self.settings.warehouse.url or f"sqlite:///{(self.folder / 'warehouse.db').resolve()}"

    def upgrade_warehouse(self) -> str:
        return upgrade(self.warehouse_url)

    def open_warehouse(self) -> Warehouse:
        return open_warehouse(self.warehouse_url, self.settings.general.id)

    def begin_run(self, as_of: datetime) -> int:
        with self.open_warehouse() as warehouse:
            return warehouse.begin_run(as_of)

    def end_run(self, run_id: int, state: str, seen: int, new: int, cells: int, seconds: float) -> None:
        with self.open_warehouse() as warehouse:
            warehouse.end_run(run_id, state, seen, new, cells, seconds)

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

    def _path(self, setting: str) -> Path:
        return self.folder / setting


def read_slots(file: Path) -> tuple[Slot, ...]:
    """The office's slots.csv, else the built-in one: number, section, indicator."""
    source = file if file.is_file() else built_in() / "report" / "slots.csv"
    lines = source.read_text("utf-8-sig").splitlines()[1:]
    cells = [line.split(",") for line in lines if line.strip()]
    return tuple(Slot(int(number), section, indicator) for number, section, indicator, *_ in cells)
