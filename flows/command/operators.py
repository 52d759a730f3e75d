"""The operator's verbs beside the night: serve, rerun, backfill, pause, resume, doctor. Prefect is imported when it is needed."""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from flows.command.periods import which_period
from flows.command.terminal import OfficeOption, Unusable, aware, console, folder_of

if TYPE_CHECKING:
    from flows.intake.rehearse import Rehearsal
    from flows.nightly import Night
    from flows.office import Office


def add_to(app: App) -> None:
    for verb in (serve, rerun, backfill, pause, resume, doctor):
        app.command(verb)


def serve(
    *, office: OfficeOption = None, register: Annotated[bool, Parameter(negative="", help="Only register the schedules with the server at PREFECT_API_URL.")] = False,
) -> None:  # fmt: skip
    """Register the schedules with Prefect and work them off on this machine, until Ctrl-C."""
    from flows.office import WAIT_SECONDS, Office
    from flows.serve.machine import Machine

    place = Office(folder_of(office))
    _ = (place.settings, place.catalogue, place.template)
    if register:
        register_only(place)
        return
    place.upgrade_warehouse(WAIT_SECONDS)
    console.print("正在启动调度服务，约需半分钟……")
    Machine(place.folder, place.settings.serve.port, lambda line: console.print(line, markup=False)).serve()


_PATIENCE = 120
"""Seconds: a server that was started a moment ago does not answer yet."""


def register_only(place: Office) -> None:
    """For a district: the server and the workers run elsewhere."""
    import asyncio

    from flows.command.quiet import hush
    from flows.serve.api import server_of

    until = time.monotonic() + (_PATIENCE if os.environ.get("PREFECT_API_URL") else 0)
    while server_of(place.folder) is None:
        if time.monotonic() < until:
            time.sleep(1)
            continue
        raise Unusable("no Prefect server answers; set PREFECT_API_URL to its address, for example http://127.0.0.1:4200/api")
    hush(place.folder)
    from flows.serve.register import register

    names = asyncio.run(register(place))
    console.print(f"{place.catalogue.town_name}镇：已登记 {'、'.join(names)}。" if names else f"{place.catalogue.town_name}镇：登记没有变化。")


RunNumber = Annotated[int, Parameter(help="Number of the run, as status and doctor name it (default: the last).")]
PeriodOption = Annotated[str, Parameter(help="This period instead of the run's; a name, or month, quarter, half, year.")]
DepartmentOption = Annotated[str, Parameter(help="Only this department's files.")]
FormOption = Annotated[str, Parameter(help="Only this form, e.g. F12.")]


def rerun(
    run: RunNumber = 0, /, *, office: OfficeOption = None, period: PeriodOption = "", department: DepartmentOption = "", form: FormOption = "",
    force: Annotated[bool, Parameter(negative="", help="Read every file anew, failed or not.")] = False,
    dry_run: Annotated[bool, Parameter(negative="", help="Say what would be read and refused; keep nothing.")] = False,
) -> None:  # fmt: skip
    """Do again what failed in that run, and only that; what the warehouse has is skipped."""
    from flows.office import Office
    from flows.rerun import what_failed

    which_period(period, datetime.now(UTC).date())  # refused before anything is started
    place = Office(folder_of(office))
    place.known(form, department)
    place.upgrade_warehouse()
    again = what_failed(place.runs(), run or None, anyway=bool(period or form or department or force))
    if again is None:
        console.print("那次运行已全部做成，没有要补做的。")
        return
    if dry_run:
        rehearse(place, again.as_of, *again.only(form, department))
        return
    place = prepared(place.folder)
    console.print(f"补做第 {again.run} 次运行（报告期 {period or again.period}）……")
    from flows.nightly import Night
    from flows.nightly import rerun as flow

    done = flow(str(place.folder), run, period, form, department, force)
    if isinstance(done, Night):
        report(done, place.folder)


def backfill(
    *, from_: Annotated[str, Parameter(name="--from", help="The first period, e.g. 2019-01, 2019-Q1, 2019-H1 or 2019.")],
    to: Annotated[str, Parameter(name="--to", help="The last one, of the same kind.")], office: OfficeOption = None,
    force: Annotated[bool, Parameter(negative="", help="Write every period anew, done or not.")] = False,
) -> None:  # fmt: skip
    """Every period in the range, oldest first; a period that is up to date is skipped."""
    from flows.office import Office
    from flows.rerun import periods_between

    place = Office(folder_of(office))
    periods_between(from_, to, place.now().date())
    place = prepared(place.folder)
    from flows.nightly import backfill as flow

    done = flow(str(place.folder), from_, to, force)
    console.print(f"补历史：出稿 {len(done.written)} 期，已是最新而跳过 {len(done.skipped)} 期。")
    for name in done.written:
        console.print(f"  {place.outputs / name}")


def pause(*, office: OfficeOption = None) -> None:
    """No further night begins by itself; a run that is under way ends as usual."""
    names = switch(folder_of(office), paused=True)
    console.print(f"已暂停：{'、'.join(names)}。恢复用 huizong resume。")


def resume(*, office: OfficeOption = None) -> None:
    """The schedules go on; what was missed is taken in by the next night."""
    names = switch(folder_of(office), paused=False)
    console.print(f"已恢复：{'、'.join(names)}。")


def switch(folder: Path, *, paused: bool) -> list[str]:
    from flows.office import Office
    from flows.serve import api

    url = api.server_of(folder)
    if url is None:
        raise Unusable("no Prefect server is running for this office, so no night begins by itself; start it with `huizong serve`")
    return api.set_paused(url, Office(folder).settings.general.id, paused)


def doctor(*, office: OfficeOption = None) -> None:
    """Is everything in order: each line ok, or what to do; exit 1 if something has to be done."""
    from flows.doctor import examine

    if not examine(console, folder_of(office)):
        sys.exit(1)


# --- a night from the command line ------------------------------------------------------------------------


def prepared(folder: Path, *, now: bool = False) -> Office:
    """Settings, catalogue, template, inbox and warehouse are looked at before Prefect is started; the clock too, where it says ``now``."""
    from flows.command.quiet import hush
    from flows.office import Office

    place = Office(folder)
    _ = (place.settings, place.catalogue, place.template, place.slots)
    place.share.reach()
    place.upgrade_warehouse()
    place.require_free()
    if now:
        place.tonight()
    console.print("[dim]正在启动调度服务，首次约需二十秒……[/dim]")
    hush(folder)
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, _stopped)
    return place


def _stopped(*_: object) -> None:
    """The server that Prefect made for this run goes with it. By Ctrl-C it ends by itself; asked to write down how the run ended, Prefect
    would wait minutes for it. Nothing is lost: what a run leaves that is ended anywhere, the next one makes good.
    """
    os.write(1, b"\nhuizong: stopped; what was taken in is kept, run it again to go on\n")
    if (prefect := sys.modules.get("prefect.server.api.server")) is not None:
        for process in [made.server_process for made in prefect.SubprocessASGIServer._instances.values()]:
            process and process.terminate()  # not waited for: others of us would tell at length that it is gone
    os._exit(1)


def rehearse(place: Office, as_of: datetime | None, form: str, department: str) -> None:
    """`--dry-run`: read what is new, say what would happen, keep nothing."""
    from flows.intake.collect import Wanted
    from flows.intake.rehearse import look

    with place.open_warehouse() as warehouse:
        told(look(place, warehouse, aware(as_of, place.settings.zone) or place.now(), Wanted(form, department)))


def told(seen: Rehearsal) -> None:
    refused = seen.refused
    console.print(f"试运行：新文件 {len(seen.files)} 个，可收 {len(seen.files) - len(refused)} 个，会退回 {len(refused)} 个；没有保存任何内容。")
    for path, why in refused:
        console.print(f"  {path}：{why}", markup=False)
    for sentence in seen.deferred:
        console.print(f"  推迟：{sentence}", markup=False)


def report(done: Night, folder: Path) -> None:
    """What the night did and where to look, in Chinese."""
    from flows.draft.outputs import NOT_REPLACED

    came = done.intake
    console.print(f"第 {done.run} 次运行，报告期 {done.period}：看到文件 {came.seen} 个，新读入 {came.new} 个（{came.cells} 个单元格），"
                  f"另有 {len(came.ignored)} 个不是报表，{len(came.deferred)} 个推迟到下次；用时 {done.seconds:.1f} 秒。")  # fmt: skip
    console.print("数据有变化，已更新。" if done.changed else "仓库里的数据没有变化。")
    if not came.seen:
        console.print("共享文件夹里没有文件；各科室已报送的，请确认 paths.inbox 所指的网络盘已连上。")
    for sentence in came.deferred:
        console.print(f"  推迟：{sentence}", markup=False)
    slips = done.slips
    if slips.written or slips.closed:
        console.print(f"退回单：新写 {len(slips.written)} 份，办结 {len(slips.closed)} 份，见 {folder / 'slips'}。")
    for place in slips.edited:
        console.print(f"  退回单 {place} 有人改过，没有覆盖。", markup=False)
    for sentence in slips.waiting:
        console.print(f"  退回单没有送到：{sentence}", markup=False)
    for path in done.written:
        if path.endswith(NOT_REPLACED):
            console.print((folder / path).read_text("utf-8").strip(), markup=False)
        console.print(f"  {folder / path}", markup=False)
    console.print(f"谁没报、谁被退回：huizong status --office {folder}")
