"""A populated warehouse of every released version comes forward on both engines and answers as it did.

released/*.json were written by the code of those versions: their tables, their views and what the views answered.
"""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Column, column, table, text

from connectors.warehouse import WarehouseNotReady, open_warehouse, upgrade
from connectors.warehouse.engine import make_engine, schema_version
from sql.objects import run_checks

RELEASED = sorted((Path(__file__).parent / "released").glob("*.json"))


def populate(url: str, version: str, released) -> None:
    engine = make_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).resolve().parents[3] / "sql" / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        for name, held in released["tables"].items():
            into = table(name, *(column(c) for c in held["columns"]))
            connection.execute(into.insert(), [dict(zip(held["columns"], row, strict=True)) for row in held["rows"]])
        for name, body in released["views"].items():
            connection.exec_driver_sql(f"CREATE VIEW {name} AS\n{body}")
    engine.dispose()


def answers(url: str, views) -> dict[str, list[dict]]:
    engine = make_engine(url)
    with engine.connect().execution_options(readonly=True) as connection:
        found = {view: [dict(r._mapping) for r in connection.execute(text(f"SELECT * FROM {view}"))] for view in views}
    engine.dispose()
    return {view: sorted(rows, key=lambda row: json.dumps(row, ensure_ascii=False)) for view, rows in found.items()}


def as_then(found, released):
    """Without the columns that views have been given since."""
    return {view: [{name: row[name] for name in released[view][0]} for row in rows] if rows and released[view] else rows for view, rows in found.items()}


@pytest.mark.parametrize("file", RELEASED, ids=lambda file: file.stem)
def test_a_warehouse_of_an_earlier_version_answers_as_it_did(file, warehouse_url):
    released = json.loads(file.read_text("utf-8"))
    populate(warehouse_url, file.stem, released)
    assert f"from version {file.stem}" in upgrade(warehouse_url)
    assert as_then(answers(warehouse_url, released["answers"]), released["answers"]) == released["answers"]
    history = answers(warehouse_url, ["out_observation_history", "out_indicator_period_history", "out_lineage_history", "out_issue_history"])
    for view, rows in history.items():
        assert {(row["known_from"], row["known_to"]) for row in rows} == {("2020-07-20T00:00:00+00:00", None)}
        assert len(rows) == len(released["answers"][view.removesuffix("_history")])
    with open_warehouse(warehouse_url, "town") as warehouse:
        assert warehouse.first_broken() is None and warehouse.log_end()[0] >= 7
        assert [row.load_key for row in warehouse.submissions()] == ["key 1", "key 2", "key 3"]
        assert set(warehouse.figures("2020-H1")) == {"patrol"}
        assert warehouse.as_known(datetime(2020, 8, 1, tzinfo=UTC)).figures("2020-H1") == warehouse.figures("2020-H1")
        with warehouse.reading() as connection:
            assert set(run_checks(connection).values()) == {0}


def test_what_had_not_come_at_two_in_the_morning_after_its_day_is_a_day_late(warehouse_url):
    released = json.loads(RELEASED[-1].read_text("utf-8"))
    released["tables"]["missing"]["rows"][0][4] = "2020-07-19T22:00:00+00:00"
    populate(warehouse_url, RELEASED[-1].stem, released)
    upgrade(warehouse_url)
    assert [row["days_late"] for row in answers(warehouse_url, ["out_submission"])["out_submission"] if row["state"] == "missing"] == [1]
    with open_warehouse(warehouse_url, "town") as warehouse:
        assert warehouse.first_broken() is None


def test_an_sqlite_file_is_copied_before_it_is_touched(tmp_path):
    url, file = f"sqlite:///{tmp_path / 'warehouse.db'}", RELEASED[-1]
    released = json.loads(file.read_text("utf-8"))
    populate(url, file.stem, released)
    upgrade(url)
    copy = tmp_path / f"warehouse.db.before-{file.stem}"
    assert copy.is_file()
    shutil.copyfile(copy, tmp_path / "again.db")
    assert answers(f"sqlite:///{tmp_path / 'again.db'}", released["answers"]) == released["answers"]


def test_of_two_upgrades_at_once_one_does_it_and_the_copy_is_of_before(warehouse_url, tmp_path):
    """Two nights that begin after the program was replaced: both find the old version, the other one is first."""
    file = RELEASED[-1]
    populate(warehouse_url, file.stem, json.loads(file.read_text("utf-8")))
    said = []

    @contextmanager
    def when_the_other_has_done_it():
        said.append(upgrade(warehouse_url))
        yield

    said.append(upgrade(warehouse_url, when_the_other_has_done_it))
    assert f"from version {file.stem}" in said[0] and "already" in said[1], said
    for copy in tmp_path.glob("warehouse.db.before-*"):
        assert copy.name.endswith(file.stem) and schema_version(make_engine(f"sqlite:///{copy}")) == file.stem


def test_a_warehouse_of_a_later_version_is_one_line_and_stays_as_it_is(warehouse_url, tmp_path):
    upgrade(warehouse_url)
    engine = make_engine(warehouse_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(WarehouseNotReady, match=r"newer than this program.*; update huizong"):
        upgrade(warehouse_url)
    assert not list(tmp_path.glob("warehouse.db.before-*"))


def test_the_migrations_make_the_tables_that_the_code_declares(warehouse_url):
    from sqlalchemy import inspect

    from connectors.warehouse.tables import metadata

    upgrade(warehouse_url)
    engine = make_engine(warehouse_url)
    found = inspect(engine)

    def shape(columns: list[Column]) -> set[tuple[str, bool]]:
        return {(c["name"], c["nullable"]) if isinstance(c, dict) else (c.name, bool(c.nullable)) for c in columns}

    for name, declared in metadata.tables.items():
        if name != "office":
            assert shape(found.get_columns(name)) == shape(list(declared.columns)), name
            assert found.get_pk_constraint(name)["constrained_columns"][0] == "office"
        assert {i["name"] for i in found.get_indexes(name) if not i["unique"]} == {i.name for i in declared.indexes}, name
    engine.dispose()
