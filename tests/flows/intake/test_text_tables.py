"""Tables as text: commas that cut a figure in two, stray quotation marks, and lines whose fields moved."""

from __future__ import annotations

import pytest

from connectors.workbooks.tally import tally_text
from tests.flows.intake.sheets import TRUCK_HEADINGS, head, read, reading, small_town, village_rows

F19 = ("F19", "月报")
PATROL = "巡违控违（户）"


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


@pytest.mark.parametrize(("third", "trim"), [("1,005", False), ("1,005", True), ("1,005,300", True)])
def test_m24_a_comma_that_cuts_a_figure_in_two_refuses_the_file_and_names_the_line(town, third, trim):
    rows = [TRUCK_HEADINGS, *([str(n), "2020-06-01", "国道", "10", "", "", "甲公司", "", "", "", "0", "", "某"] for n in range(1, 4)),
            ["4", "2020-06-02", "国道", third, "", "", "甲公司", "", "", "", "0", "", "某"]]  # fmt: skip
    if trim:
        rows = [rows[0], *(row[:11] for row in rows[1:])]
    text = "\n".join(["禾麓镇2020年6月渣土运输车辆联合执法台账", *(",".join(row) for row in rows)])
    submission = read(text.encode(), town, "2020年/06月/渣土（2020年6月）.csv")
    assert submission.refused and [(i.code, i.found) for i in submission.issues if i.code == "E-SHIFT"] == [("E-SHIFT", "第6行")]
    fine = read(text.replace(third, f'"{third}"').encode(), town, "2020年/06月/渣土（2020年6月）.csv")
    assert reading(fine, "muck_truck_checked_cnt", "禾麓镇").value == str(30 + int(third.replace(",", "")))


@pytest.mark.parametrize("figures", [("1,005", "1,006"), ("1,234", "2,345")], ids=["noughts", "padded"])
def test_m24_a_comma_in_the_figure_of_every_line_is_seen_too(town, figures):
    body = village_rows(town, *F19, {PATROL: (*figures, figures[0])})
    text = "\n".join(",".join("" if value is None else str(value) for value in row) for row in head(town, *F19, 2020, 6) + body)
    submission = read(text.encode(), town, "2020年/06月/控违拆违（2020年6月）.csv")
    assert submission.refused and [i.found for i in submission.issues if i.code == "E-SHIFT"] == ["第5行"]


def lorries(*lines):
    """F20 as text: lines of fields, the heading padded as spreadsheets pad it."""
    padded = [["禾麓镇2020年6月渣土运输车辆联合执法台账", *[""] * 12], TRUCK_HEADINGS]
    return "\n".join(",".join(line) for line in [*padded, *lines])


def line(n, place="国道", checked="10", fine="", plate="", **more):
    return [str(n), f"2020-06-{n:02d}", place, checked, plate, "", "甲公司", "无", "", "", fine, "是", more.get("officer", "某")]


CSV = "2020年/06月/渣土（2020年6月）.csv"


@pytest.mark.parametrize(("opened", "closed"), [('"金洲大道', '集镇"'), ('"金洲大道', "集镇"), ('"金洲"大道', "集镇")])
def test_a_stray_quotation_mark_swallows_no_rows(town, opened, closed):
    submission = read(lorries(line(1), line(2, opened), line(3), line(4, closed), line(5)).encode(), town, CSV)
    assert submission.refused and [(i.code, i.found) for i in submission.issues if i.code == "E-SHIFT"] == [("E-SHIFT", "第4行")]


def test_a_text_of_two_lines_in_quotation_marks_is_one_cell(town):
    submission = read(lorries(line(1), line(2, '"金洲大道,北段\n""集镇"""'), line(3)).encode(), town, CSV)
    assert reading(submission, "muck_truck_checked_cnt", "禾麓镇").value == "30"


@pytest.mark.parametrize("clock", [" 00:00:00", " 0:00", "T00:00:00", " 08:30:00.000"])
def test_m30_a_day_with_the_time_of_day_is_a_day(town, clock):
    text = lorries(line(1), line(2)).replace("2020-06-02,", f"2020-06-02{clock},")
    assert reading(read(text.encode(), town, CSV), "muck_truck_checked_cnt", "禾麓镇").value == "20"


def test_the_count_of_a_text_table_does_not_believe_in_quotation_marks():
    swallowed = 'a,b,c\n1,"x,3\n4,y",6\n'
    assert tally_text(swallowed, ",") == [9] and tally_text('a,b,c\n1,"x\ny",6\n', ",") == [6]


@pytest.mark.parametrize("row", [
    [*line(4, fine="6,500")[:-1]], line(4, place="国道")[:2] + line(4)[3:], line(5)[:2] + line(5)[3:],
], ids=["comma and no padding", "a field missing", "the last one"])  # fmt: skip
def test_a_line_whose_fields_moved_refuses_the_file(town, row):
    rows = [line(1), line(2, fine="500"), line(3), row, line(5), line(6)]
    submission = read(lorries(*(rows if row[0] != "5" else [*rows[:3], line(4), row])).encode(), town, CSV)
    assert submission.refused and [i.code for i in submission.issues if i.code == "E-SHIFT"] == ["E-SHIFT"]


def test_blank_fields_that_excel_leaves_away_sixteen_rows_at_a_time_are_no_fields_missing(town):
    rows = [line(n, officer="") for n in range(1, 15)] + [line(n, officer="")[:-1] for n in range(15, 20)]
    assert reading(read(lorries(*rows).encode(), town, CSV), "muck_truck_checked_cnt", "禾麓镇").value == "190"


def test_a_line_with_a_remark_where_the_others_end_before_it_is_read(town):
    rows = [TRUCK_HEADINGS, ["1", "2020-06-01", "国道", "118", "305"], ["2", "2020-06-01", "国道", "118"], ["3", "2020-06-02", "国道", "118", *[""] * 8, "某"]]
    text = "\n".join(["禾麓镇2020年6月渣土运输车辆联合执法台账", *(",".join(row) for row in rows)])
    assert not read(text.encode(), town, "2020年/06月/渣土（2020年6月）.csv").refused
