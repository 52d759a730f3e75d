"""A ledger's column at once: values of which nothing has to be said are understood once each, the others cell by cell.

What a value means depends on it alone, until something has to be said of its place: then :mod:`flows.intake.cells` reads
that one cell by hand. So a long ledger costs what its different values cost.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import overload

from catalog import packed
from catalog.grids import CellValue
from catalog.issues import Issue
from catalog.packed import Packed, PackedRows
from flows.intake import numerals, values
from flows.intake.cells import (
    EMPTY,
    STATUS_WORDS,
    Cell,
    allowed,
    has_left,
    impossible,
    is_long_number,
    is_spoiled_key,
    look_at_dropped,
    meant,
    names_somebody,
    nowhere,
    outside,
    person,
    read_cell,
    read_village,
    village,
    without_number,
    word,
)
from flows.intake.column_units import Mapped
from flows.intake.fate import USED, Fates, stretches_of
from flows.intake.identities import identity
from flows.intake.table import Table, marked_rows, read_figure

_PART = 16_384
"""Rows of a very long ledger that are read together."""
_KNOWN, _DIFFERENT = 50_000, 20_000
"""Different values remembered at once, and different cells of a column kept apart."""


class Cells(Sequence[Cell]):
    """A column of very many cells: each different one kept once; where nearly all differ, packed."""

    def __init__(self) -> None:
        self._which = array("i")
        self._codes: dict[Cell, int] = {}
        self._different: list[Cell] = []
        self._packed: Packed[Cell] | None = None
        self._put: dict[int, Cell] = {}
        """Place → what was put there later, where they are packed."""

    def extend(self, cells: Iterable[Cell]) -> None:
        for cell in cells:
            if self._packed is not None:
                self._packed.append(cell)
            elif (code := self._code(cell)) is not None:
                self._which.append(code)
            else:
                self._packed = Packed(self)
                self._which, self._codes, self._different = array("i"), {}, []
                self._packed.append(cell)

    def _code(self, cell: Cell) -> int | None:
        if (code := self._codes.get(cell)) is None and len(self._different) < _DIFFERENT:
            code = self._codes[cell] = len(self._different)
            self._different.append(cell)
        return code

    def __len__(self) -> int:
        return len(self._which) if self._packed is None else len(self._packed)

    @overload
    def __getitem__(self, at: int) -> Cell: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Cell]: ...
    def __getitem__(self, at: int | slice) -> Cell | Sequence[Cell]:
        if isinstance(at, slice):
            return [self[n] for n in range(len(self))[at]]
        if self._packed is None:
            return self._different[self._which[at]]
        return self._put.get(at) or self._packed[at]

    def __iter__(self) -> Iterator[Cell]:
        if self._packed is None:
            return map(self._different.__getitem__, self._which)
        return iter(self._packed) if not self._put else map(self.__getitem__, range(len(self)))

    def __setitem__(self, at: int, cell: Cell) -> None:
        if self._packed is None and (code := self._code(cell)) is not None:
            self._which[at] = code
            return
        if self._packed is None:
            self._packed = Packed(self)
        self._put[at] = cell

    def answers(self, fits: Callable[[Cell], bool | None]) -> Callable[[int], bool | None]:
        """Place → whether its cell fits; each different one is asked once."""
        if self._packed is not None:
            return lambda n: fits(self[n])
        which, known = self._which, [fits(cell) for cell in self._different]
        return lambda n: known[which[n]]


CellList = list[Cell] | Cells


class Told:
    """What has to be said of cells, each with its row: said column by column, told row by row."""

    def __init__(self) -> None:
        self._runs: list[Packed[tuple[int, Issue]]] = []
        """Each with ascending rows."""
        self._last = -1

    def append(self, said: tuple[int, Issue]) -> None:
        if said[0] < self._last or not self._runs:
            self._runs.append(Packed())
        self._last = said[0]
        self._runs[-1].append(said)

    def in_order(self) -> Iterator[Issue]:
        """By rows; of one row as they were said, and once: a column read again for a check says the same again."""
        for _, of_row in groupby(merge(*self._runs, key=itemgetter(0)), key=itemgetter(0)):
            yield from dict.fromkeys(issue for _, issue in of_row)


@dataclass(slots=True)
class Columns:
    """The records of a ledger, read column by column; what has to be said of a cell is kept with its row."""

    table: Table
    rows: Sequence[int]
    """Row numbers of the records, ascending."""
    fates: Fates
    deciding: frozenset[str]
    """The date columns that put a row into a period."""
    names: Mapping[int, str]
    """row → unit, where the sheet is a matrix whose rows were already named."""
    said: Told = field(default_factory=lambda: Told())
    stretches: list[range] = field(init=False)
    marked: Mapping[int, set[int]] = field(init=False)
    filling: Mapping[int, Mapping[int, int]] = field(init=False)
    _across: list[tuple[CellValue, ...]] = field(init=False)
    """What stands under each heading, all columns turned at once; nothing where the records are too many to be held twice."""

    def __post_init__(self) -> None:
        self.stretches = stretches_of(self.rows)
        self.marked = marked_rows(self.table)
        filling: dict[int, dict[int, int]] = {}
        for (row, column), (top, _) in self.table.body.fill.items():
            filling.setdefault(column, {})[row] = top
        self.filling = filling
        cells = self.table.found.grid.rows
        few = [] if len(self.rows) >= packed.MANY or isinstance(cells, PackedRows) else [cells[row] for row in self.rows]
        self._across = list(zip(*few, strict=True)) if len(set(map(len, few))) == 1 else []

    def parts(self, index: int, *, filled: bool = True) -> Iterator[tuple[Sequence[int], Sequence[CellValue]]]:
        """(rows, what stands there under a heading), all at once unless they are very many; ``filled``: a vertical merge fills
        the inside of its range.
        """
        cells = self.table.found.grid.rows
        above = self.filling.get(index) if filled else None
        if self._across and above is None:
            yield self.rows, self._across[index]
            return
        size = _PART if len(self.rows) >= packed.MANY else packed.MANY
        for start in range(0, len(self.rows), size):
            rows = self.rows[start : start + size]
            places = rows if above is None else [above.get(row, row) for row in rows]
            yield rows, cells.column(index, places) if isinstance(cells, PackedRows) else [cells[row][index] for row in places]

    def values(self, index: int) -> Iterator[CellValue]:
        """What stands under a heading, row by row, vertical merges filled."""
        for _, found in self.parts(index):
            yield from found

    def ignore(self, mapped: Mapped, rule: str) -> None:
        self.fates.settle_column(self.stretches, mapped.index, rule)

    def drop(self, mapped: Mapped, rule: str) -> None:
        """A personal column: looked at for its type and for status words, and let go."""
        for rows, found in self.parts(mapped.index, filled=False):
            if _worth_a_word(found):
                for row, value in zip(rows, found, strict=True):
                    if value is not None:
                        look_at_dropped(self.table, (row, mapped.index), mapped, self._sayer(row))
        self.ignore(mapped, rule)

    def check(self, mapped: Mapped) -> None:
        """Figures that are only added up against a total."""
        for _ in self._each(mapped, _figure(mapped), lambda row: read_figure(self.table, row, mapped, self._sayer(row), self.fates)):
            pass

    def read(self, mapped: Mapped) -> CellList:
        """One cell for each row, each cell's fate noted."""
        column = mapped.column
        if column.numeric:
            quiet = _figure(mapped)
        elif column.type == "date":
            quiet = self._day(mapped)
        elif column.type == "identity":
            quiet = _identity
        else:
            quiet = _word(mapped)
        above = self.filling.get(mapped.index, {}) if column.numeric else {}
        result: CellList = Cells() if len(self.rows) >= packed.MANY else []
        for part in self._each(mapped, quiet, lambda row: read_cell(self.table, row, mapped, self.fates, self._sayer(row), self.deciding), above):
            result.extend(part)
        return result

    def villages(self, mapped: Mapped) -> list[Cell]:
        """Villages by their official names."""
        self.fates.settle_column(self.stretches, mapped.index, USED)
        if self.names:
            return [read_village(self.table, row, mapped, self.names) for row in self.rows]
        known: dict[CellValue, Cell] = {}
        cells: list[Cell] = []
        for _, found in self.parts(mapped.index):
            known |= {value: village(unit.name if (unit := self._unit(value)) else "") for value in set(found) - known.keys()}
            cells += [known[value] for value in found]
        for row in [row for row, cell in zip(self.rows, cells, strict=True) if cell.refused]:
            nowhere(self.table, row, mapped, self.fates, self._sayer(row))
        return cells

    def codes(self, mapped: Mapped | None) -> list[str]:
        """Each row's village as a code; empty when it is in no list."""
        if mapped is None:
            return [""] * len(self.rows)
        known: dict[CellValue, str] = {}
        codes: list[str] = []
        for _, found in self.parts(mapped.index):
            known |= {value: unit.code if (unit := self._unit(value)) else "" for value in set(found) - known.keys()}
            codes += [known[value] for value in found]
        return codes

    def _unit(self, value: CellValue):  # type: ignore[no-untyped-def]
        return self.table.catalogue.units.find(value, self.table.month.last_day) if isinstance(value, str) else None

    def _each(self, mapped: Mapped, quiet: Callable[[CellValue], Cell | None], by_hand: Callable[[int], object], odd: Collection[int] = ()) -> Iterator[list[Cell]]:
        """The cells of a column, part by part. ``quiet``: what a value means when nothing has to be said of it, else None;
        ``by_hand`` reads the cell of a row, of an ``odd`` one in any case.
        """
        self.fates.settle_column(self.stretches, mapped.index, USED)
        marked = {*self.marked.get(mapped.index, ()), *odd}
        known: dict[CellValue, Cell | None] = {}
        for rows, found in self.parts(mapped.index, filled=not mapped.column.numeric):
            different = set(found)
            if bool in set(map(type, different)):  # True is 1 to a dict
                known, different = {}, set()
            if len(known) > _KNOWN:
                known = {}
            known |= {value: quiet(value) for value in different - known.keys()}
            cells = [known.get(value) for value in found]
            if marked:
                cells = [None if row in marked else cell for row, cell in zip(rows, cells, strict=True)]
            if None in cells:
                yield [cell if cell is not None else by_hand(row) for row, cell in zip(rows, cells, strict=True)]  # type: ignore[misc]
            else:
                yield cells  # type: ignore[misc]

    def _sayer(self, row: int) -> Callable[[Issue], None]:
        return lambda issue: self.said.append((row, issue))

    def _day(self, mapped: Mapped) -> Callable[[CellValue], Cell | None]:
        def quiet(value: CellValue) -> Cell | None:
            if value is None:
                return EMPTY
            if not isinstance(value, date):
                return None
            day = value.date() if isinstance(value, datetime) else value
            return None if impossible(day, self.table, mapped) or outside(day, self.table, mapped, self.deciding) else Cell(day=day, filled=True)

        return quiet


def _identity(value: CellValue) -> Cell | None:
    number, _ = identity(value)
    return person(number) if number is not None else None


def _figure(mapped: Mapped) -> Callable[[CellValue], Cell | None]:
    whole, negative = mapped.column.type == "integer", mapped.column.negative
    factor: Decimal | None = mapped.factor if mapped.factor != 1 else None
    in_yuan, of_years = mapped.stored == mapped.unit == "元", mapped.column.unit == "年"

    def quiet(value: CellValue) -> Cell | None:
        if value is None:
            return EMPTY
        text = numerals.plain_figure(value, whole=whole, negative=negative)
        if text is None or (in_yuan and len(text.partition(".")[2]) > 2) or (of_years and int(text) not in numerals.YEARS):
            return None
        return Cell(number=text if factor is None else numerals.in_stored_unit(Decimal(text), factor), filled=True)

    return quiet


def _word(mapped: Mapped) -> Callable[[CellValue], Cell | None]:
    column = mapped.column

    def quiet(value: CellValue) -> Cell | None:
        written = value.strip() if type(value) is str else values.shown(value).strip()
        text = values.folded(written)
        loud = written.upper() in values.ERROR_CODES or names_somebody(text, column) or text in values.SAME_AS_ABOVE or is_spoiled_key(value) or without_number(text, column)
        text = meant(text, column)
        loud = loud or has_left(text, column) is not None
        if loud or (text and column.values and not allowed(text, column)):
            return None
        return word(written, text)

    return quiet


def _worth_a_word(found: Sequence[CellValue]) -> bool:
    others = set(map(type, found)) - {str, type(None)}
    if others and any(map(is_long_number, found)):
        return True
    return STATUS_WORDS.search("\n".join([value for value in found if type(value) is str])) is not None

