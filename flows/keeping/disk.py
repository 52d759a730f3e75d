"""How long the disk will do, at the rate at which files have come in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from connectors.warehouse import Warehouse
from flows.office import Office

_WINDOW = timedelta(days=365)


def disks(office: Office) -> dict[Path, list[Path]]:
    """One folder of each disk that the office writes to → what it keeps there; the office folder's own comes first."""
    found: dict[int, tuple[Path, list[Path]]] = {}
    for root in (office.folder, office.archive.root, office.outputs, office.slips):
        there = root
        while not there.exists():
            there = there.parent
        found.setdefault(there.stat().st_dev, (there, []))[1].append(root)
    return dict(found.values())


def forecast(office: Office, warehouse: Warehouse, now: datetime) -> str:
    """One Chinese line for each disk: what is free, and in how many days it is full at the growth of the last year.

    A disk fills as the office receives files, by as much more as everything the office keeps there is larger than they are.
    """
    sizes = {row.sha256: (row.size, row.modified) for row in warehouse.submissions()}
    received = sum(size for size, _ in sizes.values())
    since = max(min((when for _, when in sizes.values()), default=now), now - _WINDOW)
    recent = sum(size for size, when in sizes.values() if since <= when <= now)
    days = max((now - since) / timedelta(days=1), 1)
    found = disks(office)
    lines = []
    for disk, roots in found.items():
        name = "磁盘" if len(found) == 1 else f"磁盘 {disk}"
        lines.append(f"{name}：{_filling(shutil.disk_usage(disk).free, recent / days * max(1.0, _kept(office, roots) / received) if received else None, days)}")
    return "\n".join(lines)


def _filling(free: int, per_day: float | None, days: float) -> str:
    if per_day is None:
        return f"还剩{shown(free)}，尚无增长可比。"
    if not per_day:
        return f"还剩{shown(free)}，近一年没有增长。"
    full = free / per_day
    warning = "请尽快清理或扩容！" if full < 60 else ""
    return f"还剩{shown(free)}，按近{days:.0f}天的增长（每天{shown(per_day)}）约{_days(full)}后用满。{warning}"


def _kept(office: Office, roots: Iterable[Path]) -> int:
    """Bytes of what the office keeps in these folders; of its own folder only the warehouse, the rest of it is small."""
    own = sum(_size(file) for file in office.folder.glob("warehouse.db*"))
    return sum(own if root == office.folder else _below(root) for root in roots)


def _below(folder: Path | str) -> int:
    """Bytes of all files in a folder and those below it."""
    found = 0
    with suppress(FileNotFoundError), os.scandir(folder) as there:
        for entry in there:
            found += _below(entry.path) if entry.is_dir(follow_symlinks=False) else _size(entry)
    return found


def _size(file: Path | os.DirEntry[str]) -> int:
    """What has gone meanwhile takes no room."""
    with suppress(FileNotFoundError):
        return file.stat().st_size if file.is_file() else 0
    return 0


def shown(size: float) -> str:
    """As file managers show it."""
    for unit in ("字节", "KB", "MB", "GB"):
        if size < 1024:
            return f"{size:.0f}{unit}" if unit == "字节" else f"{size:.1f}{unit}"
        size /= 1024
    return f"{size:.1f}TB"


def _days(days: float) -> str:
    return f"{days:.0f}天" if days < 730 else f"{min(days / 365, 999):.0f}年"


