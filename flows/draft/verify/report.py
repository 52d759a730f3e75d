"""A finished report against the warehouse: every number and direction word found in it again, or listed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from catalog.catalogue import Catalogue
from catalog.observations import Figure
from catalog.periods import Month, Period, periods_ending_in
from flows.draft.below_nought import held
from flows.draft.verify.judge import Expected, agrees
from flows.draft.verify.opened import NoPeriod, outside, paragraphs
from flows.draft.verify.rewording import Clause, altered, clause_at, names_something, reworded_clauses, same_claim, unnumbered
from flows.draft.verify.template import Reading, read_template
from flows.draft.verify.tokens import ZERO_CLAIM, Token, blurred, measure, tokens
from flows.draft.verify.wording import is_article, is_share, names, other_base, other_subject, planned, ranks, reversed_claims, spans

_REACH = 14
"""Characters of context looked at on each side."""
_ENOUGH = 4
_CERTAIN = (6, 3)
"""So many characters before and after it are those of one place of ours: the number is that place's and no other's."""
_LONG_NUMBER = re.compile(r"\d{3,}(?:\.\d+)?|\d\d\.\d+|\d\.\d\d+")
_OTHERWISE = "的文字与"
_DENIED = re.compile("(?:未|无|没有?|零)$")
_NOT_ONE = re.compile("(未发生|未发现|未出现|未报告|未收到|未接到)(?:一[起例件宗次]|任何)")
_STATUS = re.compile("（初稿，(缺\\d+处，)?截至.*）")


@dataclass(frozen=True, slots=True)
class Finding:
    """A number or direction word that cannot be derived again."""

    paragraph: int
    beginning: str
    found: str
    message: str
    """Chinese, one sentence."""


@dataclass(frozen=True, slots=True)
class _Spot:
    token: Token
    left: str
    right: str
    expected: Expected
    measure: str
    """The unit word after it."""
    clause: str
    """The words of its clause before it."""
    around: Clause


def verify_draft(
    data: bytes, template: bytes, figures: Mapping[str, Figure], catalogue: Catalogue, period: Period
) -> list[Finding]:
    """``figures``: the published ones of the period. Raises :class:`NoPeriod` when it is no Word file."""
    figures = held(figures, catalogue.indicators)
    body = paragraphs(data)
    reading = read_template([text for text, _ in paragraphs(template)], figures, catalogue, period)
    wide = read_template([text for text, _ in paragraphs(template)], figures, catalogue, period, every=True)
    spots = _spots(reading) + _spots(wide)
    own = _own(reading, period)
    known = frozenset(clause.words for read in (reading, wide) for clause in unnumbered(read))
    findings: list[Finding] = []
    standing = {text for _, text, _ in outside(template)}
    beside = [(where, text, tags) for where, text, tags in outside(data) if text not in standing]
    for number, (where, text, tags) in enumerate([*(("", *paragraph) for paragraph in body), *beside], 1):
        if text and not _STATUS.fullmatch(text):
            other = [*_lists(text, reading), *names(text, tags, reading), *ranks(text, reading), *spans(text, reading, period), *reversed_claims(text, reading)]
            told = [wrong for wrong, _ in other]
            changed = _check(number, text, tags, spots, reading, own, told)
            told += [finding.found for finding in changed]
            other += [(wrong, message) for wrong, message in reworded_clauses(text, reading, known, own) if not any(t in wrong or wrong in t for t in told)]
            here = changed + [Finding(number, text[:12], wrong, f"第{number}段“{text[:12]}”：{message}") for wrong, message in other]
            findings += [replace(f, paragraph=0, message=f.message.replace(f"第{number}段", where, 1)) if where else f for f in here]
    return findings


def stale_claims(data: bytes, template: bytes, figures: Mapping[str, Figure], catalogue: Catalogue, period: Period) -> list[str]:
    """Words without a figure of their own that the figures no longer bear out: 未发生…, 稳中有进."""
    reading = read_template([text for text, _ in paragraphs(template)], figures, catalogue, period)
    return [f"“{text[:12]}”一段：{said}" for text, _ in paragraphs(data) for _, said in _claims(text, reading) if "不符" in said]


def unlinked_copies(data: bytes, changed: Iterable[tuple[str, str, str]]) -> list[str]:
    """Where the old form of a figure (title, old, new) that was just changed still stands outside any control: in a sentence
    that somebody copied, the link stays behind. Numbers of one or two digits are everywhere and are not looked for.
    """
    olds = [(title, match[0], new) for title, old, new in changed for match in [_LONG_NUMBER.search(old)] if match]
    found = []
    for where, text, tags in (*(("", *paragraph) for paragraph in paragraphs(data)), *outside(data)):
        for title, number, new in olds:
            for match in re.finditer(rf"(?<![\d.]){re.escape(number)}(?![\d]|\.\d)", text):
                if not {*tags[match.start() : match.end()]} - {"", "?" if where else ""}:  # LibreOffice leaves neither name nor link outside of the body
                    found.append(f"{where}“{text[max(0, match.start() - 12) : match.end() + 4]}”：{number}与“{title}”的原数相同而没有连接，现为{new}，请核对是否要改。")
    return found


def quoted(data: bytes, figures: Mapping[str, Figure], catalogue: Catalogue) -> list[tuple[str, str]]:
    """(indicator, sentence) of a department's own words with numbers in them: they are accepted as quoted, not derived."""
    text = "\n".join(text for text, _ in paragraphs(data))
    found = []
    for name, figure in figures.items():
        if name not in catalogue.indicators or not catalogue.indicators[name].prose or not figure.value:
            continue
        found += [(name, said) for said in re.findall("[^。！？]*[。！？]", figure.value) if said in text and tokens(said)]
    return found


def period_named(data: bytes) -> Period:
    """The period its title speaks of. Raises :class:`NoPeriod`."""
    return _period_of([text for text, _ in paragraphs(data)])


def _period_of(paragraphs: Sequence[str]) -> Period:
    title = next((text for text in paragraphs if text.strip()), "")
    year = re.search(r"(\d{4})年", title)
    if year is None:
        raise NoPeriod("标题里没有写明年份和报告期（如“2020年上半年”），请用 --period 写明。")
    rest = title[year.end() :]
    known = {p.chinese: p for month in range(1, 13) for p in periods_ending_in(Month(int(year[1]), month))}
    known |= {"1—9月": Period(int(year[1]), 1, 9), "1—6月": Period(int(year[1]), 1, 6), "1—3月": Period(int(year[1]), 1, 3)}
    named = [name for name in known if rest.startswith(name)]
    return known[max(named, key=len)] if named else Period(int(year[1]), 1, 12)


def _spots(reading: Reading) -> list[_Spot]:
    spots = []
    for text in reading.paragraphs:
        text = re.sub(r"\[\[.*?\]\]", "", text)
        for token in tokens(text):
            whose = "科室原文" if any(at <= token.start < at + len(q) for q in reading.quotes if (at := text.find(q)) >= 0) else "模板"
            expected = reading.holes[ord(token.hole) - 0xF000] if token.hole else Expected("literal", whose, literal=token, exact=token.text)
            spots.append(_Spot(token, *_context(text, token), expected, measure(text, token.end), _clause(text, token), clause_at(text, token.start, token.end)))
    return spots


def _own(reading: Reading, period: Period) -> tuple[str, ...]:
    """Words that a clause may do without, or say more often: the town's own name, the period's."""
    towns = [name for indicator, _, name, _, _ in reading.names if indicator == "town_name"]
    return tuple(dict.fromkeys([*(f"{name}镇" for name in towns), *towns, period.chinese]))


def _clause(text: str, token: Token) -> str:
    return blurred(re.split("[。；：，、]", text[: token.start])[-1])


def _context(text: str, token: Token) -> tuple[str, str]:
    return ("^" + blurred(text[: token.start]))[-_REACH:], (blurred(text[token.end :]) + "$")[:_REACH]


# --- checking ----------------------------------------------------------------------------------------------


def _check(
    number: int, text: str, tags: Sequence[str], spots: Sequence[_Spot], reading: Reading, own: Sequence[str] = (), told: Sequence[str] = ()
) -> list[Finding]:
    findings = []
    otherwise: set[str] = set()
    for token in tokens(text):
        message = _judged(token, text, tags, spots, own, told)
        said = message.partition("：")[2] if _OTHERWISE in message else ""
        if message and (not said or said not in otherwise):
            otherwise.add(said)
            findings.append(Finding(number, text[:12], token.text, f"第{number}段“{text[:12]}”：{message}"))
    for words, message in _claims(text, reading, own):
        findings.append(Finding(number, text[:12], words, f"第{number}段“{text[:12]}”：{message}"))
    return findings


def _judged(token: Token, text: str, tags: Sequence[str], spots: Sequence[_Spot], own: Sequence[str], told: Sequence[str]) -> str:
    """Empty when the token can be derived again."""
    left, right = _context(text, token)
    sides = [(_alike(left, spot.left, from_end=True), _alike(right, spot.right)) for spot in spots]
    scored = [(sum(side), spot) for side, spot in zip(sides, spots, strict=True)]
    best = max((score for score, _ in scored), default=0)
    certain = any(before >= _CERTAIN[0] and after >= _CERTAIN[1] for before, after in sides)
    near = text[max(0, token.start - 8) : token.end + 3]
    name = next((t for t in tags[token.start : token.end] if "indicator=" in t), "").rpartition("indicator=")[2]
    if best >= _ENOUGH:
        near_by = [spot for (score, spot), (before, _) in zip(scored, sides, strict=True) if score == best or (before == _REACH and spot.expected.indicator == name != "")]
    else:
        near_by = [spot for spot in spots if name and spot.expected.indicator == name]
    if token.kind == "lone" and planned(text, token.start):
        return ""
    if not any(agrees(token, spot.expected) for spot in near_by) and (is_share(token, text) or (not certain and _said_elsewhere(token, text, scored, own))):
        return ""
    if not near_by:
        return "" if token.ordinal or is_article(token, text) else f"“{near}”里的“{token.text}”在数据库里找不到依据，请核对。"
    right_ones = [spot for spot in near_by if agrees(token, spot.expected)]
    unit = measure(text, token.end)
    if any(_same_unit(token, unit, spot) for spot in right_ones):
        if name and text.strip() == f"{token.text}{unit}" and name in {spot.expected.indicator for spot in right_ones}:
            return ""  # alone in the cell of a person's table: what it counts stands in another one
        return _about_something_else(token, text, right_ones) or _in_other_words(token, text, right_ones, spots, own, told)
    if right_ones:
        wanted = right_ones[0].token.unit or right_ones[0].measure
        return f"“{near}”里的单位“{token.unit or unit or '（无）'}”不对，“{right_ones[0].expected.title}”的单位是“{wanted}”。"
    expected = near_by[0].expected
    if expected.kind == "literal":
        return f"“{near}”里的“{token.text}”与{expected.title}的“{expected.exact}”不同，请核对。"
    if expected.value is None:
        return f"“{near}”里的“{token.text}”没有依据：“{expected.title}”本期{'无此项' if expected.idle else '缺数'}。"
    return f"“{near}”里的“{token.text}”不对，“{expected.title}”应按{expected.exact}写。"


def _about_something_else(token: Token, text: str, right_ones: Sequence[_Spot]) -> str:
    """The figure is right where it stands; but is it said of its own base and span? Empty = it is."""
    near = text[max(0, token.start - 8) : token.end + 3]
    expected = right_ones[0].expected
    if expected.kind == "rate" and (base := other_base(text, token.start, token.text)):
        return f"“{near}”里的“{base}”不对，“{expected.title}”数据库里是同比。"
    ranged = re.compile("[—–～至-]$")
    if expected.kind == "literal" and text[token.end : token.end + 1] == "月" and not ranged.search(text[: token.start]) and all(ranged.search(s.left) for s in right_ones):
        return f"“{near}”里的“{token.text}月”不对，这一处说的是一段时间，请核对。"
    return ""


def _said_elsewhere(token: Token, text: str, scored: Sequence[tuple[int, _Spot]], own: Sequence[str]) -> bool:
    """Another place of ours has this figure in the same words, or with the same word before it and the same unit after it."""
    unit = measure(text, token.end)
    clause = clause_at(text, token.start, token.end)
    left = _context(text, token)[0]
    if not names_something(clause, own):
        return False
    for _, spot in scored:
        if spot.expected.kind != "value" or not agrees(token, spot.expected) or not _same_unit(token, unit, spot):
            continue
        named = _alike(left, spot.left, from_end=True) > 1 and left[-1:] not in "#，；、（" and unit and unit == spot.measure
        if named or (names_something(spot.around, own) and not altered(clause, spot.around, own)):
            return True
    return False


def _in_other_words(token: Token, text: str, right_ones: Sequence[_Spot], spots: Sequence[_Spot], own: Sequence[str], told: Sequence[str]) -> str:
    """The figure is right, but is it said of the same thing? Empty = its clause says what ours would. ``told``: already found wrong here."""
    clause = clause_at(text, token.start, token.end)
    found = [altered(clause, spot.around, own) for spot in right_ones]
    least = min(found, key=len)
    expected = right_ones[found.index(least)].expected
    changes = [(old, new) for old, new in least if old or expected.kind in ("value", "literal")]
    if token.ordinal or token.missing or not changes or any(t in text[max(0, token.start - 20) : token.end + 20] for t in told):
        return ""
    near = text[max(0, token.start - 8) : token.end + 3]
    before = _clause(text, token)
    if expected.kind == "value" and len(before) >= _ENOUGH:
        others = {s.clause: s.expected.title for s in spots if s.expected.kind == "value" and not agrees(token, s.expected)}
        if subject := other_subject(before, [s.clause for s in spots if agrees(token, s.expected)], others):
            return f"“{near}”说的是“{subject}”，“{token.text}”却是“{expected.title}”的数，请核对。"
    said = "，".join(f"“{old}”写成了“{new}”" if old and new else f"少了“{old}”" if old else f"多了“{new}”" for old, new in changes)
    return f"“{near}”一处{_OTHERWISE}“{expected.title}”的口径不同：{said}，请核对。"


def _same_unit(token: Token, unit: str, spot: _Spot) -> bool:
    """% and 个百分点, 人 and 人次, 处 and 户 are different things (rules.md §1.8, §2)."""
    if spot.expected.kind == "value" and token.kind == "number" and token.unit != spot.token.unit and spot.token.unit != "成":
        return False
    return not unit or not spot.measure or unit == spot.measure


def _alike(a: str, b: str, from_end: bool = False) -> int:
    """How many characters agree from the figure outwards."""
    pairs = zip(reversed(a), reversed(b), strict=False) if from_end else zip(a, b, strict=False)
    count = 0
    for x, y in pairs:
        if x != y:
            break
        count += 1
    return count


def _lists(text: str, reading: Reading) -> Iterator[tuple[str, str]]:
    """A list of names where its place can still be found: every name of the warehouse, and no other (rules.md §8)."""
    said = blurred(text)
    for title, items, left, right in reading.lists:
        before, after = blurred(left)[-8:], blurred(right)[:6]
        start = said.find(before)
        if len(before) < 4 or start < 0:
            continue
        start += len(before)
        if said.startswith(blurred("、".join(items)) + after, start):
            continue
        end = said.find(after, start) if after else len(said)
        if end < 0:
            continue
        now, wanted = {n for n in said[start:end].split("、") if n}, {blurred(i) for i in items}
        if {n.removesuffix("有限公司") for n in now} != {n.removesuffix("有限公司") for n in wanted}:
            lacking, more = "、".join(sorted(wanted - now)), "、".join(sorted(now - wanted))
            which = "，".join(p for p in (f"少了{lacking}" if lacking else "", f"多了{more}" if more else "") if p)
            yield said[start:end], f"“{title}”数据库里有{len(wanted)}个，文中{which}，请核对。"


def _claims(text: str, reading: Reading, own: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Words that stand only under a condition, and zero-claims of a person's own."""
    holding: dict[str, bool] = {}
    about: dict[str, tuple[str, ...]] = {}
    for claim in reading.claims:
        holding[claim.words] = holding.get(claim.words, False) or claim.holds
        about[claim.words] = claim.about
    for words in reading.plain:
        holding.setdefault(words, True)
    text = _NOT_ONE.sub(r"\1", text)
    held = [words for words, holds in holding.items() if holds and re.search("[未无零]", words)]
    found, covered = [], [False] * len(text)
    if holding:
        for match in re.finditer("|".join(re.escape(w) for w in sorted(holding, key=lambda w: (-len(w), w))), text):
            covered[match.start() : match.end()] = [True] * len(match[0])
            if not holding[match[0]] and (re.search("[未无零]", match[0]) or not _DENIED.search(text[: match.start()])):
                found.append((match[0], f"“{match[0]}”与数据库不符（依据 {'、'.join(about[match[0]])}），请改写。"))
    for match in ZERO_CLAIM.finditer(text):
        if not covered[match.start()] and not same_claim(text, match.start(), match.end(), held, own):
            found.append((match[0], f"“{text[match.start() : match.end() + 8]}”这样的零报告在数据库里找不到依据，请核对。"))
    return found
