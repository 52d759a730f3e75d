"""CPU seconds of this process and its children, taken in turns, as medians and ratios."""

from __future__ import annotations

import gc
import os
import platform
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: how much dearer the product is than its bound."""

    name: str
    against: str
    at_most: float
    product: tuple[float, ...]
    bound: tuple[float, ...]
    """CPU seconds of each turn."""
    @property
    def ratios(self) -> list[float]:
        return [p / b for p, b in zip(self.product, self.bound, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.ratios)


def cpu_seconds() -> float:
    """User and system time of this process and the children it has waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def server_seconds(pid: int) -> float:
    """User and system time of a server that is not our child, and of the processes it has waited for."""
    time.sleep(0.2)  # until it has waited for the one that served us
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def timed(work: Callable[[], object], clock: Callable[[], float] = cpu_seconds) -> float:
    gc.collect()
    began = clock()
    work()
    return clock() - began


def in_turns(
    name: str, against: str, at_most: float, product: Callable[[], object], bound: Callable[[], object], turns: int,
    clock: Callable[[], float] = cpu_seconds,
) -> Row:  # fmt: skip
    """Product, bound, bound, product …: what the machine does meanwhile meets both."""
    product(), bound()  # once to warm up
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns):
        order: Sequence[int] = (0, 1) if turn % 2 == 0 else (1, 0)
        for which in order:
            taken[which].append(timed((product, bound)[which], clock))
    return Row(name, against, at_most, tuple(taken[0]), tuple(taken[1]))


def machine() -> dict[str, str | int | None]:
    """The kind of the machine, and nothing that names it."""
    return {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version(), "processor": platform.machine()}


def as_json(rows: Sequence[Row]) -> dict[str, object]:
    return {"machine": machine(), "rows": [{**asdict(row), "ratio": row.ratio} for row in rows]}


def as_table(rows: Sequence[Row]) -> str:
    lines = ["| what | against | at most | measured | spread | seconds | holds |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        spread = f"{min(row.ratios):.2f}–{max(row.ratios):.2f}"
        lines.append(
            f"| {row.name} | {row.against} | {row.at_most:.2f} | **{row.ratio:.2f}** | {spread} | {median(row.product):.2f} / {median(row.bound):.2f} "
            f"| {'yes' if row.ratio <= row.at_most else 'NO'} |"
        )
    return "\n".join(lines)
