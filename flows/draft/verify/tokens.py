"""Numbers and direction words as they stand in a Chinese report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

HOLE = "\uf000-\uf8ff"
"""Private characters that stand for figures in an expected text."""
UP = ("增长", "增加", "上升", "提高", "提升", "上涨", "增幅", "扩大", "快于", "高于", "增速")
DOWN = ("下降", "减少", "回落", "降低", "下滑", "下跌", "降幅", "收窄", "慢于", "低于")
_MEASURES = "封|个(?!别|性|中)|户|人|名|处|家|条|座|辆|起|例|口|公里|次|项|宗|件|只|箱|所|成|倍|基(?!本|础|层|地)|栋|亩|台|场|期|批|份|支|千米"
_MONEY_AND_TIME = "[万亿](?![百众千])|元|平方米|公顷|吨|日(?![三常益夜新])|月(?!度)|号|分(?=[，。；、以])"
"""What follows a number in Chinese numerals that is a figure all the same; 十分 is no figure."""
_DIGITS = "〇零一二两三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟"
_LEVEL = r"与上年同期基本持平|与上年同期持平(?:（均为零）)?|与序时进度持平|基本持平|持平"
_NO_BASE = r"上年同期无此项|上年同期为零，不作比较|上年同期为负，不作比较"
_LONE = (
    r"负增长|稳中有[降缓忧险升]|稳中向好|增长(?![点极])|下降|上升|回落|下滑|翻了?[一两二三]?番|扭亏|由[升增正盈降减负亏]转[升增正盈降减负亏]|飘[红绿]|(?:增[速幅长]|指标|收入|税收|投资|产值|消费)[^，。；、]{0,4}转[正负]|过半|半数|一半|大半|成倍|百分百"
    r"|[一二三四五六七八九十千万]+分之[一二三四五六七八九十百点]+"
    r"|(?:减少|增加|提高|降低|上涨|下跌|提升|回升|攀升|走高|走低|扩大|收窄|缩小|萎缩|增多|减弱|好转|恶化|放缓|趋缓)(?=了?(?:[，。；、：！？）]|$|的?(?:趋势|态势|势头|幅度)|明显|较[快大多]|起来))"
)
"""Verbs that take an object (提高服务水平) claim nothing of a figure; at the end of a clause they do."""
_AHEAD = "超过?序时进度|超出序时进度|[快高]于序时进度|领先序时进度|超前序时进度|[较比]序时进度[快高超]"
_BEHIND = "落后于?序时进度|[慢低]于序时进度|滞后序时进度|[较比]序时进度[慢低]"
_LEAD = rf"(?:(?:同比|较上年同期|比上年同期|较去年同期|与上年同期相比，?)*(?P<direction>{_AHEAD}|{_BEHIND}|{'|'.join((*UP, *DOWN))}|超)(?P<result>到|至)?[了约近达为]?)?"
TOKEN = re.compile(
    rf"(?P<level>{_LEVEL})|(?P<nobase>{_NO_BASE})"
    rf"|{_LEAD}(?P<about>近|约|超过|不足|不低于|不少于)?(?:(?P<number>[-−]?\d+(?:\.\d+)?|[{HOLE}]|(?<![A-Za-z0-9])X+(?![A-Za-z0-9]))"
    rf"|(?<![第之“])(?!一批[^次]|一条心|一号文件|千家万户)(?<!最后)(?P<chinese>[{_DIGITS}]+(?:点[{_DIGITS}]+)?)(?=[余多]?(?:{_MEASURES}|{_MONEY_AND_TIME}))"
    rf"|百分之(?P<percent>[{_DIGITS}]+(?:点[{_DIGITS}]+)?))"
    r"(?P<scale>余万|多万|万余|万多|余亿|多亿|亿余|亿多|万|亿|余|多)?(?P<unit>个百分点|%|％|倍|成)?(?P<above>[一-龥]?(?:左右|以上|以下))?"
    rf"|(?P<lone>{_LONE})"
)  # fmt: skip
NOTHING = "事故|火灾|火情|案件|上访|信访|投诉|举报|违建|违法|病例|疫情|伤亡|死亡|纠纷|舆情|污染|感染|发生|通报|拖欠|新增|灾情|险情|欠薪|返贫"
ZERO_CLAIM = re.compile(
    rf"未发生|未发现|未出现|未收到|未接到|(?:没有|杜绝)(?:发生|出现|发现|新增|一)|(?:没有|无)一?人(?:员)?(?:返贫|伤亡|死亡|受伤|上访)|(?<![毫若有])无(?:一[例起人件宗]|[^，。；、无]{{0,6}}?(?:{NOTHING}))"
    rf"|零(?:{NOTHING})|[^，。；、]{{0,6}}(?:{NOTHING})[^，。；、]{{0,4}}(?:为零|归零|清零)"
)  # fmt: skip
UNIT = "人次|平方米|平方公里|平米|㎡|公里|千米|公顷|[户人名位处家条座箱基辆起例口次项宗件只所栋亩台场期批份支封个元吨米]"
_MEASURE = re.compile(UNIT)
_ALIKE = {"名": "人", "位": "人", "平米": "平方米", "㎡": "平方米", "千米": "公里"}


def measure(text: str, end: int) -> str:
    """The unit word that stands after a number; 人 and 人次 are two (rules.md §2), 人 and 名 are one."""
    match = _MEASURE.match(text, end)
    return _ALIKE.get(match[0], match[0]) if match else ""


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
    written, chinese = match["number"] or "", match["chinese"] or match["percent"]
    hole = written if re.fullmatch(f"[{HOLE}]", written) else ""
    number = None if hole or written.startswith("X") else _chinese(chinese) if chinese else Decimal(written.replace("−", "-"))
    scale = match["scale"] or ""
    more = "余" in scale or "多" in scale
    about = "以上" if match["about"] in ("不低于", "不少于") else match["about"]
    above = (match["above"] or "")[-2:]
    direction = match["direction"] or ""
    lead = "ahead" if re.fullmatch(_AHEAD, direction) else "behind" if re.fullmatch(_BEHIND, direction) else ""
    turned = lead or ("up" if direction in UP else "down" if direction in DOWN else "")
    ordinal = match.start() == 0 and re.match(r"[.．、]", text[match.end() :]) is not None
    return Token(
        match.start(), match.end(), match[0], "number", number, hole, len((written or (chinese or "").replace("点", ".")).partition(".")[2]) if not hole else 0,
        10_000 if "万" in scale else 100_000_000 if "亿" in scale else 1, "more" if more else about or above,
        ("before" if scale[0] in "余多" else "after") if more and len(scale) == 2 else "", "" if match["result"] else turned,
        "%" if match["percent"] else (match["unit"] or "").replace("％", "%"), ordinal,
    )  # fmt: skip


_DIGIT = {c: n for signs in ("零一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖") for n, c in enumerate(signs)} | {"〇": 0, "两": 2}
_PLACE = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}


def _chinese(text: str) -> Decimal:
    """三点五 → 3.5."""
    whole, _, part = text.partition("点")
    return Decimal(f"{from_chinese(whole)}.{''.join(str(_DIGIT.get(c, 0)) for c in part)}" if part else from_chinese(whole))


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
