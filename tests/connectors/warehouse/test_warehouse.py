"""Loads are whole and the same when done twice; readers see one finished state; both engines alike."""

from __future__ import annotations

import gc
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from catalog.issues import Action, Issue
from catalog.observations import Due, Entry, Figure, LineageRow, Published, Reading, Standing, State, Status, Submission
from catalog.units import read_units
from connectors.warehouse import WarehouseNotReady, WarehouseUnreachable, open_warehouse, received, upgrade
from connectors.warehouse.tables import metadata
from sql.objects import run_checks

AT = datetime(2020, 7, 20, tzinfo=UTC)
UNITS = read_units("code,name,kind\n980112104200,岚峰村,村委会\n")


def submission(**more) -> Submission:
    made = Submission(
        "6月/a.xlsx", "ab" * 32, 10, datetime(2020, 7, 3, tzinfo=UTC), "key 1", "F19", "控违办", "2020-06", cells_read=3, cells_used=2, cells_ignored=1,
        issues=(Issue("M24", Action.WARN, "句子。", "月报", "C5", "约4", "整数"),),
        readings=(Reading("patrol", "980112104200", "岚峰村", "2020-06", "4", Status.REPORTED, "月报", "C5", "约4", "flow_month", "户"),
                  Reading("patrol", "980112104201", "麓溪村", "2020-06", None, Status.MISSING, "月报", "C6", "", "flow_month", "户")),
        entries=(Entry("fines", "台账", 4, datetime(2020, 6, 2).date(), None, "token", "12.5", None, "", False),),
    )  # fmt: skip
    return replace(made, **more)


def publish(warehouse, number, name="state 1", value="4", held=()) -> bool:
    line = LineageRow("patrol", "2020-06", "980112104200", "2020-06", value, number, "月报", "C5")
    standing = Standing(number, State.ACCEPTED_WITH_WARNINGS, 1, True, AT, 0, (Issue("M01", Action.WARN, "又。"),), held)
    figure = Figure("patrol", "2020-06", value, Status.REPORTED, 1, 1, lineage=(line,))
    state = Published(name, (standing,), (Due("F20", "执法队", "2020-06", AT),), (figure,))
    return warehouse.publish(state, UNITS, [("patrol", "巡违", "一.8", "flow", "户")], AT)


@pytest.fixture
def warehouse(warehouse_url):
    upgrade(warehouse_url)
    with open_warehouse(warehouse_url, "town") as opened:
        yield opened


def rows(warehouse, view):
    with warehouse.reading() as connection:
        return [dict(r._mapping) for r in connection.exec_driver_sql(f"SELECT * FROM {view}")]


def test_an_empty_database_asks_for_db_upgrade(warehouse_url):
    with pytest.raises(WarehouseNotReady, match="huizong db upgrade"):
        open_warehouse(warehouse_url, "town")


def test_upgrade_twice_is_upgrade_once(warehouse_url):
    assert "from version none" in upgrade(warehouse_url)
    assert "already" in upgrade(warehouse_url)


def test_what_was_loaded_comes_back_as_it_was(warehouse):
    number = warehouse.load(submission(), AT)
    assert warehouse.readings([number])[number] == list(submission().readings)
    assert warehouse.entries([number])[number] == list(submission().entries)
    row = warehouse.submissions()[0]
    assert (row.id, row.path, row.modified, row.warned) == (number, "6月/a.xlsx", datetime(2020, 7, 3, tzinfo=UTC), True)


def test_beside_another_hand_in_only_what_it_says_otherwise_is_read(warehouse):
    first, second = submission().readings
    changed = first._replace(value="5", raw="5")
    emptied = second._replace(status=Status.NOT_APPLICABLE)
    moved = (second._replace(cell="C5"), first._replace(cell="C6"))
    here, *others = (
        warehouse.load(submission(sha256=sha * 32, load_key=sha, readings=tuple(readings)), AT)
        for sha, readings in (("aa", (first, second)), ("bb", (first._replace(cell="D5"), second)), ("cc", (changed, second)), ("dd", (first, emptied)),
                              ("ee", (first, second, changed)), ("ff", moved))
    )  # fmt: skip
    same, other_value, other_status, longer, in_other_order = others
    assert warehouse.readings((n for n in others), dict.fromkeys(others, here)) == {other_value: [changed], other_status: [emptied], longer: [changed], in_other_order: list(moved)}
    assert warehouse.readings([same], {same: 4711}) == warehouse.readings([same]), "one that is not there has nothing in common"


def test_the_same_load_again_changes_nothing_and_a_new_key_replaces_it_whole(warehouse):
    number = warehouse.load(submission(), AT)
    assert warehouse.load(submission(readings=()), AT) == number
    assert len(warehouse.readings([number])[number]) == 2
    warehouse.load(submission(load_key="key 2", readings=()), AT)
    assert warehouse.readings([number]) == {}
    assert len(warehouse.submissions()) == 1


def test_readers_see_nothing_of_a_load_before_it_is_published(warehouse):
    number = warehouse.load(submission(), AT)
    assert rows(warehouse, "out_submission") == rows(warehouse, "out_issue") == rows(warehouse, "out_observation") == []
    assert publish(warehouse, number)
    assert [r["state"] for r in rows(warehouse, "out_submission")] == ["accepted_with_warnings", "missing"]
    assert {r["code"] for r in rows(warehouse, "out_issue")} == {"M24", "M01"}
    assert rows(warehouse, "out_meta")[0]["state"] == "state 1"


def test_the_same_state_is_not_published_twice(warehouse):
    number = warehouse.load(submission(), AT)
    assert publish(warehouse, number)
    assert not publish(warehouse, number, value="999")
    assert rows(warehouse, "out_indicator_period")[0]["value"] == "4"


def test_a_held_cell_is_refused_and_shows_no_value(warehouse):
    number = warehouse.load(submission(), AT)
    publish(warehouse, number, held=(("月报", "C5"),))
    assert [(r["cell"], r["value"], r["status"]) for r in rows(warehouse, "out_observation")] == [("C5", None, "refused"), ("C6", None, "missing")]


def test_a_figure_that_is_no_longer_computed_goes(warehouse):
    number = warehouse.load(submission(), AT)
    publish(warehouse, number)
    warehouse.publish(Published("state 2", (), (), ()), UNITS, [], AT)
    assert rows(warehouse, "out_indicator_period") == rows(warehouse, "out_lineage") == []


def test_a_reader_during_a_publication_sees_the_old_state_or_the_new(warehouse):
    number = warehouse.load(submission(), AT)
    publish(warehouse, number)
    with warehouse.engine.connect() as writer:
        writer.exec_driver_sql("DELETE FROM figure")
        assert rows(warehouse, "out_indicator_period")[0]["value"] == "4"
        writer.rollback()
    assert len(rows(warehouse, "out_indicator_period")) == 1


def test_two_offices_share_a_warehouse_and_not_their_rows(warehouse, warehouse_url):
    publish(warehouse, warehouse.load(submission(), AT))
    with open_warehouse(warehouse_url, "another") as other:
        assert other.submissions() == [] and other.state() is None


def test_the_views_have_the_columns_of_the_contract(warehouse):
    publish(warehouse, warehouse.load(submission(), AT))
    wanted = {
        "out_observation": "indicator unit_code unit_name period value unit status form department submission_id revision file sheet cell raw recorded_at",
        "out_indicator_period": "indicator title section kind unit period value status reported_units expected_units year_to_date last_year "
        "growth_pct growth_source target progress_pct",
        "out_submission": "submission_id form department period state received_at due_at days_late file sha256 revision cells_read cells_used "
        "cells_ignored cells_refused",
        "out_issue": "issue_id submission_id code action sheet cell found expected message first_seen closed_at",
        "out_lineage": "indicator period unit_code source_period value submission_id file sheet cells part",
        "out_meta": "contract state computed_at",
    }
    for view, columns in wanted.items():
        assert list(rows(warehouse, view)[0]) == columns.split(), view
    run_id = warehouse.begin_run(AT)
    warehouse.end_run(run_id, "completed", 3, 2, 1, 0.5)
    assert list(rows(warehouse, "out_run")[0]) == ["run_id", "started_at", "finished_at", "state", "as_of", "files_seen", "files_new", "cells_read", "seconds"]


def test_a_sound_warehouse_passes_its_checks(warehouse):
    publish(warehouse, warehouse.load(submission(), AT))
    with warehouse.reading() as connection:
        assert set(run_checks(connection).values()) == {0}


@pytest.mark.parametrize("url", ["nonsense", "postgresql://clerk:secret@127.0.0.1:port/town"])
def test_an_address_that_is_none_is_one_line_without_the_password(url):
    with pytest.raises(WarehouseUnreachable, match="is not the address of a database") as caught:
        open_warehouse(url, "town")
    assert "secret" not in str(caught.value)


def test_a_server_that_does_not_answer_is_one_line_without_the_password():
    with pytest.raises(WarehouseUnreachable) as caught:
        open_warehouse("postgresql+psycopg://town:geheim@127.0.0.1:1/none", "town")
    assert "geheim" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.postgres
def test_the_rows_of_an_office_that_the_server_has_not_counted_are_gone_through_once(postgres_url):
    """It takes them for one, and of rows joined to their hand-ins it went through all for each of these."""
    upgrade(postgres_url)
    many = submission().readings * 30
    for office in ("counted", "new"):
        with open_warehouse(postgres_url, office) as warehouse:
            ids = warehouse.load_all([submission(path=f"{n}.xlsx", sha256=f"{n:064x}", load_key=str(n), readings=many) for n in range(20)], AT)
            with warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                if office == "counted":
                    connection.exec_driver_sql("ANALYZE")
                plans = []
                event.listen(connection, "before_cursor_execute", lambda c, cursor, statement, values, *_: plans.append((statement, values)))
                assert sum(map(len, received.readings(connection, warehouse.office, ids, {}).values())) == 20 * len(many)
                looked_at = [_looked_at(connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).scalar_one()[0]["Plan"]) for statement, values in list(plans)]
            assert sum(looked_at) <= 2 * 20 * len(many)


def _looked_at(plan):
    here = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Join Filter", 0)) * plan["Actual Loops"]
    return (here if plan["Node Type"] != "Sort" else 0) + sum(map(_looked_at, plan.get("Plans", ())))


@pytest.mark.postgres
def test_postgresql_counts_the_rows_of_a_first_night_before_the_rest_of_it_asks_for_them(postgres_url):
    """By itself it counts some minutes later: planned without, the slips of a thousand files took ten times as long."""
    uncounted = f"SELECT relname FROM pg_class WHERE reltuples < 0 AND relname IN ({', '.join(repr(name) for name in metadata.tables)})"
    upgrade(postgres_url)
    with open_warehouse(postgres_url, "town") as warehouse, warehouse.engine.connect() as connection:
        number = warehouse.load(submission(), AT)
        assert {"standing", "issue", "reading"} <= set(connection.exec_driver_sql(uncounted).scalars())
        connection.rollback()
        publish(warehouse, number)
        assert connection.exec_driver_sql(uncounted).scalars().all() == []


@pytest.mark.postgres
def test_postgresql_counts_the_rows_of_a_new_office_among_those_it_has_counted(postgres_url):
    """It knows every office there was, and takes the rows of another for one."""
    upgrade(postgres_url)
    of_new = "EXPLAIN (FORMAT JSON) SELECT 1 FROM reading WHERE office = 2"
    many = submission().readings * 600
    for office in ("counted", "new"):
        with open_warehouse(postgres_url, office) as warehouse, warehouse.engine.connect() as connection:
            number = warehouse.load(submission(readings=many), AT)
            before = connection.exec_driver_sql(of_new).scalar_one()[0]["Plan"]["Plan Rows"]
            connection.rollback()
            publish(warehouse, number)
            after = connection.exec_driver_sql(of_new).scalar_one()[0]["Plan"]["Plan Rows"]
    assert before < 10
    assert after > len(many) / 2


def test_a_warehouse_put_in_the_place_of_another_is_the_one_that_is_opened(tmp_path):
    """Its engine is kept for the next time it is opened; no connection is, to a file that was replaced meanwhile."""
    url = f"sqlite:///{tmp_path / 'warehouse.db'}"
    for _ in range(2):
        with pytest.raises(WarehouseNotReady):
            open_warehouse(url, "town")
        for file in tmp_path.glob("warehouse.db*"):
            file.unlink()
        upgrade(url)
        with open_warehouse(url, "town") as warehouse:
            assert warehouse.submissions() == []
            warehouse.load(submission(), AT)
        for file in tmp_path.glob("warehouse.db*"):
            file.unlink()


def test_reading_back_leaves_nothing_to_tidy_up(warehouse):
    """A state is computed with Python's collector at rest: a statement made anew for each batch of hand-ins stayed until its end."""
    ids = warehouse.load_all([submission(path=f"{n}.xlsx", sha256=f"{n:064x}", load_key=str(n)) for n in range(20)], AT)
    beside = dict(zip(ids[:10], ids[10:], strict=True))
    warehouse.readings(ids, beside)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            warehouse.readings(ids, beside)
            warehouse.entries(ids)
        assert gc.collect() < 100
    finally:
        gc.enable()
