"""What stands under a table: notes and signatures (forms.md M17)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from catalog.grids import CellValue
from catalog.units import fold

SIGNERS = ("填表", "制表", "填报", "审核", "复核", "校对", "经办")
_FOOTER = re.compile(
    rf"^(?:(?:{'|'.join(SIGNERS)})人|分管领导|单位负责人)"
    r"|^(填表|制表|填报|审核|复核|校对|统计|签发|签字|联系|主管领导|主要领导|负责)(人|员|电话)?(签字|签名|签章)?[:：]"
)
_FOOTER_OF_A_LINE = re.compile(_FOOTER.pattern, re.MULTILINE)
"""The same in a line of its own among other lines; a folded text is one line."""
NOTE = re.compile(r"^(注|说明|备注|附注|数据来源|资料来源|填表说明)[:：]")


def signed(texts: Sequence[str], cells: int) -> bool:
    """A row of signatures: it begins with one, or holds little else; 经办人：… in a remark makes none of a record."""
    signatures = sum(_FOOTER.match(text) is not None for text in texts)
    return signatures > 0 and (_FOOTER.match(texts[0]) is not None or cells <= 2 * signatures + 1)


def is_foot(row: Sequence[CellValue]) -> bool:
    """A row of notes or signatures."""
    texts = [fold(v) for v in row if isinstance(v, str) and v.strip()]
    return bool(texts) and (NOTE.match(texts[0]) is not None or _FOOTER_OF_A_LINE.search("\n".join(texts)) is not None)


def squeezed(value: CellValue) -> str:
    """A text without its spaces; nothing for what is no text."""
    return fold(value) if isinstance(value, str) else ""
