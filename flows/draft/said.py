"""What the draft says, as text: its headings, and the clause each figure stands in."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence

from lxml import etree

_MARKER = re.compile("\ue000(\\d+)\ue001")
_TO_WRITE = re.compile(r"\[\[.*?\]\]")
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
        for clause in _CLAUSE.findall(_TO_WRITE.sub("", paragraph)):
            numbers = [int(number) for number in _MARKER.findall(clause)]
            said = _MARKER.sub(lambda m: texts.get(int(m[1]), ""), clause).strip()
            for number in numbers:
                result[number] = (said, _MARKER.sub("□", clause).strip())
    return result


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def linked_paragraphs(document: bytes) -> list[str]:
    """The paragraphs of a draft of ours, each figure's control a numbered marker in the order of the text."""
    with zipfile.ZipFile(io.BytesIO(document)) as package:
        body = etree.fromstring(package.read("word/document.xml"), etree.XMLParser(resolve_entities=False, no_network=True))
    lines, number = [], 0
    for paragraph in body.iter(f"{_W}p"):
        line = ""
        for element in paragraph.iter(f"{_W}sdt", f"{_W}t"):
            if element.tag == f"{_W}sdt":
                if _is_figure(element):
                    line, number = f"{line}\ue000{number}\ue001", number + 1
            elif not any(_is_figure(parent) for parent in element.iterancestors(f"{_W}sdt")):
                line += element.text or ""
        lines.append(line)
    return lines


def _is_figure(control: etree._Element) -> bool:
    tag = control.find(f"{_W}sdtPr/{_W}tag")
    return tag is not None and "indicator=" in (tag.get(f"{_W}val") or "")
