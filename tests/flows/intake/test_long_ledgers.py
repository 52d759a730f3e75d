"""What a ledger says does not depend on how much room it is read in: many rows are kept packed, few as they are."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from importlib import resources

import pytest

from catalog import packed
from catalog.catalogue import load_catalogue
from catalog.packed import Packed, PackedRows, together
from catalog.periods import Month
from connectors.workbooks import xlsx_stretches
from flows.demo.inbox import Office
from flows.demo.people import check_digit
from flows.intake import columns, rows
from flows.intake.read import Examined, Received, examine
from tests.flows.intake.sheets import TOKENS, head, small_town, xlsx


@pytest.fixture
def in_little_room(monkeypatch):
    """Every sheet is a long one, and what is done together is little."""

    def begin():
        for where, name, value in (
            (packed, "MANY", 0), (packed, "_TOGETHER", 8), (xlsx_stretches, "LONG", 0), (xlsx_stretches, "_STRETCH", 1500),
            (columns, "_PART", 7), (columns, "_DIFFERENT", 5), (columns, "_KNOWN", 9), (rows, "_AT_ONCE", 5),
        ):  # fmt: skip
            monkeypatch.setattr(where, name, value)

    return begin


def looked_at(data, path, catalogue) -> Examined:
    return examine(Received(path, hashlib.sha256(data).hexdigest(), len(data), datetime(2020, 7, 3, 9, tzinfo=UTC)), data, catalogue, TOKENS)


def told(examined):
    return {f.name: list(found) if isinstance(found := getattr(examined.submission, f.name), Packed | tuple) else found for f in fields(examined.submission)}


def test_a_month_s_hand_ins_with_their_mess_read_alike(tmp_path, in_little_room):
    for name in ("town.yml", "villages.csv"):
        (tmp_path / name).write_bytes(resources.files("flows.demo").joinpath(name).read_bytes())
    town = load_catalogue(tmp_path)
    handed = [(h.path, h.content) for h in Office(town, 3).month(Month(2020, 6)) if h.path.endswith(".xlsx") and "~$" not in h.path]
    whole = [looked_at(content, path, town) for path, content in handed]
    in_little_room()
    again = [looked_at(content, path, town) for path, content in handed]
    assert [told(one) for one in again] == [told(one) for one in whole]
    assert [one.fates for one in again] == [one.fates for one in whole]
    assert sum(isinstance(one.submission.entries, Packed) for one in again) > 5


def identity(number):
    first = f"980112{1950 + number % 40}0{1 + number % 9}1{number % 9}{number // 360:03d}"
    return first + check_digit(first)


def relief(lines):
    """A ledger of F14 with so many payments."""
    return [{"序号": n + 1, "救助类别": "临时救助", "村（社区）": ("岚峰村", "麓溪村", "石湾村")[n % 3], "姓名": "某某", "身份证号": identity(n), "发放日期": date(2020, 6, 1) + timedelta(n % 28),
             "救助金额（元）": 300 + n / 2, "人次": 1} for n in range(lines)]  # fmt: skip


def book(town, lines, merged=None):
    body = [[line.get(column.path) for column in town.forms["F14"].sheet("台账").columns] for line in lines]
    return xlsx({"台账": head(town, "F14", "台账", 2020, 6) + body}, merged), "2020年/06月/社会事务办/F14（2020年6月）.xlsx"


@pytest.mark.parametrize("spoil", ["nothing", "twice", "total", "wrong total", "merged", "struck"])
def test_a_ledger_spoiled_in_its_middle_reads_alike(tmp_path, in_little_room, spoil):
    town = small_town(tmp_path)
    lines = relief(120)
    if spoil == "twice":
        lines[90]["身份证号"] = lines[11]["身份证号"]
        lines[60]["身份证号"] = "980112195803071016"
    if "total" in spoil:
        lines.append({"序号": "合计", "救助金额（元）": sum(line["救助金额（元）"] for line in lines) + (spoil != "total"), "人次": 120})
    if spoil == "merged":
        for at in (47, 48, 49):
            lines[at]["救助类别"] = None
    data, path = book(town, lines, {"台账": [(50, 2, 53, 2), (70, 10, 71, 10)]} if spoil == "merged" else None)
    whole = looked_at(data, path, town)
    in_little_room()
    again = looked_at(data, path, town)
    assert told(again) == told(whole) and again.fates == whole.fates
    assert isinstance(again.workbook.grids[0].rows, PackedRows) and not whole.submission.refused


class Unpacked(list):
    """A row that is held at this moment."""

    held = most = 0

    def __init__(self, cells):
        super().__init__(cells)
        Unpacked.held += 1
        Unpacked.most = max(Unpacked.most, Unpacked.held)

    def __del__(self):
        Unpacked.held -= 1


def test_the_rows_of_a_long_ledger_are_never_unpacked_all_together(tmp_path, in_little_room, monkeypatch):
    town = small_town(tmp_path)
    data, path = book(town, relief(400))
    in_little_room()
    unpack = PackedRows._unpacked
    monkeypatch.setattr(PackedRows, "_unpacked", lambda rows, number: list(map(Unpacked, unpack(rows, number))))
    assert not looked_at(data, path, town).submission.refused
    assert 0 < Unpacked.most <= 8 * 8, "the packs that are kept open, and the one that is being read"


def test_what_is_packed_is_what_was_put_in(monkeypatch):
    monkeypatch.setattr(packed, "_TOGETHER", 8)
    things = [(n, f"第{n}行") for n in range(43)]
    kept = Packed(things)
    assert list(kept) == things and [kept[n] for n in (0, 7, 8, 42, -1)] == [things[n] for n in (0, 7, 8, 42, -1)]
    assert list(kept[5:30]) == things[5:30] and list(kept[3:][2:9]) == things[5:12] and kept == tuple(things)
    assert list(together([kept, (), kept])) == things * 2 and together([(1,), (2,)]) == (1, 2)
    with pytest.raises(IndexError):
        kept[43]
    cells = [[1, 1.0, True, None, "甲"], ["甲", date(2020, 6, 1), datetime(2020, 6, 1), 1.0, None]] * 13
    grid = PackedRows(cells)
    assert [[(type(v), v) for v in row] for row in grid] == [[(type(v), v) for v in row] for row in cells]
    assert grid.column(1, range(3, 20)) == [row[1] for row in cells[3:20]]
