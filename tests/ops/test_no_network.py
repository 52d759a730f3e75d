"""A machine without a network and without a name that resolves: the night runs from the schedule to the draft. And on a machine with one,
where whatever is sent would be counted, nothing is sent, whatever proxy its environment names.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.ops.serving import ENVIRONMENT, ROOT

DRIVER = """
import socket, subprocess, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.ops.serving import HALF_YEAR, Served


def sent():
    lines = Path("/proc/net/dev").read_text().splitlines()
    return next(int(line.split(":")[1].split()[9]) for line in lines if line.strip().startswith("wire:"))


def reaches(name):
    try:
        socket.create_connection((name, 443), 2)
    except OSError:
        return False
    return True


assert [name for _, name in socket.if_nameindex()] == ["lo"]
assert not any(reaches(name) for name in ("example.org", "api.prefect.io", "192.0.2.1")), "this is no proof"
with Served(Path({office!r})) as served:
    served.ends(served.run("nightly", **HALF_YEAR), "Completed", 400)
    print("night done without a network")
    for switch in Path("/proc/sys/net/ipv6/conf").glob("*/disable_ipv6"):
        switch.write_text("1")  # its own greetings are not ours
    for line in ("link add wire type veth peer name away", "link set away up", "link set wire up", "addr add 198.51.100.2/24 dev wire",
                 "route add default via 198.51.100.1"):
        subprocess.run(["ip", *line.split()], check=True)
    before = sent()
    served.process.terminate()
    served.process.wait(90)
    served.start()  # a start with a way out, and a night after it
    served.ends(served.run("nightly", **HALF_YEAR), "Completed", 400)
    told = sent() - before
assert told == 0, f"{{told}} packets were sent to somewhere"
reaches("192.0.2.1")
assert sent() > before, "this counter counts nothing"
print("nothing sent")
"""


def test_the_night_runs_with_nothing_but_loopback_and_sends_nothing_where_it_could(office):
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this account may not make a network namespace (unshare -n)")
    driver = office.parent / "driver.py"
    driver.write_text(DRIVER.format(root=str(ROOT), office=str(office)), "utf-8")
    command = ["unshare", "-n", "sh", "-c", f"ip link set lo up && exec {sys.executable} {driver}"]
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://192.0.2.1:3128")
    environment = {name: value for name, value in ENVIRONMENT.items() if name.upper() != "NO_PROXY"} | proxies
    done = subprocess.run(command, env=environment, cwd=office.parent, capture_output=True, text=True, check=False, timeout=1200)
    said = done.stdout[-2000:] + done.stderr[-3000:]
    assert done.returncode == 0 and "night done" in done.stdout and "nothing sent" in done.stdout, said
    assert (office / "outputs" / "2020-H1" / "工作总结初稿.docx").is_file()
