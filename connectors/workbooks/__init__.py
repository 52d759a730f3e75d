"""Any workbook, however broken → grids of cells with addresses; or a refusal with one sentence.

The readers are imported when one is asked for: who only starts the process in which they work need not wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.issues import Refused

if TYPE_CHECKING:
    from catalog.grids import Workbook

__all__ = ["Refused", "read_workbook"]


def read_workbook(data: bytes) -> Workbook:
    """Read a file's bytes, whatever its name.

    Raises :class:`catalog.issues.Refused` (refuse_file; M03 broken, M05 password, M08 no workbook, E-EMPTY, E-BIG)
    and nothing else but MemoryError: what a hostile file does to a library ends here, or in the guard around it.
    """
    from connectors.workbooks.readers import read

    return read(data)
