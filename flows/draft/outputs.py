"""出稿: everything people read for one period, written into outputs/<period>/."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from catalog.observations import Figure
from catalog.periods import Month, Period
from connectors.documents import is_untouched, write_page, write_tables
from connectors.shares import write_whole
from connectors.warehouse import Warehouse, contradictions, keep_edition, kept_editions
from flows.draft.changes import change_sheets, changes, edition_of
from flows.draft.compose import compose_draft
from flows.draft.lists import gap_sheet, reminders, sources
from flows.draft.office_form import fill_office_form
from flows.draft.page import Board, page_of
from flows.draft.said import headings
from flows.draft.sentences import BadTemplate
from flows.office import Office
from flows.summary.disagreements import disagreement_sheet, disagreements
from flows.summary.tables import Summary, summary_sheets
from flows.summary.villages import measures_needed, villages_lacking

DRAFT = "工作总结初稿.docx"
TABLES = ("汇总表.xlsx", "数据来源表.xlsx", "缺口清单.xlsx", "催报清单.xlsx", "变化清单.xlsx")


def write_outputs(office: Office, warehouse: Warehouse, as_of: datetime, period: Period) -> list[str]:
    """Write the draft, the workbooks and the page; paths relative to the office. A file that has not changed is left alone,
    a draft that a person has saved is never overwritten: the new one is put beside it.

    What was printed is kept last, when these files stand: killed in between, the next night tells the same changes again.
    The office's own forms come after that, so that a slip of the pen in one of them keeps nothing else back.
    """
    catalogue, zone = office.catalogue, office.settings.zone
    moment = as_of.astimezone(zone)
    figures = warehouse.figures(period.name)
    draft = compose_draft(office.template, figures, catalogue, office.slots, period, moment)
    by_month = {name: warehouse.figures(name) for name in (Month(period.year, m).name for m in range(1, period.last + 1)) if name != period.name}
    months = {month.name: by_month[month.name] for month in period.months} if not period.is_month else {}
    readings = warehouse.current_readings(measures_needed(catalogue), [month.name for month in period.months])
    standing = warehouse.standing()
    files = {row.id: row for row in standing}
    lacking = villages_lacking(catalogue, period, readings)
    edition = edition_of(draft.rendered.data, draft.printed, figures, moment)
    changed = changes(kept_editions(warehouse, period.name), edition, files, zone)
    found = disagreements(contradictions(warehouse), catalogue, period, figures, months, files, zone)
    summary = Summary(catalogue, period, figures, months, readings, moment, office.settings.privacy.hide_small_counts, headings(draft.rendered.text))
    sheets, charts = summary_sheets(summary)
    owed = warehouse.owed()
    owing = reminders(owed, standing, catalogue, moment, lacking)
    year = {**by_month, period.name: figures} if period.is_month else by_month
    board = Board(summary, year, standing, owed, owing[0].rows, owing[-1].rows, draft.printed, draft.gaps, found, changed)
    folder = office.outputs / period.name
    made = {
        "汇总表.xlsx": write_tables([*sheets, disagreement_sheet(found, catalogue, period)], moment, charts),
        "数据来源表.xlsx": write_tables([sources(draft.printed, figures, standing, catalogue, period, moment)], moment),
        "缺口清单.xlsx": write_tables([gap_sheet(draft.gaps, catalogue, period)], moment),
        "催报清单.xlsx": write_tables(owing, moment),
        "变化清单.xlsx": write_tables(change_sheets(changed, catalogue, period), moment),
        "看板.html": write_page(page_of(board)),
    }
    written = [_put_draft(folder, draft.rendered.data)]
    written += [_put(folder / name, data) for name, data in made.items()]
    keep_edition(warehouse, period.name, edition)
    written += put_forms(office.folder / "catalog" / "report", folder, summary, year)
    return [str(path.relative_to(office.folder)) for path in written]


def put_forms(forms: Path, folder: Path, summary: Summary, by_month: Mapping[str, Mapping[str, Figure]]) -> list[Path]:
    """Every .xlsx of the office beside its template, filled for the period; one that a person has saved since is not overwritten."""
    found = [path for path in sorted(forms.glob("*.xlsx")) if not path.name.startswith("~$")]
    if not found:
        return []
    ledger = folder / ".forms.json"
    ours: dict[str, list[str]] = json.loads(ledger.read_text("utf-8")) if ledger.is_file() else {}
    written = []
    for form in found:
        if form.name in TABLES:
            raise BadTemplate(f"表样“{form.name}”和汇总自己的产出同名，请改名。")
        data = fill_office_form(form.name, form.read_bytes(), summary, by_month)
        path = _free(folder / form.name, lambda path: _digest(path.read_bytes()) in ours.get(path.name, []))
        ours[path.name] = [*(d for d in ours.get(path.name, [])[-2:] if d != _digest(data)), _digest(data)]
        _put(ledger, json.dumps(ours, ensure_ascii=False, indent=0, sort_keys=True).encode())  # before the file: killed between, it is still ours
        written.append(_put(path, data))
    return written


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- files -------------------------------------------------------------------------------------------------


def _put_draft(folder: Path, data: bytes) -> Path:
    """A person's edit is never overwritten, nor is one made in the draft put beside it (DESIGN §2.10)."""
    return _put(_free(folder / DRAFT, lambda path: is_untouched(path.read_bytes())), data)


def _free(wanted: Path, untouched: Callable[[Path], bool]) -> Path:
    """The path itself, or the first one beside it that nobody has touched: （新）, （新2） …"""
    number, path = 0, wanted
    while path.exists() and not untouched(path):
        number += 1
        path = wanted.with_name(f"{wanted.stem}（新{number if number > 1 else ''}）{wanted.suffix}")
    return path


def _put(path: Path, data: bytes) -> Path:
    """Whole or not at all; an unchanged file keeps its time."""
    if path.exists() and path.read_bytes() == data:
        return path
    write_whole(path, data, 0o644)
    return path
