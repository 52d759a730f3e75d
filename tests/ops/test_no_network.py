"""A machine without a network, without a name that resolves, with a proxy in its environment that nobody reaches: the night runs from the
schedule to the draft, and nothing is sent.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from serving import ENVIRONMENT

DRIVER = """
import socket, sys
from pathlib import Path
sys.path.insert(0, {ops!r})
from serving import HALF_YEAR, Served
assert [name for _, name in socket.if_nameindex()] == ["lo"]
for name in ("example.org", "api.prefect.io", "github.com"):
    try:
        socket.getaddrinfo(name, 443)
    except OSError:
        continue
    raise SystemExit(f"{{name}} resolves; this is no proof")
with Served(Path({office!r})) as served:
    served.ends(served.run("nightly", **HALF_YEAR), "Completed", 400)
print("night done without a network")
"""


def test_the_night_runs_with_nothing_but_loopback(office):
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this account may not make a network namespace (unshare -n)")
    driver = office.parent / "driver.py"
    driver.write_text(DRIVER.format(ops=str(Path(__file__).parent), office=str(office)), "utf-8")
    command = ["unshare", "-n", "sh", "-c", f"ip link set lo up && exec {sys.executable} {driver}"]
    left_over = {**ENVIRONMENT, **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://192.0.2.1:3128")}
    done = subprocess.run(command, env=left_over, cwd=office.parent, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0 and "night done" in done.stdout, done.stdout[-2000:] + done.stderr[-3000:]
    assert (office / "outputs" / "2020-H1" / "工作总结初稿.docx").is_file()
