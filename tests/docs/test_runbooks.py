"""The runbooks: numbered steps, words the program knows, files that exist. tests/ops runs every step's command."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))
from runbook_steps import BOOKS, DEPLOYMENTS, commands

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["add_a_form", "backfill", "crash", "department_resubmits", "first_installation", "header_changed", "move_to_another_machine",
         "move_to_postgresql", "new_year", "rerun", "restore"]  # fmt: skip


def test_every_procedure_has_its_book_and_the_index_names_it():
    assert [book.stem for book in BOOKS] == NAMES
    index = (DEPLOYMENTS / "runbooks" / "README.md").read_text("utf-8")
    assert all(f"({name}.md)" in index for name in NAMES)


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_steps_are_numbered_and_links_lead_somewhere(book):
    text = book.read_text("utf-8")
    for part in text.split("\n## "):
        numbers = [int(n) for n in re.findall(r"^(\d+)\. ", part, re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1))
    assert commands(book)
    assert all((book.parent / link).is_file() for link in re.findall(r"\]\(([^)#]+)\)", text))
    assert all((ROOT / path).is_file() for line in commands(book) for path in re.findall(r"deployments/[\w/@.-]+\.(?:service|yaml)", line))


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_the_program_knows_every_word(book):
    from flows.cli import app

    for line in commands(book):
        words = shlex.split(line.replace("$", ""))
        if "huizong" not in words or words[0] == "sudo":
            continue
        verb = words[words.index("huizong") + 1 :]
        app.parse_args(verb, print_error=False, exit_on_error=False)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", ["huizong.service", "huizong-server.service", "huizong-worker@.service"])
def test_units_are_sound_and_hardened(unit, tmp_path):
    text = (DEPLOYMENTS / "systemd" / unit).read_text("utf-8")
    there = text.replace("/opt/huizong/.venv/bin", str(Path(sys.executable).parent)).replace("/opt/huizong", str(ROOT))
    copy = tmp_path / unit.replace("@", "@1")
    copy.write_text(there, "utf-8")
    others = [line for line in _systemd("verify", str(copy)).splitlines() if "huizong" in line]
    assert others == []
    exposure = re.search(r"exposure level for [^:]+: ([\d.]+)", _systemd("security", "--offline=true", str(copy)))
    assert exposure is not None and float(exposure[1]) < 2.5
    assert "User=huizong" in text and "Restart=always" in text


def _systemd(*arguments: str) -> str:
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_compose_binds_loopback_only_and_pins_nothing_secret():
    told = yaml.safe_load((DEPLOYMENTS / "compose.yaml").read_text("utf-8"))
    services = told["services"]
    assert set(services) == {"postgres", "server", "register", "worker"}
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service.get("ports", []))
    assert services["worker"]["deploy"]["replicas"] == 4
    assert all(re.fullmatch(r"(\w+=(/srv/offices)?|#.*|)", line) for line in (DEPLOYMENTS / "district.env.example").read_text("utf-8").splitlines())


@pytest.mark.parametrize("script", ["install.ps1", "uninstall.ps1"])
def test_windows_scripts_are_utf8_as_powershell_5_reads_it(script):
    data = (DEPLOYMENTS / "windows" / script).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), "without the mark PowerShell 5 reads Chinese as the machine's code page"
    text = data.decode("utf-8-sig")
    assert text.count("{") == text.count("}") and text.count("(") == text.count(")")
    if shell := shutil.which("pwsh"):
        check = f"$e = $null; [void][System.Management.Automation.Language.Parser]::ParseFile('{DEPLOYMENTS / 'windows' / script}', [ref]$null, [ref]$e); exit $e.Count"
        assert subprocess.run([shell, "-NoProfile", "-Command", check], check=False).returncode == 0
