"""``python -m tests.killing``: kill the night at every point and at random instants, start it again, compare."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.killing.trials import Found, any_instant, every_point, run_all, stages, warm


def kills(step: int, instants: int, full_step: int, workers: int) -> Found:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="huizong-kills-") as name, warm():
        made = stages(Path(name))
        for stage in made:
            print(f"{stage.name}: {stage.points} points, {stage.seconds:.2f} s undisturbed; {dict(stage.kinds.most_common())}", flush=True)
        trials = every_point(made, step) + any_instant(made, instants, 1)
        if full_step:
            trials += every_point(made, full_step, full=True)
        found = Found()
        for one in run_all(trials, made, Path(name), workers):
            found.add(one)
            for line in one.wrong:
                print("  WRONG", line, flush=True)
            if found.trials % 100 == 0:
                print(f"  {found.trials} of {len(trials)}, {time.monotonic() - began:.0f} s, {len(found.wrong)} wrong", flush=True)
    print(f"{found.trials} nights, {found.killed} of them ended before their time, {len(found.wrong)} differences; {time.monotonic() - began:.0f} s")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1, help="every n-th point only")
    parser.add_argument("--instants", type=int, default=300)
    parser.add_argument("--full", type=int, default=0, help="a full disk at every n-th point")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    found = kills(options.step, options.instants, options.full, options.workers)
    sys.exit(bool(found.wrong))


if __name__ == "__main__":
    main()
