"""A table of the screen, with characters that are two cells wide, and words in colour: rich takes longer to import than to be done without."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import NamedTuple
from unicodedata import category, east_asian_width

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "dim": "2", "bold": "1", "": ""}
_UNCOUNTED = {character: None for character in range(32) if chr(character) not in "\t\n"}
WIDTH = 120
"""Of a table where nobody says how wide the screen is."""


class Cell(NamedTuple):
    """A text and its colour."""

    text: str
    colour: str = ""


def coloured() -> bool:
    """Whether the standard output is a terminal that shows colours."""
    if os.environ.get("NO_COLOR") or os.name == "nt":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown"))


def painted(text: str, colour: str) -> str:
    """The text in red, green, yellow, dim or bold, where the terminal shows it."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if colour and text and coloured() else text


def screen_width() -> int:
    """In cells."""
    if not sys.stdout.isatty():
        return WIDTH
    try:
        return int(os.environ.get("COLUMNS") or 0) or os.get_terminal_size().columns or WIDTH
    except (OSError, ValueError):
        return WIDTH


def cells(text: str) -> int:
    """How wide a text is on the screen."""
    return sum(2 if east_asian_width(c) in "WF" else category(c) not in ("Mn", "Me", "Cf", "Cc") for c in text)


def table(title: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]], width: int) -> list[str]:
    """The lines of a table no wider than ``width`` cells where that can be: the widest columns are folded."""
    told = [[Cell(cell.text.translate(_UNCOUNTED), cell.colour) for cell in row] for row in rows]
    widths = [max(map(cells, "\n".join((heading, *(row[n].text for row in told))).split("\n"))) for n, heading in enumerate(headings)]
    too_wide = sum(widths) - max(width - 3 * len(widths) - 1, len(widths) * 2)
    while too_wide > 0:
        widest = [n for n, one in enumerate(widths) if one == max(widths)]
        least = max((one for one in widths if one < max(widths)), default=0)
        for left, n in zip(range(len(widest), 0, -1), widest, strict=True):
            taken = min(widths[n] - least, round(too_wide / left))
            widths[n] -= taken
            too_wide -= taken
    head = _drawn([Cell(heading, "bold") for heading in headings], widths, "┃")
    body = [line for row in told for line in _drawn(row, widths, "│")]
    return [title, _rule("┏━┳┓", widths), *head, _rule("┡━╇┩", widths), *body, _rule("└─┴┘", widths)]


def _rule(drawn: str, widths: Sequence[int]) -> str:
    left, line, between, right = tuple(drawn)
    return left + between.join(line * (width + 2) for width in widths) + right


def _drawn(row: Sequence[Cell], widths: Sequence[int], edge: str) -> list[str]:
    folded = [_folded(cell.text, width) for cell, width in zip(row, widths, strict=True)]
    lines = []
    for n in range(max(map(len, folded))):
        parts = [(part[n] if n < len(part) else "") for part in folded]
        shown = (painted(part, cell.colour) + " " * (width - cells(part)) for part, cell, width in zip(parts, row, widths, strict=True))
        lines.append(f"{edge} {f' {edge} '.join(shown)} {edge}")
    return lines


def _folded(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` cells, parted between words where one is no longer than a line."""
    lines: list[str] = []
    for line in text.expandtabs().split("\n"):
        now = ""
        for word in re.findall(r"\s*\S+\s*", line):
            if cells(now) + cells(word.rstrip()) <= width:
                now += word
                continue
            if now:
                lines.append(now.rstrip())
            *whole, now = _chopped(word, width)
            lines += whole
        lines.append(now.rstrip())
    return lines


def _chopped(word: str, width: int) -> list[str]:
    parts = [""]
    for character in word.rstrip():
        if parts[-1] and cells(parts[-1]) + cells(character) > width:
            parts.append("")
        parts[-1] += character
    return [*parts[:-1], parts[-1] + word[len(word.rstrip()):]]
