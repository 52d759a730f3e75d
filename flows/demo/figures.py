"""The town's figures month by month, and their honest split over its villages; all arithmetic exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from catalog.catalogue import read_yaml
from catalog.periods import Month

Number = int | Decimal
FIRST, LAST = Month(2019, 1), Month(2020, 6)
MERGER = Month(2019, 12)
"""From this month on 石塘村 and 下湾村 report together as 石湾村."""
MERGED, PARTS = "石湾村", (("石塘村", 1475), ("下湾村", 1207))


def number(text: str) -> Number:
    """``18700`` → int, ``702.4`` → Decimal."""
    exact = Decimal(text)
    return int(exact) if exact == exact.to_integral_value() else exact


def split(total: Number, weights: Sequence[int], step: Decimal | int = 1) -> list[Number]:
    """Largest remainder: the parts are multiples of ``step`` and add to the total exactly; ties in the order given."""
    whole = sum(weights)
    steps = int(Decimal(total) / step)
    shares = [divmod(steps * weight, whole) for weight in weights]
    parts = [share for share, _ in shares]
    order = sorted(range(len(weights)), key=lambda i: (-shares[i][1], i))
    for i in order[: steps - sum(parts)]:
        parts[i] += 1
    return [part * step for part in parts]


@dataclass(frozen=True)
class World:
    """world.yml, typed. Look-ups outside its months raise KeyError."""

    weights: Mapping[str, int]
    joint: Mapping[str, Mapping[int, list[Number]]]
    flows: Mapping[str, Mapping[int, list[Number]]]
    stocks: Mapping[str, Mapping[int, list[Number]]]
    standards: Mapping[str, Mapping[int, Number]]
    targets: Mapping[str, Mapping[int, Number]]
    rebased: Mapping[str, Mapping[int, list[Number]]]

    # --- the town -------------------------------------------------------------------------------------------
    def flow(self, name: str, month: Month) -> Number:
        """The flow of the month; amounts of a programme are persons × standard."""
        if name in self.flows:
            return self.flows[name][month.year][month.month - 1]
        programme = name.removesuffix("_amt")
        return self.stock(f"{programme}_persons", month) * self.standards[programme][month.year]

    def flow_ytd(self, name: str, month: Month) -> Number:
        return sum(self.flow(name, Month(month.year, m)) for m in range(1, month.month + 1))

    def joint_month(self, name: str, month: Month) -> Number | None:
        """None in January and February, which are reported together (1月免报)."""
        return None if month.month < 3 else self.joint[name][month.year][month.month - 2]

    def joint_ytd(self, name: str, month: Month) -> Number | None:
        return None if month.month == 1 else sum(self.joint[name][month.year][: month.month - 1])

    def last_year_ytd(self, name: str, month: Month) -> Number | None:
        """As this year's sheet states it, re-based where the district re-based it (planted situation 6)."""
        published = self.joint_ytd(name, month.shift(-12))
        cut = self.rebased.get(name, {}).get(month.year)
        return published - cut[month.month - 1] if cut and published is not None else published

    def stock(self, name: str, month: Month) -> Number:
        return self.stocks[name][month.year][month.month - 1]

    # --- its villages ---------------------------------------------------------------------------------------
    @property
    def base(self) -> tuple[str, ...]:
        """The units figures are split over: today's villages, the merged one in its two parts, in code order."""
        return tuple(n for name in self.weights for n in ([p for p, _ in PARTS] if name == MERGED else [name]))

    def villages(self, month: Month) -> tuple[str, ...]:
        """Those that report in the month, in the order of their codes."""
        return self.base if month < MERGER else tuple(self.weights)

    def by_base(self, total: Number, step: Decimal | int = 1) -> dict[str, Number]:
        """world.md §2: by weight, and the merged village's share by the population of its parts."""
        shares = dict(zip(self.weights, split(total, list(self.weights.values()), step), strict=True))
        parts = split(shares.pop(MERGED), [people for _, people in PARTS], step)
        shares |= {name: part for (name, _), part in zip(PARTS, parts, strict=True)}
        return {name: shares[name] for name in self.base}

    def shown(self, base: Mapping[str, Number], month: Month) -> dict[str, Number]:
        """Values of base units as the month's rows show them."""
        if month < MERGER:
            return dict(base)
        return {
            name: sum(base[part] for part, _ in PARTS) if name == MERGED else base[name] for name in self.weights
        }  # fmt: skip

    def name_in(self, base: str, month: Month) -> str:
        """What a base unit is called in the month."""
        return MERGED if month >= MERGER and base in dict(PARTS) else base

    def rows(self, name: str, month: Month) -> dict[str, Number]:
        """Village → flow of the month."""
        return self.shown(self._flow_base(name, month), month)

    def rows_ytd(self, name: str, month: Month) -> dict[str, Number]:
        """Village → sum of its months since January, so that 累计(m) = 累计(m−1) + 本月 in every row."""
        months = [self._flow_base(name, Month(month.year, m)) for m in range(1, month.month + 1)]
        return self.shown({unit: sum(values[unit] for values in months) for unit in self.base}, month)

    def stock_rows(self, name: str, month: Month) -> dict[str, Number]:
        return self.shown(self.stock_base(name, month), month)

    def stock_base(self, name: str, month: Month) -> dict[str, Number]:
        """Base unit → stock; households never above persons of the same programme (identity 3)."""
        base = self.by_base(self.stock(name, month))
        if not name.endswith("_hh"):
            return base
        persons = self.by_base(self.stock(name.replace("_hh", "_persons"), month))
        room = {unit: persons[unit] - base[unit] for unit in base}
        for unit in (u for u in base if room[u] < 0):
            taker = max(room, key=lambda u: room[u])
            base[taker] -= room[unit]
            room[taker] += room[unit]
            base[unit] += room[unit]
            room[unit] = 0
        return base

    def _flow_base(self, name: str, month: Month) -> dict[str, Number]:
        if name in self.flows:
            return self.by_base(self.flow(name, month))
        programme = name.removesuffix("_amt")
        standard = self.standards[programme][month.year]
        return {unit: persons * standard for unit, persons in self.stock_base(f"{programme}_persons", month).items()}


@cache
def read_world() -> World:
    data: Any = read_yaml(files("flows.demo").joinpath("world.yml").read_text("utf-8"), "world.yml")

    def years(values: Mapping[str, list[str]]) -> dict[int, list[Number]]:
        return {int(year): [number(v) for v in row] for year, row in values.items()}

    def by_year(values: Mapping[str, str]) -> dict[int, Number]:
        return {int(year): number(v) for year, v in values.items()}

    return World(
        weights={name: int(share) for name, share in data["weights"].items()},
        joint={k: years(v) for k, v in data["joint"].items()},
        flows={k: years(v) for k, v in data["flows"].items()},
        stocks={k: years(v) for k, v in data["stocks"].items()},
        standards={k: by_year(v) for k, v in data["standards"].items()},
        targets={k: by_year(v) for k, v in data["targets"].items()},
        rebased={k: years(v) for k, v in data["rebased"].items()},
    )
