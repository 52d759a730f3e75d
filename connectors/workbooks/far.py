"""A slip of Ctrl+End: one cell in the far corner, and who reads the sheet as rows and columns needs half a terabyte for blanks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.grids import Position, address
from catalog.issues import Refused
from connectors.workbooks.containers import refuse

FAR_AREA = 2_000_000
"""A sheet may reach over so many cells, or over twenty times as many as hold something."""


def allowed_area(filled: int) -> int:
    """Cells a sheet with so many filled ones may reach over."""
    return max(FAR_AREA, 20 * filled)


def far_cells(held: Sequence[Position]) -> tuple[Position, ...]:
    """The cells without which a sheet is of a size to read: the lowest, the rightmost, or both; none where it is as it stands."""
    if not held or _area(held) <= (allowed := allowed_area(len(held))):
        return ()
    lowest, rightmost = max(held), max(held, key=lambda at: (at[1], at[0]))
    for far in ((lowest,), (rightmost,)):
        if _area(at for at in held if at not in far) <= allowed:
            return far
    return tuple(dict.fromkeys((lowest, rightmost)))


def _area(held: Iterable[Position]) -> int:
    cells = list(held)
    return (max(r for r, _ in cells) + 1) * (max(c for _, c in cells) + 1) if cells else 0


def too_far(sheet: str, far: Sequence[Position]) -> Refused:
    """The refusal of a sheet with such cells."""
    cells = "、".join(address(*at) for at in far)
    return refuse("E-BIG", f"工作表“{sheet}”的 {cells} 离表太远，请删去（连同所在的行、列）后重报。", cells, "表格附近的格")
