"""The whole night, readable aloud: 收表, 汇总, 出稿."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, runtime
from prefect.artifacts import create_table_artifact

from catalog.periods import Period
from flows.draft.tasks import write
from flows.intake.flow import NOTHING, Intake, intake
from flows.intake.tasks import hand_back
from flows.office import Office
from flows.periods import latest_period, period_of_kind
from flows.slips import Slips
from flows.summary.tasks import publish
from flows.telling.deliver import after_failure, after_night


@dataclass(frozen=True, slots=True)
class Night:
    """What a night did."""

    period: str
    state: str
    changed: bool
    intake: Intake
    slips: Slips
    written: tuple[str, ...]
    seconds: float


@flow(name="nightly", persist_result=False)
def nightly(
    office: str, as_of: datetime | None = None, period: str = "", form: str = "", department: str = "", force: bool = False
) -> Night:
    """收表、汇总、退回、出稿：一夜的全部工作。

    Args:
        office: 办公室文件夹的路径
        as_of: 假定的运行时间（之后修改的文件视为尚未收到）；空 = 计划时间
        period: 报告期，如 2020-H1；也可写 month、quarter、half、year；空 = 最近结束的最长一期
        form: 只收这张表，如 F12；空 = 全部
        department: 只收这个科室；空 = 全部
        force: 全部文件重新读取
    """
    began = time.monotonic()
    place = Office(Path(office))
    moment = (as_of or scheduled_time()).astimezone(place.settings.zone)
    wanted = which_period(period, moment)
    place.upgrade_warehouse()
    run_id = place.begin_run(moment)
    came, outcome = NOTHING, "failed"
    try:
        came = intake(office, moment, force, form, department)
        state, changed = publish(office, moment, wanted.name)
        slips = hand_back(office, moment)
        written = write(office, moment, wanted.name)
        outcome = "completed"
    except Exception:
        after_failure(place)
        raise
    finally:
        place.end_run(run_id, outcome, came.seen, came.new, came.cells, time.monotonic() - began)
    after_night(place, moment, len(came.deferred))
    night = Night(wanted.name, state, changed, came, slips, tuple(written), time.monotonic() - began)
    show(night)
    return night


def scheduled_time() -> datetime:
    """The time the schedule meant, not the time the machine got round to it."""
    found = runtime.flow_run.get_scheduled_start_time()
    return found if isinstance(found, datetime) else datetime.now(UTC)


def which_period(period: str, moment: datetime) -> Period:
    """A period by name, by kind (month, quarter, half, year), or the longest one that has just ended."""
    if period in ("month", "quarter", "half", "year"):
        return period_of_kind(period, moment.date())
    return Period.parse(period) if period else latest_period(moment.date())


def show(night: Night) -> None:
    """The night as a table in the Prefect UI: counts only, never cell contents."""
    facts: dict[str, str | int] = {
        "报告期": night.period, "看到文件": night.intake.seen, "新读入": night.intake.new, "读入单元格": night.intake.cells,
        "推迟": len(night.intake.deferred), "退回单": len(night.slips.written), "办结": len(night.slips.closed), "数据": "有变化" if night.changed else "无变化", "产出文件": len(night.written),
        "用时（秒）": f"{night.seconds:.1f}",
    }  # fmt: skip
    table = [{"项目": name, "数": value} for name, value in facts.items()]
    create_table_artifact(key="nightly", table=table, description="本夜收表、汇总、出稿情况")
