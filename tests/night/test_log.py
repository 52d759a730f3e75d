"""Whoever alters a row by hand is found out, and the first broken link is named; on both engines."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import force_setattr
from sqlalchemy import text

from connectors.warehouse.outbox import put
from flows.office import Office
from flows.verify import sentence, verify
from flows.words.adjust import correct_cell
from flows.words.revoke import revoke
from tests.night.offices import AS_OF, outputs, rows, run_night
from tests.night.towns import PATROLS, half_year, hand_in, town_in


@pytest.fixture
def town(tmp_path, warehouse_url):
    office = town_in(tmp_path / "office")
    force_setattr(office.settings.warehouse, "url", warehouse_url)
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


UNSAID = (
    ("INSERT INTO let_go SELECT office, submission, recorded_at FROM submission", "到期删除"),
    ("INSERT INTO kept_figure (office, indicator, year, first, last, value, status, reported_units, expected_units, reason, lineage, submissions) "
     "SELECT min(office), 'x', 2020, 1, 6, '7', 'reported', 1, 1, '', '[]', '[]' FROM submission", "到期前的汇总数"),
    ("DELETE FROM issue WHERE issue_id = (SELECT min(issue_id) FROM issue WHERE load <> 0)", "读入的问题"),
    ("UPDATE issue SET message = '已核实' WHERE issue_id = (SELECT min(issue_id) FROM issue WHERE load = 0)", "发布时的问题"),
    ("UPDATE issue SET closed_at = first_seen WHERE issue_id = (SELECT min(issue_id) FROM issue WHERE load <> 0)", "发布时的问题"),
    ("UPDATE issue SET gone_at = first_seen WHERE issue_id = (SELECT min(issue_id) FROM issue WHERE load = 0)", "发布时的问题"),
    ("INSERT INTO issue_past SELECT office, submission, load, issue_id, NULL, '2020-01-01T00:00:00+00:00', '2020-01-02T00:00:00+00:00' FROM issue", "发布时的问题"),
    ("DELETE FROM missing WHERE period = (SELECT min(period) FROM missing)", "应报未报"),
    ("UPDATE missing SET days_late = 0", "迟报天数"),
    ("UPDATE meta SET state = 'x'", "应报未报"),
    ("DELETE FROM reported", "应报未报"),
    ("UPDATE word SET state = 'lapsed'", "应报未报"),
    ("UPDATE unit SET name = '西坡村'", "应报未报"),
    ("UPDATE indicator SET title = '别的指标'", "应报未报"),
    ("INSERT INTO contradiction SELECT office, indicator, indicator, '2020-06', '1', '2' FROM indicator", "应报未报"),
    ("UPDATE printed SET text = '7'", "初稿"),
    ("UPDATE submission SET load_key = 'x' WHERE path LIKE '%2月）.xlsx'", "读入依据被改动"),
    ("UPDATE run SET state = 'failed'", "运行记录被改动或添加"),
    ("INSERT INTO run (office, run, started_at, state) SELECT office, 9, started_at, 'completed' FROM run", "运行记录被改动或添加"),
    ("DELETE FROM run", "最近一次运行的记录不见了"),
    ("UPDATE outbox SET body = '今天不用报'", "“催报”被改动或添加"),
    ("INSERT INTO outbox SELECT office, 'x', channel, kind, about, subject, body, created_at, state, tries, tried_at FROM outbox", "“催报”被改动或添加"),
    ("INSERT INTO figure (office, indicator, title, section, kind, unit, period, value, status, reported_units, expected_units, reason, digest, known_from) "
     "SELECT office, 'forged', title, section, kind, unit, period, '7', status, 1, 1, '', digest, '2020-01-01T00:00:00+00:00' FROM figure WHERE period = '2020-06' AND indicator = '" + PATROLS + "'",
     "那时没有发布过"),
)  # fmt: skip


def test_nothing_that_is_shown_goes_without_a_link(town):
    hand_in(town, 5, {"东山村": "约5", "西坡村": 110}, "拆违控违情况（2020年5月）更正.xlsx", datetime(2020, 7, 2, 9))
    run_night(town)
    outputs(town)
    town.end_run(town.begin_run(AS_OF), "completed", 0, 0, 0, 0.0)
    with town.open_warehouse() as warehouse:
        assert put(warehouse, "late 2020-06", "late", ["wecom"], "催报", "还差一张表", AS_OF) == 1
    assert verify(town).broken == ""
    _each_is_named(town, UNSAID)


def _each_is_named(town, forgeries):
    """Each statement by itself breaks the log, and is said where."""
    with town.open_warehouse() as warehouse, warehouse.engine.connect() as connection:
        for statement, where in forgeries:
            with connection.begin() as forged:
                assert connection.execute(text(statement)).rowcount, statement
                broken = warehouse.first_broken_in(connection)
                forged.rollback()
            assert broken and where in sentence(warehouse, broken), (statement, broken)


ASTRAY = (
    ("UPDATE figure SET status = 'nonsense' WHERE period = '2020-06'", "汇总数被改动"),
    ("UPDATE lineage_past SET known_to = '2020-07-19T00:00:00+00:00'", "汇总数被改动"),
    ("UPDATE lineage_past SET known_to = '2030-01-01T00:00:00+00:00'", "汇总数被改动"),
    ("UPDATE meta SET computed_at = 'nonsense'", "状态时间被改动"),
    ("UPDATE meta SET computed_at = ''", "状态时间被改动"),
    ("INSERT INTO reading SELECT office, 5, seq, measure, unit_code, unit_name, period, value, status, sheet, cell, raw, role, unit, held FROM reading "
     "WHERE submission = (SELECT min(submission) FROM reading)", "不属于任何读入"),
    ("INSERT INTO entry (office, submission, seq, indicator, sheet, row, token, unit_code, refused) SELECT min(office), 5, 0, 'x', 'x', 1, '', '', 0 FROM load",
     "不属于任何读入"),
    ("INSERT INTO entry (office, submission, seq, indicator, sheet, row, day, token, unit_code, refused) SELECT office, load, 0, 'x', 'x', 1, 'nonsense', '', '', 0 FROM load",
     "读入的数据被改动"),
    ("INSERT INTO issue_past SELECT office, submission, load, 'no such', NULL, known_from, known_to FROM "
     "(SELECT office, submission, load, '2020-01-01' AS known_from, '2020-01-02' AS known_to FROM issue WHERE load <> 0 LIMIT 1) x", "不属于任何问题条目"),
)  # fmt: skip


def test_what_is_no_word_no_day_or_nobody_s_is_named_too(town):
    """Also what cannot be read at all: a log that cannot be asked is no answer."""
    hand_in(town, 5, {"东山村": "约5", "西坡村": 111}, "拆违控违情况（2020年5月）更正.xlsx", datetime(2020, 7, 2, 9))
    run_night(town, as_of=AS_OF + timedelta(days=1))
    assert verify(town).broken == ""
    _each_is_named(town, ASTRAY)


def _exchange(connection, now, past, where, columns):
    """What is so and what was so before change places, each with its beginning; the end stays."""
    last = f"{where} AND known_from = (SELECT max(known_from) FROM {past} WHERE {where})"
    rows = {name: [dict(r) for r in connection.execute(text(f"SELECT * FROM {name} WHERE {last if name == past else where}")).mappings()] for name in (now, past)}
    until = max(r["known_to"] for r in rows[past])
    since = {now: max(r["known_from"] for r in rows[past]), past: until}
    for into, held in ((now, rows[past]), (past, rows[now])):
        connection.execute(text(f"DELETE FROM {into} WHERE {last if into == past else where}"))
        for row in held:
            made = {name: row[name] for name in columns(row)} | ({} if into == "lineage" else {"known_from": since[into]}) | ({"known_to": until} if into == past else {})
            names = ", ".join(made)
            connection.execute(text(f"INSERT INTO {into} ({names}) VALUES ({', '.join(f':{name}' for name in made)})"), made)


def test_what_was_answered_before_does_not_pass_for_the_present(town):
    """The log knows what was opened and what was closed; with the ends exchanged all of it is still there."""
    hand_in(town, 5, {"东山村": "约5", "西坡村": 110}, "拆违控违情况（2020年5月）更正.xlsx", datetime(2020, 7, 2, 9))
    run_night(town, as_of=AS_OF + timedelta(days=1))
    last = hand_in(town, 5, {"东山村": 7, "西坡村": 110}, "拆违控违情况（2020年5月）终稿.xlsx", datetime(2020, 7, 21, 9))
    run_night(town, as_of=AS_OF + timedelta(days=2))
    revoke(town, last, "王主任", "交错了", at=AS_OF + timedelta(days=3))
    assert verify(town).broken == ""
    june = f"indicator = '{PATROLS}' AND period = '2020-06'"

    def of_standing(connection):
        one = connection.execute(text("SELECT submission AS n, max(known_to) AS until FROM standing GROUP BY submission HAVING count(*) = 2 AND count(known_to) = 1")).mappings().first()
        connection.execute(text("UPDATE standing SET known_to = CASE WHEN known_to IS NULL THEN :until END WHERE submission = :n"), dict(one))

    def of_figure(connection):
        for now, past in (("lineage", "lineage_past"), ("figure", "figure_past")):
            _exchange(connection, now, past, june, lambda row: [name for name in row if name not in ("known_from", "known_to")])

    def of_issue(connection):
        past = connection.execute(text("SELECT p.* FROM issue_past p JOIN issue i USING (submission, load, issue_id) WHERE p.known_from <> '' AND i.gone_at IS NULL")).mappings().first()
        mine = {name: past[name] for name in ("submission", "load", "issue_id")}
        key = "submission = :submission AND load = :load AND issue_id = :issue_id"
        now = connection.execute(text(f"SELECT closed_at, known_from FROM issue WHERE {key}"), mine).one()
        connection.execute(text(f"UPDATE issue SET closed_at = :closed, known_from = :since WHERE {key}"), mine | {"closed": past["closed_at"], "since": past["known_from"]})
        connection.execute(text(f"UPDATE issue_past SET closed_at = :closed, known_from = :since WHERE {key} AND known_from <> ''"), mine | {"closed": now.closed_at, "since": now.known_from})

    with town.open_warehouse() as warehouse, warehouse.engine.connect() as connection:
        for forge, said in ((of_standing, "报送状态的起止时间"), (of_figure, "汇总数的起止时间"), (of_issue, "关闭情况的起止时间")):
            with connection.begin() as forged:
                forge(connection)
                broken = warehouse.first_broken_in(connection)
                forged.rollback()
            assert broken and said in sentence(warehouse, broken), (forge, broken)


@pytest.mark.parametrize("table", ["figure", "missing", "run", "reading"])
def test_rows_of_an_office_that_nobody_knows_are_named(town, table):
    """The views show every row: a second figure for June would stand beside the first."""
    town.end_run(town.begin_run(AS_OF), "completed", 0, 0, 0, 0.0)
    with town.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        names = list(connection.execute(text(f"SELECT * FROM {table}")).keys())
        connection.execute(text(f"INSERT INTO {table} SELECT {', '.join('99' if n == 'office' else n for n in names)} FROM {table}"))
    broken = verify(town).broken
    assert f"表 {table} 里有不属于任何单位的数据" in broken, broken
    with town.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.execute(text("INSERT INTO office (office, name) VALUES (99, 'x')"))
    assert f"表 {table} 里有不属于任何单位的数据" in verify(town).broken, "it has no log"


def test_a_row_hidden_in_a_text_of_its_neighbour_is_missed(town):
    with town.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        load = connection.execute(text("SELECT submission FROM reading GROUP BY submission HAVING count(*) > 1 ORDER BY 1 LIMIT 1")).scalar()
        first, second = connection.execute(text(f"SELECT * FROM reading WHERE submission = {load} ORDER BY seq LIMIT 2")).all()
        mark = "\x1f"
        inside = [str(value) for value in second[3:]]
        inside[4] = "\1" if second.value is None else second.value
        swallowed = mark.join([first.raw, first.role, first.unit, "1" if first.held else ""]) + "\n" + mark.join(inside[:9])
        connection.execute(text("DELETE FROM reading WHERE submission = :n AND seq = :seq"), {"n": load, "seq": second.seq})
        connection.execute(text("UPDATE reading SET raw = :raw, role = :role, unit = :unit, held = :held WHERE submission = :n AND seq = :seq"),
                           {"raw": swallowed, "role": second.role, "unit": second.unit, "held": second.held, "n": load, "seq": first.seq})  # fmt: skip
    assert "读入的数据被改动" in verify(town).broken


def test_a_view_made_to_answer_otherwise_is_named(town):
    with town.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.execute(text("DROP VIEW out_meta"))
        connection.execute(text("CREATE VIEW out_meta AS SELECT contract, 'x' AS state, computed_at FROM meta"))
    assert "视图 out_meta 被改动或删除" in verify(town).broken


def test_a_trigger_that_would_alter_what_is_written_from_now_on_is_named(town):
    made = {
        "sqlite": ["CREATE TRIGGER sneak AFTER INSERT ON missing BEGIN DELETE FROM missing WHERE form = NEW.form; END"],
        "postgresql": ["CREATE FUNCTION sneak() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                       "CREATE TRIGGER sneak BEFORE INSERT ON missing FOR EACH ROW EXECUTE FUNCTION sneak()"],
    }  # fmt: skip
    with town.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        for statement in made[connection.dialect.name]:
            connection.execute(text(statement))
    assert "触发器或规则 sneak" in verify(town).broken


def test_a_file_that_reads_as_before_under_another_catalogue_is_vouched_for_with_its_new_key(town):
    places = town.folder / "catalog" / "town.yml"
    places.write_text(places.read_text("utf-8") + "# nothing else\n", "utf-8")
    run_night(again := Office(town.folder), town.warehouse_url)
    assert verify(again).broken == ""
    with again.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM submission s JOIN load f ON f.load = s.load WHERE f.load_key <> s.load_key")).scalar()
        connection.execute(text("UPDATE submission SET load_key = (SELECT f.load_key FROM load f WHERE f.load = submission.load)"))
    assert "读入依据被改动" in verify(again).broken


def test_an_earlier_reading_of_a_file_does_not_count_again_by_itself(town):
    catalogue = town.folder / "catalog" / "villages.csv"
    before = catalogue.read_text("utf-8")
    catalogue.write_text(before.replace("西坡村", "西岭村"), "utf-8")  # every file reads otherwise
    run_night(again := Office(town.folder), town.warehouse_url)
    assert verify(again).broken == ""
    catalogue.write_text(before, "utf-8")  # and as it did at first
    run_night(again := Office(town.folder), town.warehouse_url)
    assert verify(again).broken == ""
    with again.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.execute(text("UPDATE submission SET load = (SELECT max(load) FROM load f WHERE f.submission = submission.submission AND f.load <> submission.load)"))
    assert "最近一次读入" in verify(again).broken


def test_a_warehouse_wiped_clean_beside_a_full_archive_is_found_out(tmp_path):
    town = town_in(tmp_path / "office")
    town.upgrade_warehouse()
    assert verify(town).broken == "", "nothing has come yet"
    run_night(town)
    assert verify(town).broken == "", "nor by the first night, which archived its catalogue"
    half_year(town)
    run_night(town)
    for file in (*town.folder.glob("warehouse.db*"), *town.folder.glob(".log-end")):
        file.unlink()
    town.upgrade_warehouse()
    assert "仓库是空的，存档里却有文件" in verify(town).broken


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
