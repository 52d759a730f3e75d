"""What a step took is its own and its children's, each counted once."""

import os

from bench.child import in_child
from connectors.workbooks.guard import guarded

HELD = 200


def holding(megabytes):
    """A step that holds so much as it starts the reader."""
    held = b"x" * (megabytes << 20)
    with guarded() as guard:
        guard.call(os.getpid)
    return len(held)


def test_what_a_step_holds_as_it_starts_its_reader_is_not_counted_again_as_the_readers():
    spent = in_child("tests.bench.test_child:holding", HELD)
    assert spent.answer == HELD << 20
    assert HELD + 10 < spent.peak_mb < 1.5 * HELD
