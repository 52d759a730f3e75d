"""What a figure lacks, said in the text where it stands: 改造三格式化粪池640座（未含荷塘坡村） (rules.md §7).

The note stands at the end of its clause, once for neighbours that lack the same; a figure carries it in its link, so that
a refresh takes it away when the last village has come.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from catalog.observations import Figure
from flows.draft.sentences import CLOSE, OPEN, Printed
from flows.draft.vouched import absent_note

_PIECES = re.compile(f"({OPEN}\\d+{CLOSE}|[\ue010\ue012]\\d+[\ue011\ue013])")
_HARD = re.compile(r"[，。；：！？]|\[\[")
_STOP = re.compile(r"[，。；：！？、]|\[\[")


def with_notes(evaluated: Sequence[str], printed: Sequence[Printed], figures: Mapping[str, Figure]) -> tuple[list[str], list[Printed]]:
    """The paragraphs with their notes, and the figures that carry them."""
    wanted = {item.number: absent_note(figures[item.indicator]) for item in printed if item.indicator in figures and item.part == item.parts - 1}
    if not any(wanted.values()):
        return list(evaluated), list(printed)
    carried: dict[int, str] = {}
    made = [_paragraph(_PIECES.split(text), wanted, carried) for text in evaluated]
    return made, [replace(item, note=carried.get(item.number, "")) for item in printed]


def _paragraph(pieces: list[str], wanted: Mapping[int, str], carried: dict[int, str]) -> str:
    inserts: dict[tuple[int, int], str] = {}
    for at, piece in enumerate(pieces):
        if not piece.startswith(OPEN) or not (note := wanted.get(int(piece[1:-1]), "")):
            continue
        number, place = int(piece[1:-1]), (at, len(piece))
        for later in range(at + 1, len(pieces)):
            text = pieces[later]
            if text.startswith(OPEN):
                break
            if text.startswith(("\ue010", "\ue012")):
                continue
            stop = _STOP.search(text)
            place = (later, stop.start() if stop else len(text))
            if stop:
                break
        if _next(pieces, at, wanted) == note:
            continue
        inserts[place], carried[number] = note, note
    return "".join(
        piece[: cut[0]] + inserts[at, cut[0]] + piece[cut[0] :] if (cut := [c for a, c in inserts if a == at]) else piece for at, piece in enumerate(pieces)
    )


def _next(pieces: Sequence[str], at: int, wanted: Mapping[int, str]) -> str:
    """The note of the next figure of the same clause."""
    for piece in pieces[at + 1 :]:
        if piece.startswith(OPEN):
            return wanted.get(int(piece[1:-1]), "")
        if not piece.startswith(("\ue010", "\ue012")) and _HARD.search(piece):
            return ""
    return ""


def same_clause(between: str) -> bool:
    """Whether two figures with these words between them share one note."""
    return _HARD.search(between) is None


def turned(right: str, old: str, new: str) -> tuple[str, str] | None:
    """What stands right of a figure, from its beginning to where the note ends, and the same with the other note.

    None when the note that was written is not there any more: a person has taken it out.
    """
    if old == new:
        return "", ""
    if old:
        at = right.find(old)
        return (right[: at + len(old)], right[:at] + new) if at >= 0 else None
    stop = _STOP.search(right)
    held = right[: stop.start() if stop else len(right)]
    return held, held + new
