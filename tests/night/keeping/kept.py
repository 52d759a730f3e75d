"""An office that is worth keeping: three months handed in, one night run."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from flows.new_office import create_office
from flows.office import Office
from tests.flows.intake.sheets import page, village_rows
from tests.night.offices import everything, run_night

ROOT = Path(__file__).resolve().parents[3]
F19 = ("F19", "月报")
VILLAGES = "code,name,kind\n980113105201,东山村,村委会\n980113105202,西坡村,村委会\n"


def three_months(folder: Path) -> Office:
    made = create_office(folder)
    (made.folder / "catalog" / "town.yml").write_text("town_name: 清溪\n", "utf-8")
    (made.folder / "catalog" / "villages.csv").write_text(VILLAGES, "utf-8")
    hand_in(made, 1, 2, 3)
    run_night(made)
    return Office(made.folder)


def hand_in(office: Office, *months: int) -> None:
    for month in months:
        file = office.inbox / f"2020年/{month:02d}月/控违办/拆违控违情况（2020年{month}月）.xlsx"
        file.parent.mkdir(parents=True, exist_ok=True)
        body = village_rows(office.catalogue, *F19, {"巡违控违（户）": [month, 10 * month]}, names=("东山村", "西坡村"))
        file.write_bytes(page(office.catalogue, *F19, body, month=month))
        os.utime(file, (datetime(2020, month, 28).timestamp(),) * 2)


def digest(office: Office) -> str:
    """Every out_ view, row for row."""
    return hashlib.sha256(repr(everything(office)).encode()).hexdigest()


def files(office: Office) -> dict[str, bytes]:
    found = (p for p in office.folder.rglob("*") if p.is_file() and not p.name.startswith(("warehouse.db", ".log-end")))
    return {p.relative_to(office.folder).as_posix(): p.read_bytes() for p in found}


def huizong(*arguments: str, code: int = 0) -> str:
    done = subprocess.run([sys.executable, "-m", "flows.cli", *arguments], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == code and "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    return done.stdout
