"""The console script. A verb that a person waits for is called at once where its words are plain; all else is asked of the command line.

Its libraries take longer to import than the verb to answer. What they would read otherwise than word by word (help, a
missing word, an option that is not the verb's, ``--option=value``) is left to them.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from flows.command.later import later


def plainly(words: Sequence[str]) -> Callable[[], None] | None:
    """The call that these words plainly mean; None when the command line must say. Nothing is imported for it until it is called."""
    verb, rest = words[0] if words else "", iter(words[1:])
    if verb not in ("check", "status", "trace"):
        return None
    named: list[str] = []
    given: dict[str, str | bool] = {}
    for word in rest:
        if word == "--office" or (word == "--period" and verb == "status"):
            value = next(rest, "")
            if not value or value.startswith("-") or word in given:
                return None
            given[word] = value
        elif word == "--cells" and verb == "check":
            given[word] = True
        elif not word or word.startswith("-"):
            return None
        else:
            named.append(word)
    if len(named) not in {"check": (1,), "status": (0,), "trace": (1, 2)}[verb]:
        return None
    return partial(_call, verb, named, given)


def _call(verb: str, named: Sequence[str], given: Mapping[str, str | bool]) -> None:
    from pathlib import Path

    from flows.command import waited_for

    office = Path(str(given["--office"])) if "--office" in given else None
    if verb == "check":
        waited_for.check(Path(named[0]), office, cells="--cells" in given)
    elif verb == "status":
        waited_for.status(office, str(given.get("--period", "")))
    else:
        waited_for.trace(named[0], "".join(named[1:]), office)


def main() -> None:
    """Where `huizong` begins."""
    gc.set_threshold(500_000, 20, 20)  # what is imported stays: looking through it for cycles, as every 700 objects, was a tenth of a verb
    work = plainly(sys.argv[1:])
    if work is None:
        from flows.cli import main as command_line

        command_line()
    else:
        later()  # before anything that imports what it puts off
        from flows.command.screen import one_line_errors

        try:
            with one_line_errors():
                work()
        finally:
            gc.freeze()  # nor does anything go before the process does: looking for cycles at its end took as long as a verb's own work


if __name__ == "__main__":
    main()
