"""One file, read and checked on its own: bytes → a submission with its readings, entries and issues.

A pure function of the bytes, the path, and the catalogue. What a hand-in is worth beside others is settled later
(flows.intake.settle), so the order in which files come does not matter.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from catalog import packed
from catalog.catalogue import Catalogue
from catalog.forms import Form, Sheet
from catalog.grids import Grid, Position, Workbook, filled_cells
from catalog.issues import Action, Issue, Refused
from catalog.observations import PARTIAL, Entry, Reading, Submission, content_of
from catalog.packed import Packed, together
from catalog.periods import Month
from connectors.workbooks import read_workbook
from flows.intake import checks
from flows.intake.dragged import look_for_series
from flows.intake.fate import REFUSED, UNACCOUNTED, USED, Fates, one_fate
from flows.intake.layouts import straighten
from flows.intake.ledger import catalogue_indicators, read_ledger, used_paths
from flows.intake.matrix import read_matrix
from flows.intake.named_rows import Supplement
from flows.intake.names import SUPPLEMENT, Hints, hints
from flows.intake.notes import look_at_remarks, look_for_notes
from flows.intake.plausible import check_plausible
from flows.intake.projects import tell_further_rows
from flows.intake.rates import check_progress, check_rates
from flows.intake.recognise import RETURN_NOTE, Found, Recognition, recognise
from flows.intake.rows import Kind, Row, read_body
from flows.intake.sums import tell_area_sums
from flows.intake.table import Table
from flows.intake.titles import squeeze
from flows.tokens import Tokens

CODE_VERSION = "12"
"""Changes whenever the same bytes would be read differently; part of the load key."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file as it lies in the archive."""

    path: str
    sha256: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Examined:
    """A submission, and what became of every one of its cells."""

    submission: Submission
    accounts: Mapping[str, Fates]
    """sheet → what became of its cells; empty where the file could not be opened."""
    workbook: Workbook | None = None

    @property
    def fates(self) -> dict[str, dict[Position, str]]:
        """sheet → position → fate."""
        return {name: fates.all() for name, fates in self.accounts.items()}


@dataclass(slots=True)
class SheetRead:
    """What one sheet holds; ``held``: (sheet, cell) of figures that contradict each other."""

    readings: list[Reading]
    entries: Sequence[Entry]
    issues: Sequence[Issue]
    held: set[tuple[str, str]]
    fates: Fates
    partial: bool = False
    """Rows that the form has, one for each village or indicator, are wanting."""


def load_keys(catalogue: Catalogue, tokens: Tokens) -> Callable[[str], str]:
    """SHA-256 of a file → what went into its load: content, declarations, code, and which key made the tokens."""
    others = "|".join((catalogue.version, CODE_VERSION, tokens.of("load key", "")))
    return lambda sha256: hashlib.sha256(f"{sha256}|{others}".encode()).hexdigest()[:32]


def read_submission(received: Received, data: bytes, catalogue: Catalogue, tokens: Tokens) -> Submission:
    """Never raises for what is in the file: an unusable one is a refused submission that says why."""
    return examine(received, data, catalogue, tokens).submission


def examine(received: Received, data: bytes, catalogue: Catalogue, tokens: Tokens) -> Examined:
    """Read a file and account for every cell of it; a file whose cells do not add up is refused whole."""
    hint = _hints(received, catalogue)
    base = _base(received, catalogue, tokens, hint)
    issues: list[Issue] = []
    workbook: Workbook | None = None
    try:
        workbook = read_workbook(data)
        del data  # of a long ledger they are many
        data_hash, endless = _hash(workbook)
        base = replace(base, data_hash=data_hash)
        issues += _container(workbook, received.path)
        recognition = recognise(workbook, hint, catalogue)
    except Refused as refusal:
        return _refused(_guessed(base, hint, catalogue, refusal.form), [*issues, refusal.issue], workbook)
    issues += recognition.issues
    base = replace(base, form=recognition.form.id, department=recognition.form.department, period=recognition.month.name)
    try:
        sheets: list[SheetRead] = []
        for found in recognition.sheets:
            if endless:
                _refuse_endless(found.grid)
            beside = [reading for sheet in sheets for reading in sheet.readings]
            sheets.append(read_sheet(found, recognition.form, recognition.month, catalogue, tokens, beside))
    except Refused as refusal:
        base = replace(base, rank=base.rank - PARTIAL) if isinstance(refusal, Supplement) else base
        return _refused(base, [*issues, refusal.issue], workbook)
    absent = [s for s in recognition.form.sheets if s.name not in {found.sheet.name for found in recognition.sheets}]
    for sheet in absent:
        issues.append(Issue("M14", Action.WARN, f"缺少《{recognition.form.title_of(sheet)}》工作表，请补报。", sheet.name, "", "", sheet.name))
    fates = _fates(workbook, recognition, sheets)
    counts = [account.counts() for account in fates]
    if (miscount := _miscounted(workbook, counts)) is not None:
        return _refused(base, [*issues, miscount], workbook)
    said_to_be = SUPPLEMENT.search(received.path.rsplit("/", 1)[-1]) is not None and all(f.sheet.shape == "ledger" for f in recognition.sheets)
    if absent or said_to_be or any(sheet.partial for sheet in sheets):
        base = replace(base, rank=base.rank - PARTIAL)
    submission = _assemble(base, workbook, sum(counts, Counter()), sheets, issues)
    return Examined(submission, {g.name: f for g, f in zip(workbook.grids, fates, strict=True)}, workbook)


def from_the_path(received: Received, catalogue: Catalogue, tokens: Tokens) -> Submission:
    """What is known of a file that was not opened: form, department and month as far as its path says them."""
    hint = _hints(received, catalogue)
    return _guessed(_base(received, catalogue, tokens, hint), hint, catalogue)


def _hints(received: Received, catalogue: Catalogue) -> Hints:
    return hints(received.path, {form.department for form in catalogue.forms.values()})


def _base(received: Received, catalogue: Catalogue, tokens: Tokens, hint: Hints) -> Submission:
    return Submission(
        received.path, received.sha256, received.size, received.modified, load_keys(catalogue, tokens)(received.sha256),
        department=hint.department, rank=hint.rank,
    )  # fmt: skip


def _refused(base: Submission, issues: list[Issue], workbook: Workbook | None) -> Examined:
    """Nothing of the file is published: all its cells are refused with it."""
    if workbook is None:
        return Examined(replace(base, refused=True, issues=tuple(issues)), {})
    fates = {grid.name: one_fate(grid, "refused file") for grid in workbook.grids}
    cells = sum(account.counts().total() for account in fates.values())
    submission = replace(base, refused=True, issues=tuple(issues), cells_read=cells, cells_refused=cells)
    return Examined(submission, fates, workbook)


def _fates(workbook: Workbook, recognition: Recognition, sheets: list[SheetRead]) -> list[Fates]:
    """One ledger per sheet of the file; tables cut from one sheet share it."""
    whole: dict[int, Fates] = {}
    for sheet in sheets:
        mine = sheet.fates
        if mine.sheet is workbook.grids[mine.sheet.index]:
            whole[mine.sheet.index] = mine
        else:
            whole.setdefault(mine.sheet.index, Fates(workbook.grids[mine.sheet.index])).add(mine)
    for other in recognition.others:
        whole.setdefault(other.index, Fates(workbook.grids[other.index])).add(one_fate(other, "other sheet"))
    return [
        one_fate(grid, "return note") if grid.name == RETURN_NOTE else whole.get(number) or Fates(grid) for number, grid in enumerate(workbook.grids)
    ]


def _miscounted(workbook: Workbook, counts: list[Counter[str]]) -> Issue | None:
    """Used, ignored and refused cells must be all there are: those of the grid, and those counted from the bytes."""
    for number, (grid, count) in enumerate(zip(workbook.grids, counts, strict=True)):
        counted = workbook.counted[number] if workbook.counted else filled_cells(grid)
        if count[UNACCOUNTED] or count.total() != counted:
            known = count.total() - count[UNACCOUNTED]
            return Issue("E-LEDGER", Action.REFUSE_FILE,
                         f"工作表“{grid.name}”清点有{counted}个单元格，只认清{known}个，整份未采用，请另存为 .xlsx 后重报并告知管理员。",
                         grid.name, "", str(known), str(counted))  # fmt: skip
    return None


def _container(workbook: Workbook, path: str) -> list[Issue]:
    suffix = path.rsplit(".", 1)[-1].lower()
    if workbook.container == "html":
        return [Issue("M07", Action.FIX, "文件是网页另存的表格，已按内容读取，请另存为 .xlsx 后报送。", found="html", expected="xlsx")]
    if suffix != workbook.container and (suffix, workbook.container) not in {("xlsm", "xlsx"), ("tsv", "csv")}:
        return [Issue("M04", Action.FIX, f"文件后缀是 .{suffix}，内容是 {workbook.container}，已按内容读取。",
                      found=suffix, expected=workbook.container)]  # fmt: skip
    return []


def _guessed(base: Submission, hint: Hints, catalogue: Catalogue, known_form: str = "") -> Submission:
    """A file nobody could open still belongs to somebody: form and month as far as the path says them for certain."""
    name = squeeze(base.path.rsplit("/", 1)[-1])
    fitting = [f for f in catalogue.forms.values() if (f.id == known_form if known_form else f.id in name or squeeze(f.title) in name)]
    if len(fitting) == 1:
        base = replace(base, form=fitting[0].id, department=fitting[0].department)
    if hint.year and hint.month:
        base = replace(base, period=Month(hint.year, hint.month).name)
    return base


def read_sheet(found: Found, form: Form, month: Month, catalogue: Catalogue, tokens: Tokens, beside: Sequence[Reading] = ()) -> SheetRead:
    """One sheet of a form, read and checked; ``beside``: what the sheets before it say. Raises :class:`Refused` (refuse_sheet)."""
    sheet = found.sheet
    indicators = catalogue_indicators(catalogue, form.id, sheet.name)
    issues: list[Issue] | Packed[Issue] = Packed() if len(found.grid.rows) >= packed.MANY else []
    report = issues.append
    straight = straighten(found, form, used_paths(indicators))
    layout = straight.layout
    issues.extend(layout.issues)
    label, second = _label_columns(sheet, {p: m.index for p, m in layout.columns.items()})
    serial = next((m.index for m in layout.columns.values() if m.column.type == "serial"), None)
    body = read_body(straight.found.grid, layout, label, second, catalogue.town_name, serial)
    if sheet.rows != "indicator" and label is not None:
        body.rows = [row if not row.label.startswith("#") else Row(row.index, Kind.PART, row.label) for row in body.rows]
    table = Table(straight.found, layout, body, month, catalogue)
    fates = Fates(found.grid, straight.found.grid, straight.left_out)
    readings: list[Reading] = []
    entries: Sequence[Entry] = ()
    names: dict[int, str] = {}
    if sheet.shape == "matrix":
        if sheet.rows == "village":
            tell_area_sums(table, report)
            tell_further_rows(table)
        readings, names = read_matrix(table, fates, report)
    if indicators or sheet.shape == "ledger":
        entries, counted = read_ledger(table, indicators, tokens, fates, report, names, beside)
        readings += counted
    held = checks.check_identities(table, readings, report)
    held |= check_plausible(table, _without(readings, held), report) if sheet.shape == "matrix" and sheet.rows == "village" else set()
    held |= look_for_series(table, readings, report) if sheet.shape == "matrix" and sheet.rows == "village" else set()
    held |= check_progress(table, readings, report)
    held |= check_rates(table, _without(readings, held), report)
    held |= look_at_remarks(table, readings, report)
    checks.check_totals(table, fates, report)
    checks.look_for_spans(table, report)
    checks.look_for_links(table, report)
    checks.look_for_hidden(table, report)
    look_for_notes(table, report)
    checks.note_the_rest(table, fates, report)
    return SheetRead(readings, entries, issues, held, fates, _wants_rows(table, readings))


def _without(readings: list[Reading], held: set[tuple[str, str]]) -> list[Reading]:
    return [r for r in readings if (r.sheet, r.cell) not in held] if held else readings


def _wants_rows(table: Table, readings: list[Reading]) -> bool:
    sheet = table.found.sheet
    if sheet.shape == "ledger":
        return SUPPLEMENT.search(table.found.title) is not None
    if sheet.rows == "village":
        units, day = table.catalogue.units, table.month.last_day
        found = [units.find(row.label, day) if row.label else None for row in table.body.of(Kind.DATA)]
        return len(set(units.expected_on(day)) - set(found)) > found.count(None)
    there = {reading.measure for reading in readings}
    return any(there.isdisjoint(row.measures.values()) for row in sheet.row_measures if row.measures and not row.part_of)


LONGEST_TEXT = 5_000
"""Characters of a cell; no report says so much in one, and every look at it costs."""


def _refuse_endless(grid: Grid) -> None:
    for row, cells in enumerate(grid.rows):
        if len("".join([value for value in cells if type(value) is str])) <= LONGEST_TEXT:
            continue
        for column, value in enumerate(cells):
            if type(value) is str and len(value) > LONGEST_TEXT:
                where = grid.address(row, column)
                raise Refused(Issue("E-LONG", Action.REFUSE_SHEET, f"{grid.name}!{where} 有{len(value)}个字，一格不应超过{LONGEST_TEXT}个字，请删去多余的内容后重报。",
                                    grid.name, where, f"{len(value)}个字", f"不超过{LONGEST_TEXT}个字"))  # fmt: skip


def _label_columns(sheet: Sheet, index: dict[str, int]) -> tuple[int | None, int | None]:
    """(column that names a row, second column of a ledger where 无 declares that there is nothing)."""
    if sheet.shape == "ledger":
        second = next((c for c in sheet.columns if c.type != "serial"), None)
        return None, index.get(second.path) if second else None
    path = sheet.label or next(c.path for c in sheet.columns if c.type == "village")
    return index.get(path), None


def _assemble(base: Submission, workbook: Workbook, counts: Counter[str], sheets: list[SheetRead], issues: list[Issue]) -> Submission:
    readings = [
        reading._replace(held=True) if sheet.held and (reading.sheet, reading.cell) in sheet.held else reading
        for sheet in sheets for reading in sheet.readings
    ]  # fmt: skip
    entries = together([sheet.entries for sheet in sheets])
    held = sum(len(sheet.held) for sheet in sheets)
    return replace(
        base,
        issues=together([issues, *(sheet.issues for sheet in sheets)]),
        readings=tuple(readings),
        entries=entries,
        content=content_of(readings, entries),
        cells_read=counts.total(),
        cells_used=counts[USED] - held,
        cells_refused=counts[REFUSED] + held,
        cells_ignored=counts.total() - counts[USED] - counts[REFUSED],
    )


def _hash(workbook: Workbook) -> tuple[str, bool]:
    """Over every value of every sheet: two files with the same one are the same hand-in (M01, M02). And whether any row is long
    enough as Python writes it to hold an endless text.
    """
    digest, endless = hashlib.sha256(), False
    for grid in workbook.grids:
        for row in grid.rows:
            end = len(row)
            while end and row[end - 1] is None:
                end -= 1
            if end:
                written = repr(row if end == len(row) else row[:end]).encode()
                endless = endless or len(written) > LONGEST_TEXT
                digest.update(written)
        digest.update(b"\0sheet")
    return digest.hexdigest()[:32], endless
