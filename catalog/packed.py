"""Very many small things in little room: pickled and deflated some hundred at a time, unpacked again as they are looked at.

A row of a ledger takes a kilobyte as Python holds it and some thirty bytes here. Looked at one after another, as nearly
everything does, each is unpacked once for every time that all are gone through.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar, overload

T = TypeVar("T")
_TOGETHER = 1024
"""Things packed as one."""
_OPEN = 4
"""Packs kept unpacked, the last ones that were asked for."""


class Packed(Sequence[T]):
    """Immutable; what it hands out must not be changed. Two are equal when they hold the same, as two tuples are."""

    __slots__ = ("_length", "_open", "_packs")

    def __init__(self, things: Iterable[T] = ()) -> None:
        self._packs: list[bytes] = []
        self._length = 0
        self._open: dict[int, list[T]] = {}
        rest = iter(things)
        while pack := list(islice(rest, _TOGETHER)):
            self._packs.append(zlib.compress(pickle.dumps(pack, pickle.HIGHEST_PROTOCOL), 1))
            self._length += len(pack)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        if isinstance(at, slice):
            places = range(self._length)[at]
            return [self[n] for n in places] if len(places) <= _TOGETHER else _Stretch(self, places)
        if at < 0:
            at += self._length
        number, place = divmod(at, _TOGETHER)
        pack = self._open.get(number)
        if pack is None:
            if not 0 <= at < self._length:
                raise IndexError(at)
            pack = self._unpacked(number)
            while len(self._open) >= _OPEN:
                del self._open[next(iter(self._open))]
            self._open[number] = pack
        return pack[place]

    def __iter__(self) -> Iterator[T]:
        for number in range(len(self._packs)):
            yield from self._open.get(number) or self._unpacked(number)

    def _unpacked(self, number: int) -> list[T]:
        return pickle.loads(zlib.decompress(self._packs[number]))  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Packed | tuple) and len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{self._length} packed>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._packs, self._length)


class _Stretch(Sequence[T]):
    """Some of many, one after another."""

    __slots__ = ("_of", "_places")

    def __init__(self, of: Packed[T], places: range) -> None:
        self._of, self._places = of, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        return _Stretch(self._of, self._places[at]) if isinstance(at, slice) else self._of[self._places[at]]


def _again(packs: list[bytes], length: int) -> Packed[Any]:
    made: Packed[Any] = Packed()
    made._packs, made._length = packs, length
    return made
