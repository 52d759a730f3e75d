"""What the verbs of the command line share: the screen, the office option, the one-line error."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.command.console import console
from flows.command.screen import Unusable, aware, folder_of

__all__ = ["OfficeOption", "Unusable", "aware", "console", "folder_of"]

OfficeOption = Annotated[Path | None, Parameter(name="--office", help="The office folder (default: HUIZONG_OFFICE, or the current folder).")]
