"""One file, read and checked on its own: bytes → a submission with its readings, entries and issues.

A pure function of the bytes, the path, and the catalogue. What a hand-in is worth beside others is settled later
(flows.intake.settle), so the order in which files come does not matter.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.catalogue import Catalogue
from catalog.forms import Sheet
from catalog.grids import Workbook
from catalog.issues import Action, Issue, Refused
from catalog.observations import Entry, Reading, Status, Submission
from catalog.periods import Month
from connectors.workbooks import read_workbook
from flows.intake import checks
from flows.intake.fate import REFUSED, USED, Fates
from flows.intake.headings import find_layout
from flows.intake.ledger import catalogue_indicators, read_ledger, used_paths
from flows.intake.matrix import Table, read_matrix
from flows.intake.names import Hints, hints
from flows.intake.recognise import Found, Recognition, recognise, squeeze
from flows.intake.rows import read_body
from flows.tokens import Tokens

CODE_VERSION = "1"
"""Changes whenever the same bytes would be read differently; part of the load key."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file as it lies in the archive."""

    path: str
    sha256: str
    size: int
    modified: datetime


@dataclass(slots=True)
class _Sheet:
    readings: list[Reading]
    entries: list[Entry]
    issues: list[Issue]
    held: set[tuple[str, str]]
    fates: Fates


def load_key(received: Received, catalogue: Catalogue, tokens: Tokens) -> str:
    """What went into a load: content, declarations, code, and which key made the tokens."""
    parts = (received.sha256, catalogue.version, CODE_VERSION, tokens.of("load key", ""))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


def read_submission(received: Received, data: bytes, catalogue: Catalogue, tokens: Tokens) -> Submission:
    """Never raises for what is in the file: an unusable one is a refused submission that says why."""
    hint = hints(received.path, {form.department for form in catalogue.forms.values()})
    base = Submission(
        received.path, received.sha256, received.size, received.modified, load_key(received, catalogue, tokens),
        department=hint.department, rank=hint.rank,
    )  # fmt: skip
    issues: list[Issue] = []
    try:
        workbook = read_workbook(data)
        issues += _container(workbook, received.path)
        recognition = recognise(workbook, hint, catalogue)
    except Refused as refusal:
        return replace(_guessed(base, hint, catalogue, refusal), refused=True, issues=(*issues, refusal.issue))
    issues += recognition.issues
    base = replace(base, form=recognition.form.id, department=recognition.form.department, period=recognition.month.name)
    try:
        sheets = [_read_sheet(found, recognition, catalogue, tokens) for found in recognition.sheets]
    except Refused as refusal:
        return replace(base, refused=True, issues=(*issues, refusal.issue), data_hash=_hash(workbook))
    absent = [s for s in recognition.form.sheets if s.name not in {found.sheet.name for found in recognition.sheets}]
    for sheet in absent:
        issues.append(Issue("M14", Action.WARN, f"缺少《{recognition.form.title_of(sheet)}》工作表，请补报。", sheet.name, "", "", sheet.name))
    return _assemble(base, workbook, recognition, sheets, issues)


def _container(workbook: Workbook, path: str) -> list[Issue]:
    suffix = path.rsplit(".", 1)[-1].lower()
    if workbook.container == "html":
        return [Issue("M07", Action.FIX, "文件是网页另存的表格，已按内容读取，请另存为 .xlsx 后报送。", found="html", expected="xlsx")]
    if suffix != workbook.container and (suffix, workbook.container) not in {("xlsm", "xlsx"), ("tsv", "csv")}:
        return [Issue("M04", Action.FIX, f"文件后缀是 .{suffix}，内容是 {workbook.container}，已按内容读取。",
                      found=suffix, expected=workbook.container)]  # fmt: skip
    return []


def _guessed(base: Submission, hint: Hints, catalogue: Catalogue, refusal: Refused) -> Submission:
    """A file nobody could open still belongs to somebody: form and month as far as the path says them for certain."""
    name = squeeze(base.path.rsplit("/", 1)[-1])
    fitting = [f for f in catalogue.forms.values() if (f.id == refusal.form if refusal.form else f.id in name or squeeze(f.title) in name)]
    if len(fitting) == 1:
        base = replace(base, form=fitting[0].id, department=fitting[0].department)
    if hint.year and hint.month:
        base = replace(base, period=Month(hint.year, hint.month).name)
    return base


def _read_sheet(found: Found, recognition: Recognition, catalogue: Catalogue, tokens: Tokens) -> _Sheet:
    form, sheet = recognition.form, found.sheet
    indicators = catalogue_indicators(catalogue, form.id, sheet.name)
    issues: list[Issue] = []
    report = issues.append
    layout = find_layout(found.grid, sheet, form, used_paths(indicators), found.unit_line)
    issues += layout.issues
    label, second = _label_columns(sheet, {p: m.index for p, m in layout.columns.items()})
    body = read_body(found.grid, layout, label, second)
    table = Table(found, layout, body, recognition.month, catalogue)
    fates = Fates(found.grid)
    readings: list[Reading] = []
    entries: list[Entry] = []
    names: dict[int, str] = {}
    if sheet.shape == "matrix":
        readings, names = read_matrix(table, fates, report)
    if indicators or sheet.shape == "ledger":
        entries, counted = read_ledger(table, indicators, tokens, fates, report, names)
        readings += counted
    held = checks.check_identities(table, readings, report)
    checks.check_rates(table, [r for r in readings if (r.sheet, r.cell) not in held], report)
    checks.check_totals(table, fates, report)
    checks.look_for_hidden(table, report)
    checks.note_the_rest(table, fates, report)
    return _Sheet(readings, entries, issues, held, fates)


def _label_columns(sheet: Sheet, index: dict[str, int]) -> tuple[int | None, int | None]:
    """(column that names a row, second column of a ledger where 无 declares that there is nothing)."""
    if sheet.shape == "ledger":
        second = next((c for c in sheet.columns if c.type != "serial"), None)
        return None, index.get(second.path) if second else None
    path = sheet.label or next(c.path for c in sheet.columns if c.type == "village")
    return index.get(path), None


def _assemble(
    base: Submission, workbook: Workbook, recognition: Recognition, sheets: list[_Sheet], issues: list[Issue]
) -> Submission:
    readings = [
        replace(reading, value=None, status=Status.REFUSED) if (reading.sheet, reading.cell) in sheet.held else reading
        for sheet in sheets for reading in sheet.readings
    ]  # fmt: skip
    counts = [sheet.fates.counts() for sheet in sheets]
    other_cells = sum(v is not None for grid in recognition.others for row in grid.rows for v in row)
    used, refused = sum(c[USED] for c in counts), sum(c[REFUSED] for c in counts)
    held = sum(len(sheet.held) for sheet in sheets)
    read = sum(sum(c.values()) for c in counts) + other_cells
    return replace(
        base,
        issues=(*issues, *(issue for sheet in sheets for issue in sheet.issues)),
        readings=tuple(readings),
        entries=tuple(entry for sheet in sheets for entry in sheet.entries),
        cells_read=read,
        cells_used=used - held,
        cells_refused=refused + held,
        cells_ignored=read - used - refused,
        data_hash=_hash(workbook),
    )


def _hash(workbook: Workbook) -> str:
    """Over every value of every sheet: two files with the same one are the same hand-in (M01, M02)."""
    digest = hashlib.sha256()
    for grid in workbook.grids:
        for row in grid.rows:
            filled = [(i, v) for i, v in enumerate(row) if v is not None]
            if filled:
                digest.update(repr(filled).encode())
        digest.update(b"\0sheet")
    return digest.hexdigest()[:32]
