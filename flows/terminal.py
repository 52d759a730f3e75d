"""What every verb of the command line shares: the console, the office option, the one-line error."""

from __future__ import annotations

import os
import sys
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from catalog.said import Said

OfficeOption = Annotated[Path | None, Parameter(name="--office", help="The office folder (default: HUIZONG_OFFICE, or the current folder).")]
console = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 120)


class Unusable(Said):
    """The work could not be done; one line that says what to do."""


def folder_of(office: Path | None) -> Path:
    return (office or Path(os.environ.get("HUIZONG_OFFICE") or ".")).resolve()


def aware(moment: datetime | None, zone: tzinfo) -> datetime | None:
    """A time without a zone is the office's."""
    return moment.replace(tzinfo=zone) if moment is not None and moment.tzinfo is None else moment
