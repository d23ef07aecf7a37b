"""No two leases hold one stall on one day: the database itself refuses it, on SQLite and PostgreSQL.

A lease holds its stall from its first day to `held_until`; while that is not known, for good. On
PostgreSQL an exclusion constraint over two ranges, the stall's key and the days: both have their
GiST classes built in, so that no extension is needed and nobody needs the right to install one. On
SQLite triggers, laid again after every migrate, since rebuilding a table drops them. A check compares
either with what was laid, word for word, as the trail does with its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE, WALL = "leases_lease", "one_lease_holds_a_stall"

# as the databases say them back, word for word: that is what is compared
_POSTGRES = (
    "EXCLUDE USING gist (int8range(stall_id, stall_id, '[]'::text) WITH &&, "
    "daterange(starts_on, held_until, '[]'::text) WITH &&)"
)
# a day far off stands for a lease whose end is open; days are text in SQLite, and compare as such
_SQLITE = (
    "CREATE TRIGGER {wall}_{verb} BEFORE {verb} ON {table} "
    "WHEN EXISTS (SELECT 1 FROM {table} other WHERE other.stall_id = NEW.stall_id AND other.id IS NOT {own} "
    "AND other.starts_on <= COALESCE(NEW.held_until, '9999-12-31') "
    "AND NEW.starts_on <= COALESCE(other.held_until, '9999-12-31')) "
    "BEGIN SELECT RAISE(ABORT, '{wall}'); END"
)
# a row that is updated is not in its own way; one that is inserted has no row yet, whatever key it brings
_VERBS = {"INSERT": "NULL", "UPDATE": "OLD.id"}


def install(connection: BaseDatabaseWrapper) -> None:
    """Put up the wall where the table is there and the wall is not, or is another. May be repeated."""
    if TABLE not in connection.introspection.table_names() or stands(connection):
        return
    with connection.cursor() as cursor:
        for name, definition in _definitions(connection).items():
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                cursor.execute(definition)
            else:
                cursor.execute(
                    f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {name}, ADD CONSTRAINT {name} {definition}"
                )


def stands(connection: BaseDatabaseWrapper) -> bool:
    """Whether the database refuses two leases of one stall on one day, in the words it was told to."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
        else:
            cursor.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass", [TABLE]
            )
        return _definitions(connection).items() <= dict(cursor.fetchall()).items()


def _definitions(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Name → definition of what the wall is made of."""
    if connection.vendor != "sqlite":
        return {WALL: _POSTGRES}
    return {
        f"{WALL}_{verb}": _SQLITE.format(table=TABLE, wall=WALL, verb=verb, own=own) for verb, own in _VERBS.items()
    }


def after_migrate(using: str, **_: Any) -> None:
    install(connections[using])


def check_wall(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    return [
        Error(
            "What refuses two leases of one stall on one day is missing or was altered.",
            hint="Run manage.py migrate, and find out who did it.",
            id="leases.E001",
        )
        for alias in databases or []
        if TABLE in connections[alias].introspection.table_names() and not stands(connections[alias])
    ]
