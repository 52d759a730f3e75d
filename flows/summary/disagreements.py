"""口径矛盾: two departments, one indicator. Both stand side by side with source, date and definition; nobody is put right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from catalog.catalogue import Catalogue
from catalog.indicators import Indicator
from catalog.numbers import plain
from catalog.observations import Contradiction, Figure
from catalog.periods import Period
from connectors.documents import Column, TableSheet
from connectors.warehouse import StandingRow
from flows.summary.shown import method_text

_MOST_FILES = 3


@dataclass(frozen=True, slots=True)
class Side:
    """What one department says."""

    department: str
    form: str
    title: str
    value: str
    unit: str
    definition: str
    source: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One indicator, one period, two values."""

    period: str
    one: Side
    other: Side

    @property
    def difference(self) -> str:
        return plain(Decimal(self.one.value) - Decimal(self.other.value))


def disagreements(
    found: Sequence[Contradiction], catalogue: Catalogue, period: Period, figures: Mapping[str, Figure],
    months: Mapping[str, Mapping[str, Figure]], files: Mapping[int, StandingRow], zone: tzinfo,
) -> list[Disagreement]:  # fmt: skip
    """Those of the period and of its months; ``zone``: the office's."""
    by_period = {**months, period.name: figures}

    def side(indicator: Indicator, name: str, value: str) -> Side:
        figure = by_period[name].get(indicator.id)
        form = catalogue.forms.get(indicator.form)
        return Side(
            indicator.department, f"{indicator.form}《{form.title}》" if form else indicator.form, indicator.title, value, indicator.unit,
            method_text(indicator), "；".join(_files(figure, files, zone)) if figure else "",
        )  # fmt: skip

    return [
        Disagreement(c.period, side(catalogue.indicators[c.indicator], c.period, c.value), side(catalogue.indicators[c.other], c.period, c.other_value))
        for c in sorted(found, key=lambda c: (c.period != period.name, c.period, c.indicator, c.other))
        if c.period in by_period and c.indicator in catalogue.indicators and c.other in catalogue.indicators
    ]  # fmt: skip


def _files(figure: Figure, files: Mapping[int, StandingRow], zone: tzinfo) -> Iterator[str]:
    known = sorted({files[line.submission_id] for line in figure.lineage if line.submission_id in files}, key=lambda row: (row.period, row.path))
    for row in known[-_MOST_FILES:]:
        yield f"{row.path}（{datetime.fromisoformat(row.modified).astimezone(zone):%Y-%m-%d %H:%M}）"
    if len(known) > _MOST_FILES:
        yield f"等{len(known)}份"


def disagreement_sheet(found: Sequence[Disagreement], catalogue: Catalogue, period: Period) -> TableSheet:
    """Two rows a contradiction, one a department."""
    rows: list[list[str | Decimal]] = []
    for number, one in enumerate(found, 1):
        for side in (one.one, one.other):
            first = side is one.one
            rows.append([
                str(number) if first else "", one.period, side.department, side.form, side.title, Decimal(side.value), side.unit,
                Decimal(one.difference) if first else "", side.definition, side.source,
            ])  # fmt: skip
    columns = (
        Column("序号", 6, centred=True), Column("所属期", 10, centred=True), Column("科室", 14), Column("表", 26), Column("指标", 24), Column("数", 14),
        Column("单位", 7, centred=True), Column("相差", 12), Column("口径", 24), Column("来源（文件时间）", 46),
    )  # fmt: skip
    notes = ("两数并列，均未改动；请两个科室核对后，由办公室确定以哪个为准，并让另一方更正重报。",) if found else ("没有两表不一致的数。",)
    return TableSheet("口径矛盾", f"{catalogue.town_name}镇{period.year}年{period.chinese}口径矛盾", columns, rows, "", notes, 2)
