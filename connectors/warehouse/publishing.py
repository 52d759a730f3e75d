"""Showing one finished state: what changed is written, what it replaces is kept with the time until which it was known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Table, and_, bindparam, delete, insert, select, update

from catalog.observations import Due, Published, Standing
from catalog.units import Units
from connectors.warehouse import log, witness
from connectors.warehouse import tables as t
from connectors.warehouse.engine import bulk_insert
from connectors.warehouse.rows import IN_CHUNK, days_late, iso, iso_day, issue_rows

CONTRACT = "1.0"
IndicatorRow = tuple[str, str, str, str, str]
"""(id, title, section, kind, unit)."""

_ISSUE = [column.name for column in t.issue.columns]


class Outdated(Exception):
    """Something came in, was said or was shown after the state was computed; compute it again."""


def show(
    connection: Connection, office: int, published: Published, units: Units, indicators: Iterable[IndicatorRow], at: datetime, known: datetime,
    basis: int | None = None,
) -> bool:  # fmt: skip
    """Write the state in the caller's transaction and under its lock; False when its inputs are those of the one shown.

    ``at``: the time the state speaks from. ``known``: when we came to know it; never before the state it replaces.
    ``basis``: links of the log when the computing began. Raises :class:`Outdated` when there are more by now.
    """
    if basis is not None and log.last_link(connection, office)[0] != basis:
        raise Outdated
    p = t.publication.c
    last = connection.execute(select(t.publication).where(p.office == office).order_by(p.publication.desc()).limit(1)).first()
    inputs = published.inputs or published.state
    if last is not None and last.inputs == inputs:
        grow_late(connection, office, published.missing, at)
        return False
    moment, since = iso(at) or "", _next_moment(last.known_from if last else None, known)
    rows = list(indicators)
    lines = _stand(connection, office, published, since)
    _say(connection, office, published.standings, moment, since)
    lines += _show_figures(connection, office, published, {row[0]: row[1:] for row in rows}, since)
    _replace(connection, office, t.missing, _late(published.missing, at))
    _replace(connection, office, t.unit, [(u.code, u.name, u.kind, iso_day(u.valid_from), iso_day(u.valid_to), u.merged_into) for u in units.all])
    _replace(connection, office, t.indicator, list(rows))
    _replace(connection, office, t.contradiction, [(c.indicator, c.other, c.period, c.value, c.other_value) for c in published.contradictions])
    _replace(connection, office, t.reported, [(f.indicator, f.period, f.value, str(f.status)) for f in published.reported])
    _replace(connection, office, t.word, list(published.words))
    connection.execute(delete(t.meta).where(t.meta.c.office == office))
    connection.execute(insert(t.meta).values(office=office, contract=CONTRACT, state=published.state, computed_at=moment, basis=published.basis))
    number = int(last.publication if last else 0) + 1
    row = {"publication": number, "state": published.state, "inputs": inputs, "known_from": since, "as_of": moment,
           "wanted": published.wanted, "catalogue": published.catalogue, "content": log.content(lines)}  # fmt: skip
    connection.execute(insert(t.publication).values(office=office, **row))
    log.append(connection, office, since, [("publication", row)])
    witness.shown(connection, office, since, number)
    return True


def _next_moment(last: str | None, known: datetime) -> str:
    """Knowledge goes forward: a state computed as of an earlier time, or after the clock was set back, is known from now."""
    for moment in (known, datetime.now(UTC)):
        found = iso(moment) or ""
        if last is None or found > last:
            return found
    return iso(datetime.fromisoformat(last or "") + timedelta(seconds=1)) or ""


def grow_late(connection: Connection, office: int, missing: Sequence[Due], at: datetime) -> None:
    """The state shown stands; what is missing is later by the days that have passed, and the state speaks from ``at``."""
    if _replace(connection, office, t.missing, _late(missing, at)):
        connection.execute(update(t.meta).where(t.meta.c.office == office).values(computed_at=iso(at)))


def _late(missing: Iterable[Due], at: datetime) -> list[tuple[Any, ...]]:
    """Rows of what is missing: form, period, department, due, days late."""
    return [(d.form, d.period, d.department, iso(d.due_at), days_late(d.due_at, at)) for d in missing]


def _replace(connection: Connection, office: int, table: Table, rows: list[tuple[Any, ...]]) -> bool:
    """Whether there was anything to write."""
    if {(office, *row) for row in rows} == set(map(tuple, connection.execute(select(table).where(table.c.office == office)))):
        return False
    connection.execute(delete(table).where(table.c.office == office))
    bulk_insert(connection, table, [column.name for column in table.columns], [(office, *row) for row in rows])
    return True


# --- standings ---------------------------------------------------------------------------------------------


def _stand(connection: Connection, office: int, published: Published, since: str) -> list[str]:
    """Close the standings that changed and open the new ones; what was done, as lines of the log."""
    s, f, h = t.submission.c, t.load.c, t.hold.c
    spoken_of = [] if published.forms is None else [f.form.in_(published.forms)]
    here = and_(t.standing.c.office == office, t.standing.c.known_to.is_(None), *([] if published.forms is None else [t.standing.c.form.in_(published.forms)]))
    read = {
        row.submission: tuple(row)[1:]
        for row in connection.execute(
            select(s.submission, f.load, f.form, f.department, f.period).join_from(t.submission, t.load, and_(f.office == s.office, f.load == s.load))
            .where(s.office == office, *spoken_of)
        )
    }  # fmt: skip
    shown = {row["submission"]: row for row in connection.execute(select(t.standing).where(here)).mappings()}
    holding: dict[int, set[tuple[str, str, int, str | None]]] = defaultdict(set)
    for number, *hold in connection.execute(
        select(h.submission, h.sheet, h.cell, h.held, h.adjusted)
        .join_from(t.hold, t.standing, and_(t.standing.c.office == h.office, t.standing.c.submission == h.submission, t.standing.c.known_from == h.known_from))
        .where(here)
    ):  # fmt: skip
        holding[number].add(tuple(hold))
    wanted = {
        one.submission_id: (
            (one.submission_id, *read[one.submission_id], str(one.state), one.revision, int(one.current), iso(one.due_at), one.days_late),
            _holds(one),
        )
        for one in published.standings
    }  # fmt: skip
    same = {n for n, row in shown.items() if n in wanted and tuple(row[c] for c in log.STANDING) == wanted[n][0] and holding[n] == wanted[n][1]}
    closed = [n for n in shown if n not in same]
    opened = [n for n in wanted if n not in same]
    if closed:
        mine = and_(t.standing.c.office == office, t.standing.c.submission == bindparam("n"), t.standing.c.known_to.is_(None))
        connection.execute(update(t.standing).where(mine).values(known_to=since), [{"n": n} for n in closed])
    bulk_insert(connection, t.standing, ["office", "known_from", *log.STANDING], [(office, since, *wanted[n][0]) for n in opened])
    holds = [(n, *hold) for n in opened for hold in sorted(wanted[n][1], key=lambda one: one[:2])]
    bulk_insert(connection, t.hold, ["office", "known_from", *log.HOLD], [(office, since, *hold) for hold in holds])
    return [
        *(log.line("standing", wanted[n][0]) for n in opened), *(log.line("hold", hold) for hold in holds),
        *(log.line("standing gone", (n,)) for n in closed),
    ]  # fmt: skip


def _holds(standing: Standing) -> set[tuple[str, str, int, str | None]]:
    adjusted = {(sheet, cell): value for sheet, cell, value in standing.corrected}
    return {(sheet, cell, int((sheet, cell) in standing.held), adjusted.get((sheet, cell))) for sheet, cell in {*standing.held, *adjusted}}


# --- issues ------------------------------------------------------------------------------------------------


def _say(connection: Connection, office: int, standings: Sequence[Standing], moment: str, since: str) -> None:
    """What is said about the hand-ins beside each other is brought to this state; what is answered is closed.

    An issue that no longer holds is kept and not shown; said again, it is the one that was first seen then. How an issue
    was shown until ``since`` moves to the past. So many hand-ins at a time: memory does not grow with their number.
    """
    for start in range(0, len(standings), IN_CHUNK):
        _say_of(connection, office, {one.submission_id: one for one in standings[start : start + IN_CHUNK]}, moment, since)


def _say_of(connection: Connection, office: int, some: Mapping[int, Standing], moment: str, since: str) -> None:
    i = t.issue.c
    columns = (i.submission, i.load, i.issue_id, i.seq, i.action, i.sheet, i.cell, i.closed_at, i.gone_at, i.known_from)
    rows = connection.execute(select(*columns).where(i.office == office, i.submission.in_(list(some)))).all()
    settled = {(row.submission, row.issue_id): row for row in rows if row.load == 0}
    wanted = {(n, row["issue_id"]): row for n, one in some.items()
              for row in (dict(zip(_ISSUE, made, strict=True)) for made in issue_rows(office, n, 0, one.issues, moment, {}, since))}  # fmt: skip
    places = {(n, sheet, cell): iso(when) for n, one in some.items() for sheet, cell, when in one.vouched}

    def closed(n: int, action: str, sheet: str, cell: str) -> str | None:
        return iso(some[n].answered) or (places.get((n, sheet, cell)) if action == "refuse_cell" else None)

    new = [tuple((row | {"closed_at": closed(key[0], row["action"], row["sheet"], row["cell"])}).values()) for key, row in wanted.items() if key not in settled]
    bulk_insert(connection, t.issue, _ISSUE, new)
    mine = and_(i.office == office, i.submission == bindparam("n"), i.load == bindparam("of"), i.issue_id == bindparam("id"))
    again = [{"n": n, "of": 0, "id": name, "place": row["seq"], "since": old.known_from if old.gone_at is None else since}
             for (n, name), row in wanted.items() if (old := settled.get((n, name))) and (old.gone_at is not None or old.seq != row["seq"])]  # fmt: skip
    if again:
        connection.execute(update(t.issue).where(mine).values(gone_at=None, seq=bindparam("place"), known_from=bindparam("since")), again)
    gone = [{"n": n, "of": 0, "id": name} for (n, name), row in settled.items() if (n, name) not in wanted and row.gone_at is None]
    if gone:
        _until(connection, mine, gone, since)
        connection.execute(update(t.issue).where(mine).values(gone_at=moment, known_from=since), gone)
    changed = [
        {"n": row.submission, "of": row.load, "id": row.issue_id, "closed": now} for row in rows
        if (row.load or (row.submission, row.issue_id) in wanted) and (now := closed(row.submission, row.action, row.sheet, row.cell)) != row.closed_at
    ]  # fmt: skip
    if changed:
        _until(connection, mine, changed, since)
        connection.execute(update(t.issue).where(mine).values(closed_at=bindparam("closed"), known_from=since), changed)


def _until(connection: Connection, mine: ColumnElement[bool], each: Sequence[Mapping[str, Any]], since: str) -> None:
    """How these issues were shown so far; one that begins to be shown now has no past."""
    i = t.issue.c
    shown = select(i.office, i.submission, i.load, i.issue_id, i.closed_at, i.known_from, bindparam("until", since)).where(mine, i.known_from < since)
    connection.execute(insert(t.issue_past).from_select([column.name for column in t.issue_past.columns], shown), each)


# --- figures -----------------------------------------------------------------------------------------------


def _show_figures(connection: Connection, office: int, published: Published, titles: Mapping[str, Sequence[str]], since: str) -> list[str]:
    """Only figures that changed are written; what they replace, and those no longer computed, move to the past."""
    f, figures = t.figure.c, published.figures
    known = {
        (r[0], r[1]): tuple(r)[2:]
        for r in connection.execute(select(f.indicator, f.period, f.title, f.section, f.kind, f.unit, f.digest).where(f.office == office))
        if (r[0], r[1]) not in published.standing_figures
    }
    fresh = {(g.indicator, g.period): (*titles.get(g.indicator, ("", "", "", "")), log.figure_digest(g)) for g in figures}
    gone = [key for key in known if fresh.get(key) != known[key]]
    new = [g for g in figures if known.get((g.indicator, g.period)) != fresh[g.indicator, g.period]]
    _move(connection, office, gone, since)
    bulk_insert(connection, t.figure, _FIGURE, [
        (office, g.indicator, *fresh[g.indicator, g.period][:4], g.period, g.value, str(g.status), g.reported_units, g.expected_units,
         g.year_to_date, g.last_year, g.growth_pct, g.growth_source, g.target, g.progress_pct, g.reason, fresh[g.indicator, g.period][4], since)
        for g in new
    ])  # fmt: skip
    bulk_insert(connection, t.lineage, _LINEAGE, [
        (office, g.indicator, g.period, seq, r.unit_code, r.source_period, r.value, r.submission_id, r.sheet, r.cells, r.part)
        for g in new for seq, r in enumerate(g.lineage)
    ])  # fmt: skip
    return [
        *(log.line("figure", (g.indicator, g.period, *fresh[g.indicator, g.period])) for g in new),
        *(log.line("figure gone", key) for key in gone),
    ]


def _move(connection: Connection, office: int, keys: Sequence[tuple[str, str]], until: str) -> None:
    if not keys:
        return
    each = [{"i": indicator, "p": period} for indicator, period in keys]
    f, rests = t.figure.c, t.lineage.c
    figure_is = and_(f.office == office, f.indicator == bindparam("i"), f.period == bindparam("p"))
    lineage_is = and_(rests.office == office, rests.indicator == bindparam("i"), rests.period == bindparam("p"))
    until_then: BindParameter[str] = bindparam("until", until)
    moved = select(*(rests[name] for name in _LINEAGE), f.known_from, until_then)
    joined = moved.join_from(t.lineage, t.figure, and_(f.office == rests.office, f.indicator == rests.indicator, f.period == rests.period))
    connection.execute(insert(t.lineage_past).from_select([*_LINEAGE, "known_from", "known_to"], joined.where(lineage_is)), each)
    connection.execute(insert(t.figure_past).from_select([*_FIGURE, "known_to"], select(*(f[name] for name in _FIGURE), until_then).where(figure_is)), each)
    connection.execute(delete(t.lineage).where(lineage_is), each)
    connection.execute(delete(t.figure).where(figure_is), each)


_FIGURE = [column.name for column in t.figure.columns]
_LINEAGE = [column.name for column in t.lineage.columns]
