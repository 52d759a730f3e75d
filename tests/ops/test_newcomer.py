"""A newcomer with a fresh folder and nothing but the README and the first runbook: from `make` to a night that began by itself.

The runbook's steps that would change the machine (accounts, units) are done as they say, in the test's folder, and what the unit
starts is started with the unit's own command and environment. The one thing that is not done is the fetching of packages: the fresh
environment borrows those of the one that runs the tests, which came from the same lock, so that no index has to be reached.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import venv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from runbook_steps import DEPLOYMENTS, commands
from serving import ROOT, free_port, until
from test_runbooks import town

from flows.office import Office
from flows.serve import api
from flows.serve.machine import marked

LINE = "huizong "
"""What stands before a verb in README and runbooks."""


def environment_of_unit(unit: str, places: dict[str, str]) -> dict[str, str]:
    """What systemd would give the service: its own lines and the file they name, nothing of the person's."""
    text = (DEPLOYMENTS / "systemd" / unit).read_text("utf-8")
    found = [line for line in (DEPLOYMENTS / "prefect.env").read_text("utf-8").splitlines() if line and not line.startswith("#")]
    found += [pair for line in re.findall(r"^Environment=(.+)$", text, re.MULTILINE) for pair in line.split()]
    told = dict(pair.split("=", 1) for pair in found)
    for name, value in told.items():
        for place, here in places.items():
            value = value.replace(place, here)
        told[name] = value
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", **told}


@pytest.fixture
def checkout(tmp_path) -> Path:
    """What a newcomer has fetched: the project's files and nothing else."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout: which files belong to the project is not known")
    fresh = tmp_path / "opt" / "huizong"
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, fresh / name)
    return fresh


def borrowed_environment(checkout: Path, environment: dict[str, str]) -> None:
    """What `make .venv/ready` makes, but for the packages of the lock, which are those of this environment; the program is installed from the checkout."""
    mine = checkout / ".venv"
    venv.create(mine, with_pip=False)
    (there,) = mine.glob("lib/python*/site-packages")
    (there / "borrowed.pth").write_text("".join(f"{path}\n" for path in sys.path if path.endswith("site-packages")))
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index", "--force-reinstall", "--editable", "."]
    asked = (checkout / "Makefile").read_text("utf-8")
    assert "--no-deps --no-build-isolation --editable ." in asked and "--require-hashes --no-deps -r requirements.lock" in asked
    done = subprocess.run([mine / "bin" / "python", *install], cwd=checkout, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    (mine / "ready").touch()


def test_from_a_fresh_folder_to_a_night_that_begins_by_itself(checkout, tmp_path):
    home = tmp_path / "var" / "lib" / "huizong"
    home.mkdir(parents=True)
    fresh = {**{name: value for name, value in os.environ.items() if not name.startswith(("HUIZONG_", "PREFECT_", "PYTHONPATH"))}, "HOME": str(home)}

    # README, "Two commands": the first sets everything up and runs the demo office
    borrowed_environment(checkout, fresh)
    made = subprocess.run(["make", "-C", str(checkout), "demo"], env=fresh, capture_output=True, text=True, check=False, timeout=600)
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-3000:]
    said = (checkout / "README.md").read_text("utf-8")
    promised = re.findall(r"^\| `([^`]+)` \|", said.partition("Look into `demo/outputs/2020-H1/`")[2].partition("\n## ")[0], re.MULTILINE)
    assert len(promised) == 7 and all((checkout / "demo/outputs/2020-H1" / name).is_file() for name in promised)

    # deployments/runbooks/first_installation.md, step by step
    office = Office(tmp_path / "srv" / "huizong" / "office")
    office.folder.parent.mkdir(parents=True)
    fresh |= {"OFFICE": str(office.folder), "PATH": f"{checkout / '.venv/bin'}{os.pathsep}{fresh['PATH']}"}
    steps = [line.removeprefix("sudo -u huizong ") for line in commands(DEPLOYMENTS / "runbooks" / "first_installation.md")]
    by_hand = [line for line in steps if line.startswith(LINE)]
    init, doctor, rehearsal, run, status, _, last = by_hand

    def follow(line: str, code: int = 0) -> str:
        done = subprocess.run(["bash", "-c", line], env=fresh, cwd=office.folder.parent, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == code and "Traceback" not in done.stdout + done.stderr, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    follow(init)
    example = town(tmp_path / "example")  # what a person types into the two files, and the departments into the folder
    for name in ("town.yml", "villages.csv"):
        shutil.copyfile(example.folder / "catalog" / name, office.folder / "catalog" / name)
    shutil.copytree(example.inbox, tmp_path / "share")
    settings = office.folder / "huizong.toml"
    port = free_port()
    settings.write_text(settings.read_text("utf-8").replace('inbox = "inbox"', f'inbox = "{tmp_path / "share"}"'), "utf-8")
    todo = [line for line in follow(doctor, 1).splitlines() if line.startswith("请处理")]
    assert [line.split("　")[1].split("：")[0] for line in todo] == ["调度", "上次运行"], "as step 7 says"
    assert "试运行：新文件 6 个" in follow(rehearsal)
    assert "新读入 6 个" in follow(run)
    follow(status)

    # step 10: what the unit starts; the night is due in a moment instead of at two
    due = datetime.now(office.settings.zone) + timedelta(minutes=2)
    settings.write_text(settings.read_text("utf-8") + f'\n[serve]\nport = {port}\nnightly = "{due.minute} {due.hour} * * *"\n', "utf-8")
    given = environment_of_unit("huizong.service", {"/srv/huizong/office": str(office.folder), "/var/lib/huizong": str(home)})
    (start,) = re.findall(r"^ExecStart=/opt/huizong(/\S+) (.+)$", (DEPLOYMENTS / "systemd" / "huizong.service").read_text("utf-8"), re.MULTILINE)
    with (tmp_path / "serve.log").open("wb") as out:
        service = subprocess.Popen([str(checkout) + start[0], *start[1].split()], env=given, cwd=home, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}/api"
        until(lambda: api.server_of(office.folder) or service.poll() is not None, 240, "the office is served")
        assert service.poll() is None, (tmp_path / "serve.log").read_text()
        until(lambda: len(Office(office.folder).runs()) > 1 and Office(office.folder).runs()[-1].state == "completed", 420, "the night begins by itself and ends")
        body = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
        nights = [night for night in api.ask(url, "POST", "/flow_runs/filter", body) if night["auto_scheduled"]]
        assert nights, "nobody pressed a button"
        assert Office(office.folder).runs()[-1].files_new == 0, "what was read by hand is not read again: service and person have one key"
        until(lambda: "下一次" in follow(last), 120, "step 12: the line 调度 names the next night", every=5)
        assert "一切正常" in follow(last)
        assert datetime.now(UTC) < due + timedelta(minutes=15)
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(90)
        for process in marked(office.folder):
            process.kill()
    assert marked(office.folder) == []
