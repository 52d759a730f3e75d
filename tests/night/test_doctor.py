"""huizong doctor: each line is in order, or says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from flows import doctor
from flows.new_office import create_office
from flows.office import Office

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def office(tmp_path, monkeypatch) -> Office:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return create_office(tmp_path / "office")


def finding(office: Office, name: str) -> doctor.Finding:
    return next(found for found in doctor.findings_of(office) if found.name == name)


def test_a_new_office_has_only_its_nights_to_arrange(office):
    todo = [found.name for found in doctor.findings_of(office) if found.todo and found.matters]
    assert [name for name in todo if name != "版本"] == ["调度", "上次运行"]


def test_every_line_is_said_quickly_and_without_prefect(office):
    code = "import sys, flows.doctor; sys.exit(any(m in sys.modules for m in ('prefect', 'pandas')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "flows.cli", "doctor", "--office", str(office.folder)], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)  # fmt: skip
    assert done.returncode == 1 and "需要处理" in done.stdout and "huizong serve" in done.stdout and "Traceback" not in done.stderr
    assert time.monotonic() - began < 20


def test_parts_that_break_one_another_are_named(monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda part: "2.1.0" if part == "sqlalchemy" else "0.1")
    assert "sqlalchemy 须低于 2.1" in doctor.versions().todo


def test_a_share_that_is_away(office):
    office.inbox.rmdir()
    assert finding(office, "共享文件夹").found == "无法检查" and finding(office, "共享文件夹").todo


def test_a_full_disk(office, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage(10, 9, 1))
    assert "2 GB" in finding(office, "磁盘").todo


def test_files_of_tomorrow_say_that_a_clock_is_wrong(office):
    file = office.inbox / "报表.xlsx"
    file.write_bytes(b"x")
    tomorrow = time.time() + 86400
    os.utime(file, (tomorrow, tomorrow))
    assert "校准" in finding(office, "时钟").todo


def test_a_broken_warehouse_points_to_the_backup(office):
    file = office.folder / "warehouse.db"
    data = bytearray(file.read_bytes())
    data[4096:12288] = b"\xff" * 8192
    file.write_bytes(data)
    assert finding(office, "数据库").todo


def test_a_server_that_refuses_to_answer_is_one_line_among_the_others(office, monkeypatch):
    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def do_POST(self):
            self.send_error(401)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{server.server_port}/api")
    try:
        found = {finding.name: finding.todo for finding in doctor.findings_of(office)}
        assert "refuses" in found["调度"] and "401" in found["调度"] and list(found)[-1] == "字体"
    finally:
        server.shutdown()
        server.server_close()


def test_a_certificate_that_is_none_is_said(office, tmp_path, monkeypatch):
    (tmp_path / "ca.pem").write_text("no certificate", "utf-8")
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", f"postgresql+psycopg://nobody@127.0.0.1:1/none?sslrootcert={tmp_path / 'ca.pem'}")
    found = {finding.name: finding.found for finding in doctor.findings_of(Office(office.folder))}
    assert found["证书"] == found["数据库"] == "无法检查" and list(found)[-1] == "字体"


def test_a_failed_night_gives_the_command_that_does_it_again(office):
    number = office.begin_run(datetime.now(UTC))
    office.end_run(number, "failed", 0, 0, 0, 0.0)
    assert finding(office, "上次运行").todo == "运行 huizong rerun 1"


def test_a_night_at_work_and_one_that_was_killed_are_told_apart(office):
    office.begin_run(datetime.now(UTC))
    assert finding(Office(office.folder), "上次运行").found.endswith("正在进行")
    office.lock.release()  # and here it is killed
    assert finding(Office(office.folder), "上次运行").todo == "运行 huizong rerun 1"


def test_a_night_that_never_came(office, monkeypatch):
    number = office.begin_run(datetime.now(UTC))
    office.end_run(number, "completed", 0, 0, 0, 0.0)
    assert finding(office, "上次运行").todo == ""
    monkeypatch.setattr(doctor, "_A_NIGHT", timedelta(seconds=-1))
    assert "huizong run" in finding(office, "上次运行").todo
