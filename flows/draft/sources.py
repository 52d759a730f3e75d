"""Where a figure comes from, in the words that stand beside it in the draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from pathlib import PurePosixPath

from catalog.indicators import Indicator
from catalog.observations import Figure
from connectors.warehouse import StandingRow
from flows.draft.phrases import printable

Files = Mapping[int, StandingRow]
"""submission → what is known of it."""
_MOST_PLACES = 3


def source_ids(figure: Figure) -> list[int]:
    return sorted({line.submission_id for line in figure.lineage})


def joined_ids(figure: Figure) -> str:
    """As kept in the draft's data part."""
    return " ".join(map(str, source_ids(figure)))


def source_text(indicator: Indicator, figure: Figure, files: Files) -> str:
    """Title, exact value, and the first cells it rests on; empty for what is missing (its comment says who owes it)."""
    if figure.value is None:
        return ""
    if indicator.prose:
        return f"{indicator.title}｜{indicator.department}原文｜{places_text(figure, files)}"
    head = f"{indicator.title}＝{printable(figure.value)}{'' if indicator.textual else indicator.unit.replace('—', '')}"
    if indicator.from_.source == "parameter":
        return f"{head}｜办公室参数（town.yml）"
    places = places_text(figure, files)
    return f"{head}｜{places}" if places else head


def places_text(figure: Figure, files: Files) -> str:
    """The first cells it rests on: who, which form, month, sheet, cells."""
    places: dict[str, None] = {}
    for line in figure.lineage:
        row = files.get(line.submission_id)
        sender = f"{row.department} {row.form} " if row else ""
        places[f"{sender}{line.source_period} {line.sheet} {line.cells}"] = None
    shown = list(places)[:_MOST_PLACES]
    more = f" 等{len(places)}处，见数据来源表" if len(places) > len(shown) else ""
    return "；".join(shown) + more


def why_changed(figure: Figure, before: str, files: Files, zone: tzinfo | None) -> str:
    """Which hand-in made it another one. ``before``: :func:`joined_ids` of the figure as it was printed."""
    old = {int(number) for number in before.split()}
    fresh = [files[number] for number in source_ids(figure) if number not in old and number in files]
    if fresh:
        return _hand_in(max(fresh, key=lambda row: (row.modified, row.path)), zone)
    if figure.value is None:
        return figure.reason or "原来的报表不再有效"
    gone = [files[number] for number in sorted(old - set(source_ids(figure))) if number in files]
    return f"不再依据{names(gone)}" if gone else "参数、口径或核准有变化"


def names(rows: Iterable[StandingRow]) -> str:
    return "、".join(PurePosixPath(row.path).name for row in rows)


def _hand_in(row: StandingRow, zone: tzinfo | None) -> str:
    at = datetime.fromisoformat(row.modified).astimezone(zone)
    return f"{row.department}{row.form}（{row.period}）“{PurePosixPath(row.path).name}”，{at.month}月{at.day}日{at:%H:%M}"
