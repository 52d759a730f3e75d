"""Every case of forms.md has its rule among those that are taken out (``make proof-rules``), and each stands where it is said to."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from tests.removed.__main__ import named_after
from tests.removed.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
CASES = [f"M{number:02d}" for number in range(1, 45) if number != 42]


@pytest.mark.parametrize("case", CASES)
def test_every_case_has_a_rule_and_a_test_named_after_it(case):
    assert any(rule.case == case for rule in RULES) and named_after(case)


def test_every_rule_stands_once_where_it_is_said_to():
    wrong = defaultdict(list)
    for rule in RULES:
        if (ROOT / rule.file).read_text("utf-8").count(rule.text) != 1:
            wrong[rule.file].append((rule.case, rule.text))
    assert not wrong and {rule.case for rule in RULES} == set(CASES)
