"""Sums below nought and falls of more than all there was: no sentence of a report can say them, so they are held as an X."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from catalog.indicators import Indicator
from catalog.numbers import half_up, plain
from catalog.observations import Figure, Status

_SAID = "，是负数，请核对补发、退回"
_TOO_DEEP = "，降幅超过100%，请核对"


def held(figures: Mapping[str, Figure], indicators: Mapping[str, Indicator]) -> dict[str, Figure]:
    """The figures as a report may say them: what is below nought has no value, and a reason instead."""
    return {name: _held(figure, indicators[name]) if name in indicators else figure for name, figure in figures.items()}


def is_held(figure: Figure) -> bool:
    """Whether this is one of :func:`held`'s own."""
    return figure.status is Status.REFUSED and says_below(figure.reason)


def says_below(reason: str) -> bool:
    """Whether a reason is one of :func:`held`'s own."""
    return reason.endswith((_SAID, _TOO_DEEP))


def _held(figure: Figure, indicator: Indicator) -> Figure:
    if indicator.textual or figure.value is None or not figure.status.has_value:
        return figure
    value = Decimal(figure.value)
    if value < 0 and indicator.kind != "growth":
        said = f"合计为{plain(value)}{indicator.unit}{_SAID}"
    elif value < -100:
        said = f"为{plain(half_up(value, 1))}%{_TOO_DEEP}"
    else:
        return figure
    return replace(figure, value=None, status=Status.REFUSED, reason=said, growth_pct=None, progress_pct=None)
