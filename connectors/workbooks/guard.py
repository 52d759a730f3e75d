"""A process of its own around the readers: what a hostile file does to a library ends there, in time and in memory.

The child is told what to do over its standard input and answers over its standard output, so it shares nothing with the
process that asks: no threads, no main module, no Prefect. One child serves file after file; a killed one is replaced.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, TypeVar

SECONDS = 30.0
"""Wall time one file may take."""
_ORDINARY, _A_MEGABYTE, _LONGEST = 3 << 20, 15.0, 570.0
"""Bytes of a file that the time above is for; what every megabyte beyond may take on top, and all of them together. A ledger of a
million rows has sixty and takes two or three seconds each on a machine with nothing else to do; what loops or grows without end is
small, or is stopped after ten minutes."""
MEMORY = 1 << 30
"""Bytes of memory one file may take, above what the child needs to begin with."""
T = TypeVar("T")


def seconds_more(size: int) -> float:
    """What a file of so many bytes may take above what any may."""
    return min(_LONGEST, _A_MEGABYTE * max(0, size - _ORDINARY) / (1 << 20))


class TooDear(Exception):
    """A file cost more time or memory than it may, or brought the reader down; the child is gone."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """``time``, ``memory`` or ``crash``."""


class Guard:
    """A child process that calls functions of modules, one after another. Use as a context manager, from one thread."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.seconds = seconds
        self.memory = memory
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Guard:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, function: Callable[..., T], *arguments: Any, more: float = 0.0) -> T:
        """``function(*arguments)`` in the child. ``function`` stands at the top of a module; all that travels is pickled.

        ``more``: seconds it may take above those of the guard. Raises :class:`TooDear`, or what the function raised.
        """
        child = self._running()
        assert child.stdin is not None and child.stdout is not None
        late = threading.Event()

        def stop() -> None:
            late.set()
            child.kill()

        timer = threading.Timer(self.seconds + more, stop)
        timer.daemon = True
        timer.start()
        try:
            _send(child.stdin, (function, arguments, more))
            fine, answer = _receive(child.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            code = self._bury()
            raise TooDear("time" if late.is_set() or code == -_signal("SIGXCPU") else "memory" if code == -_signal("SIGABRT") else "crash") from None
        except BaseException:
            self._bury()  # interrupted: the answer that would come is for a question nobody asks any more
            raise
        finally:
            timer.cancel()
        if fine:
            return answer  # type: ignore[no-any-return]
        if isinstance(answer, MemoryError):
            self._bury()
            raise TooDear("memory")
        raise answer

    def close(self) -> None:
        """Let the child go."""
        if self._child is not None:
            self._bury()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self._bury()
        if self._child is None:
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
            command = [sys.executable, "-c", f"from {__name__} import serve; serve({self.memory}, {self.seconds})"]
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        return self._child

    def _bury(self) -> int:
        child, self._child = self._child, None
        if child is None:
            return 0
        with contextlib.suppress(OSError):
            if child.stdin:
                child.stdin.close()
        child.kill() if child.poll() is None else None
        code = child.wait()
        if child.stdout:
            child.stdout.close()
        return code


_idle: list[Guard] = []


@contextlib.contextmanager
def guarded() -> Iterator[Guard]:
    """A guard that is free, or a new one; its child stays for the next who asks."""
    guard = _idle.pop() if _idle else Guard()
    try:
        yield guard
    finally:
        _idle.append(guard)


@atexit.register
def let_all_go() -> None:
    """End the children that wait for work."""
    for guard in _idle:
        guard.close()


def call_forked(
    function: Callable[..., T], *arguments: Any, seconds: float = SECONDS, memory: int = MEMORY, meanwhile: Callable[[], object] | None = None
) -> T:
    """As :meth:`Guard.call`, for a program with one thread that asks once: the child is a fork and needs no start.

    Where a process cannot fork, or has threads, a guard is used. ``meanwhile``: what may be got ready while the child is at work.
    """
    if not hasattr(os, "fork") or threading.active_count() > 1:
        with Guard(seconds, memory) as guard:
            return guard.call(function, *arguments)
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        faulthandler.disable()  # a library that dies here is a refusal there
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)  # and what it says of that is for nobody's screen
        with os.fdopen(into, "wb") as stream:
            _limit(memory, seconds)
            _answer(stream, function, arguments)
        os._exit(0)
    os.close(into)
    timer = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
    timer.daemon = True
    timer.start()
    try:
        with os.fdopen(out, "rb") as stream:
            if meanwhile is not None:
                meanwhile()
            fine, answer = _receive(stream)
    except (EOFError, pickle.UnpicklingError):
        fine, answer = False, None
    finally:
        timer.cancel()
        _, status = os.waitpid(child, 0)
    if fine:
        return answer  # type: ignore[no-any-return]
    if isinstance(answer, MemoryError) or (answer is None and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT):
        raise TooDear("memory")
    if answer is None:
        raise TooDear("time" if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGKILL, signal.SIGXCPU) else "crash")
    raise answer


# --- the child ---------------------------------------------------------------------------------------------


def serve(memory: int, seconds: float) -> None:
    """Answer until nobody asks any more. Whatever a library prints goes nowhere."""
    gc.set_threshold(100_000, 20, 20)  # modules and rows of cells make no cycles; looking for them every 700 was a tenth of the work
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    first = True
    while True:
        try:
            function, arguments, more = _receive(asked)
        except EOFError:
            return
        if first:  # after the modules of the first question are there
            _limit(memory, seconds)
            first = False
        _limit_time(seconds + more)
        _answer(answers, function, arguments)


def _answer(stream: BinaryIO, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    answer: tuple[bool, Any]
    try:
        answer = (True, function(*arguments))
    except BaseException as error:  # noqa: BLE001 - calamine's PanicException is a BaseException; all of it is told
        answer = (False, error)
    try:
        _send(stream, answer)
    except (pickle.PicklingError, TypeError, AttributeError):
        _send(stream, (False, RuntimeError(type(answer[1]).__name__)))


def _limit(memory: int, seconds: float) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the time is kept by the parent
        return
    pages = int(open("/proc/self/statm").read().split()[5]) if os.path.exists("/proc/self/statm") else 0  # noqa: PTH110, PTH123, SIM115 - a kernel file
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = memory + pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit_time(seconds)


def _limit_time(seconds: float) -> None:
    """Should the parent die, nobody kills a child that hangs but the kernel."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + 2 * seconds) + 1, hard))


def _send(stream: BinaryIO | Any, what: Any) -> None:
    data = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    stream.write(data)
    stream.flush()


def _receive(stream: BinaryIO | Any) -> Any:
    """What was cut off raises EOFError or UnpicklingError; nothing is held beside what is made of it."""
    return pickle.load(stream)


def _signal(name: str) -> int:
    return int(getattr(signal, name, 0))
