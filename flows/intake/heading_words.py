"""The words of a heading as they are compared, and those that the form declares: exact words and aliases decide, nothing else (M41)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from catalog.forms import Column, Form, Sheet
from catalog.units import fold_anew
from flows.intake.numerals import UNITS

Aliases = Mapping[str, str]
_DASHES = re.compile(r"[‐‑‒–—―－~～]|至(?=\d|本)")
_MONTH_SPAN = re.compile(r"1-(\d{1,2}|本)月")
_BRACKET = re.compile(r"\((?:(?:计量)?单位:?)?([^()]*)\)$")
_SLASHED = re.compile(r"(?<=[\u4e00-\u9fff]{2})/((?:[千万亿]?元)|m2|(?:万?平方)米|亩|%)$")
"""总投资/万元: a unit of money, area or share alone, for 线内/线外 and 户/人 are words."""
_FOLDED_UNITS = {unicodedata.normalize("NFKC", unit): unit for unit in UNITS} | {"m2": "平方米", "%": "%"}
_QUOTES = {ord(c): None for c in "“”\"'‘’#*"} | {ord(c): "(" for c in "[【〔〖"} | {ord(c): ")" for c in "]】〕〗"}
"""Quotes and signs are left out, and any bracket is a round one."""


@lru_cache(maxsize=8192)
def heading(text: str) -> tuple[str, str]:
    """(words to compare, unit in the trailing bracket): NFKC, no white space, one kind of dash, no quotes (M41)."""
    folded = fold_anew(text)
    folded = _MONTH_SPAN.sub("1-本月", _DASHES.sub("-", folded)).translate(_QUOTES).removeprefix("其中:")
    unit = ""
    if (match := _BRACKET.search(folded) or _SLASHED.search(folded)) and match[1] in _FOLDED_UNITS:
        folded, unit = folded[: match.start()], _FOLDED_UNITS[match[1]]
    return folded, unit


def is_remark(words: str) -> bool:
    """Whether a heading is that of remarks."""
    return words.startswith(("备注", "说明", "附注"))


def declared_paths(sheet: Sheet, form: Form) -> dict[tuple[str, ...], Column]:
    """Heading path in official words → column; a column's other names beside it."""
    places = _declared(tuple((column.parts, column.also) for column in sheet.columns), tuple(form.also.items()))
    return {path: sheet.columns[n] for path, n in places.items()}


@lru_cache(maxsize=256)
def _declared(columns: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...], also: tuple[tuple[str, tuple[str, ...]], ...]) -> Mapping[tuple[str, ...], int]:
    """Heading path → number of the column; ``columns``: the parts of each, and its other names."""
    aliases = _aliases(also)
    result: dict[tuple[str, ...], int] = {}
    for n, (parts, others) in enumerate(columns):
        path = tuple(canonical(heading(part)[0], aliases) for part in parts)
        result[path] = n
        for other in others:
            result[(*path[:-1], canonical(heading(other)[0], aliases))] = n
    return result


def canonical(words: str, aliases: Aliases) -> str:
    return aliases.get(words, words)


def aliases_of(form: Form) -> Aliases:
    """other word → official word, both as :func:`heading` compares them."""
    return _aliases(tuple(form.also.items()))


@lru_cache(maxsize=256)
def _aliases(also: tuple[tuple[str, tuple[str, ...]], ...]) -> Aliases:
    return {heading(other)[0]: heading(official)[0] for official, others in also for other in others}
