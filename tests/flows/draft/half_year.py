"""The half-year 2020 of 禾麓镇 as period figures: everything reported, nothing lacking (report_template.md §4)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import flows.demo
from catalog.catalogue import Catalogue, Slot, built_in, load_catalogue
from catalog.observations import Figure, Status
from catalog.periods import Period
from connectors.documents import build_template
from connectors.warehouse import StandingRow
from flows.draft.compose import Draft, compose_draft
from flows.draft.refresh import Refreshed, refresh_draft
from flows.draft.sentences import Printed
from flows.office import read_slots

H1 = Period.parse("2020-H1")
AT = datetime(2020, 7, 20, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
JUNE = StandingRow(7, "F12", "社会事务办", "2020-06", "accepted", "2020年/06月/F12（终稿）.xlsx", "2020-07-18T01:00:00+00:00", None, 0, ())
GROWTH = {"fai_completed": "10.6", "ind_output": "3.4", "svc_revenue": "-6.6", "retail_revenue": "4.2", "park_visitors": "-15.73"}
VALUES = dict(line.split(maxsplit=1) for line in """
party_star_sites_inspected_cnt 14
party_activist_trained_cnt 46
party_devobj_trained_cnt 21
party_new_member_planned_cnt 18
fai_completed 1246800000
fai_new_project_cnt 11
fai_completed_yoy_pct 10.6
ind_output 1683900000
ind_output_yoy_pct 3.4
svc_revenue 92140000
svc_revenue_yoy_pct -6.6
retail_revenue 67520000
retail_revenue_yoy_pct 4.2
tax_collected 46190000
tax_progress_pct 53.709302
invest_four_above_cnt 2
invest_four_above_names 云渚岚科智能装备有限公司、禾麓供应链管理
invest_landed_month 5
invest_landed_project_name 云渚启明职业学院
proj_sewage_planned_cnt 6
proj_pond_dredged_cnt 23
wetland_village_name 桐冲
wetland_site_name 油铺屋场
proj_accepted_cnt 9
land_batch_text 2018年度第十八批次建设用地（地块六）
reloc_b1_done_hh 186
reloc_b2_hh 74
reloc_b2_start_month 5
reloc_b2_start_day 18
reloc_remaining_hh 79
powerline_name_head 云江
powerline_name_tail 岚城
powerline_section_name 禾麓段
powerline_foundation 是
powerline_tower_erected_cnt 27
powerline_tower_planned_cnt 41
school_name_prefix 江岚
proj_ongoing_names 污水处理厂、垃圾焚烧厂二期
park_invest_cum 12864000
park_visitors 186400
park_new_illegal_land_cnt 0
park_ticket_yoy_reopen_pct 19.08
mask_donated_cnt 10000
covid_donation_amt 268000
covid_case_cnt 0
safety_accident_cnt 0
opinion_collected_cnt 486
opinion_assigned_cnt 486
dibao_hh 412
dibao_persons 683
dibao_amt 1623600
tekun_hh 128
tekun_persons 131
tekun_amt 633600
psy_drug_aid_times 214
psy_inpatient_aid_times 27
uremia_aid_persons 19
uremia_aid_amt 87400
youfu_persons 236
youfu_amt 1185900
orphanlike_child_persons 11
orphanlike_child_amt 59400
elderly_allow_persons 1142
elderly_allow_amt 396000
serious_illness_aid_times 63
serious_illness_aid_amt 214500
temp_relief_persons 58
temp_relief_amt 87600
covid_hardship_persons 94
covid_hardship_amt 47000
jingding_persons 26
jingding_amt 84240
tekun_care_allow_persons 42
tekun_care_allow_amt 75600
psy_hospital_persons 8
psy_hospital_amt 46520
retired_united_persons 17
retired_united_amt 63240
disabled_cert_persons 1268
disabled_cert_batch_persons 74
disabled_living_allow_persons 412
disabled_care_allow_persons 365
disabled_home_refit_hh 23
urban_new_jobs_persons 286
poor_public_post_persons 64
migrant_transport_allow_persons 158
poor_labor_trained_persons 92
toilet_tank_refit_cnt 640
model_wuchang_village 麓溪
beautiful_wuchang_villages 岚峰、白鹭塘、茶园冲、双江口
illegal_build_patrol_hh 327
house_permit_survey_hh 118
illegal_build_demolished_cnt 46
illegal_build_demolished_area 5832.5
satellite_rectify_pct 91.176471
urban_mgmt_score_min 93.2
urban_mgmt_fault_cnt 0
muck_truck_checked_cnt 1163
muck_truck_punished_cnt 87
muck_truck_fine_amt 435000
""".strip().splitlines())  # fmt: skip


@cache
def catalogue() -> Catalogue:
    return load_catalogue(Path(str(flows.demo.__file__)).parent)


@cache
def slots() -> tuple[Slot, ...]:
    return read_slots(Path("nowhere.csv"))


@cache
def template() -> bytes:
    return build_template((built_in() / "report" / "wording.md").read_text("utf-8"))


def figures(period: Period = H1) -> dict[str, Figure]:
    """Everything the report prints; a test makes its gaps with :func:`without`."""
    parameters = {i.id: catalogue().parameters[i.from_.key] for i in catalogue().indicators.values() if i.from_.source == "parameter"}
    return {
        name: Figure(name, period.name, value, Status.ZERO if value == "0" else Status.REPORTED, growth_pct=GROWTH.get(name))
        for name, value in (VALUES | parameters).items()
    }


def without(known: dict[str, Figure], *names: str, status: Status = Status.MISSING, reason: str = "") -> dict[str, Figure]:
    return known | {name: Figure(name, H1.name, None, status, reason=reason) for name in names}


def valued(known: dict[str, Figure], **values: str) -> dict[str, Figure]:
    """The same figures with these values."""
    changed = {n: replace(known[n], value=v, status=Status.ZERO if v == "0" else Status.REPORTED) for n, v in values.items()}
    return known | changed


def draft(known: dict[str, Figure] | None = None, words: bytes | str | None = None, period: Period = H1) -> Draft:
    """``words``: a template, or the wording of one; default the built-in one."""
    made = template() if words is None else build_template(words) if isinstance(words, str) else words
    return compose_draft(made, figures(period) if known is None else known, catalogue(), slots(), period, AT)


@cache
def written() -> bytes:
    """The draft that people get to edit: one figure lacks."""
    return draft(without(figures(), "toilet_tank_refit_cnt")).rendered.data


def refreshed(data: bytes, known: dict[str, Figure], printed: Sequence[Printed] = ()) -> Refreshed:
    """An edited draft after a night with these figures; hand-in 7 is F12 of June."""
    return refresh_draft(data, known, catalogue(), {7: JUNE}, AT, printed)
