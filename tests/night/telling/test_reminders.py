"""Reminders to the departments: on working days, each step once, and all that is owed."""

from __future__ import annotations

from datetime import datetime

from flows.office import Office
from flows.telling.deliver import notify
from flows.telling.messages import of_reminders
from flows.telling.workdays import is_workday, workdays_between
from tests.night.offices import run_night


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


def test_a_department_that_owes_very_much_is_told_all_of_it_in_messages_that_fit(office, robots, monkeypatch):
    monkeypatch.setenv("HUIZONG_GENERAL__START", "2018-01")
    office = Office(office.folder)
    with office.open_warehouse() as warehouse:
        messages = of_reminders(office, warehouse, datetime.fromisoformat("2020-07-03T08:00:00+08:00"))
    assert len(messages) > 1 and all(len(message.body.encode()) <= 1500 and "另有" not in message.body for message in messages)
