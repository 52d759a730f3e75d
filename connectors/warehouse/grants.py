"""Who may see what, on PostgreSQL: a reader of the out_ views, and one for each department that sees its own rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from catalog.said import Said
from connectors.warehouse.store import Warehouse
from sql.objects import bind_grants, make_grantees

_NAME_BYTES = 63


class NoServer(Said):
    """The warehouse is a file: the operating system says who may read it."""


class MayNotGrant(Said):
    """The database account may not make roles."""


@dataclass(frozen=True, slots=True)
class Granted:
    """Roles without a login, of which people's accounts are made members."""

    reader: str
    departments: Mapping[str, str]
    """department → its role."""


def grant(warehouse: Warehouse, office: str, departments: Mapping[str, Sequence[str]]) -> Granted:
    """Make the roles and bind them; again is the same. ``departments``: department → ids of its indicators.

    Roles are named after database and office: they belong to the whole server, and another database has others.
    Raises :class:`NoServer` on SQLite, :class:`MayNotGrant` where the account may not make roles.
    """
    engine = warehouse.engine
    if engine.dialect.name != "postgresql":
        file = engine.url.database
        raise NoServer(
            f"grants need a PostgreSQL server (warehouse.url); who may read the file {file} is said by its permissions: "
            f"chmod 640 {file} with a group for readers, or hand out copies made by `huizong db export`"
        )
    prefix = f"{engine.url.database}_{office}_"
    granted = Granted(_name(f"{prefix}reader"), {name: _name(prefix + name) for name in sorted(departments)})
    rows = [{"role": granted.reader, "office": warehouse.office, "department": ""}]
    rows += [{"role": role, "office": warehouse.office, "department": name} for name, role in granted.departments.items()]
    owned = [{"office": warehouse.office, "department": name, "indicator": i} for name, ids in departments.items() for i in ids]
    try:
        with engine.begin() as connection:
            make_grantees(connection)
            for table, held in (("grantee", rows), ("grantee_indicator", owned)):
                connection.execute(text(f"DELETE FROM {table} WHERE office = :office"), {"office": warehouse.office})
                if held:
                    names = list(held[0])
                    marks = ", ".join(f":{name}" for name in names)
                    connection.execute(text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"), held)
            bind_grants(connection)
    except ProgrammingError as error:
        reason = str(error.orig).splitlines()[0]
        raise MayNotGrant(f"the account {engine.url.username} may not grant ({reason}); run this once as one with CREATEROLE that owns the tables") from None
    return granted


def _name(wanted: str) -> str:
    """A role's name has at most 63 bytes; a longer one ends in a hash."""
    if len(wanted.encode()) <= _NAME_BYTES:
        return wanted
    tail = hashlib.sha256(wanted.encode()).hexdigest()[:8]
    return wanted.encode()[: _NAME_BYTES - 9].decode(errors="ignore") + "_" + tail
