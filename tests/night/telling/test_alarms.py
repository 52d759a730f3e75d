"""No night, a failed one, a failed clearing: the alarm is raised once, whatever else is broken."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest

from catalog.catalogue import BadCatalogue
from catalog.said import Said
from connectors.warehouse import WarehouseUnreachable
from flows.keeping.flow import monthly_keep
from flows.nightly import nightly
from flows.office import Office
from flows.telling import deliver as telling
from flows.telling.deliver import after_failure, notify
from flows.telling.messages import of_no_night
from tests.night.telling.robots import JULY, night


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


def test_a_warehouse_of_another_version_does_not_silence_the_alarm(office, robots):
    with office.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    notify(Office(office.folder), JULY, if_no_night=True)
    assert any("没有完成" in text or "未完成" in text for text in robots.texts()), robots.texts()
