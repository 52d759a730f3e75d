"""Files from the test suites of other readers: each is read or refused in bounded time and memory, and read rightly."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from catalog.issues import Refused
from connectors.workbooks.guard import Guard, TooDear
from tests.connectors.workbooks import openers

ROOT = Path(__file__).resolve().parents[3]
HOSTILE = Path(os.environ.get("HUIZONG_SHARED") or ROOT.parent / "shared") / "corpus" / "hostile"
FILES = sorted(HOSTILE.iterdir()) if HOSTILE.is_dir() else []

pytestmark = pytest.mark.skipif(not FILES, reason="the corpus is not here")


@pytest.fixture(scope="module")
def read():
    """file name → cells read and counted, or the code of the refusal."""
    result = {}
    with Guard(seconds=10, memory=1 << 30) as guard:
        for path in FILES:
            began = time.monotonic()
            try:
                result[path.name] = guard.call(openers.ours, str(path))
            except Refused as refusal:
                assert refusal.issue.message.endswith("。")
                result[path.name] = refusal.issue.code
            except TooDear as dear:
                result[path.name] = dear.reason
            assert time.monotonic() - began < 11
    return result


def test_every_file_ends_in_a_reading_or_a_refusal(read):
    assert len(read) == len(FILES)
    assert {v for v in read.values() if isinstance(v, str)} <= {"M03", "M05", "M08", "E-BIG", "E-EMPTY", "time", "memory"}


def test_what_was_read_is_what_another_way_counts(read):
    assert {name: v for name, v in read.items() if not isinstance(v, str) and v[1] != v[2]} == {}


def test_no_fewer_files_open_than_the_three_readers_open_together(read):
    opened = {name for name, v in read.items() if not isinstance(v, str)}
    others = set()
    with Guard(seconds=5, memory=1 << 30) as guard:
        for path in FILES:
            try:
                if guard.call(openers.opened_by_others, str(path)):
                    others.add(path.name)
            except TooDear:
                pass
    assert len(opened) >= len(others), sorted(others - opened)


def test_values_agree_with_an_independent_reader(read):
    compared, wrong = 0, {}
    with Guard(seconds=5, memory=1 << 30) as guard:
        for path in FILES:
            if isinstance(read[path.name], str) or path.stat().st_size > 1_500_000:
                continue
            try:
                number, found = guard.call(openers.disagreements, str(path))
            except (TooDear, Exception):
                continue
            compared += number
            if found:
                wrong[path.name] = found[:4]
    assert compared > 10_000 and wrong == {}
