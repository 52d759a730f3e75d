"""What the links of the log say nothing of: which end belongs to which beginning, and whose the rows are.

A publication's link covers what was opened and what was closed, not that this was the end of that: with the ends of two spells of
one hand-in, figure or issue exchanged, what was answered long ago would pass for the present. One spell ends before the next
begins, so that the ends fit the beginnings in one way only. And the views show every office's rows: an office that no log
vouches for would be read with ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, null, or_, select, union_all

from connectors.warehouse import log
from connectors.warehouse import tables as t
from connectors.warehouse.log import Broken


def first_astray(connection: Connection, office: int) -> Broken | None:
    """The first hand-in, figure or issue that was two things at one time; the first rows of an office that nobody knows."""
    return _tangled(connection, office) or _stranger(connection)


def _tangled(connection: Connection, office: int) -> Broken | None:
    s, f, p, i, q = t.standing.c, t.figure.c, t.figure_past.c, t.issue.c, t.issue_past.c
    now = null().label("known_to")
    kinds: tuple[tuple[str, str, Sequence[str], Select[Any]], ...] = (
        ("publication", "有报送状态的起止时间被对调", ["submission"], select(s.submission, s.known_from, s.known_to).where(s.office == office)),
        ("publication", "有汇总数的起止时间被对调", ["indicator", "period"],
         _both(select(f.indicator, f.period, f.known_from, now).where(f.office == office), select(p.indicator, p.period, p.known_from, p.known_to).where(p.office == office))),
        ("said", "有问题条目关闭情况的起止时间被对调", ["submission", "load", "issue_id"],
         _both(select(i.submission, i.load, i.issue_id, i.known_from, now).where(i.office == office),
               select(q.submission, q.load, q.issue_id, q.known_from, q.known_to).where(q.office == office))),
    )  # fmt: skip
    for kind, what, key, rows in kinds:
        spell = rows.subquery().c
        after = func.lead(spell.known_from).over(partition_by=[spell[name] for name in key], order_by=spell.known_from).label("after")
        one = select(spell.known_from, spell.known_to, after).subquery().c
        began = connection.execute(select(func.min(one.known_from)).where(_impossible(one))).scalar()
        if began is not None:
            number, seq = _publication_of(connection, office, began)
            return Broken(seq, kind, number, what)
    return None


def _both(now: Select[Any], past: Select[Any]) -> Select[Any]:
    return select(union_all(now, past).subquery())


def _impossible(one: Any) -> ColumnElement[bool]:
    return or_(one.known_to <= one.known_from, and_(one.after.is_not(None), or_(one.known_to.is_(None), one.known_to > one.after)))


def _publication_of(connection: Connection, office: int, known_from: str) -> tuple[int, int]:
    """(number, link) of the publication from which something speaks."""
    p = t.publication.c
    number = connection.execute(select(func.min(p.publication)).where(p.office == office, p.known_from == known_from)).scalar() or 0
    return number, log.place_of(connection, office, "publication", number) if number else 0


def _stranger(connection: Connection) -> Broken | None:
    known = list(connection.execute(select(t.office.c.office)).scalars())
    logged = list(connection.execute(select(t.log.c.office).distinct()).scalars())
    for table in (table for table in t.metadata.sorted_tables if table is not t.office):
        vouched = known if table in (t.log, t.written) else [number for number in known if number in logged]
        if connection.execute(select(literal(1)).select_from(table).where(table.c.office.not_in(vouched)).limit(1)).first():
            return Broken(0, "view", 0, f"表 {table.name} 里有不属于任何单位的数据，读者会把它和本单位的一起读到")
    return None
