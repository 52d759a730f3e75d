"""Where a title breaks: between its parts, never inside a word, so that its lines stand as 梯形 or 菱形 (GB/T 9704—2012, 7.3.1)."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

LINE = 20
"""Characters of 2号 in the 156 mm of a line."""
_SCRAP = 4
_BEFORE = re.compile("[和暨及与](?=[^和暨及与]{4})")
"""What begins a new part of the title: 工作总结 | 和下半年工作安排."""
_AFTER = re.compile(r"(?<![和暨及与])(?:上半年|下半年|第[一二三四]季度|前三季度)|\d年(?!第?[一二三四前上下\d])|年度|\d月(?![份底\d—])|[镇乡](?=\d{4}年)|关于")
"""What ends one."""


def title_breaks(title: str) -> tuple[int, ...]:
    """Offsets at which a new line begins; none where the title fits one line, or has no place to break.

    As few lines as can be; of all ways the one at the best joints and with lines of the most equal length.
    """
    joints = {match.start(): 0 for match in _BEFORE.finditer(title)}
    for match in _AFTER.finditer(title):
        joints.setdefault(match.end(), 1)
    joints.pop(0, None)
    joints.pop(len(title), None)
    lines = 1
    while _width(title) > LINE and lines <= len(joints):
        lines += 1
        ways = [way for way in combinations(sorted(joints), lines - 1) if _stands(widths(title, way))]
        if ways:
            return min(ways, key=lambda way: (4 * sum(joints[at] for at in way) + max(w := widths(title, way)) - min(w), way))
    return ()


def widths(title: str, breaks: tuple[int, ...]) -> list[float]:
    """Of the lines, in full characters; digits and signs of one byte are half as wide."""
    return [_width(title[start:end]) for start, end in zip((0, *breaks), (*breaks, len(title)), strict=True)]


def _width(text: str) -> float:
    return sum(0.5 if character.isascii() else 1.0 for character in text)


def _stands(lines: list[float]) -> bool:
    """None too long or a mere scrap; growing or shrinking (梯形), or growing and then shrinking (菱形), give or take a character."""
    top = lines.index(max(lines))
    rising, falling = lines[: top + 1], lines[top:][::-1]
    return max(lines) <= LINE and min(lines) >= _SCRAP and all(a <= b + 1 for part in (rising, falling) for a, b in pairwise(part))
