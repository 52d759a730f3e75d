"""Workbooks that are pages of the web: what a page hides, strikes out or nests is told, and rows whose cells moved refuse it."""

from __future__ import annotations

import pytest

from catalog.issues import Action
from catalog.observations import Status
from tests.flows.intake.sheets import TRUCK_HEADINGS, codes, loud, read, reading, small_town

HIDDEN = [' style="display:none"', ' style="Visibility: hidden"', " hidden", ' class="xl65"']


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def web(*, row="", fourth=("", "", "", ""), table=""):
    """A page of F20 with 10 and 5 trucks; ``row``: what its last row says of itself, ``fourth``: what the cells of the fourth column do."""
    lines = [TRUCK_HEADINGS, ["1", "2020-06-01", "国道", "10", *[""] * 9], ["2", "2020-06-02", "国道", "5", "", "", "甲公司", *[""] * 6]]
    cells = [[f"<td{fourth[n] if c == 3 else ''}>{v}</td>" for c, v in enumerate(line)] for n, line in enumerate(lines)]
    body = "".join(f"<tr{row if n == 2 else ''}>{''.join(line)}</tr>" for n, line in enumerate(cells))
    style = "<style><!-- td{color:red} td.xl65, .xl66\n{mso-number-format:General; display:none;} --></style>"
    return f"<html><meta charset=utf-8>{style}<table{table}><tr><td>禾麓镇2020年6月渣土运输车辆联合执法台账</td></tr>{body}</table></html>".encode()


def trucks(data, town):
    submission = read(data, town, "2020年/06月/渣土（2020年6月）.xls")
    return reading(submission, "muck_truck_checked_cnt", "禾麓镇"), [(i.code, i.cell) for i in loud(submission)]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_m15_what_a_page_hides_is_told(town, hidden):
    assert trucks(web(), town)[0].value == "15" and trucks(web(), town)[1] == []
    one, said = trucks(web(row=hidden), town)
    assert one.value == "15" and said == [("M15", "A4")]
    whole, said = trucks(web(fourth=[hidden] * 3), town)
    assert whole.value == "15" and [code for code, _ in said] == ["M15"]
    cell, said = trucks(web(fourth=("", "", hidden)), town)
    assert cell.status is Status.REFUSED and said == [("M38", "D4")]
    assert [code for code, _ in trucks(web(table=hidden), town)[1]] == ["M10"]


def spoilt_page(change, rows=6):
    lines = [TRUCK_HEADINGS, *([str(n), f"2020-06-0{n}", "国道", "10", *[""] * 2, "甲公司", "无", *[""] * 2, "500", "是", ""] for n in range(1, rows))]
    tags = [[f"<td>{v}</td>" for v in line] for line in lines]
    change(tags)
    body = "".join(f"<tr>{''.join(line)}</tr>" for line in tags)
    foot = "<tr><td>填表人：某</td><td>审核人：某</td><td>2020</td></tr>"
    return f"<html><meta charset=utf-8><table><tr><td>禾麓镇2020年6月渣土运输车辆联合执法台账</td></tr>{body}{foot}</table></html>".encode()


@pytest.mark.parametrize("change", [
    lambda tags: tags[3].pop(2), lambda tags: tags[3].insert(3, "<td></td>"), lambda tags: tags[5].pop(4), lambda tags: tags[3].insert(3, '<td style="display: none"></td>'),
    lambda tags: tags[3].__setitem__(4, "<td hidden></td>"), lambda tags: tags[3].__setitem__(4, "<td colspan=2></td>"), lambda tags: [tags[n].pop(2) for n in (2, 3)],
], ids=["too few", "too many", "too few in the last", "hidden beside the others", "hidden and blank", "wide", "two of five"])  # fmt: skip
def test_a_row_of_a_page_whose_cells_moved_refuses_the_file(town, change):
    submission = read(spoilt_page(change), town)
    assert submission.refused and [i.code for i in submission.issues if i.action is Action.REFUSE_FILE] == ["E-SHIFT"]


@pytest.mark.parametrize("change", [
    lambda tags: None, lambda tags: [line.__setitem__(9, line[9].replace("<td", "<td hidden")) for line in tags], lambda tags: tags[2].__setitem__(slice(7, 9), ["<td colspan=2>无</td>"]),
    lambda tags: tags.insert(2, ["<td colspan=13>城区</td>"]),
])  # fmt: skip
def test_a_page_whose_rows_are_of_one_width_is_read(town, change):
    submission = read(spoilt_page(change), town)
    assert not submission.refused and reading(submission, "muck_truck_checked_cnt", "禾麓镇").value == "50"


@pytest.mark.parametrize("beside", ['<span style="font-size:0">7</span>', '<i style="opacity: 0">7</i>', "<template>7</template>", "<noscript>7</noscript>", "<svg><text>7</text></svg>"])
def test_m38_letters_of_a_page_that_nobody_sees_are_not_read_into_a_figure(town, beside):
    cell, said = trucks(web().replace(b"<td>5</td>", f"<td>{beside}5</td>".encode()), town)
    assert cell.status is Status.REFUSED and said == [("M38", "D4")]


@pytest.mark.parametrize("said", ["<table><tr><td>5</td></tr></table>", "<div>4<table><tr><td></td><td>5</td></tr></table></div>"])
def test_m07_a_figure_in_a_table_inside_a_cell_refuses_the_file_and_names_the_cell(town, said):
    submission = read(web().replace(b"<td>5</td>", f"<td>{said}</td>".encode()), town)
    assert submission.refused and submission.issues[-1].code == "M07" and "D4" in submission.issues[-1].message


def test_a_page_that_lays_its_table_out_in_a_cell_of_another_is_read(town):
    table = web().decode().split("</style>")[1].removesuffix("</html>")
    submission = read(f"<html><meta charset=utf-8><table><tr><td>菜单</td><td>{table}</td><td>帮助</td></tr></table></html>".encode(), town)
    assert reading(submission, "muck_truck_checked_cnt", "禾麓镇").value == "15"


def test_m27_a_page_that_keeps_another_number_beside_the_one_it_shows_is_asked(town):
    cell, said = trucks(web(fourth=("", "", ' x:num="5123"')), town)
    assert cell.status is Status.REFUSED and said == [("M27", "D4")]
    assert trucks(web(fourth=("", "", ' sdval="500"')), town)[0].status is Status.REFUSED
    assert trucks(web(fourth=("", "", ' sdval="4"')).replace(b">5<", b">0.0<"), town)[0].status is Status.REFUSED
    assert trucks(web(fourth=("", "", ' x:num="5.2"')), town)[0].value == "15"


# --- letters that do not belong to a figure ----------------------------------------------------------------


def page_of(cell):
    rows = [["1", "2020-06-01", "国道", "10", *[""] * 9], ["2", "2020-06-02", "国道", cell, "", "", "甲公司", *[""] * 6]]
    lines = [["禾麓镇2020年6月渣土运输车辆联合执法台账"], TRUCK_HEADINGS, *rows]
    return "".join(["<table>", *("<tr>" + "".join(c if c.startswith("<td") else f"<td>{c}</td>" for c in line) + "</tr>" for line in lines), "</table>"]).encode()


@pytest.mark.parametrize("cell", [
    "<s>1</s>5", "<del>12</del>15", "1<sup>2</sup>", "5<sub>1</sub>", "<span style='text-decoration:line-through'>1</span>5",
    "5<span style='display: none'>3</span>", "<ruby>5<rt>1</rt></ruby>", "<select><option>1<option selected>5</select>",
    "<td style='text-decoration:line-through'>5</td>",
])  # fmt: skip
def test_m38_a_page_s_struck_raised_or_hidden_letters_are_not_read_into_a_figure(town, cell):
    submission = read(page_of(cell), town, "2020年/06月/渣土（2020年6月）.xls")
    assert reading(submission, "muck_truck_checked_cnt", "禾麓镇").status is Status.REFUSED and [i.cell for i in loud(submission)] == ["D4"]


def test_a_page_with_boxes_to_fill_in_is_refused(town):
    submission = read(page_of("<input value=5>"), town, "2020年/06月/渣土（2020年6月）.xls")
    assert submission.refused and codes(submission) == {"M07"}
