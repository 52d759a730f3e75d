"""Exact numbers: Decimal in, Decimal out, rounded half-up once, at printing (rules.md §3.4)."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache

LOAD_PLACES = 6
_LOAD_STEP = Decimal(1).scaleb(-LOAD_PLACES)


decimal_of = lru_cache(maxsize=1 << 12)(Decimal)
"""The number of an exact text, remembered: the figures of a table are compared with each other again and again."""


def from_cell(value: int | float | Decimal) -> Decimal:
    """A number as the sheet holds it, freed of binary dust: 63.360000000000007 → 63.36 (forms.md M36).

    Rounded half-up to six decimals at load; exact afterwards.
    """
    if type(value) is int:
        return Decimal(value)
    exact = value if isinstance(value, Decimal) else Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        raise ValueError(f"not a finite number: {value!r}")
    return tidy(exact.quantize(_LOAD_STEP, ROUND_HALF_UP) if exact.as_tuple().exponent < -LOAD_PLACES else exact)  # type: ignore[operator]


def tidy(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent; minus zero becomes zero."""
    value = value.normalize()
    if value.as_tuple().exponent > 0:  # type: ignore[operator]
        value = value.quantize(Decimal(1))
    return value + 0 if value else Decimal(0)


def plain(value: Decimal) -> str:
    """The one way a number is written as text in the warehouse: ``1246800000``, ``5832.5``, ``-6.6``."""
    return format(tidy(value), "f")


def half_up(value: Decimal, places: int) -> Decimal:
    """四舍五入 to ``places`` decimals; the only rounding that may be printed (rules.md §3.4)."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def cut_down(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of ``step`` not above ``value``, for 余 and 多 (rules.md §3, “Cut down, never round”)."""
    return (value / step).quantize(Decimal(1), ROUND_DOWN) * step


def quotient(part: Decimal, whole: Decimal, places: int = LOAD_PLACES) -> Decimal:
    """part / whole to ``places`` decimals, half-up; the caller has made sure that whole is not zero."""
    return tidy((part / whole).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
