"""Loading and publishing, each in one transaction and the same when done twice; reading what is shown, or was known then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType, TracebackType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)

from catalog.issues import Action, Issue
from catalog.observations import (
    Adjustment,
    Due,
    Entry,
    Figure,
    LineageRow,
    Published,
    Reading,
    Submission,
)
from catalog.units import Units
from connectors.warehouse import loading, log, received, spells, witness, words
from connectors.warehouse import tables as t
from connectors.warehouse.engine import count_rows, make_engine, require_schema
from connectors.warehouse.log import Broken
from connectors.warehouse.publishing import IndicatorRow, grow_late, show
from connectors.warehouse.rows import (
    KnownFile,
    Publication,
    RunRow,
    StandingRow,
    SubmissionRow,
    drivers_own,
    iso,
)
from connectors.warehouse.shown import Shown, shown
from sql.objects import statements


def open_warehouse(url: str, office: str) -> Warehouse:
    """Raises WarehouseUnreachable, or WarehouseNotReady when `huizong db upgrade` has to come first."""
    engine = _engine(url)
    try:
        require_schema(engine)
        return Warehouse(engine, office)
    except BaseException:
        engine.dispose()
        raise


@lru_cache(maxsize=2)
def _engine(url: str) -> Engine:
    """One for a whole night, which opens the warehouse a dozen times: it knows what its statements were compiled to. Its connections
    are closed each time.
    """
    return make_engine(url)


class Warehouse:
    """One office's part of the warehouse; use as a context manager."""

    def __init__(self, engine: Engine, office: str) -> None:
        self.engine = engine
        self.known_at: str | None = None
        """The time as of which the published state is read; None = now."""
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
        """A connection that only reads and never waits for the night; all it reads in one transaction is of one state."""
        connection = self.engine.connect().execution_options(readonly=True)
        return connection.execution_options(isolation_level="REPEATABLE READ") if self.engine.dialect.name == "postgresql" else connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, one writer of this office at a time."""
        with self.engine.begin() as connection:
            self._lock(connection)
            yield connection

    def _lock(self, connection: Connection) -> None:
        """On a row or a table: an account that may only read cannot take it, as it can every advisory lock of the server."""
        if connection.dialect.name != "postgresql":
            return
        if hasattr(self, "office"):
            connection.execute(select(t.office.c.office).where(t.office.c.office == self.office).with_for_update(key_share=True))
        else:
            connection.execute(text("LOCK TABLE office IN SHARE ROW EXCLUSIVE MODE"))

    # --- runs ------------------------------------------------------------------------------------------

    def begin_run(self, as_of: datetime, period: str = "", form: str = "", department: str = "") -> int:
        """A new run's number. A run that never ended had been killed: it is marked crashed."""
        with self.engine.begin() as connection:
            self._lock(connection)
            number = (connection.execute(select(func.max(t.run.c.run)).where(t.run.c.office == self.office)).scalar() or 0) + 1
            crashed = and_(t.run.c.office == self.office, t.run.c.state == "running")
            began, left = iso(datetime.now(UTC)) or "", connection.execute(select(t.run.c.run).where(crashed)).scalars().all()
            connection.execute(update(t.run).where(crashed).values(state="crashed"))
            connection.execute(
                insert(t.run).values(office=self.office, run=number, started_at=began, state="running", as_of=iso(as_of),
                                     period=period, form=form, department=department)
            )  # fmt: skip
            witness.ran(connection, self.office, began, [*left, number])
            return int(number)

    def last_began(self) -> datetime | None:
        """When the last run was begun, by the clock of its machine."""
        r = t.run.c
        with self.reading() as connection:
            found = connection.execute(select(r.started_at).where(r.office == self.office).order_by(r.run.desc()).limit(1)).scalar()
        return datetime.fromisoformat(found) if found else None

    def end_run(
        self, run_id: int, state: str, files_seen: int = 0, files_new: int = 0, cells_read: int = 0, seconds: float = 0, deferred: int = 0,
        also: Callable[[Connection, int], object] | None = None,
    ) -> None:  # fmt: skip
        """``also`` is done in the same transaction, for this office's number: the run has not ended without it."""
        ended = iso(datetime.now(UTC)) or ""
        with self.engine.begin() as connection:
            self._lock(connection)
            connection.execute(
                update(t.run).where(t.run.c.office == self.office, t.run.c.run == run_id).values(
                    finished_at=ended, state=state, files_seen=files_seen, files_new=files_new,
                    cells_read=cells_read, seconds=f"{seconds:.1f}", deferred=deferred,
                )
            )  # fmt: skip
            witness.ran(connection, self.office, ended, [run_id])
            if also is not None:
                also(connection, self.office)

    def runs(self) -> list[RunRow]:
        """Every run that was begun, oldest first."""
        r = t.run.c
        columns = (r.run, r.started_at, r.finished_at, r.state, r.as_of, r.period, r.form, r.department, r.files_new, r.deferred)
        with self.reading() as connection:
            rows = connection.execute(select(*columns).where(r.office == self.office).order_by(r.run)).all()
        return [
            RunRow(n, datetime.fromisoformat(began), datetime.fromisoformat(ended) if ended else None, state, datetime.fromisoformat(as_of), *rest)
            for n, began, ended, state, as_of, *rest in rows
        ]

    def written(self, period: str) -> str | None:
        """The digest of what this period's outputs were last written from."""
        w = t.written.c
        with self.reading() as connection:
            found = connection.execute(select(w.digest).where(w.office == self.office, w.period == period)).scalar()
        return str(found) if found is not None else None

    def note_written(self, period: str, digest: str) -> None:
        w = t.written.c
        with self.engine.begin() as connection:
            self._lock(connection)
            connection.execute(delete(t.written).where(w.office == self.office, w.period == period))
            connection.execute(insert(t.written).values(office=self.office, period=period, digest=digest))

    # --- loading ---------------------------------------------------------------------------------------

    def load(self, submission: Submission, at: datetime) -> int:
        """One submission in one transaction; the same load key again changes nothing. ``at``: when we knew it."""
        return self.load_all([submission], at)[0]

    def load_all(self, submissions: Sequence[Submission], at: datetime) -> list[int]:
        """Several submissions in one transaction, all of them or none; their numbers. What an earlier load found is kept."""
        with self.engine.begin() as connection:
            self._lock(connection)
            return loading.load_all(connection, self.office, submissions, iso(at) or "")

    # --- what was received ------------------------------------------------------------------------------

    def known_files(self) -> list[KnownFile]:
        """Every file ever received, in no order."""
        with self.reading() as connection:
            return received.known_files(connection, self.office)

    def submissions(self) -> list[SubmissionRow]:
        """Everything ever loaded, sorted by path and content, as its latest load reads it."""
        with self.reading() as connection:
            return received.submissions(connection, self.office)

    def readings(self, ids: Iterable[int], unlike: Mapping[int, int] = MappingProxyType({})) -> dict[int, list[Reading]]:
        """The readings of these submissions, each in the order of its sheet; of one ``unlike`` another, without those that the other has too."""
        with self.reading() as connection:
            return received.readings(connection, self.office, ids, unlike)

    def entries(self, ids: Iterable[int]) -> dict[int, list[Entry]]:
        """The ledger entries of these submissions, each in row order."""
        with self.reading() as connection:
            return received.entries(connection, self.office, ids)

    def sha256_of(self, number: int) -> str:
        """Hash under which a submission's bytes lie in the archive."""
        s = t.submission.c
        with self.reading() as connection:
            return str(connection.execute(select(s.sha256).where(s.office == self.office, s.submission == number)).scalar_one())

    # --- what is shown, or was --------------------------------------------------------------------------

    def as_known(self, moment: datetime) -> Warehouse:
        """The same warehouse as it was known then: figures, readings in force and standings; not what is owed."""
        then = copy(self)
        then.known_at = iso(moment)
        return then

    def shown_then(self, known_from: ColumnElement[str], known_to: ColumnElement[str | None]) -> ColumnElement[bool]:
        """Whether a row that was so from one time to another is, or was, shown."""
        if self.known_at is None:
            return known_to.is_(None)
        return and_(known_from <= self.known_at, or_(known_to.is_(None), known_to > self.known_at))

    def publication(self) -> Publication | None:
        """The state that is shown, or was shown at the time this warehouse is known at."""
        p = t.publication.c
        query = select(t.publication).where(p.office == self.office).order_by(p.publication.desc()).limit(1)
        with self.reading() as connection:
            row = connection.execute(query if self.known_at is None else query.where(p.known_from <= self.known_at)).first()
            now = connection.execute(select(t.meta.c.computed_at).where(t.meta.c.office == self.office)).scalar()
        if row is None:
            return None
        as_of = datetime.fromisoformat(row.as_of if self.known_at or now is None else now)
        return Publication(row.publication, row.state, row.inputs, datetime.fromisoformat(row.known_from), as_of, row.wanted, row.catalogue)

    def shown(self) -> Shown | None:
        """The state that is shown, as the next one needs it; None before the first."""
        with self.reading() as connection:
            return shown(connection, self.office)

    def figures(self, period: str) -> dict[str, Figure]:
        """indicator → the published figure of this period, with its lineage."""
        found: list[tuple[Table, Table, ColumnElement[bool] | None]] = [(t.figure, t.lineage, None)]
        if self.known_at is not None:
            now, past = t.figure.c.known_from <= self.known_at, t.figure_past.c
            found = [(t.figure, t.lineage, now), (t.figure_past, t.lineage_past, and_(past.known_from <= self.known_at, past.known_to > self.known_at))]
        result: dict[str, Figure] = {}
        with self.reading() as connection:
            for figures, lineage, when in found:
                f, rests = figures.c, lineage.c
                query = select(figures).where(f.office == self.office, f.period == period, *([] if when is None else [when]))
                rows = connection.execute(query).mappings().all()
                since = {row["indicator"]: row["known_from"] for row in rows}
                on: dict[str, list[LineageRow]] = defaultdict(list)
                columns = [rests[name] for name in (*_LINEAGE, *(["known_from"] if lineage is t.lineage_past else []))]
                mine = (rests.office == self.office, rests.indicator.in_(sorted(since)), rests.period == period)  # by period alone every row would be gone through
                for row in drivers_own(connection, select(*columns).where(*mine).order_by(rests.indicator, rests.seq)):
                    if row[len(_LINEAGE) :] in ((), (since[row[0]],)):
                        on[row[0]].append(_row(LineageRow, row[: len(_LINEAGE)]))
                result |= {row["indicator"]: log.figure_row(row, tuple(on[row["indicator"]])) for row in rows}
        return result

    def owed(self) -> list[Due]:
        """What is due and has not come, in the published state."""
        m = t.missing.c
        with self.reading() as connection:
            rows = connection.execute(select(m.form, m.department, m.period, m.due_at).where(m.office == self.office).order_by(m.period, m.form))
            return [Due(form, department, period, datetime.fromisoformat(due)) for form, department, period, due in rows]

    def standing(self) -> list[StandingRow]:
        """Every published submission with its state, and the first sentence of what was refused about it."""
        f, s, i = t.submission.c, t.standing.c, t.issue.c
        shown = self.shown_then(s.known_from, s.known_to)
        here = and_(i.office == self.office, i.gone_at.is_(None), i.action.in_(("refuse_file", "refuse_sheet", "refuse_cell")))
        with self.reading() as connection:
            rows = drivers_own(
                connection,
                select(s.submission, s.form, s.department, s.period, s.state, f.path, f.modified, s.due_at, s.days_late)
                .join_from(t.standing, t.submission, and_(f.office == s.office, f.submission == s.submission))
                .where(s.office == self.office, shown).order_by(s.period, s.form, f.modified, f.path),
            )  # fmt: skip
            issues = drivers_own(
                connection,
                select(i.submission, i.message).join_from(t.issue, t.standing, and_(s.office == i.office, s.submission == i.submission))
                .where(here, shown, or_(i.load == 0, i.load == s.load)).order_by(i.submission, i.load == 0, i.seq),
            )  # fmt: skip
        reasons: dict[int, list[str]] = defaultdict(list)
        for number, message in issues:
            reasons[number].append(message)
        return [StandingRow(*[*row, tuple(reasons.get(row[0], ()))]) for row in rows]

    def open_issues(self) -> dict[int, list[Issue]]:
        """submission → what is open about it, in the order it was found."""
        i, s = t.issue.c, t.standing.c
        query = (
            select(i.submission, i.code, i.action, i.message, i.sheet, i.cell, i.found, i.expected)
            .join_from(t.issue, t.standing, and_(s.office == i.office, s.submission == i.submission, s.known_to.is_(None)))
            .where(i.office == self.office, i.closed_at.is_(None), i.gone_at.is_(None), or_(i.load == 0, i.load == s.load))
            .order_by(i.submission, i.load == 0, i.seq)
        )  # fmt: skip
        result: dict[int, list[Issue]] = defaultdict(list)
        with self.reading() as connection:
            for number, code, action, *rest in drivers_own(connection, query):
                result[number].append(Issue(code, _ACTION[action], *rest))
        return dict(result)

    def state(self) -> str | None:
        """The name of the state that readers see."""
        with self.reading() as connection:
            found = connection.execute(select(t.meta.c.state).where(t.meta.c.office == self.office)).scalar()
        return str(found) if found is not None else None

    def held(self, number: int) -> list[tuple[str, str]]:
        """(sheet, cell) of this submission that wait for a word of the office, in the published state."""
        h, s = t.hold.c, t.standing.c
        query = _waiting_for(select(h.sheet, h.cell)).where(s.office == self.office, s.submission == number).order_by(h.sheet, h.cell)
        with self.reading() as connection:
            return [(sheet, cell) for sheet, cell in connection.execute(query)]

    def waiting(self, period: str) -> dict[tuple[str, str], list[str]]:
        """(path, sheet) → cells that wait for a word of the office, in the hand-ins of a period."""
        h, s, f = t.hold.c, t.standing.c, t.submission.c
        query = (
            _waiting_for(select(f.path, h.sheet, h.cell)).join(t.submission, and_(f.office == s.office, f.submission == s.submission))
            .where(s.office == self.office, s.period == period).order_by(f.path, h.sheet, h.cell)
        )  # fmt: skip
        result: dict[tuple[str, str], list[str]] = defaultdict(list)
        with self.reading() as connection:
            for path, sheet, cell in connection.execute(query):
                result[path, sheet].append(cell)
        return dict(result)

    def rows(self, view: str, moment: datetime | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
        """(columns, rows) of an ``out_`` view, now or as known then. Raises KeyError for a view that is not there, or keeps no past."""
        name = view if moment is None else f"{view}_history"
        if name not in statements("views"):
            raise KeyError(view)
        then = "" if moment is None else " WHERE known_from <= :t AND (known_to IS NULL OR known_to > :t)"
        with self.reading() as connection:
            result = connection.execute(text(f"SELECT * FROM {name}{then}"), {"t": iso(moment)} if moment else {})
            return list(result.keys()), [tuple(row) for row in result]

    # --- the office's own words -------------------------------------------------------------------------

    def adjustments(self) -> list[Adjustment]:
        """Every word of the office, in the order they were said; those about a cell with what was read there then."""
        with self.reading() as connection:
            return words.all_said(connection, self.office)

    def adjust(self, adjustment: Adjustment) -> int:
        """Keep one more, as a link of the log; its number. Nothing is ever taken out."""
        with self.engine.begin() as connection:
            self._lock(connection)
            return words.keep(connection, self.office, adjustment)

    # --- publishing ------------------------------------------------------------------------------------

    def publish(
        self, published: Published, units: Units, indicators: Iterable[IndicatorRow], at: datetime, known: datetime | None = None,
        basis: int | None = None,
    ) -> bool:  # fmt: skip
        """Show one finished state, in one transaction; False and nothing written when it is the one shown already.

        ``indicators``: (id, title, section, kind, unit). ``at``: the time the state speaks from; ``known``: when we came
        to know it (default: then). Raises Outdated when the log has more than ``basis`` links: the state was computed
        from less than there is by now.
        """
        with self.engine.begin() as connection:
            self._lock(connection)
            changed = show(connection, self.office, published, units, indicators, at, known or at, basis)
        if changed:
            count_rows(self.engine, self.office)
        return changed

    def grow_late(self, missing: Sequence[Due], at: datetime) -> None:
        """The state shown stands; what is missing is later by the days that have passed. Writes only where a day has."""
        with self.engine.begin() as connection:
            self._lock(connection)
            grow_late(connection, self.office, missing, at)

    # --- the log ----------------------------------------------------------------------------------------

    def first_broken(self) -> Broken | None:
        """The first link of the log that does not hold: chain and rows, cells of loads, what was published, and all else that is shown."""
        with self.reading() as connection:
            return self.first_broken_in(connection)

    def first_broken_in(self, connection: Connection) -> Broken | None:
        """As one transaction sees it."""
        return (
            log.chain_broken(connection, self.office) or log.receipts_astray(connection, self.office)
            or loading.first_altered(connection, self.office) or log.publications_broken(connection, self.office)
            or witness.first_unvouched(connection, self.office) or spells.first_astray(connection, self.office)
        )  # fmt: skip

    def log_end(self) -> tuple[int, str]:
        """(links, the last of them)."""
        with self.reading() as connection:
            return log.last_link(connection, self.office)

    def log_lacks(self, seq: int, link: str) -> bool:
        """Whether a link that was written down elsewhere is not in the log any more."""
        with self.reading() as connection:
            return log.end_missing(connection, self.office, seq, link)

    def path_of(self, broken: Broken) -> str:
        """The file a broken receipt or load speaks of, as far as it is known."""
        f, s = t.load.c, t.submission.c
        with self.reading() as connection:
            mine = select(f.submission).where(f.office == self.office, f.load == broken.subject)
            found = connection.execute(select(s.path).where(s.office == self.office, s.submission.in_(mine.union(select(literal(broken.subject)))))).scalar()
        return str(found or "")


def _waiting_for(query: Select[Any]) -> Select[Any]:
    h, s = t.hold.c, t.standing.c
    same = and_(s.office == h.office, s.submission == h.submission, s.known_from == h.known_from)
    return query.join_from(t.hold, t.standing, same).where(s.known_to.is_(None), h.held == 1, h.adjusted.is_(None))


_LINEAGE = ("indicator", "period", "unit_code", "source_period", "value", "submission", "sheet", "cells", "part")
"""The columns of a LineageRow."""
_row = tuple.__new__
"""A named row of so many values, without a call of Python's a row."""
_ACTION = {action.value: action for action in Action}
