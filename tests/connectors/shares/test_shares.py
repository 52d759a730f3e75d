"""The shared folder is listed once and never opened for it; the archive keeps every byte."""

import errno
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.shares import (
    Archive,
    Damaged,
    LocalShare,
    NoShare,
    NotWritten,
    SharedFile,
    Unsettled,
    clear_parts,
    list_files,
    take_copy,
    write_whole,
)

ROOT = Path(__file__).resolve().parents[3]
NOON = datetime(2020, 6, 30, 12, tzinfo=UTC)


def put(folder, name, content=b"x", when=NOON):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (when.timestamp(), when.timestamp()))
    return path


def test_clutter_is_ignored_by_name(tmp_path):
    for name in ("6月/民政.xlsx", "6月/~$政.xlsx", "Thumbs.db", "desktop.ini", "说明.txt", ".hidden", ".~lock"):
        put(tmp_path, name)
    listing = list_files(tmp_path)
    assert [f.path for f in listing.files] == ["6月/民政.xlsx"]
    assert len(listing.ignored) == 6


def test_what_is_later_than_as_of_is_not_seen(tmp_path):
    put(tmp_path, "a.xlsx")
    assert list_files(tmp_path, NOON).files and not list_files(tmp_path, datetime(2020, 6, 30, 11, tzinfo=UTC)).files


def test_a_share_that_is_away_says_so(tmp_path):
    with pytest.raises(NoShare, match=r"paths\.inbox"):
        list_files(tmp_path / "gone")


def test_m03_a_file_that_changed_or_went_is_taken_next_time(tmp_path):
    put(tmp_path, "a.xlsx", b"1234")
    assert take_copy(tmp_path, SharedFile("a.xlsx", 4, NOON)) == b"1234"
    for file in (SharedFile("a.xlsx", 3, NOON), SharedFile("gone.xlsx", 4, NOON)):
        with pytest.raises(Unsettled, match="下次再收"):
            take_copy(tmp_path, file)


def test_m03_a_fresh_owner_file_defers_and_a_stale_one_does_not(tmp_path):
    put(tmp_path, "民政.xlsx")
    put(tmp_path, "~$.xlsx")
    assert [file.path for file in list_files(tmp_path).files] == ["民政.xlsx"]
    assert take_copy(tmp_path, SharedFile("民政.xlsx", 1, NOON), datetime(2020, 7, 2, tzinfo=UTC)) == b"x"
    with pytest.raises(Unsettled, match="正被打开"):
        take_copy(tmp_path, SharedFile("民政.xlsx", 1, NOON), datetime(2020, 6, 30, 13, tzinfo=UTC))


def test_the_archive_gives_back_what_it_got_and_notices_damage(tmp_path):
    archive = Archive(tmp_path)
    name = archive.put("表".encode())
    assert archive.put("表".encode()) == name and archive.get(name) == "表".encode()
    path = next(p for p in tmp_path.rglob("*") if p.is_file())
    path.chmod(0o600)
    path.write_bytes(b"changed")
    with pytest.raises(Damaged, match="backup"):
        archive.get(name)
    with pytest.raises(Damaged, match="not in the archive"):
        archive.get("0" * 64)


@pytest.mark.parametrize("name", ["长" * 83 + ".xlsx", "a" * 250 + ".xlsx"], ids=["Chinese", "Latin"])
def test_a_file_with_the_longest_name_is_read(tmp_path, name):
    """The name of its owner file would be too long to be: it was deferred as open, every night."""
    put(tmp_path, name)
    assert take_copy(tmp_path, SharedFile(name, 1, NOON), datetime(2020, 7, 2, tzinfo=UTC)) == b"x"


def test_excel_puts_the_owner_mark_before_the_whole_name(tmp_path):
    put(tmp_path, "民政.xlsx")
    put(tmp_path, "~$民政.xlsx")
    with pytest.raises(Unsettled, match="正被打开"):
        take_copy(tmp_path, SharedFile("民政.xlsx", 1, NOON), datetime(2020, 6, 30, 13, tzinfo=UTC))


def test_a_file_replaced_by_one_of_the_same_size_is_taken_next_time(tmp_path):
    put(tmp_path, "a.xlsx", b"new!", datetime(2020, 6, 30, 13, tzinfo=UTC))
    with pytest.raises(Unsettled, match="正在保存"):
        take_copy(tmp_path, SharedFile("a.xlsx", 4, NOON))


def test_what_lies_in_the_bin_of_the_server_does_not_come_back(tmp_path):
    for name in ("a.xlsx", "#recycle/b.xlsx", "$RECYCLE.BIN/c.xlsx", ".Trash-1000/d.xlsx", "@eaDir/e.xlsx"):
        put(tmp_path, name)
    listing = list_files(tmp_path)
    assert [f.path for f in listing.files] == ["a.xlsx"] and len(listing.ignored) == 4


def test_a_file_that_goes_during_the_listing_does_not_stop_the_others(tmp_path, monkeypatch):
    put(tmp_path, "a.xlsx")

    class Gone:
        name = "b.xlsx"

        def is_symlink(self):
            return False

        is_dir = is_symlink

        def stat(self):
            raise FileNotFoundError(2, "gone")

    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: [*real(path), Gone()])
    listing = list_files(tmp_path)
    assert [f.path for f in listing.files] == ["a.xlsx"] and listing.ignored[0].path == "b.xlsx"


@pytest.mark.parametrize("trouble", [errno.EHOSTDOWN, errno.ENOTCONN, errno.EIO, errno.ESTALE])
def test_a_mounted_folder_whose_server_has_died_is_away_and_not_a_missing_file(tmp_path, monkeypatch, trouble):
    put(tmp_path, "a.xlsx")
    share, real = LocalShare(tmp_path), os.stat

    def dead(path, *others, **more):
        if str(path).startswith(str(tmp_path)):
            raise OSError(trouble, "no answer")
        return real(path, *others, **more)

    monkeypatch.setattr(os, "stat", dead)
    for ask in (share.reach, lambda: share.has("a.xlsx"), lambda: share.take(SharedFile("a.xlsx", 1, NOON))):
        with pytest.raises(NoShare, match="does not answer"):
            ask()


def test_what_may_not_be_looked_at_is_not_known_to_be_gone(tmp_path, monkeypatch):
    put(tmp_path, "a.xlsx")
    monkeypatch.setattr(os, "stat", lambda *path, **more: (_ for _ in ()).throw(PermissionError(errno.EACCES, "denied")))
    assert LocalShare(tmp_path).has("b.xlsx")


def test_the_archive_says_what_it_has(tmp_path):
    archive = Archive(tmp_path)
    assert archive.has(archive.put(b"x")) and not archive.has("0" * 64)


def test_new_folders_are_on_the_disk_before_the_file_is_said_to_be(tmp_path, monkeypatch):
    flushed, own = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (flushed.append(os.fstat(handle).st_ino), own(handle)))
    write_whole(tmp_path / "a" / "b" / "表.xlsx", b"x")
    wanted = [tmp_path, tmp_path / "a", tmp_path / "a" / "b" / "表.xlsx", tmp_path / "a" / "b"]
    assert flushed == [path.stat().st_ino for path in wanted]


def test_a_file_that_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path):
    (tmp_path / "folder").write_bytes(b"a file")
    with pytest.raises(NotWritten, match=r"cannot be written .* run again") as caught:
        write_whole(tmp_path / "folder" / "表.xlsx", b"x")
    assert "\n" not in str(caught.value) and [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_what_a_killed_process_left_unfinished_goes(tmp_path):
    archive = Archive(tmp_path)
    kept = archive.put(b"x")
    put(tmp_path, ".part-abc"), put(tmp_path, "slips/民政/.part-abc")
    archive.clear_parts()
    clear_parts(tmp_path / "slips")
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [kept]


def test_ten_thousand_files_cost_a_listing(tmp_path):
    """Counted where Python itself says what it opens (PEP 578)."""
    for number in range(10_000):
        (tmp_path / f"{number // 100:03}").mkdir(exist_ok=True)
        (tmp_path / f"{number // 100:03}" / f"{number:05}.xlsx").touch()
    done = subprocess.run([sys.executable, "-c", COUNTED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["10000", "files", "0", "opened", "101", "listed"]


COUNTED = """
import sys
from pathlib import Path
from connectors.shares import list_files
seen = []
sys.addaudithook(lambda event, what: seen.append(event) if event in ("open", "os.scandir", "os.listdir") else None)
files = len(list_files(Path(sys.argv[1])).files)
opened, listed = seen.count("open"), len(seen) - seen.count("open")
print(files, "files", opened, "opened", listed, "listed")
"""


def test_a_name_that_is_no_text_and_a_time_that_is_no_date_are_named_and_do_not_stop_the_others(tmp_path, monkeypatch):
    """A ZIP of GBK names unpacked on the server; a department's machine that lost its clock."""
    put(tmp_path, "a.xlsx")
    in_gbk = os.fsencode(tmp_path) + "/低保.xlsx".encode("gbk")
    Path(os.fsdecode(in_gbk)).write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(tmp_path) + "/科室".encode("gbk"))).mkdir()
    put(tmp_path, "old.xlsx"), put(tmp_path, "new.xlsx")
    real = os.scandir

    class Wrong:
        def __init__(self, entry, seconds):
            self.name, self.is_symlink, self.is_dir = entry.name, entry.is_symlink, entry.is_dir
            self.stat = lambda: os.stat_result([*entry.stat()[:8], seconds, 0])

    times = {"old.xlsx": -10**12, "new.xlsx": 10**12}
    monkeypatch.setattr(os, "scandir", lambda path: [Wrong(e, times[e.name]) if e.name in times else e for e in real(path)])
    listing = list_files(tmp_path, NOON)
    assert [f.path for f in listing.files] == ["a.xlsx"] and all(i.unseen for i in listing.ignored)
    said = "".join(sorted(i.told for i in listing.ignored))
    said.encode()
    assert said.count("\ufffd") >= 2 and said.count("不是 UTF-8") == 2 and said.count("不是有效的日期") == 2


def test_of_a_share_on_a_server_too():
    """As SFTP tells names and times."""
    from connectors.shares.remote import RemoteShare

    class Server:
        def invalidate_cache(self):
            pass

        def ls(self, root, detail):
            told = {"a.xlsx": NOON, "\udcb5.xlsx": NOON, "b.xlsx": 1e18, "c.xlsx": "00000000000000", "~$d.xlsx": -1e18}
            return [{"name": f"{root}/{name}", "type": "file", "size": 1, "mtime": time} for name, time in told.items()]

    listing = RemoteShare("x://y", lambda: (Server(), "/r"), waits=()).listing(NOON)
    assert [f.path for f in listing.files] == ["a.xlsx"]
    assert [i.path for i in listing.ignored if i.unseen] == ["b.xlsx", "c.xlsx", "\ufffd.xlsx"]
