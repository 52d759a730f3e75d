"""What was received, read back: files, hand-ins, the readings and ledger entries of their latest load.

All rows are the driver's own, texts and whole numbers, and columns are turned as columns: there are hundreds of thousands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby, repeat
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Connection, Select, Table, and_, bindparam, case, select

from catalog.observations import Entry, Reading
from connectors.warehouse import tables as t
from connectors.warehouse.rows import IN_CHUNK, STATUS, KnownFile, SubmissionRow, day, moment

Row = TypeVar("Row")
_AT_ONCE = 10_000
"""Rows of a driver's own that are held at once."""
_SAYS = ("measure", "unit_code", "unit_name", "period", "value", "status")
"""What a reading speaks of, and what it says."""


def known_files(connection: Connection, office: int) -> list[KnownFile]:
    """Every file ever received, in no order."""
    s = t.submission.c
    query = select(s.path, s.sha256, s.size, s.modified, s.load_key).where(s.office == office)
    return [
        row for paths, hashes, sizes, modified, keys in _columns(connection, query)
        for row in _made(KnownFile, paths, hashes, sizes, map(datetime.fromisoformat, modified), keys)
    ]  # fmt: skip


def submissions(connection: Connection, office: int) -> list[SubmissionRow]:
    """Everything ever loaded, sorted by path and content, as its latest load reads it."""
    s, f = t.submission.c, t.load.c
    columns = (s.submission, s.path, s.sha256, s.size, s.modified, f.form, f.department, f.period, f.refused, f.rank, f.data_hash, f.warned, s.load_key,
               s.recorded_at, s.load)  # fmt: skip
    query = select(*columns).join_from(t.submission, t.load, and_(f.office == s.office, f.load == s.load)).where(s.office == office)
    once = dict[str, str]().setdefault  # the same few names again and again: there may be a hundred thousand files
    rows: list[SubmissionRow] = []
    for number, path, sha256, size, modified, form, department, period, refused, rank, data, warned, key, came, load in _columns(connection, query):
        rows += _made(
            SubmissionRow, number, path, sha256, size, map(datetime.fromisoformat, modified), *(map(once, of, of) for of in (form, department, period)),
            map(bool, refused), rank, data, map(bool, warned), key, map(moment, came), load,
        )  # fmt: skip
    rows.sort(key=itemgetter(1, 2))
    return rows


def readings(connection: Connection, office: int, ids: Iterable[int], unlike: Mapping[int, int]) -> dict[int, list[Reading]]:
    """The readings of these submissions, each in the order of its sheet.

    ``unlike``: submission → the other whose readings are left out, where it says of the same the same in the same place of its order.
    """
    result: dict[int, list[Reading]] = defaultdict(list)
    once = dict[str | None, Any]().setdefault  # the same words again and again: they were half of what a night holds
    mine = set(ids)
    loads = _loads(connection, office, mine.union(unlike.values()))
    both = [(loads[one], loads[other]) for one, other in unlike.items() if one in loads and other in loads]
    pairs = {f"{which}{n}": load for n, pair in enumerate(both) for which, load in zip(("one", "other"), pair, strict=True)}
    for numbers, *texts, held in _of(connection, _readings(len(both)), {"office": office, **pairs}, mine, loads):
        said: list[Iterable[Any]] = [map(once, of, of) for of in texts]
        said[5] = map(STATUS.__getitem__, texts[5])
        _share(result, numbers, _made(Reading, *said, map(bool, held)))
    return dict(result)


def entries(connection: Connection, office: int, ids: Iterable[int]) -> dict[int, list[Entry]]:
    """The ledger entries of these submissions, each in row order."""
    result: dict[int, list[Entry]] = defaultdict(list)
    once = dict[str | None, Any]().setdefault  # as in readings
    mine = set(ids)
    for numbers, indicator, sheet, row, begins, until, token, value, said, code, refused in _of(connection, _entries(), {"office": office}, mine, _loads(connection, office, mine)):
        days = {text: day(text) for text in {*begins, *until}}.__getitem__
        made = _made(Entry, map(once, indicator, indicator), map(once, sheet, sheet), row, map(days, begins), map(days, until), token,
                     map(once, value, value), said, map(once, code, code), map(bool, refused))  # fmt: skip
        _share(result, numbers, made)
    return dict(result)


def _loads(connection: Connection, office: int, ids: Iterable[int]) -> dict[int, int]:
    """Submission → its latest load. Asked first: of rows joined to it PostgreSQL may go through all an office has, before it has counted them."""
    wanted = sorted(ids)
    parts = ({"office": office, "ids": wanted[start : start + IN_CHUNK]} for start in range(0, len(wanted), IN_CHUNK))
    return {number: load for part in parts for number, load in connection.execute(_LOADS, part)}


_s = t.submission.c
_LOADS = select(_s.submission, _s.load).where(_s.office == bindparam("office"), _s.submission.in_(bindparam("ids", expanding=True)))


@cache
def _readings(pairs: int) -> Select[Any]:
    """Made once for so many pairs of a load (``one0`` …) and the other that it is asked ``unlike`` (``other0`` …): a statement is a
    web of objects that nobody tidies up while a state is computed.
    """
    r, like = t.reading.c, t.reading.alias()
    query = _rows_of(t.reading, (r.measure, r.unit_code, r.unit_name, r.period, r.value, r.status, r.sheet, r.cell, r.raw, r.role, r.unit, r.held))
    if not pairs:
        return query
    other = case(*((r.submission == bindparam(f"one{n}", type_=BigInteger), bindparam(f"other{n}", type_=BigInteger)) for n in range(pairs)))
    there = and_(like.c.office == r.office, like.c.submission == other, like.c.seq == r.seq)
    same = and_(*(like.c[name].is_not_distinct_from(r[name]) for name in _SAYS))
    return query.where(select(case((same, 1))).where(there).scalar_subquery().is_(None))  # asked row by row: joined, PostgreSQL goes through all


def _entries() -> Select[Any]:
    e = t.entry.c
    return _rows_of(t.entry, (e.indicator, e.sheet, e.row, e.day, e.until, e.token, e.value, e.text, e.unit_code, e.refused))


@cache
def _rows_of(table: Table, columns: Sequence[Any]) -> Select[Any]:
    """Columns of the rows of some loads, the load's number first; those of one stand together and in their order."""
    of = table.c.submission
    return select(of, *columns).where(table.c.office == bindparam("office"), of.in_(bindparam("loads", expanding=True))).order_by(of, table.c.seq)


def _of(
    connection: Connection, query: Select[Any], said: Mapping[str, int], ids: Iterable[int], loads: Mapping[int, int]
) -> Iterator[Sequence[Sequence[Any]]]:
    """Columns of what these submissions have, their number first."""
    submission = {loads[number]: number for number in ids if number in loads}
    wanted = sorted(submission)
    for start in range(0, len(wanted), IN_CHUNK):
        for of, *columns in _columns(connection, query, {**said, "loads": wanted[start : start + IN_CHUNK]}):
            yield [submission[load] for load in of], *columns


def _columns(connection: Connection, query: Select[Any], said: Mapping[str, Any] | None = None) -> Iterator[Sequence[Sequence[Any]]]:
    """Column by column, so many rows at a time."""
    result = connection.execute(query, said)
    while rows := result.cursor.fetchmany(_AT_ONCE):  # type: ignore[union-attr] # the driver's own tuples: half the time
        yield tuple(zip(*rows, strict=True))
    result.close()


def _made(kind: type[Row], *columns: Iterable[Any]) -> Iterator[Row]:
    """Named rows of so many columns, without a call of Python's a row."""
    return map(tuple.__new__, repeat(kind), zip(*columns, strict=True))  # type: ignore[arg-type, return-value]


def _share(result: dict[int, list[Row]], numbers: Sequence[int], rows: Iterator[Row]) -> None:
    for number, its_own in groupby(zip(numbers, rows, strict=True), itemgetter(0)):
        result[number] += map(itemgetter(1), its_own)
