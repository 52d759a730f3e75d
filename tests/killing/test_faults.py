"""Disk full, read-only, locked, clock set back, two nights at once: one clear line or waiting, and a sound warehouse."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from connectors.warehouse import engine
from flows import office as offices
from flows.keeping.verbs import keep
from flows.verify import verify
from flows.words.adjust import accept_partial, correct_cell, use_figure, withdraw
from flows.words.confirm import confirm_cells
from flows.words.revoke import revoke
from tests.killing.forks import begin, ended, in_a_child, said
from tests.killing.trials import Place, Stage

HOLD = """
import sqlite3, sys, time
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


def mounted(*options: str) -> bool:
    return subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(made, tmp_path) -> Iterator[tuple[Path, Place, Stage]]:
    """The later stage on a disk of its own with some room left."""
    stage, disk = made[1], tmp_path / "disk"
    disk.mkdir()
    if os.name == "nt" or shutil.which("mount") is None or not mounted("-t", "tmpfs", "-o", "size=16m", "none", str(disk)):
        pytest.skip("may not mount a disk here")
    try:
        with stage.place.copied(disk / "office") as copy:
            yield disk, copy, stage
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def free_kilobytes(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_bsize // 1024


def night_after(copy: Place, stage: Stage) -> dict[str, str]:
    def again() -> dict[str, str]:
        copy.run(stage.at)
        return copy.left()

    answer, _ = in_a_child(again)
    return answer


def test_a_disk_that_is_full_ends_in_one_line_and_in_nothing_half(small_disk):
    disk, copy, stage = small_disk
    lines = []
    for left_kilobytes in (0, 40, 90):
        filler = disk / "filler"
        filler.write_bytes(b"\0" * 1024 * max(0, free_kilobytes(disk) - left_kilobytes))
        lines.append(said(in_a_child(lambda: copy.run(stage.at))[0]))
        filler.unlink()
    assert all("run again" in line and ("space" in line or "full" in line) for line in lines), lines
    assert night_after(copy, stage) == stage.expected


def test_a_disk_that_may_only_be_read_ends_in_one_line(small_disk):
    disk, copy, stage = small_disk
    assert mounted("-o", "remount,ro", str(disk))
    line = said(in_a_child(lambda: copy.run(stage.at))[0])
    assert mounted("-o", "remount,rw", str(disk))
    assert "the rights on its folder, then run again" in line
    assert night_after(copy, stage) == stage.expected


@pytest.fixture
def later(made, tmp_path) -> Iterator[tuple[Place, Stage]]:
    with made[1].place.copied(tmp_path / "copy") as copy:
        yield copy, made[1]


def hold(place: Place, seconds: float) -> subprocess.Popen[str]:
    """Another program that has the warehouse locked for so long."""
    program = subprocess.Popen([sys.executable, "-c", HOLD, str(place.folder / "office" / "warehouse.db"), str(seconds)], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None and program.stdout.readline() == "held\n"
    return program


def test_a_warehouse_that_is_locked_for_long_ends_in_one_line(later, monkeypatch):
    copy, stage = later
    monkeypatch.setattr(engine, "BUSY_SECONDS", 1)
    with hold(copy, 600) as program:
        line = said(in_a_child(lambda: copy.run(stage.at))[0])
        program.kill()
    assert "held by another program" in line and "close that program" in line
    assert night_after(copy, stage) == stage.expected


def test_a_warehouse_that_is_locked_for_a_moment_is_waited_for(later):
    copy, stage = later
    with hold(copy, 2) as program:
        began = time.monotonic()
        assert night_after(copy, stage) == stage.expected
        assert time.monotonic() - began > 1
        program.wait()


def test_two_nights_at_once_come_one_after_the_other(nights, tmp_path):
    stage = nights[0]  # its warehouse has to be made first, by one of the two
    with stage.place.copied(tmp_path / "copy") as copy:

        def work() -> str:
            copy.run(stage.at)
            return "ended"

        children = [begin(work) for _ in range(2)]
        assert [ended(*child) for child in children] == [("ended", 0)] * 2
        assert in_a_child(copy.left)[0] == stage.expected


def test_a_night_that_has_waited_long_enough_says_so(nights, tmp_path, monkeypatch):
    monkeypatch.setattr(offices, "WAIT_SECONDS", 0.5)
    with nights[1].place.copied(tmp_path / "copy") as copy, copy.surroundings():
        office = copy.office
        office.lock.take(0)
        assert "正有夜间运行" in said(in_a_child(lambda: copy.run(nights[1].at))[0])
        office.lock.release()
        assert in_a_child(lambda: copy.run(nights[1].at)) == (None, 0)


@pytest.mark.postgres
def test_the_lock_on_the_server_keeps_two_machines_apart(made_on_server, tmp_path, monkeypatch):
    """Two folders, one office on one server: no file lock can know of the other."""
    monkeypatch.setattr(offices, "WAIT_SECONDS", 0.5)
    stage = made_on_server[1]
    with stage.place.copied(tmp_path / "copy") as copy, copy.surroundings():
        shutil.copytree(copy.folder, tmp_path / "other machine")
        copy.office.lock.take(0)
        other = Place(tmp_path / "other machine", copy.url)
        assert "正有夜间运行" in said(in_a_child(lambda: other.run(stage.at))[0])


def test_an_earlier_time_and_back_again_is_the_same_state(later):
    copy, stage = later

    def there_and_back() -> list[dict[str, str]]:
        states = []
        for at in (stage.at, stage.at - timedelta(days=20), stage.at):
            copy.run(at)
            states.append({name: what for name, what in copy.left(times=False).items() if name.startswith("out_") or name == "unsound"})
        return states

    first, earlier, again = in_a_child(there_and_back)[0]
    assert first == again and first["unsound"] == earlier["unsound"] == "{}" and first["out_observation"] != earlier["out_observation"]


def cli(copy: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    with copy.surroundings():
        command = [sys.executable, "-m", "flows.cli", *arguments, "--office", str(copy.folder / "office")]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_clock_that_was_set_back_is_told_before_anything_happens(later):
    copy, stage = later
    with sqlite3.connect(copy.folder / "office" / "warehouse.db") as connection:
        connection.execute("UPDATE run SET started_at = '2999-01-01T00:00:00+00:00'")
    connection.close()
    done = cli(copy, "run")
    assert done.returncode == 1 and "set the clock right" in done.stdout.splitlines()[-1] and "Traceback" not in done.stdout
    found = night_after(copy, stage)
    assert "运行记录被改动" in found.pop("not as written"), "this test altered it by hand"
    assert found == {name: what for name, what in stage.expected.items() if name != "not as written"}


def test_a_clock_that_slips_by_minutes_takes_nothing_back(later):
    """The night speaks from the last one's time: what was said and what came in between stays known."""
    copy, _ = later
    ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=6)
    with closing(sqlite3.connect(copy.folder / "office" / "warehouse.db")) as connection, connection:
        connection.execute("UPDATE run SET started_at = ?", [ahead.isoformat()])
    with copy.surroundings():
        assert copy.office.tonight() == ahead


def test_no_schema_changes_beneath_a_night_of_the_version_before(later, monkeypatch):
    monkeypatch.setattr(offices, "PATIENCE_SECONDS", 0.1)
    copy, _ = later
    file = copy.folder / "office" / "warehouse.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("ALTER TABLE meta DROP COLUMN basis")
        connection.execute("UPDATE alembic_version SET version_num = '0011'")
    with copy.surroundings():
        office = copy.office
        office.lock.take(0)
        assert "正有夜间运行" in said(in_a_child(copy.office.upgrade_warehouse)[0])
        assert not list(file.parent.glob("*.before-*"))
        office.lock.release()
        assert "from version 0011" in in_a_child(copy.office.upgrade_warehouse)[0]


def test_a_person_is_told_at_once_that_a_night_is_at_work(later):
    copy, _ = later
    with copy.surroundings():
        office = copy.office
        office.lock.take(0)
        done = cli(copy, "run")
        office.lock.release()
    assert (done.returncode, done.stdout.count("\n")) == (1, 1) and "请等它结束后再试" in done.stdout


APRIL, TOILETS = "2020年/04月/控违办/拆违控违情况（2020年4月）.xlsx", "2020年/04月/农办/厕所革命（2020年4月）.xlsx"
WORDS = (
    lambda office: revoke(office, APRIL, "王", "错"),
    lambda office: confirm_cells(office, f"{TOILETS}!进度表!D5", "王", "在册数"),
    lambda office: correct_cell(office, f"{APRIL}!月报!C5", "5", "王", "少写"),
    lambda office: accept_partial(office, "illegal_build_patrol_hh", "2020-04", "王", "已报"),
    lambda office: use_figure(office, "disabled_cert_persons", "2020-05", "disabled_cert_persons", "2020-04", "王", "在册数"),
    lambda office: withdraw(office, 1, "王", "错"),
    lambda office: keep(office, wait=0.1),
)


def test_nobody_publishes_or_says_a_word_beside_a_night(nights, tmp_path, monkeypatch):
    monkeypatch.setattr(offices, "PATIENCE_SECONDS", 0.1)
    with nights[1].place.copied(tmp_path / "copy") as copy, copy.surroundings():
        before = in_a_child(copy.left)[0]
        office = copy.office
        office.lock.take(0)
        for word in WORDS:
            assert "正有夜间运行" in said(in_a_child(lambda word=word: word(copy.office))[0])
        office.lock.release()
        assert in_a_child(copy.left)[0] == before


def test_two_people_who_take_files_back_at_once_publish_one_after_the_other(nights, tmp_path):
    with nights[1].place.copied(tmp_path / "copy") as copy, copy.surroundings():

        def take_back(path: str) -> str:
            return revoke(copy.office, path, "王", "错").path

        children = [begin(lambda path=path: take_back(path)) for path in (APRIL, TOILETS)]  # type: ignore[misc]
        assert [ended(*child) for child in children] == [(APRIL, 0), (TOILETS, 0)]

        def found() -> list[object]:
            with copy.office.open_warehouse() as warehouse:
                states = {row.path: row.state for row in warehouse.standing()}
                shown = warehouse.publication()
                return [states[APRIL], states[TOILETS], shown.number if shown else 0, verify(copy.office).broken]

        assert in_a_child(found)[0] == ["revoked", "revoked", 3, ""]


def test_a_person_who_takes_a_file_back_during_a_night_is_told_in_one_sentence(later):
    copy, _ = later
    with copy.surroundings():
        office = copy.office
        office.lock.take(0)
        done = cli(copy, "revoke", APRIL, "--why", "错")
        office.lock.release()
        assert (done.returncode, done.stdout.count("\n")) == (1, 1) and "没有做任何改动；请等它结束后再试" in done.stdout
        assert cli(copy, "revoke", APRIL, "--why", "错").returncode == 0


@pytest.mark.postgres
@pytest.mark.parametrize("row", [3, 150, 330])
def test_a_connection_that_breaks_within_a_copy_ends_in_one_line(made_on_server, tmp_path, monkeypatch, row):
    stage, rows = made_on_server[1], iter(range(10**9))
    own = psycopg.Copy.write_row
    with stage.place.copied(tmp_path / "copy") as copy:

        def write_row(self: psycopg.Copy, values: object) -> None:
            if next(rows) == row:
                copy.cut()
                time.sleep(0.2)
            own(self, values)  # type: ignore[arg-type]

        monkeypatch.setattr(psycopg.Copy, "write_row", write_row)
        line = said(in_a_child(lambda: copy.run(stage.at))[0])
        monkeypatch.undo()
        assert "broke the connection" in line and "run again" in line
        assert night_after(copy, stage) == stage.expected
