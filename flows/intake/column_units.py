"""The unit a column is read in: that of its heading, else of the unit line, else of the form; and what else states one (M27)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from catalog.catalogue import stored_unit
from catalog.forms import Column, Sheet
from catalog.grids import Grid
from catalog.units import fold_anew
from flows.intake.feet import is_foot
from flows.intake.heading_words import heading
from flows.intake.numerals import UNITS, factor

_SCALES = "十百千万亿萬億"
FOOT_ROWS = 20
"""Notes are looked for in the last rows only."""
_COUNTERS = frozenset(["个", "处", "家", "座", "宗", "起", "例", "项", "只", "口", "条", "枚", "栋", "间", "基", "辆", "笔", "件"])
"""Words that count things of any kind: one for another changes nothing."""


_STATED = re.compile(f"[十百千万亿萬億]*(?:{'|'.join(map(re.escape, UNITS))})")
_ASIDE = re.compile(r"(?<![\d.余多])[十百千万亿萬億]+元|万人次")
_COUNTED_IN = re.compile(rf"(?:单位(?:统一)?[为是系:]?|[以按用])({_STATED.pattern})(?=为单位|计|统计|填|核算|[、,;。.)]|$)")
"""拆除面积以亩计, 单位为亩: a unit that a note speaks of as one, and does not merely mention."""
_KINDS = (frozenset(["人", "名", "人次"]), _COUNTERS)
"""Words for one kind of thing: a scale before one of them is a scale for all."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column of the sheet that is a column of the form, and how its figures become stored ones."""

    index: int
    column: Column
    factor: Decimal
    stored: str
    unit: str
    heading: str


def with_unit(index: int, column: Column, path: list[str], unit_line: str) -> Mapped:
    """The unit comes from the heading, else from the unit line, else from the form (forms.md M27)."""
    stored = stored_unit(column.unit)
    written = next((unit for part in reversed(path) if (unit := heading(part)[1])), "")
    unit = column.unit
    if written and column.unit and factor(written, stored) is not None:
        unit = written
    elif not written and column.unit and stored != "人":
        fitting = _stated(unit_line, stored)
        if len(fitting) == 1:
            unit = fitting.pop()
    multiplier = factor(unit, stored) if column.unit else Decimal(1)
    return Mapped(index, column, multiplier or Decimal(1), stored, unit, " > ".join("".join(p.split()) for p in path))


@lru_cache(maxsize=1024)
def _stated_in(unit_line: str) -> tuple[str, ...]:
    return tuple(_STATED.findall(unit_line))


def _stated(unit_line: str, stored: str) -> set[str]:
    """The units of a unit line that measure what is stored."""
    return {u for u in _stated_in(unit_line) if u in UNITS and factor(u, stored) is not None}


@lru_cache(maxsize=256)
def _headed_by(paths: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    """The units in the headings of a form's columns."""
    return frozenset(unit for parts in paths for part in parts if (unit := heading(part)[1]))


def said_aside(grid: Grid, top: int, unit_line: str) -> list[str]:
    """Scaled units that title, other cells above the heading, and notes at the foot speak of, and the unit line does not."""
    foot = grid.rows[max(top, len(grid.rows) - FOOT_ROWS) :]
    rows = [*grid.rows[:top], *(row for row in foot if is_foot(row) or sum(v is not None for v in row) == 1)]
    texts = [fold_anew(v) for row in rows for v in row if isinstance(v, str)]
    said = {unit for text in texts for pattern in (_ASIDE, _COUNTED_IN) for unit in pattern.findall(text)}
    return sorted(said.difference(_stated_in(unit_line)))


def other_unit(mapped: Mapped, path: list[str], unit_line: str, aside: list[str], sheet: Sheet) -> str:
    """A unit that heading, unit line or a note states and that is not the one the column is read in; '' when there is none."""
    unit = mapped.column.unit
    if not unit:
        return ""
    group = {heading(part)[1] for part in mapped.column.parts[:-1]} if heading(mapped.column.parts[-1])[1] else set[str]()
    written = next((u for n, part in enumerate(reversed(path)) if (u := heading(part)[1]) and not (n and u in group)), "")
    if written and factor(written, mapped.stored) is None and not {written, unit} <= _COUNTERS:
        return written
    strange = next((u for u in _stated_in(unit_line) if _scaled(u, unit, mapped.stored)), "")
    several = _stated(unit_line, mapped.stored)
    official = next((u for part in reversed(mapped.column.parts) if (u := heading(part)[1])), "")
    if written or official:
        other = several if written in ("", official) and mapped.factor not in {factor(u, mapped.stored) for u in several} else set()
        elsewhere = _headed_by(tuple(column.parts for column in sheet.columns)) if other else frozenset[str]()
        return strange or next(iter(sorted(other - elsewhere)), "") or _aside_of(mapped, aside, sheet)
    if len({factor(u, mapped.stored) for u in several}) > 1:
        return "、".join(sorted(several))
    return strange or next((u for u in aside if measures_otherwise(u, mapped)), "")


def _scaled(said: str, unit: str, stored: str) -> bool:
    """万人, 百户, 万亩: a scale no unit of ours has, before a word for what the column counts."""
    base = said.lstrip(_SCALES)
    if said in UNITS or base == said:
        return False
    return base == unit.lstrip(_SCALES) or factor(base, stored) is not None or any({base, unit} <= kind for kind in _KINDS)


def counted_in(said: str) -> list[str]:
    """The units in which a folded text says something is counted."""
    return _COUNTED_IN.findall(said)


def measures_otherwise(said: str, mapped: Mapped) -> bool:
    """Whether a unit measures what a column does, and is not the one the column is read in."""
    known = factor(said, mapped.stored)
    return known != mapped.factor if known is not None else _scaled(said, mapped.column.unit, mapped.stored)


def _aside_of(mapped: Mapped, aside: list[str], sheet: Sheet) -> str:
    """What a note says of a column that says its unit itself: it counts unless another column has the unit of which the note speaks."""
    others = {factor(c.unit, mapped.stored) for c in sheet.columns if c.unit} - {None}
    return next((u for u in aside if measures_otherwise(u, mapped) and factor(u, mapped.stored) not in others), "")
