"""Very many small things in little room: pickled and deflated some hundred at a time, unpacked again as they are looked at.

A row of a ledger takes a kilobyte as Python holds it and some thirty bytes here. Looked at one after another, as nearly
everything does, each is unpacked once for every time that all are gone through.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar, overload

T = TypeVar("T")
MANY = 30_000
"""From so many rows on what is found in them is kept packed; fewer are quicker kept as they are."""
_TOGETHER = 1024
"""Things packed as one."""
_OPEN = 4
"""Packs kept unpacked, the last ones that were asked for."""


class Packed(Sequence[T]):
    """What it hands out must not be changed. Two are equal when they hold the same, as two tuples are."""

    __slots__ = ("_last", "_open", "_packs")

    def __init__(self, things: Iterable[T] = ()) -> None:
        self._packs: list[bytes] = []
        self._last: list[T] = []
        """Too few to be packed yet."""
        self._open: dict[int, list[T]] = {}
        self.extend(things)

    def append(self, thing: T) -> None:
        self._last.append(thing)
        if len(self._last) >= _TOGETHER:
            self._packs.append(zlib.compress(pickle.dumps(self._last, pickle.HIGHEST_PROTOCOL), 1))
            self._last = []

    def extend(self, things: Iterable[T]) -> None:
        for thing in things:
            self.append(thing)

    def __len__(self) -> int:
        return len(self._packs) * _TOGETHER + len(self._last)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        if isinstance(at, slice):
            places = range(len(self))[at]
            return [self[n] for n in places] if len(places) <= _TOGETHER else _Stretch(self, places)
        if at < 0:
            at += len(self)
        number, place = divmod(at, _TOGETHER)
        pack = self._open.get(number)
        if pack is None:
            if number == len(self._packs):
                return self._last[place]
            if not 0 <= number < len(self._packs):
                raise IndexError(at)
            pack = self._unpacked(number)
            while len(self._open) >= _OPEN:
                del self._open[next(iter(self._open))]
            self._open[number] = pack
        return pack[place]

    def __iter__(self) -> Iterator[T]:
        for number in range(len(self._packs)):
            yield from self._open.get(number) or self._unpacked(number)
        yield from self._last

    def _unpacked(self, number: int) -> list[T]:
        return pickle.loads(zlib.decompress(self._packs[number]))  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Packed | tuple) and len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{len(self)} packed>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._packs, self._last)


def together(parts: Sequence[Sequence[T]]) -> Sequence[T]:
    """All of them after one another: packed where any is, else a tuple."""
    if not any(isinstance(part, Packed) for part in parts):
        return tuple(chain.from_iterable(parts))
    filled = [part for part in parts if len(part)]
    return filled[0] if len(filled) == 1 else Packed(chain.from_iterable(filled))


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

    def __iter__(self) -> Iterator[T]:
        return map(self._of.__getitem__, self._places)


def _again(packs: list[bytes], last: list[Any]) -> Packed[Any]:
    made: Packed[Any] = Packed()
    made._packs, made._last = packs, last
    return made
