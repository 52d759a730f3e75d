"""Before a worker of a district starts: what was under way when the power went must show that it lives. Without Prefect."""

from __future__ import annotations

import os

from flows.serve.api import call_the_roll
from flows.serve.schedules import POOL

if __name__ == "__main__":
    for name in call_the_roll(os.environ["PREFECT_API_URL"], POOL):
        print(f"{name} has to give a sign of life", flush=True)
