"""What was read of files goes into the warehouse, each reading once; whether it is still what was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, update

from catalog.issues import Action
from catalog.observations import Entry, Reading, Status, Submission, content_of
from connectors.warehouse import log, witness
from connectors.warehouse import tables as t
from connectors.warehouse.engine import bulk_insert
from connectors.warehouse.log import Broken
from connectors.warehouse.rows import IN_CHUNK, day, iso, issue_rows, load_id, submission_id, without_nul

AT_ONCE = 20_000
"""Entries written in one statement."""
_WRITTEN = {status: status.value for status in Status}
_LOADED = select(t.submission.c.submission, t.submission.c.load_key, t.submission.c.load).where(
    t.submission.c.office == bindparam("office"), t.submission.c.submission.in_(bindparam("submissions", expanding=True))
)
_READING = [column.name for column in t.reading.columns]
_ISSUE = [column.name for column in t.issue.columns]
_ENTRY = [column.name for column in t.entry.columns]


def load_all(connection: Connection, office: int, submissions: Sequence[Submission], at: str) -> list[int]:
    """Several submissions, each under its load key once; their numbers. What an earlier load found is kept. ``at``: when we knew it."""
    numbers = {submission_id(s.path, s.sha256): s for s in submissions}
    known = {row.submission: row for row in connection.execute(_LOADED, {"office": office, "submissions": list(numbers)})}
    fresh = {n: s for n, s in numbers.items() if n not in known or known[n].load_key != s.load_key}
    gone: set[int] = set()
    if known:  # what was let go stays gone, also when a new version of the program reads the file again
        held = select(t.let_go.c.submission).where(t.let_go.c.office == office, t.let_go.c.submission.in_(known))
        gone = set(connection.execute(held).scalars())
        fresh |= {n: replace(fresh[n], entries=()) for n in gone if n in fresh}
    loads = _register(connection, office, fresh, known, at)
    _insert_readings(connection, office, loads)
    _insert_entries(connection, office, loads)
    said = [
        row for n, s in loads.items()
        for row in issue_rows(office, submission_id(s.path, s.sha256), n, s.issues, at, {})
    ]  # fmt: skip
    bulk_insert(connection, t.issue, _ISSUE, said)
    if loads:
        witness.found(connection, office, at, len(loads), [dict(zip(_ISSUE, row, strict=True)) for row in said])
        witness.keeps(connection, office, at, gone & {submission_id(s.path, s.sha256) for s in loads.values()})
    return [submission_id(s.path, s.sha256) for s in submissions]


def _register(connection: Connection, office: int, fresh: Mapping[int, Submission], known: Mapping[int, Any], at: str) -> dict[int, Submission]:
    """Receipts, loads and their links in the log; the loads whose cells have to be written, by number.

    A file that reads as it did before, under another catalogue or program, keeps the load it had.
    """
    receipts, loads, acts, again, cells = [], [], [], [], {}
    for number, s in fresh.items():
        row = _load_row(number, s)
        if number in known:
            before = _same_load(connection, office, row, s)
            row["load"] = before or load_id(s.path, s.sha256, s.load_key, row["content"])
            mine = and_(t.submission.c.office == office, t.submission.c.submission == number)
            connection.execute(update(t.submission).where(mine).values(load=row["load"], load_key=s.load_key))
            if before:
                again.append(witness.read_again(number, before, s.load_key))
                continue
        else:
            receipts.append({
                "submission": number, "path": s.path, "sha256": s.sha256, "size": s.size, "modified": iso(s.modified), "recorded_at": at,
                "load": number, "load_key": s.load_key,
            })  # fmt: skip
            acts.append(("receipt", receipts[-1]))
        loads.append(row)
        acts.append(("load", row))
        cells[row["load"]] = s
    for table, rows in ((t.submission, receipts), (t.load, loads)):
        if rows:
            bulk_insert(connection, table, ["office", *rows[0]], [(office, *row.values()) for row in rows])
    log.append(connection, office, at, acts)
    log.extend(connection, office, at, again)
    return cells


def _same_load(connection: Connection, office: int, row: Mapping[str, Any], submission: Submission) -> int | None:
    """An earlier load of this file that found the same facts, cells and issues."""
    facts = [t.load.c[name] == value for name, value in row.items() if name not in ("load", "load_key")]
    issues = {r[3] for r in issue_rows(office, row["submission"], 0, submission.issues, "", {})}
    for load in connection.execute(select(t.load.c.load).where(t.load.c.office == office, *facts).order_by(t.load.c.load)).scalars().all():
        mine = and_(t.issue.c.office == office, t.issue.c.submission == row["submission"], t.issue.c.load == load)
        if set(connection.execute(select(t.issue.c.issue_id).where(mine)).scalars()) == issues:
            return int(load)
    return None


def _load_row(number: int, s: Submission) -> dict[str, Any]:
    return {
        "submission": number, "load": number, "load_key": s.load_key, "content": s.content or content_of(s.readings, s.entries), "form": s.form,
        "department": s.department, "period": s.period, "refused": int(s.refused), "warned": int(any(i.action is not Action.FIX for i in s.issues)),
        "rank": s.rank, "data_hash": s.data_hash, "cells_read": s.cells_read, "cells_used": s.cells_used, "cells_ignored": s.cells_ignored,
        "cells_refused": s.cells_refused,
    }  # fmt: skip


def _insert_readings(connection: Connection, office: int, submissions: Mapping[int, Submission]) -> None:
    """One expression a row: a call a value was half of loading."""
    bulk_insert(connection, t.reading, _READING, [
        (office, number, seq, measure, code, name, period, value, _WRITTEN[status], sheet, cell,
         raw if "\0" not in raw else without_nul(raw), role, unit, 1 if held else 0)
        for number, submission in submissions.items()
        for seq, (measure, code, name, period, value, status, sheet, cell, raw, role, unit, held) in enumerate(submission.readings)
    ])  # fmt: skip


def _insert_entries(connection: Connection, office: int, submissions: Mapping[int, Submission]) -> None:
    """Some at a time: those of a long ledger are many."""
    rows = (
        (office, number, seq, indicator, sheet, row, day.isoformat() if day else None, until.isoformat() if until else None, token,
         value, words if words is None else without_nul(words), code, 1 if refused else 0)
        for number, submission in submissions.items()
        for seq, (indicator, sheet, row, day, until, token, value, words, code, refused) in enumerate(submission.entries)
    )  # fmt: skip
    while part := list(islice(rows, AT_ONCE)):
        bulk_insert(connection, t.entry, _ENTRY, part)


def first_altered(connection: Connection, office: int) -> Broken | None:
    """The first load whose cells are no longer those that were read."""
    f = t.load.c
    whole = f.submission.not_in(select(t.let_go.c.submission).where(t.let_go.c.office == office))  # rows that were let go cannot be vouched for
    loads = connection.execute(select(f.load, f.content).where(f.office == office, f.content != "", whole).order_by(f.load)).all()
    broken = []
    for start in range(0, len(loads), IN_CHUNK):
        part = loads[start : start + IN_CHUNK]
        readings, entries = _content(connection, office, [row.load for row in part])
        for number, content in part:
            if content_of(readings.get(number, ()), entries.get(number, ())) != content:
                broken.append(Broken(log.place_of(connection, office, "load", number), "load", number, "读入的数据被改动"))
    return min(broken, key=lambda one: one.seq, default=None) or _of_no_load(connection, office)


def _of_no_load(connection: Connection, office: int) -> Broken | None:
    """Cells that no load has read."""
    loads = set(connection.execute(select(t.load.c.load).where(t.load.c.office == office)).scalars())
    for table in (t.reading, t.entry):
        held = connection.execute(select(table.c.submission).distinct().where(table.c.office == office)).scalars()
        if strays := set(held) - loads:
            return Broken(0, "load", min(strays), "有数据不属于任何读入")
    return None


class _NoDay(str):
    """What stands where a day should; it is no part of what was read."""

    def isoformat(self) -> str:
        return f"\1{self}"


def _day_as_written(value: str | None) -> Any:
    try:
        return day(value)
    except ValueError:
        return _NoDay(value)


def _content(connection: Connection, office: int, loads: Sequence[int]) -> tuple[dict[int, list[Reading]], dict[int, list[Entry]]]:
    readings: dict[int, list[Reading]] = defaultdict(list)
    entries: dict[int, list[Entry]] = defaultdict(list)
    for table in (t.reading, t.entry):
        query = select(table).where(table.c.office == office, table.c.submission.in_(loads)).order_by(table.c.submission, table.c.seq)
        for _, number, _, *rest in connection.execute(query):
            if table is t.reading:
                readings[number].append(Reading(*rest))
            else:
                indicator, sheet, row, begins, until, *others = rest
                entries[number].append(Entry(indicator, sheet, row, _day_as_written(begins), _day_as_written(until), *others))
    return readings, entries
