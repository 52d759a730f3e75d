"""Frozen data from a mapping: every field is what its annotation says, and an unknown key is an error, never a silent typo.

Plain dataclasses, read here instead of by pydantic: importing it and building its schemas took a verb longer than all its own work.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
_Read = Callable[[Any], Any]
_WORDS = {**dict.fromkeys(("true", "yes", "on", "y", "t", "1"), True), **dict.fromkeys(("false", "no", "off", "n", "f", "0"), False)}


class Unfit(ValueError):
    """A value does not fit its field. ``place``: the way to it, e.g. sheets, 0, due, day."""

    def __init__(self, why: str, *place: str) -> None:
        super().__init__(why)
        self.place = place


class Secret:
    """A text that is not shown where what holds it is printed."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret('***')" if self._text else "Secret()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def reveal(self) -> str:
        """The text."""
        return self._text


NO_SECRET = Secret()


def read(cls: type[T], data: Any) -> T:
    """``cls``, a dataclass with keyword fields, from what YAML, TOML or the environment gave. Raises :class:`Unfit`.

    A field that ends in ``_`` is the key without it (``from_``). Texts become numbers and booleans where declared,
    lists become tuples; of a union of dataclasses the field ``source`` says which.
    """
    return cast(T, _reader(cast(Any, cls))(data))


@cache
def _reader(hint: Any) -> _Read:
    if is_dataclass(hint):
        return _mapping_of(cast(type, hint))
    kind, inner = get_origin(hint), get_args(hint)
    if kind is Literal:
        return _one_of(inner)
    if kind in (Union, types.UnionType):
        members = [member for member in inner if member is not type(None)]
        reader = _told_by_source(members) if all(map(is_dataclass, members)) and len(members) > 1 else _first_that_fits([_reader(m) for m in members])
        return reader if len(members) == len(inner) else lambda given: None if given is None else reader(given)
    if kind is tuple:
        return _list_of(_reader(inner[0])) if inner[1:] == (...,) else _row_of([_reader(one) for one in inner])
    if kind is dict:
        return _table_of(_reader(inner[0]), _reader(inner[1]))
    return _PLAIN[hint]


def _mapping_of(cls: type) -> _Read:
    hints = get_type_hints(cls)
    declared = {field.name.rstrip("_"): (field.name, _reader(hints[field.name])) for field in fields(cls)}
    needed = [field.name.rstrip("_") for field in fields(cls) if field.default is MISSING and field.default_factory is MISSING]

    def reader(given: Any) -> Any:
        if not isinstance(given, Mapping):
            raise Unfit(f"write keys with values, not {_shown(given)}")
        values = {}
        for key, value in given.items():
            if key not in declared:
                raise Unfit(f"there is no such key; write one of {', '.join(declared)}", str(key))
            name, of_field = declared[key]
            values[name] = _within(str(key), of_field, value)
        for key in needed:
            if key not in given:
                raise Unfit("is missing; write it", key)
        try:
            return cls(**values)
        except Unfit:
            raise
        except ValueError as error:
            raise Unfit(str(error)) from None

    return reader


def _within(place: str, reader: _Read, given: Any) -> Any:
    try:
        return reader(given)
    except Unfit as unfit:
        raise Unfit(str(unfit), place, *unfit.place) from None


def _told_by_source(members: list[Any]) -> _Read:
    by_source = {word: _reader(member) for member in members for word in get_args(get_type_hints(member)["source"])}

    def reader(given: Any) -> Any:
        told = given.get("source") if isinstance(given, Mapping) else None
        if told not in by_source:
            raise Unfit(f"{_shown(told)} is none of {', '.join(by_source)}", "source")
        return by_source[told](given)

    return reader


def _first_that_fits(readers: list[_Read]) -> _Read:
    def reader(given: Any) -> Any:
        for attempt in readers[:-1]:
            try:
                return attempt(given)
            except Unfit:
                continue
        return readers[-1](given)

    return reader


def _one_of(words: tuple[Any, ...]) -> _Read:
    def reader(given: Any) -> Any:
        if isinstance(given, str) and given in words:
            return given
        raise Unfit(f"{_shown(given)} is none of {', '.join(words)}")

    return reader


def _list_of(each: _Read) -> _Read:
    def reader(given: Any) -> tuple[Any, ...]:
        if not isinstance(given, list | tuple):
            raise Unfit(f"write a list, not {_shown(given)}")
        return tuple(_within(str(index), each, one) for index, one in enumerate(given))

    return reader


def _row_of(readers: list[_Read]) -> _Read:
    def reader(given: Any) -> tuple[Any, ...]:
        if not isinstance(given, list | tuple) or len(given) != len(readers):
            raise Unfit(f"write a list of {len(readers)}, not {_shown(given)}")
        return tuple(_within(str(index), each, one) for index, (each, one) in enumerate(zip(readers, given, strict=True)))

    return reader


def _table_of(of_key: _Read, of_value: _Read) -> _Read:
    def reader(given: Any) -> dict[Any, Any]:
        if not isinstance(given, Mapping):
            raise Unfit(f"write keys with values, not {_shown(given)}")
        return {_within(str(key), of_key, key): _within(str(key), of_value, value) for key, value in given.items()}

    return reader


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise Unfit(f"{_shown(given)} is no text; write it in quotes")
    return given


def _whole(given: Any) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    try:
        return int(_text(given))
    except ValueError:
        raise Unfit(f"{_shown(given)} is no whole number") from None


def _yes_or_no(given: Any) -> bool:
    found = given if isinstance(given, bool) else _WORDS.get(str(given).lower())
    if found is None:
        raise Unfit(f"{_shown(given)} is neither true nor false")
    return found


def _decimal(given: Any) -> Decimal:
    try:
        if (number := Decimal(given if isinstance(given, int) else _text(given))).is_finite():
            return number
    except (InvalidOperation, Unfit):
        pass
    raise Unfit(f"{_shown(given)} is no number")


def _shown(given: Any) -> str:
    return "nothing" if given is None else repr(given) if isinstance(given, str | int | float) else f"a {type(given).__name__}"


def _secret(given: Any) -> Secret:
    if not isinstance(given, str):
        raise Unfit("is no text; write it in quotes")
    return Secret(given)


_PLAIN: Mapping[Any, _Read] = {str: _text, int: _whole, bool: _yes_or_no, Decimal: _decimal, Secret: _secret}
