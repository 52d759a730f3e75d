"""The catalogue of each published state is kept in the archive, so that an old report can be printed with its own words."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from msgspec.structs import replace

from catalog.catalogue import built_in, load_catalogue
from flows.office import TEMPLATE, Office

_TIME = (1980, 1, 1, 0, 0, 0)
"""The same catalogue is the same bytes."""


def keep_catalogue(office: Office) -> str:
    """Archive everything a report is made with, the built-in declarations too; its hash."""
    files: dict[str, bytes] = {}
    for base in dict.fromkeys((built_in(), office.folder / "catalog")):
        for pattern in ("forms/*.yml", "indicators/*.yml", "report/slots.csv", "town.yml", "villages.csv"):
            files |= {file.relative_to(base).as_posix(): file.read_bytes() for file in sorted(base.glob(pattern))}
    template = office.folder / "catalog" / "report" / TEMPLATE
    if template.is_file():
        files[f"report/{TEMPLATE}"] = template.read_bytes()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in sorted(files.items()):
            bundle.writestr(zipfile.ZipInfo(name, _TIME), data, zipfile.ZIP_DEFLATED)
    return office.archive.put(made.getvalue())


def office_then(office: Office, catalogue: str, folder: Path) -> Office:
    """An office in an empty ``folder`` with that catalogue and today's settings; what it writes stays in there.

    Raises Damaged where the archive lacks it.
    """
    with zipfile.ZipFile(io.BytesIO(office.archive.get(catalogue))) as bundle:
        for name in bundle.namelist():
            file = folder / "catalog" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(bundle.read(name))
    then = Office(folder)
    paths = replace(office.settings.paths, outputs="outputs")
    then.__dict__["settings"] = replace(office.settings, paths=paths)
    then.__dict__["catalogue"] = load_catalogue(folder / "catalog", complete=True)
    return then
