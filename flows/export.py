"""`huizong db export DIR`: every out_ view as Parquet with a data dictionary, whole or not at all. Small counts by village hidden."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.catalogue import Catalogue
from catalog.observations import Reading
from catalog.said import Said
from connectors.parquet import ParquetColumn, write_parquet
from connectors.warehouse import Warehouse
from flows.dictionary import NAMES, dictionary, words_for
from flows.draft.small_told import CELL
from flows.office import Office
from flows.summary.small_counts import HIDDEN, by_heading, hidden_villages, threshold_of
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
        cells = warehouse.readings(row.id for row in warehouse.submissions()) if office.settings.privacy.hide_small_counts else {}
    if office.settings.privacy.hide_small_counts:
        tables = without_small_counts(office.catalogue, tables, cells)
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


def without_small_counts(catalogue: Catalogue, tables: Mapping[str, Table], cells: Mapping[int, Sequence[Reading]]) -> dict[str, Table]:
    """A village that is hidden under a heading in any month, or was at any time, is hidden there in all: an export holds every
    month, every column and what was known before, and what was last month's and this month's change tell this month's
    (privacy.md §4). ``cells``: of every file ever read; what is said about one that never counted tells as much. What could not be
    read as a number is not told either where persons are counted.
    """
    hidden = hidden_villages(catalogue, _dicts(tables["out_observation"]))
    for before in _earlier(_dicts(tables["out_observation_history"])):
        hidden |= hidden_villages(catalogue, before)
    for readings in cells.values():  # also what is held and shows no value: what was written stands beside it
        hidden |= hidden_villages(catalogue, ({"indicator": r.measure, "period": r.period, "unit_code": r.unit_code, "value": r.value, "unit": r.unit}
                                              for r in readings if r.role not in ("part", "total", "ledger")))  # fmt: skip
    by_history = [row for view in tables if view.startswith("out_observation") for row in _dicts(tables[view])]
    places = {(r["submission_id"], r["sheet"], r["cell"]) for r in by_history if (r["indicator"], r["unit_code"]) in hidden}
    places |= {(number, r.sheet, r.cell) for number, readings in cells.items() for r in readings if (r.measure, r.unit_code) in hidden}
    groups, thresholds = by_heading(catalogue)
    places |= {(number, r.sheet, r.cell) for number, readings in cells.items() for r in readings
               if r.value is None and r.raw and r.role not in ("part", "total", "ledger") and thresholds.get(groups.get(r.measure, ("", "", "")))}  # fmt: skip
    places |= {(None, sheet, cell) for _, sheet, cell in places}  # a word of before it was kept what file it was about
    partial, expected = _partial_sums(catalogue, _dicts(tables["out_adjustment"]))
    corrected = {measure for measure, _ in hidden}
    made = {view: _blanked(table, hidden, places) for view, table in tables.items()}

    def tells(view: str, row: Mapping[str, Any]) -> bool:
        """What a town's figure was without a village, or before a village's was corrected, beside what it is now."""
        if view == "out_indicator_period_history":
            return row["indicator"] in partial and row["known_to"] is not None
        if view == "out_adjusted_period":
            source = catalogue.indicators[row["indicator"]].from_ if row["indicator"] in catalogue.indicators else None
            return row["indicator"] in partial or getattr(source, "measure", None) in corrected
        if view == "out_adjustment":
            return row["kind"] == "partial" and row["indicator"] in partial
        if not view.startswith("out_issue"):
            return False
        beside = {(row["submission_id"], row["sheet"], cell) for cell in CELL.findall(row["message"] or "")}  # its sentence tells other cells, too
        return (row["code"] == "E-LAPSED" and row["expected"] in expected) or not places.isdisjoint(beside)

    return {view: _without(made[view], [tells(view, row) for row in _dicts(tables[view])], view) for view in tables}


def _partial_sums(catalogue: Catalogue, words: Iterable[Mapping[str, Any]]) -> tuple[set[str], set[str]]:
    """Counts of persons of which a sum without some villages was ever accepted, and the sentences that told it."""
    said = [w for w in words if w["kind"] == "partial" and w["indicator"] in catalogue.indicators and threshold_of(catalogue.indicators[w["indicator"]])]
    columns = {(catalogue.indicators[w["indicator"]].form, getattr(catalogue.indicators[w["indicator"]].from_, "measure", "")) for w in said}
    same = {i.id for i in catalogue.indicators.values() if (i.form, getattr(i.from_, "measure", None)) in columns}
    return same, {w["reported_value"] for w in said}


_OF_FIGURE = ("value", "year_to_date", "last_year", "growth_pct", "progress_pct")


def _without(table: Table, which: Sequence[bool], view: str) -> Table:
    names, rows = table
    telling = _OF_FIGURE if view == "out_indicator_period_history" else ("reported_value",) if view == "out_adjusted_period" else _TELLING
    at = [n for n, name in enumerate(names) if name in telling]

    def blank(row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple((HIDDEN if names[n] in ("found", "expected", "message") else None) if n in at and value is not None else value for n, value in enumerate(row))

    return names, [blank(row) if hide else row for row, hide in zip(rows, which, strict=True)]


def _earlier(history: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """The observations as they stood before each time at which any of them ceased to stand."""
    for until in sorted({row["known_to"] for row in history if row["known_to"] is not None}):
        yield [row for row in history if row["known_from"] < until and (row["known_to"] is None or row["known_to"] >= until)]


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
