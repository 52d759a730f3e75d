"""The monthly flow: what may no longer be kept goes."""

from __future__ import annotations

from pathlib import Path

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows.keeping.verbs import keep
from flows.nightly import alarmed
from flows.office import WAIT_SECONDS, Office


@flow(name="keep", persist_result=False)
def monthly_keep(office: str, dry_run: bool = False) -> list[str]:
    """清理：台账明细满十三个月、日志满一百八十天即清除；各期数不变。

    Args:
        office: 办公室文件夹的路径
        dry_run: 试运行：只列出会清除什么，不动任何内容
    """
    place = Office(Path(office))
    with alarmed(place, quietly=dry_run, what="keep"):
        said = keep(place, dry_run=dry_run, wait=WAIT_SECONDS)
    create_markdown_artifact(key="keep", markdown="\n".join(f"- {line.strip()}" for line in said), description="到期清理")
    return said
