"""Every bench runs, on little data; nothing is timed against a bound here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.sections import SECTIONS

ROOT = Path(__file__).resolve().parents[2]


def run(*words):
    done = subprocess.run([sys.executable, "-m", "bench", *words], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.postgres
def test_every_section_is_measured_kept_and_reported(tmp_path):
    out = tmp_path / "measured.json"
    printed = run("--size", "smoke", "--out", str(out))
    kept = json.loads(out.read_text("utf-8"))
    assert list(kept["sections"]) == list(SECTIONS)
    rows = [row for section in kept["sections"].values() for row in section["rows"]]
    assert all(min(row.get("product") or row["measured"]) >= 0 and row["name"] in printed for row in rows)
    page = run("report", str(out))
    assert all(row["name"] in page for row in rows)


def test_a_section_measured_again_takes_its_place_and_leaves_the_others(tmp_path):
    out = tmp_path / "measured.json"
    out.write_text(json.dumps({"sections": {"summary": "old", "trace": "stays"}}), "utf-8")
    run("--size", "smoke", "--only", "summary", "--out", str(out))
    sections = json.loads(out.read_text("utf-8"))["sections"]
    assert sections["trace"] == "stays" and sections["summary"]["size"] == "smoke"
