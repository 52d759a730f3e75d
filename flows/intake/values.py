"""One cell at a time: what a department typed → an exact value, or the reason why not (forms.md §9, M24–M36)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from catalog.grids import CellValue
from catalog.issues import Action
from catalog.observations import Status
from catalog.units import visible

ZERO_WORDS = frozenset(
    ["无", "没有", "—", "–", "-", "－", "―", "——", "--", "/", "\\", "／", "未发生", "本月未发生", "本月无", "未开展", "本月未开展", "零", "〇", "无发生", "─", "──", "━", "ー", "ーー"]
)
MISSING_WORDS = frozenset(["?", "？", "??", "？？", "待统计", "暂缺", "未反馈", "待反馈", "待报", "不详", "暂无数据", "区统计局未反馈", "缺"])
ERROR_CODES = frozenset(["#REF!", "#DIV/0!", "#VALUE!", "#N/A", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"])
"""Errors as text, as exports to HTML and CSV carry them."""
SAME_AS_ABOVE = frozenset(["同上", "〃", "″", "〞", "''"])

@dataclass(frozen=True, slots=True)
class Clean:
    """A cell understood or refused. ``number`` is in the unit of the column, before its factor."""

    status: Status
    number: Decimal | None = None
    day: date | None = None
    text: str = ""
    code: str = ""
    action: Action | None = None
    found: str = ""
    expected: str = ""
    advice: str = ""
    """Chinese: what was made of it, or what to do; the place is put before it."""
    other: Decimal | None = None
    """Second figure of a pair (``12户/35人``)."""


MISSING = Clean(Status.MISSING)


def refuse(code: str, found: str, expected: str, advice: str) -> Clean:
    """A cell that is sent back."""
    return Clean(Status.REFUSED, code=code, action=Action.REFUSE_CELL, found=found, expected=expected, advice=advice)


def folded(value: str) -> str:
    """NFKC, no-break spaces to spaces, without marks of no width, trimmed."""
    if value.isascii():
        return value.strip()
    return visible(unicodedata.normalize("NFKC", value)).replace("\xa0", " ").strip()


def shown(value: CellValue) -> str:
    """How a value stands in the sheet, for ``raw`` and for messages."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return repr(value) if not value.is_integer() or abs(value) >= 1e15 else str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ")
    return str(value)


_HARMLESS = re.compile(r"[\d\s.,:;/\\\-~()%+*#=<>!?，．。：；、—–～（）％！＋年月日号时初末旬约近余多左右以上下元角分万亿千百十一二两三四五六七八九零〇户人名次处个家座口宗起只例辆无未暂缺待统计同有是否]*", re.ASCII)
HIDDEN = "（不显示）"


def without_persons(found: str) -> str:
    """What may be repeated of a cell in a list of persons: figures, dates and their words; a slipped column brings
    names, numbers and accounts into any cell (privacy.md).
    """
    if found in ERROR_CODES or found == "公式没有结果":
        return found
    digits = re.search(r"\d{7,}", found.replace(" ", "")) or names_a_number(found)
    return found if _HARMLESS.fullmatch(found) and not digits and len(found) <= 24 else HIDDEN


SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹魏陶姜谢邹喻苏潘葛范彭鲁韦昌马苗凤俞任袁柳唐罗薛伍余顾孟尹姚邵汪毛禹狄贝戴宋庞熊纪舒屈项董梁杜阮蓝闵贾江童颜郭梅盛林钟徐邱骆夏蔡田樊胡凌霍虞柯莫丁邓洪左石崔龚程邢裴陆翁荀甄曲侯段巫焦牛武刘叶黎白赖龙廖谭曾肖欧尤黄高卢金雷贺郝闫阎严覃汤傅詹饶鲍瞿谌粟匡岳邬乔耿祁翟兰聂殷靳"
_A_NAME = re.compile(f"[{SURNAMES}][\u4e00-\u9fff]{{1,3}}")
_A_SURNAME = re.compile(rf"(?!任务|金[额融]|石[料油]|马上|高[度龄标新质效血])[{SURNAMES}](?<![\d〇零一二三四五六七八九十百千万亿多]余)")
"""Where a figure should stand; 480余条 and 任务数30 name nobody."""


def may_name_somebody(text: str) -> bool:
    """A few characters, the first of them a surname: somebody, if anything slipped by a column."""
    return _A_NAME.fullmatch(text) is not None


_WRITTEN_APART = re.compile(r"(?<!\d)(?:1[3-9]\d([-.])\d{4}\1\d{4}|0\d{2,3}-\d{7,8}|\d{4}(?:-\d{4}){3,}|\d{6}-\d{8}-\d{3}[\dXx])")


def names_a_number(text: str) -> bool:
    """A telephone, identity or account number among words, whole or in groups: 13800138000, 138-0013-8000."""
    compact = "".join(visible(text).split()).translate(_DASHES)
    return re.search(r"1\d{10}|\d{12}", compact) is not None or _WRITTEN_APART.search(compact) is not None


_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―－", "-"))


def without_numbers(text: str) -> str:
    """What may be repeated of a cell in a table of figures: no telephone, identity or account number among words."""
    return HIDDEN if len(text) >= 11 and names_a_number(unicodedata.normalize("NFKC", text)) else text


def without_names(found: str) -> str:
    """What may be repeated of a cell in which a figure should stand: no number of a person's, and no words with a surname in them."""
    return HIDDEN if _A_SURNAME.search(found) and not _HARMLESS.fullmatch(found) else without_numbers(found)


def repeated(value: CellValue) -> str:
    """A cell in which a figure should stand, as it may be repeated."""
    return without_names(shown(value))


def foreign_digits(text: str) -> bool:
    """Circled, raised or foreign digits: folding would make 122 of 12², 22 of ②②."""
    if text.isascii():
        return False
    return any(
        unicodedata.category(c) in ("No", "Nl", "Nd") and not ("0" <= c <= "9" or "０" <= c <= "９" or c == "〇") for c in text
    )  # fmt: skip
