"""What a month's file says of the year or of last year otherwise than the files before it: nothing in one file can tell.

Nothing here alters a figure; the department is asked (M28).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from catalog.forms import Form
from catalog.issues import Action, Issue
from catalog.observations import Reading
from catalog.periods import Month
from flows.intake.history import Told, by_unit, pairs_by_name

_History = Mapping[str, Sequence[Reading]]
_Unit = tuple[str, str]


def unlike_before(form: Form, history: _History) -> Iterator[tuple[str, Issue]]:
    """Every (period, question) about one form: ``history`` is period → the sound readings of the hand-in in force."""
    yield from _not_filled_in_anew(form, history)
    yield from _not_as_a_year_ago(form, history)
    yield from _another_target(history)


def _not_filled_in_anew(form: Form, history: _History) -> Iterator[tuple[str, Issue]]:
    """上年同期累计 grows with the months: one that stands still is the month before's, one that falls a single month's; a rate reckoned from it
    would be printed.
    """
    rising = {row.measures["last_year"] for sheet in form.sheets for row in sheet.row_measures if "last_year" in row.measures and not row.part_of}
    for of_measure in by_unit(history, rising).values():
        for (period, unit), now in sorted(of_measure.items()):
            before = of_measure.get((str(Month.parse(period).shift(-1)), unit))
            if before is None or period.endswith("-01") or now.number > before.number or not before.number:
                continue
            than = "与上月的相同，疑未更新" if now.number == before.number else f"比上月的{before.reading.raw}少，疑填的是上年一个月的数"
            yield period, _ask(now, f"上年同期累计填{now.reading.raw}，{than}，请核实", f"多于{before.reading.raw}")


def _not_as_a_year_ago(form: Form, history: _History) -> Iterator[tuple[str, Issue]]:
    """上年同期 of a month is what that month said a year ago, not a sum since January and not the month before's."""
    pairs = sorted(pairs_by_name(form, "_ly"))
    told_of = by_unit(history, {measure for pair in pairs for measure in pair})
    for measure, last_year in pairs:
        for (period, unit), now in sorted(told_of[last_year].items()):
            then = told_of[measure].get((str(Month.parse(period).shift(-12)), unit))
            if then is not None and then.number != now.number:
                said = f"上年同期填{now.reading.raw}，上年{int(period[5:])}月报表的本月数是{then.reading.raw}，请核实是否上年同月的数"
                yield period, _ask(now, said, then.reading.raw)


def _another_target(history: _History) -> Iterator[tuple[str, Issue]]:
    """A target or plan of the year that is another than the month before's: one question for the town."""
    for _, of_measure in sorted(by_unit(history, {r.measure for readings in history.values() for r in readings if r.role in ("target", "plan")}).items()):
        by_period: dict[str, dict[_Unit, Told]] = defaultdict(dict)
        for (period, unit), one in of_measure.items():
            by_period[period][unit] = one
        for period, now in sorted(by_period.items()):
            before = {} if period.endswith("-01") else by_period.get(str(Month.parse(period).shift(-1)), {})
            changed = [unit for unit in sorted(now) if unit in before and before[unit].number != now[unit].number]
            if changed and sum(one.number for one in now.values()) != sum(one.number for one in before.values()):
                one, was = now[changed[0]], before[changed[0]].reading.raw
                more = f"等{len(changed)}处" if len(changed) > 1 else ""
                yield period, _ask(one, f"{more}全年的任务或计划填{one.reading.raw}，上月填{was}，请核实，确有调整的请告知党政办", was)


def _ask(told: Told, said: str, expected: str) -> Issue:
    reading = told.reading
    return Issue("M28", Action.WARN, f"{reading.sheet}!{reading.cell} {said}。", reading.sheet, reading.cell, reading.raw, expected)
