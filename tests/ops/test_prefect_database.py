"""Prefect's own database: what is older than half a year goes by itself, and the file gives the room back."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import psutil

from flows.serve import api
from flows.serve.machine import marked, shrink
from tests.ops.serving import HALF_YEAR, Served, until
from tests.ops.test_runbooks import town

LINES = 30_000


def rows(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database, timeout=60)) as connection:
        old = "datetime('now', '-179 days')"
        return {
            "runs": connection.execute(f"SELECT count(*) FROM flow_run WHERE end_time < {old}").fetchone()[0],
            "logs": connection.execute("SELECT count(*) FROM log WHERE message LIKE 'long ago%'").fetchone()[0],
            "events": connection.execute(f"SELECT count(*) FROM events WHERE occurred < {old}").fetchone()[0],
        }


def made_old(database: Path) -> None:
    """All that is in it happened 200 days ago, and the log of its runs is long."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for table, columns in {"flow_run": ("start_time", "end_time"), "log": ("timestamp",), "events": ("occurred",), "event_resources": ("occurred",)}.items():
            for column in columns:
                connection.execute(f"UPDATE {table} SET {column} = strftime('%Y-%m-%d %H:%M:%f', {column}, '-200 days') WHERE {column} IS NOT NULL")
        (run,) = connection.execute("SELECT id FROM flow_run WHERE parent_task_run_id IS NULL AND end_time IS NOT NULL").fetchone()
        columns = [row[1] for row in connection.execute("PRAGMA table_info(log)")]
        values = {"id": "printf('%08x-0000-4000-8000-000000000000', n)", "message": "'long ago ' || n || hex(randomblob(200))", "flow_run_id": "?", "name": "'old'",
                  "level": "20", "timestamp": "datetime('now', '-200 days')", "created": "datetime('now', '-200 days')", "updated": "datetime('now', '-200 days')"}  # fmt: skip
        connection.execute(
            f"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < {LINES}) "
            f"INSERT INTO log ({', '.join(columns)}) SELECT {', '.join(values.get(column, 'NULL') for column in columns)} FROM t", [run],
        )  # fmt: skip


def test_what_is_old_goes_and_the_file_becomes_small_again(tmp_path):
    office = town(tmp_path / "office")
    database = office.folder / api.HOME / "prefect.db"

    def stop(served: Served) -> None:
        assert served.process is not None
        served.process.send_signal(signal.SIGINT)
        served.process.wait(90)
        psutil.wait_procs(marked(office.folder), timeout=30)

    with Served(office.folder) as served:
        served.ends(served.run("nightly", **HALF_YEAR), "Completed", 300)
        stop(served)
        made_old(database)
        large, before = database.stat().st_size, rows(database)
        assert before["runs"] and before["logs"] == LINES and before["events"]
        served.start()
        fresh = served.run("nightly", **HALF_YEAR)
        served.ends(fresh, "Completed", 300)
        until(lambda: not any(rows(database).values()), 240, "what is old has gone")
        assert served.state(fresh) == "Completed", "and what is new has not"
        stop(served)
        served.start()
        assert database.stat().st_size < large / 2
        assert served.state(fresh) == "Completed"


def test_a_file_with_little_to_give_back_or_that_is_none_is_left_alone(tmp_path):
    shrink(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "broken.db").write_bytes(b"no database " * 1000)
    shrink(tmp_path / "broken.db")
    assert (tmp_path / "broken.db").read_bytes() == b"no database " * 1000
