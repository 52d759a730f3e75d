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
NOTE = re.compile(r"^(注|说明|备注|附注|数据来源|资料来源|填表说明)[:：]")


def signed(texts: Sequence[str], cells: int) -> bool:
    """A row of signatures: it begins with one, or holds little else; 经办人：… in a remark makes none of a record."""
    signatures = sum(_FOOTER.match(text) is not None for text in texts)
    return signatures > 0 and (_FOOTER.match(texts[0]) is not None or cells <= 2 * signatures + 1)


def is_foot(row: Sequence[CellValue]) -> bool:
    """A row of notes or signatures."""
    texts = [squeezed(v) for v in row if isinstance(v, str) and v.strip()]
    return any(_FOOTER.match(text) for text in texts) or bool(texts and NOTE.match(texts[0]))


def squeezed(value: CellValue) -> str:
    """A text without its spaces; nothing for what is no text."""
    return fold(value) if isinstance(value, str) else ""
