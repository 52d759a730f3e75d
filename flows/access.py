"""`huizong db grants`: who reads the warehouse, said by the catalogue's departments."""

from __future__ import annotations

from pathlib import Path

from connectors.warehouse.grants import grant
from flows.office import Office


def grant_office(folder: Path) -> list[str]:
    """Make the roles; what was made and how a person gets in, as lines. Raises NoServer on SQLite."""
    office = Office(folder)
    catalogue = office.catalogue
    owned: dict[str, list[str]] = {form.department: [] for form in catalogue.forms.values()}
    for indicator in catalogue.indicators.values():
        form = catalogue.forms.get(indicator.form)
        for department in {indicator.department, form.department if form else ""} & set(owned):
            owned[department].append(indicator.id)
    with office.open_warehouse() as warehouse:
        granted = grant(warehouse, office.settings.general.id, owned)
    return [
        f"只读角色 {granted.reader}：可查本办公室全部 out_ 视图。",
        *(f"科室角色 {role}：只见{name}自己的行。" for name, role in granted.departments.items()),
        f"给人开账号：CREATE ROLE 姓名 LOGIN PASSWORD '口令' IN ROLE \"{granted.reader}\"; 科室的改用科室角色。科室有增减时再运行一次本命令。",
    ]
