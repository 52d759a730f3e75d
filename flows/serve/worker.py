"""The worker process of `huizong serve`: registers the office, then runs what is due, one run at a time. Knows Prefect."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

from prefect.utilities.processutils import setup_signal_handlers_worker
from prefect.workers.process import ProcessWorker

from flows.office import Office
from flows.serve.register import register
from flows.serve.schedules import POOL


async def work(office: Office) -> None:
    for name in await register(office):
        print(f"registered {name}", flush=True)
    worker = ProcessWorker(POOL, work_queues=[office.settings.general.id], name=socket.gethostname(), limit=1, prefetch_seconds=0)
    await worker.start()


if __name__ == "__main__":
    setup_signal_handlers_worker(os.getpid(), "the worker", print)
    asyncio.run(work(Office(Path(os.environ["HUIZONG_OFFICE"]))))
