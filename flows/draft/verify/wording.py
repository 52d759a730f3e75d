"""Words of a report that claim something without a number of their own: names, ranks, periods, what a rate compares with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from catalog.periods import Period
from flows.draft.verify.template import Reading
from flows.draft.verify.tokens import HOLE, NOTHING, Token, tokens

_REACH = 8
_LONGEST_NAME = 40
_RANK = re.compile(
    "(?:排名?|名列|位列|位居|居于?|列|名次|跻身)[^，。；、]{0,8}?(?:第[一二三四五六七八九十百\\d]+[名位]?|首位|前列|榜首|前茅|之首|前[一二三四五六七八九十\\d]+[名位强]?)"
    "|(?:全国|全省|全市|全区|全县|全州)(?:第[一二三四五六七八九十\\d]+|首[个家批例位次]|唯一|率先|领先|最[一-龥])"
    "|连续[^，。；、]{0,2}?(?:[数多几一二三四五六七八九十]|\\d+)[年季月届次]|(?:获评|荣获|被评为|被授予|命名为|入选)[^，。；、]{0,8}(?:[国省市县区州]级|全[国省市县区州])"
    "|率先|首创|(?:增速|增幅|总量|规模)[^，。；、]{0,4}最[一-龥]|(?:创|刷新)[^，。；、]{0,8}(?:新高|新低|纪录|记录)|历史(?:最[一-龥]|新高)|超额完成|提前完成"
)
"""Superlatives, ranks, titles won and unbroken years: no indicator holds one (rules.md §8)."""
_PLANNED = re.compile("力争|确保|争取|努力|力求|争创|预计|有望|目标|遏制|防止|避免")
_BESIDE_OTHERS = re.compile("(?:环比|[较比]上个?月(?:份)?|[较比]上(?:一?季度|半年)|[较比](?:一|二|三|第[一二三])季度|[较比]年初|[较比]上年(?:末|底)|[较比]去年(?:末|底))[，]?$")
_SPAN = re.compile("第?[一二三四]季度|上半年|下半年|前三季度|全年|今年以来|年初以来|去年以来|上年以来|去年(?!同期)")
_NEGATION = re.compile("未被|未|无|全部")


def planned(text: str, start: int) -> bool:
    """Whether the clause speaks of what is meant to be, or of what is to be prevented."""
    return _PLANNED.search(re.split("[，。；：]", text[:start])[-1]) is not None


def other_base(text: str, start: int, token: str) -> str:
    """环比 and the like before a rate that the warehouse holds over the year; empty = none."""
    if token.startswith(("同比", "较上年同期", "比上年同期", "较去年同期", "与上年同期")):
        return ""
    match = _BESIDE_OTHERS.search(text[:start])
    return match[0].rstrip("，") if match else ""


_ARTICLE = re.compile("[次个场项条批件份期]")
_NEGATED = re.compile("(?:未|无|没有)(?:发生|发现|出现|报告|收到|接到)?$")


def is_article(token: Token, text: str) -> bool:
    """一 in 召开会议一次, 推出一批典型: an article, no count. Of accidents, cases, households and people one is a count."""
    before, after = re.split("[，。；：、]", text[: token.start])[-1], re.split("[，。；：、]", text[token.end :])[0]
    if token.text != "一" or _NEGATED.search(before):
        return token.text == "一"
    return _ARTICLE.match(after) is not None and not re.search(NOTHING, before + after)


def is_share(token: Token, text: str) -> bool:
    """占计划41基的65.9%: the quotient of two numbers of the same sentence, which are looked at themselves."""
    if token.unit != "%" or token.number is None or token.direction or not re.search("占[^，。；]*$", text[: token.start]):
        return False
    start = max(text.rfind(stop, 0, token.start) for stop in "。；\n") + 1
    beside = [t.number * t.scale for t in tokens(text[start : token.start]) if t.number and t.kind == "number" and not t.unit and not t.direction and not t.about]
    exact = [part * 100 / whole for whole in beside[-2:] for part in beside if part < whole]
    return any(token.number == value.quantize(Decimal(1).scaleb(-token.places), ROUND_HALF_UP) for value in exact)


def ranks(text: str, reading: Reading) -> Iterator[tuple[str, str]]:
    """Ranks and superlatives that neither the template nor a department says."""
    known = "\n".join([*reading.paragraphs, *reading.quotes])
    for match in _RANK.finditer(text):
        if match[0] not in known and not planned(text, match.end()):
            yield match[0], f"“{text[max(0, match.start() - 6) : match.end()]}”这样的名次、之最在数据库里找不到依据，请核对。"


def names(text: str, tags: Sequence[str], reading: Reading) -> Iterator[tuple[str, str]]:
    """A single name (村名, 项目名) where the words around it or its control are still found, and it is another."""
    for indicator, title, name, left, right in reading.names:
        before, after = (re.sub(f"[{HOLE}]", "\0", part) for part in (left[-_REACH:], right[:4]))
        around = [re.escape(part).replace("\0", "[^，。；]{1,14}") for part in (before, after)]
        match = re.search(f"{around[0]}([^，。；]{{0,{_LONGEST_NAME}}}?){around[1]}", text) if len(before) >= 4 and after else None
        found = match[1] if match else "".join(c for c, tag in zip(text, tags, strict=True) if tag.endswith(f"indicator={indicator}"))
        if (match or found) and found != "X" and name not in found:
            yield found or name, f"“{title}”在数据库里是“{name}”，文中这一处写作“{found or '（无）'}”，请核对。"


def spans(text: str, reading: Reading, period: Period) -> Iterator[tuple[str, str]]:
    """Another period where the template names one with the same words beside it: 第一季度未发生 for 上半年未发生."""
    mine = {period.chinese, "今年以来", "年初以来"}
    for match in _SPAN.finditer(text):
        before, after = text[max(0, match.start() - 3) : match.start()], text[match.end() : match.end() + 4]
        beside = [
            m for p in reading.paragraphs for m in _SPAN.finditer(p)
            if (len(after) == 4 and p.startswith(after, m.end())) or (len(before) == 3 and p[: m.start()].endswith(before) and p.startswith(after[:2], m.end()))
        ]  # fmt: skip
        if beside and match[0] not in {m[0] for m in beside} and not (match[0] in mine and any(m[0] in mine for m in beside)):
            yield match[0], f"“{match[0]}{after}”里的“{match[0]}”与模板的“{beside[0][0]}”不同，请核对。"


def reversed_claims(text: str, reading: Reading) -> Iterator[tuple[str, str]]:
    """未被通报 that lost its 未, 全部交办 that became 大部分交办, where the words before it still stand or no other clause ends so."""
    whole = "\n".join(reading.paragraphs)
    for words in dict.fromkeys([*(c.words for c in reading.claims if c.holds), *reading.plain]):
        match = _NEGATION.search(words)
        if match is None or words in text or words not in whole or len(stem := words[match.end() :]) < 2:
            continue
        head = re.split("[，。；：、（）]", whole[: whole.index(words) + match.start()])[-1][-3:]
        if len(head) < 3 and whole.count(stem) > 1:
            continue
        for found in re.finditer(rf"{re.escape(head)}(?P<now>[^，。；：、]{{0,4}}){re.escape(stem)}", text):
            kept = {"全": "全|均|都|悉数|逐一", "未": "未|没|无|不曾", "无": "无|没|未"}[match[0][0]]
            if not re.search(kept, found["now"]) or (match[0] == "全部" and "未" in found["now"]):
                yield found[0], f"“{found[0]}”与模板的“{words}”意思不同，请核对。"
                break


def other_subject(clause: str, agreed: Iterable[str], others: Mapping[str, str]) -> str:
    """Title of the indicator the clause speaks of, when its words are those of another than the figure's; empty = its own."""
    own = max((_common(clause, words) for words in agreed), default=0)
    best = max(((_common(clause, words), title) for words, title in others.items()), default=(0, ""))
    return best[1] if best[0] >= 4 and best[0] > own else ""


def _common(a: str, b: str) -> int:
    """Length of the longest run of characters both hold."""
    best = 0
    for start in range(len(a)):
        while start + best < len(a) and a[start : start + best + 1] in b:
            best += 1
    return best
