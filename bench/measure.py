"""CPU seconds, wall seconds or megabytes, taken in turns, as medians and ratios; what is measured is kept as JSON."""

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

CPU, WALL, MB = "CPU s", "wall s", "MB"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: how much dearer the product is than its bound."""

    name: str
    against: str
    at_most: float
    product: tuple[float, ...]
    bound: tuple[float, ...]
    """What each turn took, in ``unit``."""
    unit: str = CPU

    @property
    def ratios(self) -> list[float]:
        return [p / b for p, b in zip(self.product, self.bound, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def holds(self) -> bool:
        return self.ratio <= self.at_most


@dataclass(frozen=True, slots=True)
class Limit:
    """One figure that is measured against a number and not against another program; None: it is only told."""

    name: str
    at_most: float | None
    measured: tuple[float, ...]
    unit: str

    @property
    def value(self) -> float:
        return median(self.measured)

    @property
    def holds(self) -> bool:
        return self.at_most is None or self.value <= self.at_most


Measured = Row | Limit


def cpu_seconds() -> float:
    """User and system time of this process and the children it has waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def server_seconds(pid: int) -> float:
    """User and system time of a server that is not our child, and of the processes it has waited for."""
    time.sleep(0.2)  # until it has waited for the one that served us
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def with_server(pid: int) -> Callable[[], float]:
    """The clock of a work that a server does a part of."""
    return lambda: cpu_seconds() + server_seconds(pid)


def timed(work: Callable[[], object], clock: Callable[[], float] = cpu_seconds) -> float:
    gc.collect()
    began = clock()
    work()
    return clock() - began


def in_turns(
    name: str, against: str, at_most: float, product: Callable[[], object], bound: Callable[[], object], turns: int,
    clock: Callable[[], float] = cpu_seconds,
) -> Row:  # fmt: skip
    """Product, bound, bound, product …: what the machine does meanwhile meets both. A single turn is taken cold: nobody reads its figures."""
    if turns > 1:
        product(), bound()  # once to warm up
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns):
        order: Sequence[int] = (0, 1) if turn % 2 == 0 else (1, 0)
        for which in order:
            taken[which].append(timed((product, bound)[which], clock))
    return Row(name, against, at_most, tuple(taken[0]), tuple(taken[1]))


def machine() -> dict[str, str | int | None]:
    """The kind of the machine, and nothing that names it."""
    words = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else ""
    model = next((line.partition(":")[2].strip() for line in words.splitlines() if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cores": os.cpu_count(), "processor": model, "memory_gib": round(memory), "system": platform.system(), "python": platform.python_version()}


def as_json(measured: Measured) -> dict[str, object]:
    return asdict(measured)


def from_json(kept: dict[str, object]) -> Measured:
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()}
    return Row(**values) if "against" in values else Limit(**values)  # type: ignore[arg-type]


def number(value: float) -> str:
    """Three figures that say something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def as_table(rows: Sequence[Measured]) -> str:
    """Markdown: the ratios, then the figures with a limit of their own."""
    ratios, limits = [r for r in rows if isinstance(r, Row)], [r for r in rows if isinstance(r, Limit)]
    lines = ["| what | against | at most | measured | spread | product / bound | holds |", "|---|---|---|---|---|---|---|"] if ratios else []
    for row in ratios:
        spread = f"{number(min(row.ratios))}–{number(max(row.ratios))}"
        lines.append(
            f"| {row.name} | {row.against} | {number(row.at_most)} | **{number(row.ratio)}** | {spread} "
            f"| {number(median(row.product))} / {number(median(row.bound))} {row.unit} | {'yes' if row.holds else 'NO'} |"
        )
    bounded = [limit for limit in limits if limit.at_most is not None]
    if bounded:
        lines += ([""] if lines else []) + ["| what | at most | measured | spread | holds |", "|---|---|---|---|---|"]
    for limit in bounded:
        spread = f"{number(min(limit.measured))}–{number(max(limit.measured))}"
        lines.append(f"| {limit.name} | {number(limit.at_most or 0)} | **{number(limit.value)} {limit.unit}** | {spread} | {'yes' if limit.holds else 'NO'} |")
    told = [limit for limit in limits if limit.at_most is None]
    if told:
        lines += ([""] if lines else []) + ["| what | measured |", "|---|---|"]
    lines += [f"| {limit.name} | {number(limit.value)} {limit.unit} |" for limit in told]
    return "\n".join(lines)
