"""``python -m tests.removed [M07 …]``: each rule for the mess of forms.md taken out of a copy of the tree, one at a time.

The tests named after the case (``test_m07_…``) must then be red, and a plain file must still be read without a word: what
breaks everything removes no rule. The copy is what is imported there: it runs this module again, and forks for each rule.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from itertools import groupby
from pathlib import Path

import pytest

from tests.killing.forks import in_a_child
from tests.removed.rules import RULES, Rule

ROOT = Path(__file__).resolve().parents[2]
PLAIN = "tests/flows/intake/test_reading_a_file.py::test_a_plain_file_is_read_without_a_word"
_OURS = ("catalog", "connectors", "flows", "sql", "tests")
_TEST = re.compile(r"^def (test_(?:m\d\d_)+\w+)", re.MULTILINE)
_SLIPS = ("NameError", "UnboundLocalError")
_QUICKLY = ("-x", "-qq", "--tb=no", "--assert=plain", "-m", "not samba and not prefect and not postgres")


def named_after(case: str) -> list[str]:
    """pytest's names of the tests named after a case, the nights last."""
    found = [
        f"{path.relative_to(ROOT).as_posix()}::{name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py")) for name in _TEST.findall(path.read_text("utf-8")) if f"_{case.lower()}_" in name
    ]  # fmt: skip
    return sorted(found, key=lambda name: (name.startswith("tests/night/"), name))


class _Seen:
    """Which tests failed, for pytest; one that met a name nobody knows failed for the entry's own fault."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            said = str(getattr(getattr(report.longrepr, "reprcrash", None), "message", ""))
            self.failed.append(said if said.startswith(_SLIPS) else report.nodeid)


def _first_red(names: list[str]) -> str:
    """Run them in a fork that knows none of our modules; the first that fails, or what went wrong otherwise."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _OURS or str(getattr(module, "__file__", "")).startswith(str(ROOT)):
            del sys.modules[name]
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    seen = _Seen()
    code = pytest.main([*_QUICKLY, *names], plugins=[seen])
    return seen.failed[0] if seen.failed else "" if code == 0 else f"pytest ended with {code!r}"


def _write(path: Path, text: str) -> None:
    """At a second of its own: Python takes what it once compiled for a file of the same second and size."""
    later = int(path.stat().st_mtime) + 1
    path.write_text(text, "utf-8")
    os.utime(path, (later, later))


def without(rule: Rule) -> tuple[bool, str]:
    """(whether its absence is noticed, what to print); in the copy."""
    path = ROOT / rule.file
    whole = path.read_text("utf-8")
    what = f"{rule.file}: {rule.text.strip()}"
    if whole.count(rule.text) != 1:
        return False, f"{rule.case} NOT FOUND {what}"
    _write(path, whole.replace(rule.text, rule.instead))
    try:
        red, _ = in_a_child(partial(_first_red, [PLAIN, *named_after(rule.case)]))
    finally:
        _write(path, whole)
    if not red:
        return False, f"{rule.case} STILL GREEN {what}"
    if not isinstance(red, str) or "::" not in red or red == PLAIN:
        return False, f"{rule.case} BREAKS EVERYTHING {what} ({red})"
    return True, f"{rule.case} red: {red.partition('::')[2].partition('[')[0]} ({what.splitlines()[0]})"


def in_the_copy(cases: set[str]) -> int:
    """Take the rules out one by one; the number of those nobody missed, or whose tests are red with every rule in its place."""
    for module in ("flows.intake.read", "flows.draft.outputs"):  # libraries that are here no fork waits for
        if not Path(str(importlib.import_module(module).__file__)).is_relative_to(ROOT):
            sys.exit(f"{module} is not imported from the copy {ROOT}")
    if pytest.main([*_QUICKLY, PLAIN]):
        sys.exit("a plain file is not read while every rule stands")
    unnoticed = 0
    for case, rules in groupby((rule for rule in RULES if not cases or rule.case in cases), key=lambda rule: rule.case):
        red, _ = in_a_child(partial(_first_red, named_after(case)))
        if red:
            unnoticed += 1
            print(f"{case} RED BEFORE any rule is gone: {red}", flush=True)
            continue
        for rule in rules:
            fine, line = without(rule)
            unnoticed += not fine
            print(line, flush=True)
    return unnoticed


def copy_to(folder: Path) -> None:
    """The tree as it stands, as far as git knows it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)


def main() -> None:
    cases = {word.upper() for word in sys.argv[1:]}
    if unknown := cases - {rule.case for rule in RULES}:
        sys.exit(f"no rule of {', '.join(sorted(unknown))}")
    if os.environ.get("HUIZONG_REMOVED") == str(ROOT):
        sys.exit(bool(in_the_copy(cases)))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="huizong-removed-") as made:
        folder = Path(made).resolve()
        copy_to(folder)
        environment = {**os.environ, "HUIZONG_REMOVED": str(folder), "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": ""}
        code = subprocess.run([sys.executable, "-m", "tests.removed", *sorted(cases)], cwd=folder, env=environment, check=False).returncode
    print(f"{sum(not cases or rule.case in cases for rule in RULES)} rules, {time.monotonic() - began:.0f} s")
    sys.exit(code)


if __name__ == "__main__":
    main()
