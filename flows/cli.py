"""The operator's verbs (CONTRACT §2). Exit codes: 0 done, 1 the work could not be done, 2 wrong usage."""

from __future__ import annotations

import os
import sys
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
from cyclopts import App, Parameter
from rich.console import Console

from catalog.catalogue import BadCatalogue
from catalog.issues import Refused
from catalog.periods import Period, UnknownPeriod
from catalog.units import BadUnits
from flows.draft.verbs import app as draft
from flows.settings import BadSettings

if TYPE_CHECKING:
    from flows.nightly import Night

app = App(name="huizong", help="汇总: department spreadsheets → warehouse, summary tables and the report draft, every night.",
          version_flags=["--version"], help_flags=["--help", "-h"])  # fmt: skip
db = App(name="db", help="The warehouse's schema.")
form = App(name="form", help="The forms: drafted, pictured, compared, handed out.")
app.command(db)
app.command(form)
app.command(draft)

OfficeOption = Annotated[Path | None, Parameter(name="--office", help="The office folder (default: HUIZONG_OFFICE, or the current folder).")]
console = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 120)


class Unusable(Exception):
    """The work could not be done; one line that says what to do."""


def folder_of(office: Path | None) -> Path:
    return (office or Path(os.environ.get("HUIZONG_OFFICE") or ".")).resolve()


@app.command
def init(
    folder: Path, *, from_form: Annotated[tuple[Path, ...], Parameter(help="Draft a form's declaration from this filled-in workbook.")] = (),
) -> None:  # fmt: skip
    """Make a new office with the built-in catalogue in FOLDER."""
    from flows.new_office import create_office, draft_forms

    office = create_office(folder.resolve())
    for path in draft_forms(office, from_form):
        console.print(f"已起草表式 {path}，请补全科室、应报时间和各栏含义后使用（现以 .draft 结尾，尚未启用）。")
    console.print(f"已建立办公室 {folder}。\n接下来：改 {folder}/catalog/town.yml 和 villages.csv 为本镇的名称和村（社区），"
                  f"把各科室的报表放进 {folder}/inbox，然后运行 huizong run --office {folder}")  # fmt: skip


@app.command
def run(
    *, office: OfficeOption = None,
    as_of: Annotated[datetime | None, Parameter(help="The time it pretends to be; later files are not seen.")] = None,
    period: Annotated[str, Parameter(help="2020-06, 2020-01..02, 2020-Q2, 2020-H1, 2020-9M or 2020 (default: the longest that just ended).")] = "",
    department: Annotated[str, Parameter(help="Only this department's files.")] = "",
    form: Annotated[str, Parameter(help="Only this form, e.g. F12.")] = "",
    force: Annotated[bool, Parameter(negative="", help="Read every file anew.")] = False,
    dry_run: Annotated[bool, Parameter(negative="", help="Say what would be read and refused; keep nothing.")] = False,
) -> None:  # fmt: skip
    """The nightly flow, once."""
    if period:
        Period.parse(period)
    folder = folder_of(office)
    known(folder, form, department)
    if dry_run:
        rehearse(folder, as_of, form, department)
    else:
        report(night(folder, as_of, period, force, form, department), folder)


def known(folder: Path, form: str, department: str) -> None:
    """A form or department that does not exist would silently select nothing."""
    from flows.office import Office

    forms = Office(folder).catalogue.forms
    if form and form not in forms:
        raise Unusable(f"there is no form {form}; write one of {', '.join(sorted(forms))}")
    departments = sorted({f.department for f in forms.values()})
    if department and department not in departments:
        raise Unusable(f"there is no department {department}; write one of {', '.join(departments)}")


def rehearse(folder: Path, as_of: datetime | None, form: str, department: str) -> None:
    """`run --dry-run`: read what is new, say what would happen, keep nothing."""
    from flows.intake.collect import Wanted, look
    from flows.office import Office

    place = Office(folder)
    moment = aware(as_of, place.settings.zone) or place.now()
    with place.open_warehouse() as warehouse:
        seen = look(place, warehouse, moment, Wanted(form, department))
    refused = [submission for submission in seen if submission.refused]
    console.print(f"试运行：新文件 {len(seen)} 个，可收 {len(seen) - len(refused)} 个，会退回 {len(refused)} 个；没有保存任何内容。")
    for submission in refused:
        console.print(f"  {submission.path}：{submission.issues[-1].message}")


def aware(moment: datetime | None, zone: tzinfo) -> datetime | None:
    """A time without a zone is the office's."""
    return moment.replace(tzinfo=zone) if moment is not None and moment.tzinfo is None else moment


def night(folder: Path, as_of: datetime | None, period: str, force: bool = False, form: str = "", department: str = "") -> Night:
    """Run the Prefect flow in this process, with settings and catalogue checked before the server is started."""
    from flows.office import Office

    place = Office(folder)
    _ = (place.settings, place.catalogue, place.template)
    if not place.inbox.is_dir():
        raise Unusable(f"the shared folder {place.inbox} is not there; check paths.inbox in huizong.toml")
    place.upgrade_warehouse()
    console.print("[dim]正在启动调度服务，首次约需二十秒……[/dim]")
    from flows.quiet import hush

    hush()
    from flows.nightly import nightly

    return nightly(str(folder), aware(as_of, place.settings.zone) or place.now(), period, form, department, force)


def report(done: Night, folder: Path) -> None:
    """What the night did and where to look, in Chinese."""
    came = done.intake
    console.print(f"报告期 {done.period}：看到文件 {came.seen} 个，新读入 {came.new} 个（{came.cells} 个单元格），"
                  f"另有 {len(came.ignored)} 个不是报表，{len(came.deferred)} 个推迟到下次；用时 {done.seconds:.1f} 秒。")  # fmt: skip
    console.print("数据有变化，已更新。" if done.changed else "与上次相比没有变化。")
    for sentence in came.deferred:
        console.print(f"  推迟：{sentence}")
    slips = done.slips
    if slips.written or slips.closed:
        console.print(f"退回单：新写 {len(slips.written)} 份，办结 {len(slips.closed)} 份，见 {folder / 'slips'}。")
    for place in slips.edited:
        console.print(f"  退回单 {place} 有人改过，没有覆盖。")
    for path in done.written:
        console.print(f"  {folder / path}")
    console.print(f"谁没报、谁被退回：huizong status --office {folder}")


@app.command
def demo(
    folder: Annotated[Path, Parameter(help="Where to put the demo office.")] = Path("demo"), *,
    fresh: Annotated[bool, Parameter(negative="", help="Remove an earlier demo office there first.")] = False,
) -> None:  # fmt: skip
    """Make a demo office with eighteen months of messy workbooks, run the night, say where the results are."""
    import shutil

    from flows.demo import make_demo_office
    from flows.new_office import create_office

    folder = folder.resolve()
    if fresh and (folder / ".huizong-demo").exists():
        shutil.rmtree(folder)
    create_office(folder)
    (folder / ".huizong-demo").write_text("made by `huizong demo`; --fresh removes the folder\n", "utf-8")
    console.print("正在制作演示办公室：禾麓镇，十个科室，十八个月的报表……")
    make_demo_office(folder)
    report(night(folder, datetime.fromisoformat("2020-07-20T02:00:00+08:00"), "2020-H1"), folder)


@app.command
def check(
    file: Path, *, office: OfficeOption = None,
    cells: Annotated[bool, Parameter(negative="", help="List every non-empty cell with its fate.")] = False,
) -> None:  # fmt: skip
    """What would happen to this workbook, without keeping anything; exit 1 if it would be refused."""
    from flows.check import check_file
    from flows.office import Office

    if not check_file(console, Office(folder_of(office)), file, cells=cells):
        sys.exit(1)


@app.command
def confirm(
    place: Annotated[str, Parameter(help="FILE!SHEET!CELL as status or the slip names it; CELL may be a range, e.g. H6:H22.")], *,
    by: Annotated[str, Parameter(help="Who vouches for it.")], why: Annotated[str, Parameter(help="The reason.")], office: OfficeOption = None,
) -> None:  # fmt: skip
    """Publish a questioned figure as it stands: a word of the office with a name and a reason."""
    from flows.confirm import confirm_cells
    from flows.office import Office

    done = confirm_cells(Office(folder_of(office)), place, by, why)
    console.print(f"已确认 {len(done)} 格：{'、'.join(done)}；下次运行 huizong run 时发布。")


@app.command
def status(*, office: OfficeOption = None, period: Annotated[str, Parameter(help="Only this period.")] = "") -> None:
    """Who has handed in, who is late, what was refused, what is missing."""
    if period:
        Period.parse(period)
    show_status(folder_of(office), period)


def show_status(folder: Path, period: str = "") -> None:
    from flows.office import Office
    from flows.status import render_status

    office = Office(folder)
    with office.open_warehouse() as warehouse:
        render_status(console, office, warehouse, Period.parse(period) if period else None)


@form.command
def new(file: Path, *, id: Annotated[str, Parameter(help="Id of the new form.")] = "X01", office: OfficeOption = None) -> None:
    """Draft a declaration from a filled-in workbook; not in force until a person has completed and renamed it."""
    from flows.forms.verbs import new_form
    from flows.office import Office

    console.print(new_form(Office(folder_of(office)), file, id))


@form.command
def preview(file: Path, *, office: OfficeOption = None, out: Annotated[Path | None, Parameter(help="Where to write the page.")] = None) -> None:
    """A picture of how the sheets of FILE were read, as one HTML page."""
    from flows.forms.verbs import preview_file
    from flows.office import Office

    console.print(f"已画出 {preview_file(Office(folder_of(office)), file, out)}，用浏览器打开。")


@form.command
def drift(
    file: Path, *, office: OfficeOption = None,
    accept: Annotated[str, Parameter(help="'heading in the file=declared heading': write it down as another name of that column.")] = "",
) -> None:  # fmt: skip
    """Mapped, unmapped and missing columns of FILE beside its declaration, with the nearest names."""
    from flows.forms.verbs import drift_of
    from flows.office import Office

    console.print(drift_of(Office(folder_of(office)), file, accept), markup=False)


@form.command
def blank(
    form: Annotated[str, Parameter(help="Id of the form, e.g. F12.")], period: Annotated[str, Parameter(help="A month, e.g. 2020-07.")], *,
    office: OfficeOption = None, out: Annotated[Path | None, Parameter(help="Where to write the workbook.")] = None,
) -> None:  # fmt: skip
    """An empty form to hand out, with villages, drop-downs and number checks."""
    from flows.forms.verbs import blank_file
    from flows.office import Office

    folder = folder_of(office)
    known(folder, form, "")
    console.print(f"已写好 {blank_file(Office(folder), form, Period.parse(period), out)}。")


@db.command
def upgrade(*, office: OfficeOption = None) -> None:
    """Bring the warehouse to this version; an older SQLite file is copied beside itself first."""
    from flows.office import Office

    console.print(Office(folder_of(office)).upgrade_warehouse())


def main() -> None:
    """The console script: every error a person meets is one line."""
    from connectors.shares import Damaged, NoShare
    from connectors.warehouse import WarehouseNotReady, WarehouseUnreachable
    from flows.confirm import NothingHeld

    try:
        app(exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        console.print(f"huizong: {' '.join(str(error).split())}; see huizong --help", style=None)
        sys.exit(2)
    except UnknownPeriod as error:
        console.print(f"huizong: {error}")
        sys.exit(2)
    except (BadSettings, BadCatalogue, BadUnits, Unusable, NothingHeld, Damaged, NoShare, WarehouseNotReady, WarehouseUnreachable, Refused, OSError) as error:
        console.print(f"huizong: {error}")
        sys.exit(1)
    except ValueError as error:
        if type(error).__name__ != "BadTemplate":
            raise
        console.print(f"huizong: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
