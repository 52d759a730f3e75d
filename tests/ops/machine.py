"""A machine for one proof: this one, with everything that is written to it thrown away afterwards.

An overlay over the root in a mount and process namespace of its own; `/srv` is a folder of the test, so that it can look in. What
runs there is what a person types: accounts, `sudo`, rights and PATH are real, only the network is shared. Needs root.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runbook_steps import DEPLOYMENTS, commands
from serving import ROOT

PERSON = "wang"
"""Who follows the runbooks: an account of this machine that may use sudo, and nothing more."""
PROGRAM = "/opt/huizong"
_BORROWED = "/opt/borrowed"
_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
_MAKE = f"""set -e
mount -t tmpfs tmpfs "$SPACE"
mkdir "$SPACE/up" "$SPACE/work" "$SPACE/root"
mount -t overlay overlay -o lowerdir=/,upperdir="$SPACE/up",workdir="$SPACE/work" "$SPACE/root"
cd "$SPACE/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 tmpfs tmp
mount --bind "$SRV" srv
mkdir -p .{_BORROWED} && mount --bind "$BORROWED" .{_BORROWED}
exec chroot . sh -c 'echo ready; exec sleep infinity'
"""


def lacking() -> str:
    """What such a machine cannot be made for; empty when it can."""
    if os.geteuid() != 0:
        return "a machine of one's own needs root"
    if missing := [name for name in ("unshare", "nsenter", "sudo", "useradd", "make") if shutil.which(name) is None]:
        return f"no {', '.join(missing)} here"
    own = subprocess.run(["/usr/bin/python3", "-c", "import sys, venv, ensurepip; print(*sys.version_info[:2])"], capture_output=True, text=True, check=False)
    return "" if own.stdout.split() == [str(n) for n in sys.version_info[:2]] else "the machine's own Python is another, or has no venv"


@dataclass(frozen=True)
class Machine:
    """``srv`` is its ``/srv``, seen from the test."""

    init: int
    srv: Path

    def enter(self, user: str, *command: str) -> list[str]:
        """The words that run a command there as ``user``, with all groups of theirs."""
        inside = ["nsenter", "--mount", "--pid", "--root", f"--target={self.init}", "--wdns=/"]
        return [*inside, "runuser", "-u", user, "--", *command] if user != "root" else [*inside, *command]

    def inside(self, path: Path) -> str:
        """What a path below ``srv`` is called there."""
        return f"/srv/{path.relative_to(self.srv).as_posix()}"

    def sh(self, line: str, *, user: str = PERSON, cwd: str = "/", timeout: float = 600, **environment: str) -> subprocess.CompletedProcess[str]:
        """What a person types; nothing of the test's environment comes along."""
        given = {"PATH": _PATH, "LANG": "C.UTF-8", "USER": user, "HOME": f"/home/{user}", **environment}
        words = self.enter(user, "env", "-i", *(f"{name}={value}" for name, value in given.items()), "bash", "-c", f"cd {cwd} && {line}")
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=timeout, stdin=subprocess.DEVNULL)

    def do(self, line: str, **how: str) -> str:
        done = self.sh(line, **how)  # type: ignore[arg-type]
        assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout


@contextmanager
def machine() -> Iterator[Machine]:
    """With a person on it and a checkout in their home; gone, with everything that runs there, at the end."""
    (borrowed,) = {path for path in sys.path if path.endswith("site-packages")}
    with tempfile.TemporaryDirectory(prefix="huizong-machine-") as space, tempfile.TemporaryDirectory(prefix="huizong-srv-") as srv:
        Path(srv).chmod(0o755)
        made = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--propagation", "private", "sh", "-c", _MAKE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "SPACE": space, "SRV": srv, "BORROWED": borrowed}, start_new_session=True,
        )  # fmt: skip
        assert made.stdout is not None and made.stderr is not None
        try:
            assert made.stdout.readline() == "ready\n", made.stderr.read()
            (init,) = Path(f"/proc/{made.pid}/task/{made.pid}/children").read_text().split()
            there = Machine(int(init), Path(srv))
            there.do(f"useradd --create-home {PERSON} && echo '{PERSON} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/{PERSON}", user="root")
            _check_out(there)
            yield there
        finally:
            os.killpg(made.pid, signal.SIGKILL)
            subprocess.run(["pkill", "--parent", str(made.pid), "--signal", "KILL"], check=False)
            made.wait(30)


def _check_out(there: Machine) -> None:
    """What a newcomer has fetched: the project's files and nothing else."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    there_are = b"\0".join(name for name in listed.split(b"\0") if name and (ROOT / name.decode()).is_file())
    packed = subprocess.run(["tar", "--create", "--null", "--files-from=-"], cwd=ROOT, input=there_are, capture_output=True, check=True).stdout
    unpack = there.enter(PERSON, "sh", "-c", "mkdir ~/huizong && tar --extract --directory ~/huizong".replace("~", f"/home/{PERSON}"))
    subprocess.run(unpack, input=packed, check=True, timeout=120)


def build(there: Machine, folder: str, user: str) -> None:
    """What `make .venv/ready` does, but for the packages of the lock, which are those of the environment that tests: no index has to be reached."""
    asked = (ROOT / "Makefile").read_text("utf-8")
    assert "--no-deps --no-build-isolation --editable ." in asked and "--require-hashes --no-deps -r requirements.lock" in asked
    install = "pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --no-build-isolation --no-index --force-reinstall --editable ."
    for line in ("python3 -m venv --without-pip .venv", f"for at in .venv/lib/python*/site-packages; do echo {_BORROWED} > $at/borrowed.pth; done",
                 f".venv/bin/python -m {install}", "touch .venv/ready"):  # fmt: skip
        there.do(line, user=user, cwd=folder)


def install(there: Machine) -> None:
    """Steps 2 and 3 of the first installation, to the letter: the program in its place, the account, the folder for offices."""
    for line in commands(DEPLOYMENTS / "runbooks" / "first_installation.md"):
        if "apt-get" in line:
            continue  # what it installs is here
        if "huizong init" in line:
            return
        if " make " in line:
            build(there, PROGRAM, "root")
        else:
            there.do(line, cwd=f"/home/{PERSON}/huizong")


def give(there: Machine, path: Path) -> None:
    """What the test laid there as a person would belongs to the service's account."""
    there.do(f"chown -R huizong:huizong {shlex.quote(there.inside(path))}", user="root")
