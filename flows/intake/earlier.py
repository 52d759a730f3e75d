"""A hand-in in force beside those of its own form and month that it replaces, and supplements that came after it (M01, M20)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from catalog.issues import Action, Issue
from catalog.observations import Reading

Place = tuple[str, str]
"""(sheet, cell)."""
_VALUES_TOLD = 5


@dataclass(slots=True)
class Earlier:
    """What the hand-ins beside the one in force say otherwise: those it replaces, and supplements that came after it."""

    count: int = 0
    values: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Place among the readings in force → what stood there before, in the order in which it came."""
    elsewhere: list[str] = field(default_factory=list)
    """Paths of those that say the same in every cell and yet are not the same."""
    gone: dict[str, list[str]] = field(default_factory=dict)
    """Path → whose figures it has and the one in force has not."""
    supplements: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Path of a supplement → (place among the readings in force, what it says there)."""

    def hold(self, new: Sequence[Reading], old: Sequence[Reading], path: str, *, supplement: bool) -> None:
        """``supplement``: it came after the one in force and has some of its rows only, so that it takes the place of none.

        Of ``old`` those may be missing that ``new`` has too.
        """
        self.count += not supplement
        before = dict(zip(map(_ABOUT, old), old, strict=True))
        names = {r.unit_name for r in new}
        gone = list(dict.fromkeys(r.unit_name for r in old if r.unit_name not in names and r.value is not None and r.role not in _NO_ROW))
        if gone:
            self.gone[path] = gone
        other = self.supplements.setdefault(path, []) if supplement else []
        differs = False
        for number, (about, now) in enumerate(zip(map(_ABOUT, new), new, strict=True)):
            was = before.pop(about, None)
            if was is None or (was.value == now.value and was.status == now.status) or (now.role == "ledger" and not now.cell):
                continue
            differs = True
            if supplement:
                if was.value is not None and now.role != "ledger":
                    other.append((number, was.value))
                continue
            value = was.value if was.value is not None else "空"
            if value not in self.values[number]:
                self.values[number].append(value)
        if not differs and not supplement:
            self.elsewhere.append(path)

    def issues(self, new: Sequence[Reading], path: str) -> Iterator[Issue]:
        """Cell by cell; every version is kept."""
        for other, names in self.gone.items():
            who = "、".join(names[:_VALUES_TOLD]) + (f"等{len(names)}项" if len(names) > _VALUES_TOLD else "")
            yield Issue("M20", Action.WARN, f"“{other}”有{who}的数，本表没有，现按未报计，请填在一张全表里重报。", new[0].sheet if new else "", "", who, "一张全表")
        for other in self.supplements:
            yield Issue("M20", Action.WARN, f"后来的“{other}”行不全或写明是补报，不能代替全表，未采用，请把其中的内容填进一张全表后重报。",
                        new[0].sheet if new else "", "", other, "一张全表")  # fmt: skip
        for number, values in sorted(self.values.items()):
            reading = new[number]
            cell = "" if reading.role == "ledger" else reading.cell
            now = reading.value if reading.value is not None else "空"
            was = "、".join(values[:_VALUES_TOLD]) + (f"等{len(values)}种" if len(values) > _VALUES_TOLD else "")
            before = "上一版" if self.count == 1 else "以前的版本"
            yield Issue("M01", Action.WARN, f"{reading.sheet}!{cell or reading.measure} 本次为{now}，{before}为{was}，以本次为准，请核实。",
                        reading.sheet, cell, now, was)  # fmt: skip
        said = f"本月收到两份内容不同的文件，以“{path}”为准。"
        for other in self.elsewhere:
            yield Issue("M01", Action.WARN, said, found=other, expected=path)

    def disputed(self, new: Sequence[Reading]) -> list[tuple[Issue, Place]]:
        """Figures in force of which a later supplement says something else: neither counts until somebody says which."""
        found = []
        for path, cells in self.supplements.items():
            for number, value in cells:
                reading = new[number]
                place = (reading.sheet, reading.cell)
                now = reading.value if reading.value is not None else "空"
                found.append((Issue("M01", Action.REFUSE_CELL, f"{place[0]}!{place[1]} 为{now}，后来的“{path}”为{value}，那份行不全、不能代替全表，本格暂不采用，请核实后填进一张全表重报。",
                                    *place, now, value), place))  # fmt: skip
        return found


_NO_ROW = ("part", "total", "ledger")
_ABOUT = itemgetter(*map(Reading._fields.index, ("measure", "unit_code", "unit_name", "period")))
"""What a reading speaks of."""
