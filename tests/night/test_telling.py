"""Who is told what: to real servers on loopback, once, not in doubt twice, and without a secret anywhere."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import sys
import threading
import time
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "flows" / "intake"))
from offices import HALF, run_night
from sheets import page, village_rows

from catalog.catalogue import BadCatalogue
from catalog.said import Said
from connectors.notify import BadChannel, Outcome, channels, send
from connectors.warehouse import WarehouseUnreachable
from connectors.warehouse.outbox import claim, waiting
from flows.intake.collect import Wanted, collect, read_and_load
from flows.intake.flow import Intake
from flows.keeping.flow import monthly_keep
from flows.new_office import create_office
from flows.nightly import backfill, nightly, work
from flows.office import Office
from flows.telling import deliver as telling
from flows.telling.deliver import after_failure, after_night, night_message, notify
from flows.telling.messages import Message, of_night, of_no_night, of_reminders
from flows.telling.workdays import is_workday, workdays_between

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


@pytest.fixture
def robots(monkeypatch):
    here = Robots()
    base = f"http://127.0.0.1:{here.server.server_port}"
    monkeypatch.setattr(NotifyWeComBot, "notify_url", base + "/wecom?key={key}")
    monkeypatch.setattr(NotifyDingTalk, "notify_url", base + "/dingtalk?access_token={token}")
    monkeypatch.setattr(NotifyFeishu, "notify_url", base + "/feishu/{token}/")
    monkeypatch.setattr(telling, "WAITS", (0.01, 0.01))
    monkeypatch.setenv("HUIZONG_NOTIFY__URLS", WECOM)
    yield here
    here.server.shutdown()
    here.server.server_close()


@pytest.fixture
def office(tmp_path):
    made = create_office(tmp_path / "office")
    (made.folder / "catalog" / "town.yml").write_text("town_name: 清溪\n", "utf-8")
    (made.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    hand_in(made, 5)
    (made.inbox / "2020年/06月").mkdir()
    (made.inbox / "2020年/06月/张三的扫描.pdf").write_bytes(b"%PDF-1.4")
    os.utime(made.inbox / "2020年/06月/张三的扫描.pdf", (datetime(2020, 6, 30).timestamp(),) * 2)
    return Office(made.folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


@pytest.mark.parametrize(("address", "path"), [(WECOM, "/wecom"), (DINGTALK, "/dingtalk"), (FEISHU, "/feishu"),
                                               (f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={SECRET}", "/wecom")])  # fmt: skip
def test_a_robot_is_told_and_only_its_own_word_counts_as_delivered(robots, address, path):
    (channel,) = channels(address)
    assert send(channel, "题目", "正文") is Outcome.SENT
    assert robots.seen[0][0].startswith(path) and "题目" in robots.texts()[0] and "正文" in robots.texts()[0]
    for status, answer in ((200, {"errcode": 45009, "code": 9499}), (500, {}), (200, "<html>请登录</html>")):
        robots.answers.append((status, answer))
        assert send(channel, "题目", "正文") is Outcome.FAILED
    robots.slow = 1.5
    slow = channels(f"{address}{'&' if '?' in address else '?'}x=1")[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connectors.notify.sending.ANSWER_SECONDS", 1)
        assert send(slow, "题目", "正文") is Outcome.DOUBTFUL
    robots.server.shutdown()
    robots.server.server_close()
    assert send(channel, "题目", "正文") is Outcome.FAILED


def test_mail_goes_out_in_chinese_and_a_refusal_is_known(monkeypatch):
    class Box:
        def __init__(self):
            self.letters: list[bytes] = []
            self.answer = "250 OK"

        async def handle_DATA(self, server, session, envelope):
            self.letters.append(envelope.content)
            return self.answer

    box = Box()
    port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        (channel,) = channels(f"mailto://127.0.0.1:{port}/?mode=insecure&from=huizong@example.org&to=clerk@example.org")
        assert send(channel, "催报", "甲表未报") is Outcome.SENT
        letter = message_from_bytes(box.letters[0], policy=policy.default)
        assert letter["subject"] == "催报" and "甲表未报" in letter.get_body(("plain", "html")).get_content()
        box.answer = "451 later"
        assert send(channel, "催报", "甲表未报") is Outcome.FAILED
    finally:
        server.stop()


class Box:
    """A mail server that refuses whoever is gone, and may hang up once it has the letter."""

    def __init__(self, hangs_up: bool = False):
        self.had: list[str] = []
        self.hangs_up = hangs_up

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.had += envelope.rcpt_tos
        if self.hangs_up:
            server.transport.abort()
        return "250 OK"


@pytest.mark.parametrize(("to", "hangs_up", "outcome"), [
    ("to=clerk@example.org", True, Outcome.DOUBTFUL),
    ("to=clerk@example.org,gone@example.org", False, Outcome.DOUBTFUL),
    ("to=clerk@example.org&cc=gone@example.org", False, Outcome.DOUBTFUL),
    ("to=gone@example.org,gone.too@example.org", False, Outcome.FAILED),
    ("to=clerk@example.org,chief@example.org", False, Outcome.SENT),
])  # fmt: skip
def test_nobody_has_a_letter_twice(monkeypatch, to, hangs_up, outcome):
    """A letter that the server may have, or that one of two has, is not sent again."""
    monkeypatch.setattr(telling, "WAITS", (0.01, 0.01))
    box = Box(hangs_up)
    port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        (channel,) = channels(f"mailto://127.0.0.1:{port}/?mode=insecure&from=huizong@example.org&{to}")
        assert telling._send(channel, "催报", "甲表未报") is outcome
        assert len(box.had) == len(set(box.had))
    finally:
        server.stop()


def test_a_server_between_that_gave_up_waiting_leaves_a_message_in_doubt(robots):
    (channel,) = channels(WECOM)
    robots.answers = [(502, "Bad Gateway"), (504, "Gateway Time-out")]
    assert [send(channel, "题目", "正文"), send(channel, "题目", "正文")] == [Outcome.DOUBTFUL] * 2


def test_a_name_that_does_not_resolve_and_a_handshake_that_fails_lose_no_message(robots, monkeypatch):
    """Nothing was sent yet, so that it is tried again once the network, the clock or the root certificate is right."""
    (channel,) = channels(WECOM)
    for place in ("http://robot.invalid", f"https://127.0.0.1:{robots.server.server_port}"):
        monkeypatch.setattr(NotifyWeComBot, "notify_url", place + "/wecom?key={key}")
        assert send(channel, "题目", "正文") is Outcome.FAILED, place
    assert robots.seen == []


def test_many_messages_in_doubt_do_not_make_the_next_one_long(office, robots):
    robots.answers = [(504, "")] * 4
    office.upgrade_warehouse()
    for day in range(5):
        with office.open_warehouse() as warehouse:
            telling.tell(office, warehouse, [Message(f"k{day}", "night", f"第{day}封", "正文")], JULY + timedelta(days=day))
    text = robots.texts()[-1]
    assert text.count("没有重发") == 2 and "“第3封”" in text and "更早还有 2 条" in text


def test_a_night_is_told_once_without_a_file_name_and_a_quiet_one_not_at_all(office, robots):
    night(office, JULY, deferred=2)
    assert len(robots.seen) == 1 and "退回 1 份" in robots.texts()[0] and "推迟 2 个" in robots.texts()[0] and "F19" not in robots.texts()[0]
    assert "张三" not in robots.texts()[0] and "清溪镇 7月7日" in robots.texts()[0]
    night(office, JULY, deferred=2)
    assert len(robots.seen) == 1, "told again, it is the same message"
    night(office, JULY + timedelta(days=1))
    assert len(robots.seen) == 1, "nothing new"
    hand_in(office, 6)
    night(office, JULY + timedelta(days=2))
    assert len(robots.seen) == 2 and "新收 1 份" in robots.texts()[1] and "控违办 2020年6月" in robots.texts()[1]


def test_an_output_that_could_not_be_written_is_told_on_a_night_with_nothing_else(office, robots):
    night(office, JULY)
    night(office, JULY + timedelta(days=1), stale=2)
    assert len(robots.seen) == 2 and "2 个表或稿子正被打开" in robots.texts()[1]


def test_what_a_night_loaded_that_was_then_killed_is_told_by_the_next(office, robots):
    night(office, JULY)
    hand_in(office, 6)
    killed = JULY + timedelta(days=1)
    office.begin_run(killed)
    run_night(office, as_of=killed)
    office.lock.release()  # and here the process is killed
    count = len(robots.seen)
    night(office, JULY + timedelta(days=2))
    assert len(robots.seen) == count + 1 and "新收 1 份" in robots.texts()[-1]
    night(office, JULY + timedelta(days=3))
    assert len(robots.seen) == count + 1


def test_a_completed_night_never_ends_without_its_message(office, robots, monkeypatch):
    """Killed as soon as it is noted as completed, it is told by the morning; one that could not be noted is told by the next."""
    _without_prefect(monkeypatch)
    saturday = datetime.fromisoformat("2020-07-11T09:00:00+08:00")
    with monkeypatch.context() as killed:
        killed.setattr("flows.nightly.after_night", _killed)
        with pytest.raises(SystemExit):
            work(office, JULY, HALF, Wanted(), force=False)
    assert robots.seen == [] and office.runs()[-1].state == "completed"
    assert notify(office, saturday).sent == 1 and "退回 1 份" in robots.texts()[0]
    hand_in(office, 6)
    with monkeypatch.context() as killed:
        killed.setattr("connectors.warehouse.witness.queued", _killed)
        with pytest.raises(SystemExit):
            work(office, JULY + timedelta(days=1), HALF, Wanted(), force=False)
    assert office.runs()[-1].state == "running" and notify(office, saturday).sent == 0
    work(office, JULY + timedelta(days=2), HALF, Wanted(), force=False)
    assert len(robots.seen) == 2 and "新收 1 份" in robots.texts()[1]


def _without_prefect(monkeypatch) -> None:
    def intake(folder: str, at: datetime, *_: object) -> Intake:
        here = Office(Path(folder))
        with here.open_warehouse() as warehouse:
            came = collect(here, warehouse, at)
            return Intake(came.seen, *read_and_load(here, warehouse, came.new, at), came.ignored, came.deferred)

    monkeypatch.setattr("flows.nightly.create_table_artifact", lambda **_: None)
    monkeypatch.setattr("flows.nightly.intake", intake)
    for step in ("publish", "hand_back", "write", "write_once"):
        monkeypatch.setattr(f"flows.nightly.{step}", getattr(import_module("flows.nightly"), step).fn)


def _killed(*_: object) -> None:
    raise SystemExit


def test_the_morning_makes_up_for_a_night_whose_addresses_could_not_be_read(office, robots, monkeypatch, tmp_path):
    monkeypatch.delenv("HUIZONG_NOTIFY__URLS")
    monkeypatch.setenv("HUIZONG_NOTIFY__URLS_FILE", str(tmp_path / "notify.txt"))
    office, saturday = Office(office.folder), datetime.fromisoformat("2020-07-11T09:00:00+08:00")
    for day in range(2):  # both are lost, one of them has nothing to tell
        night(office, JULY + timedelta(days=day))
    (tmp_path / "notify.txt").write_text(WECOM, "utf-8")
    assert robots.seen == [] and notify(office, saturday).sent == 1 and "退回 1 份" in robots.texts()[0]
    assert notify(office, saturday).sent == 0
    night(office, JULY + timedelta(days=2))
    assert len(robots.seen) == 1


def test_what_a_backfill_refused_is_told(office, robots, monkeypatch):
    _without_prefect(monkeypatch)
    backfill.fn(str(office.folder), "2020-05", "2020-06")
    assert len(robots.seen) == 1 and "退回 1 份" in robots.texts()[0]


def test_what_becomes_late_is_told_the_night_after_its_deadline(office, robots):
    night(office, datetime.fromisoformat("2020-07-04T02:00:00+08:00"))
    before = len(robots.seen)
    night(office, datetime.fromisoformat("2020-07-06T02:00:00+08:00"))
    assert len(robots.seen) == before + 1 and "新逾期" in robots.texts()[-1] and "2020年6月" in robots.texts()[-1]


def test_a_message_that_failed_goes_out_later_and_one_cut_off_in_sending_is_not_doubled(office, robots):
    robots.answers = [(500, {})] * 3
    night(office, JULY)
    assert len(robots.seen) == 3, "tried three times"
    with office.open_warehouse() as warehouse:
        (message,) = waiting(warehouse, JULY)
        assert message.tries == 1 and claim(warehouse, message, datetime.now(JULY.tzinfo)), "and here the process is killed"
        assert not claim(warehouse, message, JULY)
    saturday = datetime.fromisoformat("2020-07-11T09:00:00+08:00")
    assert notify(office, saturday).sent == 0 and len(robots.seen) == 3
    later = datetime.now(JULY.tzinfo) + timedelta(minutes=11)
    with office.open_warehouse() as warehouse:
        assert waiting(warehouse, later) == []
    after_failure(office)
    assert len(robots.seen) == 4 and "可能没有送达，没有重发" in robots.texts()[3]
    with office.open_warehouse() as warehouse:
        assert waiting(warehouse, later) == []


def test_a_message_that_failed_is_retried_by_notify(office, robots):
    robots.answers = [(500, {})] * 3
    night(office, JULY)
    saturday = datetime.fromisoformat("2020-07-11T09:00:00+08:00")
    assert notify(office, saturday).sent == 1
    assert notify(office, saturday).sent == 0 and len(robots.seen) == 4


def test_no_night_and_a_failed_one_raise_the_alarm_once_a_day(office, robots):
    night(office, JULY)
    with office.open_warehouse() as warehouse:
        now = datetime.now(JULY.tzinfo)
        assert of_no_night(office, warehouse, now, 26) is None
        alarm = of_no_night(office, warehouse, now + timedelta(hours=27), 26)
    assert alarm is not None and "没有运行" in alarm.subject and "26 小时" in alarm.body
    before = len(robots.seen)
    after_failure(office)
    after_failure(office)
    assert len(robots.seen) == before + 1 and "没有完成" in robots.texts()[-1]


def test_days_on_which_no_night_is_due_raise_no_alarm(office, robots, monkeypatch):
    """Nights on working days only: a weekend is quiet, a night that is missing then is not."""
    night(office, JULY)
    due = (datetime.now(office.settings.zone) + timedelta(days=3)).replace(hour=2, minute=0)
    monkeypatch.setenv("HUIZONG_SERVE__NIGHTLY", f"0 2 * * {due.isoweekday()}")
    seldom = Office(office.folder)
    with seldom.open_warehouse() as warehouse:
        told = [of_no_night(seldom, warehouse, due + timedelta(hours=hours), 26) is not None for hours in (-1, 1, 6)]
    assert told == [False, False, True]


def test_the_alarm_goes_out_also_when_the_warehouse_is_what_failed(office, robots, monkeypatch):
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    broken = Office(office.folder)
    after_failure(broken)
    after_failure(broken)
    assert len(robots.seen) == 1 and "没有完成" in robots.texts()[0]


def test_an_alarm_that_reached_nobody_is_tried_again_and_one_that_did_is_not_queued_anew(office, robots, monkeypatch):
    """Told without the warehouse, once; whatever is back first."""
    url = os.environ["HUIZONG_NOTIFY__URLS"]
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("HUIZONG_NOTIFY__URLS", "json://127.0.0.1:1/")
    after_failure(Office(office.folder))
    assert not list((office.folder / "logs").glob("told-*")), "no robot was there"
    monkeypatch.setenv("HUIZONG_NOTIFY__URLS", url)
    after_failure(Office(office.folder))
    monkeypatch.delenv("HUIZONG_WAREHOUSE__URL")
    after_failure(Office(office.folder))  # the warehouse is back and something else failed, the same day
    assert len(robots.seen) == 1


def test_an_alarm_is_not_doubled_when_the_warehouse_is_lost_while_it_goes_out(office, robots, monkeypatch):
    """Once lost after the robot had it, once before: told in the morning without the warehouse, it does not go out again when that is back."""
    night(office, JULY)
    before = len(robots.seen)
    with monkeypatch.context() as lost:
        lost.setattr(telling, "settle", _lost)
        after_failure(office)
    assert len(robots.seen) == before + 1
    with monkeypatch.context() as lost:
        lost.setattr(telling, "waiting", _lost)
        after_failure(office, "keep")
    assert len(robots.seen) == before + 1
    with monkeypatch.context() as lost:
        lost.setenv("HUIZONG_WAREHOUSE__URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
        after_failure(Office(office.folder), "keep")
    after_failure(office, "keep")
    assert len(robots.seen) == before + 2


def _lost(*_: object) -> None:
    raise WarehouseUnreachable("the server closed the connection")


def test_a_full_disk_silences_no_alarm(office, robots, monkeypatch):
    """No warehouse and no room for the mark that it was told: it is told all the same, by the night and by the morning."""
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    broken = Office(office.folder)
    assert (office.folder / "logs").is_dir(), "made with the office, while there was room"
    (office.folder / "logs").rmdir()
    (office.folder / "logs").symlink_to("/dev/full/none")  # nothing can be made in it
    after_failure(broken)
    assert len(robots.seen) == 1 and "没有完成" in robots.texts()[0]
    assert notify(broken, datetime.now(JULY.tzinfo), if_no_night=True).sent == 1


def test_a_night_that_fails_before_its_first_step_is_told_too(office, robots, monkeypatch):
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    for dry, told in ((True, 0), (False, 1)):
        with pytest.raises(WarehouseUnreachable):
            nightly.fn(str(office.folder), as_of=JULY, period="2020-H1", dry_run=dry)
        assert len(robots.seen) == told
    with pytest.raises(BadCatalogue):  # asked for wrongly
        nightly.fn(str(office.folder), as_of=JULY, period="2020-H1", form="F99")
    assert len(robots.seen) == 1


def test_a_second_refusal_of_the_same_form_on_the_same_day_is_told_too(office, robots):
    night(office, JULY)
    before = len(robots.seen)
    file = office.inbox / "2020年/06月/控违办/拆违控违情况（2020年6月）.xlsx"
    file.parent.mkdir(parents=True, exist_ok=True)
    for number, hours in ((1, 1), (2, 3)):
        file.write_bytes(b"broken" + bytes([number]))
        os.utime(file, ((JULY + timedelta(hours=hours)).timestamp(),) * 2)
        night(office, JULY + timedelta(hours=hours + 1))
        assert len(robots.seen) == before + number


def test_a_month_whose_clearing_failed_is_told_beside_a_failed_night(office, robots, monkeypatch):
    after_failure(office)
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    for dry, told in ((True, 1), (False, 2)):
        with pytest.raises(WarehouseUnreachable):
            monthly_keep.fn(str(office.folder), dry_run=dry)
        assert len(robots.seen) == told
    assert "到期清理没有完成" in robots.texts()[1] and "huizong keep" in robots.texts()[1]


def test_a_spoilt_catalogue_silences_no_alarm(office, robots):
    night(office, JULY)
    before = len(robots.seen)
    (office.folder / "catalog" / "villages.csv").write_text("code,name\nno village", "utf-8")
    spoilt = Office(office.folder)
    after_failure(spoilt)
    with pytest.raises(Said):  # the reminders need the catalogue
        notify(spoilt, datetime.now(JULY.tzinfo) + timedelta(hours=27), if_no_night=True)
    assert [word in text for word, text in zip(("没有完成", "没有运行"), robots.texts()[before:], strict=True)] == [True, True]


def test_a_clock_set_back_raises_the_alarm(office, robots):
    night(office, JULY)
    with office.open_warehouse() as warehouse:
        assert of_no_night(office, warehouse, datetime.now(JULY.tzinfo) - timedelta(days=2), 26) is not None


def test_reminders_keep_to_working_days_and_say_each_step_once(office, robots, monkeypatch):
    monkeypatch.setenv("HUIZONG_GENERAL__START", "2020-05")
    office = Office(office.folder)
    office.upgrade_warehouse()
    run_night(office, as_of=datetime.fromisoformat("2020-07-01T02:00:00+08:00"))

    def reminded(day: str) -> str:
        count = len(robots.seen)
        notify(office, datetime.fromisoformat(f"{day}T08:00:00+08:00"))
        assert not any("另有" in text for text in robots.texts()[count:]), "several messages, none cut"
        return "".join(robots.texts()[count:])

    first = reminded("2020-07-02")
    assert first and "2020年6月" in first and "7月5日到期" in first and "@" in first
    assert reminded("2020-07-02") == reminded("2020-07-04") == "", "said already; and Saturday"
    monday = reminded("2020-07-06")
    assert "已逾期1天" in monday
    assert reminded("2020-07-06") == ""


def test_a_saturday_that_is_worked_reminds_and_a_holiday_on_a_weekday_does_not(office, robots, monkeypatch):
    """Autumn of 2019: 1 to 7 October are 国庆, Sunday 29 September and Saturday 12 October are worked for them."""
    monkeypatch.setenv("HUIZONG_GENERAL__START", "2019-09")
    office = Office(office.folder)

    def said(day: str) -> str:
        count = len(robots.seen)
        notify(office, datetime.fromisoformat(f"{day}T08:00:00+08:00"))
        return "".join(robots.texts()[count:])

    assert said("2019-09-28") == "", "a Saturday as others"
    assert "10月5日到期" in said("2019-09-29"), "a Sunday that is worked: one working day is left until the 5th"
    assert all(said(f"2019-10-0{day}") == "" for day in range(1, 8)), "holidays, the deadline itself among them"
    assert "已逾期3天" in said("2019-10-08"), "the first working day after it"
    assert said("2019-10-09") == "" != said("2019-10-10")
    assert "已逾期7天" in said("2019-10-12"), "the Saturday is the fifth working day and is reminded on"
    assert said("2019-10-13") == ""


def test_working_days_know_the_holidays_and_the_exchanged_days_and_fall_back_to_weekdays():
    assert not is_workday(datetime(2020, 10, 1).date()) and is_workday(datetime(2020, 10, 10).date()), "国庆; 调休的星期六"
    assert workdays_between(datetime(2020, 9, 30).date(), datetime(2020, 10, 10).date()) == 2
    assert is_workday(datetime(2099, 10, 1).date()), "a Thursday of a year nobody has arranged yet"


def test_a_year_that_is_not_arranged_yet_is_said(office, robots, monkeypatch):
    monkeypatch.setenv("HUIZONG_GENERAL__START", "2099-01")
    office = Office(office.folder)
    with office.open_warehouse() as warehouse:
        messages = of_reminders(office, warehouse, datetime.fromisoformat("2099-07-03T08:00:00+08:00"))
    assert messages and all("2099年的放假和调休安排本程序还不知道" in message.body for message in messages)


def test_the_office_words_its_messages_and_a_broken_template_does_not_silence_them(office, robots):
    template = office.folder / "catalog" / "report" / "消息_未完成.txt"
    template.write_text("{{ town }}：昨夜没跑完\n找小王。", "utf-8")
    after_failure(office)
    assert "清溪：昨夜没跑完" in robots.texts()[0]
    template.write_text("{{ tow }}", "utf-8")
    run_night(office, as_of=JULY)
    with office.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM outbox")
    after_failure(office)
    assert "没有完成" in robots.texts()[1] and "消息_未完成.txt 有误" in robots.texts()[1]


def test_a_long_message_is_cut_by_lines_and_says_so(office):
    from flows.telling.words import shortened

    text = shortened("\n".join(f"· 社会事务办 2020年{n}月《表》" for n in range(200)))
    assert len(text.encode()) < 2048 and "另有" in text.splitlines()[-1]


def test_a_department_that_owes_very_much_is_told_all_of_it_in_messages_that_fit(office, robots, monkeypatch):
    monkeypatch.setenv("HUIZONG_GENERAL__START", "2018-01")
    office = Office(office.folder)
    with office.open_warehouse() as warehouse:
        messages = of_reminders(office, warehouse, datetime.fromisoformat("2020-07-03T08:00:00+08:00"))
    assert len(messages) > 1 and all(len(message.body.encode()) <= 1500 and "另有" not in message.body for message in messages)


def test_an_address_put_in_front_of_the_others_loses_nothing_that_waits_for_them(office, robots, monkeypatch):
    def to(*addresses: str) -> Office:
        monkeypatch.setenv("HUIZONG_NOTIFY__URLS", " ".join(addresses))
        return Office(office.folder)

    robots.answers = [(500, {})] * 3
    night(to(WECOM), JULY)
    failed = len(robots.seen)
    notify(to(DINGTALK, WECOM), JULY + timedelta(hours=1))
    assert "收表情况" in "".join(robots.texts()[failed:]), "what failed was tried again"
    with office.open_warehouse() as warehouse:
        assert waiting(warehouse, JULY + timedelta(hours=2)) == []


def test_a_mailbox_with_a_new_password_is_the_same_channel_and_another_mailbox_is_not():
    names = [channels(f"mailto://{who}@example.org?to=a@example.org")[0].name for who in ("u:old", "u:n%40w", "v:old")]
    assert names[0] == names[1] != names[2]


def test_a_warehouse_of_another_version_does_not_silence_the_alarm(office, robots):
    with office.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    notify(Office(office.folder), JULY, if_no_night=True)
    assert any("没有完成" in text or "未完成" in text for text in robots.texts()), robots.texts()


def test_no_secret_is_in_a_log_a_repr_an_exception_or_the_warehouse(office, robots, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HUIZONG_NOTIFY__URLS", f"{WECOM} mailto://user:{SECRET}@127.0.0.1:1/?to=a@example.org&from=b@example.org")
    office = Office(office.folder)
    robots.answers = [(500, {})] * 2
    night(office, JULY)
    assert len(robots.seen) == 3
    with office.open_warehouse() as warehouse:
        assert [m.channel.split("-")[0] for m in waiting(warehouse, JULY)] in (["mailto"], ["mailtos"])
        told = of_night(office, warehouse, JULY)
    everywhere = caplog.text + repr(channels(WECOM)) + repr(office.settings) + repr(told) + str(office.settings.notify)
    on_disk = b"".join(p.read_bytes() for p in office.folder.glob("warehouse.db*"))
    assert SECRET not in everywhere and SECRET.encode() not in on_disk
    with pytest.raises(BadChannel) as refused:
        channels(f"nonsense://{SECRET}")
    assert SECRET not in str(refused.value)
