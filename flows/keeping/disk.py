"""How long the disk will do, at the rate at which files have come in."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from connectors.warehouse import Warehouse
from flows.office import Office

_WINDOW = timedelta(days=365)


def forecast(office: Office, warehouse: Warehouse, now: datetime) -> str:
    """One Chinese line: what is free, and in how many days it is full at the growth of the last year.

    The office grows as the files it receives, by as much more as everything it keeps is larger than they are.
    """
    free = shutil.disk_usage(office.folder).free
    sizes = {row.sha256: (row.size, row.modified) for row in warehouse.submissions()}
    received = sum(size for size, _ in sizes.values())
    if not received:
        return f"磁盘：还剩{_shown(free)}，尚无增长可比。"
    oldest = min(when for _, when in sizes.values())
    since = max(oldest, now - _WINDOW)
    recent = sum(size for size, when in sizes.values() if since <= when <= now)
    days = max((now - since) / timedelta(days=1), 1)
    per_day = recent / days * max(1.0, _kept(office) / received)
    if not per_day:
        return f"磁盘：还剩{_shown(free)}，近一年没有增长。"
    full = free / per_day
    warning = "请尽快清理或扩容！" if full < 60 else ""
    return f"磁盘：还剩{_shown(free)}，按近{days:.0f}天的增长（每天{_shown(per_day)}）约{_days(full)}后用满。{warning}"


def _kept(office: Office) -> int:
    """Bytes of everything the office keeps on this disk."""
    roots: tuple[Path, ...] = (office.archive.root, office.outputs, office.slips)
    files = [file for root in roots if root.is_dir() for file in root.rglob("*")] + list(office.folder.glob("warehouse.db*"))
    return sum(file.stat().st_size for file in files if file.is_file())


def _shown(size: float) -> str:
    for unit in ("字节", "KB", "MB", "GB"):
        if size < 1024:
            return f"{size:.0f}{unit}" if unit == "字节" else f"{size:.1f}{unit}"
        size /= 1024
    return f"{size:.1f}TB"


def _days(days: float) -> str:
    return f"{days:.0f}天" if days < 730 else f"{min(days / 365, 999):.0f}年"


