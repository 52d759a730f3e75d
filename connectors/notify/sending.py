"""One message to one channel. Addresses are secrets: they are in no message, exception, log or repr."""

from __future__ import annotations

import hashlib
import logging
import re
import smtplib
import sys
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from catalog.said import Said

CONNECT_SECONDS, ANSWER_SECONDS = 5, 20
_ROBOTS = frozenset(["wecombot", "dingtalk", "feishu", "lark"])
"""They answer 200 with a number of their own: 0 is delivered, all else is not, and apprise takes it all for delivered."""
_NUMBERS = ("errcode", "code", "StatusCode")
_PASSED_ON = frozenset([502, 504])
"""A server between answers for the robot behind it, which may have the message all the same (RFC 9110 §15.6)."""
_LOGS = ("apprise", "urllib3", "requests")
_one_at_a_time = threading.Lock()


class BadChannel(Said, ValueError):
    """An address that is none; says which one by its place, never the address."""


class Outcome(StrEnum):
    SENT = "sent"
    FAILED = "failed"
    """It surely reached nobody: try again."""
    DOUBTFUL = "doubtful"
    """It may have been delivered, or was to some of its recipients: trying again could double it."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages go; ``name`` may be said aloud. It is the same wherever the address stands among the others."""

    name: str
    address: str = field(repr=False)


def channels(addresses: str) -> tuple[Channel, ...]:
    """Channels from addresses parted by spaces or line ends: ``https://qyapi.weixin.qq.com/…``, ``dingtalk://…``, ``mailto://…``

    The robots' own https addresses are taken as they are. Raises :class:`BadChannel`.
    """
    result = []
    for number, address in enumerate(addresses.split(), 1):
        with _silence():
            plugin = _plugin(address)
        if plugin is None:
            raise BadChannel(f"address {number} of HUIZONG_NOTIFY__URLS is no channel; paste the robot's address, or write mailto://user:password@host?to=…")
        result.append(Channel(f"{_schema(plugin)}-{_marked(address)}", address))
    return tuple(result)


def _marked(address: str) -> str:
    """The same for the same mailbox after its password has changed."""
    return hashlib.sha256(re.sub(r"(://[^:/@]*):[^/]*@", r"\1@", address).encode()).hexdigest()[:6]


def send(channel: Channel, subject: str, body: str) -> Outcome:
    """One message, once; never raises for what happens on the way."""
    with _one_at_a_time, _silence():
        plugin = _plugin(channel.address)
        if plugin is None:
            return Outcome.FAILED
        module = sys.modules[type(plugin).__module__]
        heard, letters = _Listening(getattr(module, "requests", None)), _Letters()
        listeners = {name: listener for name, listener in (("requests", heard), ("smtplib", letters)) if hasattr(module, name)}
        before = {name: getattr(module, name) for name in listeners}
        vars(module).update(listeners)
        began = time.monotonic()
        try:
            done = bool(plugin.notify(body=body, title=subject))
        except Exception:  # noqa: BLE001 - a message that cannot be sent must not stop a night, and its error holds the address
            done = False
        finally:
            vars(module).update(before)
        if "smtplib" in listeners:
            return letters.outcome(done)
        if heard.error is not None or heard.answer is not None:
            return heard.outcome(_schema(plugin) in _ROBOTS)
        if done:
            return Outcome.SENT if heard.requests is None else Outcome.DOUBTFUL
        return Outcome.DOUBTFUL if time.monotonic() - began >= ANSWER_SECONDS else Outcome.FAILED


def _plugin(address: str) -> Any:
    from apprise import Apprise

    mark = "&" if "?" in address else "?"
    try:
        return Apprise.instantiate(f"{address}{mark}cto={CONNECT_SECONDS}&rto={ANSWER_SECONDS}", suppress_exceptions=True)
    except Exception:  # noqa: BLE001 - whatever apprise thinks of it, it is no channel
        return None


def _schema(plugin: Any) -> str:
    known = plugin.secure_protocol or plugin.protocol
    return str(known if isinstance(known, str) else known[0])


class _Listening:
    """The requests module as a plugin of apprise sees it; what the server answered is kept, which apprise lets go."""

    def __init__(self, requests: Any) -> None:
        self.requests = requests
        self.answer: Any = None
        self.error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.requests, name)

    def post(self, *arguments: Any, **options: Any) -> Any:
        try:
            self.answer = self.requests.post(*arguments, **options)
        except Exception as error:
            self.error = error
            raise
        return self.answer

    def outcome(self, robot: bool) -> Outcome:
        if self.error is not None:
            return Outcome.FAILED if _never_there(self.error) else Outcome.DOUBTFUL
        if self.answer.status_code in _PASSED_ON:
            return Outcome.DOUBTFUL
        if self.answer.status_code >= 400:
            return Outcome.FAILED
        if not robot:
            return Outcome.SENT
        try:
            told = self.answer.json()
            number = next(told[key] for key in _NUMBERS if key in told)
        except (ValueError, TypeError, StopIteration):
            return Outcome.FAILED  # some other page, e.g. a proxy's
        return Outcome.SENT if number == 0 else Outcome.FAILED


def _never_there(error: Exception) -> bool:
    """Nothing was sent: no such name, nobody who answers, a handshake that fails (a clock that is wrong, a root that is missing)."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError, SSLError

    reason = getattr(error.args[0], "reason", None) if error.args else None  # an answer that breaks off has none
    return isinstance(reason, ConnectTimeoutError | NewConnectionError | ProxyError | SSLError)


class _Letters:
    """The smtplib module as a plugin of apprise sees it; what became of every letter is kept, which apprise lets go.

    A letter for several is sent to each by itself, so that one who is refused says nothing of the others.
    """

    def __init__(self) -> None:
        self.taken, self.unsure = 0, False
        letters = self

        class Plain(smtplib.SMTP):
            def data(self, msg: Any) -> tuple[int, bytes]:
                try:
                    code, said = super().data(msg)
                except smtplib.SMTPDataError:
                    raise  # the server would not even have it
                except Exception:
                    letters.unsure = True  # cut off: the server may have it
                    raise
                letters.taken += code // 100 == 2
                return code, said

            def sendmail(self, *arguments: Any, **options: Any) -> Any:
                refused = super().sendmail(*arguments, **options)
                letters.unsure |= bool(refused)  # somebody who was to have a copy
                return refused

        class Secure(Plain, smtplib.SMTP_SSL):
            pass

        self.SMTP, self.SMTP_SSL = Plain, Secure

    def __getattr__(self, name: str) -> Any:
        return getattr(smtplib, name)

    def outcome(self, done: bool) -> Outcome:
        if self.unsure or (self.taken > 0) is not done:
            return Outcome.DOUBTFUL
        return Outcome.SENT if done else Outcome.FAILED


class _silence:
    """The libraries' own logs name addresses; they are not heard meanwhile."""

    def __enter__(self) -> None:
        self.before = {name: logging.getLogger(name).level for name in _LOGS}
        for name in _LOGS:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)

    def __exit__(self, *_: object) -> None:
        for name, level in self.before.items():
            logging.getLogger(name).setLevel(level)
