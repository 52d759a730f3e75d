"""The summary tables: what a cell shows in each state, villages, and small counts of persons."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

import flows.demo
from catalog.catalogue import load_catalogue
from catalog.observations import Figure, Reading, Status
from catalog.periods import Period
from connectors.documents import Cell
from flows.summary.shown import Scale, readable
from flows.summary.tables import ROUNDING, Summary, shown, summary_sheets, uneven_parts
from flows.summary.value import added, number
from flows.summary.villages import village_values
from tests.flows.draft.half_year import AT, catalogue, figures

H1, JUNE = Period.parse("2020-H1"), Period.parse("2020-06")
CATALOGUE = load_catalogue(Path(str(flows.demo.__file__)).parent)


def reading(measure, village, value, period="2020-06", status=Status.REPORTED, role="stock"):
    unit = next(u for u in CATALOGUE.units.all if u.name == village)
    return Reading(measure, unit.code, village, period, value, status, "月报", "C5", value or "", role)


@pytest.mark.parametrize(("status", "value", "said"), [
    (Status.MISSING, None, Cell("X", "missing")), (Status.REFUSED, None, Cell("X", "missing")), (Status.NOT_APPLICABLE, None, "—"),
    (Status.ZERO, "0", Decimal(0)), (Status.REPORTED, "412", Decimal(412)),
])  # fmt: skip
def test_missing_zero_and_nothing_are_three_things(status, value, said):
    assert shown(Figure("dibao_hh", H1.name, value, status), catalogue().indicators["dibao_hh"]) == said


def sheets(known, readings=(), months=None, hide=True, period=H1):
    return {s.name: s for s in made(known, readings, months, hide, period)[0]}


def made(known, readings=(), months=None, hide=True, period=H1):
    return summary_sheets(Summary(catalogue(), period, known, months or {}, list(readings), AT, hide, {"一.2": "经济运行总体平稳"}))


def held(value):
    return value.value if isinstance(value, Cell) else value


def row_of(sheet, title):
    return next(row for row in sheet.rows if row[0] == title)


def test_one_sheet_for_each_section_after_the_cover():
    names = [name for name in sheets(figures()) if "分村" not in name]
    assert names == ["封面", *(f"{section} 本期" for section in ("一.1", "一.2", "一.3", "一.4", "一.5", "一.6", "一.7", "一.8", "补充", "参数"))]
    cover = sheets(figures())["封面"]
    assert held(cover.rows[1][0]) == "一.2" and cover.rows[1][1] == "经济运行总体平稳"


def test_a_row_says_growth_and_who_computed_it():
    known = figures()
    known["svc_revenue"] = Figure(
        "svc_revenue", H1.name, "92140000", Status.REPORTED, 1, 1, last_year="98600000", growth_pct="-6.55", growth_source="reported"
    )
    sheet = sheets(known)["一.2 本期"]
    row = dict(zip([c.title for c in sheet.columns], map(held, row_of(sheet, catalogue().indicators["svc_revenue"].title)), strict=True))
    assert (row["单位"], row["本期"], row["上年同期"], row["同比（%）"], row["口径"]) == ("万元", Decimal(9214), Decimal(9860), Decimal("-6.6"), "区统计局反馈")
    assert (row["上报/应报"], row["状态"]) == ("1/1", "已报")


def test_progress_is_held_against_the_months_gone_by():
    known = figures()
    known["tax_collected"] = Figure("tax_collected", H1.name, "46190000", Status.REPORTED, target="86000000", progress_pct="53.709302")
    known["fai_completed"] = Figure("fai_completed", H1.name, "1246800000", Status.REPORTED, target="2600000000", progress_pct="47.953846")
    sheet = sheets(known)["一.2 本期"]
    column = next(n for n, c in enumerate(sheet.columns) if c.title.startswith("比序时"))
    ahead, behind = (row_of(sheet, catalogue().indicators[i].title)[column] for i in ("tax_collected", "fai_completed"))
    assert (ahead, behind) == (Decimal("3.7"), Decimal("-2.0")) and sheet.columns[column].number_format.startswith('"超"0.0;"落后"')


def test_an_uncertain_figure_carries_a_star_and_stays_a_number():
    cell = shown(Figure("dibao_hh", H1.name, "120", Status.PROVISIONAL), catalogue().indicators["dibao_hh"])
    assert (cell.value, cell.number_format) == (Decimal(120), '0"*"')


@pytest.mark.parametrize(("value", "unit", "said"), [
    ("1246800000", "元", ("12.47", "亿元")), ("46190000", "元", ("4619", "万元")), ("633600", "元", ("63.36", "万元")), ("9999.5", "元", ("9999.5", "元")),
    ("99994999", "元", ("9999", "万元")), ("99999999", "元", ("1", "亿元")), ("-99999999", "元", ("-1", "亿元")),
    ("-6.55", "%", ("-6.6", "%")), ("53", "%", ("53.0", "%")), ("412", "户", ("412", "户")),
])  # fmt: skip
def test_a_figure_is_said_in_the_unit_of_its_size(value, unit, said):
    assert readable(Decimal(value), unit) == said


def test_rounded_parts_that_do_not_add_up_are_said_and_not_forced():
    wan = Scale("万元", Decimal(10_000), 2)
    assert uneven_parts(wan, [Decimal(10_050), Decimal(10_050)], Decimal(20_100))
    assert not uneven_parts(wan, [Decimal(10_000), Decimal(10_100)], Decimal(20_100))
    assert not uneven_parts(wan, [Decimal(10_050), None], Decimal(20_100)) and not uneven_parts(wan, [Decimal(1)], Decimal(20_100))
    months = {f"2020-0{m}": {"dibao_amt": Figure("dibao_amt", f"2020-0{m}", "10050", Status.REPORTED)} for m in (5, 6)}
    known = figures() | {"dibao_amt": Figure("dibao_amt", H1.name, "20100", Status.REPORTED)}
    assert ROUNDING in sheets(known, months=months)["一.6 分月"].notes
    assert ROUNDING not in sheets(figures(), months=months)["一.6 分月"].notes


def test_last_years_rate_is_rounded_like_this_years():
    known = figures()
    known["tax_progress_pct"] = Figure("tax_progress_pct", H1.name, "53.709302", Status.REPORTED, last_year="53.47561")
    row = row_of(sheets(known)["一.2 本期"], catalogue().indicators["tax_progress_pct"].title)
    assert row[2:4] == [Decimal("53.7"), Decimal("53.5")]


def test_months_stand_beside_the_period():
    june = {"dibao_hh": Figure("dibao_hh", "2020-06", "412", Status.REPORTED)}
    sheet = sheets(figures(), months={"2020-05": {}, "2020-06": june})["一.6 分月"]
    assert [c.title for c in sheet.columns][-3:] == ["5月", "6月", "1—6月（期末）"]
    assert row_of(sheet, catalogue().indicators["dibao_hh"].title)[-3:] == ["", Decimal(412), Decimal(412)]


def test_last_years_months_stand_below_and_a_month_that_lacks_is_never_drawn():
    def month(number, value, before="400"):
        status = Status.REPORTED if value else Status.MISSING
        return {name: Figure(name, f"2020-{number:02d}", value, status, last_year=before) for name in ("dibao_hh", "tekun_hh")}

    whole = {"2020-05": month(5, "410"), "2020-06": month(6, "412", "402")}
    sheet = sheets(figures(), months=whole)["一.6 分月"]
    place = next(n for n, row in enumerate(sheet.rows) if row[0] == catalogue().indicators["dibao_hh"].title)
    assert sheet.rows[place + 1][2:5] == ["上年", Decimal(400), Decimal(402)]
    assert sheet.rows[place + 1][:2] == sheet.rows[place][:2], "a printed page may begin with last year's row"
    pages = {page.title.split("、")[-1]: page for page in made(figures(), months=whole)[1]}
    assert [len(chart.series) for chart in pages["一.6"].charts if chart.kind == "line"] == [2, 2]
    broken = {"2020-05": month(5, None), "2020-06": month(6, "412")}
    assert not any(chart.kind == "line" for page in made(figures(), months=broken)[1] for chart in page.charts)


def test_a_village_whose_month_is_lost_has_the_cumulative():
    names = {u.name: u.code for u in CATALOGUE.units.all}
    lost = [reading("toilet_tank_refit_cnt", "岚峰村", None, status=Status.REFUSED), reading("toilet_tank_refit_cnt_ytd", "岚峰村", "41")]
    found = village_values(CATALOGUE, H1, lost)["toilet_tank_refit_cnt"]
    assert (found[names["岚峰村"]], found[names["麓溪村"]]) == (Decimal(41), None)
    assert village_values(CATALOGUE, JUNE, lost)["toilet_tank_refit_cnt"][names["岚峰村"]] is None


def test_a_village_that_did_not_report_is_an_x_and_not_a_zero():
    values = village_values(CATALOGUE, JUNE, [reading("dibao_hh", "岚峰村", "30")])["dibao_hh"]
    names = {u.name: u.code for u in CATALOGUE.units.all}
    assert values[names["岚峰村"]] == 30 and values[names["麓溪村"]] is None


def test_a_small_number_of_children_is_not_shown_by_village():
    names = [u.name for u in CATALOGUE.units.expected_on(JUNE.end)]
    counts = ["1", "7", "9", *["0"] * (len(names) - 3)]
    held = [reading("orphanlike_child_persons", n, c) for n, c in zip(names, counts, strict=True)]
    title = catalogue().indicators["orphanlike_child_persons"].title
    for hide, said in ((True, ["<5", "*", Decimal(9)]), (False, [Decimal(1), Decimal(7), Decimal(9)])):
        made_ = sheets(figures(), held, hide=hide, period=JUNE)
        assert all(len(sheet.columns) <= 11 for name, sheet in made_.items() if "分村" in name)
        sheet = next(sheet for name, sheet in made_.items() if "分村" in name and any(c.title.startswith(title) for c in sheet.columns))
        column = next(n for n, c in enumerate(sheet.columns) if c.title.startswith(title))
        by_name = {row[0]: row[column] for row in sheet.rows}
        assert [by_name[n] for n in names[:3]] == said


def test_names_stand_whole_in_a_table():
    assert held(row_of(sheets(figures())["一.2 本期"], "引进“四上”企业名称")[2]) == "云渚岚科智能装备有限公司、禾麓供应链管理有限公司"


def test_last_year_s_missing_figure_is_an_x_and_no_such_thing_a_dash():
    known, months = figures(), {f"2020-{m:02d}": dict(figures(Period.parse(f"2020-{m:02d}"))) for m in (5, 6)}
    months["2020-05"]["dibao_hh"] = replace(months["2020-05"]["dibao_hh"], last_year="418")
    owed = {"2019-06": frozenset(["dibao_hh"]), "2019-H1": frozenset(["dibao_hh"])}
    summary = Summary(catalogue(), H1, known, months, [], AT, True, {}, owed)
    made_ = {s.name: s for s in summary_sheets(summary)[0]}
    rows = made_["一.6 分月"].rows
    below = rows[rows.index(row_of(made_["一.6 分月"], "农村低保户数")) + 1]
    assert [held(c) for c in below[2:]] == ["上年", Decimal(418), "X", "X"]
    now = made_["一.6 本期"]
    assert held(row_of(now, "农村低保户数")[3]) == "X" and held(row_of(now, "农村低保人数")[3]) == "—"


def test_the_coverage_of_a_sum_is_that_of_the_month_that_lacks_most():
    """Ten days of March are one reading, April has all four spots: nothing is lacking of them."""
    whole = added([number(Decimal(5)), number(Decimal(7), reported=4, expected=4)])
    assert (whole.reported, whole.expected) == (4, 4)
    partial = added([number(Decimal(5), reported=16, expected=17), number(Decimal(7), reported=18, expected=18)])
    assert (partial.reported, partial.expected) == (16, 17)


def test_the_cover_promises_no_whole_sums_beside_one_that_the_office_accepted_in_part():
    known = figures()
    assert "不作部分合计。" in sheets(known)["封面"].notes[3]
    known["dibao_hh"] = replace(known["dibao_hh"], reported_units=16, expected_units=17, reason="未含荷塘坡村")
    assert "不作部分合计（办公室确定按已报汇总的除外，说明栏写明未含哪些单位）。" in sheets(known)["封面"].notes[3]


def test_no_indicator_is_called_after_a_slot_of_the_report():
    """（第1个） is the seed's numbering of its slots, no name for people; brackets are Chinese ones."""
    assert not [i.title for i in catalogue().indicators.values() if "第1" in i.title or "(" in i.title]
