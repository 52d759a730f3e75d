"""To real servers on loopback, robots and mail: what counts as delivered, nobody told twice, and no secret anywhere."""

from __future__ import annotations

import logging
import socket
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from apprise.plugins.wecombot import NotifyWeComBot

from connectors.notify import BadChannel, Outcome, channels, send
from connectors.warehouse.outbox import waiting
from flows.office import Office
from flows.telling import deliver as telling
from flows.telling.messages import of_night
from tests.night.telling.robots import DINGTALK, FEISHU, JULY, SECRET, WECOM, night


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


def test_a_mailbox_with_a_new_password_is_the_same_channel_and_another_mailbox_is_not():
    names = [channels(f"mailto://{who}@example.org?to=a@example.org")[0].name for who in ("u:old", "u:n%40w", "v:old")]
    assert names[0] == names[1] != names[2]


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
