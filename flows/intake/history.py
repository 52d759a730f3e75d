"""A hand-in beside the other months of its form: slips of the unit, cumulatives for months, sums that do not run on.

Nothing here alters a figure: a questionable cell is held until the office confirms it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from catalog.catalogue import Catalogue
from catalog.forms import Form
from catalog.indicators import FromColumn, FromLedger
from catalog.issues import Action, Issue
from catalog.numbers import decimal_of, from_cell, plain
from catalog.observations import Reading
from catalog.periods import Month

UNIT_SLIP = 300
"""A column of money or visits this many times above or below the middle of its other months is in another unit (M27)."""
STEADY = 2
"""A unit's own series is steady when its other months lie within this factor of each other."""
FAR_OFF = 13
"""So far from a steady series is no month's own doing, whatever the slip: more than a digit too many."""
_FEW, _FAR_OFF_OF_FEW = 30, 30
"""Below so many it must be so far: in a campaign's month twenty may be done where there was one before."""
ENOUGH_MONTHS = 4
_SELDOM = 6
"""A month without anything among so many others does not make a series unsteady."""
_SLIPS = ((10, "多写或少写一位"), (1_000, "差一千倍"), (10_000, "差一万倍"))

TELLING_DIGITS = 8
TELLING_VALUES = 4
"""So many digits of figures other than zero, so many of them unlike, do not come again by chance."""

_LEAST = Decimal("0.7") * min(times for times, _ in _SLIPS)

_Held = tuple[str, Issue, tuple[str, str]]


def against_history(form: Form, catalogue: Catalogue, history: Mapping[str, Sequence[Reading]]) -> list[_Held]:
    """Every cell that its own other months make questionable: (period, the issue that says why, the cell).

    ``history``: period → the readings of the hand-in in force.
    """
    by_measure: dict[str, dict[str, list[Reading]]] = defaultdict(lambda: defaultdict(list))
    for period, readings in history.items():
        for reading in readings:
            if reading.value is not None and not reading.held and reading.role not in ("part", "total", "ledger"):
                by_measure[reading.measure][period].append(reading)
    found: list[_Held] = []
    slipped: set[tuple[str, str]] = set()
    for measure, months in sorted(by_measure.items()):
        for period, why in _unit_slips(months):
            slipped.add((measure, period))
            parts = [r for r in history[period] if r.measure == measure and r.role == "part" and r.value is not None]
            for reading in [*months[period], *parts]:
                found.append((period, _hold("M27", reading, why, "与往月同一单位"), (reading.sheet, reading.cell)))
        whole = {period for of, period in slipped if of == measure}
        for period, reading, why in _own_slips({p: r for p, r in months.items() if p not in whole}):
            found.append((period, _hold("M27", reading, why, "与本单位往月相当"), (reading.sheet, reading.cell)))
    pairs = _running_pairs(form, catalogue)
    alone = {c.id for sheet in form.sheets for c in sheet.columns if c.role == "flow_month" and c.id} - {measure for measure, _ in pairs}
    for measure in sorted(alone & by_measure.keys()):
        for period, reading in _all_months_as_one({p: r for p, r in by_measure[measure].items() if (measure, p) not in slipped}):
            found.append((period, _hold("M28", reading, "约为本年以前各月相加再加一个月的数，疑把累计数填在本月栏", "本月数"), (reading.sheet, reading.cell)))
    for measure, cumulative in sorted(pairs):
        sound = {p: r for p, r in by_measure[cumulative].items() if (cumulative, p) not in slipped}
        for period, reading in _cumulative_as_month(by_measure[measure], sound):
            found.append((period, _hold("M28", reading, "与本年累计相同，疑把累计数填在本月栏", "本月数"), (reading.sheet, reading.cell)))
    return found


def carried_over(history: Mapping[str, Sequence[Reading]]) -> list[_Held]:
    """Figures of a month, every one of them as an earlier month had it: last month's file under a new title (M02).

    A form is only asked about when it tells enough of what happens within a month: what stands still may well be the same.
    """
    found: list[_Held] = []
    first: dict[frozenset[tuple[str, ...]], str] = {}
    for period, readings in sorted(history.items()):
        own = [r for r in readings if r.role != "ledger" and r.value is not None and r.period == period]
        if not tells_enough(own):
            continue
        said = frozenset((r.measure, r.unit_code, r.unit_name, r.value or "") for r in own)
        before = first.setdefault(said, period)
        if before != period:
            why = f"本表各栏与{int(before[:4])}年{int(before[5:7])}月所报完全相同，疑似沿用旧报表"
            found += [(period, _hold("M02", r, why, "本月数"), (r.sheet, r.cell)) for r in own]
    return found


def standing_still(catalogue: Catalogue, history: Mapping[str, Sequence[Reading]]) -> list[tuple[str, Issue]]:
    """A ledger's sum since January that is the month before's to the last digit: its list may be last month's under a new title (M02).

    One that is less, or less done (``grows``) than the month before said: records may be missing (M28). So may a list on which
    persons or projects stood, and now not one of any kind.
    """
    sources = {i.id: (i.title, i.from_) for i in catalogue.indicators.values() if isinstance(i.from_, FromLedger)}
    running = {measure: title for measure, (title, source) in sources.items() if source.grows or source.months == "difference"}
    found, before = [], dict[str, tuple[str, str | None]]()
    for period, readings in sorted(history.items()):
        for r in (r for r in readings if r.role == "ledger" and r.measure in running):
            last, value = before.get(r.measure, ("", None))
            before[r.measure] = (period, r.value)
            stays = sources[r.measure][1].grows
            if value is None or r.value is None or last != Month.parse(period).shift(-1).name or (last[:4] != period[:4] and not stays):
                continue
            if decimal_of(r.value) < decimal_of(value):
                message = f"{r.sheet} 的{running[r.measure]}比{int(last[5:7])}月的少，请核实是否漏列或误改了记录，确有减少的请告知党政办。"
                found.append((period, Issue("M28", Action.WARN, message, r.sheet, "", plain(decimal_of(r.value)), f"不少于{plain(decimal_of(value))}")))
            if stays or value != r.value or not decimal_of(value):
                continue
            message = f"{r.sheet} 的{running[r.measure]}与{int(last[5:7])}月的完全相同，疑似沿用旧报表，请核实后重报，确无变化的请告知党政办。"
            found.append((period, Issue("M02", Action.WARN, message, r.sheet, "", plain(decimal_of(value)), f"{int(period[5:7])}月底的数")))
    there = {measure for measure, (_, source) in sources.items() if source.count == "distinct" and not source.date}
    listed = {period: _by_sheet(readings, there) for period, readings in history.items()}
    for period, sheets in sorted(listed.items()):
        had = {sheet for sheet, counts in listed.get(Month.parse(period).shift(-1).name, {}).items() if any(counts)}
        for sheet in sorted(sheet for sheet, counts in sheets.items() if sheet in had and not any(count != 0 for count in counts)):
            message = f"{sheet} 本月一条在册的也没有，上月却有，疑似只报了本月的变动，请列出全部后重报，确实没有的请告知党政办。"
            found.append((period, Issue("M02", Action.WARN, message, sheet, "", "0", "全部在册的记录")))
    return found


def not_as_to_date(catalogue: Catalogue, history: Mapping[str, Sequence[Reading]]) -> list[tuple[str, Issue]]:
    """A ledger's sum of what the month did, when what was done until now (``agrees_with``, ``at_most``) grew otherwise since the month before:
    the cumulative, or last month's figure, may stand in the month's column (M28). Months that each say so would add up without a word.
    """
    both = [(i.id, i.agrees_with.indicator) for i in catalogue.indicators.values() if i.agrees_with and i.agrees_with.at_most and i.form
            and catalogue.indicators[i.agrees_with.indicator].form == i.form]  # fmt: skip
    listed = {period: {r.measure: r for r in readings if r.role == "ledger" and r.value is not None} for period, readings in history.items()} if both else {}
    found = []
    for period, now in sorted(listed.items()):
        before = listed.get(Month.parse(period).shift(-1).name, {})
        for month, to_date in both:
            if month not in now or to_date not in now or to_date not in before:
                continue
            did, grew = decimal_of(now[month].value), decimal_of(now[to_date].value) - decimal_of(before[to_date].value)
            if did != (room := max(grew, Decimal(0))):
                titles = [catalogue.indicators[name].title for name in (month, to_date)]
                than = f"只比上月多{plain(grew)}，疑把累计数填在本月栏" if grew >= 0 else f"比上月少{plain(-grew)}，疑把累计数填在本月栏"
                than = than if did > room else f"比上月多{plain(grew)}，本月栏疑未更新"
                message = f"{now[month].sheet} 的{titles[0]}本月为{plain(did)}，{titles[1]}却{than}，请改正后重报，没有错的请告知党政办。"
                expected = f"不多于{plain(room)}" if did > room else plain(room)
                found.append((period, Issue("M28", Action.WARN, message, now[month].sheet, "", plain(did), expected)))
    return found


def _by_sheet(readings: Sequence[Reading], measures: Collection[str]) -> dict[str, list[Decimal | None]]:
    """sheet → what its ledger counts; None where nobody can say."""
    found = defaultdict[str, list[Decimal | None]](list)
    for r in (r for r in readings if r.role == "ledger" and r.measure in measures):
        found[r.sheet].append(None if r.value is None else decimal_of(r.value))
    return found


def tells_enough(own: Sequence[Reading]) -> bool:
    """Whether the flows among them are too many, and too unlike, to come again by chance."""
    digits, different = 0, set()
    for reading in own:
        if reading.role == "flow_month" and (number := decimal_of(reading.value or 0)):
            flow = plain(abs(number)).replace(".", "")
            digits += len(flow)
            different.add(flow)
            if digits >= TELLING_DIGITS and len(different) >= TELLING_VALUES:
                return True
    return False


def rows_gone(form: Form, catalogue: Catalogue, history: Mapping[str, Sequence[Reading]]) -> list[_Held]:
    """A branch or spot of the hand-in before that has no row any more, and none in its place: what it did is not zero (M20).

    The town's list of villages says who is absent; of these nobody has a list but the months before. The first row's
    figures are held, so that no sum stands without the missing ones.
    """
    found: list[_Held] = []
    for sheet in form.sheets:
        measures = {c.id for c in sheet.columns if c.id and not c.only_in_total} if sheet.rows == "entity" else set()
        before: set[str] = set()
        for period, readings in sorted(history.items()):
            own = [r for r in readings if r.measure in measures and r.role not in ("part", "total", "ledger")]
            rows = {r.unit_name for r in own}
            day = Month.parse(period).last_day
            past = [unit.name for unit in catalogue.units.by_code.values() if unit.valid_to is not None and unit.valid_to < day]
            before = {name for name in before if name in rows or not any(unit in name for unit in past)}  # a merged village's branch went with it
            gone = sorted(before - rows) if len(rows) < len(before) and rows else []
            if gone:
                names = "、".join(f"“{name}”" for name in gone[:_NAMES_TOLD]) + (f"等{len(gone)}项" if len(gone) > _NAMES_TOLD else "")
                first = [r for r in own if r.unit_name == own[0].unit_name]
                cells = first[0].cell if len(first) == 1 else f"{first[0].cell}:{first[-1].cell}"
                issue = Issue("M20", Action.REFUSE_CELL, f"工作表“{own[0].sheet}”缺少{names}的行，往月报表里有，请补上，没有发生填0；确已不再填报的，请告知党政办确认（{cells}）。",
                              own[0].sheet, "", "", "、".join(gone[:_NAMES_TOLD]))  # fmt: skip
                found += [(period, issue, (r.sheet, r.cell)) for r in first if r.value is not None]
            before = rows or before
    return found


_NAMES_TOLD = 3


def unreconciled(form: Form, catalogue: Catalogue, history: Mapping[str, Sequence[Reading]]) -> list[tuple[str, Issue]]:
    """累计(m) = 累计(m−1) + 本月(m) where all three were reported: a difference is said, nothing is altered (M28).

    What runs since a project began (``_cum``) runs on in January. Where the month says nothing, the sum since January is at least not less.
    """
    found = []
    pairs = sorted(_running_pairs(form, catalogue) | (to_date := pairs_by_name(form, "_cum")))
    told_of = by_unit(history, {measure for pair in pairs for measure in pair})
    for measure, cumulative in pairs:
        of_month, running = told_of[measure], told_of[cumulative]
        anew = "" if (measure, cumulative) in to_date else "-01"
        for (period, unit), end in sorted(running.items()):
            before = running.get((str(Month.parse(period).shift(-1)), unit))
            start = Decimal(0) if anew and period.endswith(anew) else before.number if before else None
            if start is None:
                continue
            if (reading := of_month.get((period, unit))) is None:
                if end.number < start:
                    last = end.reading
                    message = f"{last.sheet}!{last.cell} 累计填{plain(end.number)}，比上月累计{plain(start)}少，本月又没有数，疑把本月数填在累计栏，请核实。"
                    found.append((period, Issue("M28", Action.WARN, message, last.sheet, last.cell, last.raw, f"不少于{plain(start)}")))
            elif start + reading.number != end.number:
                told, sort = reading.reading, "累计" if not anew else "本年累计"
                message = f"{told.sheet}!{told.cell} 本月{plain(reading.number)}，与上月累计{plain(start)}相加不等于{sort}{plain(end.number)}，请核实。"
                found.append((period, Issue("M28", Action.WARN, message, told.sheet, told.cell, told.raw, plain(end.number - start))))
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """What a unit says of a measure in a month."""

    number: Decimal
    reading: Reading


def by_unit(history: Mapping[str, Sequence[Reading]], measures: Collection[str]) -> dict[str, dict[tuple[str, tuple[str, str]], Told]]:
    """measure → (period, unit) → what it says there."""
    found: dict[str, dict[tuple[str, tuple[str, str]], Told]] = {measure: {} for measure in measures}
    for period, readings in history.items():
        for r in readings:
            if r.measure in found and r.value is not None and r.role not in ("part", "total", "ledger"):
                found[r.measure][period, (r.unit_code, r.unit_name)] = Told(Decimal(r.value), r)
    return found


def _hold(code: str, reading: Reading, why: str, expected: str) -> Issue:
    return Issue(code, Action.REFUSE_CELL, f"{reading.sheet}!{reading.cell} 填{reading.raw}，{why}，请核实后重报。",
                 reading.sheet, reading.cell, reading.raw, expected)  # fmt: skip


_MONTHS_BEFORE, _UNITS_BEFORE, _ENOUGH_BEFORE = 3, 3, 20
"""So many months, so many units with something, and so much in all must have come before: a few ones may well come again."""


def _all_months_as_one(months: Mapping[str, list[Reading]]) -> list[tuple[str, Reading]]:
    """January to this month under 本月, in a table that has no 累计 to compare it with (M28).

    So it is when nobody has less than in all the months before together, and the town as much more as in any of these, which were alike.
    """
    told = {period: {(r.unit_code, r.unit_name): decimal_of(r.value or 0) for r in readings} for period, readings in months.items()}
    result = []
    for period, readings in sorted(months.items()):
        earlier = [told.get(f"{period[:5]}{n:02d}") for n in range(1, int(period[5:7]))]
        if len(earlier) < _MONTHS_BEFORE or None in earlier:
            continue
        before = {unit: sum((one.get(unit, Decimal(0)) for one in earlier if one), Decimal(0)) for unit in told[period]}
        had, whole = sum(number > 0 for number in before.values()), sum(before.values(), Decimal(0))
        usual = [total for one in earlier if one and (total := sum(one.values(), Decimal(0))) > 0]
        if had < _UNITS_BEFORE or whole < _ENOUGH_BEFORE or len(usual) < _MONTHS_BEFORE or max(usual) > STEADY * min(usual):
            continue
        none_less = all(number >= before[unit] for unit, number in told[period].items())
        if none_less and min(usual) <= STEADY * (sum(told[period].values(), Decimal(0)) - whole) <= STEADY * STEADY * max(usual):
            result += [(period, reading) for reading in readings]
    return result


def _unit_slips(months: Mapping[str, list[Reading]]) -> list[tuple[str, str]]:
    """Columns of money or visits whose town sum is far from the middle of the other months': 元 for 万元, 人次 for 万人次."""
    unit = next((r.unit for readings in months.values() for r in readings if r.unit in ("元", "人次")), "")
    if not unit:
        return []
    sums = {p: sum((_pace(p, r) for r in readings), Decimal(0)) for p, readings in months.items()}
    positive = {p: s for p, s in sums.items() if s > 0}
    result = []
    for period, value in sorted(positive.items()):
        others = [s for p, s in positive.items() if p != period]
        if len(others) < 2:
            continue
        middle = median(others)
        if value * UNIT_SLIP < middle:
            result.append((period, f"远小于往月，疑单位填大（如把{unit}填成万{unit}）"))
        elif value > middle * UNIT_SLIP:
            result.append((period, f"远大于往月，疑单位填小（如把万{unit}填成{unit}）"))
    return result


def _own_slips(months: Mapping[str, list[Reading]]) -> list[tuple[str, Reading, str]]:
    """One unit's figure about 10, 1 000 or 10 000 times its steady other months, or as much below them (M27)."""
    series: dict[tuple[str, str], dict[str, tuple[Decimal, Reading]]] = defaultdict(dict)
    for period, readings in months.items():
        for reading in readings:
            series[reading.unit_code, reading.unit_name][period] = (_pace(period, reading), reading)
    result = []
    for _, by_period in sorted(series.items()):
        paces = sorted(value for value, _ in by_period.values() if value > 0)
        if len(paces) <= ENOUGH_MONTHS or paces[-1] < _LEAST * paces[0]:
            continue  # nothing in it can be that far from its steady others
        for period, (value, reading) in sorted(by_period.items()):
            others = [v for p, (v, _) in by_period.items() if p != period and v > 0]
            idle = len(by_period) - 1 - len(others)
            if value <= 0 or len(others) < ENOUGH_MONTHS or idle * _SELDOM > len(others) or max(others) > STEADY * min(others):
                continue
            ratio = value / median(others)
            ratio = max(ratio, 1 / ratio)
            words = next((words for times, words in _SLIPS if Decimal("0.7") * times <= ratio <= Decimal("1.3") * times), "")
            far = FAR_OFF if max(value, median(others)) >= _FEW else _FAR_OFF_OF_FEW
            if words or ratio >= far:
                result.append((period, reading, f"与本单位往月（{plain(from_cell(median(others)))}左右）相比{f'疑{words}' if words else '相差过大'}"))
    return result


def _pace(period: str, reading: Reading) -> Decimal:
    """A figure; a cumulative one per month, so that December can stand beside January."""
    value = decimal_of(reading.value or 0)
    return value / int(period[5:7]) if reading.role in ("flow_ytd", "last_year") else value


def _running_pairs(form: Form, catalogue: Catalogue) -> set[tuple[str, str]]:
    """(measure of the month, measure since January)."""
    declared = {c.id for sheet in form.sheets for c in sheet.columns if c.role == "flow_ytd" and c.id}
    pairs = {(c.id, f"{c.id}_ytd") for sheet in form.sheets for c in sheet.columns if c.id and f"{c.id}_ytd" in declared}
    return pairs | {
        (i.from_.measure, i.from_.cumulative)
        for i in catalogue.indicators_of(form.id) if isinstance(i.from_, FromColumn) and i.from_.cumulative
    }  # fmt: skip


def pairs_by_name(form: Form, ending: str) -> set[tuple[str, str]]:
    """(measure of the month, what is called so with this ending), of the columns of one form."""
    declared = {c.id for sheet in form.sheets for c in sheet.columns if c.id}
    return {(one, f"{one}{ending}") for one in declared if f"{one}{ending}" in declared}


def _cumulative_as_month(months: Mapping[str, list[Reading]], cumulative: Mapping[str, list[Reading]]) -> list[tuple[str, Reading]]:
    """Identity 累计(m) = 累计(m−1) + 本月(m): a month that equals the cumulative although something came before it.

    Where the month before does not say whether something came before, the doubt is enough (M28).
    """
    result = []
    for period, readings in sorted(months.items()):
        month = Month.parse(period)
        if month.month == 1:
            continue
        running = {(r.unit_code, r.unit_name): decimal_of(r.value or 0) for r in cumulative.get(period, ())}
        before = cumulative.get(month.shift(-1).name)
        earlier = {(r.unit_code, r.unit_name): decimal_of(r.value or 0) for r in before} if before else None
        same = [r for r in readings if (k := (r.unit_code, r.unit_name)) in running and running[k] == decimal_of(r.value or 0) and running[k] > 0]
        if not same:
            continue
        wrong = same if earlier is None else [r for r in same if earlier.get((r.unit_code, r.unit_name), Decimal(0)) > 0]
        known = [r for r in readings if decimal_of(r.value or 0) > 0 and (r.unit_code, r.unit_name) in running]
        if wrong and (len(same) == len(known) or len(wrong) * 2 > len(known)):
            wrong = list(readings)
        result += [(period, reading) for reading in wrong]
    return result
