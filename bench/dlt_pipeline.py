"""The same figures by way of dlt: a resource that reads as the naive script does, loaded into DuckDB, summed from there.

Nothing leaves the machine: dlt's telemetry is off and its own files lie in the folder it is given.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.naive import figures, read


def run(inbox: str, folder: str, wanted: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    os.environ.update({
        "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL", "DLT_DATA_DIR": folder, "DLT_PROJECT_DIR": folder,
    })  # fmt: skip
    import dlt

    @dlt.resource(name="facts", write_disposition="replace")
    def facts() -> Iterator[list[Any]]:
        for file in sorted(Path(inbox).rglob("*.xlsx")):
            yield read(file).astype(object).where(lambda frame: frame.notna(), None).to_dict("records")

    pipeline = dlt.pipeline("forms", pipelines_dir=folder, destination=dlt.destinations.duckdb(f"{folder}/facts.duckdb"), dataset_name="town")
    pipeline.run(facts(), loader_file_format="parquet")
    with pipeline.sql_client() as client, client.execute_query("SELECT form, sheet, month, row, heading, value, number FROM facts") as cursor:
        loaded: Any = cursor.df()
    return figures(loaded, wanted)
