"""What the log vouches for beside its rows: issues, what is shown from small tables, runs, messages, what was let go or printed, the views.

Links over more than one row: ``found`` (the issues of the loads since the link before it), ``said`` (how issues began and
ceased to be shown since then), ``present``, ``kept`` and ``printed`` (whole small tables; the last link counts), ``read`` (an
known file was read again: which of its readings counts, and under which key, so that a night passes no file over that it should
read), ``let_go`` (the cells of a load that keep when its ledger rows go), ``run`` (a run as it began, ended or crashed; the last
link counts) and ``message`` (what a message says, to whom). Migrations 0009 and 0010 made the first of each for what was there.

Not vouched for, and why: a run or message that is gone, for old ones are let go without a link (only the last run must be there);
how often and when a message was tried, and whether it arrived (``outbox.state``): it changes with every try, and whoever may write
there can as well keep the machine from the network; ``let_go.at``, which nothing reads; ``written``, which only says whether outputs
have to be written again; how many days late something is, which follows from the time of the state; in which order what is said of
one hand-in is listed (``issue.seq``).
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, func, select

from catalog.observations import Reading, content_of
from connectors.warehouse import log
from connectors.warehouse import tables as t
from connectors.warehouse.log import Broken, line
from connectors.warehouse.rows import days_late, message_number
from sql.objects import defined, statements

_TOLD = ("submission", "load", "issue_id", "code", "action", "sheet", "cell", "found", "expected", "message", "first_seen")
"""What an issue says; it never changes."""
_PRESENT: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (t.missing, ("form", "period", "department", "due_at")), (t.unit, ("unit_code", "name", "kind", "valid_from", "valid_to", "merged_into")),
    (t.indicator, ("indicator", "title", "section", "kind", "unit")), (t.contradiction, ("indicator", "other", "period", "value", "other_value")),
    (t.reported, ("indicator", "period", "value", "status")), (t.word, ("adjustment", "state")), (t.meta, ("contract", "state")),
)  # fmt: skip
"""Replaced with every publication; how late it is and the time it speaks from go on between two (:func:`_days_astray`)."""
_KEPT = ((t.kept_figure, tuple(c.name for c in t.kept_figure.columns if c.name != "office")),)
_PRINTED = ((t.printed, tuple(c.name for c in t.printed.columns if c.name != "office")),)
MESSAGE = ("key", "channel", "kind", "about", "subject", "body", "created_at")
_WHOLE: Mapping[str, Sequence[tuple[Table, tuple[str, ...]]]] = {"present": _PRESENT, "kept": _KEPT, "printed": _PRINTED}


# --- links -------------------------------------------------------------------------------------------------


def found(connection: Connection, office: int, at: str, loads: int, issues: Iterable[Mapping[str, Any]]) -> None:
    """The issues of the loads that were just written down, with nothing between."""
    told = sorted(([row[name] for name in _TOLD] for row in issues), key=lambda row: row[:3])
    digest = hashlib.sha256()
    for row in told:
        digest.update(f"{line('found', row)}\n".encode())
    log.extend(connection, office, at, [("found", loads, digest.hexdigest())])


def shown(connection: Connection, office: int, since: str, publication: int) -> None:
    """What is said and shown from ``since`` on, when all of it is written."""
    said = _together(text for when, text in _spells(connection, office, since) if when == since)
    log.extend(connection, office, since, [("said", publication, said), ("present", publication, _whole(connection, office, "present"))])


def vouched_for(connection: Connection, office: int) -> bool:
    """Whether what is replaced with every publication is what the last one wrote."""
    g = t.log.c
    last = connection.execute(select(g.digest).where(g.office == office, g.kind == "present").order_by(g.seq.desc()).limit(1)).scalar()
    return last is not None and last == _whole(connection, office, "present")


def whole(connection: Connection, office: int, at: str, kind: str, subject: int) -> None:
    """``kept`` or ``printed`` as it is now."""
    log.extend(connection, office, at, [(kind, subject, _whole(connection, office, kind))])


def read_again(submission: int, load: int, load_key: str) -> tuple[str, int, str]:
    return "read", load, _joined("read", [submission, load, load_key])


def ran(connection: Connection, office: int, at: str, runs: Iterable[int]) -> None:
    """These runs as they stand now."""
    r = t.run.c
    rows = connection.execute(select(t.run).where(r.office == office, r.run.in_(list(runs))).order_by(r.run)).all()
    log.extend(connection, office, at, [("run", row.run, _joined("run", row[1:])) for row in rows])


def queued(connection: Connection, office: int, at: str, messages: Sequence[tuple[str, ...]]) -> None:
    """What these new messages say, each as ``MESSAGE`` names it."""
    log.extend(connection, office, at, [("message", message_number(*row[:2]), _joined("message", row)) for row in messages])


def keeps(connection: Connection, office: int, at: str, submissions: Iterable[int]) -> None:
    """What keeps of hand-ins whose ledger rows were let go: the cells of each of their loads."""
    f = t.load.c
    loads = connection.execute(select(f.load).where(f.office == office, f.submission.in_(list(submissions))).order_by(f.load)).scalars().all()
    log.extend(connection, office, at, [("let_go", load, _cells(connection, office, load)) for load in loads])


def _spells(connection: Connection, office: int, since: str = "") -> Iterator[tuple[str, str]]:
    """(when, line) of every issue that began or ceased to be shown then; with ``since`` those of then."""
    i, p = t.issue.c, t.issue_past.c
    told = [i[name] for name in _TOLD]
    now = select(i.known_from, *told, i.closed_at).where(i.office == office, i.gone_at.is_(None), i.known_from != "")
    for when, *rest in connection.execute(now.where(i.known_from == since) if since else now):
        yield when, line("issue", rest)
    same = and_(i.office == p.office, i.submission == p.submission, i.load == p.load, i.issue_id == p.issue_id)
    past = select(p.known_from, p.known_to, *told, p.closed_at).join_from(t.issue_past, t.issue, same).where(p.office == office)
    for began, until, *rest in connection.execute(past.where(p.known_to == since) if since else past):
        if began:
            yield began, line("issue", rest)
        yield until, line("issue gone", rest[:3])


def _whole(connection: Connection, office: int, kind: str) -> str:
    return _together(
        line(table.name, row)
        for table, names in _WHOLE[kind]
        for row in connection.execute(select(*(table.c[name] for name in names)).where(table.c.office == office))
    )


def _cells(connection: Connection, office: int, load: int) -> str:
    """Over the cells of a load, and its ledger rows of which there are none any more."""
    r, e = t.reading.c, t.entry.c
    rows = connection.execute(select(t.reading).where(r.office == office, r.submission == load).order_by(r.seq)).all()
    left = connection.execute(select(func.count()).select_from(t.entry).where(e.office == office, e.submission == load)).scalar()
    return _joined("let_go", [load, content_of([Reading(*row[3:]) for row in rows], ()), left])


def _together(lines: Iterable[str]) -> str:
    """One hash over lines in any order: over their own hashes, sorted. Those that begin alike lie side by side, as many as there may be."""
    alike = [bytearray() for _ in range(256)]
    for one in lines:
        digest = hashlib.sha256(one.encode()).digest()
        alike[digest[0]] += digest
    whole = hashlib.sha256()
    for some in alike:
        whole.update(b"".join(sorted(some[at : at + 32] for at in range(0, len(some), 32))))
    return whole.hexdigest()


def _joined(kind: str, values: Iterable[Any]) -> str:
    return hashlib.sha256(line(kind, values).encode()).hexdigest()


# --- do they hold? -----------------------------------------------------------------------------------------


def first_unvouched(connection: Connection, office: int) -> Broken | None:
    """The first of these links that does not hold; the chain itself and the rows of the log are asked before."""
    links = connection.execute(select(t.log).where(t.log.c.office == office).order_by(t.log.c.seq)).all()
    broken = [
        one for check in (_found_astray, _said_astray, _read_astray, _runs_astray, _messages_astray, _let_go_astray, _whole_astray) if (one := check(connection, office, links)) is not None
    ]  # fmt: skip
    if broken:
        return min(broken, key=lambda one: one.seq)
    return _days_astray(connection, office) or _views_astray(connection) or _triggered(connection)


def _found_astray(connection: Connection, office: int, links: Sequence[Row[Any]]) -> Broken | None:
    group: dict[int, int] = {}
    loads: list[int] = []
    of = [link for link in links if link.kind == "found"]
    number = 0
    for link in links:
        if link.kind == "load":
            loads.append(link.subject)
        elif link.kind == "found":
            group |= dict.fromkeys(loads, number)
            loads, number = [], number + 1
    digests = [hashlib.sha256() for _ in of]
    i = t.issue.c
    query = select(*(i[name] for name in _TOLD)).where(i.office == office, i.load != 0).order_by(i.submission, i.load, i.issue_id)
    for row in connection.execute(query.execution_options(yield_per=10_000)):
        if row.load not in group:
            return Broken(0, "found", row.load, "有问题条目不属于任何读入")
        digests[group[row.load]].update(f"{line('found', row)}\n".encode())
    for link, digest in zip(of, digests, strict=True):
        if digest.hexdigest() != link.digest:
            return Broken(link.seq, "found", link.subject, "读入时查出的问题被改动、添加或删除")
    return None


def _said_astray(connection: Connection, office: int, links: Sequence[Row[Any]]) -> Broken | None:
    i, p = t.issue.c, t.issue_past.c
    of = [link for link in links if link.kind == "said"]
    times = [link.at for link in of]
    lines: list[list[str]] = [[] for _ in of]
    for when, text in _spells(connection, office):
        place = bisect_left(times, when)
        if place == len(times):
            return Broken(0, "said", 0, f"有问题条目自 {when} 起算，那时没有发布过")
        lines[place].append(text)
    for link, told in zip(of, lines, strict=True):
        if _together(told) != link.digest:
            return Broken(link.seq, "said", link.subject, "所说的问题或其关闭情况被改动、添加或删除")
    first = select(func.count()).select_from(t.issue).where(i.office == office, i.known_from == "", (i.load == 0) | i.closed_at.is_not(None) | i.gone_at.is_not(None))
    past = select(func.count()).select_from(t.issue_past).where(p.office == office, p.known_from == "", (p.load == 0) | p.closed_at.is_not(None))
    if any(connection.execute(query).scalar() for query in (first, past)):
        return Broken(0, "said", 0, "有问题条目没有发布就被关闭")
    same = and_(i.office == p.office, i.submission == p.submission, i.load == p.load, i.issue_id == p.issue_id)
    if connection.execute(select(func.count()).select_from(t.issue_past).where(p.office == office, ~select(i.seq).where(same).exists())).scalar():
        return Broken(0, "said", 0, "有以前的关闭情况不属于任何问题条目")
    return None


def _read_astray(connection: Connection, office: int, links: Sequence[Row[Any]]) -> Broken | None:
    s, f = t.submission.c, t.load.c
    whose = {row.load: row.submission for row in connection.execute(select(f.load, f.submission).where(f.office == office))}
    last = {whose[link.subject]: link for link in links if link.kind in ("load", "read") and link.subject in whose}
    for link in links:
        if link.kind == "read" and link.subject not in whose:
            return Broken(link.seq, "read", link.subject, "这一次读入不见了")
    rows = select(s.submission, s.load, s.load_key, f.load_key.label("first")).join_from(t.submission, t.load, and_(f.office == s.office, f.load == s.load))
    for row in connection.execute(rows.where(s.office == office).order_by(s.submission)):
        latest = last.get(row.submission)
        if latest is None or latest.subject != row.load:
            return Broken(latest.seq if latest is not None else 0, "receipt", row.submission, "它指向的不是最近一次读入")
        if row.load_key != row.first if latest.kind == "load" else latest.digest != read_again(row.submission, row.load, row.load_key)[2]:
            return Broken(latest.seq, "receipt", row.submission, "记下的读入依据被改动")
    return None


def _runs_astray(connection: Connection, office: int, links: Sequence[Row[Any]]) -> Broken | None:
    last = {link.subject: link for link in links if link.kind == "run"}
    rows = {row.run: row for row in connection.execute(select(t.run).where(t.run.c.office == office).order_by(t.run.c.run))}
    for number, row in rows.items():
        known = last.get(number)
        if known is None or known.digest != _joined("run", row[1:]):
            return Broken(known.seq if known is not None else 0, "run", number, "运行记录被改动或添加")
    gone = max(last, default=0)
    return Broken(last[gone].seq, "run", gone, "最近一次运行的记录不见了") if gone and gone not in rows else None


def _messages_astray(connection: Connection, office: int, links: Sequence[Row[Any]]) -> Broken | None:
    known = {(link.subject, link.digest): link for link in links if link.kind == "message"}
    seq = {link.subject: link.seq for link in known.values()}
    o = t.outbox.c
    for row in connection.execute(select(*(o[name] for name in MESSAGE)).where(o.office == office).order_by(o.created_at, o.key, o.channel)):
        number = message_number(row.key, row.channel)
        if (number, _joined("message", row)) not in known:
            return Broken(seq.get(number, 0), "message", 0, f"“{row.subject}”被改动或添加")
    return None


def _let_go_astray(connection: Connection, office: int, links: Sequence[Row[Any]]) -> Broken | None:
    f, g = t.load.c, t.let_go.c
    same = and_(g.office == f.office, g.submission == f.submission)
    rows = connection.execute(select(f.load, f.submission, g.submission.label("gone")).join_from(t.load, t.let_go, same, isouter=True).where(f.office == office)).all()
    last = {link.subject: link for link in links if link.kind == "let_go"}
    for row in sorted(rows, key=lambda row: row.load):
        link = last.get(row.load)
        if row.gone is not None and link is None:
            return Broken(0, "let_go", row.submission, "日志里没有“到期删除”这一条")
        if row.gone is None and link is not None:
            return Broken(link.seq, "let_go", row.submission, "到期删除的记录不见了")
        if link is not None and _cells(connection, office, row.load) != link.digest:
            return Broken(link.seq, "let_go", row.submission, "到期删除后留下的数据被改动")
    unknown = connection.execute(select(func.min(g.submission)).where(g.office == office, g.submission.not_in(select(f.submission).where(f.office == office)))).scalar()
    return None if unknown is None else Broken(0, "let_go", unknown, "日志里没有“到期删除”这一条")


_NAMES = {"present": "应报未报、单位、指标、口径矛盾、核定情况或状态", "kept": "到期删除前记下的汇总数", "printed": "初稿印过的数"}


def _whole_astray(connection: Connection, office: int, links: Sequence[Row[Any]]) -> Broken | None:
    for kind in _WHOLE:
        last = next((link for link in reversed(links) if link.kind == kind), None)
        if _whole(connection, office, kind) != (last.digest if last is not None else _together(())):
            seq, subject = (last.seq, last.subject) if last is not None else (0, 0)
            return Broken(seq, kind, subject, f"{_NAMES[kind]}被改动、添加或删除")
    return None


def _days_astray(connection: Connection, office: int) -> Broken | None:
    """What is missing is as late as the time of the state says."""
    m = t.missing.c
    at = connection.execute(select(t.meta.c.computed_at).where(t.meta.c.office == office)).scalar()
    try:
        datetime.fromisoformat("2020-01-01T00:00:00+00:00" if at is None else at)
    except ValueError:
        return Broken(0, "present", 0, "状态时间被改动")
    for row in connection.execute(select(m.form, m.period, m.due_at, m.days_late).where(m.office == office).order_by(m.period, m.form)):
        if at is None or row.days_late != days_late(datetime.fromisoformat(row.due_at), datetime.fromisoformat(at)):
            return Broken(0, "present", 0, f"{row.form} {row.period} 迟报天数与状态时间不符")
    return None


# --- views -------------------------------------------------------------------------------------------------


def _views_astray(connection: Connection) -> Broken | None:
    """The first view that answers otherwise than this program makes it."""
    wanted = statements("views")
    if connection.dialect.name == "sqlite":
        there = dict(connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'view'").tuples().all())
        astray = [name for name, body in wanted.items() if there.get(name) != f"CREATE VIEW {name} AS\n{body}".rstrip()]
    else:
        there = dict(connection.exec_driver_sql("SELECT viewname, definition FROM pg_views WHERE schemaname = current_schema()").tuples().all())
        astray = [name for name, body in wanted.items() if there.get(name) != _as_the_server_writes(connection, defined(connection, body))]
    return Broken(0, "view", 0, f"视图 {astray[0]} 被改动或删除") if astray else None


_TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": "SELECT g.tgname FROM pg_trigger g JOIN pg_class k ON k.oid = g.tgrelid WHERE NOT g.tgisinternal AND "
                  "k.relnamespace = current_schema()::regnamespace UNION ALL SELECT rulename FROM pg_rules WHERE schemaname = current_schema() ORDER BY 1",
}  # fmt: skip


def _triggered(connection: Connection) -> Broken | None:
    """This program makes no trigger: one that alters what is written would have the log vouch for it."""
    names = connection.exec_driver_sql(_TRIGGERS[connection.dialect.name]).scalars().all()
    return Broken(0, "view", 0, f"数据库里有不是本程序所建的触发器或规则 {names[0]}，它会改动以后写入的数据，请先删去") if names else None


def _as_the_server_writes(connection: Connection, body: str) -> str:
    with connection.begin_nested() as nested:
        connection.exec_driver_sql(f"CREATE TEMPORARY VIEW huizong_verify AS\n{body}")
        made = connection.exec_driver_sql("SELECT pg_get_viewdef('huizong_verify'::regclass)").scalar()
        nested.rollback()
    return str(made)
