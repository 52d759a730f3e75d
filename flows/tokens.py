"""Keyed tokens: how people are counted as distinct without being known (privacy.md §4)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tokens:
    """Keyed, purpose-separated tokens: HMAC-SHA256, 16 bytes as hex; a different label for every indicator."""

    key: bytes

    def of(self, purpose: str, identifier: str) -> str:
        return hmac.digest(self.key, f"{purpose}\0{identifier}".encode(), "sha256").hex()[:32]
