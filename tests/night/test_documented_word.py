"""The README's ``huizong confirm`` line, as it stands there, on an office where that cell is held."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import openpyxl

from flows.office import Office
from tests.night.offices import run_night

ROOT = Path(__file__).resolve().parents[2]


def huizong(*arguments: str, home: Path) -> str:
    done = subprocess.run([sys.executable, "-m", "flows.cli", *arguments], capture_output=True, text=True, cwd=home, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_word_of_the_office_is_taken_as_the_readme_writes_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    line = shlex.split(re.search(r"^huizong (confirm .*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)[1])
    path, sheet, cell = line[1].split("!")
    huizong("init", "DIR", home=tmp_path)
    for month in range(1, 7):
        huizong("form", "blank", "F19", f"2020-{month:02d}", "--office", "DIR", "--out", "blank.xlsx", home=tmp_path)
        book = openpyxl.load_workbook(tmp_path / "blank.xlsx")
        book[sheet][cell] = 400 if month == 6 else 40
        file = tmp_path / "DIR/inbox" / path.replace("06月", f"{month:02d}月")
        file.parent.mkdir(parents=True)
        book.save(file)
        moment = datetime(2020, month, 28, 9).timestamp()
        os.utime(file, (moment, moment))
    office = Office(tmp_path / "DIR")
    run_night(office)
    status = ("status", "--office", "DIR", "--period", "2020-06")
    assert line[1] in huizong(*status, home=tmp_path)
    huizong(*line, home=tmp_path)
    run_night(office, as_of=datetime.now().astimezone())
    assert line[1] not in huizong(*status, home=tmp_path)
