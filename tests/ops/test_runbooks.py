"""Each runbook is followed to the letter: every command is run in its order, on an office of its own, and says what the step promises.

What would change the machine that tests is not run, for a reason that stands in NOT_RUN; tests/docs looks at the files it names.
"""

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

NOT_RUN = {
    "sudo apt-get ": "installs into this machine",
    "sudo cp -r . /opt/huizong": "writes outside the test's folder",
    "sudo make -C /opt/huizong": "fetches packages; `make demo` does the same from a clean checkout",
    "sudo ln -sf ": "writes outside the test's folder",
    "sudo useradd ": "makes an account on this machine",
    "sudo install -d ": "needs that account",
    "sudo usermod ": "needs that account",
    "sudo cp /opt/huizong/deployments/systemd/": "writes into /etc; systemd-analyze verifies the units in tests/docs",
    "sudo systemctl ": "no systemd runs where tests run; tests/ops/test_killed.py starts and stops what the units start",
    "sudo journalctl ": "no systemd runs where tests run",
    "sudo -u postgres ": "the test has a PostgreSQL of its own, with a database in it",
    "sudo docker compose ": "no docker where tests run; tests/docs holds compose.yaml against what it names",
}
SAYS = {
    ("backfill", 0): "出稿 3 期", ("backfill", 1): "出稿 0 期，已是最新而跳过 3 期", ("backfill", 2): "出稿 2 期",
    ("crash", 0): "中断", ("crash", 1): "补做第 2 次运行",
    ("header_changed", 0): "巡查控违户数", ("header_changed", 2): "可以收下",
    ("department_resubmits", 0): "可以收下", ("department_resubmits", 2): "新读入 1 个",
    ("rerun", 2): "没有要补做的", ("rerun", 4): "新读入",
    ("move_to_postgresql", 0): "已备份", ("move_to_postgresql", 1): "已复制", ("move_to_postgresql", 2): "PostgreSQL 完好", ("move_to_postgresql", 3): "新读入 0 个",
    ("move_to_another_machine", 0): "含人员标识密钥", ("move_to_another_machine", 1): "已恢复", ("move_to_another_machine", 3): "新读入 0 个",
    ("restore", 0): "已备份", ("restore", 1): "已恢复", ("restore", 3): "新读入 0 个", ("restore", 4): "", ("restore", 5): "",
    ("add_a_form", 0): "X01", ("add_a_form", 4): "空白表", ("add_a_form", 5): "报告期",
    ("first_installation", 0): "已建立办公室", ("first_installation", 2): "试运行：新文件 6 个", ("first_installation", 3): "新读入 6 个",
    ("new_year", 1): "报告期 2020：", ("new_year", 2): "报告期 2020-01..02", ("new_year", 3): "出稿",
}  # fmt: skip
"""What the n-th command that is run has to say: the step's promise."""
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


def killed_in_the_night(office: Office, _here: Path) -> None:
    office.begin_run(None, "2020-H1")
    office.lock.release()  # and here the power goes


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


def warehouse_named(office: Office, here: Path) -> None:
    """The address, where a person writes it."""
    address = (here / "address.txt").read_text("utf-8")
    file = office.folder / "huizong.toml"
    lines = file.read_text("utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if line.strip() == "[warehouse]")
    file.write_text("\n".join([*lines[: place + 1], f'url = "{address}"', *lines[place + 1 :], ""]), "utf-8")


PEOPLE: dict[str, dict[int, Callable[[Office, Path], None]]] = {
    "department_resubmits": {0: resubmitted}, "crash": {0: killed_in_the_night}, "header_changed": {0: new_heading}, "add_a_form": {0: new_form, 1: declared},
    "move_to_postgresql": {2: warehouse_named},
}  # fmt: skip
"""What a person does before the n-th command: hands a file in, completes a draft."""


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_every_step_can_be_done(book, tmp_path, prefect, request):
    environment, _ = prefect
    office = Office(tmp_path / "office") if book.stem == "first_installation" else town(tmp_path / "office")
    places = {"OFFICE": str(office.folder), "BACKUPS": str(tmp_path / "backups"), "RESTORED": str(tmp_path / "restored")}
    Path(places["BACKUPS"]).mkdir()
    if book.stem == "move_to_postgresql":
        places["WAREHOUSE_URL"] = request.getfixturevalue("postgres_url").replace("postgresql://postgres:@", "postgresql+psycopg://postgres@")
        (tmp_path / "address.txt").write_text(places["WAREHOUSE_URL"], "utf-8")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "huizong").write_text(f'#!/bin/sh\nexec {sys.executable} -m flows.cli "$@"\n')
    (programs / "huizong").chmod(0o755)
    environment = {**ENVIRONMENT, **environment, **places, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    if book.stem not in ("first_installation", "add_a_form"):
        _run(f"huizong run --office {office.folder} --period 2020-H1", environment, tmp_path)
    done = 0
    for line in commands(book):
        if line.startswith(tuple(NOT_RUN)):
            continue
        line = line.removeprefix("sudo ").removeprefix("-u huizong ")
        if act := PEOPLE.get(book.stem, {}).get(done):
            act(office, tmp_path)
        if line.startswith("PREFECT_API_URL="):
            _run(line.split(" ", 1)[1], environment, tmp_path)  # the server of the test stands for the district's
        else:
            said = _run(line, environment, tmp_path)
            assert SAYS.get((book.stem, done), "") in said, f"{line}\n{said}"
        if "huizong init" in line:
            shutil.rmtree(office.folder / "inbox")
            shutil.copytree(town(tmp_path / "other").inbox, office.folder / "inbox")
        done += 1
    assert done


def _run(line: str, environment: dict[str, str], here: Path) -> str:
    done = subprocess.run(["bash", "-c", line], env=environment, cwd=here, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0 or line.startswith(MAY_FIND_SOMETHING), f"{line}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
    assert "Traceback" not in done.stdout + done.stderr, line
    return done.stdout
