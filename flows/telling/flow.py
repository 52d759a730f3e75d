"""The morning flow: reminders of the day, messages that wait, and the alarm when no night happened."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from prefect import flow

from flows.office import Office
from flows.telling.deliver import notify


@flow(name="notify", persist_result=False)
def morning_notify(office: str, hours: int = 26) -> dict[str, int]:
    """早间通知：按应报日期催报，补发没有发出的消息；夜间汇总没有运行时告警。

    Args:
        office: 办公室文件夹的路径
        hours: 超过多少小时没有完成夜间汇总就告警
    """
    place = Office(Path(office))
    done = notify(place, place.now(), if_no_night=True, hours=hours)
    return asdict(done) if done else {}
