"""What stops a night before it begins is one line, said at once, without a server."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows.intake.flow import Intake
from flows.new_office import create_office
from flows.nightly import Night
from flows.office import TEMPLATE
from flows.slips.write import Slips

ROOT = Path(__file__).resolve().parents[2]


def huizong(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", "flows.cli", *arguments], capture_output=True, text=True, env=environment, check=False)


@pytest.fixture
def office(tmp_path):
    return create_office(tmp_path / "office")


def _in_gbk(file: Path) -> None:
    """As Excel and Notepad write it unless they are told otherwise."""
    file.write_text(f"{file.read_text('utf-8')}\n# 清溪\n", "gb18030")


@pytest.mark.parametrize(
    ("spoil", "arguments", "says"),
    [
        (lambda f: (f / "catalog" / "report" / TEMPLATE).unlink(), [], "is missing"),
        (lambda f: (f / "inbox").rmdir(), [], "paths.inbox"),
        (lambda f: (f / "catalog" / "villages.csv").write_text("code,name,kind\nx,y,z\n"), [], "villages.csv line 2"),
        (lambda f: (f / "huizong.toml").write_text("[general]\ntimezone = 'Mars'\n"), [], "Asia/Shanghai"),
        (lambda f: _in_gbk(f / "catalog" / "villages.csv"), [], "villages.csv is not in UTF-8; save it again as `CSV UTF-8`"),
        (lambda f: _in_gbk(f / "catalog" / "town.yml"), [], "town.yml is not in UTF-8"),
        (lambda f: _in_gbk(f / "huizong.toml"), [], "huizong.toml is not in UTF-8"),
        (lambda f: (f / "catalog" / "report" / "slots.csv").write_text("number,section,indicator\n一,一.6,dibao_hh\n", "utf-8"), [], "slots.csv line 2"),
        (lambda f: (f / "catalog" / "town.yml").write_text("town_name: 清溪\ncity_name 云渚\n", "utf-8"), [], "town.yml line 3: not YAML"),
        (lambda f: (f / "huizong.toml").write_text("[warehose]\nurl = ''\n"), [], "there is no section warehose; write one of general, paths, warehouse"),
        (lambda f: (f / "huizong.toml").write_text("[serve]\nnigthly = ''\n"), [], "serve has no nigthly; write one of port, nightly"),
        (lambda f: (f / "huizong.toml").unlink(), [], "is no office (no huizong.toml)"),
        (lambda f: None, ["--form", "F99"], "no form F99"),
        (lambda f: None, ["--department", "民政办"], "社会事务办"),
    ],
)
def test_a_night_that_cannot_begin_says_why_in_one_line(office, spoil, arguments, says):
    spoil(office.folder)
    began = time.monotonic()
    done = huizong("run", "--office", str(office.folder), *arguments)
    assert done.returncode == 1 and says in done.stdout
    assert "Traceback" not in done.stdout + done.stderr and len(done.stdout.strip().splitlines()) <= 2
    assert time.monotonic() - began < 10


def test_a_setting_of_the_environment_that_is_misspelt_is_told(office, monkeypatch):
    """The warehouse would be another one than the operator thinks."""
    monkeypatch.setenv("HUIZONG_WAREHOSE__URL", "postgresql+psycopg://huizong@127.0.0.1/huizong")
    done = huizong("status", "--office", str(office.folder))
    assert done.returncode == 1 and "HUIZONG_WAREHOSE__…: there is no section warehose" in done.stdout


@pytest.mark.parametrize(("words", "code", "says"), [
    (("check", "nowhere.xlsx"), 1, "nowhere.xlsx: no such file or directory; check the path"), (("check", "."), 1, ".: is a directory; write the path of a file"),
    (("trace", "dibao_hh"), 2, "write the period as well"), (("trace", "dibao_hh", "2020-13"), 2, "not a reference period"),
])  # fmt: skip
def test_a_slip_of_the_pen_is_one_line_that_says_what_to_write(office, words, code, says):
    done = huizong(*words, "--office", str(office.folder))
    assert (done.returncode, done.stdout.count("\n")) == (code, 1) and says in done.stdout and "Errno" not in done.stdout


@pytest.mark.parametrize(("send", "sign"), [(os.killpg, signal.SIGINT), (os.kill, signal.SIGINT), (os.kill, signal.SIGTERM)])
def test_who_ends_a_run_has_the_prompt_back_at_once_and_no_server_is_left(office, send, sign):
    """By Ctrl-C the server that Prefect made for the run ends too; asked to write down the end, Prefect waited minutes for it, and said so at length."""
    words = [sys.executable, "-u", "-m", "flows.cli", "run", "--office", str(office.folder)]
    run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert run.stdout is not None and "正在启动" in run.stdout.readline()
    with office.alone(0):  # the run waits within the night
        while not _running(office.folder / ".prefect" / "prefect.db"):
            assert run.poll() is None
            time.sleep(0.2)
        send(run.pid, sign)
        said, _ = run.communicate(timeout=20)
    *before, last = said.strip().splitlines()
    assert run.returncode == 1 and last == "huizong: stopped; what was taken in is kept, run it again to go on"
    assert not before or sign == signal.SIGTERM, "by that Prefect ends the run itself, and says so"
    until = time.monotonic() + 20
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < until:
            os.killpg(run.pid, 0)
            time.sleep(0.2)


def _running(database: Path) -> bool:
    """Whether Prefect has begun a run."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("SELECT 1 FROM flow_run WHERE state_type = 'RUNNING'").fetchone())
    except sqlite3.OperationalError:  # not made yet
        return False


def test_a_rehearsal_needs_no_server(office):
    (office.inbox / "扫描.pdf").write_bytes(b"%PDF-1.4")
    done = huizong("run", "--office", str(office.folder), "--dry-run")
    assert done.returncode == 0 and "会退回 1 个" in done.stdout and "请报电子表" in done.stdout
    assert not any(path.is_file() for path in (office.folder / "archive").rglob("*"))


def test_a_rehearsal_names_what_would_be_put_off_as_it_is_written(office):
    """[v2] in a name is no markup of the terminal."""
    file = office.inbox / "月报[v2].xlsx"
    file.write_bytes(b"x")
    os.utime(file, (time.time() + 30 * 24 * 3600,) * 2)
    done = huizong("run", "--office", str(office.folder), "--dry-run")
    assert done.returncode == 0 and "推迟：“月报[v2].xlsx”的修改时间是" in done.stdout


def test_what_is_written_in_a_file_is_no_markup_on_any_screen(office, capsys, monkeypatch):
    """Else it is missing from a sentence, or with a stroke in it stops the screen."""
    from connectors.warehouse import StandingRow
    from flows import doctor
    from flows.command.operators import report
    from flows.command.terminal import console
    from flows.doctor import Finding
    from flows.status import render_status

    written = "甲[new]乙[/合计]"
    came, slips = Intake(1, 0, 0, (), (f"“{written}.xlsx”正被打开",)), Slips((), (), (f"民政/{written}.xlsx",))
    report(Night(1, "2020-06", "completed", False, came, slips, (), 1.0), office.folder)
    monkeypatch.setattr(doctor, "findings_of", lambda _: [Finding("共享文件夹", written, written)])
    doctor.examine(console, office.folder)
    row = StandingRow(1, "F12", "社会事务办", "2020-06", "refused", "a.xlsx", "2020-07-01T00:00:00+00:00", None, 0, (written,))
    warehouse = SimpleNamespace(standing=lambda: [row], owed=list, waiting=lambda _: {}, publication=lambda: SimpleNamespace(as_of=datetime(2020, 7, 20, tzinfo=UTC)))
    monkeypatch.setattr("flows.status.in_force", lambda *_: [])
    render_status(console, office, warehouse, None)
    assert capsys.readouterr().out.count(written) == 5


def test_what_a_run_says_of_an_empty_folder_and_of_a_state_that_is_the_same(office, capsys):
    """A share that is not mounted is an empty folder; and what was taken back meanwhile has changed the draft all the same."""
    from flows.command.operators import report

    for seen, says in ((0, True), (1, False)):
        report(Night(1, "2020-06", "completed", False, Intake(seen, 0, 0, (), ()), Slips((), (), ()), (), 1.0), office.folder)
        out = capsys.readouterr().out
        assert ("请确认 paths.inbox 所指的网络盘已连上" in out) is says and "仓库里的数据没有变化。" in out


@pytest.mark.parametrize("already", ["", "intern.example"])
def test_this_machine_is_never_asked_through_a_proxy(already):
    from flows.command.quiet import near_by

    told = near_by({"NO_PROXY": already} if already else {})
    assert told["NO_PROXY"].split(",")[-2:] == ["127.0.0.1", "localhost"] and told["NO_PROXY"].startswith(already or "127")
    assert told["no_proxy"] == "127.0.0.1,localhost"
