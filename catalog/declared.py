"""Frozen data from a mapping: every field is what its annotation says, and an unknown key is an error, never a silent typo."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Declared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person declares in YAML or TOML."""


class Unfit(ValueError):
    """A value does not fit its field. ``place``: the way to it, e.g. ``sheets[0].due.day``; empty for the whole."""

    def __init__(self, why: str, place: str = "") -> None:
        super().__init__(why)
        self.place = place


class Secret:
    """A text that is not shown where what holds it is printed."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret('***')" if self._text else "Secret()"

    def reveal(self) -> str:
        """The text."""
        return self._text


NO_SECRET = Secret()


def read(model: type[T], data: Any) -> T:
    """A ``model`` from what YAML, TOML or the environment gave; texts become numbers and booleans where declared. Raises :class:`Unfit`."""
    try:
        return msgspec.convert(data, model, strict=False, dec_hook=_secret)
    except msgspec.ValidationError as error:
        why, _, place = str(error).partition(" - at `$")
        key = error.__cause__.place if isinstance(error.__cause__, Unfit) else ""
        raise Unfit(why, ".".join(filter(None, (place.strip(".`"), key)))) from None


def _secret(kind: type, given: Any) -> Any:
    if kind is Secret and isinstance(given, str):
        return Secret(given)
    raise TypeError("Expected a text in quotes")
