"""Reading in a process of its own: what a file costs or breaks there is a refusal here."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any, TypeVar

from catalog.grids import Workbook
from catalog.issues import Action, Issue
from catalog.observations import Entry, Reading, Submission
from catalog.packed import Packed
from connectors.workbooks import read_workbook
from connectors.workbooks.guard import Guard, TooDear, seconds_more
from flows.intake.read import Received, examine, from_the_path
from flows.intake.recognise import filled_sheets, of_the_form
from flows.office import Office
from flows.tokens import Tokens

FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""Of ours, in reading: the file is refused, and the night goes on for the others."""
T = TypeVar("T")
_WHY = {"time": "读取时间过长", "memory": "读取所需内存过多", "crash": "读取时出错"}


def read_guarded(guard: Guard, office: Office, received: Received, data: bytes | None = None) -> Submission:
    """Read an archived file, or its ``data``, in the guard's child; one that costs too much is a refused submission that says so."""
    try:
        return whole(*guard.call(_read_in_columns, str(office.folder), office.catalogue.version, office.tokens, received, data, more=seconds_more(received.size)))
    except TooDear as dear:
        return stopped(office, received, dear)
    except FAULTS:
        return stopped(office, received, TooDear("crash"))


def stopped(office: Office, received: Received, dear: TooDear) -> Submission:
    """The refusal of a file that was stopped."""
    why = _WHY[dear.reason]
    issue = Issue("E-DEAR", Action.REFUSE_FILE, f"文件{why}，已停止读取，请删去多余的内容、另存为 .xlsx 后重报。", found=why, expected="普通的报表")
    return replace(from_the_path(received, office.catalogue, office.tokens), refused=True, issues=(issue,))


def read_archived(folder: str, _version: str, tokens: Tokens, received: Received, data: bytes | None = None) -> Submission:
    """In the child: bytes from the archive unless given, the office's declarations read once per version of them.

    ``tokens``: of who asks; the child outlives a night, and two keys would count a person twice.
    """
    office = _office(folder, _version)
    return examine(received, office.archive.get(received.sha256) if data is None else data, office.catalogue, tokens).submission  # nobody else holds the bytes


InColumns = tuple[Submission, list[tuple[Any, ...]], list[tuple[Any, ...]] | None]
"""A submission without its readings and entries, and these column by column; None: they are packed and stay where they are."""


def in_columns(read: Submission) -> InColumns:
    """As it travels between two processes: row by row the way costs three times as much."""
    packed = isinstance(read.entries, Packed)
    bare = replace(read, readings=(), entries=read.entries if packed else ())
    return bare, list(zip(*read.readings, strict=True)), None if packed else list(zip(*read.entries, strict=True))


def whole(bare: Submission, readings: list[tuple[Any, ...]], entries: list[tuple[Any, ...]] | None) -> Submission:
    """What :func:`in_columns` was made of."""
    kept = bare.entries if entries is None else _rows(Entry, entries)
    return replace(bare, readings=_rows(Reading, readings), entries=kept)


def _rows(kind: type[T], columns: list[tuple[Any, ...]]) -> tuple[T, ...]:
    """Named rows of so many columns, without a call of Python's a row."""
    return tuple(map(tuple.__new__, repeat(kind), zip(*columns, strict=True)))  # type: ignore[arg-type]


def _read_in_columns(folder: str, version: str, tokens: Tokens, received: Received, data: bytes | None) -> InColumns:
    """In the child."""
    return in_columns(read_archived(folder, version, tokens, received, data))


def of_one_form(folder: str, _version: str, sha256: str, form: str) -> tuple[Workbook, int]:
    """In the child: an archived workbook with the sheets of this form alone, and how many others it has."""
    office = _office(folder, _version)
    data = office.archive.get(sha256)
    workbook = read_workbook(data)
    known = office.catalogue.forms.get(form)
    mine = of_the_form(workbook, known, office.catalogue) if known else frozenset[str]()
    kept = tuple(grid for grid in workbook.grids if grid.name in mine)
    return replace(workbook, grids=kept, counted=()), len(filled_sheets(workbook)) - len(kept)


@lru_cache(maxsize=1)
def _office(folder: str, _version: str) -> Office:
    return Office(Path(folder))
