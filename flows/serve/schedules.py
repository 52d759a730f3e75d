"""What runs when, and what an operator can start: the deployments of one office, as data."""

from __future__ import annotations

from dataclasses import dataclass

POOL = "huizong"
"""The work pool. Each office has a queue of its own in it, with one slot: never two nights at once on one office."""


@dataclass(frozen=True, slots=True)
class Job:
    """One deployment of an office. ``cron`` in the office's time; empty = started by a person only."""

    name: str
    flow: str
    cron: str
    description: str
    period: str = ""


JOBS = (
    Job("nightly", "nightly", "0 2 * * *", "每夜收表、汇总、出稿"),
    Job("monthly", "nightly", "30 2 19 * *", "月度汇总（区统计局反馈之后）", "month"),
    Job("quarterly", "nightly", "0 3 19 1,4,7,10 *", "季度汇总", "quarter"),
    Job("half-yearly", "nightly", "30 3 19 1,7 *", "半年总结", "half"),
    Job("yearly", "nightly", "0 4 19 1 *", "全年总结", "year"),
    Job("rerun", "rerun", "", "补做：只做上次没做成的"),
    Job("backfill", "backfill", "", "补历史：一段时间内每一期依次出稿"),
    Job("keep", "monthly_keep", "0 5 2 * *", "每月清理到期的台账明细和日志（各期数不变）"),
    Job("notify", "morning_notify", "0 8 * * *", "早间催报、补发消息；夜间汇总没有运行时告警"),
)

TITLES = {
    "office": "办公室 office", "as_of": "假定时间 as-of", "period": "报告期 period", "form": "表号 form", "department": "科室 department",
    "force": "全部重读 force", "dry_run": "试运行 dry-run", "run": "运行号 RUN", "from_period": "起 from", "to_period": "止 to", "hours": "小时数 hours",
}  # fmt: skip
"""How a parameter is called in the Prefect page: Chinese, with the word of the command line."""


def deployment_name(office_id: str, job: str) -> str:
    """Unique on a server that many offices share."""
    return f"{office_id}-{job}"
