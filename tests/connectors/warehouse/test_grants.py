"""A reader sees the out_ views and nothing else, a department its own rows and no others, whatever either tries."""

from __future__ import annotations

import zlib
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from catalog.issues import Action, Issue
from catalog.observations import Adjustment, Contradiction, Due, Figure, LineageRow, Published, Reading, Standing, State, Status, Submission
from catalog.units import read_units
from connectors.warehouse import OfficeBusy, open_warehouse, upgrade
from connectors.warehouse.engine import WarehouseBroken
from connectors.warehouse.grants import NoServer, grant
from connectors.warehouse.lock import OfficeLock
from sql.objects import create_views, statements

pytestmark = pytest.mark.postgres
AT = datetime(2020, 7, 20, tzinfo=UTC)
UNITS = read_units("code,name,kind\n980112104200,岚峰村,村委会\n")
OWN, OTHER = "patrol", "certified"
SECRET = "4711"


def hand_in(path, form, department, measure, value) -> Submission:
    return Submission(
        path, (form[-1] * 64), 10, datetime(2020, 7, 3, tzinfo=UTC), "key", form, department, "2020-06", cells_read=1, cells_used=1,
        issues=(Issue("M24", Action.WARN, f"填{value}。", "月报", "C5", value, "整数"),),
        readings=(Reading(measure, "980112104200", "岚峰村", "2020-06", value, Status.REPORTED, "月报", "C5", value, "flow_month", "户"),),
    )  # fmt: skip


@pytest.fixture
def urls(postgres_url):
    """Two departments in one office, a second office, grants made; URL → as whom."""
    upgrade(postgres_url)
    with open_warehouse(postgres_url, "town") as warehouse:
        numbers = warehouse.load_all([hand_in("6月/a.xlsx", "F19", "控违办", OWN, "4"), hand_in("6月/b.xlsx", "F16", "残联", OTHER, SECRET)], AT)
        figures = tuple(
            Figure(name, "2020-06", value, Status.REPORTED, 1, 1, lineage=(LineageRow(name, "2020-06", "980112104200", "2020-06", value, n, "月报", "C5"),))
            for name, value, n in ((OWN, "4", numbers[0]), (OTHER, SECRET, numbers[1]))
        )
        standings = tuple(Standing(n, State.ACCEPTED, 1, True, AT, 0, (), (("月报", "C9"),)) for n in numbers)
        due = (Due("F16", "残联", "2020-07", AT), Due("F19", "控违办", "2020-07", AT))
        state = Published("state 1", standings, due, figures, (Contradiction(OWN, OTHER, "2020-06", "4", SECRET),))
        warehouse.publish(state, UNITS, [(OWN, "巡违", "一.8", "flow", "户"), (OTHER, "持证", "一.6", "stock", "人")], AT)
        warehouse.end_run(warehouse.begin_run(AT), "completed")
        granted = grant(warehouse, "town", {"控违办": [OWN], "残联": [OTHER]})
    with open_warehouse(postgres_url, "another") as other:
        other.load(replace(hand_in("c.xlsx", "F19", "控违办", OWN, "99"), sha256="f" * 64), AT)
    name = postgres_url.split("/")[3].split("?")[0]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for person, role in (("reader", granted.reader), ("clerk", granted.departments["控违办"])):
            connection.execute(f'CREATE ROLE "{name}_{person}" LOGIN IN ROLE "{role}"')
    yield {"owner": postgres_url, "reader": f"{name}_reader", "clerk": f"{name}_clerk"} | {"role": granted.departments["控违办"], "other": granted.departments["残联"]}
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for person in ("reader", "clerk"):
            connection.execute(f'DROP OWNED BY "{name}_{person}"')
            connection.execute(f'DROP ROLE "{name}_{person}"')


def as_(urls, person):
    return psycopg.connect(urls["owner"], user=urls[person], autocommit=True)


def everything(connection) -> str:
    return "\n".join(repr(connection.execute(f"SELECT * FROM {view}").fetchall()) for view in statements("views"))


def test_a_reader_sees_every_view_of_his_office_and_no_table(urls):
    with as_(urls, "reader") as connection:
        said = everything(connection)
        assert SECRET in said and "'4'" in said and "c.xlsx" not in said
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert len(tables) > 12
        for (table,) in tables:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f'SELECT 1 FROM "{table}"')
        for attempt in ("DELETE FROM out_run", "CREATE TABLE mine (a int)", "CREATE VIEW mine AS SELECT 1", "DROP VIEW out_run",
                        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", "COPY reading TO STDOUT",
                        "COPY (SELECT 1) TO PROGRAM 'true'", "ALTER VIEW out_run SET (security_barrier = false)"):  # fmt: skip
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)):
                connection.execute(attempt)


def test_a_department_sees_its_own_rows_in_every_view(urls):
    with as_(urls, "clerk") as connection:
        count = {view: connection.execute(f"SELECT count(*) FROM {view}").fetchone()[0] for view in statements("views")}
        assert count == count | {"out_observation": 1, "out_indicator_period": 1, "out_submission": 2, "out_issue": 1, "out_lineage": 1, "out_meta": 1,
                                 "out_run": 0, "out_contradiction": 0}  # fmt: skip
        said = everything(connection)
        assert SECRET not in said and "残联" not in said and "b.xlsx" not in said and OTHER not in said


LEAK = "CREATE FUNCTION pg_temp.leak(anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'seen %', $1; RETURN true; END $$"
OPERATOR = "CREATE OPERATOR pg_temp.<<<< (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.both)"
BOTH = "CREATE FUNCTION pg_temp.both(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'seen %', $1; RETURN true; END $$"


def test_a_cheap_function_or_operator_in_the_condition_sees_no_other_row(urls):
    heard = []
    with as_(urls, "clerk") as connection:
        connection.add_notice_handler(lambda notice: heard.append(notice.message_primary))
        for statement in (LEAK, BOTH, OPERATOR):
            connection.execute(statement)
        for view in statements("views"):
            columns = [c[0] for c in connection.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", (view,))]
            for column in columns:
                connection.execute(f"SELECT 1 FROM {view} WHERE pg_temp.leak({column}::text)")
                connection.execute(f"SELECT 1 FROM {view} WHERE {column}::text OPERATOR(pg_temp.<<<<) 'x'")
        assert any("岚峰村" in line for line in heard)
        assert not [line for line in heard if SECRET in line or "残联" in line or "b.xlsx" in line or OTHER in line]
        for view in statements("views"):
            connection.execute(f"SELECT CASE WHEN 1 / (length(x::text) - length(x::text) + 1) > 0 THEN 1 END FROM {view} x")
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1 FROM out_observation WHERE 1 / (value::int - 4) > 0")
        connection.execute(f"SELECT 1 FROM out_observation WHERE 1 / (value::int - {SECRET}) <> 9")


KEYS = frozenset([
    "office", "indicator", "other", "period", "source_period", "part", "unit_code", "unit_name", "form", "department", "submission_id", "sheet", "cell",
    "kind", "section", "title", "unit", "code", "action", "issue_id", "contract", "revision", "said_at", "recorded_at", "received_at", "first_seen",
    "closed_at", "known_from", "known_to", "due_at", "started_at", "finished_at", "as_of", "seconds",
])  # fmt: skip


def test_how_a_question_is_answered_does_not_tell_what_other_rows_hold(urls):
    """EXPLAIN may be asked of everything that may be read; who asks for a value must not see that work was done for it."""
    with psycopg.connect(urls["owner"], autocommit=True) as owner, as_(urls, "clerk") as clerk:
        asked = 0
        for view in statements("views"):
            for column, kind in owner.execute("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s", (view,)).fetchall():
                if column in KEYS or kind not in ("text", "character varying"):
                    continue
                mine = {row[0] for row in clerk.execute(f"SELECT DISTINCT {column} FROM {view}")}
                for value in {row[0] for row in owner.execute(f"SELECT DISTINCT {column} FROM {view}")} - mine - {None}:
                    there, not_there = (plan(clerk, view, column, one) for one in (value, "nothing like it"))
                    asked += 1
                    assert there == not_there, (view, column, value)
        assert asked > 10


def plan(connection, view: str, column: str, value: str) -> list[str]:
    lines = connection.execute(f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) SELECT 1 FROM {view} WHERE {column} = '{value}'").fetchall()
    return [line.replace(f"'{value}'", "?") for (line,) in lines]


def test_no_way_round(urls):
    with as_(urls, "clerk") as connection:
        with connection.cursor().copy("COPY (SELECT * FROM out_observation) TO STDOUT") as copied:
            assert SECRET.encode() not in b"".join(copied)
        for attempt in (f'SET ROLE "{urls["other"]}"', "SET SESSION AUTHORIZATION postgres", "SELECT * FROM reading", "TABLE grantee", "DELETE FROM out_meta",
                        f'GRANT "{urls["other"]}" TO CURRENT_USER', "ALTER TABLE reading DISABLE ROW LEVEL SECURITY", "DROP POLICY whose ON reading",
                        "SELECT pg_read_file('/etc/passwd')", "SELECT lo_import('/etc/passwd')"):  # fmt: skip
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)):
                connection.execute(attempt)
        connection.execute(f'SET ROLE "{urls["role"]}"')
        assert SECRET not in everything(connection)
        connection.execute("RESET ROLE")
        connection.execute("SET row_security = off")
        for view in ("out_observation", "out_lineage", "out_issue", "out_indicator_period"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {view}")
        connection.execute("RESET row_security")
        hidden = connection.execute("SELECT count(*) FROM pg_stats WHERE tablename IN ('reading', 'figure', 'lineage')").fetchone()
        assert hidden == (0,)


def test_the_night_writes_on_and_an_upgrade_keeps_the_grants(urls):
    with open_warehouse(urls["owner"], "town") as warehouse:
        warehouse.load(replace(hand_in("6月/d.xlsx", "F19", "控违办", OWN, "5"), sha256="d" * 64), AT)
        with warehouse.engine.begin() as connection:
            create_views(connection)
            assert connection.exec_driver_sql("SELECT count(*) FROM out_observation").scalar() == 2
    with as_(urls, "clerk") as connection:
        assert connection.execute("SELECT value FROM out_observation").fetchall() == [("4",)]
        assert SECRET not in everything(connection)


def test_a_file_is_guarded_by_its_permissions(tmp_path):
    url = f"sqlite:///{tmp_path / 'warehouse.db'}"
    upgrade(url)
    with open_warehouse(url, "town") as warehouse, pytest.raises(NoServer, match="chmod 640") as caught:
        grant(warehouse, "town", {})
    assert "\n" not in str(caught.value)


def test_an_account_that_only_reads_cannot_stop_the_office(urls):
    """Every account may take every advisory lock of the server."""
    impatient = urls["owner"] + "&options=-c%20lock_timeout%3D3s"
    with as_(urls, "clerk") as clerk, open_warehouse(impatient, "town") as warehouse:
        clerk.execute("SELECT pg_advisory_lock(7241, n) FROM generate_series(0, 9) n")
        warehouse.note_written("2020-H1", "digest")
        with open_warehouse(impatient, "a new one") as other, other.writing():
            warehouse.note_written("2020-H1", "another")
        with warehouse.writing(), open_warehouse(impatient, "town") as second, pytest.raises(WarehouseBroken), second.writing():
            pass  # one writer of an office at a time


def test_an_account_that_takes_the_lock_of_the_nights_is_named(urls, tmp_path):
    lock = OfficeLock(tmp_path / ".night.lock", urls["owner"], "town")
    with as_(urls, "clerk") as clerk:
        clerk.execute("SELECT pg_advisory_lock(7242, %s)", (zlib.crc32(b"town") - 2**31,))
        with pytest.raises(OfficeBusy, match=f"{urls['clerk']}.*pg_terminate_backend"):
            lock.take(0)
    with closing(lock_held(urls, tmp_path)), pytest.raises(OfficeBusy, match="正有夜间运行"):
        OfficeLock(tmp_path / ".another.lock", urls["owner"], "town").take(0)


def lock_held(urls, tmp_path):
    lock = OfficeLock(tmp_path / ".night.lock", urls["owner"], "town")
    lock.take(10)
    lock.close = lock.release
    return lock


def test_a_department_sees_what_has_become_of_its_own_word(urls):
    with open_warehouse(urls["owner"], "town") as warehouse:
        with psycopg.connect(urls["owner"]) as connection:
            numbers = connection.execute("SELECT submission, form FROM load WHERE office = 1").fetchall()
        words = [warehouse.adjust(Adjustment("revoke", form, "2020-06", "", "", "", "王", "错了", AT, submission=n)) for n, form in numbers]
        warehouse.publish(Published("state 2", (), (), (), words=tuple((n, "in_force") for n in words)), UNITS, [], AT)
    with as_(urls, "reader") as connection:
        assert [row[0] for row in connection.execute("SELECT state FROM out_adjustment")] == ["in_force", "in_force"]
    with as_(urls, "clerk") as connection:
        assert [row[0] for row in connection.execute("SELECT state FROM out_adjustment")] == ["in_force"]


def test_an_upgrade_that_meets_a_persons_own_view_names_it(urls):
    with psycopg.connect(urls["owner"], autocommit=True) as connection:
        connection.execute("CREATE VIEW of_mine AS SELECT * FROM out_meta")
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(WarehouseBroken, match=r"built on the views of huizong.*of_mine"):
        upgrade(urls["owner"])
