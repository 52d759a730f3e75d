"""The READMEs say what is true: verbs, options, targets, links; and the commands that need no server are run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from flows.new_office import create_office
from tests.flows.intake.sheets import page, village_rows
from tests.night.offices import run_night

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.zh.md")


def commands(name: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def huizong(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", "flows.cli", *arguments], capture_output=True, text=True, env=environment, cwd=home, check=False)


@pytest.mark.parametrize("name", READMES)
def test_every_link_and_picture_exists(name):
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text("utf-8"))
    assert links and all((ROOT / link).is_file() for link in links)


@pytest.mark.parametrize("name", READMES)
def test_every_make_target_exists(name):
    targets = set(re.findall(r"\bmake ([a-z-]+)", (ROOT / name).read_text("utf-8")))
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {"demo", "test"} <= targets <= known


def test_both_readmes_give_the_same_commands():
    assert commands("README.md") == commands("README.zh.md")


_CHANGES = tuple(f"huizong {verb}" for verb in (
    "run", "confirm", "adjust", "revoke", "reprint", "trace", "db grants", "serve", "doctor", "rerun", "backfill", "pause", "resume", "draft",
))  # fmt: skip
"""They need something that was handed in, or a server: each has a story of its own, here, in tests/night or in tests/ops."""


def test_the_commands_of_one_s_own_office_work_as_written(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "新表.xlsx") as book:
        page = book.add_worksheet("月报")
        for number, row in enumerate([["安全检查月报"], ["村（社区）", "检查次数", "隐患（处）"], ["东山村", 3, 1], ["西坡村", 2, 0], ["合计", 5, 1]]):
            page.write_row(number, 0, row)
    for line in commands("README.md"):
        if not line.startswith("huizong") or line.startswith(_CHANGES):
            continue
        done = huizong(*shlex.split(line)[1:], home=tmp_path)
        assert done.returncode == 0, line + done.stdout + done.stderr


def test_the_traces_of_the_readme_work_as_written(tmp_path):
    office = create_office(tmp_path / "DIR")
    names = [unit.name for unit in office.catalogue.units.expected_on(date(2020, 6, 30))]
    body = village_rows(office.catalogue, "F12", "月报", {"农村低保 > 户数": [31] * len(names), "农村低保 > 人数": [60] * len(names)}, names=names)
    file = office.inbox / "2020年/06月/社会事务办/F12.xlsx"
    file.parent.mkdir(parents=True)
    file.write_bytes(page(office.catalogue, "F12", "月报", body))
    os.utime(file, (1_593_600_000, 1_593_600_000))
    run_night(office)
    for line, says in zip([c for c in commands("README.md") if c.startswith("huizong trace")], ("← C6 “31”", "dibao_hh） 2020-H1"), strict=True):
        done = huizong(*shlex.split(line)[1:], home=tmp_path)
        assert done.returncode == 0 and says in done.stdout, line + done.stdout + done.stderr


@pytest.mark.postgres
def test_the_grants_of_the_readme_work_as_written(tmp_path, postgres_url, monkeypatch):
    assert huizong("init", "DIR", home=tmp_path).returncode == 0
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", postgres_url)
    for line in ("huizong db upgrade --office DIR", *(c for c in commands("README.md") if c.startswith("huizong db grants"))):
        done = huizong(*shlex.split(line)[1:], home=tmp_path)
        assert done.returncode == 0, line + done.stdout + done.stderr
    assert "IN ROLE" in done.stdout


def test_the_sql_of_the_readme_works(tmp_path):
    import sqlite3

    assert huizong("init", "DIR", home=tmp_path).returncode == 0
    line = next(line for line in commands("README.md") if line.startswith("sqlite3"))
    _, database, query = shlex.split(line)
    with sqlite3.connect(tmp_path / database) as connection:
        assert connection.execute(query).fetchall() == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["status", "--office", "nowhere"], 1, "huizong init"),
        (["run", "--office", "DIR", "--period", "2020-13"], 2, "not a reference period"),
        (["sing"], 2, "huizong --help"),
        (["init", "DIR"], 1, "an office already"),
        (["status", "--office", "DIR"], 0, "huizong run"),
        (["db", "upgrade", "--office", "DIR"], 0, "already"),
        (["db", "grants", "--office", "DIR"], 1, "chmod 640"),
        (["db", "export", "DIR", "--office", "DIR"], 1, "name another folder"),
        (["trace", "dibao_hh", "2020-H1", "--office", "DIR"], 1, "huizong run"),
    ],
)
def test_every_error_is_one_line_that_says_what_to_do(tmp_path, arguments, code, says):
    assert huizong("init", "DIR", home=tmp_path).returncode == 0
    done = huizong(*arguments, home=tmp_path)
    assert done.returncode == code and says in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("verb", [["init"], ["run"], ["demo"], ["status"], ["check"], ["confirm"], ["adjust", "cell"], ["adjust", "partial"], ["adjust", "use"], ["adjust", "withdraw"], ["revoke"],
                                  ["reprint"], ["trace"], ["db", "show"], ["db", "verify"], ["db", "grants"], ["db", "export"], ["db", "move"], ["form", "blank"], ["form", "new"], ["form", "preview"],
                                  ["form", "drift"], ["db", "upgrade"], ["serve"], ["rerun"], ["backfill"], ["pause"], ["resume"], ["doctor"], ["notify"], ["keep"], ["db", "backup"], ["db", "restore"], ["draft", "refresh"], ["draft", "verify"], ["draft", "check"]])
def test_every_verb_has_help_and_is_in_the_readme(tmp_path, verb):
    done = huizong(*verb, "--help", home=tmp_path)
    assert done.returncode == 0 and "Usage" in done.stdout
    assert verb[-1] in (ROOT / "README.md").read_text("utf-8")
