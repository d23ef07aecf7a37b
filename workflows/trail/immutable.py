"""Tables whose rows nobody changes or deletes: the database itself refuses, on SQLite and PostgreSQL.

`guard(table)` names a table; the triggers are laid by the first migration, laid again after every
later one, and counted by a system check of level Error (`manage.py check --database default`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

_guarded: list[str] = []

_SQLITE = (
    "CREATE TRIGGER IF NOT EXISTS {table}_keeps_{verb} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
)
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; "
    "END $$"
)
_POSTGRES = (
    "CREATE OR REPLACE TRIGGER {table}_keeps_{verb} BEFORE {verb} ON {table} "
    "FOR EACH {each} EXECUTE FUNCTION refuse_change()"
)


def guard(table: str) -> None:
    """Make `table` append-only from the next migrate on."""
    if table not in _guarded:
        _guarded.append(table)


def guarded() -> list[str]:
    return list(_guarded)


def install(connection: BaseDatabaseWrapper, tables: Iterable[str] | None = None) -> None:
    """Lay the triggers on `tables` (all guarded ones that exist, if None). May be repeated."""
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for table in [name for name in tables or _guarded if name in existing]:
            if connection.vendor == "sqlite":
                for verb in ("UPDATE", "DELETE"):
                    cursor.execute(_SQLITE.format(table=table, verb=verb))
            else:
                for verb, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
                    cursor.execute(_POSTGRES.format(table=table, verb=verb, each=each))
                    # ALWAYS: also in a session that plays a replica, where ordinary triggers sleep
                    cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_keeps_{verb.lower()}")


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away: for a test database that must be flushed, and for nothing else."""
    with connection.cursor() as cursor:
        for table, verb in missing_or_present(connection)[1]:
            on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_keeps_{verb}{on_table}")


def missing_or_present(connection: BaseDatabaseWrapper) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The (table, verb) pairs without and with their trigger."""
    verbs = ["update", "delete"] + (["truncate"] if connection.vendor == "postgresql" else [])
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT lower(name) FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT lower(tgname) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'")
        there = {name for (name,) in cursor.fetchall()}
        existing = set(connection.introspection.table_names(cursor))
    pairs = [(table, verb) for table in _guarded if table in existing for verb in verbs]
    present = [pair for pair in pairs if f"{pair[0]}_keeps_{pair[1]}" in there]
    return [pair for pair in pairs if pair not in present], present


def after_migrate(using: str, **_: Any) -> None:
    install(connections[using])


def check_triggers(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    return [
        Error(f"Nothing refuses to {verb} rows of {table}.", hint="Run manage.py migrate.", id="trail.E001")
        for alias in databases or []
        for table, verb in missing_or_present(connections[alias])[0]
    ]
