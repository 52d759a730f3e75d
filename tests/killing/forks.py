"""Work in a fork of this warm process: it may be killed, and what it changes of itself is gone with it."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import flows.office
from catalog.catalogue import Catalogue, load_catalogue
from connectors.warehouse import OfficeBusy, WarehouseUnreachable
from flows.office import ClockSetBack
from tests.killing.night import read_here
from tests.killing.town import FORMS

SAID = (OSError, WarehouseUnreachable, OfficeBusy, ClockSetBack)
"""Errors that the command line tells in one line."""


def in_a_child(work: Callable[[], Any], after: float | None = None) -> tuple[Any, int]:
    """What ``work`` returned in a fork, and the signal that ended it; ``after`` so many seconds it is killed."""
    child, out = begin(work)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    return ended(child, out)


def begin(work: Callable[[], Any]) -> tuple[int, int]:
    """A child at work and where its answer will come from."""
    out, into = os.pipe()
    child = os.fork()
    if child:
        os.close(into)
        return child, out
    os.close(out)
    try:
        answer = work()
    except BaseException as error:
        said = isinstance(error, SAID) and "\n" not in str(error)
        answer = {"error": traceback.format_exc(), "said": str(error) if said else ""}
    with os.fdopen(into, "w") as stream, contextlib.suppress(BrokenPipeError):
        json.dump(answer, stream)
    os._exit(0)


def ended(child: int, out: int) -> tuple[Any, int]:
    with os.fdopen(out) as stream:
        told = stream.read()
    _, status = os.waitpid(child, 0)
    return (json.loads(told) if told else None), os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def said(answer: object) -> str:
    """The one line in which a night ended; empty when it ended otherwise."""
    return str(answer.get("said", "")) if isinstance(answer, dict) else ""


def few_forms(catalogue: Catalogue) -> Catalogue:
    """What the small office reports, and nothing else to be missing."""
    forms = {name: catalogue.forms[name] for name in FORMS}
    indicators = {name: i for name, i in catalogue.indicators.items() if i.form in forms and i.from_.source in ("column", "ledger")}
    return replace(catalogue, forms=forms, indicators=indicators)


@contextlib.contextmanager
def warm() -> Iterator[None]:
    """Declarations are read once, files are read in this process, and a fork copies little."""
    own = flows.office.load_catalogue
    known: dict[tuple[bytes, ...], Catalogue] = {}

    def cached(folder: Path, *, kept: object = None) -> Catalogue:
        texts = tuple((folder / name).read_bytes() for name in ("town.yml", "villages.csv"))
        if texts not in known:
            known[texts] = few_forms(load_catalogue(folder))
        return known[texts]

    flows.office.load_catalogue = cached
    gc.disable()
    try:
        with read_here():
            yield
    finally:
        flows.office.load_catalogue = own
        gc.enable()
