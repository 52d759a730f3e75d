"""Workbooks of the official forms, made here, always the same for one size."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib.resources import files
from itertools import islice, product
from pathlib import Path
from zoneinfo import ZoneInfo

import xlsxwriter

from catalog.catalogue import Catalogue, load_catalogue
from catalog.periods import Month, months_between
from flows.demo.figures import FIRST, LAST, World, read_world
from flows.demo.inbox import HandIn, Office
from flows.demo.people import People
from flows.demo.sheets import Sheets
from flows.demo.workbook import write_xlsx

ZONE = ZoneInfo("Asia/Shanghai")
MONTHS = tuple(months_between(FIRST, LAST))


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    name: str
    workbooks: int
    ledger_rows: int
    ledgers: int
    turns: int
    long_ledger: int
    """Rows of the one ledger whose memory is looked at."""
    facts: int
    traces: int
    many: tuple[int, ...]
    """Files of first nights whose cost per cell and memory are compared."""
    known: int
    """Files that are known already, of a night with nothing new."""
    district: tuple[int, int]
    """Offices, and months of all their forms."""
    clean: int
    """Workbooks without mess."""


SMOKE = Size("smoke", 8, 300, 1, 1, 500, 5_000, 3, (2, 4), 60, (2, 1), 8)
QUICK = Size("quick", 100, 20_000, 2, 3, 50_000, 500_000, 50, (50, 100, 200), 10_000, (4, 12), 60)
FULL = Size("full", 1000, 50_000, 10, 3, 1_000_000, 10_000_000, 200, (100, 1_000, 10_000), 100_000, (40, 36), 350)
SIZES = {size.name: size for size in (SMOKE, QUICK, FULL)}

VILLAGES_MORE = [f"{a}{b}村" for a, b in product("青金银玉翠黄白红", "松泉岭田坪")]
TIMES = 3
"""A town of 57 villages, three times as big in all that follows from it: its 1,000 workbooks hold some three million cells."""
_GROWN = ("_persons", "_persons_new", "_hh", "_times", "_amt")
_NOT_GROWN = ("park_", "muck_", "reloc_")
_A_SEED = 300
"""Workbooks that a seed makes at least."""


def town(folder: Path, *, big: bool = False) -> Catalogue:
    """The catalogue of the demonstration's town, or of the one three times its size."""
    catalogue = folder / "catalog"
    catalogue.mkdir(parents=True, exist_ok=True)
    for name in ("town.yml", "villages.csv"):
        (catalogue / name).write_bytes(files("flows.demo").joinpath(name).read_bytes())
    if big:
        lines = [f"9801121043{n:02d},{name},村委会,540,1900,{name[:2]},,," for n, name in enumerate(VILLAGES_MORE)]
        with (catalogue / "villages.csv").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    return load_catalogue(catalogue)


def world_of(catalogue: Catalogue) -> World:
    """The figures of the town: those of the demonstration, grown with its villages."""
    world = read_world()
    names = {unit.name for unit in catalogue.units.all}
    if not names.issuperset(VILLAGES_MORE):
        return world

    def grown_up(values: Mapping[str, Mapping[int, list[int]]]) -> dict[str, dict[int, list[int]]]:
        grown = {name for name in values if name.endswith(_GROWN) and not name.startswith(_NOT_GROWN)}
        return {name: {year: [TIMES * v if name in grown else v for v in row] for year, row in years.items()} for name, years in values.items()}

    weights = {**world.weights, **dict.fromkeys(VILLAGES_MORE, (TIMES - 1) * sum(world.weights.values()) // len(VILLAGES_MORE))}
    return replace(world, weights=weights, flows=grown_up(world.flows), stocks=grown_up(world.stocks))  # type: ignore[arg-type]


def small_workbooks(catalogue: Catalogue, count: int) -> list[HandIn]:
    """Hand-ins of the town with its usual mess, other towns' seeds after one another, each in a folder of its own."""
    made: list[HandIn] = []
    seeds = range(1, 1 + -(-count // _A_SEED))
    with ProcessPoolExecutor(min(len(seeds), os.cpu_count() or 1)) as pool:
        for handed in pool.map(partial(_messy, catalogue, min(count, _A_SEED)), seeds):
            made += handed
    return made[:count]


def _messy(catalogue: Catalogue, at_least: int, seed: int) -> list[HandIn]:
    """One seed's workbooks, the latest months first."""
    office = Office(catalogue, seed)
    office.sheets.world = world_of(catalogue)
    made: list[HandIn] = []
    for month in reversed(MONTHS):
        handed = [h for h in office.month(month) if h.path.endswith(".xlsx") and not Path(h.path).name.startswith("~$")]
        made += [replace(h, path=f"{seed:03d}/{h.path}") for h in handed]
        if at_least < _A_SEED and len(made) >= at_least:
            break
    return made


def clean_workbooks(catalogue: Catalogue, count: int) -> list[HandIn]:
    """So many workbooks as an office without haste hands them in, the latest months first."""
    sheets = Sheets(catalogue, world_of(catalogue), People(1), 1)
    due = ((form, month) for month in reversed(MONTHS) for form in catalogue.forms.values() if form.is_due_for(month))
    return [
        HandIn(f"{month.year}年/{month.month:02d}月/{form.department}/{form.id} {form.title}（{month.year}年{month.month}月）.xlsx",
               write_xlsx(sheets.pages(form, month)), _noon(month), form.id, month, ())
        for form, month in islice(due, count)
    ]  # fmt: skip


def corrected(catalogue: Catalogue, hand_in: HandIn, modified: datetime) -> HandIn:
    """The same form of the same month again in the same place, every village with the share of its neighbour."""
    world = world_of(catalogue)
    names, shares = list(world.weights), list(world.weights.values())
    sheets = Sheets(catalogue, replace(world, weights=dict(zip(names, shares[1:] + shares[:1], strict=True))), People(1), 1)
    return replace(hand_in, content=write_xlsx(sheets.pages(catalogue.forms[hand_in.form], hand_in.month)), modified=modified)


def _noon(month: Month) -> datetime:
    return datetime.combine(month.shift(1).last_day, datetime.min.time(), ZONE).replace(day=5, hour=12)


def ledger(catalogue: Catalogue, rows: int, number: int) -> HandIn:
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
    path = f"2020年/06月/{form.department}/{form.title}（2020年6月）{number}.xlsx"
    return HandIn(path, out.getvalue(), datetime(2020, 7, 1, tzinfo=ZONE), form.id, Month(2020, 6), ())
