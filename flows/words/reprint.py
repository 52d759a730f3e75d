"""`huizong reprint`: an old report once more, with what was known then and the words of then, to the last digit."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from catalog.periods import Period
from flows.catalogues import office_then
from flows.draft.outputs import write_outputs
from flows.office import Office
from flows.words.binding import Unsaid

_REPORT = ("工作总结初稿.docx", "汇总表.xlsx", "数据来源表.xlsx", "缺口清单.xlsx")
"""Who is late, and what has changed, is asked about today; it is no part of a report."""


def reprint(office: Office, period: Period, known_at: datetime, out: Path | None = None) -> list[Path]:
    """The draft and its tables as the night printed them whose state was shown at ``known_at``; the files written.

    ``out``: where to (default: a folder of that time in outputs/<period>). Nothing there is overwritten.
    Raises :class:`Unsaid` when nothing was shown yet, and Damaged when the archive has lost that catalogue.
    """
    with office.open_warehouse() as warehouse:
        then = warehouse.as_known(known_at)
        shown = then.publication()
        if shown is None:
            raise Unsaid(f"nothing had been published by {known_at:%Y-%m-%d %H:%M}; see out_submission_history for the nights")
        folder = out or office.outputs / period.name / f"截至{known_at.astimezone(office.settings.zone):%Y-%m-%d %H%M%S}"
        if folder.exists() and any(folder.iterdir()):
            raise Unsaid(f"{folder} is not empty; move it away, or choose another folder with --out")
        if not shown.catalogue:
            raise Unsaid("that state was shown by an earlier version, which kept no catalogue; its figures are in out_indicator_period_history")
        with tempfile.TemporaryDirectory(prefix="huizong-reprint-") as place:
            written = write_outputs(office_then(office, shown.catalogue, Path(place)), then, shown.as_of, period)
            folder.mkdir(parents=True, exist_ok=True)
            kept = [Path(place) / name for name in written if Path(name).name in _REPORT]
            return [Path(shutil.move(file, folder / file.name)) for file in kept]
