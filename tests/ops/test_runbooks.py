"""Each runbook is followed to the letter, on a machine installed by the first one: accounts, sudo, rights and paths are real.

What is not run has a reason in NOT_RUN; tests/docs looks at the files it names.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from flows.new_office import create_office
from flows.office import Office
from tests.docs.runbook_steps import BOOKS, commands
from tests.flows.intake.sheets import page, village_rows
from tests.night.test_the_night import TOWN, VILLAGES, half_year, hand_in
from tests.ops.machine import Machine, give, install, lacking, machine
from tests.ops.serving import until
from tests.postgres import programs

ADDRESS = "postgresql+psycopg:///huizong"
NOT_RUN = {"sudo docker compose ": "no docker where tests run; tests/docs holds compose.yaml against what it names"}
SAYS = {
    "backfill": ["出稿 3 期", "出稿 0 期，已是最新而跳过 3 期", "出稿 2 期"],
    "crash": ["中断", "补做第 2 次运行", "", "huizong"],
    "header_changed": ["巡查控违户数", "", "可以收下", "新读入"],
    "department_resubmits": ["可以收下", "", "新读入 1 个", "控违办"],
    "rerun": ["上次运行", "没有要补做的", "没有要补做的", "", "新读入", "新读入"],
    "move_to_postgresql": ["", "", "已备份", "", "", "已复制", "PostgreSQL 完好", "新读入 0 个", "", "", "", "", "", "登记"],
    "move_to_another_machine": ["", "", "含人员标识密钥", "已恢复", "完好", "新读入 0 个", ""],
    "restore": ["", "已备份", "", "", "已恢复", "完好", "新读入 0 个", "", "", ""],
    "add_a_form": ["X01", "", "", "可以收下", "空白表", "报告期"],
    "new_year": ["上次运行", "报告期 2020：", "报告期 2020-01..02", "出稿"],
}  # fmt: skip
"""What each command that is run has to say: the step's promise; nothing where it is a word of the system's that says nothing."""
MAY_FIND_SOMETHING = "huizong doctor"
"""Exit 1 says that something is to be done, which in the middle of a procedure is so."""
STARTS = ("sudo systemctl start huizong", "sudo systemctl restart huizong")


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


def warehouse_named(office: Office, _here: Path) -> None:
    """The address, where a person writes it."""
    file = office.folder / "huizong.toml"
    lines = file.read_text("utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if line.strip() == "[warehouse]")
    file.write_text("\n".join([*lines[: place + 1], f'url = "{ADDRESS}"', *lines[place + 1 :], ""]), "utf-8")


PEOPLE: dict[str, dict[int, Callable[[Office, Path], None]]] = {
    "department_resubmits": {0: resubmitted}, "crash": {0: killed_in_the_night}, "header_changed": {0: new_heading}, "add_a_form": {0: new_form, 1: declared},
    "move_to_postgresql": {6: warehouse_named},
}  # fmt: skip
"""What a person does before the n-th command: hands a file in, completes a draft."""


@pytest.fixture(scope="module")
def installed(prefect) -> Iterator[Machine]:
    """A machine after the first installation; the test's Prefect server stands for that of the service."""
    if reason := lacking():
        pytest.skip(reason)
    environment, _ = prefect
    with machine() as there:
        install(there)
        there.do("sudo cp /opt/huizong/deployments/systemd/huizong.service /opt/huizong/deployments/systemd/huizong-alarm.* /etc/systemd/system/ && sudo systemctl daemon-reload")
        kept = [name for name in environment if name.startswith("PREFECT_") and name != "PREFECT_HOME"]
        there.do(f"echo 'Defaults env_keep += \"{' '.join(kept)}\"' > /etc/sudoers.d/prefect", user="root")
        yield there


def test_every_book_but_the_newcomer_s_is_followed():
    assert {book.stem for book in BOOKS} == {*SAYS, "first_installation"}


@pytest.mark.parametrize("book", [book for book in BOOKS if book.stem in SAYS], ids=lambda book: book.stem)
def test_every_step_can_be_done(book, installed, prefect):
    environment, _ = prefect
    here = installed.srv / "huizong"
    installed.do("systemctl stop 'huizong*' && systemctl disable huizong", user="root")
    for left in here.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    office = town(here / "office")
    if book.stem == "move_to_postgresql":
        _postgres(installed, book)
    give(installed, here)
    told = {name: value for name, value in environment.items() if name.startswith("PREFECT_") and name != "PREFECT_HOME"}
    told |= {"OFFICE": "/srv/huizong/office", "BACKUPS": "/srv/huizong/backups", "RESTORED": "/srv/huizong/restored", "WAREHOUSE_URL": ADDRESS}
    if book.stem != "add_a_form":
        installed.do("sudo -u huizong huizong run --office $OFFICE --period 2020-H1", cwd="/srv/huizong", **told)
    lines = [line for line in commands(book) if not line.startswith(tuple(NOT_RUN))]
    for number, (line, says) in enumerate(zip(lines, SAYS[book.stem], strict=True)):
        if act := PEOPLE.get(book.stem, {}).get(number):
            act(office, here)
            give(installed, here)
        done = installed.sh(line, cwd="/srv/huizong", **told)
        said = done.stdout + done.stderr
        assert done.returncode == 0 or (MAY_FIND_SOMETHING in line and done.returncode == 1), f"{line}\n{said[-3000:]}"
        assert says in said and "Traceback" not in said, f"{line}\n{said[-3000:]}"
        if line in STARTS:
            until(lambda: "下一次" in installed.sh("sudo -u huizong huizong doctor --office /srv/huizong/office").stdout, 180, "the service serves the office", 3)
    assert installed.do("systemctl --failed --no-legend", user="root") == ""


def test_the_alarm_of_several_offices_speaks_for_each_though_one_is_spoilt(installed, robot):
    address, told = robot
    here = installed.srv / "huizong"
    for name in ("spoilt", "西镇"):
        town(here / name)
        (here / name / "huizong.toml").open("a", encoding="utf-8").write(f'\n[notify]\nurls_file = "/srv/huizong/{name}.txt"\n')
        (here / f"{name}.txt").write_text(f"{address}/{len(name)}", "utf-8")
    (here / "spoilt" / "huizong.toml").write_text("no toml", "utf-8")
    give(installed, here)
    unit = "/etc/systemd/system/huizong-alarm.service"
    installed.do(f"sed -i 's#^Environment=\"OFFICES=[^\"]*\"#Environment=\"OFFICES=/srv/huizong/spoilt /srv/huizong/西镇\"#' {unit} && systemctl daemon-reload", user="root")
    done = installed.sh("systemctl start huizong-alarm.service", user="root")
    assert done.returncode != 0 and "huizong-alarm" in installed.do("systemctl --failed --no-legend", user="root"), "one office could not be asked"
    assert len(told) == 1 and "没有运行" in told[0], "and the other was told"
    installed.do("systemctl reset-failed", user="root")


def _postgres(there: Machine, book: Path) -> None:
    """The distribution's own, as `apt-get install postgresql` leaves it: accounts of the machine are let in by their names."""
    if programs() is None:
        pytest.skip("no PostgreSQL of the distribution here; apt-get install --no-install-recommends postgresql")
    assert ADDRESS in book.read_text("utf-8")
    there.do("install -d -o postgres -g postgres -m 2775 /run/postgresql && cluster=$(pg_lsclusters --no-header | head -n 1) && set -- $cluster && "
             "pg_ctlcluster $1 $2 start -o '-c listen_addresses='", user="root")  # fmt: skip
