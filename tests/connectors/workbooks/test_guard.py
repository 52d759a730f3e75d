"""Nothing that a file does to a library reaches the process that asked."""

from __future__ import annotations

import os
import time

import pytest

from connectors.workbooks.guard import Guard, TooDear, call_forked, seconds_more


def add(a, b):
    return a + b


def refuse():
    raise ValueError("said in words")


def hang():
    while True:
        pass


def sleep():
    time.sleep(60)


def swell():
    return len([bytearray(1 << 20) for _ in range(3000)])


def die():
    os.abort()


def chatter():
    print("noise" * 1000)
    os.write(1, b"more noise")
    return "quiet"


def panic():
    os.write(1, b"noise")
    os.write(2, b"thread panicked, stack backtrace")
    return "quiet"


def me():
    return os.getpid()


@pytest.fixture
def guard():
    with Guard(seconds=2, memory=200 << 20) as opened:
        yield opened


@pytest.fixture(params=["kept", "forked"])
def call(request, guard):
    if request.param == "kept":
        return guard.call
    return lambda function, *arguments: call_forked(function, *arguments, seconds=2, memory=200 << 20)


def test_it_answers_and_says_what_the_function_raised(call):
    assert call(add, 2, 3) == 5
    with pytest.raises(ValueError, match="said in words"):
        call(refuse)


@pytest.mark.parametrize(("function", "reason"), [(hang, "time"), (sleep, "time"), (swell, "memory")])
def test_time_and_memory_are_bounded(call, function, reason):
    began = time.monotonic()
    with pytest.raises(TooDear) as stopped:
        call(function)
    assert stopped.value.reason == reason and time.monotonic() - began < 6
    assert call(add, 1, 1) == 2


def test_a_crash_is_an_answer_too(call):
    with pytest.raises(TooDear):
        call(die)
    assert call(add, 1, 1) == 2


def test_what_a_library_prints_does_not_garble_the_answer(guard):
    assert guard.call(chatter) == "quiet"


def test_nothing_a_library_prints_comes_to_the_screen(call, capfd):
    assert call(panic) == "quiet"
    assert capfd.readouterr() == ("", "")


def test_one_child_serves_many_and_leaves_with_its_parent(guard):
    child = guard.call(me)
    assert guard.call(me) == child != os.getpid()
    guard.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_long_file_may_take_longer_and_none_for_ever(guard):
    with pytest.raises(TooDear):
        guard.call(time.sleep, 3)
    assert guard.call(time.sleep, 3, more=10.0) is None
    assert [seconds_more(size << 20) for size in (0, 3, 13, 1000)] == [0, 0, 150, 570]


def test_a_child_knows_no_prefect(guard):
    assert guard.call(eval, "bool(__import__('flows.intake.guarded')) and 'prefect' in __import__('sys').modules") is False
