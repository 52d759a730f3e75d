"""Keyed tokens: how people are counted as distinct without being known (privacy.md §4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

_BLOCK = 64
"""Bytes SHA-256 works on at once; a key is filled up to them (RFC 2104)."""
_REMEMBERED = 5_000
"""Identifiers of one purpose."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Keyed, purpose-separated tokens: HMAC-SHA256, 16 bytes as hex; a different label for every indicator."""

    key: bytes = field(repr=False)

    def of(self, purpose: str, identifier: str) -> str:
        return self.maker(purpose)(identifier)

    def maker(self, purpose: str) -> Callable[[str], str]:
        """identifier → token, for many identifiers of one purpose: what they share is hashed once, and so are those that come again."""
        begun, outer = (state.copy() for state in _states(self.key))
        begun.update(f"{purpose}\0".encode())
        made = _made(self.key, purpose)

        def token(identifier: str) -> str:
            if (known := made.get(identifier)) is not None:
                return known
            inner, whole = begun.copy(), outer.copy()
            inner.update(identifier.encode())
            whole.update(inner.digest())
            if len(made) >= _REMEMBERED:
                made.clear()
            made[identifier] = found = whole.hexdigest()[:32]
            return found

        return token


@lru_cache(maxsize=32)
def _made(key: bytes, purpose: str) -> dict[str, str]:
    """identifier → token, of the last ones: the same persons stand in list after list. In the reader's memory alone, while it reads."""
    return {}


@lru_cache(maxsize=4)
def _states(key: bytes):  # type: ignore[no-untyped-def]
    """SHA-256 after the inner and the outer padded key."""
    filled = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    return tuple(hashlib.sha256(bytes(byte ^ pad for byte in filled)) for pad in (0x36, 0x5C))
