"""Reading all cells with addresses, and what they hide, against inflate + expat of the same files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.parsers import expat

from bench.measure import Row, in_turns
from connectors.workbooks import read_workbook


def inflate_and_parse(files: Sequence[bytes]) -> int:
    """Every sheet and the shared texts through expat, with handlers that only count: the least any reader does."""
    seen = 0

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal seen
        seen += 1

    def text(_data: str) -> None:
        pass

    for data in files:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                if name.startswith("xl/worksheets/sheet") or name == "xl/sharedStrings.xml":
                    parser = expat.ParserCreate()
                    parser.StartElementHandler = start
                    parser.CharacterDataHandler = text
                    parser.Parse(archive.read(name), True)
    return seen


def read_all(files: Sequence[bytes]) -> int:
    return sum(len(grid.rows) for data in files for grid in read_workbook(data).grids)


def measure(small: Sequence[bytes], ledgers: Sequence[bytes], turns: int) -> list[Row]:
    return [
        in_turns(f"reading {len(small)} small workbooks", "inflate + expat", 1.5, lambda: read_all(small), lambda: inflate_and_parse(small), turns),
        in_turns(f"reading {len(ledgers)} ledgers", "inflate + expat", 2.2, lambda: read_all(ledgers), lambda: inflate_and_parse(ledgers), turns),
    ]  # fmt: skip
