"""Who is in force and who owes what: one answer, with or without a look at the cells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

import flows.demo
from catalog.catalogue import load_catalogue
from connectors.warehouse import SubmissionRow
from flows.intake.settle import owed, settle

CATALOGUE = load_catalogue(Path(str(flows.demo.__file__)).parent)
ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2020, 7, 20, 2, tzinfo=ZONE)

hand_ins = st.lists(
    st.tuples(st.sampled_from(["F01", "F12", "F20", ""]), st.sampled_from(["2020-01", "2020-02", "2020-06"]), st.booleans(), st.integers(-1, 2),
              st.sampled_from(["a", "b", "c"]), st.integers(0, 3), st.booleans()), max_size=12,
)  # fmt: skip


@given(hand_ins)
def test_what_is_known_without_cells_is_what_is_known_with_them(made):
    rows = [
        SubmissionRow(n, f"{n}.xlsx", f"{n:064x}", 1, datetime(2020, 2, 1, tzinfo=UTC) + timedelta(days=day), form, "民政办", period, refused, rank, content, False)
        for n, (form, period, refused, rank, content, day, _) in enumerate(made, 1)
    ]  # fmt: skip
    revoked = {n: AS_OF for n, (*_, back) in enumerate(made, 1) if back}
    whole = settle(rows, lambda ids, unlike=None: {}, CATALOGUE, ZONE, revoked=revoked)
    in_force, missing = owed(rows, CATALOGUE, AS_OF, ZONE, revoked=revoked)
    assert in_force == whole.current
    assert owed(reversed(rows), CATALOGUE, AS_OF, ZONE, revoked=revoked) == (in_force, missing)
