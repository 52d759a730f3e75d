"""`huizong init`: a new office folder with the built-in catalogue."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from catalog.catalogue import built_in
from connectors.documents import build_template
from connectors.workbooks import read_workbook
from flows.forms.new import draft_declaration
from flows.office import TEMPLATE, Office
from flows.telling.words import FILES

_SETTINGS = """# 汇总的设置；每一项也可以用环境变量 HUIZONG_<SECTION>__<KEY> 给出。
[general]
id = "{id}"
timezone = "Asia/Shanghai"
# start = "2019-01"        # 从哪个月起应报

[paths]
inbox = "inbox"            # 共享文件夹
outputs = "outputs"
# slips_to = "smb://host/share/退回"   # 退回单另送一份到各科室看得到的文件夹（不能在 inbox 里面）

[warehouse]
# url = "postgresql+psycopg://huizong@127.0.0.1/huizong"   # 不写则用本文件夹的 warehouse.db
"""


def create_office(folder: Path) -> Office:
    """A new office with the built-in catalogue; raises FileExistsError when there is one already."""
    if (folder / "huizong.toml").exists():
        raise FileExistsError(f"{folder} is an office already; choose another folder")
    for part in ("inbox", "archive", "slips", "outputs", "logs", "catalog/forms", "catalog/indicators", "catalog/report"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "huizong.toml").write_text(_SETTINGS.format(id=secrets.token_hex(4)), "utf-8")
    demo = Path(str(files("flows") / "demo"))
    for name in ("town.yml", "villages.csv"):
        if not (folder / "catalog" / name).exists():
            shutil.copyfile(demo / name, folder / "catalog" / name)
    wording = (built_in() / "report" / "wording.md").read_text("utf-8")
    (folder / "catalog" / "report" / TEMPLATE).write_bytes(build_template(wording))
    for name in FILES.values():
        shutil.copyfile(str(built_in() / "report" / name), folder / "catalog" / "report" / name)
    office = Office(folder)
    office.upgrade_warehouse()
    return office


def draft_forms(office: Office, workbooks: Sequence[Path]) -> list[Path]:
    """One draft declaration per filled-in workbook, not in force until a person has completed and renamed it."""
    written = []
    for number, workbook in enumerate(workbooks, 1):
        file = office.folder / "catalog" / "forms" / f"X{number:02d}.yml.draft"
        file.write_text(draft_declaration(read_workbook(workbook.read_bytes()), f"X{number:02d}"), "utf-8")
        written.append(file)
    return written
