"""Figures into words: units, rounding, 余 and 多, growth and decline (rules.md §1, §3). Pure; Decimal only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from catalog.numbers import cut_down, half_up, plain

WAN, YI = Decimal(10_000), Decimal(100_000_000)
MISSING = "X"
NOTHING = "—"
"""There was no such thing in the period (rules.md §7)."""
FLAT = Decimal("0.05")
"""A rate below this is 基本持平 (rules.md §1)."""


@dataclass(frozen=True, slots=True)
class Words:
    """A printed figure: the text of its control, and what stands before and after it."""

    text: str
    before: str = ""
    after: str = ""
    lacking: bool = False
    """An X: someone owes the figure."""


def fixed(value: Decimal, places: int) -> str:
    """Half-up to ``places`` decimals, trailing zeros kept off: 12.47, 63.36, 43.5, 9214. What is not zero is not printed as
    zero: a small figure in a large unit gets the decimals it needs.
    """
    while value and not half_up(value, places):
        places += 1
    return plain(half_up(value, places))


_BENT = Decimal("0.05")
"""A pinned unit that changes a figure by more than this share does not suit it."""


def pinned(display: str, value: Decimal, unit: str) -> Words:
    """A figure in the unit that its sentence pins, 亿元 or 万人次, which goes with it; one too small for that in the unit that
    fits: 100 元 is no 0.000001亿元 (rules.md §3.2); and visits from 一亿 on in 亿人次.
    """
    scale, places = (YI if display == "yi2" else WAN), int(display[-1])
    if unit.startswith("万") and not unit.endswith("元") and half_up(value / WAN, places) >= WAN:
        return Words(fixed(value / YI, 2), after=f"亿{unit[1:]}")
    if abs(half_up(value / scale, places) * scale - value) <= abs(value) * _BENT:
        return Words(fixed(value / scale, places), after=unit)
    return money(value) if unit.endswith("元") else Words(plain(value), after=unit[1:])


def kept(value: Decimal, places: int) -> str:
    """Half-up with all its decimals: 10.0 stays 10.0. What is not zero gets the decimals it needs, as in :func:`fixed`."""
    while value and not half_up(value, places):
        places += 1
    return str(half_up(value, places))


def whole(value: Decimal) -> str:
    return plain(half_up(value, 0))


def step_of(value: Decimal) -> Decimal:
    """How far a figure from 100 on is cut for 余 and 多: tens below a thousand, then hundreds, then thousands."""
    if value < 1_000:
        return Decimal(10)
    return Decimal(100) if value < 10_000 else Decimal(1_000)


def wan_yu(yuan: Decimal) -> Words:
    """1623600 元 → 162万余; exactly 1620000 → 162万; below one 万 the plain amount, from 一亿 on in 亿 (rules.md §3, 余)."""
    if yuan < WAN:
        return Words(fixed(yuan, 2))
    if yuan >= YI:
        return Words(fixed(yuan / YI, 2), after="亿")
    floor = cut_down(yuan, WAN) / WAN
    return Words(plain(floor), after="万余" if floor * WAN != yuan else "万")


def wan_duo(yuan: Decimal) -> Words:
    """12864000 元 → 1200多万. What is known and small is printed exact: 155000 元 → 15.5万, 8500 元 → 8500 (rules.md §3, 余)."""
    if yuan < WAN:
        return Words(fixed(yuan, 2))
    if yuan >= YI:
        return Words(fixed(yuan / YI, 2), after="亿")
    wan = yuan / WAN
    if wan < 100:
        return Words(fixed(wan, 2), after="万")
    floor = cut_down(wan, step_of(wan))
    return Words(plain(floor), after="多万" if floor != wan else "万")


def yu(value: Decimal, step: int) -> Words:
    """486 → 480余 (step 10), 1163 → 1100余 (step 100); small exact figures are printed exact."""
    if value < 100:
        return Words(whole(value))
    floor = cut_down(value, Decimal(step if value >= step * 10 else 10))
    return Words(plain(floor), after="余" if floor != value else "")


def growth(rate: Decimal) -> Words:
    """The whole clause of a rate in percent: a fall has a word and never a sign; from 200 % on in 倍, which a fall never is."""
    if rate == 0:
        return Words("持平", before="与上年同期")
    if abs(rate) < FLAT:
        return Words("基本持平", before="与上年同期")
    if rate >= 200:
        return Words(fixed(rate / 100, 1), before="同比增长", after="倍")
    return Words(kept(abs(rate), 1), before="同比增长" if rate > 0 else "同比下降", after="%")


def change(now: Decimal, before: Decimal, unit: str) -> Words:
    """A count beside last year's: 同比增加3户; from nothing 由上年同期的0户增加到11户 (rules.md §1.4)."""
    if now == before:
        return Words("持平", before="与上年同期", after="（均为零）" if now == 0 else "")
    if before == 0:
        return Words(plain(now), before=f"由上年同期的0{unit}增加到", after=unit)
    return Words(plain(abs(now - before)), before="同比增加" if now > before else "同比减少", after=unit)


def progress(rate: Decimal, calendar: Decimal) -> list[Words]:
    """53.7 at half-year → 完成年度任务的53.7%，超序时进度3.7个百分点. The difference is that of the printed rates' exact values."""
    ahead = half_up(rate - calendar, 1)
    done = Words(kept(rate, 1), before="完成年度任务的", after="%")
    if ahead == 0:
        return [done, Words("持平", before="，与序时进度")]
    return [done, Words(str(abs(ahead)), before=f"，{'超' if ahead > 0 else '落后'}序时进度", after="个百分点")]


def money(yuan: Decimal) -> Words:
    """The unit by size: from 一亿 on 亿元 with two decimals, from 一万 on 万元 (whole from a thousand on), below 元 (rules.md §3.2)."""
    if abs(half_up(yuan, 2)) >= YI:
        return Words(fixed(yuan / YI, 2), after="亿元")
    if abs(yuan) >= WAN:
        wan = yuan / WAN
        text = fixed(wan, 0 if abs(wan) >= 1_000 else 2)
        return Words(text, after="万元") if Decimal(text) < WAN else Words("1", after="亿元")
    text = fixed(yuan, 2)
    return Words(text, after="元") if abs(Decimal(text)) < WAN else Words("1", after="万元")


_DIGITS = "〇一二三四五六七八九十"


def chinese_count(value: int) -> str:
    """Up to 99 in characters: 4 → 四, 12 → 十二."""
    if value <= 10:
        return _DIGITS[value]
    tens, ones = divmod(value, 10)
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def wan_count(value: Decimal) -> str:
    """10000 → 1万, 9500 → 9500."""
    return f"{fixed(value / WAN, 2)}万" if value >= WAN else whole(value)


def by_display(display: str, value: Decimal) -> Words:
    """A figure as its slot displays it; the unit words stand in the sentence."""
    match display:
        case "yi2":
            return Words(fixed(value / YI, 2))
        case "wan0" | "wan1" | "wan2":
            return Words(fixed(value / WAN, int(display[-1])))
        case "yuan0" | "int" | "date_part":
            return Words(whole(value))
        case "wan_yu":
            return wan_yu(value)
        case "wan_duo":
            return wan_duo(value)
        case "yu10":
            return yu(value, 10)
        case "yu100":
            return yu(value, 100)
        case "pct1" | "yoy1":
            return Words(kept(value, 1))
        case "money":
            return money(value)
        case "floor_int":
            return Words(plain(cut_down(value, Decimal(1))))
        case "wan_cn":
            return Words(wan_count(value))
        case "cn":
            return Words(chinese_count(int(value)) if value == int(value) and 0 <= value < 100 else plain(value))
        case _:
            return Words(plain(value))
