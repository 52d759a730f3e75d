"""The house stands as it is drawn: no form outside its YAML, no Prefect where it does not belong, nothing of this machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter

from catalog.catalogue import built_in, load_catalogue
from flows.new_office import create_office

ROOT = Path(__file__).resolve().parents[2]
CODE = [
    path for part in ("catalog", "connectors", "flows", "sql") for path in sorted((ROOT / part).rglob("*.py"))
    if "demo" not in path.relative_to(ROOT).parts
]  # fmt: skip


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    (folder / "town.yml").write_text("town_name: 甲\n", "utf-8")
    (folder / "villages.csv").write_text("code,name,kind\n980112104200,乙村,村委会\n", "utf-8")
    return load_catalogue(folder)


def test_the_import_contracts_hold():
    done = subprocess.run([str(Path(sys.executable).with_name("lint-imports")), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_module_knows_a_particular_form_or_indicator(catalogue):
    ids = {*catalogue.forms, *catalogue.indicators}
    found = [
        (str(path.relative_to(ROOT)), word) for path in CODE
        for word in re.findall(r"[\"']([A-Za-z_0-9]+)[\"']", path.read_text("utf-8")) if word in ids - {"town_name"}
    ]  # fmt: skip
    assert found == []


def test_no_module_knows_the_title_of_a_form(catalogue):
    titles = {form.title for form in catalogue.forms.values()} | {form.department for form in catalogue.forms.values()}
    assert [(path.name, title) for path in CODE for title in titles if title in path.read_text("utf-8")] == []


@pytest.mark.parametrize("module", ["flows.cli", "flows.intake.read", "flows.intake.settle", "flows.summary.figures", "flows.status", "flows.command.operators", "flows.doctor", "flows.serve.machine"])
def test_the_core_imports_neither_prefect_nor_pandas(module):
    check = f"import sys, {module}; sys.exit(any(m in sys.modules for m in ('prefect', 'pandas')))"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=False).returncode == 0


WEIGHTY = ("prefect", "pandas", "numpy", "openpyxl", "docx", "xlsxwriter", "alembic", "psycopg", "apprise", "jinja2", "cn2an", "chinese_calendar", "fsspec", "smbclient",
           "lxml", "xlrd", "rapidfuzz", "cyclopts", "pydantic", "yaml", "asyncio.events", "importlib.metadata._meta", "greenlet._greenlet", "flows.demo", "flows.nightly", "flows.draft.compose",
           "connectors.workbooks.readers", "importlib.resources", "json.decoder", "selectors", "rich._emoji_codes")  # fmt: skip


@pytest.mark.parametrize("verb", ["check", "status", "trace"])
def test_a_verb_a_person_waits_for_imports_nothing_it_does_not_need(tmp_path, verb):
    """Each in a process of its own, in an office with a warehouse: an ordinary .xlsx needs none of the other formats' libraries."""
    office = create_office(tmp_path / "office")
    office.upgrade_warehouse()
    office.keep_declarations()  # as every night that shows something new does
    book = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(book) as out:
        out.add_worksheet().write(0, 0, "说明")
    words = {"check": ["check", str(book)], "status": ["status"], "trace": ["trace", "dibao_hh", "2020-06"]}[verb]
    code = f"""import sys
from flows.command.start import main
try:
    main()
except SystemExit:
    pass
print(sorted({set(WEIGHTY)!r} & set(sys.modules)))"""
    done = subprocess.run([sys.executable, "-c", code, *words, "--office", str(office.folder)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stdout + done.stderr


def test_a_night_on_a_warehouse_that_is_ready_imports_no_migrations(tmp_path):
    office = create_office(tmp_path / "office")
    office.upgrade_warehouse()
    code = f"""import sys; from pathlib import Path; from flows.office import Office
print(Office(Path({str(office.folder)!r})).upgrade_warehouse(), 'alembic' in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("already False\n"), done.stdout + done.stderr


def test_no_file_names_a_registry_or_a_path_of_a_machine():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode().split("\0")
    if not any(listed):
        pytest.skip("not a git checkout")
    banned = ("py" + "pi.org", "python" + "hosted", "registry." + "npmjs", "/" + "work/", "/" + "root/")
    found = []
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".docx", ".xlsx"):
            text = path.read_text("utf-8", "replace")
            found += [(name, word) for word in banned if word in text]
    assert found == []
    assert "uv.lock" not in listed


def test_the_lock_pins_every_package_by_hash_and_names_no_address():
    text = (ROOT / "requirements.lock").read_text("utf-8")
    packages = re.findall(r"^[\w.\-\[\]]+==", text, re.MULTILINE)
    assert len(packages) > 80
    assert "://" not in text
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block[:60]


def test_all_twenty_forms_and_every_slot_are_declared(catalogue):
    assert list(catalogue.forms) == [f"F{number:02d}" for number in range(1, 21)]
    slots = (built_in() / "report" / "slots.csv").read_text("utf-8").splitlines()[1:]
    assert len(slots) == 118
    assert {line.split(",")[2] for line in slots} <= set(catalogue.indicators)
