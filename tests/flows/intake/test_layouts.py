"""Tables laid out otherwise than declared: read as they are meant, every cell at its own address, or refused."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
import yaml
from openpyxl import load_workbook
from openpyxl.styles import Alignment

from catalog import declared
from catalog.forms import Form
from catalog.grids import Grid, Range
from catalog.issues import Action, Refused
from connectors.workbooks import read_workbook
from flows.intake.headings import find_layout
from tests.flows.intake.sheets import codes, head, merges, page, read, reading, small_town, values, village_rows, xlsx

F19 = ("F19", "月报")
F18 = ("F18", "进度表")
PATROL, NEXT = "巡违控违（户）", "卫片图斑 > 下达数"
MEASURE = "illegal_build_patrol_hh"


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def f19(town, patrols=(4, 5, 6), **more):
    return village_rows(town, *F19, {PATROL: patrols}, **more)


def whole(submission):
    return submission.cells_read == submission.cells_used + submission.cells_ignored + submission.cells_refused


def turned(rows):
    width = max(len(row) for row in rows)
    return [[row[c] if c < len(row) else None for row in rows] for c in range(width)]


def test_m22_a_transposed_table_is_turned_and_keeps_its_addresses(town):
    rows = head(town, *F19, 2020, 6)
    table = turned(rows[2:] + f19(town))
    areas = [(left + 2, top - 2, right + 2, bottom - 2) for top, left, bottom, right in merges(town, *F19, 3)]
    submission = read(xlsx({"月报": [*rows[:2], *table]}, {"月报": areas}), town)
    assert values(submission, MEASURE) == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}
    assert reading(submission, MEASURE, "麓溪村").cell == "D5"
    assert "M22" in codes(submission) and whole(submission)


def test_m22_a_transposed_table_with_a_foot_and_a_broken_figure_names_the_cell(town):
    rows = head(town, *F19, 2020, 6)
    table = turned(rows[2:] + f19(town, patrols=(4, "近百", 6)))
    areas = [(left + 2, top - 2, right + 2, bottom - 2) for top, left, bottom, right in merges(town, *F19, 3)]
    submission = read(xlsx({"月报": [*rows[:2], *table, ["填表人：某  审核人：某"]]}, {"月报": areas}), town)
    wrong = [i for i in submission.issues if i.action is Action.REFUSE_CELL]
    assert [i.cell for i in wrong] == ["D5"] and values(submission, MEASURE)["麓溪村"] is None and whole(submission)
    assert not any("填表人" in i.message for i in submission.issues)


def test_m23_the_heading_again_further_down_is_a_page_not_a_village(town):
    first, second = f19(town)[:1], f19(town)[1:]
    heading = head(town, *F19, 2020, 6)
    total = [["合计", None, 4]]
    rows = [*heading, *first, *total, [], heading[0], heading[1], *heading[2:], *second, ["合计", None, 11]]
    areas = merges(town, *F19, 3) + merges(town, *F19, 10)
    submission = read(xlsx({"月报": rows}, {"月报": areas}), town)
    assert values(submission, MEASURE) == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}
    assert not submission.refused and whole(submission)


def test_m23_blocks_side_by_side_are_read_one_after_the_other(town):
    rows = head(town, *F19, 2020, 6)
    body = f19(town)
    width = len(rows[2])
    joined = [*rows[:2], *([*row, None, *row] for row in rows[2:]), [*body[0], None, *body[2]], [*body[1]]]
    areas = merges(town, *F19, 3)
    submission = read(xlsx({"月报": joined}, {"月报": areas + [(a, b + width + 1, c, d + width + 1) for a, b, c, d in areas]}), town)
    assert values(submission, MEASURE) == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}
    assert "M22" in codes(submission) and whole(submission)


def test_m23_two_sheets_of_a_form_stacked_on_one_are_cut_at_their_titles(town):
    monthly = [*head(town, "F01", "月报", 2020, 6), [1, "机关支部", "岚峰村", 5, 1, 2, 3, 0, 1, 2, 1]]
    roll = head(town, "F01", "花名册", 2020, 6)
    submission = read(xlsx({"月报": [*monthly, [], *roll]}, {"月报": merges(town, "F01", "月报", 3)}), town)
    assert submission.form == "F01" and not submission.refused and whole(submission)
    assert {r.sheet for r in submission.readings} == {"月报"}
    assert "缺少" not in "".join(i.message for i in submission.issues if i.code == "M14" and "工作表" in i.message)


def test_two_forms_on_one_sheet_are_refused(town):
    other = head(town, *F18, 2020, 6) + village_rows(town, *F18, {})
    data = xlsx({"月报": [*head(town, *F19, 2020, 6), *f19(town), [], *other]}, {"月报": merges(town, *F19, 3)})
    submission = read(data, town)
    assert submission.refused and "分开报送" in submission.issues[-1].message


def test_month_and_cumulative_in_rows_of_their_own(town):
    rows = head(town, *F18, 2020, 6)
    columns = [c.path for c in town.forms["F18"].sheet("进度表").columns]
    month, cumulative = columns.index("三格式化粪池（座） > 本月完成"), columns.index("三格式化粪池（座） > 累计完成")
    body = []
    for row in village_rows(town, *F18, {columns[month]: (3, 4, 5), columns[cumulative]: (30, 40, 50)}):
        plain = [v for i, v in enumerate(row) if i != cumulative]
        later = [None] * len(plain)
        later[month] = row[cumulative]
        body += [[*plain, "本月完成"], [*later, "累计完成"]]
    top, leaf = ([v for i, v in enumerate(row) if i != cumulative] for row in rows[2:])
    top[month], leaf[month] = "三格式化粪池（座）", None
    top[month + 1], leaf[month + 1] = "三格式化粪池（座）", "验收数"
    areas = [(3, i + 1, 4, i + 1) for i, c in enumerate(columns[:2])] + [(3, month + 1, 4, month + 1)]
    submission = read(xlsx({"进度表": [*rows[:2], top, leaf, *body]}, {"进度表": areas}), town)
    assert values(submission, "toilet_tank_refit_cnt") == {"岚峰村": "3", "麓溪村": "4", "石湾村": "5"}
    assert values(submission, "toilet_tank_refit_cnt_ytd") == {"岚峰村": "30", "麓溪村": "40", "石湾村": "50"}
    assert reading(submission, "toilet_tank_refit_cnt_ytd", "麓溪村").cell == "D8" and whole(submission)


@pytest.mark.parametrize("words", ["项目\n村（社区）", "指标        村（社区）", "村（社区）＼项目", "项目/村名"])
def test_a_diagonal_heading_names_the_rows(town, words):
    rows = head(town, *F19, 2020, 6)
    rows[2][1] = words
    submission = read(xlsx({"月报": rows + f19(town)}, {"月报": merges(town, *F19, 3)}), town)
    assert values(submission, MEASURE)["石湾村"] == "6"


def test_a_table_some_columns_to_the_right(town):
    rows = [[None, None, None, None, *row] for row in head(town, *F19, 2020, 6) + f19(town) + [["合计", None, 15]]]
    areas = [(a, b + 4, c, d + 4) for a, b, c, d in merges(town, *F19, 3)]
    submission = read(xlsx({"月报": rows}, {"月报": areas}), town)
    assert values(submission, MEASURE) == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}
    assert reading(submission, MEASURE, "岚峰村").cell == "G5" and not submission.refused


def test_a_district_s_total_beside_its_villages_is_a_total(town):
    rows = f19(town)
    whole_town = ["", f"{town.town_name}镇", 15]
    submission = read(page(town, *F19, [whole_town, *rows]), town)
    assert values(submission, MEASURE) == {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}


def test_a_section_row_inside_the_data_is_no_record(town):
    columns = [c.path for c in town.forms["F02"].sheets[0].columns]
    def visit(number, point):
        row = {"序号": number, "申报单位": point, "类别": "星级支部", "村（社区）": "岚峰村", "调研验收日期": "2020-06-05", "结果": "通过"}
        return [row.get(path) for path in columns]
    rows = [*head(town, "F02", "台账", 2020, 6), ["第一批（1个）"], visit(1, "甲支部"), ["第二批（1个）"], visit(2, "乙支部")]
    submission = read(xlsx({"台账": rows}, {"台账": [(4, 1, 4, 8), (6, 1, 6, 8)]}), town)
    assert next(r.value for r in submission.readings if r.measure == "party_star_sites_inspected_cnt") == "2"
    assert whole(submission) and not any(i.action is Action.REFUSE_CELL for i in submission.issues)


def test_an_unmerged_blank_beside_a_merged_heading_is_not_given_its_name(town):
    """The blank column 'inherits' nothing: its figures are not those of its neighbour's group."""
    rows = head(town, *F19, 2020, 6)
    at = next(i for i, c in enumerate(town.forms["F19"].sheet("月报").columns) if c.path == NEXT)
    for row in rows[2:]:
        row.insert(at, None)
    body = f19(town)
    for row in body:
        row.insert(at, 99)
    areas = [(a, b + (b > at), c, d + (d > at)) for a, b, c, d in merges(town, *F19, 3)]
    submission = read(xlsx({"月报": rows + body}, {"月报": areas}), town)
    assert not any(r.value == "99" for r in submission.readings) and whole(submission)
    assert any(i.code == "M14" and "没有表头" in i.message for i in submission.issues)


F05 = ("F05", "进度表")


def projects(town, *more):
    """Three projects of F05 with 100 万元 each, and further rows as heading path → value."""
    columns = town.forms["F05"].sheet("进度表").columns
    words = {"serial": 1, "month": "2020-05", "village": "岚峰村", "text": "某某", "date": datetime(2020, 6, 5)}
    full = [c.values[0].rstrip("*") if c.values else 100 if c.numeric else words[c.type] for c in columns]
    body = [list(full) for _ in range(3)]
    for number, row in enumerate(body):
        row[0], row[1], row[2] = number + 1, f"2020-{number}", f"项目{number}"
    return body + [[row.get(c.path) for c in columns] for row in more]


def invested(town, *more):
    submission = read(page(town, *F05, projects(town, *more)), town)
    entries = [e for e in submission.entries if e.indicator == "fai_completed_projects"]
    assert whole(submission)
    return submission, [None if e.refused else e.value for e in entries]


@pytest.mark.parametrize("words", ["合计", "合 计：", "合计（3个）", "本页合计", "承前页"])
@pytest.mark.parametrize("under", ["项目名称", "所在村", "包联领导"])
def test_m16_a_sum_is_a_sum_under_whatever_heading_its_name_stands(town, words, under):
    _, values = invested(town, {under: words, "本年累计完成投资（万元）": 300, "本月完成（万元）": 300})
    assert values == ["1000000"] * 3


@pytest.mark.parametrize("words", [{}, {"项目名称": "共3个"}, {"包联领导": "三个项目"}])
def test_m16_a_row_of_figures_that_nobody_named_is_refused_and_not_added(town, words):
    submission, values = invested(town, {**words, "本年累计完成投资（万元）": 300, "本月完成（万元）": 300})
    assert values == ["1000000"] * 3 + [None]
    assert [i.cell[1:] for i in submission.issues if i.action is Action.REFUSE_CELL] == ["7"]


@pytest.mark.parametrize("word", ["3个", "共3个", "总数", "累计", "去年同期", "占比", "完成率"])
def test_m16_a_statistic_is_no_branch(town, word):
    columns = town.forms["F01"].sheet("月报").columns
    body = [[n + 1 if c.type == "serial" else 2 if c.numeric else name if c.path == "支部名称" else None for c in columns]
            for n, name in enumerate(["甲支部", "乙支部", word])]  # fmt: skip
    submission = read(page(town, "F01", "月报", body), town)
    found = {r.unit_name: (r.value, r.status.value) for r in submission.readings if r.measure == "party_activist_persons"}
    assert found == {"甲支部": ("2", "reported"), "乙支部": ("2", "reported"), "第7行": (None, "refused")}


@pytest.mark.parametrize(("words", "unit"), [("巡违控违（人）", "人"), ("巡违控违（次）", "次")])
def test_m27_a_column_counted_in_something_else_is_refused(town, words, unit):
    rows = head(town, *F19, 2020, 6) + f19(town)
    rows[2][2] = words
    submission = read(xlsx({"月报": rows}, {"月报": merges(town, *F19, 3)}), town)
    assert submission.refused or not submission.readings
    assert [(i.code, i.found, i.expected) for i in submission.issues if i.action is Action.REFUSE_SHEET] == [("M27", unit, "户")]


def titled(town, words):
    rows = head(town, *F19, 2020, 6) + f19(town)
    rows[0][0] = f"禾麓镇{words}{town.forms['F19'].title_of(town.forms['F19'].sheet('月报'))}"
    return read(xlsx({"月报": rows}, {"月报": merges(town, *F19, 3)}), town)


@pytest.mark.parametrize("words", ["2020年上半年", "2020年第二季度", "2020年度"])
def test_m09_a_title_of_a_longer_period_is_refused_for_a_monthly_form(town, words):
    submission = titled(town, words)
    assert submission.refused and "M09" in codes(submission) and not submission.readings


def test_m09_a_title_from_january_on_is_refused_where_only_months_are_asked_for(town):
    submission = titled(town, "2020年1—6月")
    assert submission.refused and "M09" in codes(submission) and not submission.readings


@pytest.mark.parametrize("form", [F19, F18, ("F12", "月报表"), ("F07", "进度表"), ("F01", "月报")])
def test_m14_group_headings_that_are_not_merged_are_read_where_the_form_knows_one_way(town, form):
    """Typed as in a form with merges, and without one: the blanks beside a group heading are its own."""
    form = (form[0], town.forms[form[0]].sheets[0].name)
    columns = town.forms[form[0]].sheet(form[1]).columns
    rows = [list(row) for row in head(town, *form, 2020, 6)]
    for level, row in enumerate(rows[2:]):
        for index in range(len(columns) - 1, 0, -1):
            if row[index] and len(columns[index].parts) > level + 1 and columns[index].parts[: level + 1] == columns[index - 1].parts[: level + 1]:
                row[index] = None
    sheet = town.forms[form[0]].sheet(form[1])
    layout = find_layout(read_workbook(xlsx({form[1]: rows})).grids[0], sheet, town.forms[form[0]], frozenset())
    assert {m.index: p for p, m in layout.columns.items()} == {i: c.path for i, c in enumerate(columns)}


def unmerged(town, change):
    rows = [list(row) for row in head(town, *F19, 2020, 6)]
    top = rows[2]
    for index, column in enumerate(town.forms["F19"].sheet("月报").columns):
        if column.parts[-1] in ("面积（㎡）", "已整改数", "完成率（%）"):
            top[index] = None
    change(rows)
    return read(xlsx({"月报": rows + f19(town)}), town)


def test_m14_a_blank_that_may_belong_to_two_groups_is_given_to_neither(town, tmp_path):
    columns = "  - {path: 村名, type: village}\n" + "".join(f"  - {{path: {g} > {p}, type: integer, id: {i}, role: flow_month}}\n" for g, p, i in (
        ("甲", "处数", "a1"), ("甲", "户数", "a2"), ("乙", "处数", "b1"), ("乙", "户数", "b2")))
    form = declared.read(Form, yaml.safe_load(f"id: Z1\ntitle: 某表\ndepartment: 某办\ndue: {{day: 5}}\nsheets:\n- name: 表\n  shape: matrix\n  columns:\n{columns}"))
    def layout(*top):
        grid = Grid("表", 0, [["村名", *top], [None, "处数", "户数", "户数", "处数"], ["岚峰村", 1, 2, 3, 4]])
        return {m.index: p for p, m in find_layout(grid, form.sheets[0], form, frozenset()).columns.items()}
    assert layout("甲", None, None, "乙") == {0: "村名", 1: "甲 > 处数", 2: "甲 > 户数", 3: "乙 > 户数", 4: "乙 > 处数"}
    grid = Grid("表", 0, [["村名", None, "甲", "乙", None], [None, "处数", "户数", "处数", "户数"], ["岚峰村", 1, 2, 3, 4]])
    assert {m.index: p for p, m in find_layout(grid, form.sheets[0], form, frozenset()).columns.items()}[1] == "甲 > 处数"
    with pytest.raises(Refused, match="缺少"):
        layout("甲", None, None, None)
    with pytest.raises(Refused):
        find_layout(Grid("表", 0, [["村名", "甲", None, None, "乙"], [None, "处数", "户数", "面积", "处数"], ["岚峰村", 1, 2, 3, 4]]), form.sheets[0], form, frozenset())


def test_m14_a_heading_centred_across_its_columns_is_as_good_as_a_merged_one(town):
    assert values(unmerged(town, lambda rows: None), MEASURE)["石湾村"] == "6"
    columns = town.forms["F19"].sheet("月报").columns
    rows = head(town, *F19, 2020, 6) + f19(town)
    book = load_workbook(io.BytesIO(xlsx({"月报": rows})))
    sheet = book["月报"]
    for index, column in enumerate(columns):
        if column.parts[0] in ("拆除违建", "卫片图斑"):
            cell = sheet.cell(3, index + 1)
            cell.value = column.parts[0] if column.parts[-1] in ("处数", "下达数") else None
            cell.alignment = Alignment(horizontal="centerContinuous")
    out = io.BytesIO()
    book.save(out)
    grid = read_workbook(out.getvalue()).grids[0]
    assert grid.centred == (Range(2, 4, 2, 5), Range(2, 6, 2, 8))
    assert values(read(out.getvalue(), town), "illegal_build_demolished_area")["麓溪村"] == "0"


def two_places(town, second, areas=((5, 2, 6, 2), (5, 1, 6, 1), (5, 3, 6, 3))):
    """F18 with two 屋场 of 岚峰村 in rows of their own; ``second``: heading → what the second one's row says."""
    columns = town.forms["F18"].sheet("进度表").columns
    body = village_rows(town, *F18, {"三格式化粪池（座） > 年度任务": (30, 31, 32), "三格式化粪池（座） > 本月完成": (3, 4, 5)})
    place = {"名称": "甲屋场", "创建类型": "示范屋场", "状态": "在建"}
    body[0] = [place.get(c.parts[-1], value) for c, value in zip(columns, body[0], strict=True)]
    further = [second.get(c.parts[-1]) for c in columns]
    total = [None, "合计", 93, *[None] * (len(columns) - 3)]
    rows = [*head(town, *F18, 2020, 6), body[0], further, *body[1:], total]
    return read(xlsx({"进度表": rows}, {"进度表": merges(town, *F18, 3) + list(areas)}), town)


MORE = {"名称": "乙屋场", "创建类型": "美丽屋场", "状态": "在建"}


@pytest.mark.parametrize(("second", "areas"), [(MORE, ((5, 2, 6, 2), (5, 1, 6, 1), (5, 3, 6, 3))), ({**MORE, "村（社区）": "岚峰村"}, ())])
def test_m18_two_projects_of_one_village_are_two_rows_and_its_figures_count_once(town, second, areas):
    submission = two_places(town, second, areas)
    assert values(submission, "toilet_tank_refit_cnt") == {"岚峰村": "3", "麓溪村": "4", "石湾村": "5"}
    assert values(submission, "toilet_tank_target_cnt") == {"岚峰村": "30", "麓溪村": "31", "石湾村": "32"}
    assert {(e.indicator, e.text) for e in submission.entries} == {("model_wuchang_village", "岚峰村"), ("beautiful_wuchang_villages", "岚峰村")}
    assert not submission.refused and whole(submission) and not [i for i in submission.issues if i.code in ("M20", "M18", "M44")]


@pytest.mark.parametrize("second", [{**MORE, "本月完成": 2}, {**MORE, "本月完成": 0}, {}])
def test_m20_a_village_with_figures_in_two_rows_or_with_an_empty_second_one_is_refused(town, second):
    submission = two_places(town, {**second, "村（社区）": "岚峰村"}, ())
    assert submission.refused and submission.issues[-1].code == "M20" and submission.issues[-1].cell == "B6"
