"""A reader in another process, looping over the views during nights, sees finished states and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.intake.collect import collect, read_and_load
from tests.killing import town
from tests.killing.forks import begin, ended, in_a_child
from tests.killing.readers import Seen, cursor_of, look, look_until
from tests.killing.trials import Place, Stage

NIGHTS = 4


def finished(place: Place) -> Seen:
    with cursor_of(place) as cursor:
        return look(cursor)


def nights_of_changes(place: Place, stage: Stage) -> list[Seen]:
    """The later night, and more with a newer hand-in each; the state that each leaves."""
    states = []
    for number in range(NIGHTS):
        if number:
            data = town.patrols(place.office, 6, 6, 110 + number)
            with place.surroundings():
                town.write(place.office, [town.File(f"2020年/06月/控违办/拆违控违6月修改版{number}.xlsx", data, datetime(2020, 7, 1 + number))])
        place.run(stage.at + timedelta(days=number))
        states.append(finished(place))
    return states


def test_a_reader_beside_the_night_sees_finished_states_and_nothing_else(nights, tmp_path):
    stage, stop = nights[1], tmp_path / "stop"
    with stage.place.copied(tmp_path / "copy") as copy:
        with copy.surroundings():
            town.redeclare(copy.folder / "office", "")  # so that nothing is read anew
        known = [finished(copy)]
        reader = begin(lambda: look_until(copy, stop))
        known += in_a_child(lambda: nights_of_changes(copy, stage))[0]
        stop.touch()
        seen, signal = ended(*reader)
    assert signal == 0 and isinstance(seen, list), seen
    at_once, singly, times = seen
    views = {state: views for state, views, _ in known}
    assert len(views) == NIGHTS + 1 and times > 20
    for before, found, after in at_once:
        assert before == after and found == views[before]
    for before, found, after in singly:
        for view, what in found.items():
            assert what in {state[view] for state in views.values()} and (before != after or what == views[before][view])
    assert "empty" not in {found[view] for _, found, _ in at_once + singly for view in found if view != "out_contradiction"}


def test_what_is_read_anew_is_not_seen_before_it_is_published(nights, tmp_path):
    stage = nights[1]
    with stage.place.copied(tmp_path / "copy") as copy:
        before = finished(copy)

        def half_a_night() -> None:
            with copy.surroundings(), copy.office.open_warehouse() as warehouse:
                read_and_load(copy.office, warehouse, collect(copy.office, warehouse, stage.at).new, stage.at)

        assert in_a_child(half_a_night) == (None, 0)
        assert finished(copy) == before
