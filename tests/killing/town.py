"""A small office with two nights of everything that happens: refused, questioned, superseded, repeated, edited, confirmed, redeclared."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from docx import Document

from catalog.periods import Period
from connectors.documents import build_template
from flows.new_office import create_office
from flows.office import TEMPLATE, Office
from flows.words.confirm import confirm_cells
from tests.flows.intake.sheets import page, village_rows, xlsx

TOWN = "town_name: 清溪\ncity_name: 远州\ndistrict_name: 平川\ndraft_date: '2020-07-03'\npark_reopen_date: '2020-03-21'\n"
VILLAGES = "code,name,kind,aliases\n980113105201,东山村,村委会,东山\n980113105202,西坡村,村委会,{alias}\n"
FORMS = ("F16", "F18", "F19", "F20")
NAMES = ("东山村", "西坡村")
WORDING = """# 清溪镇{{period.title}}工作总结
{{period.span}}，巡违控违{{illegal_build_patrol_hh}}户，残疾人{{disabled_cert_persons}}人，改厕{{toilet_tank_refit_cnt}}座。
[[手写：其他]]
"""
QUARTER = Period.parse("2020-Q2")
JUNE = datetime.fromisoformat("2020-06-03T02:00:00+08:00")
JULY = datetime.fromisoformat("2020-07-20T02:00:00+08:00")


@dataclass(frozen=True, slots=True)
class File:
    """A hand-in: where it lies, what is in it, when it came."""

    path: str
    data: bytes
    came: datetime


def write(office: Office, files: list[File]) -> None:
    for file in files:
        place = office.inbox / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.data)
        os.utime(place, (file.came.timestamp(),) * 2)


def town(folder: Path) -> Office:
    """An empty office of two villages."""
    office = create_office(folder)
    toml = folder / "huizong.toml"
    toml.write_text(toml.read_text("utf-8").replace(f'id = "{office.settings.general.id}"', 'id = "killing"'), "utf-8")
    redeclare(folder, "")
    (folder / "catalog" / "report" / TEMPLATE).write_bytes(build_template(WORDING))
    return Office(folder)


def redeclare(folder: Path, alias: str) -> None:
    """The office writes down another name of a village: every hand-in is read anew."""
    (folder / "catalog" / "town.yml").write_text(TOWN, "utf-8")
    (folder / "catalog" / "villages.csv").write_text(VILLAGES.format(alias=alias), "utf-8")


def sheet(office: Office, form: str, columns: dict[str, list[object]], month: int, *more: list[object]) -> bytes:
    return page(office.catalogue, form, "月报", [*village_rows(office.catalogue, form, "月报", columns, NAMES), *more], month=month)


def patrols(office: Office, month: int, east: object, west: object) -> bytes:
    return sheet(office, "F19", {"巡违控违（户）": [east, west]}, month)


def toilets(office: Office, month: int, done: int, total: int) -> bytes:
    tank = "三格式化粪池（座） > "
    rows = village_rows(office.catalogue, "F18", "进度表", {f"{tank}本月完成": [done, done], f"{tank}累计完成": [total, total]}, NAMES)
    return page(office.catalogue, "F18", "进度表", rows, month=month)


def ledger(office: Office, month: int, fines: list[int]) -> bytes:
    columns = office.catalogue.forms["F20"].sheet("台账").columns
    words = {"日期": f"2020-{month:02d}-05", "驾驶人": "某某", "车牌号": "某A00001", "联合执法单位": "交警"}
    rows: list[list[object]] = [[f"清溪镇2020年{month}月渣土车联合执法台账"], ["填报单位：执法队  单位：元"], [c.path for c in columns]]
    for number, fine in enumerate(fines, 1):
        rows.append([number if c.type == "serial" else fine if "金额" in c.path else words.get(c.path) for c in columns])
    return xlsx({"台账": rows})  # type: ignore[arg-type]


def first_files(office: Office) -> list[File]:
    """What lies in the inbox before the first night."""
    may = patrols(office, 5, 5, 110)
    return [
        File("2020年/04月/控违办/拆违控违情况（2020年4月）.xlsx", patrols(office, 4, 4, 110), datetime(2020, 4, 28)),
        File("2020年/05月/控违办/拆违控违情况（2020年5月）.xlsx", may, datetime(2020, 5, 28)),
        File("2020年/05月/控违办/副本 拆违控违情况（2020年5月）.xlsx", may, datetime(2020, 5, 28)),
        File("2020年/04月/残联/残疾人服务情况月报表（2020年4月）.xlsx", sheet(office, "F16", {"持证残疾人（人） > 总数": ["约76", 251]}, 4), datetime(2020, 4, 28)),
        File("2020年/05月/残联/残疾人服务情况月报表（2020年5月）.xlsx", sheet(office, "F16", {"持证残疾人（人） > 总数": ["约77", 251]}, 5), datetime(2020, 5, 28)),
        File("2020年/05月/执法队/渣土车联合执法（2020年5月）.xlsx", ledger(office, 5, [200, 300]), datetime(2020, 5, 30)),
        *(File(f"2020年/{month:02d}月/农办/厕所革命（2020年{month}月）.xlsx", toilets(office, month, done, total), datetime(2020, month, 28))
          for month, done, total in ((3, 5, 5), (4, 7, 12), (5, 20, 20))),
        File("坏.xlsx", b"PK\x03\x04 broken", datetime(2020, 5, 29)),
    ]


def later_files(office: Office) -> list[File]:
    """What comes between the two nights."""
    return [
        File("2020年/06月/控违办/拆违控违情况（2020年6月）.xlsx", patrols(office, 6, 6, 1100), datetime(2020, 6, 28)),
        File("2020年/05月/控违办/拆违控违5月修改版.xlsx", patrols(office, 5, 5, 112), datetime(2020, 6, 4)),
        File("2020年/05月/残联/残疾人服务情况月报表（2020年5月）.xlsx", sheet(office, "F16", {"持证残疾人（人） > 总数": ["约78", 251]}, 5), datetime(2020, 6, 9)),
        File("2020年/04月/残联/残疾人服务情况月报表（2020年4月）.xlsx", sheet(office, "F16", {"持证残疾人（人） > 总数": [76, 251]}, 4), datetime(2020, 6, 9)),
        File("2020年/06月/残联/残疾人服务情况月报表（2020年6月）.xlsx", sheet(office, "F16", {"持证残疾人（人） > 总数": [80, "无数"]}, 6), datetime(2020, 6, 30)),
    ]


def between(office: Office) -> None:
    """People at work between the nights: hand-ins, a word of the office, a draft edited, an alias declared."""
    write(office, later_files(office))
    confirm_cells(office, "2020年/05月/农办/厕所革命（2020年5月）.xlsx!进度表!D5:D6", "党政办", "在册数", datetime.fromisoformat("2020-06-10T09:00:00+08:00"))
    draft = office.outputs / QUARTER.name / "工作总结初稿.docx"
    document = Document(str(draft))
    document.paragraphs[2].add_run("领导改过的话。")
    document.save(str(draft))
    redeclare(office.folder, "西坡")


def copy(office: Office, to: Path) -> Office:
    shutil.copytree(office.folder, to, copy_function=shutil.copy2)
    return Office(to)
