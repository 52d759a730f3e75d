"""Whether a number as printed can be a figure as the warehouse holds it (rules.md §1, §3): rounding, 余, units, direction."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from flows.draft.verify.tokens import Token

_FLAT = Decimal("0.05")
_BENT = Decimal("0.05")
"""A unit in which a figure is off by more than this share does not suit it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What stands in one place of the report. ``kind``: value, rate, ahead, change, literal."""

    kind: str
    title: str
    indicator: str = ""
    value: Decimal | None = None
    idle: bool = False
    """There was no such thing in the period: a dash, or the words for no base."""
    literal: Token | None = None
    step: int = 0
    """How far the slot cuts for 余 (10, 100); 0 = by the size of the figure."""
    cut: bool = False
    """Its sentence says it with 余 or 多: a whole number of 万 without them would claim that nothing is left out."""
    exact: str = ""
    """For people: what it should be."""
    pinned: int = -1
    """Decimals that the slot prints in 万, where it says how many."""
    share: bool = False
    """Its unit is %."""


def agrees(token: Token, expected: Expected) -> bool:
    if expected.kind == "literal":
        return expected.literal is not None and _same_words(token, expected.literal)
    if expected.value is None:
        return token.kind == "nobase" if expected.idle else token.missing
    match expected.kind:
        case "rate":
            return _is_rate(token, expected.value)
        case "ahead":
            return _is_lead(token, expected.value)
        case "change":
            return _is_change(token, expected.value)
        case _:
            return token.kind == "number" and not token.direction and _is_value(token, expected.value, expected)


def _same_words(token: Token, literal: Token) -> bool:
    parts = ("kind", "number", "places", "scale", "about", "direction", "unit")
    return all(getattr(token, part) == getattr(literal, part) for part in parts) and (token.kind == "number" or token.text == literal.text)


def _is_rate(token: Token, rate: Decimal) -> bool:
    if token.kind == "level":
        return rate == 0 if "基本" not in token.text else 0 < abs(rate) < _FLAT
    if token.kind != "number" or token.number is None or token.direction != ("up" if rate > 0 else "down") or token.about or token.scale > 1:
        return False
    if token.unit == "倍":
        return rate >= 200 and token.number == _rounded(rate / 100, token.places)
    return token.unit == "%" and abs(rate) >= _FLAT and token.places == 1 and token.number == _rounded(abs(rate), 1)


def _is_lead(token: Token, lead: Decimal) -> bool:
    shown = _rounded(lead, 1)
    if token.kind == "level":
        return shown == 0
    return token.unit == "个百分点" and token.scale == 1 and not token.about and token.number == abs(shown) != 0 and token.direction == ("ahead" if shown > 0 else "behind")


def _is_change(token: Token, change: Decimal) -> bool:
    if token.kind == "level":
        return change == 0 and "基本" not in token.text
    return not token.about and token.number is not None and token.number * token.scale == abs(change) != 0 and token.direction == ("up" if change > 0 else "down") and not token.unit


def _is_value(token: Token, value: Decimal, slot: Expected) -> bool:
    if token.number is None:
        return False
    told = token.number * token.scale
    if token.about == "":
        if slot.cut and token.scale == 10_000 and not token.places and told != _rounded(value / 10_000, 2) * 10_000:
            return False
        places = max(token.places, _least_places(value / token.scale, token.scale, slot))
        near = slot.pinned >= 0 or token.scale == 1 or abs(told - value) <= abs(value) * _BENT
        return near and told == _rounded(value / token.scale, places) * token.scale and (told != 0) == (value != 0)
    if token.places:
        return False
    if token.about == "more":
        return _is_cut(token, value, slot.step)
    if token.about in ("约", "左右"):
        return told != value and abs(told - value) <= abs(value) / 100
    if token.about == "以上":
        return token.number == value.quantize(Decimal(1), ROUND_FLOOR)
    if token.about == "近":
        step = _step(value / token.scale) * token.scale
        return value < told <= value * Decimal("1.02") and told % step == 0 and told - value < step
    return False


def _least_places(size: Decimal, scale: int, slot: Expected) -> int:
    """So many decimals are kept in rounding (rules.md §3.2, §3.6): two in 亿; in 万 none from a thousand on, else two, or as many
    as the slot says; one of a share. What is not nought keeps the decimals it needs not to be printed as nought.
    """
    if scale == 1 and not slot.share:
        return 0
    least = 1 if scale == 1 else 2 if scale > 10_000 else slot.pinned if slot.pinned >= 0 else 0 if abs(size) >= 1_000 else 2
    while size and not _rounded(size, least):
        least += 1
    return least


def _is_cut(token: Token, value: Decimal, slot_step: int) -> bool:
    """162万余 lies between 162万 and 163万; 160余万 and 480余 are cut at the step of their size; nothing may be left out of 余."""
    assert token.number is not None
    size = value / token.scale
    step = Decimal(1) if token.rounded_at == "after" else _step(size)
    if slot_step and token.scale == 1:
        step = Decimal(slot_step if value >= slot_step * 10 else 10)
    floor = (size / step).quantize(Decimal(1), ROUND_FLOOR) * step
    return token.number == floor < size and (step > 1 or token.rounded_at == "after")


def _step(size: Decimal) -> Decimal:
    return Decimal(10 if size < 1_000 else 100 if size < 10_000 else 1_000) if size >= 100 else Decimal(10)


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
