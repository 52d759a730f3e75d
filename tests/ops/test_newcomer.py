"""A newcomer with a fresh machine and nothing but the README and the first runbook: from `make` to a night that began by itself.

Every command is typed as it stands there, by a person with an account of their own, and systemd runs the units. The one thing that is
not done is the fetching of packages: both environments borrow those of the one that runs the tests, which came from the same lock, so
that no index is reached.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import datetime
from urllib.request import urlopen

import pytest

from flows.serve import api
from tests.docs.runbook_steps import DEPLOYMENTS, commands
from tests.ops.machine import PERSON, Machine, build, give, install, lacking, machine
from tests.ops.serving import free_port, until
from tests.ops.test_runbooks import town

OFFICE = "/srv/huizong/office"


@pytest.fixture
def fresh() -> Iterator[Machine]:
    if reason := lacking():
        pytest.skip(reason)
    with machine() as there:
        yield there


def test_from_a_fresh_machine_to_a_night_that_begins_by_itself(fresh, robot):
    checkout = f"/home/{PERSON}/huizong"

    # README, "Two commands": the first sets everything up and runs the demo office
    build(fresh, checkout, PERSON)
    fresh.do("make demo", cwd=checkout)
    said = fresh.do("cat README.md", cwd=checkout)
    promised = re.findall(r"^\| `([^`]+)` \|", said.partition("Look into `demo/outputs/2020-H1/`")[2].partition("\n## ")[0], re.MULTILINE)
    assert len(promised) == 7 and all(fresh.do(f"ls demo/outputs/2020-H1/{shlex.quote(name)}", cwd=checkout) for name in promised)

    # deployments/runbooks/first_installation.md, step by step
    install(fresh)
    steps = commands(DEPLOYMENTS / "runbooks" / "first_installation.md")
    init, doctor, rehearsal, run, status, *service, test, alarm, _, timer, last = steps[next(n for n, line in enumerate(steps) if "huizong init" in line) :]

    def follow(line: str, code: int = 0) -> str:
        done = fresh.sh(line, cwd="/srv/huizong", OFFICE=OFFICE)
        assert done.returncode == code and "Traceback" not in done.stdout + done.stderr, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    follow(init)
    example = town(fresh.srv / "example")  # what a person types into the two files, and the departments into the folder
    office, share = fresh.srv / "huizong" / "office", fresh.srv / "share"
    for name in ("town.yml", "villages.csv"):
        shutil.copyfile(example.folder / "catalog" / name, office / "catalog" / name)
    shutil.copytree(example.inbox, share)
    address, told = robot
    fresh.do(f"install -o huizong -m 600 /dev/null /var/lib/huizong/notify.txt && echo {shlex.quote(address)} > /var/lib/huizong/notify.txt", user="root")
    settings = (office / "huizong.toml").read_text("utf-8").replace('inbox = "inbox"', 'inbox = "/srv/share"')
    assert "\n[notify]\n" not in settings
    settings += '\n[notify]\nurls_file = "/var/lib/huizong/notify.txt"\n'
    (office / "huizong.toml").write_text(settings, "utf-8")
    give(fresh, office)
    left = [line for line in follow(doctor, 1).splitlines() if line.startswith("请处理")]
    assert [line.split("　")[1].split("：")[0] for line in left] == ["调度", "上次运行"], "as step 7 says"
    assert "试运行：新文件 6 个" in follow(rehearsal)
    assert "新读入 6 个" in follow(run)
    follow(status)

    # step 10: the night is due in some minutes instead of at two
    due = datetime.fromisoformat(fresh.do("TZ=Asia/Shanghai date --iso-8601=seconds --date='+3 minutes'").strip())
    port = free_port()
    (office / "huizong.toml").write_text(settings + f'\n[serve]\nport = {port}\nnightly = "{due.minute} {due.hour} * * *"\n', "utf-8")
    give(fresh, office)
    for line in service:
        follow(line)

    # step 11
    told.clear()
    follow(test)
    assert "这是一条测试消息" in "".join(told)
    for line in (alarm, "sudo systemctl daemon-reload", timer):
        follow(line)
    assert "huizong-alarm.timer" in fresh.do("systemctl list-timers --no-pager", user="root")
    told.clear()
    fresh.do("systemctl start huizong-alarm.service", user="root")  # as its timer does in the morning
    assert all("报表催报" in message for message in told), "a night was completed: nothing but the reminders of a working day"

    url = f"http://127.0.0.1:{port}/api"
    until(lambda: api.healthy(url), 240, "the office is served")
    body = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    until(lambda: [night for night in api.ask(url, "POST", "/flow_runs/filter", body) if night["auto_scheduled"]], 480, "the night begins by itself and ends", every=3)
    runs = follow('sudo -u huizong huizong db show out_run --office "$OFFICE"').splitlines()
    night = dict(zip(runs[0].split(","), runs[-1].split(","), strict=True))
    assert (night["state"], night["files_new"]) == ("completed", "0"), "what was read by hand is not read again: service and person have one key"
    until(lambda: "下一次" in fresh.sh(last, cwd="/srv/huizong", OFFICE=OFFICE).stdout, 120, "step 12: the line 调度 names the next night", every=5)
    assert "一切正常" in follow(last)
    assert b"<html" in urlopen(f"http://127.0.0.1:{port}/", timeout=30).read(), "the page is there though the program's own folder may not be written to"
    assert fresh.do("systemctl --failed --no-legend", user="root") == ""
    fresh.do("systemctl stop huizong", user="root")
    assert fresh.sh("pgrep --list-full --euid huizong", user="root").stdout == "", "what it started has ended with it"
