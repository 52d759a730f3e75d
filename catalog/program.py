"""The program's own text, where something depends on it: another text may make something else of the same data."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


@cache
def text_of(*folders: Path) -> str:
    """Digest of every file in these folders, whatever it is; raises FileNotFoundError for one that is not there."""
    found = hashlib.sha256()
    for folder in folders:
        folder.stat()
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(f"{file.name}\0".encode() + file.read_bytes())
    return found.hexdigest()
