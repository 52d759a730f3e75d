"""A night over a share gives what a night over a path gives, also when the server dies in the middle of it."""

from __future__ import annotations

import os
import shutil
import time
from datetime import datetime
from pathlib import Path

import pytest

from flows.intake.collect import collect
from flows.intake.rehearse import look
from flows.new_office import create_office
from flows.office import Office
from flows.settings import BadSettings, load_settings
from flows.slips.owed import owed_slips
from tests.flows.intake.sheets import page, village_rows
from tests.night.offices import AS_OF, everything, rows, run_night
from tests.samba import PASSWORD, USER, Samba

F19 = ("F19", "月报")
VILLAGES = "code,name,kind\n980113105201,东山村,村委会\n980113105202,西坡村,村委会\n"


def office_over(folder: Path, inbox: str) -> Office:
    """A town whose shared folder is ``inbox``."""
    office = create_office(folder)
    (office.folder / "catalog" / "town.yml").write_text("town_name: 清溪\n", "utf-8")
    (office.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    settings = office.folder / "huizong.toml"
    settings.write_text(settings.read_text("utf-8").replace('inbox = "inbox"', f'inbox = "{inbox}"'), "utf-8")
    return Office(office.folder)


def hand_in_all(office: Office, folder: Path) -> list[str]:
    """Five months, and one file that is no report."""
    names = []
    for month in range(1, 6):
        file = folder / f"2020年/{month:02d}月/控违办/拆违控违情况（2020年{month}月）.xlsx"
        file.parent.mkdir(parents=True, exist_ok=True)
        body = village_rows(office.catalogue, *F19, {"巡违控违（户）": [month, 10 * month]}, names=("东山村", "西坡村"))
        file.write_bytes(page(office.catalogue, *F19, body, month=month))
        names.append(file.relative_to(folder).as_posix())
    (folder / "2020年/扫描.pdf").write_bytes(b"%PDF-1.4")
    for path in folder.rglob("*.*"):
        os.utime(path, (datetime(2020, 6, 28).timestamp(),) * 2)
    return sorted(names)


@pytest.fixture
def _account(monkeypatch):
    monkeypatch.setenv("HUIZONG_PATHS__USERNAME", USER)
    monkeypatch.setenv("HUIZONG_PATHS__PASSWORD", PASSWORD)


@pytest.mark.samba
@pytest.mark.usefixtures("_account")
def test_a_night_over_a_share_is_the_night_over_its_path(samba: Samba, tmp_path):
    by_path = office_over(tmp_path / "path", str(samba.share))
    hand_in_all(by_path, samba.share)
    over = office_over(tmp_path / "smb", samba.address())
    assert run_night(by_path).name == run_night(over).name
    assert everything(by_path) == everything(over) and len(rows(over, "out_observation")) > 10


@pytest.mark.samba
@pytest.mark.usefixtures("_account")
def test_a_server_killed_in_mid_copy_ends_in_a_night_that_says_so_and_the_next_one_goes_on(samba: Samba, tmp_path, monkeypatch):
    monkeypatch.setattr("connectors.shares.remote.WAITS", (0.05, 0.1))
    office = office_over(tmp_path / "smb", samba.address())
    names = hand_in_all(office, samba.share)
    real, taken = type(office.share).take, []

    def take(self, file, now=None):
        if len(taken) == 2:
            samba.kill()
        taken.append(file.path)
        return real(self, file, now)

    with monkeypatch.context() as patch:
        patch.setattr(type(office.share), "take", take)
        with office.open_warehouse() as warehouse:
            collected = collect(office, warehouse, AS_OF)
    assert len(collected.new) == 2 and len(taken) == 3, "after the server went, no file is waited for again"
    assert "中途断开" in collected.deferred[0] and all(any(name in said for said in collected.deferred) for name in names[2:])
    assert PASSWORD not in str(collected)
    samba.start()
    run_night(office)
    straight = office_over(tmp_path / "path", str(samba.share))
    run_night(straight)
    assert everything(office) == everything(straight)


@pytest.mark.samba
@pytest.mark.usefixtures("_account")
def test_no_slip_is_closed_while_the_server_is_down(samba: Samba, tmp_path, monkeypatch):
    monkeypatch.setattr("connectors.shares.remote.WAITS", ())
    office = office_over(tmp_path / "smb", samba.address())
    hand_in_all(office, samba.share)
    run_night(office)
    samba.kill()
    with office.open_warehouse() as warehouse:
        assert [row.path for row, _ in owed_slips(office, warehouse) if row.state == "refused"] == ["2020年/扫描.pdf"]
    samba.start()
    (samba.share / "2020年/扫描.pdf").unlink()
    with office.open_warehouse() as warehouse:
        assert [row.path for row, _ in owed_slips(office, warehouse) if row.state == "refused"] == []


def test_a_path_that_is_unmounted_in_mid_copy_is_said_once_and_every_file_is_named(tmp_path, monkeypatch):
    folder = tmp_path / "mounted"
    office = office_over(tmp_path / "office", str(folder))
    names = hand_in_all(office, folder)
    real = type(office.share).take

    def take(self, file, now=None):
        shutil.rmtree(folder, ignore_errors=True)
        return real(self, file, now)

    monkeypatch.setattr(type(office.share), "take", take)
    with office.open_warehouse() as warehouse:
        rehearsed = look(office, warehouse, AS_OF)
        folder.mkdir()
        names = hand_in_all(office, folder)
        collected = collect(office, warehouse, AS_OF)
    assert not collected.new and len(collected.deferred) == 1 + len(names) + 1
    assert not rehearsed.files and rehearsed.deferred == collected.deferred, "and a rehearsal says the same"


def test_a_folder_that_may_not_be_read_is_deferred_by_name(tmp_path, monkeypatch):
    folder = tmp_path / "mounted"
    office = office_over(tmp_path / "office", str(folder))
    names, real = hand_in_all(office, folder), os.scandir
    shut = folder / "民政所"
    shut.mkdir()

    def scandir(path):
        if str(path) == str(shut):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with office.open_warehouse() as warehouse:
        collected = collect(office, warehouse, AS_OF)
    assert set(names) <= {file.path for file in collected.new}
    assert [said for said in collected.deferred if "民政所" in said and "请检查权限" in said] == list(collected.deferred)


def test_a_file_dated_in_the_future_is_named_and_not_passed_over(tmp_path):
    """A machine of a department whose clock is a year ahead: no night would take the file before that day."""
    folder = tmp_path / "mounted"
    office = office_over(tmp_path / "office", str(folder))
    names = hand_in_all(office, folder)
    ahead = time.time() + 365 * 24 * 3600
    os.utime(folder / names[0], (ahead, ahead))
    with office.open_warehouse() as warehouse:
        collected = collect(office, warehouse, AS_OF)
    assert names[0] not in {file.path for file in collected.new}
    assert [said for said in collected.deferred if names[0] in said and "在将来" in said and "重新保存" in said] == list(collected.deferred)


def test_what_fsspec_reaches_needs_no_code_of_ours(tmp_path):
    import fsspec

    files = fsspec.filesystem("memory")
    office = office_over(tmp_path / "office", "memory://huizong-inbox")
    by_path = office_over(tmp_path / "path", str(tmp_path / "inbox"))
    hand_in_all(by_path, tmp_path / "inbox")
    files.put(f"{tmp_path / 'inbox'}/", "/huizong-inbox/", recursive=True)
    try:
        from datetime import UTC

        listing = office.share.listing()
        assert [f.path for f in listing.files] == [f.path for f in by_path.share.listing().files]
        with office.open_warehouse() as warehouse:
            assert len(collect(office, warehouse, datetime.now(UTC)).new) == 6
    finally:
        files.rm("/huizong-inbox", recursive=True)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('inbox = "smb://u:p@host/share"', "must not carry"),
        ('password = "p"', "HUIZONG_PATHS__PASSWORD"),
        ('slips = "smb://host/share"', "must be a path"),
        ('[warehouse]\nurl = "postgresql+psycopg://u:p@host/database"', "HUIZONG_WAREHOUSE__URL"),
        ('[general]\nid = ', "correct that line"),
        ('x = 1\n[[paths.y]]', "paths"),
    ],
)
def test_secrets_and_addresses_stand_where_they_belong(tmp_path, line, says):
    (tmp_path / "huizong.toml").write_text(f"[paths]\n{line}\n", "utf-8")
    with pytest.raises(BadSettings, match=says) as refused:
        load_settings(tmp_path)
    assert "u:p" not in str(refused.value)


def test_a_file_named_in_the_settings_lies_in_the_office_and_notepad_s_mark_is_read_over(tmp_path, monkeypatch):
    from flows.settings import share_password

    (tmp_path / "office").mkdir()
    (tmp_path / "office" / "secret").write_text("geheim", "utf-8")
    (tmp_path / "office" / "huizong.toml").write_text('[paths]\npassword_file = "secret"\n', "utf-8-sig")
    monkeypatch.chdir(tmp_path)
    assert share_password(load_settings(tmp_path / "office")) == "geheim"


def test_the_password_may_stand_in_a_file_named_in_the_settings(tmp_path):
    from flows.settings import share_password

    (tmp_path / "secret").write_text("geheim\n", "utf-8")
    (tmp_path / "huizong.toml").write_text(f"[paths]\npassword_file = '{tmp_path / 'secret'}'\n", "utf-8")
    assert share_password(load_settings(tmp_path)) == "geheim"
    (tmp_path / "secret").unlink()
    with pytest.raises(BadSettings, match="password_file"):
        share_password(load_settings(tmp_path))
