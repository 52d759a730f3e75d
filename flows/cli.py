"""The operator's verbs (CONTRACT §2). Exit codes: 0 done, 1 the work could not be done, 2 wrong usage."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
from cyclopts import App, Parameter

from catalog.periods import Period
from flows.command import waited_for
from flows.command.adjust_verbs import WhyOption
from flows.command.adjust_verbs import app as adjust
from flows.command.operators import add_to, prepared, rehearse, report
from flows.command.periods import which_period
from flows.command.screen import one_line_errors
from flows.command.terminal import OfficeOption, aware, console, folder_of
from flows.command.warehouse_verbs import app as db
from flows.draft.verbs import app as draft

if TYPE_CHECKING:
    from flows.nightly import Night


def _version() -> str:
    from importlib.metadata import version  # a third of all that --help imports

    return version("huizong")


app = App(name="huizong", help="汇总: department spreadsheets → warehouse, summary tables and the report draft, every night.",
          version=_version, version_flags=["--version"], help_flags=["--help", "-h"])  # fmt: skip
form = App(name="form", help="The forms: drafted, pictured, compared, handed out.")
app.command(db)
app.command(form)
app.command(adjust)
app.command(draft)

add_to(app)


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
    period: Annotated[str, Parameter(help="2020-06, 2020-01..02, 2020-Q2, 2020-H1, 2020-9M or 2020; month, quarter, half or year for the last one (default: the longest that just ended).")] = "",
    department: Annotated[str, Parameter(help="Only this department's files.")] = "",
    form: Annotated[str, Parameter(help="Only this form, e.g. F12.")] = "",
    force: Annotated[bool, Parameter(negative="", help="Read every file anew.")] = False,
    dry_run: Annotated[bool, Parameter(negative="", help="Say what would be read and refused; keep nothing.")] = False,
) -> None:  # fmt: skip
    """The nightly flow, once."""
    which_period(period, datetime.now(UTC).date())  # refused before anything is started
    folder = folder_of(office)
    known(folder, form, department)
    if dry_run:
        from flows.office import Office

        rehearse(Office(folder), as_of, form, department)
    else:
        report(night(folder, as_of, period, force, form, department), folder)


def known(folder: Path, form: str, department: str) -> None:
    from flows.office import Office

    Office(folder).known(form, department)


def night(folder: Path, as_of: datetime | None, period: str, force: bool = False, form: str = "", department: str = "") -> Night:
    """Run the Prefect flow in this process, with settings and catalogue checked before the server is started."""
    place = prepared(folder, now=as_of is None)
    from flows.nightly import Night, nightly

    moment = aware(as_of, place.settings.zone) or place.tonight()
    done = nightly(str(folder), moment, period, form, department, force)
    assert isinstance(done, Night)
    return done


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
    waited_for.check(file, office, cells=cells)


@app.command
def confirm(
    place: Annotated[str, Parameter(help="FILE!SHEET!CELL as status or the slip names it; CELL may be a range, e.g. H6:H22.")], *,
    by: Annotated[str, Parameter(help="Who vouches for it.")], why: Annotated[str, Parameter(help="The reason.")], office: OfficeOption = None,
) -> None:  # fmt: skip
    """Publish a questioned figure as it stands: a word of the office with a name and a reason."""
    from flows.office import Office
    from flows.words.confirm import confirm_cells

    done = confirm_cells(Office(folder_of(office)), place, by, why)
    console.print(f"已确认 {len(done)} 格：{'、'.join(done)}；下次运行 huizong run 时发布。")


@app.command
def revoke(
    submission: Annotated[str, Parameter(help="Its submission_id, or its path under the inbox.")], *, why: WhyOption,
    by: Annotated[str, Parameter(help="Who decides (default: the name this computer knows you by).")] = "",
    undo: Annotated[bool, Parameter(negative="", help="Take the revocation back.")] = False, office: OfficeOption = None,
) -> None:  # fmt: skip
    """Take one file's whole effect back, as if it had never come; the file stays in the archive."""
    import getpass

    from flows.office import Office
    from flows.words.revoke import revoke as take_back

    done = take_back(Office(folder_of(office)), submission, by or getpass.getuser(), why, undo=undo)
    about = f"对它的 {done.words} 条确认、更正随之失效，若对现用的表也该算数，请重新确认或更正；" if done.words else ""
    console.print(f"{'已恢复' if undo else '已撤回'} {done.path}。{done.slice} 现以{f'“{done.now}”为准' if done.now else '未报计'}；{about}"
                  f"稿子和表下次运行 huizong run 时更新。", markup=False)  # fmt: skip


@app.command
def reprint(
    period: str, *, as_of: Annotated[datetime, Parameter(help="With what was known at this time.")], office: OfficeOption = None,
    out: Annotated[Path | None, Parameter(help="Where to write (default: a folder of its own in outputs).")] = None,
) -> None:  # fmt: skip
    """Print an old report again, to the last digit."""
    from flows.office import Office
    from flows.words.reprint import reprint as print_again

    place = Office(folder_of(office))
    for path in print_again(place, Period.parse(period), aware(as_of, place.settings.zone) or as_of, out):
        console.print(str(path), markup=False)


@app.command
def trace(
    what: Annotated[str, Parameter(help="An indicator (id or Chinese title), or a cell as 'FILE!SHEET!CELL'.")],
    period: Annotated[str, Parameter(help="The period of an indicator, e.g. 2020-H1.")] = "", *, office: OfficeOption = None,
) -> None:  # fmt: skip
    """A figure back to its cells; a cell forward to the figures and sentences that rest on it."""
    waited_for.trace(what, period, office)


@app.command
def status(*, office: OfficeOption = None, period: Annotated[str, Parameter(help="Only this period.")] = "") -> None:
    """Who has handed in, who is late, what was refused, what is missing."""
    waited_for.status(office, period)


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


@app.command
def notify(
    *, office: OfficeOption = None,
    if_no_night: Annotated[bool, Parameter(negative="", help="Alarm when no night was completed lately.")] = False,
    hours: Annotated[int, Parameter(help="How many hours are lately.")] = 26,
    test: Annotated[bool, Parameter(negative="", help="Send a test message to every channel.")] = False,
) -> None:  # fmt: skip
    """Send the reminders of the day and every message that waits."""
    from flows.office import Office
    from flows.telling.deliver import notify

    place = Office(folder_of(office))
    done = notify(place, place.now(), if_no_night=if_no_night, hours=hours, test=test)
    if done is None:
        console.print("没有通知渠道；把机器人地址写进 HUIZONG_NOTIFY__URLS，或写进 notify.urls_file 指的文件。")
    else:
        console.print(f"已发 {done.sent} 条，待重发 {done.waiting} 条，不知是否送达 {done.doubtful} 条。")


@app.command
def keep(
    *, office: OfficeOption = None, dry_run: Annotated[bool, Parameter(negative="", help="Say what would go; delete nothing.")] = False
) -> None:
    """Delete what may no longer be kept: ledger rows after 13 months, logs after 180 days. Period figures stay as they are."""
    from flows.keeping.verbs import keep
    from flows.office import Office

    for line in keep(Office(folder_of(office)), dry_run=dry_run):
        console.print(line, markup=False)


def main() -> None:
    """Every error a person meets is one line. It imports none of the rooms: a verb pays for those it needs."""
    with one_line_errors():
        try:
            app(exit_on_error=False, print_error=False)
        except cyclopts.CycloptsError as error:
            console.print(f"huizong: {' '.join(str(error).split())}; see huizong --help", style=None)
            sys.exit(2)


if __name__ == "__main__":
    main()
