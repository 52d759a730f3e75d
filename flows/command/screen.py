"""What a verb says without styles, and its errors as one line; without the libraries of the command line, which a verb waited for cannot pay."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path

from catalog.periods import UnknownPeriod
from catalog.said import Said

_NOT_SHOWN = dict.fromkeys((7, 8, 11, 12, 13))
"""Bell, backspace and the like, which a cell may hold: they would move what is on the screen."""


_ADVICE = {
    FileNotFoundError: "check the path", NotADirectoryError: "check the path", IsADirectoryError: "write the path of a file",
    FileExistsError: "choose another name", PermissionError: "give this account the right to it, then do it again",
}  # fmt: skip


class Unusable(Said):
    """The work could not be done; one line that says what to do."""


class Misused(Said):
    """Words of the command line that no office could answer; one line that says what to write."""


def say(lines: Iterable[str]) -> None:
    """Lines as they are, on the standard output; where who reads them has had enough (`| head`), the process ends with 1 and no word."""
    try:
        print("\n".join(line.translate(_NOT_SHOWN).expandtabs() for line in lines), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left in the buffer goes nowhere when the process ends
        sys.exit(1)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Every error a person meets is one line: 2 for wrong usage, 1 where the work could not be done."""
    try:
        yield
    except (UnknownPeriod, Misused) as error:
        say([f"huizong: {error}"])
        sys.exit(2)
    except Said as error:
        say([f"huizong: {error}"])
        sys.exit(1)
    except OSError as error:
        say([f"huizong: {_in_plain_words(error)}"])
        sys.exit(1)


def _in_plain_words(error: OSError) -> str:
    """The system's own words, without its number, and what to do."""
    advice = next((what for kind, what in _ADVICE.items() if isinstance(error, kind)), "free some, then do it again" if error.errno == errno.ENOSPC else "")
    if not error.filename or not advice:
        return str(error)
    return f"{error.filename}: {(error.strerror or 'cannot be used').lower()}; {advice}"


def folder_of(office: Path | None) -> Path:
    return (office or Path(os.environ.get("HUIZONG_OFFICE") or ".")).resolve()


def aware(moment: datetime | None, zone: tzinfo) -> datetime | None:
    """A time without a zone is the office's."""
    return moment.replace(tzinfo=zone) if moment is not None and moment.tzinfo is None else moment
