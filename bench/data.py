"""Workbooks of the official forms, made here, always the same for one size."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import xlsxwriter

import flows.demo.inbox as demo
from catalog.catalogue import Catalogue, load_catalogue
from catalog.periods import Month
from flows.demo import make_demo_office

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    name: str
    workbooks: int
    ledger_rows: int
    ledgers: int
    turns: int


SMOKE = Size("smoke", 12, 300, 1, 1)
FULL = Size("full", 1000, 50_000, 3, 3)
QUICK = Size("quick", 200, 20_000, 1, 3)
SIZES = {size.name: size for size in (SMOKE, QUICK, FULL)}


def town(folder: Path) -> Catalogue:
    make_demo_office(folder)
    shutil.rmtree(folder / "inbox")
    return load_catalogue(folder / "catalog")


def small_workbooks(catalogue: Catalogue, count: int) -> list[tuple[str, bytes, datetime]]:
    """(path, bytes, time) of hand-ins of the demo town with its usual mess, other towns' seeds after one another."""
    from tempfile import TemporaryDirectory

    made: list[tuple[str, bytes, datetime]] = []
    seed = 1
    while len(made) < count:
        with TemporaryDirectory() as folder:
            handed = demo.write_inbox(Path(folder), catalogue, seed)
        made += [(f"{seed:03d}/{h.path}", h.content, h.modified) for h in handed if h.path.endswith(".xlsx") and not Path(h.path).name.startswith("~$")]
        seed += 1
    return made[:count]


def ledger(catalogue: Catalogue, rows: int, number: int) -> tuple[str, bytes, datetime]:
    """A 台账 of F14 with so many payments; identities of the impossible region 98."""
    form = catalogue.forms["F14"]
    sheet = form.sheet("台账")
    villages = [unit.name for unit in catalogue.units.expected_on(Month(2020, 6).last_day)]
    columns = [c.path for c in sheet.columns]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": False}) as book:
        page = book.add_worksheet(sheet.name)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write(0, 0, f"{catalogue.town_name}镇2020年6月{form.title_of(sheet)}")
        page.write(1, 0, f"填报单位：{form.department}  填报时间：2020年6月28日  单位：{sheet.unit_line}")
        page.write_row(2, 0, columns)
        for row in range(rows):
            words = {
                "序号": row + 1, "救助类别": "临时救助", "身份证号": f"98011219{50 + row % 50}0101{row % 10_000:04d}", "救助金额（元）": 300 + row % 1700 + 0.5,
                "人次": 1, "姓名": "某某", "救助事由（病种）": "生活困难", "经办人": "某", "银行账号": f"{6_200_000_000_000 + row}",
            }  # fmt: skip
            for index, column in enumerate(sheet.columns):
                if column.type == "village":
                    page.write_string(row + 3, index, villages[row % len(villages)])
                elif column.type == "date":
                    page.write_datetime(row + 3, index, datetime(2020, 6, 1 + row % 28), day)  # noqa: DTZ001 - a sheet's date has no zone
                elif column.path in words:
                    page.write(row + 3, index, words[column.path])
    return f"2020年/06月/{form.department}/{form.title}（2020年6月）{number}.xlsx", out.getvalue(), datetime(2020, 7, 1, tzinfo=ZONE)
