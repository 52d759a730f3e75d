"""A sample of ``python -m tests.killing --orders``: any order of the files, over any number of nights, is one state."""

from datetime import timedelta

from flows.intake.collect import collect, read_and_load
from flows.summary.publish import settle_and_publish
from tests.killing import town
from tests.killing.orders import empty_office, everything, state_after


def test_what_is_missing_is_later_every_night_even_if_nothing_comes(warmed, tmp_path):
    place = empty_office(tmp_path / "town")
    town.write(place.office, town.first_files(place.office))
    days = []
    with place.surroundings(), place.office.open_warehouse() as warehouse:
        for number in range(3):
            at = town.JULY + timedelta(days=number)
            read_and_load(place.office, warehouse, collect(place.office, warehouse, at).new, at)
            changed = settle_and_publish(place.office, warehouse, at, town.QUARTER).changed
            with warehouse.reading() as connection:
                rows = connection.exec_driver_sql("SELECT days_late FROM out_submission WHERE state = 'missing' AND period = '2020-06' AND form = 'F19'")
                days.append((changed, rows.scalar()))
    assert days == [(True, 15), (False, 16), (False, 17)]


def test_any_order_over_any_number_of_nights_is_one_state(warmed, tmp_path):
    empty = empty_office(tmp_path / "empty")
    files = everything(empty)
    found = [state_after(empty, files, seed, tmp_path / "copy") for seed in range(20)]
    assert {nights for nights, _ in found} == {1, 2, 3, 4, 5}
    assert all(shown == found[0][1] for _, shown in found), [seed for seed, (_, shown) in enumerate(found) if shown != found[0][1]]
    assert found[0][1]["unsound"] == "{}"
