"""The name that somebody may have meant: a suggestion to a person, never a reading."""

from __future__ import annotations

from collections.abc import Iterable

_ENDINGS = ("村", "社区")


def nearest(written: str, names: Iterable[str]) -> str:
    """The name that stands in ``written`` or differs from it in less than half of its signs; empty where none is near."""
    from rapidfuzz.distance import Levenshtein  # only when somebody has to be asked

    near = min(names, key=lambda name: (_stem(name) not in written, Levenshtein.distance(name, written), name), default="")
    if not written or not near:
        return ""
    return near if _stem(near) in written or 2 * Levenshtein.distance(near, written) <= len(near) else ""


def _stem(name: str) -> str:
    ending = next((e for e in _ENDINGS if name.endswith(e) and len(name) - len(e) >= 2), "")
    return name.removesuffix(ending)
