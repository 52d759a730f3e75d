"""情况说明: a department's own words stand in its section, screened, with their source; from then on they are people's text."""

from dataclasses import replace

import pytest

from catalog.observations import Figure, LineageRow, Status
from catalog.periods import Month
from connectors.documents import clean_copy
from connectors.warehouse import StandingRow
from flows.draft.refresh import refresh_draft
from flows.draft.verbs_work import deviations
from flows.draft.verify import quoted, verify_draft
from flows.summary.facts import Facts, hand_in
from flows.summary.figures import Figures
from flows.summary.tables import sections_of
from tests.flows.draft.half_year import AT, H1, catalogue, draft, figures, template
from tests.flows.draft.person import W, all_text, body_of, deleted, edited, parts, reworded, text_of
from tests.flows.intake.sheets import head, loud, page, read, small_town, xlsx

SAID = "集镇污水主管网已通水，铺设3.2公里，正在接户，预计下降能耗5%。"
JUNE = StandingRow(7, "F07", "项目办", "2020-06", "accepted", "2020年/06月/F07.xlsx", "2020-07-03T01:00:00+00:00", None, 0, ())


def with_words(said=SAID, name="project_words"):
    line = LineageRow(name, H1.name, "", "2020-06", None, 7, "进度表", "5（1行）")
    return figures() | {name: Figure(name, H1.name, said, Status.REPORTED, 1, 1, lineage=(line,))}


def made(known):
    from flows.draft.compose import compose_draft
    from tests.flows.draft.half_year import slots

    return compose_draft(template(), known, catalogue(), slots(), H1, AT, {7: JUNE})


def refreshed(data, known):
    anew = made(known)
    return refresh_draft(data, known, catalogue(), {7: JUNE}, AT, anew.printed, anew.gaps)


# --- read --------------------------------------------------------------------------------------------------


def projects(town, *told):
    """F07 with one project a sentence."""
    columns = town.forms["F07"].sheet("进度表").columns
    body = []
    for number, text in enumerate(told, 1):
        values = {"序号": number, "项目类别": "学校", "项目名称": f"江岚{'甲乙丙丁'[number - 1]}二中提质改造", "建设地点（村/组）": "岚峰村", "当前状态": "在建", "情况说明": text}
        body.append([values.get(c.path) for c in columns])
    return body


def words_in(town, submission, measure="project_words", form="F07"):
    facts = Facts({(form, Month(2020, 6)): hand_in(7, submission.readings, submission.entries, ())})
    return Figures(town, facts).figure(town.indicators[measure], replace(H1, first=6))


def test_what_a_department_says_of_each_project_is_joined_to_one_passage(tmp_path):
    town = small_town(tmp_path)
    submission = read(page(town, "F07", "进度表", projects(town, "  一期已完工，\n正在验收;", None, "@二期正在{{施工}}，完成[[40%]]")), town)
    assert not loud(submission)
    figure = words_in(town, submission)
    assert figure.value == "一期已完工，正在验收。二期正在（（施工）），完成〔〔40%〕〕。"
    assert [line.cells for line in figure.lineage] == ["5,7（2行）"]


@pytest.mark.parametrize("told", [None, "", "无"])
def test_a_department_that_says_nothing_owes_nothing(tmp_path, told):
    town = small_town(tmp_path)
    assert words_in(town, read(page(town, "F07", "进度表", projects(town, told)), town)).status is Status.NOT_APPLICABLE
    assert Figures(town, Facts({})).figure(town.indicators["project_words"], H1).status is Status.NOT_APPLICABLE


def test_a_form_without_the_column_is_as_good_as_before(tmp_path):
    town = small_town(tmp_path)
    rows = [row[:-1] for row in head(town, "F07", "进度表", 2020, 6)[2:]]
    body = [row[:-1] for row in projects(town, None)]
    submission = read(xlsx({"进度表": [*head(town, "F07", "进度表", 2020, 6)[:2], *rows, *body]}), town)
    assert not submission.refused and not any("情况说明" in issue.message for issue in submission.issues)


@pytest.mark.parametrize("told", [
    "已签约，户主王建国、李明不同意搬迁", "联系13800000000催办", "身份证980112195803071015已核", "村民周大勇反映渗水", "由王建国同志负责，电话 8812345", "张某等三户未搬", "欧阳试验",
    "村民王建反映渗水，已修", "村民黄建国反映渗水", "由高建国同志负责", "户主覃建国。已签约", "村民欧阳建国反映渗水", "责任人王建国，负责协调", "138.0000.0000可询", "一三八〇〇〇〇〇〇〇〇可询",
    "通到岚峰村王建国家3组15号", "湘A12345已拖离现场",
], ids=["heads of households", "a phone", "an identity", "a villager", "a comrade", "somebody", "a name alone", "a short name", "a frequent surname", "another", "a rarer one",
        "two characters", "who is responsible", "dots", "a phone in words", "an address", "a plate"])  # fmt: skip
def test_words_about_persons_are_refused_and_not_repeated(tmp_path, told):
    town = small_town(tmp_path)
    submission = read(page(town, "F07", "进度表", projects(town, "一期已完工", told)), town)
    [issue] = [i for i in submission.issues if i.code == "E-WORD"]
    assert "情况说明" in issue.message or "请删去" in issue.message
    assert not any(name in repr(submission.issues) + repr(submission.entries) + repr(submission.readings) for name in ("建国", "王建", "周大勇", "8812345", "1380000", "138.0", "一三八", "张某", "欧阳", "3组", "湘A"))
    assert words_in(town, submission).status is Status.REFUSED, "half of what was said would be another meaning"


@pytest.mark.parametrize("told", [
    "高龄老人集中供养，党员带头，群众安全撤离", "石塘村王家屋场二期完工，投资1246.8万元", "贫困户易地搬迁房屋验收，低保户全部入住", "2020年5月18日开工，6月30日前通车",
    "党员高度重视，村民高龄老人优先，贫困户金额已核，残疾人严重困难的上门", "村民向政府反映的3处渗水已修，2020-05-18至2020-06-30施工", "二〇二〇年完成110千伏线路G319改迁",
])  # fmt: skip
def test_words_about_the_work_pass(tmp_path, told):
    town = small_town(tmp_path)
    assert words_in(town, read(page(town, "F07", "进度表", projects(town, told)), town)).value == told + "。"


FORM = """
id: S01
title: 综治工作情况说明
department: 综治办
due: {day: 5}
not_due_in: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
sheets:
  - {name: 说明, shape: ledger, columns: [{path: 序号, type: serial}, {path: 工作}, {path: 情况说明}]}
"""
WORDS = """
- id: order_words
  title: 综治工作情况说明
  section: 一.5
  kind: text
  department: 综治办
  from: {source: ledger, form: S01, sheet: 说明, count: sentences, of: 情况说明}
"""


def test_a_text_form_is_nothing_but_a_declaration(tmp_path):
    town = small_town(tmp_path, forms=[FORM], indicators=[WORDS])
    body = [[1, "信访", "化解信访积案6件"], [2, "巡逻", "组织夜间巡逻24次。"]]
    submission = read(xlsx({"说明": [["禾麓镇2020年6月综治工作情况说明"], ["序号", "工作", "情况说明"], *body]}), town, "2020年/06月/综治办/综治工作情况说明（2020年6月）.xlsx")
    assert submission.form == "S01" and not loud(submission)
    assert words_in(town, submission, "order_words", "S01").value == "化解信访积案6件。组织夜间巡逻24次。"
    half = Figures(town, Facts({("S01", Month(2020, 6)): hand_in(7, submission.readings, submission.entries, ())})).figure(town.indicators["order_words"], H1)
    assert half.value == "化解信访积案6件。组织夜间巡逻24次。", "five months without words take nothing from the sixth"
    assert not town.forms["S01"].is_due_for(Month(2020, 6)), "nobody is asked for it"


# --- printed -----------------------------------------------------------------------------------------------


def test_the_words_stand_in_their_section_with_department_and_cells():
    done = made(with_words())
    paragraph = next(line for line in done.rendered.text.split("\n") if line.startswith("3. 重点项目"))
    assert paragraph.endswith(f"等项目正在施工。{SAID}")
    assert "引自项目办情况说明（项目办 F07 2020-06 进度表 5（1行）），文中数字为科室原文，请核对" in parts(done.rendered.data)["word/comments.xml"].decode()
    assert not deviations(done.rendered.data)
    assert SAID in all_text(clean_copy(done.rendered.data)) and "引自" not in all_text(clean_copy(done.rendered.data))
    assert [item.slot for item in done.printed if item.slot] == [item.slot for item in draft().printed if item.slot]


def test_they_are_in_no_table_of_figures():
    assert not any(indicator.prose for members in sections_of(catalogue()).values() for indicator in members)


def test_their_numbers_are_accepted_as_quoted_and_listed():
    known = with_words()
    data = made(known).rendered.data
    assert verify_draft(data, template(), known, catalogue(), H1) == []
    assert quoted(data, known, catalogue()) == [("project_words", SAID)]
    changed = edited(data, reworded("铺设3.2公里", "铺设5.2公里"))
    [finding] = verify_draft(changed, template(), known, catalogue(), H1)
    assert "与科室原文的“3.2公里”不同" in finding.message or "科室原文" in finding.message
    unsaid = verify_draft(data, template(), figures(), catalogue(), H1)
    assert unsaid, "without a department behind them the numbers have no basis"


# --- edited ------------------------------------------------------------------------------------------------


def test_a_person_s_version_is_never_touched_and_a_newer_report_is_told_once():
    data = edited(made(with_words()).rendered.data, reworded("主管网已通水", "主管网全线通水"))
    assert refreshed(data, with_words()).data == data
    newer = with_words("集镇污水主管网和支管均已通水。")
    done = refreshed(data, newer)
    assert "主管网全线通水" in all_text(done.data)
    assert any("已改报为“集镇污水主管网和支管均已通水。”" in left for left in done.left)
    again = refreshed(done.data, newer)
    assert again.data == done.data and again.left == done.left


def test_words_that_were_deleted_or_came_later_are_told():
    gone = edited(made(with_words()).rendered.data, deleted("project_words"))
    assert not refreshed(gone, with_words()).left
    late = refreshed(made(figures()).rendered.data, with_words())
    assert any("科室新报" in left and "请酌情补写" in left for left in late.left)
    body = body_of(late.data)
    assert not any("主管网" in text_of(p) for p in body.iter(f"{W}p"))
