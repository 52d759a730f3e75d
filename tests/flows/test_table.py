"""The table of `status` is the one that rich would draw, at any width of a screen."""

from __future__ import annotations

import io
import random

import pytest
from rich.console import Console
from rich.table import Table

from flows.command.table import Cell, cells, painted, table

HEADINGS = ("表号", "表名", "科室", "状态", "迟报", "说明")


def of_rich(title: str, rows: list[list[Cell]], width: int) -> list[str]:
    out = io.StringIO()
    drawn = Table(title=title, title_justify="left")
    for heading in HEADINGS:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*(cell.text for cell in row))
    Console(file=out, soft_wrap=True, width=width).print(drawn)
    first, *rest = out.getvalue().splitlines()
    return [first.rstrip(), *rest]


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_it_is_the_table_of_rich(width):
    chance = random.Random(width)

    def word(most: int) -> str:
        return "".join(chance.choices("填数字应为公式错误，《月报》abcH12!", k=chance.randint(1, most)))

    def text(most: int) -> Cell:
        """Short words and a long one; after a long one that ends with the line rich draws an empty line."""
        return Cell(" ".join([*(word(3) for _ in range(chance.randint(0, 2))), word(most)] if chance.random() < 0.8 else []))

    for _ in range(40):
        rows = [[text(3), text(25), text(6), text(5), text(2), text(60)] for _ in range(5)]
        assert table("甲镇", HEADINGS, rows, width) == of_rich("甲镇", rows, width)


def test_what_moves_the_cursor_is_not_shown():
    shown = table("甲镇", ("表",), [[Cell("甲\x1b[2J\x07乙")]], 40)
    assert "甲[2J乙" in shown[4] and len(set(map(cells, shown[1:]))) == 1


def test_a_line_of_two_is_two_lines():
    assert [line.strip("│ ") for line in table("甲镇", ("表",), [[Cell("甲\n乙")]], 40)[4:6]] == ["甲", "乙"]


def test_colours_are_for_a_screen(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    assert painted("退回", "red") == "退回"  # what is tested has no screen
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert painted("退回", "red") == "\x1b[31m退回\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert painted("退回", "red") == "退回"
