"""Which version of what writes documents this is."""

from __future__ import annotations

from pathlib import Path

from catalog.program import text_of


def made_by() -> str:
    """Digest of everything in this package, templates and styles too."""
    return text_of(Path(__file__).parent)
