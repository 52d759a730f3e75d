"""A backup comes back to the last row, with the rights it had, on either engine, and over nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.warehouse import OfficeLock, WarehouseNotReady
from flows.keeping.backup import NoBackup, back_up
from flows.keeping.restore import restore
from flows.new_office import create_office
from flows.office import Office
from flows.settings import key_place, token_key
from flows.verify import verify
from tests.night.keeping.kept import digest, files, hand_in, huizong
from tests.night.offices import AS_OF, everything, rows, run_night

ROOT = Path(__file__).resolve().parents[3]


def test_of_a_folder_of_backups_the_newest_is_restored_and_never_another_office_s(office, tmp_path):
    backups = tmp_path / "backups"
    backups.mkdir()
    with pytest.raises(NoBackup, match="holds no backup"):
        restore(backups, tmp_path / "restored")
    back_up(office, backups, AS_OF)
    hand_in(office, 4)
    run_night(office)
    back_up(office, backups, AS_OF + timedelta(days=1))
    again, _ = restore(backups, tmp_path / "restored")
    assert digest(again) == digest(office)
    (backups / "huizong-other-20200720T020000.tar").touch()
    with pytest.raises(NoBackup, match="name the file"):
        restore(backups, tmp_path / "third")


def test_the_key_travels_when_it_is_asked_for_and_does_not_replace_another(office, tmp_path):
    key = token_key(office.settings)
    file = back_up(office, tmp_path / "with.tar", AS_OF, with_key=True).path
    place = key_place(office.settings)
    place.write_bytes(b"another")
    with pytest.raises(NoBackup, match="another key"):
        restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    place.unlink()
    again, with_key = restore(file, tmp_path / "new")
    assert with_key and token_key(again.settings) == key and not list(again.folder.glob("token.key"))


@pytest.mark.postgres
def test_a_spoilt_office_on_a_server_is_restored_in_its_place_and_what_was_there_is_kept(office, tmp_path, postgres_url, monkeypatch):
    came = len(rows(office, "out_submission"))
    file = back_up(office, tmp_path / "b.tar", AS_OF).path
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", postgres_url)
    run_night(create_office(tmp_path / "stranger"))
    spoilt, _ = restore(file, tmp_path / "spoilt")
    before = everything(spoilt)  # of both offices
    with spoilt.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM figure WHERE office = {warehouse.office}")
    assert everything(spoilt) != before
    again = ["db", "restore", str(file), str(tmp_path / "new")]
    assert "--instead" in huizong(*again, code=1)
    with Office(spoilt.folder).alone(0):
        huizong(*again, "--instead", code=1)
    said = huizong(*again, "--instead")
    assert everything(Office(tmp_path / "new")) == before and verify(Office(tmp_path / "new")).broken == ""
    kept = tmp_path / "new.replaced.db"
    assert kept.name in said.replace("\n", "") and (tmp_path / "new").stat().st_mode == tmp_path.stat().st_mode
    first = kept.read_bytes()
    huizong("db", "restore", str(file), str(tmp_path / "third"), "--instead")
    (tmp_path / "new").rename(tmp_path / "moved")
    huizong(*again, "--instead")
    assert kept.read_bytes() == first and (tmp_path / "new.replaced1.db").is_file(), "what was kept before is not written over"
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", f"sqlite:///{kept}")
    assert rows(Office(spoilt.folder), "out_indicator_period") == [] and len(rows(Office(spoilt.folder), "out_submission")) == came, "nothing is lost"


@pytest.mark.postgres
def test_a_restore_that_the_server_refuses_puts_nothing_outside_the_office(office, tmp_path, postgres_url, monkeypatch):
    """Else the archive it put there would be in the way of the next try."""
    outside = tmp_path / "archive"
    shutil.move(office.archive.root, outside)
    settings = office.folder / "huizong.toml"
    settings.write_text(settings.read_text("utf-8").replace("[paths]", f'[paths]\narchive = "{outside}"', 1), "utf-8")
    office = Office(office.folder)
    assert office.archive.root == outside
    outside.chmod(0o2750)
    file = back_up(office, tmp_path / "b.tar", AS_OF).path
    shutil.rmtree(outside)
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", postgres_url)
    restore(file, tmp_path / "before")
    shutil.rmtree(outside)
    with pytest.raises(WarehouseNotReady, match="--instead"):
        restore(file, tmp_path / "new")
    assert not outside.exists()
    again, _ = restore(file, tmp_path / "new", tmp_path / "kept.db")
    assert not again.archive.empty and again.archive.root == outside and outside.stat().st_mode & 0o7777 == 0o2750


@pytest.mark.postgres
def test_a_restore_killed_when_the_server_had_everything_is_finished_by_the_next(office, tmp_path, postgres_url, monkeypatch):
    before = digest(office)
    file = back_up(office, tmp_path / "b.tar", AS_OF, with_key=True).path
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", postgres_url)
    killed = "import os, sys; from pathlib import Path; from flows.keeping import restore; real = restore.copy_in\n" \
        "restore.copy_in = lambda *all, **more: (real(*all, **more), os._exit(9))\nrestore.restore(Path(sys.argv[1]), Path(sys.argv[2]))"
    done = subprocess.run([sys.executable, "-c", killed, str(file), str(tmp_path / "new")], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == 9 and len(list(tmp_path.glob(".new.restoring-*"))) == 1
    again, with_key = restore(file, tmp_path / "new")
    assert digest(again) == before and with_key and not list(tmp_path.glob(".new*"))
    assert not [p for p in again.folder.iterdir() if p.name.startswith((".restore", "token", "warehouse"))]


def test_names_that_are_no_text_are_backed_up_and_come_back(office, tmp_path):
    """In GBK, as an archive unpacked on the server leaves them: a file, and a folder that waits for its first."""
    inbox = os.fsencode(office.inbox)
    name, folder = inbox + "/低保.xlsx".encode("gbk"), inbox + "/民政".encode("gbk")
    Path(os.fsdecode(name)).write_bytes(b"x")
    Path(os.fsdecode(folder)).mkdir()
    file = back_up(office, tmp_path / "b.tar", AS_OF).path
    again, _ = restore(file, tmp_path / "new")
    assert {p.name for p in office.inbox.iterdir()} == {p.name for p in again.inbox.iterdir()} and files(again) == files(office)


def test_a_department_may_still_hand_in_where_the_office_was_restored(office, tmp_path):
    """The rights that let them into the shared folder come back with it."""
    folder = office.inbox / "2020年"
    folder.chmod(0o2770)
    file = next(folder.rglob("*.xlsx"))
    file.chmod(0o664)
    again, _ = restore(back_up(office, tmp_path / "b.tar", AS_OF).path, tmp_path / "new")
    assert (again.inbox / "2020年").stat().st_mode & 0o7777 == 0o2770
    assert (again.folder / file.relative_to(office.folder)).stat().st_mode & 0o777 == 0o664


def test_a_backup_of_an_earlier_version_comes_back_with_the_rights_that_are_usual_here(office, tmp_path):
    """It said 700 of every empty folder; and an office restored where everybody may write is not everybody's."""
    (office.inbox / "民政").mkdir()
    file = back_up(office, tmp_path / "b.tar", AS_OF).path
    with tarfile.open(file) as tar, tarfile.open(tmp_path / "older.tar", "w") as older:
        for member in tar:
            data = tar.extractfile(member)
            inside = data.read() if data else b""
            if member.name == "MANIFEST.json":
                inside = json.dumps({key: value for key, value in json.loads(inside).items() if key != "modes"}).encode()
                member.size = len(inside)
            member.mode = 0o700 if member.isdir() else member.mode
            older.addfile(member, io.BytesIO(inside))
    everybody_s = tmp_path / "everybody"
    everybody_s.mkdir()
    everybody_s.chmod(0o1777)
    again, _ = restore(tmp_path / "older.tar", everybody_s / "new")
    usual = tmp_path / "usual"
    usual.mkdir()
    assert (again.inbox / "民政").stat().st_mode & 0o777 == usual.stat().st_mode & 0o777 and not again.folder.stat().st_mode & 0o1002


def test_of_two_restores_into_one_folder_at_once_the_second_says_so(office, tmp_path):
    file = back_up(office, tmp_path / "b.tar", AS_OF).path
    first = OfficeLock(tmp_path / ".new.restoring", "", "")
    first.take(0)
    with pytest.raises(NoBackup, match=r"another restore into .*new is at work"):
        restore(file, tmp_path / "new")
    first.release()
    assert digest(restore(file, tmp_path / "new")[0]) == digest(office) and not list(tmp_path.glob(".new*"))
