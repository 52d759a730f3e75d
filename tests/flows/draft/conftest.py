"""A night over figures that are given: what it leaves in outputs/<period>/."""

from types import SimpleNamespace

import pytest

from connectors.warehouse import open_warehouse, upgrade
from flows.draft.outputs import write_outputs
from tests.flows.draft.half_year import AT, H1, catalogue, figures, slots, template


@pytest.fixture
def night(tmp_path, monkeypatch):
    """A function: figures (and what is owed) → the folder with what was written."""

    def write(known=None, owed=(), rows=(), readings=(), at=AT, words=None, hide=True):
        held = figures() if known is None else known
        url = f"sqlite:///{tmp_path / 'warehouse.db'}"
        upgrade(url)
        warehouse = open_warehouse(url, "甲")
        warehouse.figures = lambda period: held if period == H1.name else {}
        monkeypatch.setattr("flows.draft.outputs.in_force", lambda *_: list(readings))
        warehouse.standing, warehouse.owed = lambda: list(rows), lambda: list(owed)
        settings = SimpleNamespace(zone=AT.tzinfo, privacy=SimpleNamespace(hide_small_counts=hide))
        office = SimpleNamespace(
            catalogue=catalogue(), settings=settings, template=words or template(), slots=slots(), folder=tmp_path, outputs=tmp_path / "outputs"
        )
        with warehouse:
            write_outputs(office, warehouse, at, H1)
        return tmp_path / "outputs" / H1.name

    return write
