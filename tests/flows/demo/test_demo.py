"""The demonstration town: closed in itself, impossible in life, and the same for the same seed."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

import flows.demo
from catalog.catalogue import Catalogue, load_catalogue
from catalog.periods import Month, months_between
from flows.demo.biff import write_et
from flows.demo.figures import FIRST, LAST, Number, read_world, split
from flows.demo.inbox import CLOSED, Office, write_inbox
from flows.demo.mess import KINDS
from flows.demo.people import REGION, People, check_digit, luhn_valid
from flows.demo.sheets import Sheets
from flows.demo.workbook import Page, write_xlsx

JUNE = Month(2020, 6)
Pages = dict[tuple[str, Month], list[Page]]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(Path(str(flows.demo.__file__)).parent)


@pytest.fixture(scope="module")
def pages(catalogue: Catalogue) -> Pages:
    sheets = Sheets(catalogue, read_world(), People(1), 1)
    return {
        (form.id, month): sheets.pages(form, month)
        for month in months_between(FIRST, LAST) for form in catalogue.forms.values() if form.is_due_for(month)
    }  # fmt: skip


def column(page: Page, name: str) -> list[object]:
    """By measure or by path, of the rows that count."""
    index = next(i for i, c in enumerate(page.columns) if c is not None and name in (c.id, c.path))
    return [row.values[index] for row in page.rows if row.kind == "row"]


def town(page: Page, name: str) -> Number:
    return sum(v for v in column(page, name) if isinstance(v, int | Decimal))


def cell(page: Page, label: str, path: str) -> Number:
    found: Number = next(row.values[page.index(path)] for row in page.rows if row.values[1] == label)
    return found


# --- figures ------------------------------------------------------------------------------------------------


def test_largest_remainder_adds_to_the_total() -> None:
    assert split(412, [6, 4, 6, 7, 77]) == [25, 16, 25, 29, 317]
    assert sum(split(Decimal("865.2"), [50, 20, 18, 12], Decimal("0.1"))) == Decimal("865.2")


def test_june_2020_is_what_the_answer_key_says(pages: Pages) -> None:
    f12, f16 = pages["F12", JUNE][0], pages["F16", JUNE][0]
    assert [town(f12, n) for n in ("dibao_hh", "dibao_persons", "dibao_amt_ytd", "tekun_persons")] == [412, 683, 1623600, 131]
    assert column(f12, "dibao_hh")[:4] == [25, 16, 25, 29]
    assert (town(f16, "disabled_cert_persons"), town(f16, "disabled_cert_batch_persons")) == (1268, 74)
    assert cell(pages["F03", JUNE][0], "规模工业总产值", "完成情况 > 上年同期累计") == 162890
    assert cell(pages["F03", JUNE][0], "规模服务业营业收入", "同比增长（%）") == Decimal("-6.6")


def test_f03_speaks_of_january_and_february_together(pages: Pages) -> None:
    assert "1—2月" in pages["F03", Month(2020, 2)][0].title
    assert cell(pages["F03", Month(2020, 2)][0], "固定资产投资", "完成情况 > 本年累计（1—本月）") == 18200
    assert cell(pages["F03", Month(2020, 1)][0], "固定资产投资", "备注") == "1月免报"
    assert ("F04", Month(2020, 1)) not in pages


def test_the_first_half_year_of_the_ledgers(pages: Pages) -> None:
    f08 = pages["F08", JUNE][0]
    batch, house, left = (column(f08, "批次"), column(f08, "有房/无房"), column(f08, "倒房日期"))
    assert sum(b == "一" and day is not None for b, day in zip(batch, left, strict=True)) == 186
    assert sum(b == "二" and h == "有房" for b, h in zip(batch, house, strict=True)) == 74
    assert left.count(None) == 79
    persons: set[object] = set()
    times: list[object] = []
    for m in range(1, 7):
        f14 = pages["F14", Month(2020, m)][0]
        mine = [i for i, kind in enumerate(column(f14, "救助类别")) if kind == "临时救助"]
        persons |= {column(f14, "身份证号")[i] for i in mine}
        times += [column(f14, "人次")[i] for i in mine]
    assert (len(persons), sum(n for n in times if isinstance(n, int))) == (58, 62)


def test_ten_day_rows_stand_only_in_the_month_of_reopening(pages: Pages) -> None:
    parts = {m: [r.values[1] for r in p[0].rows if r.kind == "part"] for (f, m), p in pages.items() if f == "F09"}
    assert [m for m, rows in parts.items() if rows] == [Month(2020, 3)]
    march = pages["F09", Month(2020, 3)][0]
    window = [r.values[march.index("门票收入（元） > 上年同期")] for r in march.rows if r.kind == "part"]
    assert (window[-1], sum(window)) == (95000, 246000)


# --- identities of world.md §7 ------------------------------------------------------------------------------


def test_totals_are_the_sums_of_the_rows(pages: Pages) -> None:
    for page in (page for found in pages.values() for page in found):
        for index, value in (page.total.values if page.total else {}).items():
            declared = page.columns[index]
            if declared is not None and declared.total:
                assert value == town(page, declared.path), (page.form.id, page.month, declared.path)


def test_the_cumulative_grows_by_the_month_in_every_village(pages: Pages) -> None:
    """Identity 2; where villages merge, the town's sum."""
    for (form, month), found in pages.items():
        ids = {c.id for c in found[0].columns if c is not None and c.id}
        for name in (n for n in ids if f"{n}_ytd" in ids and n != "toilet_tank_accepted_cnt"):
            before = town(pages[form, month.shift(-1)][0], f"{name}_ytd") if month.month > 1 else 0
            assert town(found[0], f"{name}_ytd") == before + town(found[0], name), (form, month, name)


def test_households_changes_and_rosters_agree(pages: Pages) -> None:
    for month in months_between(FIRST, LAST):
        f12, f13 = pages["F12", month][0], pages["F13", month][0]
        for programme in ("dibao", "tekun"):
            pairs = zip(column(f12, f"{programme}_hh"), column(f12, f"{programme}_persons"), strict=True)
            assert all(isinstance(h, int) and isinstance(p, int) and h <= p for h, p in pairs)
        if month > FIRST:
            moved = town(f12, "dibao_new_persons") - town(f12, "dibao_left_persons")
            assert town(f12, "dibao_persons") == town(pages["F12", month.shift(-1)][0], "dibao_persons") + moved
        held = [k for k, c in zip(column(f13, "保障类别"), column(f13, "变动情况"), strict=True) if c != "退出"]
        assert (len(held) - held.count("特困"), held.count("特困")) == (town(f12, "dibao_persons"), town(f12, "tekun_persons"))
        heads = {
            no
            for no, k, c in zip(column(f13, "低保证号"), column(f13, "保障类别"), column(f13, "变动情况"), strict=True)
            if k != "特困" and c != "退出"
        }
        assert len(heads) == town(f12, "dibao_hh")


def test_firms_and_projects_add_to_the_district_figures(pages: Pages) -> None:
    """Identity 5."""
    for month in months_between(FIRST, LAST):
        if month.month > 1:
            f03, f04, f05 = (pages["F03", month][0], pages["F04", month][0], pages["F05", month][0])
            outputs = zip(column(f04, "1—本月（千元） > 工业总产值"), column(f04, "是否退库"), strict=True)
            assert sum(v for v, gone in outputs if gone == "否" and isinstance(v, int)) == 10 * cell(
                f03, "规模工业总产值", "完成情况 > 本年累计（1—本月）"
            )
            assert town(f05, "本年累计完成投资（万元）") == cell(f03, "固定资产投资", "完成情况 > 本年累计（1—本月）")


def test_ledger_dates_lie_in_their_month_and_in_order(pages: Pages) -> None:
    inside = {"F10": "收集日期", "F14": "发放日期", "F20": "日期"}
    ordered = {"F08": ("签约日期", "腾空日期", "倒房日期"), "F07": ("开工日期", "完工日期", "竣工验收日期")}
    for (form, month), found in pages.items():
        if form in inside:
            assert all(isinstance(d, date) and (d.year, d.month) == month for d in column(found[0], inside[form]))
        for earlier, later in zip(ordered.get(form, ()), ordered.get(form, ())[1:], strict=False):
            for a, b in zip(column(found[0], earlier), column(found[0], later), strict=True):
                assert a is None or b is None or a <= b  # type: ignore[operator]


def test_towers_spots_trucks_and_opinions(pages: Pages) -> None:
    towers = [cell_of_tower(pages["F07", m][0]) for m in months_between(FIRST, LAST)]
    assert towers == sorted(towers) and towers[-1] == 27
    for month in months_between(FIRST, LAST):
        f10, f19, f20 = (pages["F10", month][0], pages["F19", month][0], pages["F20", month][0])
        spots = zip(column(f19, "satellite_spots_rectified"), column(f19, "satellite_spots_issued"), strict=True)
        assert all(a <= b for a, b in spots)  # type: ignore[operator]
        assert None not in column(f10, "交办日期")
        numbers = [n for n in column(f20, "处罚决定书号") if n]
        assert len(set(numbers)) == read_world().flow("muck_truck_punished_cnt", month) <= town(f20, "检查车辆数")
        assert town(f20, "罚款金额（元）") == read_world().flow("muck_truck_fine_amt", month)


def cell_of_tower(page: Page) -> Number:
    return cell(page, "电力", "工程量 > 累计完成量")


# --- people -------------------------------------------------------------------------------------------------


def test_nobody_can_exist(pages: Pages) -> None:
    found = {
        str(row.values[page.index(c.path)]) for sheet in pages.values() for page in sheet for c in page.sheet.columns
        for row in page.rows if c.type == "identity" and row.values[page.index(c.path)] is not None
    }  # fmt: skip
    assert len(found) > 2000
    assert all(number.startswith(REGION) and number[-1] == check_digit(number[:17]) for number in found)
    accounts = {a for (f, _), p in pages.items() if f == "F13" for a in column(p[0], "银行账号")}
    assert all(str(a).startswith("000000") and len(str(a)) == 19 and not luhn_valid(str(a)) for a in accounts)


# --- files --------------------------------------------------------------------------------------------------


def test_a_workbook_reads_back_as_it_was_meant(pages: Pages) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(pages["F12", JUNE])), data_only=True)
    sheet = book["月报"]
    assert sheet["A1"].value == "禾麓镇2020年6月社会救助和福利资金发放情况月报表"
    assert [sheet.cell(23, c).value for c in (1, 3, 4, 10)] == ["合计", 412, 683, 1623600]
    assert "C3:J3" in {str(area) for area in sheet.merged_cells.ranges}
    ledger = openpyxl.load_workbook(io.BytesIO(write_xlsx(pages["F20", JUNE])))["台账"]
    assert (ledger["B4"].is_date, ledger["B4"].number_format) == (True, "yyyy-mm-dd")
    assert str(ledger.cell(ledger.max_row - 1, 4).value).startswith("=SUM(D4:")


def test_an_et_is_biff_inside(pages: Pages) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(write_et(pages["F20", JUNE])))
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert (rows[0][0], rows[-2][3]) == ("禾麓镇2020年6月渣土运输车辆联合执法台账", 255)
    assert isinstance(rows[3][1], date)


def test_the_same_seed_gives_the_same_files(catalogue: Catalogue) -> None:
    first, second = Office(catalogue, 1).month(JUNE), Office(catalogue, 1).month(JUNE)
    assert first == second
    assert Office(catalogue, 2).month(JUNE) != first


def test_the_inbox_holds_every_kind_of_mess(catalogue: Catalogue, tmp_path: Path) -> None:
    handed = write_inbox(tmp_path, catalogue)
    kinds = Counter(kind for file in handed for kind in file.kinds)
    assert {kind.code for kind in KINDS} | {"M01", "M02", "M03", "M04", "M05", "M07", "M09", "late"} <= set(kinds)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == len(handed) + 4 and len({file.path for file in handed}) == len(handed)
    assert max(path.stat().st_mtime for path in files) <= CLOSED.timestamp()
    departments = {catalogue.forms[file.form].department for file in handed if file.kinds}
    assert departments == {form.department for form in catalogue.forms.values()}
    locked = next(file for file in handed if "M05" in file.kinds)
    assert locked.content.startswith(b"\xd0\xcf\x11\xe0") and "EncryptedPackage".encode("utf-16-le") in locked.content
