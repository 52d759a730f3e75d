"""A sentence of progress as 是 or 否: 塔基浇筑全部完成 is said, planned, denied, or said nearly (forms.md F07)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from catalog.indicators import FromLedger, Indicator
from catalog.issues import Action, Issue
from catalog.units import fold
from flows.intake.cells import UNUSABLE
from flows.intake.columns import CellList, Columns
from flows.intake.values import HIDDEN

_CLAUSE = re.compile(r"[,，。;；、\n]")
_BETWEEN = r"(?:已经?|均|都|也|现|工程|工作|施工|\([^()]*\))*"
"""What may stand between the words of a phrase and alters nothing."""
_ALL = ("全部", "全面")
_NOT_SO = re.compile("预计|预期|计划(?!推进)|拟|力争|争取|确保|有望|即将|将|尚|未|没|基本")
"""Planned, denied, or nearly so."""
_NOT_YET = re.compile("[后前率的约]|目标|[0-9]")
"""What stands behind the words and takes them back: 全部完成后组塔, 全部完成率."""
_PLANS = re.compile("预计|预期|拟于|力争|争取|确保|有望|即将|将于|将在")


@lru_cache(maxsize=32)
def _phrase(flag: str, *, all_of_it: bool) -> re.Pattern[str]:
    """The flag's words in their order; without 全部 only where the clause ends with them: 浇筑完成 is not 浇筑完成27基."""
    signs = fold(flag)
    if all_of_it:
        return re.compile(_BETWEEN.join(map(re.escape, signs)))
    for word in _ALL:
        signs = signs.replace(word, "")
    return re.compile(_BETWEEN.join(map(re.escape, signs)) + r"了?(?:\([^()]*\))?$")


def says_done(text: str, flag: str) -> bool | None:
    """Whether a text says that it is so; None where it nearly does, and a person would have to be asked."""
    before, nearly = "", False
    for clause in _CLAUSE.split(fold(text)):
        doubted = _NOT_SO.search(clause) or _PLANS.search(before)
        if match := _phrase(flag, all_of_it=True).search(clause):
            planned = _NOT_SO.search(clause, 0, match.end()) or _PLANS.search(before) or _NOT_YET.match(clause, match.end())
            return None if planned else True
        same_words = set(fold(flag)) <= set(clause)
        nearly = nearly or (not doubted and bool(same_words or _phrase(flag, all_of_it=False).search(clause)))
        before = clause
    return None if nearly else False


def look_for_unsaid_flags(columns: Columns, cells: Mapping[str, CellList], indicators: Sequence[Indicator]) -> None:
    """A sentence of which nobody can say whether it means the flag is refused, in the rows that an indicator reads it from."""
    for indicator in indicators:
        source = indicator.from_
        if not isinstance(source, FromLedger) or source.count != "flag" or (mapped := columns.table.layout.columns.get(source.of)) is None:
            continue
        kinds = [(cells[c.column], fold(c.is_)) for c in source.where if c.is_ is not None and c.column in cells]
        for n, (row, cell) in enumerate(zip(columns.rows, cells[source.of], strict=True)):
            if cell.refused or any(of_column[n].key != word for of_column, word in kinds) or says_done(cell.text, source.flag) is not None:
                continue
            cells[source.of][n] = UNUSABLE
            own = (row, mapped.index)
            columns.fates.refuse(own)
            columns.said.append((row, Issue("E-WORD", Action.REFUSE_CELL, f"{columns.table.place(*own)} 分不清是否“{source.flag}”，已完成请写“{source.flag}”，没有完成请写进度（如“正在施工”）。",
                                            columns.table.found.grid.name, columns.table.cell(*own), HIDDEN, source.flag)))  # fmt: skip
