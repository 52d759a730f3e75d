"""What the `huizong draft` verbs do with files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from catalog.observations import Figure
from catalog.periods import Period
from catalog.said import Said
from connectors.documents import clean_copy, measure, running_text, unfinished
from connectors.shares import write_whole
from flows.draft.compose import compose_draft
from flows.draft.left_over import told
from flows.draft.lints import slips
from flows.draft.refresh import Refreshed, period_of, refresh_draft
from flows.draft.sources import places_text
from flows.draft.verify import Finding, period_named, quoted, verify_draft
from flows.office import Office

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.warehouse import Warehouse


class Unclean(ValueError):
    """The clean copy is refused; one Chinese line that says what to do."""


def refreshed_file(office: Office, file: Path) -> Refreshed:
    """The draft with the figures the warehouse shows now; nothing is written. Raises NotADraft."""
    data = file.read_bytes()
    period = period_of(data)
    moment = office.now()
    with office.open_warehouse() as warehouse:
        figures, files = _figures(warehouse, period), {row.id: row for row in warehouse.standing()}
    anew = compose_draft(office.template, figures, office.catalogue, office.slots, period, moment, files)
    done = refresh_draft(data, figures, office.catalogue, files, moment, anew.printed, anew.gaps, office.settings.privacy.hide_small_counts)
    return told(done, office.template, figures, office.catalogue, period)


def verified(office: Office, file: Path, named: str) -> tuple[Period, list[Finding], list[str]]:
    """The period of a finished document, what in it cannot be derived again, and the sentences with numbers that a
    department said in its own words, each with its place. Raises NoPeriod.
    """
    data = file.read_bytes()
    period = Period.parse(named) if named else period_named(data)
    with office.open_warehouse() as warehouse:
        figures = _figures(warehouse, period)
        files = {row.id: row for row in warehouse.standing()}
    quotes = [f"“{said}”——{places_text(figures[name], files)}" for name, said in quoted(data, figures, office.catalogue)]
    return period, verify_draft(data, office.template, figures, office.catalogue, period), quotes


def _figures(warehouse: Warehouse, period: Period) -> Mapping[str, Figure]:
    """What is shown of the period. Of a period that is not shown nothing is known; that its figures are missing is another thing."""
    if not (figures := warehouse.figures(period.name)):
        raise Said(f"数据库里现在没有{period.name}的数，文稿没有改动；请先运行 huizong run --period {period.name}，再试。")
    return figures


def deviations(data: bytes) -> list[str]:
    """The page, then the wording, each with its place. Raises NoDocument."""
    found = [deviation.message for deviation in measure(data)]
    for paragraph in running_text(data):
        for what, advice in dict.fromkeys(slips(paragraph.text)):
            found.append(f"第{paragraph.number}段“{paragraph.text[:12]}”：“{what}”——{advice}。")
    return found


def clean_file(file: Path, *, force: bool) -> tuple[Path, list[str]]:
    """Write the 清稿 beside the draft. Raises :class:`Unclean` while an X or a tracked change stands and nothing forces it."""
    data = file.read_bytes()
    lacks = unfinished(data)
    parts = []
    if lacks.missing:
        parts.append(f"缺{len(lacks.missing)}处")
    if lacks.revisions:
        parts.append(f"未接受修订{lacks.revisions}处")
    if parts and not force:
        where = "、".join(f"“{text}”" for text in dict.fromkeys(lacks.missing))
        todo = f"{where}等段还有X，请补报后刷新" if lacks.missing else "请先在文字处理软件里接受或拒绝全部修订"
        raise Unclean(f"还不能出清稿（{'，'.join(parts)}）：{todo}；确要先出，请加 --force，文件名会写明。")
    notes = [f"还有手写处未写：{text}" for text in lacks.by_hand]
    if lacks.by_hand:
        parts.append(f"手写{len(lacks.by_hand)}处未写")
    stem = file.stem.replace("初稿", "清稿") if "初稿" in file.stem else f"{file.stem}清稿"
    said = f"（{'，'.join(parts)}）" if parts else ""
    target = file.with_name(f"{stem}{said}.docx")
    write_whole(target, clean_copy(data))
    return target, notes
