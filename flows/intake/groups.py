"""Group headings that are not merged: blank cells beside ``拆除违建`` belong to it where the form leaves no other reading."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import product

from catalog.grids import Grid, Position, Range
from flows.intake.values import shown

_LEFT, _OWN, _RIGHT = 0, 1, 2
"""Where a blank cell's words stand: nearest on the left, nowhere, nearest on the right. A run of blanks is told in this order."""
_STEPS = 20_000
"""A heading that takes longer to make sense of makes none."""
_Choice = tuple[tuple[str, ...], tuple[int, ...]]


def words_beside(
    grid: Grid, top: int, depth: int, width: int, covering: Mapping[Position, Range], declared: Collection[tuple[str, ...]], canonical: Callable[[str], str],
) -> dict[Position, Range]:  # fmt: skip
    """Blank heading cell → the cell whose words count for it, as a range of one cell; empty unless there is exactly one way.

    A way gives every column that can be a declared one a declared one, none twice, and never reaches over a column
    that does not belong to the group. A column without a heading of its own inherits nothing.
    """
    heads = range(top, top + depth)
    words: dict[Position, tuple[Position, str]] = {}
    for row in heads:
        for column in range(width):
            area = covering.get((row, column))
            origin = (area.top, area.left) if area else (row, column)
            if origin[0] >= top and (text := shown(grid.at(*origin)).strip()):
                words[row, column] = (origin, canonical(text))
    beside = {(row, column): _neighbours(words, covering, row, column, width) for row in heads for column in range(width) if (row, column) not in words and (row, column) not in covering}
    choices = [_choices(column, heads, words, beside, declared) for column in range(width)]
    if all(kind == _OWN for of_column in choices for _, kinds in of_column for kind in kinds):
        return {}
    ways = _ways(choices, [{row for row in heads if (row, column) in beside} for column in range(width)], heads)
    if len(ways) != 1:
        return {}
    found = {}
    for column, choice in enumerate(ways[0]):
        for row, kind in zip(heads if choice else (), choice[1] if choice else (), strict=True):
            if kind != _OWN and (heading := beside[row, column][kind]) is not None:
                found[row, column] = Range(row, heading[1], row, heading[1])
    return found


def _neighbours(words: Mapping[Position, object], covering: Mapping[Position, Range], row: int, column: int, width: int) -> dict[int, Position | None]:
    """The nearest words on either side, blanks alone between; none of a merged blank."""
    result: dict[int, Position | None] = {_OWN: None}
    for kind, columns in ((_LEFT, range(column - 1, -1, -1)), (_RIGHT, range(column + 1, width))):
        stop = next(((row, c) for c in columns if (row, c) in words or (row, c) in covering), None)
        result[kind] = stop if stop in words else None
    return result


def _choices(
    column: int, heads: range, words: Mapping[Position, tuple[Position, str]], beside: Mapping[Position, Mapping[int, Position | None]],
    declared: Collection[tuple[str, ...]],
) -> list[_Choice]:  # fmt: skip
    """(declared path, where the words of each row come from) for one column."""
    own = [row for row in heads if (row, column) in words]
    if not own:
        return []
    kinds = [
        [kind for kind in (_OWN, _LEFT, _RIGHT) if kind == _OWN or beside[row, column][kind] is not None] if row < own[-1] and (row, column) in beside else [_OWN]
        for row in heads
    ]  # fmt: skip
    found = []
    for way in product(*kinds):
        path: list[str] = []
        seen: set[Position] = set()
        for row, kind in zip(heads, way, strict=True):
            at = (row, column) if kind == _OWN else beside[row, column][kind]
            origin, text = words.get(at, ((-1, -1), "")) if at is not None else ((-1, -1), "")
            if text and origin not in seen:
                seen.add(origin)
                path.append(text)
        if tuple(path) in declared:
            found.append((tuple(path), way))
    return found


def _ways(choices: list[list[_Choice]], blanks: list[set[int]], heads: range) -> list[list[_Choice | None]]:
    """Every way to read the heading, two at most."""
    ways: list[list[_Choice | None]] = []
    taken: set[tuple[str, ...]] = set()
    chosen: list[_Choice | None] = []
    steps = 0

    def follow(column: int, state: tuple[int, ...]) -> None:
        nonlocal steps
        steps += 1
        if len(ways) > 1 or steps > _STEPS:
            return
        if column == len(choices):
            ways.append(list(chosen))
            return
        possible: list[_Choice | None] = [*choices[column]] or [None]
        for choice in possible:
            kinds = choice[1] if choice else (_OWN,) * len(heads)
            blank = [row in blanks[column] for row in heads]
            if (choice and choice[0] in taken) or any(b and kind < before for b, kind, before in zip(blank, kinds, state, strict=True)):
                continue
            chosen.append(choice)
            taken.update({choice[0]} if choice else ())
            follow(column + 1, tuple(kind if b else _LEFT for b, kind in zip(blank, kinds, strict=True)))
            taken.difference_update({choice[0]} if choice else ())
            chosen.pop()

    follow(0, (_LEFT,) * len(heads))
    return ways if steps <= _STEPS else []
