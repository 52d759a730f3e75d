"""A verb called at once does what the command line would do with the same words; what is not plain is left to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.issues import Action, Issue
from flows.check import say
from flows.cli import app
from flows.command import waited_for
from flows.command.console import console
from flows.command.start import plainly
from flows.new_office import create_office

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("words", [
    ["check", "a.xlsx"], ["check", "a b.xlsx", "--office", "o"], ["check", "--office", "o", "a.xlsx", "--cells"], ["check", "~/a.xlsx"],
    ["status"], ["status", "--period", "2020-H1"], ["status", "--office", "o", "--period", "2020-06"],
    ["trace", "dibao_hh"], ["trace", "低保户数", "2020-06", "--office", "o"], ["trace", "--office", "o", "上报/a.xlsx!月报!C5"],
])  # fmt: skip
def test_plain_words_mean_what_they_mean_to_the_command_line(words, monkeypatch):
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(waited_for, "check", lambda file, office=None, *, cells=False: asked.append(("check", file, office, cells)))
    monkeypatch.setattr(waited_for, "status", lambda office=None, period="": asked.append(("status", office, period)))
    monkeypatch.setattr(waited_for, "trace", lambda what, period="", office=None: asked.append(("trace", what, period, office)))
    call = plainly(words)
    assert call is not None
    call()
    app(words, exit_on_error=False, print_error=False, result_action="return_value")
    assert len(asked) == 2 and asked[0] == asked[1]


@pytest.mark.parametrize("words", [
    [], ["check"], ["check", "a", "b"], ["check", "--help"], ["check", "-h"], ["check", "a", "--period", "2020-06"], ["status", "2020-06"], ["status", "--period"],
    ["status", "--period="], ["status", "--period", "--office"], ["status", "--office", "a", "--office", "b"], ["trace"], ["trace", "a", "2020", "c"],
    ["trace", "a", "--period", "2020-06"], ["check", "--file", "a"], ["check", "a", "--no-cells"], ["run"], ["--version"], ["check", "--", "-a"], ["check", ""],
])  # fmt: skip
def test_what_is_not_plain_is_left_to_the_command_line(words):
    assert plainly(words) is None


@pytest.mark.parametrize("words", [["status", "--office", "nowhere"], ["status", "--period", "soon", "--office", "nowhere"], ["check", "nowhere.xlsx", "--office", "nowhere"], ["trace"]])
def test_an_error_is_the_same_line_and_the_same_end(words, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = [subprocess.run([sys.executable, "-m", module, *words], capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
            for module in ("flows.command.start", "flows.cli")]  # fmt: skip
    assert done[0].returncode == done[1].returncode in (1, 2)
    assert done[0].stdout == done[1].stdout and len(done[0].stdout.splitlines()) == 1 and not done[0].stderr


def test_a_word_between_colons_is_shown_as_it_was_written(capsys):
    """Rich made a picture of it."""
    say(console, [Issue("M36", Action.WARN, "月报!C5 填“:ok:”，应填整数（人）。")])
    assert "填“:ok:”，" in capsys.readouterr().out


def test_who_has_read_enough_sees_no_traceback(tmp_path):
    readers, writers = os.pipe()
    os.close(readers)
    command = [sys.executable, "-m", "flows.command.start", "status", "--office", "nowhere"]
    done = subprocess.run(command, stdout=writers, stderr=subprocess.PIPE, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    os.close(writers)
    assert (done.returncode, done.stderr) == (1, b"")


def test_what_is_put_off_is_there_when_it_is_asked_for():
    """A library that does use asyncio, as a driver of PostgreSQL does, finds it whole; so does who asks any of the others."""
    code = """import sys
from flows.command.later import later
later()
import sqlalchemy, asyncio
import subprocess, json, tokenize, traceback, ipaddress, bz2, lzma
assert not {"asyncio.events", "selectors", "json.decoder"} & set(sys.modules)
from asyncio import sleep
async def seven():
    await sleep(0)
    return 7
print(asyncio.run(seven()))
import importlib.metadata
print(importlib.metadata.version("sqlalchemy") == sqlalchemy.__version__)
print(json.loads(subprocess.run([sys.executable, "-c", "print([8])"], capture_output=True, check=True).stdout))
assert ipaddress.ip_address("::1").is_loopback and all(zipped.decompress(zipped.compress(b"a")) == b"a" for zipped in (bz2, lzma))
try:
    1 / 0
except ZeroDivisionError as error:
    print("ZeroDivisionError" in traceback.format_exc(), tokenize.NUMBER > 0)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.stdout.split(), done.stderr) == (["7", "True", "[8]", "True", "True"], "")


@pytest.mark.parametrize("part", ["json.decoder", "asyncio.base_events", "asyncio.tasks"])
def test_a_part_of_what_is_put_off_may_be_asked_for_first(part):
    """It asks the package that asks it; and there is one of each class, or who catches an error would miss it."""
    code = f"""import sys
from flows.command.later import later
later()
import {part}
import json, asyncio
from json.decoder import JSONDecodeError
assert JSONDecodeError is json.JSONDecodeError and asyncio.tasks.sleep is asyncio.sleep and {part} is sys.modules["{part}"]
assert asyncio.BaseEventLoop is asyncio.base_events.BaseEventLoop
print(json.loads("[8]"), asyncio.run(asyncio.sleep(0, 7)))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.stdout.split(), done.stderr) == (["[8]", "7"], "")


@pytest.mark.postgres
@pytest.mark.parametrize(("words", "says"), [(["status"], "仓库里还没有数据"), (["trace", "dibao_hh", "2020-06"], "huizong: ")])
def test_a_verb_called_at_once_reads_a_server_s_warehouse(tmp_path, postgres_url, monkeypatch, words, says):
    """Its driver does use asyncio, which is put off until then."""
    monkeypatch.setenv("HUIZONG_WAREHOUSE__URL", postgres_url)
    office = create_office(tmp_path / "office")
    office.upgrade_warehouse()
    command = [sys.executable, "-m", "flows.command.start", *words, "--office", str(office.folder)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert says in done.stdout and not done.stderr
