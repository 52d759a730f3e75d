"""A machine for one proof: this one, with everything that is written to it thrown away afterwards.

An overlay over the root and namespaces of its own, with a systemd as init; `/srv` is a folder of the test, so that it can look in.
What runs there is what a person types: accounts, `sudo`, services, rights and PATH are real, only the network is shared. Needs root.
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

from tests.docs.runbook_steps import DEPLOYMENTS, commands
from tests.ops.serving import ROOT, until

PERSON = "wang"
"""Who follows the runbooks: an account of this machine that may use sudo, and nothing more."""
PROGRAM = "/opt/huizong"
_BORROWED = "/opt/borrowed"
_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
_JOIN = """set -e
for at in $CGROUPS; do mkdir -p $at && echo $$ > $at/cgroup.procs; done
exec unshare --mount --pid --fork --uts --ipc --cgroup --propagation private sh -c "$MAKE"
"""
_MAKE = f"""set -e
mount -t tmpfs tmpfs "$SPACE"
mkdir "$SPACE/up" "$SPACE/work" "$SPACE/root"
mount -t overlay overlay -o lowerdir=/,upperdir="$SPACE/up",workdir="$SPACE/work" "$SPACE/root"
cd "$SPACE/root"
mount -t proc proc proc && mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
if [ -d /sys/fs/cgroup/unified ]; then
  mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
  mkdir sys/fs/cgroup/systemd sys/fs/cgroup/unified
  mount -t cgroup -o none,name=systemd,xattr cgroup sys/fs/cgroup/systemd
  mount -t cgroup2 cgroup2 sys/fs/cgroup/unified
else
  mount -t cgroup2 cgroup2 sys/fs/cgroup
fi
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do touch dev/$device && mount --bind /dev/$device dev/$device; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts && ln -s pts/ptmx dev/ptmx && ln -s /proc/self/fd dev/fd
for at in dev/shm tmp; do mount -t tmpfs -o mode=1777 tmpfs $at; done
mount -t tmpfs -o mode=755 tmpfs run && mkdir run/lock
mount --bind "$SRV" srv
mkdir -p .{_BORROWED} && mount --bind "$BORROWED" .{_BORROWED}
rm -rf lib/systemd/system/*.target.wants etc/systemd/system/*.wants
printf '[Unit]\nDescription=nothing but what a proof starts\nWants=systemd-journald.service\n' > etc/systemd/system/proof.target
hostname proof
exec chroot . env -i container=proof PATH={_PATH} /lib/systemd/systemd --system --unit=proof.target --log-target=console --show-status=false
"""
"""Everything a distribution would start is left out: only the journal, and what is started by hand."""


def lacking() -> str:
    """What such a machine cannot be made for; empty when it can."""
    if os.geteuid() != 0:
        return "a machine of one's own needs root"
    if missing := [name for name in ("unshare", "nsenter", "sudo", "useradd", "make", "systemctl") if shutil.which(name) is None]:
        return f"no {', '.join(missing)} here"
    own = subprocess.run(["/usr/bin/python3", "-c", "import sys, venv, ensurepip; print(*sys.version_info[:3])"], capture_output=True, text=True, check=False)
    return "" if own.stdout.split() == [str(n) for n in sys.version_info[:3]] else "the environment is not of this machine's own /usr/bin/python3, or that has no venv"


@dataclass(frozen=True)
class Machine:
    """``srv`` is its ``/srv``, seen from the test."""

    init: int
    srv: Path

    def enter(self, user: str, *command: str) -> list[str]:
        """The words that run a command there as ``user``, with all groups of theirs."""
        inside = ["nsenter", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--root", f"--target={self.init}", "--wdns=/"]
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
        roots = [at for at in map(Path, ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified")) if at.is_dir()] or [Path("/sys/fs/cgroup")]
        groups = [at / Path(space).name for at in roots]
        with (Path(srv) / "systemd.log").open("wb") as said:
            made = subprocess.Popen(
                ["sh", "-c", _JOIN], stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
                env={**os.environ, "MAKE": _MAKE, "CGROUPS": " ".join(map(str, groups)), "SPACE": space, "SRV": srv, "BORROWED": borrowed},
            )  # fmt: skip
        try:
            (init,) = until(lambda: [child for child in _children(made.pid) if Path(f"/proc/{child}/comm").read_text() == "systemd\n"], 20, "the machine has an init")
            there = Machine(int(init), Path(srv))
            until(lambda: there.sh("systemctl is-system-running", user="root").stdout.strip() == "running", 60, "systemd runs there")
            there.do(f"useradd --create-home {PERSON} && echo '{PERSON} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/{PERSON}", user="root")
            _check_out(there)
            yield there
        finally:
            for child in _children(made.pid):
                os.kill(int(child), signal.SIGKILL)  # the init of a process namespace: everything in it goes with it
            made.wait(30)
            for group in groups:
                for at in sorted(group.rglob("*/"), reverse=True) if group.is_dir() else ():
                    at.rmdir()
                group.rmdir()


def _children(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def _check_out(there: Machine) -> None:
    """What a newcomer has fetched: the project's files and nothing else."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    there_are = b"\0".join(name for name in listed.split(b"\0") if name and (ROOT / name.decode()).is_file())
    packed = subprocess.run(["tar", "--create", "--null", "--files-from=-"], cwd=ROOT, input=there_are, capture_output=True, check=True).stdout
    unpack = there.enter(PERSON, "sh", "-c", "mkdir ~/huizong && tar --extract --directory ~/huizong".replace("~", f"/home/{PERSON}"))
    subprocess.run(unpack, input=packed, check=True, timeout=120)


def build(there: Machine, folder: str, user: str) -> None:
    """What `make .venv/ready` does, but for the packages of the lock, which are those of the environment that tests: no index has to be reached."""
    program = (Path(sys.executable).parent / "prefect").read_text("utf-8").partition("\n")[2]  # the units of a district start it
    asked = (ROOT / "Makefile").read_text("utf-8")
    assert "--no-deps --no-build-isolation --editable ." in asked and "--require-hashes --no-deps -r requirements.lock" in asked
    install = "pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --no-build-isolation --no-index --force-reinstall --editable ."
    for line in ("python3 -m venv --without-pip .venv", f"for at in .venv/lib/python*/site-packages; do echo {_BORROWED} > $at/borrowed.pth; done",
                 f".venv/bin/python -m {install}", f"echo {shlex.quote(f'#!{folder}/.venv/bin/python{chr(10)}{program}')} > .venv/bin/prefect",
                 "chmod 755 .venv/bin/prefect", "touch .venv/ready"):  # fmt: skip
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
