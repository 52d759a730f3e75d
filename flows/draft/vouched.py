"""办公室核定: what the office has said about the cells and figures of a draft, beside what was reported (who, and why)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from catalog.catalogue import Catalogue
from catalog.observations import Adjustment, Figure, Reading
from catalog.periods import Period
from catalog.places import covers
from connectors.warehouse import StandingRow, Warehouse
from connectors.warehouse.tracing import raw_of
from flows.summary.small_counts import hidden_villages
from flows.words.binding import Words, binding

Place = tuple[int, str, str]
"""submission, sheet, cell."""
_LACKS = "未含"


@dataclass(frozen=True, slots=True)
class Vouched:
    """Sentences about cells, and about figures of the period."""

    cells: Mapping[Place, str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)


def vouched(warehouse: Warehouse, words: Words, standing: Sequence[StandingRow], figures: Mapping[str, Figure],
            by_period: Mapping[str, Mapping[str, Figure]], period: Period, catalogue: Catalogue | None = None) -> Vouched:  # fmt: skip
    """The words that hold: a cell still says what was reported when the word was given, a figure is the one it points to.

    With a ``catalogue`` no small count of a village's persons is told, nor one by which it is hidden.
    """
    about: dict[str, str] = {}
    for name, figure in figures.items():
        if absent := absent_units(figure):
            about[name] = f"按已报汇总，未含{'、'.join(absent)}"
    for word in words.figures:
        other, _, at = word.value.partition(" ")
        mine, theirs = figures.get(word.indicator), by_period.get(at, {}).get(other)
        if word.kind == "use" and word.period == period.name and mine is not None and theirs is not None and mine.value == theirs.value:
            about[word.indicator] = f"以{at}的{other}为准（{word.by}：{word.why}）"
    return Vouched(_cells(warehouse, words.cells, standing, catalogue), about)


def _cells(warehouse: Warehouse, words: Iterable[Adjustment], standing: Sequence[StandingRow], catalogue: Catalogue | None) -> dict[Place, str]:
    at = [(row.id, word) for word in words for row in standing if (row.form, row.period) == (word.form, word.period)]
    raw = raw_of(warehouse, {(number, word.sheet) for number, word in at}) if at else {}
    hidden = _hidden(raw, at, catalogue) if catalogue is not None else set()
    told = {}
    for number, word in at:
        reading = raw.get((number, word.sheet, word.cell))
        if reading is None or reading.raw != word.expects:
            continue
        if (reading.measure, reading.unit_code) in hidden:
            said = f"{word.cell} 人数很少，{'已更正' if word.kind == 'correct' else '已核实无误'}，数字不在此列出"
        elif word.kind == "correct":
            said = f"{word.cell} 原报{word.expects or '空'}，按{word.value}{reading.unit}计"
        else:
            said = f"{word.cell} 原报{word.expects}，已核实无误"
        told[number, word.sheet, word.cell] = f"{said}（{word.by}：{word.why}）"
    return told


def said_since(
    warehouse: Warehouse, said: Sequence[Adjustment], since: datetime, standing: Sequence[StandingRow], figures: Mapping[str, Figure],
    by_period: Mapping[str, Mapping[str, Figure]], period: Period, catalogue: Catalogue | None = None,
) -> dict[str, str]:  # fmt: skip
    """indicator → what the office has said since then about a cell it rests on, or about the figure itself: which, who and why."""
    fresh = [word for word in said if word.at > since or word.bound_from >= since]
    binding_now = binding(said)
    new = {word.number for word in fresh}
    words = Words(tuple(w for w in binding_now.cells if w.number in new), tuple(w for w in binding_now.figures if w.number in new and w.kind == "use"))
    told = vouched(warehouse, words, standing, figures, by_period, period, catalogue)
    paths = {row.id: row.path for row in standing}
    places = {place: f"{paths.get(place[0], '')}!{place[1]}!{sentence}" for place, sentence in told.cells.items()}
    places |= dict(_taken_back(said, fresh, standing))
    uses = {w.indicator for w in words.figures}
    found = {}
    for name, figure in figures.items():
        about = [told.figures[name]] if name in uses and name in told.figures else []
        about += [text for (number, sheet, cell), text in places.items()
                  if any(line.submission_id == number and line.sheet == sheet and covers(line.cells, cell) for line in figure.lineage)]  # fmt: skip
        if about:
            found[name] = "；".join(dict.fromkeys(about))
    return found


def _taken_back(said: Sequence[Adjustment], fresh: Sequence[Adjustment], standing: Sequence[StandingRow]) -> Iterator[tuple[Place, str]]:
    """Words about cells that were withdrawn."""
    by_number = {word.number: word for word in said}
    for back in (word for word in fresh if word.kind == "withdraw"):
        word = by_number.get(int(back.value))
        for row in standing:
            if word is not None and word.cell and (row.form, row.period) == (word.form, word.period):
                yield (row.id, word.sheet, word.cell), f"{row.path}!{word.sheet}!{word.cell} 的核定已撤回（{back.by}：{back.why}）"


def _hidden(raw: Mapping[Place, Reading], at: Sequence[tuple[int, Adjustment]], catalogue: Catalogue) -> set[tuple[str, str]]:
    """(measure, village) hidden in a hand-in a word is about, as reported or as corrected."""
    values = {(number, word.sheet, word.cell): word.value for number, word in at if word.kind == "correct"}
    result: set[tuple[str, str]] = set()
    for number in {number for number, _ in at}:
        mine = [(place, r) for place, r in raw.items() if place[0] == number and r.role not in ("part", "total", "ledger")]
        for corrected in (False, True):
            result |= hidden_villages(catalogue, (
                {"indicator": r.measure, "period": r.period, "unit_code": r.unit_code, "unit": r.unit, "value": values.get(place, r.value) if corrected else r.value}
                for place, r in mine
            ))  # fmt: skip
    return result


def absent_units(figure: Figure) -> list[str]:
    """Units that an accepted partial sum does without (按已报汇总, rules.md §7); none where the figure is whole."""
    if not figure.status.has_value or not figure.reason.startswith(_LACKS):
        return []
    parts = [part.removeprefix(_LACKS) for part in figure.reason.split("；") if part.startswith(_LACKS)]
    return list(dict.fromkeys(name for part in parts for name in part.split("、")))


def absent_note(figure: Figure) -> str:
    """``（未含荷塘坡村）`` as it stands in the text, or nothing."""
    absent = absent_units(figure)
    return f"（未含{'、'.join(absent)}）" if absent else ""
