"""Numbers and direction words as they stand in a Chinese report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

HOLE = "\uf000-\uf8ff"
"""Private characters that stand for figures in an expected text."""
UP = ("增长", "增加", "上升", "提高", "提升", "上涨", "增幅", "扩大", "快于", "高于")
DOWN = ("下降", "减少", "回落", "降低", "下滑", "下跌", "降幅", "收窄", "慢于", "低于")
_MEASURES = "封|个|户|人|名|处|家|条|座|辆|起|例|口|公里|次|项|宗|件|只|所|成|倍|栋|亩|台|场|期|批|份|支|千米"
_LEVEL = r"与上年同期基本持平|与上年同期持平(?:（均为零）)?|与序时进度持平|基本持平|持平"
_NO_BASE = r"上年同期无此项|上年同期为零，不作比较|上年同期为负，不作比较"
_LONE = r"负增长|增长|下降|上升|回落|下滑|翻[一两二三]?番|扭亏"
_LEAD = rf"(?:(?:同比|较上年同期|比上年同期|较去年同期|与上年同期相比，?)*(?P<direction>{'|'.join((*UP, *DOWN))}|超序时进度|落后序时进度|超)(?P<result>到|至)?[了约近达]?)?"
TOKEN = re.compile(
    rf"(?P<level>{_LEVEL})|(?P<nobase>{_NO_BASE})"
    rf"|{_LEAD}(?P<about>近|约|超过|不足)?(?:(?P<number>[-−]?\d+(?:\.\d+)?|[{HOLE}]|(?<![A-Za-z0-9])X(?![A-Za-z0-9]))"
    rf"|(?<![第之“])(?P<chinese>[〇零一二两三四五六七八九十百千]+)(?=(?:{_MEASURES})))"
    r"(?P<scale>余万|多万|万余|万多|余亿|多亿|亿余|亿多|万|亿|余|多)?(?P<unit>个百分点|%|％|倍|成)?(?P<above>左右|[一-龥]?以上|[一-龥]?以下)?"
    rf"|(?P<lone>{_LONE})"
)  # fmt: skip
ZERO_CLAIM = re.compile(r"未发生|未发现|未出现|没有发生|无一[例起人]|零(?:事故|病例|上访|感染|发生)")


@dataclass(frozen=True, slots=True)
class Token:
    """One number with its words, or one direction word alone."""

    start: int
    end: int
    text: str
    kind: str
    """number, level, nobase, lone."""
    number: Decimal | None = None
    """None for an X and for a hole."""
    hole: str = ""
    places: int = 0
    scale: int = 1
    about: str = ""
    """余 and 多 (``more``), 近, 约, 以上 …; empty = exact."""
    rounded_at: str = ""
    """``before``: 160余万, the digits before the scale are round; ``after``: 162万余."""
    direction: str = ""
    """up, down, ahead, behind; empty = none."""
    unit: str = ""
    ordinal: bool = False
    """The number of a heading or an item: no figure."""

    @property
    def missing(self) -> bool:
        return self.kind == "number" and self.number is None and not self.hole


def tokens(text: str) -> list[Token]:
    found = []
    for match in TOKEN.finditer(text):
        kind = match.lastgroup if match.lastgroup in ("level", "nobase", "lone") else "number"
        if kind != "number":
            found.append(Token(match.start(), match.end(), match[0], kind))
            continue
        found.append(_number(match, text))
    return found


def _number(match: re.Match[str], text: str) -> Token:
    written, chinese = match["number"] or "", match["chinese"]
    hole = written if re.fullmatch(f"[{HOLE}]", written) else ""
    number = None if hole or written == "X" else Decimal(from_chinese(chinese)) if chinese else Decimal(written.replace("−", "-"))
    scale = match["scale"] or ""
    more = "余" in scale or "多" in scale
    above = (match["above"] or "")[-2:]
    direction = match["direction"] or ""
    turned = {"超序时进度": "ahead", "超": "", "落后序时进度": "behind"}.get(direction, "up" if direction in UP else "down" if direction in DOWN else "")
    ordinal = match.start() == 0 and re.match(r"[.．、]", text[match.end() :]) is not None
    return Token(
        match.start(), match.end(), match[0], "number", number, hole, len(written.partition(".")[2]) if not hole else 0,
        10_000 if "万" in scale else 100_000_000 if "亿" in scale else 1, "more" if more else match["about"] or above,
        ("before" if scale[0] in "余多" else "after") if more and len(scale) == 2 else "", "" if match["result"] else turned,
        (match["unit"] or "").replace("％", "%"), ordinal,
    )  # fmt: skip


_DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACE = {"十": 10, "百": 100, "千": 1000}


def from_chinese(text: str) -> int:
    """十二 → 12, 一百零五 → 105; digits in a row are read one by one: 二〇二〇 → 2020."""
    if not any(c in _PLACE for c in text):
        return int("".join(str(_DIGIT[c]) for c in text))
    total, digit = 0, 0
    for c in text:
        if c in _PLACE:
            total += (digit or 1) * _PLACE[c]
            digit = 0
        else:
            digit = _DIGIT[c]
    return total + digit


def blurred(text: str) -> str:
    """The text with every number and direction word made alike, so that a context is known whatever its figures say."""
    return TOKEN.sub("#", text)
