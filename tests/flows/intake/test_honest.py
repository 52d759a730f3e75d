"""What clerks honestly write otherwise than the form, and what must be taken without sending anything back."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment

from catalog.issues import Action
from catalog.periods import Month
from flows.intake.days import day
from tests.flows.intake.sheets import codes, head, loud, merges, page, read, small_town, values, village_rows, xlsx

PATH = "2020年/06月/控违办/控违拆违及卫片整改月报表（2020年6月）.xlsx"
PATROL, MEASURE = "巡违控违（户）", "illegal_build_patrol_hh"
NAME = "控违拆违及卫片整改月报表"
FIGURES = {"岚峰村": "4", "麓溪村": "5", "石湾村": "6"}


@pytest.fixture
def town(tmp_path):
    return small_town(tmp_path)


def patrols(town, *above, body=None, tail=()):
    """F19 of June; ``above`` in place of its title row."""
    rows = head(town, "F19", "月报", 2020, 6)
    given = [list(row) if isinstance(row, tuple) else [row] for row in above]
    body = body or village_rows(town, "F19", "月报", {PATROL: (4, 5, 6)})
    top = len(given) + 2 if given else 3
    return xlsx({"月报": [*(given or rows[:1]), *rows[1:], *body, *tail]}, {"月报": merges(town, "F19", "月报", top)})


# --- titles ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", [
    f"禾麓镇2020年6月{NAME}（修订）", f"禾麓镇2020年6月{NAME}（定稿）", f"禾麓镇2020年6月{NAME}(1)", f"禾麓镇2020年6月{NAME}-副本", f"禾麓镇2020年6月{NAME}（终稿2）",
    f"禾麓镇{NAME}（2020年6月）", f"{NAME}（2020年6月份）", f"禾麓镇2020.6{NAME}", f"禾麓镇2020-06{NAME}", f"禾麓镇二〇二〇年六月{NAME}", f"禾麓镇2020年度6月{NAME}",
    f"禾麓镇2020年6月的{NAME}",
])  # fmt: skip
def test_a_title_in_other_words_of_the_same_month_says_nothing_to_ask_about(town, title):
    submission = read(patrols(town, title), town, PATH)
    assert (submission.form, submission.period, submission.refused) == ("F19", "2020-06", False)
    assert loud(submission) == [] and values(submission, MEASURE) == FIGURES


@pytest.mark.parametrize("above", [(f"禾麓镇{NAME}", "（2020年6月）"), ("2020年6月", f"禾麓镇{NAME}"), ((f"禾麓镇{NAME}", None, None, None, None, None, "2020年6月"),)])
def test_a_month_in_a_cell_of_its_own_is_the_title_s(town, above):
    """It was taken for the whole title: 标题是“(”的报表."""
    submission = read(patrols(town, *above), town, PATH)
    assert (submission.period, loud(submission)) == ("2020-06", []) and values(submission, MEASURE) == FIGURES


def test_a_title_without_a_year_has_the_one_its_day_and_its_folder_say(town):
    said = read(patrols(town, f"禾麓镇6月{NAME}"), town, PATH)
    assert said.period == "2020-06" and codes(said) == {"M12"} and values(said, MEASURE) == FIGURES
    alone = read(patrols(town, f"禾麓镇6月{NAME}"), town, "控违办/6月.xlsx")
    assert alone.refused and "标题没有写明年份" in alone.issues[-1].message


@pytest.mark.parametrize(("title", "said"), [
    ("石桥镇低保月报（2020年6月）", "E-TOWN"), (f"石桥镇{NAME}（2020年6月）", "E-TOWN"), (f"禾麓镇{NAME}（2020年6月上旬）", "M09"), (f"禾麓镇2020.5{NAME}", "M02"),
    (f"禾麓镇2020年度{NAME}", "M09"), (f"禾麓镇2020年1-6月{NAME}（定稿）", "M09"), (f"禾麓镇2020年5—6月{NAME}", "M09"), (f"禾麓镇2020年5、6月{NAME}", "M09"), (f"禾麓镇2020.1-6{NAME}", "M12"),
])  # fmt: skip
def test_a_title_of_another_town_or_time_is_refused_however_it_is_written(town, title, said):
    submission = read(patrols(town, title), town, PATH)
    assert submission.refused and submission.issues[-1].code == said


@pytest.mark.parametrize("saved", ["2020-05-30T23:00:00+00:00", "2019-06-30T09:00:00+00:00"])
def test_m12_a_month_that_had_not_begun_when_the_file_was_saved_is_refused(town, saved):
    """2021 for 2020 would lie there for a year, and then be the month's figures."""
    submission = read(patrols(town), town, "控违办/拆违.xlsx", datetime.fromisoformat(saved))
    said = submission.issues[-1]
    assert submission.refused and (said.code, said.sheet, said.cell) == ("M12", "月报", "A1")
    assert (submission.form, submission.period) == ("F19", "") and "2020年6月，保存文件时该月还没有到" in said.message


def test_on_the_eve_of_a_month_it_has_begun_somewhere(town):
    assert not read(patrols(town), town, PATH, datetime.fromisoformat("2020-05-31T16:30:00+00:00")).refused


def test_a_title_that_names_no_town_is_not_taken_for_another_town(town):
    """社会救助情况（2020年6月）: 标题是“社会救助情况(”的报表，不是禾麓的."""
    submission = read(patrols(town, "拆违情况（2020年6月）"), town, PATH)
    assert not submission.refused and [issue.code for issue in loud(submission)] == ["M09"] and values(submission, MEASURE) == FIGURES


def test_a_sheet_under_another_title_is_known_by_its_headings_beside_one_that_has_its_own(town):
    """F17 with 就业月报 and the official title on its list: the first sheet was passed over as no part of the form."""
    report = head(town, "F17", "月报", 2020, 6) + village_rows(town, "F17", "月报", {"失业再就业（人）": (1, 2, 3)})
    report[0] = ["禾麓镇2020年6月就业与就业扶贫统计月报"]
    listed = [*head(town, "F17", "培训花名册", 2020, 6), [1, "无"]]
    data = xlsx({"月报": report, "培训花名册": listed}, {"月报": merges(town, "F17", "月报", 3)})
    submission = read(data, town, "2020年/06月/人社站/就业与就业扶贫月报表（2020年6月）.xlsx")
    assert values(submission, "reemployed_persons") == {"岚峰村": "1", "麓溪村": "2", "石湾村": "3"}
    assert [issue.message for issue in loud(submission)] == [
        "标题“禾麓镇2020年6月就业与就业扶贫统计月报”不是规定的表名，按栏目认作《就业与就业扶贫月报表》，请核实。", "缺少《外出务工人员交通补贴发放花名册》工作表，请补报。",
    ]  # fmt: skip


def test_last_month_s_sheet_kept_beside_and_a_page_of_words_are_not_asked_about(town):
    may = head(town, "F19", "月报", 2020, 5) + village_rows(town, "F19", "月报", {PATROL: (1, 1, 1)})
    june = head(town, "F19", "月报", 2020, 6) + village_rows(town, "F19", "月报", {PATROL: (4, 5, 6)})
    areas = merges(town, "F19", "月报", 3)
    submission = read(xlsx({"5月": may, "6月": june, "填表说明": [["填表说明"], ["各村每月28日前报送。"]]}, {"5月": areas, "6月": areas}), town, PATH)
    assert loud(submission) == [] and values(submission, MEASURE) == FIGURES
    assert [i.message for i in submission.issues if i.action is Action.FIX] == [
        "工作表“5月”是2020年5月的，本次只读6月，已略过。", "工作表“填表说明”不是本表的内容，已略过。",
    ]  # fmt: skip
    assert [i.action for i in read(xlsx({"6月": june, "别的": [["岚峰村", 12]]}, {"6月": areas}), town, PATH).issues] == [Action.WARN]


# --- headings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [
    lambda text: text.replace("（", "［").replace("）", "］"), lambda text: text.replace("（", "【").replace("）", "】"), lambda text: text.replace("（㎡）", "/㎡").replace("（%）", "/%"),
    lambda text: text.replace("（户）", "（单位：户）").replace("（㎡）", "（单位：㎡）"),
])  # fmt: skip
def test_a_unit_in_other_brackets_is_the_heading_s_unit(town, write):
    rows = head(town, "F19", "月报", 2020, 6)
    rows[2:4] = [[write(text) if text else text for text in row] for row in rows[2:4]]
    body = village_rows(town, "F19", "月报", {PATROL: (4, 5, 6)})
    submission = read(xlsx({"月报": rows + body}, {"月报": merges(town, "F19", "月报", 3)}), town, PATH)
    assert loud(submission) == [] and values(submission, MEASURE) == FIGURES


def test_a_unit_after_a_slash_decides_the_factor(town):
    rows = head(town, "F19", "月报", 2020, 6)
    rows[3] = [text.replace("（㎡）", "/亩") if text else text for text in rows[3]]
    body = village_rows(town, "F19", "月报", {"拆除违建 > 面积（㎡）": (1, 0, 0)})
    submission = read(xlsx({"月报": rows + body}, {"月报": merges(town, "F19", "月报", 3)}), town, PATH)
    assert values(submission, "illegal_build_demolished_area")["岚峰村"] == "666.67"


def test_a_share_below_a_group_in_money_needs_no_sign_of_its_own(town):
    """F04: 同比 below 1—本月（千元） was refused as if it were in 千元."""
    columns = [c.path for c in town.forms["F04"].sheet("台账").columns]
    firm = {"统一社会信用代码": "91980112MA0001000W", "单位名称": "甲公司", "行业类别": "工业", "所在村": "岚峰村", "1—本月（千元） > 工业总产值": 100, "1—本月（千元） > 同比（%）": 3.4, "是否退库": "否"}
    data = page(town, "F04", "台账", [[firm.get(path) for path in columns]])
    book = load_workbook(io.BytesIO(data))
    cell = next(c for row in book["台账"].iter_rows() for c in row if c.value == "同比（%）")
    cell.value = "同比"
    out = io.BytesIO()
    book.save(out)
    submission = read(out.getvalue(), town, "2020年/06月/经发办/“四上”企业主要指标台账（2020年6月）.xlsx")
    assert not submission.refused and [e.value for e in submission.entries if e.indicator == "ind_output_firms"] == ["100000"]


# --- villages and totals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [lambda name: f"禾麓镇{name}", lambda name: f"{name}村民委员会", lambda name: f"1.{name}"])
def test_villages_by_their_names_in_full_have_their_figures(town, write):
    """Each was refused, and in a list of records the village got lost without a word."""
    body = village_rows(town, "F19", "月报", {PATROL: (4, 5, 6)}, names=[write(name) for name in FIGURES])
    submission = read(patrols(town, body=body), town, PATH)
    assert loud(submission) == [] and values(submission, MEASURE) == FIGURES
    columns = [c.path for c in town.forms["F02"].sheet("台账").columns]
    visit = {"申报单位": "岚峰村党支部", "类别": "星级支部", "村（社区）": write("岚峰村"), "调研验收日期": "2020-06-03", "结果": "通过"}
    ledger = read(page(town, "F02", "台账", [[visit.get(path) for path in columns]]), town, "2020年/06月/党建办/F02 2020年6月.xlsx")
    assert [entry.unit_code for entry in ledger.entries] == ["980112104200"]


@pytest.mark.parametrize("word", ["合计数", "总计数", "合 计 数"])
def test_a_total_called_a_number_is_the_total(town, word):
    total = [word, None, *[15 if column.path == PATROL else None for column in town.forms["F19"].sheet("月报").columns[2:]]]
    submission = read(patrols(town, tail=[total]), town, PATH)
    assert loud(submission) == [] and values(submission, MEASURE) == FIGURES


def test_a_row_without_a_village_is_asked_for_its_name_not_whether_it_is_another_village(town):
    nameless = [None, None, *[15 if column.path == PATROL else None for column in town.forms["F19"].sheet("月报").columns[2:]]]
    submission = read(patrols(town, tail=[nameless]), town, PATH)
    assert [issue.message for issue in loud(submission)] == ["月报!B8 有数，却没有写村名，是合计请写明“合计”，不是请补填后重报。"]


# --- cells -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zero", ["─", "ー", "无发生"])
def test_dashes_of_any_keyboard_declare_zero(town, zero):
    body = village_rows(town, "F19", "月报", {PATROL: (4, zero, 6)})
    submission = read(patrols(town, body=body), town, PATH)
    assert loud(submission) == [] and values(submission, MEASURE) == {"岚峰村": "4", "麓溪村": "0", "石湾村": "6"}


def test_a_share_with_its_sign_is_not_asked_about(town):
    body = village_rows(town, "F19", "月报", {"卫片图斑 > 下达数": (2, 2, 2), "卫片图斑 > 已整改数": (1, 1, 2), "卫片图斑 > 完成率（%）": ("50%", "50％", "100%")})
    submission = read(patrols(town, body=body), town, PATH)
    assert loud(submission) == [] and list(values(submission, "satellite_rectify_row_pct").values()) == ["50", "50", "100"]


def test_the_sign_of_money_before_an_amount_in_yuan(town):
    rows = village_rows(town, "F11", "月报", {"捐赠资金（元）": ("¥1,200.50", "￥300", 0)})
    submission = read(page(town, "F11", "月报", rows), town, "2020年/06月/应急办/疫情防控和安全生产情况月报表（2020年6月）.xlsx")
    assert loud(submission) == [] and values(submission, "covid_donation_amt") == {"岚峰村": "1200.5", "麓溪村": "300", "石湾村": "0"}


@pytest.mark.parametrize(("row", "declared"), [
    ({"收集日期": "无", "类别": "无", "办理情况": "—"}, True), ({"收集日期": "无", "村（社区）": "岚峰村", "意见建议内容": "修路"}, False),
])  # fmt: skip
def test_nothing_to_list_may_be_said_in_several_columns(town, row, declared):
    columns = [c.path for c in town.forms["F10"].sheet("台账").columns]
    submission = read(page(town, "F10", "台账", [[{"序号": 1, **row}.get(path) for path in columns]]), town, "2020年/06月/综治办/F10 2020年6月.xlsx")
    assert any(r.measure == "opinion_collected_cnt" and r.value == "0" for r in submission.readings) is declared


def test_nothing_to_list_may_have_a_remark_without_a_number(town):
    columns = [c.path for c in town.forms["F15"].sheet("发放表").columns]
    for remark, declared in (("本月未发放", True), ("另有3人见附表", False)):
        data = page(town, "F15", "发放表", [[{"序号": 1, "对象类别": "无", "备注": remark}.get(path) for path in columns]])
        submission = read(data, town, "2020年/06月/退役军人服务站/F15 2020年6月.xlsx")
        assert any(r.measure == "youfu_amt" and r.value == "0" for r in submission.readings) is declared, remark


def test_a_column_of_checks_added_at_the_end_is_not_asked_about_and_its_remarks_are_looked_at(town):
    def added(heading, cell):
        rows = head(town, "F19", "月报", 2020, 6)
        rows[2].append(heading)
        body = village_rows(town, "F19", "月报", {PATROL: (4, 5, 6)})
        body[0].append(cell)
        return read(xlsx({"月报": rows + body}, {"月报": merges(town, "F19", "月报", 3)}), town, PATH)

    assert loud(added("备注2", "已核对")) == loud(added("核对", "√")) == []
    assert [i.code for i in loud(added("核对", 12))] == ["M14"]
    assert [i.code for i in loud(added("备注2", "累计数"))] == ["M37"]


def test_a_line_that_says_no_more_follows_is_no_row(town):
    body = [["1", "固定资产投资", "万元", None, 10, 20, 18, 11.1], [None, "以下空白"]]
    submission = read(page(town, "F03", "月报", body), town, "2020年/06月/经发办/F03 2020年6月.xlsx")
    assert not [issue for issue in submission.issues if "以下空白" in issue.message]


@pytest.mark.parametrize("written", ["2020、6、3", "2020，6，3", "2020\\6\\3", "2020--6--3", "2020.6.3.", "20年6月3日", "2020年6月3日 星期三", "2020-06-03（周三）"])
def test_days_in_other_signs_are_the_same_day(town, written):
    assert day(written, Month(2020, 6)).day == date(2020, 6, 3) and day(written, Month(2020, 6)).action is Action.FIX


@pytest.mark.parametrize("written", ["20.6.3", "2020、6、3、4", "2020.6.3.4", "2020,603"])
def test_days_that_may_be_others_are_refused(town, written):
    assert day(written, Month(2020, 6)).day is None


@pytest.mark.parametrize("written", ["无", "/", "—"])
def test_no_change_may_be_written_where_a_blank_may_stand(town, written):
    """F13: 无 under 变动情况 refused the person."""
    columns = [c.path for c in town.forms["F13"].sheet("花名册").columns]
    person = {"村（社区）": "岚峰村", "身份证号": "980112195803071015", "低保证号": "低保001", "保障类别": "A", "变动情况": written}
    submission = read(page(town, "F13", "花名册", [[person.get(path) for path in columns]]), town, "2020年/06月/社会事务办/低保（特困）对象花名册（2020年6月）.xlsx")
    assert loud(submission) == [] and {r.measure: r.value for r in submission.readings}["dibao_persons_ledger"] == "1"


def test_a_space_in_the_place_of_a_fine_is_no_fine(town):
    """A check of lorries with spaces in its empty cells was taken for a fine without a decision."""
    columns = [c.path for c in town.forms["F20"].sheet("台账").columns]
    check = {"日期": "2020-06-03", "地点（路段）": "河堤路", "检查车辆数": 11}
    data = page(town, "F20", "台账", [[check.get(path, " ") for path in columns]])
    submission = read(data, town, "2020年/06月/执法队/渣土运输车辆联合执法台账（2020年6月）.xlsx")
    assert loud(submission) == [] and {r.measure: r.value for r in submission.readings}["muck_truck_checked_cnt"] == "11"


@pytest.mark.parametrize(("comment", "asked"), [("已核对", False), ("审核人:\n已核对无误。", False), ("同意", False), ("此数未含双江口村", True), ("已核对，另有3户未计", True), ("待核实", True)])
def test_a_reviewer_s_tick_is_not_asked_about(town, comment, asked):
    book = load_workbook(io.BytesIO(patrols(town)))
    book["月报"]["C5"].comment = Comment(comment, "审核人")
    out = io.BytesIO()
    book.save(out)
    assert [i.code for i in loud(read(out.getvalue(), town, PATH))] == ["M37"] * asked


@pytest.mark.parametrize(("remark", "held"), [("同上月", False), ("沿用上月数", True)])
def test_as_last_month_is_asked_about_and_last_month_s_figure_held(town, remark, held):
    body = village_rows(town, "F19", "月报", {PATROL: (4, 5, 6)})
    body[0][-1] = remark
    submission = read(patrols(town, body=body), town, PATH)
    assert [i.code for i in loud(submission)] == ["M37"] and any(r.held for r in submission.readings) is held
