"""What is let go is gone from the disk, and no figure changes because of it."""

from __future__ import annotations

import os
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from catalog.periods import Month, Period, months_between
from flows.keeping.retention import NotDeleted, carry_out, plan
from flows.new_office import create_office
from flows.office import Office
from flows.verify import verify
from flows.words.revoke import revoke
from tests.flows.intake.sheets import page, xlsx
from tests.night.offices import everything, rows, run_night

AUTUMN = datetime.fromisoformat("2020-10-20T02:00:00+08:00")
NINE = Period.parse("2020-9M")
VILLAGES = "code,name,kind\n980113105201,东山村,村委会\n980113105202,西坡村,村委会\n"
SHOPS = """id: X01
title: 商户清单
department: 经发办
due: {day: 5, after: 1}
sheets:
  - name: 清单
    shape: ledger
    mode: snapshot
    columns:
      - {path: 序号, type: serial, optional: true}
      - {path: 商户名称}
      - {path: "本年累计销售额（元）", type: amount, role: flow_ytd, unit: 元}
"""
SALES = """- id: shop_sales
  title: 商户销售额
  kind: flow
  unit: 元
  display: int
  department: 经发办
  role: printed
  from: {source: ledger, form: X01, sheet: 清单, count: sum, of: "本年累计销售额（元）", months: difference}
"""


def fines(office: Office, month: Month, numbers: list[str], name: str = "", when: datetime | None = None) -> Path:
    """F20 of one month: one vehicle a row, a decision's number each."""
    columns = office.catalogue.forms["F20"].sheet("台账").columns
    body = []
    for row, number in enumerate(numbers, 1):
        told = {"序号": row, "日期": f"{month.year}-{month.month:02d}-{row:02d}", "检查车辆数": 10 + row, "处罚决定书号": number,
                "罚款金额（元）": 1000 * row, "驾驶人": "某某", "车牌号": "湘A00000"}  # fmt: skip
        body.append([told.get(column.path) for column in columns])
    return lay(office, month, name or f"渣土运输车辆联合执法台账（{month.year}年{month.month}月）.xlsx", page(office.catalogue, "F20", "台账", body, month.year, month.month), when)


def shops(office: Office, month: Month) -> Path:
    body = [["序号", "商户名称", "本年累计销售额（元）"], [1, "甲店", 100 * month.month], [2, "乙店", 7 * month.month]]
    title = [f"清溪镇{month.year}年{month.month}月商户清单"]
    return lay(office, month, f"商户清单（{month.year}年{month.month}月）.xlsx", xlsx({"清单": [title, *body]}), None)


def lay(office: Office, month: Month, name: str, data: bytes, when: datetime | None) -> Path:
    path = office.inbox / f"{month.year}年/{month.month:02d}月/{name}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    moment = (when or datetime(month.year, month.month, 28, 9)).timestamp()
    os.utime(path, (moment, moment))
    return path


def tokens(office: Office) -> set[str]:
    with office.open_warehouse() as warehouse, warehouse.reading() as connection:
        return set(connection.exec_driver_sql("SELECT token FROM entry WHERE token <> ''").scalars())


def keep(office: Office, now: datetime):
    with office.open_warehouse() as warehouse:
        what = plan(office, warehouse, now)
        carry_out(office, warehouse, what, now)
    return what


@pytest.fixture(scope="module")
def read_once(tmp_path_factory):
    """Twenty-one months of two ledgers; one decision's number comes back the month after."""
    office = create_office(tmp_path_factory.mktemp("town") / "office")
    catalog = office.folder / "catalog"
    (catalog / "town.yml").write_text("town_name: 清溪\n", "utf-8")
    (catalog / "villages.csv").write_text(VILLAGES, "utf-8")
    (catalog / "forms" / "X01.yml").write_text(SHOPS, "utf-8")
    (catalog / "indicators" / "X01.yml").write_text(SALES, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUIZONG_PRIVACY__KEY", "a key for tests only")
        for month in months_between(Month(2019, 1), Month(2020, 9)):
            serial = month.year * 12 + month.month
            fines(office, month, [f"决{serial}", f"决{serial}乙", f"决{serial - 1}"])
            shops(office, month)
        run_night(office, as_of=AUTUMN, period=NINE)
    return office


@pytest.fixture
def office(read_once, tmp_path):
    shutil.copytree(read_once.folder, tmp_path / "office")
    return Office(tmp_path / "office")


def touched(office: Office) -> Office:
    """A word of the catalogue changes: every file is read and every figure computed anew."""
    with (office.folder / "catalog" / "town.yml").open("a", encoding="utf-8") as town:
        town.write("# 改了一个字\n")
    return Office(office.folder)


def figures(office: Office) -> dict[tuple[str, str], dict]:
    return {(r["indicator"], r["period"]): r for r in rows(office, "out_indicator_period")}


def test_ledger_rows_go_after_thirteen_months_and_every_figure_stays(office, tmp_path):
    straight = Office(shutil.copytree(office.folder, tmp_path / "straight"))
    before, known = everything(office), tokens(office)
    assert figures(office)["muck_truck_punished_cnt", "2019"]["value"] == "25", "twelve months of two new numbers, and one of the year before"
    with office.open_warehouse() as warehouse:
        first = plan(office, warehouse, AUTUMN)
    assert {p.period for p in first.people} == {f"2019-{m:02d}" for m in range(1, 9)}
    assert everything(office) == before and tokens(office) == known, "a dry run changes nothing"
    keep(office, AUTUMN)
    gone = known - tokens(office)
    assert everything(office) == before and len(gone) > 10
    on_disk = b"".join(p.read_bytes() for p in office.folder.glob("warehouse.db*"))
    assert not any(token.encode() in on_disk for token in gone)
    office, straight = touched(office), touched(straight)
    assert run_night(office, as_of=AUTUMN, period=NINE).changed
    run_night(straight, as_of=AUTUMN, period=NINE)
    after, whole = everything(office), everything(straight)
    ended = [row for row in whole["out_issue"] if row not in after["out_issue"]]
    assert ended and all("月已经报过" in repr(row) for row in ended), "a question that only the rows can answer goes with them"
    whole["out_issue"] = [row for row in whole["out_issue"] if row not in ended]
    assert after == whole, "computed anew, each is what it would be with all the rows"
    assert gone.isdisjoint(tokens(office)), "reading the file again does not bring the people back"
    assert verify(office).broken == "", "the log vouches for what was let go, and for what keeps of it"
    with office.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE reading SET value = '7' WHERE submission = (SELECT min(submission) FROM reading WHERE value IS NOT NULL AND submission IN (SELECT load FROM load JOIN let_go ON let_go.submission = load.submission))")
    assert "到期删除后留下的数据被改动" in verify(office).broken
    with office.open_warehouse() as warehouse:
        assert plan(office, warehouse, AUTUMN).empty


def test_a_window_of_which_a_part_is_gone_is_never_counted_from_the_rest(office):
    before = figures(office)
    keep(office, AUTUMN)
    with office.open_warehouse() as warehouse, warehouse.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM kept_figure WHERE year = 2019 AND \"first\" = 1 AND \"last\" = 12")
    office = touched(office)
    run_night(office, as_of=AUTUMN, period=NINE)
    after = figures(office)
    lost = after["muck_truck_punished_cnt", "2019"]
    assert (lost["value"], lost["status"]) == (None, "missing")
    assert after["muck_truck_punished_cnt", "2019-H1"] == before["muck_truck_punished_cnt", "2019-H1"]


def test_month_after_month_the_figures_stay(office):
    before = figures(office)
    for months in range(4):
        keep(office, AUTUMN + timedelta(days=31 * months))
    office = touched(office)
    run_night(office, as_of=AUTUMN, period=NINE)
    assert figures(office) == before


def test_a_correction_that_comes_too_late_is_said_and_does_not_shrink_the_year(office):
    keep(office, AUTUMN)
    before = figures(office)
    fines(office, Month(2019, 3), ["决1", "决2"], "渣土运输车辆联合执法台账（2019年3月）更正.xlsx", datetime(2020, 10, 20))
    run_night(office, as_of=AUTUMN + timedelta(days=1), period=NINE)
    after = figures(office)
    assert after["muck_truck_punished_cnt", "2019-03"]["value"] == "2"
    for period in ("2019", "2019-H1", "2019-Q1", "2019-9M"):
        assert after["muck_truck_punished_cnt", period]["value"] == before["muck_truck_punished_cnt", period]["value"]
    said = [r["message"] for r in rows(office, "out_issue") if r["code"] == "E-KEPT"]
    assert len(said) == 1 and "2019年1—12月" in said[0] and "不能重算" in said[0]


def test_a_file_that_was_taken_back_counts_in_no_figure_that_is_kept(office):
    before = figures(office)
    late = fines(office, Month(2019, 3), ["决1", "决2"], "渣土运输车辆联合执法台账（2019年3月）更正.xlsx", datetime(2020, 10, 1))
    run_night(office, as_of=AUTUMN, period=NINE)
    assert figures(office)["muck_truck_punished_cnt", "2019-03"]["value"] == "2"
    revoke(office, late.relative_to(office.inbox).as_posix(), "王主任", "交错了", at=AUTUMN)
    assert figures(office) == before
    keep(office, AUTUMN)
    office = touched(office)
    run_night(office, as_of=AUTUMN, period=NINE)
    assert figures(office) == before


def test_a_file_taken_back_after_its_rows_have_gone_leaves_a_gap_and_no_old_sum(office):
    late = fines(office, Month(2019, 3), ["决1", "决2"], "渣土运输车辆联合执法台账（2019年3月）更正.xlsx", datetime(2020, 10, 1))
    run_night(office, as_of=AUTUMN, period=NINE)
    before, first = figures(office), office.inbox / "2019年/03月/渣土运输车辆联合执法台账（2019年3月）.xlsx"
    keep(office, AUTUMN)
    for file in (late, first):
        revoke(office, file.relative_to(office.inbox).as_posix(), "王主任", "交错了", at=AUTUMN)
        for period in ("2019-03", "2019-Q1", "2019"):
            found = figures(office)["muck_truck_punished_cnt", period]
            assert (found["value"], found["status"]) == (None, "missing"), period
        with office.open_warehouse() as warehouse:
            assert "不能重算" in warehouse.figures("2019")["muck_truck_punished_cnt"].reason
    keep(office, AUTUMN + timedelta(days=31))
    for file in (late, first):
        revoke(office, file.relative_to(office.inbox).as_posix(), "王主任", "没有交错", at=AUTUMN, undo=True)
    assert figures(office) == before


def test_logs_go_after_half_a_year_and_the_last_run_stays(office):
    with office.open_warehouse() as warehouse:
        for _ in range(2):
            warehouse.end_run(warehouse.begin_run(AUTUMN), "completed")
    later = datetime.now(AUTUMN.tzinfo) + timedelta(days=181)
    for name, days in (("old.log", 200), ("new.log", 10)):
        file = office.folder / "logs" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("x")
        os.utime(file, ((later - timedelta(days=days)).timestamp(),) * 2)
    answered = office.slips / "经发办" / "已办结"
    answered.mkdir(parents=True)
    for file, days in ((office.folder / "warehouse.db.before-0001", 32), (office.folder / "warehouse.db.before-0002", 5),
                       (answered / "甲（退回）.xlsx", 430), (answered / "乙（退回）.xlsx", 300)):  # fmt: skip
        file.write_bytes(b"rows of persons lie in it")
        os.utime(file, ((later - timedelta(days=days)).timestamp(),) * 2)
    keep(office, later)
    assert [r["run_id"] for r in rows(office, "out_run")] == [2]
    assert [p.name for p in (office.folder / "logs").iterdir()] == ["new.log"]
    assert [p.name for p in office.folder.glob("*.before-*")] == ["warehouse.db.before-0002"] and [p.name for p in answered.iterdir()] == ["乙（退回）.xlsx"]


def test_what_a_server_that_never_stops_logs_gets_old_by_the_month(office):
    home = office.folder / ".prefect"
    home.mkdir()
    with (home / "worker.log").open("ab") as written:  # as `serve` holds it
        written.write(b"June\n")
        written.flush()
        keep(office, AUTUMN)
        written.write(b"November\n")
    assert (home / "worker.log").read_bytes() == b"November\n" and (home / "worker.log.2020-10").read_bytes() == b"June\n"
    os.utime(home / "worker.log.2020-10", (AUTUMN.timestamp(),) * 2)
    keep(office, AUTUMN + timedelta(days=179))
    assert (home / "worker.log.2020-10").is_file()
    keep(office, AUTUMN + timedelta(days=181))
    assert not (home / "worker.log.2020-10").exists()


def test_one_file_that_may_not_be_deleted_keeps_none_of_the_others_and_is_named(office, monkeypatch):
    old = [office.folder / "logs" / name for name in ("a.log", "b.log", "c.log")]
    old[0].parent.mkdir(exist_ok=True)
    for file in old:
        file.write_text("x")
        os.utime(file, (0, 0))
    own = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path == old[0]:
            raise PermissionError(13, "Permission denied")
        own(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(NotDeleted, match=re.escape(f"1 files may not be deleted or emptied by this account, the first is {old[0]}")):
        keep(office, AUTUMN + timedelta(days=430))
    assert [file.exists() for file in old] == [True, False, False] and tokens(office) == set(), "rows of persons are gone, too"


def test_received_files_stay_for_good_unless_the_office_says_how_long(office):
    inbox, before = office.inbox, everything(office)
    assert keep(office, AUTUMN + timedelta(days=3650)).received == ()
    settings = office.folder / "huizong.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[keep]\narchive_months = 24\n", "utf-8")
    office = Office(office.folder)
    inbox.rename(office.folder / "elsewhere")
    inbox.mkdir()
    what = keep(office, datetime.fromisoformat("2021-06-15T02:00:00+08:00"))
    assert len(what.received) == 2 * 5 - 4, "the slips of four months whose number comes back still want their bytes"
    assert not any(path.exists() for path in what.received)
    after = everything(office)
    assert after["out_indicator_period"] == before["out_indicator_period"]
    inbox.rmdir()
    (office.folder / "elsewhere").rename(inbox)
    office = touched(office)
    run_night(office, as_of=AUTUMN, period=NINE)
    assert everything(office)["out_indicator_period"] == before["out_indicator_period"], "a file that is read again is taken from the share again"
