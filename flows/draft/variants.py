"""Words of the template's other branches that still stand in an edited draft: the figures have moved, the sentence has not.

A refresh follows figures and the words they own. Words that only stand under a condition (其中, 情况下, 提速) are a person's to
change; here they are found and told with what a new draft would say. Between two figures the words are ours when some choice
of branches of the template gives them; anything else is the person's own and left in peace. Punctuation is not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import TemplateError, nodes

from catalog.catalogue import Catalogue
from catalog.observations import Figure
from catalog.periods import Period
from connectors.documents import Link, Package, Place, read_links, read_places, template_paragraphs
from flows.draft.sentences import BadTemplate, Printed, Sentences, parsed

_BLOCK = "\ue300"
"""Stands for ``[[手写：…]]``: there a person writes what they like."""
_FIGURE = re.compile("\ue000(\\d+)\ue001")
_MARKS = re.compile("[\ue010\ue012]\\d+[\ue011\ue013]")
_SILENT = re.compile("[，；、。：（）“”\\s]")
_STOP = re.compile("[，；。：]")
_EDGE = ""
"""The beginning and the end of a paragraph, in the place of an indicator."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The words between two neighbours of one paragraph; ``shown``: with the figures at its ends, as people read it."""

    first: str
    words: str
    last: str
    shown: str


def other_branches(data: bytes, template: bytes, figures: Mapping[str, Figure], catalogue: Catalogue, period: Period) -> list[str]:
    """One Chinese sentence for each: what stands there, and what it would be now. Nothing where document or template cannot be read."""
    package = Package(data)
    links = read_links(package)
    if links is None:
        return []
    sentences = Sentences(figures, catalogue.indicators, period)
    wanted: list[Stretch] = []
    machines: list[_Machine] = []
    for paragraph in (re.sub(r"\[\[.*?\]\]", _BLOCK, _MARKS.sub("", text)) for text in template_paragraphs(template)):
        try:
            wanted += _of_evaluated(sentences.evaluate(paragraph, ""), sentences.printed)
            machines.append(_Machine(parsed(paragraph), sentences, frozenset(catalogue.indicators)))
        except (BadTemplate, TemplateError, _Unknown):
            continue
    found = []
    for stretch in dict.fromkeys(_of_document(read_places(package, links), links.figures)):
        same = [w for w in wanted if (w.first, w.last) == (stretch.first, stretch.last)]
        if same and not any(_like(w.words, stretch.words) for w in same) and any(m.can_say(stretch) for m in machines):
            now, then = _where_they_differ(stretch.shown, max(same, key=lambda w: _common(w.words, stretch.words)).shown)
            found.append(f"文中“{now}”，按现在的数新稿写作“{then}”，请酌情改写。")
    return list(dict.fromkeys(found))


# --- stretches ---------------------------------------------------------------------------------------------


def _of_evaluated(text: str, printed: Sequence[Printed]) -> Iterator[Stretch]:
    pieces = _FIGURE.split(text)
    items = [printed[int(number)] for number in pieces[1::2]]
    yield from _stretches(pieces[::2], [(item.indicator, item.text, item.before, item.after, "", item.part) for item in items])


def _of_document(places: Sequence[Place], links: Mapping[int, Link]) -> Iterator[Stretch]:
    """Places stand in document order; one whose left is not the right of the one before begins a paragraph."""
    paragraph: list[Place] = []
    for place in [*places, None]:
        if paragraph and (place is None or place.left != paragraph[-1].right):
            text = paragraph[0].left + "".join(f"\ue000{n}\ue001{p.right}" for n, p in enumerate(paragraph))
            pieces = _FIGURE.split(re.sub(r"\[\[.*?\]\]", _BLOCK, text))
            here = [paragraph[int(n)] for n in pieces[1::2]]
            yield from _stretches(pieces[::2], [_seen(p, links[p.number]) for p in here])
            paragraph = []
        if place is not None:
            paragraph.append(place)


_Seen = tuple[str, str, str, str, str, int]
"""(indicator, text, before, after, note, part)."""


def _seen(place: Place, link: Link) -> _Seen:
    match = re.search(r"indicator=([^;]+)", link.tag)
    return (match[1] if match else "?", place.text, link.before, link.after, link.note, link.part)


def _stretches(words: Sequence[str], seen: Sequence[_Seen]) -> Iterator[Stretch]:
    """The words that go with a figure are the figure's; where a person has changed them nothing is said."""
    edge: _Seen = (_EDGE, "", "", "", "", 0)
    said = ""
    for n, (between, left, right) in enumerate(zip(words, [edge, *seen], [*seen, edge], strict=True)):
        lead, said = _STOP.split(said)[-1], f"{said}{between}{right[1]}"
        tail = _STOP.split(words[n + 1])[0] if n + 1 < len(words) else ""
        if right[5] and left[0] == right[0]:
            continue  # the next name of the same list
        text = between.replace(left[4], "", 1) if left[4] else between
        if text.startswith(left[3]) and text.endswith(right[2]) and len(text) >= len(left[3]) + len(right[2]):
            yield Stretch(left[0], text[len(left[3]) : len(text) - len(right[2])], right[0], f"{lead}{between}{right[1]}{tail}")


def _like(wanted: str, stands: str) -> bool:
    parts = (re.escape(_SILENT.sub("", part)) for part in wanted.split(_BLOCK))
    return re.fullmatch(".*".join(parts), _SILENT.sub("", stands), re.DOTALL) is not None


def _common(a: str, b: str) -> int:
    return sum(x == y for x, y in zip(a, b, strict=False))


def _where_they_differ(now: str, then: str) -> tuple[str, str]:
    """Both, from the stop before the first difference to the stop behind the last one."""
    start = next((n for n, (a, b) in enumerate(zip(now, then, strict=False)) if a != b), min(len(now), len(then)))
    end = next((n for n, (a, b) in enumerate(zip(reversed(now[start:]), reversed(then[start:]), strict=False)) if a != b), min(len(now), len(then)) - start)
    start = max((m.end() for m in _STOP.finditer(now, 0, start)), default=0)
    tail = now[len(now) - end :]
    keep = len(tail) - (match.start() if (match := _STOP.search(tail)) else len(tail))
    return tuple(text[start : len(text) - keep].replace(_BLOCK, "…").strip("，；。：") for text in (now, then))  # type: ignore[return-value]


# --- the template's branches -------------------------------------------------------------------------------


class _Unknown(Exception):
    """A part of the template this reader has no words for."""


class _Machine:
    """One paragraph of the template as all the texts it can become: states joined by characters, figures and free choices."""

    def __init__(self, tree: nodes.Template, sentences: Sentences, indicators: frozenset[str]) -> None:
        self._free: list[set[int]] = [set()]
        self._steps: list[dict[str, int]] = [{}]
        """State → a character, or an indicator's name in angle brackets → state."""
        self._indicators, self._sentences = indicators, sentences
        self._end = self._add(tree.body, self._step(0, f"<{_EDGE}>"))
        self._step(self._end, f"<{_EDGE}>")

    def can_say(self, stretch: Stretch) -> bool:
        """Whether these words can stand between these two figures under some choice of branches."""
        now = self._closed({steps[f"<{stretch.first}>"] for steps in self._steps if f"<{stretch.first}>" in steps})
        for character in _SILENT.sub("", stretch.words):
            now = self._closed({to for state in now for sign in (character, _BLOCK) if (to := self._steps[state].get(sign)) is not None})
        return any(f"<{stretch.last}>" in self._steps[state] for state in now)

    def _closed(self, states: set[int]) -> set[int]:
        todo = list(states)
        while todo:
            fresh = self._free[todo.pop()] - states
            states |= fresh
            todo += fresh
        return states

    def _state(self) -> int:
        self._free.append(set())
        self._steps.append({})
        return len(self._steps) - 1

    def _step(self, at: int, sign: str) -> int:
        to = self._state()
        between = self._state()
        self._free[at].add(between)
        self._steps[between][sign] = to
        return to

    def _add(self, body: Sequence[nodes.Node], at: int) -> int:
        for node in body:
            if isinstance(node, nodes.Output):
                at = self._add(node.nodes, at)
            elif isinstance(node, nodes.TemplateData):
                at = self._say(node.data, at)
            elif isinstance(node, nodes.If):
                after = self._state()
                for branch in (node.body, *(other.body for other in node.elif_), node.else_):
                    self._free[self._add(branch, at)].add(after)
                at = after
            elif (name := _name(node)) in self._indicators:
                at = self._step(at, f"<{name}>")
            elif isinstance(node, nodes.Getattr):
                at = self._say(self._sentences.word(node.attr), at)
            else:
                raise _Unknown
        return at

    def _say(self, words: str, at: int) -> int:
        for character in _SILENT.sub("", words):
            if character == _BLOCK:
                loop = self._state()
                self._free[at].add(loop)
                self._steps[loop][_BLOCK] = loop
                at = loop
            else:
                at = self._step(at, character)
        return at


def _name(node: nodes.Node) -> str:
    while isinstance(node, nodes.Filter) and node.node is not None:
        node = node.node
    return node.name if isinstance(node, nodes.Name) else ""
