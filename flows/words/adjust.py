"""`huizong adjust`: words of the office about figures. What was reported stays as it is and stands beside them.

A word says what it expects to find. When something else is reported there, it lapses with the notice E-LAPSED.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from catalog.indicators import FromColumn, Indicator
from catalog.numbers import plain
from catalog.observations import Adjustment, Reading
from catalog.periods import Period
from connectors.warehouse import Warehouse
from flows.intake.settle import settle
from flows.office import Office
from flows.summary.figures import Figures
from flows.summary.publish import gather, span
from flows.words.binding import Unsaid, binding, say
from flows.words.confirm import cells_at

_VALUE = re.compile(r"(-?\d+(?:\.\d+)?)(亿元|万元|元)?")
_YUAN = {"亿元": Decimal(100_000_000), "万元": Decimal(10_000), "元": Decimal(1)}


def correct_cell(office: Office, place: str, value: str, by: str, why: str, at: datetime | None = None) -> tuple[Reading, str]:
    """The cell ``FILE!SHEET!CELL`` is taken to hold ``value``; (what was reported, the value in the stored unit).

    Money is written with its unit, ``12.5万元``; everything else in the unit of the indicator.
    """
    cells = cells_at(place)
    with office.alone(), office.open_warehouse() as warehouse:
        row, readings = cells.reported_in(warehouse)
        if row.id in binding(warehouse.adjustments()).revoked:
            raise Unsaid(f"{row.path} has been revoked, nothing in it counts; `huizong revoke {row.id} --undo --why …` gives it back first")
        if len(readings) != 1:
            raise Unsaid(f"{place} holds {len(readings)} figures; write the place of one figure, as out_observation names it")
        reading = next(iter(readings.values()))
        if reading.role == "ledger":
            raise Unsaid(f"{place} is a ledger, counted row by row; it has to be corrected by the department")
        stored = in_stored_unit(value, reading)
        say(warehouse, Adjustment("correct", row.form, row.period, cells.sheet, reading.cell, reading.raw, by, why, office.now(), value=stored,
                                  submission=row.id), office.now(), at)  # fmt: skip
    return reading, stored


def in_stored_unit(value: str, reading: Reading) -> str:
    """What a person writes, as exact decimal text: 12.5万元 → 125000. Raises :class:`Unsaid` where a unit is wrong or wanting."""
    match = _VALUE.fullmatch(value.strip().removesuffix(reading.unit) + ("元" if reading.unit == "元" and value.strip().endswith("元") else ""))
    if match is None or (match[2] is not None) is not (reading.unit == "元"):
        example = "125000元 or 12.5万元" if reading.unit == "元" else f"a number in {reading.unit or 'the unit of the sheet'}, e.g. 12"
        raise Unsaid(f"{value!r} cannot be taken for {reading.cell}; write {example}")
    return plain(Decimal(match[1]) * _YUAN[match[2] or "元"])


def accept_partial(office: Office, indicator: str, month: str, by: str, why: str, at: datetime | None = None) -> str:
    """按已报汇总: the month's town figure counts without the units that are missing; the sum, and what is not in it.

    It shows in ``reported_units < expected_units``, and in the lineage.
    """
    chosen, period = _indicator(office, indicator), Period.parse(month)
    source = chosen.from_
    if not isinstance(source, FromColumn) or not period.is_month:
        raise Unsaid(f"{indicator} {month} is no month of a column that is added over units; accept the months one by one")
    with office.alone(), office.open_warehouse() as warehouse:
        engine = _figures(office, warehouse)
        partial = engine.column(source.form, source.measure, period.last_month).partial
        if partial is None or engine.value(chosen, period.year, period.first, period.last).known:
            raise Unsaid(f"{indicator} {month} is no sum that lacks units; see 缺口清单 for what is missing")
        say(warehouse, Adjustment("partial", source.form, period.name, "", "", partial.said, by, why, office.now(), indicator=indicator),
            office.now(), at)  # fmt: skip
    return partial.said


def use_figure(
    office: Office, indicator: str, period: str, other: str, other_period: str, by: str, why: str, at: datetime | None = None
) -> str:
    """以某表、某日为准: the figure of ``indicator`` and ``period`` counts as that of another indicator, or another day's stock.

    Returns both figures, ``25→23``. Another day can stand in only for a stock (在册数): a flow of other months is another thing.
    """
    mine, theirs = _indicator(office, indicator), _indicator(office, other)
    for_, of = Period.parse(period), Period.parse(other_period)
    if (indicator, for_) == (other, of):
        raise Unsaid("a figure cannot stand in for itself; write which other indicator or day counts")
    if mine.unit != theirs.unit:
        raise Unsaid(f"{indicator} is in {mine.unit} and {other} in {theirs.unit}; one cannot stand for the other")
    if for_ != of and mine.kind != "stock" and theirs.kind != "stock":
        raise Unsaid(f"{indicator} is no stock; only the same period of another indicator can stand for it")
    with office.alone(), office.open_warehouse() as warehouse:
        both = _figures(office, warehouse).both(span(indicator, for_), span(other, of))
        if re.search(r"→[a-z_]+$", both):
            raise Unsaid(f"{other} {other_period} has no value; choose a figure that is there")
        word = Adjustment("use", mine.form, for_.name, "", "", both, by, why, office.now(), indicator=indicator, value=f"{other} {of.name}")
        say(warehouse, word, office.now(), at)
    return both


def withdraw(office: Office, number: int, by: str, why: str, at: datetime | None = None) -> Adjustment:
    """An earlier word no longer counts; both are kept."""
    with office.alone(), office.open_warehouse() as warehouse:
        said = warehouse.adjustments()
        word = next((a for a in said if a.number == number and a.kind in ("confirm", "correct", "partial", "use")), None)
        if word is None or number in binding(said).withdrawn:
            raise Unsaid(f"there is no word {number} that could be withdrawn; see huizong db show out_adjustment")
        say(warehouse, Adjustment("withdraw", word.form, word.period, "", "", "", by, why, office.now(), value=str(number)), office.now(), at)
    return word


def _indicator(office: Office, name: str) -> Indicator:
    found = office.catalogue.indicators.get(name)
    if found is None:
        raise Unsaid(f"there is no indicator {name}; see out_indicator_period for their names")
    return found


def _figures(office: Office, warehouse: Warehouse) -> Figures:
    """What is shown, computed without words about figures."""
    shown = warehouse.publication()
    if shown is None:
        raise Unsaid("nothing has been published yet; run `huizong run` first")
    words = binding(warehouse.adjustments(), shown.as_of)
    submissions = [row for row in warehouse.submissions() if row.modified <= shown.as_of]
    settlement = settle(submissions, warehouse.readings, office.catalogue, office.settings.zone, words.cells, words.revoked)
    return Figures(office.catalogue, gather(submissions, settlement, warehouse))
