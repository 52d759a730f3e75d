"""How a figure comes about, in one Chinese clause: for the list of sources and for the trace."""

from __future__ import annotations

from catalog.indicators import Indicator

_METHODS = {
    "column": {"flow": "各月各行相加", "stock": "期末月各行相加", "minimum": "各月最小值"},
    "ledger": {"flow": "台账相加", "distinct": "台账去重计数", "stock": "期末月台账", "text": "台账文字", "first_date": "台账最早日期"},
}  # fmt: skip
_OTHER_METHODS = {
    "ratio": "分子÷分母×100", "growth": "区反馈数，或本期÷上年同期−1", "last_year_column": "本年表上年同期栏", "parameter": "办公室参数",
    "calendar": "月数÷12×100", "part": "日期的月或日", "since": "自恢复开放日起相加",
}  # fmt: skip


def method_of(indicator: Indicator) -> str:
    """The declared method text, else the words for its source and kind."""
    source = indicator.from_.source
    return indicator.method or _METHODS.get(source, {}).get(indicator.kind, "") or _OTHER_METHODS.get(source, "")
