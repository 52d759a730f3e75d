"""`huizong db export DIR`: every out_ view as Parquet with a data dictionary, whole or not at all. Small counts by village hidden."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from catalog.catalogue import Catalogue
from catalog.said import Said
from connectors.parquet import ParquetColumn, as_decimal, write_parquet
from connectors.warehouse import Warehouse
from flows.dictionary import NAMES, dictionary, words_for
from flows.office import Office
from flows.summary.small_counts import HIDDEN, Column, hide, is_count, threshold_of
from flows.summary.villages import village_measures
from sql.objects import statements

_TELLING = ("value", "adjusted_value", "reported_value", "raw", "found", "expected", "message")
"""Columns that would tell what a hidden cell holds."""
Table = tuple[list[str], list[tuple[Any, ...]]]


class NotAnExport(Said, ValueError):
    """The folder holds something else."""


def export(office: Office, folder: Path) -> dict[str, int]:
    """view → rows written, all from one state. An earlier export in ``folder`` is replaced; anything else is left alone.

    Raises :class:`NotAnExport` with one line.
    """
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / NAMES["zh"]).is_file())):
        raise NotAnExport(f"{folder} exists and is no earlier export; name another folder")
    with office.open_warehouse() as warehouse:
        tables = read_views(warehouse)
    if office.settings.privacy.hide_small_counts:
        tables = without_small_counts(office.catalogue, tables)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    try:
        for view, (names, rows) in tables.items():
            write_parquet(made / f"{view}.parquet", [ParquetColumn(name, words_for(name).type) for name in names], rows)
        for language, name in NAMES.items():
            (made / name).write_text(dictionary(office.catalogue, language), "utf-8")
        made.chmod(0o755)
        if folder.exists():
            old = made.with_name(f"{made.name}.old")
            folder.rename(old)
            made.rename(folder)
            shutil.rmtree(old)
        else:
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return {view: len(rows) for view, (_, rows) in tables.items()}


def read_views(warehouse: Warehouse) -> dict[str, Table]:
    """Every out_ view, read in one transaction that sees one state."""
    options: dict[str, Any] = {"readonly": True}
    if warehouse.engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with warehouse.engine.connect().execution_options(**options) as connection:
        result = {}
        for view in statements("views"):
            found = connection.exec_driver_sql(f"SELECT * FROM {view}")
            result[view] = (list(found.keys()), [tuple(row) for row in found])
        return result


# --- small counts ------------------------------------------------------------------------------------------


def without_small_counts(catalogue: Catalogue, tables: Mapping[str, Table]) -> dict[str, Table]:
    """A village that is hidden under a heading in any month, or was at any time, is hidden there in all: an export holds every
    month, every column and what was known before, and what was last month's and this month's change tell this month's
    (privacy.md §4).
    """
    hidden = hidden_villages(catalogue, _dicts(tables["out_observation"]))
    for before in _earlier(_dicts(tables["out_observation_history"])):
        hidden |= hidden_villages(catalogue, before)
    by_history = [row for view in tables if view.startswith("out_observation") for row in _dicts(tables[view])]
    places = {(r["submission_id"], r["sheet"], r["cell"]) for r in by_history if (r["indicator"], r["unit_code"]) in hidden}
    return {view: _blanked(table, hidden, places) for view, table in tables.items()}


def _earlier(history: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """The observations as they stood before each time at which any of them ceased to stand."""
    for until in sorted({row["known_to"] for row in history if row["known_to"] is not None}):
        yield [row for row in history if row["known_from"] < until and (row["known_to"] is None or row["known_to"] >= until)]


def hidden_villages(catalogue: Catalogue, observations: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """(measure, code of the village) that are not shown."""
    counts = village_measures(catalogue)
    groups: dict[str, tuple[str, str, str]] = {}
    thresholds: dict[tuple[str, str, str], int] = defaultdict(int)
    for form in catalogue.forms.values():
        for sheet in form.sheets:
            if sheet.shape == "matrix" and sheet.rows == "village":
                for column in sheet.columns:
                    if column.id:
                        group = groups[column.id] = (form.id, sheet.name, column.parts[0])
                        if column.id in counts:
                            thresholds[group] = max(thresholds[group], threshold_of(counts[column.id]))
    columns: dict[tuple[str, str], dict[str, Decimal | None]] = defaultdict(dict)
    units: dict[str, str] = {}
    for row in observations:
        if thresholds.get(groups.get(row["indicator"], ("", "", ""))):
            columns[row["indicator"], row["period"]][row["unit_code"]] = as_decimal(row["value"]) if row["value"] is not None else None
            units[row["indicator"]] = row["unit"]
    by_group: dict[tuple[str, str, str], list[Column]] = defaultdict(list)
    for (measure, _), values in sorted(columns.items()):
        group = groups[measure]
        own = threshold_of(counts[measure]) if measure in counts else 0
        by_group[group].append(Column(values, (own or thresholds[group]) if is_count(units[measure]) else 0))
    villages = {group: hide(held).villages for group, held in by_group.items()}
    return {(measure, code) for measure, group in groups.items() for code in villages.get(group, ())}


def _dicts(table: Table) -> list[dict[str, Any]]:
    names, rows = table
    return [dict(zip(names, row, strict=True)) for row in rows]


def _blanked(table: Table, hidden: set[tuple[str, str]], places: set[tuple[Any, Any, Any]]) -> Table:
    names, rows = table
    telling = [n for n, name in enumerate(names) if name in _TELLING]
    whose = [names.index(name) for name in ("indicator", "unit_code")] if {"indicator", "unit_code"} <= set(names) else None
    cell = next((name for name in ("cells", "cell") if name in names), None)
    where = [names.index(name) for name in ("submission_id", "sheet", cell)] if cell and {"submission_id", "sheet"} <= set(names) else None

    def blank(row: Sequence[Any]) -> tuple[Any, ...]:
        kept = list(row)
        for n in telling:
            kept[n] = None if kept[n] is None or names[n].endswith("value") else HIDDEN
        return tuple(kept)

    def is_hidden(row: Sequence[Any]) -> bool:
        return (whose is not None and tuple(row[n] for n in whose) in hidden) or (where is not None and tuple(row[n] for n in where) in places)

    return names, [blank(row) if telling and is_hidden(row) else row for row in rows]
