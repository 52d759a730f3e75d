"""The schema can be distributed by office: nothing is unique without it, and no view joins or counts across offices unawares."""

from __future__ import annotations

import psycopg
import pytest
import sqlglot
from sqlglot import exp

from connectors.warehouse import upgrade
from connectors.warehouse.engine import make_engine
from sql.objects import make_grantees, statements

EVERYWHERE = {
    "alembic_version": "one row: the version of the schema itself",
    "office": "the list of offices, by number and by name; every machine keeps all of it",
    "grantee": "who may read which office; asked by role before any office is known, so every machine keeps all of it",
}
"""Tables that are not distributed, and why."""


@pytest.fixture
def connection(postgres_url):
    upgrade(postgres_url)
    engine = make_engine(postgres_url)
    with engine.begin() as made:
        make_grantees(made)
    engine.dispose()
    with psycopg.connect(postgres_url) as opened:
        yield opened


def tables(connection):
    return {name for (name,) in connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace")}


@pytest.mark.postgres
def test_every_key_begins_with_the_office(connection):
    keys = connection.execute(
        """SELECT t.relname, i.relname, a.attname FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0] WHERE t.relnamespace = current_schema()::regnamespace"""
    ).fetchall()
    begins = {(table, index): column for table, index, column in keys if table not in EVERYWHERE}
    assert {table for table, _ in begins} == tables(connection) - set(EVERYWHERE)
    assert {key: column for key, column in begins.items() if column != "office"} == {}


@pytest.mark.postgres
def test_the_database_itself_takes_the_tables_split_by_office(connection):
    """PostgreSQL refuses a partitioned table with a unique key that leaves the partition's column out, as Citus does."""
    for table in sorted(tables(connection) - set(EVERYWHERE)):
        connection.execute(f'CREATE TABLE "split_{table}" (LIKE "{table}" INCLUDING ALL) PARTITION BY HASH (office)')
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="partition"):
        connection.execute("CREATE TABLE split_grantee (office INTEGER, role TEXT PRIMARY KEY) PARTITION BY HASH (office)")


@pytest.mark.postgres
def test_no_row_points_to_another_table_by_a_foreign_key_without_the_office(connection):
    found = connection.execute(
        """SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = conrelid AND a.attnum = ANY (conkey) AND a.attname = 'office')"""
    ).fetchall()
    assert found == []


def offices_tied(condition):
    """Pairs of names whose office the condition makes equal."""
    tied = set()
    for equal in condition.find_all(exp.EQ) if condition is not None else ():
        left, right = equal.this, equal.expression
        if isinstance(left, exp.Column) and isinstance(right, exp.Column) and left.name == right.name == "office":
            tied.add(frozenset((left.table, right.table)))
    return tied


def loose(sql):
    """What a query would have to look for on all machines at once."""
    tree = sqlglot.parse_one(sql, read="postgres")
    found = [f"{join.this.alias_or_name} is joined without its office" for join in tree.find_all(exp.Join)
             if not any(join.this.alias_or_name in pair and len(pair) == 2 for pair in offices_tied(join.args.get("on")))]  # fmt: skip
    for inner in tree.find_all(exp.Exists, exp.In, exp.Subquery):
        query = inner.this if isinstance(inner, exp.Exists | exp.Subquery) else inner.args.get("query")
        query = query.this if isinstance(query, exp.Subquery) else query
        if isinstance(query, exp.Select) and not isinstance(inner.parent, exp.From | exp.Join) and not offices_tied(query.args.get("where")):
            found.append(f"a query in {inner.parent.sql()[:60]} does not say of which office")
    for window in tree.find_all(exp.Window):
        if "office" not in {column.name for part in window.args.get("partition_by") or () for column in part.find_all(exp.Column)}:
            found.append(f"{window.sql()[:60]} runs over all offices")
    for grouped in tree.find_all(exp.Group):
        if "office" not in {column.name for column in grouped.find_all(exp.Column)}:
            found.append(f"{grouped.sql()[:60]} adds up over all offices")
    return found


@pytest.mark.parametrize("folder", ["views", "checks"])
def test_every_query_stays_within_an_office(folder):
    assert {name: loose(sql) for name, sql in statements(folder).items() if loose(sql)} == {}


@pytest.mark.parametrize("sql", [
    "SELECT 1 FROM reading r JOIN standing s ON s.load = r.submission",
    "SELECT 1 FROM reading r, standing s WHERE s.office = r.office",
    "SELECT 1 FROM reading r WHERE EXISTS (SELECT 1 FROM hold h WHERE h.sheet = r.sheet)",
    "SELECT row_number() OVER (PARTITION BY r.submission) FROM reading r",
    "SELECT r.submission, count(*) FROM reading r GROUP BY r.submission",
])  # fmt: skip
def test_a_query_that_does_not_is_found(sql):
    assert loose(sql)
