"""A town of two villages that reports one or two forms: enough for stories that run several nights."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.new_office import create_office
from flows.office import Office
from tests.flows.intake.sheets import page, village_rows
from tests.night.offices import everything, rows

TOWN = "town_name: 清溪\ncity_name: 远州\ndistrict_name: 平川\ndraft_date: '2020-07-03'\npark_reopen_date: '2020-03-21'\n"
VILLAGES = "code,name,kind\n980113105201,东山村,村委会\n980113105202,西坡村,村委会\n"
PATROLS = "illegal_build_patrol_hh"


def town_in(folder: Path) -> Office:
    office = create_office(folder)
    (office.folder / "catalog" / "town.yml").write_text(TOWN, "utf-8")
    (office.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    return office


def hand_in(office: Office, month: int, patrols: dict[str, Any], name: str = "", when: datetime | None = None) -> str:
    """F19 of one month in its folder; its path under the inbox."""
    body = village_rows(office.catalogue, "F19", "月报", {"巡违控违（户）": list(patrols.values())}, names=tuple(patrols))
    path = office.inbox / f"2020年/{month:02d}月/控违办/{name or f'拆违控违情况（2020年{month}月）.xlsx'}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(page(office.catalogue, "F19", "月报", body, month=month))
    moment = (when or datetime(2020, month, 28, 9)).timestamp()
    os.utime(path, (moment, moment))
    return path.relative_to(office.inbox).as_posix()


def half_year(office: Office) -> list[str]:
    return [hand_in(office, month, {"东山村": month, "西坡村": 110}) for month in range(1, 7)]


def figure(office: Office, period: str, indicator: str = PATROLS) -> dict[str, Any]:
    return next(r for r in rows(office, "out_indicator_period") if (r["indicator"], r["period"]) == (indicator, period))


def state_without(office: Office, path: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that readers see, but for one file's own row and what is said about it."""
    number = {r["submission_id"] for r in rows(office, "out_submission") if r["file"] == path}
    found = everything(office)
    found["out_submission"] = [row for row in found["out_submission"] if path not in row]
    found["out_issue"] = [row for row in found["out_issue"] if row[1] not in number]
    return found
