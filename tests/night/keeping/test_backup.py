"""A backup is the whole office in one file, and what is not in it is said."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import threading
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from connectors.warehouse import OfficeBusy, WarehouseNotReady, upgrade
from connectors.warehouse.copies import copy_in
from connectors.warehouse.engine import WarehouseBroken, make_engine
from flows import doctor
from flows.keeping.backup import NoBackup, back_up
from flows.keeping.disk import forecast, shown
from flows.keeping.restore import restore
from flows.keeping.retention import NotDeleted
from flows.keeping.verbs import backup_office, keep
from flows.new_office import create_office
from flows.office import Office
from flows.settings import token_key
from tests.night.keeping.kept import digest, files, hand_in, huizong
from tests.night.offices import AS_OF, everything, run_night

ROOT = Path(__file__).resolve().parents[3]


def test_what_is_restored_is_what_was_backed_up_and_the_next_night_has_nothing_to_do(office, tmp_path):
    before, kept, key = digest(office), files(office), token_key(office.settings)
    (office.inbox / "2020年/07月/社会事务办").mkdir(parents=True)
    made = back_up(office, tmp_path, AS_OF)
    file = made.path
    assert file.name.startswith("huizong-") and made.files == len(kept) + 1 and file.stat().st_mode & 0o777 == 0o600
    shutil.rmtree(office.folder)
    again, with_key = restore(file, tmp_path / "elsewhere" / "office")
    assert digest(again) == before and files(again) == kept and not with_key
    assert (again.inbox / "2020年/07月/社会事务办").is_dir(), "a folder that waits for its first file"
    with tarfile.open(file) as tar:
        assert not any(key in inside.read() for m in tar.getmembers() if (inside := tar.extractfile(m))), "the key does not travel"
    assert not run_night(again).changed and digest(again) == before


def test_what_prefect_keeps_of_itself_stays_where_it_is(office, tmp_path):
    """Its database is being written to while the weekly backup is made; copied file by file it would come back torn."""
    prefect = office.folder / ".prefect"
    prefect.mkdir(exist_ok=True)
    for name in ("prefect.db", "prefect.db-wal", "serve.json", "server.log"):
        (prefect / name).write_text("of this machine")
    file = back_up(office, tmp_path, AS_OF).path
    with tarfile.open(file) as tar:
        assert not [name for name in tar.getnames() if name.startswith(".prefect")]
    with tarfile.open(file, "a") as older:
        older.add(prefect, ".prefect")  # as backups had it before
    restored, _ = restore(file, tmp_path / "restored")
    assert not (restored.folder / ".prefect").exists() and everything(restored) == everything(office)


def test_nothing_is_overwritten_and_a_damaged_file_is_refused(office, tmp_path):
    file = back_up(office, tmp_path / "b.tar", AS_OF).path
    with pytest.raises(NoBackup, match="name another file"):
        back_up(office, file, AS_OF)
    with pytest.raises(NoBackup, match="outside"):
        back_up(office, office.folder / "b.tar", AS_OF)
    with pytest.raises(NoBackup, match="not empty"):
        restore(file, office.folder)
    data = bytearray(file.read_bytes())
    place = data.find(b"town_name")
    data[place] ^= 1
    (tmp_path / "bad.tar").write_bytes(data)
    (tmp_path / "cut.tar").write_bytes(data[: len(data) // 2])
    for name in ("bad.tar", "cut.tar"):
        with pytest.raises(NoBackup, match="another"):
            restore(tmp_path / name, tmp_path / "new")
        assert not (tmp_path / "new").exists() and not list(tmp_path.glob(".new-*"))


def test_a_backup_made_while_a_night_writes_is_one_finished_state(office, tmp_path):
    before = digest(office)
    with office.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM figure")
        file = back_up(office, tmp_path / "b.tar", AS_OF).path
        connection.rollback()
    assert digest(restore(file, tmp_path / "new")[0]) == before


@pytest.mark.postgres
def test_a_backup_moves_from_sqlite_to_postgresql_and_back(office, tmp_path, postgres_url, monkeypatch):
    before = digest(office)
    file = back_up(office, tmp_path / "sqlite.tar", AS_OF).path
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", postgres_url)
    stranger = create_office(tmp_path / "stranger")
    run_night(stranger)
    moved, _ = restore(file, tmp_path / "on-postgres")
    assert not list(moved.folder.glob("warehouse.db*"))
    with pytest.raises(WarehouseNotReady, match="nothing was overwritten"):
        restore(file, tmp_path / "twice")
    hand_in(moved, 4)
    run_night(moved)
    back = back_up(moved, tmp_path / "postgres.tar", AS_OF).path
    monkeypatch.delenv("HUIZONG_WAREHOUSE__URL")
    again, _ = restore(back, tmp_path / "again")
    shutil.copytree(moved.inbox, office.inbox, dirs_exist_ok=True)
    run_night(office)
    assert digest(again) == digest(office) != before, "one office of two comes back, with its own rows only"


@pytest.mark.postgres
def test_two_offices_that_move_to_one_server_at_once_get_two_numbers(office, postgres_url):
    """The other one's move has begun and not ended; ours waits for it."""
    upgrade(postgres_url)
    name = office.settings.general.id
    with ThreadPoolExecutor() as pool, psycopg.connect(postgres_url, autocommit=True) as looks:
        with psycopg.connect(postgres_url) as other:
            other.execute("INSERT INTO office (office, name) VALUES (1, 'another')")
            ours = pool.submit(copy_in, office.warehouse_url, postgres_url, name)
            while not looks.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()[0]:
                time.sleep(0.05)
        assert ours.result(60) > 10
        assert dict(looks.execute("SELECT name, office FROM office").fetchall()) == {"another": 1, name: 2}


@pytest.mark.postgres
def test_move_takes_the_office_to_another_engine_and_back_and_never_over_anything(office, tmp_path, postgres_url, monkeypatch):
    before = digest(office)
    verb = ["db", "move", postgres_url, "--office", str(office.folder)]
    with Office(office.folder).alone(0):
        huizong(*verb, code=1)
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", postgres_url)
    looked = Office(office.folder)
    looked.upgrade_warehouse()
    with looked.open_warehouse() as warehouse:
        assert warehouse.runs() == []  # as `huizong doctor` looks before the move
    monkeypatch.delenv("HUIZONG_WAREHOUSE__URL")
    assert "已复制" in huizong(*verb)
    assert digest(office) == before, "the source stays"
    assert "nothing was overwritten" in huizong(*verb, code=1)
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", postgres_url)
    assert digest(looked) == before and not run_night(looked).changed
    back = f"sqlite:///{tmp_path / 'back.db'}"
    huizong("db", "move", back, "--office", str(office.folder))
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", back)
    assert digest(Office(office.folder)) == before


def test_a_slip_written_while_a_backup_is_made_is_not_taken_for_one_that_a_person_edited(office, tmp_path, monkeypatch):
    def slips(text: str) -> None:
        (office.slips / "控违办").mkdir(exist_ok=True)
        (office.slips / "控违办" / "a.xlsx").write_text(text)
        (office.slips / ".slips.json").write_text(json.dumps({"控违办/a.xlsx": {"key": "k", "sha256": hashlib.sha256(text.encode()).hexdigest()}}))

    real, tries = shutil.copytree, []

    def copy(*arguments, **options):
        done = real(*arguments, **options)
        tries.append(1)
        if len(tries) == 1:
            slips("new")
        return done

    slips("old")
    monkeypatch.setattr(shutil, "copytree", copy)
    file = back_up(office, tmp_path / "b.tar", AS_OF).path
    again, _ = restore(file, tmp_path / "new")
    told = json.loads((again.slips / ".slips.json").read_text())["控违办/a.xlsx"]["sha256"]
    assert told == hashlib.sha256((again.slips / "控违办" / "a.xlsx").read_bytes()).hexdigest() and len(tries) > 2


def test_status_says_how_long_the_disk_will_do(office, monkeypatch):
    """Three files since January, an office so many times as large as they are, and what is free: the days follow."""
    usage = namedtuple("usage", "total used free")
    with office.open_warehouse() as warehouse:
        received = sum(row.size for row in warehouse.submissions())
        oldest = min(row.modified for row in warehouse.submissions())
        kept = sum(p.stat().st_size for root in (office.archive.root, office.outputs, office.slips, office.folder) for p in
                   (root.rglob("*") if root != office.folder else root.glob("warehouse.db*")) if p.is_file())  # fmt: skip
        free = 100 * kept
        monkeypatch.setattr("flows.keeping.disk.shutil.disk_usage", lambda _: usage(0, 0, free))
        said = forecast(office, warehouse, AS_OF)
        days = (AS_OF - oldest) / timedelta(days=1)
        expected = free / (received / days * kept / received)
        assert said.startswith("磁盘：还剩") and f"约{expected / 365:.0f}年后用满" in said and "清理" not in said
        monkeypatch.setattr("flows.keeping.disk.shutil.disk_usage", lambda _: usage(0, 0, kept // 10))
        assert "请尽快清理" in forecast(office, warehouse, AS_OF)


def test_what_goes_while_it_is_counted_takes_no_room_and_stops_nothing(office):
    coming_and_going = [office.folder / "warehouse.db-journal", office.archive.root / "part"]
    done = threading.Event()

    def come_and_go():
        while not done.is_set():
            for file in coming_and_going:
                file.touch()
                file.unlink()

    beside = threading.Thread(target=come_and_go)
    beside.start()
    try:
        with office.open_warehouse() as warehouse:
            assert all(forecast(office, warehouse, AS_OF).startswith("磁盘：还剩") for _ in range(100))
    finally:
        done.set()
        beside.join()


def test_results_on_a_disk_of_their_own_have_a_line_of_their_own(office, small_disk):
    settings = office.folder / "huizong.toml"
    settings.write_text(settings.read_text("utf-8").replace('outputs = "outputs"', f'outputs = "{small_disk}/outputs"'), "utf-8")
    office = Office(office.folder)
    with office.open_warehouse() as warehouse:
        lines = forecast(office, warehouse, AS_OF).splitlines()
    assert [line.partition("：")[0] for line in lines] == [f"磁盘 {office.folder}", f"磁盘 {small_disk}"] and "没有增长" not in lines[0]
    found = doctor.disk(office)
    assert f"{small_disk} 所在磁盘剩余{shown(shutil.disk_usage(small_disk).free)}" in found.found and shown(2**31) == "2.0GB" and "2 GB" in found.todo


def test_nothing_is_let_go_beside_a_night(office):
    with Office(office.folder).alone(0):
        with pytest.raises(OfficeBusy):
            keep(office, wait=0)
        assert keep(office, dry_run=True) == ["没有到期要清除的内容。"]


def test_keep_says_what_would_go_and_that_nothing_did(office):
    assert keep(office, dry_run=True) == ["没有到期要清除的内容。"]
    with office.open_warehouse() as warehouse:
        for _ in range(2):
            warehouse.end_run(warehouse.begin_run(AS_OF), "completed")
        with warehouse.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE run SET started_at = '2020-01-01T00:00:00+00:00'")
    said = keep(office, dry_run=True)
    assert "没有动任何内容" in said[0] and "运行记录 1 条" in said[1]
    assert keep(office)[1] == said[1] and keep(office) == ["没有到期要清除的内容。"]


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 700 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if shutil.which("mount") is None or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k", "none", str(disk)], capture_output=True, check=False).returncode:
        pytest.skip("may not mount a disk here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_copy_for_which_there_is_no_room_ends_in_one_line_and_leaves_nothing(office, small_disk):
    (small_disk / "filler").write_bytes(b"\0" * 600_000)
    with pytest.raises(WarehouseBroken, match="no space left"):
        back_up(office, small_disk / "b.tar", AS_OF)
    assert [p.name for p in small_disk.iterdir()] == ["filler"]
    (small_disk / "filler").unlink()
    file = small_disk / "warehouse.db"
    upgrade(f"sqlite:///{file}")
    engine = make_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0008'")
    engine.dispose()
    (small_disk / "filler").write_bytes(b"\0" * max(0, os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize - 40_000))
    with pytest.raises(WarehouseBroken, match="no space left"):
        upgrade(f"sqlite:///{file}")
    assert {p.name for p in small_disk.iterdir()} <= {"filler", "warehouse.db", "warehouse.db-wal", "warehouse.db-shm"}


def test_no_backup_is_made_of_a_damaged_warehouse(office, tmp_path):
    """It would lie there week after week, and could not be restored."""
    with closing(sqlite3.connect(office.folder / "warehouse.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'submission'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with (office.folder / "warehouse.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xaa" * size)
    with pytest.raises(WarehouseBroken, match="is damaged; restore it"):
        back_up(Office(office.folder), tmp_path / "b.tar", AS_OF)
    assert not list(tmp_path.glob("b.tar*"))


def test_a_shared_file_that_may_not_be_read_is_left_out_and_said_and_one_of_the_office_is_not(office, tmp_path, monkeypatch):
    shut, real = {"低保.xlsx"}, Path.open
    (office.inbox / "低保.xlsx").write_bytes(b"x")
    (office.slips / "gone.xlsx").symlink_to(tmp_path / "nowhere")

    def opened(path, *args, **kwargs):
        if path.name in shut:
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", opened)
    said = backup_office(office, tmp_path / "a.tar", with_key=False)
    assert "未备份的共享文件（夹）1 个（inbox/低保.xlsx）" in said and "gone" not in said
    shut.add("huizong.toml")
    with pytest.raises(NoBackup, match=r"huizong\.toml cannot be read"):
        back_up(office, tmp_path / "b.tar", AS_OF)


def test_an_archived_file_that_is_no_longer_what_was_received_is_backed_up_and_said(office, tmp_path):
    one = next(path for path in office.archive.root.rglob("*") if path.is_file())
    one.chmod(0o640)
    one.write_bytes(b"changed")
    said = backup_office(office, tmp_path / "a.tar", with_key=False)
    assert f"存档中与收到时不同的文件1 个（archive/{one.parent.name}/{one.name}），请从更早的备份中取回。" in said


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs another account")
def test_a_folder_that_may_not_be_looked_into_is_never_missed_without_a_word(office):
    """A department's is left out and said; without one of the archive it would be no backup."""
    with tempfile.TemporaryDirectory() as everybody_s:
        place = Path(everybody_s)
        place.chmod(0o777)
        here = Office(shutil.copytree(office.folder, place / "office"))
        shut, listed, kept = here.inbox / "低保", here.inbox / "民政", next(here.archive.root.iterdir())
        for path in (shut, listed):
            path.mkdir()
            (path / "a.xlsx").write_bytes(b"x")
        for path in (here.folder, *here.folder.rglob("*")):
            os.chown(path, 65534, 65534)
        (here.folder / "lost+found").mkdir(0o700)
        _take(shut, 0o700)
        _take(listed, 0o744)
        with _somebody():
            assert "未备份的共享文件（夹）2 个（inbox/低保/、inbox/民政/a.xlsx）" in backup_office(here, place / "a.tar", with_key=False)
        _take(kept, 0o700)
        with _somebody(), pytest.raises(NoBackup, match=f"{kept} cannot be read"):
            back_up(here, place / "b.tar", AS_OF)


def _take(path: Path, mode: int) -> None:
    os.chown(path, 0, 0)
    path.chmod(mode)


@contextmanager
def _somebody():
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_no_backup_is_made_in_what_it_holds(office, tmp_path):
    outside = tmp_path / "outputs"
    outside.mkdir()
    settings = office.folder / "huizong.toml"
    settings.write_text(settings.read_text("utf-8").replace("[paths]", f'[paths]\noutputs = "{outside}"', 1).replace('\noutputs = "outputs"', ""), "utf-8")
    with pytest.raises(NoBackup, match="a part of the office"):
        back_up(Office(office.folder), outside, AS_OF)


def test_no_secret_and_no_owner_file_is_in_a_backup(office, tmp_path):
    settings = office.folder / "huizong.toml"
    said = settings.read_text("utf-8").replace("[paths]", '[paths]\npassword_file = "share.txt"')
    settings.write_text(f'{said}\n[notify]\nurls_file = "robots.txt"\n' if "[notify]" not in said else said.replace("[notify]", '[notify]\nurls_file = "robots.txt"'), "utf-8")
    for name in ("share.txt", "robots.txt", "inbox/~$a.xlsx", "outputs/.~lock.a.docx#"):
        (office.folder / name).parent.mkdir(exist_ok=True)
        (office.folder / name).write_text("SECRET")
    with tarfile.open(back_up(Office(office.folder), tmp_path / "b.tar", AS_OF).path) as tar:
        assert not [m.name for m in tar.getmembers() if (inside := tar.extractfile(m)) and inside.read() == b"SECRET"]


def test_a_log_that_cannot_be_turned_over_is_named_and_the_rest_of_keep_is_done(office):
    log = office.folder / ".prefect" / "server.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("x")
    (log.parent / f"server.log.{office.now():%Y-%m}").mkdir()
    with pytest.raises(NotDeleted, match=r"server\.log"):
        keep(office)
