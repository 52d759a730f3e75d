"""A real Samba on loopback, as whoever runs the tests, on a port of its own, with everything it keeps in one folder."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

USER, PASSWORD = getpass.getuser(), "正确的 password-1"

_CONFIG = """
[global]
    server role = standalone server
    smb ports = {port}
    interfaces = 127.0.0.1
    bind interfaces only = yes
    disable netbios = yes
    load printers = no
    printcap name = /dev/null
    private dir = {home}
    passdb backend = tdbsam:{home}/passdb.tdb
    state directory = {home}
    cache directory = {home}
    lock directory = {home}
    pid directory = {home}
    ncalrpc dir = {home}/ncalrpc
    log file = {home}/smbd.log
    unix charset = UTF-8
    server min protocol = SMB2
[share]
    path = {share}
    read only = yes
[writable]
    path = {share}
    read only = no
[limited]
    path = {share}
    read only = yes
    {forced}
[closed]
    path = {share}
    valid users = nobody
"""


@dataclass
class Samba:
    """One server; ``share`` is the folder that it shares as ``share`` (read only), ``writable``, ``closed``, and
    ``limited`` as somebody whom permissions bind."""

    home: Path
    share: Path
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def address(self, folder: str = "", share: str = "share") -> str:
        return f"smb://127.0.0.1:{self.port}/{share}{'/' if folder else ''}{folder}"

    def prepare(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.share.mkdir(exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._config.write_text(_CONFIG.format(port=self.port, home=self.home, share=self.share, forced="force user = nobody" if os.geteuid() == 0 else ""), "utf-8")
        twice = f"{PASSWORD}\n{PASSWORD}\n".encode()
        subprocess.run(["pdbedit", "-s", self._config, "-a", "-t", "-u", USER], input=twice, check=True, capture_output=True)

    def start(self) -> None:
        """Returns when the server answers."""
        self._process = subprocess.Popen(
            [smbd() or "", "--foreground", "--no-process-group", "-s", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError((self.home / "smbd.log").read_text() if (self.home / "smbd.log").exists() else "smbd did not start")

    def kill(self) -> None:
        """As a power cut would: the server and the process of every connection at once."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def signal(self, number: int) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, number)

    @property
    def _config(self) -> Path:
        return self.home / "smb.conf"


def smbd() -> str | None:
    return shutil.which("smbd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
