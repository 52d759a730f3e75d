"""Loading, settling and publishing: each one transaction, each the same when done twice."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, bindparam, delete, func, insert, select, text, update

from catalog.issues import Action, Issue
from catalog.observations import Adjustment, Due, Entry, Figure, LineageRow, Published, Reading, Standing, Status, Submission
from catalog.units import Units
from connectors.warehouse import tables as t
from connectors.warehouse.engine import bulk_insert, make_engine, require_schema

CONTRACT = "1.0"
_IN_CHUNK = 400


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """A submission as loaded, without its cells."""

    id: int
    path: str
    sha256: str
    size: int
    modified: datetime
    form: str
    department: str
    period: str
    refused: bool
    rank: int
    data_hash: str
    warned: bool
    """It has an issue of its own that is louder than a fix."""


@dataclass(frozen=True, slots=True)
class StandingRow:
    """A published submission as status and reminders need it."""

    id: int
    form: str
    department: str
    period: str
    state: str
    path: str
    modified: str
    due_at: str | None
    days_late: int
    refusals: tuple[str, ...]


def submission_id(path: str, sha256: str) -> int:
    """The same file has the same number in every order, on every engine: 52 bits of a hash over path and content."""
    return int.from_bytes(hashlib.sha256(f"{path}\0{sha256}".encode()).digest()[:8], "big") >> 12


def iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment is not None else None


def open_warehouse(url: str, office: str) -> Warehouse:
    """Raises WarehouseUnreachable, or WarehouseNotReady when `huizong db upgrade` has to come first."""
    engine = make_engine(url)
    require_schema(engine)
    return Warehouse(engine, office)


class Warehouse:
    """One office's part of the warehouse; use as a context manager."""

    def __init__(self, engine: Engine, office: str) -> None:
        self.engine = engine
        self.office = self._number_of(office)

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.engine.dispose()

    def _number_of(self, name: str) -> int:
        with self.reading() as connection:
            found = connection.execute(select(t.office.c.office).where(t.office.c.name == name)).scalar()
        if found is not None:
            return int(found)
        with self.engine.begin() as connection:
            self._lock(connection)
            found = connection.execute(select(t.office.c.office).where(t.office.c.name == name)).scalar()
            if found is None:
                found = (connection.execute(select(func.max(t.office.c.office))).scalar() or 0) + 1
                connection.execute(insert(t.office).values(office=found, name=name))
        return int(found)

    def reading(self) -> Connection:
        """A connection that only reads and never waits for the night."""
        return self.engine.connect().execution_options(readonly=True)

    def _lock(self, connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7241, :office)"), {"office": getattr(self, "office", 0)})

    # --- runs ------------------------------------------------------------------------------------------

    def begin_run(self, as_of: datetime) -> int:
        with self.engine.begin() as connection:
            self._lock(connection)
            number = (connection.execute(select(func.max(t.run.c.run)).where(t.run.c.office == self.office)).scalar() or 0) + 1
            connection.execute(
                insert(t.run).values(office=self.office, run=number, started_at=iso(datetime.now(UTC)), state="running", as_of=iso(as_of))
            )
            return int(number)

    def end_run(self, run_id: int, state: str, files_seen: int = 0, files_new: int = 0, cells_read: int = 0, seconds: float = 0) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                update(t.run).where(t.run.c.office == self.office, t.run.c.run == run_id).values(
                    finished_at=iso(datetime.now(UTC)), state=state, files_seen=files_seen, files_new=files_new,
                    cells_read=cells_read, seconds=f"{seconds:.1f}",
                )
            )  # fmt: skip

    # --- loading ---------------------------------------------------------------------------------------

    def loaded(self) -> dict[tuple[str, str], tuple[int, str]]:
        """(path, sha256) → (submission id, load key)."""
        s = t.submission.c
        with self.reading() as connection:
            rows = connection.execute(select(s.path, s.sha256, s.submission, s.load_key).where(s.office == self.office))
            return {(path, sha): (number, key) for path, sha, number, key in rows}

    def load(self, submission: Submission, at: datetime) -> int:
        """One submission in one transaction; the same load key again changes nothing. ``at``: when we knew it."""
        return self.load_all([submission], at)[0]

    def load_all(self, submissions: Sequence[Submission], at: datetime) -> list[int]:
        """Several submissions in one transaction, all of them or none; their numbers."""
        numbers = {submission_id(s.path, s.sha256): s for s in submissions}
        with self.engine.begin() as connection:
            self._lock(connection)
            known = {row.submission: row for row in connection.execute(_LOADED, {"office": self.office, "submissions": list(numbers)})}
            fresh = {n: s for n, s in numbers.items() if n not in known or known[n].load_key != s.load_key}
            if known:  # what was let go stays gone, also when a new version of the program reads the file again
                gone = connection.execute(select(t.let_go.c.submission).where(t.let_go.c.office == self.office, t.let_go.c.submission.in_(known)))
                fresh |= {n: replace(fresh[n], entries=()) for n in gone.scalars() if n in fresh}
            rows = []
            for number, submission in fresh.items():
                values = self._submission_values(submission, at)
                if (before := known.get(number)) is None:
                    rows.append({"submission": number, **values})
                    continue
                for table in (t.reading, t.entry, t.hold, t.issue):
                    connection.execute(delete(table).where(table.c.office == self.office, table.c.submission == number))
                values |= {"modified": before.modified, "recorded_at": before.recorded_at}
                mine = and_(t.submission.c.office == self.office, t.submission.c.submission == number)
                connection.execute(update(t.submission).where(mine).values(**values))
            if rows:
                bulk_insert(connection, t.submission, list(rows[0]), [tuple(row.values()) for row in rows])
            _insert_readings(connection, self.office, fresh)
            _insert_entries(connection, self.office, fresh)
            said = [row for n, s in fresh.items() for row in _issue_rows(self.office, n, "reading", s.issues, iso(at) or "", {})]
            bulk_insert(connection, t.issue, _ISSUE, said)
        return [submission_id(s.path, s.sha256) for s in submissions]

    def _submission_values(self, submission: Submission, at: datetime) -> dict[str, Any]:
        return {
            "office": self.office, "path": submission.path, "sha256": submission.sha256, "size": submission.size,
            "modified": iso(submission.modified), "recorded_at": iso(at), "load_key": submission.load_key, "form": submission.form,
            "department": submission.department, "period": submission.period, "refused": int(submission.refused),
            "warned": int(any(issue.action is not Action.FIX for issue in submission.issues)), "rank": submission.rank,
            "data_hash": submission.data_hash, "cells_read": submission.cells_read, "cells_used": submission.cells_used,
            "cells_ignored": submission.cells_ignored, "cells_refused": submission.cells_refused,
        }  # fmt: skip

    # --- reading back ----------------------------------------------------------------------------------

    def submissions(self) -> list[SubmissionRow]:
        """Everything ever loaded, sorted by path and content."""
        s = t.submission.c
        columns = (s.submission, s.path, s.sha256, s.size, s.modified, s.form, s.department, s.period, s.refused, s.rank, s.data_hash, s.warned)
        with self.reading() as connection:
            rows = connection.execute(select(*columns).where(s.office == self.office)).all()
        made = [
            SubmissionRow(r[0], r[1], r[2], r[3], datetime.fromisoformat(r[4]), r[5], r[6], r[7], bool(r[8]), r[9], r[10], bool(r[11]))
            for r in rows
        ]
        return sorted(made, key=lambda row: (row.path, row.sha256))

    def readings(self, ids: Iterable[int]) -> dict[int, list[Reading]]:
        """The readings of these submissions, each in the order of its sheet."""
        r = t.reading.c
        columns = (r.measure, r.unit_code, r.unit_name, r.period, r.value, r.status, r.sheet, r.cell, r.raw, r.role, r.unit, r.held)
        result: dict[int, list[Reading]] = defaultdict(list)
        for row in self._of(t.reading, columns, ids):
            number, measure, code, name, period, value, status, sheet, cell, raw, role, unit, held = row
            made = Reading(measure, code, name, period, value, _STATUS[status], sheet, cell, raw, role, unit, bool(held))
            result[number].append(made)
        return dict(result)

    def entries(self, ids: Iterable[int]) -> dict[int, list[Entry]]:
        """The ledger entries of these submissions, each in row order."""
        e = t.entry.c
        columns = (e.indicator, e.sheet, e.row, e.day, e.until, e.token, e.value, e.text, e.unit_code, e.refused)
        result: dict[int, list[Entry]] = defaultdict(list)
        for number, indicator, sheet, row, day, until, token, value, words, code, refused in self._of(t.entry, columns, ids):
            result[number].append(Entry(indicator, sheet, row, _day(day), _day(until), token, value, words, code, bool(refused)))
        return dict(result)

    def _of(self, table: Table, columns: Sequence[Any], ids: Iterable[int]) -> Iterable[Sequence[Any]]:
        wanted = sorted(set(ids))
        with self.reading() as connection:
            for start in range(0, len(wanted), _IN_CHUNK):
                part = wanted[start : start + _IN_CHUNK]
                query = select(table.c.submission, *columns).where(table.c.office == self.office, table.c.submission.in_(part))
                yield from connection.execute(query.order_by(table.c.submission, table.c.seq)).all()

    def figures(self, period: str) -> dict[str, Figure]:
        """indicator → the published figure of this period, with its lineage."""
        f, line = t.figure.c, t.lineage.c
        with self.reading() as connection:
            rows = connection.execute(select(t.figure).where(f.office == self.office, f.period == period)).all()
            found = connection.execute(
                select(t.lineage).where(line.office == self.office, line.period == period).order_by(line.indicator, line.seq)
            ).all()
        lineage: dict[str, list[LineageRow]] = defaultdict(list)
        for r in found:
            lineage[r.indicator].append(LineageRow(r.indicator, r.period, r.unit_code, r.source_period, r.value, r.submission, r.sheet, r.cells))
        return {
            r.indicator: Figure(r.indicator, r.period, r.value, Status(r.status), r.reported_units, r.expected_units, r.year_to_date,
                                r.last_year, r.growth_pct, r.growth_source, r.target, r.progress_pct, r.reason, tuple(lineage[r.indicator]))
            for r in rows
        }  # fmt: skip

    def current_readings(self, measures: Iterable[str], periods: Iterable[str]) -> list[Reading]:
        """Readings in force for these measures and months; held ones come refused and without value."""
        r, s, h = t.reading.c, t.submission.c, t.hold.c
        columns = (r.measure, r.unit_code, r.unit_name, r.period, r.value, r.status, r.sheet, r.cell, r.raw, r.role, r.unit)
        query = (
            select(*columns, h.cell.label("held"))
            .join(t.submission, and_(s.office == r.office, s.submission == r.submission))
            .outerjoin(t.hold, and_(h.office == r.office, h.submission == r.submission, h.sheet == r.sheet, h.cell == r.cell))
            .where(r.office == self.office, s.current == 1, r.measure.in_(list(measures)), r.period.in_(list(periods)))
            .order_by(r.measure, r.period, r.unit_code, r.cell)
        )
        with self.reading() as connection:
            rows = connection.execute(query).all()
        return [
            Reading(m, code, name, period, None if held else value, Status.REFUSED if held else Status(status), *rest)
            for m, code, name, period, value, status, *rest, held in rows
        ]

    def owed(self) -> list[Due]:
        """What is due and has not come, in the published state."""
        m = t.missing.c
        with self.reading() as connection:
            rows = connection.execute(select(m.form, m.department, m.period, m.due_at).where(m.office == self.office).order_by(m.period, m.form))
            return [Due(form, department, period, datetime.fromisoformat(due)) for form, department, period, due in rows]

    def standing(self) -> list[StandingRow]:
        """Every published submission with its state, and the first sentence of what was refused about it."""
        s, i = t.submission.c, t.issue.c
        with self.reading() as connection:
            rows = connection.execute(
                select(s.submission, s.form, s.department, s.period, s.state, s.path, s.modified, s.due_at, s.days_late)
                .where(s.office == self.office, s.state.is_not(None)).order_by(s.period, s.form, s.modified, s.path)
            ).all()  # fmt: skip
            issues = connection.execute(
                select(i.submission, i.action, i.message).where(i.office == self.office, i.action.in_(("refuse_file", "refuse_sheet", "refuse_cell")))
                .order_by(i.submission, i.origin, i.seq)
            ).all()  # fmt: skip
        reasons: dict[int, list[str]] = defaultdict(list)
        for number, _action, message in issues:
            reasons[number].append(message)
        return [StandingRow(*row, tuple(reasons.get(row.submission, ()))) for row in rows]

    def open_issues(self) -> dict[int, list[Issue]]:
        """submission → what is open about it, in the order it was found."""
        i = t.issue.c
        query = (
            select(i.submission, i.code, i.action, i.message, i.sheet, i.cell, i.found, i.expected)
            .where(i.office == self.office, i.closed_at.is_(None)).order_by(i.submission, i.origin, i.seq)
        )  # fmt: skip
        result: dict[int, list[Issue]] = defaultdict(list)
        with self.reading() as connection:
            for number, code, action, *rest in connection.execute(query):
                result[number].append(Issue(code, Action(action), *rest))
        return dict(result)

    def sha256_of(self, number: int) -> str:
        """Hash under which a submission's bytes lie in the archive."""
        s = t.submission.c
        with self.reading() as connection:
            return str(connection.execute(select(s.sha256).where(s.office == self.office, s.submission == number)).scalar_one())

    def state(self) -> str | None:
        """The name of the state that readers see."""
        with self.reading() as connection:
            found = connection.execute(select(t.meta.c.state).where(t.meta.c.office == self.office)).scalar()
        return str(found) if found is not None else None

    def held(self, number: int) -> list[tuple[str, str]]:
        """(sheet, cell) of this submission that wait for confirmation, in the published state."""
        h = t.hold.c
        with self.reading() as connection:
            rows = connection.execute(select(h.sheet, h.cell).where(h.office == self.office, h.submission == number).order_by(h.sheet, h.cell))
            return [(sheet, cell) for sheet, cell in rows]

    def waiting(self, period: str) -> dict[tuple[str, str], list[str]]:
        """(path, sheet) → cells that wait for confirmation, in the hand-ins of a period."""
        h, s = t.hold.c, t.submission.c
        query = (
            select(s.path, h.sheet, h.cell).join_from(t.hold, t.submission, and_(h.office == s.office, h.submission == s.submission))
            .where(h.office == self.office, s.period == period).order_by(s.path, h.sheet, h.cell)
        )  # fmt: skip
        result: dict[tuple[str, str], list[str]] = defaultdict(list)
        with self.reading() as connection:
            for path, sheet, cell in connection.execute(query):
                result[path, sheet].append(cell)
        return dict(result)

    # --- the office's own words -------------------------------------------------------------------------

    def adjustments(self) -> list[Adjustment]:
        """Every adjustment, oldest first."""
        a = t.adjustment.c
        columns = (a.kind, a.form, a.period, a.sheet, a.cell, a.expects, a.by, a.why, a.at)
        with self.reading() as connection:
            rows = connection.execute(select(*columns).where(a.office == self.office).order_by(a.adjustment)).all()
        return [Adjustment(*row[:-1], datetime.fromisoformat(row[-1])) for row in rows]

    def adjust(self, adjustment: Adjustment) -> None:
        """Keep one more; nothing is ever taken out."""
        a = t.adjustment.c
        values = {**asdict(adjustment), "at": iso(adjustment.at)}
        with self.engine.begin() as connection:
            self._lock(connection)
            last = connection.execute(select(func.max(a.adjustment)).where(a.office == self.office)).scalar() or 0
            connection.execute(insert(t.adjustment).values(office=self.office, adjustment=last + 1, **values))

    # --- publishing ------------------------------------------------------------------------------------

    def publish(self, published: Published, units: Units, indicators: Iterable[tuple[str, str, str, str, str]], at: datetime) -> bool:
        """Show one finished state, in one transaction; False and nothing written when it is the one shown already.

        ``indicators``: (id, title, section, kind, unit). ``at``: the time the state speaks from.
        """
        moment = iso(at) or ""
        with self.engine.begin() as connection:
            self._lock(connection)
            shown = connection.execute(select(t.meta.c.state).where(t.meta.c.office == self.office)).scalar()
            if shown == published.state:
                return False
            self._stand(connection, published.standings, moment)
            self._replace(connection, t.missing, [
                (d.form, d.period, d.department, iso(d.due_at), max(0, (at - d.due_at).days)) for d in published.missing
            ])  # fmt: skip
            self._replace(connection, t.unit, [
                (u.code, u.name, u.kind, _iso_day(u.valid_from), _iso_day(u.valid_to), u.merged_into) for u in units.all
            ])  # fmt: skip
            self._replace(connection, t.indicator, list(indicators))
            self._replace(connection, t.contradiction, [
                (c.indicator, c.other, c.period, c.value, c.other_value) for c in published.contradictions
            ])  # fmt: skip
            self._show_figures(connection, published.figures)
            connection.execute(delete(t.meta).where(t.meta.c.office == self.office))
            connection.execute(insert(t.meta).values(office=self.office, contract=CONTRACT, state=published.state, computed_at=moment))
        return True

    def _replace(self, connection: Connection, table: Table, rows: list[tuple[Any, ...]]) -> None:
        connection.execute(delete(table).where(table.c.office == self.office))
        columns = [column.name for column in table.columns]
        bulk_insert(connection, table, columns, [(self.office, *row) for row in rows])

    def _stand(self, connection: Connection, standings: Sequence[Standing], moment: str) -> None:
        s, i = t.submission.c, t.issue.c
        seen = {
            (row.submission, row.issue_id): row.first_seen
            for row in connection.execute(select(i.submission, i.issue_id, i.first_seen).where(i.office == self.office, i.origin == "settling"))
        }
        connection.execute(delete(t.issue).where(i.office == self.office, i.origin == "settling"))
        connection.execute(delete(t.hold).where(t.hold.c.office == self.office))
        connection.execute(update(t.submission).where(s.office == self.office).values(state=None, current=0))
        for standing in standings:
            connection.execute(
                update(t.submission).where(s.office == self.office, s.submission == standing.submission_id).values(
                    state=str(standing.state), revision=standing.revision, current=int(standing.current),
                    due_at=iso(standing.due_at), days_late=standing.days_late,
                )
            )  # fmt: skip
            bulk_insert(connection, t.issue, _ISSUE, _issue_rows(self.office, standing.submission_id, "settling", standing.issues, moment, seen))
        holds = [(self.office, standing.submission_id, sheet, cell) for standing in standings for sheet, cell in standing.held]
        bulk_insert(connection, t.hold, ["office", "submission", "sheet", "cell"], holds)
        self._close_issues(connection, moment)
        for standing in standings:
            for sheet, cell in standing.confirmed:
                connection.execute(
                    update(t.issue).where(i.office == self.office, i.submission == standing.submission_id, i.sheet == sheet, i.cell == cell,
                                          i.action == "refuse_cell", i.closed_at.is_(None)).values(closed_at=moment)
                )  # fmt: skip

    def _close_issues(self, connection: Connection, moment: str) -> None:
        """The issues of a hand-in are closed when another one stands in its place."""
        s, i = t.submission.c, t.issue.c
        rows = connection.execute(select(s.submission, s.form, s.period, s.current).where(s.office == self.office)).all()
        standing_in = {(row.form, row.period) for row in rows if row.current}
        replaced = [row.submission for row in rows if not row.current and (row.form, row.period) in standing_in]
        connection.execute(
            update(t.issue).where(i.office == self.office, i.submission.not_in(replaced or [0]), i.closed_at.is_not(None)).values(closed_at=None)
        )
        for start in range(0, len(replaced), _IN_CHUNK):
            part = replaced[start : start + _IN_CHUNK]
            connection.execute(
                update(t.issue).where(i.office == self.office, i.submission.in_(part), i.closed_at.is_(None)).values(closed_at=moment)
            )

    def _show_figures(self, connection: Connection, figures: Sequence[Figure]) -> None:
        """Only figures whose digest changed are written; those that are no longer computed go."""
        f, line = t.figure.c, t.lineage.c
        known = {(r.indicator, r.period): r.digest for r in connection.execute(select(f.indicator, f.period, f.digest).where(f.office == self.office))}
        fresh = {(figure.indicator, figure.period): figure for figure in figures}
        digests = {key: _digest(figure) for key, figure in fresh.items()}
        gone = [key for key in known if digests.get(key) != known[key]]
        for indicator, period in gone:
            for c, table in ((f, t.figure), (line, t.lineage)):
                connection.execute(delete(table).where(c.office == self.office, c.indicator == indicator, c.period == period))
        new = [key for key in fresh if known.get(key) != digests[key]]
        bulk_insert(connection, t.figure, [c.name for c in t.figure.columns], [
            (self.office, g.indicator, g.period, g.value, str(g.status), g.reported_units, g.expected_units, g.year_to_date, g.last_year,
             g.growth_pct, g.growth_source, g.target, g.progress_pct, g.reason, digests[key])
            for key in new if (g := fresh[key])
        ])  # fmt: skip
        bulk_insert(connection, t.lineage, [c.name for c in t.lineage.columns], [
            (self.office, g.indicator, g.period, seq, r.unit_code, r.source_period, r.value, r.submission_id, r.sheet, r.cells)
            for key in new if (g := fresh[key]) for seq, r in enumerate(g.lineage)
        ])  # fmt: skip


_STATUS = {status.value: status for status in Status}
_WRITTEN = {status: status.value for status in Status}
_LOADED = select(t.submission.c.submission, t.submission.c.load_key, t.submission.c.modified, t.submission.c.recorded_at).where(
    t.submission.c.office == bindparam("office"), t.submission.c.submission.in_(bindparam("submissions", expanding=True))
)
_READING = [column.name for column in t.reading.columns]
_ISSUE = [column.name for column in t.issue.columns]
_ENTRY = [column.name for column in t.entry.columns]


def _insert_readings(connection: Connection, office: int, submissions: Mapping[int, Submission]) -> None:
    """One expression a row: a call a value was half of loading."""
    bulk_insert(connection, t.reading, _READING, [
        (office, number, seq, measure, code, name, period, value, _WRITTEN[status], sheet, cell,
         raw if "\0" not in raw else _plain(raw), role, unit, 1 if held else 0)
        for number, submission in submissions.items()
        for seq, (measure, code, name, period, value, status, sheet, cell, raw, role, unit, held) in enumerate(submission.readings)
    ])  # fmt: skip


def _insert_entries(connection: Connection, office: int, submissions: Mapping[int, Submission]) -> None:
    bulk_insert(connection, t.entry, _ENTRY, [
        (office, number, seq, indicator, sheet, row, day.isoformat() if day else None, until.isoformat() if until else None, token,
         value, words if words is None else _plain(words), code, 1 if refused else 0)
        for number, submission in submissions.items()
        for seq, (indicator, sheet, row, day, until, token, value, words, code, refused) in enumerate(submission.entries)
    ])  # fmt: skip


def _plain(value: Any) -> Any:
    """PostgreSQL text holds no NUL character."""
    return value.replace("\0", "") if isinstance(value, str) and "\0" in value else value


def _issue_rows(
    office: int, number: int, origin: str, issues: Sequence[Issue], moment: str, seen: Mapping[tuple[int, str], str]
) -> list[tuple[Any, ...]]:
    made: dict[str, tuple[Any, ...]] = {}
    for seq, issue in enumerate(issues):
        parts = (str(number), issue.code, issue.action.value, issue.sheet, issue.cell, issue.found, issue.message)
        name = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
        made.setdefault(name, (office, number, name, origin, seq, issue.code, issue.action.value, _plain(issue.sheet), issue.cell,
                               _plain(issue.found), _plain(issue.expected), _plain(issue.message), seen.get((number, name), moment), None))  # fmt: skip
    return list(made.values())


def _digest(figure: Figure) -> str:
    return hashlib.sha256(repr((figure, figure.lineage)).encode()).hexdigest()[:32]


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _iso_day(value: date | None) -> str | None:
    return value.isoformat() if value else None
