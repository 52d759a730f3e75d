"""Each runbook is followed to the letter: every command that needs no root is run, in its order, on an office of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from runbook_steps import BOOKS, commands
from serving import ENVIRONMENT
from sheets import page, village_rows
from test_the_night import TOWN, VILLAGES, half_year, hand_in

from flows.new_office import create_office
from flows.office import Office

MAY_FIND_SOMETHING = ("huizong doctor",)
"""Exit 1 says that something is to be done, which in the middle of a procedure is so."""


def town(folder: Path, with_files: bool = True) -> Office:
    office = create_office(folder)
    (folder / "catalog" / "town.yml").write_text(TOWN, "utf-8")
    (folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    if with_files:
        half_year(office)
    return office


def resubmitted(office: Office, here: Path) -> None:
    shutil.move(hand_in(office, 6, {"东山村": 7, "西坡村": 112}, "更正.xlsx", datetime(2020, 7, 10)), here / "重报.xlsx")


def new_heading(office: Office, here: Path) -> None:
    body = village_rows(office.catalogue, "F19", "月报", {"巡违控违（户）": [3, 4]}, names=("东山村", "西坡村"))
    data = page(office.catalogue, "F19", "月报", body, month=6)
    from io import BytesIO

    import openpyxl

    book = openpyxl.load_workbook(BytesIO(data))
    for row in book.active.iter_rows(max_row=6):
        for cell in row:
            if isinstance(cell.value, str) and "".join(cell.value.split()) == "巡违控违（户）":
                cell.value = "巡查控违户数"
    book.save(here / "改了表头.xlsx")


def new_form(office: Office, here: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(here / "新表.xlsx") as book:
        sheet = book.add_worksheet("月报")
        lines = [["清溪镇2020年6月村集体经济月报表"], ["单位：万元"], ["村（社区）", "经营收入"], ["东山村", 1.5], ["西坡村", 2], ["合计", 3.5]]
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)


def declared(office: Office, _here: Path) -> None:
    (office.folder / "catalog" / "forms" / "X01.yml.draft").write_text("""
id: X01
title: 村集体经济月报表
department: 农办
due: {day: 5, after: 1}
sheets:
  - name: 月报
    shape: matrix
    rows: village
    unit_line: 万元
    columns:
      - {path: 村（社区）, type: village}
      - {path: 经营收入, id: collective_income, type: amount, role: flow_month, unit: 万元, total: true}
""", "utf-8")


PEOPLE: dict[str, dict[int, Callable[[Office, Path], None]]] = {
    "department_resubmits": {0: resubmitted}, "header_changed": {0: new_heading}, "add_a_form": {0: new_form, 1: declared},
}  # fmt: skip
"""What a person does before the n-th command: hands a file in, completes a draft."""


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_every_step_can_be_done(book, tmp_path, prefect, request):
    environment, _ = prefect
    office = Office(tmp_path / "office") if book.stem == "first_installation" else town(tmp_path / "office")
    places = {"OFFICE": str(office.folder), "BACKUPS": str(tmp_path / "backups"), "RESTORED": str(tmp_path / "restored")}
    Path(places["BACKUPS"]).mkdir()
    if book.stem == "move_to_postgresql":
        places["WAREHOUSE_URL"] = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+psycopg://")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "huizong").write_text(f'#!/bin/sh\nexec {sys.executable} -m flows.cli "$@"\n')
    (programs / "huizong").chmod(0o755)
    environment = {**ENVIRONMENT, **environment, **places, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    if book.stem not in ("first_installation", "add_a_form"):
        _run(f"huizong run --office {office.folder} --period 2020-H1", environment, tmp_path)
    done = 0
    for line in commands(book):
        if line.startswith("sudo "):
            continue  # needs root and systemd; tests/docs checks the files it names
        if act := PEOPLE.get(book.stem, {}).get(done):
            act(office, tmp_path)
        if line.startswith("export "):
            name, value = line.removeprefix("export ").split("=", 1)
            environment[name] = os.path.expandvars(value.strip('"').replace("$WAREHOUSE_URL", places.get("WAREHOUSE_URL", "")))
        elif line.startswith("PREFECT_API_URL="):
            _run(line.split(" ", 1)[1], environment, tmp_path)  # the server of the test stands for the district's
        else:
            _run(line, environment, tmp_path)
        if "huizong init" in line:
            shutil.rmtree(office.folder / "inbox")
            shutil.copytree(town(tmp_path / "other").inbox, office.folder / "inbox")
        done += 1
    assert done


def _run(line: str, environment: dict[str, str], here: Path) -> None:
    done = subprocess.run(["bash", "-c", line], env=environment, cwd=here, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0 or line.startswith(MAY_FIND_SOMETHING), f"{line}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
    assert "Traceback" not in done.stdout + done.stderr, line
