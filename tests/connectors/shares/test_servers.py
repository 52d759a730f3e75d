"""SFTP, WebDAV and S3 with no code of ours: real servers on loopback, read and written to as a Samba is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest

from connectors.shares import NoShare, NotReturned, Share, Unsettled, list_files, open_share
from connectors.shares.returning import open_return
from tests.file_servers import GUEST, PASSWORD, USER, s3_server, sftp_server, webdav_server

NAMES = ("2020年/06月/民政 (终稿).xlsx", f"{'很长的名字' * 12}.xlsx", "A.xlsx", "~$A.xlsx", "Thumbs.db", "#recycle/old.xlsx")
LONG_AGO = 1_593_500_000


@pytest.fixture
def configured(monkeypatch) -> Iterator[Callable[[str, dict], None]]:
    """fsspec's own settings, as FSSPEC_S3_ENDPOINT_URL and the like make them."""
    yield lambda kind, told: monkeypatch.setitem(fsspec.config.conf, kind, told)


@pytest.fixture(params=["sftp", "webdav"])
def served(request, tmp_path, configured) -> Iterator[tuple[str, Path]]:
    """(address of the server, the folder behind it)."""
    folder = tmp_path / "behind"
    folder.mkdir()
    if request.param == "sftp":
        pytest.importorskip("paramiko")
        with sftp_server(folder) as address:
            yield f"{address}/", folder
        return
    pytest.importorskip("webdav4")
    pytest.importorskip("wsgidav")
    with webdav_server(folder) as address:
        configured("webdav", {"base_url": address})
        yield "webdav://", folder


def opened(address: str, password: str = PASSWORD) -> Share:
    share = open_share(address, Path(), USER, password)
    share.waits = ()
    return share


def put(folder: Path, name: str, data: bytes) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    os.utime(file, (LONG_AGO,) * 2)


def test_a_server_lists_and_reads_as_the_path_behind_it(served):
    address, folder = served
    for name in NAMES:
        put(folder, f"上报/{name}", name.encode())
    share = opened(f"{address}上报")
    listing = share.listing()
    assert listing == list_files(folder / "上报") and len(listing.files) == 3
    assert [share.take(file) for file in listing.files] == [file.path.encode() for file in listing.files]
    assert share.has("A.xlsx") and not share.has("gone.xlsx")
    a = next(file for file in listing.files if file.path == "A.xlsx")
    (folder / "上报/A.xlsx").write_bytes(b"another")
    with pytest.raises(Unsettled, match="正在保存"):
        share.take(a)
    (folder / "上报/A.xlsx").unlink()
    with pytest.raises(Unsettled, match=r"A\.xlsx.*不在原处.*下次再收"):
        share.take(a)


def test_a_folder_that_is_not_there_and_a_wrong_password_are_one_line_each(served):
    address, folder = served
    with pytest.raises(NoShare, match="is not there"):
        opened(f"{address}上报").reach()
    put(folder, "上报/A.xlsx", b"1")
    with pytest.raises(NoShare, match="refuses the user or the password") as refused:
        opened(f"{address}上报", "falsch").reach()
    assert "falsch" not in str(refused.value) and "\n" not in str(refused.value)


def test_slips_are_put_whole_and_a_guest_is_told(served):
    address, folder = served
    back = open_return(f"{address}退回", USER, PASSWORD)
    for text in (b"1", b"2"):
        back.put("残联/a.xlsx", text)
        assert back.read("残联/a.xlsx") == text
        back.move("残联/a.xlsx", "残联/已办结/a.xlsx")
    assert back.read("残联/a.xlsx") is None
    assert {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == {"退回/残联/已办结/a.xlsx": b"2"}
    shut = f"{address}readonly/退回" if address.startswith("webdav") else f"{address}退回"
    with pytest.raises(NotReturned):
        open_return(shut, GUEST, PASSWORD).put("残联/a.xlsx", b"3")


def test_a_bucket_lists_reads_and_takes_slips(configured):
    pytest.importorskip("s3fs")
    pytest.importorskip("moto")
    with s3_server() as address:
        configured("s3", {"endpoint_url": address})
        files = fsspec.filesystem("s3", key=USER, secret=PASSWORD, skip_instance_cache=True)
        for name in NAMES:
            files.pipe_file(f"huizong/上报/{name}", name.encode())
        files.pipe_file("huizong/上报/2020年/", b"")  # how some of them remember a folder
        share = opened("s3://huizong/上报")
        listing = share.listing()
        assert [file.path for file in listing.files] == sorted(name for name in NAMES if name.endswith(".xlsx") and name[0] not in "~#")
        assert {item.path: item.rule for item in listing.ignored} == {"#recycle": "system folder", "2020年/2020年": "folder mark", "Thumbs.db": "system file", "~$A.xlsx": "owner file"}
        assert [share.take(file) for file in listing.files] == [file.path.encode() for file in listing.files]
        assert share.has("A.xlsx") and not share.has("gone.xlsx")
        a = next(file for file in listing.files if file.path == "A.xlsx")
        files.pipe_file("huizong/上报/A.xlsx", b"another")
        with pytest.raises(Unsettled, match="正在保存"):
            share.take(a)
        files.rm_file("huizong/上报/A.xlsx")
        with pytest.raises(Unsettled, match="不在原处"):
            share.take(a)
        with pytest.raises(NoShare, match="is not there"):
            opened("s3://nobody-s/上报").reach()
        back = open_return("s3://huizong/退回", USER, PASSWORD)
        back.put("残联/a.xlsx", b"1")
        back.put("残联/a.xlsx", b"2")
        back.move("残联/a.xlsx", "残联/已办结/a.xlsx")
        back.probe()
        files.invalidate_cache()
        assert files.find("huizong/退回") == ["huizong/退回/残联/已办结/a.xlsx"] and back.read("残联/已办结/a.xlsx") == b"2"
    with pytest.raises(NoShare, match="does not answer"):
        share.listing()
