"""Robots on loopback that are told what the nights of an office have to say, and such an office."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

from flows.new_office import create_office
from flows.office import Office
from flows.telling import deliver
from flows.telling.deliver import after_night, night_message
from tests.flows.intake.sheets import page, village_rows
from tests.night.offices import run_night

SECRET = "4f7d1c9e-geheim-token-0123456789ab"
WECOM, DINGTALK, FEISHU = f"wecombot://{SECRET}", f"dingtalk://{SECRET.replace('-', '')}", f"feishu://{SECRET}"
F19 = ("F19", "月报")
VILLAGES = "code,name,kind\n980113105201,东山村,村委会\n980113105202,西坡村,村委会\n"
JULY = datetime.fromisoformat("2020-07-07T02:00:00+08:00")


class Robots:
    """What the three robots' servers would see, and what they answer."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict]] = []
        self.answers: list[tuple[int, dict | str]] = []
        self.slow = 0.0
        robots = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                robots.seen.append((self.path, body))
                time.sleep(robots.slow)
                status, answer = robots.answers.pop(0) if robots.answers else (200, {"errcode": 0, "code": 0})
                data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
                self.send_response(status)
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):  # who waits no longer
                    self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def texts(self) -> list[str]:
        return [json.dumps(body, ensure_ascii=False) for _, body in self.seen]


@contextlib.contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Robots]:
    """The three robots' servers, in the place of the real ones; an office tells the first."""
    here = Robots()
    base = f"http://127.0.0.1:{here.server.server_port}"
    monkeypatch.setattr(NotifyWeComBot, "notify_url", base + "/wecom?key={key}")
    monkeypatch.setattr(NotifyDingTalk, "notify_url", base + "/dingtalk?access_token={token}")
    monkeypatch.setattr(NotifyFeishu, "notify_url", base + "/feishu/{token}/")
    monkeypatch.setattr(deliver, "WAITS", (0.01, 0.01))
    monkeypatch.setenv("HUIZONG_NOTIFY__URLS", WECOM)
    try:
        yield here
    finally:
        here.server.shutdown()
        here.server.server_close()


def office_in(folder: Path) -> Office:
    """May is handed in, and for June a scan that will be refused."""
    made = create_office(folder)
    (made.folder / "catalog" / "town.yml").write_text("town_name: 清溪\n", "utf-8")
    (made.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    hand_in(made, 5)
    (made.inbox / "2020年/06月").mkdir()
    (made.inbox / "2020年/06月/张三的扫描.pdf").write_bytes(b"%PDF-1.4")
    os.utime(made.inbox / "2020年/06月/张三的扫描.pdf", (datetime(2020, 6, 30).timestamp(),) * 2)
    return Office(made.folder)


def hand_in(office: Office, month: int) -> None:
    file = office.inbox / f"2020年/{month:02d}月/控违办/拆违控违情况（2020年{month}月）.xlsx"
    file.parent.mkdir(parents=True, exist_ok=True)
    body = village_rows(office.catalogue, *F19, {"巡违控违（户）": [month, 10]}, names=("东山村", "西坡村"))
    file.write_bytes(page(office.catalogue, *F19, body, month=month))
    os.utime(file, (datetime(2020, month, 28).timestamp(),) * 2)


def night(office: Office, at: datetime, deferred: int = 0, stale: int = 0) -> None:
    office.upgrade_warehouse()
    number = office.begin_run(at)
    run_night(office, as_of=at)
    office.end_run(number, "completed", 0, 0, 0, 0, deferred, night_message(office, at, deferred, stale=stale))
    after_night(office)
