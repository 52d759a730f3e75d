"""Slips go back to the department whose file it is, stay as long as they are owed, and never over a person's edit."""

from __future__ import annotations

import io
import os
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

from flows.check import check_file
from flows.new_office import create_office
from flows.slips.write import write_slips
from tests.flows.intake.sheets import page, village_rows
from tests.night.offices import AS_OF, rows, run_night

F16 = ("F16", "月报")
NAME = "残疾人服务情况月报表（2020年6月）"
SLIP = f"残联/2020-06 {NAME}（退回）.xlsx"


@pytest.fixture
def town(tmp_path):
    office = create_office(tmp_path / "office")
    (office.folder / "catalog" / "town.yml").write_text("town_name: 清溪\ndraft_date: '2020-07-03'\npark_reopen_date: '2020-03-21'\n", "utf-8")
    (office.folder / "catalog" / "villages.csv").write_text("code,name,kind\n980113105201,东山村,村委会\n980113105202,西坡村,村委会\n", "utf-8")
    return office


def put(office, path, data, day=28):
    file = office.inbox / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    moment = datetime(2020, 6, day, 9).timestamp()
    os.utime(file, (moment, moment))


def hand_in(office, certified, day=28, month=6, grades=None):
    grades = grades or [value if isinstance(value, int) else 76 for value in certified]
    columns = {"持证残疾人（人） > 总数": certified, "持证残疾人（人） > 四级": grades}
    body = [*village_rows(office.catalogue, *F16, columns, names=("东山村", "西坡村")), ["合计", None, 327]]
    put(office, f"2020年/06月/残联/{NAME}.xlsx", page(office.catalogue, *F16, body, month=month), day)


def night(office):
    run_night(office)
    with office.open_warehouse() as warehouse:
        return write_slips(office, warehouse, AS_OF)


def test_a_questioned_file_goes_back_marked_and_a_good_one_closes_it(town):
    hand_in(town, ("约76", 251))
    assert night(town).written == (SLIP,)
    sheet = openpyxl.load_workbook(town.slips / SLIP)["月报"]
    assert sheet["C5"].comment.text.startswith("【退回】月报!C5 填“约76”") and "本列合计为327" in sheet["C5"].comment.text
    assert night(town) == type(night(town))((), (), ())
    hand_in(town, (76, 251), day=29)
    done = night(town)
    assert done.closed == (SLIP,) and not (town.slips / SLIP).exists()
    assert (town.slips / "残联/已办结" / Path(SLIP).name).exists()


def test_a_share_that_is_not_mounted_closes_no_slip_and_a_file_that_was_taken_away_does(town):
    put(town, "2020年/06月/残联/加密.xlsx", b"x")
    hand_in(town, (76, 251))
    (slip,) = night(town).written
    mounted = town.inbox.rename(town.folder / "away")
    town.inbox.mkdir()
    assert night(town).closed == () and (town.slips / slip).exists()
    town.inbox.rmdir()
    mounted.rename(town.inbox)
    (town.inbox / "2020年/06月/残联/加密.xlsx").unlink()
    assert night(town).closed == (slip,)


@pytest.mark.parametrize(("day", "asked"), [(None, "入库日期空白，本行不计入任何时期"), ("6月5日", "")])
def test_a_record_without_its_day_goes_back_and_one_whose_day_is_only_written_otherwise_does_not(town, day, asked):
    project = {"项目名称": "甲", "项目代码": "2020-980112-41-03-000001", "所在村": "东山村", "计划总投资（万元）": 600, "入统状态": "已入库", "入库日期": day}
    columns = [c.path for c in town.catalogue.forms["F05"].sheet("进度表").columns]
    put(town, "2020年/06月/经发办/固定资产投资项目入库及进度表（2020年6月）.xlsx", page(town.catalogue, "F05", "进度表", [[project.get(path) for path in columns]]))
    slips = night(town).written
    assert bool(slips) is bool(asked)
    marked = [cell.comment.text for place in slips for row in openpyxl.load_workbook(town.slips / place)["进度表"].iter_rows() for cell in row if cell.comment]
    assert [text for text in marked if asked in text] == marked and bool(marked) is bool(asked)


@pytest.mark.parametrize(("form", "sheet", "once", "asked"), [
    ("F05", "进度表", {"项目名称": "甲", "项目代码": "2020-980112-41-03-000001", "所在村": "东山村", "计划总投资（万元）": 600, "本年累计完成投资（万元）": 90, "入统状态": "待审"}, True),
    ("F13", "花名册", {"村（社区）": "东山村", "身份证号": "980112195803071015", "低保证号": "D1", "保障类别": "A", "保障人口": 1, "月保障金额（元）": 400}, False),
])  # fmt: skip
def test_a_record_that_counts_twice_goes_back_and_a_person_who_counts_once_does_not(town, form, sheet, once, asked):
    declared = town.catalogue.forms[form]
    body = [[once.get(c.path) for c in declared.sheet(sheet).columns]] * 2
    put(town, f"2020年/06月/{declared.department}/{declared.title_of(declared.sheet(sheet))}（2020年6月）.xlsx", page(town.catalogue, form, sheet, body))
    slips = night(town).written
    marked = [cell.comment.text for place in slips for row in openpyxl.load_workbook(town.slips / place)[sheet].iter_rows() for cell in row if cell.comment]
    assert any("请核实是否重复填报" in text for text in marked) is asked


@pytest.mark.parametrize(("certified", "grades", "said"), [
    (("约76", 251), None, "已收下，其中1处请核实"),
    (("见附件", 251), None, "已收下，其中1格退回；退回的未计入汇总"),
    (("见附件", "约251"), (0, 251), "已收下，其中1格退回、1处请核实；退回的未计入汇总"),
    ((76, 251), (77, 251), "已收下，其中1处请核实"),
])  # fmt: skip
def test_the_first_sheet_says_how_much_of_it_was_taken(town, certified, grades, said):
    hand_in(town, certified, grades=grades)
    night(town)
    cover = openpyxl.load_workbook(town.slips / SLIP)["退回说明"]
    assert said in [cell.value for row in cover.iter_rows() for cell in row]


def test_the_slip_itself_may_be_corrected_and_handed_in(town):
    hand_in(town, ("近百", 251))
    night(town)
    book = openpyxl.load_workbook(town.slips / SLIP)
    book["月报"]["C5"] = 76
    put(town, f"2020年/06月/残联/{NAME}更正.xlsx", b"", 29)
    book.save(town.inbox / f"2020年/06月/残联/{NAME}更正.xlsx")
    os.utime(town.inbox / f"2020年/06月/残联/{NAME}更正.xlsx", (datetime(2020, 6, 29).timestamp(),) * 2)
    night(town)
    told = {r["unit_name"]: r["value"] for r in rows(town, "out_observation") if r["indicator"] == "disabled_cert_persons"}
    assert told == {"东山村": "76", "西坡村": "251"}
    assert not [r for r in rows(town, "out_issue") if r["code"] in ("M37", "M10")]


def test_a_slip_somebody_has_edited_is_left_alone(town):
    hand_in(town, ("近百", 251))
    night(town)
    (town.slips / SLIP).write_bytes(b"edited")
    hand_in(town, ("近千", 251), day=29)
    assert night(town).edited == (SLIP,) and (town.slips / SLIP).read_bytes() == b"edited"


def test_what_cannot_be_opened_goes_back_with_the_note_alone_and_unclaimed_files_too(town):
    put(town, f"2020年/06月/残联/{NAME}.pdf", b"%PDF-1.4 scan")
    put(town, "杂项.zip", b"PK\x05\x06" + b"\0" * 18)
    assert set(night(town).written) == {SLIP, "未认领/月份不明 杂项（退回）.xlsx"}
    book = openpyxl.load_workbook(town.slips / SLIP)
    assert "退回说明" in book.sheetnames and "请报电子表" in str([c.value for row in book["退回说明"].iter_rows() for c in row])
    (town.inbox / "杂项.zip").unlink()
    assert night(town).closed == ("未认领/月份不明 杂项（退回）.xlsx",)


def test_last_month_s_file_is_refused_and_sent_back_whole(town):
    hand_in(town, (76, 251), month=5)
    assert night(town).written == (SLIP,)


def test_a_slip_holds_its_own_department_s_file_only(town):
    hand_in(town, ("近百", 251))
    body = village_rows(town.catalogue, "F19", "月报", {"巡违控违（户）": ("上百", 2)}, names=("东山村", "西坡村"))
    put(town, "2020年/06月/控违办/控违拆违（2020年6月）.xlsx", page(town.catalogue, "F19", "月报", body))
    night(town)
    words = {str(p.parent.name): str([c.value for s in openpyxl.load_workbook(p) for row in s.iter_rows() for c in row]) for p in town.slips.glob("*/*.xlsx")}
    assert set(words) == {"残联", "控违办"} and "近百" not in words["控违办"] and "上百" not in words["残联"]


def test_a_very_long_file_name_and_a_number_beyond_counting_do_not_end_the_night(town):
    body = village_rows(town.catalogue, *F16, {"注销（人）": (10**40, 1)}, ("东山村", "西坡村"))
    put(town, f"2020年/06月/残联/{'报' * 76}.xlsx", page(town.catalogue, *F16, body))
    run_night(town)
    with town.open_warehouse() as warehouse:
        (written,) = write_slips(town, warehouse, AS_OF).written
    assert written.endswith("（退回）.xlsx") and (town.slips / written).is_file()


@pytest.mark.parametrize(("folder", "whole"), [("残联", True), ("社会事务办", False), ("", False)])
def test_another_departments_sheet_does_not_travel_with_a_slip(town, folder, whole):
    """A roster hidden in a file that lay elsewhere stays here, in the shared texts and in what pivots repeat, too."""
    hand_in(town, ("约76", 251))
    file = town.inbox / f"2020年/06月/残联/{NAME}.xlsx"
    book = openpyxl.load_workbook(file)
    roster = book.create_sheet("名册")
    roster.sheet_state = "hidden"
    for n in range(3):
        roster.append(["享受对象", f"98011319600101{n:04d}"])
    book.save(file)
    put(town, f"2020年/06月/{folder + '/' if folder else ''}{NAME}.xlsx", file.read_bytes())
    if folder != "残联":
        file.unlink()
    assert night(town).written == (SLIP,)
    slip = (town.slips / SLIP).read_bytes()
    with zipfile.ZipFile(io.BytesIO(slip)) as archive:
        assert any(b"980113196001010002" in archive.read(name) for name in archive.namelist()) is whole
    back = openpyxl.load_workbook(io.BytesIO(slip))
    assert back["月报"]["C5"].value == "约76" and back["月报"]["C5"].comment
    said = " ".join(str(cell.value) for row in back["退回说明"].iter_rows() for cell in row if cell.value)
    assert ("另有1张工作表不是本表的内容" in said) is not whole


def test_check_says_that_a_plain_file_will_not_count_beside_a_final_one(town):
    hand_in(town, (76, 251))
    plain = town.inbox / f"2020年/06月/残联/{NAME}.xlsx"
    final = plain.with_name(f"{NAME}终稿.xlsx")
    plain.rename(final)
    night(town)
    hand_in(town, (75, 252), day=29)
    console = Console(record=True, width=400)
    assert check_file(console, town, plain)
    said = console.export_text()
    assert "可以收下" not in said and "不会计入" in said and f"{NAME}终稿.xlsx" in said and "更正" in said


@pytest.mark.parametrize(("certified", "partly"), [((76, 251), False), (("约76", 251), False), (("见附件", 251), True)])
def test_check_says_that_a_refused_cell_does_not_count(town, certified, partly):
    hand_in(town, certified)
    console = Console(record=True, width=400)
    assert check_file(console, town, town.inbox / f"2020年/06月/残联/{NAME}.xlsx")
    said = console.export_text()
    assert "结论：可以收下" in said and ("退回此格”的数不计入，请改正后再报" in said) is partly


def test_a_slip_that_is_open_in_excel_waits_and_the_others_go_out(town, monkeypatch):
    """On Windows what another program has open can be neither replaced nor moved."""
    other = "2020年/06月/杂项.xlsx"
    hand_in(town, ("约76", 251))
    assert night(town).written == (SLIP,)
    stands, real = (town.slips / SLIP).read_bytes(), Path.replace

    def held(self, target):
        if Path(SLIP).name in (self.name, Path(target).name):
            raise PermissionError(13, "in use")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", held)
    hand_in(town, ("约77", 251), day=29)
    put(town, other, b"no workbook")
    done = night(town)
    assert done.written == ("未认领/2020-06 杂项（退回）.xlsx",) and SLIP in done.waiting[0] and (town.slips / SLIP).read_bytes() == stands
    hand_in(town, (76, 251), day=30)
    assert night(town).waiting == done.waiting and (town.slips / SLIP).is_file()
    monkeypatch.setattr(Path, "replace", real)
    assert night(town).closed == (SLIP,) and not (town.slips / SLIP).exists()
