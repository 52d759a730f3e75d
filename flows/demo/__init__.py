"""The demonstration: a township that does not exist, with eighteen months of what its departments hand in."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from catalog.catalogue import load_catalogue
from flows.demo.inbox import HandIn, write_inbox

__all__ = ["HandIn", "make_demo_office", "write_inbox"]


def make_demo_office(folder: Path, seed: int = 1) -> None:
    """An office in ``folder``: ``catalog/town.yml``, ``catalog/villages.csv`` and a full ``inbox/``; nothing is run.

    Files of the same names are written over, everything else in the folder stays as it is.
    """
    catalogue = folder / "catalog"
    catalogue.mkdir(parents=True, exist_ok=True)
    for name in ("town.yml", "villages.csv"):
        (catalogue / name).write_bytes(files("flows.demo").joinpath(name).read_bytes())
    write_inbox(folder / "inbox", load_catalogue(catalogue), seed)
