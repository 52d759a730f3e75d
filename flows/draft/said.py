"""What the draft says, as text: its headings, and the clause each figure stands in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_MARKER = re.compile("\ue000(\\d+)\ue001")
_OTHER_MARKS = re.compile("[\ue010\ue012]\\d+[\ue011\ue013]")
_CLAUSE = re.compile("[^。；！？]*[。；！？]?")
_CHAPTER, _PART = re.compile(r"([一二三四五六七八九十]+)、(.*)"), re.compile(r"(\d+)[.．、]\s*([^。：；]*)")


def headings(text: str) -> dict[str, str]:
    """``一.2`` → 经济运行总体平稳: the first sentence of every numbered paragraph, by chapter and number."""
    found: dict[str, str] = {}
    chapter = ""
    for line in map(str.strip, text.split("\n")):
        if (match := _CHAPTER.match(line)) and len(line) < 40:
            chapter = match[1]
            found[chapter] = match[2]
        elif chapter and (match := _PART.match(line)):
            found[f"{chapter}.{match[1]}"] = match[2]
    return found


def clauses(evaluated: Sequence[str], texts: Mapping[int, str]) -> dict[int, tuple[str, str]]:
    """number of a printed figure → (the clause it stands in, the same with a box for every figure).

    ``evaluated``: paragraphs in which a figure is a numbered marker; ``texts``: number → its text.
    """
    result: dict[int, tuple[str, str]] = {}
    for paragraph in evaluated:
        for clause in _CLAUSE.findall(_OTHER_MARKS.sub("", paragraph)):
            numbers = [int(number) for number in _MARKER.findall(clause)]
            said = _MARKER.sub(lambda m: texts.get(int(m[1]), ""), clause).strip()
            for number in numbers:
                result[number] = (said, _MARKER.sub("□", clause).strip())
    return result
