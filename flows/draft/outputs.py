"""出稿: everything people read for one period, written into outputs/<period>/."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count, dropwhile, takewhile
from pathlib import Path

from catalog.periods import Month, Period
from connectors.documents import ChartPage, Rendered, TableSheet, is_untouched, write_page, write_tables
from connectors.shares import InUse, write_whole
from connectors.warehouse import Warehouse, contradictions, keep_edition, kept_editions
from connectors.warehouse.tracing import figures_alone, owed_in
from connectors.warehouse.villages import cells_of, ever_reported, in_force
from flows.draft import small_told
from flows.draft.changes import change_sheets, changes, edition_of, without_small_counts
from flows.draft.compose import Draft, compose_draft
from flows.draft.gaps import sent_back, told_reason
from flows.draft.left_over import told
from flows.draft.lists import gap_sheet, sources, to_write_sheet
from flows.draft.made import Made, digest
from flows.draft.office_form import put_forms
from flows.draft.page import Board, page_of
from flows.draft.refresh import NotADraft, Refreshed, period_of, refresh_draft, report_text, still_says
from flows.draft.reminders import reminders
from flows.draft.said import headings
from flows.draft.to_confirm import sums_below, waiting_cells
from flows.draft.vouched import said_since, vouched
from flows.office import Office
from flows.summary import agreements
from flows.summary.disagreements import disagreement_sheet, disagreements
from flows.summary.small_counts import measures_of_persons
from flows.summary.tables import Summary, summary_sheets
from flows.summary.villages import measures_needed, villages_lacking
from flows.words.binding import binding

DRAFT = "工作总结初稿.docx"
PAGE = "看板.html"
REFRESHED = "初稿刷新说明.txt"
NOT_REPLACED = "没有更新的文件.txt"
"""Stands only while one of the others was held open by another program, as Excel does on Windows, and so shows an earlier state."""


def write_outputs(office: Office, warehouse: Warehouse, as_of: datetime, period: Period) -> list[str]:
    """Write the draft, the workbooks and the page; paths relative to the office. A file that would say the same is left alone,
    a draft that a person has saved is never overwritten: its figures are refreshed in place.

    What was printed is kept last, when these files stand: killed in between, the next night tells the same changes again.
    The office's own forms come after that, so that a slip of the pen in one of them keeps nothing else back.
    A file that another program has open is named in NOT_REPLACED and written the next night; the rest is written.
    """
    catalogue, zone, hiding = office.catalogue, office.settings.zone, office.settings.privacy.hide_small_counts
    moment = as_of.astimezone(zone)
    figures = warehouse.figures(period.name)
    standing = small_told.without_small_counts(warehouse, warehouse.standing(), catalogue) if hiding else warehouse.standing()
    files = {row.id: row for row in standing}
    ledger = Made(office.outputs, period.name)

    def draft_of(inputs: Sequence[object], render: Callable[[], Rendered]) -> Rendered:
        def make() -> tuple[bytes, str]:
            rendered = render()
            return rendered.data, rendered.text

        return Rendered(*ledger.get(DRAFT, digest(*inputs), make))

    draft = compose_draft(office.template, figures, catalogue, office.slots, period, moment, files, draft_of)
    by_month = figures_alone(warehouse, [name for name in (Month(period.year, m).name for m in range(1, period.last + 1)) if name != period.name])
    months = {month.name: by_month[month.name] for month in period.months} if not period.is_month else {}
    readings = in_force(warehouse, measures_needed(catalogue), [month.name for month in period.months])
    lacking = villages_lacking(catalogue, period, readings)
    edition = edition_of(draft.rendered.data, draft.printed, figures, moment)
    said, by_period = warehouse.adjustments(), {**by_month, period.name: figures}

    def told_since(since: datetime) -> dict[str, str]:
        return said_since(warehouse, [w for w in said if w.bound_from <= as_of], since, standing, figures, by_period, period, catalogue if hiding else None)

    changed = changes(kept_editions(warehouse, period.name), edition, files, zone, told_since)
    if hiding:
        changed = without_small_counts(changed, catalogue)
    of_then = agreements.contradictions(catalogue, {(name, p): figure for p, known in ((period.name, figures), *months.items()) for name, figure in known.items()})
    against = contradictions(warehouse) if warehouse.known_at is None else of_then
    resting = {name: warehouse.figures(name) for name in months if any(one.period == name for one in against)}
    found = disagreements(against, catalogue, period, figures, {**months, **resting}, files, zone)
    before = owed_in(warehouse, [p.last_year.name for p in (period, *(Period.parse(name) for name in by_month))])
    back = tuple(sent_back(standing))
    shown = {name: replace(figure, reason=told_reason(figure, back)) if figure.reason else figure for name, figure in figures.items()}
    summary = Summary(catalogue, period, shown, months, readings, moment, hiding, headings(draft.rendered.text), before,
                      ever_reported(warehouse, measures_of_persons(catalogue), [month.name for month in period.months]) if hiding else ())
    sheets, charts = summary_sheets(summary)
    owed = warehouse.owed()
    held = {} if warehouse.known_at else {place: cells for month in period.months for place, cells in warehouse.waiting(month.name).items()}
    waiting: dict[str, set[str]] = defaultdict(set)
    for (path, _), cells in held.items():
        waiting[path].update(cells)
    about = cells_of(warehouse, {row.id: waiting[row.path] for row in standing if row.path in waiting and row.state.startswith("accepted")})
    owing = reminders(owed, standing, catalogue, moment, period, lacking, draft.gaps, waiting_cells(standing, held, about), sums_below(draft.gaps, figures))
    year = {**by_month, period.name: figures} if period.is_month else by_month
    board = Board(summary, year, standing, owed, [row for sheet in owing if sheet.name in ("催报清单", "其他月份") for row in sheet.rows], owing[-1].rows, draft.printed, draft.gaps, found, changed)
    words = vouched(warehouse, binding(said, as_of), standing, figures, by_period, period, catalogue if hiding else None)
    folder = office.outputs / period.name
    tables: dict[str, tuple[Sequence[TableSheet], Sequence[ChartPage]]] = {
        "汇总表.xlsx": ([*sheets, disagreement_sheet(found, catalogue, period)], charts),
        "数据来源表.xlsx": ([sources(draft.printed, shown, standing, catalogue, period, moment, words)], ()),
        "缺口清单.xlsx": ([gap_sheet(draft.gaps, catalogue, period), to_write_sheet(draft.rendered.text, figures, catalogue, period)], ()),
        "催报清单.xlsx": (owing, ()),
        "变化清单.xlsx": (change_sheets(changed, catalogue, period), ()),
    }
    page = page_of(board)
    made = {
        **{name: ledger.get(name, digest(*of), partial(_workbook, *of, moment))[0] for name, of in tables.items()},
        PAGE: ledger.get(PAGE, digest(page), lambda: (write_page(page), ""))[0],
    }

    def refresh(data: bytes) -> Refreshed:
        if (other := period_of(data)) != period:
            raise NotADraft(f"它写的是{other.year}年{other.chinese}，不是这一期。")
        done = refresh_draft(data, figures, catalogue, files, moment, draft.printed, draft.gaps, hiding)
        return told(done, office.template, figures, catalogue, period)

    written: list[Path] = []
    open_now: list[Path] = []
    try:
        written += _put_draft(folder, draft, refresh, partial(ledger.left, DRAFT))
    except (InUse, PermissionError):
        open_now.append(folder / DRAFT)
    for name, data in made.items():
        try:
            written.append(_put(folder / name, data))
        except (InUse, PermissionError):
            open_now.append(folder / name)
    written += _put_not_replaced(folder, open_now)
    ledger.keep()
    if warehouse.known_at is None and not open_now:
        keep_edition(warehouse, period.name, edition)
    before_forms = len(open_now)
    try:
        written += put_forms(office.folder / "catalog" / "report", folder, summary, year, list(made), open_now)
    finally:
        if len(open_now) > before_forms:
            written += [path for path in _put_not_replaced(folder, open_now) if path not in written]
    return [str(path.relative_to(office.folder)) for path in written]


def _workbook(sheets: Sequence[TableSheet], charts: Sequence[ChartPage], moment: datetime) -> tuple[bytes, str]:
    return write_tables(sheets, moment, charts), ""


# --- files -------------------------------------------------------------------------------------------------


def _put_draft(folder: Path, draft: Draft, refresh: Callable[[bytes], Refreshed], as_left: Callable[[bytes], bool]) -> list[Path]:
    """A person's edit is never overwritten: figures are refreshed in place, and what was left alone is written beside it
    (CONTRACT §5). A document that is not linked any more, or is open in a word processor, stays and is named there; the new
    draft, or the one that somebody goes on with, is the one beside it.
    """
    report = folder / REFRESHED
    skipped: list[str] = []
    for path in _names_of_drafts(folder):
        if not path.exists() or as_left(data := path.read_bytes()) or is_untouched(data):
            written = [_put(path, draft.rendered.data)]
            if skipped:
                written.append(_put(report, report_text(Refreshed(b"", folder.name, (), (*skipped, f"本期的数在“{path.name}”里。"))).encode()))
            return written
        if _is_open(path):
            skipped.append(f"“{path.name}”没有刷新，里面还是以前的数：它正被打开，请关闭它，下次再刷。")
            continue
        try:
            done = refresh(data)
        except NotADraft as error:
            skipped.append(f"“{path.name}”没有刷新，里面还是以前的数：{error}")
            continue
        done = replace(done, left=(*skipped, *([f"以下是“{path.name}”的。"] if skipped else []), *done.left))
        if done.data != data or not report.exists() or not still_says(report.read_text("utf-8", "replace"), done.left):
            _put(report, report_text(done).encode())  # told before it is done: killed between, the next night tells the same
        _drop_untouched_behind(path)
        return [_put(path, done.data), report]
    raise AssertionError("there is always another name")


def _drop_untouched_behind(path: Path) -> None:
    """The draft that was put beside while this one was open would show that night's figures from now on."""
    behind = dropwhile(lambda other: other != path, _names_of_drafts(path.parent))
    next(behind)
    for other in takewhile(Path.exists, behind):
        if not _is_open(other) and is_untouched(other.read_bytes()):
            with suppress(PermissionError):
                other.unlink()


def _names_of_drafts(folder: Path) -> Iterator[Path]:
    yield folder / DRAFT
    for number in count(1):
        yield folder / DRAFT.replace(".docx", f"（新{number if number > 1 else ''}）.docx")


def _put_not_replaced(folder: Path, held: Sequence[Path]) -> list[Path]:
    file = folder / NOT_REPLACED
    if not held:
        file.unlink(missing_ok=True)
        return []
    lines = [f"“{path.name}”正被打开或没有权限，没有更新，里面还是以前的数；请关闭它，下次再写。\n" for path in held]
    return [_put(file, "".join(lines).encode())]


def not_replaced(office: Office, *periods: str) -> int:
    """How many outputs of these periods still show an earlier state."""
    files = [office.outputs / period / NOT_REPLACED for period in periods]
    return sum(len(file.read_text("utf-8").splitlines()) for file in files if file.exists())


def _is_open(path: Path) -> bool:
    """Word, WPS and LibreOffice leave a file beside a document they hold open."""
    return any((path.parent / name).exists() for name in (f"~${path.name}", f"~${path.name[2:]}", f".~lock.{path.name}#", f".~{path.name}"))


def _put(path: Path, data: bytes) -> Path:
    """Whole or not at all; an unchanged file keeps its time."""
    if path.exists() and path.read_bytes() == data:
        return path
    write_whole(path, data, 0o644)
    return path
