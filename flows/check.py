"""`huizong check`: what would happen to a workbook, without keeping anything. Imports neither Prefect nor pandas."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from catalog.catalogue import Catalogue
from catalog.issues import Action, Issue
from catalog.observations import Reading, Standing, State, Submission, is_partial
from connectors.workbooks.guard import SECONDS, TooDear, call_forked, seconds_more
from flows.office import Office
from flows.tokens import Tokens
from flows.words.binding import binding

if TYPE_CHECKING:
    from rich.console import Console

    from catalog.grids import Position
    from flows.intake.read import Examined

T = TypeVar("T")

_SHOWN = {Action.REFUSE_FILE: "[red]整份退回[/red]", Action.REFUSE_SHEET: "[red]整份退回[/red]", Action.REFUSE_CELL: "[red]退回此格[/red]",
          Action.WARN: "[yellow]请核实[/yellow]", Action.FIX: "[dim]已换算[/dim]"}  # fmt: skip


def check_file(console: Console, office: Office, file: Path, *, cells: bool = False) -> bool:
    """Say what the file is, what would be refused or asked, and with ``cells`` the fate of every cell. True = taken.

    Raises OSError when the file cannot be read.
    """
    submission, opened, fates = _in_a_child(office, file, partial(_looked_at, cells), lambda stopped: (stopped, False, {}))
    if submission.form:
        title = office.catalogue.forms[submission.form].title
        console.print(f"{submission.form}《{title}》 {submission.department} {submission.period or '月份不明'}")
    if opened:
        console.print(f"单元格 {submission.cells_read} 个：采用 {submission.cells_used}，按规则忽略 {submission.cells_ignored}，退回 {submission.cells_refused}。")
    issues = list(submission.issues)
    instead = ""
    if not submission.refused:
        standing, instead = against_the_others(office, submission)
        issues += standing.issues if standing else ()
    say(console, issues)
    if submission.refused:
        console.print("[red]结论：会退回，请改正后重报。[/red]")
    elif instead:
        console.print("[yellow]结论：能读，但不会计入。[/yellow]", end="")
        advice = "如要以本文件为准，请在文件名里写“更正”或“终稿”并在其后报送，或告知党政办指定采用。"
        if is_partial(submission.rank):
            advice = "本文件的行不全或写明是补报，不能代替全表，请把其中的内容填进一张全表后重报。"
        console.print(f"本月仍以“{instead}”为准；{advice}", markup=False)
    elif any(issue.action is Action.REFUSE_CELL for issue in issues):
        console.print("[yellow]结论：可以收下，但标“退回此格”的数不计入，请改正后再报。[/yellow]")
    else:
        console.print("[green]结论：可以收下。[/green]")
    if cells:
        list_cells(console, fates)
    return not submission.refused


def examined_file(office: Office, file: Path) -> Examined:
    """Read a file as the night would; outside the inbox its own name is all the path there is."""
    from flows.intake.read import Examined

    return _in_a_child(office, file, _examined, lambda stopped: Examined(stopped, {}))


def _in_a_child(office: Office, file: Path, look: Callable[..., T], when_stopped: Callable[[Submission], T]) -> T:
    """The child imports what reads, this process what compares: neither waits for the other's libraries."""
    data = file.read_bytes()
    inbox = office.inbox.resolve()
    where = file.resolve()
    path = where.relative_to(inbox).as_posix() if where.is_relative_to(inbox) else file.name
    received = (path, hashlib.sha256(data).hexdigest(), len(data), datetime.fromtimestamp(file.stat().st_mtime, office.settings.zone))
    try:
        return call_forked(look, received, data, office.catalogue, seconds=SECONDS + seconds_more(len(data)), meanwhile=partial(_get_ready, office))
    except TooDear as dear:
        why = dear
    except Exception as fault:
        from flows.intake.guarded import FAULTS

        if not isinstance(fault, FAULTS):
            raise
        why = TooDear("crash")
    from flows.intake.guarded import stopped
    from flows.intake.read import Received

    return when_stopped(stopped(office, Received(*received), why))


def _examined(received: tuple[Any, ...], data: bytes, catalogue: Catalogue) -> Examined:
    from flows.intake.read import Received, examine

    return examine(Received(*received), data, catalogue, Tokens(b"check"))


def _looked_at(cells: bool, received: tuple[Any, ...], data: bytes, catalogue: Catalogue) -> tuple[Submission, bool, dict[str, dict[Position, str]]]:
    """The submission, whether the file could be opened, and where they are wanted the fates of its cells; what these hold stays in the child."""
    examined = _examined(received, data, catalogue)
    return examined.submission, examined.workbook is not None, examined.fates if cells else {}


def _get_ready(office: Office) -> None:
    import rich.console  # noqa: F401

    if _has_warehouse(office):
        import flows.intake.settle  # noqa: F401


def _has_warehouse(office: Office) -> bool:
    return bool(office.settings.warehouse.url) or (office.folder / "warehouse.db").is_file()


def say(console: Console, issues: Iterable[Issue]) -> None:
    """The sentences, the gravest first; fixes only counted."""
    ordered = sorted(issues, key=lambda i: -list(Action).index(i.action))
    for issue in ordered:
        if issue.action is not Action.FIX:
            console.print(f"  {_SHOWN[issue.action]} ", end="")
            console.print(issue.message, markup=False)
    fixed = sum(issue.action is Action.FIX for issue in ordered)
    if fixed:
        console.print(f"  另有 {fixed} 处写法不规范，已按规则换算。")


def against_the_others(office: Office, new: Submission) -> tuple[Standing | None, str]:
    """How the file would stand beside what has been handed in, where there is a warehouse already; and the path of the one that counts instead."""
    if not _has_warehouse(office):
        return None, ""
    from connectors.warehouse import SubmissionRow, submission_id
    from flows.intake.settle import settle

    number = submission_id(new.path, new.sha256)
    row = SubmissionRow(number, new.path, new.sha256, new.size, new.modified, new.form, new.department, new.period, False, new.rank,
                        new.data_hash, any(i.action is not Action.FIX for i in new.issues))  # fmt: skip
    with office.open_warehouse() as warehouse:
        words = binding(warehouse.adjustments())
        others = [s for s in warehouse.submissions() if s.form == new.form and s.id != number and s.id not in words.revoked]

        def readings_of(ids: Iterable[int], unlike: Mapping[int, int] = MappingProxyType({})) -> Mapping[int, Sequence[Reading]]:
            known = {one: other for one, other in unlike.items() if number not in (one, other)}
            return {**warehouse.readings((i for i in ids if i != number), known), number: new.readings}

        settled = settle([*others, row], readings_of, office.catalogue, office.settings.zone, words.cells)
    mine = next(s for s in settled.standings if s.submission_id == number)
    period = {s.id: s.path for s in others if s.period == new.period}
    return mine, next((period[s.submission_id] for s in settled.standings if s.current and s.submission_id in period), "") if mine.state is State.SUPERSEDED else ""


def list_cells(console: Console, fates: Mapping[str, Mapping[Position, str]]) -> None:
    """One line per non-empty cell: address and fate; no contents, they may be a person's."""
    from catalog.grids import address
    from flows.intake.fate import WORDS

    for sheet, of_cells in fates.items():
        for at, fate in sorted(of_cells.items()):
            console.print(f"{sheet}!{address(*at)} {WORDS.get(fate, fate)}", markup=False)
