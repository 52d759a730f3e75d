"""The whole night, readable aloud: 收表, 汇总, 出稿."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, runtime
from prefect.artifacts import create_table_artifact

from catalog.periods import Period, UnknownPeriod
from connectors.warehouse import OfficeBusy
from flows.command.periods import which_period
from flows.command.terminal import Unusable
from flows.draft.outputs import not_replaced
from flows.draft.tasks import write, write_once
from flows.intake.collect import Wanted
from flows.intake.flow import NOTHING, Intake, intake
from flows.intake.rehearse import Rehearsal
from flows.intake.tasks import hand_back, rehearse
from flows.office import WAIT_SECONDS, Office
from flows.rerun import periods_between, what_failed
from flows.slips.write import Slips
from flows.summary.tasks import publish
from flows.telling.deliver import after_failure, after_night, night_message


@dataclass(frozen=True, slots=True)
class Night:
    """What a night did."""

    run: int
    period: str
    state: str
    changed: bool
    intake: Intake
    slips: Slips
    written: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Backfill:
    """Names of the periods that were written, and of those that were done already."""

    written: tuple[str, ...]
    skipped: tuple[str, ...]


@flow(name="nightly", persist_result=False)
def nightly(
    office: str, as_of: datetime | None = None, period: str = "", form: str = "", department: str = "", force: bool = False, dry_run: bool = False
) -> Night | Rehearsal:
    """收表、汇总、退回、出稿：一夜的全部工作；已做过的自动跳过。

    Args:
        office: 办公室文件夹的路径
        as_of: 假定的运行时间（之后修改的文件视为尚未收到）；空 = 现在
        period: 报告期，如 2020-H1；也可写 month、quarter、half、year；空 = 最近结束的最长一期
        form: 只收这张表，如 F12；空 = 全部
        department: 只收这个科室；空 = 全部
        force: 全部文件重新读取
        dry_run: 试运行：只看会收什么、退什么，不保存任何内容
    """
    place = Office(Path(office))
    if form or department:  # somebody asks, and is told
        place.known(form, department)
    with alarmed(place, quietly=dry_run):
        zone = place.settings.zone
        wanted = which_period(period, (as_of or scheduled_time()).astimezone(zone).date())
        place.upgrade_warehouse(WAIT_SECONDS)
        if dry_run:
            return rehearsal(office, (as_of or place.now()).astimezone(zone), form, department)
        return work(place, as_of, wanted, Wanted(form, department), force)


@flow(name="rerun", persist_result=False)
def rerun(
    office: str, run: int = 0, period: str = "", form: str = "", department: str = "", force: bool = False, dry_run: bool = False
) -> Night | Rehearsal | None:
    """补做：只做那次运行没做成的，其余跳过；那次已全部做成时什么也不做。

    Args:
        office: 办公室文件夹的路径
        run: 运行号（见 huizong doctor 或夜间运行的结果表）；0 = 最近一次
        period: 改做这个报告期；空 = 那次运行的报告期
        form: 只补这张表，如 F12；表和科室都空 = 与那次相同
        department: 只补这个科室；表和科室都空 = 与那次相同
        force: 不管那次是否做成，全部重新读取
        dry_run: 试运行：只看会收什么、退什么，不保存任何内容
    """
    place = Office(Path(office))
    if form or department:
        place.known(form, department)
    with alarmed(place, quietly=dry_run):
        place.upgrade_warehouse(WAIT_SECONDS)
        again = what_failed(place.runs(), run or None, anyway=bool(period or form or department or force))
        if again is None:
            get_run_logger().info("那次运行已全部做成，没有要补做的。")
            return None
        moment = (again.as_of or place.now()).astimezone(place.settings.zone)
        wanted = Wanted(*again.only(form, department))
        if dry_run:
            return rehearsal(office, moment, wanted.form, wanted.department)
        place.require_free()  # what failed in it is known when it has ended
        return work(place, again.as_of, which_period(period or again.period, moment.date()), wanted, force)


@flow(name="backfill", persist_result=False)
def backfill(office: str, from_period: str, to_period: str, force: bool = False) -> Backfill:
    """补历史：先收新到的文件，再由远及近为每一期出稿；已按现有数据出过稿的一期跳过，按两次也只做一次。

    Args:
        office: 办公室文件夹的路径
        from_period: 从哪一期起，如 2019-01、2019-Q1、2019-H1、2019
        to_period: 到哪一期止，与上一项同类，如 2020-06
        force: 不管是否出过稿，每一期都重做
    """
    place = Office(Path(office))
    with alarmed(place):
        periods = periods_between(from_period, to_period, place.now().date())
        place.upgrade_warehouse(WAIT_SECONDS)
        with one_run(place, None, periods[-1].name, Wanted()) as run:
            moment = run.as_of
            run.came = intake(office, moment)
            publish(office, moment, periods[-1].name)
            slips = hand_back(office, moment)
            written = {period.name: write_once(office, moment, period.name, force) for period in periods}
            run.message = night_message(place, moment, len(run.came.deferred), len(slips.waiting), not_replaced(place, *written))
    after_night(place)
    done = Backfill(tuple(name for name, files in written.items() if files), tuple(name for name, files in written.items() if not files))
    create_table_artifact(key="backfill", table=[{"报告期": name, "结果": "已出稿" if files else "已是最新，跳过"} for name, files in written.items()],
                          description="补历史：各期情况")  # fmt: skip
    return done


def work(place: Office, as_of: datetime | None, period: Period, wanted: Wanted, force: bool) -> Night:
    """The night itself, remembered in the warehouse however it ends."""
    began, office = time.monotonic(), str(place.folder)
    with one_run(place, as_of, period.name, wanted) as run:
        moment = run.as_of
        run.came = intake(office, moment, force, wanted.form, wanted.department)
        state, changed = publish(office, moment, period.name)
        slips = hand_back(office, moment)
        written = write(office, moment, period.name)
        run.message = night_message(place, moment, len(run.came.deferred), len(slips.waiting), not_replaced(place, period.name))
    after_night(place)
    night = Night(run.number, period.name, state, changed, run.came, slips, tuple(written), time.monotonic() - began)
    show(night)
    return night


@dataclass(slots=True)
class _Run:
    number: int
    as_of: datetime
    came: Intake = NOTHING
    message: Callable[..., Any] | None = None
    """Queues what there is to tell; done with the end of a completed run, so that there is never one without the other."""


@contextmanager
def alarmed(place: Office, *, quietly: bool = False, what: str = "failure") -> Iterator[None]:
    """Whatever keeps the night from being done is told, from its first step on: a spoilt catalogue, no database, a clock set back.

    Not what only this call asks for wrongly, and not that another run is at work; ``quietly``: nothing was to be kept.
    """
    try:
        yield
    except (Unusable, UnknownPeriod, OfficeBusy):
        raise
    except Exception:
        if not quietly:
            after_failure(place, what)
        raise


@contextmanager
def one_run(place: Office, as_of: datetime | None, period: str, wanted: Wanted) -> Iterator[_Run]:
    """A row of out_run: begun, and ended as completed or failed; one that is killed is marked crashed by the next.

    It begins when no other run of the office is at work. Without ``as_of`` that is the time it speaks from.
    """
    began = time.monotonic()
    number, outcome = place.begin_run(as_of, period, wanted.form, wanted.department), "failed"
    run = _Run(number, place.runs()[-1].as_of.astimezone(place.settings.zone))
    try:
        yield run
        outcome = "completed"
    finally:
        came, message = run.came, run.message if outcome == "completed" else None
        place.end_run(number, outcome, came.seen, came.new, came.cells, time.monotonic() - began, len(came.deferred), message)


def rehearsal(office: str, moment: datetime, form: str, department: str) -> Rehearsal:
    """What a night would take in and refuse; nothing is kept."""
    seen = rehearse(office, moment, Wanted(form, department))
    facts = [{"文件": path, "结果": f"会退回：{why}" if why else "可收"} for path, why in seen.files]
    facts += [{"文件": "推迟到下次", "结果": why} for why in seen.deferred]
    create_table_artifact(key="rehearsal", table=facts or [{"文件": "（没有新文件）", "结果": ""}], description="试运行：没有保存任何内容")
    return seen


def scheduled_time() -> datetime:
    """The time the schedule meant, not the time the machine got round to it: it decides the period, not what has come in."""
    found = runtime.flow_run.get_scheduled_start_time()
    return found if isinstance(found, datetime) else datetime.now(UTC)


def show(night: Night) -> None:
    """The night as a table in the Prefect UI: counts only, never cell contents."""
    facts: dict[str, str | int] = {
        "运行号": night.run, "报告期": night.period, "看到文件": night.intake.seen, "新读入": night.intake.new, "读入单元格": night.intake.cells,
        "推迟": len(night.intake.deferred), "退回单": len(night.slips.written), "办结": len(night.slips.closed), "退回单待送": len(night.slips.waiting), "数据": "有变化" if night.changed else "无变化", "产出文件": len(night.written),
        "用时（秒）": f"{night.seconds:.1f}",
    }  # fmt: skip
    table = [{"项目": name, "数": value} for name, value in facts.items()]
    create_table_artifact(key="nightly", table=table, description="本夜收表、汇总、出稿情况")
