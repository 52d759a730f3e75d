"""The same hand-ins in another order and over another number of nights: the same state."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from catalog.observations import Adjustment
from flows.intake.collect import collect, read_and_load
from flows.summary.publish import settle_and_publish
from tests.killing import town
from tests.killing.night import shown
from tests.killing.town import JULY, QUARTER, File
from tests.killing.trials import Place

WORD = Adjustment("confirm", "F18", "2020-05", "进度表", "D5", "20", "党政办", "在册数", datetime.fromisoformat("2020-06-01T09:00:00+08:00"))


def everything(place: Place) -> list[File]:
    """All hand-ins of both nights, each under a name of its own."""
    office = place.office
    later = [File(f"更正/{number}/{file.path}", file.data, file.came) for number, file in enumerate(town.later_files(office))]
    return town.first_files(office) + later


def in_some_order(seed: int, files: list[File]) -> Iterator[tuple[datetime, list[File], bool]]:
    """Nights with what comes before each, the last at the same time always; whether the office says its word before it."""
    chance = random.Random(seed)
    shuffled = chance.sample(files, len(files))
    nights = chance.randint(1, 5)
    cuts = sorted(chance.choices(range(len(files) + 1), k=nights - 1))
    times = sorted(JULY - timedelta(days=chance.randint(0, 60)) for _ in range(nights - 1)) if chance.random() < 0.7 else [JULY] * (nights - 1)
    said = chance.randrange(nights)
    for number, (at, start, end) in enumerate(zip([*times, JULY], [0, *cuts], [*cuts, len(files)], strict=True)):
        yield at, shuffled[start:end], number == said


def state_after(empty: Place, files: list[File], seed: int, folder: Path) -> tuple[int, dict[str, str]]:
    """How many nights this order has, and what the views show after the last of them, but for when it was known."""
    with empty.copied(folder) as place, place.surroundings():
        office, nights = place.office, 0
        with office.open_warehouse() as warehouse:
            for at, came, said in in_some_order(seed, files):
                nights += 1
                town.write(office, came)
                if said:
                    warehouse.adjust(WORD)
                read_and_load(office, warehouse, collect(office, warehouse, at).new, at)
                settle_and_publish(office, warehouse, at, QUARTER)
            return nights, shown(warehouse, times=False)


def empty_office(folder: Path) -> Place:
    place = Place(folder)
    town.town(folder / "office")
    return place
