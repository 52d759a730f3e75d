"""A share on a real Samba: read as a path is read, never written, and every trouble one sentence."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import smbclient
from smbprotocol.connection import Connection

from connectors.shares import NoShare, Share, Unsettled, list_files, open_share
from tests.samba import PASSWORD, USER, Samba

pytestmark = pytest.mark.samba
NOON = datetime(2020, 6, 30, 12, tzinfo=UTC)


def share(samba: Samba, folder: str = "", name: str = "share", username: str = USER, password: str = PASSWORD, waits=(0.05,)) -> Share:
    found = open_share(samba.address(folder, name), Path(), username, password)
    found.waits = waits
    return found


def put(samba: Samba, path: str, content: bytes = b"x", when: datetime = NOON) -> Path:
    file = samba.share / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    os.utime(file, (when.timestamp(), when.timestamp()))
    return file


@contextmanager
def requests():
    """What is sent to the server meanwhile, by command."""
    sent: Counter[str] = Counter()
    real = Connection.send

    def send(self, message, *rest, **options):
        sent[type(message).__name__] += 1
        return real(self, message, *rest, **options)

    Connection.send = send
    try:
        yield sent
    finally:
        Connection.send = real


def test_a_share_lists_and_reads_as_the_path_behind_it(samba):
    long = "/".join(["二〇二〇年度各村（社区）上报材料汇总"] * 12)
    for name in ("2020年/06月/民政 #1 (终稿).xlsx", f"{long}/{'很长的名字' * 15}.xlsx", "A.xlsx", "a/B.XLSX", "a/Thumbs.db", "#recycle/old.xlsx", ".x"):
        put(samba, name, name.encode())
    assert max(len(f.path) for f in list_files(samba.share).files) > 260
    over = share(samba)
    assert over.listing() == list_files(samba.share)
    for file in over.listing().files:
        assert over.take(file, NOON + timedelta(days=1)) == file.path.encode()
    assert share(samba, "2020年/06月").listing().files[0].path == "民政 #1 (终稿).xlsx"
    assert over.has("A.xlsx") and not over.has("gone.xlsx")


def test_what_is_later_than_as_of_is_not_seen(samba):
    put(samba, "a.xlsx")
    over = share(samba)
    assert over.listing(NOON).files and not over.listing(NOON - timedelta(hours=1)).files


def test_names_that_differ_by_case_only_are_two_files_and_a_changed_case_is_a_new_name(samba):
    put(samba, "报表A.xlsx", b"1")
    over = share(samba)
    before = over.listing().files
    (samba.share / "报表A.xlsx").rename(samba.share / "报表a.xlsx")
    put(samba, "报表A.xlsx", b"22")
    with pytest.raises(Unsettled, match="正在保存"):
        over.take(before[0])
    assert [over.take(f) for f in over.listing().files] == [b"22", b"1"]


def test_ten_thousand_files_cost_a_listing(samba):
    for number in range(10_000):
        (samba.share / f"{number:05}.xlsx").touch()
    over = share(samba)
    with requests() as sent:
        assert len(over.listing().files) == 10_000
    assert sent["SMB2CloseRequest"] == 1 and sum(sent.values()) < 150, sent


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"password": "falsch"}, "refuses the user or the password"),
        ({"username": "niemand"}, "refuses the user or the password"),
        ({"name": "closed"}, "may not be read with this account"),
        ({"name": "nope"}, "is not there"),
        ({"folder": "2020年"}, "is not there"),
    ],
)
def test_what_keeps_a_share_shut_is_one_line_without_the_password_and_is_not_tried_again(samba, wrong, says):
    over = share(samba, waits=(60.0,), **wrong)
    began = time.monotonic()
    with pytest.raises(NoShare, match=says) as refused:
        over.reach()
    assert time.monotonic() - began < 10
    assert "\n" not in str(refused.value) and PASSWORD not in f"{refused.value!r}{over!r}" and "falsch" not in f"{refused.value!r}{over!r}"


def test_a_folder_and_a_file_without_permission_are_named_and_the_others_come_in(samba):
    folder = Path(tempfile.mkdtemp())
    (samba.home / "smb.conf").write_text((samba.home / "smb.conf").read_text("utf-8").replace(str(samba.share), str(folder)), "utf-8")
    samba.kill()
    samba.share = folder
    samba.start()
    try:
        put(samba, "a.xlsx")
        put(samba, "b.xlsx").chmod(0)
        put(samba, "关/c.xlsx").parent.chmod(0)
        folder.chmod(0o755)
        over = share(samba, name="limited")
        listing = over.listing()
        assert [f.path for f in listing.files] == ["a.xlsx", "b.xlsx"] and listing.ignored[0].rule == "cannot be listed (no permission)"
        with pytest.raises(Unsettled, match=r"b\.xlsx.*没有读取权限"):
            over.take(listing.files[1])
    finally:
        (folder / "关").chmod(0o755)
        shutil.rmtree(folder)


def test_m03_a_workbook_that_a_department_has_open_is_taken_next_time(samba):
    put(samba, "民政.xlsx", b"1234")
    over = share(samba)
    (file,) = over.listing().files
    theirs: dict = {}
    smbclient.register_session("127.0.0.1", username=USER, password=PASSWORD, port=samba.port, connection_cache=theirs)
    unc = "\\\\127.0.0.1\\writable\\民政.xlsx"
    as_excel_does = smbclient.open_file(unc, "r+b", share_access="r", port=samba.port, connection_cache=theirs)
    with as_excel_does, pytest.raises(Unsettled, match=r"民政.*被占用"):
        over.take(file)
    assert over.take(file) == b"1234"
    put(samba, "~$民政.xlsx")
    over.listing()
    with pytest.raises(Unsettled, match="正被打开"):
        over.take(file, NOON + timedelta(hours=1))
    assert over.take(file, NOON + timedelta(days=2)) == b"1234"


def test_m03_a_file_that_changes_while_it_is_read_or_goes_is_taken_next_time(samba, monkeypatch):
    from connectors.shares.smb import Smb

    path = put(samba, "a.xlsx", b"x" * 300_000)
    over = share(samba)
    (file,) = over.listing().files
    real = Smb.cat_file
    with monkeypatch.context() as patch:

        def read_slowly(self, name):
            data = real(self, name)
            path.write_bytes(b"y" * 300_000)
            return data

        patch.setattr(Smb, "cat_file", read_slowly)
        with pytest.raises(Unsettled, match="正在保存"):
            over.take(file)
    path.unlink()
    with pytest.raises(Unsettled, match="不在原处"):
        over.take(file)


def test_a_renamed_folder_is_deferred_by_name_and_found_again(samba):
    put(samba, "民政办/a.xlsx")
    over = share(samba)
    (file,) = over.listing().files
    (samba.share / "民政办").rename(samba.share / "社会事务办")
    with pytest.raises(Unsettled, match=r"民政办/a.xlsx.*不在原处"):
        over.take(file)
    assert [f.path for f in over.listing().files] == ["社会事务办/a.xlsx"]


def test_a_server_that_comes_back_between_two_tries_was_never_away(samba):
    put(samba, "a.xlsx")
    over = share(samba, waits=(0.1, 0.5))
    (file,) = over.listing().files
    samba.kill()
    samba.start()
    assert over.take(file) == b"x"
    samba.kill()
    with pytest.raises(NoShare, match="does not answer"):
        over.take(file)


def test_a_server_that_hangs_does_not_hang_the_night(samba):
    put(samba, "a.xlsx")
    over = share(samba)
    over.patience = 0.5
    (file,) = over.listing().files
    samba.signal(signal.SIGSTOP)
    with pytest.raises(NoShare, match="does not answer"):
        over.take(file)


def test_nothing_is_ever_written_into_the_departments_folder(samba):
    put(samba, "a/b.xlsx", b"1")

    def state():
        return sorted((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in samba.share.rglob("*"))

    before = state()
    over = share(samba, name="writable")
    over.take(over.listing().files[0])
    assert state() == before
    with pytest.raises(PermissionError):
        over.connect()[0].pipe_file("/writable/a/b.xlsx", b"2")
    assert state() == before
