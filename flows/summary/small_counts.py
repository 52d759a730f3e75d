"""Small counts of persons by village do not leave the office (privacy.md §4, small cells)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

Shown = str | Decimal
_THRESHOLDS = {"none": 0, "person": 3, "household": 3, "sensitive": 5}
_PERSONS = frozenset(["人", "户", "名", "人次"])


def hide_small(values: Mapping[str, Decimal | None], personal: str, unit: str) -> dict[str, Shown | None]:
    """Counts of 1 to threshold−1 as ``<3`` or ``<5``; when just one cell is hidden, the next smallest goes too,
    so that the total does not give it away. Zero, missing and amounts of money stay as they are.
    """
    threshold = _THRESHOLDS[personal] if unit in _PERSONS else 0
    shown: dict[str, Shown | None] = dict(values)
    hidden = [code for code, value in values.items() if value is not None and 0 < value < threshold]
    for code in hidden:
        shown[code] = f"<{threshold}"
    if len(hidden) == 1:
        rest = sorted((value, code) for code, value in values.items() if value is not None and value >= threshold > 0)
        if rest:
            shown[rest[0][1]] = "*"
    return shown
