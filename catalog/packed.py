"""Very many small things in little room: pickled and deflated some hundred at a time, unpacked again as they are looked at.

A row of a ledger takes a kilobyte as Python holds it and some thirty bytes here. Looked at one after another, as nearly
everything does, each is unpacked once for every time that all are gone through.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
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
        self._packs: list[Any] = []
        self._last: list[T] = []
        """Too few to be packed yet."""
        self._open: dict[int, list[T]] = {}
        self.extend(things)

    def append(self, thing: T) -> None:
        self._last.append(thing)
        if len(self._last) >= _TOGETHER:
            self._packs.append(self._pack(self._last))
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
        return self.between(0, len(self))

    def between(self, start: int, stop: int) -> Iterator[T]:
        """Those from ``start`` on and before ``stop``, one after another."""
        while start < stop:
            number, place = divmod(start, _TOGETHER)
            pack = self._last if number == len(self._packs) else self._open.get(number) or self._unpacked(number)
            yield from pack if place == 0 and stop - start >= len(pack) else pack[place : place + stop - start]
            start += len(pack) - place

    def _pack(self, things: list[T]) -> Any:
        return _deflated(things)

    def _unpacked(self, number: int) -> list[T]:
        return _inflated(self._packs[number])  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Packed | tuple) and len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{len(self)} packed>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self._packs, self._last)


class PackedRows(Packed[list[Any]]):
    """Rows of cells, packed column by column, so that one column is unpacked without the others."""

    __slots__ = ()

    def column(self, index: int, rows: Iterable[int]) -> list[Any]:
        """What stands in a column of some rows; rows that follow each other cost least."""
        found: list[Any] = []
        number, cells = -1, found
        for row in rows:
            at, place = divmod(row, _TOGETHER)
            if at != number:
                number = at
                cells = [row[index] for row in self._last] if at == len(self._packs) else _inflated(self._packs[at][index])
            found.append(cells[place])
        return found

    def _pack(self, things: list[list[Any]]) -> Any:
        width = max(map(len, things))
        return tuple(_deflated(_each_once(column)) for column in zip(*(row + [None] * (width - len(row)) for row in things), strict=True)) or len(things)

    def _unpacked(self, number: int) -> list[list[Any]]:
        columns = self._packs[number]
        return [[] for _ in range(columns)] if isinstance(columns, int) else list(map(list, zip(*map(_inflated, columns), strict=True)))


def _deflated(things: Sequence[Any]) -> bytes:
    return zlib.compress(pickle.dumps(things, pickle.HIGHEST_PROTOCOL), 1)


def _inflated(pack: bytes) -> Any:
    return pickle.loads(zlib.decompress(pack))


def _each_once(cells: Sequence[Any]) -> list[Any]:
    """The same words or days as the same object; numbers are left, for 1 is 1.0 and True."""
    if not set(map(type, cells)) <= _KEPT_ONCE:
        return list(cells)
    known: dict[Any, Any] = {}
    return [known.setdefault(cell, cell) for cell in cells]


_KEPT_ONCE = {str, date, type(None)}


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
        return self._of.between(self._places.start, self._places.stop) if self._places.step == 1 else map(self._of.__getitem__, self._places)


def _again(kind: type[Packed[Any]], packs: list[Any], last: list[Any]) -> Packed[Any]:
    made = kind()
    made._packs, made._last = packs, last
    return made
