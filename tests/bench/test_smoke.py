"""Every bench runs, on little data; nothing is timed against a bound here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.postgres
def test_every_row_is_measured_and_written(tmp_path):
    out = tmp_path / "measured.json"
    done = subprocess.run([sys.executable, "-m", "bench", "--size", "smoke", "--out", str(out)], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    measured = json.loads(out.read_text("utf-8"))
    assert [row["against"] for row in measured["rows"]] == ["inflate + expat", "inflate + expat", "bare executemany", "bare COPY", "scan + bare insert", "bare XlsxWriter"]
    assert all(row["ratio"] > 0 and row["name"] in done.stdout for row in measured["rows"])


def test_a_trace_is_measured_both_ways(tmp_path):
    out = tmp_path / "traces.json"
    command = [sys.executable, "-m", "bench.rows.trace", "--facts", "5000", "--traces", "3", "--engine", "sqlite", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(out.read_text("utf-8"))
    assert [row["way"] for row in rows] == ["figure → cells", "cell → figures"] and rows[0]["rows"]["reading"] > 5000
