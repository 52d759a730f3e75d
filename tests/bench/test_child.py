"""What a step took is its own and its children's, each counted once."""

import os
import threading
import time

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


def holding_while_threads_end(megabytes):
    """The same, with threads that begin and end until the step's process does."""

    def begin_and_end():
        while True:
            short = threading.Thread(target=time.sleep, args=(0,))
            short.start()
            short.join()

    for _ in range(4):
        threading.Thread(target=begin_and_end, daemon=True).start()
    return holding(megabytes)


def test_threads_that_end_meanwhile_hinder_no_measurement():
    for _ in range(5):
        spent = in_child("tests.bench.test_child:holding_while_threads_end", HELD)
        assert HELD + 10 < spent.peak_mb < 1.5 * HELD
