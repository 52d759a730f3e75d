"""How a figure is shown to people in tables and on the page: unit, scale, rounding, method (rules.md §3, §7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.indicators import Indicator
from catalog.numbers import half_up, plain
from catalog.observations import Figure, Status
from flows.summary.value import HELD

WAN, YI = Decimal(10_000), Decimal(100_000_000)
STATUS_WORDS = {
    Status.REPORTED: "已报", Status.ZERO: "零", Status.MISSING: "缺", Status.REFUSED: "退回", Status.PROVISIONAL: "含约数",
    Status.NOT_APPLICABLE: "不适用",
}  # fmt: skip
GROWTH_SOURCE = {"reported": "区统计局反馈", "file_base": "本表上年同期", "warehouse": "本库计算", None: ""}
TINY = "基数小"
"""In place of a rate beside a base of nearly nothing (rules.md §1.4)."""
_METHODS = {
    "column": {"flow": "各月各行相加", "stock": "期末月各行相加", "minimum": "各月最小值"},
    "ledger": {"flow": "台账相加", "distinct": "台账去重计数", "stock": "期末月台账", "text": "台账文字", "first_date": "台账最早日期"},
}  # fmt: skip
_OTHER_METHODS = {
    "ratio": "分子÷分母×100", "growth": "区反馈数，或本期÷上年同期−1", "last_year_column": "本年表上年同期栏", "parameter": "办公室参数",
    "calendar": "月数÷12×100", "part": "日期的月或日", "since": "自恢复开放日起相加",
}  # fmt: skip


def status_word(figure: Figure) -> str:
    """How a figure stands; one that lacks nothing but somebody's word has come and was not refused."""
    if figure.status is Status.REFUSED and all(part.endswith(HELD) for part in figure.reason.split("；")):
        return HELD
    return STATUS_WORDS[figure.status]


@dataclass(frozen=True, slots=True)
class Scale:
    """The unit a figure is printed in: what it is divided by, how many decimals are shown (None = all there are)."""

    unit: str
    divisor: Decimal = Decimal(1)
    places: int | None = None

    @property
    def number_format(self) -> str:
        return "" if self.places is None else f"0.{'0' * self.places}" if self.places else "0"

    def of(self, value: Decimal) -> Decimal:
        """Exact, in the printed unit; rounding is left to the cell's format."""
        return value / self.divisor if self.divisor != 1 else value

    def rounded(self, value: Decimal) -> Decimal:
        """As it is printed: half-up, once."""
        scaled = self.of(value)
        return scaled if self.places is None else half_up(scaled, self.places)


def scale_for(indicator: Indicator, values: Iterable[Decimal | None]) -> Scale:
    """Money in 万元 with two decimals when any of the amounts that stand together reaches one 万元; rates with one."""
    if indicator.unit == "元" and any(value is not None and abs(value) >= WAN for value in values):
        return Scale("万元", WAN, 2)
    return Scale(indicator.unit, Decimal(1), 1 if indicator.kind in ("ratio", "growth") else None)


def readable(value: Decimal, unit: str) -> tuple[str, str]:
    """(figure, unit) as one says it: 12.47 亿元, 4619 万元, 63.36 万元, 9500 元 (rules.md §3.2)."""
    if unit == "元":
        if abs(value) >= YI:
            return plain(half_up(value / YI, 2)), "亿元"
        if abs(value) >= WAN:
            wan = half_up(value / WAN, 0 if abs(value) >= 1_000 * WAN else 2)
            return (plain(wan), "万元") if abs(wan) < WAN else (plain(wan / WAN), "亿元")
        return plain(half_up(value, 2)), "元"
    if unit in ("%", "分"):
        return str(half_up(value, 1)), unit
    return plain(half_up(value, 2)), unit


def tiny_base(figure: Figure, indicator: Indicator) -> bool:
    """Whether a computed rate would say nothing: fewer than five last year, or a growth above 1000 % (rules.md §1.4)."""
    if figure.growth_pct is None or figure.growth_source != "warehouse" or figure.last_year is None:
        return False
    return (indicator.unit != "元" and abs(Decimal(figure.last_year)) < 5) or abs(Decimal(figure.growth_pct)) > 1_000


def growth_of(figure: Figure, indicator: Indicator) -> tuple[str, str]:
    """(what is said, up | down | flat | nothing): a rate without a sign, the change in number where the base is tiny."""
    if figure.growth_pct is None or figure.status in (Status.MISSING, Status.REFUSED):
        return "—", ""
    if tiny_base(figure, indicator):
        change = Decimal(figure.value or 0) - Decimal(figure.last_year or 0)
        number, unit = readable(abs(change), indicator.unit)
        return (f"{number}{unit}", "up" if change > 0 else "down") if change else ("持平", "flat")
    rate = Decimal(figure.growth_pct)
    if abs(rate) < Decimal("0.05"):
        return "持平" if not rate else "基本持平", "flat"
    return f"{half_up(abs(rate), 1)}%", "up" if rate > 0 else "down"


def full_text(value: str, figure: Figure, indicator: Indicator) -> str:
    """Words as they stand alone: with the ending that the report's sentence says itself, 甲有限公司、乙 → 甲有限公司、乙有限公司."""
    return value if figure.reason else f"{value}{indicator.ending}"


def method_text(indicator: Indicator) -> str:
    """How the figure comes about: the office's own words, else those of its kind."""
    kind = indicator.from_.source
    return indicator.method or _METHODS.get(kind, {}).get(indicator.kind, "") or _OTHER_METHODS.get(kind, "")


_ADDRESS = re.compile(r"([A-Z]{1,3})(\d+)")


def cell_spans(cells: Sequence[str]) -> list[str]:
    """C5, C6, C7, D2 → C5:C7, D2; what is no single cell stays as it is."""
    result: list[str] = []
    start: tuple[str, int] | None = None
    end = 0
    for cell in [*cells, ""]:
        match = _ADDRESS.fullmatch(cell)
        if match and start and match[1] == start[0] and int(match[2]) == end + 1:
            end += 1
            continue
        if start:
            result.append(f"{start[0]}{start[1]}" + (f":{start[0]}{end}" if end > start[1] else ""))
        start, end = ((match[1], int(match[2])), int(match[2])) if match else (None, 0)
        if cell and not match:
            result.append(cell)
    return result
