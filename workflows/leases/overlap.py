"""No two leases hold one stall on one day: the database itself refuses it, on SQLite and PostgreSQL.

A lease holds its stall from its first day to `held_until`; while that is not known, for good. On
PostgreSQL an exclusion constraint over two ranges, the stall's key and the days: both have their
GiST classes built in, so that no extension is needed and nobody needs the right to install one. On
SQLite triggers, laid again after every migrate, since rebuilding a table drops them, and counted by a check.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE, WALL = "leases_lease", "one_lease_holds_a_stall"

_POSTGRES = (
    f"ALTER TABLE {TABLE} ADD CONSTRAINT {WALL} EXCLUDE USING gist "
    "(int8range(stall_id, stall_id, '[]') WITH &&, daterange(starts_on, held_until, '[]') WITH &&)"
)
# a day far off stands for a lease whose end is open; days are text in SQLite, and compare as such
_SQLITE = (
    "CREATE TRIGGER IF NOT EXISTS {wall}_{verb} BEFORE {verb} ON {table} "
    "WHEN EXISTS (SELECT 1 FROM {table} other WHERE other.stall_id = NEW.stall_id AND other.id IS NOT {own} "
    "AND other.starts_on <= COALESCE(NEW.held_until, '9999-12-31') "
    "AND NEW.starts_on <= COALESCE(other.held_until, '9999-12-31')) "
    "BEGIN SELECT RAISE(ABORT, '{wall}'); END"
)
# a row that is updated is not in its own way; one that is inserted has no row yet, whatever key it brings
_VERBS = {"INSERT": "NULL", "UPDATE": "OLD.id"}


def install(connection: BaseDatabaseWrapper) -> None:
    """Put up the wall where the table is there and the wall is not. May be repeated."""
    if TABLE not in connection.introspection.table_names() or stands(connection):
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for verb, own in _VERBS.items():
                cursor.execute(_SQLITE.format(table=TABLE, wall=WALL, verb=verb, own=own))
        else:
            cursor.execute(_POSTGRES)


def stands(connection: BaseDatabaseWrapper) -> bool:
    """Whether the database refuses two leases of one stall on one day."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{WALL}_%"])
            return bool(cursor.fetchone()[0] == len(_VERBS))
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conname = %s AND contype = 'x'", [WALL])
        return bool(cursor.fetchone()[0])


def after_migrate(using: str, **_: Any) -> None:
    install(connections[using])


def check_wall(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    return [
        Error("Nothing refuses two leases of one stall on one day.", hint="Run manage.py migrate.", id="leases.E001")
        for alias in databases or []
        if TABLE in connections[alias].introspection.table_names() and not stands(connections[alias])
    ]
