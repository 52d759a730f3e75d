"""A backup is the whole office in one file, and comes back to the last row on either engine."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tarfile
from datetime import datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "flows" / "intake"))
from offices import AS_OF, everything, run_night
from sheets import page, village_rows

from connectors.warehouse import WarehouseNotReady
from flows.keeping.backup import NoBackup, back_up, restore
from flows.keeping.disk import forecast
from flows.keeping.verbs import keep
from flows.new_office import create_office
from flows.office import Office
from flows.settings import key_place, token_key

F19 = ("F19", "月报")
VILLAGES = "code,name,kind\n980113105201,东山村,村委会\n980113105202,西坡村,村委会\n"


@pytest.fixture
def office(tmp_path, monkeypatch):
    """Three months handed in, one night run; the key in a file of its own."""
    monkeypatch.delenv("HUIZONG_PRIVACY__KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = create_office(tmp_path / "office")
    (made.folder / "catalog" / "town.yml").write_text("town_name: 清溪\n", "utf-8")
    (made.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    hand_in(made, 1, 2, 3)
    run_night(made)
    return Office(made.folder)


def hand_in(office: Office, *months: int) -> None:
    for month in months:
        file = office.inbox / f"2020年/{month:02d}月/控违办/拆违控违情况（2020年{month}月）.xlsx"
        file.parent.mkdir(parents=True, exist_ok=True)
        body = village_rows(office.catalogue, *F19, {"巡违控违（户）": [month, 10 * month]}, names=("东山村", "西坡村"))
        file.write_bytes(page(office.catalogue, *F19, body, month=month))
        os.utime(file, (datetime(2020, month, 28).timestamp(),) * 2)


def digest(office: Office) -> str:
    """Every out_ view, row for row."""
    return hashlib.sha256(repr(everything(office)).encode()).hexdigest()


def files(office: Office) -> dict[str, bytes]:
    found = (p for p in office.folder.rglob("*") if p.is_file() and not p.name.startswith("warehouse.db"))
    return {p.relative_to(office.folder).as_posix(): p.read_bytes() for p in found}


def test_what_is_restored_is_what_was_backed_up_and_the_next_night_has_nothing_to_do(office, tmp_path):
    before, kept, key = digest(office), files(office), token_key(office.settings)
    file, count = back_up(office, tmp_path, AS_OF)
    assert file.name.startswith("huizong-") and count == len(kept) + 1 and file.stat().st_mode & 0o777 == 0o600
    shutil.rmtree(office.folder)
    again, with_key = restore(file, tmp_path / "elsewhere" / "office")
    assert digest(again) == before and files(again) == kept and not with_key
    with tarfile.open(file) as tar:
        assert not any(key in inside.read() for m in tar.getmembers() if (inside := tar.extractfile(m))), "the key does not travel"
    assert not run_night(again).changed and digest(again) == before


def test_the_key_travels_when_it_is_asked_for_and_does_not_replace_another(office, tmp_path):
    key = token_key(office.settings)
    file, _ = back_up(office, tmp_path / "with.tar", AS_OF, with_key=True)
    place = key_place(office.settings)
    place.write_bytes(b"another")
    with pytest.raises(NoBackup, match="another key"):
        restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    place.unlink()
    again, with_key = restore(file, tmp_path / "new")
    assert with_key and token_key(again.settings) == key and not list(again.folder.glob("token.key"))


def test_nothing_is_overwritten_and_a_damaged_file_is_refused(office, tmp_path):
    file, _ = back_up(office, tmp_path / "b.tar", AS_OF)
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
        file, _ = back_up(office, tmp_path / "b.tar", AS_OF)
        connection.rollback()
    assert digest(restore(file, tmp_path / "new")[0]) == before


@pytest.mark.postgres
def test_a_backup_moves_from_sqlite_to_postgresql_and_back(office, tmp_path, postgres_url, monkeypatch):
    before = digest(office)
    file, _ = back_up(office, tmp_path / "sqlite.tar", AS_OF)
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", postgres_url)
    stranger = create_office(tmp_path / "stranger")
    run_night(stranger)
    moved, _ = restore(file, tmp_path / "on-postgres")
    assert not list(moved.folder.glob("warehouse.db*"))
    with pytest.raises(WarehouseNotReady, match="nothing was overwritten"):
        restore(file, tmp_path / "twice")
    hand_in(moved, 4)
    run_night(moved)
    back, _ = back_up(moved, tmp_path / "postgres.tar", AS_OF)
    monkeypatch.delenv("HUIZONG_WAREHOUSE__URL")
    again, _ = restore(back, tmp_path / "again")
    shutil.copytree(moved.inbox, office.inbox, dirs_exist_ok=True)
    run_night(office)
    assert digest(again) == digest(office) != before, "one office of two comes back, with its own rows only"


def test_status_says_how_long_the_disk_will_do(office):
    with office.open_warehouse() as warehouse:
        said = forecast(office, warehouse, AS_OF)
    assert said.startswith("磁盘：还剩") and "用满" in said and "\n" not in said


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
