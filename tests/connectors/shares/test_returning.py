"""The one folder on a server that is written to: whole files or none, and nothing beside it is touched."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
import smbclient

from connectors.shares import NoShare, NotReturned
from connectors.shares.returning import ReturnFolder, open_return
from connectors.shares.smb import SmbReturn
from tests.samba import PASSWORD, USER, Samba

PLACE = "残联/2020-06 残疾人服务情况月报表（退回）.xlsx"


def returning(samba: Samba, share: str = "writable", waits=(0.05,), password: str = PASSWORD) -> ReturnFolder:
    found = open_return(samba.address("退回", share), USER, password)
    found.share.waits = waits
    return found


def everything(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.samba
def test_a_slip_is_put_replaced_read_and_moved_and_nothing_else_is_touched(samba):
    (samba.share / "上报.xlsx").write_bytes(b"theirs")
    folder = returning(samba)
    assert folder.read(PLACE) is None
    folder.put(PLACE, b"1" * 300_000)
    folder.put(PLACE, b"2")
    assert folder.read(PLACE) == b"2"
    folder.move(PLACE, "残联/已办结/a.xlsx")
    folder.put(PLACE, b"3")
    folder.move(PLACE, "残联/已办结/a.xlsx")
    folder.move(PLACE, "残联/已办结/a.xlsx")  # it has gone: nothing to move
    folder.probe()
    assert everything(samba.share) == {"上报.xlsx": b"theirs", "退回/残联/已办结/a.xlsx": b"3"}


@pytest.mark.samba
def test_a_server_that_dies_between_writing_and_renaming_leaves_the_old_slip_and_the_next_try_leaves_no_trace(samba, monkeypatch):
    folder = returning(samba)
    folder.put(PLACE, b"old")

    def die(self, *_, **__):
        samba.kill()
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(SmbReturn, "mv", die)
        with pytest.raises(NoShare, match=r"does not answer.*paths\.slips_to") as away:
            folder.put(PLACE, b"new")
    assert PASSWORD not in str(away.value)
    samba.start()
    assert folder.read(PLACE) == b"old"
    folder.put(PLACE, b"new")
    assert everything(samba.share) == {f"退回/{PLACE}": b"new"}


@pytest.mark.samba
def test_a_slip_that_a_department_has_open_waits(samba):
    folder = returning(samba)
    folder.put(PLACE, b"old")
    theirs: dict = {}
    smbclient.register_session("127.0.0.1", username=USER, password=PASSWORD, port=samba.port, connection_cache=theirs)
    unc = "\\\\127.0.0.1\\writable\\退回\\" + PLACE.replace("/", "\\")
    with smbclient.open_file(unc, "r+b", share_access="r", port=samba.port, connection_cache=theirs), pytest.raises(NotReturned, match="下次再送"):
        folder.put(PLACE, b"new")
    folder.put(PLACE, b"new")
    assert everything(samba.share) == {f"退回/{PLACE}": b"new"}


@pytest.mark.samba
def test_a_share_that_may_not_be_written_says_so(samba):
    with pytest.raises(NotReturned, match="没有写入权限"):
        returning(samba, "share").put(PLACE, b"1")
    with pytest.raises(NotReturned, match="不可写入"):
        returning(samba, "share").probe()
    with pytest.raises(NoShare, match="user or the password"):
        returning(samba, password="falsch").put(PLACE, b"1")


def test_any_file_system_of_fsspec_takes_slips_the_same_way():
    folder = Path(tempfile.mkdtemp())
    try:
        back = open_return(f"file://{folder}/退回")
        back.put(PLACE, b"1")
        back.put(PLACE, b"2")
        back.move(PLACE, "残联/已办结/a.xlsx")
        back.probe()
        assert everything(folder) == {"退回/残联/已办结/a.xlsx": b"2"} and back.read("b.xlsx") is None
        if os.geteuid():
            (folder / "退回").chmod(0o500)
            with pytest.raises(NotReturned):
                back.put("b/c.xlsx", b"1")
    finally:
        (folder / "退回").chmod(0o700)
        shutil.rmtree(folder)
