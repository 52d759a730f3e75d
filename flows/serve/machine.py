"""`huizong serve`: the Prefect server, the schedules and a worker on this machine's loopback, until Ctrl-C. Without Prefect.

Whatever dies is started again; whatever was under way when it died is marked crashed before a worker starts again.
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from connectors.warehouse.lock import OfficeBusy, OfficeLock
from flows.command.quiet import SETTINGS, near_by
from flows.command.terminal import Unusable
from flows.serve import api
from flows.serve.schedules import POOL

MARK = "HUIZONG_WORKS_FOR"
"""Every process of a served office carries this in its environment, so that none is left behind, whoever its parent was."""
_PATIENCE_START, _PATIENCE_STOP = 180.0, 20.0
_MOST_LOG = 10_000_000
_ASK_EVERY, _SILENT = 60.0, 5
"""Seconds between two questions whether the server answers, and how many it may leave unanswered."""
_OWN_GROUP = 0x00000200
"""CREATE_NEW_PROCESS_GROUP: Ctrl-C is for `serve` alone, which ends the others in order."""


class CannotServe(Unusable):
    """One line that says what to do."""


_SERVED = "{} is being served already; stop that one first (Ctrl-C, or systemctl stop huizong)"


@dataclass(slots=True)
class _Child:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    again_at: float = 0.0
    asked_at: float = 0.0
    silent: int = 0


@dataclass(slots=True)
class Machine:
    """One office, served."""

    folder: Path
    port: int
    say: Callable[[str], None]
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def serve(self) -> None:
        """Until a signal comes. Raises :class:`CannotServe` when it cannot begin."""
        (self.folder / api.HOME).mkdir(exist_ok=True)
        lock = OfficeLock(self.folder / api.HOME / "serve.lock", "", "")
        try:
            lock.take(0)
        except OfficeBusy:
            raise CannotServe(_SERVED.format(self.folder)) from None
        try:
            self._serve()
        finally:
            lock.release()

    def _serve(self) -> None:
        self._alone()
        api.write_address(self.folder, self.url)
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda *_: self.stopping.set())
        server = _Child("server", [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)])
        worker = _Child("worker", [sys.executable, "-m", "flows.serve.worker"])
        shrink(self.folder / api.HOME / "prefect.db")
        try:
            self._start(server)
            self._until_healthy(server)
            if self.stopping.is_set():
                return
            self._start_worker(worker)
            self.say(f"调度服务已启动：http://127.0.0.1:{self.port} （按 Ctrl-C 停止）")
            while not self.stopping.wait(0.5):
                self._end_if_hung(server)
                self._look_after(server, lambda: self._start(server))
                self._look_after(worker, lambda: self._start_worker(worker))
        finally:
            self._stop(worker, server)

    # --- starting ------------------------------------------------------------------------------------------

    def _alone(self) -> None:
        """Another `serve` of this office is left alone; what a killed one left behind is ended."""
        if api.serving(self.folder):
            raise CannotServe(_SERVED.format(self.folder))
        end(marked(self.folder), _PATIENCE_STOP)
        with socket.socket() as probe:
            if os.name != "nt":  # there it would say that a port in use is free
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError:
                raise CannotServe(f"port {self.port} is in use; set [serve] port in huizong.toml to another one") from None

    def _start(self, child: _Child) -> None:
        log = self.folder / api.HOME / f"{child.name}.log"
        if log.exists() and log.stat().st_size > _MOST_LOG:
            log.replace(log.with_suffix(".log.1"))
        home = str(self.folder / api.HOME)  # its page is written there, too: where the program lies the service may not write
        environment = {**SETTINGS, "PREFECT_UI_STATIC_DIRECTORY": home, **os.environ, **near_by(os.environ), "PREFECT_HOME": home, "PREFECT_API_URL": self.url,
                       "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false", "HUIZONG_OFFICE": str(self.folder),
                       "PYTHONUTF8": "1", MARK: f"{self.folder}|{child.name}"}  # fmt: skip
        with log.open("ab") as out:
            child.process = subprocess.Popen(
                child.command, env=environment, cwd=self.folder / api.HOME, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=sys.platform != "win32", creationflags=_OWN_GROUP if sys.platform == "win32" else 0,
            )  # fmt: skip

    def _until_healthy(self, server: _Child) -> None:
        until = time.monotonic() + _PATIENCE_START
        while not api.healthy(self.url):
            if server.process is None or server.process.poll() is not None or time.monotonic() > until:
                raise CannotServe(f"the Prefect server does not start; see {self.folder / api.HOME / 'server.log'}")
            if self.stopping.wait(0.3):
                return

    def _start_worker(self, worker: _Child) -> None:
        """No worker is alive here: what is under way is dead, and says so before anything new begins."""
        end(marked(self.folder, "worker"), _PATIENCE_STOP)
        for name in api.crash_leftovers(self.url, POOL):
            self.say(f"上次中断的运行 {name} 已标记为中断；下一次运行会接着做。")
        self._start(worker)

    def _look_after(self, child: _Child, start: Callable[[], None]) -> None:
        """Started again at once, and after a pause that doubles while it keeps dying, up to a minute."""
        process, now = child.process, time.monotonic()
        if process is not None:
            if process.poll() is None:
                return
            child.process, child.deaths = None, child.deaths + 1
            child.again_at = now + min(60, 2 ** min(child.deaths, 6) - 2)
            self.say(f"{child.name} 意外停止（{process.returncode}），自动重新启动。")
        if now >= child.again_at:
            try:
                start()
            except api.NoServer:
                child.again_at = now + 5

    def _end_if_hung(self, server: _Child) -> None:
        """One that lives and answers nothing for minutes is ended, and so started again."""
        now = time.monotonic()
        if server.process is None or now < server.asked_at + _ASK_EVERY:
            return
        server.asked_at, server.silent = now, 0 if api.healthy(self.url) else server.silent + 1
        if server.silent >= _SILENT:
            self.say("server 没有应答，结束后重新启动。")
            server.silent = 0
            end(marked(self.folder, "server"), 1)

    # --- stopping ------------------------------------------------------------------------------------------

    def _stop(self, worker: _Child, server: _Child) -> None:
        """Runs first, so that they can say that they end; then the worker, what is still open, the server."""
        flows = [p for p in marked(self.folder, "worker") if worker.process is None or p.pid != worker.process.pid]
        end(flows, _PATIENCE_STOP)
        end(marked(self.folder, "worker"), _PATIENCE_STOP)
        if server.process is not None and server.process.poll() is None and api.healthy(self.url):
            try:
                api.crash_leftovers(self.url, POOL)
            except api.NoServer:
                self.say("调度服务没有应答，未结束的运行将在下次启动时标记为中断。")
        end(marked(self.folder, "server"), _PATIENCE_STOP)
        api.forget_address(self.folder)
        self.say("已停止。")


def shrink(database: Path) -> None:
    """Gives the disk back what the server has let go of, where that is a quarter of its file or more. Only while no server runs.

    The server deletes what is old (flows/command/quiet.py); SQLite keeps the room for what comes. A file that cannot be shrunk is
    left as it is: it is the server that says what is wrong with it.
    """
    if not database.is_file():
        return
    try:
        with closing(sqlite3.connect(database)) as connection:
            free, pages = (connection.execute(f"PRAGMA {what}").fetchone()[0] for what in ("freelist_count", "page_count"))
            if free * 4 >= pages > 0:
                connection.execute("VACUUM")
    except sqlite3.Error:
        return


def marked(folder: Path, role: str = "") -> list[psutil.Process]:
    """Processes that work for this office, in this role or in any."""
    found = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get(MARK, "")
        except (psutil.Error, OSError):
            continue
        if mark == f"{folder}|{role}" or (not role and mark.startswith(f"{folder}|") and process.pid != os.getpid()):
            found.append(process)
    return found


def end(processes: list[psutil.Process], patience: float) -> None:
    """Asked to end, then killed."""
    for process in processes:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=5)
