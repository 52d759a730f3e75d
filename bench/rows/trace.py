"""`huizong trace` in both directions on a warehouse of so many facts, in milliseconds.

The facts are made inside the database: one town's village forms over as many years as it takes. A trace opens the
warehouse, finds its lineage and cells, and writes its lines; reading the outputs of a period is not part of it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, text

from bench.data import town
from bench.measure import Limit
from bench.nights import office_with, on_postgresql
from bench.servers import postgresql
from catalog.catalogue import Catalogue
from catalog.indicators import FromColumn, Indicator
from catalog.observations import Published, Standing, State, Submission
from catalog.periods import Month, Period, periods_ending_in
from connectors.warehouse import Warehouse, submission_id, tables
from flows.office import Office
from flows.tracing.trace import figure_tree
from flows.tracing.trace_cell import trace_cell

AT = datetime(2020, 7, 20, tzinfo=UTC)
AT_MOST_MS = 150
_FIRST_ROW = 5


class Facts:
    """What the made warehouse holds: every village column of the catalogue, month after month from ``first`` on."""

    def __init__(self, catalogue: Catalogue, facts: int) -> None:
        self.indicators: list[Indicator] = list(catalogue.by_village.values())
        self.forms = sorted({i.form for i in self.indicators})
        self.units = catalogue.units.expected_on(Month(2020, 6).last_day)
        sheets = {form: catalogue.forms[form].sheet(next(i.from_.sheet for i in self.indicators if i.form == form and isinstance(i.from_, FromColumn))) for form in self.forms}
        self.columns = [(form, c.id, n) for form, sheet in sheets.items() for n, c in enumerate(sheet.columns, 1) if c.id]
        self.sheets = {form: sheet.name for form, sheet in sheets.items()}
        years = max(1, round(facts / (12 * len(self.columns) * len(self.units))))
        self.months = [Month(2020 - years + 1 + n // 12, n % 12 + 1) for n in range(12 * years)]
        self.periods = [period for month in self.months for period in periods_ending_in(month)]

    def path(self, form: str, month: Month) -> str:
        return f"{month.year}年/{month.month:02d}月/{form}.xlsx"

    def number(self, form: str, month: Month) -> int:
        return submission_id(self.path(form, month), "0" * 64)


def fill(warehouse: Warehouse, facts: Facts) -> None:
    """Submissions as the night loads them; readings, figures and lineage by statements of the database."""
    numbers = [(form, month, facts.number(form, month)) for month in facts.months for form in facts.forms]
    for start in range(0, len(numbers), 2_000):
        warehouse.load_all([
            Submission(facts.path(form, month), "0" * 64, 1, AT, "key", form, "科室", month.name, data_hash=str(number))
            for form, month, number in numbers[start : start + 2_000]
        ], AT)  # fmt: skip
    standings = tuple(Standing(number, State.ACCEPTED, 1, True, None, 0) for _, _, number in numbers)
    warehouse.publish(Published("made", standings, (), ()), _no_units(), [], AT)
    with warehouse.engine.begin() as connection:
        _dimensions(connection, facts, numbers)
        office = {"office": warehouse.office}
        connection.execute(text(_insert(tables.reading, _READING, _READING_FROM)), office)
        connection.execute(text(_insert(tables.figure, _FIGURE, _FIGURE_FROM)), office)
        connection.execute(text(_insert(tables.lineage, _LINEAGE, _LINEAGE_FROM)), office)
    with warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT", readonly=True) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM ANALYZE")


def _no_units() -> Any:
    from catalog.units import Units

    return Units(())


def _dimensions(connection: Connection, facts: Facts, numbers: Sequence[tuple[str, Month, int]]) -> None:
    kinds = {i.from_.measure: i for i in facts.indicators if isinstance(i.from_, FromColumn)}
    made: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
        "d_hand_in": ("submission BIGINT, form TEXT, month INTEGER, period TEXT, sheet TEXT", [
            (number, form, month.year * 12 + month.month, month.name, facts.sheets[form]) for form, month, number in numbers]),
        "d_unit": ("n INTEGER, code TEXT, name TEXT", [(n, u.code, u.name) for n, u in enumerate(facts.units)]),
        "d_column": ("form TEXT, n INTEGER, measure TEXT, letters TEXT, indicator TEXT, stock INTEGER", [
            (form, n, measure, _letters(n), i.id if (i := kinds.get(measure)) else None, int(i.kind == "stock") if i else None)
            for form, measure, n in facts.columns]),
        "d_period": ("name TEXT, first INTEGER, last INTEGER", [(p.name, p.year * 12 + p.first, p.year * 12 + p.last) for p in facts.periods]),
    }  # fmt: skip
    for name, (columns, rows) in made.items():
        connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {name} ({columns})")
        marks = ", ".join(f":c{n}" for n in range(len(rows[0])))
        connection.execute(text(f"INSERT INTO {name} VALUES ({marks})"), [{f"c{n}": value for n, value in enumerate(row)} for row in rows])
    connection.exec_driver_sql("CREATE INDEX d_month ON d_hand_in (form, month)")


def _letters(number: int) -> str:
    from catalog.grids import column_letters

    return column_letters(number - 1)


def _insert(table: Table, known: dict[str, str], source: str) -> str:
    """Columns the statement does not name hold an empty text or a nought, where they must hold anything."""
    values = {c.name: known.get(c.name) or ("''" if "CHAR" in str(c.type) or "TEXT" in str(c.type) else "0") for c in table.columns if c.name in known or not c.nullable}
    return f"INSERT INTO {table.name} ({', '.join(values)}) SELECT {', '.join(values.values())} {source}"


_READING = {
    "office": ":office", "submission": "h.submission", "seq": "c.n * 100 + u.n", "measure": "c.measure", "unit_code": "u.code", "unit_name": "u.name",
    "period": "h.period", "value": "CAST(h.month % 97 + u.n AS TEXT)", "status": "'reported'", "sheet": "h.sheet",
    "cell": f"c.letters || CAST(u.n + {_FIRST_ROW} AS TEXT)", "raw": "CAST(h.month % 97 + u.n AS TEXT)", "role": "'stock'", "unit": "'户'", "held": "0",
}  # fmt: skip
_READING_FROM = "FROM d_hand_in h JOIN d_column c ON c.form = h.form CROSS JOIN d_unit u"
_FIGURE = {
    "office": ":office", "indicator": "c.indicator", "period": "p.name", "value": "CAST(p.last AS TEXT)", "status": "'reported'",
    "reported_units": "1", "expected_units": "1", "last_year": "'1'", "growth_pct": "'2.5'", "growth_source": "'warehouse'",
}  # fmt: skip
_FIGURE_FROM = "FROM d_column c CROSS JOIN d_period p WHERE c.indicator IS NOT NULL"
_LINEAGE = {
    "office": ":office", "indicator": "c.indicator", "period": "p.name", "seq": "(h.month - p.first) * 100 + u.n", "unit_code": "u.code",
    "source_period": "h.period", "value": "CAST(h.month % 97 + u.n AS TEXT)", "submission": "h.submission", "sheet": "h.sheet",
    "cells": f"c.letters || CAST(u.n + {_FIRST_ROW} AS TEXT)", "part": "'value'",
}  # fmt: skip
_LINEAGE_FROM = """FROM d_period p CROSS JOIN d_column c
JOIN d_hand_in h ON h.form = c.form AND h.month BETWEEN CASE c.stock WHEN 1 THEN p.last ELSE p.first END AND p.last
CROSS JOIN d_unit u WHERE c.indicator IS NOT NULL ORDER BY p.last, p.first, c.indicator"""


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def measure(office: Office, facts: Facts, traces: int) -> dict[str, list[float]]:
    """Milliseconds of so many random traces each way."""
    chance = random.Random(4)

    def back() -> None:
        indicator, period = chance.choice(facts.indicators), chance.choice(facts.periods)
        with office.open_warehouse() as warehouse:
            from connectors.warehouse.tracing import figure_of

            figure = figure_of(warehouse, indicator.id, Period.parse(period.name).name)
            assert figure is not None and figure_tree(office, warehouse, indicator, figure).lines()[3:]

    def forward() -> None:
        indicator, month = chance.choice(facts.indicators), chance.choice(facts.months)
        column = next(n for form, measure, n in facts.columns if isinstance(indicator.from_, FromColumn) and measure == indicator.from_.measure)
        cell = f"{_letters(column)}{chance.randrange(len(facts.units)) + _FIRST_ROW}"
        with office.open_warehouse() as warehouse:
            tree = trace_cell(office, warehouse, f"{facts.path(indicator.form, month)}!{facts.sheets[indicator.form]}!{cell}")
            assert any("依据这一格的数（" in node.text for node in tree)

    _ = office.catalogue
    return {"figure → cells": [milliseconds(back) for _ in range(traces)], "cell → figures": [milliseconds(forward) for _ in range(traces)]}


def measure_on(folder: Path, engines: Sequence[str], count: int, traces: int) -> list[Limit]:
    rows = []
    with ExitStack() as stack:
        catalogue = town(folder / "traced")
        facts = Facts(catalogue, count)
        for engine in engines:
            office = office_with(folder / f"trace-{engine}", folder / "traced", [])
            if engine == "PostgreSQL":
                server, _ = stack.enter_context(postgresql(folder / "trace-server"))
                on_postgresql(office, server)
            office.upgrade_warehouse()
            with office.open_warehouse() as warehouse:
                fill(warehouse, facts)
                with warehouse.reading() as connection:
                    held = {t: connection.execute(text(f"SELECT count(*) FROM {t}")).scalar() or 0 for t in ("reading", "lineage")}
            for way, taken in measure(office, facts, traces).items():
                what = f"a trace, {way}, in {held['reading']:,} readings and {held['lineage']:,} rows of lineage ({engine})"
                slow = sorted(taken)[int(len(taken) * 0.95)]
                rows += [Limit(f"{what}: median", AT_MOST_MS, tuple(taken), "ms"), Limit(f"{what}: 95 in 100", AT_MOST_MS, (slow,), "ms")]
    return rows
