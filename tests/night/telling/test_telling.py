"""What a night tells: once, not in doubt twice, made up for when it got lost, and in the office's words."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest

from connectors.warehouse.outbox import claim, waiting
from flows.intake.collect import Wanted, collect, read_and_load
from flows.intake.flow import Intake
from flows.nightly import backfill, work
from flows.office import Office
from flows.telling import deliver as telling
from flows.telling.deliver import after_failure, notify
from flows.telling.messages import Message
from tests.night.offices import HALF, run_night
from tests.night.telling.robots import DINGTALK, JULY, WECOM, hand_in, night


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
