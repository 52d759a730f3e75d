"""`huizong draft`: a finished or edited draft refreshed, cleaned, read back and measured."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

from cyclopts import App, Parameter
from rich.console import Console

if TYPE_CHECKING:
    from flows.office import Office

app = App(name="draft", help="The report draft: refreshed, cleaned, verified against the warehouse, measured against GB/T 9704.")
OfficeOption = Annotated[Path | None, Parameter(name="--office", help="The office folder (default: HUIZONG_OFFICE, or the current folder).")]
console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 120)


def _fail(sentence: str) -> NoReturn:
    console.print(f"huizong: {sentence}")
    sys.exit(1)


def _there(file: Path) -> None:
    if not file.is_file():
        _fail(f"没有找到“{file}”这个文件，请核对路径和文件名。")


def _office(office: Path | None) -> Office:
    from flows.office import Office

    return Office((office or Path(os.environ.get("HUIZONG_OFFICE") or ".")).resolve())


@app.command
def refresh(
    file: Path, *, office: OfficeOption = None,
    clean: Annotated[bool, Parameter(negative="", help="Write the clean copy (清稿) beside FILE, without marks.")] = False,
    force: Annotated[bool, Parameter(negative="", help="Write the clean copy even where an X stands; its name says so.")] = False,
) -> None:  # fmt: skip
    """Update the figures in a draft that people have edited; their words stay."""
    _there(file)
    from connectors.shares import write_whole
    from flows.draft.refresh import NotADraft, report_text
    from flows.draft.verbs_work import Unclean, clean_file, refreshed_file

    try:
        done = refreshed_file(_office(office), file)
    except NotADraft as error:
        _fail(str(error))
    if done.data != file.read_bytes():
        write_whole(file, done.data)
    console.print(report_text(done).rstrip())
    if clean:
        try:
            target, notes = clean_file(file, force=force)
        except Unclean as error:
            _fail(str(error))
        console.print(f"清稿已写好：{target}")
        for note in notes:
            console.print(f"  {note}")


@app.command
def verify(
    file: Path, *, office: OfficeOption = None,
    period: Annotated[str, Parameter(help="The period it speaks of, where its title does not say: 2020-H1, 2020-Q1 …")] = "",
) -> None:  # fmt: skip
    """Read a finished document alone and derive every number and direction word in it again; exit 1 if one cannot be."""
    _there(file)
    from flows.draft.verbs_work import verified
    from flows.draft.verify import NoPeriod

    try:
        speaks_of, findings, quotes = verified(_office(office), file, period)
    except NoPeriod as error:
        _fail(str(error))
    console.print(f"{file.name}（{speaks_of.name}）：{f'有 {len(findings)} 处核不上。' if findings else '每个数和方向词都能从数据库核上。'}")
    for finding in findings:
        console.print(f"  {finding.message}")
    if quotes:
        console.print(f"引自科室情况说明、不由数据库核算的有 {len(quotes)} 句：")
        for quote in quotes:
            console.print(f"  {quote}")
    if findings:
        sys.exit(1)


@app.command
def check(file: Path) -> None:
    """Measure any document against GB/T 9704—2012 and the office's rules of wording; exit 1 if something deviates."""
    _there(file)
    from connectors.documents import NoDocument
    from flows.draft.verbs_work import deviations

    try:
        found = deviations(file.read_bytes())
    except NoDocument as error:
        _fail(str(error))
    console.print(f"{file.name}：{f'有 {len(found)} 处不合' if found else '版式、用语都合'} GB/T 9704—2012 和行文规则。")
    for sentence in found:
        console.print(f"  {sentence}")
    if found:
        sys.exit(1)
