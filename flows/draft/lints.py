"""Slips of the pen that an office's readers mark (rules.md §1, §3, §4): found in any text, each with what to write."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CJK = "\u4e00-\u9fff"
_LINTS: tuple[tuple[str, str], ...] = (
    (r"截止(?=(?:到|至)?(?:目前|\d|今|上|本|去))", "时间应写“截至”"),
    (r"同比去年|同比上年|环比上月", "“同比”已含与上年比，删去后面的词"),
    (r"近\d[\d.]*[万亿]?多|近\d[\d.]*[万亿]?余|约\d[\d.]*[万亿]?[多余]|[近约]\d[\d.]*[万亿]?[^，。；、]{0,3}左右|(?:超过?|不足|不到)\d[\d.]*[万亿]?[多余]|\d[\d.]*(?:[万亿]?[多余]|[多余]?[万亿])[^，。；、\d]{0,3}(?:左右|以上|以下)|[^，。；、]{0,2}以[上下]左右", "近、约、余、多、左右不能同时用"),
    (r"负增长", "写“下降×%”"),
    (r"(?:增长|增加|上升|提高|下降|减少)了?[-－−]\d[\d.]*%?", "下降用“下降”，数字前不加负号"),
    (r"(?:下降|减少|降低|缩小)了?\d[\d.]*倍", "下降不用“倍”，写“%”或“成”"),
    (r"\d+[-－–~](?=\d+(?:月|年|日|%|万|亿|个|户|人))", "时间、数量的起止用一字线或浪纹线，写“1—6月”“15%～30%”"),
    (r"\d+亿\d+万", "数与“万、亿”不混写，写“3.45亿元”或“34500万元”"),
    (r"\d+\.\d+[万亿]?余|\d+\.\d+[万亿]?多[万亿]?", "带小数的数不用余、多"),
    (r"(?<![\d.])\d*[1-9]余[万亿]", "“余万”前应为整十整百的数，写“162万余元”或“160余万元”"),
    (r"\d+(?:户|人|个|元|件)余", "“余”写在数后、量词前"),
    (rf"(?<=[{_CJK}])[,;:?!](?=[{_CJK}])|(?<=[{_CJK}])[,;](?=\d)|(?<=\d)[,;](?=[{_CJK}])|\((?=[{_CJK}])|(?<=[{_CJK}])\(", "中文里用全角标点"),
    (r"(?<!\d)\d{2}年(?=\d{1,2}月|上半年|下半年|全年)", "年份写四位数"),
    (r"二〇[二一][0-9]|\d+〇", "年份不混写汉字和数字"),
    (r"(?<=年)0\d月|(?<=月)0\d日", "月、日前不加0"),
    (r"(?<!\d)\.\d+(?=[%万亿])", "小于1的小数写前面的0"),
    (r"\d{1,3}(?:[,，]\d{3})+(?!\d)", "正文里的数不用分节号"),
    (r"翻\d番|\d[\d.]*番", "写“翻一番”“翻两番”"),
    (r"(?:进度|占比|比重|率)[^，。；]{0,6}(?:提高|上升|下降|降低)了?\d[\d.]*%(?!以)", "两个百分数相差用“百分点”"),
    (r"[０-９]+|(?<=\d)％", "数字、百分号用半角"),
    (r"品台", "“平台”误写为“品台”"),
    (r"\d500kv|500kv|(?<=\d)[kK]v(?![A-Za-z])", "单位写“千伏”或kV"),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern), advice) for pattern, advice in _LINTS)


def slips(text: str) -> Iterator[tuple[str, str]]:
    """(what stands there, what to do), in the order of the rules."""
    for pattern, advice in _COMPILED:
        for match in pattern.finditer(text):
            yield text[max(0, match.start() - 4) : match.end() + 4], advice
    sentences = [s for s in re.split("[。；]", text) if len(s) > 12]
    for repeated in {s for s in sentences if sentences.count(s) > 1}:
        yield repeated[:16], "这一句重复"
