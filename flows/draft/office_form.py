"""The office's own summary form: markers in its cells become the period's figures.

A marker is written like a placeholder of the report template:

| marker | becomes |
|---|---|
| ``{{dibao_hh}}`` | the figure of the period, exact, in its unit |
| ``{{tax_collected|wan2}}`` | the same in 万元 with two decimals; also yi2 wan0 wan1 yuan0 int pct1 dec_trim floor_int |
| ``{{tax_collected.last_year}}`` | last year's; also ``growth``, ``target``, ``progress``, ``year_to_date`` |
| ``{{dibao_hh@岚峰村}}`` | the village's (name, alias or code); small counts are hidden as in the tables |
| ``{{dibao_amt@3月}}`` | that month's, of the year of the period |
| ``{{fai_completed|yoy}}`` | the clause: 同比增长10.6% |
| ``{{period.year}}`` ``{{period.name}}`` ``{{period.span}}`` ``{{period.end}}`` | 2020, 上半年, 1—6月, 6月底 |

Alone in its cell a figure is a number in the cell's own format; beside other words it is text. Missing is X, what did not
exist is —, a rate beside a base of nearly nothing is 基数小.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from catalog.indicators import Indicator
from catalog.numbers import cut_down, half_up, plain
from catalog.observations import Figure, Status
from catalog.periods import Period
from connectors.documents import BadForm, fill_form
from connectors.shares import InUse, write_whole
from flows.draft.phrases import Fact, phrase
from flows.draft.sentences import BadTemplate
from flows.draft.words import MISSING, NOTHING, WAN, YI
from flows.summary.shown import TINY, full_text, tiny_base
from flows.summary.tables import Summary

_MARKER = re.compile(r"[{｛]{2}\s*([^{}｛｝]*?)\s*[}｝]{2}")
_PARTS = re.compile(r"(?P<name>\w+)(?:\.(?P<facet>\w+))?(?:@(?P<place>[^|]+?))?(?:\s*\|\s*(?P<format>\w+))?")
_TYPED = str.maketrans("｜＠．", "|@.")
_FACETS = {"last_year": "last_year", "growth": "growth_pct", "target": "target", "progress": "progress_pct", "year_to_date": "year_to_date"}
_SCALES = {"yi2": (YI, 2), "wan0": (WAN, 0), "wan1": (WAN, 1), "wan2": (WAN, 2), "yuan0": (Decimal(1), 0), "int": (Decimal(1), 0), "pct1": (Decimal(1), 1)}
_MONTH = re.compile(r"(\d{1,2})月")


class _Wrong(Exception):
    """A marker cannot be read; what to write instead."""


def fill_office_form(name: str, data: bytes, summary: Summary, by_month: Mapping[str, Mapping[str, Figure]]) -> bytes:
    """The form with the period's figures. ``by_month``: January to the period's last month.

    Raises :class:`BadTemplate`: one Chinese line that names the file and the cell.
    """
    answers = _Answers(summary, by_month)

    def fill(sheet: str, cell: str, text: str) -> str | Decimal | None:
        found = list(_MARKER.finditer(text))
        if not found:
            return None
        try:
            if len(found) == 1 and found[0][0] == text.strip():
                return answers.to(found[0][1])
            return _MARKER.sub(lambda m: _as_text(answers.to(m[1])), text)
        except _Wrong as error:
            raise BadTemplate(f"表样“{name}”{sheet}!{cell}：{error}") from None

    try:
        return fill_form(data, fill, MISSING)
    except BadForm as error:
        raise BadTemplate(f"表样“{name}”{error}") from None


def put_forms(
    forms: Path, folder: Path, summary: Summary, by_month: Mapping[str, Mapping[str, Figure]], taken: Sequence[str] = (), held: list[Path] | None = None
) -> list[Path]:
    """Every .xlsx of the office beside its template, filled for the period; one that a person has saved since is not overwritten.
    A form that cannot be filled keeps no other back; then, at the end, :class:`BadTemplate` is raised with a sentence for each.
    ``taken``: names of our own outputs, which no form may have. What another program has open is added to ``held`` and left.
    """
    found = [path for path in sorted(forms.glob("*.xlsx")) if not path.name.startswith("~$")]
    if not found:
        return []
    ledger = folder / ".forms.json"
    ours: dict[str, list[str]] = json.loads(ledger.read_text("utf-8")) if ledger.is_file() else {}
    written: list[Path] = []
    wrong: list[str] = []
    for form in found:
        try:
            if form.name in taken:
                raise BadTemplate(f"表样“{form.name}”和汇总自己的产出同名，请改名。")
            data = fill_office_form(form.name, form.read_bytes(), summary, by_month)
        except BadTemplate as error:
            wrong.append(str(error))
            continue
        path, number = folder / form.name, 0
        try:
            while path.exists() and _digest(path.read_bytes()) not in ours.get(path.name, []):
                number += 1
                path = folder / f"{form.stem}（新{number if number > 1 else ''}）{form.suffix}"
            _remember(ledger, ours, path, data)
            _put(path, data)
        except (InUse, PermissionError):
            if held is None:
                raise
            held.append(path)
            continue
        written.append(path)
    if wrong:
        raise BadTemplate(" ".join(wrong))
    return written


def _remember(ledger: Path, ours: dict[str, list[str]], path: Path, data: bytes) -> None:
    """Before the file is written: killed between, it is still ours. What stands there stays ours however long it is held open."""
    known, stands = ours.get(path.name, []), _digest(path.read_bytes()) if path.exists() else ""
    ours[path.name] = [*(d for n, d in enumerate(known, 2 - len(known)) if d != _digest(data) and (n >= 0 or d == stands)), _digest(data)]
    _put(ledger, json.dumps(ours, ensure_ascii=False, indent=0, sort_keys=True).encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _put(path: Path, data: bytes) -> None:
    """An unchanged file keeps its time."""
    if not path.exists() or path.read_bytes() != data:
        write_whole(path, data)


def _as_text(value: str | Decimal) -> str:
    return plain(value) if isinstance(value, Decimal) else value


class _Answers:
    """What each marker becomes."""

    def __init__(self, summary: Summary, by_month: Mapping[str, Mapping[str, Figure]]) -> None:
        self.summary, self.by_month = summary, by_month
        period = summary.period
        self._period = {"year": str(period.year), "name": period.chinese, "span": period.span_text, "end": f"{period.last}月底"}

    def to(self, marker: str) -> str | Decimal:
        parts = _PARTS.fullmatch(marker.translate(_TYPED))
        if parts is None:
            raise _Wrong(f"“{marker}”读不懂；写作 {{{{指标名}}}}、{{{{指标名|wan2}}}} 或 {{{{指标名@村名}}}}。")
        name, facet, place, form = parts["name"], parts["facet"], parts["place"], parts["format"]
        if name == "period":
            if facet not in self._period:
                raise _Wrong(f"没有 period.{facet}；可写 {'、'.join(f'period.{key}' for key in self._period)}。")
            return self._period[facet]
        indicator = self.summary.catalogue.indicators.get(name)
        if indicator is None:
            raise _Wrong(f"没有“{name}”这个指标，请检查写法。")
        if place is not None:
            return self._at(indicator, facet, place.strip(), form)
        return self._of(self.summary.figures.get(name), indicator, facet, form)

    def _at(self, indicator: Indicator, facet: str | None, place: str, form: str | None) -> str | Decimal:
        if (month := _MONTH.fullmatch(place)) and 1 <= int(month[1]) <= 12:
            figures = self.by_month.get(f"{self.summary.period.year:04d}-{int(month[1]):02d}", {})
            return self._of(figures.get(indicator.id), indicator, facet, form)
        unit = self.summary.catalogue.units.find(place, self.summary.period.end) or self.summary.catalogue.units.by_code.get(place)
        if unit is None:
            raise _Wrong(f"没有“{place}”这个村（社区），请照 villages.csv 写。")
        if indicator.id not in self.summary.by_village or facet:
            raise _Wrong(f"“{indicator.title}”没有分村的{'这一项' if facet else '数'}。")
        value = self.summary.by_village[indicator.id].get(unit.code)
        return MISSING if value is None else value if isinstance(value, str) else _scaled(value, form)

    def _of(self, figure: Figure | None, indicator: Indicator, facet: str | None, form: str | None) -> str | Decimal:
        if facet is not None and facet not in _FACETS:
            raise _Wrong(f"没有“.{facet}”；可写 {'、'.join(f'.{key}' for key in _FACETS)}。")
        if form is not None and form not in _SCALES and form not in ("dec_trim", "floor_int", "yoy"):
            raise _Wrong(f"没有“{form}”这种格式；可写 {'、'.join((*_SCALES, 'dec_trim', 'floor_int', 'yoy'))}。")
        if form == "yoy" and figure is not None and figure.growth_pct is None and self.summary.lacks_last_year(figure):
            return "同比X%"
        if form == "yoy":
            return _clause(figure, indicator, self.summary.period)
        if figure is None:
            return MISSING
        value = getattr(figure, _FACETS[facet]) if facet else figure.value if figure.status.has_value else None
        if value is None:
            if facet == "last_year" and self.summary.lacks_last_year(figure):
                return MISSING
            return NOTHING if facet or figure.status is Status.NOT_APPLICABLE else MISSING
        if facet == "growth" and tiny_base(figure, indicator):
            return TINY
        return full_text(value, figure, indicator) if indicator.textual and not facet else _scaled(Decimal(value), form)


def _clause(figure: Figure | None, indicator: Indicator, period: Period) -> str:
    """As the report says it: a rate, or the change in number beside a base of nearly nothing."""
    if figure is None or (not figure.status.has_value and figure.status is not Status.NOT_APPLICABLE):
        return "同比X%"
    return "".join(f"{made.before}{made.text}{made.after}" for made in phrase(Fact(indicator, figure), "yoy", period))


def _scaled(value: Decimal, form: str | None) -> Decimal:
    if form == "floor_int":
        return cut_down(value, Decimal(1))
    if form in _SCALES:
        divisor, places = _SCALES[form]
        return half_up(value / divisor, places)
    return value
