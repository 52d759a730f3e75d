"""What each output was made from: one that stands as it was made, from the same, is not made again.

Kept in ``outputs/.outputs.json``, by the file's own digest: one that a person has changed, that is gone, or that a killed night
left behind is made as if nothing were kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from connectors.documents import made_by
from connectors.shares import InUse, write_whole

LEDGER = ".outputs.json"


def digest(*parts: object) -> str:
    """Of everything that goes into an output. The parts must show all they hold in their ``repr``, as tables and controls do."""
    found = hashlib.sha256(_makers().encode())
    for part in parts:
        found.update(b"\0" + (part if isinstance(part, bytes) else repr(part).encode("utf-8", "surrogatepass")))
    return found.hexdigest()


@cache
def _makers() -> str:
    """The same for the same version of what writes documents."""
    return " ".join([made_by(), *(version(name) for name in ("xlsxwriter", "python-docx", "lxml", "jinja2"))])


class Made:
    """The outputs of one period; ``notes``: what else is known of one that stands."""

    def __init__(self, outputs: Path, period: str) -> None:
        self._file, self._folder, self._period = outputs / LEDGER, outputs / period, period
        try:
            self._known: dict[str, dict[str, list[str]]] = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            self._known = {}
        if not isinstance(self._known, dict):
            self._known = {}
        self._now: dict[str, list[str]] = {}

    def get(self, name: str, source: str, make: Callable[[], tuple[bytes, str]]) -> tuple[bytes, str]:
        """The bytes of an output and a note about it: those that stand, where they were made from the same, else what ``make`` makes."""
        kept = self._stands(name, source)
        data, note = kept or make()
        self._now[name] = [source, hashlib.sha256(data).hexdigest(), note]
        return data, note

    def left(self, name: str, data: bytes) -> bool:
        """Whether these bytes are what a night made, so that nobody has changed them."""
        try:
            return self._known[self._period][name][1] == hashlib.sha256(data).hexdigest()
        except (KeyError, IndexError, TypeError):
            return False

    def _stands(self, name: str, source: str) -> tuple[bytes, str] | None:
        try:
            was, sha256, note = self._known[self._period][name]
            if was != source:
                return None
            data = (self._folder / name).read_bytes()
        except (OSError, KeyError, ValueError, TypeError):
            return None
        return (data, note) if hashlib.sha256(data).hexdigest() == sha256 else None

    def keep(self) -> None:
        """When the files stand: killed before, the next night makes them again."""
        if self._known.get(self._period) != self._now:
            self._known[self._period] = self._now
            with suppress(InUse, PermissionError):  # not kept: made again
                write_whole(self._file, json.dumps(self._known, ensure_ascii=False, indent=0, sort_keys=True).encode())

