"""A slipped column puts names and numbers into any cell of a ledger; none of them gets past the reader (privacy.md)."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.flows.intake.sheets import NAMES, head, merges, read, small_town, xlsx

NAME, IDENTITY, PHONE, ACCOUNT = "欧阳试验", "98011219500101001X", "13800138000", "6217001234567890123"
SLIPPED = (NAME, IDENTITY, PHONE, int(PHONE), ACCOUNT, f"{NAME}（{PHONE}）")
LEDGERS = ["F01 花名册", "F02 台账", "F04 台账", "F05 进度表", "F07 进度表", "F08 台账", "F10 台账", "F13 花名册", "F14 台账", "F15 发放表",
           "F17 交通补贴花名册", "F17 培训花名册", "F20 台账"]  # fmt: skip
"""Not F06: its names of enterprises are printed in the report."""


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return small_town(tmp_path_factory.mktemp("town"))


def record(sheet, number):
    words = {"serial": number + 1, "village": NAMES[number], "date": datetime(2020, 6, 5), "month": "2020-05", "identity": IDENTITY}
    return [
        words[c.type] if c.type in words else 2 if c.numeric else c.values[0].rstrip("*") if c.values else NAME + IDENTITY if c.drop else "某某公司"
        for c in sheet.columns
    ]  # fmt: skip


@pytest.mark.parametrize("ledger", LEDGERS)
def test_nobody_is_named_by_what_slipped_into_another_column(town, ledger):
    form, name = ledger.split()
    sheet = town.forms[form].sheet(name)
    top, areas = head(town, form, name, 2020, 6), merges(town, form, name, 3)
    for column in range(len(sheet.columns)):
        for value in SLIPPED:
            body = [record(sheet, number) for number in range(3)]
            body[1][column] = value
            said = repr(read(xlsx({name: top + body}, {name: areas}), town))
            assert not [person for person in (NAME, IDENTITY, PHONE, ACCOUNT) if person in said], (sheet.columns[column].path, value)
