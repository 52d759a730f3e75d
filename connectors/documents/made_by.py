"""Which version of what writes documents this is."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


@cache
def made_by() -> str:
    """Digest of everything in this package, templates and styles too: another text may make another document of the same data."""
    found = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            found.update(f"{file.name}\0".encode() + file.read_bytes())
    return found.hexdigest()
