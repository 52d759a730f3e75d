"""The catalogue of one office: its forms, indicators, villages and parameters, read and checked as a whole."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from catalog.declared import Unfit, read
from catalog.forms import Form
from catalog.indicators import FromColumn, FromGrowth, FromLastYearColumn, FromLedger, FromRatio, FromSince, Indicator
from catalog.units import Units, read_units
from catalog.yaml_text import BadCatalogue, Kept, text_of
from catalog.yaml_text import read_yaml as read_yaml

M = TypeVar("M")


@dataclass(frozen=True)
class Slot:
    """One of the places in the report that takes a figure (slots.csv)."""

    number: int
    section: str
    indicator: str


@dataclass(frozen=True)
class Catalogue:
    """Everything that differs between offices, frozen and checked."""

    forms: dict[str, Form]
    indicators: dict[str, Indicator]
    units: Units
    parameters: dict[str, str]
    town_code: str
    version: str
    """Hash over the declarations' texts: a changed word is a changed catalogue."""
    dated: Mapping[str, Sequence[tuple[date, str]]] = field(default_factory=dict)
    """parameter with `valid_from` → its values, the earliest first."""

    def parameter(self, key: str, on: date) -> str | None:
        """The value in force on a day: the latest whose `valid_from` has come; None when none has, or there is no such key."""
        if key not in self.dated:
            return self.parameters.get(key)
        return next((value for since, value in reversed(self.dated[key]) if since <= on), None)

    @property
    def town_name(self) -> str:
        return self.parameters.get("town_name", "")

    @cached_property
    def measure_units(self) -> dict[str, str]:
        """measure → unit in which it is stored."""
        return {c.id: stored_unit(c.unit) for f in self.forms.values() for s in f.sheets for c in s.columns if c.id}

    @cached_property
    def by_village(self) -> dict[str, Indicator]:
        """measure → indicator, for everything reported village by village."""
        result = {}
        for indicator in self.indicators.values():
            source = indicator.from_
            if isinstance(source, FromColumn) and indicator.kind in ("flow", "stock"):
                sheet = self.forms[source.form].sheet(source.sheet)
                if sheet.shape == "matrix" and sheet.rows == "village" and not any(c.only_in_total for c in sheet.columns if c.id == source.measure):
                    result[source.measure] = indicator
        return result

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """Every title that a form or one of its sheets may bear."""
        return tuple(title for form in self.forms.values() for title in (*(form.title_of(sheet) for sheet in form.sheets), *form.titles))

    @cached_property
    def of_ledgers(self) -> dict[tuple[str, str], tuple[Indicator, ...]]:
        """(form, sheet) → the indicators that read it as a ledger, in the order of the catalogue."""
        found: dict[tuple[str, str], tuple[Indicator, ...]] = {}
        for one in self.indicators.values():
            if isinstance(one.from_, FromLedger):
                found[one.from_.form, one.from_.sheet] = (*found.get((one.from_.form, one.from_.sheet), ()), one)
        return found

    @cached_property
    def units_read(self) -> dict[str, frozenset[str]]:
        """measure → the units in which the indicators read it from a column, or its cumulative one."""
        found: dict[str, frozenset[str]] = {}
        for one in self.indicators.values():
            if isinstance(one.from_, FromColumn):
                for measure in {one.from_.measure, one.from_.cumulative}:
                    found[measure] = found.get(measure, frozenset()) | {one.unit}
        return found

    def indicators_of(self, form: str) -> tuple[Indicator, ...]:
        return tuple(i for i in self.indicators.values() if i.form == form)


STORED = {"千元": "元", "万元": "元", "亿元": "元", "亩": "平方米", "㎡": "平方米", "万人次": "人次", "万平方米": "平方米"}


def stored_unit(unit: str) -> str:
    """The unit a figure is kept in: money 元, area 平方米, visits 人次 (CONTRACT §4)."""
    return STORED.get(unit, unit)


def built_in() -> Path:
    """The folder with the built-in declarations."""
    return Path(__file__).parent / "township"


def _declarations(folder: Path) -> list[tuple[str, str]]:
    return [(path.name, text_of(path)) for path in sorted(folder.glob("*.yml"))] if folder.is_dir() else []


def load_catalogue(folder: Path, *, complete: bool = False, kept: Kept | None = None) -> Catalogue:
    """The office's catalogue: ``town.yml`` and ``villages.csv`` from ``folder``; forms and indicators from there
    too where the office keeps its own, else the built-in ones; a declaration of the office replaces the built-in
    one with the same id. ``complete``: the folder holds all there is, nothing built in is added. ``kept``: what texts were
    read to before.

    Raises :class:`BadCatalogue` (one line, names the file) when anything does not fit together.
    """
    read_text = (kept or Kept()).read
    texts: list[tuple[str, str]] = []
    forms: dict[str, Form] = {}
    indicators: dict[str, Indicator] = {}
    for base in (folder,) if complete else dict.fromkeys((built_in(), folder)):
        for name, text in _declarations(base / "forms"):
            form = _parse(Form, read_text(text, name), name)
            forms[form.id] = form
            texts.append((f"forms/{name}", text))
        for name, text in _declarations(base / "indicators"):
            for item in _items(read_text(text, name), name):
                indicator = _parse(Indicator, item, name)
                indicators[indicator.id] = indicator
            texts.append((f"indicators/{name}", text))
    town, villages = _required(folder / "town.yml"), _required(folder / "villages.csv")
    parameters, dated = _parameters(read_text(town, "town.yml"))
    units = read_units(villages, parameters.get("town_name", ""))
    texts += [("town.yml", town), ("villages.csv", villages)]
    digest = hashlib.sha256("\0".join(f"{n}\0{t}" for n, t in texts).encode()).hexdigest()
    indicators = {one.id: _of_its_form(one, forms) for one in indicators.values()}
    catalogue = Catalogue(forms, indicators, units, parameters, _town_code(units), digest[:16], dated)
    _check_departments(forms.values())
    _check_references(catalogue)
    return catalogue


def _of_its_form(indicator: Indicator, forms: Mapping[str, Form]) -> Indicator:
    """An office that gives a form to another department has not written its indicators anew; who hands it in answers for them."""
    form = forms.get(indicator.form)
    return msgspec.structs.replace(indicator, department=form.department) if form is not None and form.department != indicator.department else indicator


def _required(path: Path) -> str:
    try:
        return text_of(path)
    except FileNotFoundError:
        raise BadCatalogue(f"{path.name} is missing in {path.parent}; run `huizong init` or copy it there") from None


def _items(data: Any, name: str) -> Iterable[Any]:
    if not isinstance(data, list):
        raise BadCatalogue(f"{name}: write a list of indicators, each beginning with `- id:`")
    return data


def _parse(model: type[M], data: Any, name: str) -> M:
    try:
        return read(model, data)
    except Unfit as unfit:
        raise BadCatalogue(f"{name}: {f'{unfit.place}: ' if unfit.place else ''}{unfit}") from None


def _parameters(data: Any) -> tuple[dict[str, str], dict[str, list[tuple[date, str]]]]:
    """``KEY: value``, ``KEY: {value: …, valid_from: …}``, or a list of these: the latest value of each key, and those that have a date."""
    if not isinstance(data, dict):
        raise BadCatalogue("town.yml: write lines of the form `town_name: 禾麓`")
    result: dict[str, str] = {}
    dated: dict[str, list[tuple[date, str]]] = {}
    for key, given in data.items():
        held = sorted((_parameter(str(key), one) for one in (given if isinstance(given, list) else [given])), key=lambda one: one[0])
        if not held or len({since for since, _ in held}) < len(held):
            raise BadCatalogue(f"town.yml: {key} has no value, or two values from the same day; give each its own `valid_from`")
        result[str(key)] = held[-1][1]
        if held[-1][0] > date.min:
            dated[str(key)] = held
    return result, dated


def _parameter(key: str, given: Any) -> tuple[date, str]:
    value, since = (given.get("value"), given.get("valid_from")) if isinstance(given, dict) else (given, None)
    if isinstance(value, list | dict) or value is None or not str(value).strip():
        raise BadCatalogue(f"town.yml: {key} has no value; write `{key}: …`")
    try:
        return date.fromisoformat(str(since).strip()) if since is not None else date.min, str(value).strip()
    except ValueError:
        raise BadCatalogue(f"town.yml: {key}: valid_from {since} is not a date; write it as 2020-01-01") from None


def _town_code(units: Units) -> str:
    """The town's own 12-digit code: the first nine digits of its villages, then 000 (privacy.md §6)."""
    prefixes = {unit.code[:9] for unit in units.all}
    if len(prefixes) != 1:
        raise BadCatalogue("villages.csv: the codes do not begin with one and the same nine digits of the town")
    return prefixes.pop() + "000"


_FOLDER = re.compile(r'[^/\\:*?"<>|\x00-\x1f]+')


def _check_departments(forms: Iterable[Form]) -> None:
    """The slips of a department lie in a folder of its name; a draft that nobody has completed names none."""
    folders: dict[str, str] = {}
    for form in forms:
        name = form.department
        for left in (name, form.title):
            if left.startswith("请填"):
                raise BadCatalogue(f"form {form.id}: {left} is what the draft left to be filled in; complete every place that is marked 请")
        if not _FOLDER.fullmatch(name) or name != name.strip(" ."):
            raise BadCatalogue(f"form {form.id}: department {name!r} is no name of a folder; write it without / \\ : * ? \" < > | and without a point or space at its ends")
        other = folders.setdefault(unicodedata.normalize("NFKC", name).casefold(), name)
        if other != name:
            raise BadCatalogue(f"form {form.id}: departments {other!r} and {name!r} differ in width or capitals alone; write one of them otherwise, their folders are told apart by it")


def _check_references(catalogue: Catalogue) -> None:
    for indicator in catalogue.indicators.values():
        source, where = indicator.from_, f"indicator {indicator.id}"
        if isinstance(source, FromColumn | FromLedger | FromLastYearColumn | FromSince | FromGrowth) and source.form:
            form = catalogue.forms.get(source.form)
            sheet = next((s for s in form.sheets if s.name == source.sheet), None) if form else None
            if sheet is None:
                raise BadCatalogue(f"{where}: no form {source.form} with a sheet {source.sheet}")
            if isinstance(source, FromLedger):
                for path in [source.of, source.date, source.order_by, *(c.column for c in source.where)]:
                    if path and path not in sheet.by_path:
                        raise BadCatalogue(f"{where}: sheet {source.sheet} has no column {path}")
        for other in (getattr(source, "part", "") if isinstance(source, FromRatio) else "", getattr(source, "whole", ""),
                      getattr(source, "base", "") or "", indicator.agrees_with.indicator if indicator.agrees_with else ""):  # fmt: skip
            if other and other not in catalogue.indicators:
                raise BadCatalogue(f"{where}: no indicator {other}")
