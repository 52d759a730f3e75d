"""Every line of huizong doctor, in order and not: versions, clock, schedules, certificates, fonts, the last night."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.warehouse.rows import iso
from flows import doctor
from flows.new_office import create_office
from flows.office import Office


@pytest.fixture
def office(tmp_path, monkeypatch) -> Office:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return create_office(tmp_path / "office")


def line(office: Office, name: str) -> doctor.Finding:
    return next(found for found in doctor.findings_of(office) if found.name == name)


def in_order(found: doctor.Finding, says: str) -> bool:
    return not found.todo and says in found.found


# --- versions, clock ---------------------------------------------------------------------------------------


def test_versions_in_order_one_too_new_and_one_missing(monkeypatch):
    installed = {"huizong": "0.1.0", "prefect": "3.8.8", "fastapi": "0.150.2", "sqlalchemy": "2.0.50"}
    monkeypatch.setattr(doctor, "version", installed.__getitem__)
    assert in_order(doctor.versions(), "prefect 3.8.8")
    for part, number in (("fastapi", "0.151.0"), ("sqlalchemy", "2.1.0"), ("prefect", "4.0.0")):
        monkeypatch.setattr(doctor, "version", {**installed, part: number}.__getitem__)
        assert f"{part} 须低于" in doctor.versions().todo

    def missing(part: str) -> str:
        raise doctor.PackageNotFoundError(part)

    monkeypatch.setattr(doctor, "version", missing)
    assert doctor.versions().found == "没有安装 huizong" and doctor.versions().todo


def test_the_clock_in_order_and_behind_the_last_night(office):
    assert in_order(line(office, "时钟"), "Asia/Shanghai")
    number = office.begin_run(None)
    office.end_run(number, "completed", 0, 0, 0, 0.0)
    assert in_order(line(Office(office.folder), "时钟"), "Asia/Shanghai")
    with office.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE run SET started_at = ?", ((datetime.now(UTC) + timedelta(days=1)).isoformat(" "),))
    assert "早于上次运行的时间" in line(Office(office.folder), "时钟").todo


# --- schedules: a server that answers what the real one answers ---------------------------------------------


class Server:
    """Answers about deployments and about the runs that are due."""

    def __init__(self) -> None:
        self.deployments: list[dict] = []
        self.due: list[dict] = []
        mine = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self._say(True)

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self._say(mine.deployments if self.path.endswith("/deployments/filter") else mine.due)

            def _say(self, what):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(what).encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    here = Server()
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{here.server.server_port}/api")
    yield here
    here.server.shutdown()
    here.server.server_close()


def test_the_schedules_in_every_state_they_can_be_in(office, server, monkeypatch):
    """tests/ops/test_newcomer.py asks the real server; here are the states that last for seconds there."""
    assert "huizong serve --register" in line(office, "调度").todo, "nobody has registered it"
    server.deployments = [{"name": "o-nightly", "paused": False}, {"name": "o-keep", "paused": False}]
    assert "重新启动 huizong serve" in line(office, "调度").todo, "no run is due"
    server.due = [{"next_scheduled_start_time": "2099-07-19T18:00:00+00:00"}]
    assert in_order(line(office, "调度"), "下一次 07月20日 02:00")
    server.deployments[0]["schedules"] = [{"active": False}]
    assert line(office, "调度").found == "定时已关：o-nightly", "the switch of its schedule, in the page"
    server.deployments[0]["schedules"][0]["active"] = True
    assert in_order(line(office, "调度"), "下一次")
    server.deployments[0]["paused"] = True
    assert line(office, "调度").found == "已暂停：o-nightly" and "huizong resume" in line(office, "调度").todo
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    assert "没有在运行" in line(office, "调度").found and "huizong serve" in line(office, "调度").todo


def test_a_run_that_should_have_begun_says_that_nobody_takes_it(office, server):
    """Every worker is dead and the server lives on: what is due stays due."""
    server.deployments = [{"name": "o-nightly", "paused": False}]

    def due(minutes: int) -> doctor.Finding:
        server.due = [{"next_scheduled_start_time": (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()}]
        return line(Office(office.folder), "调度")

    assert in_order(due(2), "下一次"), "a worker looks every few seconds, a busy machine takes longer"
    assert "没有开始" in due(11).found and "重新启动 huizong serve" in due(11).todo
    number = office.begin_run(None)
    assert in_order(due(11), "等"), "it waits for the one that is at work"
    office.end_run(number, "completed", 0, 0, 0, 0.0)
    assert due(11).todo


# --- certificates ------------------------------------------------------------------------------------------


def certificate(file: Path, days: int) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "warehouse")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - timedelta(days=400), now + timedelta(days=days))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return file


def test_certificates_in_order_at_their_end_and_past_it(office, tmp_path, monkeypatch):
    for days, todo in ((300, ""), (10, "更换数据库证书"), (-1, "更换数据库证书")):
        file = certificate(tmp_path / "ca.pem", days)
        monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", f"postgresql+psycopg://nobody@127.0.0.1:1/none?sslrootcert={file}")
        found = doctor.certificates(Office(office.folder))
        assert found.todo == todo and ("数据库证书 1 个在有效期内" in found.found) is not bool(todo)


def test_a_machine_that_trusts_nobody_is_a_hint_and_no_failure(office, tmp_path, monkeypatch):
    (tmp_path / "none.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    found = doctor.certificates(office)
    assert "ca-certificates" in found.todo and not found.matters
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path / "one.pem", 300)))
    assert in_order(doctor.certificates(office), "受信任的根证书 1 个")


# --- fonts, the last night ---------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows asks its registry")
def test_fonts_all_there_one_lacking_and_a_machine_that_shows_nothing(office, tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    assert in_order(doctor.fonts(office), "不需要字体")
    lister = programs / "fc-list"
    lister.write_text("#!/bin/sh\n" + "".join(f"echo '{name}'\n" for name in ("仿宋,FangSong_GB2312", "方正小标宋简体", "SimHei,黑体", "KaiTi_GB2312,楷体", "SimSun,宋体")), "utf-8")
    lister.chmod(0o755)
    assert in_order(doctor.fonts(office), "公文字体齐全")
    lister.write_text(lister.read_text("utf-8").replace("SimHei,黑体", "DejaVu Sans"), "utf-8")
    found = doctor.fonts(office)
    assert found.found == "本机没有 黑体" and "安装这些字体" in found.todo and not found.matters


def test_a_night_that_put_files_off_says_how_many(office):
    number = office.begin_run(None)
    office.end_run(number, "completed", 9, 6, 80, 1.0, 3)
    assert in_order(line(Office(office.folder), "上次运行"), "已完成，3 个文件推迟")


def test_a_night_of_days_ago_is_in_order_where_none_was_due_since(office, monkeypatch):
    began = datetime.now(office.settings.zone) - timedelta(days=3)
    office.end_run(office.begin_run(None), "completed", 9, 6, 80, 1.0)
    with office.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE run SET started_at = ?", (iso(began),))
    assert "超过一天没有运行" in line(Office(office.folder), "上次运行").found
    for days, in_time in ((-1, True), (1, False)):
        monkeypatch.setenv("HUIZONG_SERVE__NIGHTLY", f"0 2 * * {(began + timedelta(days=days)).isoweekday()}")
        assert in_order(line(Office(office.folder), "上次运行"), "已完成") is in_time


@pytest.mark.postgres
def test_the_database_in_order_on_both_engines_and_one_that_does_not_answer(office, postgres_url, monkeypatch):
    assert in_order(line(office, "数据库"), "warehouse.db 完好")
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", postgres_url)
    place = Office(office.folder)
    assert line(place, "数据库").todo, "an empty database is not up to date"
    place.upgrade_warehouse()
    assert in_order(line(Office(office.folder), "数据库"), "PostgreSQL 完好")
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert line(Office(office.folder), "数据库").todo


def test_share_and_disk_in_order(office):
    (office.inbox / "报表.xlsx").write_bytes(b"x")
    assert in_order(line(office, "共享文件夹"), "共 1 个文件")
    assert in_order(line(office, "磁盘"), "GB")
