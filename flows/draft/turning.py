"""The words that go with a figure in a clause people have edited: direction words turned, endings exchanged, or left alone.

A word is turned only where it is plainly the figure's own; where two stand beside it nobody but the writer knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.documents import Link, Place
from flows.draft.notes import turned
from flows.draft.words import Words

_PAIRS = (("增长", "下降"), ("增加", "减少"), ("上升", "下降"), ("提高", "降低"), ("上涨", "下跌"), ("增幅", "降幅"), ("超", "落后"), ("快于", "慢于"))
_UP = dict(reversed(_PAIRS))
_DOWN = {down: up for up, down in reversed(_PAIRS)}
_WORD = re.compile("|".join(sorted({*_UP, *_DOWN}, key=len, reverse=True)))
_BESIDE = ("了", "约", "了约", "为", "达", "达到")
"""What people put between a direction word and its figure."""
CLAUSE = re.compile("[，；。、：（）！？]")
_SENTENCE = re.compile("[。；！？]")
_FELL, _ROSE = re.compile("下降|减少|回落|降低|下滑|下跌|降幅|收窄|萎缩|落后|慢于"), re.compile("增长|增加|上升|提高|提升|上涨|增幅|攀升|回升|扩大|快于|超序时")

_CAUSE = re.compile("受[^，。；]{1,12}影响|得益于|受益于|由于|虽然?|尽管|好于|不及|逆势|拖累|拉动|支撑|仅(?=同比|，)|由[升降]转[升降]|止跌|再创新高")
"""A person's own reasons for the way a figure went: they do not hold for the other way."""


Turn = tuple[tuple[str, str], tuple[str, str]]


def turn(place: Place, link: Link, said: Words, note: str) -> Turn | None:
    """What changes before and after the figure; None when the words it owns cannot be found any more. A note that a person
    has taken out is not put back.
    """
    left = _turned_left(place, link.before, said.before)
    owned = said.after == link.after
    if left is None or not (_stands(place.right, link.after) if owned else place.right.startswith(link.after)):
        return None  # 162万余 that became 162万 says another thing, and would of the next figure, too
    cut = 0 if owned else len(link.after)
    noted = turned(place.right[cut:], link.note, note) or ("", "")
    return left, ((noted[0], noted[1]) if owned else (link.after + noted[0], said.after + noted[1]))


def _stands(right: str, after: str) -> bool:
    return right.lstrip(" \u3000").replace("％", "%").startswith(after)


def typed(place: Place) -> str:
    """What is read where a number stands: digits that somebody typed right before or behind its control belong to it.

    Beside a name or an X digits may be the sentence's own: X500千伏线路.
    """
    if not re.fullmatch(r"[\d.]+", place.text):
        return place.text
    before, after = re.search(r"(?:\d+\.?)?$", place.left), re.match(r"\.?\d*", place.right)
    more = after[0] if after and after[0] != "." else ""
    return f"{before[0] if before else ''}{place.text}{more}"


def _turned_left(place: Place, before: str, after: str) -> tuple[str, str] | None:
    clause = CLAUSE.split(place.left)[-1]
    if before == after:
        return None if {_direction(before), _direction(clause)} == {"up", "down"} else ("", "")
    if place.left.endswith(before):
        return before, after
    was, becomes = _direction(before), _direction(after)
    words = list(_WORD.finditer(clause))
    if not was or not becomes or len(words) != 1:
        return None  # with two of them nobody but the writer knows which one is the figure's
    word = words[0]
    own = before[list(_WORD.finditer(before))[-1].end() :]
    if clause[word.end() :] not in {own, *(f"{own}{less}" for less in _BESIDE)}:
        return None  # part of another word (超市, 超额), or of another subject's clause
    if (now := _direction(word[0])) == becomes:
        return "", ""
    tail = clause[word.start() :]
    opposite = (_UP if now == "up" else _DOWN)[word[0]]
    return tail, opposite + clause[word.end() :]


def contrary(places: Sequence[Place], link: Link, said: Words) -> list[str]:
    """Words of a person's own beside a figure whose direction has turned that still say the old one."""
    was, now = _direction(link.before), _direction(said.before)
    if not was or was == now:
        return []
    old, found = (_ROSE if was == "up" else _FELL), []
    for place in places:
        before, after = _SENTENCE.split(place.left)[-1], _SENTENCE.split(place.right)[0]
        own = before.removesuffix(link.before) if before.endswith(link.before) else before[: last.start()] if (last := _last(_WORD, before)) else before
        found += [match[0] for match in old.finditer(f"{own}，{after}")]
        found += [match[0] for match in _CAUSE.finditer(f"{re.split('；', own)[-1]}，{re.split('；', after)[0]}")]
    return list(dict.fromkeys(found))


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return next(reversed(list(pattern.finditer(text))), None)


def _direction(words: str) -> str:
    found = _WORD.findall(words)
    return "" if not found else "up" if found[-1] in _UP else "down"
