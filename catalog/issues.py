"""What was fixed, warned about or refused: one cell, one sentence that says what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from catalog.said import Said


class Action(StrEnum):
    """How loud an issue is (forms.md §9); the later ones outweigh the earlier."""

    FIX = "fix"
    WARN = "warn"
    REFUSE_CELL = "refuse_cell"
    REFUSE_SHEET = "refuse_sheet"
    REFUSE_FILE = "refuse_file"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong or remarkable in a submission.

    ``code`` is the M-number of forms.md §9 (or a name of ours in the same manner); ``message`` is one
    Chinese sentence with place, what was found, what was expected, what to do. ``found`` never holds
    personal data: for a personal column it says what kind of thing stood there.
    """

    code: str
    action: Action
    message: str
    sheet: str = ""
    cell: str = ""
    found: str = ""
    expected: str = ""

    def __reduce__(self) -> tuple[type[Issue], tuple[str, Action, str, str, str, str, str]]:
        """A long ledger may have one for every record, and what dataclasses do for it costs ten times as much."""
        return Issue, (self.code, self.action, self.message, self.sheet, self.cell, self.found, self.expected)


class Refused(Said):
    """A file or sheet that cannot be taken; carries the issue that says why."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.message)
        self.issue = issue
        self.form = ""
        """Id of the form, where that much was clear."""

    def __reduce__(self) -> tuple[type[Refused], tuple[Issue], dict[str, str]]:
        """So that it crosses from the process that read the file to the one that asked."""
        return Refused, (self.issue,), {"form": self.form}
