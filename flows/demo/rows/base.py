"""What filling a form needs whatever the form: lines by heading path, village columns by measure, stable chance."""

from __future__ import annotations

import calendar
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.catalogue import Catalogue
from catalog.forms import Sheet
from catalog.numbers import half_up, tidy
from catalog.periods import Month
from flows.demo.figures import Number, World
from flows.demo.people import People
from flows.demo.workbook import Row

Line = Mapping[str, Any]
"""path → value; what is not there is blank."""
Content = tuple[list[Row], Mapping[str, Any]]
"""Rows, and what stands in the 合计 row besides sums."""

GROUPS = "一二三四五六七八"
OTHER_BRANCHES = ("镇机关", "中心学校", "卫生院", "禾麓智造两新", "禾麓商贸两新")
LEADERS = ("党建办主任", "经发办主任", "项目办主任", "文旅办主任", "镇人大副主席")


def growth(now: Number, before: Number) -> Decimal | None:
    return tidy(half_up(Decimal(now - before) * 100 / before, 1)) if before else None


def share(part: Number, whole: Number) -> Decimal | None:
    return tidy(half_up(Decimal(part) * 100 / whole, 1)) if whole else None


@dataclass
class Filler:
    """The world, its people, and the declarations to be filled."""

    catalogue: Catalogue
    world: World
    people: People
    seed: int

    def _rng(self, *words: object) -> random.Random:
        return random.Random(":".join(map(str, (self.seed, *words))))

    def _sheet(self, form: str, index: int = 0) -> Sheet:
        return self.catalogue.forms[form].sheets[index]

    @staticmethod
    def _lines(sheet: Sheet, lines: Iterable[Line]) -> list[Row]:
        """Lines → rows with their 序号; a line with ``kind`` is no row of its own."""
        paths = [column.path for column in sheet.columns]
        rows, serial = [], 0
        for line in lines:
            values = [line.get(path) for path in paths]
            kind = line.get("kind", "row")
            if kind == "row":
                serial += 1
                values[0] = serial
            rows.append(Row(values, kind))
        return rows

    def _ledger(self, sheet: Sheet, lines: Sequence[Line]) -> tuple[list[Row], dict[str, Any]]:
        """An empty ledger says so: 无 in its second column (README §1)."""
        return self._lines(sheet, lines or [{sheet.columns[1].path: "无"}]), {}

    def _by_village(
        self, sheet: Sheet, month: Month, figures: Mapping[str, Mapping[str, Any]], texts: Mapping[str, Mapping[str, str]] | None = None
    ) -> list[Row]:
        """measure → village → value, placed by the measures the columns declare."""
        village = next(column.path for column in sheet.columns if column.type == "village")
        lines = []
        for name in self.world.villages(month):
            line: dict[str, Any] = {village: name, **(texts or {}).get(name, {})}
            line |= {c.path: figures[c.id].get(name) for c in sheet.columns if c.id in figures}
            lines.append(line)
        return self._lines(sheet, lines)

    def _zero(self, month: Month) -> dict[str, Number]:
        return dict.fromkeys(self.world.villages(month), 0)

    def _flows(self, month: Month, *names: str, ytd: Sequence[str] = ()) -> dict[str, dict[str, Number]]:
        """The rows of flows, and of their cumulatives as ``…_ytd``."""
        return {n: self.world.rows(n, month) for n in names} | {f"{n}_ytd": self.world.rows_ytd(n, month) for n in ytd}

    def _village(self, rng: random.Random, month: Month) -> str:
        return rng.choice(self.world.villages(month))

    def _base(self, rng: random.Random) -> str:
        return rng.choice(self.world.base)

    @staticmethod
    def _day(month: Month, day: int) -> date:
        return date(month.year, month.month, min(day, calendar.monthrange(month.year, month.month)[1]))

    def _branches(self, month: Month) -> list[tuple[str, str]]:
        return [(f"{v}党支部", v) for v in self.world.villages(month)] + [(f"{o}党支部", "镇机关") for o in OTHER_BRANCHES]

    def _branch_of(self, index: int, month: Month) -> str:
        """A person stays in the branch of a base unit, whatever it is called."""
        units = (*self.world.base, *OTHER_BRANCHES)
        return f"{self.world.name_in(units[index % len(units)], month)}党支部"
