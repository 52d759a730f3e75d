"""Whoever alters a row by hand is found out, and the first broken link is named; on both engines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).parent))
from offices import AS_OF, rows, run_night
from towns import half_year, town_in

from flows.adjust import correct_cell
from flows.verify import verify


@pytest.fixture
def town(tmp_path, warehouse_url):
    office = town_in(tmp_path / "office")
    office.settings.warehouse.__dict__["url"] = warehouse_url
    half_year(office)
    run_night(office)
    cell = next(r for r in rows(office, "out_observation") if r["value"] == "6")
    correct_cell(office, f"{cell['file']}!{cell['sheet']}!{cell['cell']}", "16", "王主任", "少写一位", AS_OF)
    run_night(office)
    return office


LATER_OUTWEIGHS_EARLIER = (
    ("UPDATE lineage SET cells = 'C99' WHERE period = '2020-06' AND cells = 'C5'", "发布 2", "汇总数被改动"),
    ("UPDATE standing SET days_late = 9 WHERE period = '2020-03'", "发布 1", "报送状态"),
    ("UPDATE reading SET value = '999' WHERE value = '110' AND period = '2020-02'", "2020年2月", "读入的数据被改动"),
    ("UPDATE adjustment SET why = '别的原因'", "办公室意见 1", "被改动"),
    ("INSERT INTO adjustment SELECT office, 2, kind, form, period, sheet, cell, expects, \"by\", why, at, binds, indicator, value, submission "
     "FROM adjustment", "办公室意见 1", "被改动"),
    ("UPDATE log SET digest = 'x' WHERE seq = 11", "第 11 环", "这一环或前一环被改动"),
    ("UPDATE submission SET path = '别处.xlsx' WHERE path LIKE '%2月）.xlsx'", "别处.xlsx", "被改动"),
    ("DELETE FROM log WHERE seq = 1", "第 1 环", "不见了"),
)  # fmt: skip


def test_a_row_altered_by_hand_is_named(town):
    assert verify(town).broken == ""
    for statement, where, how in LATER_OUTWEIGHS_EARLIER:
        with town.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
            assert connection.execute(text(statement)).rowcount, statement
        broken = verify(town).broken
        assert where in broken and how in broken, (statement, broken)


def test_a_log_cut_short_is_found_out(town):
    """With its last link what it vouches for: what is left is whole in itself."""
    cell = next(r for r in rows(town, "out_observation") if r["value"] not in ("16", None, "0"))
    correct_cell(town, f"{cell['file']}!{cell['sheet']}!{cell['cell']}", "17", "王主任", "少写一位", AS_OF)
    with town.open_warehouse() as warehouse:
        links, _ = warehouse.log_end()
        with warehouse.engine.begin() as connection:
            connection.execute(text("DELETE FROM adjustment WHERE adjustment = 2"))
            connection.execute(text("DELETE FROM log WHERE seq = (SELECT max(seq) FROM log)"))
    broken = verify(town).broken
    assert f"记有第 {links} 环，日志现止于第 {links - 1} 环" in broken, broken
    (town.folder / ".log-end").unlink()
    assert verify(town).broken == "", "nothing else could have told"


def test_what_is_noted_of_the_log_is_written_with_every_word_and_every_run(town):
    assert town.noted_log_end()[0] > 0, "by the word"
    number = town.begin_run(AS_OF)
    town.end_run(number, "completed", 0, 0, 0, 0.0)
    with town.open_warehouse() as warehouse:
        assert town.noted_log_end() == warehouse.log_end()
    assert verify(town).broken == ""
    (town.folder / ".log-end").write_bytes(b"\xff")
    assert "与日志不符" in verify(town).broken


def test_a_row_put_in_by_hand_is_not_in_the_log(town):
    with town.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO submission (office, submission, path, sha256, size, modified, recorded_at, load, load_key)"
            " SELECT office, 5, path, sha256, size, modified, recorded_at, 5, load_key FROM submission WHERE path LIKE '%2月）.xlsx'"
        ))
    assert "不在日志里" in verify(town).broken


NOBODY = "'2020-01-01T00:00:00+00:00'"
FORGED = (
    f"UPDATE standing SET known_to = {NOBODY} WHERE known_to IS NULL AND period = '2020-03'",
    f"INSERT INTO standing SELECT office, submission, {NOBODY}, NULL, load, form, department, period, state, revision, 1, due_at, 0 "
    "FROM standing WHERE period = '2020-04'",
    f"INSERT INTO hold SELECT office, submission, {NOBODY}, sheet, cell, held, adjusted FROM hold",
    "INSERT INTO lineage (office, indicator, period, seq, unit_code, source_period, value, submission, sheet, cells, part) SELECT office, 'nothing', '2019-06', seq, unit_code, source_period, '99', submission, sheet, cells, part FROM lineage "
    "WHERE period = '2020-06' AND seq = 0 AND indicator = (SELECT min(indicator) FROM lineage WHERE period = '2020-06')",
    "INSERT INTO lineage_past (office, indicator, period, seq, unit_code, source_period, value, submission, sheet, cells, part, known_from, "
    "known_to) SELECT office, indicator, period, seq, unit_code, source_period, '99', submission, sheet, cells, part, "
    f"{NOBODY}, '2020-02-01T00:00:00+00:00' FROM lineage WHERE period = '2020-06'",
    "UPDATE submission SET load = (SELECT max(load) FROM load) WHERE load = (SELECT min(load) FROM load)",
)  # fmt: skip


@pytest.mark.parametrize("statement", FORGED, ids=["closed", "opened", "held", "cells of no figure", "cells of no past figure", "another's reading"])
def test_what_speaks_from_a_time_at_which_nothing_was_shown_is_found_out(town, statement):
    assert verify(town).broken == ""
    with town.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount
    broken = verify(town).broken
    assert "那时没有发布过" in broken or "不是它自己的" in broken, broken


def test_a_spoilt_file_in_the_archive_is_named(tmp_path):
    office = town_in(tmp_path / "office")
    path = half_year(office)[0]
    run_night(office)
    sha256 = next(r["sha256"] for r in rows(office, "out_submission") if r["file"] == path)
    file = office.folder / "archive" / sha256[:2] / sha256
    file.chmod(0o640)
    file.write_bytes(file.read_bytes() + b"x")
    done = subprocess.run([sys.executable, "-m", "flows.cli", "db", "verify", "--office", str(office.folder)], capture_output=True, text=True,
                          check=False, cwd=Path(__file__).resolve().parents[2])  # fmt: skip
    assert done.returncode == 1 and path in done.stdout and "was changed" in done.stdout
