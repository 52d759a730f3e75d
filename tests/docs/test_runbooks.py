"""The runbooks: numbered steps, words the program knows, files that exist. tests/ops runs every step's command."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from msgspec.structs import fields

from tests.docs.runbook_steps import BOOKS, DEPLOYMENTS, commands

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
        if words[:3] != ["sudo", "-u", "huizong"]:
            assert words[0] == "sudo", f"{line}: not with the service's account, which alone has the key and the right to write"
            continue
        verb = words[3:]
        if "huizong" not in verb:
            continue
        verb = verb[verb.index("huizong") + 1 :]
        app.parse_args(verb, print_error=False, exit_on_error=False)


def test_service_and_person_have_one_key(monkeypatch):
    """`sudo -u` gives a person the account's home and nothing else of theirs; the units must not say more that decides where secrets lie."""
    from flows.settings import Settings, key_place

    home = re.search(r"--home-dir (\S+) huizong", (DEPLOYMENTS / "runbooks" / "first_installation.md").read_text("utf-8"))
    assert home is not None
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", home[1])
    by_hand = key_place(Settings())
    for unit in ("huizong.service", "huizong-alarm.service", "huizong-worker@.service"):
        text = (DEPLOYMENTS / "systemd" / unit).read_text("utf-8")
        said = [pair.split("=", 1) for line in re.findall(r"^Environment=(.+)$", text, re.MULTILINE) for pair in line.split()]
        for name, value in said:
            monkeypatch.setenv(name, value)
        assert key_place(Settings()) == by_hand
        assert re.findall(r"^EnvironmentFile=-?(.+)$", text, re.MULTILINE) == ["/opt/huizong/deployments/prefect.env"]
        for name, _ in said:
            if name != "HOME":
                monkeypatch.delenv(name)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", ["huizong.service", "huizong-server.service", "huizong-worker@.service", "huizong-alarm.service"])
def test_units_are_sound_and_hardened(unit, tmp_path):
    text = (DEPLOYMENTS / "systemd" / unit).read_text("utf-8")
    there = text.replace("/opt/huizong/.venv/bin", str(Path(sys.executable).parent)).replace("/opt/huizong", str(ROOT))
    copy = tmp_path / unit.replace("@", "@1")
    copy.write_text(there, "utf-8")
    shutil.copyfile(DEPLOYMENTS / "systemd" / "huizong-alarm.timer", tmp_path / "huizong-alarm.timer")
    if "alarm" in unit:
        assert [line for line in _systemd("verify", str(tmp_path / "huizong-alarm.timer")).splitlines() if "huizong" in line] == []
    others = [line for line in _systemd("verify", str(copy)).splitlines() if "huizong" in line]
    assert others == []
    exposure = re.search(r"exposure level for [^:]+: ([\d.]+)", _systemd("security", "--offline=true", str(copy)))
    assert exposure is not None and float(exposure[1]) < 2.5
    assert "User=huizong" in text and ("Restart=always" in text or "Type=oneshot" in text)


def _systemd(*arguments: str) -> str:
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


_SERVICE_KEYS = frozenset(["build", "cap_drop", "command", "depends_on", "deploy", "env_file", "environment", "healthcheck", "image", "logging", "ports", "read_only", "restart", "security_opt", "stop_grace_period", "tmpfs", "user", "volumes"])
"""What we use of the compose specification's service element; docker itself is not on every machine that tests."""
_CONDITIONS = ("service_started", "service_healthy", "service_completed_successfully")


def test_compose_binds_loopback_only_and_pins_nothing_secret():
    services = _compose()["services"]
    assert set(services) == {"postgres", "server", "register", "worker", "alarm"}
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service.get("ports", []))
    assert services["worker"]["deploy"]["replicas"] == 4
    assert all(re.fullmatch(r"(\w+=(/srv/\w+|http://127.0.0.1:4200)?|#.*|)", line) for line in (DEPLOYMENTS / "district.env.example").read_text("utf-8").splitlines())


def test_compose_has_words_that_compose_knows_and_leads_to_what_is_there():
    told = _compose()
    services = told["services"]
    assert {key for key in told if not key.startswith("x-")} == {"name", "services", "volumes"}
    assert {key for service in services.values() for key in service} <= _SERVICE_KEYS
    for service in services.values():
        for other, how in service.get("depends_on", {}).items():
            assert other in services and how["condition"] in _CONDITIONS
            assert how["condition"] != "service_healthy" or "healthcheck" in services[other]
        for volume in service.get("volumes", []):
            source, inside, *_ = re.split(r":(?=/)", volume)
            assert inside.startswith("/") and (source in told["volumes"] or source.startswith(("${OFFICES:", "${SECRETS:")) or (DEPLOYMENTS / source).is_file()), volume
        assert all((DEPLOYMENTS / file).is_file() for file in service.get("env_file", []))
        if build := service.get("build"):
            assert (DEPLOYMENTS / build["context"] / build["dockerfile"]).is_file() and (DEPLOYMENTS / build["context"]).resolve() == ROOT
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOYMENTS / "compose.yaml").read_text("utf-8")))
    offered = set(re.findall(r"^(\w+)=", (DEPLOYMENTS / "district.env.example").read_text("utf-8"), re.MULTILINE))
    assert asked == offered
    init = (DEPLOYMENTS / "postgres-init.sh").read_text("utf-8")
    assert set(re.findall(r"\$(\w+_PASSWORD)", init)) <= set(services["postgres"]["environment"])
    assert subprocess.run(["sh", "-n", str(DEPLOYMENTS / "postgres-init.sh")], check=False).returncode == 0


def test_every_image_is_pinned_to_a_whole_version():
    """A tag such as 18 is another server next month. `docker compose config` itself needs docker, which is not where tests run."""
    told = [service["image"] for service in _compose()["services"].values() if "build" not in service]
    told += re.findall(r"^FROM (\S+)", (DEPLOYMENTS / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert len(told) == 2 and all(re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?-[a-z-]+", image) for image in told), told


def test_every_command_of_the_containers_is_one_that_its_program_knows():
    """Each word of compose.yaml that is run: our verbs by our parser, Prefect's by Prefect's own, shell and Python by their compilers."""
    from flows.cli import app

    commands = [service["command"] for service in _compose()["services"].values() if "command" in service]
    commands += [service["healthcheck"]["test"][1:] for service in _compose()["services"].values() if "healthcheck" in service]
    known = {"prefect": 0, "sh": 0, "python": 0, "pg_isready": 0}
    for program, *words in commands:
        known[program] += 1
        if program == "prefect":
            assert _prefect_knows(words), words
        elif program == "python":
            compile(words[-1], "healthcheck", "exec")
        elif program == "sh":
            script = words[-1].replace("$$", "$")
            assert subprocess.run(["sh", "-n", "-c", script], check=False).returncode == 0
            if verbs := re.findall(r"\bhuizong ([a-z][^;|]+)[;|]", script):
                app.parse_args(shlex.split(verbs[0].replace("$", "")), print_error=False, exit_on_error=False)
            else:
                module, prefect = re.fullmatch(r"python -m (flows\.[\w.]+); exec prefect (.+)", script).groups()
                assert find_spec(module) and _prefect_knows(prefect.split())
    assert known == {"prefect": 1, "sh": 3, "python": 1, "pg_isready": 1}


def _prefect_knows(words: list[str]) -> bool:
    """Prefect's command with its help instead of its work: a word or an option that it does not have is an error there, or not in it."""
    done = subprocess.run([sys.executable, "-m", "prefect", *words[:2], "--help"], capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"})
    options = {word for word in words if word.startswith("--")}
    return done.returncode == 0 and all(re.search(rf"{option}\b", done.stdout) for option in options)


def test_every_variable_of_a_container_is_asked_for_by_what_runs_in_it():
    """Of compose.yaml alone: settings of ours exist, Prefect's exist, PostgreSQL's are the image's own or the script's."""
    from flows.settings import Settings

    services = _compose()["services"]
    ours = {f"HUIZONG_{section.name}__{key.name}".upper() for section in fields(Settings) for key in fields(section.type)}
    said = {name for service in services.values() for name in service.get("environment", {})}
    script = set(re.findall(r"\$(\w+)", (DEPLOYMENTS / "postgres-init.sh").read_text("utf-8")))
    assert {name for name in said if name.startswith("HUIZONG_")} <= ours
    assert {name for name in said if not name.startswith(("HUIZONG_", "PREFECT_"))} <= {"POSTGRES_PASSWORD"} | script
    assert "PREFECT_PASSWORD" in script


def test_the_image_is_built_from_what_is_there():
    lines = (DEPLOYMENTS / "Dockerfile").read_text("utf-8").splitlines()
    assert all(line.split()[0] in ("FROM", "RUN", "WORKDIR", "COPY", "USER", "ENV") for line in lines if line and not line.startswith("#"))
    copied = [line.split()[1] for line in lines if line.startswith("COPY")]
    assert copied == ["requirements.lock", "."] and (ROOT / "requirements.lock").is_file()


def test_only_the_program_goes_into_the_image():
    """Everything is left out but what is named, so that a filled-in district.env, keys and offices cannot slip in."""
    import tomllib

    lines = [line for line in (DEPLOYMENTS / "Dockerfile.dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert let_in == {*packages, "pyproject.toml", "requirements.lock", project["project"]["readme"]}


def test_every_container_that_works_for_an_office_has_its_folder_its_secrets_and_its_owner():
    services = _compose()["services"]
    of_offices = [services[name] for name in ("register", "worker", "alarm")]
    assert all(one["user"] == "${OFFICES_OWNER:?}" and [v.split(":/")[1] for v in one["volumes"]] == ["srv/offices", "srv/secrets:ro"] for one in of_offices)
    assert "server" not in services["alarm"]["depends_on"] and "notify --if-no-night" in services["alarm"]["command"][-1]


def test_every_variable_of_the_deployments_is_one_that_the_program_reads():
    from flows.settings import Settings

    texts = [path.read_text("utf-8-sig") for path in DEPLOYMENTS.rglob("*") if path.is_file()]
    ours = {name for text in texts for name in re.findall(r"\bHUIZONG_([A-Z]+__[A-Z_]+)\b", text)}
    settings = {f"{section.name}__{key.name}".upper() for section in fields(Settings) for key in fields(section.type)}
    assert ours and ours <= settings
    theirs = {name for text in texts for name in re.findall(r"\b(PREFECT_[A-Z_0-9]+)\b", text)} - {"PREFECT_PASSWORD", "PREFECT_HOME"}
    code = "from prefect.settings import Settings; from prefect.settings.legacy import _get_settings_fields; print(*_get_settings_fields(Settings))"
    known = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert theirs <= set(known), theirs - set(known)


def _compose() -> dict:
    return dict(yaml.safe_load((DEPLOYMENTS / "compose.yaml").read_text("utf-8")))


def test_every_file_has_the_line_ends_of_the_machine_that_reads_it():
    told = dict(line.split(" text eol=") for line in (ROOT / ".gitattributes").read_text("utf-8").splitlines() if not line.startswith("#"))
    ends = {"*.ps1": "crlf", "*.sh": "lf", "*.env": "lf", "*.service": "lf", "*.timer": "lf"}
    assert told == ends and all(list(DEPLOYMENTS.rglob(pattern)) for pattern in ends)


def test_windows_tasks_say_words_that_the_program_knows_and_lead_to_what_is_there():
    from flows.cli import app

    text = (DEPLOYMENTS / "windows" / "install.ps1").read_text("utf-8-sig")
    said = re.findall(r"-Argument \('([^']+)'", text)
    assert [words.split()[0] for words in said] == ["serve", "notify"]
    for words in said:
        app.parse_args(shlex.split(words.format("D:/办公室")), print_error=False, exit_on_error=False)
    setting = re.compile(text.partition("$line -match '")[2].partition("'")[0])
    lines = [line for line in (DEPLOYMENTS / "prefect.env").read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert all(setting.match(line) for line in lines)
    assert all((ROOT / path.replace("\\", "/")).is_file() for path in re.findall(r"deployments\\[\w.]+", text))
    declared = set(re.findall(r"\] \$(\w+)", text.partition("param(")[2].partition("\n)")[0]))
    book = (DEPLOYMENTS / "runbooks" / "first_installation.md").read_text("utf-8")
    used = {name for line in book.splitlines() if "install.ps1" in line for name in re.findall(r"ps1.* -(\w+) ", line)}
    assert used and used <= declared
    uninstall = (DEPLOYMENTS / "windows" / "uninstall.ps1").read_text("utf-8-sig")
    registered = set(re.findall(r'-TaskName ("?\$TaskName[\w-]*"?)', text))
    assert {name.strip('"') for name in registered} == {"$TaskName", "$TaskName-alarm"} and "$TaskName, \"$TaskName-alarm\"" in uninstall


def test_windows_closes_the_folder_before_the_key_lies_in_it_and_ends_nobody_else_s_processes():
    install = (DEPLOYMENTS / "windows" / "install.ps1").read_text("utf-8-sig")
    assert install.count("icacls $") == 1 and "$LASTEXITCODE -ne 0) { throw" in install  # a program's failure does not stop PowerShell
    assert 0 < install.index("Close-Folder $vault") < min(install.index("Copy-Item"), install.index("WriteAllText"))
    uninstall = (DEPLOYMENTS / "windows" / "uninstall.ps1").read_text("utf-8-sig")
    assert ".CommandLine.Contains($said)" in uninstall and "-match" not in uninstall


@pytest.mark.parametrize("script", ["install.ps1", "uninstall.ps1"])
def test_windows_scripts_are_utf8_as_powershell_5_reads_it(script):
    data = (DEPLOYMENTS / "windows" / script).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), "without the mark PowerShell 5 reads Chinese as the machine's code page"
    text = data.decode("utf-8-sig")
    assert text.count("{") == text.count("}") and text.count("(") == text.count(")")
    if shell := shutil.which("pwsh"):
        check = f"$e = $null; [void][System.Management.Automation.Language.Parser]::ParseFile('{DEPLOYMENTS / 'windows' / script}', [ref]$null, [ref]$e); exit $e.Count"
        assert subprocess.run([shell, "-NoProfile", "-Command", check], check=False).returncode == 0
