"""What the `huizong form` verbs do with files."""

from __future__ import annotations

import re
from pathlib import Path

from catalog.catalogue import BadCatalogue
from catalog.grids import Workbook
from catalog.issues import Action, Issue, Refused
from catalog.periods import Period, UnknownPeriod
from catalog.said import Said
from connectors.shares import write_whole
from connectors.workbooks import read_workbook
from connectors.workbooks.guard import TooDear, call_forked
from flows.check import examined_file
from flows.forms.blank import blank_form
from flows.forms.drift import accept, drift, render
from flows.forms.new import draft_declaration
from flows.forms.preview import preview
from flows.office import Office

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,15}")


def new_form(office: Office, file: Path, form_id: str) -> str:
    """Draft a declaration beside the office's own; returns what to do with it."""
    if not _ID.fullmatch(form_id):
        raise BadCatalogue(f"{form_id!r} is no id of a form; write a letter and up to 15 letters or digits, e.g. X01")
    if form_id in office.catalogue.forms:
        raise BadCatalogue(f"there is a form {form_id} already; choose another --id")
    target = office.folder / "catalog" / "forms" / f"{form_id}.yml.draft"
    write_whole(target, draft_declaration(_opened(file), form_id).encode())
    return f"已起草 {target}，请补全标有“请”的地方，再把文件名末尾的 .draft 去掉。"


def preview_file(office: Office, file: Path, out: Path | None) -> Path:
    """Write the picture; beside the working folder unless told where. It is a page: another ending of its name is refused."""
    if out is not None and out.suffix.lower() not in (".html", ".htm"):
        raise Said(f"预览是网页，请把 --out 写成 {out.with_suffix('.html').name} 这样的文件名。")
    examined = examined_file(office, file)
    if examined.workbook is None:
        raise Refused(examined.submission.issues[-1])
    fates = examined.fates if not examined.submission.refused else {}
    target = out or Path(f"{file.stem}-预览.html")
    write_whole(target, preview(examined.workbook, fates, examined.submission.issues, file.name).encode())
    return target


def drift_of(office: Office, file: Path, decision: str) -> str:
    """What fits and what does not; with a decision, what was written down."""
    found = drift(_opened(file), office.catalogue)
    return accept(office.folder / "catalog", found, decision) if decision else render(found)


def blank_file(office: Office, form_id: str, period: Period, out: Path | None) -> Path:
    """Write the empty form of a month."""
    if not period.is_month:
        raise UnknownPeriod(f"{period.name} is no month; a form is handed out for a month, e.g. 2020-07")
    form = office.catalogue.forms[form_id]
    month = period.last_month
    target = out or Path(f"{form.id} {form.title}（{month.year}年{month.month}月）.xlsx")
    write_whole(target, blank_form(office.catalogue, form, month))
    return target


def _opened(file: Path) -> Workbook:
    try:
        return call_forked(read_workbook, file.read_bytes())
    except TooDear as dear:
        raise Refused(Issue("E-DEAR", Action.REFUSE_FILE, f"文件读取时超出限度（{dear.reason}），请删去多余的内容后再试。")) from None
