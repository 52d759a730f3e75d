"""Keyed tokens: how people are counted as distinct without being known (privacy.md §4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

_BLOCK = 64
"""Bytes SHA-256 works on at once; a key is filled up to them (RFC 2104)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Keyed, purpose-separated tokens: HMAC-SHA256, 16 bytes as hex; a different label for every indicator."""

    key: bytes = field(repr=False)

    def of(self, purpose: str, identifier: str) -> str:
        return self.maker(purpose)(identifier)

    def maker(self, purpose: str) -> Callable[[str], str]:
        """identifier → token, for many identifiers of one purpose: what they share is hashed once."""
        begun, outer = (state.copy() for state in _states(self.key))
        begun.update(f"{purpose}\0".encode())

        def token(identifier: str) -> str:
            inner, whole = begun.copy(), outer.copy()
            inner.update(identifier.encode())
            whole.update(inner.digest())
            return whole.hexdigest()[:32]

        return token


@lru_cache(maxsize=4)
def _states(key: bytes):  # type: ignore[no-untyped-def]
    """SHA-256 after the inner and the outer padded key."""
    filled = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    return tuple(hashlib.sha256(bytes(byte ^ pad for byte in filled)) for pad in (0x36, 0x5C))
