"""From the outbox to the channels: remembered before it is sent, tried again when it failed, never sent again in doubt."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.notify import Channel, Outcome, channels, send
from connectors.warehouse import Warehouse, WarehouseNotReady, WarehouseUnreachable
from connectors.warehouse.outbox import GIVEN_UP_AFTER, claim, doubtful, mention_doubtful, put, put_at, put_in, settle, waiting
from flows.office import Office
from flows.settings import notify_addresses
from flows.telling.messages import Message, of_failure, of_night, of_no_night, of_reminders
from flows.telling.words import town_name

if TYPE_CHECKING:
    from sqlalchemy import Connection

WAITS: Sequence[float] = (1.0, 5.0)
"""Seconds between the tries of one delivery; what still fails waits for the next night or the next `huizong notify`."""
NAMED = 2
"""Messages in doubt that the next one names; a recipient who is refused for good would make it longer every night."""
_log = logging.getLogger("huizong.telling")


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many messages went out, wait for another try, and may or may not have arrived."""

    sent: int = 0
    waiting: int = 0
    doubtful: int = 0


def open_channels(office: Office) -> tuple[Channel, ...]:
    return channels(notify_addresses(office.settings))


def tell(office: Office, warehouse: Warehouse, messages: Sequence[Message], now: datetime) -> Delivered:
    """Queue these and deliver everything that waits."""
    to = open_channels(office)
    _queue(office, warehouse, to, messages, now)
    return deliver(office, warehouse, to, now)


def _queue(office: Office, warehouse: Warehouse, to: Sequence[Channel], messages: Sequence[Message], now: datetime) -> None:
    for message in messages:
        names = [c.name for c in to if not _mark(office, message.key, c).exists()]
        put(warehouse, message.key, message.kind, names, message.subject, message.body, now, message.about)


def deliver(office: Office, warehouse: Warehouse, to: Sequence[Channel], now: datetime) -> Delivered:
    counts = dict.fromkeys(Outcome, 0)
    known = {channel.name: channel for channel in to}
    for message in waiting(warehouse, now):
        channel = known.get(message.channel)
        if channel is None or not claim(warehouse, message, now):
            continue
        if _mark(office, message.key, channel).exists():  # told meanwhile without the warehouse
            settle(warehouse, message, "sent")
            continue
        lost = doubtful(warehouse, channel.name)
        body = message.body + "".join(f"\n（此前的消息“{subject}”可能没有送达，没有重发。）" for subject in lost[-NAMED:])
        if len(lost) > NAMED:
            body += f"\n（更早还有 {len(lost) - NAMED} 条消息也可能没有送达，请检查消息地址。）"
        outcome = _send(channel, message.subject, body)
        if outcome is Outcome.SENT and lost:
            mention_doubtful(warehouse, channel.name)
        settle(warehouse, message, {Outcome.SENT: "sent", Outcome.FAILED: "pending", Outcome.DOUBTFUL: "doubtful"}[outcome])
        counts[outcome] += 1
    return Delivered(counts[Outcome.SENT], counts[Outcome.FAILED], counts[Outcome.DOUBTFUL])


def _send(channel: Channel, subject: str, body: str) -> Outcome:
    outcome = send(channel, subject, body)
    for wait in WAITS:
        if outcome is not Outcome.FAILED:
            break
        time.sleep(wait)
        outcome = send(channel, subject, body)
    return outcome


# --- what the night calls: it never fails for a message ----------------------------------------------------


def night_message(office: Office, at: datetime, deferred: int = 0, unbrought: int = 0, stale: int = 0) -> Callable[[Connection, int], object] | None:
    """Queues what the night has to tell, if anything; to be done as the night is noted as completed, for :func:`after_night`."""
    try:
        to = open_channels(office)
        if not to:
            return None
        with office.open_warehouse() as warehouse:
            message = of_night(office, warehouse, at, deferred, unbrought, stale)
    except Exception as error:  # noqa: BLE001 - the figures are done; a message is not worth them, and the morning makes up for it
        _log.warning("the night's message could not be made (%s); see `huizong notify`", type(error).__name__)
        return None
    if message is None:
        return None
    names = [channel.name for channel in to]
    return lambda connection, number: put_in(
        connection, number, message.key, message.kind, names, message.subject, message.body, datetime.now(UTC), message.about
    )


def after_night(office: Office) -> None:
    """What was queued goes out."""
    try:
        if to := open_channels(office):
            with office.open_warehouse() as warehouse:
                deliver(office, warehouse, to, datetime.now(UTC))
    except Exception as error:  # noqa: BLE001 - it waits for the next `huizong notify`
        _log.warning("telling about the night failed (%s); see `huizong notify`", type(error).__name__)


def _untold(office: Office, warehouse: Warehouse, now: datetime) -> list[Message]:
    """What completed nights of the last week had to tell and could not queue: no address could be read then, say."""
    done = [run for run in warehouse.runs() if run.state == "completed" and run.finished_at is not None]
    put = put_at(warehouse, "night")
    nexts = [run.started_at for run in done[1:]]
    messages = []
    for run, until in zip(done, [*nexts, None], strict=False):
        queued = any(run.started_at <= at and (until is None or at < until) for at in put)
        if not queued and run.finished_at is not None and now - run.finished_at <= GIVEN_UP_AFTER:
            messages.append(of_night(office, warehouse, run.as_of, run.deferred))
    return [message for message in messages if message is not None]


def after_failure(office: Office, what: str = "failure") -> None:
    """That the night, or with ``keep`` the clearing of a month, was not completed; also when the warehouse is what failed."""
    try:
        to, now = open_channels(office), datetime.now(UTC)
        if to:
            _alarm(office, to, of_failure(office, now, what), now)
    except Exception as error:  # noqa: BLE001 - the night's own error is the one to be seen
        _log.warning("telling about the failure failed (%s)", type(error).__name__)


def _alarm(office: Office, to: Sequence[Channel], message: Message, now: datetime) -> Delivered:
    try:
        with office.open_warehouse() as warehouse:
            _queue(office, warehouse, to, [message], now)
    except (WarehouseUnreachable, WarehouseNotReady):
        outcomes = [_once(_mark(office, message.key, channel), channel, message) for channel in to]
        return Delivered(*(outcomes.count(outcome) for outcome in (Outcome.SENT, Outcome.FAILED, Outcome.DOUBTFUL)))
    with office.open_warehouse() as warehouse:  # lost from here on, it is the outbox that knows whether the message went out
        return deliver(office, warehouse, to, now)


def _once(mark: Path, channel: Channel, message: Message) -> Outcome | None:
    """An alarm without an outbox that remembers it: a mark beside the logs says that it was told today. None: it was."""
    with suppress(OSError):
        mark.parent.mkdir(exist_ok=True)
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return None
    except OSError as error:  # a disk that is full or read-only may be what failed: rather told twice than not at all
        _log.warning("no mark of an alarm can be made (%s); it is sent all the same", type(error).__name__)
    outcome = _send(channel, message.subject, message.body)
    if outcome is Outcome.FAILED:
        with suppress(OSError):
            mark.unlink()  # the morning tries again
    return outcome


def _mark(office: Office, key: str, channel: Channel) -> Path:
    return office.folder / "logs" / f"told-{key.replace(':', '-')}-{channel.name}"


def notify(office: Office, now: datetime, *, if_no_night: bool = False, hours: int = 26, test: bool = False) -> Delivered | None:
    """`huizong notify`: reminders of the day, whatever waits, and on request the alarm that no night happened. None: no channels."""
    to = open_channels(office)
    if not to:
        return None
    if test:
        outcomes = [_send(channel, f"{town_name(office)}镇 汇总", "这是一条测试消息。") for channel in to]
        return Delivered(outcomes.count(Outcome.SENT), outcomes.count(Outcome.FAILED), outcomes.count(Outcome.DOUBTFUL))
    try:
        with office.open_warehouse() as warehouse:
            alarm = of_no_night(office, warehouse, now, hours) if if_no_night else None
            told = tell(office, warehouse, [alarm], now) if alarm else Delivered()  # before the catalogue is asked: it may be what failed
            reminded = tell(office, warehouse, [*_untold(office, warehouse, now), *of_reminders(office, warehouse, now)], now)
            return Delivered(told.sent + reminded.sent, reminded.waiting, told.doubtful + reminded.doubtful)  # what waits was tried again
    except (WarehouseUnreachable, WarehouseNotReady):
        return _alarm(office, to, of_failure(office, now), now)
