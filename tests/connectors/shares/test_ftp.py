"""What fsspec reaches needs no code of ours: a real FTP server on loopback, read and written to as a Samba is."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.shares import NoShare, NotReturned, Unsettled, list_files, open_share
from connectors.shares.returning import open_return

pytest.importorskip("pyftpdlib", reason="pyftpdlib is not installed")


@pytest.fixture
def ftp(tmp_path) -> Iterator[tuple[str, Path]]:
    """(address of the server, the folder behind it): clerk may do everything, guest may only read."""
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import ThreadedFTPServer

    logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL)
    accounts = DummyAuthorizer()
    accounts.add_user("clerk", "geheim", str(tmp_path), perm="elradfmwMT")
    accounts.add_user("guest", "geheim", str(tmp_path), perm="elr")
    handler = type("Handler", (FTPHandler,), {"authorizer": accounts, "encoding": "utf-8", "auth_failed_timeout": 0})
    server = ThreadedFTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"timeout": 0.1})
    thread.start()
    yield f"ftp://127.0.0.1:{server.socket.getsockname()[1]}", tmp_path
    server.close_all()
    thread.join(10)


def test_an_ftp_server_lists_and_reads_as_the_path_behind_it(ftp):
    address, folder = ftp
    for name in ("2020年/06月/民政 #1 (终稿).xlsx", "A.xlsx", "~$A.xlsx", "Thumbs.db", "#recycle/old.xlsx"):
        file = folder / "上报" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
        os.utime(file, (1_593_500_000,) * 2)
    share = open_share(f"{address}/上报", Path(), "clerk", "geheim")
    share.waits = ()
    listing = share.listing()
    assert listing == list_files(folder / "上报") and len(listing.files) == 2
    assert [share.take(file) for file in listing.files] == [file.path.encode() for file in listing.files]
    assert share.has("A.xlsx") and not share.has("gone.xlsx")
    (folder / "上报/A.xlsx").write_bytes(b"another")
    with pytest.raises(Unsettled, match="正在保存"):
        share.take(listing.files[1])
    (folder / "上报/A.xlsx").unlink()
    with pytest.raises(Unsettled, match=r"A\.xlsx.*下次再收"):
        share.take(listing.files[1])


def test_a_wrong_password_is_one_line_and_slips_are_put_whole(ftp):
    address, folder = ftp
    with pytest.raises(NoShare, match="refuses the user or the password") as refused:
        open_share(address, Path(), "clerk", "falsch").reach()
    assert "falsch" not in str(refused.value)
    back = open_return(f"{address}/退回", "clerk", "geheim")
    for text in (b"1", b"2"):
        back.put("残联/a.xlsx", text)
        assert back.read("残联/a.xlsx") == text
        back.move("残联/a.xlsx", "残联/已办结/a.xlsx")
    assert back.read("残联/a.xlsx") is None
    assert {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == {"a.xlsx": b"2"}
    with pytest.raises(NotReturned):
        open_return(f"{address}/退回", "guest", "geheim").put("残联/a.xlsx", b"3")
