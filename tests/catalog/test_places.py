"""Cells named one by one, as ranges, and as rows of a ledger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.grids import address
from catalog.places import cell_ranges, covers, parse_place


@pytest.mark.parametrize(("cells", "said"), [
    (["H7", "H6", "H8", "J6"], "H6:H8,J6"), (["C5"], "C5"), ([], ""), (["AA9", "Z9"], "Z9,AA9"), (["4:51（48行）"], "4:51（48行）"),
])  # fmt: skip
def test_cells_as_few_ranges(cells, said):
    assert cell_ranges(cells) == said


@pytest.mark.parametrize(("cells", "cell", "held"), [
    ("H6", "H6", True), ("H6:H22", "H7", True), ("H6:H22", "I7", False), ("H6:H22,J3", "J3", True), ("4:51,53（49行）", "C52", False),
    ("4:51,53（49行）", "C53", True), ("4:5（2行）,9（1行）", "A9", True), ("", "A1", False), ("H6", "H66", False),
])  # fmt: skip
def test_which_cells_are_meant(cells, cell, held):
    assert covers(cells, cell) is held


@given(st.sets(st.tuples(st.integers(0, 30), st.integers(0, 60))), st.tuples(st.integers(0, 30), st.integers(0, 60)))
def test_ranges_hold_exactly_the_cells_they_were_made_from(positions, other):
    said = cell_ranges(address(*p) for p in positions)
    assert all(covers(said, address(*p)) for p in positions)
    assert covers(said, address(*other)) is (other in positions)


@pytest.mark.parametrize(("text", "place"), [
    ("民政/F12.xlsx!月报!h$6", ("民政/F12.xlsx", "月报", "H6")), ("a!b.xlsx!月报!C3", ("a!b.xlsx", "月报", "C3")),
    ("F12.xlsx!H6", None), ("F12.xlsx!月报!", None), ("F12.xlsx!月报!H6:H7", None), ("dibao_hh", None),
])  # fmt: skip
def test_a_place_is_file_sheet_and_cell(text, place):
    assert parse_place(text) == place
