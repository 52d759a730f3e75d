"""A sample of ``python -m tests.killing``: killed, out of space or cut off at a point, the night after it leaves what it should."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.killing.trials import Found, Stage, Trial, any_instant, every_point, run_all


def found(trials: Sequence[Trial], made: Sequence[Stage], folder: Path) -> Found:
    result = Found()
    for one in run_all(trials, made, folder, 2):
        result.add(one)
    return result


def test_a_night_that_is_killed_anywhere_is_made_good_by_the_next(made, tmp_path):
    trials = [*every_point(made, 37), *any_instant(made, 4, 2), *every_point(made, 34, "disk full")]
    result = found(trials, made, tmp_path)
    assert len(trials) >= 40 and result.disturbed >= len(trials) - 4 and result.wrong == []


@pytest.mark.postgres
def test_a_night_that_is_killed_or_loses_its_server_is_made_good_by_the_next(made_on_server, tmp_path):
    trials = [*every_point(made_on_server, 397), *every_point(made_on_server, 401, "cut off")]
    result = found(trials, made_on_server, tmp_path)
    assert result.trials == len(trials) and result.wrong == []
