"""What lies in outputs/<period>/ after a night, and what a person put there."""

import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from docx import Document

from catalog.observations import Due, LineageRow, Reading, Status
from catalog.periods import Period
from connectors.documents import Column, TableSheet, is_untouched
from connectors.warehouse import StandingRow
from flows.draft.outputs import not_replaced
from flows.summary.charts import chart_pages
from flows.summary.shown import cell_spans
from tests.flows.draft.half_year import H1, catalogue, draft, figures, valued, without
from tests.flows.draft.person import edit, words_of

DUE = datetime(2020, 7, 5, 15, 59, 59, tzinfo=UTC)
FILE = "2020年/06月/社会事务办/F12.xlsx"


def standing(state="accepted", form="F12", period="2020-06", refusals=(), number=7):
    return StandingRow(number, form, "社会事务办", period, state, FILE, "2020-07-02T01:00:00+00:00", DUE.isoformat(), 0, refusals)


def rows_of(path, sheet=None):
    book = openpyxl.load_workbook(path)
    return [list(row) for row in (book[sheet] if sheet else book.worksheets[0]).iter_rows(values_only=True)]


def test_a_night_writes_the_draft_and_the_workbooks(night):
    assert sorted(p.name for p in night().iterdir()) == sorted(
        ["工作总结初稿.docx", "汇总表.xlsx", "数据来源表.xlsx", "缺口清单.xlsx", "催报清单.xlsx", "变化清单.xlsx", "看板.html"]
    )


def test_the_file_of_the_draft_says_of_itself_what_is_so(night):
    draft = night() / "工作总结初稿.docx"
    said = Document(str(draft)).core_properties
    assert (said.author, said.comments) == ("汇总", "")
    with zipfile.ZipFile(draft) as package:
        assert not any("thumbnail" in name for name in package.namelist()), "a picture of another document"


def test_a_second_night_with_nothing_new_writes_the_same_bytes(night):
    before = {p.name: p.read_bytes() for p in night().iterdir()}
    assert {p.name: p.read_bytes() for p in night().iterdir()} == before


def test_a_persons_draft_keeps_its_words_and_gets_new_figures(night):
    folder = night()
    edit(folder / "工作总结初稿.docx")
    night(valued(figures(), dibao_hh="415"))
    assert "（领导改）" in words_of(folder / "工作总结初稿.docx") and "低保415户" in words_of(folder / "工作总结初稿.docx")
    assert "农村低保户数：412→415" in (folder / "初稿刷新说明.txt").read_text("utf-8")
    assert [p.name for p in folder.glob("*.docx")] == ["工作总结初稿.docx"]


def test_what_a_night_leaves_alone_is_told_though_no_figure_of_the_draft_changed(night):
    """A claim has no figure of its own: 未发生… stays as it is, and the note beside the draft says that it is not true any more."""
    folder = night()
    edit(folder / "工作总结初稿.docx")
    night()
    note = folder / "初稿刷新说明.txt"
    assert "安全生产事故" not in note.read_text("utf-8")
    night(valued(figures(), safety_accident_cnt="1"))
    assert "未发生安全生产事故" in note.read_text("utf-8") and "改动 0 处" in note.read_text("utf-8")
    night()
    assert "安全生产事故" not in note.read_text("utf-8")


@pytest.mark.parametrize("lock", ["~$工作总结初稿.docx", "~$总结初稿.docx", ".~lock.工作总结初稿.docx#"])
def test_a_draft_somebody_has_open_is_left_alone_and_the_new_one_put_beside(night, lock):
    folder = night()
    edit(folder / "工作总结初稿.docx")
    kept = (folder / "工作总结初稿.docx").read_bytes()
    (folder / lock).touch()
    night(valued(figures(), dibao_hh="415"))
    assert (folder / "工作总结初稿.docx").read_bytes() == kept and "低保415户" in words_of(folder / "工作总结初稿（新）.docx")
    note = (folder / "初稿刷新说明.txt").read_text("utf-8")
    assert "“工作总结初稿.docx”没有刷新，里面还是以前的数：它正被打开" in note and "本期的数在“工作总结初稿（新）.docx”里" in note
    (folder / lock).unlink()
    night(valued(figures(), dibao_hh="415"))
    note = (folder / "初稿刷新说明.txt").read_text("utf-8")
    assert "低保415户" in words_of(folder / "工作总结初稿.docx") and "412→415" in note and "没有刷新" not in note
    assert not (folder / "工作总结初稿（新）.docx").exists(), "nobody wrote in it, and its figures are of a night ago from now on"


def test_a_draft_that_was_saved_in_another_format_and_back_is_said_to_be_stale_and_the_one_beside_it_is_refreshed(night):
    """Saved as .doc and as .docx again it knows no figure any more; the note of the night before went on speaking for it, and what
    somebody then wrote into the new one beside it was never refreshed.
    """
    folder = night()
    Document().save(str(folder / "工作总结初稿.docx"))
    night()
    edit(folder / "工作总结初稿（新）.docx")
    night(valued(figures(), dibao_hh="415"))
    said, note = words_of(folder / "工作总结初稿（新）.docx"), (folder / "初稿刷新说明.txt").read_text("utf-8")
    assert "（领导改）" in said and "低保415户" in said and not (folder / "工作总结初稿（新2）.docx").exists()
    assert "农村低保户数：412→415" in note and "“工作总结初稿.docx”没有刷新，里面还是以前的数：这份文件里没有" in note
    stands = (folder / "初稿刷新说明.txt").stat().st_mtime_ns
    night(valued(figures(), dibao_hh="415"))
    assert (folder / "初稿刷新说明.txt").stat().st_mtime_ns == stands, "nothing new, nothing said anew"


def test_a_document_that_is_no_draft_of_ours_is_never_overwritten_nor_is_the_one_beside_it(night):
    folder = night()
    for name in ("工作总结初稿.docx", "工作总结初稿（新）.docx"):
        Document().save(str(folder / name))
        kept = (folder / name).read_bytes()
        night(without(figures(), "dibao_hh"))
        assert (folder / name).read_bytes() == kept
    assert is_untouched((folder / "工作总结初稿（新2）.docx").read_bytes())


def test_the_draft_of_another_period_put_here_to_go_on_with_gets_no_figures_of_this_one(night):
    """1—3月发放 with the money of the half-year: last quarter's report was to be the basis of the next."""
    folder = night()
    quarter = Period.parse("2020-Q1")
    (folder / "工作总结初稿.docx").write_bytes(draft(figures(quarter), None, quarter).rendered.data)
    edit(folder / "工作总结初稿.docx")
    kept = (folder / "工作总结初稿.docx").read_bytes()
    night(valued(figures(), dibao_hh="415"))
    assert (folder / "工作总结初稿.docx").read_bytes() == kept and "低保415户" in words_of(folder / "工作总结初稿（新）.docx")
    assert "“工作总结初稿.docx”没有刷新，里面还是以前的数：它写的是2020年第一季度，不是这一期。" in (folder / "初稿刷新说明.txt").read_text("utf-8")


def test_an_untouched_draft_gives_way_to_the_new_one(night):
    folder = night(without(figures(), "dibao_hh"))
    night()
    assert [p.name for p in folder.glob("*.docx")] == ["工作总结初稿.docx"]
    assert "低保412户" in "".join(t.text or "" for t in Document(str(folder / "工作总结初稿.docx")).element.body.iter("{*}t"))


def test_a_printed_figure_leads_back_to_its_cells(night):
    known = figures()
    line = LineageRow("dibao_hh", H1.name, "", "2020-06", "412", 7, "月报", "C5:C21")
    known["dibao_hh"] = type(known["dibao_hh"])("dibao_hh", H1.name, "412", known["dibao_hh"].status, lineage=(line,))
    rows = rows_of(night(known, rows=[standing()]) / "数据来源表.xlsx")
    (row,) = [r for r in rows if r[0] == "51"]
    assert row[3:5] == ["412", "412"] and row[7:12] == ["2020-06", FILE, "月报", "C5:C21", "2020-07-02 09:00:00"]
    assert row[12:15] == ["", "社会事务办", "已报"]


def test_what_the_office_itself_says_stands_in_the_column_of_files(night):
    rows = rows_of(night() / "数据来源表.xlsx")
    assert {(r[7], r[8]) for r in rows if r[6] == "办公室参数"} == {("", "town.yml")}


def test_every_part_of_the_tables_says_what_it_holds_and_no_base_has_a_chart_of_its_growth(night):
    path = night() / "汇总表.xlsx"
    assert all(row[1] for row in rows_of(path) if row[0] in ("补充", "参数"))
    assert chart_pages("补充", "补充", {"补充 本期": GROWING}, rates=False) is None and chart_pages("题", "补充", {"补充 本期": GROWING}) is not None


GROWING = TableSheet("补充 本期", "题", (Column("指标"), Column("同比（%）")), [["固定资产投资上年同期累计", Decimal("14.5")], ["税收年度任务", Decimal("4.9")]])


def test_a_gap_says_who_owes_it_and_for_how_long(night):
    rows = rows_of(night(without(figures(), "toilet_tank_refit_cnt", reason="F18 2020-06 荷塘坡村未报")) / "缺口清单.xlsx")
    assert rows[2][:3] == ["1", "91", "7. 乡村振兴"] and rows[2][4:] == ["乡村振兴办", "F18", "未报", "F18 2020-06 荷塘坡村未报", "2020-07-05", "15"]


def test_reminders_name_the_form_the_days_and_the_reason(night):
    owed = [Due("F12", "社会事务办", "2020-06", DUE), Due("F18", "乡村振兴办", "2020-06", DUE)]
    path = night(owed=owed, rows=[standing("refused", refusals=("文件设有打开密码，请取消密码后重报。",))]) / "催报清单.xlsx"
    rows = rows_of(path)
    assert [r[0] for r in rows[2:4]] == ["社会事务办", "乡村振兴办"] and [r[6] for r in rows[2:4]] == ["已退回", "未报"]
    assert rows[2][5] == "15" and "打开密码" in rows[2][7]
    texts = dict(row[:2] for row in rows_of(path, "群发文本")[2:])
    assert texts["乡村振兴办"].startswith("@乡村振兴办：2020年6月《") and "尚未收到，已逾期15天" in texts["乡村振兴办"]


def test_every_gap_that_a_department_can_close_is_asked_for(night):
    said = "台账!G39填“二次”，应填整数（次），请改正后重报。"
    known = without(figures(), "psy_inpatient_aid_times", status=Status.REFUSED, reason="F14 2020-04 台账第39行被退回；F14 2020-05 台账第7:8行被退回")
    known = without(known, "park_ticket_yoy_reopen_pct", status=Status.REFUSED, reason="依赖项缺：F09 2020-03 第5行被退回")
    known = without(known, "dibao_hh", reason="F12 2020-06未报")
    owed = [Due("F12", "社会事务办", "2020-06", DUE)]
    rows = [standing("accepted_with_warnings", "F14", "2020-04", ("台账!D3填“三”。", said)), standing("refused", number=8, refusals=("打开密码。",))]
    folder = night(known, owed, rows)
    gaps = rows_of(folder / "缺口清单.xlsx")[2:]
    asked = {(row[1], row[3]): row for row in rows_of(folder / "催报清单.xlsx")[2:]}
    texts = {row[0]: row[1] for row in rows_of(folder / "催报清单.xlsx", "群发文本")[2:]}
    for form, month in {named for row in gaps for named in re.findall(r"(F\d+) (\d{4}-\d{2})", row[7])}:
        department = catalogue().forms[form].department
        assert asked[form, month][0] == department and f"{int(month[5:])}月《{catalogue().forms[form].title}》" in texts[department]
    assert {("F14", "2020-04"), ("F14", "2020-05"), ("F09", "2020-03"), ("F12", "2020-06")} <= asked.keys()
    assert asked["F14", "2020-04"][5:] == ["81", "已退回", f"台账第39行被退回，缺精神病人住院救助人次。{said}"]
    assert "（F14）台账第39行被退回，请改正后重报（缺精神病人住院救助人次）" in texts["社会事务办"]


def test_a_sum_below_nought_is_asked_about_with_the_cells_it_rests_on(night):
    known = valued(figures(), dibao_amt="-35000")
    lines = [LineageRow("dibao_amt", H1.name, "", f"2020-0{n}", value, 7, "月报", f"I{n}") for n, value in ((5, "5000"), (6, "-40000"))]
    known["dibao_amt"] = replace(known["dibao_amt"], lineage=tuple(lines))
    path = night(known, rows=[standing()]) / "催报清单.xlsx"
    (row,) = [r for r in rows_of(path, "待核对") if r[1] == "F12"]
    assert row[0] == "社会事务办" and row[5] == "合计为-35000元，是负数，请核对补发、退回（负数在2020-06 月报!I6）。"
    (text,) = [r[1] for r in rows_of(path, "群发文本") if r[0] == "社会事务办"]
    assert "2020年上半年农村低保发放资金合计为-35000元" in text and "月报!I6" in text


def test_a_village_asked_for_by_name_hides_no_column_that_is_not_there(night):
    units = catalogue().units.expected_on(H1.end)
    june = [Reading("illegal_build_patrol_hh", u.code, u.name, "2020-06", "3", Status.REPORTED, "月报", "C5", "3") for u in units[1:]]
    known = without(figures(), "illegal_build_patrol_hh", reason=f"F19 2020-06 {units[0].name}未报")
    known = without(known, "house_permit_survey_hh", reason="F19 2020-06缺此栏")
    texts = dict(row[:2] for row in rows_of(night(known, readings=june) / "催报清单.xlsx", "群发文本")[2:])
    assert "缺此栏，请改正后重报" in texts["控违办"] and f"缺{units[0].name}的数，请补报" in texts["控违办"]


def test_a_file_that_was_refused_is_called_so_in_both_lists(night):
    known = without(figures(), "dibao_hh", reason="F12 2020-06未报")
    folder = night(known, [Due("F12", "社会事务办", "2020-06", DUE)], [standing("refused", refusals=("文件设有打开密码，请取消密码后重报。",))])
    assert rows_of(folder / "缺口清单.xlsx")[2][6:8] == ["已退回", "F12 2020-06已退回"]
    assert rows_of(folder / "催报清单.xlsx")[2][6] == "已退回"
    told = next(row for row in rows_of(folder / "汇总表.xlsx", "一.6 本期") if row[0] == "农村低保户数")
    assert told[11] == "F12 2020-06已退回", "one list does not say 未报 where another says 已退回"
    assert "F12 2020-06未报" not in (folder / "看板.html").read_text("utf-8")


def test_what_other_months_owe_stands_apart(night):
    owed = [Due("F12", "社会事务办", "2019-11", DUE), Due("F18", "乡村振兴办", "2020-06", DUE), Due("F14", "社会事务办", "2020-05", DUE)]
    path = night(owed=owed) / "催报清单.xlsx"
    assert [row[3] for row in rows_of(path)[2:]] == ["2020-06", "2020-05"] and [row[3] for row in rows_of(path, "其他月份")[2:]] == ["2019-11"]
    texts = dict(row[:2] for row in rows_of(path, "群发文本")[2:])
    assert "报表尚未报齐的有乡村振兴办1项、社会事务办1项；其他月份还欠的有社会事务办1项。" in texts["全体"]
    assert texts["社会事务办"].startswith("@社会事务办：2020年5月《") and "天。另有其他月份的：2019年11月《" in texts["社会事务办"]


def test_a_refused_file_that_nobody_recognised_is_listed_too(night):
    rows = rows_of(night(rows=[standing("refused", form="", period="", refusals=("认不出是哪张表。",))]) / "催报清单.xlsx")
    assert rows[2][2] == "认不出的表" and rows[2][7] == f"{FILE}：认不出是哪张表。"


def test_a_village_that_is_not_in_the_table_is_asked_for_by_name(night):
    units = catalogue().units.expected_on(H1.end)
    june = [Reading("dibao_hh", u.code, u.name, "2020-06", "3", Status.REPORTED, "月报", "C5", "3") for u in units[1:]]
    path = night(readings=june) / "催报清单.xlsx"
    (row,) = rows_of(path, "村级缺报")[2:]
    assert row[0] == "社会事务办" and row[3:] == ["2020-06", "1", units[0].name]
    texts = dict(row[:2] for row in rows_of(path, "群发文本")[2:])
    assert texts["社会事务办"].endswith(f"（F12）缺{units[0].name}的数，请补报。请今日内放入共享文件夹，谢谢。") and "社会事务办1项" in texts["全体"]


def test_no_village_is_asked_for_a_month_that_the_cumulative_column_tells(night):
    """The month's column was refused whole, the figure is that of the cumulative one: nothing of the draft waits for it."""
    units = catalogue().units.expected_on(H1.end)
    column = [Reading("toilet_tank_refit_cnt", u.code, u.name, "2020-06", None, Status.REFUSED, "进度表", "D5", "x") for u in units]
    to_date = [Reading("toilet_tank_refit_cnt_ytd", u.code, u.name, "2020-06", "9", Status.REPORTED, "进度表", "E5", "9") for u in units[1:]]
    (row,) = rows_of(night(readings=[*column, *to_date]) / "催报清单.xlsx", "村级缺报")[2:]
    assert row[1] == "F18" and row[3:] == ["2020-06", "1", units[0].name]


def test_a_night_killed_while_it_writes_loses_no_change(night, monkeypatch):
    import flows.draft.outputs

    night(without(figures(), "dibao_hh"))
    real = flows.draft.outputs._put

    def dies(path, data):
        if path.name == "变化清单.xlsx":
            raise KeyboardInterrupt
        return real(path, data)

    monkeypatch.setattr(flows.draft.outputs, "_put", dies)
    with pytest.raises(KeyboardInterrupt):
        night(figures())
    monkeypatch.undo()
    told = rows_of(night(valued(figures(), dibao_hh="413")) / "变化清单.xlsx")
    assert [row[4:6] for row in told if row[2] == "农村低保户数"] == [["X", "413"]]


def test_cell_addresses_are_drawn_together():
    assert cell_spans(["C5", "C6", "C7", "D7", "C9", "3—5行（3行）", "AA10", "AA11"]) == ["C5:C7", "D7", "C9", "3—5行（3行）", "AA10:AA11"]


def test_an_output_that_is_open_in_excel_is_named_and_the_rest_is_written(night, monkeypatch):
    """On Windows what another program has open cannot be replaced."""
    folder = night()
    stands, real = (folder / "汇总表.xlsx").read_bytes(), Path.replace

    def held(self, target):
        if Path(target).name == "汇总表.xlsx":
            raise PermissionError(13, "in use")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", held)
    before = (folder / "数据来源表.xlsx").read_bytes()
    changed = dict(figures())
    changed["dibao_hh"] = replace(changed["dibao_hh"], value=str(int(changed["dibao_hh"].value) + 1))
    night(changed)
    assert (folder / "汇总表.xlsx").read_bytes() == stands and (folder / "数据来源表.xlsx").read_bytes() != before
    told = (folder / "没有更新的文件.txt").read_text("utf-8")
    assert told.startswith("“汇总表.xlsx”") and told.count("\n") == 1 and not_replaced(SimpleNamespace(outputs=folder.parent), folder.name) == 1
    monkeypatch.setattr(Path, "replace", real)
    night(changed)
    assert (folder / "汇总表.xlsx").read_bytes() != stands and not (folder / "没有更新的文件.txt").exists()
