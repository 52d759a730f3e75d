"""From a folder of clean workbooks to the same figures: the product, the naive pandas and openpyxl script, and a dlt pipeline."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench import dlt_pipeline, naive
from bench.child import Spent, in_child
from bench.measure import CPU, MB, Row
from bench.nights import office_with
from catalog.catalogue import Catalogue
from catalog.indicators import FromColumn, FromLedger
from flows.demo.inbox import HandIn
from flows.office import Office

AT_MOST = {"naive": (1 / 12, 1 / 5), "dlt": (1.0, 1.0)}
"""Of the CPU and the memory of each: of dlt we only want not to be dearer."""
_TESTS = ("is_", "in_", "is_not", "starts", "filled")


def comparable(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Indicators that a month's file gives by adding up a column, or by counting a ledger's rows that fit."""
    wanted: list[dict[str, Any]] = []
    for indicator in catalogue.indicators.values():
        source = indicator.from_
        if not isinstance(source, FromColumn | FromLedger) or source.exempt_months:
            continue
        sheet = catalogue.forms[source.form].sheet(source.sheet)
        if isinstance(source, FromColumn):
            column = next((c for c in sheet.columns if c.id == source.measure), None)
            if column and not column.only_in_total and column.unit == indicator.unit and sheet.rows != "indicator":
                wanted.append({"indicator": indicator.id, "form": source.form, "sheet": source.sheet, "how": "column", "of": column.path, "where": []})
            continue
        tests = [(c.column, *next((name, getattr(c, name)) for name in (*_TESTS, "at_least", "at_most", "not_after_end", "contains") if getattr(c, name) is not None))
                 for c in source.where]  # fmt: skip
        plain = all(test in _TESTS for _, test, _ in tests) and not (sheet.mode == "snapshot" and source.date) and source.months != "difference"
        if plain and source.count in ("rows", "sum", "distinct") and (source.count != "sum" or sheet.column(source.of).unit == indicator.unit):
            wanted.append({"indicator": indicator.id, "form": source.form, "sheet": source.sheet, "how": source.count, "of": source.of,
                           "where": [list(test) for test in tests]})  # fmt: skip
    return wanted


def by_hand(inbox: str, folder: str, office: str) -> Any:
    return naive.run(inbox, f"{folder}/naive.db", comparable(Office(Path(office)).catalogue))


def by_dlt(inbox: str, folder: str, office: str) -> Any:
    return dlt_pipeline.run(inbox, folder, comparable(Office(Path(office)).catalogue))


def unequal(office: Office, theirs: dict[str, dict[str, float]]) -> tuple[int, list[str]]:
    """(figures compared, those that differ); a figure we do not publish is not compared."""
    with office.open_warehouse() as warehouse:
        _, rows = warehouse.rows("out_indicator_period")
    published = {(row[0], row[5]): row[6] for row in rows}
    compared, wrong = 0, []
    for indicator, months in theirs.items():
        for month, value in months.items():
            mine = published.get((indicator, month))
            if mine is not None:
                compared += 1
                if abs(Decimal(mine) - Decimal(repr(value))) > Decimal("0.001"):
                    wrong.append(f"{indicator} {month}: {mine} here, {value} there")
    return compared, wrong


def measure(folder: Path, town: Path, files: Sequence[HandIn], turns: int) -> list[Row]:
    office = office_with(folder / "everything", town, files)
    work = folder / "theirs"
    spent: dict[str, list[Spent]] = {"ours": [], "naive": [], "dlt": []}
    for _ in range(turns):
        spent["ours"].append(in_child("bench.nights:first_in", str(office.folder)))
        for name, step in (("naive", "by_hand"), ("dlt", "by_dlt")):
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            spent[name].append(in_child(f"bench.rows.everything:{step}", str(office.inbox), str(work), str(office.folder)))
    compared = 0
    for name in ("naive", "dlt"):
        compared, wrong = unequal(office, spent[name][-1].answer)
        if wrong or not compared:
            raise AssertionError(f"{len(wrong)} of {compared} figures of {name} are others: {wrong[:5]}")
    cells = spent["ours"][-1].answer[1]
    what = f"{len(files)} clean workbooks of {cells:,} cells → {compared} equal figures"
    names = {"naive": "naive pandas + openpyxl", "dlt": "dlt pipeline into DuckDB"}

    def taken(name: str, which: str) -> tuple[float, ...]:
        return tuple(getattr(one, which) for one in spent[name])

    return [
        Row(f"{what}: {words}", names[name], at_most, taken("ours", which), taken(name, which), unit)
        for name in names
        for words, which, at_most, unit in (("CPU", "cpu", AT_MOST[name][0], CPU), ("peak memory", "peak_mb", AT_MOST[name][1], MB))
    ]  # fmt: skip
